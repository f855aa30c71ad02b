import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from handlers.flows import cards as card_flow
from handlers.flows import retention
from handlers.jobs import forget_values
from storage import cards, jobs, limit_counts, messages, requests, traffic
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import NewJob
from storage.limit_counts import LimitRefusal
from storage.messages import Settlement
from tests.handlers.jobs.conftest import Stage, held_by_law
from tests.storage.lines import line, put
from tests.storage.rows import LIN, NOW, NUMBER, VAULT, add_message, must_get

CODE, VALUE, CELL = "947261", "blue whale 7", "+86 0x1234"
#: A list as it is kept while its recipients are read: numbers, values and addresses in it.
LIST = {"kind": "pasted", "name": "pasted", "text": f"{NUMBER}\n", "values": {"1": VALUE}}
SEALED = "SELECT template_values FROM messages"


def add_send(tx: Tx, class_: TemplateClass, at: datetime, *, is_job: bool = False) -> RequestId:
    """A send that was asked for at `at` and is under way."""
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app="demo",
        payload={"number": NUMBER, "content": "{1}", "values": [VALUE], "class": class_.value},
        requester=LIN,
        channel="C0SMS",
        now=at,
        expires_at=at + timedelta(minutes=10),
    )
    requests.advance(tx, request, RequestEvent.CONFIRM, at)
    add_message(tx, request_id=request.id, class_=class_, now=at)
    if is_job:
        new = NewJob(request.id, "demo", class_, "1110", "腾讯云", False, LIST, None, 3600)
        jobs.add(tx, new)
        tx.run(
            "INSERT INTO bad_rows (request_id, file_row, reason, field, cell) "
            "VALUES (:id, 7, 'not_a_number', 'A', :cell)",
            id=request.id,
            cell=tx.vault.seal(CELL, purpose="bad_rows.cell"),
        )
    return request.id


def end(tx: Tx, request_id: RequestId, at: datetime) -> None:
    tx.run(
        "UPDATE messages SET state = :state WHERE request_id = :id",
        id=request_id,
        state=MessageState.DELIVERED.value,
    )
    request = requests.get(tx, request_id)
    assert request is not None
    requests.advance(tx, request, RequestEvent.SUCCEED, at)


def payload(tx: Tx, request_id: RequestId) -> Mapping[str, Any]:
    request = requests.get(tx, request_id)
    assert request is not None
    return request.payload


def kept(tx: Tx, request_id: RequestId) -> tuple[bool, ...]:
    """Whether values are left in the payload, the messages, the list and the refused rows."""
    job = jobs.get(tx, request_id)
    cells = tx.all("SELECT cell FROM bad_rows WHERE request_id = :id", id=request_id)
    return (
        payload(tx, request_id)["values"] is not None,
        any(message.values for message in messages.of_request(tx, request_id)),
        "values" in ((job.source_file if job else None) or {}),
        any(row["cell"] for row in cells),
    )


async def add(
    stage: Stage, age: timedelta, class_: TemplateClass = TemplateClass.NOTICE, **how: bool
) -> RequestId:
    at = stage.now - age
    request_id = await stage.services.db.write(add_send, class_, at, **how)
    await stage.services.db.write(end, request_id, at)
    return request_id


@pytest.mark.parametrize("is_job", [False, True], ids=["one", "many"])
async def test_values_go_after_their_days(stage: Stage, is_job: bool) -> None:
    days = timedelta(days=stage.services.settings.retention.values_days)
    old = await add(stage, days + timedelta(seconds=1), is_job=is_job)
    fresh = await add(stage, days - timedelta(minutes=1), is_job=is_job)
    read = stage.services.db.read
    before = await read(requests.get, old)
    await forget_values.run(stage.services, stage.now)
    assert await read(kept, old) == (False, False, False, False)
    assert await read(kept, fresh) == (True, True, is_job, is_job)
    after = await read(requests.get, old)
    assert before is not None
    assert after is not None
    assert (after.sha256, after.payload["content"]) == (before.sha256, "{1}")
    assert after.values_deleted


@pytest.mark.parametrize("is_job", [False, True], ids=["one", "many"])
async def test_a_damaged_request_goes_whole_and_keeps_no_other_from_its_deletion(
    stage: Stage, is_job: bool
) -> None:
    age = timedelta(days=stage.services.settings.retention.values_days, seconds=1)
    damaged = await add(stage, age + timedelta(days=1), is_job=is_job)
    old = await add(stage, age, is_job=is_job)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    for _ in range(2):
        await forget_values.run(stage.services, stage.now)
    assert await stage.services.db.read(kept, old) == (False, False, False, False)
    shown = await stage.services.db.read(requests.get_shown, damaged)
    assert shown is not None
    assert (shown.is_damaged, shown.values_deleted) == (True, True)


async def test_a_damaged_draft_ends_and_keeps_no_other_from_its_end(stage: Stage) -> None:
    at = stage.now - timedelta(days=1)
    damaged, old = [
        await stage.services.db.write(add_send, TemplateClass.NOTICE, at) for _ in range(2)
    ]
    await stage.change("UPDATE requests SET state = :draft", draft=RequestState.DRAFT.value)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    await forget_values.end_drafts(stage.services, stage.now)
    found = [await stage.services.db.read(requests.get_shown, each) for each in (damaged, old)]
    assert [each and each.state for each in found] == [RequestState.EXPIRED] * 2


async def test_what_is_still_to_be_sent_keeps_its_values(stage: Stage) -> None:
    at = stage.now - timedelta(days=400)
    waiting = await stage.services.db.write(add_send, TemplateClass.NOTICE, at)
    await forget_values.run(stage.services, stage.now)
    assert await stage.services.db.read(kept, waiting) == (True, True, False, False)


async def test_a_card_is_shown_without_the_values(stage: Stage) -> None:
    old = await add(stage, timedelta(days=400))

    def show(tx: Tx) -> object:
        cards.add(tx, old, "C0SMS", stage.now)
        (card,) = cards.find_due(tx, stage.now, 1)
        showing = card_flow.load(tx, card, stage.services.settings, stage.now)
        assert showing is not None
        return showing.shown

    await forget_values.run(stage.services, stage.now)
    shown = await stage.services.db.write(show)
    assert getattr(shown, "values", None) == ()


async def test_many_are_deleted_in_pages(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    old = await add(stage, timedelta(days=400), is_job=True)

    def add_more(tx: Tx) -> None:
        for index in range(5):
            add_message(tx, f"+8613900{index:06}", request_id=old)

    await stage.services.db.write(add_more)
    await forget_values.run(stage.services, stage.now)
    assert await stage.services.db.read(kept, old) == (False, False, False, False)


async def test_a_job_of_codes_keeps_nothing_once_it_is_over(stage: Stage) -> None:
    at = stage.now
    write = stage.services.db.write
    request_id = await write(add_send, TemplateClass.OTP, at, is_job=True)
    await forget_values.end_drafts(stage.services, stage.now)
    assert await stage.services.db.read(kept, request_id) == (True, True, True, True)
    await write(end, request_id, at)
    await forget_values.end_drafts(stage.services, stage.now)
    assert await stage.services.db.read(kept, request_id) == (False, False, False, False)


@pytest.mark.parametrize(
    ("class_", "left"), [(TemplateClass.NOTICE, [CODE]), (TemplateClass.OTP, None)]
)
async def test_while_a_hold_lasts_a_preview_ends_and_keeps_its_values_but_for_codes(
    stage: Stage, class_: TemplateClass, left: list[str] | None
) -> None:
    def draft(tx: Tx) -> RequestId:
        said = {"number": NUMBER, "content": "{1}", "values": [CODE], "class": class_.value}
        kept_until = stage.now + timedelta(minutes=10)
        return requests.add(
            tx, kind=RequestKind.SEND, app="demo", payload=said, requester=LIN, channel="C0SMS",
            now=stage.now, expires_at=kept_until,
        ).id  # fmt: skip

    request_id = await stage.services.db.write(draft)
    later = stage.now + timedelta(minutes=11)
    await forget_values.end_drafts(held_by_law(stage.services), later)
    request = await stage.services.db.read(requests.get, request_id)
    assert request is not None
    assert request.state is RequestState.EXPIRED
    assert request.payload["values"] == left


async def test_a_preview_nobody_confirmed_ends_and_keeps_no_values(stage: Stage) -> None:
    def draft(tx: Tx) -> RequestId:
        request = requests.add(
            tx,
            kind=RequestKind.SEND,
            app="demo",
            payload={"number": NUMBER, "content": "{1}", "values": [CODE]},
            requester=LIN,
            channel="C0SMS",
            now=stage.now,
            expires_at=stage.now + timedelta(minutes=10),
        )
        return request.id

    request_id = await stage.services.db.write(draft)
    await forget_values.end_drafts(stage.services, stage.now + timedelta(minutes=9))
    assert (await stage.services.db.read(payload, request_id))["values"] == [CODE]
    await forget_values.end_drafts(stage.services, stage.now + timedelta(minutes=11))
    assert (await stage.services.db.read(payload, request_id))["values"] is None
    request = await stage.services.db.read(requests.get, request_id)
    assert request is not None
    assert request.state is RequestState.EXPIRED


def in_files(path: Path, *what: str) -> list[str]:
    """Which of these the database's files hold, byte by byte."""
    files = b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))
    return [each for each in what if each.encode() in files]


async def test_what_was_deleted_is_in_no_file(stage: Stage) -> None:
    db = stage.services.db

    def seal(tx: Tx) -> tuple[str, str]:
        request_id = add_send(tx, TemplateClass.OTP, NOW)
        (row,) = tx.all(SEALED)
        tx.run("UPDATE messages SET state = 3, attempt = 'a', signed_at_ms = created_at_ms")
        # Among others: a row alone on its page is written over as a whole.
        for index in range(20):
            add_message(tx, f"+8613900{index:06}")
        return row["template_values"], messages.of_request(tx, request_id)[0].id

    sealed, message_id = await db.write(seal)
    assert json.loads(VAULT.open(sealed, purpose=messages.PURPOSE)) == ["123456"]
    await db.checkpoint()
    assert in_files(db.path, sealed) == [sealed]
    assert in_files(db.path, "123456", NUMBER.removeprefix("+86"), VALUE) == []

    def settle(tx: Tx) -> None:
        accepted = Settlement(MessageState.ACCEPTED, "answer", serial="5000:1")
        assert messages.settle(tx, must_get(tx, message_id), accepted, NOW) is not None

    await db.write(settle)
    await db.checkpoint()
    pieces = [sealed[start : start + 16] for start in range(len(sealed) - 15)]
    assert in_files(db.path, *pieces) == []
    assert in_files(db.path, "5000:1") == ["5000:1"]


async def test_what_limits_kept_back_is_forgotten_once_no_simulation_looks_at_it(
    stage: Stage,
) -> None:
    def refuse(tx: Tx) -> None:
        for days in (31, 33):
            at = stage.now - timedelta(days=days)
            number, class_ = VAULT.seal_number(NUMBER), TemplateClass.NOTICE
            refusal = LimitRefusal("demo", at, f"R-{days}", number, "c", class_, "CN", "per_day")
            limit_counts.add_refusals(tx, [refusal])

    def left(tx: Tx) -> list[str]:
        return [row["request_id"] for row in tx.all("SELECT request_id FROM limit_refusals")]

    await stage.services.db.write(refuse)
    await forget_values.run(stage.services, stage.now)
    assert await stage.services.db.read(left) == ["R-31"]


async def test_first_digits_of_numbers_are_forgotten_and_the_figures_stay(stage: Stage) -> None:
    def send(tx: Tx) -> None:
        for weeks in (5, 7):
            hour_s = traffic.hour_of(stage.now - timedelta(weeks=weeks))
            put(tx, line(hour_s), {"begun": weeks})

    await stage.services.db.write(send)
    await forget_values.run(stage.services, stage.now)
    places = await stage.services.db.read(traffic.by_place, "demo", 0, 2**40)
    assert [counts.begun for counts in places.values()] == [5]
    hours = await stage.services.db.read(traffic.by_hour, "demo", 0, 2**40)
    assert [counts.begun for counts in hours.values()] == [7, 5]
