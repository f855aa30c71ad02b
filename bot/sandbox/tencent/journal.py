"""The list of requests that came in, for whoever wants to know what a client really sent."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

CAPACITY = 1000
BODY_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `timestamp` is the signed one (X-TC-Timestamp, or `time` in v5 bodies);
    `outcome` is "ok", a refusal's code, or what cut the exchange short; `app` the application it
    names, if it names one."""

    at_ms: int
    method: str
    path: str
    action: str
    timestamp: str
    body: str
    outcome: str
    app: str = ""


class Journal:
    """The latest requests to either API; the admin API is not listed."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)

    def add(self, entry: Entry) -> None:
        """Keep one more."""
        self._entries.append(entry)

    def entries(self) -> list[Entry]:
        """The requests, oldest first."""
        return list(self._entries)

    def to_json(self) -> list[dict[str, Any]]:
        """As the admin API shows them."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget them all."""
        self._entries.clear()


def excerpt(body: bytes) -> str:
    """The head of a body as text."""
    return body[: 4 * BODY_CHARACTERS].decode("utf-8", "replace")[:BODY_CHARACTERS]
