"""A migrated file with a transaction open on it, and the rows that tests put there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestKind
from storage import message_attempts, message_queue, messages, requests
from storage.db import Tx, connect
from storage.ids import MessageId, RequestId, new_attempt_id
from storage.message_queue import Waiting
from storage.messages import Message, NewMessage, Settlement
from storage.migrations import migrate
from storage.vault import Vault

#: Noon in China.
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
VAULT = Vault(bytes(range(64)))
NUMBER, OTHER_NUMBER = "+8613800000001", "+8613800000002"
LIN, MAYA = "U0LIN", "U0MAYA"
ACCEPTED = Settlement(MessageState.ACCEPTED, "answer", serial="5000:1", fee_segments=1)
DOUBT = Settlement(MessageState.IN_DOUBT, "answer", detail="deadline")
REFUSED = Settlement(MessageState.REFUSED, "answer", code="FailedOperation.X")


def later(*, s: float = 0.0, minutes: float = 0.0) -> datetime:
    return NOW + timedelta(seconds=s, minutes=minutes)


@contextmanager
def open_tx(path: Path) -> Iterator[Tx]:
    """A transaction on a fresh file; nothing of it is kept."""
    migrate(path, VAULT)
    conn = connect(path)
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield Tx(conn, VAULT)
    finally:
        conn.close()


def add_request(tx: Tx, requester: str = LIN, now: datetime = NOW) -> RequestId:
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app="demo",
        payload={"number": NUMBER, "content": "码 {1}"},
        requester=requester,
        channel="C0SMS",
        now=now,
        expires_at=now + timedelta(minutes=10),
    )
    return request.id


def add_message(
    tx: Tx,
    number: str = NUMBER,
    *,
    request_id: RequestId | None = None,
    class_: TemplateClass = TemplateClass.NOTICE,
    now: datetime = NOW,
    text: str = "码 123456",
) -> MessageId:
    """A queued message."""
    new = NewMessage(
        request_id=request_id or add_request(tx, now=now),
        app="demo",
        number=tx.vault.seal_number(number),
        country="CN",
        class_=class_,
        template_id="1110",
        signature="腾讯云",
        values=("123456",),
        content=tx.vault.fingerprint("content", text),
    )
    return messages.add(tx, new, now=now, give_up_at=now + timedelta(minutes=10))


def put_back(tx: Tx, message: Message, minutes: float = 1) -> Message | None:
    """A message queued again after an attempt that ended so."""
    due_at = later(minutes=minutes)
    return messages.put_back(tx, message, now=NOW, due_at=due_at, settled_by="answer")


def due(tx: Tx, now: datetime = NOW, limit: int = 8) -> list[Waiting]:
    """What of no job may go now."""
    return message_queue.due_singles(tx, ["demo"], now=now, limit=limit, is_urgent=False)


def begin(tx: Tx, message_id: MessageId, now: datetime = NOW) -> Message:
    """A message in flight that was queued before."""
    assert message_attempts.start(tx, [(message_id, new_attempt_id())], now) == 1
    return must_get(tx, message_id)


def start(tx: Tx, number: str = NUMBER, now: datetime = NOW) -> Message:
    """A message in flight."""
    return begin(tx, add_message(tx, number, now=now), now)


def must_get(tx: Tx, message_id: str) -> Message:
    message = messages.get(tx, message_id)
    assert message is not None
    return message
