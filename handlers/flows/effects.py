"""What an approval sets going, by kind, in the transaction of the last word needed.

A change of content becomes due for Tencent, a send gets its time; what touches only our own tables
is done at once.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.rules.audit import What
from bot.rules.changes import SignatureChange, TemplateChange
from bot.rules.requests import RequestEvent, RequestState
from bot.rules.subjects import (
    AppResume,
    LimitExempt,
    LimitsChange,
    ManySend,
    NumberErasure,
    OptoutRemoval,
    subject_of,
)
from bot.settings import Settings
from handlers.flows import audit, jobs, limit_changes, limit_exemptions
from storage import cards, changes, erasures, optouts, requests
from storage.db import Tx
from storage.requests import Request


def carry_out(tx: Tx, request: Request, settings: Settings, now: datetime) -> RequestState:
    """Sets an approved request going; returns the state it is in then."""
    match subject_of(request.kind, request.payload):
        case TemplateChange() | SignatureChange():
            changes.add(tx, request.id, now)
            return request.state
        case ManySend():
            jobs.schedule(tx, request, settings, now)
            return request.state
        case NumberErasure():
            return _started(tx, request, now)
        case OptoutRemoval() as removal:
            _remove(tx, request, removal, now)
        case AppResume():
            jobs.resume_app(tx, request.app, now)
            audit.enter_request(tx, What.APP_RESUMED, request, request.requester, now)
        case LimitsChange() as change:
            limit_changes.carry_out(tx, request, change, now)
        case LimitExempt() as exempt:
            limit_exemptions.carry_out(tx, request, exempt, now)
        case never:
            assert_never(never)
    return _done(tx, request, now)


def take_back(tx: Tx, request: Request) -> None:
    """An approved request is approved no longer, before anything was done about it."""
    match subject_of(request.kind, request.payload):
        case TemplateChange() | SignatureChange():
            change = changes.get(tx, request.id)
            if change is not None:
                changes.drop(tx, change)
        case ManySend():
            jobs.unschedule(tx, request.id)
        case OptoutRemoval() | AppResume() | LimitsChange() | LimitExempt() | NumberErasure():
            raise ValueError(f"{request.id} was carried out with its approval")
        case never:
            assert_never(never)


def _remove(tx: Tx, request: Request, removal: OptoutRemoval, now: datetime) -> None:
    optouts.remove(tx, removal.number, removal.signature, removal.scope)
    audit.enter_request(
        tx,
        What.OPTOUT_REMOVED,
        request,
        request.requester,
        now,
        number=removal.name,
        reason=removal.reason,
    )


def _started(tx: Tx, request: Request, now: datetime) -> RequestState:
    """It takes more than one transaction: handlers/jobs/erase_numbers.py does it."""
    state = requests.advance(tx, request, RequestEvent.START, now)
    if state is None:
        raise LookupError(f"{request.id} was moved by somebody else")
    erasures.add(tx, request.id)
    cards.touch(tx, request.id, now)
    return state


def _done(tx: Tx, request: Request, now: datetime) -> RequestState:
    """What is a row of ours is changed in the same transaction: it begins and ends here."""
    for event in (RequestEvent.START, RequestEvent.SUCCEED):
        state = requests.advance(tx, request, event, now)
        if state is None:
            raise LookupError(f"{request.id} was moved by somebody else")
        request = replace(request, state=state)
    cards.touch(tx, request.id, now)
    audit.enter_request(tx, What.REQUEST_EXECUTED, request, "", now)
    return request.state
