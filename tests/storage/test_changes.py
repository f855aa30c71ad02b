import sqlite3

import pytest

from bot.rules.requests import RequestKind
from storage import changes
from storage.changes import Change, Outcome
from storage.db import Tx
from tests.storage.rows import NOW, add_request, later

FENCE, OTHER = "template:2001", "template:2002"


def add(tx: Tx) -> Change:
    request_id = add_request(tx)
    changes.add(tx, request_id, NOW)
    return must_get(tx, request_id)


def must_get(tx: Tx, request_id: str) -> Change:
    change = changes.get(tx, request_id)
    assert change is not None
    return change


def start(tx: Tx, change: Change, fence: str = FENCE) -> Change:
    started = changes.start(tx, change.request_id, fence, NOW)
    assert started is not None
    return started


def test_an_approved_request_is_due_at_once_and_only_once(tx: Tx) -> None:
    change = add(tx)
    changes.add(tx, change.request_id, later(s=5))
    assert changes.find_due(tx, NOW, 9) == [change]
    assert changes.next_due(tx) == NOW


def test_an_attempt_is_signed_when_it_starts_and_no_longer_due(tx: Tx) -> None:
    started = start(tx, add(tx))
    assert (started.attempts, started.signed_at) == (1, NOW)
    assert started.attempt
    assert changes.find_due(tx, later(minutes=60), 9) == []
    assert changes.find_open(tx) == [started]
    assert changes.start(tx, started.request_id, OTHER, NOW) is None


def test_only_one_attempt_about_the_same_thing_is_open(tx: Tx) -> None:
    first, second = start(tx, add(tx)), add(tx)
    assert changes.start(tx, second.request_id, FENCE, NOW) is None
    with pytest.raises(sqlite3.IntegrityError):
        tx.run(
            "UPDATE changes SET fence = :fence, signed_at_ms = 1 WHERE request_id = :id",
            fence=FENCE,
            id=second.request_id,
        )
    assert changes.finish(tx, first, Outcome("answer"), NOW) is not None
    assert changes.start(tx, second.request_id, FENCE, NOW) is not None


def test_a_doubt_keeps_its_fence(tx: Tx) -> None:
    first, second = start(tx, add(tx)), add(tx)
    doubted = changes.note_doubt(tx, first, later(s=2), Outcome("rule", detail="deadline"))
    assert doubted is not None
    assert (doubted.due_at, doubted.detail) == (later(s=2), "deadline")
    assert changes.start(tx, second.request_id, FENCE, NOW) is None
    assert changes.start(tx, second.request_id, OTHER, NOW) is not None


def test_every_settlement_names_its_attempt(tx: Tx) -> None:
    stale = start(tx, add(tx))
    back = changes.put_back(tx, stale, due_at=NOW, outcome=Outcome("record"), was_doubt=True)
    assert back is not None
    assert (back.signed_at, back.attempt, back.doubts) == (None, None, 1)
    fresh = start(tx, back)
    assert fresh.attempts == 2
    outcome = Outcome("answer", content_id="9")
    assert changes.finish(tx, stale, outcome, NOW) is None
    assert changes.note_doubt(tx, stale, NOW, outcome) is None
    assert changes.put_back(tx, stale, due_at=NOW, outcome=outcome, was_doubt=False) is None
    assert not changes.note_asked(tx, stale, NOW)
    changes.note_look(tx, stale, looked="x", next_at=NOW)
    assert must_get(tx, fresh.request_id) == fresh


def test_a_settlement_counts_once(tx: Tx) -> None:
    started = start(tx, add(tx))
    assert changes.finish(tx, started, Outcome("answer", content_id="2001"), NOW) is not None
    assert changes.finish(tx, started, Outcome("record", content_id="2002"), NOW) is None
    ended = must_get(tx, started.request_id)
    assert (ended.content_id, ended.settled_by, ended.done_at) == ("2001", "answer", NOW)


def test_a_new_attempt_forgets_what_was_found_about_the_last_one(tx: Tx) -> None:
    first = start(tx, add(tx))
    changes.note_look(tx, first, looked="abc", next_at=later(s=9))
    assert changes.note_asked(tx, first, NOW)
    assert not changes.note_asked(tx, first, NOW)
    asked = must_get(tx, first.request_id)
    assert (asked.looked, asked.due_at, asked.asked_at) == ("abc", later(s=9), NOW)
    changes.put_back(tx, asked, due_at=NOW, outcome=Outcome("U0MAYA"), was_doubt=True)
    fresh = start(tx, asked)
    assert (fresh.looked, fresh.asked_at, fresh.settled_by) == ("", None, "")


def test_what_is_put_off_waits(tx: Tx) -> None:
    change = add(tx)
    changes.put_off(tx, change, later(s=30), code="X", detail="cannot_look")
    assert changes.find_due(tx, NOW, 9) == []
    (due,) = changes.find_due(tx, later(s=30), 9)
    assert (due.code, due.detail, due.attempts) == ("X", "cannot_look", 0)


def test_a_dropped_change_is_added_anew_and_an_open_one_is_not_dropped(tx: Tx) -> None:
    change = add(tx)
    changes.drop(tx, change)
    assert changes.get(tx, change.request_id) is None
    changes.add(tx, change.request_id, later(s=9))
    started = start(tx, must_get(tx, change.request_id))
    changes.drop(tx, started)
    assert changes.close(tx, started, Outcome("rule"), NOW) is None
    assert changes.find_open(tx) == [started]


def test_a_closed_change_says_why_and_is_not_due(tx: Tx) -> None:
    change = add(tx)
    closed = changes.close(tx, change, Outcome("rule", detail="gone"), NOW)
    assert closed is not None
    assert (closed.detail, closed.done_at) == ("gone", NOW)
    assert changes.find_due(tx, later(s=9), 9) == []
    assert changes.next_due(tx) is None


def test_what_ended_since_is_known_by_its_kind(tx: Tx) -> None:
    started = start(tx, add(tx))
    changes.finish(tx, started, Outcome("answer", content_id="2001"), later(s=5))
    assert changes.finished_since(tx, RequestKind.SEND, NOW) == {"2001"}
    assert changes.finished_since(tx, RequestKind.SEND, later(s=5)) == frozenset()
    assert changes.finished_since(tx, RequestKind.TEMPLATE_DELETE, NOW) == frozenset()
