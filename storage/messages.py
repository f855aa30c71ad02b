"""One row a recipient: the intent before the call, the attempt, the answer, the end of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, MAY_HAVE_LEFT, MessageState
from bot.rules.limits import Sent
from storage.db import Row, Tx
from storage.ids import (
    AttemptId,
    MessageId,
    RequestId,
    from_ms,
    from_ms_or_none,
    new_attempt_id,
    new_message_id,
    to_ms,
)

PURPOSE = "messages.template_values"


def _in(states: frozenset[MessageState]) -> str:
    # Literals, not parameters: SQLite uses a partial index only where it can read the condition.
    return ", ".join(str(state.value) for state in sorted(states))


QUEUED, CLAIMED = MessageState.QUEUED.value, MessageState.CLAIMED.value
IN_FLIGHT, ACCEPTED = MessageState.IN_FLIGHT.value, MessageState.ACCEPTED.value
COUNTED = MAY_HAVE_LEFT | {MessageState.QUEUED, MessageState.CLAIMED}
UNFENCED = f"""NOT EXISTS (
    SELECT 1 FROM messages AS other
    WHERE other.number = messages.number AND other.state IN ({_in(FENCED)})
  )"""

ADD_MESSAGE = f"""
INSERT INTO messages (id, request_id, app, number, class, template_id, signature,
  template_values, content, state, due_at_ms, give_up_at_ms, attempts, code, detail,
  tencent_request_id, carrier_code, hint, settled_by, created_at_ms, changed_at_ms)
VALUES (:id, :request_id, :app, :number, :class, :template_id, :signature,
  :template_values, :content, {QUEUED}, :now, :give_up, 0, '', '', '', '', '', '', :now, :now)
"""
# Claims are taken oldest first; a number behind its fence waits for the fence, not for a worker.
CLAIM = f"""
WITH due AS MATERIALIZED (
  SELECT id FROM messages
  WHERE state = {QUEUED} AND due_at_ms <= :now AND {UNFENCED}
  ORDER BY due_at_ms, id LIMIT :limit
)
UPDATE messages SET state = {CLAIMED}, lease_until_ms = :lease, changed_at_ms = :now
WHERE id IN (SELECT id FROM due) AND state = {QUEUED} RETURNING *
"""
RELEASE_EXPIRED = f"""
UPDATE messages SET state = {QUEUED}, lease_until_ms = NULL, changed_at_ms = :now
WHERE state = {CLAIMED} AND lease_until_ms < :before RETURNING id
"""
RELEASE_ALL = f"""
UPDATE messages SET state = {QUEUED}, lease_until_ms = NULL, changed_at_ms = :now
WHERE state = {CLAIMED}
"""
RELEASE = f"""
UPDATE messages SET state = {QUEUED}, lease_until_ms = NULL, changed_at_ms = :now
WHERE id = :id AND state = {CLAIMED}
"""
# The number's fence is checked here and held by the unique index messages_fence.
START = f"""
UPDATE messages SET state = {IN_FLIGHT}, attempt = :attempt, attempts = attempts + 1,
  signed_at_ms = :now, lease_until_ms = NULL, changed_at_ms = :now
WHERE id = :id AND state = {CLAIMED} AND {UNFENCED} RETURNING *
"""
# Every settlement names its attempt: a stalled worker must not settle a newer one.
SETTLE = """
UPDATE messages SET state = :state, serial = :serial, fee_segments = :fee, code = :code,
  detail = :detail, tencent_request_id = :tencent_request_id, accepted_at_ms = :accepted,
  final_at_ms = :final, settled_by = :settled_by, changed_at_ms = :now
WHERE id = :id AND attempt = :attempt AND state = :from RETURNING *
"""
PUT_BACK = f"""
UPDATE messages SET state = {QUEUED}, attempt = NULL, due_at_ms = :due, code = :code,
  detail = :detail, settled_by = :settled_by, hint = '', asked_at_ms = NULL,
  changed_at_ms = :now
WHERE id = :id AND attempt = :attempt AND state = :from RETURNING *
"""
REPORT = """
UPDATE messages SET state = :state, carrier_code = :carrier_code, final_at_ms = :now,
  changed_at_ms = :now
WHERE id = :id AND state = :from RETURNING request_id
"""
STOP_WAITING = f"""
UPDATE messages SET state = :unreported, final_at_ms = :now, changed_at_ms = :now
WHERE state = {ACCEPTED} AND accepted_at_ms < :before RETURNING request_id
"""
GET_MESSAGE = "SELECT * FROM messages WHERE id = :id"
OF_REQUEST = "SELECT * FROM messages WHERE request_id = :request_id ORDER BY id"
OF_SERIAL = "SELECT * FROM messages WHERE serial = :serial AND number = :number"
SERIAL_TAKEN = "SELECT id FROM messages WHERE serial = :serial"
UNRESOLVED = f"SELECT * FROM messages WHERE state IN ({_in(FENCED)}) ORDER BY signed_at_ms, id"
FENCE_OF = f"SELECT * FROM messages WHERE number = :number AND state IN ({_in(FENCED)})"
NOTE_HINT = "UPDATE messages SET hint = :hint WHERE id = :id AND hint = '' RETURNING request_id"
HISTORY = f"""
SELECT coalesce(signed_at_ms, created_at_ms) AS at_ms, content, class FROM messages
WHERE number = :number AND created_at_ms >= :since AND app = :app AND state IN ({_in(COUNTED)})
"""
# Asked once a doubt: the row remembers that a person was shown the question.
NOTE_ASKED = f"""
UPDATE messages SET asked_at_ms = :now
WHERE id = :id AND asked_at_ms IS NULL AND state IN ({_in(FENCED)}) RETURNING id
"""
NEXT_DUE = f"SELECT min(due_at_ms) AS due FROM messages WHERE state = {QUEUED}"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be queued; `text` is the whole of it, signature included."""

    request_id: RequestId
    app: str
    number: str
    class_: TemplateClass
    template_id: str
    signature: str
    values: Sequence[str]
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands. `number` is the full number: mask it before showing it."""

    id: MessageId
    request_id: RequestId
    app: str
    number: str
    class_: TemplateClass
    template_id: str
    signature: str
    values: tuple[str, ...]
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


@dataclass(frozen=True, slots=True)
class SentOfClass:
    """An earlier message for the limits, and its class for the carriers' caps."""

    sent: Sent
    class_: TemplateClass


def add(tx: Tx, message: NewMessage, *, now: datetime, give_up_at: datetime) -> MessageId:
    """Queues the message: from here on it is sent, refused or in doubt, and never lost."""
    message_id = new_message_id(now)
    tx.run(
        ADD_MESSAGE,
        **{
            "id": message_id,
            "request_id": message.request_id,
            "app": message.app,
            "number": tx.vault.seal_number(message.number),
            "class": message.class_.value,
            "template_id": message.template_id,
            "signature": message.signature,
            "template_values": tx.vault.seal(json.dumps(list(message.values)), purpose=PURPOSE),
            "content": tx.vault.fingerprint("content", message.text),
            "now": to_ms(now),
            "give_up": to_ms(give_up_at),
        },
    )
    return message_id


def claim(tx: Tx, *, now: datetime, lease_until: datetime, limit: int) -> list[Message]:
    """Takes due messages for one worker; those whose number is fenced stay queued."""
    rows = tx.all(CLAIM, now=to_ms(now), lease=to_ms(lease_until), limit=limit)
    return [_message(tx, row) for row in rows]


def release_expired(tx: Tx, now: datetime, before: datetime) -> int:
    """Queues again what was claimed under a lease that ended before `before`: nothing had left."""
    return len(tx.all(RELEASE_EXPIRED, now=to_ms(now), before=to_ms(before)))


def release_all(tx: Tx, now: datetime) -> int:
    """Queues again whatever is claimed, for whoever knows that no worker is left."""
    return tx.run(RELEASE_ALL, now=to_ms(now))


def release(tx: Tx, message_id: MessageId, now: datetime) -> None:
    tx.run(RELEASE, id=message_id, now=to_ms(now))


def start(tx: Tx, message_id: MessageId, now: datetime) -> Message | None:
    """Commits the attempt that `now` will sign; None where the claim is gone or the fence holds."""
    row = tx.one(START, id=message_id, attempt=new_attempt_id(), now=to_ms(now))
    return None if row is None else _message(tx, row)


def settle(tx: Tx, message: Message, settlement: Settlement, now: datetime) -> Message | None:
    """Notes what became of `message.attempt`; None where the row has moved on since."""
    is_accepted = settlement.state is MessageState.ACCEPTED
    is_open = settlement.state in {MessageState.ACCEPTED, MessageState.IN_DOUBT}
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
) -> Message | None:
    """Queues the message again: nothing of `message.attempt` left, or a person asked for it."""
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


def stop_waiting(tx: Tx, *, now: datetime, before: datetime) -> list[RequestId]:
    """Messages accepted before `before` that nobody reported on become unreported."""
    unreported = MessageState.UNREPORTED.value
    rows = tx.all(STOP_WAITING, unreported=unreported, now=to_ms(now), before=to_ms(before))
    return [row["request_id"] for row in rows]


def get(tx: Tx, message_id: str) -> Message | None:
    row = tx.one(GET_MESSAGE, id=message_id)
    return None if row is None else _message(tx, row)


def of_request(tx: Tx, request_id: str) -> list[Message]:
    return [_message(tx, row) for row in tx.all(OF_REQUEST, request_id=request_id)]


def of_serial(tx: Tx, serial: str, number: str) -> Message | None:
    """The message Tencent calls `serial`, provided it went to `number`."""
    row = tx.one(OF_SERIAL, serial=serial, number=tx.vault.seal_number(number))
    return None if row is None else _message(tx, row)


def is_serial_taken(tx: Tx, serial: str) -> bool:
    return tx.one(SERIAL_TAKEN, serial=serial) is not None


def find_unresolved(tx: Tx) -> list[Message]:
    """Everything in flight or in doubt, oldest attempt first."""
    return [_message(tx, row) for row in tx.all(UNRESOLVED)]


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


def history(tx: Tx, number: str, *, app: str, since: datetime) -> list[SentOfClass]:
    """What limits count for `number`: everything queued, sent or in doubt since then."""
    rows = tx.all(HISTORY, number=tx.vault.seal_number(number), app=app, since=to_ms(since))
    return [
        SentOfClass(Sent(from_ms(row["at_ms"]), row["content"]), TemplateClass(row["class"]))
        for row in rows
    ]


def next_due(tx: Tx) -> datetime | None:
    """When the next queued message may go."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


def _message(tx: Tx, row: Row) -> Message:
    return Message(
        id=row["id"],
        request_id=row["request_id"],
        app=row["app"],
        number=tx.vault.open_number(row["number"]),
        class_=TemplateClass(row["class"]),
        template_id=row["template_id"],
        signature=row["signature"],
        values=tuple(json.loads(tx.vault.open(row["template_values"], purpose=PURPOSE))),
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
