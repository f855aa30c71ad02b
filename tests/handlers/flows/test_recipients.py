"""From the rows of a list to held messages: every good row once, every other one with its reason,
however often the reading is broken off.
"""

from collections.abc import Iterator
from itertools import count

import pytest

from bot.rules.delivery import MessageState
from bot.rules.recipients import CheckFault, WholeFault
from bot.rules.requests import RequestEvent
from bot.settings import Settings
from handlers.flows import job_drafts, preflights, recipients
from handlers.flows.recipients import CHUNK_ROWS, ListRefused, NobodyWaits, Preparer
from storage import bad_rows, cards, checks, jobs, requests
from storage import messages as stored_messages
from storage.db import Tx
from tests.handlers.flows.lists import add_draft, begin, messages, must_get, preparer, read
from tests.storage.rows import NOW, later

LIST = (
    "手机号,1,备注\r\n"
    "13800000001,A1,x\r\n"
    "+86 138-0000-0002,B2,\r\n"
    "1.38E+10,C3,\r\n"
    "13800000001,D4,\r\n"
    "13800000003,,\r\n"
)


def long_list(rows: int) -> str:
    lines = (f"138{nth * 7919 % 100_000_000:08d},V{nth % 50}\n" for nth in range(rows))
    return "phone,1\n" + "".join(lines)


def test_good_rows_are_held_and_the_others_have_their_reasons(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    read(tx, request_id, LIST, settings)
    assert messages(tx, request_id) == [(2, "+8613800000001"), (3, "+8613800000002")]
    assert jobs.counts(tx, request_id) == {MessageState.HELD: 2}
    job = must_get(tx, request_id)
    assert (job.total, job.duplicates, job.bad_rows, job.checked_to) == (2, 1, 2, 6)
    assert (job.spread, job.abroad, job.is_equal) == ({1: 2}, 0, False)
    found = bad_rows.page(tx, request_id, 0, 10)
    assert [(row.file_row, row.reason, row.field, row.cell) for row in found] == [
        (4, "number.scientific_notation", "A", "1.38E+10"),
        (5, "row.duplicate", "", "+86 138****0001"),
        (6, "values.empty", "B", ""),
    ]
    assert bad_rows.page(tx, request_id, 4, 1) == found[1:2]


def test_what_the_list_was_found_to_be_is_kept(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    read(tx, request_id, LIST, settings)
    facts = checks.facts(tx, request_id)
    assert (facts.phone, facts.columns, facts.ignored) == ("手机号", {1: "1"}, ("备注",))


def test_a_held_message_is_as_any_other(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    read(tx, request_id, LIST, settings)
    first = stored_messages.of_request(tx, request_id)[0]
    assert (first.number, first.values, first.state) == (
        "+8613800000001",
        ("A1",),
        MessageState.HELD,
    )
    assert (first.signature, first.template_id, first.app) == ("腾讯云", "2220", "demo")
    text = "【腾讯云】订单A1，明天到"
    hashed = tx.one("SELECT content FROM messages WHERE id = :id", id=first.id)
    assert hashed is not None
    assert hashed["content"] == tx.vault.fingerprint("content", text)
    assert (must_get(tx, request_id).shortest, must_get(tx, request_id).longest) == (13, 13)


def test_nothing_of_a_list_is_stored_in_the_clear(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    read(tx, request_id, LIST.replace("A1", "MARK7"), settings)
    rows = [
        dict(row)
        for table in ("messages", "bad_rows", "jobs")
        for row in tx.all(f"SELECT * FROM {table}")
    ]
    written = repr(rows)
    for secret in ("MARK7", "3800000001", "1.38E+10", "备注"):
        assert secret not in written


@pytest.mark.parametrize("chunks", [1, 2])
def test_a_reading_that_is_broken_off_goes_on_and_ends_the_same(
    tx: Tx, settings: Settings, chunks: int
) -> None:
    body = long_list(2 * CHUNK_ROWS + 77) + "13800000000,again\n"
    whole, broken = add_draft(tx), add_draft(tx)
    read(tx, whole, body, settings)
    read(tx, broken, body, settings, chunks)
    assert must_get(tx, broken).checked_to == chunks * CHUNK_ROWS + 1
    read(tx, broken, body, settings)
    assert messages(tx, broken) == messages(tx, whole)
    one, other = must_get(tx, whole), must_get(tx, broken)
    assert (one.total, one.duplicates, one.spread) == (other.total, other.duplicates, other.spread)
    assert (one.total, one.duplicates) == (2 * CHUNK_ROWS + 77, 1)
    assert one.rows_sha256 == other.rows_sha256 != ""


def test_the_hash_is_of_numbers_and_values_in_their_order(tx: Tx, settings: Settings) -> None:
    def hash_of(body: str) -> str:
        request_id = add_draft(tx)
        read(tx, request_id, body, settings)
        return must_get(tx, request_id).rows_sha256

    one = hash_of("phone,1\n13800000001,A\n13800000002,B\n")
    assert one == hash_of("1;x;手机\nA;;+8613800000001\nB;;138 0000 0002\n")
    assert one != hash_of("phone,1\n13800000002,B\n13800000001,A\n")
    assert one != hash_of("phone,1\n13800000001,A\n13800000002,C\n")
    assert one != hash_of("phone,1\n13800000001,A\n")


def test_a_list_that_changed_between_two_halves_is_refused(tx: Tx, settings: Settings) -> None:
    body = long_list(CHUNK_ROWS + 10)
    request_id = add_draft(tx)
    read(tx, request_id, body, settings, chunks=1)
    with pytest.raises(ListRefused) as raised:
        read(tx, request_id, body.replace("V3", "W3"), settings)
    assert raised.value.fault.reason is CheckFault.FILE_CHANGED


def test_a_chunk_is_stored_once(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    order = begin(tx, request_id, settings)
    reader = preparer(order, LIST)
    chunk = reader.next()
    assert chunk is not None
    recipients.store(tx, order, chunk, reader.facts, NOW)
    with pytest.raises(NobodyWaits):
        recipients.store(tx, order, chunk, reader.facts, NOW)
    assert must_get(tx, request_id).total == 2


def test_nothing_is_stored_for_a_draft_that_was_withdrawn(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    order = begin(tx, request_id, settings)
    reader = preparer(order, LIST)
    chunk = reader.next()
    request = requests.get(tx, request_id)
    assert chunk is not None
    assert request is not None
    requests.advance(tx, request, RequestEvent.WITHDRAW, NOW)
    assert recipients.find_due(tx, NOW) == []
    with pytest.raises(NobodyWaits):
        recipients.store(tx, order, chunk, reader.facts, NOW)


def test_the_first_bad_rows_are_kept_and_the_others_counted(
    tx: Tx, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bad_rows, "KEPT", 3)
    request_id = add_draft(tx)
    body = "phone,1\n" + "x,1\n" * (CHUNK_ROWS - 1) + "13800000001,A\n" * 3 + "y,1\n"
    read(tx, request_id, body, settings)
    job = must_get(tx, request_id)
    assert (job.bad_rows, job.duplicates, job.total) == (CHUNK_ROWS, 2, 1)
    assert [row.file_row for row in bad_rows.page(tx, request_id, 0, 10)] == [2, 3, 4]


def test_a_list_that_is_too_long_is_refused(tx: Tx, settings: Settings) -> None:
    shorter = settings.model_copy(
        update={"sending": settings.sending.model_copy(update={"rows_max": 2})}
    )
    with pytest.raises(ListRefused) as raised:
        read(tx, add_draft(tx), LIST, shorter)
    assert raised.value.fault == WholeFault(CheckFault.TOO_MANY_ROWS, {"limit": 2})


def test_of_a_list_without_end_no_more_is_taken_than_may_be_and_in_the_end_none_is_kept(
    tx: Tx, settings: Settings
) -> None:
    limit = 2 * CHUNK_ROWS
    sending = settings.sending.model_copy(update={"rows_max": limit})
    taken = 0

    def endless() -> Iterator[tuple[int, list[str]]]:
        nonlocal taken
        yield 1, ["phone", "1"]
        for nth in count():
            taken += 1
            yield nth + 2, [f"138{nth:08d}", "A1"]

    request_id = add_draft(tx)
    order = begin(tx, request_id, settings.model_copy(update={"sending": sending}))
    reader = Preparer(order, endless())

    def read_on() -> None:
        while (chunk := reader.next()) is not None:
            recipients.store(tx, order, chunk, reader.facts, NOW)

    with pytest.raises(ListRefused) as raised:
        read_on()
    assert raised.value.fault == WholeFault(CheckFault.TOO_MANY_ROWS, {"limit": limit})
    assert taken <= limit + CHUNK_ROWS
    recipients.refuse(tx, request_id, raised.value.fault, NOW)
    assert jobs.counts(tx, request_id) == {MessageState.HELD: limit}
    job_drafts.expire_due(tx, later(minutes=24 * 60))
    while job_drafts.drop_some(tx, later(minutes=24 * 60)):
        pass
    assert jobs.counts(tx, request_id) == {}


def test_a_header_alone_is_no_list(tx: Tx, settings: Settings) -> None:
    with pytest.raises(ListRefused) as raised:
        read(tx, add_draft(tx), "phone,1\n\n", settings)
    assert raised.value.fault.reason is CheckFault.NO_ROWS


def test_typed_numbers_are_a_list_too(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx, {"kind": "pasted", "text": "", "values": {"1": "A1"}})
    order = begin(tx, request_id, settings)
    typed = "138 0000 0001\n13800000002\n\n12345\n+8613800000001"
    reader = Preparer(order, recipients.pasted_rows(typed))
    chunk = reader.next()
    assert chunk is not None
    recipients.store(tx, order, chunk, reader.facts, NOW)
    job = must_get(tx, request_id)
    assert (job.total, job.duplicates, job.bad_rows, job.is_equal) == (2, 1, 1, True)
    assert [row for row, _ in messages(tx, request_id)] == [1, 2]


def test_a_list_that_is_read_can_be_confirmed_and_its_card_shows_it(
    tx: Tx, settings: Settings
) -> None:
    request_id = add_draft(tx)
    read(tx, request_id, LIST, settings)
    tx.run("UPDATE cards SET posted = wanted")
    found = preflights.survey(tx, request_id, settings, NOW)
    recipients.end(tx, request_id, found, settings, NOW)
    request = requests.get(tx, request_id)
    assert request is not None
    assert request.payload["rows_sha256"] == must_get(tx, request_id).rows_sha256
    assert must_get(tx, request_id).checked_at == NOW
    assert [card.request_id for card in cards.find_due(tx, NOW, 9)] == [request_id]
    assert recipients.begin(tx, request_id, settings, NOW) is None
    assert recipients.find_due(tx, NOW) == []


def test_a_refused_list_keeps_what_its_sentence_quotes(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    fault = WholeFault(CheckFault.NO_PHONE_COLUMN, {"found": "姓名"})
    recipients.refuse(tx, request_id, fault, NOW)
    job = must_get(tx, request_id)
    assert (job.check_fault, job.checked_at) == ("no_phone_column", NOW)
    assert checks.facts(tx, request_id).fault_values == {"found": "姓名"}
    recipients.refuse(tx, request_id, WholeFault(CheckFault.EMPTY), later(s=1))
    assert must_get(tx, request_id).check_fault == "no_phone_column"


def test_a_list_that_cannot_be_fetched_is_tried_again_and_then_refused(tx: Tx) -> None:
    request_id = add_draft(tx)
    recipients.put_off(tx, request_id, CheckFault.UNREACHABLE, NOW)
    assert recipients.find_due(tx, later(s=1)) == []
    assert recipients.find_due(tx, later(s=2)) == [request_id]
    for _ in range(recipients.TRIES - 1):
        recipients.put_off(tx, request_id, CheckFault.UNREACHABLE, NOW)
    assert must_get(tx, request_id).check_fault == "unreachable"


def test_without_its_template_a_list_is_not_read(tx: Tx, settings: Settings) -> None:
    request_id = add_draft(tx)
    tx.run("DELETE FROM templates")
    fault = recipients.begin(tx, request_id, settings, NOW)
    assert fault == WholeFault(CheckFault.TEMPLATE_GONE, {"template": "2220"})
