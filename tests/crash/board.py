"""One page of memory the harness and the program it kills look at; it outlives every kill.

On it stand the time, what is to happen at which boundary, and how often each was passed.
"""

import mmap
import os
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path

SIZE = mmap.PAGESIZE
SHIFT, SKEW, ARMED, COUNTDOWN, DEED, FIRST_HIT = range(6)
MICROSECOND = timedelta(microseconds=1)


class Deed(IntEnum):
    """What happens to the program at the boundary that is armed."""

    #: Signal 9, as the kernel or the power does it: no handler runs.
    KILL = 1
    #: Signal 19: not one instruction more until it is told to go on.
    STALL = 2
    #: No file of it grows any more.
    FILL_DISK = 3


class Board:
    """The page, mapped; made by whoever maps it first."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(descriptor, SIZE)
        self._memory = mmap.mmap(descriptor, SIZE)
        os.close(descriptor)
        self._numbers = memoryview(self._memory).cast("q")

    def close(self) -> None:
        self._numbers.release()
        self._memory.close()

    def start_at(self, start: datetime) -> None:
        """From now on it is `start`, and later with real time."""
        self._numbers[SHIFT] = (start - datetime.now(UTC)) // MICROSECOND

    def advance(self, by: timedelta) -> None:
        """The whole world is so much later."""
        self._numbers[SHIFT] += by // MICROSECOND

    def step(self, skew: timedelta) -> None:
        """The program's clock alone goes wrong by so much."""
        self._numbers[SKEW] = skew // MICROSECOND

    def world_time(self) -> datetime:
        return datetime.now(UTC) + self._numbers[SHIFT] * MICROSECOND

    def program_time(self) -> datetime:
        return self.world_time() + self._numbers[SKEW] * MICROSECOND

    def arm(self, boundary: int, deed: Deed, nth: int = 1) -> None:
        """The `nth` passing of `boundary` from now on is the one."""
        self._numbers[DEED], self._numbers[COUNTDOWN] = deed, nth
        self._numbers[ARMED] = boundary

    def disarm(self) -> None:
        self._numbers[ARMED] = 0

    @property
    def is_armed(self) -> bool:
        return self._numbers[ARMED] != 0

    def hits(self, boundary: int) -> int:
        """How often the program came by."""
        return self._numbers[FIRST_HIT + boundary]

    def note_pass(self, boundary: int) -> Deed | None:
        """The program comes by; what is to happen to it there, once."""
        self._numbers[FIRST_HIT + boundary] += 1
        if self._numbers[ARMED] != boundary:
            return None
        self._numbers[COUNTDOWN] -= 1
        if self._numbers[COUNTDOWN] > 0:
            return None
        self._numbers[ARMED] = 0
        return Deed(self._numbers[DEED])
