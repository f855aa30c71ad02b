"""What is known of a send to many before anything is sent: plain facts, for a person to judge."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.rules.limits import Rule
from bot.rules.packages import Outlook
from bot.rules.sending import SendFault


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the messages as it would go out; `number` is masked, the values of a code covered."""

    number: str
    text: str
    characters: int
    segments: int


@dataclass(frozen=True, slots=True)
class Preflight:
    """Counts are numbers of recipients; those of `recipients` get a message each, `mainland` and
    `abroad` of them: the duplicates, the bad rows and those who opted out are not among them.

    `over_limit` counts each recipient once, under the first limit of ours that would hold the
    message back, and `Rule.CARRIER_DAY` beside that. `spread` maps segments of a message to how
    many have so many; the package's figures are segments, None while its balance is not known, and
    `package_after` is below 0 where it is too small. `longest` and `shortest` are characters, of
    all rows. `faults` stand in the way of the whole: with one of
    them nothing can be sent. How long the packages last without it and with it, None where that is
    not known or not soon.
    """

    recipients: int
    duplicates: int
    bad_rows: int
    opted_out: int
    over_limit: Mapping[Rule, int]
    out_of_hours: int
    spread: Mapping[int, int]
    shortest: int
    longest: int
    package_before: int | None
    package_after: int | None
    samples: tuple[Sample, ...]
    duration_s: float
    mainland: int
    abroad: int
    faults: tuple[SendFault, ...]
    lasts_before: Outlook | None = None
    lasts_after: Outlook | None = None

    @property
    def segments(self) -> int:
        """What all of them are billed as."""
        return sum(each * many for each, many in self.spread.items())

    @property
    def listed(self) -> int:
        """How many a policy counts: who opted out may be taken off that book before it has gone."""
        return self.recipients + self.opted_out

    @property
    def short_segments(self) -> int:
        """How many segments the package lacks."""
        return 0 if self.package_after is None else max(0, -self.package_after)

    @property
    def gone_when_empty(self) -> int:
        """About how many recipients the package is enough for."""
        if not self.short_segments or self.package_before is None:
            return self.recipients
        needed = self.package_before + self.short_segments
        return self.recipients * max(0, self.package_before) // needed

    @property
    def may_send(self) -> bool:
        """Whether a person may say yes: to the good rows only, where `bad_rows` is not 0."""
        return not self.faults
