from datetime import UTC, datetime, timedelta

from bot.rules.review_hours import ReviewKind, after_working
from handlers.flows import review_times
from storage import reviews
from storage.db import Tx
from tests.handlers.flows.attempts import begin, end, made, said

#: A Monday, eleven in the morning in Beijing.
OPEN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TEMPLATE = ReviewKind.TEMPLATE


def submit(tx: Tx, now: datetime = OPEN) -> None:
    end(tx, begin(tx, now=now), made(), now)


def look(tx: Tx, now: datetime) -> None:
    """It was looked at, and there was no verdict."""
    review = reviews.get(tx, TEMPLATE, "2001")
    assert review is not None
    reviews.note_polled(tx, [reviews.Polled(review, now)], now)


def tell_seen(tx: Tx, now: datetime) -> int:
    """How many are told of after a look just now."""
    look(tx, now)
    return review_times.tell_overdue(tx, now)


def remember(tx: Tx, *took: timedelta) -> None:
    """Reviews of ours that took so much review time."""
    for number, span in enumerate(took):
        start = OPEN - timedelta(days=30 + number)
        end_at = after_working(start, span).at
        content_id = f"9{number}"
        reviews.begin(
            tx,
            TEMPLATE,
            content_id,
            international=False,
            request_id=None,
            submitted_at=start,
            poll_at=start,
        )
        review = reviews.get(tx, TEMPLATE, content_id)
        assert review is not None
        state = review.state.USABLE
        reviews.note_state(tx, review, state, "", decided_at=end_at, ended_at=end_at)


def test_a_review_that_takes_longer_than_tencent_says_is_told_of_once(tx: Tx) -> None:
    submit(tx)
    assert tell_seen(tx, OPEN + timedelta(hours=2)) == 0
    late = OPEN + timedelta(hours=2, seconds=1)
    assert tell_seen(tx, late) == 1
    assert tell_seen(tx, late + timedelta(hours=1)) == 0
    (told,) = said(tx, "review.overdue")
    assert told.channel == ""
    assert told.facts["content_id"] == "2001"
    assert told.facts["expected_ms"] - told.facts["submitted_ms"] == 2 * 3_600_000


def test_nobody_is_told_while_nobody_reviews(tx: Tx) -> None:
    submit(tx)
    # Eleven at night, and the next morning.
    assert tell_seen(tx, OPEN + timedelta(hours=12)) == 0
    assert tell_seen(tx, OPEN + timedelta(hours=23)) == 1


def test_our_own_history_may_make_it_later_and_never_earlier(tx: Tx) -> None:
    remember(tx, *(timedelta(minutes=30),) * 9, timedelta(minutes=40))
    quick = review_times.history_of(tx, TEMPLATE)
    assert quick is not None
    assert (quick.p50, quick.count) == (timedelta(minutes=30), 10)
    expected = review_times.expected(TEMPLATE, OPEN, quick)
    assert expected.at == OPEN + timedelta(hours=2)

    remember(tx, *(timedelta(hours=5),) * 10)
    slow = review_times.history_of(tx, TEMPLATE)
    assert slow is not None
    assert review_times.expected(TEMPLATE, OPEN, slow).at == OPEN + timedelta(hours=5)


def test_what_is_decided_is_not_late(tx: Tx) -> None:
    submit(tx)
    review = reviews.get(tx, TEMPLATE, "2001")
    assert review is not None
    waiting = review.state.APPROVED_NOT_USABLE
    reviews.note_state(tx, review, waiting, "", decided_at=OPEN, ended_at=None)
    assert tell_seen(tx, OPEN + timedelta(hours=3)) == 0


def test_what_was_not_seen_since_a_verdict_was_due_is_not_called_late(tx: Tx) -> None:
    submit(tx)
    late = OPEN + timedelta(hours=3)
    assert review_times.tell_overdue(tx, late) == 0
    look(tx, OPEN + timedelta(hours=2))
    assert review_times.tell_overdue(tx, late) == 0
    assert review_times.find_overdue(tx, late) == []
    look(tx, OPEN + timedelta(hours=2, seconds=1))
    assert review_times.tell_overdue(tx, late) == 1
