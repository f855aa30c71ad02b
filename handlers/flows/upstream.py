"""What was changed at Tencent by other hands than ours: in the console, or by another program."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any, assert_never

from bot.rules.content import Content, ReviewState
from bot.rules.review_hours import ReviewKind
from bot.rules.reviews import Appeared, ContentChanged, Difference, ReviewChanged, Vanished
from bot.settings import Settings
from bot.tencent import wire
from handlers.flows import content, submissions
from handlers.flows import reviews as following
from handlers.flows.content import Listed
from handlers.flows.review_posts import tell
from storage import cards, reviews
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.reviews import Review

#: One message names no more; the rest is counted.
MOST_NAMED = 10


def take_templates(
    tx: Tx,
    templates: Iterable[wire.Template],
    gone: Container[str],
    listed_at: datetime,
    settings: Settings,
    now: datetime,
) -> None:
    """Keeps both sides' lists, as they were asked for at `listed_at`, and follows what changed:
    reviews of ours go on, the rest is told once, together.

    `gone` are the ids Tencent no longer has even when asked for them by id: a list alone may leave
    out what is there.
    """
    listed = content.keep_templates(tx, templates, gone, listed_at, now)
    _take(tx, ReviewKind.TEMPLATE, listed, settings, now)


def take_signatures(
    tx: Tx,
    signatures: Iterable[wire.Signature],
    gone: Container[str],
    listed_at: datetime,
    settings: Settings,
    now: datetime,
) -> None:
    """As `take_templates`, of signatures."""
    listed = content.keep_signatures(tx, signatures, gone, listed_at, now)
    _take(tx, ReviewKind.SIGNATURE, listed, settings, now)


def _take(tx: Tx, kind: ReviewKind, listed: Listed, settings: Settings, now: datetime) -> None:
    reviews.forget_barred(tx, kind)
    fences = submissions.open_fences(tx)
    foreign = []
    for difference in listed.differences:
        _learn(tx, kind, difference, now)
        if not _is_ours(tx, kind, difference, fences, settings, now):
            foreign.append(difference)
    if foreign and not listed.is_first:
        _tell(tx, kind, foreign, settings, now)


def _learn(tx: Tx, kind: ReviewKind, difference: Difference, now: datetime) -> None:
    """Every refusal is kept, whoever asked for it."""
    after = None if isinstance(difference, Vanished) else difference.now
    if after is not None and after.review is ReviewState.REJECTED:
        reviews.add_refusal(tx, kind, after.content_id, after.text, after.review_reply, now)


def _is_ours(
    tx: Tx,
    kind: ReviewKind,
    difference: Difference,
    fences: frozenset[str],
    settings: Settings,
    now: datetime,
) -> bool:
    """Whether it is the end of a review we follow, or a change of ours that is still open; what it
    means for the review is kept either way."""
    of = _content_of(difference)
    is_open = bool(fences & _fences_of(tx, kind, of))
    review = reviews.get(tx, kind, of.content_id)
    match difference:
        case Appeared():
            return is_open or review is not None
        case ReviewChanged() | ContentChanged() if review is not None:
            following.note_result(tx, review, difference.now, settings, now)
            return is_open or isinstance(difference, ReviewChanged)
        case ReviewChanged() | ContentChanged():
            return is_open
        case Vanished():
            if not is_open:
                _end_review(tx, kind, of.content_id, review, now)
            return is_open
        case never:
            assert_never(never)


def _end_review(
    tx: Tx, kind: ReviewKind, content_id: str, review: Review | None, now: datetime
) -> None:
    """It is gone: nothing is left to follow, and the card says so."""
    reviews.end(tx, kind, content_id, now)
    if review is not None and review.ended_at is None and review.request_id is not None:
        cards.touch(tx, review.request_id, now)


def _fences_of(tx: Tx, kind: ReviewKind, of: Content) -> set[str]:
    """What an open attempt that explains it would be about."""
    sides = [abroad for abroad, is_on in ((False, of.mainland), (True, of.international)) if is_on]
    made = {
        submissions.fence_of_new(tx, kind, of.name, of.text, international=abroad)
        for abroad in sides
    }
    return made | {submissions.fence_of_id(kind, of.content_id)}


def _tell(
    tx: Tx, kind: ReviewKind, foreign: Sequence[Difference], settings: Settings, now: datetime
) -> None:
    """All of it in one message; whose request it concerns is told in that request's thread."""
    key = f"console:{kind.value}:{to_ms(now)}"
    named = [_facts(each) for each in foreign[:MOST_NAMED]]
    facts = {"kind": kind.value, "changes": named, "more": len(foreign) - len(named)}
    channel = settings.channels.reviews or ""
    tell(tx, key, "review.console", facts, request_id=None, channel=channel, now=now)
    for each in foreign:
        request_id = _request_of(tx, kind, each)
        if request_id is not None:
            mine = {"kind": kind.value, "changes": [_facts(each)], "more": 0}
            name = f"{key}:{_content_of(each).content_id}"
            tell(tx, name, "review.console", mine, request_id=request_id, channel="", now=now)


def _request_of(tx: Tx, kind: ReviewKind, difference: Difference) -> RequestId | None:
    review = reviews.get(tx, kind, _content_of(difference).content_id)
    return None if review is None else review.request_id


def _content_of(difference: Difference) -> Content:
    return difference.before if isinstance(difference, Vanished) else difference.now


def _facts(difference: Difference) -> dict[str, Any]:
    of = _content_of(difference)
    return {
        "what": WORDS[type(difference)],
        "content_id": of.content_id,
        "name": of.name,
        "state": of.review.value,
        "reply": of.review_reply,
    }


WORDS: dict[type[Difference], str] = {
    Appeared: "appeared",
    ReviewChanged: "review_changed",
    ContentChanged: "content_changed",
    Vanished: "vanished",
}
