"""Drafts whose recipients are to be read, and the reading of them without a wire."""

from datetime import timedelta
from typing import Any

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Template
from bot.rules.recipients import is_first_row
from bot.rules.requests import RequestKind
from bot.settings import Settings
from bot.sheets import read_rows
from handlers.flows import recipients
from handlers.flows.recipients import Chunk, Order, Preparer
from storage import cards, content, jobs, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import Job, NewJob
from tests.storage.rows import LIN, NOW

CONTENT = "订单{1}，明天到"


def template(content_: str = CONTENT) -> Template:
    """A usable one, for the mainland."""
    return Template("2220", "发货", content_, True, False, ReviewState.USABLE, "")


def add_draft(tx: Tx, source: dict[str, Any] | None = None, content_: str = CONTENT) -> RequestId:
    """A draft as somebody just asked for it, with its template and its card."""
    content.put_templates(tx, [template(content_)], NOW)
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app="demo",
        payload={"content": content_, "template_id": "2220"},
        requester=LIN,
        channel="C0SMS",
        now=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    job = NewJob(
        request_id=request.id,
        app="demo",
        class_=TemplateClass.NOTICE,
        template_id="2220",
        signature="腾讯云",
        is_equal=False,
        source_file={"kind": "file", **(source or {})},
        at=None,
        valid_for_s=3_600,
    )
    jobs.add(tx, job)
    cards.add(tx, request.id, "C0SMS", NOW)
    return request.id


def begin(tx: Tx, request_id: RequestId, settings: Settings) -> Order:
    order = recipients.begin(tx, request_id, settings, NOW)
    assert isinstance(order, Order)
    return order


def preparer(order: Order, body: str) -> Preparer:
    return Preparer(order, read_rows([body.encode()], is_first_row))


def read(
    tx: Tx, request_id: RequestId, body: str, settings: Settings, chunks: int = 1_000
) -> list[Chunk]:
    """Reads a list from where it stands, at most so many chunks of it."""
    order = begin(tx, request_id, settings)
    reader = preparer(order, body)
    stored: list[Chunk] = []
    while len(stored) < chunks and (chunk := reader.next()) is not None:
        recipients.store(tx, order, chunk, reader.facts, NOW)
        stored.append(chunk)
    return stored


def must_get(tx: Tx, request_id: RequestId) -> Job:
    job = jobs.get(tx, request_id)
    assert job is not None
    return job


def messages(tx: Tx, request_id: RequestId) -> list[tuple[int, str]]:
    """(row of the file, number) of what is held, in the order of the ids."""
    rows = tx.all(
        "SELECT file_row, number FROM messages WHERE request_id = :id ORDER BY id", id=request_id
    )
    return [(row["file_row"], tx.vault.open_number(row["number"])) for row in rows]
