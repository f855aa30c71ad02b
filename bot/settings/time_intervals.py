"""Times of the week, month and year as Alertmanager writes them: ``monday:friday``, ``-3:-1``."""

from collections.abc import Callable, Mapping
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bot.rules.time_intervals import Span, TimeInterval
from bot.settings.section import Section
from bot.settings.shapes import Id, Name

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = {name: at for at, name in enumerate(WEEKDAYS)}
_MONTHS = {name: at for at, name in enumerate(MONTHS, 1)} | {str(at): at for at in range(1, 13)}
_DAYS = {str(day): day for day in range(-31, 32) if day}
_YEARS = {str(year): year for year in range(2000, 2200)}
#: 24:00 is the end of a day, and no beginning.
_START, _END = r"([01][0-9]|2[0-3]):[0-5][0-9]", r"(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"


def _span(text: str, known: Mapping[str, int]) -> Span:
    """From and to; one alone is both."""
    start, _, end = text.partition(":")
    try:
        return known[start], known[end or start]
    except KeyError as error:
        raise PydanticCustomError("no_span", "one, or two with a colon between") from error


def _in_order(known: Mapping[str, int]) -> Callable[[str], str]:
    """Judges a text of these; a day counted from the end is somewhere behind one counted from the
    beginning, and never before it."""

    def check(text: str) -> str:
        start, end = _span(text, known)
        if start < 0 < end or (start > end and not end < 0 < start):
            raise PydanticCustomError("backwards", "the first one first")
        return text

    return check


WeekdaySpan = Annotated[
    str, Field(pattern=r"^[a-z]{6,9}(:[a-z]{6,9})?$"), AfterValidator(_in_order(_WEEKDAYS))
]
DaySpan = Annotated[
    str,
    Id,
    Field(
        pattern=r"^-?[0-9]{1,2}(:-?[0-9]{1,2})?$", json_schema_extra={"type": ["string", "integer"]}
    ),
    AfterValidator(_in_order(_DAYS)),
]
MonthSpan = Annotated[
    str,
    Id,
    Field(
        pattern=r"^[a-z0-9]{1,9}(:[a-z0-9]{1,9})?$",
        json_schema_extra={"type": ["string", "integer"]},
    ),
    AfterValidator(_in_order(_MONTHS)),
]
YearSpan = Annotated[
    str,
    Id,
    Field(pattern=r"^[0-9]{4}(:[0-9]{4})?$", json_schema_extra={"type": ["string", "integer"]}),
    AfterValidator(_in_order(_YEARS)),
]


class TimeSpan(Section):
    """Part of a day."""

    start_time: Annotated[str, Field(pattern=f"^{_START}$")] = Field(
        description='Clock from which on it is, such as "09:00".'
    )
    end_time: Annotated[str, Field(pattern=f"^{_END}$")] = Field(
        description='Clock from which on it is over, later than start_time; "24:00" is midnight.'
    )

    @model_validator(mode="after")
    def _is_forward(self) -> "TimeSpan":
        if self.start_time >= self.end_time:
            raise PydanticCustomError("backwards", "the first one first")
        return self

    @property
    def span(self) -> Span:
        """In minutes of the day."""
        return _minutes(self.start_time), _minutes(self.end_time)


class Interval(Section):
    """Times; every field that is given must fit, one of its entries is enough."""

    times: tuple[TimeSpan, ...] = Field(
        default=(), description="Parts of a day. Left out: all of it."
    )
    weekdays: tuple[WeekdaySpan, ...] = Field(
        default=(), description="Days of the week such as monday or monday:friday. Left out: all."
    )
    days_of_month: tuple[DaySpan, ...] = Field(
        default=(),
        description="Days of the month such as 1, 1:5 or -3:-1, counted from its end. "
        "Left out: all.",
    )
    months: tuple[MonthSpan, ...] = Field(
        default=(), description="Months such as may, 5 or january:march. Left out: all."
    )
    years: tuple[YearSpan, ...] = Field(
        default=(), description="Years such as 2026 or 2026:2028. Left out: all."
    )
    location: ZoneInfo | None = Field(
        default=None, description="Time zone (IANA name). Left out: `timezone` of this file."
    )

    def interval(self, zone: ZoneInfo) -> TimeInterval:
        """The interval as the rules have it; `zone` is that of the file."""
        return TimeInterval(
            times=tuple(each.span for each in self.times),
            weekdays=tuple(_span(each, _WEEKDAYS) for each in self.weekdays),
            days=tuple(_span(each, _DAYS) for each in self.days_of_month),
            months=tuple(_span(each, _MONTHS) for each in self.months),
            years=tuple(_span(each, _YEARS) for each in self.years),
            zone=self.location or zone,
        )


class NamedInterval(Section):
    """Times that routes name."""

    name: Name = Field(description="What routes call it. Unique.")
    time_intervals: tuple[Interval, ...] = Field(description="When it is: in any of these.")

    def intervals(self, zone: ZoneInfo) -> tuple[TimeInterval, ...]:
        """Its times as the rules have them."""
        return tuple(each.interval(zone) for each in self.time_intervals)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
