"""What a job's card and the list of jobs count: reasons, pace, which jobs there are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.rules.roles import Apps
from storage.db import Tx
from storage.ids import RequestId, from_ms, to_ms
from storage.scopes import given, within

#: So many rows are looked at to name the reasons; with more, they are named without a count.
REASONS_AMONG = 5_000
#: The pace is that of the last messages, as far as they are not older than this.
PACE_AMONG = 5_000
PACE_WITHIN = timedelta(seconds=30)
#: Less than this is no time to measure a pace over.
PACE_AT_LEAST = timedelta(seconds=1)
#: States of messages that Tencent was asked about: the bar counts those and the ones left out.
ASKED = (
    MessageState.ACCEPTED,
    MessageState.REFUSED,
    MessageState.IN_DOUBT,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
)
OPEN = (
    RequestState.DRAFT,
    RequestState.AWAITING_APPROVAL,
    RequestState.APPROVED,
    RequestState.EXECUTING,
    RequestState.PAUSED,
    RequestState.IN_DOUBT,
)


def _in(states: tuple[RequestState, ...]) -> str:
    return ", ".join(str(state.value) for state in states)


REASONS = """
SELECT reason, count(*) AS messages FROM (
  SELECT CASE WHEN code <> '' THEN code ELSE detail END AS reason FROM messages
  WHERE request_id = :request_id AND state = :state ORDER BY id DESC LIMIT :among
) AS latest
GROUP BY reason ORDER BY messages DESC, reason
"""
LATEST_SIGNED = """
SELECT signed_at_ms FROM messages WHERE request_id = :request_id AND state = :state
ORDER BY id DESC LIMIT :among
"""
LIST_OPEN = f"""
SELECT jobs.request_id FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.ended_at_ms IS NULL AND requests.state IN ({_in(OPEN)}) AND {within("jobs.app")}
ORDER BY requests.created_at_ms DESC, jobs.request_id LIMIT :limit
"""
LIST_ENDED = f"""
SELECT jobs.request_id FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.started_at_ms IS NOT NULL AND requests.changed_at_ms >= :since
  AND (jobs.ended_at_ms IS NOT NULL OR requests.state NOT IN ({_in(OPEN)})) AND {within("jobs.app")}
ORDER BY requests.changed_at_ms DESC, jobs.request_id LIMIT :limit
"""

# Cards at rest, which may be edited now.
COUNTING_DOWN = f"""
SELECT jobs.request_id FROM jobs
  JOIN requests ON requests.id = jobs.request_id
  JOIN cards ON cards.request_id = jobs.request_id
WHERE jobs.started_at_ms IS NULL AND jobs.starts_at_ms > :now AND jobs.starts_at_ms <= :until
  AND requests.state = {RequestState.APPROVED.value}
  AND cards.wanted = cards.posted AND cards.due_at_ms <= :now
"""
RUNNING_OF_CLASS = f"""
SELECT jobs.request_id FROM jobs
  JOIN requests ON requests.id = jobs.request_id
  JOIN cards ON cards.request_id = jobs.request_id
WHERE jobs.ended_at_ms IS NULL AND jobs.class = :class
  AND requests.state = {RequestState.EXECUTING.value}
  AND cards.wanted = cards.posted AND cards.due_at_ms <= :now
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of Tencent's or a word of ours, and how many messages it kept back; None where they
    are too many to be counted each time."""

    reason: str
    count: int | None


def reasons(tx: Tx, request_id: str, state: MessageState, count: int) -> tuple[Reason, ...]:
    """Why messages of a job are in `state`, of which there are `count`; the commonest first."""
    if not count:
        return ()
    rows = tx.all(REASONS, request_id=request_id, state=state.value, among=REASONS_AMONG)
    is_whole = count <= REASONS_AMONG
    return tuple(Reason(row["reason"], row["messages"] if is_whole else None) for row in rows)


def rate_per_s(tx: Tx, request_id: str, now: datetime) -> float:
    """How many messages a second are through just now; 0.0 where none was lately."""
    found: list[int] = []
    for state in ASKED:
        rows = tx.all(LATEST_SIGNED, request_id=request_id, state=state.value, among=PACE_AMONG)
        found += [row["signed_at_ms"] for row in rows if row["signed_at_ms"] is not None]
    latest = sorted(found, reverse=True)[:PACE_AMONG]
    recent = [from_ms(at) for at in latest if from_ms(at) >= now - PACE_WITHIN]
    if not recent:
        return 0.0
    return len(recent) / max(now - recent[-1], PACE_AT_LEAST).total_seconds()


def list_open(tx: Tx, apps: Apps, limit: int) -> list[RequestId]:
    """Jobs of `apps` that have not come to their end, the latest first."""
    return [row["request_id"] for row in tx.all(LIST_OPEN, limit=limit, **given(apps))]


def list_ended(tx: Tx, apps: Apps, since: datetime, limit: int) -> list[RequestId]:
    """Jobs of `apps` that sent something and ended since then, the latest end first."""
    rows = tx.all(LIST_ENDED, since=to_ms(since), limit=limit, **given(apps))
    return [row["request_id"] for row in rows]


def counting_down(tx: Tx, now: datetime, until: datetime) -> list[RequestId]:
    """Jobs that start by then, whose cards are at rest."""
    rows = tx.all(COUNTING_DOWN, now=to_ms(now), until=to_ms(until))
    return [row["request_id"] for row in rows]


def running_of(tx: Tx, class_: TemplateClass, now: datetime) -> list[RequestId]:
    """Jobs of a class that go out now, whose cards are at rest."""
    rows = tx.all(RUNNING_OF_CLASS, now=to_ms(now), **{"class": class_.value})
    return [row["request_id"] for row in rows]
