"""One row a recipient: the intent before the call, the attempt, the answer, the end of it.

Those that wait are found in `message_queue`, those under way are settled in `message_attempts`.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import NamedTuple

from bot.errors import WrongDataKey
from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, MAY_HAVE_LEFT, MessageState
from bot.rules.limits import Sent
from bot.rules.numbers import FORGOTTEN
from bot.rules.roles import Apps
from storage.db import Row, Tx
from storage.ids import (
    AttemptId,
    MessageId,
    RequestId,
    from_ms,
    from_ms_or_none,
    new_message_id,
    to_ms,
)
from storage.scopes import given, within
from storage.vault import SealedNumber

log = logging.getLogger("smsops.storage")
PURPOSE = "messages.template_values"
#: Numbers in one look-up; each statement text is prepared once for each count.
NUMBERS_AT_ONCE = 250
#: What is settled so has not come to its end.
OPEN_STATES = frozenset({MessageState.ACCEPTED, MessageState.IN_DOUBT})


def literals(states: frozenset[MessageState]) -> str:
    """States as they stand behind IN. Literals, not parameters: SQLite uses a partial index only
    where it can read the condition."""
    return ", ".join(str(state.value) for state in sorted(states))


QUEUED, CLAIMED = MessageState.QUEUED.value, MessageState.CLAIMED.value
IN_FLIGHT, ACCEPTED = MessageState.IN_FLIGHT.value, MessageState.ACCEPTED.value
HELD, SKIPPED = MessageState.HELD.value, MessageState.SKIPPED.value
CANCELLED = MessageState.CANCELLED.value
COUNTED = MAY_HAVE_LEFT | {MessageState.QUEUED, MessageState.CLAIMED}
ADD_MESSAGE = f"""
INSERT INTO messages (id, request_id, app, number, class, template_id, signature,
  template_values, content, state, due_at_ms, give_up_at_ms, attempts, code, detail,
  tencent_request_id, carrier_code, hint, settled_by, created_at_ms, changed_at_ms, country)
VALUES (:id, :request_id, :app, :number, :class, :template_id, :signature, :template_values,
  :content, {QUEUED}, :now, :give_up, 0, '', '', '', '', '', '', :now, :now, :country)
"""
# Every settlement names its attempt: a stalled worker must not settle a newer one. The values of a
# code go with it: it is never sent again.
SETTLE = """
UPDATE messages SET state = :state, serial = :serial, fee_segments = :fee, code = :code,
  detail = :detail, tencent_request_id = :tencent_request_id, accepted_at_ms = :accepted,
  final_at_ms = :final, settled_by = :settled_by, changed_at_ms = :now,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
WHERE id = :id AND attempt = :attempt AND state = :from RETURNING *
"""
PUT_BACK = f"""
UPDATE messages SET state = {QUEUED}, attempt = NULL, due_at_ms = :due, code = :code,
  detail = :detail, settled_by = :settled_by, hint = '', asked_at_ms = NULL,
  unsent = unsent + :unsent,
  give_up_at_ms = coalesce(CAST(:give_up AS BIGINT), give_up_at_ms), changed_at_ms = :now
WHERE id = :id AND attempt = :attempt AND state = :from RETURNING *
"""
REPORT = """
UPDATE messages SET state = :state, carrier_code = :carrier_code, final_at_ms = :now,
  changed_at_ms = :now
WHERE id = :id AND state = :from RETURNING request_id
"""
_STOPPED = "request_id, app, number, class, template_id, signature, country, signed_at_ms"
STOP_WAITING = f"""
UPDATE messages SET state = :unreported, final_at_ms = :now, changed_at_ms = :now
WHERE id IN (
  SELECT id FROM messages WHERE state = {ACCEPTED} AND accepted_at_ms < :before
  ORDER BY accepted_at_ms LIMIT :limit
) RETURNING {_STOPPED}
"""
STOP_WAITING_FOR = f"""
UPDATE messages SET state = :unreported, final_at_ms = :now, changed_at_ms = :now
WHERE number = :number AND state = {ACCEPTED} RETURNING {_STOPPED}
"""
GET_MESSAGE = "SELECT * FROM messages WHERE id = :id"
APP_OF = "SELECT app FROM messages WHERE id = :id"
OF_REQUEST = "SELECT * FROM messages WHERE request_id = :request_id ORDER BY id"
NUMBERS_OF = "SELECT number FROM messages WHERE request_id = :request_id LIMIT :limit"
OF_SERIAL = "SELECT * FROM messages WHERE serial = :serial AND number = :number"
SERIAL_TAKEN = "SELECT id FROM messages WHERE serial = :serial"
NUMBER_OF_SERIAL = "SELECT number FROM messages WHERE serial = :serial"
UNRESOLVED = f"SELECT * FROM messages WHERE state IN ({literals(FENCED)}) ORDER BY signed_at_ms, id"
FIND_IN_FLIGHT = f"""
SELECT id FROM messages
WHERE state IN ({literals(FENCED)}) AND state = {MessageState.IN_FLIGHT.value}
ORDER BY signed_at_ms, id
"""
FENCE_OF = f"SELECT * FROM messages WHERE number = :number AND state IN ({literals(FENCED)})"
# In the order of the index that holds these alone.
COUNT_IN_DOUBT = f"""
SELECT count(*) AS many FROM (
  SELECT state FROM messages WHERE state IN ({literals(FENCED)}) AND {within("app")}
  ORDER BY signed_at_ms LIMIT :most
) AS unresolved
WHERE state = {MessageState.IN_DOUBT.value}
"""
COUNT_QUEUED = f"""
SELECT count(*) AS many FROM (
  SELECT id FROM messages WHERE state = {QUEUED} AND file_row IS NULL LIMIT :most
) AS queued
"""
COUNT_UNRESOLVED = f"""
SELECT state, count(*) AS many FROM (
  SELECT state FROM messages WHERE state IN ({literals(FENCED)}) ORDER BY signed_at_ms LIMIT :most
) AS unresolved
GROUP BY state
"""
OLDEST_IN_FLIGHT = f"""
SELECT signed_at_ms FROM messages
WHERE state IN ({literals(FENCED)}) AND state = {IN_FLIGHT} ORDER BY signed_at_ms LIMIT 1
"""
NOTE_HINT = "UPDATE messages SET hint = :hint WHERE id = :id AND hint = '' RETURNING request_id"
# A message counts from when it left, one that waits by itself from when it was confirmed. What a
# job still holds is judged when its turn comes.
_COUNTS = f"""app = ? AND state IN ({literals(COUNTED)})
  AND coalesce(signed_at_ms, created_at_ms) >= ?
  AND (state NOT IN ({QUEUED}, {CLAIMED}) OR file_row IS NULL)"""
# Asked once a doubt: the row remembers that a person was shown the question.
NOTE_ASKED = f"""
UPDATE messages SET asked_at_ms = :now
WHERE id = :id AND asked_at_ms IS NULL AND state IN ({literals(FENCED)}) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be queued. `country` is the ISO code of its number, `content` the keyed hash of
    its whole text, signature included."""

    request_id: RequestId
    app: str
    number: SealedNumber
    country: str
    class_: TemplateClass
    template_id: str
    signature: str
    values: Sequence[str]
    content: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands. `number` is the full number: mask it before showing it."""

    id: MessageId
    request_id: RequestId
    app: str
    number: str
    country: str
    """The ISO code; empty in what an earlier program stored."""
    class_: TemplateClass
    template_id: str
    signature: str
    values: tuple[str, ...]
    """Empty, too, once they were deleted."""
    state: MessageState
    attempt: AttemptId | None
    attempts: int
    due_at: datetime
    give_up_at: datetime
    signed_at: datetime | None
    accepted_at: datetime | None
    final_at: datetime | None
    serial: str | None
    fee_segments: int | None
    code: str
    detail: str
    tencent_request_id: str
    carrier_code: str
    hint: str
    asked_at: datetime | None
    settled_by: str
    created_at: datetime
    is_damaged: bool = False
    """Number or values cannot be read, and are empty: to be looked at, never to be sent."""


class Stopped(NamedTuple):
    """A message no report is waited for any more: what it counts under."""

    request_id: RequestId
    app: str
    number: str
    class_: TemplateClass
    template_id: str
    signature: str
    country: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an attempt; `settled_by` says on whose word (``answer``, a user id …)."""

    state: MessageState
    settled_by: str
    serial: str | None = None
    fee_segments: int | None = None
    code: str = ""
    detail: str = ""
    tencent_request_id: str = ""


def values_of(tx: Tx, sealed: str) -> tuple[str, ...]:
    """The values of a message; none where they were deleted. Raises WrongDataKey."""
    return tuple(json.loads(tx.vault.open(sealed, purpose=PURPOSE))) if sealed else ()


def add(tx: Tx, message: NewMessage, *, now: datetime, give_up_at: datetime) -> MessageId:
    """Queues the message: from here on it is sent, refused or in doubt, and never lost."""
    message_id = new_message_id(now)
    tx.run(
        ADD_MESSAGE,
        **{
            "id": message_id,
            "request_id": message.request_id,
            "app": message.app,
            "number": message.number,
            "class": message.class_.value,
            "template_id": message.template_id,
            "signature": message.signature,
            "template_values": tx.vault.seal(json.dumps(list(message.values)), purpose=PURPOSE),
            "content": message.content,
            "now": to_ms(now),
            "give_up": to_ms(give_up_at),
            "country": message.country,
        },
    )
    return message_id


def settle(tx: Tx, message: Message, settlement: Settlement, now: datetime) -> Message | None:
    """Notes what became of `message.attempt`; None where the row has moved on since."""
    is_accepted = settlement.state is MessageState.ACCEPTED
    is_open = settlement.state in OPEN_STATES
    row = tx.one(
        SETTLE,
        **{
            "id": message.id,
            "attempt": message.attempt,
            "from": message.state.value,
            "state": settlement.state.value,
            "serial": settlement.serial,
            "fee": settlement.fee_segments,
            "code": settlement.code,
            "detail": settlement.detail,
            "tencent_request_id": settlement.tencent_request_id,
            "accepted": to_ms(now) if is_accepted else None,
            "final": None if is_open else to_ms(now),
            "settled_by": settlement.settled_by,
            "now": to_ms(now),
        },
    )
    return None if row is None else _message(tx, row)


def put_back(
    tx: Tx,
    message: Message,
    *,
    now: datetime,
    due_at: datetime,
    settled_by: str,
    code: str = "",
    detail: str = "",
    give_up_at: datetime | None = None,
) -> Message | None:
    """Queues the message again: nothing of `message.attempt` left, or a person asked for it.

    `give_up_at` where its time begins anew. What an answer without a code ended never left.
    """
    row = tx.one(
        PUT_BACK,
        **{
            "id": message.id,
            "attempt": message.attempt,
            "from": message.state.value,
            "due": to_ms(due_at),
            "code": code,
            "detail": detail,
            "settled_by": settled_by,
            "give_up": None if give_up_at is None else to_ms(give_up_at),
            "unsent": int(settled_by == "answer" and not code),
            "now": to_ms(now),
        },
    )
    return None if row is None else _message(tx, row)


def report(tx: Tx, message: Message, state: MessageState, carrier_code: str, now: datetime) -> bool:
    """Notes what the carrier said; False where the row has moved on since."""
    row = tx.one(
        REPORT,
        **{
            "id": message.id,
            "from": message.state.value,
            "state": state.value,
            "carrier_code": carrier_code,
            "now": to_ms(now),
        },
    )
    return row is not None


def stop_waiting(tx: Tx, *, now: datetime, before: datetime, limit: int = 1_000) -> list[Stopped]:
    """Up to `limit` messages accepted before `before` that nobody reported on become unreported;
    returns those."""
    rows = tx.all(
        STOP_WAITING,
        unreported=MessageState.UNREPORTED.value,
        now=to_ms(now),
        before=to_ms(before),
        limit=limit,
    )
    return [_stopped(tx, row) for row in rows]


def stop_waiting_for(tx: Tx, number: str, now: datetime) -> list[Stopped]:
    """All accepted messages to one number become unreported, however long ago they were accepted;
    returns those."""
    rows = tx.all(
        STOP_WAITING_FOR,
        unreported=MessageState.UNREPORTED.value,
        now=to_ms(now),
        number=tx.vault.seal_number(number),
    )
    return [_stopped(tx, row) for row in rows]


def get(tx: Tx, message_id: str) -> Message | None:
    """The message of that id; None where there is none. Raises WrongDataKey."""
    row = tx.one(GET_MESSAGE, id=message_id)
    return None if row is None else _message(tx, row)


def get_shown(tx: Tx, message_id: str) -> Message | None:
    """The message of that id for who looks at it, a damaged one too."""
    row = tx.one(GET_MESSAGE, id=message_id)
    if row is None:
        return None
    try:
        return _message(tx, row)
    except (WrongDataKey, ValueError):
        log.exception("message unreadable", extra={"event": "row_unreadable", "row": row["id"]})
        return replace(_with(row, readable_number(tx, row["number"]), ()), is_damaged=True)


def app_of(tx: Tx, message_id: str) -> str | None:
    """The app it is of, read without opening what it says; None where there is no such message."""
    row = tx.one(APP_OF, id=message_id)
    return None if row is None else str(row["app"])


def ids_of_request(tx: Tx, request_id: str) -> list[str]:
    """The ids of a request's messages, read without opening what they say."""
    return [row["id"] for row in tx.all(OF_REQUEST, request_id=request_id)]


def of_request(tx: Tx, request_id: str) -> list[Message]:
    """The messages of a request, in the order they were stored. Raises WrongDataKey."""
    return [_message(tx, row) for row in tx.all(OF_REQUEST, request_id=request_id)]


def numbers_of(tx: Tx, request_id: str, limit: int) -> list[str]:
    """Some of the numbers (E.164) a request is about, `limit` at the most."""
    rows = tx.all(NUMBERS_OF, request_id=request_id, limit=limit)
    return [tx.vault.open_number(row["number"]) for row in rows]


def of_serial(tx: Tx, serial: str, number: str) -> Message | None:
    """The message Tencent calls `serial`, provided it went to `number`."""
    row = tx.one(OF_SERIAL, serial=serial, number=tx.vault.seal_number(number))
    return None if row is None else _message(tx, row)


def is_serial_taken(tx: Tx, serial: str) -> bool:
    """Whether a message of ours has that serial."""
    return tx.one(SERIAL_TAKEN, serial=serial) is not None


def is_forgotten(tx: Tx, serial: str) -> bool:
    """Whether Tencent calls a message `serial` whose number was deleted."""
    row = tx.one(NUMBER_OF_SERIAL, serial=serial)
    return row is not None and readable_number(tx, row["number"]).startswith(FORGOTTEN)


def find_unresolved(tx: Tx) -> list[Message]:
    """Everything in flight or in doubt, oldest attempt first."""
    return [_message(tx, row) for row in tx.all(UNRESOLVED)]


def find_in_flight(tx: Tx) -> list[MessageId]:
    """What was committed and has no answer, oldest attempt first."""
    return [row["id"] for row in tx.all(FIND_IN_FLIGHT)]


def count_in_doubt(tx: Tx, apps: Apps, most: int) -> int:
    """Messages of `apps` nobody can account for yet, among the `most` that have waited longest."""
    row = tx.one(COUNT_IN_DOUBT, most=most, **given(apps))
    return 0 if row is None else int(row["many"])


def count_open(tx: Tx, most: int) -> dict[MessageState, int]:
    """How many wait by themselves, are in flight and in doubt; counted up to `most`."""
    row = tx.one(COUNT_QUEUED, most=most)
    unresolved = tx.all(COUNT_UNRESOLVED, most=most)
    return {
        MessageState.QUEUED: 0 if row is None else int(row["many"]),
        MessageState.IN_FLIGHT: 0,
        MessageState.IN_DOUBT: 0,
        **{MessageState(each["state"]): int(each["many"]) for each in unresolved},
    }


def oldest_in_flight(tx: Tx) -> datetime | None:
    """When the call that has been under way longest was signed."""
    row = tx.one(OLDEST_IN_FLIGHT)
    return None if row is None else from_ms_or_none(row["signed_at_ms"])


def fence_of(tx: Tx, number: str) -> Message | None:
    """The unresolved attempt that holds `number`, if any."""
    row = tx.one(FENCE_OF, number=tx.vault.seal_number(number))
    return None if row is None else _message(tx, row)


def note_hint(tx: Tx, message_id: MessageId, serial: str) -> bool:
    """A report that may belong to this attempt; the first one is kept, and proves nothing."""
    return tx.one(NOTE_HINT, id=message_id, hint=serial) is not None


def note_asked(tx: Tx, message_id: MessageId, now: datetime) -> bool:
    """A person is asked about this doubt from now on; False where one was already."""
    return tx.one(NOTE_ASKED, id=message_id, now=to_ms(now)) is not None


def histories(
    tx: Tx,
    numbers: Sequence[SealedNumber],
    *,
    app: str,
    since: datetime,
    now: datetime | None = None,
) -> dict[SealedNumber, list[Sent]]:
    """What limits count for sealed numbers: everything queued, sent or in doubt since then. Those
    without a history are left out.

    What still waits for a try counts at `now`, where that is given, and not when it was tried last:
    it may go any moment.
    """
    found: dict[SealedNumber, list[Sent]] = {}
    soonest = 0 if now is None else to_ms(now)
    for first in range(0, len(numbers), NUMBERS_AT_ONCE):
        part = numbers[first : first + NUMBERS_AT_ONCE]
        for row in tx.conn.execute(_history_of(len(part)), [*part, app, to_ms(since)]).fetchall():
            at_ms = max(row["at_ms"], soonest) if row["is_waiting"] else row["at_ms"]
            sent = Sent(from_ms(at_ms), row["content"], TemplateClass(row["class"]))
            found.setdefault(row["number"], []).append(sent)
    return found


@cache
def _history_of(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"""
SELECT number, coalesce(signed_at_ms, created_at_ms) AS at_ms, content, class,
  state IN ({QUEUED}, {CLAIMED}) AS is_waiting
FROM messages
WHERE number IN ({marks}) AND {_COUNTS}
"""


def _stopped(tx: Tx, row: Row) -> Stopped:
    return Stopped(
        row["request_id"],
        row["app"],
        readable_number(tx, row["number"]),
        TemplateClass(row["class"]),
        row["template_id"],
        row["signature"],
        row["country"],
        from_ms(row["signed_at_ms"]),
    )


def readable_number(tx: Tx, sealed: SealedNumber) -> str:
    """The number, "" where it cannot be read: one such keeps nobody else from being sent."""
    try:
        return tx.vault.open_number(sealed)
    except WrongDataKey:
        return ""


def _message(tx: Tx, row: Row) -> Message:
    number, values = tx.vault.open_number(row["number"]), values_of(tx, row["template_values"])
    return _with(row, number, values)


def _with(row: Row, number: str, values: tuple[str, ...]) -> Message:
    return Message(
        id=row["id"],
        request_id=row["request_id"],
        app=row["app"],
        number=number,
        country=row["country"],
        class_=TemplateClass(row["class"]),
        template_id=row["template_id"],
        signature=row["signature"],
        values=values,
        state=MessageState(row["state"]),
        attempt=row["attempt"],
        attempts=row["attempts"],
        due_at=from_ms(row["due_at_ms"]),
        give_up_at=from_ms(row["give_up_at_ms"]),
        signed_at=from_ms_or_none(row["signed_at_ms"]),
        accepted_at=from_ms_or_none(row["accepted_at_ms"]),
        final_at=from_ms_or_none(row["final_at_ms"]),
        serial=row["serial"],
        fee_segments=row["fee_segments"],
        code=row["code"],
        detail=row["detail"],
        tencent_request_id=row["tencent_request_id"],
        carrier_code=row["carrier_code"],
        hint=row["hint"],
        asked_at=from_ms_or_none(row["asked_at_ms"]),
        settled_by=row["settled_by"],
        created_at=from_ms(row["created_at_ms"]),
    )
