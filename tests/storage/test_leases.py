from datetime import timedelta

from storage import back_offs, leases
from storage.db import Tx
from tests.storage.rows import NOW, later

MINUTE = timedelta(minutes=1)


def test_one_holds_it_until_it_ends(tx: Tx) -> None:
    assert leases.take(tx, "queue:demo", "a", MINUTE, NOW)
    assert not leases.take(tx, "queue:demo", "b", MINUTE, later(s=59))
    assert leases.take(tx, "queue:other", "b", MINUTE, later(s=59))
    assert leases.take(tx, "queue:demo", "b", MINUTE, later(s=60))
    assert not leases.take(tx, "queue:demo", "a", MINUTE, later(s=61))


def test_its_holder_takes_it_anew_and_gives_it_up(tx: Tx) -> None:
    assert leases.take(tx, "queue:demo", "a", MINUTE, NOW)
    assert leases.take(tx, "queue:demo", "a", MINUTE, later(s=50))
    assert not leases.take(tx, "queue:demo", "b", MINUTE, later(s=100))
    leases.release(tx, "queue:demo", "b")
    assert not leases.take(tx, "queue:demo", "b", MINUTE, later(s=100))
    leases.release(tx, "queue:demo", "a")
    assert leases.take(tx, "queue:demo", "b", MINUTE, later(s=100))


def test_a_clock_put_back_locks_nobody_out(tx: Tx) -> None:
    assert leases.take(tx, "queue:demo", "a", MINUTE, NOW + timedelta(days=3))
    assert leases.take(tx, "queue:demo", "b", MINUTE, NOW)


def test_what_failed_rests_until_its_time_or_an_answer(tx: Tx) -> None:
    assert back_offs.is_over(tx, "queue:demo", NOW)
    back_offs.note(tx, "queue:demo", later(s=30))
    back_offs.note(tx, "queue:demo", later(s=60))
    assert back_offs.failures(tx, "queue:demo") == 2
    assert not back_offs.is_over(tx, "queue:demo", later(s=59))
    assert back_offs.is_over(tx, "queue:demo", later(s=60))
    assert back_offs.is_over(tx, "queue:demo", NOW - timedelta(days=1))
    back_offs.clear(tx, "queue:demo")
    assert back_offs.failures(tx, "queue:demo") == 0
