"""Faults to order: the next calls of an action go wrong in a chosen way, once or some times."""

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

ANY_ACTION = "*"
MAX_LATENCY_MS = 120_000
#: The actions callbacks go by.
STATUS_CALLBACK, REPLY_CALLBACK, VOICE_CALLBACK = "StatusCallback", "ReplyCallback", "VoiceCallback"


class FaultKind(StrEnum):
    """What goes wrong. Those named "after accept", half a body and no JSON lose only the answer;
    with a wrong content type it is all there, but labelled as a web page."""

    DROP_BEFORE_ACCEPT = "drop_before_accept"
    DROP_AFTER_ACCEPT = "drop_after_accept"
    HTTP_500 = "http_500"
    HALF_BODY = "half_body"
    NOT_JSON = "not_json"
    CONTENT_TYPE = "content_type"
    HANG = "hang"
    THROTTLE = "throttle"
    LATENCY_MS = "latency_ms"


class CallbackFaultKind(StrEnum):
    """What becomes of a callback. `DELAY` takes `latency_ms`, `REORDER` waits for the next callback
    to overtake it, but no longer than that."""

    LOSE = "lose"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    REORDER = "reorder"


@dataclass(frozen=True, slots=True)
class CallbackFault:
    """A fault for the next `times` callbacks of `action`: StatusCallback, ReplyCallback,
    VoiceCallback or "*"; with `app`, only for those of this application."""

    action: str
    kind: CallbackFaultKind
    times: int = 1
    latency_ms: int = 0
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault for the next `times` calls of `action` ("*" for any; v5 actions by their command);
    with `app`, only for those that name this application."""

    action: str
    kind: FaultKind
    times: int = 1
    latency_ms: int = 0
    app: str | None = None


Ordered = TypeVar("Ordered", Fault, CallbackFault)


class Faults:
    """The queues of ordered faults; the first that fits a call or callback is used up by it."""

    def __init__(self) -> None:
        self._calls: deque[Fault] = deque()
        self._callbacks: deque[CallbackFault] = deque()

    def add(self, fault: Fault | CallbackFault) -> None:
        """Order one more."""
        if isinstance(fault, Fault):
            self._calls.append(fault)
        else:
            self._callbacks.append(fault)

    def ordered(self) -> list[Fault | CallbackFault]:
        """What is still to come, the faults of calls first."""
        return [*self._calls, *self._callbacks]

    def clear(self) -> None:
        """Forget all that were ordered."""
        self._calls.clear()
        self._callbacks.clear()

    def take(self, action: str, app: str) -> Fault | None:
        """The fault for a call of `action` that names `app` ("" for none), off the queue."""
        return _take(self._calls, action, app)

    def take_callback(self, action: str, app: str) -> CallbackFault | None:
        """The fault for a callback of `app`, taken off the queue."""
        return _take(self._callbacks, action, app)


def _take(queue: deque[Ordered], action: str, app: str) -> Ordered | None:
    for position, fault in enumerate(queue):
        if fault.action in (action, ANY_ACTION) and fault.app in (app, None):
            if fault.times > 1:
                queue[position] = replace(fault, times=fault.times - 1)
            else:
                del queue[position]
            return fault
    return None
