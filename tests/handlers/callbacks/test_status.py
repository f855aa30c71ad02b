"""The door for delivery reports, on a real file: who shares a commit, and who is told what."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.tencent.callbacks import BadCallback
from handlers.callbacks.door import CallbackDoor
from storage.db import Database, Row, Tx, open_database
from tests.storage.rows import VAULT

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PLACES = count(1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


@pytest.fixture
def door(db: Database) -> CallbackDoor:
    return CallbackDoor(db, lambda: NOW, asyncio.Event())


@pytest.fixture
def commits(db: Database) -> list[str]:
    """Grows by one with every commit."""
    seen: list[str] = []
    conn = db._writer_conn
    conn.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)
    return seen


def body() -> bytes:
    """A POST of one report, unlike any other."""
    place = next(PLACES)
    report = {
        "nationcode": "86",
        "mobile": f"138{place:08}",
        "report_status": "SUCCESS",
        "sid": f"5000:{place}",
    }
    return json.dumps([report]).encode()


async def kept(db: Database) -> int:
    return len(await db.read(lambda tx: tx.all("SELECT serial FROM receipts")))


async def test_a_lone_post_is_written_at_once_and_those_behind_it_together(
    db: Database, door: CallbackDoor, commits: list[str]
) -> None:
    assert await asyncio.gather(*(door.take("demo", body()) for _ in range(40))) == [1] * 40
    assert len(commits) == 2
    assert await kept(db) == 40


async def test_those_who_come_back_when_answered_stay_together(
    db: Database, door: CallbackDoor, commits: list[str]
) -> None:
    async def caller() -> None:
        for _ in range(5):
            await door.take("demo", body())

    await asyncio.gather(*(caller() for _ in range(8)))
    assert await kept(db) == 40
    # The first alone, then eight at a time.
    assert len(commits) == 6


async def test_nobody_waits_long_for_those_who_do_not_come_back(
    db: Database, door: CallbackDoor
) -> None:
    await asyncio.gather(*(door.take("demo", body()) for _ in range(40)))
    assert await door.take("demo", body()) == 1
    assert await kept(db) == 41


async def test_one_who_gives_up_leaves_the_others_alone(db: Database, door: CallbackDoor) -> None:
    posts = [asyncio.create_task(door.take("demo", body())) for _ in range(3)]
    await asyncio.sleep(0)
    posts[1].cancel()
    first, second, third = await asyncio.gather(*posts, return_exceptions=True)
    assert (first, third) == (1, 1)
    assert isinstance(second, asyncio.CancelledError)
    assert await kept(db) == 3


async def test_a_write_that_fails_is_told_to_all_of_it_and_the_next_is_tried(
    db: Database, door: CallbackDoor
) -> None:
    await db.write(rename, "receipts", "away")
    posts = [door.take("demo", body()) for _ in range(3)]
    told = await asyncio.gather(*posts, return_exceptions=True)
    assert ["no such table" in str(each) for each in told] == [True] * 3
    await db.write(rename, "away", "receipts")
    assert await door.take("demo", body()) == 1
    assert await kept(db) == 1


def rename(tx: Tx, old: str, new: str) -> None:
    tx.run(f"ALTER TABLE {old} RENAME TO {new}")


async def test_a_closed_database_takes_nothing(db: Database, door: CallbackDoor) -> None:
    db.close()
    told = await asyncio.gather(
        door.take("demo", body()), door.take("demo", body()), return_exceptions=True
    )
    assert [type(each) for each in told] == [StorageError, StorageError]


async def test_a_ping_writes_nothing(door: CallbackDoor, commits: list[str]) -> None:
    assert await door.take("demo", b"[]") == 0
    assert commits == []


async def test_one_bad_report_keeps_the_good_ones_beside_it_out(
    db: Database, door: CallbackDoor
) -> None:
    assert isinstance(await door.take("demo", body()[:-1] + b", {}]"), BadCallback)
    assert await kept(db) == 0


async def test_words_that_come_again_and_again_are_kept_once(
    db: Database, door: CallbackDoor
) -> None:
    def report(serial: str, code: str, words: str) -> dict[str, str]:
        return {
            "nationcode": "86",
            "mobile": "13800000001",
            "report_status": "FAIL",
            "errmsg": code,
            "description": words,
            "sid": serial,
        }

    came = [
        report("5000:1", "MK:0001", "空号"),
        report("5000:2", "MK:0001", "空号"),
        report("5000:3", "MK:0001", "号码不存在"),
        report("5000:4", "MK:0002", ""),
        report("5000:5", "MK:0002", "空号"),
    ]
    for each in came:
        assert await door.take("demo", json.dumps([each]).encode()) == 1
    rows = await db.read(told)
    assert [(row["serial"], row["code"], row["words"]) for row in rows] == [
        (each["sid"], each["errmsg"], each["description"] or "空号") for each in came
    ]
    own = await db.read(lambda tx: tx.all("SELECT description FROM receipts WHERE description<>''"))
    assert [row["description"] for row in own] == ["号码不存在"]


def told(tx: Tx) -> list[Row]:
    """Every receipt with its own words, or those of its code."""
    return tx.all(
        """
        SELECT serial, carrier_code AS code,
          CASE WHEN receipts.description <> '' THEN receipts.description
               ELSE carrier_words.description END AS words
        FROM receipts JOIN carrier_words USING (carrier_code) ORDER BY serial
        """
    )
