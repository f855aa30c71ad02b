import sqlite3
from dataclasses import replace

import pytest

from bot.rules.delivery import MessageState
from storage import message_attempts, messages
from storage.db import Tx
from storage.ids import new_attempt_id
from storage.messages import Settlement
from tests.handlers.flows.sends import attempt_of
from tests.storage.rows import (
    ACCEPTED,
    DOUBT,
    NOW,
    OTHER_NUMBER,
    REFUSED,
    add_message,
    begin,
    later,
    must_get,
    put_back,
    start,
)


def test_what_was_committed_and_never_begun_waits_as_if_it_had_not_been(tx: Tx) -> None:
    fresh, tried = start(tx), start(tx, OTHER_NUMBER)
    put_back(tx, tried, minutes=0)
    again = begin(tx, tried.id, later(s=1))
    attempts = [attempt_of(fresh), attempt_of(again)]
    assert message_attempts.take_back(tx, attempts, later(s=2)) == 2
    assert message_attempts.take_back(tx, attempts, later(s=2)) == 0
    back, again = must_get(tx, fresh.id), must_get(tx, tried.id)
    assert (back.state, back.attempts, back.signed_at) == (MessageState.QUEUED, 0, None)
    assert (again.state, again.attempts, again.signed_at) == (MessageState.QUEUED, 1, later(s=1))


def test_what_was_settled_meanwhile_is_not_taken_back(tx: Tx) -> None:
    message = start(tx)
    assert messages.settle(tx, message, DOUBT, NOW) is not None
    assert message_attempts.take_back(tx, [attempt_of(message)], NOW) == 0
    assert must_get(tx, message.id).state is MessageState.IN_DOUBT


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
    assert message_attempts.start(tx, [(started.id, new_attempt_id())], later(s=1)) == 0
    assert must_get(tx, started.id) == started


def test_a_call_is_one_attempt_of_many(tx: Tx) -> None:
    ids = [add_message(tx, f"+86138{i:08}") for i in range(3)]
    attempt = new_attempt_id()
    assert message_attempts.start(tx, [(each, attempt) for each in ids], NOW) == 3
    assert {must_get(tx, each).attempt for each in ids} == {attempt}


def test_more_than_one_statement_holds_start_and_are_settled(tx: Tx) -> None:
    count = message_attempts.ROWS_AT_ONCE * 2 + 1
    ids = [add_message(tx, f"+86138{i:08}") for i in range(count)]
    attempt = new_attempt_id()
    assert message_attempts.start(tx, [(each, attempt) for each in ids], NOW) == count
    settled = [
        (attempt_of(must_get(tx, each)), replace(ACCEPTED, serial=f"5000:{n}"))
        for n, each in enumerate(ids)
    ]
    assert message_attempts.settle_many(tx, settled[1:], later(s=1)) == count - 1
    assert message_attempts.settle_many(tx, settled, later(s=2)) == 1
    assert must_get(tx, ids[-1]).serial == f"5000:{count - 1}"
    serials = [settlement.serial or "" for _, settlement in settled]
    assert message_attempts.find_known(tx, [*serials, "5000:unknown"]) == set(serials)


@pytest.mark.parametrize("settlement", [ACCEPTED, DOUBT, REFUSED], ids=lambda s: s.state.name)
def test_settled_together_or_alone_is_the_same(tx: Tx, settlement: Settlement) -> None:
    alone, together = start(tx), start(tx, OTHER_NUMBER)
    messages.settle(tx, alone, replace(settlement, serial=None), later(s=1))
    without = replace(settlement, serial=None)
    assert message_attempts.settle_many(tx, [(attempt_of(together), without)], later(s=1)) == 1
    known = must_get(tx, alone.id)
    assert must_get(tx, together.id) == replace(
        known,
        id=together.id,
        request_id=together.request_id,
        number=OTHER_NUMBER,
        attempt=together.attempt,
    )
