"""Requests that change no content: sends to many, removals of opt-outs, resumptions of apps."""

from datetime import datetime

from bot.rules.approvals import Rule
from bot.rules.classes import TemplateClass
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.requests import RequestKind
from bot.rules.subjects import AppResume, OptoutRemoval
from bot.settings import Settings
from handlers.flows import approvals, jobs
from storage import app_stops, cards, optouts, requests
from storage import jobs as stored_jobs
from storage.db import Tx
from storage.ids import to_ms
from storage.jobs import NewJob
from storage.requests import Request
from tests.handlers.flows.asks import AS_LISTED, TEMPLATE_ID
from tests.storage.rows import LIN, NOW, NUMBER

SIGNATURE = "腾讯云"
MANY = 5_000


def draft_send(tx: Tx, *, requester: str = LIN, total: int = MANY, now: datetime = NOW) -> Request:
    """A job whose recipients are read and which its requester has not confirmed."""
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app="demo",
        payload={
            "template_id": TEMPLATE_ID,
            "content": AS_LISTED.content,
            "signature": SIGNATURE,
            "at_ms": None,
        },
        requester=requester,
        channel="C0SMS",
        now=now,
        expires_at=now,
    )
    stored_jobs.add(tx, _job(request))
    tx.run("UPDATE jobs SET total = :total WHERE request_id = :id", total=total, id=request.id)
    cards.add(tx, request.id, "C0SMS", now)
    return request


def ask_send(
    tx: Tx,
    settings: Settings,
    rule: Rule | None = None,
    requester: str = LIN,
    now: datetime = NOW,
) -> Request:
    """The same, confirmed."""
    draft = draft_send(tx, requester=requester, now=now)
    wanted = rule or settings.send_rule(TemplateClass.NOTICE, MANY, settings.apps[0].name)
    return approvals.ask_for_draft(tx, draft, wanted, settings, now)


def decline(tx: Tx, now: datetime = NOW) -> None:
    """Somebody says no, perhaps once more."""
    known = Optout(NUMBER, SIGNATURE, Scope.ALL, Source.REPLY, "TD", "", now)
    optouts.renew(tx, known)


def is_declined(tx: Tx) -> bool:
    return optouts.get(tx, NUMBER, SIGNATURE, Scope.ALL) is not None


def ask_removal(tx: Tx, settings: Settings, requester: str = LIN, now: datetime = NOW) -> Request:
    known = optouts.get(tx, NUMBER, SIGNATURE, Scope.ALL)
    assert known is not None
    removal = OptoutRemoval(NUMBER, SIGNATURE, Scope.ALL, "本人要求", to_ms(known.at))
    return _ask(tx, RequestKind.OPTOUT_REMOVE, removal, settings, requester, now)


def stop(tx: Tx, now: datetime = NOW) -> None:
    jobs.stop_app(tx, "demo", "U0EVE", "欠费", now)


def is_stopped(tx: Tx) -> bool:
    return bool(app_stops.list_all(tx))


def ask_resume(tx: Tx, settings: Settings, requester: str = LIN, now: datetime = NOW) -> Request:
    (known,) = app_stops.list_all(tx)
    resume = AppResume("已补缴", to_ms(known.stopped_at), known.stopped_by, known.reason)
    return _ask(tx, RequestKind.APP_RESUME, resume, settings, requester, now)


def _ask(
    tx: Tx,
    kind: RequestKind,
    subject: OptoutRemoval | AppResume,
    settings: Settings,
    requester: str,
    now: datetime,
) -> Request:
    return approvals.ask(
        tx,
        kind,
        "demo",
        subject.payload(),
        requester=requester,
        channel="C0SMS",
        settings=settings,
        now=now,
    )


def _job(request: Request) -> NewJob:
    return NewJob(
        request_id=request.id,
        app="demo",
        class_=TemplateClass.NOTICE,
        template_id=TEMPLATE_ID,
        signature=SIGNATURE,
        is_equal=True,
        source_file=None,
        at=None,
        valid_for_s=3_600,
    )
