from storage import schedules
from storage.db import Database, Tx
from storage.ids import to_ms
from tests.storage.rows import NOW, later

EVERY_S = {"sweep": 60}


def test_a_new_job_is_due_at_once_and_known_only_once(tx: Tx) -> None:
    schedules.ensure(tx, "sweep", NOW)
    schedules.ensure(tx, "sweep", later(s=60))
    assert schedules.find_due(tx, later(s=-1), EVERY_S) == []
    assert schedules.find_due(tx, NOW, EVERY_S) == [("sweep", to_ms(NOW))]


def test_of_two_who_want_the_slot_one_wins(tx: Tx) -> None:
    schedules.ensure(tx, "sweep", NOW)
    ((job, slot),) = schedules.find_due(tx, NOW, EVERY_S)
    assert schedules.win(tx, job, slot, later(s=60))
    assert not schedules.win(tx, job, slot, later(s=60))
    assert schedules.find_due(tx, later(s=59), EVERY_S) == []
    assert schedules.find_due(tx, later(s=60), EVERY_S) == [("sweep", to_ms(later(s=60)))]


def test_slots_that_were_slept_through_are_one_run(tx: Tx) -> None:
    schedules.ensure(tx, "sweep", NOW)
    month = later(minutes=60 * 24 * 30)
    ((job, slot),) = schedules.find_due(tx, month, EVERY_S)
    assert schedules.win(tx, job, slot, month)
    assert schedules.find_due(tx, month, EVERY_S) == [("sweep", to_ms(month))]


def test_a_clock_put_back_keeps_no_job_waiting(tx: Tx) -> None:
    schedules.ensure(tx, "sweep", NOW)
    ((job, slot),) = schedules.find_due(tx, NOW, EVERY_S)
    assert schedules.win(tx, job, slot, later(s=60))
    put_back = later(s=-1)
    assert schedules.find_due(tx, put_back, EVERY_S) == [("sweep", to_ms(later(s=60)))]
    assert schedules.win(tx, job, to_ms(later(s=60)), later(s=59))
    assert schedules.find_due(tx, put_back, EVERY_S) == []


def test_a_job_nobody_has_any_more_is_never_due(tx: Tx) -> None:
    schedules.ensure(tx, "gone", NOW)
    assert schedules.find_due(tx, NOW, EVERY_S) == []


async def test_fifty_who_ask_at_once_run_it_once(db: Database) -> None:
    await db.write(schedules.ensure, "sweep", NOW)
    won = [await db.write(schedules.win, "sweep", to_ms(NOW), later(s=60)) for _ in range(50)]
    assert won.count(True) == 1
