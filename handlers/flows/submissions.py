"""What was approved, on its way to Tencent: the attempt, its answer, and what a restart finds.

Neither Add, Modify nor Delete has an idempotency key. What holds here: the attempt is committed
before its first byte leaves and signed with that committed time; only one attempt about the same
thing is open at a time; and nothing that may have been taken is sent again before Tencent's own
lists, read when no late copy can be taken any more, do not show it (`change_doubts`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.rules import retries
from bot.rules.changes import Change as Asked
from bot.rules.content import Content
from bot.rules.requests import RequestEvent, RequestState
from bot.rules.retries import Exchange, Fate, Verdict, Why
from bot.rules.review_hours import ReviewKind
from bot.rules.submissions import Wanted
from bot.slack.messages.changes import ChangeView
from bot.tencent.wire import Changed, ChangeOutcome, Refused, Unknown, Unsent
from handlers.flows import approvals, backing
from handlers.flows import changes as ends
from handlers.flows.backing import NOBODY_ASKED, Answers, Standing
from handlers.flows.changes import (
    BY_ANSWER,
    BY_RECORD,
    BY_RULE,
    Failure,
    Submission,
    id_of,
    kind_of,
    wanted_of,
)
from storage import cards, changes, requests, reviews
from storage.changes import Change, Outcome
from storage.db import Tx
from storage.requests import Request

AT_ONCE = 20
#: Until Slack is asked again whether those who approved still may.
UNASKED_FOR = timedelta(seconds=15)
#: While another attempt about the same thing is open.
FENCED_FOR = timedelta(seconds=15)
AT_LEAST_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one exchange with Tencent said about one change."""

    fate: Fate
    content_id: str = ""
    detail: str = ""
    tencent_request_id: str = ""


def find_due(tx: Tx, now: datetime) -> list[Submission]:
    """What is to be submitted now. A request that is not approved any more is let go, one that
    cannot be read fails."""
    found = []
    for change in changes.find_due(tx, now, AT_ONCE):
        submission = ends.load(tx, change)
        if submission is None:
            ends.fail_unstarted(tx, change, Failure.DAMAGED, now)
        elif submission.request.state is not RequestState.APPROVED:
            changes.drop(tx, change)
        else:
            found.append(submission)
    return found


def put_off(
    tx: Tx, change: Change, wait: timedelta, now: datetime, *, code: str = "", detail: str = ""
) -> None:
    """Tries later; the card says why."""
    changes.put_off(tx, change, now + wait, code=code, detail=detail)
    cards.touch(tx, change.request_id, now)


def start(
    tx: Tx,
    submission: Submission,
    upstream: Content | None,
    now: datetime,
    answers: Answers = NOBODY_ASKED,
) -> Submission | None:
    """Commits an attempt; `now` is what its request is signed with.

    `upstream` is what Tencent has right now under the id that is to be changed, `answers` what
    Slack says of those who approved it. None where nothing is to be sent: no longer approved, nor
    by enough who still may, already gone, changed upstream, another one under way.
    """
    request = requests.lock(tx, submission.request.id)
    if request is None or request.state is not RequestState.APPROVED:
        changes.drop(tx, submission.change)
        return None
    if not _is_approved_still(tx, submission, request, now, answers):
        return None
    base = submission.asked.base
    if base is None:
        return _begin(tx, submission, request, now)
    if upstream is None:
        _end_without_upstream(tx, submission, request, now)
        return None
    if not wanted_of(base).is_like(upstream):
        # The store first: what is asked for in its place stands on what is there now.
        ends.keep(tx, upstream, now)
        if approvals.supersede(tx, request, now) is None:
            ends.fail_unstarted(tx, submission.change, Failure.DAMAGED, now)
        else:
            changes.drop(tx, submission.change)
        return None
    return _begin(tx, submission, request, now)


def read_outcome(change: Change, outcome: ChangeOutcome, now: datetime) -> Answer:
    """What `outcome` means for the attempt."""
    tries = change.attempts
    match outcome:
        case Changed():
            fate = Fate(Verdict.ACCEPTED, Why.TAKEN)
            return Answer(fate, outcome.id, tencent_request_id=outcome.request_id)
        case Unsent():
            fate = retries.judge_request(Exchange.UNSENT, now=now, tries=tries)
            return Answer(fate, detail=outcome.reason.value)
        case Unknown():
            return unknown_answer(now, outcome.reason.value)
        case Refused():
            fate = retries.judge_request(Exchange.REFUSED, now=now, code=outcome.code, tries=tries)
            return Answer(fate, tencent_request_id=outcome.request_id)
        case never:
            assert_never(never)


def unknown_answer(now: datetime, detail: str = "unknown") -> Answer:
    """Bytes may have left, and nothing is known."""
    return Answer(retries.judge_request(Exchange.UNKNOWN, now=now), detail=detail)


def settle(tx: Tx, submission: Submission, answer: Answer, now: datetime) -> None:
    """Saves what an attempt came to."""
    outcome = Outcome(
        BY_ANSWER,
        content_id=answer.content_id,
        code=answer.fate.code,
        detail=answer.detail,
        tencent_request_id=answer.tencent_request_id,
    )
    match answer.fate.verdict:
        case Verdict.ACCEPTED if _is_strange(tx, submission, answer.content_id):
            # The id is another request's: the answer contradicts what Tencent said before.
            ends.doubt(tx, submission, Outcome(BY_ANSWER, detail="shape"), now)
        case Verdict.ACCEPTED:
            ends.succeed(tx, submission, outcome, now)
        case Verdict.REFUSED:
            ends.fail(tx, submission, outcome, now)
        case Verdict.RETRY_LATER:
            wait = timedelta(seconds=max(answer.fate.after_s or 0.0, AT_LEAST_S))
            ends.put_back(tx, submission, outcome, now + wait, now)
        case Verdict.IN_DOUBT:
            ends.doubt(tx, submission, outcome, now)
        case never:
            assert_never(never)


def recover(tx: Tx, now: datetime) -> int:
    """After a start: an attempt that was under way is in doubt. Returns how many.

    Only the process that holds the database file runs this, so nobody else is submitting.
    """
    under_way = [
        each for each in ends.load_open(tx) if each.request.state is RequestState.EXECUTING
    ]
    for each in under_way:
        ends.doubt(tx, each, Outcome(BY_RULE, detail="restarted"), now)
    return len(under_way)


def view_of(tx: Tx, request_id: str) -> ChangeView | None:
    """What a card says about the change of a request; None before it is approved."""
    change, request = changes.get(tx, request_id), requests.get(tx, request_id)
    if change is None or request is None:
        return None
    return ChangeView(
        kind=request.kind,
        state=request.state,
        attempts=change.attempts,
        due_at=change.due_at,
        signed_at=change.signed_at,
        content_id=change.content_id,
        code=change.code,
        detail=change.detail,
        is_asked=change.asked_at is not None,
        settled_by=change.settled_by,
    )


def fence_of(tx: Tx, asked: Asked) -> str:
    """What only one open attempt may be about: the id, or all that a new one is known by."""
    if asked.text is None or asked.base is not None:
        return fence_of_id(kind_of(asked), id_of(asked))
    wanted = wanted_of(asked.text)
    international = asked.text.international
    return fence_of_new(tx, kind_of(asked), wanted.name, wanted.text, international=international)


def fence_of_id(kind: ReviewKind, content_id: str) -> str:
    """The fence of a change to something that exists."""
    return f"{kind.value}:{content_id}"


def fence_of_new(tx: Tx, kind: ReviewKind, name: str, text: str, *, international: bool) -> str:
    """The fence of something that is to be made."""
    normal = Wanted(name, text).normal
    side = str(int(international))
    return "new:" + tx.vault.fingerprint(kind.value, side, normal.name, normal.text)


def open_fences(tx: Tx) -> frozenset[str]:
    """What attempts are open about: a list that shows it changed shows our own doing."""
    return frozenset(change.fence for change in changes.find_open(tx))


def _end_without_upstream(tx: Tx, submission: Submission, request: Request, now: datetime) -> None:
    """Tencent no longer has what was to be changed: a deletion has nothing left to do."""
    if submission.asked.text is not None:
        ends.fail_unstarted(tx, submission.change, Failure.GONE, now)
        return
    begun = _begin(tx, submission, request, now)
    if begun is not None:
        gone = Outcome(BY_RECORD, submission.content_id, detail=Failure.GONE.value)
        ends.succeed(tx, begun, gone, now)


def _is_approved_still(
    tx: Tx, submission: Submission, request: Request, now: datetime, answers: Answers
) -> bool:
    """Whether it says what was approved, by people who still may; where too few do, it waits for
    words again."""
    if not requests.is_as_asked(tx, request):
        ends.fail_unstarted(tx, submission.change, Failure.DAMAGED, now)
        return False
    asked = answers.get(request.id)
    standing = backing.judge(tx, request.id, answers, now)
    if standing is Standing.LAPSED and asked is not None:
        if backing.lapse(tx, request, asked, now):
            changes.drop(tx, submission.change)
    elif standing is not Standing.HOLDS:
        put_off(tx, submission.change, UNASKED_FOR, now, detail="unasked")
    return standing is Standing.HOLDS


def _begin(tx: Tx, submission: Submission, request: Request, now: datetime) -> Submission | None:
    change = changes.start(tx, request.id, fence_of(tx, submission.asked), now)
    if change is None:
        put_off(tx, submission.change, FENCED_FOR, now, detail="fenced")
        return None
    if requests.advance(tx, request, RequestEvent.START, now) is None:
        raise LookupError(f"{request.id} is not approved any more")
    cards.touch(tx, request.id, now)
    return ends.load(tx, change)


def _is_strange(tx: Tx, submission: Submission, content_id: str) -> bool:
    """Whether Tencent's answer to an Add names what another request of ours has made."""
    return not submission.content_id and content_id in reviews.claimed_ids(tx, submission.kind)
