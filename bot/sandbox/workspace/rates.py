"""Slack's limit on posting: about one message a second in a channel, short bursts allowed."""

from datetime import datetime

# "chat.postMessage … 1 message per second per channel, with short bursts" (docs.slack.dev, rate
# limits, 2026-08). How short is not said; three was never refused.
PER_SECOND = 1.0
BURST = 3.0


class PostingRate:
    """A bucket of permits for each channel, filled by time."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, datetime]] = {}

    def wait_s(self, channel: str, now: datetime) -> float:
        """0 and one permit less, or the seconds until there is a permit."""
        left, since = self._left.get(channel, (BURST, now))
        left = min(BURST, left + (now - since).total_seconds() * PER_SECOND)
        if left < 1.0:
            self._left[channel] = (left, now)
            return (1.0 - left) / PER_SECOND
        self._left[channel] = (left - 1.0, now)
        return 0.0
