"""What app.yaml may say of summaries: which channel hears of which app, and when."""

import re
from datetime import time
from typing import Annotated

from pydantic import Field

from bot.rules.summaries import Timetable, Tolerance
from bot.settings.section import Section
from bot.settings.shapes import Channel, Name

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
DayClock = Annotated[str, Field(pattern=rf"^{_CLOCK}$")]
WeekClock = Annotated[str, Field(pattern=rf"^({'|'.join(WEEKDAYS)}) {_CLOCK}$")]


class Summary(Section):
    """What one channel hears of one app, or of all of them together."""

    channel: Channel = Field(description="Where it is posted, by name (in quotes) or id.")
    app: Name | None = Field(
        default=None, description="The app it is about. Left out: all of them together."
    )
    daily: DayClock | None = Field(
        default=None, description="When the day before is told, in `timezone`. Left out: never."
    )
    weekly: WeekClock | None = Field(
        default=None,
        description="Day and time at which the seven days before are told. Left out: never.",
    )
    hourly: bool = Field(
        default=False,
        description="true: an hour with trouble is told ten minutes after its end, others are not.",
    )
    trouble_share: float = Field(
        default=0.1,
        ge=0.001,
        le=1,
        description="So large a share of an hour's messages that are refused, not delivered, in "
        "doubt or without a receipt is trouble.",
    )
    trouble_from: int = Field(
        default=5, ge=1, le=1_000_000, description="Fewer such messages in an hour are no trouble."
    )

    @property
    def timetable(self) -> Timetable:
        """When it is due."""
        daily = None if self.daily is None else time.fromisoformat(self.daily)
        return Timetable(daily, _weekly(self.weekly), self.hourly)

    @property
    def tolerance(self) -> Tolerance:
        """What is no trouble yet."""
        return Tolerance(self.trouble_share, self.trouble_from)


def _weekly(written: str | None) -> tuple[int, time] | None:
    found = re.fullmatch(r"(\w+) (.+)", written or "")
    return found and (WEEKDAYS.index(found[1]), time.fromisoformat(found[2]))
