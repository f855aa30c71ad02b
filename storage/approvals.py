"""Who must say yes to a request, as the policy stood when it was asked, and who said what."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.errors import WrongDataKey
from bot.rules.approval_table import Fitting
from bot.rules.approvals import Ballot, Rule, Verdict, Via, Vote
from bot.rules.classes import TemplateClass
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms

log = logging.getLogger("smsops.storage")
PURPOSE = "votes.reason"

ADD_APPROVAL = """
INSERT INTO approvals (request_id, needed, approvers, buttons_only, asked_at_ms, expires_at_ms,
                       decided_at_ms, row_told)
VALUES (:request_id, :needed, :approvers, :buttons_only, :now, :expires, :decided, :row)
"""
GET_APPROVAL = "SELECT * FROM approvals WHERE request_id = :request_id"
NOTE_DECIDED = """
UPDATE approvals SET decided_at_ms = :now WHERE request_id = :request_id AND decided_at_ms IS NULL
"""
NOTE_REOPENED = "UPDATE approvals SET decided_at_ms = NULL WHERE request_id = :request_id"
RENEW = """
UPDATE approvals SET asked_at_ms = :now, expires_at_ms = :expires, decided_at_ms = NULL,
  buttons_only = 1
WHERE request_id = :request_id
"""
VOID_VOTES = """
UPDATE votes SET taken_back_at_ms = :now
WHERE request_id = :request_id AND taken_back_at_ms IS NULL
"""
ASK_AGAIN = """
UPDATE approvals SET asked_at_ms = :now, expires_at_ms = :expires, decided_at_ms = NULL
WHERE request_id = :request_id
"""
VOID_VOTE = f"""
UPDATE votes SET taken_back_at_ms = :now
WHERE request_id = :request_id AND user_id = :user_id AND verdict = {Verdict.APPROVE.value}
  AND taken_back_at_ms IS NULL
"""
LIST_OPEN = """
SELECT request_id FROM approvals WHERE decided_at_ms IS NULL
ORDER BY expires_at_ms, request_id LIMIT :limit
"""
FIND_EXPIRING = """
SELECT request_id FROM approvals WHERE decided_at_ms IS NULL AND expires_at_ms <= :by
ORDER BY expires_at_ms, request_id LIMIT :limit
"""
FIND_HALFWAY = """
SELECT request_id FROM approvals
WHERE decided_at_ms IS NULL AND expires_at_ms > :now
  AND expires_at_ms - :now <= (expires_at_ms - asked_at_ms) / 2
ORDER BY expires_at_ms, request_id LIMIT :limit
"""
# A word said again replaces the one before, the one taken back too.
PUT_VOTE = """
INSERT INTO votes (request_id, user_id, verdict, via, reason, at_ms, event_us, taken_back_at_ms)
VALUES (:request_id, :user_id, :verdict, :via, :reason, :now, :event, NULL)
ON CONFLICT (request_id, user_id) DO UPDATE SET verdict = excluded.verdict, via = excluded.via,
  reason = excluded.reason, at_ms = excluded.at_ms, event_us = excluded.event_us,
  taken_back_at_ms = NULL
"""
TAKE_BACK = """
INSERT INTO votes (request_id, user_id, verdict, via, reason, at_ms, event_us, taken_back_at_ms)
VALUES (:request_id, :user_id, :verdict, :via, '', :now, :event, :now)
ON CONFLICT (request_id, user_id) DO UPDATE SET verdict = excluded.verdict,
  taken_back_at_ms = excluded.taken_back_at_ms, event_us = excluded.event_us
"""
NOTE_EVENT = """
UPDATE votes SET event_us = :event
WHERE request_id = :request_id AND user_id = :user_id AND event_us < :event
"""
EXPLAIN = """
UPDATE votes SET reason = :reason
WHERE request_id = :request_id AND user_id = :user_id AND reason = '' AND verdict = :verdict
RETURNING user_id
"""
LIST_VOTES = "SELECT * FROM votes WHERE request_id = :request_id ORDER BY at_ms, user_id"


@dataclass(frozen=True, slots=True)
class Approval:
    """The policy a request is under, and whether it has been decided."""

    request_id: RequestId
    needed: int
    approvers: tuple[str, ...]
    buttons_only: bool
    asked_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    row: Fitting | None
    """The row of the table it came to; None where that was not kept yet."""


@dataclass(frozen=True, slots=True)
class Word:
    """A vote as it is kept.

    `reason` is "" where none was given, `event_us` Slack's time of the last reaction about it.
    """

    vote: Vote
    reason: str
    event_us: int
    was_said: bool = True
    """False where only the taking back of a reaction is known, not that it ever counted."""
    is_damaged: bool = False
    """A reason was given and cannot be read: the word counts all the same."""


def add(
    tx: Tx,
    request_id: RequestId,
    rule: Rule,
    *,
    now: datetime,
    expires_at: datetime,
    is_decided: bool = False,
) -> None:
    """Freezes the policy for a request; `is_decided`: nobody's word is needed."""
    tx.run(
        ADD_APPROVAL,
        request_id=request_id,
        needed=rule.needed,
        approvers=json.dumps(rule.approvers),
        buttons_only=int(rule.buttons_only),
        now=to_ms(now),
        expires=to_ms(expires_at),
        decided=to_ms(now) if is_decided else None,
        row=json.dumps(asdict(rule.row)) if rule.row else "",
    )


def get(tx: Tx, request_id: str) -> Approval | None:
    row = tx.one(GET_APPROVAL, request_id=request_id)
    return None if row is None else _approval(row)


def note_decided(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Nobody is waited for any more."""
    tx.run(NOTE_DECIDED, request_id=request_id, now=to_ms(now))


def note_reopened(tx: Tx, request_id: RequestId) -> None:
    tx.run(NOTE_REOPENED, request_id=request_id)


def renew(tx: Tx, request_id: RequestId, *, now: datetime, expires_at: datetime) -> None:
    """It says something else: no word said so far counts, and from here on only buttons do."""
    tx.run(RENEW, request_id=request_id, now=to_ms(now), expires=to_ms(expires_at))
    tx.run(VOID_VOTES, request_id=request_id, now=to_ms(now))


def ask_again(
    tx: Tx, request_id: RequestId, gone: Sequence[str], *, now: datetime, expires_at: datetime
) -> None:
    """It waits again: the approvals of those who are `gone` count no more, those of others do."""
    tx.run(ASK_AGAIN, request_id=request_id, now=to_ms(now), expires=to_ms(expires_at))
    void(tx, request_id, gone, now)


def list_open(tx: Tx, limit: int) -> list[RequestId]:
    """Requests that wait for somebody's word, those that expire first."""
    return [row["request_id"] for row in tx.all(LIST_OPEN, limit=limit)]


def find_expiring(tx: Tx, by: datetime, limit: int) -> list[RequestId]:
    """Requests that wait and whose time is up at `by`."""
    return [row["request_id"] for row in tx.all(FIND_EXPIRING, by=to_ms(by), limit=limit)]


def find_halfway(tx: Tx, now: datetime, limit: int) -> list[RequestId]:
    """Requests that wait, half of whose time is over; what expires first comes first."""
    return [row["request_id"] for row in tx.all(FIND_HALFWAY, now=to_ms(now), limit=limit)]


def void(tx: Tx, request_id: RequestId, user_ids: Sequence[str], now: datetime) -> None:
    """The approvals of `user_ids` count no more."""
    for user_id in user_ids:
        tx.run(VOID_VOTE, request_id=request_id, user_id=user_id, now=to_ms(now))


def put_vote(
    tx: Tx, request_id: RequestId, ballot: Ballot, *, reason: str, event_us: int, now: datetime
) -> None:
    """Keeps somebody's word. `event_us` is Slack's time of the reaction, 0 for a button."""
    tx.run(
        PUT_VOTE,
        request_id=request_id,
        user_id=ballot.user_id,
        verdict=ballot.verdict.value,
        via=ballot.via.value,
        reason=tx.vault.seal(reason, purpose=PURPOSE) if reason else "",
        now=to_ms(now),
        event=event_us,
    )


def take_back(
    tx: Tx, request_id: RequestId, ballot: Ballot, *, event_us: int, now: datetime
) -> None:
    """The word no longer counts. One that has not come yet is remembered as taken back: reactions
    arrive in any order."""
    tx.run(
        TAKE_BACK,
        request_id=request_id,
        user_id=ballot.user_id,
        verdict=ballot.verdict.value,
        via=ballot.via.value,
        now=to_ms(now),
        event=event_us,
    )


def note_event(tx: Tx, request_id: RequestId, user_id: str, event_us: int) -> None:
    """A reaction that changed nothing, but is newer than what may yet arrive."""
    tx.run(NOTE_EVENT, request_id=request_id, user_id=user_id, event=event_us)


def explain(tx: Tx, request_id: RequestId, user_id: str, verdict: Verdict, reason: str) -> bool:
    """Adds the reason to a word that had none; False where there is no such word."""
    row = tx.one(
        EXPLAIN,
        request_id=request_id,
        user_id=user_id,
        verdict=verdict.value,
        reason=tx.vault.seal(reason, purpose=PURPOSE),
    )
    return row is not None


def votes_of(tx: Tx, request_id: RequestId) -> list[Word]:
    """All that was said, those who took it back included, in the order it was said."""
    return [_word(tx, row) for row in tx.all(LIST_VOTES, request_id=request_id)]


def _approval(row: Row) -> Approval:
    return Approval(
        request_id=row["request_id"],
        needed=row["needed"],
        approvers=tuple(json.loads(row["approvers"])),
        buttons_only=bool(row["buttons_only"]),
        asked_at=from_ms(row["asked_at_ms"]),
        expires_at=from_ms(row["expires_at_ms"]),
        decided_at=from_ms_or_none(row["decided_at_ms"]),
        row=_fitting(json.loads(row["row_told"])) if row["row_told"] else None,
    )


def _fitting(kept: dict[str, Any]) -> Fitting:
    types = tuple(TemplateClass(each) for each in kept["types"])
    return Fitting(kept["number"], kept["kind"], types, kept["above"], kept["up_to"])


def _word(tx: Tx, row: Row) -> Word:
    vote = Vote(
        user_id=row["user_id"],
        verdict=Verdict(row["verdict"]),
        via=Via(row["via"]),
        at=from_ms(row["at_ms"]),
        is_taken_back=row["taken_back_at_ms"] is not None,
    )
    reason = _reason(tx, row)
    # What is only known as taken back was stored as that.
    was_said = row["taken_back_at_ms"] != row["at_ms"]
    return Word(vote, reason or "", row["event_us"], was_said, is_damaged=reason is None)


def _reason(tx: Tx, row: Row) -> str | None:
    """None where it cannot be read."""
    try:
        return tx.vault.open(row["reason"], purpose=PURPOSE) if row["reason"] else ""
    except WrongDataKey:
        extra = {"event": "row_unreadable", "row": row["request_id"]}
        log.exception("reason unreadable", extra=extra)
        return None
