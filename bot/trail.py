"""What a piece of work is about, known to every log line it writes, on whatever thread. No I/O.

An envelope of Slack's has a trail, and so has a run of a job. The trail of an envelope takes notes:
the first request it reads or makes is what it is about, so that everything from a command to the
delivery report can be found by the id people see on the card.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar


class Trail:
    """Names and values that go into every line."""

    __slots__ = ("ids", "takes_notes")

    def __init__(self, ids: dict[str, str], *, takes_notes: bool) -> None:
        self.ids = ids
        self.takes_notes = takes_notes


_HERE: ContextVar[Trail | None] = ContextVar("smsops_trail", default=None)


@contextmanager
def following(*, takes_notes: bool = False, **ids: str) -> Iterator[Mapping[str, str]]:
    """Everything done in the block, and in the tasks begun there, is about `ids` and about what the
    block around it is about; gives all of them, what is noted later included."""
    around = _HERE.get()
    trail = Trail({**(around.ids if around else {}), **ids}, takes_notes=takes_notes)
    token = _HERE.set(trail)
    try:
        yield trail.ids
    finally:
        _HERE.reset(token)


def note(name: str, value: str) -> None:
    """Notes what this is about where that is not known yet, and where the trail takes notes."""
    trail = _HERE.get()
    if trail is not None and trail.takes_notes:
        trail.ids.setdefault(name, value)


def here() -> Mapping[str, str]:
    """What the work under way is about; nothing outside of any."""
    trail = _HERE.get()
    return {} if trail is None else trail.ids
