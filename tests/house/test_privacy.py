"""The page on what is kept says so of every sealed table and of every time in app.yaml."""

import re
from pathlib import Path

from bot.rules.reveals import MOST, WITHIN
from bot.settings.retention import Retention
from storage.rotation import SEALED

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_every_sealed_table_is_on_the_page_and_no_other() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(SEALED)


def test_every_time_is_told_with_its_default() -> None:
    told = dict(re.findall(r"`retention\.(\w+)`, ([0-9]+)", PAGE))
    days = (each for each in Retention.model_fields.items() if each[0].endswith("_days"))
    defaults = {name: str(field.default) for name, field in days}
    assert told == defaults


def test_how_often_a_number_is_revealed_is_told() -> None:
    assert f"no more than {MOST} tries an hour" in PAGE
    assert WITHIN.total_seconds() == 3_600
