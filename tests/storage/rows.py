"""A migrated file with a transaction open on it, and the rows that tests put there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind
from storage import messages, requests
from storage.db import Tx, connect
from storage.ids import MessageId, RequestId, new_attempt_id
from storage.messages import Message, NewMessage, Waiting
from storage.migrations import migrate
from storage.vault import Vault

#: Noon in China.
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
VAULT = Vault(bytes(range(64)))
NUMBER, OTHER_NUMBER = "+8613800000001", "+8613800000002"
LIN, MAYA = "U0LIN", "U0MAYA"


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


def due(tx: Tx, now: datetime = NOW, limit: int = 8) -> list[Waiting]:
    """What of no job may go now."""
    return messages.due_singles(tx, ["demo"], now=now, limit=limit, is_urgent=False)


def begin(tx: Tx, message_id: MessageId, now: datetime = NOW) -> Message:
    """A message in flight that was queued before."""
    assert messages.start(tx, [(message_id, new_attempt_id())], now) == 1
    return must_get(tx, message_id)


def start(tx: Tx, number: str = NUMBER, now: datetime = NOW) -> Message:
    """A message in flight."""
    return begin(tx, add_message(tx, number, now=now), now)


def must_get(tx: Tx, message_id: str) -> Message:
    message = messages.get(tx, message_id)
    assert message is not None
    return message
