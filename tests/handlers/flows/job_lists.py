"""Sends to many as tests ask for them, and their lists read to the end."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.content import ReviewState, Signature, Template
from bot.settings import Settings
from handlers.flows import job_drafts, preflights, recipients
from handlers.flows.job_drafts import Attached, JobDraft, Pasted
from handlers.flows.recipients import Order, Preparer
from storage import content, jobs, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import Job
from storage.requests import Request
from tests.storage.rows import LIN, NOW

NOTICE = Template("2220", "notice", "你好 {1}", True, True, ReviewState.USABLE, "")
CODE = Template("1110", "code", "验证码 {1}", True, False, ReviewState.USABLE, "")
MARKETING = Template("2221", "sale", "新品上市，拒收请回复R", True, False, ReviewState.USABLE, "")
SIGN = Signature("1", "腾讯云", False, ReviewState.USABLE, "")
FILE = Attached("F1", "list.csv", 120, "https://files.slack.com/list.csv")


def list_content(tx: Tx, *templates: Template) -> None:
    content.replace_templates(tx, templates or (NOTICE, CODE, MARKETING), NOW)
    content.replace_signatures(tx, [SIGN], NOW)


def number(nth: int) -> str:
    """The nth of a hundred million mainland numbers."""
    return f"+86138{nth:08d}"


def draft_of(
    settings: Settings,
    source: Pasted | Attached,
    template: str = "2220",
    *values: str,
    at: datetime | None = None,
    valid_for_s: int = 14_400,
) -> JobDraft:
    """What Lin asks for; `values` are those of the variables, in order."""
    return JobDraft(
        source=source,
        template=template,
        pairs=[(str(variable), value) for variable, value in enumerate(values, 1)],
        app=settings.apps[0],
        signature=None,
        at=at,
        valid_for_s=valid_for_s,
        requester=LIN,
        channel="C0SMS",
    )


def drafted(tx: Tx, asked: JobDraft, now: datetime = NOW) -> RequestId:
    """Its request, its recipients not read yet."""
    request_id = job_drafts.draft_job(tx, asked, now)
    assert isinstance(request_id, str), request_id
    return request_id


def store(
    tx: Tx,
    request_id: RequestId,
    settings: Settings,
    rows: Sequence[Sequence[str]] = (),
    now: datetime = NOW,
) -> None:
    """All of its recipients: those that were typed, or the rows of a file."""
    order = recipients.begin(tx, request_id, settings, now)
    assert isinstance(order, Order), order
    source = job_of(tx, request_id).source_file or {}
    typed = recipients.pasted_rows(source["text"]) if "text" in source else None
    preparer = Preparer(order, typed or iter(list(enumerate(rows, 1))))
    while (chunk := preparer.next()) is not None:
        recipients.store(tx, order, chunk, preparer.facts, now)


def checked(
    tx: Tx,
    asked: JobDraft,
    settings: Settings,
    rows: Sequence[Sequence[str]] = (),
    now: datetime = NOW,
) -> Request:
    """The draft as its card shows it, all recipients read."""
    request_id = drafted(tx, asked, now)
    store(tx, request_id, settings, rows, now)
    found = preflights.survey(tx, request_id, settings, now)
    recipients.end(tx, request_id, found, settings, now)
    return request_of(tx, request_id)


def request_of(tx: Tx, request_id: str) -> Request:
    request = requests.get(tx, request_id)
    assert request is not None
    return request


def job_of(tx: Tx, request_id: str) -> Job:
    job = jobs.get(tx, request_id)
    assert job is not None
    return job
