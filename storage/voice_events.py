"""What Tencent told of calls, as it pushed it: each thing once, whatever call it is about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.db import Tx
from storage.ids import from_ms, from_ms_or_none, to_ms

ADD_EVENT = """
INSERT INTO voice_events (call_id, number, kind, said, app, caller, reason, fee_minutes,
  started_at_ms, answered_at_ms, ended_at_ms, stored_at_ms)
VALUES (:call_id, :number, :kind, :said, :app, :caller, :reason, :fee_minutes,
  :started_at, :answered_at, :ended_at, :stored_at)
ON CONFLICT (call_id, number, kind, said) DO NOTHING
"""
OF_CALL = """
SELECT * FROM voice_events WHERE call_id = :call_id ORDER BY stored_at_ms, number, kind, said
"""


class VoiceEventKind(StrEnum):
    """What was told of a call."""

    KEY = "key"
    """Keys were pressed."""
    TEXT_ENDED = "text_ended"
    """It is over; a text was to be read out."""
    CODE_ENDED = "code_ended"
    """It is over; a code was to be read out."""
    FAILED = "failed"
    """It reached nobody."""


@dataclass(frozen=True, slots=True)
class VoiceEvent:
    """One thing told of one call. `number` is the full number: mask it before showing it.

    Nothing in a push tells one press of a key from a repeated push of it: the same keys count once
    in a call.
    """

    call_id: str
    number: str
    kind: VoiceEventKind
    said: str
    """The keys; how it ended (``0`` answered, ``1`` not, ``2`` failed); the failure's code."""
    app: str
    """Whose address it came to; empty for the account's."""
    stored_at: datetime
    caller: str = ""
    """The number that called; may be empty."""
    reason: str = ""
    """Of a failure, in Tencent's words. Text from outside: never markup."""
    fee_minutes: int = 0
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


def add(tx: Tx, event: VoiceEvent) -> bool:
    """Keeps it; False for a repeat."""
    row = {
        "call_id": event.call_id,
        "number": tx.vault.seal_number(event.number),
        "kind": event.kind.value,
        "said": event.said,
        "app": event.app,
        "caller": event.caller,
        "reason": event.reason,
        "fee_minutes": event.fee_minutes,
        "started_at": _ms(event.started_at),
        "answered_at": _ms(event.answered_at),
        "ended_at": _ms(event.ended_at),
        "stored_at": to_ms(event.stored_at),
    }
    return tx.run(ADD_EVENT, **row) == 1


def of_call(tx: Tx, call_id: str) -> list[VoiceEvent]:
    """All that was told of a call, in the order it came."""
    return [
        VoiceEvent(
            call_id=row["call_id"],
            number=tx.vault.open_number(row["number"]),
            kind=VoiceEventKind(row["kind"]),
            said=row["said"],
            app=row["app"],
            stored_at=from_ms(row["stored_at_ms"]),
            caller=row["caller"],
            reason=row["reason"],
            fee_minutes=row["fee_minutes"],
            started_at=from_ms_or_none(row["started_at_ms"]),
            answered_at=from_ms_or_none(row["answered_at_ms"]),
            ended_at=from_ms_or_none(row["ended_at_ms"]),
        )
        for row in tx.all(OF_CALL, call_id=call_id)
    ]


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
