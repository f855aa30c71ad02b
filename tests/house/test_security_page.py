"""docs/security.md names every item it has to answer, and tests that exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from bot.mounts.callback_route import BODY_MAX
from bot.rules import lookups
from bot.settings.secrets import CALLBACK_SECRET
from bot.slack.people import GROUPS_FOR
from bot.tencent.exchange import MAX_ANSWER_BYTES
from storage import refused_callbacks

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NODE = re.compile(r"`((?:\w+/)*\w+\.py)::(\w+)`")
#: What a service that spends money and keeps numbers is asked of ASVS 5.0.0.
ASVS = (
    "1.2.10", "1.5.2", "2.3.3", "2.3.4", "2.3.5", "2.4.1", "5.2.1", "13.2.4", "13.3.1", "13.3.2",
    "13.3.3", "13.3.4", "14.2.1", "14.2.4", "14.2.6", "14.2.7", "15.4.2", "16.2.5", "16.4.1",
    "16.4.2", "16.4.3", "16.5.3",
)  # fmt: skip
RISKS = ("API4", "API6", "API10")
FAULTS = tuple(str(nr) for nr in range(35, 63))
OPEN = PAGE.partition("## What stays open")[2]


def rows_of(heading: str) -> dict[str, list[str]]:
    """The cells of each row of the table under a heading, by the first of them."""
    section = PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {first.split()[0]: rest for first, *rest in cells}


@cache
def defined_in(name: str) -> frozenset[str]:
    """The tests of a file: functions, and the classes of state machines."""
    path = TESTS / name
    if not path.exists():
        return frozenset()
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^(?:async )?def (test_\w+)", text, re.M)
    return frozenset(found + re.findall(r"^(Test\w+)(?:: \w+)? = \w+\.TestCase", text, re.M))


NAMED = sorted(set(NODE.findall(PAGE)))


@pytest.mark.parametrize("name", sorted({name for name, _ in NAMED}))
def test_every_test_that_is_named_is_there(name: str) -> None:
    wanted = {test for file, test in NAMED if file == name}
    assert wanted - defined_in(name) == set()


@pytest.mark.parametrize(
    ("heading", "wanted"),
    [("OWASP ASVS 5.0", ASVS), ("OWASP API", RISKS), ("Hostile and broken input", FAULTS)],
)
def test_every_item_has_its_row_and_none_is_there_twice(
    heading: str, wanted: tuple[str, ...]
) -> None:
    assert tuple(rows_of(heading)) == wanted
    section = PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    assert len([line for line in section.splitlines() if line.startswith("| ")]) == len(wanted) + 1


def test_every_row_has_a_test_but_what_is_not_met() -> None:
    every = {**rows_of("OWASP ASVS"), **rows_of("OWASP API"), **rows_of("Hostile")}
    bare = {item for item, cells in every.items() if not NODE.search(cells[-1])}
    assert bare == {item for item, cells in rows_of("OWASP ASVS").items() if "not met" in cells}


def test_what_is_not_met_whole_is_told_among_what_stays_open() -> None:
    states = {item: cells[1] for item, cells in rows_of("OWASP ASVS").items()}
    assert set(states.values()) == {"met", "in part", "not met"}
    told = set(re.findall(r"\b\d+\.\d+\.\d+\b", OPEN))
    assert told == {item for item, state in states.items() if state != "met"}


def test_no_name_of_a_test_stands_there_in_another_form() -> None:
    """What is not checked here could be gone."""
    assert re.findall(r"\btest_\w+", NODE.sub("", PAGE)) == ["test_security_page"]


def test_its_figures_are_those_of_the_code() -> None:
    assert f"a body of {BODY_MAX // 1024} KB" in PAGE
    assert f"{MAX_ANSWER_BYTES // 1_000_000} MB at the most" in PAGE
    assert f"{refused_callbacks.BYTES_MOST // 2**20} MB at the most: `smsops callbacks" in PAGE
    assert refused_callbacks.MOST == 100
    assert (lookups.RATE.most, lookups.RATE.within.total_seconds()) == (20, 3_600)
    assert GROUPS_FOR.total_seconds() == 60
    assert [CALLBACK_SECRET.look.fullmatch("x" * long) is None for long in (31, 32)] == [
        True,
        False,
    ]


def test_every_page_it_points_at_is_there() -> None:
    links = {link for link in re.findall(r"\]\(([^)#\s]+)", PAGE) if "://" not in link}
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    anchors = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    headings = {h.lower().replace(" ", "-") for h in re.findall(r"^## (.+)$", PAGE, re.M)}
    assert anchors <= headings
