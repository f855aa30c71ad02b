"""Calls to people on call: committed before Tencent is asked, matched with what is told of them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import WrongDataKey
from storage.db import Row, Tx
from storage.ids import AttemptId, from_ms, to_ms

log = logging.getLogger("smsops.oncall")

FLYING, TAKEN, REFUSED, UNSENT, UNKNOWN = "flying", "taken", "refused", "unsent", "unknown"
#: Asked for, to try a number; Tencent was asked for nothing yet.
WANTED = "wanted"
ADD_CALL = """
INSERT INTO voice_calls (attempt, call_id, group_id, escalation, nth, user_id, number, signed_at_ms,
  fate, code, keys, heard)
VALUES (:attempt, '', :group_id, :escalation, :nth, :user_id, :number, :now, 'flying', '', '', 0)
"""
ADD_TRIAL = """
INSERT INTO voice_calls (attempt, call_id, group_id, escalation, nth, user_id, number, signed_at_ms,
  fate, code, keys, heard, asked_by)
VALUES (:attempt, '', '', 0, 0, :user_id, :number, :now, 'wanted', '', '', 0, :asked_by)
"""
DEPART = """
UPDATE voice_calls SET fate = 'flying', signed_at_ms = :now
WHERE attempt = :attempt AND fate = 'wanted'
"""
TRIALS_OF = """
SELECT count(*) AS trials FROM voice_calls
WHERE number = :number AND signed_at_ms >= :since AND asked_by <> ''
  AND fate NOT IN ('refused', 'unsent')
"""
TRIALS_BY = """
SELECT count(*) AS trials FROM voice_calls
WHERE asked_by = :asked_by AND asked_by <> '' AND signed_at_ms >= :since
"""
FIND_UNTOLD = """
SELECT * FROM voice_calls
WHERE asked_by <> '' AND said = '' AND signed_at_ms >= :since
  AND (fate = 'wanted' OR fate = 'taken' AND signed_at_ms < :silent_before)
ORDER BY signed_at_ms
"""
NOTE_SAID = "UPDATE voice_calls SET said = :said WHERE attempt = :attempt"
# Guarded by the fate: an answer that comes after a restart has called it unknown changes nothing
# but its id, by which what is told of it is found. One that was wanted and is not made is unsent.
SETTLE_CALL = """
UPDATE voice_calls SET fate = :fate, call_id = :call_id, code = :code
WHERE attempt = :attempt AND fate IN ('wanted', 'flying', 'unknown') RETURNING *
"""
GET_CALL = "SELECT * FROM voice_calls WHERE attempt = :attempt"
FIND_FLYING = "SELECT * FROM voice_calls WHERE fate = 'flying' ORDER BY signed_at_ms"
# What became of one that cannot be read is told to nobody, and not looked for again.
DROP_UNREADABLE = """
UPDATE voice_calls SET said = 'unreadable',
  fate = CASE WHEN fate = 'wanted' THEN 'unsent' ELSE fate END
WHERE attempt = :attempt
"""
CALLS_TO = """
SELECT signed_at_ms, fate, asked_by FROM voice_calls
WHERE number = :number AND signed_at_ms >= :since AND fate NOT IN ('refused', 'unsent')
"""
LAST_WORD = """
SELECT fate, code FROM voice_calls
WHERE signed_at_ms >= :since AND fate IN ('taken', 'refused')
ORDER BY signed_at_ms DESC LIMIT 1
"""
FIND_TOLD_OF = """
SELECT * FROM voice_calls
WHERE signed_at_ms >= :since AND call_id <> ''
  AND heard < (SELECT count(*) FROM voice_events WHERE voice_events.call_id = voice_calls.call_id)
ORDER BY signed_at_ms
"""
NOTE_HEARD = """
UPDATE voice_calls SET heard = :heard, keys = :keys WHERE attempt = :attempt
"""
FIND_UNKNOWN = """
SELECT * FROM voice_calls WHERE signed_at_ms >= :since AND fate = 'unknown' AND call_id = ''
ORDER BY signed_at_ms DESC
"""
# Told of no call that is known: of one whose answer was lost, perhaps. Ours read out a text; of one
# that read out a code nothing is.
FIND_STRAY = """
SELECT voice_events.call_id FROM voice_events
WHERE voice_events.number = :number AND voice_events.stored_at_ms >= :since
  AND voice_events.stored_at_ms <= :until
  AND NOT EXISTS (SELECT 1 FROM voice_calls WHERE voice_calls.call_id = voice_events.call_id)
  AND NOT EXISTS (
    SELECT 1 FROM voice_events AS other
    WHERE other.call_id = voice_events.call_id AND other.kind = 'code_ended'
  )
  AND NOT EXISTS (
    SELECT 1 FROM voice_calls WHERE voice_calls.number = :number AND voice_calls.fate = 'flying'
  )
ORDER BY voice_events.stored_at_ms LIMIT 1
"""
ADOPT = """
UPDATE voice_calls SET call_id = :call_id WHERE attempt = :attempt AND call_id = ''
"""


@dataclass(frozen=True, slots=True)
class VoiceCall:
    """One call. `number` is the full number: mask it before showing it. `fate` is what the question
    to make it came to: one of the words above."""

    attempt: AttemptId
    call_id: str
    """Tencent's; "" while it is not known."""
    group_id: str
    escalation: int
    nth: int
    user_id: str
    number: str
    signed_at: datetime
    fate: str
    code: str
    keys: str
    """All that were pressed, in the order they were told; those of one millisecond sorted."""
    heard: int
    asked_by: str = ""
    """Who had the number called to try it; "" for a call of a chain."""
    said: str = ""
    """What they were told came of it; "" while it is nothing."""


def add(
    tx: Tx,
    attempt: AttemptId,
    *,
    group_id: str,
    escalation: int,
    nth: int,
    user_id: str,
    number: str,
    now: datetime,
) -> VoiceCall:
    """Commits that it is made; from here on it is made once or never."""
    tx.run(
        ADD_CALL,
        attempt=attempt,
        group_id=group_id,
        escalation=escalation,
        nth=nth,
        user_id=user_id,
        number=tx.vault.seal_number(number),
        now=to_ms(now),
    )
    return VoiceCall(
        attempt, "", group_id, escalation, nth, user_id, number, now, FLYING, "", "", 0
    )


def want(
    tx: Tx, attempt: AttemptId, *, user_id: str, number: str, asked_by: str, now: datetime
) -> None:
    """A number is to be called to try it; for other trials it counts as a call from here on, for
    alerts once it departs."""
    sealed = tx.vault.seal_number(number)
    tx.run(
        ADD_TRIAL,
        attempt=attempt,
        user_id=user_id,
        number=sealed,
        asked_by=asked_by,
        now=to_ms(now),
    )


def depart(tx: Tx, attempt: AttemptId, now: datetime) -> bool:
    """Commits that one that was wanted is made; False where that was done."""
    return tx.run(DEPART, attempt=attempt, now=to_ms(now)) == 1


def has_untold(tx: Tx, since: datetime, silent_before: datetime) -> bool:
    """Whether `find_untold` finds any; opens no number."""
    return bool(_untold(tx, since, silent_before))


def find_untold(tx: Tx, since: datetime, silent_before: datetime) -> list[VoiceCall]:
    """Calls to try a number of which nothing was told yet: those that are wanted, and those Tencent
    took before `silent_before`. What cannot be read is found once."""
    found = []
    for row in _untold(tx, since, silent_before):
        call = _readable(tx, [row])
        if not call:
            tx.run(DROP_UNREADABLE, attempt=row["attempt"])
        found += call
    return found


def _untold(tx: Tx, since: datetime, silent_before: datetime) -> list[Row]:
    return tx.all(FIND_UNTOLD, since=to_ms(since), silent_before=to_ms(silent_before))


def note_said(tx: Tx, call: VoiceCall, said: str) -> None:
    """What whoever asked was told came of it."""
    tx.run(NOTE_SAID, attempt=call.attempt, said=said)


def trials(tx: Tx, number: str, asked_by: str, since: datetime) -> tuple[int, int]:
    """How often a number was tried, whoever asked, and how often somebody asked, of any number."""
    sealed = tx.vault.seal_number(number)
    of_number = tx.one(TRIALS_OF, number=sealed, since=to_ms(since))
    of_person = tx.one(TRIALS_BY, asked_by=asked_by, since=to_ms(since))
    return _count(of_number), _count(of_person)


def _count(row: Row | None) -> int:
    return int(row["trials"]) if row else 0


def settle(
    tx: Tx, attempt: AttemptId, fate: str, *, call_id: str = "", code: str = ""
) -> VoiceCall | None:
    """What Tencent's answer came to; None where that is known already."""
    row = tx.one(SETTLE_CALL, attempt=attempt, fate=fate, call_id=call_id, code=code)
    return None if row is None else _call(tx, row)


def get(tx: Tx, attempt: str) -> VoiceCall | None:
    row = tx.one(GET_CALL, attempt=attempt)
    return None if row is None else _call(tx, row)


def find_flying(tx: Tx) -> list[VoiceCall]:
    """Calls whose answer is not known yet."""
    return _readable(tx, tx.all(FIND_FLYING))


def calls_to(tx: Tx, number: str, since: datetime) -> list[datetime]:
    """When calls to a number were made that Tencent may have taken."""
    rows = _rows_to(tx, number, since)
    return [from_ms(row["signed_at_ms"]) for row in rows if row["fate"] != WANTED]


def trials_to(tx: Tx, number: str, since: datetime) -> list[datetime]:
    """When those of them were made that only tried the number."""
    rows = [row for row in _rows_to(tx, number, since) if row["asked_by"]]
    return [from_ms(row["signed_at_ms"]) for row in rows if row["fate"] != WANTED]


def meant_to(tx: Tx, number: str, since: datetime) -> list[datetime]:
    """The same as `calls_to`, and when those were asked for that are yet to be made."""
    return [from_ms(row["signed_at_ms"]) for row in _rows_to(tx, number, since)]


def _rows_to(tx: Tx, number: str, since: datetime) -> list[Row]:
    sealed = tx.vault.seal_number(number)
    return tx.all(CALLS_TO, number=sealed, since=to_ms(since))


def last_refused(tx: Tx, since: datetime) -> str:
    """The code with which Tencent refused the last call it said anything of; "" where it took it,
    or said nothing since."""
    row = tx.one(LAST_WORD, since=to_ms(since))
    return row["code"] if row is not None and row["fate"] == REFUSED else ""


def find_told_of(tx: Tx, since: datetime) -> list[VoiceCall]:
    """Calls of which more was told than was heard."""
    return _readable(tx, tx.all(FIND_TOLD_OF, since=to_ms(since)))


def note_heard(tx: Tx, call: VoiceCall, heard: int, keys: str) -> None:
    tx.run(NOTE_HEARD, attempt=call.attempt, heard=heard, keys=keys)


def find_unknown(tx: Tx, since: datetime) -> list[VoiceCall]:
    """Calls that may have been made, and whose id nobody told; the latest first."""
    return _readable(tx, tx.all(FIND_UNKNOWN, since=to_ms(since)))


def find_stray(tx: Tx, number: str, since: datetime, until: datetime) -> str | None:
    """The id of a call to this number that something was told of and that is none of ours as far as
    is known."""
    sealed = tx.vault.seal_number(number)
    row = tx.one(FIND_STRAY, number=sealed, since=to_ms(since), until=to_ms(until))
    return None if row is None else row["call_id"]


def adopt(tx: Tx, call: VoiceCall, call_id: str) -> None:
    """The id under which this call, and no other, is told of."""
    tx.run(ADOPT, attempt=call.attempt, call_id=call_id)


def _readable(tx: Tx, rows: Sequence[Row]) -> list[VoiceCall]:
    """One that cannot be read must not keep the others from being heard."""
    found = []
    for row in rows:
        try:
            found.append(_call(tx, row))
        except WrongDataKey:
            log.error("call unreadable", extra={"event": "call_unreadable", "call": row["attempt"]})
    return found


def _call(tx: Tx, row: Row) -> VoiceCall:
    return VoiceCall(
        attempt=row["attempt"],
        call_id=row["call_id"],
        group_id=row["group_id"],
        escalation=row["escalation"],
        nth=row["nth"],
        user_id=row["user_id"],
        number=tx.vault.open_number(row["number"]),
        signed_at=from_ms(row["signed_at_ms"]),
        fate=row["fate"],
        code=row["code"],
        keys=row["keys"],
        heard=row["heard"],
        asked_by=row["asked_by"],
        said=row["said"],
    )
