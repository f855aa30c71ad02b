"""Faults on request: what goes wrong at Slack's end, once, a few times, or until taken away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.sandbox.workspace.refusals import Json

EVERYTHING = "*"


class FaultKind(Enum):
    """What a fault does to a call of the Web API, and to an event on its way to the app."""

    # 429 with Retry-After; nothing was done.
    RATE_LIMITED = auto()
    # HTTP 500; nothing was done.
    SERVER_ERROR = auto()
    # HTTP 200 with `error`, as Slack refuses; nothing was done.
    REFUSED = auto()
    # Done at once, answered `delay_s` later. An event comes that much later.
    SLOW = auto()
    # The connection breaks before anything was done. An event never comes.
    DROP_BEFORE = auto()
    # The connection breaks after all was done: the answer is lost.
    DROP_AFTER = auto()
    # An event comes again, as after a lost acknowledgement.
    DUPLICATE = auto()


FOR_CALLS = frozenset(FaultKind) - {FaultKind.DUPLICATE}
FOR_EVENTS = frozenset({FaultKind.SLOW, FaultKind.DROP_BEFORE, FaultKind.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Fault:
    """Strikes the next `times` uses of `target`; for ever where that is None.

    `target` is a method (``chat.postMessage``), an event (``reaction_added``), ``files.upload`` or
    ``files.download`` for the files' own addresses, ``response_url``, or ``*`` for any call: an
    event is struck by its own name only.
    `channel` is an id and narrows it to that conversation; `error` is what REFUSED answers.
    """

    target: str
    kind: FaultKind
    times: int | None = 1
    channel: str | None = None
    retry_after_s: int = 1
    delay_s: float = 0.0
    error: str = "internal_error"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fault that waits for its target; `struck` says how often it has found it."""

    id: int
    fault: Fault
    struck: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether it has struck as often as it was asked to."""
        return self.fault.times is not None and self.struck >= self.fault.times

    def as_json(self) -> Json:
        """For the page."""
        fault = self.fault
        return {
            "id": self.id,
            "target": fault.target,
            "kind": fault.kind.name.lower(),
            "channel": fault.channel,
            "left": None if fault.times is None else fault.times - self.struck,
            "struck": self.struck,
            "retry_after_s": fault.retry_after_s,
            "delay_s": fault.delay_s,
            "error": fault.error,
        }


class Faults:
    """Faults waiting for their target, first come, first struck."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._last_id = 0

    def add(self, fault: Fault) -> Waiting:
        """Let a fault wait for its target."""
        self._last_id += 1
        waiting = Waiting(self._last_id, fault)
        self._waiting.append(waiting)
        return waiting

    def take(self, call: str, channel: str | None = None) -> Fault | None:
        """The fault that strikes this call, if any; counts it."""
        return self._take((call, EVERYTHING), FOR_CALLS, channel)

    def take_event(self, name: str, channel: str | None) -> Fault | None:
        """The fault that strikes this event on its way to the app, if any; counts it."""
        return self._take((name,), FOR_EVENTS, channel)

    def _take(
        self, targets: Collection[str], kinds: Collection[FaultKind], channel: str | None
    ) -> Fault | None:
        for position, waiting in enumerate(self._waiting):
            fault = waiting.fault
            is_meant = fault.target in targets and fault.kind in kinds
            if is_meant and fault.channel in (None, channel):
                struck = replace(waiting, struck=waiting.struck + 1)
                self._waiting[position : position + 1] = [] if struck.is_spent else [struck]
                return fault
        return None

    def listed(self) -> Sequence[Waiting]:
        """Those that still wait, oldest first."""
        return tuple(self._waiting)

    def remove(self, fault_id: int) -> bool:
        """Take one away before it strikes; False where it no longer waits."""
        left = [waiting for waiting in self._waiting if waiting.id != fault_id]
        gone = len(left) < len(self._waiting)
        self._waiting = left
        return gone

    def clear(self) -> None:
        """Take them all away."""
        self._waiting = []
