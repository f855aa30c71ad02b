"""Tencent's reviews: what is to be asked, what the answers come to, and who is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules import review_hours as hours
from bot.rules.content import Content, ReviewState
from bot.rules.review_hours import ReviewKind
from bot.rules.reviews import DECIDED, ENDED, LIST_LAG, is_same, result_key
from bot.settings import Settings
from bot.slack.messages.reviews import ReviewView
from handlers.flows import changes as ends
from handlers.flows import content_alerts, review_times
from handlers.flows.review_posts import tell
from storage import cards, content, reviews
from storage.db import Tx
from storage.ids import to_ms
from storage.reviews import Polled, Review

#: Ids one question may name (DescribeSmsTemplateList, 382/55974; DescribeSmsSignList likewise).
PER_QUESTION = 100
#: More would be ten minutes of questions; what is left is due the next time.
MOST_DUE = 10_000
AFTER_FAULT = timedelta(minutes=1)
#: Tencent refuses this account the question itself: somebody has to change that first.
AFTER_REFUSAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Question:
    """Reviews that one question to Tencent asks about."""

    kind: ReviewKind
    international: bool
    reviews: tuple[Review, ...]

    @property
    def ids(self) -> list[str]:
        return [each.content_id for each in self.reviews]


@dataclass(frozen=True, slots=True)
class Answered:
    """What Tencent said; `asked_at` is when it was asked."""

    question: Question
    found: Sequence[Content]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The list said nothing usable; `barred` is the code where it never will before that is
    cured."""

    question: Question
    barred: str = ""


def find_due(tx: Tx, now: datetime) -> list[Question]:
    """What is to be asked now, in as few questions as it takes."""
    due = reviews.find_due(tx, now, MOST_DUE)
    questions = []
    for kind in ReviewKind:
        for abroad in (False, True):
            mine = [each for each in due if (each.kind, each.international) == (kind, abroad)]
            questions += [
                Question(kind, abroad, tuple(mine[start : start + PER_QUESTION]))
                for start in range(0, len(mine), PER_QUESTION)
            ]
    return questions


def take(
    tx: Tx,
    answers: Sequence[Answered | Unanswered],
    settings: Settings,
    jitter: Callable[[], float],
    now: datetime,
) -> None:
    """Keeps all that was answered, has results told once, and says when to ask again; `jitter`
    gives numbers from 0.0 to 1.0."""
    for answer in answers:
        match answer:
            case Answered():
                _take_answered(tx, answer, settings, jitter, now)
            case Unanswered():
                _take_unanswered(tx, answer, settings, now)


def note_result(tx: Tx, review: Review, found: Content, settings: Settings, now: datetime) -> None:
    """What a review has come to, from whichever list; told where it is a verdict."""
    state, reply = found.review, found.review_reply
    if (state, reply) == (review.state, review.reply):
        return
    is_decided, is_ended = state in DECIDED, state in ENDED
    noted = reviews.note_state(
        tx,
        review,
        state,
        reply,
        decided_at=(review.decided_at or now) if is_decided else None,
        ended_at=now if is_ended else None,
    )
    if noted is None:
        return
    if state is ReviewState.REJECTED:
        reviews.add_refusal(tx, review.kind, review.content_id, found.text, reply, now)
    if review.request_id is not None:
        cards.touch(tx, review.request_id, now)
    if is_decided:
        _tell_result(tx, noted, found, now)
        with tx.apart("alert"):
            content_alerts.raise_verdict(tx, noted, found, settings, now)


def note_barred(tx: Tx, kind: ReviewKind, code: str, settings: Settings, now: datetime) -> None:
    """Tencent refuses this account a list: explained once, for as long as it lasts."""
    if not reviews.note_barred(tx, kind, code):
        return
    channel = settings.channels.reviews or ""
    facts = {"kind": kind.value, "code": code}
    key = f"barred:{kind.value}:{code}:{to_ms(now)}"
    waiting = {each.request_id for each in reviews.find_open(tx, kind)}
    # Without a channel for reviews, whoever waits for one is told.
    for request_id in {None} if channel else waiting:
        name = f"{key}:{request_id or ''}"
        tell(tx, name, "review.barred", facts, request_id=request_id, channel=channel, now=now)


def view_of(tx: Tx, request_id: str) -> ReviewView | None:
    """What the card of a request says about its review; None where there is none of its own."""
    review = reviews.of_request(tx, request_id)
    if review is None:
        return None
    history = review_times.history_of(tx, review.kind)
    due = review_times.expected(review.kind, review.submitted_at, history)
    return ReviewView(
        kind=review.kind,
        content_id=review.content_id,
        state=review.state,
        reply=review.reply,
        submitted_at=review.submitted_at,
        expected_at=due.at,
        is_certain=due.is_certain,
        history=history,
        is_ended=review.ended_at is not None,
        is_overdue=review.overdue_at is not None,
    )


def _take_answered(
    tx: Tx, answer: Answered, settings: Settings, jitter: Callable[[], float], now: datetime
) -> None:
    reviews.forget_barred(tx, answer.question.kind)
    found = {each.content_id: each for each in answer.found}
    for review in answer.question.reviews:
        listed = found.get(review.content_id)
        if listed is not None:
            _take_listed(tx, review, listed, answer.asked_at, settings, now)
    polled = [
        Polled(each, hours.next_poll_at(now, each.submitted_at, now, jitter()))
        for each in answer.question.reviews
    ]
    reviews.note_polled(tx, polled, now)


def _take_listed(
    tx: Tx, review: Review, listed: Content, asked_at: datetime, settings: Settings, now: datetime
) -> None:
    current = reviews.get(tx, review.kind, review.content_id)
    known = content.find(tx, review.kind, review.content_id)
    if current is None or current.submitted_at > asked_at:
        # Submitted anew while the question was under way: the answer is about what was before.
        return
    if known is not None and not is_same(known, listed) and now < current.submitted_at + LIST_LAG:
        # Tencent still shows what was there before our change; so is the verdict it shows.
        return
    if known != listed:
        ends.keep(tx, listed, now)
    note_result(tx, current, listed, settings, now)


def _take_unanswered(tx: Tx, answer: Unanswered, settings: Settings, now: datetime) -> None:
    wait = AFTER_REFUSAL if answer.barred else AFTER_FAULT
    reviews.put_off(tx, [Polled(each, now + wait) for each in answer.question.reviews])
    if answer.barred:
        note_barred(tx, answer.question.kind, answer.barred, settings, now)


def _tell_result(tx: Tx, review: Review, found: Content, now: datetime) -> None:
    """Under the card of whoever asked for it; channels hear of it by an alert."""
    facts = {
        "kind": review.kind.value,
        "content_id": review.content_id,
        "name": found.name,
        "text": found.text,
        "state": review.state.value,
        "reply": review.reply,
    }
    submission = to_ms(review.submitted_at)
    key = result_key(review.kind.value, review.content_id, submission, review.state, review.reply)
    tell(tx, key, "review.result", facts, request_id=review.request_id, channel="", now=now)
