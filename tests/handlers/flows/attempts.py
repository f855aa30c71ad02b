"""Approved changes on their way to Tencent, and what Tencent may answer or list."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.approvals import Ballot, Rule, Verdict, Via
from bot.rules.changes import (
    Change,
    Image,
    SignatureBase,
    SignatureChange,
    SignatureText,
    TemplateBase,
    TemplateChange,
    TemplateText,
)
from bot.rules.classes import TemplateClass
from bot.rules.content import Content, ReviewState, Template
from bot.rules.requests import RequestEvent, RequestState
from bot.tencent.wire import (
    Changed,
    ChangeOutcome,
    Refused,
    Unknown,
    UnknownReason,
    Unsent,
    UnsentReason,
)
from handlers.flows import submissions
from handlers.flows.changes import Submission
from storage import approvals, cards, changes, posts, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.requests import Request
from tests.storage.rows import LIN, MAYA, NOW

LOST = Unknown(UnknownReason.DEADLINE, "no whole answer within 15 s")
NOT_CONNECTED = Unsent(UnsentReason.CONNECT, "ClientConnectorError")
THROTTLED = Refused("RequestLimitExceeded", "", "r")
DIRTY = Refused("InvalidParameterValue.TemplateWithDirtyWords", "", "r")
THEIR_TIMEOUT = Refused("InternalError.Timeout", "", "r")
TEXT = TemplateText("到货通知", "您的订单已到货，请及时取件。", TemplateClass.NOTICE, False, "x")
CREATE = TemplateChange(text=TEXT)
BASE = TemplateBase("旧名", "您的订单已到货。")
MODIFY = TemplateChange("2001", BASE, TEXT)
DELETE = TemplateChange("2001", BASE)
PROOF = Image("a" * 64, "licence.png", 8)
SIGN_TEXT = SignatureText("示例品牌", 0, 0, False, False, "", "6001", PROOF, None)
SIGN_CREATE = SignatureChange(text=SIGN_TEXT)
SIGN_DELETE = SignatureChange("3001", SignatureBase("示例品牌"))
RULE = Rule(1, ("@sms-approvers",), False, 86_400, ("@sms-senders",))
#: Nobody had to approve it, so nobody is asked whether those who did still may.
FREE = replace(RULE, needed=0)
AS_BASE = Template("2001", BASE.name, BASE.content, True, False, ReviewState.REJECTED, "太短")


def approve(
    tx: Tx,
    change: Change = CREATE,
    now: datetime = NOW,
    channel: str = "C0SMS",
    rule: Rule = FREE,
) -> RequestId:
    """A request that was asked for, approved by Maya where somebody has to, and due at Tencent."""
    request = requests.add(
        tx,
        kind=change.kind,
        app="demo",
        payload=change.payload(),
        requester=LIN,
        channel=channel,
        now=now,
        expires_at=now + timedelta(days=1),
    )
    approvals.add(
        tx, request.id, rule, now=now, expires_at=request.expires_at, is_decided=not rule.needed
    )
    cards.add(tx, request.id, channel, now)
    if rule.needed:
        move(tx, request.id, RequestEvent.ASK, now)
        word = Ballot(MAYA, Verdict.APPROVE, Via.BUTTON, frozenset({MAYA}))
        approvals.put_vote(tx, request.id, word, reason="", event_us=0, now=now)
        approvals.note_decided(tx, request.id, now)
    move(tx, request.id, RequestEvent.APPROVE if rule.needed else RequestEvent.WAIVE, now)
    changes.add(tx, request.id, now)
    return request.id


def move(tx: Tx, request_id: str, event: RequestEvent, now: datetime = NOW) -> None:
    assert requests.advance(tx, must_request(tx, request_id), event, now) is not None


def must_request(tx: Tx, request_id: str) -> Request:
    request = requests.get(tx, request_id)
    assert request is not None
    return request


def state_of(tx: Tx, request_id: str) -> RequestState:
    return must_request(tx, request_id).state


def must_change(tx: Tx, request_id: str) -> changes.Change:
    change = changes.get(tx, request_id)
    assert change is not None
    return change


def begin(
    tx: Tx, change: Change = CREATE, now: datetime = NOW, upstream: Content | None = None
) -> Submission:
    """An attempt under way."""
    request_id = approve(tx, change, now)
    (due,) = [each for each in submissions.find_due(tx, now) if each.request.id == request_id]
    started = submissions.start(tx, due, upstream, now)
    assert started is not None
    return started


def end(tx: Tx, attempt: Submission, outcome: ChangeOutcome, now: datetime = NOW) -> None:
    """The attempt as `outcome` leaves it."""
    answer = submissions.read_outcome(attempt.change, outcome, now)
    submissions.settle(tx, attempt, answer, now)


def doubt(
    tx: Tx, change: Change = CREATE, now: datetime = NOW, upstream: Content | None = None
) -> Submission:
    """A change in doubt."""
    attempt = begin(tx, change, now, upstream)
    end(tx, attempt, LOST, now)
    return again(tx, attempt)


def again(tx: Tx, attempt: Submission) -> Submission:
    """The submission as it is stored by now."""
    request_id = attempt.request.id
    return replace(
        attempt, change=must_change(tx, request_id), request=must_request(tx, request_id)
    )


def made(content_id: str = "2001") -> Changed:
    return Changed(content_id, "r")


def listed(
    content_id: str = "2001",
    text: TemplateText | TemplateBase = TEXT,
    review: ReviewState = ReviewState.UNDER_REVIEW,
    created_at: datetime | None = NOW,
    reply: str = "",
) -> Template:
    """A mainland template as Tencent's list has it."""
    return Template(content_id, text.name, text.content, True, False, review, reply, created_at)


def said(tx: Tx, kind: str = "") -> list[posts.Post]:
    """What is to be said, in the order it was stored."""
    edited = ("edited_channel", "edited_user", "edited_ts")
    nowhere = ("card_channel", "card_ts", *edited, "root_channel", "root_user", "root_ts")
    nulls = ", ".join(f"NULL AS {name}" for name in nowhere)
    rows = tx.all(f"SELECT posts.*, {nulls} FROM posts ORDER BY posts.rowid")
    return [each for each in (posts._post(tx, row) for row in rows) if each.kind.startswith(kind)]
