from datetime import timedelta

from storage import envelopes
from storage.db import Tx
from storage.envelopes import Arrival, Envelope
from tests.storage.rows import NOW, later

CLICK = Envelope("block_actions:1", "block_actions", '{"value": "R-1"}')


def test_an_envelope_is_new_once(tx: Tx) -> None:
    assert envelopes.add(tx, CLICK, NOW) is Arrival.NEW
    assert envelopes.add(tx, CLICK, later(s=1)) is Arrival.UNFINISHED
    envelopes.note_handled(tx, CLICK.key, later(s=2))
    assert envelopes.add(tx, CLICK, later(s=3)) is Arrival.HANDLED


def test_what_a_crash_left_behind_is_found_oldest_first(tx: Tx) -> None:
    later_click = Envelope("block_actions:2", "block_actions", "{}")
    envelopes.add(tx, later_click, later(s=1))
    envelopes.add(tx, CLICK, NOW)
    done = Envelope("event:3", "event_callback", "{}")
    envelopes.add(tx, done, NOW)
    envelopes.note_handled(tx, done.key, NOW)

    assert envelopes.find_unfinished(tx, NOW) == [CLICK, later_click]
    assert envelopes.find_unfinished(tx, later(s=1)) == [later_click]


def test_one_that_is_damaged_keeps_the_others_from_nothing(tx: Tx) -> None:
    envelopes.add(tx, CLICK, NOW)
    envelopes.add(tx, Envelope("event:3", "event_callback", "{}"), later(s=1))
    tx.run("UPDATE envelopes SET body = 'k1:AAAA' WHERE key = 'event:3'")
    damaged = Envelope("event:3", "event_callback", "")
    assert envelopes.find_unfinished(tx, NOW) == [CLICK, damaged]


def test_what_it_said_is_sealed_and_gone_when_it_is_handled(tx: Tx) -> None:
    envelopes.add(tx, CLICK, NOW)
    row = tx.one("SELECT body FROM envelopes")
    assert row is not None
    assert "R-1" not in row["body"]
    envelopes.note_handled(tx, CLICK.key, NOW)
    row = tx.one("SELECT body FROM envelopes")
    assert row is not None
    assert row["body"] is None


def test_old_keys_are_forgotten(tx: Tx) -> None:
    envelopes.add(tx, CLICK, NOW)
    keep = timedelta(minutes=1)
    assert envelopes.forget(tx, later(minutes=1), keep) == 0
    assert envelopes.forget(tx, later(minutes=2), keep) == 1
    assert envelopes.add(tx, CLICK, NOW) is Arrival.NEW
