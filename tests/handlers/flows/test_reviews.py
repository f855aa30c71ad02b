from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.rules.alerts import AlertKind, Severity
from bot.rules.content import Content, ReviewState, Signature
from bot.rules.review_hours import ReviewKind, next_poll_at
from bot.rules.reviews import LIST_LAG
from bot.settings import Settings
from handlers.flows import reviews
from handlers.flows.reviews import (
    AFTER_FAULT,
    AFTER_REFUSAL,
    PER_QUESTION,
    Answered,
    Question,
    Unanswered,
)
from storage import alert_groups, alerts, content
from storage import reviews as stored
from storage.alerts import Alert
from storage.db import Tx
from storage.ids import RequestId
from storage.reviews import Review
from tests.handlers.flows.asks import settings_with
from tests.handlers.flows.attempts import AS_BASE, MODIFY, TEXT, begin, end, listed, made, said
from tests.storage.rows import NOW, later

SETTINGS = settings_with()
NOWHERE = settings_with(**{"channels.reviews": None})
CHANNEL = "#sms-reviews"
TEMPLATE, SIGNATURE = ReviewKind.TEMPLATE, ReviewKind.SIGNATURE
USABLE, WAITING = ReviewState.USABLE, ReviewState.APPROVED_NOT_USABLE
REJECTED, UNDER_REVIEW = ReviewState.REJECTED, ReviewState.UNDER_REVIEW
BARRED = "FailedOperation.ProhibitSubAccountUse"


def submit(tx: Tx) -> RequestId:
    """A template of ours in review, under 2001."""
    attempt = begin(tx)
    end(tx, attempt, made())
    return attempt.request.id


def must_get(tx: Tx, content_id: str = "2001", kind: ReviewKind = TEMPLATE) -> Review:
    review = stored.get(tx, kind, content_id)
    assert review is not None
    return review


def poll(
    tx: Tx,
    *found: Content,
    now: datetime = NOW,
    asked_at: datetime | None = None,
    settings: Settings = SETTINGS,
) -> None:
    """Everything that is due is asked, and `found` is what Tencent has of it."""
    asked = [Answered(each, found, asked_at or now) for each in reviews.find_due(tx, now)]
    reviews.take(tx, asked, settings, lambda: 0.5, now)


def raised(tx: Tx) -> list[Alert]:
    """The alerts that fire."""
    return alerts.find_open_of(tx, tuple(AlertKind), None)


def channels(tx: Tx) -> list[str]:
    """Where alerts go."""
    return [each.channel for each in alert_groups.find_open(tx)]


def places(tx: Tx, kind: str = "review.result") -> list[str]:
    """Where it is said: in a thread, or in which channel."""
    return [each.channel or "thread" for each in said(tx, kind)]


@pytest.mark.parametrize(
    ("state", "is_ended"), [(USABLE, True), (WAITING, False), (REJECTED, True)]
)
def test_a_verdict_is_told_once_in_the_thread_and_raises_one_alert(
    tx: Tx, state: ReviewState, is_ended: bool
) -> None:
    request_id = submit(tx)
    shown = listed(review=state, reply="太短" if state is REJECTED else "")
    for seconds in range(0, 3000, 100):
        poll(tx, shown, now=later(s=seconds))
    (thread,) = said(tx, "review.result")
    assert (thread.channel, thread.request_id) == ("", request_id)
    assert thread.facts["requester"] == "U0LIN"
    (alert,) = raised(tx)
    assert alert.labels == {"template": "2001", "request": request_id, "app": "demo"}
    assert (alert.kind, alert.count) == (AlertKind.REVIEW_ENDED, 1)
    assert alert.severity is (Severity.WARNING if state is REJECTED else Severity.INFO)
    assert channels(tx) == [CHANNEL]
    assert (must_get(tx).ended_at is not None) is is_ended
    known = content.get_template(tx, "2001")
    assert known == shown


def test_approved_and_later_usable_is_told_twice(tx: Tx) -> None:
    submit(tx)
    poll(tx, listed(review=WAITING))
    decided_at = must_get(tx).decided_at
    poll(tx, listed(review=USABLE), now=later(minutes=30))
    assert [each.facts["state"] for each in said(tx, "review.result")] == [2, 0]
    assert [each.facts["state"] for each in raised(tx)] == [0]
    assert must_get(tx).decided_at == decided_at
    assert must_get(tx).ended_at == later(minutes=30)


def test_what_is_still_in_review_is_asked_again_by_the_review_hours(tx: Tx) -> None:
    submit(tx)
    poll(tx, listed())
    assert said(tx, "review.") == []
    review = must_get(tx)
    assert review.polled_at == NOW
    assert review.poll_at == next_poll_at(NOW, NOW, NOW, 0.5) > NOW


def test_the_same_verdict_on_a_second_submission_is_told_again(tx: Tx) -> None:
    submit(tx)
    poll(tx, listed(review=REJECTED, reply="太短"))
    rejected = replace(AS_BASE, name=TEXT.name, content=TEXT.content)
    base = replace(MODIFY.base, name=TEXT.name, content=TEXT.content)  # type: ignore[type-var]
    text = replace(TEXT, content="您的订单已到货，请携带证件取件。")
    change = replace(MODIFY, base=base, text=text)
    end(tx, begin(tx, change, later(minutes=9), rejected), made("2001"), later(minutes=9))
    poll(tx, listed("2001", text, REJECTED, reply="太短"), now=later(minutes=10))
    assert len(said(tx, "review.result")) == 2
    # Another submission is another request, and has a card of its own.
    assert len(channels(tx)) == 2


def test_a_verdict_on_what_was_there_before_our_change_is_none_on_ours(tx: Tx) -> None:
    end(tx, begin(tx, MODIFY, upstream=AS_BASE), made("2001"))
    poll(tx, AS_BASE)
    assert said(tx, "review.") == []
    known = content.get_template(tx, "2001")
    assert known is not None
    assert known.content == TEXT.content
    # In the end what Tencent shows is what there is.
    poll(tx, AS_BASE, now=NOW + LIST_LAG)
    assert len(said(tx, "review.result")) == 1


def test_an_answer_to_a_question_older_than_the_submission_is_about_another_one(tx: Tx) -> None:
    submit(tx)
    poll(tx, listed(review=REJECTED), asked_at=later(s=-1))
    assert must_get(tx).state is UNDER_REVIEW
    assert said(tx, "review.") == []


def test_why_something_was_rejected_is_kept(tx: Tx) -> None:
    submit(tx)
    poll(tx, listed(review=REJECTED, reply="太短"))
    (kept,) = stored.list_refusals(tx, TEMPLATE, 9)
    assert (kept.text, kept.reply) == (TEXT.content, "太短")


def test_without_a_channel_for_reviews_the_one_for_alerts_hears_of_it(tx: Tx) -> None:
    submit(tx)
    poll(tx, listed(review=USABLE), settings=NOWHERE)
    assert places(tx) == ["thread"]
    assert channels(tx) == [NOWHERE.channels.alerts]


def begin_many(tx: Tx, count: int, kind: ReviewKind = TEMPLATE, *, abroad: bool = False) -> None:
    for number in range(count):
        stored.begin(
            tx,
            kind,
            str(number),
            international=abroad,
            request_id=None,
            submitted_at=NOW,
            poll_at=NOW,
        )


def test_a_question_asks_for_a_hundred_of_one_kind_and_side(tx: Tx) -> None:
    begin_many(tx, 250)
    begin_many(tx, 3, SIGNATURE, abroad=True)
    questions = reviews.find_due(tx, NOW)
    assert [(each.kind, each.international, len(each.ids)) for each in questions] == [
        (TEMPLATE, False, PER_QUESTION),
        (TEMPLATE, False, PER_QUESTION),
        (TEMPLATE, False, 50),
        (SIGNATURE, True, 3),
    ]
    assert len({each for question in questions for each in question.ids}) == 250
    assert reviews.find_due(tx, later(s=-1)) == []


def unanswered(
    tx: Tx, barred: str = "", now: datetime = NOW, settings: Settings = SETTINGS
) -> None:
    questions: Sequence[Question] = reviews.find_due(tx, now)
    assert questions
    given = [Unanswered(each, barred) for each in questions]
    reviews.take(tx, given, settings, lambda: 0.5, now)


def test_a_question_without_an_answer_is_put_again_soon(tx: Tx) -> None:
    submit(tx)
    unanswered(tx)
    review = must_get(tx)
    assert (review.poll_at, review.polled_at) == (NOW + AFTER_FAULT, None)
    assert said(tx, "review.") == []


def test_an_account_that_may_not_ask_is_told_once_and_asked_less_often(tx: Tx) -> None:
    submit(tx)
    for hour in range(3):
        unanswered(tx, BARRED, NOW + hour * AFTER_REFUSAL)
    assert must_get(tx).poll_at == NOW + 3 * AFTER_REFUSAL
    assert places(tx, "review.barred") == [CHANNEL]
    poll(tx, listed(), now=NOW + 3 * AFTER_REFUSAL)
    unanswered(tx, BARRED, NOW + timedelta(days=1))
    assert len(said(tx, "review.barred")) == 2


def test_without_a_channel_those_who_wait_are_told_that_nobody_can_ask(tx: Tx) -> None:
    request_id = submit(tx)
    unanswered(tx, BARRED, settings=NOWHERE)
    (told,) = said(tx, "review.barred")
    assert told.request_id == request_id


def test_a_signature_is_followed_by_its_id_alone(tx: Tx) -> None:
    begin_many(tx, 1, SIGNATURE)
    sign = Signature("0", "示例品牌", False, REJECTED, "资质不符", NOW)
    poll(tx, sign)
    assert content.get_signature(tx, "0") == sign
    (alert,) = raised(tx)
    # What nobody asked for here has no request, and no app.
    assert alert.labels == {"signature": "0"}
    assert (said(tx, "review.result"), channels(tx)) == ([], [CHANNEL])


def test_the_card_says_how_the_review_stands(tx: Tx) -> None:
    request_id = submit(tx)
    view = reviews.view_of(tx, request_id)
    assert view is not None
    assert (view.state, view.is_ended, view.history) == (UNDER_REVIEW, False, None)
    assert view.expected_at == NOW + timedelta(hours=2)
    assert reviews.view_of(tx, "R-0000") is None
