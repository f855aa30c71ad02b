"""A full number for somebody who says why: counted, and entered in the audit trail either way."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules import why_words
from bot.rules.audit import AuditEntry, What
from bot.rules.numbers import FORGOTTEN, cover_typed, mask
from bot.rules.reveals import MOST, WITHIN, RevealAsked, RevealRefusal
from bot.rules.roles import Apps
from handlers.flows import whys
from storage import audit, messages, requests, reveals
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Revealed:
    """A number (E.164), and the request it belongs to."""

    number: str
    request_id: str
    app: str


def reveal(
    tx: Tx, asked: RevealAsked, by: str, apps: Apps, now: datetime
) -> Revealed | RevealRefusal:
    """The number of a request or a message of `apps`. Each try counts, whatever comes of it."""
    since = now - WITHIN
    reveals.forget(tx, by, since)
    if reveals.count(tx, by, since) >= MOST:
        audit.append(tx, _entry(asked, RevealRefusal.TOO_OFTEN, by), now)
        return RevealRefusal.TOO_OFTEN
    reveals.add(tx, by, now)
    found = _found(tx, asked, apps)
    audit.append(tx, _entry(asked, found, by), now)
    return found


def _entry(asked: RevealAsked, found: Revealed | RevealRefusal, by: str) -> AuditEntry:
    reason = cover_typed(asked.reason)
    if isinstance(found, RevealRefusal):
        facts = {"refused": found.value, "asked": cover_typed(" ".join(asked.what)[:80])}
        return AuditEntry(What.REVEAL_REFUSED, by, facts={**facts, "reason": reason})
    facts = {"number": mask(found.number), "reason": reason}
    return AuditEntry(What.NUMBER_REVEALED, by, found.request_id, found.app, facts=facts)


def _found(tx: Tx, asked: RevealAsked, apps: Apps) -> Revealed | RevealRefusal:
    found = whys.find(tx, why_words.read(asked.what), apps)
    message = messages.get(tx, found.message_id) if found.message_id else None
    request_id = message.request_id if message else found.request_id
    request = requests.get(tx, request_id) if request_id else None
    if request is None:
        return RevealRefusal.UNKNOWN
    if message is not None:
        return _shown([message.number], request)
    number = request.payload.get("number")
    return _shown([number] if number else messages.numbers_of(tx, request.id, 2), request)


def _shown(numbers: list[str], request: requests.Request) -> Revealed | RevealRefusal:
    if len(numbers) > 1:
        return RevealRefusal.SEVERAL
    if not numbers:
        return RevealRefusal.UNKNOWN
    is_gone = numbers[0].startswith(FORGOTTEN)
    return RevealRefusal.FORGOTTEN if is_gone else Revealed(numbers[0], request.id, request.app)
