"""Requests to change templates, the people who decide on them, and what their threads say."""

import json
from datetime import datetime
from typing import Any

from bot.rules.approvals import Ballot, Verdict, Via
from bot.rules.changes import TemplateBase, TemplateChange, TemplateText
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Template
from bot.rules.requests import RequestState
from bot.settings import Settings, load
from handlers.flows import approvals, voting
from handlers.flows.voting import Outcome
from storage import content, posts, requests
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.conftest import ENVIRON, ROOT
from tests.policies import PLAIN
from tests.storage.rows import LIN, MAYA, NOW

BO, EVE = "U0BO", "U0EVE"


def settings_with(**overrides: object) -> Settings:
    """The repository's app.yaml, a plain policy, and other values under dotted keys."""
    loaded = load(ROOT / "app.yaml", ENVIRON, {**PLAIN, **overrides})
    assert isinstance(loaded, Settings), loaded
    return loaded


SETTINGS = settings_with()
APPROVERS = frozenset({MAYA, BO})
TEMPLATE_ID = "1111"
AS_LISTED = TemplateBase("发货通知", "您的订单{1}已发货。")
WANTED = TemplateText("发货通知", "订单{1}已经发货。", TemplateClass.NOTICE, False, "发货后发送")
CREATE = TemplateChange(text=WANTED)
MODIFY = TemplateChange(TEMPLATE_ID, AS_LISTED, WANTED)
DELETE = TemplateChange(TEMPLATE_ID, AS_LISTED)


def listed(content_: str = AS_LISTED.content, name: str = AS_LISTED.name) -> Template:
    return Template(TEMPLATE_ID, name, content_, True, False, ReviewState.USABLE, "")


def list_templates(tx: Tx, *templates: Template, now: datetime = NOW) -> None:
    """What Tencent's list says from here on."""
    content.replace_templates(tx, templates, now)


def ask(
    tx: Tx,
    settings: Settings,
    change: TemplateChange = CREATE,
    requester: str = LIN,
    now: datetime = NOW,
) -> Request:
    return approvals.ask(
        tx,
        change.kind,
        "demo",
        change.payload(),
        requester=requester,
        channel="C0SMS",
        settings=settings,
        now=now,
    )


def ballot(
    request: Request,
    user: str = MAYA,
    verdict: Verdict = Verdict.APPROVE,
    via: Via = Via.BUTTON,
    approvers: frozenset[str] = APPROVERS,
) -> Ballot:
    seen = request.sha256[:32] if via is Via.BUTTON else None
    return Ballot(user, verdict, via, approvers, seen)


def say(
    tx: Tx,
    request: Request,
    user: str = MAYA,
    verdict: Verdict = Verdict.APPROVE,
    now: datetime = NOW,
) -> Outcome:
    """A button pressed."""
    return voting.vote(tx, request.id, ballot(request, user, verdict), SETTINGS, now)


def expire_due(tx: Tx, now: datetime) -> int:
    """What the job does; how many have expired."""
    return sum(approvals.expire_one(tx, each, now) for each in approvals.find_expired(tx, now))


def state(tx: Tx, request: Request) -> RequestState:
    found = requests.get(tx, request.id)
    assert found is not None
    return found.state


def thread(tx: Tx, request: Request) -> list[str]:
    """What is said under the card, by kind, in order."""
    rows = tx.all("SELECT kind FROM posts WHERE request_id = :id ORDER BY nth", id=request.id)
    return [row["kind"].removeprefix("approval.") for row in rows]


def facts(tx: Tx, key: str) -> dict[str, Any]:
    row = tx.one("SELECT facts FROM posts WHERE key = :key", key=key)
    assert row is not None, key
    return dict(_open(tx, row["facts"]))


def submissions(tx: Tx) -> list[str]:
    """The requests that are due for submission."""
    return [row["request_id"] for row in tx.all("SELECT request_id FROM changes")]


def _open(tx: Tx, sealed: str) -> Any:
    return json.loads(tx.vault.open(sealed, purpose=posts.PURPOSE))
