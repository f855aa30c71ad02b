"""The handsets: what each number has received, and who wants to hear of the next message."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.tencent.fates import FATES, fate_of
from bot.sandbox.tencent.frequency import from_ms, to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.records import encode
from bot.sandbox.tencent.state import State

#: A reader who falls this far behind is cut off and has to ask for the whole book again.
BACKLOG = 1000


@dataclass(frozen=True, slots=True)
class Sms:
    """One received message; `text` is what the handset shows, the signature in front of it."""

    serial: str
    sign: str
    text: str
    received_at: datetime
    app: str

    def to_json(self) -> dict[str, Any]:
        """As the admin API shows it."""
        return {
            "serial": self.serial,
            "sign": self.sign,
            "text": self.text,
            "received_at_ms": to_ms(self.received_at),
            "app": self.app,
        }


class Phones:
    """The book of received messages. The end of a stream is a None."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._readers: set[asyncio.Queue[dict[str, Any] | None]] = set()

    def messages(self, number: str) -> list[Sms]:
        """What the E.164 `number` has received, in the order of arrival."""
        arrived = [each for each in self._state.ledger.of(number) if each.arrived_at_ms is not None]
        return [_sms(each) for each in sorted(arrived, key=lambda each: each.arrived_at_ms or 0)]

    def book(self) -> list[dict[str, Any]]:
        """Every test number, then every other number that was written to."""
        listed = [fate.number for fate in FATES if fate.number is not None]
        known = set(listed)
        listed += [number for number in self._state.ledger.numbers() if number not in known]
        replies: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for reply in self._state.account.replies:
            replies[reply.number].append(encode(reply))
        return [{**self._page(number), "replies": replies[number]} for number in listed]

    def arrive(self, attempt: Attempt, now_ms: int) -> None:
        """Show the message on its handset and tell everybody who listens."""
        arrived = self._state.ledger.arrived(attempt, now_ms)
        self.tell({"type": "sms", "number": arrived.number, "message": _sms(arrived).to_json()})

    def tell(self, event: dict[str, Any]) -> None:
        """Tell everybody who listens that something happened on a handset."""
        for queue in tuple(self._readers):
            if queue.qsize() < BACKLOG:
                queue.put_nowait(event)
            else:
                self._cut_off(queue)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[dict[str, Any] | None]]:
        """A queue of events while the block runs."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._readers.add(queue)
        try:
            yield queue
        finally:
            self._readers.discard(queue)

    def close(self) -> None:
        """End every stream."""
        for queue in tuple(self._readers):
            self._cut_off(queue)

    def _cut_off(self, queue: asyncio.Queue[dict[str, Any] | None]) -> None:
        self._readers.discard(queue)
        queue.put_nowait(None)

    def _page(self, number: str) -> dict[str, Any]:
        fate = fate_of(number)
        messages = [each.to_json() for each in self.messages(number)]
        return {
            "number": number,
            "label_key": fate.label_key,
            "fate": fate.name,
            "messages": messages,
        }


def _sms(attempt: Attempt) -> Sms:
    received_at = from_ms(attempt.arrived_at_ms or 0)
    return Sms(attempt.serial, attempt.sign, attempt.text, received_at, attempt.app)
