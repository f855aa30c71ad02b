"""Faults to order: the next calls of an action go wrong in a chosen way, once or some times."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from bot.sandbox.tencent.records import RecordError

ANY_ACTION = "*"
MAX_LATENCY_MS = 120_000


class FaultKind(Enum):
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


class CallbackFaultKind(Enum):
    """What becomes of a callback. `DELAY` takes `latency_ms`, `REORDER` waits for the next callback
    to overtake it, but no longer than that."""

    LOSE = "lose"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    REORDER = "reorder"


@dataclass(frozen=True, slots=True)
class CallbackFault:
    """A fault for the next `times` callbacks of `action`: StatusCallback, ReplyCallback,
    VoiceCallback or "*"."""

    action: str
    kind: CallbackFaultKind
    times: int = 1
    latency_ms: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault for the next `times` calls of `action` ("*" for any; v5 actions by their command)."""

    action: str
    kind: FaultKind
    times: int = 1
    latency_ms: int = 0


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

    def clear(self) -> None:
        """Forget all that were ordered."""
        self._calls.clear()
        self._callbacks.clear()

    def take(self, action: str) -> Fault | None:
        """The fault for a call of `action`, taken off the queue."""
        return _take(self._calls, action)

    def take_callback(self, action: str) -> CallbackFault | None:
        """The fault for a callback, taken off the queue."""
        return _take(self._callbacks, action)


def _take(queue: deque[Ordered], action: str) -> Ordered | None:
    for position, fault in enumerate(queue):
        if fault.action in (action, ANY_ACTION):
            if fault.times > 1:
                queue[position] = replace(fault, times=fault.times - 1)
            else:
                del queue[position]
            return fault
    return None


def read_fault(row: Mapping[str, Any]) -> Fault | CallbackFault:
    """The fault in an object of the admin API. Raises RecordError."""
    defaults = {"times": 1, "latency_ms": 0}
    kinds = {kind.value: kind for kind in FaultKind}
    callback_kinds = {kind.value: kind for kind in CallbackFaultKind}
    if row.keys() - {"action", "kind", "times", "latency_ms"}:
        raise RecordError("unknown field")
    action, kind = row.get("action"), row.get("kind")
    times, latency_ms = (row.get(name, default) for name, default in defaults.items())
    if type(times) is not int or not 1 <= times <= 1_000_000:
        raise RecordError("times: 1 to 1000000")
    if type(latency_ms) is not int or not 0 <= latency_ms <= MAX_LATENCY_MS:
        raise RecordError(f"latency_ms: 0 to {MAX_LATENCY_MS}")
    if isinstance(action, str) and isinstance(kind, str) and kind in kinds:
        return Fault(action, kinds[kind], times, latency_ms)
    if isinstance(action, str) and isinstance(kind, str) and kind in callback_kinds:
        return CallbackFault(action, callback_kinds[kind], times, latency_ms)
    raise RecordError(f"kind: one of {', '.join([*kinds, *callback_kinds])}; action: a string")
