"""One row a recipient: the intent before the call, the attempt, the answer, the end of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from typing import NamedTuple

from bot.errors import WrongDataKey
from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, MAY_HAVE_LEFT, MessageState
from bot.rules.limits import Rule, Sent
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
from storage.receipts import serial_time
from storage.scopes import given, within
from storage.vault import SealedNumber

PURPOSE = "messages.template_values"
#: Numbers in one look-up; each statement text is prepared once for each count.
NUMBERS_AT_ONCE = 250
#: Rows in one statement; likewise.
ROWS_AT_ONCE = 100
#: What a message of a job may wait for that a change of its app's limits may end.
HOLDING = tuple(rule for rule in Rule if rule is not Rule.CARRIER_DAY)
#: What is settled so has not come to its end.
OPEN_STATES = frozenset({MessageState.ACCEPTED, MessageState.IN_DOUBT})


def _quoted(rules: Iterable[Rule]) -> str:
    return ", ".join(f"'{rule.value}'" for rule in rules)


def _in(states: frozenset[MessageState]) -> str:
    # Literals, not parameters: SQLite uses a partial index only where it can read the condition.
    return ", ".join(str(state.value) for state in sorted(states))


QUEUED, CLAIMED = MessageState.QUEUED.value, MessageState.CLAIMED.value
IN_FLIGHT, ACCEPTED = MessageState.IN_FLIGHT.value, MessageState.ACCEPTED.value
HELD, SKIPPED = MessageState.HELD.value, MessageState.SKIPPED.value
CANCELLED = MessageState.CANCELLED.value
#: Classes a person or a machine waits for: they go before everything else.
URGENT = (TemplateClass.OTP, TemplateClass.ALERT)
COUNTED = MAY_HAVE_LEFT | {MessageState.QUEUED, MessageState.CLAIMED}
UNFENCED = f"""NOT EXISTS (
    SELECT 1 FROM messages AS other
    WHERE other.number = messages.number AND other.state IN ({_in(FENCED)})
  )"""

ADD_MESSAGE = f"""
INSERT INTO messages (id, request_id, app, number, class, template_id, signature,
  template_values, content, state, due_at_ms, give_up_at_ms, attempts, code, detail,
  tencent_request_id, carrier_code, hint, settled_by, created_at_ms, changed_at_ms, country)
VALUES (:id, :request_id, :app, :number, :class, :template_id, :signature, :template_values,
  :content, {QUEUED}, :now, :give_up, 0, '', '', '', '', '', '', :now, :now, :country)
"""
ATTEMPTED = """messages.id, messages.request_id, messages.app, messages.number, messages.class,
  messages.template_id, messages.signature, messages.template_values, messages.content,
  messages.attempts, messages.give_up_at_ms, messages.country,
  CASE WHEN messages.file_row IS NULL THEN coalesce(messages.signed_at_ms, messages.created_at_ms)
    ELSE messages.signed_at_ms END AS counted_at_ms"""
# A number behind its fence waits for the fence, not for a worker. What belongs to a job is found
# by its job alone: a paused one may have a million.
WAITING_OF_JOB = f"""
SELECT * FROM (
  SELECT {ATTEMPTED} FROM messages
  WHERE request_id = :request_id AND state = {QUEUED} AND file_row IS NOT NULL
    AND due_at_ms <= :now AND {UNFENCED}
  ORDER BY due_at_ms, id LIMIT :limit
) AS later
UNION ALL
SELECT * FROM (
  SELECT {ATTEMPTED} FROM messages
  WHERE request_id = :request_id AND state = {HELD} AND {UNFENCED}
  ORDER BY id LIMIT :limit
) AS held
"""
# Judged at its claim and let go again: it waits for its own time from here on.
PUT_OFF = f"""
UPDATE messages SET state = {QUEUED}, due_at_ms = :due, detail = :detail, changed_at_ms = :now
WHERE id = :id AND state IN ({QUEUED}, {HELD})
"""
SKIP = f"""
UPDATE messages SET state = {SKIPPED}, detail = :detail, final_at_ms = :now, changed_at_ms = :now,
  settled_by = :settled_by,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
WHERE id = :id AND state IN ({QUEUED}, {HELD})
"""
CANCEL_SOME = f"""
UPDATE messages SET state = {CANCELLED}, final_at_ms = :now, changed_at_ms = :now,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
WHERE id IN (
  SELECT id FROM messages
  WHERE request_id = :request_id AND state IN ({QUEUED}, {HELD}) ORDER BY id LIMIT :limit
)
"""
FIND_HELD_BACK = f"""
SELECT id FROM messages
WHERE request_id = :request_id AND state = {QUEUED} AND id > :behind AND file_row IS NOT NULL
  AND due_at_ms > :now AND detail IN ({_quoted(HOLDING)})
ORDER BY id LIMIT :limit
"""
WAKE = f"""
UPDATE messages SET due_at_ms = :now, changed_at_ms = :now WHERE id = :id AND state = {QUEUED}
"""
# Nothing rests in this state any more; a file may hold some of an earlier program.
RELEASE_ALL = f"""
UPDATE messages SET state = {QUEUED}, lease_until_ms = NULL, changed_at_ms = :now
WHERE state = {CLAIMED}
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
# It counts as not tried: a first attempt that never began leaves nothing that limits count.
TAKE_BACK = f"""
UPDATE messages SET state = {QUEUED}, attempt = NULL, attempts = attempts - 1,
  signed_at_ms = CASE WHEN attempts = 1 THEN NULL ELSE signed_at_ms END, changed_at_ms = :now
WHERE id = :id AND attempt = :attempt AND state = {IN_FLIGHT}
"""
IS_FIRST_TRY = f"""
SELECT 1 FROM messages
WHERE id = :id AND attempt = :attempt AND state = {IN_FLIGHT} AND attempts = 1
  AND file_row IS NOT NULL
"""
# Whatever keeps them: a fence, a stopped app, an app that is gone.
STALE_SINGLES = f"""
SELECT id, request_id FROM messages
WHERE state = {QUEUED} AND file_row IS NULL AND give_up_at_ms < :now ORDER BY due_at_ms, id
LIMIT :limit
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
UNRESOLVED = f"SELECT * FROM messages WHERE state IN ({_in(FENCED)}) ORDER BY signed_at_ms, id"
FENCE_OF = f"SELECT * FROM messages WHERE number = :number AND state IN ({_in(FENCED)})"
# In the order of the index that holds these alone.
COUNT_IN_DOUBT = f"""
SELECT count(*) AS many FROM (
  SELECT state FROM messages WHERE state IN ({_in(FENCED)}) AND {within("app")}
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
  SELECT state FROM messages WHERE state IN ({_in(FENCED)}) ORDER BY signed_at_ms LIMIT :most
) AS unresolved
GROUP BY state
"""
OLDEST_IN_FLIGHT = f"""
SELECT signed_at_ms FROM messages
WHERE state IN ({_in(FENCED)}) AND state = {IN_FLIGHT} ORDER BY signed_at_ms LIMIT 1
"""
NOTE_HINT = "UPDATE messages SET hint = :hint WHERE id = :id AND hint = '' RETURNING request_id"
# A message counts from when it left, one that waits by itself from when it was confirmed. What a
# job still holds is judged when its turn comes.
_COUNTS = f"""app = ? AND state IN ({_in(COUNTED)})
  AND coalesce(signed_at_ms, created_at_ms) >= ?
  AND (state NOT IN ({QUEUED}, {CLAIMED}) OR file_row IS NULL)"""
# Asked once a doubt: the row remembers that a person was shown the question.
NOTE_ASKED = f"""
UPDATE messages SET asked_at_ms = :now
WHERE id = :id AND asked_at_ms IS NULL AND state IN ({_in(FENCED)}) RETURNING id
"""
NEXT_DUE = f"""
SELECT min(due_at_ms) AS due FROM messages WHERE state = {QUEUED} AND file_row IS NULL
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


# NamedTuples: made for every message of a job, and a frozen dataclass takes three times as long.
class Waiting(NamedTuple):
    """A message that may be sent now. `number` is the full number: mask it before showing it; it
    is empty where it cannot be read."""

    id: MessageId
    request_id: RequestId
    app: str
    sealed: SealedNumber
    number: str
    class_: TemplateClass
    template_id: str
    signature: str
    sealed_values: str
    content: str
    attempts: int
    """Before this one."""
    give_up_at_ms: int
    country: str
    """The ISO code; empty in what an earlier program stored."""
    counted_at_ms: int | None
    """When it was tried last, or confirmed by itself: the day it counts on so far."""


class Attempt(NamedTuple):
    """A message in flight: what its settlement needs. `attempt` is that of its whole call."""

    id: MessageId
    request_id: RequestId
    number: str
    class_: TemplateClass
    attempt: AttemptId
    attempts: int
    """This one included."""
    give_up_at: datetime
    is_of_job: bool
    is_agreed: bool
    """Somebody else had said yes to its job."""
    app: str
    country: str
    """The ISO code; empty in what an earlier program stored."""
    signed_at: datetime
    """Committed: the hour it counts in."""
    template_id: str
    signature: str


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


def due_singles(
    tx: Tx, apps: Sequence[str], *, now: datetime, limit: int, is_urgent: bool
) -> list[Waiting]:
    """Messages of no job that may go, oldest first; those whose number is fenced stay queued."""
    if not apps or limit <= 0:
        return []
    values = [*(class_.value for class_ in URGENT), to_ms(now), *apps, limit]
    if is_urgent:
        found = tx.conn.execute(_due_urgent(len(apps)), values)
    else:
        found = tx.conn.execute(_due_others(len(apps)), values)
    return [_waiting(tx, row) for row in found.fetchall()]


def waiting_of_job(tx: Tx, request_id: str, *, now: datetime, limit: int) -> list[Waiting]:
    """What a job sends next: first what waited for a time that has come, then by its file."""
    rows = tx.all(WAITING_OF_JOB, request_id=request_id, now=to_ms(now), limit=limit)
    return [_waiting(tx, row) for row in rows[:limit]]


def start(tx: Tx, attempts: Sequence[tuple[MessageId, AttemptId]], now: datetime) -> int:
    """Commits attempts that `now` will sign; returns of how many messages.

    The fence of each number is looked at by whoever found them and held by the unique index
    messages_fence: sqlite3.IntegrityError where one has closed since.
    """
    moment, started = to_ms(now), 0
    for first in range(0, len(attempts), ROWS_AT_ONCE):
        part = attempts[first : first + ROWS_AT_ONCE]
        values = [moment, moment, *chain.from_iterable(part)]
        started += tx.conn.execute(_start_many(len(part)), values).rowcount
    return started


def put_off(tx: Tx, message_ids: Iterable[tuple[MessageId, str, datetime]], now: datetime) -> None:
    """Not now: each waits until the time that comes with it, for the reason that does."""
    tx.run_many(
        PUT_OFF,
        [
            {"id": message_id, "detail": reason, "due": to_ms(due_at), "now": to_ms(now)}
            for message_id, reason, due_at in message_ids
        ],
    )


def skip(tx: Tx, message_ids: Iterable[tuple[MessageId, str]], *, by: str, now: datetime) -> None:
    """Leaves messages out of their job, each for the reason that comes with it."""
    tx.run_many(
        SKIP,
        [
            {"id": message_id, "detail": reason, "settled_by": by, "now": to_ms(now)}
            for message_id, reason in message_ids
        ],
    )


def cancel_some(tx: Tx, request_id: str, *, limit: int, now: datetime) -> int:
    """Cancels up to `limit` messages that still wait; returns how many."""
    return tx.run(CANCEL_SOME, request_id=request_id, limit=limit, now=to_ms(now))


def release_all(tx: Tx, now: datetime) -> int:
    """Queues again whatever a version that committed claims by themselves left claimed, for whoever
    knows that no worker is left."""
    return tx.run(RELEASE_ALL, now=to_ms(now))


def settle_many(tx: Tx, settled: Sequence[tuple[Attempt, Settlement]], now: datetime) -> int:
    """Notes what became of attempts in flight, in few statements; returns of how many.

    Raises sqlite3.IntegrityError where a serial is another message's: ask `find_known` before.
    """
    moment, changed = to_ms(now), 0
    for first in range(0, len(settled), ROWS_AT_ONCE):
        part = settled[first : first + ROWS_AT_ONCE]
        rows = (_settled_row(attempt, settlement, moment) for attempt, settlement in part)
        values = [moment, *chain.from_iterable(rows)]
        changed += tx.conn.execute(_settle_many(len(part)), values).rowcount
    return changed


def find_known(tx: Tx, serials: Sequence[str]) -> set[str]:
    """Which of these serials a message of ours has, or a report is kept for."""
    known: set[str] = set()
    for first in range(0, len(serials), ROWS_AT_ONCE):
        part = serials[first : first + ROWS_AT_ONCE]
        values = list(chain.from_iterable((serial, serial_time(serial)) for serial in part))
        known |= {row[0] for row in tx.conn.execute(_known_of(len(part)), values)}
    return known


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


def take_back(tx: Tx, attempts: Iterable[Attempt], now: datetime) -> int:
    """Queues again what was committed and never begun; returns how many.

    For whoever committed them and knows that no byte has left.
    """
    rows = [{"id": each.id, "attempt": each.attempt, "now": to_ms(now)} for each in attempts]
    return tx.run_many(TAKE_BACK, rows)


def wake(tx: Tx, request_id: str, behind: str, *, now: datetime, limit: int) -> list[MessageId]:
    """Has so many messages of a job judged anew that wait for a limit: the next behind that one."""
    moment = to_ms(now)
    rows = tx.all(FIND_HELD_BACK, request_id=request_id, behind=behind, now=moment, limit=limit)
    tx.run_many(WAKE, [{"id": row["id"], "now": moment} for row in rows])
    return [row["id"] for row in rows]


def first_tried(tx: Tx, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Those of `attempts` that are in flight, of a job, and had none before."""
    return [each for each in attempts if tx.one(IS_FIRST_TRY, id=each.id, attempt=each.attempt)]


def stale_singles(tx: Tx, now: datetime, limit: int) -> list[tuple[MessageId, RequestId]]:
    """Messages of no job that wait beyond their time."""
    rows = tx.all(STALE_SINGLES, now=to_ms(now), limit=limit)
    return [(row["id"], row["request_id"]) for row in rows]


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
    """The same of all messages to one number, however long ago they were accepted."""
    rows = tx.all(
        STOP_WAITING_FOR,
        unreported=MessageState.UNREPORTED.value,
        now=to_ms(now),
        number=tx.vault.seal_number(number),
    )
    return [_stopped(tx, row) for row in rows]


def get(tx: Tx, message_id: str) -> Message | None:
    row = tx.one(GET_MESSAGE, id=message_id)
    return None if row is None else _message(tx, row)


def app_of(tx: Tx, message_id: str) -> str | None:
    """The app it is of, read without opening what it says; None where there is no such message."""
    row = tx.one(APP_OF, id=message_id)
    return None if row is None else str(row["app"])


def of_request(tx: Tx, request_id: str) -> list[Message]:
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
    return tx.one(SERIAL_TAKEN, serial=serial) is not None


def is_forgotten(tx: Tx, serial: str) -> bool:
    """Whether Tencent calls a message `serial` whose number was deleted."""
    row = tx.one(NUMBER_OF_SERIAL, serial=serial)
    return row is not None and _number(tx, row["number"]).startswith(FORGOTTEN)


def find_unresolved(tx: Tx) -> list[Message]:
    """Everything in flight or in doubt, oldest attempt first."""
    return [_message(tx, row) for row in tx.all(UNRESOLVED)]


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


def history(tx: Tx, number: str, *, app: str, since: datetime) -> list[Sent]:
    """What limits count for `number`: everything queued, sent or in doubt since then."""
    sealed = tx.vault.seal_number(number)
    return histories(tx, [sealed], app=app, since=since).get(sealed, [])


def histories(
    tx: Tx,
    numbers: Sequence[SealedNumber],
    *,
    app: str,
    since: datetime,
    now: datetime | None = None,
) -> dict[SealedNumber, list[Sent]]:
    """The same for many sealed numbers; those without a history are left out.

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


def next_due(tx: Tx) -> datetime | None:
    """When the next queued message may go."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


@cache
def _due_urgent(count: int) -> str:
    return _due_of_apps("IN", count)


@cache
def _due_others(count: int) -> str:
    return _due_of_apps("NOT IN", count)


def _due_of_apps(urgent: str, count: int) -> str:
    marks = ", ".join("?" * count)
    # What was confirmed and never tried is due whatever the clock was set back to since.
    return f"""
SELECT {ATTEMPTED} FROM messages
WHERE state = {QUEUED} AND file_row IS NULL AND class {urgent} (?, ?)
  AND (due_at_ms <= ? OR (attempts = 0 AND due_at_ms = created_at_ms))
  AND app IN ({marks}) AND {UNFENCED}
ORDER BY due_at_ms, id LIMIT ?
"""


@cache
def _start_many(count: int) -> str:
    marks = ", ".join(["(?, ?)"] * count)
    # Both engines name the columns of VALUES so.
    return f"""
UPDATE messages SET state = {IN_FLIGHT}, attempt = column2, attempts = attempts + 1,
  signed_at_ms = ?, lease_until_ms = NULL, changed_at_ms = ?
FROM (VALUES {marks}) AS started
WHERE messages.id = column1 AND messages.state IN ({QUEUED}, {HELD})
"""


@cache
def _settle_many(count: int) -> str:
    marks = "(" + ", ".join("?" * 11) + ")"
    # PostgreSQL takes parameters in VALUES for text. A code's values go with its settlement.
    return f"""
UPDATE messages SET changed_at_ms = ?, state = CAST(column3 AS BIGINT), serial = column4,
  fee_segments = CAST(column5 AS BIGINT), code = column6, detail = column7,
  tencent_request_id = column8, accepted_at_ms = CAST(column9 AS BIGINT),
  final_at_ms = CAST(column10 AS BIGINT), settled_by = column11,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
FROM (VALUES {", ".join([marks] * count)}) AS settled
WHERE messages.id = column1 AND messages.attempt = column2 AND messages.state = {IN_FLIGHT}
"""


@cache
def _known_of(count: int) -> str:
    marks = ", ".join(["(?, ?)"] * count)
    return f"""
SELECT column1 FROM (VALUES {marks}) AS told
WHERE EXISTS (SELECT 1 FROM messages WHERE serial = column1)
  OR EXISTS (
    SELECT 1 FROM receipts WHERE serial_at_s = CAST(column2 AS BIGINT) AND receipts.serial = column1
  )
"""


@cache
def _history_of(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"""
SELECT number, coalesce(signed_at_ms, created_at_ms) AS at_ms, content, class,
  state IN ({QUEUED}, {CLAIMED}) AS is_waiting
FROM messages
WHERE number IN ({marks}) AND {_COUNTS}
"""


def _settled_row(attempt: Attempt, settlement: Settlement, moment: int) -> tuple[object, ...]:
    return (
        attempt.id,
        attempt.attempt,
        settlement.state.value,
        settlement.serial,
        settlement.fee_segments,
        settlement.code,
        settlement.detail,
        settlement.tencent_request_id,
        moment if settlement.state is MessageState.ACCEPTED else None,
        None if settlement.state in OPEN_STATES else moment,
        settlement.settled_by,
    )


def _waiting(tx: Tx, row: Row) -> Waiting:
    return Waiting(
        row["id"],
        row["request_id"],
        row["app"],
        row["number"],
        _number(tx, row["number"]),
        TemplateClass(row["class"]),
        row["template_id"],
        row["signature"],
        row["template_values"],
        row["content"],
        row["attempts"],
        row["give_up_at_ms"],
        row["country"],
        row["counted_at_ms"],
    )


def _stopped(tx: Tx, row: Row) -> Stopped:
    return Stopped(
        row["request_id"],
        row["app"],
        _number(tx, row["number"]),
        TemplateClass(row["class"]),
        row["template_id"],
        row["signature"],
        row["country"],
        from_ms(row["signed_at_ms"]),
    )


def _number(tx: Tx, sealed: SealedNumber) -> str:
    """One that cannot be read keeps nobody else from being sent."""
    try:
        return tx.vault.open_number(sealed)
    except WrongDataKey:
        return ""


def _message(tx: Tx, row: Row) -> Message:
    return Message(
        id=row["id"],
        request_id=row["request_id"],
        app=row["app"],
        number=tx.vault.open_number(row["number"]),
        country=row["country"],
        class_=TemplateClass(row["class"]),
        template_id=row["template_id"],
        signature=row["signature"],
        values=values_of(tx, row["template_values"]),
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
