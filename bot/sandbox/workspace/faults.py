"""Faults on request: what goes wrong at Slack's end, injected once or a few times."""

from dataclasses import dataclass, replace
from enum import Enum, auto


class FaultKind(Enum):
    """What a fault does. All but the last strike a Web API method, the last an event's name."""

    RATE_LIMITED = auto()
    SERVER_ERROR = auto()
    DROP_BEFORE = auto()
    DROP_AFTER = auto()
    DUPLICATE = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """Strikes the next `times` uses of `target` (``chat.postMessage``, ``reaction_added``)."""

    target: str
    kind: FaultKind
    times: int = 1
    retry_after_s: int = 1


class Faults:
    """Faults waiting for their target, first come, first struck."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a fault wait for its target."""
        self._waiting.append(fault)

    def take(self, target: str) -> Fault | None:
        """The fault that strikes this use of `target`, if any; counts it down."""
        for position, fault in enumerate(self._waiting):
            if fault.target == target:
                if fault.times > 1:
                    self._waiting[position] = replace(fault, times=fault.times - 1)
                else:
                    del self._waiting[position]
                return fault
        return None
