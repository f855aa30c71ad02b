"""Faults to order: the next calls of an action go wrong in a chosen way, once or some times."""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

ANY_ACTION = "*"
MAX_LATENCY_MS = 120_000


class FaultKind(Enum):
    """What goes wrong. Those named "after accept", half a body and no JSON lose only the answer."""

    DROP_BEFORE_ACCEPT = "drop_before_accept"
    DROP_AFTER_ACCEPT = "drop_after_accept"
    HTTP_500 = "http_500"
    HALF_BODY = "half_body"
    NOT_JSON = "not_json"
    HANG = "hang"
    THROTTLE = "throttle"
    LATENCY_MS = "latency_ms"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault for the next `times` calls of `action` ("*" for any; v5 actions by their command)."""

    action: str
    kind: FaultKind
    times: int = 1
    latency_ms: int = 0


class Faults:
    """The queue of ordered faults; the first that fits a call is used up by it."""

    def __init__(self) -> None:
        self._queue: deque[Fault] = deque()

    def add(self, fault: Fault) -> None:
        """Order one more."""
        self._queue.append(fault)

    def clear(self) -> None:
        """Forget all that were ordered."""
        self._queue.clear()

    def take(self, action: str) -> Fault | None:
        """The fault for a call of `action`, taken off the queue."""
        for position, fault in enumerate(self._queue):
            if fault.action in (action, ANY_ACTION):
                self._use(position, fault)
                return fault
        return None

    def _use(self, position: int, fault: Fault) -> None:
        if fault.times > 1:
            self._queue[position] = replace(fault, times=fault.times - 1)
        else:
            del self._queue[position]
