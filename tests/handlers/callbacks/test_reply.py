"""Replies at the door, on a real file: what is stored before it is answered."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StorageError
from bot.rules.optouts import Optout, Scope, Source
from bot.tencent.callbacks import BadCallback, BadCallbackReason
from handlers.callbacks.door import CallbackDoor
from storage import optouts, replies
from storage.db import Database, open_database
from tests.storage.rows import NUMBER, VAULT

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
REPLIED_AT = NOW - timedelta(seconds=5)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


@pytest.fixture
def door(db: Database) -> CallbackDoor:
    return CallbackDoor(db, lambda: NOW, asyncio.Event())


def body(text: str = "退订", **rest: Any) -> bytes:
    reply = {
        "extend": "",
        "mobile": NUMBER.removeprefix("+86"),
        "nationcode": "86",
        "sign": "腾讯云",
        "text": text,
        "time": int(REPLIED_AT.timestamp()),
    }
    return json.dumps(reply | rest).encode()


async def test_a_reply_is_kept_and_its_number_opted_out(db: Database, door: CallbackDoor) -> None:
    assert await door.take("", body()) == 1
    (kept,) = await db.read(replies.of_number, NUMBER)
    assert (kept.text, kept.signature, kept.is_optout) == ("退订", "腾讯云", True)
    assert (kept.replied_at, kept.stored_at) == (REPLIED_AT, NOW)
    assert await db.read(optouts.of_number, NUMBER) == [
        Optout(NUMBER, "腾讯云", Scope.ALL, Source.REPLY, "", "", NOW)
    ]


async def test_any_other_reply_is_kept_and_opts_nobody_out(
    db: Database, door: CallbackDoor
) -> None:
    assert await door.take("", body("收到")) == 1
    (kept,) = await db.read(replies.of_number, NUMBER)
    assert not kept.is_optout
    assert await db.read(optouts.of_number, NUMBER) == []


async def test_a_repeated_push_brings_back_nothing_that_was_removed(
    db: Database, door: CallbackDoor
) -> None:
    await door.take("", body())
    await db.write(optouts.remove, NUMBER, "腾讯云", Scope.ALL)
    assert await door.take("", body()) == 0
    assert await db.read(optouts.of_number, NUMBER) == []
    # Said once more, it is a wish of its own.
    assert await door.take("", body(time=int(NOW.timestamp()))) == 1
    assert await db.read(optouts.of_number, NUMBER)


@pytest.mark.parametrize("time", [None, 0, 99_999_999_999], ids=["none", "zero", "to come"])
async def test_a_reply_without_a_usable_time_counts_as_of_now(
    db: Database, door: CallbackDoor, time: int | None
) -> None:
    assert await door.take("", body(time=time)) == 1
    (known,) = await db.read(optouts.of_number, NUMBER)
    assert known.at == NOW


@pytest.mark.parametrize(
    "broken",
    [
        {"text": "退订\ud83d"},
        {"text": "退订\x00"},
        {"sign": "腾讯云\ud83d"},
        {"time": 1.5},
        {"time": str(int(REPLIED_AT.timestamp()))},
        {"time": 10**18},
        {"mobile": NUMBER.removeprefix("+")},
        {"mobile": NUMBER},
    ],
    ids=str,
)
async def test_a_reply_that_came_a_little_broken_still_opts_out(
    db: Database, door: CallbackDoor, broken: dict[str, Any]
) -> None:
    assert await door.take("", body(**broken)) == 1
    (known,) = await db.read(optouts.of_number, NUMBER)
    assert known.signature == ("" if "sign" in broken else "腾讯云")


@pytest.mark.parametrize(
    "text", ["START", "订阅", "YES", "Y", "恢复", "opt in", "UNSTOP", "重新订阅"]
)
async def test_nobody_is_opted_in_by_a_reply(db: Database, door: CallbackDoor, text: str) -> None:
    await door.take("", body())
    await door.take("", body(text))
    assert await db.read(optouts.of_number, NUMBER)


@pytest.mark.parametrize(
    ("posted", "reason"),
    [
        (b"", BadCallbackReason.NOT_JSON),
        (b"\xff", BadCallbackReason.NOT_UTF8),
        (b"{}", BadCallbackReason.UNKNOWN_SHAPE),
        (body(mobile="1"), BadCallbackReason.WRONG_VALUE),
        (body(text="长" * 3000), BadCallbackReason.TOO_LONG),
        (body(sign="长" * 300), BadCallbackReason.TOO_LONG),
    ],
)
async def test_what_is_no_reply_is_refused_whole(
    db: Database, door: CallbackDoor, posted: bytes, reason: BadCallbackReason
) -> None:
    taken = await door.take("", posted)
    assert isinstance(taken, BadCallback)
    assert taken.reason is reason
    assert await db.read(lambda tx: tx.all("SELECT 1 FROM replies")) == []


async def test_a_ping_is_answered(door: CallbackDoor) -> None:
    assert await door.take("", b"[]") == 0


async def test_what_cannot_be_stored_is_not_taken(db: Database, door: CallbackDoor) -> None:
    db.close()
    with pytest.raises(StorageError):
        await door.take("", body())
