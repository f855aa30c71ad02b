"""A span cut into the hours or days that a chart shows side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.rules.figures import HOUR_S, NOTHING, Counts, Figures, shift_s


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour or a day: when it begins (UTC seconds since 1970), what it came to, and how many
    messages there were at the same time a week before, None where that is not known."""

    since_s: int
    counts: Counts
    before: int | None

    @property
    def open(self) -> int:
        """Messages that neither arrived nor failed, as far as is known."""
        counts = self.counts
        return counts.sent - counts.reported - counts.refused


def by_hour(figures: Figures) -> tuple[Slot, ...]:
    """Every hour of the span, whether anything happened in it or not."""
    return tuple(
        Slot(hour_s, figures.by_hour.get(hour_s, NOTHING), before)
        for hour_s, before in _hours(figures)
    )


def by_day(figures: Figures, zone: tzinfo) -> tuple[Slot, ...]:
    """Every day of the span, by the clocks of `zone`."""
    days: dict[object, Slot] = {}
    for hour_s, before in _hours(figures):
        day = datetime.fromtimestamp(hour_s, UTC).astimezone(zone).date()
        counts = figures.by_hour.get(hour_s, NOTHING)
        known = days.get(day)
        if known is None:
            days[day] = Slot(hour_s, counts, before)
        else:
            sum_before = None if before is None else (known.before or 0) + before
            days[day] = Slot(known.since_s, known.counts + counts, sum_before)
    return tuple(days.values())


def _hours(figures: Figures) -> Iterator[tuple[int, int | None]]:
    """The beginning of each hour, and what was sent in the same one before."""
    since_s, until_s = int(figures.since.timestamp()), int(figures.until.timestamp())
    back_s = shift_s(until_s - since_s)
    earlier = None if figures.compared is None else figures.compared.by_hour
    for hour_s in range(since_s, until_s, HOUR_S):
        before = None if earlier is None else earlier.get(hour_s - back_s, NOTHING).sent
        yield hour_s, before
