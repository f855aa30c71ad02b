"""What a timeline is read from, beside what cards show: all of it by index, a page at a time."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import WrongDataKey
from bot.rules.delivery import FENCED, MessageState
from bot.rules.limits import Rule
from bot.rules.roles import Apps
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms
from storage.jobs import states_of
from storage.messages import Message, get_shown
from storage.posts import facts_of
from storage.receipts import serial_time
from storage.scopes import given, within
from storage.vault import SealedNumber
from storage.voice_events import VoiceEventKind

log = logging.getLogger("smsops.storage")
#: So many reasons of a job are told; so many of its latest messages are looked at for them.
REASONS, REASONS_AMONG = 3, 5_000
#: Lines of one request's thread, receipts of one serial number.
LINES_MAX, RECEIPTS_MAX = 60, 10
#: SendSms takes 200 numbers at the most (382/55981).
IN_CALL_MAX = 200

BY_SERIAL = "SELECT id FROM messages WHERE serial = :serial"
_FENCED = ", ".join(str(state.value) for state in sorted(FENCED))
HINTED = f"SELECT id FROM messages WHERE state IN ({_FENCED}) AND hint = :serial LIMIT 1"
CONTENT_OF = "SELECT content FROM messages WHERE id = :id"
CHANGED_AT = "SELECT changed_at_ms FROM requests WHERE id = :id"
RECEIPTS_OF = """
SELECT number, success, app, carrier_code, carrier_at_ms, stored_at_ms FROM receipts
WHERE serial_at_s = :serial_at_s AND serial = :serial
ORDER BY stored_at_ms, success DESC LIMIT :limit
"""
LOST_ATTEMPTS = """
SELECT signed_at_ms FROM doubts WHERE message_id = :id AND attempt <> :attempt
ORDER BY signed_at_ms
"""
LINES_OF = """
SELECT key, kind, facts, created_at_ms FROM posts
WHERE request_id = :request_id AND channel = '' AND user_id = '' ORDER BY nth LIMIT :limit
"""
# Who got many messages waits for as many to be looked at: no index has their order.
IDS_OF_NUMBER = f"""
SELECT id, coalesce(signed_at_ms, created_at_ms) AS at_ms FROM messages
WHERE number = :number AND coalesce(signed_at_ms, created_at_ms) <= :until AND {within("app")}
ORDER BY at_ms DESC, id DESC LIMIT :limit
"""
REFUSALS_OF = f"""
SELECT app, at_ms, request_id, rule FROM limit_refusals
WHERE number = :number AND at_ms <= :until AND {within("app")}
ORDER BY at_ms DESC, request_id LIMIT :limit
"""
REPLIES_OF = """
SELECT replied_at_s, signature, is_optout FROM replies
WHERE number = :number AND replied_at_s <= :until_s
ORDER BY replied_at_s DESC, text_hash LIMIT :limit
"""
REPLIES_BETWEEN = """
SELECT replied_at_s, signature, is_optout FROM replies
WHERE number = :number AND replied_at_s >= :since_s AND replied_at_s <= :until_s
ORDER BY replied_at_s, text_hash LIMIT :limit
"""
CALLS_OF = """
SELECT call_id, kind, said, reason, ended_at_ms, stored_at_ms FROM voice_events
WHERE number = :number AND stored_at_ms <= :until
ORDER BY stored_at_ms DESC, call_id, kind, said LIMIT :limit
"""
REFUSALS_OF_REQUEST = """
SELECT at_ms, number, content, rule FROM limit_refusals
WHERE app = :app AND at_ms = :at AND request_id = :request_id LIMIT 1
"""
CARRIER_REASONS = f"""
SELECT carrier_code, count(*) AS messages FROM (
  SELECT carrier_code FROM messages
  WHERE request_id = :request_id AND state = {MessageState.UNDELIVERED.value}
  ORDER BY id DESC LIMIT :among
) AS latest
GROUP BY carrier_code ORDER BY messages DESC, carrier_code LIMIT :limit
"""
# A call takes messages of a job in their order: those of the same one are near.
_NEAR = "SELECT attempt FROM messages WHERE request_id = :request_id AND state = :state"
OF_CALL = f"""
SELECT count(*) AS messages FROM (
  SELECT attempt FROM ({_NEAR} AND id < :id ORDER BY id DESC LIMIT :reach) AS earlier
  UNION ALL
  SELECT attempt FROM ({_NEAR} AND id >= :id ORDER BY id LIMIT :reach) AS later
) AS near
WHERE attempt = :attempt
"""


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt. `number` is the full number: mask it before showing it."""

    number: str
    success: bool
    app: str
    carrier_code: str
    carrier_at: datetime | None
    stored_at: datetime
    is_damaged: bool = False
    """The number cannot be read, and is empty."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a request's thread, as it was stored; `facts` is None where they cannot be read."""

    key: str
    kind: str
    facts: Mapping[str, Any] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A send that a limit of ours did not let go."""

    app: str
    at: datetime
    request_id: RequestId
    rule: Rule


@dataclass(frozen=True, slots=True)
class Answered:
    """That somebody answered, not what."""

    at: datetime
    signature: str
    is_optout: bool


@dataclass(frozen=True, slots=True)
class Called:
    """What Tencent told of a call; `reason` is text from outside."""

    call_id: str
    kind: VoiceEventKind
    said: str
    reason: str
    at: datetime


def by_serial(tx: Tx, serial: str) -> Message | None:
    """The message Tencent calls `serial`, whoever it went to."""
    row = tx.one(BY_SERIAL, serial=serial)
    return None if row is None else get_shown(tx, row["id"])


def hinted(tx: Tx, serial: str) -> Message | None:
    """The message in doubt that a report under `serial` may be about."""
    row = tx.one(HINTED, serial=serial)
    return None if row is None else get_shown(tx, row["id"])


def content_of(tx: Tx, message_id: str) -> str:
    """The keyed hash of a message's text."""
    row = tx.one(CONTENT_OF, id=message_id)
    return "" if row is None else str(row["content"])


def changed_at(tx: Tx, request_id: str) -> datetime | None:
    """When a request came into its state."""
    row = tx.one(CHANGED_AT, id=request_id)
    return None if row is None else from_ms(row["changed_at_ms"])


def reports_of(tx: Tx, serial: str) -> list[Report]:
    """Everything carriers said under a serial number, in the order it came."""
    rows = tx.all(RECEIPTS_OF, serial_at_s=serial_time(serial), serial=serial, limit=RECEIPTS_MAX)
    return [_report(tx, row) for row in rows]


def _report(tx: Tx, row: Row) -> Report:
    number = _opened(tx, row)
    return Report(
        number=number or "",
        success=bool(row["success"]),
        app=row["app"],
        carrier_code=row["carrier_code"],
        carrier_at=from_ms_or_none(row["carrier_at_ms"]),
        stored_at=from_ms(row["stored_at_ms"]),
        is_damaged=number is None,
    )


def _opened(tx: Tx, row: Row) -> str | None:
    """None for a number that cannot be read."""
    try:
        return tx.vault.open_number(row["number"])
    except WrongDataKey:
        log.exception("report unreadable", extra={"event": "row_unreadable", "row": "receipts"})
        return None


def lost_attempts(tx: Tx, message: Message) -> list[datetime]:
    """When calls were signed that nobody could account for, the present one left out."""
    rows = tx.all(LOST_ATTEMPTS, id=message.id, attempt=message.attempt or "")
    return [from_ms(row["signed_at_ms"]) for row in rows]


def in_call(tx: Tx, message: Message) -> int:
    """How many numbers the last call of a message was for, this one included."""
    values = {"request_id": message.request_id, "id": message.id, "attempt": message.attempt}
    found = (
        tx.one(OF_CALL, state=state.value, reach=IN_CALL_MAX, **values)
        for state in states_of(tx, message.request_id)
    )
    return sum(row["messages"] for row in found if row is not None)


def lines_of(tx: Tx, request_id: str) -> list[Line]:
    """What was said in a request's thread, in order."""
    rows = tx.all(LINES_OF, request_id=request_id, limit=LINES_MAX)
    return [
        Line(row["key"], row["kind"], facts_of(tx, row), from_ms(row["created_at_ms"]))
        for row in rows
    ]


def messages_to(
    tx: Tx, number: SealedNumber, until: datetime, apps: Apps, limit: int
) -> list[tuple[datetime, str]]:
    """When messages of `apps` to a number left, or were asked for, and their ids: the latest
    first."""
    rows = tx.all(IDS_OF_NUMBER, number=number, until=to_ms(until), limit=limit, **given(apps))
    return [(from_ms(row["at_ms"]), row["id"]) for row in rows]


def refusals_to(
    tx: Tx, number: SealedNumber, until: datetime, apps: Apps, limit: int
) -> list[Refused]:
    """What limits of `apps` kept from a number, the latest first."""
    rows = tx.all(REFUSALS_OF, number=number, until=to_ms(until), limit=limit, **given(apps))
    return [
        Refused(row["app"], from_ms(row["at_ms"]), row["request_id"], Rule(row["rule"]))
        for row in rows
    ]


def refusal_of(
    tx: Tx, app: str, request_id: str, at: datetime
) -> tuple[SealedNumber, str, Rule] | None:
    """Whose number the draft of that moment was for, the hash of its text, and which limit did not
    let it go."""
    row = tx.one(REFUSALS_OF_REQUEST, app=app, request_id=request_id, at=to_ms(at))
    return None if row is None else (row["number"], row["content"], Rule(row["rule"]))


def replies_of(tx: Tx, number: SealedNumber, until: datetime, limit: int) -> list[Answered]:
    """That a number answered, the latest first."""
    rows = tx.all(REPLIES_OF, number=number, until_s=to_ms(until) // 1000, limit=limit)
    return [_answered(row) for row in rows]


def replies_between(
    tx: Tx, number: SealedNumber, since: datetime, until: datetime, limit: int
) -> list[Answered]:
    """The same of a span of time, in order."""
    rows = tx.all(
        REPLIES_BETWEEN,
        number=number,
        since_s=to_ms(since) // 1000,
        until_s=to_ms(until) // 1000,
        limit=limit,
    )
    return [_answered(row) for row in rows]


def calls_of(tx: Tx, number: SealedNumber, until: datetime, limit: int) -> list[Called]:
    """What was told of calls to a number, the latest first."""
    return [
        Called(
            row["call_id"],
            VoiceEventKind(row["kind"]),
            row["said"],
            row["reason"],
            from_ms(row["stored_at_ms"]),
        )
        for row in tx.all(CALLS_OF, number=number, until=to_ms(until), limit=limit)
    ]


def carrier_reasons(tx: Tx, request_id: str, count: int) -> list[tuple[str, int | None]]:
    """Carriers' codes of a job's `count` undelivered messages, the commonest first, and how many
    each; None where there are more than are looked at."""
    if not count:
        return []
    rows = tx.all(CARRIER_REASONS, request_id=request_id, among=REASONS_AMONG, limit=REASONS)
    is_whole = count <= REASONS_AMONG
    return [(row["carrier_code"], row["messages"] if is_whole else None) for row in rows]


def _answered(row: Row) -> Answered:
    return Answered(from_ms(row["replied_at_s"] * 1000), row["signature"], bool(row["is_optout"]))
