"""How often somebody may ask: so many within a time, each alone and all of them together.

A bucket for each, as one time: when nothing would be owed any more (GCRA, as in `bot.rules.pace`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: What everybody together is counted under; no user is called so.
ALL = ""
#: Of more people than this, nothing is kept of those who owe nothing any more.
KEPT = 1_000
TELL_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many within a time; all of them may come at once."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class TooMany:
    """Held back: more than `rate.most`, of one person or of all; how long until there is room."""

    rate: Rate
    wait: timedelta
    is_of_all: bool


class Floods:
    """What was asked for lately, in memory alone: who is held back costs and changes nothing."""

    def __init__(self) -> None:
        self._full_at: dict[str, datetime] = {}
        self._held_back = 0
        self._tell_at: datetime | None = None

    def take(self, user: str, now: datetime, rate: Rate) -> TooMany | None:
        """Lets one more of `user` in, or says why not."""
        full_at = now + _owed(self._full_at, user, rate, now) + rate.within / rate.most
        wait = full_at - now - rate.within
        if wait > timedelta():
            self._held_back += 1
            return TooMany(rate, wait, is_of_all=user == ALL)
        self._full_at[user] = full_at
        if len(self._full_at) > KEPT:
            self._full_at = {who: at for who, at in self._full_at.items() if at > now}
        return None

    def take_of_all(self, user: str, now: datetime, each: Rate, together: Rate) -> TooMany | None:
        """As `take`, of what all have together, for `user`, who was let in at `each`: held back for
        the others, they owe nothing."""
        found = self.take(ALL, now, together)
        if found is not None and user in self._full_at:
            self._full_at[user] -= each.within / each.most
        return found

    def to_tell(self, now: datetime) -> int:
        """How many were held back and not told of yet; 0 where that was told within a minute."""
        if self._tell_at is not None and timedelta() < self._tell_at - now <= TELL_EVERY:
            return 0
        told, self._held_back, self._tell_at = self._held_back, 0, now + TELL_EVERY
        return told


def _owed(full_at: Mapping[str, datetime], who: str, rate: Rate, now: datetime) -> timedelta:
    """How far ahead of `now` a bucket is; beyond the whole of it the clock has been set back."""
    ahead = full_at.get(who, now) - now
    return ahead if timedelta() < ahead <= rate.within else timedelta()
