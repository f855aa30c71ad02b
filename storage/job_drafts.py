"""Jobs to which nobody said yes: what is asked of one before, and how its rows are deleted where
nobody does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.limits import Sent
from bot.rules.requests import RequestState
from storage import optouts
from storage.db import Tx
from storage.ids import RequestId, from_ms, to_ms
from storage.messages import COUNTED, PURPOSE
from storage.vault import SealedNumber

HELD = MessageState.HELD.value
DRAFT = RequestState.DRAFT.value
#: A job in one of these that was never due to start is nothing anybody will say yes to.
GIVEN_UP = (
    RequestState.WITHDRAWN,
    RequestState.EXPIRED,
    RequestState.REJECTED,
    RequestState.SUPERSEDED,
)
COUNTED_STATES = ", ".join(str(state.value) for state in sorted(COUNTED))

NTH = f"""
SELECT number, template_values, signature FROM messages
WHERE request_id = :request_id AND state = {HELD} ORDER BY id LIMIT 1 OFFSET :nth
"""
VALUES = f"""
SELECT template_values FROM messages WHERE request_id = :request_id AND state = {HELD} ORDER BY id
"""
# Row by row of the job, each with one look into the unique index of numbers; only of those who got
# so many, or something lately, is all of it read.
OTHERS = f"""
  messages AS new CROSS JOIN messages AS old
  WHERE new.request_id = :request_id AND new.state = {HELD}
    AND old.number = new.number AND old.request_id <> :request_id
    AND old.created_at_ms >= :since AND old.app = :app AND old.state IN ({COUNTED_STATES})
"""
AT_MS = "coalesce(old.signed_at_ms, old.created_at_ms)"
EARLIER = f"""
WITH known AS MATERIALIZED (
  SELECT new.id FROM {OTHERS}
  GROUP BY new.id HAVING count(*) >= :at_least OR max({AT_MS}) > :lately
)
SELECT new.id, new.number, new.content AS new_content, new.signature <> '' AS is_mainland,
  {AT_MS} AS at_ms, old.content, old.class
FROM {OTHERS} AND new.id IN (SELECT id FROM known)
ORDER BY new.id
"""
COUNTRIES = f"""
SELECT country, count(*) AS messages FROM messages
WHERE request_id = :request_id AND state = {HELD} GROUP BY country
"""
FIND_LAPSED = f"""
SELECT requests.id FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.ended_at_ms IS NULL AND requests.state = {DRAFT} AND requests.expires_at_ms <= :now
ORDER BY requests.expires_at_ms LIMIT :limit
"""
FIND_GIVEN_UP = f"""
SELECT requests.id FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.ended_at_ms IS NULL
  AND (jobs.starts_at_ms IS NULL OR requests.state = {RequestState.WITHDRAWN.value})
  AND requests.state IN ({", ".join(str(state.value) for state in GIVEN_UP)})
LIMIT 1
"""
DROP_MESSAGES = f"""
DELETE FROM messages WHERE id IN (
  SELECT id FROM messages WHERE request_id = :request_id AND state = {HELD} LIMIT :limit
)
"""
DROP_BAD_ROWS = """
DELETE FROM bad_rows WHERE request_id = :request_id AND file_row IN (
  SELECT file_row FROM bad_rows WHERE request_id = :request_id LIMIT :limit
)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One message of a job as it is stored. `number` is the full number: mask it."""

    number: str
    values: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Known:
    """A recipient whom earlier messages of the app count for, with those messages."""

    sealed: SealedNumber
    is_mainland: bool
    content: str
    earlier: tuple[Sent, ...]


def values(tx: Tx, request_id: str) -> Iterator[tuple[str, ...]]:
    """The values of each message of the job, one after the other; no list of them is made."""
    for row in tx.conn.execute(VALUES, {"request_id": request_id}):
        yield tuple(json.loads(tx.vault.open(row["template_values"], purpose=PURPOSE)))


def nth(tx: Tx, request_id: str, place: int) -> Held | None:
    """The message at a place of the job, from 0, in the order in which they were stored."""
    row = tx.one(NTH, request_id=request_id, nth=place)
    if row is None:
        return None
    number = tx.vault.open_number(row["number"])
    return Held(number, _values(tx, row["template_values"]), row["signature"])


def opted_out(
    tx: Tx, request_id: str, class_: TemplateClass
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The (values, signature) of each message of the job, of `class_`, that nobody is to get."""
    opened: tuple[str, tuple[str, ...]] = "", ()
    for sealed, signature in optouts.texts_out(tx, request_id, class_):
        if sealed != opened[0]:
            # A list of which all get the same text is sealed once for many rows.
            opened = sealed, _values(tx, sealed)
        yield opened[1], signature


def _values(tx: Tx, sealed: str) -> tuple[str, ...]:
    return tuple(json.loads(tx.vault.open(sealed, purpose=PURPOSE)))


def known(
    tx: Tx, request_id: str, *, app: str, since: datetime, at_least: int, lately: datetime
) -> Iterator[Known]:
    """The recipients the limits must be asked about, one after the other; no list of them is made.

    Everybody else got fewer than `at_least` messages from the app since then, and none `lately`.
    """
    given = {
        "request_id": request_id,
        "app": app,
        "since": to_ms(since),
        "at_least": at_least,
        "lately": to_ms(lately),
    }
    rows = tx.conn.execute(EARLIER, given)
    for _, group in groupby(rows, lambda row: row["id"]):
        found = list(group)
        yield Known(
            sealed=found[0]["number"],
            is_mainland=bool(found[0]["is_mainland"]),
            content=found[0]["new_content"],
            earlier=tuple(
                Sent(from_ms(row["at_ms"]), row["content"], TemplateClass(row["class"]))
                for row in found
            ),
        )


def countries(tx: Tx, request_id: str) -> dict[str, int]:
    """How many messages of the job go to which country (ISO). Reads every row once."""
    return {row["country"]: row["messages"] for row in tx.all(COUNTRIES, request_id=request_id)}


def find_lapsed(tx: Tx, now: datetime, limit: int) -> list[RequestId]:
    """Drafts of jobs nobody said yes to in time."""
    return [row["id"] for row in tx.all(FIND_LAPSED, now=to_ms(now), limit=limit)]


def find_given_up(tx: Tx) -> RequestId | None:
    """A job that never started and never will, and whose rows may still be there."""
    row = tx.one(FIND_GIVEN_UP)
    return None if row is None else row["id"]


def drop_some(tx: Tx, request_id: RequestId, limit: int) -> int:
    """Deletes so many of its messages and bad rows; says how many there were of the more
    numerous."""
    rows = tx.run(DROP_MESSAGES, request_id=request_id, limit=limit)
    return max(rows, tx.run(DROP_BAD_ROWS, request_id=request_id, limit=limit))
