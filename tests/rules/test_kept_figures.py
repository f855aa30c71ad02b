"""Figures as JSON and back."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.figures import COLUMNS, Counts, Coverage, Figures, Latency
from bot.rules.kept_figures import figures_of, payload
from tests.slack.summed import NOTHING

HOURS = st.integers(0, 500_000).map(lambda hour: hour * 3600)
MANY = st.integers(0, 10**9)
COUNTS = st.lists(MANY, min_size=len(COLUMNS), max_size=len(COLUMNS)).map(
    lambda each: Counts(*each)
)
BY_NAME = st.dictionaries(st.text(max_size=5), COUNTS, max_size=2)
SECONDS = st.none() | st.floats(0, 1e6)


@st.composite
def of_a_span(draw: st.DrawFn, depth: int = 1) -> Figures:
    since = datetime.fromtimestamp(draw(HOURS), UTC)
    return Figures(
        apps=tuple(draw(st.lists(st.text(max_size=5), max_size=2))),
        since=since,
        until=since + timedelta(hours=draw(st.integers(1, 800))),
        total=draw(COUNTS),
        by_app=draw(BY_NAME),
        by_template=draw(BY_NAME),
        by_signature=draw(BY_NAME),
        by_class=draw(BY_NAME),
        by_carrier=draw(BY_NAME),
        by_country=draw(BY_NAME),
        refused_by=draw(st.dictionaries(st.text(max_size=5), MANY, max_size=2)),
        undelivered_by=draw(st.dictionaries(st.text(max_size=5), MANY, max_size=2)),
        latency=Latency(draw(MANY), draw(SECONDS), draw(SECONDS)),
        coverage=Coverage(*(draw(MANY) for _ in range(5))),
        by_hour=draw(st.dictionaries(HOURS, COUNTS, max_size=2)),
        compared=draw(st.none() | of_a_span(0)) if depth else None,
        known_since=draw(st.none() | HOURS.map(lambda hour_s: datetime.fromtimestamp(hour_s, UTC))),
    )


@given(figures=of_a_span())
@settings(max_examples=30)
def test_what_was_kept_is_what_comes_back(figures: Figures) -> None:
    assert figures_of(json.loads(json.dumps(payload(figures)))) == figures


def test_what_a_later_program_counts_beside_them_is_passed_over_and_what_it_misses_is_nought() -> (
    None
):
    nothing = {"seen_by_nobody": 3, "begun": 1}
    kept = payload(NOTHING)
    assert figures_of({**kept, "total": nothing}).total == Counts(begun=1)
    del kept["known_since_s"]
    assert figures_of(kept) == NOTHING
