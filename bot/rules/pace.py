"""How fast numbers may be handed to Tencent: a token bucket in its shortest form.

GCRA, the generic cell rate algorithm (ITU-T I.371): one time says all of it, the moment at which
the bucket would be full again. Numbers that may go at once are a second's worth.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: No debt and no rest reaches further: beyond it the clock has been set back.
MOST_AHEAD = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Numbers a second, and when nothing is owed any more."""

    per_s: int
    full_at: datetime

    @property
    def burst(self) -> int:
        """How many numbers a full bucket lets go at once: those of one second."""
        return self.per_s


def full(per_s: int, now: datetime) -> Bucket:
    """A bucket from which nothing was taken yet."""
    return Bucket(per_s, now)


def available(bucket: Bucket, now: datetime) -> int:
    """How many numbers may go at `now`."""
    ahead_s = _ahead(bucket, now).total_seconds()
    # Half a thousandth of a number is a rounding error of the clock, not a debt.
    return max(0, int(bucket.burst - ahead_s * bucket.per_s + 0.0005))


def take(bucket: Bucket, numbers: int, now: datetime) -> Bucket:
    """The bucket after `numbers` went at `now`. More than it holds is owed: it fills up later."""
    full_at = now + _ahead(bucket, now) + _span(bucket, numbers)
    return replace(bucket, full_at=full_at)


def give_back(bucket: Bucket, numbers: int) -> Bucket:
    """The bucket after `numbers` of what was taken did not go."""
    return replace(bucket, full_at=bucket.full_at - _span(bucket, numbers))


def rest(bucket: Bucket, until: datetime, now: datetime) -> Bucket:
    """The bucket where nothing may go before `until`."""
    empty_until = now + max(until - now, timedelta()) + _span(bucket, bucket.burst)
    return replace(bucket, full_at=max(now + _ahead(bucket, now), empty_until))


def ready_at(bucket: Bucket, numbers: int, now: datetime) -> datetime:
    """When `numbers` may go at once, a full bucket's worth at the most."""
    missing = min(numbers, bucket.burst) - bucket.burst
    return max(now, now + _ahead(bucket, now) + _span(bucket, missing))


def _ahead(bucket: Bucket, now: datetime) -> timedelta:
    ahead = bucket.full_at - now
    return ahead if timedelta() < ahead <= MOST_AHEAD else timedelta()


def _span(bucket: Bucket, numbers: int) -> timedelta:
    return timedelta(seconds=numbers / bucket.per_s)
