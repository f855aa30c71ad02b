import json
import re
import sqlite3
from datetime import datetime, timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, MessageState
from bot.rules.limits import Sent
from storage import messages
from storage.db import Tx
from storage.messages import Settlement
from tests.storage.rows import (
    ACCEPTED,
    DOUBT,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    REFUSED,
    add_message,
    add_request,
    begin,
    later,
    must_get,
    put_back,
    start,
)


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


def counted_of(tx: Tx, app: str, since: datetime) -> list[Sent]:
    sealed = tx.vault.seal_number(NUMBER)
    return messages.histories(tx, [sealed], app=app, since=since).get(sealed, [])


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
    found = counted_of(tx, "demo", later(minutes=-1))
    assert len(found) == counted


def test_limits_count_one_number_and_app_since_a_time_and_tell_texts_apart(tx: Tx) -> None:
    add_message(tx, text="a", now=later(minutes=-60))
    add_message(tx, text="a", class_=TemplateClass.MARKETING)
    add_message(tx, text="b")
    add_message(tx, OTHER_NUMBER, text="a")

    found = counted_of(tx, "demo", later(minutes=-1))
    assert [each.at for each in found] == [NOW, NOW]
    assert {each.class_ for each in found} == {TemplateClass.MARKETING, TemplateClass.NOTICE}
    assert len({each.content_hash for each in found}) == 2
    assert counted_of(tx, "other", NOW - timedelta(days=1)) == []
