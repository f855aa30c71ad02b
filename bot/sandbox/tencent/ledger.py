"""Every message anybody asked the sandbox to send, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.sandbox.tencent.attempts import Attempt
from bot.sandbox.tencent.tally import Tally, tally_of

__all__ = ["CAPACITY", "Attempt", "Ledger"]

#: The oldest are forgotten beyond this, so that a load test cannot eat the machine.
CAPACITY = 10_000


class Ledger:
    """The attempts in the order they were made, found by number or by serial, and in `tally` the
    counts of them and of all that are forgotten by now."""

    def __init__(self, attempts: Iterable[Attempt] = (), tally: Tally | None = None) -> None:
        """Without a `tally` the `attempts` are all there ever were."""
        self._attempts: dict[int, Attempt] = {}
        self._by_number: dict[str, list[int]] = defaultdict(list)
        self._by_serial: dict[str, int] = {}
        self._next_id = 1
        for attempt in attempts:
            self._put(attempt)
        self.tally = tally_of(self) if tally is None else tally

    def __iter__(self) -> Iterator[Attempt]:
        return iter(self._attempts.values())

    @property
    def next_id(self) -> int:
        return self._next_id

    def add(self, attempt: Attempt) -> None:
        """Keep one more; its id is `next_id`."""
        self._put(attempt)
        self.tally.asked(attempt)
        if len(self._attempts) > CAPACITY:
            self._forget(next(iter(self._attempts.values())))

    def of(self, number: str) -> list[Attempt]:
        """The attempts to an E.164 number, oldest first."""
        return [self._attempts[key] for key in self._by_number.get(number, ())]

    def by_serial(self, serial: str) -> Attempt | None:
        """The accepted attempt with this serial number."""
        key = self._by_serial.get(serial)
        return None if key is None else self._attempts[key]

    def numbers(self) -> list[str]:
        """Every number there ever was an attempt to."""
        return list(self._by_number)

    def arrived(self, attempt: Attempt, now_ms: int) -> Attempt:
        """The handset shows it now."""
        return self._replace(replace(attempt, arrived_at_ms=now_ms))

    def converted(self, attempt: Attempt, at_ms: int) -> Attempt:
        """Somebody used what it said."""
        return self._replace(replace(attempt, converted_at_ms=at_ms))

    def reported(self, attempt: Attempt, *, success: bool, code: str, now_ms: int) -> Attempt:
        """The carrier reported on it now."""
        changed = replace(
            attempt, reported_at_ms=now_ms, reported_success=success, reported_code=code
        )
        self.tally.reported(attempt, changed)
        return self._replace(changed)

    def _put(self, attempt: Attempt) -> None:
        self._attempts[attempt.attempt_id] = attempt
        self._by_number[attempt.number].append(attempt.attempt_id)
        if attempt.serial:
            self._by_serial[attempt.serial] = attempt.attempt_id
        self._next_id = max(self._next_id, attempt.attempt_id + 1)

    def _replace(self, attempt: Attempt) -> Attempt:
        self._attempts[attempt.attempt_id] = attempt
        return attempt

    def _forget(self, attempt: Attempt) -> None:
        del self._attempts[attempt.attempt_id]
        self._by_serial.pop(attempt.serial, None)
        keys = self._by_number[attempt.number]
        keys.remove(attempt.attempt_id)
        if not keys:
            del self._by_number[attempt.number]
