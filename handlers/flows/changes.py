"""Where a change on its way to Tencent has got to: done, failed, in doubt, or back in the queue.

Every end goes through here, so that row, request, review, card and thread say the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import assert_never

from bot.rules import submissions as rules
from bot.rules.audit import What
from bot.rules.changes import Change as Asked
from bot.rules.changes import (
    SignatureBase,
    SignatureChange,
    SignatureText,
    TemplateBase,
    TemplateChange,
    TemplateText,
    change_of,
)
from bot.rules.content import Content, ReviewState, Signature, Template
from bot.rules.requests import RequestEvent, RequestState
from bot.rules.review_hours import ReviewKind
from bot.rules.submissions import Wanted
from handlers.flows import audit
from storage import cards, changes, content, posts, requests, reviews
from storage.changes import Change, Outcome
from storage.damage import Damage
from storage.db import Tx
from storage.requests import Request

BY_ANSWER, BY_RECORD, BY_RULE = "answer", "record", "rule"


class Failure(StrEnum):
    """Why a change failed, where no code of Tencent's says it; the value names its sentence."""

    #: This provider cannot submit content.
    NO_PROVIDER = "no_provider"
    #: What is stored is not what was approved, or cannot be read.
    DAMAGED = "damaged"
    #: An image that goes along is not kept any more.
    NO_IMAGE = "no_image"
    #: Tencent refuses to show what is to be changed.
    CANNOT_LOOK = "cannot_look"
    #: It is not at Tencent any more.
    GONE = "gone"
    #: Sent three times, and never taken.
    NOT_TAKEN = "not_taken"
    #: It waited when the file was copied that is now in place: it may have been submitted since.
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Submission:
    """An approved request that is to be submitted, or one in doubt."""

    change: Change
    request: Request
    asked: Asked

    @property
    def kind(self) -> ReviewKind:
        return kind_of(self.asked)

    @property
    def content_id(self) -> str:
        """What it is about; empty for what is to be made."""
        return id_of(self.asked)

    @property
    def sides(self) -> tuple[bool, ...]:
        """Which lists can show it (`international`); a deletion does not say."""
        return (False, True) if self.asked.text is None else (self.asked.text.international,)


def kind_of(asked: Asked) -> ReviewKind:
    match asked:
        case TemplateChange():
            return ReviewKind.TEMPLATE
        case SignatureChange():
            return ReviewKind.SIGNATURE
        case never:
            assert_never(never)


def id_of(asked: Asked) -> str:
    match asked:
        case TemplateChange():
            return asked.template_id
        case SignatureChange():
            return asked.signature_id
        case never:
            assert_never(never)


def wanted_of(of: TemplateText | TemplateBase | SignatureText | SignatureBase) -> Wanted:
    """By what a list shows it: its name, and the text that is reviewed."""
    match of:
        case TemplateText() | TemplateBase():
            return Wanted(of.name, of.content)
        case SignatureText() | SignatureBase():
            return Wanted(of.name, of.name)
        case never:
            assert_never(never)


def load(tx: Tx, change: Change, damage: Damage | None = None) -> Submission | None:
    """A change with its request; None where that cannot be read as one: what is damaged is noted
    in `damage`."""
    noted = Damage() if damage is None else damage
    find = partial(requests.get, tx, change.request_id)
    request = noted.read(f"requests {change.request_id}", find, otherwise=None)
    if request is None:
        return None
    try:
        return Submission(change, request, change_of(request.kind, request.payload))
    except ValueError:
        return None


def load_open(tx: Tx, damage: Damage | None = None) -> list[Submission]:
    """All with an open attempt, under way or in doubt, oldest attempt first."""
    found = [load(tx, change, damage) for change in changes.find_open(tx)]
    return [each for each in found if each is not None]


def succeed(tx: Tx, submission: Submission, outcome: Outcome, now: datetime) -> None:
    """Tencent has the change."""
    finished = changes.finish(tx, submission.change, outcome, now)
    if finished is None:
        return
    requests.advance(tx, submission.request, RequestEvent.SUCCEED, now)
    _enter(tx, What.REQUEST_EXECUTED, submission.request, outcome, now)
    if submission.asked.text is None:
        forget(tx, submission.kind, submission.content_id, now)
    else:
        _begin_review(tx, submission, finished, now)
    _tell(tx, submission.request, finished, submission.asked.name, "done", now)


def fail(tx: Tx, submission: Submission, outcome: Outcome, now: datetime) -> None:
    """Tencent has not got it, for certain, and it is not sent again by itself."""
    finished = changes.finish(tx, submission.change, outcome, now)
    if finished is not None:
        requests.advance(tx, submission.request, RequestEvent.FAIL, now)
        _enter(tx, What.REQUEST_FAILED, submission.request, outcome, now)
        _tell(tx, submission.request, finished, submission.asked.name, "failed", now)


def fail_unstarted(tx: Tx, change: Change, why: Failure, now: datetime, code: str = "") -> None:
    """Ends a change of which nothing has left, whether it can be read or not."""
    request = requests.get_shown(tx, change.request_id)
    if request is None or requests.advance(tx, request, RequestEvent.FAIL, now) is None:
        changes.drop(tx, change)
        return
    outcome = Outcome(BY_RULE, code=code, detail=why.value)
    _enter(tx, What.REQUEST_FAILED, request, outcome, now)
    closed = changes.close(tx, change, outcome, now)
    if closed is not None:
        _tell(tx, request, closed, _name_of(request), "failed", now)


def doubt(tx: Tx, submission: Submission, outcome: Outcome, now: datetime) -> None:
    """Nobody knows whether Tencent has it."""
    doubted = changes.note_doubt(tx, submission.change, now + rules.FIRST_LOOK, outcome)
    if doubted is not None:
        requests.advance(tx, submission.request, RequestEvent.DOUBT, now)
        _tell(tx, submission.request, doubted, submission.asked.name, "in_doubt", now)


def put_back(
    tx: Tx, submission: Submission, outcome: Outcome, due_at: datetime, now: datetime
) -> None:
    """Tencent has not got it, for certain: the same is sent again from `due_at` on."""
    was_doubt = submission.request.state is RequestState.IN_DOUBT
    back = changes.put_back(
        tx, submission.change, due_at=due_at, outcome=outcome, was_doubt=was_doubt
    )
    if back is None:
        return
    requests.advance(tx, submission.request, RequestEvent.RETRY, now)
    if was_doubt:
        _tell(tx, submission.request, submission.change, submission.asked.name, "again", now)
    cards.touch(tx, submission.request.id, now)


def ask_person(tx: Tx, submission: Submission, now: datetime) -> None:
    """No list will tell: somebody looks into the console. Asked once a doubt."""
    if changes.note_asked(tx, submission.change, now):
        _tell(tx, submission.request, submission.change, submission.asked.name, "asked", now)


def keep(tx: Tx, found: Content, now: datetime) -> None:
    """What Tencent has, into our lists."""
    match found:
        case Template():
            content.put_templates(tx, [found], now)
        case Signature():
            content.put_signatures(tx, [found], now)
        case never:
            assert_never(never)


def forget(tx: Tx, kind: ReviewKind, content_id: str, now: datetime) -> None:
    """A template or signature is gone from Tencent: out of our lists, and nothing of it is left to
    follow."""
    match kind:
        case ReviewKind.TEMPLATE:
            content.remove_template(tx, content_id)
        case ReviewKind.SIGNATURE:
            content.remove_signature(tx, content_id)
        case never:
            assert_never(never)
    reviews.end(tx, kind, content_id, now)


def _begin_review(tx: Tx, submission: Submission, change: Change, now: datetime) -> None:
    """Its review begins; until the next list it is known as it was asked for."""
    submitted_at = change.signed_at or now
    reviews.begin(
        tx,
        submission.kind,
        change.content_id,
        international=submission.sides == (True,),
        request_id=submission.request.id,
        submitted_at=submitted_at,
        # At once: a doubt settled late may have its verdict already.
        poll_at=now,
    )
    keep(tx, _as_asked(tx, submission.asked, change.content_id, submitted_at), now)


def _as_asked(tx: Tx, asked: Asked, content_id: str, submitted_at: datetime) -> Content:
    match asked:
        case TemplateChange(text=TemplateText() as text):
            known = content.get_template(tx, content_id) or _new_template(content_id, text)
            return replace(
                known,
                name=text.name,
                content=text.content,
                review=ReviewState.UNDER_REVIEW,
                review_reply="",
                created_at=submitted_at,
            )
        case SignatureChange(text=SignatureText() as text):
            sign = content.get_signature(tx, content_id) or _new_signature(content_id, text)
            return replace(
                sign,
                name=text.name,
                review=ReviewState.UNDER_REVIEW,
                review_reply="",
                created_at=submitted_at,
                qualification_id=text.qualification_id or "",
            )
        case _:
            raise LookupError("a deletion leaves nothing to keep")


def _new_template(content_id: str, text: TemplateText) -> Template:
    abroad = text.international
    return Template(content_id, "", "", not abroad, abroad, ReviewState.UNDER_REVIEW, "")


def _new_signature(content_id: str, text: SignatureText) -> Signature:
    return Signature(content_id, "", text.international, ReviewState.UNDER_REVIEW, "")


def _enter(tx: Tx, what: What, request: Request, outcome: Outcome, now: datetime) -> None:
    """A doubt may have been settled by a person's word."""
    by = outcome.settled_by if outcome.settled_by.startswith(("U", "W")) else ""
    audit.enter_request(tx, what, request, by, now, content=outcome.content_id, code=outcome.code)


def _name_of(request: Request) -> str:
    """What it is about; the request's own id where its payload cannot be read."""
    try:
        return change_of(request.kind, request.payload).name
    except ValueError:
        return request.id


def _tell(tx: Tx, request: Request, change: Change, name: str, what: str, now: datetime) -> None:
    """The card is shown again, and its thread says what happened."""
    cards.touch(tx, request.id, now)
    facts = {
        "kind": request.kind.value,
        "name": name,
        "requester": request.requester,
        "content_id": change.content_id,
        "code": change.code,
        "detail": change.detail,
        "settled_by": change.settled_by,
        "request_id": request.id,
        "attempt": change.attempt or "",
    }
    key = f"change:{request.id}:{change.attempts}:{what}"
    posts.add(tx, key, f"change.{what}", facts, request_id=request.id, now=now)
