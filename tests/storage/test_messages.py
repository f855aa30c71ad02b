import json
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, MessageState
from storage import messages
from storage.db import Tx
from storage.ids import new_attempt_id
from storage.messages import Message, Settlement
from tests.handlers.flows.sends import attempt_of
from tests.storage.rows import (
    NOW,
    NUMBER,
    OTHER_NUMBER,
    add_message,
    add_request,
    begin,
    due,
    later,
    must_get,
    start,
)

ACCEPTED = Settlement(MessageState.ACCEPTED, "answer", serial="5000:1", fee_segments=1)
DOUBT = Settlement(MessageState.IN_DOUBT, "answer", detail="deadline")
REFUSED = Settlement(MessageState.REFUSED, "answer", code="FailedOperation.X")


def put_back(tx: Tx, message: Message, minutes: float = 1) -> Message | None:
    due_at = later(minutes=minutes)
    return messages.put_back(tx, message, now=NOW, due_at=due_at, settled_by="answer")


def test_a_message_is_found_as_it_was_queued(tx: Tx) -> None:
    request_id = add_request(tx)
    message = must_get(tx, add_message(tx, request_id=request_id))

    assert message.number == NUMBER
    assert message.values == ("123456",)
    assert message.state is MessageState.QUEUED
    assert (message.due_at, message.created_at) == (NOW, NOW)
    assert message.give_up_at == later(minutes=10)
    assert (message.attempt, message.attempts, message.serial) == (None, 0, None)
    assert messages.of_request(tx, request_id) == [message]


def test_neither_number_nor_values_nor_text_can_be_read_in_the_file(tx: Tx) -> None:
    add_message(tx, text="your code is 123456")
    row = json.dumps([tuple(row) for row in tx.all("SELECT * FROM messages")])
    assert NUMBER.removeprefix("+86") not in row
    assert "123456" not in row


def test_the_fence_in_the_file_is_the_rules_fence(tx: Tx) -> None:
    row = tx.one("SELECT sql FROM sqlite_master WHERE name = 'messages_fence'")
    assert row is not None
    assert row["sql"].startswith("CREATE UNIQUE INDEX messages_fence ON messages (number)")
    states = re.search(r"state IN \((.*)\)", row["sql"])
    assert states is not None
    assert {MessageState(int(state)) for state in states[1].split(",")} == FENCED


@pytest.mark.parametrize("state", MessageState, ids=lambda state: state.name.lower())
def test_the_file_itself_refuses_a_second_unresolved_message_to_a_number(
    tx: Tx, state: MessageState
) -> None:
    start(tx)
    second = add_message(tx)
    set_state = "UPDATE messages SET state = :state WHERE id = :id"
    if state in FENCED:
        with pytest.raises(sqlite3.IntegrityError):
            tx.run(set_state, state=state.value, id=second)
    else:
        assert tx.run(set_state, state=state.value, id=second) == 1


def test_what_is_due_is_found_oldest_first_and_no_more_than_asked(tx: Tx) -> None:
    ids = [add_message(tx, f"+86138{i:08}", now=later(s=-i)) for i in range(5)]
    assert [m.id for m in due(tx, limit=2)] == [ids[4], ids[3]]
    assert [m.id for m in due(tx)] == ids[::-1]


def test_codes_and_alerts_are_found_apart(tx: Tx) -> None:
    ids = {
        class_: add_message(tx, f"+86138{i:08}", class_=class_)
        for i, class_ in enumerate(TemplateClass)
    }
    urgent = messages.due_singles(tx, ["demo"], now=NOW, limit=8, is_urgent=True)
    assert {m.id for m in urgent} == {ids[TemplateClass.OTP], ids[TemplateClass.ALERT]}
    assert {m.id for m in due(tx)} == {ids[TemplateClass.NOTICE], ids[TemplateClass.MARKETING]}


def test_what_is_not_due_yet_is_not_found(tx: Tx) -> None:
    message_id = add_message(tx)
    messages.put_off(tx, [(message_id, "later", later(s=1))], NOW)
    assert due(tx, NOW) == []
    assert messages.next_due(tx) == later(s=1)
    assert [m.id for m in due(tx, later(s=1))] == [message_id]
    begin(tx, message_id, later(s=1))
    assert messages.next_due(tx) is None


def test_what_was_never_tried_is_due_though_the_clock_was_set_back(tx: Tx) -> None:
    message_id = add_message(tx, now=later(minutes=60))
    assert [m.id for m in due(tx)] == [message_id]
    begin(tx, message_id, NOW)
    put_back(tx, must_get(tx, message_id), minutes=30)
    assert due(tx, later(minutes=29)) == []
    assert [m.id for m in due(tx, later(minutes=30))] == [message_id]


def test_what_was_committed_and_never_begun_waits_as_if_it_had_not_been(tx: Tx) -> None:
    fresh, tried = start(tx), start(tx, OTHER_NUMBER)
    put_back(tx, tried, minutes=0)
    again = begin(tx, tried.id, later(s=1))
    attempts = [attempt_of(fresh), attempt_of(again)]
    assert messages.take_back(tx, attempts, later(s=2)) == 2
    assert messages.take_back(tx, attempts, later(s=2)) == 0
    back, again = must_get(tx, fresh.id), must_get(tx, tried.id)
    assert (back.state, back.attempts, back.signed_at) == (MessageState.QUEUED, 0, None)
    assert (again.state, again.attempts, again.signed_at) == (MessageState.QUEUED, 1, later(s=1))


def test_what_was_settled_meanwhile_is_not_taken_back(tx: Tx) -> None:
    message = start(tx)
    assert messages.settle(tx, message, DOUBT, NOW) is not None
    assert messages.take_back(tx, [attempt_of(message)], NOW) == 0
    assert must_get(tx, message.id).state is MessageState.IN_DOUBT


def test_only_apps_that_are_asked_for_are_found(tx: Tx) -> None:
    add_message(tx)
    assert messages.due_singles(tx, ["other"], now=NOW, limit=8, is_urgent=False) == []
    assert messages.due_singles(tx, [], now=NOW, limit=8, is_urgent=False) == []


@pytest.mark.parametrize("settlement", [None, DOUBT], ids=["in flight", "in doubt"])
def test_a_message_behind_the_fence_waits_for_it(tx: Tx, settlement: Settlement | None) -> None:
    first = start(tx)
    if settlement is not None:
        doubt = messages.settle(tx, first, settlement, NOW)
        assert doubt is not None
        first = doubt
    second, other = add_message(tx), add_message(tx, OTHER_NUMBER)

    assert [m.id for m in due(tx)] == [other]
    assert messages.settle(tx, first, ACCEPTED, NOW) is not None
    assert {m.id for m in due(tx)} == {second, other}


def test_of_two_messages_to_a_number_the_file_lets_one_start(tx: Tx) -> None:
    first, second = add_message(tx), add_message(tx)
    begin(tx, first)
    with pytest.raises(sqlite3.IntegrityError):
        begin(tx, second)
    assert must_get(tx, second).state is MessageState.QUEUED


def test_the_attempt_is_signed_with_the_committed_time(tx: Tx) -> None:
    started = start(tx)
    assert started.state is MessageState.IN_FLIGHT
    assert started.signed_at == NOW
    assert started.attempts == 1
    assert started.attempt
    assert must_get(tx, started.id) == started


def test_a_message_starts_once(tx: Tx) -> None:
    started = start(tx)
    assert messages.start(tx, [(started.id, new_attempt_id())], later(s=1)) == 0
    assert must_get(tx, started.id) == started


def test_a_call_is_one_attempt_of_many(tx: Tx) -> None:
    ids = [add_message(tx, f"+86138{i:08}") for i in range(3)]
    attempt = new_attempt_id()
    assert messages.start(tx, [(each, attempt) for each in ids], NOW) == 3
    assert {must_get(tx, each).attempt for each in ids} == {attempt}


def test_more_than_one_statement_holds_start_and_are_settled(tx: Tx) -> None:
    count = messages.ROWS_AT_ONCE * 2 + 1
    ids = [add_message(tx, f"+86138{i:08}") for i in range(count)]
    attempt = new_attempt_id()
    assert messages.start(tx, [(each, attempt) for each in ids], NOW) == count
    settled = [
        (attempt_of(must_get(tx, each)), replace(ACCEPTED, serial=f"5000:{n}"))
        for n, each in enumerate(ids)
    ]
    assert messages.settle_many(tx, settled[1:], later(s=1)) == count - 1
    assert messages.settle_many(tx, settled, later(s=2)) == 1
    assert must_get(tx, ids[-1]).serial == f"5000:{count - 1}"
    serials = [settlement.serial or "" for _, settlement in settled]
    assert messages.find_known(tx, [*serials, "5000:unknown"]) == set(serials)


@pytest.mark.parametrize("settlement", [ACCEPTED, DOUBT, REFUSED], ids=lambda s: s.state.name)
def test_settled_together_or_alone_is_the_same(tx: Tx, settlement: Settlement) -> None:
    alone, together = start(tx), start(tx, OTHER_NUMBER)
    messages.settle(tx, alone, replace(settlement, serial=None), later(s=1))
    without = replace(settlement, serial=None)
    assert messages.settle_many(tx, [(attempt_of(together), without)], later(s=1)) == 1
    known = must_get(tx, alone.id)
    assert must_get(tx, together.id) == replace(
        known,
        id=together.id,
        request_id=together.request_id,
        number=OTHER_NUMBER,
        attempt=together.attempt,
    )


def test_an_accepted_message_keeps_what_tencent_said(tx: Tx) -> None:
    settled = messages.settle(tx, start(tx), ACCEPTED, later(s=1))
    assert settled is not None
    assert settled.state is MessageState.ACCEPTED
    assert (settled.serial, settled.fee_segments) == ("5000:1", 1)
    assert (settled.accepted_at, settled.final_at) == (later(s=1), None)
    assert messages.of_serial(tx, "5000:1", NUMBER) == settled
    assert messages.of_serial(tx, "5000:1", OTHER_NUMBER) is None
    assert messages.is_serial_taken(tx, "5000:1")
    assert not messages.is_serial_taken(tx, "5000:2")


def test_a_refused_message_is_final_and_lifts_the_fence(tx: Tx) -> None:
    started = start(tx)
    assert messages.fence_of(tx, NUMBER) == started
    assert messages.find_unresolved(tx) == [started]
    settled = messages.settle(tx, started, REFUSED, later(s=1))
    assert settled is not None
    assert settled.final_at == later(s=1)
    assert messages.fence_of(tx, NUMBER) is None
    assert messages.find_unresolved(tx) == []


@pytest.mark.parametrize("settlement", [ACCEPTED, DOUBT, REFUSED], ids=lambda s: s.state.name)
def test_an_attempt_is_settled_once(tx: Tx, settlement: Settlement) -> None:
    started = start(tx)
    assert messages.settle(tx, started, settlement, NOW) is not None
    after = must_get(tx, started.id)
    for again in (ACCEPTED, DOUBT, REFUSED):
        assert messages.settle(tx, started, again, NOW) is None
    assert put_back(tx, started) is None
    assert must_get(tx, started.id) == after


def test_a_stalled_worker_cannot_settle_a_newer_attempt(tx: Tx) -> None:
    stale = start(tx)
    assert put_back(tx, stale, minutes=0) is not None
    fresh = begin(tx, stale.id, later(s=1))
    assert fresh.attempt != stale.attempt
    assert fresh.attempts == 2

    assert messages.settle(tx, stale, REFUSED, later(s=2)) is None
    assert put_back(tx, stale) is None
    assert must_get(tx, stale.id) == fresh


def test_a_doubt_keeps_its_attempt_and_its_time(tx: Tx) -> None:
    started = start(tx)
    doubt = messages.settle(tx, started, DOUBT, later(s=15))
    assert doubt is not None
    assert (doubt.attempt, doubt.signed_at) == (started.attempt, started.signed_at)
    assert doubt.final_at is None
    assert messages.find_unresolved(tx) == [doubt]


def test_a_message_put_back_is_clean_and_due_later(tx: Tx) -> None:
    started = start(tx)
    messages.note_hint(tx, started.id, "5000:7")
    assert messages.note_asked(tx, started.id, NOW)
    back = put_back(tx, must_get(tx, started.id))

    assert back is not None
    assert back.state is MessageState.QUEUED
    assert (back.attempt, back.hint, back.asked_at) == (None, "", None)
    assert back.due_at == later(minutes=1)
    assert messages.fence_of(tx, NUMBER) is None


def test_two_messages_never_share_a_serial(tx: Tx) -> None:
    assert messages.settle(tx, start(tx), ACCEPTED, NOW) is not None
    other = start(tx, OTHER_NUMBER)
    with pytest.raises(sqlite3.IntegrityError):
        messages.settle(tx, other, ACCEPTED, NOW)


def test_the_first_hint_stays(tx: Tx) -> None:
    started = start(tx)
    assert messages.note_hint(tx, started.id, "5000:7")
    assert not messages.note_hint(tx, started.id, "5000:8")
    assert must_get(tx, started.id).hint == "5000:7"


def test_a_person_is_asked_once_a_doubt(tx: Tx) -> None:
    started = start(tx)
    assert messages.note_asked(tx, started.id, NOW)
    assert not messages.note_asked(tx, started.id, later(s=1))
    assert must_get(tx, started.id).asked_at == NOW


def test_nobody_is_asked_about_what_is_settled(tx: Tx) -> None:
    settled = messages.settle(tx, start(tx), ACCEPTED, NOW)
    assert settled is not None
    assert not messages.note_asked(tx, settled.id, NOW)


def test_a_report_moves_only_the_state_it_was_made_for(tx: Tx) -> None:
    accepted = messages.settle(tx, start(tx), ACCEPTED, NOW)
    assert accepted is not None
    assert messages.report(tx, accepted, MessageState.DELIVERED, "DELIVRD", later(s=2))
    assert not messages.report(tx, accepted, MessageState.UNDELIVERED, "UNDELIV", later(s=3))
    delivered = must_get(tx, accepted.id)
    assert delivered.state is MessageState.DELIVERED
    assert (delivered.carrier_code, delivered.final_at) == ("DELIVRD", later(s=2))


def test_waiting_for_a_report_ends(tx: Tx) -> None:
    accepted = messages.settle(tx, start(tx), ACCEPTED, NOW)
    doubt = messages.settle(tx, start(tx, OTHER_NUMBER), DOUBT, NOW)
    assert accepted is not None
    assert doubt is not None
    assert messages.stop_waiting(tx, now=later(s=1), before=NOW) == []
    stopped = messages.stop_waiting(tx, now=later(s=2), before=later(s=1))
    assert [each.request_id for each in stopped] == [accepted.request_id]
    assert must_get(tx, accepted.id).state is MessageState.UNREPORTED
    assert must_get(tx, doubt.id).state is MessageState.IN_DOUBT


@pytest.mark.parametrize(
    ("settlement", "counted"),
    [(None, 1), (ACCEPTED, 1), (DOUBT, 1), (REFUSED, 0)],
    ids=["in flight", "accepted", "in doubt", "refused"],
)
def test_limits_count_what_may_have_left(
    tx: Tx, settlement: Settlement | None, counted: int
) -> None:
    started = start(tx)
    if settlement is not None:
        messages.settle(tx, started, settlement, NOW)
    found = messages.history(tx, NUMBER, app="demo", since=later(minutes=-1))
    assert len(found) == counted


def test_limits_count_one_number_and_app_since_a_time_and_tell_texts_apart(tx: Tx) -> None:
    add_message(tx, text="a", now=later(minutes=-60))
    add_message(tx, text="a", class_=TemplateClass.MARKETING)
    add_message(tx, text="b")
    add_message(tx, OTHER_NUMBER, text="a")

    found = messages.history(tx, NUMBER, app="demo", since=later(minutes=-1))
    assert [each.at for each in found] == [NOW, NOW]
    assert {each.class_ for each in found} == {TemplateClass.MARKETING, TemplateClass.NOTICE}
    assert len({each.content_hash for each in found}) == 2
    assert messages.history(tx, NUMBER, app="other", since=NOW - timedelta(days=1)) == []
