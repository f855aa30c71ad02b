"""What the limits cost one send: its verdict and its intent in one commit, over the bare insert."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestKind
from bot.settings import App, Settings, load
from handlers.flows import limits
from storage import limit_counts, messages, requests
from storage.db import Database, Tx, open_database
from storage.ids import RequestId
from storage.messages import NewMessage
from storage.vault import Vault
from tests.bench.figures import Reading
from tests.handlers.flows.conftest import ENVIRON, ROOT

AT_ONCE = 32
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
GIVE_UP_AT = NOW + timedelta(minutes=10)
VAULT = Vault(bytes(range(64)))
#: Every number was sent something within the last days.
KNOWN = 100_000
Send = Callable[[Tx, RequestId, str], None]


async def limiting(
    folder: Path, known: int = KNOWN, rounds: int = 15, each: int = 1_000
) -> Reading:
    """Microseconds of one send, 32 clicks at once and each durable, and of the row alone."""
    settings = load(ROOT / "app.yaml", ENVIRON)
    assert isinstance(settings, Settings), settings
    app = settings.apps[0]

    def ours(tx: Tx, request_id: RequestId, number: str) -> None:
        _decided(tx, _message(tx, request_id, number, app), app, settings)

    def theirs(tx: Tx, request_id: RequestId, number: str) -> None:
        messages.add(tx, _message(tx, request_id, number, app), now=NOW, give_up_at=GIVE_UP_AT)

    with closing(open_database(folder / "limits.db", VAULT)) as db:
        await db.write(limits.seed, settings, NOW)
        numbers = [f"+86138{nth:08d}" for nth in range(known)]
        random.Random(0).shuffle(numbers)
        await db.write(_fill, numbers, app)
        took = []
        for _ in range(rounds):
            # Nobody twice: nothing is to be refused.
            mine, its, numbers = numbers[:each], numbers[each : 2 * each], numbers[2 * each :]
            took.append((await _round(db, ours, mine), await _round(db, theirs, its)))
    return Reading.of(*zip(*took, strict=True))


def _decided(tx: Tx, message: NewMessage, app: App, settings: Settings) -> None:
    """As a click on Send does, behind the draft."""
    today = limits.Day(tx, app, NOW)
    verdict = today.verdict(message)
    if verdict.hit is not None:
        raise ValueError(f"nothing was to be refused: {verdict.hit}")
    limit_counts.drop_refusal(tx, app.name, NOW, message.request_id, message.number)
    messages.add(tx, message, now=NOW, give_up_at=GIVE_UP_AT)
    today.begin(message.country)
    today.save(settings)


def _message(tx: Tx, request_id: RequestId, number: str, app: App) -> NewMessage:
    return NewMessage(
        request_id=request_id,
        app=app.name,
        number=tx.vault.seal_number(number),
        country="CN",
        class_=TemplateClass.NOTICE,
        template_id="2220",
        signature=app.signature,
        values=("123456",),
        content=tx.vault.fingerprint("content", f"【{app.signature}】您的订单{number}已发货。"),
    )


def _fill(tx: Tx, numbers: list[str], app: App) -> None:
    request_id, then = _request(tx), NOW - timedelta(hours=30)
    for number in numbers:
        messages.add(tx, _message(tx, request_id, number, app), now=then, give_up_at=GIVE_UP_AT)
    # What still waits would count as sent now.
    delivered = MessageState.DELIVERED.value
    tx.conn.execute(f"UPDATE messages SET state = {delivered}, signed_at_ms = created_at_ms")


def _request(tx: Tx) -> RequestId:
    """Whatever it is that asks: of one request, a number gets one message."""
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app="demo",
        payload={},
        requester="U0LIN",
        channel="C0SMS",
        now=NOW,
        expires_at=GIVE_UP_AT,
    )
    return request.id


async def _round(db: Database, send: Send, numbers: list[str]) -> float:
    request_id = await db.write(_request)
    waiting = iter(numbers)

    async def click() -> None:
        for number in waiting:
            await db.write(send, request_id, number)

    began = time.perf_counter()
    await asyncio.gather(*(click() for _ in range(AT_ONCE)))
    return (time.perf_counter() - began) / len(numbers) * 1e6
