"""What went over the wire, both ways, for people who look and tests that failed."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

KEPT = 1_000
_TEXT_KEPT = 8_000
_SECRET_KEYS = frozenset({"token", "authorization", "x-slack-signature"})
_TOKEN = re.compile(r"\b(x(?:oxb|app)-)[\w-]+")


class Direction(StrEnum):
    """Towards the workspace, or from it to the app."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `status` is 0 where there was none."""

    at_ms: int
    direction: Direction
    what: str
    status: int
    request: Any
    answer: Any


class Trace:
    """The last exchanges, secrets blanked."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: deque[Exchange] = deque(maxlen=KEPT)

    def add(
        self, direction: Direction, what: str, status: int, request: object, answer: object
    ) -> None:
        """Note one exchange."""
        at_ms = int(self._clock().timestamp() * 1000)
        self._kept.append(Exchange(at_ms, direction, what, status, _blank(request), _blank(answer)))

    def exchanges(self, what: str | None = None) -> list[Exchange]:
        """Oldest first; only those called `what` when given (``chat.postMessage``, say)."""
        return [e for e in self._kept if what is None or e.what == what]

    def as_json(self) -> list[dict[str, Any]]:
        """For the page."""
        return [asdict(exchange) for exchange in self._kept]


def _blank(value: object) -> object:
    match value:
        case str():
            return _TOKEN.sub(r"\1…", value[:_TEXT_KEPT])
        case Mapping():
            return {k: "…" if k in _SECRET_KEYS and v else _blank(v) for k, v in value.items()}
        case list() | tuple():
            return [_blank(v) for v in value]
        case _:
            return value
