"""What changed in Tencent's lists since we last looked, and what a review has come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.rules.content import Content, ReviewState, normal_form

#: Tencent has spoken, whichever way.
DECIDED = frozenset({ReviewState.USABLE, ReviewState.APPROVED_NOT_USABLE, ReviewState.REJECTED})
#: Nothing more comes by itself; "not usable yet" still becomes usable.
ENDED = frozenset({ReviewState.USABLE, ReviewState.REJECTED})
#: A list may lag a little behind the answer that made something.
LIST_LAG = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Appeared:
    """Something is listed that was not listed before."""

    now: Content


@dataclass(frozen=True, slots=True)
class ReviewChanged:
    """The same text, with another verdict or another reason."""

    before: Content
    now: Content


@dataclass(frozen=True, slots=True)
class ContentChanged:
    """Another name, text or side, whatever became of its review."""

    before: Content
    now: Content


@dataclass(frozen=True, slots=True)
class Vanished:
    """Something is no longer listed."""

    before: Content


Difference = Appeared | ReviewChanged | ContentChanged | Vanished


def diff(before: Mapping[str, Content], now: Sequence[Content]) -> list[Difference]:
    """What a person would call different between two whole lists, in the order of `now`; what is
    no longer listed comes last. `before` is by id."""
    found = [_difference(before.get(each.content_id), each) for each in now]
    gone = before.keys() - {each.content_id for each in now}
    return [
        *(each for each in found if each is not None),
        *(Vanished(before[each]) for each in sorted(gone)),
    ]


def _difference(before: Content | None, now: Content) -> Difference | None:
    if before is None:
        return Appeared(now)
    if not is_same(before, now):
        return ContentChanged(before, now)
    if (before.review, before.review_reply) != (now.review, now.review_reply):
        return ReviewChanged(before, now)
    return None


def is_same(one: Content, other: Content) -> bool:
    """Whether a person would call them the same; Tencent may trim what it is given."""
    return _told(one) == _told(other)


def _told(content: Content) -> tuple[str, str, bool, bool]:
    name, text = normal_form(content.name), normal_form(content.text)
    return name, text, content.mainland, content.international


def result_key(kind: str, content_id: str, submission: int, state: ReviewState, reply: str) -> str:
    """Names one result of one submission (`submission` tells it from an earlier one of the same
    template), so that it is posted once however often it is seen."""
    digest = sha256(reply.encode()).hexdigest()[:12]
    return f"review:{kind}:{content_id}:{submission}:{state.value}:{digest}"
