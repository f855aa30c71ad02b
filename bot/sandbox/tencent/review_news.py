"""What the desks hear of: every change of a template, a signature or a qualification."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.sandbox.tencent.content import Qualification, Signature, Template
from bot.sandbox.tencent.records import encode
from bot.sandbox.tencent.state import State

Rows = Mapping[int, Template | Signature | Qualification]


class ReviewNews:
    """Compares what there is with what was told last, so that no way to a change can be missed."""

    def __init__(self, state: State, tell: Callable[[dict[str, Any]], None]) -> None:
        self._state = state
        self._tell = tell
        self._told = self._now()

    def tell(self) -> None:
        """One event for each item that is new, different or gone since the last time."""
        now = self._now()
        for kind, rows in now.items():
            if rows != self._told[kind]:
                for event in _changes(kind, self._told[kind], rows):
                    self._tell(event)
        self._told = now

    def _now(self) -> dict[str, Rows]:
        """Copies: the rows themselves are never changed, only replaced."""
        return {
            "templates": dict(self._state.templates),
            "signatures": dict(self._state.signatures),
            "qualifications": dict(self._state.account.qualifications),
        }


def _changes(kind: str, before: Rows, after: Rows) -> Iterator[dict[str, Any]]:
    for key in dict.fromkeys((*before, *after)):
        item = after.get(key)
        if item != before.get(key):
            shown = None if item is None else encode(item)
            yield {"type": "review", "kind": kind, "id": key, "item": shown}
