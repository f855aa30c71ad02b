from datetime import datetime, timedelta

from bot.rules.backfill import LAST_LOOK, day_of
from bot.rules.delivery import REPORT_TIME, MessageState
from bot.rules.figures import HOUR_S, MISSING_AFTER, Coverage
from bot.tencent.wire import RecordState
from handlers.flows import backfills, delivery, doubts
from handlers.flows.books import receipt_of_record
from handlers.flows.figures import of_period
from storage import receipt_looks
from storage.db import Tx
from storage.messages import Message
from storage.receipt_looks import Look
from storage.receipts import Came, Receipt
from storage.traffic import hour_of
from tests.handlers.flows import sends
from tests.handlers.flows.test_figures import accept, hear
from tests.storage.rows import NOW, NUMBER, later

FIRST = "+8613800000001"
OVERDUE = NOW + MISSING_AFTER
HOUR = hour_of(NOW)
MINUTE = timedelta(minutes=1)


def look_over(tx: Tx, now: datetime) -> list[Look]:
    while backfills.is_overdue(tx, now):
        backfills.note_overdue(tx, now)
    return backfills.find_due(tx, ["demo"], now, 50)


def messages(tx: Tx) -> list[Message]:
    return list(sends.states(tx).values())


def coverage(tx: Tx, now: datetime) -> Coverage:
    return of_period(tx, ["demo"], HOUR, HOUR + HOUR_S, now).coverage


def found(serial: str = "5000:1", number: str = FIRST, *, success: bool = True) -> Receipt:
    return sends.report(serial, success=success, number=number)


def test_only_what_is_accepted_for_a_while_and_not_reported_on_is_asked_about(tx: Tx) -> None:
    accept(tx, 1)
    accept(tx, 2)
    hear(tx, 2, 3.0)
    sends.doubt(tx, "+8613800000003")
    assert look_over(tx, OVERDUE - timedelta(seconds=1)) == []
    assert look_over(tx, OVERDUE) == [Look("demo", FIRST, day_of(NOW))]


def test_a_number_is_asked_about_once_a_day_however_many_went_to_it(tx: Tx) -> None:
    accept(tx, 1)
    for nth in range(2):
        at = later(minutes=nth)
        sends.end(tx, sends.begin(tx, FIRST, now=at), sends.answered(FIRST, serial=f"5000:9{nth}"))
    at = NOW + timedelta(hours=14)
    sends.end(tx, sends.begin(tx, FIRST, now=at), sends.answered(FIRST, serial="5000:n"), at)
    looks = look_over(tx, at + MISSING_AFTER)
    assert sorted(look.day_s for look in looks) == [day_of(NOW), day_of(at)]
    assert {look.number for look in looks} == {FIRST}


def test_a_lost_receipt_is_found_and_counted_as_back_filled(tx: Tx) -> None:
    accept(tx, 1)
    accept(tx, 2)
    hear(tx, 2, 3.0)
    (look,) = look_over(tx, OVERDUE)
    assert coverage(tx, OVERDUE + MINUTE) == Coverage(2, 1, 0, 1, 0, 0)
    assert backfills.note_found(tx, look, [found()], OVERDUE) == 1
    assert messages(tx)[0].state is MessageState.DELIVERED
    assert coverage(tx, OVERDUE + MINUTE) == Coverage(2, 2, 0, 0, 0, 1)
    assert look_over(tx, OVERDUE + timedelta(hours=1)) == []


def test_a_receipt_that_comes_by_both_ways_counts_once(tx: Tx) -> None:
    for nth, first in enumerate((Came.PUSHED, Came.FETCHED)):
        accept(tx, nth)
        number = f"+86138000000{nth:02d}"
        verdict = [found(f"5000:{nth}", number)]
        look = Look("demo", number, day_of(NOW))
        if first is Came.PUSHED:
            delivery.take_receipts(tx, "demo", verdict, OVERDUE)
        assert backfills.note_found(tx, look, verdict, OVERDUE) == nth
        delivery.take_receipts(tx, "demo", verdict, OVERDUE)
    assert coverage(tx, OVERDUE) == Coverage(2, 2, 0, 0, 0, 1)
    total = of_period(tx, ["demo"], HOUR, HOUR + HOUR_S, OVERDUE).total
    assert (total.delivered, total.undelivered, total.backfilled) == (2, 0, 1)


def test_what_is_fetched_never_moves_a_state_back(tx: Tx) -> None:
    accept(tx, 1)
    hear(tx, 1, 3.0)
    look = Look("demo", FIRST, day_of(NOW))
    assert backfills.note_found(tx, look, [found(success=False)], OVERDUE) == 0
    assert messages(tx)[0].state is MessageState.DELIVERED
    assert coverage(tx, OVERDUE).backfilled == 0


def test_what_somebody_else_sent_to_the_number_is_not_kept(tx: Tx) -> None:
    accept(tx, 1)
    (look,) = look_over(tx, OVERDUE)
    foreign = [found("5000:foreign"), found("5000:1", "+8613800000099")]
    assert backfills.note_found(tx, look, foreign, OVERDUE) == 0
    assert tx.all("SELECT * FROM receipts") == []
    assert messages(tx)[0].state is MessageState.ACCEPTED


def test_it_asks_on_until_the_books_end_and_then_stops(tx: Tx) -> None:
    accept(tx, 1)
    now, asked = OVERDUE, 0
    while now < NOW + REPORT_TIME:
        for look in look_over(tx, now):
            question = backfills.question_of(tx, look, now)
            if question is None:
                backfills.drop(tx, look, now)
                continue
            asked += 1
            assert question.since <= NOW
            backfills.note_found(tx, look, [], now)
        now += timedelta(minutes=10)
    assert 10 < asked < 20
    doubts.stop_waiting(tx, now)
    assert messages(tx)[0].state is MessageState.UNREPORTED
    assert tx.all("SELECT * FROM receipt_looks") == []
    assert coverage(tx, now) == Coverage(1, 0, 0, 0, 1, 0)


def test_a_receipt_that_came_meanwhile_ends_the_asking(tx: Tx) -> None:
    accept(tx, 1)
    (look,) = look_over(tx, OVERDUE)
    hear(tx, 1, 400.0)
    assert backfills.question_of(tx, look, later(minutes=8)) is None
    backfills.drop(tx, look, later(minutes=8))
    assert look_over(tx, NOW + timedelta(days=1)) == []


def test_tencent_that_does_not_answer_is_left_alone_ever_longer(tx: Tx) -> None:
    for nth in range(5):
        accept(tx, nth)
    now, rests = OVERDUE, []
    for _ in range(3):
        backfills.note_failure(tx, look_over(tx, now)[0], now)
        at = now
        while not look_over(tx, now):
            now += timedelta(seconds=10)
        rests.append((now - at).total_seconds())
    assert rests == [30, 60, 120]
    look = look_over(tx, now)[0]
    backfills.note_found(tx, look, [], now)
    # Answered: what waited is asked about at once.
    assert look_over(tx, now)


def test_an_app_that_is_left_alone_keeps_no_other_waiting(tx: Tx) -> None:
    accept(tx, 1)
    accept(tx, 2)
    tx.run("UPDATE messages SET app = 'other' WHERE serial = '5000:2'")
    while backfills.is_overdue(tx, OVERDUE):
        backfills.note_overdue(tx, OVERDUE)
    first, second = backfills.find_due(tx, ["demo", "other"], OVERDUE, 50)
    assert (first.app, second.app) == ("demo", "other")
    backfills.note_failure(tx, first, OVERDUE)
    assert backfills.find_due(tx, ["demo", "other"], OVERDUE, 50) == [second]


def test_more_than_one_transaction_takes_are_all_found(tx: Tx) -> None:
    # Pages of two: moments with several messages in them lie across their ends.
    for nth in range(7):
        accept(tx, nth, later(s=nth // 3))
    pages = 0
    while backfills.is_overdue(tx, later(minutes=10)):
        after = receipt_looks.mark(tx) or NOW - LAST_LOOK
        page = receipt_looks.find_overdue(tx, after=after, before=later(minutes=10), limit=2)
        receipt_looks.add(
            tx, [(each.app, each.sealed, day_of(each.signed_at)) for each in page], NOW
        )
        receipt_looks.set_mark(tx, page[-1].accepted_at)
        pages += 1
    assert pages == 3
    assert len(backfills.find_due(tx, ["demo"], later(minutes=10), 50)) == 7


def test_a_clock_put_back_leaves_nothing_out(tx: Tx) -> None:
    accept(tx, 1, NOW + timedelta(days=2))
    look_over(tx, NOW + timedelta(days=2, hours=1))
    accept(tx, 2)
    looks = look_over(tx, OVERDUE)
    assert "+8613800000002" in {look.number for look in looks}


def test_what_is_left_of_an_app_that_is_gone_is_forgotten(tx: Tx) -> None:
    accept(tx, 1)
    look_over(tx, OVERDUE)
    backfills.forget(tx, NOW + timedelta(days=2))
    assert look_over(tx, NOW + timedelta(days=2))
    backfills.forget(tx, NOW + timedelta(days=8))
    assert look_over(tx, NOW + timedelta(days=8)) == []


def test_a_record_is_a_receipt_where_a_carrier_has_spoken() -> None:
    entry = sends.record("5000:1", number=NUMBER)
    states = {}
    for state in RecordState:
        receipt = receipt_of_record(
            type(entry)("+86", "5000:1", state, "Ok", "X", "", "", None, None)
        )
        states[state] = receipt and receipt.success
    assert states == {
        RecordState.SUBMIT_FAILED: None,
        RecordState.DELIVERED: True,
        RecordState.IN_PROGRESS: None,
        RecordState.DELIVERY_FAILED: False,
        RecordState.UNKNOWN: None,
    }


def test_of_two_who_take_from_the_queue_one_does(tx: Tx) -> None:
    assert backfills.begin_taking(tx, "demo", "a", MINUTE, NOW)
    assert not backfills.begin_taking(tx, "demo", "b", MINUTE, NOW)
    backfills.end_taking(tx, "demo", "a")
    assert backfills.begin_taking(tx, "demo", "b", MINUTE, NOW)


def test_what_was_taken_is_kept_though_another_holds_the_queue_by_now(tx: Tx) -> None:
    accept(tx, 1)
    assert backfills.begin_taking(tx, "demo", "a", MINUTE, NOW)
    late = later(minutes=2)
    assert backfills.begin_taking(tx, "demo", "b", MINUTE, late)
    assert not backfills.note_taken(tx, "demo", "a", [found()], MINUTE, late)
    assert messages(tx)[0].state is MessageState.DELIVERED
    # It came, if by another way: nobody had to look for it.
    assert coverage(tx, late) == Coverage(1, 1, 0, 0, 0, 0)


def test_a_queue_that_gives_nothing_rests(tx: Tx) -> None:
    backfills.note_not_taken(tx, "demo", NOW)
    assert not backfills.begin_taking(tx, "demo", "a", MINUTE, later(s=29))
    assert backfills.begin_taking(tx, "demo", "a", MINUTE, later(s=30))
