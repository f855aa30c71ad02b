"""What buttons and forms carry comes back from outside: perhaps what an earlier program wrote."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from bot.errors import Outdated

Found = TypeVar("Found")
#: What reading something damaged, or something that was never ours, may raise.
UNREAD = (LookupError, RecursionError, TypeError, ValueError)


def reading(read: Callable[[str], Found]) -> Callable[[str], Found]:
    """`read`, which raises Outdated of whatever it cannot read."""

    @wraps(read)
    def found(written: str) -> Found:
        try:
            return read(written)
        except UNREAD as error:
            raise Outdated(read.__qualname__) from error

    return found
