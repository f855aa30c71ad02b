"""One request, step by step: who asked, who had to say yes and did, what was done about it."""

from collections.abc import Iterator
from datetime import datetime

from bot.rules.approvals import Verdict, Vote
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState
from bot.rules.limits import Wanted
from bot.rules.numbers import read_number
from bot.rules.requests import RequestKind, RequestState
from bot.rules.timeline import Facts, Groups, Id, Person, Place, Step, StepKind, Words
from bot.slack.messages import notices
from handlers.flows import limit_past
from handlers.flows.delivery import BY_RULE
from storage import approvals, changes, jobs, reviews, whys
from storage.changes import Change
from storage.damage import Damage
from storage.db import Tx
from storage.jobs import Job
from storage.requests import Request
from storage.reviews import Review

#: Told from the votes themselves, or only to hurry somebody.
TOLD_OTHERWISE = frozenset(
    {
        *("approval.asked", "approval.waived", "approval.elsewhere", "approval.counted"),
        *("approval.approved", "approval.rejected", "approval.reason", "approval.ending"),
        *("approval.reminder", "change.done", "review.result"),
    }
)
VOTED = {
    (Verdict.APPROVE, False): StepKind.APPROVED,
    (Verdict.APPROVE, True): StepKind.APPROVED_TAKEN_BACK,
    (Verdict.REJECT, False): StepKind.REJECTED,
    (Verdict.REJECT, True): StepKind.REJECTED_TAKEN_BACK,
}


def steps(tx: Tx, request: Request, damage: Damage) -> Iterator[Step]:
    """From the asking to its end, without the messages of a send; what cannot be read of it is
    noted in `damage`."""
    facts: Facts = {"person": Person(request.requester), "place": Place(request.channel)}
    yield Step(StepKind.ASKED, request.created_at, facts)
    yield from damage.each(f"approvals {request.id}", _approval(tx, request, damage))
    yield from _said(tx, request, damage)
    yield from damage.each(f"jobs {request.id}", _sent(tx, request))
    yield from damage.each(f"changes {request.id}", _at_tencent(tx, request))


def _sent(tx: Tx, request: Request) -> Iterator[Step]:
    job = jobs.get(tx, request.id)
    if job is not None:
        yield from _job(tx, request, job)
    elif request.kind is RequestKind.SEND:
        yield from _draft(tx, request)


def _at_tencent(tx: Tx, request: Request) -> Iterator[Step]:
    change = changes.get(tx, request.id)
    if change is not None:
        yield from _change(change)
    review = reviews.of_request(tx, request.id)
    if review is not None:
        yield from _review(review)


def _approval(tx: Tx, request: Request, damage: Damage) -> Iterator[Step]:
    asked = approvals.get(tx, request.id)
    if asked is None:
        return
    if not asked.needed:
        yield Step(StepKind.WAIVED, asked.asked_at)
    else:
        facts: Facts = {
            "needed": asked.needed,
            "groups": Groups(asked.approvers),
            "time": asked.expires_at,
        }
        yield Step(StepKind.APPROVAL_ASKED, asked.asked_at, facts)
    for word in approvals.votes_of(tx, request.id):
        if word.is_damaged:
            damage.note(f"votes {request.id} {word.vote.user_id}")
        if word.was_said:
            yield _vote(word.vote, word.reason)


def _vote(vote: Vote, reason: str) -> Step:
    kind = VOTED[vote.verdict, vote.is_taken_back]
    via = Words(f"timeline.via.{vote.via.value}")
    return Step(kind, vote.at, {"person": Person(vote.user_id), "via": via, "said": reason})


def _said(tx: Tx, request: Request, damage: Damage) -> Iterator[Step]:
    """What its thread says: each line is kept with what happened, and told once."""
    for line in whys.lines_of(tx, request.id):
        if line.facts is None:
            damage.note(f"posts {line.key}")
        elif line.kind in notices.KINDS and line.kind not in TOLD_OTHERWISE:
            yield Step(StepKind.SAID, line.at, post=(line.kind, line.facts))


def _draft(tx: Tx, request: Request) -> Iterator[Step]:
    """A send to one number that was previewed and has no message: what kept it."""
    at = whys.changed_at(tx, request.id)
    refused = whys.refusal_of(tx, request.app, request.id, request.created_at)
    # What it would have been stands in its payload alone.
    if refused is not None and not request.is_damaged:
        number, content, _ = refused
        wanted = _wanted(request, content)
        uses = limit_past.uses_at(tx, request.app, number, wanted, request.created_at)
        yield Step(StepKind.LIMITS, request.created_at, uses=uses)
    if refused is not None:
        *_, rule = refused
        hit = Words(f"timeline.rule.{rule.value}")
        yield Step(StepKind.LIMIT_REFUSED, request.created_at, {"rule": hit})
    match request.state:
        case RequestState.WITHDRAWN:
            yield Step(StepKind.DISCARDED, at, {"person": Person(request.requester)})
        case RequestState.EXPIRED:
            yield Step(StepKind.EXPIRED_DRAFT, request.expires_at)
        case RequestState.DRAFT:
            return
        case _:
            yield Step(StepKind.CONFIRMED, None, {"person": Person(request.requester)})


def _wanted(request: Request, content: str) -> Wanted:
    """What a draft would have been; `content` is the hash of its text."""
    read = read_number(str(request.payload.get("number", "")))
    class_ = TemplateClass(request.payload.get("class", TemplateClass.NOTICE.value))
    return Wanted(class_, content, getattr(read, "country", None) or "")


def _job(tx: Tx, request: Request, job: Job) -> Iterator[Step]:
    if job.checked_at is not None:
        counts = {"total": job.total, "bad_rows": job.bad_rows, "duplicates": job.duplicates}
        yield Step(StepKind.CHECKED, job.checked_at, counts)
    if job.started_at is not None:
        yield Step(StepKind.STARTED, job.started_at)
    elif job.starts_at is not None:
        yield Step(StepKind.SCHEDULED, None, {"time": job.starts_at})
    at = whys.changed_at(tx, request.id)
    by = {"person": Person(job.stopped_by or BY_RULE)}
    if request.state is RequestState.PAUSED:
        yield Step(StepKind.PAUSED, at, by)
    elif request.state is RequestState.CANCELLED:
        yield Step(StepKind.CANCELLED_JOB, at, by)
    if job.ended_at is not None:
        yield Step(StepKind.ENDED, job.ended_at)


def _change(change: Change) -> Iterator[Step]:
    if change.signed_at is not None:
        yield Step(StepKind.SUBMITTED, change.signed_at, {"nth": change.attempts})
    if change.done_at is None:
        return
    if change.code:
        yield Step(StepKind.NOT_TAKEN, change.done_at, code=change.code)
    elif change.content_id:
        yield Step(StepKind.TAKEN, change.done_at, {"id": Id(change.content_id)})


def _review(review: Review) -> Iterator[Step]:
    if review.decided_at is None:
        yield Step(StepKind.IN_REVIEW, None)
    else:
        facts: Facts = {"state": Words(_state_key(review.state)), "said": review.reply}
        yield Step(StepKind.REVIEW_DECIDED, review.decided_at, facts)


def _state_key(state: ReviewState) -> str:
    return f"listing.state.{state.name.lower()}"


def asked_until_sent(
    tx: Tx, request: Request, confirmed_at: datetime, damage: Damage
) -> Iterator[Step]:
    """The part of a request's story that is every message's of it."""
    found = steps(tx, request, damage)
    yield from (each for each in found if each.kind is not StepKind.CONFIRMED)
    if damage.read(f"jobs {request.id}", lambda: jobs.get(tx, request.id) is None, otherwise=False):
        by = {"person": Person(request.requester)}
        yield Step(StepKind.CONFIRMED, confirmed_at, by)
