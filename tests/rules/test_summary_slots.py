"""Hours and days of a span, side by side."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.rules.figures import WEEK_S, Counts, Figures
from bot.rules.summary_slots import by_day, by_hour
from tests.rules.test_summaries import figures

SHANGHAI = ZoneInfo("Asia/Shanghai")
SINCE = datetime(2026, 11, 15, 16, tzinfo=UTC)
FIRST_S = int(SINCE.timestamp())


def of(hours: Mapping[int, int], days: int, before: Mapping[int, int] | None = None) -> Figures:
    """So many messages in the hours that are so far from the first."""
    span = replace(figures(Counts()), since=SINCE, until=SINCE + timedelta(days=days))
    found = replace(span, by_hour={FIRST_S + at * 3600: Counts(begun=n) for at, n in hours.items()})
    if before is None:
        return found
    earlier = {FIRST_S - WEEK_S + at * 3600: Counts(begun=n) for at, n in before.items()}
    return replace(found, compared=replace(span, by_hour=earlier))


def test_every_hour_of_a_day_is_there_in_order_with_its_own_of_the_week_before() -> None:
    slots = by_hour(of({3: 7, 23: 1}, 1, {3: 9, 4: 2}))
    assert [slot.since_s for slot in slots] == [FIRST_S + at * 3600 for at in range(24)]
    assert {at: slot.counts.sent for at, slot in enumerate(slots) if slot.counts.sent} == {
        3: 7,
        23: 1,
    }
    assert {at: slot.before for at, slot in enumerate(slots) if slot.before} == {3: 9, 4: 2}
    assert slots[0].before == 0


def test_where_nothing_is_known_of_the_week_before_no_hour_has_anything_of_it() -> None:
    assert {slot.before for slot in by_hour(of({3: 7}, 1))} == {None}


def test_days_are_those_of_the_zone_and_lose_no_hour() -> None:
    slots = by_day(of({0: 1, 23: 2, 24: 4, 167: 8}, 7, {23: 16, 24: 32}), SHANGHAI)
    assert [slot.counts.sent for slot in slots] == [3, 4, 0, 0, 0, 0, 8]
    assert [slot.before for slot in slots] == [16, 32, 0, 0, 0, 0, 0]
    starts = [datetime.fromtimestamp(slot.since_s, SHANGHAI) for slot in slots]
    assert [f"{start:%d %H:%M}" for start in starts] == [f"{day} 00:00" for day in range(16, 23)]


def test_what_neither_arrived_nor_failed_is_open() -> None:
    counts = Counts(
        begun=10, accepted=8, refused=1, in_doubt=1, delivered=5, undelivered=1, again=1
    )
    (slot, *_) = by_hour(replace(of({}, 1), by_hour={FIRST_S: counts}))
    # Nine messages: five there, one not, one refused.
    assert slot.open == 2
