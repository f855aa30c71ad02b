"""Groups of alerts that somebody is to acknowledge: which step is next, and what came of each."""

import logging
from dataclasses import dataclass
from datetime import datetime

from bot.errors import WrongDataKey
from bot.rules.escalation import Means, StepState
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, to_ms

log = logging.getLogger("smsops.oncall")

PURPOSE = "escalation_steps.detail"
BEGIN = """
INSERT INTO escalations (group_id, nth, chain, next_step, rounds, whom, turn, again, due_at_ms,
  begun_at_ms)
VALUES (:group_id, (SELECT count(*) FROM escalations WHERE group_id = :group_id), :chain, 0, 0, '',
  0, '', :now, :now)
RETURNING *
"""
END = """
UPDATE escalations SET ended_at_ms = :now WHERE group_id = :group_id AND ended_at_ms IS NULL
"""
GO_ON = """
UPDATE escalations SET ended_at_ms = NULL
WHERE group_id = :group_id AND chain = :chain AND ended_at_ms >= :since
  AND nth = (SELECT max(nth) FROM escalations WHERE group_id = :group_id)
"""
FIND_DUE = """
SELECT * FROM escalations WHERE ended_at_ms IS NULL AND due_at_ms <= :now
ORDER BY due_at_ms, group_id LIMIT :limit
"""
GET_OPEN = "SELECT * FROM escalations WHERE group_id = :group_id AND ended_at_ms IS NULL"
SAVE = """
UPDATE escalations SET next_step = :next_step, rounds = :rounds, whom = :whom, turn = :turn,
  again = :again, due_at_ms = :due_at
WHERE group_id = :group_id AND nth = :nth AND ended_at_ms IS NULL
"""
LAST_CHAIN = """
SELECT chain FROM escalations WHERE group_id = :group_id ORDER BY nth DESC LIMIT 1
"""
NEXT_DUE = "SELECT min(due_at_ms) AS at FROM escalations WHERE ended_at_ms IS NULL"
ADD_STEP = """
INSERT INTO escalation_steps (group_id, escalation, nth, means, whom, user_id, state, detail,
  reference, at_ms, changed_at_ms)
VALUES (:group_id, :escalation,
  (SELECT count(*) FROM escalation_steps
   WHERE group_id = :group_id AND escalation = :escalation),
  :means, :whom, :user_id, :state, :detail, :reference, :now, :now)
RETURNING *
"""
NOTE_STEP = """
UPDATE escalation_steps SET state = :state, detail = :detail, changed_at_ms = :now
WHERE group_id = :group_id AND escalation = :escalation AND nth = :nth
"""
GET_STEP = """
SELECT * FROM escalation_steps
WHERE group_id = :group_id AND escalation = :escalation AND nth = :nth
"""
STEPS_OF = """
SELECT * FROM escalation_steps WHERE group_id = :group_id ORDER BY escalation, nth
"""
# Those whose message may still change.
TEXTS_UNDER_WAY = """
SELECT * FROM escalation_steps WHERE means = 'sms' AND state IN ('queued', 'accepted', 'unknown')
  AND at_ms >= :since
ORDER BY at_ms
"""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Where the search for somebody stands. `whom` it turned to last, as the chain has it, and with
    which step: `turned` is that step's number."""

    group_id: str
    nth: int
    chain: str
    next_step: int
    rounds: int
    whom: str
    turned: int
    again: Means | None
    """Somebody passed it on: the next one is reached so before the chain goes on."""
    due_at: datetime
    begun_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to be kept; its fields are those of `StepTaken`."""

    means: Means
    whom: str
    user_id: str
    state: StepState
    detail: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step, and what came of it by now. `user_id` is "" for a whole group, or for nobody."""

    group_id: str
    escalation: int
    nth: int
    means: Means
    whom: str
    user_id: str
    state: StepState
    detail: str
    """A code of Tencent's or a carrier's, keys, or what stands in the way of an SMS, as JSON; by
    the state."""
    reference: str
    at: datetime
    changed_at: datetime


def begin(tx: Tx, group_id: str, chain: str, now: datetime) -> Escalation:
    """Begins to look for somebody, with the first step of a chain; an escalation that is open must
    be ended before."""
    row = tx.one(BEGIN, group_id=group_id, chain=chain, now=to_ms(now))
    if row is None:
        raise LookupError(group_id)
    return _escalation(row)


def end(tx: Tx, group_id: str, now: datetime) -> bool:
    """No step follows in a group; False where none would have."""
    return tx.run(END, group_id=group_id, now=to_ms(now)) == 1


def go_on(tx: Tx, group_id: str, chain: str, since: datetime) -> bool:
    """Goes on with the last escalation of a group where it was, if it was of `chain` and ended
    since `since`."""
    return tx.run(GO_ON, group_id=group_id, chain=chain, since=to_ms(since)) == 1


def find_due(tx: Tx, now: datetime, limit: int) -> list[Escalation]:
    """Escalations whose next step is to be taken."""
    return [_escalation(row) for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def get_open(tx: Tx, group_id: str) -> Escalation | None:
    """The escalation of a group that is under way, None where none is."""
    row = tx.one(GET_OPEN, group_id=group_id)
    return None if row is None else _escalation(row)


def last_chain(tx: Tx, group_id: str) -> str:
    """The chain that was followed last, to its end or not; "" for none."""
    row = tx.one(LAST_CHAIN, group_id=group_id)
    return "" if row is None else str(row["chain"])


def save(tx: Tx, escalation: Escalation) -> bool:
    """Keeps where an escalation stands; False where it has ended."""
    saved = tx.run(
        SAVE,
        group_id=escalation.group_id,
        nth=escalation.nth,
        next_step=escalation.next_step,
        rounds=escalation.rounds,
        whom=escalation.whom,
        turn=escalation.turned,
        again=escalation.again.value if escalation.again else "",
        due_at=to_ms(escalation.due_at),
    )
    return saved == 1


def next_due(tx: Tx) -> datetime | None:
    """When the next step of any escalation is due."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["at"])


def add_step(tx: Tx, escalation: Escalation, new: NewStep, now: datetime) -> StepTaken:
    """Commits a step before anything of it leaves."""
    row = tx.one(
        ADD_STEP,
        group_id=escalation.group_id,
        escalation=escalation.nth,
        means=new.means.value,
        whom=new.whom,
        user_id=new.user_id,
        state=new.state.value,
        detail=_sealed(tx, new.detail),
        reference=new.reference,
        now=to_ms(now),
    )
    if row is None:
        raise LookupError(escalation.group_id)
    return _step(tx, row)


def note_step(tx: Tx, step: StepTaken, state: StepState, detail: str, now: datetime) -> None:
    """Keeps what came of a step."""
    tx.run(
        NOTE_STEP,
        group_id=step.group_id,
        escalation=step.escalation,
        nth=step.nth,
        state=state.value,
        detail=_sealed(tx, detail),
        now=to_ms(now),
    )


def get_step(tx: Tx, group_id: str, escalation: int, nth: int) -> StepTaken | None:
    """One step of an escalation."""
    row = tx.one(GET_STEP, group_id=group_id, escalation=escalation, nth=nth)
    return None if row is None else _step(tx, row)


def steps_of(tx: Tx, group_id: str) -> list[StepTaken]:
    """All steps that were taken about a group, oldest first, over every time somebody was looked
    for."""
    return [_step(tx, row) for row in tx.all(STEPS_OF, group_id=group_id)]


def texts_under_way(tx: Tx, since: datetime) -> list[StepTaken]:
    """SMS steps of whose message more may be heard."""
    return [_step(tx, row) for row in tx.all(TEXTS_UNDER_WAY, since=to_ms(since))]


def _escalation(row: Row) -> Escalation:
    return Escalation(
        group_id=row["group_id"],
        nth=row["nth"],
        chain=row["chain"],
        next_step=row["next_step"],
        rounds=row["rounds"],
        whom=row["whom"],
        turned=row["turn"],
        again=Means(row["again"]) if row["again"] else None,
        due_at=from_ms(row["due_at_ms"]),
        begun_at=from_ms(row["begun_at_ms"]),
        ended_at=from_ms_or_none(row["ended_at_ms"]),
    )


def _sealed(tx: Tx, detail: str) -> str:
    return tx.vault.seal(detail, purpose=PURPOSE) if detail else ""


def _detail(tx: Tx, row: Row) -> str:
    """What cannot be read must not keep the next one from being called."""
    try:
        return tx.vault.open(row["detail"], purpose=PURPOSE) if row["detail"] else ""
    except WrongDataKey:
        log.error("step unreadable", extra={"event": "step_unreadable", "group": row["group_id"]})
        return ""


def _step(tx: Tx, row: Row) -> StepTaken:
    return StepTaken(
        group_id=row["group_id"],
        escalation=row["escalation"],
        nth=row["nth"],
        means=Means(row["means"]),
        whom=row["whom"],
        user_id=row["user_id"],
        state=StepState(row["state"]),
        detail=_detail(tx, row),
        reference=row["reference"],
        at=from_ms(row["at_ms"]),
        changed_at=from_ms(row["changed_at_ms"]),
    )
