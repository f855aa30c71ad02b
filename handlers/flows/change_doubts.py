"""Changes nobody answered for: settled by Tencent's own lists, or by a person who looked."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot.rules import submissions as rules
from bot.rules.audit import What
from bot.rules.content import Content
from bot.rules.delivery import settles_at
from bot.rules.requests import RequestState
from bot.rules.review_hours import ReviewKind
from bot.rules.submissions import Evidence, Next, There
from handlers.flows import audit
from handlers.flows import changes as ends
from handlers.flows.changes import BY_RECORD, Failure, Submission, wanted_of
from storage import changes, content, reviews
from storage.changes import Change, Outcome
from storage.damage import Damage
from storage.db import Tx

LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word it is; an approver's counts for anybody's request."""

    user_id: str
    is_approver: bool


class SayRefusal(StrEnum):
    """Why a person's word about a doubt changes nothing."""

    NOT_FOUND = "not_found"
    NOT_YOURS = "not_yours"
    SETTLED = "settled"
    TOO_EARLY = "too_early"
    BAD_ID = "bad_id"
    TAKEN = "taken"
    #: Tencent does not know the id.
    NOT_THERE = "not_there"
    #: It has another name or another text.
    OTHER = "other"
    #: It was there before.
    OLDER = "older"


def find_due(tx: Tx, now: datetime, damage: Damage | None = None) -> list[Submission]:
    """Doubts that are to be looked into now, oldest attempt first. What cannot be read is noted in
    `damage` and left as it is."""
    return [
        each
        for each in ends.load_open(tx, damage)
        if each.request.state is RequestState.IN_DOUBT and each.change.due_at <= now
    ]


def settle_by_list(
    tx: Tx,
    submission: Submission,
    listed: Sequence[Content],
    asked_at: datetime,
    now: datetime,
    *,
    missed: Container[str] = frozenset(),
) -> None:
    """Settles a doubt by what Tencent's lists show, all of the sides that can show it; `asked_at`
    is when they were asked for, `missed` are ids it did not have when asked for them by id."""
    change = submission.change
    if change.signed_at is None:
        return
    looked = rules.fingerprint(listed)
    evidence = _evidence(tx, submission, listed, missed, change.signed_at)
    if isinstance(evidence, There):
        _settle_there(tx, submission, evidence, looked, now)
        return
    follows = rules.conclude(
        evidence,
        signed_at=change.signed_at,
        asked_at=asked_at,
        now_listed=looked,
        before_listed=change.looked,
        repeats=change.doubts,
    )
    counts = rules.counts_as_proof(signed_at=change.signed_at, asked_at=asked_at)
    _follow(tx, submission, follows, looked if counts else "", now)


def settle_without_list(tx: Tx, submission: Submission, now: datetime, *, permanent: bool) -> None:
    """The lists could not be read; `permanent`: Tencent refuses them to this account."""
    signed_at = submission.change.signed_at
    if signed_at is not None:
        follows = rules.without_list(signed_at=signed_at, now=now, permanent=permanent)
        _follow(tx, submission, follows, "", now)


def find(tx: Tx, request_id: str, attempt: str, by: Word) -> Submission | SayRefusal:
    """The doubt a person wants to settle, if it is still one and theirs to settle."""
    found = next((each for each in ends.load_open(tx) if each.request.id == request_id), None)
    if found is None:
        known = changes.get(tx, request_id) is not None
        return SayRefusal.SETTLED if known else SayRefusal.NOT_FOUND
    if not by.is_approver and found.request.requester != by.user_id:
        return SayRefusal.NOT_YOURS
    is_this = found.change.attempt == attempt and found.request.state is RequestState.IN_DOUBT
    return found if is_this else SayRefusal.SETTLED


def say_there(
    tx: Tx,
    request_id: str,
    attempt: str,
    content_id: str,
    by: Word,
    now: datetime,
    shown: Sequence[Content] | None = None,
) -> Submission | SayRefusal:
    """A person found it at Tencent: a new one under `content_id`, a change or deletion as done.

    `shown` is what Tencent answered when asked for that id, None where it gave no answer: then
    what we know of the id must fit.
    """
    found = find(tx, request_id, attempt, by)
    if isinstance(found, SayRefusal):
        return found
    if found.content_id:
        _enter(tx, found, by, "there", found.content_id, now)
        ends.succeed(tx, found, Outcome(by.user_id, found.content_id), now)
        return found
    refusal = _judge_id(tx, found, content_id, shown)
    if refusal is not None:
        return refusal
    known = content.find(tx, found.kind, content_id)
    _enter(tx, found, by, "there", content_id, now)
    ends.succeed(tx, found, Outcome(by.user_id, content_id), now)
    # What Tencent has stands, not what was asked for: it may have made another text of it.
    for each in shown or ([known] if known else []):
        ends.keep(tx, each, now)
    return found


def is_id(content_id: str) -> bool:
    """Whether Tencent could have given it."""
    return content_id.isascii() and content_id.isdecimal() and len(content_id) <= LONGEST_ID


def _judge_id(
    tx: Tx, found: Submission, content_id: str, shown: Sequence[Content] | None
) -> SayRefusal | None:
    """Why what is under an id cannot be what an Add of ours made; None where it may be."""
    signed_at, text = found.change.signed_at, found.asked.text
    if not is_id(content_id):
        return SayRefusal.BAD_ID
    if content_id in reviews.claimed_ids(tx, found.kind):
        return SayRefusal.TAKEN
    if shown is not None and not shown:
        return SayRefusal.NOT_THERE
    known = content.find(tx, found.kind, content_id)
    seen = shown[0] if shown else known
    if seen is None or signed_at is None or text is None:
        return None
    if rules.was_before(seen, signed_at):
        return SayRefusal.OLDER
    return None if rules.may_be(wanted_of(text), seen, signed_at) else SayRefusal.OTHER


def say_again(
    tx: Tx, request_id: str, attempt: str, by: Word, now: datetime
) -> Submission | SayRefusal:
    """A person looked and it is not there: it is submitted once more, once no late copy can be
    taken any more."""
    found = find(tx, request_id, attempt, by)
    if isinstance(found, SayRefusal):
        return found
    if found.change.signed_at is None or now < settles_at(found.change.signed_at):
        return SayRefusal.TOO_EARLY
    _enter(tx, found, by, "again", "", now)
    ends.put_back(tx, found, Outcome(by.user_id), now, now)
    return found


def _enter(
    tx: Tx, found: Submission, by: Word, outcome: str, content_id: str, now: datetime
) -> None:
    """What a person says of a doubt is entered before it is done."""
    audit.enter_request(
        tx,
        What.DOUBT_DECIDED,
        found.request,
        by.user_id,
        now,
        outcome=outcome,
        content=content_id,
    )


def _evidence(
    tx: Tx,
    submission: Submission,
    listed: Sequence[Content],
    missed: Container[str],
    signed_at: datetime,
) -> Evidence:
    asked = submission.asked
    if asked.text is None:
        return rules.judge_delete(submission.content_id, listed, missed)
    wanted = wanted_of(asked.text)
    if asked.base is not None:
        return rules.judge_modify(submission.content_id, wanted, wanted_of(asked.base), listed)
    claimed = reviews.claimed_ids(tx, submission.kind)
    is_whole = _is_whole(tx, submission.kind, listed)
    return rules.judge_add(wanted, listed, claimed, signed_at, is_whole=is_whole)


def _is_whole(tx: Tx, kind: ReviewKind, listed: Sequence[Content]) -> bool:
    """Whether what a list lacks is not there. Signatures cannot always be listed: theirs counts
    only where it shows another one we know."""
    if kind is ReviewKind.TEMPLATE:
        return True
    known = content.ids(tx, kind)
    return any(each.content_id in known for each in listed)


def _settle_there(tx: Tx, submission: Submission, there: There, looked: str, now: datetime) -> None:
    """What is listed is listed; that a deleted one is missing takes two lists that agree."""
    if submission.asked.text is None and looked != submission.change.looked:
        next_at = now + rules.FIRST_LOOK
        changes.note_look(tx, submission.change, looked=looked, next_at=next_at)
    else:
        ends.succeed(tx, submission, Outcome(BY_RECORD, there.content_id), now)


def _follow(tx: Tx, submission: Submission, follows: Next, looked: str, now: datetime) -> None:
    match follows:
        case Next.LOOK_AGAIN:
            _look_again(tx, submission.change, looked, now)
        case Next.SEND_AGAIN:
            ends.put_back(tx, submission, Outcome(BY_RECORD), now, now)
        case Next.GIVE_UP:
            ends.fail(tx, submission, Outcome(BY_RECORD, detail=Failure.NOT_TAKEN.value), now)
        case Next.ASK_PERSON:
            ends.ask_person(tx, submission, now)
            _look_again(tx, submission.change, looked, now)
        case never:
            assert_never(never)


def _look_again(tx: Tx, change: Change, looked: str, now: datetime) -> None:
    if change.signed_at is not None:
        next_at = rules.next_look_at(change.signed_at, now)
        changes.note_look(tx, change, looked=looked, next_at=next_at)
