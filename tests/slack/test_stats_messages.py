"""The card of `/sms stats`: within Slack's bounds however much there is, and one bar a span."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.locales import Locale, text
from bot.rules.carriers import Carrier
from bot.rules.classes import TemplateClass
from bot.rules.figures import COLUMNS, DAY_S, HOUR_S, Counts, Coverage, Figures, latency
from bot.rules.stats_words import StatsFault
from bot.sandbox.workspace.blocks import Surface, check_blocks
from bot.slack.messages import stats
from bot.slack.messages.faults import moment
from bot.slack.messages.stats import SPANS, StatsView
from tests.journeys.people import words_of
from tests.slack.made import HOSTILE

UNTIL = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MANY = Counts(*(10**9 - nth for nth in range(len(COLUMNS))))
HOUR = int(UNTIL.timestamp())


def figures(span_s: int, by_hour: dict[int, Counts] | None = None, many: int = 0) -> Figures:
    """`many`: so many values of everything, the longest and strangest there are."""
    names = {f"{HOSTILE}{nth}" * 9: MANY for nth in range(many)}
    hours = by_hour or {}
    return Figures(
        apps=("demo", ""),
        since=UNTIL - timedelta(seconds=span_s),
        until=UNTIL,
        total=sum(hours.values(), MANY if many else Counts()),
        by_app={"demo": MANY, "": MANY} if many else {},
        by_template=names,
        by_signature={"": MANY, **names} if many else {},
        by_class={each.value: MANY for each in TemplateClass} if many else {},
        by_carrier={each.value: MANY for each in Carrier} if many else {},
        by_country={"": MANY, **names} if many else {},
        refused_by=dict.fromkeys(names, 10**9),
        undelivered_by=dict.fromkeys(names, 10**9),
        latency=latency({80: 10**9} if many else {}),
        coverage=Coverage(*[10**9] * 5) if many else Coverage(0, 0, 0, 0, 0),
        by_hour=hours,
    )


def drawn(view: StatsView) -> list[str]:
    """The rows of the chart."""
    (chart,) = [
        block["text"]["text"]
        for block in stats.card(view, Locale.EN).blocks
        if block["type"] == "section" and "```" in block.get("text", {}).get("text", "")
    ]
    return str(chart).strip("`").splitlines()


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("span_s", SPANS)
def test_the_card_fits_a_message_whatever_is_in_it(locale: Locale, span_s: int) -> None:
    hours = {HOUR - nth * HOUR_S: MANY for nth in range(1, span_s // HOUR_S + 1)}
    found = figures(span_s, hours, many=30)
    view = StatsView("demo", span_s, found, dict.fromkeys(found.by_template, HOSTILE * 9))
    card = stats.card(view, locale)
    assert check_blocks(list(card.blocks), Surface.MESSAGE) == []
    said = words_of({"blocks": list(card.blocks)})
    assert "<!channel>" not in said.replace("\u200b", "")
    assert not any(each.endswith("…") for each in said.splitlines() if "<!date" in each)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("app", ["demo", ""])
def test_a_quiet_span_says_so_and_no_more(locale: Locale, app: str) -> None:
    card = stats.card(StatsView(app, DAY_S, figures(DAY_S), {}), locale)
    assert check_blocks(list(card.blocks), Surface.MESSAGE) == []
    assert "```" not in words_of({"blocks": list(card.blocks)})


@settings(max_examples=60, deadline=None)
@given(
    span_h=st.integers(1, 72) | st.integers(1, 366).map(lambda days: days * 24),
    sent=st.dictionaries(st.integers(1, 9_000), st.integers(1, 99), min_size=1, max_size=20),
)
def test_every_message_is_in_one_bar(span_h: int, sent: dict[int, int]) -> None:
    inside = {HOUR - (ago % span_h + 1) * HOUR_S: Counts(begun=many) for ago, many in sent.items()}
    found = figures(span_h * HOUR_S, inside)
    unit, bars = stats._bars(found)
    assert sum(counts.begun for _, counts in bars) == found.total.begun
    assert bars[0][0] <= found.since
    assert len(bars) <= 72
    assert (unit == "hour") == (span_h <= 72)


def test_hours_are_named_by_the_clock_in_beijing() -> None:
    hours = {HOUR - 24 * HOUR_S: Counts(begun=1), HOUR - HOUR_S: Counts(begun=8, refused=2)}
    rows = drawn(StatsView("demo", DAY_S, figures(DAY_S, hours), {}))
    assert rows == [
        "▁" + "·" * 22 + "█  sent",
        "·" * 23 + "█  failed",
        "11 14 17 20 23 02 05 08",
    ]


@pytest.mark.parametrize("span_s", SPANS)
@pytest.mark.parametrize("app", ["demo", ""])
def test_a_button_says_which_app_and_span(span_s: int, app: str) -> None:
    card = stats.card(StatsView(app, span_s, figures(span_s), {}), Locale.EN)
    (row,) = [block for block in card.blocks if block["type"] == "actions"]
    spans = [each for each in row["elements"] if each["action_id"].startswith(stats.SPAN)]
    assert [stats.read_value(each["value"]) for each in spans] == [(app, each) for each in SPANS]
    assert [each.get("style") == "primary" for each in spans] == [each == span_s for each in SPANS]


@pytest.mark.parametrize("value", ["", "demo", "1 demo", "x demo", "-86400 demo", "²"])
def test_a_value_of_another_card_is_none(value: str) -> None:
    assert stats.read_value(value) is None


@pytest.mark.parametrize("fault", StatsFault)
def test_a_span_that_cannot_be_shown_says_which_can(fault: StatsFault) -> None:
    assert "`7d`" in words_of({"blocks": list(stats.refused(fault, Locale.EN).blocks)})


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("many", [0, 3])
def test_a_span_before_the_first_figures_says_since_when_there_are_any(
    locale: Locale, many: int
) -> None:
    whole = figures(30 * DAY_S, many=many)
    begun = replace(whole, known_since=UNTIL - timedelta(days=3))
    line = text(locale, "figures.known_since", time=moment(UNTIL - timedelta(days=3)))
    for shown, is_said in ((whole, False), (begun, True)):
        said = str(stats.card(StatsView("demo", 30 * DAY_S, shown, {}), locale).blocks)
        assert (line in said) is is_said
