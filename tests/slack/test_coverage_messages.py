"""What is said where Tencent's figures are not ours, and how the receipts of a span are told."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.locales import Locale
from bot.registry import SlackMessage
from bot.rules.coverage import Cause, Measure
from bot.rules.figures import Coverage
from bot.slack.messages import figure_lines
from bot.slack.messages.notices import KINDS
from tests.slack.made import HOSTILE

DIFFERS: dict[str, Any] = {
    "app": "demo",
    "day_s": 1_795_276_800,
    "is_exclusive": True,
    "differences": [
        {"measure": "accepted", "theirs": 12_345, "ours": 12_000, "cause": "somebody_else"},
        {"measure": "delivered", "theirs": 9_000, "ours": 9_100, "cause": "verdicts"},
    ],
}


def told(locale: Locale = Locale.EN, **changes: Any) -> SlackMessage:
    return KINDS["coverage.differs"]({**DIFFERS, **changes}, locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("measure", Measure)
def test_slack_takes_every_difference(locale: Locale, cause: Cause, measure: Measure) -> None:
    row = {"measure": measure.value, "theirs": 1, "ours": 900, "cause": cause.value}
    for is_exclusive in (True, False):
        message = told(locale, differences=[row], is_exclusive=is_exclusive)
        for block in Block.parse_all([dict(each) for each in message.blocks]):
            block.validate_json()
        assert "{" not in str(message.blocks).replace("{'", "")


def test_it_says_by_how_much_and_why() -> None:
    said = str(told().blocks)
    assert "`demo`: Tencent's figures of 2026-11-22 are not ours." in told().text
    assert "Tencent 12,345 · ours 12,000 (+345)" in said
    assert "Tencent 9,000 · ours 9,100 (−100)" in said
    assert "Does anything else send through this application?" in said
    assert "exclusive: false" not in said
    assert "exclusive: false" in str(told(is_exclusive=False).blocks)


@pytest.mark.parametrize("locale", Locale)
def test_a_closed_queue_names_the_code_and_the_cure(locale: Locale) -> None:
    facts = {"app": "demo", "code": "UnauthorizedOperation"}
    message = KINDS["coverage.pull_refused"](facts, locale)
    assert "`UnauthorizedOperation`" in message.text
    assert "callbacks.pull: false" in str(message.blocks)


def test_what_stands_in_it_is_no_markup() -> None:
    for kind, facts in (
        ("coverage.differs", {**DIFFERS, "app": HOSTILE}),
        ("coverage.pull_refused", {"app": "demo", "code": HOSTILE}),
    ):
        assert "<!channel>" not in KINDS[kind](facts, Locale.EN).text


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (Coverage(3_880, 3_873, 5, 1, 1, 29), "99.2 % · 31 missing · 29 back-filled · 2 unknown"),
        (Coverage(10, 10, 0, 0, 0, 0), "100 %"),
        (Coverage(10, 10, 0, 0, 0, 10), "0 % · 10 missing · 10 back-filled"),
        (Coverage(5, 0, 5, 0, 0, 0), "not measured"),
    ],
)
def test_receipts_are_told_as_what_came_was_fetched_and_is_unknown(
    coverage: Coverage, said: str
) -> None:
    assert figure_lines.receipts(coverage, Locale.EN).startswith(said)
