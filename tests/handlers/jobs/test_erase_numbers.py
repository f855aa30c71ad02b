"""An erased number is in no row, no text and no file; what is about others stays as it was."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from bot.errors import SmsopsError
from bot.rules.approvals import Verdict
from bot.rules.audit import Sound, What
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.erasures import EraseRefusal, EraseWait
from bot.rules.numbers import FORGOTTEN
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.requests import RequestKind, RequestState
from bot.rules.reveals import RevealAsked, RevealRefusal
from bot.rules.roles import EVERY_APP
from bot.rules.subjects import LimitExempt
from bot.settings import Settings
from handlers import erasing
from handlers.flows import approvals, delivery, erasures, reveals, rotas, voting, whys
from handlers.flows.erasures import EraseAsk, Refusal
from handlers.jobs import erase_numbers, forget_values
from storage import audit, messages, oncall, optouts, posts, requests
from storage import erasures as stored
from storage.audit import AuditQuery
from storage.db import Tx
from storage.ids import RequestId
from storage.receipts import Receipt
from storage.requests import Request
from storage.rotation import NUMBER as COLUMN
from storage.rotation import SEALED
from storage.vault import KEY_ID, SealedNumber
from tests.handlers.flows import sends
from tests.handlers.flows.asks import ballot
from tests.handlers.jobs.conftest import Stage, held_by_law
from tests.handlers.jobs.test_forget_values import in_files
from tests.storage.rows import LIN, NUMBER, OTHER_NUMBER, VAULT, add_request

WRITTEN = ("13800000001", "+86 138-0000-0001", "0086 138 0000 0001", "138 0000 0001")
OF_REQUESTS = frozenset({"jobs", "votes"})
OTHERS = frozenset({"audit_keys", "attachments", "messages", "requests", "oncall_numbers"})


def fill(tx: Tx, table: str, number: str, written: Sequence[str]) -> None:
    """Rows about a number in any table, and of nobody's whose texts name it."""
    for nth, text in enumerate(written):
        row: dict[str, object] = {}
        for column in tx.all(f"PRAGMA table_info({table})"):
            if column["notnull"]:
                row[column["name"]] = f"{number[-1]}{nth}" if column["type"] == "TEXT" else nth
        if table in OF_REQUESTS:
            row["request_id"] = add_request(tx)
        for each in SEALED[table]:
            said = json.dumps({"said": f"call {text} now", "at": 1795000000000})
            sealed = tx.vault.seal(said, purpose=f"{table}.{each}")
            row[each] = tx.vault.seal_number(number) if each == COLUMN else sealed
        marks = ", ".join(f":{each}" for each in row)
        tx.run(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) ON CONFLICT DO NOTHING", **row
        )


def told(tx: Tx) -> Iterator[tuple[str, str]]:
    """Every sealed cell there is, opened, by its table."""
    for table, columns in SEALED.items():
        for row in tx.all(f"SELECT * FROM {table}"):
            for column in columns:
                cell = row[column]
                if not isinstance(cell, str) or not cell.startswith(KEY_ID):
                    continue
                if column == COLUMN:
                    yield table, tx.vault.open_number(SealedNumber(cell))
                else:
                    yield table, tx.vault.open(cell, purpose=f"{table}.{column}")


def naming(tx: Tx, number: str) -> list[str]:
    """The tables in which the number can be read, however it is written."""
    digits = number.removeprefix("+86")
    plain = ((table, "".join(filter(str.isdigit, text))) for table, text in told(tx))
    return sorted({table for table, text in plain if digits in text})


def counts(tx: Tx) -> dict[str, int]:
    return {table: tx.all(f"SELECT count(*) FROM {table}")[0][0] for table in SEALED}


async def ask(
    stage: Stage, number: str = NUMBER, settings: Settings | None = None
) -> Request | Refusal:
    found = await erasing.find(stage.services, number)
    wanted = EraseAsk(number, f"{number} wrote to us", found, "demo", LIN, "C0SMS")
    return await stage.services.db.write(
        erasures.ask, wanted, settings or stage.services.settings, stage.now
    )


async def approve(stage: Stage, request: Request) -> None:
    """As many agree as it takes."""
    for user in ("U0BO", "U0EVE", "U0OMAR"):
        word = ballot(request, user, Verdict.APPROVE, approvers=frozenset({user, "U0BO", "U0EVE"}))
        await stage.services.db.write(
            voting.vote, request.id, word, stage.services.settings, stage.now
        )


async def erase(stage: Stage, number: str = NUMBER) -> Request:
    """Asked for, approved and tried once; the request as it stands then."""
    request = await ask(stage, number)
    assert isinstance(request, Request), request
    assert request.state is RequestState.AWAITING_APPROVAL
    await approve(stage, request)
    await erase_numbers.run(stage.services, stage.now)
    return await get(stage, request.id)


async def get(stage: Stage, request_id: RequestId) -> Request:
    found = await stage.services.db.read(requests.get, request_id)
    assert found is not None
    return found


async def sent(stage: Stage, number: str = NUMBER, serial: str = "5000:1") -> messages.Message:
    """A message that was accepted."""

    def run(tx: Tx) -> messages.Message:
        flying = sends.begin(tx, number, now=stage.now)
        return sends.end(tx, flying, sends.answered(number, serial=serial), stage.now)

    return await stage.services.db.write(run)


async def test_it_goes_from_every_table_and_file_and_nothing_else_does(stage: Stage) -> None:
    db = stage.services.db

    def store(tx: Tx) -> None:
        for table in SEALED.keys() - OTHERS:
            fill(tx, table, NUMBER, WRITTEN)
            fill(tx, table, OTHER_NUMBER, ("13800000002",))

    await db.write(store)
    message = await sent(stage)
    other = await sent(stage, OTHER_NUMBER, "5000:2")
    before, sealed = await db.read(counts), VAULT.seal_number(NUMBER)
    everywhere = set(SEALED) - {"audit_keys", "attachments", "oncall_numbers"}
    assert set(await db.read(naming, NUMBER)) == everywhere
    others = set(await db.read(naming, OTHER_NUMBER))
    assert others == everywhere - {"requests"}

    done = await erase(stage)
    assert done.state is RequestState.DONE
    assert await db.read(naming, NUMBER) == []
    assert set(await db.read(naming, OTHER_NUMBER)) == others
    assert in_files(db.path, NUMBER.removeprefix("+86"), NUMBER, sealed) == []
    assert in_files(db.path, VAULT.seal_number(OTHER_NUMBER)) != []

    # What is about nobody else went; what it only stands in stayed.
    after = await db.read(counts)
    gone = {table: before[table] - after[table] for table in SEALED if table in stored.DELETED}
    assert min(gone.values()) >= 1
    moved = {"optouts", "posts", "requests", "audit_keys", "votes"}
    kept = set(SEALED) - set(stored.DELETED) - moved
    assert {table: after[table] for table in kept} == {table: before[table] for table in kept}
    was, stays = await stage.get(message), await stage.get(other)
    assert was.number == f"{FORGOTTEN}{was.id}@{done.id}"
    assert was.state is MessageState.UNREPORTED
    assert stays.number == OTHER_NUMBER
    assert done.payload["number"] == FORGOTTEN + done.id
    assert done.payload["salt"] == ""
    assert "138****0001" in done.payload["reason"]


async def test_one_that_fails_keeps_no_other_from_its_end_and_is_told_of(stage: Stage) -> None:
    asked = []
    for number, serial in ((NUMBER, "5000:1"), (OTHER_NUMBER, "5000:2")):
        await sent(stage, number, serial)
        request = await ask(stage, number)
        assert isinstance(request, Request)
        await approve(stage, request)
        asked.append(request.id)
    damaged, other = sorted(asked)
    broken = "UPDATE requests SET payload = :payload WHERE id = :id"
    await stage.services.db.write(lambda tx: tx.run(broken, payload=f"{KEY_ID}broken", id=damaged))
    with pytest.raises(SmsopsError):
        await erase_numbers.run(stage.services, stage.now)
    assert (await get(stage, other)).state is RequestState.DONE
    # Nor anybody from being put on call.
    set_number = stage.services.db.write(rotas.set_number, LIN, "+8613800000049", LIN, stage.now)
    assert await set_number is None


async def test_the_trail_says_who_had_it_erased_and_how_much_it_was(stage: Stage) -> None:
    db = stage.services.db
    await sent(stage)
    request = await erase(stage)
    entries = await db.read(audit.find, AuditQuery(what=What.NUMBER_CLEARED.value), 10)
    said = [each.facts for each in reversed(entries)]
    assert said[0] is not None
    assert said[0]["messages"] == 1
    assert said[0]["number"] == "+86 138****0001"
    assert said[0]["reason"] == "+86 138****0001 wrote to us"
    assert {each.actor for each in entries} == {LIN}
    # That it was asked for, approved and done are told apart, and done it is once.
    steps = [each.what for each in await db.read(audit.find, AuditQuery(subject=request.id), 20)]
    cleared = ["privacy.cleared"] * len(entries)
    ends = ["privacy.erased", "request.executed"]
    agreed = ["request.asked", "request.counted", "request.approved"]
    assert [each for each in reversed(steps) if each != "vote.refused"] == agreed + cleared + ends
    done = next(
        each
        for each in await db.read(audit.find, AuditQuery(subject=request.id), 20)
        if each.what == What.NUMBER_ERASED.value
    )
    assert done.facts is not None
    assert done.facts["count"] == sum(
        many for each in said if each for many in each.values() if isinstance(many, int)
    )
    assert isinstance(await db.read(audit.check), Sound)
    thread = await db.read(posts.last_of, request.id, "erase.done")
    assert thread is not None
    assert thread[0]["number"] == "+86 138****0001"

    def look(tx: Tx) -> object:
        assert whys.of_request(tx, request.id, stage.now) is not None
        asked = RevealAsked((request.id,), "to see")
        return reveals.reveal(tx, asked, "U0MAYA", EVERY_APP, stage.now)

    assert await db.write(look) is RevealRefusal.FORGOTTEN


async def test_the_trail_never_names_it_however_the_reason_does(stage: Stage) -> None:
    db, number = stage.services.db, "+85291234567"
    await sent(stage, number)
    found = await erasing.find(stage.services, number)
    why = "the owner of +852 9123 4567 (or 9123/4567) wrote"
    wanted = EraseAsk(number, why, found, "demo", LIN, "C0SMS")
    request = await db.write(erasures.ask, wanted, stage.services.settings, stage.now)
    assert isinstance(request, Request)
    assert request.payload["reason"] == "the owner of +852 91****67 (or +852 91****67) wrote"
    await approve(stage, request)
    await erase_numbers.run(stage.services, stage.now)
    entries = await db.read(audit.find, AuditQuery(subject=request.id), 20)
    said = json.dumps([dict(each.facts or {}) for each in entries])
    assert "the owner of +852 91****67" in said
    assert "4567" not in said


async def test_what_waits_is_left_out_and_what_is_on_its_way_is_waited_for(stage: Stage) -> None:
    db = stage.services.db
    flying = await db.write(sends.begin, NUMBER, now=stage.now)
    waiting = await stage.queue()
    request = await erase(stage)
    assert request.state is RequestState.EXECUTING
    assert (await stage.get(waiting)).state is MessageState.SKIPPED
    assert (await stage.get(flying)).number == NUMBER
    erasure = await db.read(stored.get, request.id)
    assert erasure is not None
    assert erasure.waits_for == "unresolved"
    await db.write(sends.end, flying, sends.answered(), stage.now)
    await erase_numbers.run(stage.services, stage.now)
    assert (await get(stage, request.id)).state is RequestState.DONE
    assert await db.read(naming, NUMBER) == []


async def test_a_late_report_does_not_bring_it_back(stage: Stage) -> None:
    db = stage.services.db
    message = await sent(stage)
    await erase(stage)
    late = Receipt("5000:1", NUMBER, True, "DELIVRD", "", None)
    await db.write(delivery.take_receipts, "demo", [late], stage.now)
    assert await db.read(naming, NUMBER) == []
    assert (await stage.get(message)).state is MessageState.UNREPORTED


async def test_who_said_no_still_said_no_when_the_number_is_back(stage: Stage) -> None:
    db = stage.services.db
    said = Optout(NUMBER, "腾讯云", Scope.MARKETING, Source.REPLY, "", "", stage.now)
    said = replace(said, at=said.at.replace(microsecond=0))
    await db.write(optouts.add, said)
    await erase(stage)
    assert await db.read(naming, NUMBER) == []
    # A send to one is refused by it,
    assert await db.read(optouts.find, NUMBER, "腾讯云", TemplateClass.MARKETING) == said
    assert await db.read(optouts.find, NUMBER, "", TemplateClass.MARKETING) == said
    assert await db.read(optouts.find, NUMBER, "别的", TemplateClass.MARKETING) is None
    assert await db.read(optouts.find, NUMBER, "腾讯云", TemplateClass.NOTICE) is None
    assert await db.read(optouts.find, OTHER_NUMBER, "腾讯云", TemplateClass.MARKETING) is None
    assert await db.read(naming, NUMBER) == []
    # one of a list by its number, which is there again.
    sealed = [VAULT.seal_number(each) for each in (NUMBER, OTHER_NUMBER)]
    await db.write(optouts.recognise, sealed)
    among = await db.read(optouts.among, sealed, "腾讯云", TemplateClass.MARKETING)
    assert among == {sealed[0]}
    # Whoever takes it back takes back both.
    assert await db.write(optouts.remove, NUMBER, "腾讯云", Scope.MARKETING)
    assert await db.read(optouts.of_number, NUMBER) == []


async def test_no_hash_without_a_key_is_left_of_what_named_it(stage: Stage) -> None:
    """As an earlier program kept it, and as it was asked for, in the trail."""
    db = stage.services.db
    await sent(stage, OTHER_NUMBER)

    def store(tx: Tx) -> tuple[RequestId, str]:
        payload = {"number": OTHER_NUMBER, "note": f"instead of {NUMBER}"}
        request = requests.get(tx, add_request(tx))
        assert request is not None
        requests.put_payload(tx, request, payload)
        plain = sha256(requests.canonical(payload).encode()).hexdigest()
        tx.run("UPDATE requests SET sha256 = :it WHERE id = :id", it=plain, id=request.id)
        return request.id, plain

    request_id, plain = await db.write(store)
    await erase(stage)
    covered = await get(stage, request_id)
    assert covered.payload["note"] == "instead of +86 138****0001"
    assert covered.sha256 != plain
    assert in_files(db.path, plain) == []


async def test_what_others_asked_for_under_it_is_superseded(stage: Stage) -> None:
    db = stage.services.db
    await sent(stage)
    exempt = LimitExempt(NUMBER, "load test", 3_600, None)

    def run(tx: Tx) -> Request:
        return approvals.ask(
            tx,
            RequestKind.LIMITS_EXEMPT,
            "demo",
            exempt.payload(),
            requester=LIN,
            channel="C0SMS",
            settings=stage.services.settings,
            now=stage.now,
        )

    asked = await db.write(run)
    await erase(stage)
    given_way = await get(stage, asked.id)
    assert given_way.state is RequestState.SUPERSEDED
    assert given_way.reason.startswith("erased")
    assert await db.read(naming, NUMBER) == []


async def test_it_is_refused_where_it_must_not_go(stage: Stage) -> None:
    db = stage.services.db
    held = stage.services.settings.model_copy(
        update={
            "retention": stage.services.settings.retention.model_copy(update={"legal_hold": True})
        }
    )
    assert await ask(stage) == Refusal(EraseRefusal.NOTHING)
    await sent(stage)
    assert await ask(stage, settings=held) == Refusal(EraseRefusal.LEGAL_HOLD)
    put = "INSERT INTO oncall_numbers (user_id, number, set_by, set_at_ms) VALUES ('U', :n, 'U', 0)"
    await stage.change(put, n=VAULT.seal_number(NUMBER))
    assert await ask(stage) == Refusal(EraseRefusal.ON_CALL)
    await stage.change("DELETE FROM oncall_numbers")
    request = await ask(stage)
    assert isinstance(request, Request)
    again = await ask(stage)
    assert isinstance(again, Refusal)
    assert again.reason is EraseRefusal.ALREADY_ASKED
    # What came since it was asked for, ends it.
    await approve(stage, request)
    services = replace(stage.services, settings=held)
    await erase_numbers.run(services, stage.now)
    ended = await get(stage, request.id)
    assert (ended.state, ended.reason) == (RequestState.FAILED, "legal_hold")
    assert await db.read(messages.numbers_of, await _only(stage), 2) == [NUMBER]


async def test_nobody_is_put_on_call_under_what_is_being_erased(stage: Stage) -> None:
    db = stage.services.db
    await sent(stage)
    request = await ask(stage)
    assert isinstance(request, Request)
    await approve(stage, request)
    assert await db.write(rotas.set_number, LIN, NUMBER, LIN, stage.now) == request.id
    assert await db.write(rotas.set_number, LIN, OTHER_NUMBER, LIN, stage.now) is None
    await erase_numbers.run(stage.services, stage.now)
    assert (await get(stage, request.id)).state is RequestState.DONE
    assert await db.read(naming, NUMBER) == []
    # What is given then is a new beginning.
    assert await db.write(rotas.set_number, LIN, NUMBER, LIN, stage.now) is None


async def test_one_that_was_begun_waits_while_somebody_is_called_under_it(stage: Stage) -> None:
    db = stage.services.db
    await sent(stage)
    request = await ask(stage)
    assert isinstance(request, Request)
    await approve(stage, request)
    await db.write(stored.note_begun, request.id, 1, stage.now)
    # An earlier program let it be given.
    await db.write(oncall.set_number, LIN, NUMBER, LIN, stage.now)
    await erase_numbers.run(stage.services, stage.now)
    known = await db.read(stored.get, request.id)
    assert known is not None
    assert (known.waits_for, known.ended_at) == (EraseWait.ON_CALL, None)
    await db.write(rotas.forget_number, LIN, LIN, stage.now)
    await erase_numbers.run(stage.services, stage.now)
    assert (await get(stage, request.id)).state is RequestState.DONE
    assert await db.read(naming, NUMBER) == []


async def test_one_that_was_begun_goes_no_further_while_a_hold_lasts(stage: Stage) -> None:
    await sent(stage)
    request = await ask(stage)
    assert isinstance(request, Request)
    await approve(stage, request)
    held = held_by_law(stage.services)
    await stage.services.db.write(stored.note_begun, request.id, 1, stage.now)
    before = await stage.services.db.read(naming, NUMBER)
    await erase_numbers.run(held, stage.now)
    assert await stage.services.db.read(naming, NUMBER) == before
    known = await stage.services.db.read(stored.get, request.id)
    assert known is not None
    assert known.waits_for == EraseWait.LEGAL_HOLD.value
    await erase_numbers.run(stage.services, stage.now)
    assert await stage.services.db.read(naming, NUMBER) == []
    assert (await get(stage, request.id)).state is RequestState.DONE


async def _only(stage: Stage) -> RequestId:
    def read(tx: Tx) -> RequestId:
        (row,) = tx.all("SELECT request_id FROM messages")
        return RequestId(row["request_id"])

    return await stage.services.db.read(read)


async def test_nothing_is_deleted_of_age_while_a_hold_lasts(stage: Stage) -> None:
    await sent(stage)
    retention = stage.services.settings.retention.model_copy(update={"legal_hold": True})
    settings = stage.services.settings.model_copy(update={"retention": retention})
    later = stage.now + timedelta(days=4_000)
    await stage.change("UPDATE requests SET state = 2")
    await stage.change("UPDATE messages SET state = 7")
    await forget_values.run(replace(stage.services, settings=settings), later)
    assert await stage.services.db.read(naming, NUMBER) != []
    await forget_values.run(stage.services, later)
    assert await stage.services.db.read(naming, NUMBER) == []


def test_every_table_with_numbers_is_cleared() -> None:
    ours = {stored.MESSAGES, stored.OPTOUTS, stored.ON_CALL}
    assert {*stored.DELETED, *ours} == {t for t, columns in SEALED.items() if COLUMN in columns}
