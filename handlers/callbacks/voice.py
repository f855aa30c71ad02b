"""What Tencent tells of calls: stored before it is answered, whatever call it is about."""

from datetime import datetime
from typing import assert_never

from bot.tencent.incoming import CallEnd, CallEnded, CallFailed, CallKind, KeyPress
from handlers.flows import counting
from storage import voice_events
from storage.db import Database, Tx
from storage.voice_events import VoiceEvent, VoiceEventKind

Told = KeyPress | CallEnded | CallFailed
ENDED = {CallKind.TEXT: VoiceEventKind.TEXT_ENDED, CallKind.CODE: VoiceEventKind.CODE_ENDED}


async def take(db: Database, app: str, told: Told, now: datetime) -> int:
    """Stores what was told; 0 for a repeat. Raises StorageError where nothing could be stored."""
    return int(await db.write(store, event_of(app, told, now)))


def store(tx: Tx, event: VoiceEvent) -> bool:
    """Keeps what was told, and counts keys and calls; False for a repeat."""
    is_new = voice_events.add(tx, event)
    if is_new and event.kind is VoiceEventKind.KEY:
        counting.count_key_press(tx, event.app, event.stored_at)
    elif is_new and event.kind in ENDED.values():
        is_answered = event.said == CallEnd.ANSWERED.value
        counting.count_call(tx, event.app, event.stored_at, is_answered=is_answered)
    return is_new


def event_of(app: str, told: Told, now: datetime) -> VoiceEvent:
    match told:
        case KeyPress():
            kind = VoiceEventKind.KEY
            return VoiceEvent(told.call_id, told.number, kind, told.keys, app, now, told.caller)
        case CallEnded():
            return VoiceEvent(
                call_id=told.call_id,
                number=told.number,
                kind=ENDED[told.kind],
                said=told.end.value or "",
                app=app,
                stored_at=now,
                caller=told.caller,
                fee_minutes=told.fee_minutes,
                started_at=told.started_at,
                answered_at=told.answered_at,
                ended_at=told.ended_at,
            )
        case CallFailed():
            return VoiceEvent(
                call_id=told.call_id,
                number=told.number,
                kind=VoiceEventKind.FAILED,
                said=str(told.failure_code),
                app=app,
                stored_at=now,
                caller=told.caller,
                reason=told.reason,
            )
    assert_never(told)
