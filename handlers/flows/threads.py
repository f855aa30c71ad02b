"""What is said under the card of a request that is under a policy: a line at a time, once each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.rules.changes import SignatureChange, TemplateChange
from bot.rules.subjects import (
    AppResume,
    LimitExempt,
    LimitsChange,
    ManySend,
    NumberErasure,
    OptoutRemoval,
    subject_of,
)
from bot.slack.messages.limit_changes import name_of as change_name
from handlers.flows.preflights import preflight_of
from storage import approvals, cards, content, jobs, posts
from storage.db import Tx
from storage.requests import Request


def say(
    tx: Tx, request: Request, what: str, facts: Mapping[str, Any], now: datetime, key: str = ""
) -> bool:
    """A line in the request's thread, once for each `what` and `key`."""
    name = ":".join(filter(None, (request.id, what, key)))
    known = facts_of(tx, request, facts)
    return posts.add(tx, name, f"approval.{what}", known, request_id=request.id, now=now)


def end(
    tx: Tx, request: Request, what: str, facts: Mapping[str, Any], now: datetime, key: str = ""
) -> None:
    """Nobody is waited for any more: the card and its thread say why."""
    approvals.note_decided(tx, request.id, now)
    cards.touch(tx, request.id, now)
    say(tx, request, what, facts, now, key)


def facts_of(tx: Tx, request: Request, more: Mapping[str, Any]) -> dict[str, Any]:
    """What every line about a request may need; of one that cannot be read, what is known."""
    return {
        "request_id": request.id,
        "kind": request.kind.value,
        "name": "" if request.is_damaged else name_of(tx, request),
        "recipients": 0 if request.is_damaged else recipients_of(tx, request),
        "requester": request.requester,
        **more,
    }


def name_of(tx: Tx, request: Request) -> str:
    """What people call what is asked for: a name, a number (masked) or an app."""
    match subject_of(request.kind, request.payload):
        case (
            TemplateChange() | SignatureChange() | OptoutRemoval() | LimitExempt() | NumberErasure()
        ) as named:
            return named.name
        case AppResume():
            return request.app
        case LimitsChange() as change:
            return f"{request.app}: {change_name(change)}"
        case ManySend(template_id=template_id):
            template = content.get_template(tx, template_id)
            return template.name if template else template_id


def recipients_of(tx: Tx, request: Request) -> int:
    """How many a send goes to, without those who opted out; 0 for anything else."""
    found, job = preflight_of(request), jobs.get(tx, request.id)
    return 0 if job is None else found.recipients if found else job.total
