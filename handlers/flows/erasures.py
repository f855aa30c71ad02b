"""Everything that is stored about one number goes, once others agreed: what there is, what stands
in the way, and how it goes, a transaction at a time.

What still waits to be sent to it is left out. What is in flight or in doubt is waited for: without
the number nobody could prove what became of it. A number somebody is called under is not erased.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.rules.audit import What
from bot.rules.erasures import EraseRefusal, EraseWait
from bot.rules.erasures import replace as without
from bot.rules.numbers import FORGOTTEN, mask
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.rules.subjects import NumberErasure, subject_of
from bot.settings import Settings
from bot.slack.messages.erasures import DONE, FAILED
from handlers.flows import approvals, audit, counting, limit_exemption_asks, singles
from handlers.flows.delivery import follow
from handlers.flows.grounds import Upstream
from storage import cards, erasures, forgotten_numbers, messages, optouts, posts, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.requests import Request

#: Why a message that waited is not sent.
LEFT_OUT = "erased"
#: What waits for a word or for its turn: whoever asked is told that it is no more.
OPEN = frozenset({RequestState.AWAITING_APPROVAL, RequestState.APPROVED})
EXEMPTIONS = "limit_exemptions"
Keys = Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was asked for; `other` is the request in the way."""

    reason: EraseRefusal
    other: Request | None = None


@dataclass(frozen=True, slots=True)
class EraseAsk:
    """What a person asks for, and where. `found`: what there is, by table."""

    number: str
    reason: str
    found: Mapping[str, int]
    app: str
    requester: str
    channel: str


def refusal(tx: Tx, number: str, settings: Settings) -> Refusal | None:
    """Why it may not be asked for; None where it may."""
    if settings.retention.legal_hold:
        return Refusal(EraseRefusal.LEGAL_HOLD)
    if erasures.is_on_call(tx, number):
        return Refusal(EraseRefusal.ON_CALL)
    for each in [*requests.find_open_changes(tx), *erasures.under_way(tx)]:
        is_erasure = each.kind is RequestKind.NUMBER_ERASE
        if is_erasure and each.payload.get("number") == number:
            return Refusal(EraseRefusal.ALREADY_ASKED, each)
    return None


def ask(tx: Tx, wanted: EraseAsk, settings: Settings, now: datetime) -> Request | Refusal:
    """Asks for it; under the policy others say yes."""
    known = refusal(tx, wanted.number, settings)
    if known is not None:
        return known
    if not wanted.found:
        return Refusal(EraseRefusal.NOTHING)
    erasure = NumberErasure(
        number=wanted.number,
        masked=mask(wanted.number),
        # The trail keeps it for years: before anything else, it does not name the number.
        reason=without(wanted.reason, wanted.number),
        found=wanted.found,
        salt=secrets.token_hex(16),
    )
    return approvals.ask(
        tx,
        RequestKind.NUMBER_ERASE,
        wanted.app,
        erasure.payload(),
        requester=wanted.requester,
        channel=wanted.channel,
        settings=settings,
        now=now,
    )


def number_of(tx: Tx, request_id: str) -> str | None:
    """The number an erasure is about; None where that is gone already."""
    request = requests.get(tx, request_id)
    number = "" if request is None else str(request.payload["number"])
    return None if number.startswith(FORGOTTEN) else number or None


def prepare(tx: Tx, request_id: RequestId, settings: Settings, now: datetime) -> bool:
    """Whether it can be carried out now: what waits to be sent is left out, and nothing is open."""
    request, known = requests.lock(tx, request_id), erasures.get(tx, request_id)
    number = number_of(tx, request_id)
    if request is None or known is None or number is None:
        return False
    if known.begun_at is None:
        stands = _in_the_way(tx, number, settings)
        if stands is not None:
            _fail(tx, request, stands, now)
            return False
    elif stands := _in_the_way(tx, number, settings):
        return _wait(tx, request_id, EraseWait(stands.value), now)
    _leave_out(tx, number, now)
    if erasures.is_fenced(tx, number):
        return _wait(tx, request_id, EraseWait.UNRESOLVED, now)
    return True


def clear(tx: Tx, request_id: RequestId, keys: Mapping[str, Keys], now: datetime) -> bool:
    """What has the number in a row of its own goes: `keys` are those that were found. False where
    a message to it left meanwhile."""
    request, number = requests.lock(tx, request_id), number_of(tx, request_id)
    if request is None or number is None or erasures.is_fenced(tx, number):
        return False
    for app, *_ in keys[EXEMPTIONS]:
        # Its card says so.
        limit_exemption_asks.remove(tx, str(app), number, request.requester, now)
    gone = Counter({table: erasures.delete(tx, table, keys[table]) for table in erasures.DELETED})
    gone[EXEMPTIONS] = len(keys[EXEMPTIONS])
    gone[erasures.OPTOUTS] = optouts.erase(tx, number)
    keys_of_messages = keys[erasures.MESSAGES]
    gone[erasures.MESSAGES] = _forget_messages(tx, number, keys_of_messages, request.id, now)
    _note_gone(tx, request, +gone, now)
    return True


def cover(tx: Tx, request_id: RequestId, table: str, keys: Keys, now: datetime) -> None:
    """Texts that name the number name it no more. What waits for somebody's word and said
    something else when it was asked, is no longer what was asked."""
    request, number = requests.lock(tx, request_id), number_of(tx, request_id)
    if request is None or number is None:
        return
    if table == "requests":
        for key in keys:
            _key_hash(tx, RequestId(str(key[0])))
    many = erasures.cover_texts(tx, table, keys, number)
    if table == "requests":
        for key in keys:
            _supersede(tx, RequestId(str(key[0])), now)
    if many:
        _note_gone(tx, request, {erasures.IN_TEXTS: many}, now)


def close(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Nothing else has it any more: now it goes from the request itself."""
    request, number = requests.lock(tx, request_id), number_of(tx, request_id)
    if request is None or number is None:
        return
    erasure = subject_of(request.kind, request.payload)
    if not isinstance(erasure, NumberErasure):
        raise ValueError(f"{request_id} erases nothing")
    bare = replace(
        erasure,
        number=FORGOTTEN + request.id,
        reason=without(erasure.reason, number),
        salt="",
    )
    requests.put_payload(tx, request, bare.payload())
    forgotten_numbers.note_request(tx, request.id, now)


def end(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """It is in the file no more, nor in its write-ahead log."""
    request, known = requests.lock(tx, request_id), erasures.get(tx, request_id)
    if request is None or known is None or known.ended_at is not None:
        return
    erasures.note_ended(tx, request_id, now)
    if requests.advance(tx, request, RequestEvent.SUCCEED, now) is None:
        return
    cards.touch(tx, request_id, now)
    _say(tx, request, DONE, {"gone": known.gone}, now)
    masked, by = str(request.payload["masked"]), request.requester
    audit.enter_request(tx, What.NUMBER_ERASED, request, by, now, number=masked, count=known.gone)
    audit.enter_request(tx, What.REQUEST_EXECUTED, request, "", now)


def _wait(tx: Tx, request_id: RequestId, why: EraseWait, now: datetime) -> bool:
    """It cannot go on now; its card says why."""
    if erasures.note_wait(tx, request_id, why.value):
        cards.touch(tx, request_id, now)
    return False


def _leave_out(tx: Tx, number: str, now: datetime) -> None:
    """What waits to be sent to it is not sent; of a job, that has not begun either, the card says
    that it is fewer now."""
    waiting = erasures.waiting(tx, number)
    singles.leave_out(tx, waiting, LEFT_OUT, now)
    for request_id in {request_id for _, request_id in waiting}:
        cards.touch(tx, request_id, now)


def _in_the_way(tx: Tx, number: str, settings: Settings) -> EraseRefusal | None:
    if settings.retention.legal_hold:
        return EraseRefusal.LEGAL_HOLD
    return EraseRefusal.ON_CALL if erasures.is_on_call(tx, number) else None


def _forget_messages(tx: Tx, number: str, keys: Keys, erased_by: RequestId, now: datetime) -> int:
    """Of each message stays that there was one, what became of it, and which request erased its
    number. Nobody waits for its report any longer: that would bring the number back."""
    stopped = messages.stop_waiting_for(tx, number, now)
    counting.count_unreported(tx, stopped)
    forgotten = forgotten_numbers.forget(tx, (str(key[0]) for key in keys), erased_by)
    for request_id in {each.request_id for each in stopped}:
        follow(tx, request_id, now)
    return forgotten


def _key_hash(tx: Tx, request_id: RequestId) -> None:
    request = requests.get(tx, request_id)
    if request is not None:
        requests.key_hash(tx, request)


def _supersede(tx: Tx, request_id: RequestId, now: datetime) -> None:
    request = requests.get(tx, request_id)
    if request is None:
        return
    if request.state is RequestState.DRAFT:
        requests.advance(tx, request, RequestEvent.EXPIRE, now)
    elif request.state in OPEN:
        approvals.supersede(tx, request, now, known=Upstream.ERASED)
    cards.touch(tx, request_id, now)


def _note_gone(tx: Tx, request: Request, gone: Mapping[str, int], now: datetime) -> None:
    """What went is entered in the transaction in which it goes; why, with the first of it."""
    known = erasures.get(tx, request.id)
    is_first = known is None or known.begun_at is None
    if gone or is_first:
        facts = {"number": str(request.payload["masked"]), **gone}
        if is_first:
            reason = str(request.payload["reason"])
            facts["reason"] = without(reason, str(request.payload["number"]))
        audit.enter_request(
            tx, What.NUMBER_CLEARED, request, request.requester, now, **dict[str, Any](facts)
        )
    erasures.note_begun(tx, request.id, sum(gone.values()), now)


def _fail(tx: Tx, request: Request, why: EraseRefusal, now: datetime) -> None:
    erasures.note_ended(tx, request.id, now)
    if requests.advance(tx, request, RequestEvent.FAIL, now, reason=why.value) is None:
        return
    cards.touch(tx, request.id, now)
    _say(tx, request, FAILED, {"why": why.value}, now)
    audit.enter_request(tx, What.REQUEST_FAILED, request, "", now, reason=why.value)


def _say(tx: Tx, request: Request, kind: str, facts: Mapping[str, object], now: datetime) -> None:
    told = {"requester": request.requester, "number": request.payload["masked"], **facts}
    posts.add(tx, f"{request.id}:{kind}", kind, told, request_id=request.id, now=now)
