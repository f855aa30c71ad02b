"""One door for everything, on a real file: told apart by shape, whichever address it came to."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StorageError
from bot.tencent.callbacks import BadCallback
from handlers.callbacks.door import REST, CallbackDoor
from storage import refused_callbacks, replies, voice_events
from storage.db import Database, Row, Tx, open_database
from storage.voice_events import VoiceEvent, VoiceEventKind
from tests.storage.rows import NUMBER, VAULT

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MOBILE = NUMBER.removeprefix("+86")
CALLED = {"callid": "call-1", "mobile": MOBILE, "nationcode": "86", "call_from": "075583763333"}
ENDED = {
    "result": "0",
    "accept_time": "1470197211",
    "end_calltime": "1470197221",
    "fee": "1",
    "start_calltime": "1470197196",
    **CALLED,
}
CALLS: dict[str, dict[str, Any]] = {
    "voicekey_callback": {"keypress": "2", **CALLED},
    "voiceprompt_callback": ENDED,
    "voicecode_callback": ENDED,
    "voice_failure_callback": {"failure_code": 8, "failure_reason": "空号", **CALLED},
}
REPORT = {"nationcode": "86", "mobile": MOBILE, "report_status": "FAIL", "sid": "5000:1"}
PULLED_REPORT = {
    "UserReceiveTime": 1_470_197_221,
    "CountryCode": "86",
    "SubscriberNumber": MOBILE,
    "PhoneNumber": NUMBER,
    "SerialNo": "5000:1",
    "ReportStatus": "FAIL",
    "Description": "MK:0001",
    "SessionContext": "",
}
REPLY = {"nationcode": "86", "mobile": MOBILE, "sign": "腾讯云", "text": "T", "time": 1_470_197_221}
PULLED_REPLY = {
    "ExtendCode": "",
    "CountryCode": "86",
    "SubscriberNumber": MOBILE,
    "PhoneNumber": NUMBER,
    "SignName": "腾讯云",
    "ReplyContent": "T",
    "ReplyTime": 1_470_197_221,
}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


@pytest.fixture
def door(db: Database) -> CallbackDoor:
    return CallbackDoor(db, lambda: NOW, asyncio.Event())


def posted(value: object) -> bytes:
    return json.dumps(value).encode()


def told(kind: VoiceEventKind, said: str, **more: Any) -> VoiceEvent:
    return VoiceEvent("call-1", NUMBER, kind, said, "demo", NOW, "075583763333", **more)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


TIMES = {
    "fee_minutes": 1,
    "started_at": at(1_470_197_196),
    "answered_at": at(1_470_197_211),
    "ended_at": at(1_470_197_221),
}
KEPT = {
    "voicekey_callback": told(VoiceEventKind.KEY, "2"),
    "voiceprompt_callback": told(VoiceEventKind.TEXT_ENDED, "0", **TIMES),
    "voicecode_callback": told(VoiceEventKind.CODE_ENDED, "0", **TIMES),
    "voice_failure_callback": told(VoiceEventKind.FAILED, "8", reason="空号"),
}


async def test_what_is_told_of_a_call_is_kept_once(db: Database, door: CallbackDoor) -> None:
    for name, fields in CALLS.items():
        body = posted({name: {**fields, "callid": name}})
        assert [await door.take("demo", body) for _ in range(3)] == [1, 0, 0]
        assert await db.read(voice_events.of_call, name) == [replace(KEPT[name], call_id=name)]
    assert await db.read(voice_events.of_call, "call-2") == []


async def test_all_that_is_told_of_one_call_is_kept(db: Database, door: CallbackDoor) -> None:
    for name, fields in CALLS.items():
        assert await door.take("demo", posted({name: fields})) == 1
    again = {"voicekey_callback": {**CALLS["voicekey_callback"], "keypress": "3"}}
    assert await door.take("demo", posted(again)) == 1
    kept = await db.read(voice_events.of_call, "call-1")
    assert sorted(event.said for event in kept) == ["0", "0", "2", "3", "8"]
    row = (await db.read(lambda tx: tx.all("SELECT number FROM voice_events")))[0]
    assert MOBILE not in row["number"]


@pytest.mark.parametrize(("app", "reply"), [("demo", REPLY), ("", PULLED_REPLY)])
async def test_no_address_loses_what_was_meant_for_another(
    db: Database, door: CallbackDoor, app: str, reply: object
) -> None:
    reports: list[object] = [
        [{**REPORT, "sid": "5000:1"}],
        {**REPORT, "sid": "5000:2"},
        {**PULLED_REPORT, "SerialNo": "5000:3"},
        [{**PULLED_REPORT, "SerialNo": "5000:4"}],
    ]
    for value in (reply, {"voicekey_callback": CALLS["voicekey_callback"]}, *reports):
        assert await door.take(app, posted(value)) == 1
    (said,) = await db.read(replies.of_number, NUMBER)
    assert (said.text, said.signature, said.is_optout) == ("T", "腾讯云", True)
    assert said.replied_at == at(1_470_197_221)
    (pressed,) = await db.read(voice_events.of_call, "call-1")
    assert pressed.app == app
    assert await db.read(_serials) == ["5000:1", "5000:2", "5000:3", "5000:4"]


async def test_what_is_none_of_them_is_refused_whole(db: Database, door: CallbackDoor) -> None:
    values: list[object] = [
        {},
        {"text": 7},
        [REPORT, REPLY],
        [{"voicekey_callback": CALLS["voicekey_callback"]}],
        {"voicekey_callback": CALLS["voicekey_callback"], "voicecode_callback": ENDED},
        {"voicecode_callback": {**ENDED, "callid": ""}},
    ]
    for value in values:
        assert isinstance(await door.take("demo", posted(value)), BadCallback), value
    assert await db.read(_rows) == 0


async def test_what_cannot_be_stored_is_not_taken(db: Database, door: CallbackDoor) -> None:
    db.close()
    for value in ([REPORT], REPLY, {"voicekey_callback": CALLS["voicekey_callback"]}):
        with pytest.raises(StorageError):
            await door.take("demo", posted(value))


async def test_what_cannot_be_read_is_kept_as_it_came_once_and_sealed(
    db: Database, door: CallbackDoor
) -> None:
    bad = posted([REPORT, {**REPORT, "sid": 5}])
    for body in (bad, bad, b"[{\xff", posted([REPORT]), posted(REPLY)):
        await door.take("demo", body)
    found = await db.read(refused_callbacks.find)
    assert {(each.app, each.reason, each.detail, each.size_bytes) for each in found} == {
        ("demo", "wrong_type", "item 1: sid", len(bad)),
        ("demo", "not_utf8", "body", 3),
    }
    bodies = {await db.read(refused_callbacks.body_of, each.mark) for each in found}
    assert bodies == {bad.decode(), r"[{\xff"}
    cells = [row["body"] for row in await db.read(_refused)]
    assert not [cell for cell in cells if MOBILE in cell or "sid" in cell]


async def test_nobody_fills_the_disk_with_what_cannot_be_read(db: Database) -> None:
    clock = [NOW]
    door = CallbackDoor(db, lambda: clock[0], asyncio.Event())
    for nth in range(refused_callbacks.MOST + 5):
        assert isinstance(await door.take("demo", posted(nth)), BadCallback)
    found = await db.read(refused_callbacks.find)
    assert len(found) == refused_callbacks.MOST
    # What came first stays, and so long as there is no room nothing is tried.
    written = await db.read(_changes)
    await door.take("demo", posted("more"))
    assert await db.read(_changes) == written
    await db.write(_drop_all)
    await door.take("demo", posted("more"))
    assert await db.read(refused_callbacks.find) == []
    clock[0] += REST
    await door.take("demo", posted("more"))
    assert len(await db.read(refused_callbacks.find)) == 1


async def test_however_few_they_are_they_hold_no_more_bytes_than_may_be(
    db: Database, door: CallbackDoor
) -> None:
    size = 256 * 1024
    for nth in range(refused_callbacks.BYTES_MOST // size + 3):
        await door.take("", b"%010d" % nth * (size // 10))
    kept = sum(each.size_bytes for each in await db.read(refused_callbacks.find))
    assert refused_callbacks.BYTES_MOST - size < kept <= refused_callbacks.BYTES_MOST


async def test_a_disk_that_keeps_nothing_changes_no_refusal(
    db: Database, door: CallbackDoor
) -> None:
    db.close()
    assert isinstance(await door.take("demo", b"["), BadCallback)


def _refused(tx: Tx) -> list[Row]:
    return tx.all("SELECT * FROM refused_callbacks")


def _drop_all(tx: Tx) -> None:
    tx.run("DELETE FROM refused_callbacks")


def _changes(tx: Tx) -> int:
    """What another connection sees change with every commit."""
    version: int = tx.all("PRAGMA data_version")[0][0]
    return version


def _serials(tx: Tx) -> list[str]:
    return [row["serial"] for row in tx.all("SELECT serial FROM receipts")]


def _rows(tx: Tx) -> int:
    tables = ("receipts", "replies", "voice_events")
    return sum(len(tx.all(f"SELECT 1 FROM {table}")) for table in tables)
