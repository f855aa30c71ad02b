"""A clock that moves when it is told to, and otherwise with real time: timers still run."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Starts at a quiet hour of a weekday; `advance` jumps."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)) -> None:
        self._shift = start - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def advance(self, by: timedelta) -> None:
        self._shift += by
