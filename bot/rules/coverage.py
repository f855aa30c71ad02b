"""Whether our figures of a day are Tencent's: two statistics of theirs against what we counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from bot.rules.figures import Counts

#: What lies this near the turn of a day may count on either side of it, and counts are told late.
LEAST = 2
#: One in so many.
SHARE = 1_000
#: A day is compared so long after its end: most carriers have spoken by then.
CHECK_AFTER = timedelta(hours=4)


class Measure(StrEnum):
    """What is compared; the value is stored."""

    ACCEPTED = "accepted"
    SEGMENTS = "segments"
    REPORTED = "reported"
    DELIVERED = "delivered"


class Cause(StrEnum):
    """What a difference most likely comes from; the value is stored."""

    #: As many messages of ours are in doubt, or were taken for sent.
    DOUBTS = "doubts"
    #: Tencent took more than we sent.
    SOMEBODY_ELSE = "somebody_else"
    #: Tencent knows of fewer than it told us it took.
    NOT_TAKEN = "not_taken"
    #: Charged otherwise than it was told with the answer.
    CHARGES = "charges"
    #: Tencent has reports that did not reach us.
    NOT_REACHED = "not_reached"
    #: We have reports that Tencent's statistics do not count yet.
    NOT_COUNTED = "not_counted"
    #: The same reports, another verdict in some of them.
    VERDICTS = "verdicts"


@dataclass(frozen=True, slots=True)
class Theirs:
    """A day of an application, as Tencent's statistics have it (SendStatusStatistics and
    CallbackStatusStatistics, API 3.0 2021-01-11), in messages and charged segments."""

    accepted: int
    segments: int
    reported: int
    delivered: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Theirs against ours, by more than rounding."""

    measure: Measure
    theirs: int
    ours: int
    cause: Cause


def is_rounding(theirs: int, ours: int) -> bool:
    """Whether two counts of a day are the same, as far as anybody can tell."""
    return abs(theirs - ours) <= max(LEAST, max(theirs, ours) // SHARE)


def differences(theirs: Theirs, ours: Counts, *, is_exclusive: bool) -> tuple[Difference, ...]:
    """What of a day differs by more than rounding.

    `is_exclusive`: nobody else sends through the application. Where somebody may, Tencent has more
    than we do and that says nothing; only less does.
    """
    found = (
        _difference(measure, getattr(theirs, measure.value), many, ours)
        for measure, many in _ours(ours).items()
    )
    return tuple(
        each for each in found if each is not None and (is_exclusive or each.theirs < each.ours)
    )


def _ours(counts: Counts) -> Mapping[Measure, int]:
    return {
        Measure.ACCEPTED: counts.accepted,
        Measure.SEGMENTS: counts.segments,
        Measure.REPORTED: counts.reported,
        Measure.DELIVERED: counts.delivered,
    }


def _difference(measure: Measure, theirs: int, ours: int, counts: Counts) -> Difference | None:
    if is_rounding(theirs, ours):
        return None
    is_more = theirs > ours
    match measure:
        case Measure.ACCEPTED:
            in_doubt = counts.in_doubt + counts.dropped + counts.again
            may_be_doubts = is_more and theirs <= ours + in_doubt + LEAST
            more = Cause.DOUBTS if may_be_doubts else Cause.SOMEBODY_ELSE
            cause = more if is_more else Cause.NOT_TAKEN
        case Measure.SEGMENTS:
            cause = Cause.CHARGES
        case Measure.REPORTED:
            cause = Cause.NOT_REACHED if is_more else Cause.NOT_COUNTED
        case Measure.DELIVERED:
            cause = Cause.VERDICTS
        case never:
            assert_never(never)
    return Difference(measure, theirs, ours, cause)
