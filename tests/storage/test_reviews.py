from datetime import datetime

from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind
from storage import reviews
from storage.db import Tx
from storage.ids import RequestId
from storage.reviews import Polled, Review
from tests.storage.rows import NOW, add_request, later

TEMPLATE, SIGNATURE = ReviewKind.TEMPLATE, ReviewKind.SIGNATURE
UNDER_REVIEW, REJECTED = ReviewState.UNDER_REVIEW, ReviewState.REJECTED


def begin(
    tx: Tx,
    content_id: str = "2001",
    kind: ReviewKind = TEMPLATE,
    submitted_at: datetime = NOW,
    request_id: RequestId | None = None,
) -> Review:
    reviews.begin(
        tx,
        kind,
        content_id,
        international=False,
        request_id=request_id,
        submitted_at=submitted_at,
        poll_at=submitted_at,
    )
    return must_get(tx, content_id, kind)


def must_get(tx: Tx, content_id: str = "2001", kind: ReviewKind = TEMPLATE) -> Review:
    review = reviews.get(tx, kind, content_id)
    assert review is not None
    return review


def reject(tx: Tx, review: Review, at: datetime = NOW) -> Review | None:
    return reviews.note_state(tx, review, REJECTED, "太短", decided_at=at, ended_at=at)


def test_a_review_is_followed_from_the_start_to_its_end(tx: Tx) -> None:
    review = begin(tx)
    assert review.state is UNDER_REVIEW
    assert reviews.find_due(tx, NOW, 9) == [review]
    reviews.note_polled(tx, [Polled(review, later(minutes=1))], later(s=1))
    assert reviews.find_due(tx, NOW, 9) == []
    (due,) = reviews.find_due(tx, later(minutes=1), 9)
    assert due.polled_at == later(s=1)
    ended = reject(tx, due, later(minutes=1))
    assert ended is not None
    assert (ended.state, ended.reply, ended.ended_at) == (REJECTED, "太短", later(minutes=1))
    assert reviews.find_due(tx, later(minutes=99), 9) == []


def test_templates_and_signatures_of_one_id_are_two(tx: Tx) -> None:
    begin(tx)
    begin(tx, kind=SIGNATURE)
    reject(tx, must_get(tx))
    assert must_get(tx, kind=SIGNATURE).state is UNDER_REVIEW
    assert [each.kind for each in reviews.find_open(tx, SIGNATURE)] == [SIGNATURE]


def test_what_was_seen_is_noted_once(tx: Tx) -> None:
    review = begin(tx)
    assert reject(tx, review) is not None
    assert reject(tx, review) is None


def test_a_new_submission_is_a_new_review(tx: Tx) -> None:
    stale = begin(tx)
    reject(tx, stale)
    reviews.note_overdue(tx, begin(tx, submitted_at=later(s=-9)), NOW)
    fresh = begin(tx, submitted_at=later(s=9))
    assert (fresh.state, fresh.reply, fresh.decided_at) == (UNDER_REVIEW, "", None)
    assert (fresh.ended_at, fresh.overdue_at) == (None, None)
    assert reject(tx, stale) is None
    reviews.note_polled(tx, [Polled(stale, later(minutes=9))], NOW)
    reviews.put_off(tx, [Polled(stale, later(minutes=9))])
    assert must_get(tx) == fresh


def test_it_is_said_once_that_a_review_takes_long_and_not_after_its_verdict(tx: Tx) -> None:
    review = begin(tx)
    assert reviews.find_undecided(tx) == [review]
    assert reviews.note_overdue(tx, review, NOW)
    assert not reviews.note_overdue(tx, review, NOW)
    assert reviews.find_undecided(tx) == []
    decided = begin(tx, "2002")
    reject(tx, decided)
    assert not reviews.note_overdue(tx, decided, NOW)


def test_what_a_request_of_ours_made_is_claimed(tx: Tx) -> None:
    request_id = add_request(tx)
    begin(tx, request_id=request_id)
    begin(tx, "2002")
    assert reviews.claimed_ids(tx, TEMPLATE) == {"2001"}
    assert reviews.claimed_ids(tx, SIGNATURE) == frozenset()
    assert reviews.of_request(tx, request_id) == must_get(tx)
    assert reviews.submitted_since(tx, TEMPLATE, later(s=-1)) == {"2001"}
    assert reviews.submitted_since(tx, TEMPLATE, NOW) == frozenset()


def test_the_latest_decided_reviews_say_how_long_one_takes(tx: Tx) -> None:
    for number in range(3):
        reject(tx, begin(tx, str(number)), later(minutes=number))
    begin(tx, "open")
    spans = reviews.decided_spans(tx, TEMPLATE, 2)
    assert spans == [(NOW, later(minutes=2)), (NOW, later(minutes=1))]


def test_a_refusal_outlives_its_template_and_is_kept_once(tx: Tx) -> None:
    reviews.add_refusal(tx, TEMPLATE, "2001", "旧文", "太短", NOW)
    reviews.add_refusal(tx, TEMPLATE, "2001", "新文", "太短", later(s=1))
    reviews.add_refusal(tx, TEMPLATE, "2001", "新文", "不通顺", later(s=2))
    reviews.add_refusal(tx, SIGNATURE, "2001", "签名", "泛", later(s=3))
    kept = reviews.list_refusals(tx, TEMPLATE, 9)
    assert [(each.text, each.reply) for each in kept] == [("新文", "不通顺"), ("新文", "太短")]
    assert len(reviews.list_refusals(tx, TEMPLATE, 1)) == 1


def test_a_list_that_is_refused_is_news_once_for_each_code(tx: Tx) -> None:
    assert reviews.note_barred(tx, TEMPLATE, "A")
    assert not reviews.note_barred(tx, TEMPLATE, "A")
    assert not reviews.note_barred(tx, SIGNATURE, "A")
    assert reviews.note_barred(tx, TEMPLATE, "B")
    reviews.forget_barred(tx, TEMPLATE)
    assert reviews.note_barred(tx, TEMPLATE, "B")
    reviews.forget_barred(tx, TEMPLATE)
    assert not reviews.note_barred(tx, TEMPLATE, "A")


def test_what_is_gone_is_not_asked_about_any_more(tx: Tx) -> None:
    begin(tx)
    reviews.end(tx, TEMPLATE, "2001", later(s=1))
    assert reviews.find_due(tx, later(s=9), 9) == []
    reviews.end(tx, TEMPLATE, "2001", later(s=9))
    assert must_get(tx).ended_at == later(s=1)
