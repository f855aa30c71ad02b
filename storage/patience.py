"""Whoever waits for so long and no longer: what they asked to be written, and nobody has begun to
write when they give up, is never written. No I/O.

A write that is cancelled while it waits for its turn is done all the same: most that stop waiting
still want it, as a program does that ends. Only who was told that nothing happened must be right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar


class Patience:
    """Of one who waits in the event loop, while the writer thread works."""

    __slots__ = ("_has_begun", "_is_over")

    def __init__(self) -> None:
        self._has_begun = False
        self._is_over = False

    def begin(self) -> bool:
        """On the writer thread, before a write: whether it is still wanted."""
        # Noted first, looked at then; `give_up` does it the other way round. So one of the two sees
        # the other, without a lock.
        self._has_begun = True
        return not self._is_over

    def give_up(self) -> bool:
        """From here on no write begins. Whether none ever did."""
        self._is_over = True
        return not self._has_begun


_HERE: ContextVar[Patience | None] = ContextVar("smsops_patience", default=None)


@contextmanager
def waiting() -> Iterator[Patience]:
    """For everything written in the block, and in the tasks begun there."""
    patience = Patience()
    token = _HERE.set(patience)
    try:
        yield patience
    finally:
        _HERE.reset(token)


def wants(context: Context) -> bool:
    """Whether a write from `context`, about to begin, is still wanted by whoever asked for it."""
    patience = context.get(_HERE)
    return patience is None or patience.begin()
