"""What Slack is to be told once: in a request's thread, in a channel, or to one person."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms

PURPOSE = "posts.facts"

ADD_POST = """
INSERT INTO posts (key, kind, facts, request_id, nth, channel, user_id, due_at_ms, failures, fault,
                   created_at_ms)
VALUES (:key, :kind, :facts, :request_id,
        (SELECT count(*) FROM posts WHERE request_id = :request_id),
        :channel, :user_id, :now, 0, '', :now)
ON CONFLICT (key) DO NOTHING RETURNING key
"""
# A thread is where its card is: what belongs there waits until there is one. What is said in one
# place about one request is said in order.
FIND_DUE = """
SELECT posts.*, cards.channel AS card_channel, cards.ts AS card_ts
FROM posts LEFT JOIN cards ON cards.request_id = posts.request_id
WHERE posts.done_at_ms IS NULL AND posts.due_at_ms <= :now
  AND (posts.channel <> '' OR posts.user_id <> '' OR cards.ts IS NOT NULL)
  AND NOT EXISTS (
    SELECT 1 FROM posts AS earlier
    WHERE earlier.request_id = posts.request_id AND earlier.nth < posts.nth
      AND earlier.channel = posts.channel AND earlier.user_id = posts.user_id
      AND earlier.done_at_ms IS NULL
  )
ORDER BY posts.due_at_ms, posts.created_at_ms, posts.nth LIMIT :limit
"""
IS_KNOWN = "SELECT 1 FROM posts WHERE key = :key"
NEXT_DUE = """
SELECT min(posts.due_at_ms) AS due
FROM posts LEFT JOIN cards ON cards.request_id = posts.request_id
WHERE posts.done_at_ms IS NULL
  AND (posts.channel <> '' OR posts.user_id <> '' OR cards.ts IS NOT NULL)
"""
NOTE_TRY = "UPDATE posts SET tried_at_ms = :now WHERE key = :key AND tried_at_ms IS NULL"
NOTE_POSTED = """
UPDATE posts SET ts = :ts, done_at_ms = :now, fault = '' WHERE key = :key AND done_at_ms IS NULL
"""
NOTE_FAILURE = """
UPDATE posts SET failures = failures + 1, fault = :fault, due_at_ms = :next, tried_at_ms = :tried
WHERE key = :key AND done_at_ms IS NULL
"""
MOVE_POST = """
UPDATE posts SET channel = '', user_id = :user_id, tried_at_ms = NULL, due_at_ms = :now,
  fault = :fault
WHERE key = :key AND done_at_ms IS NULL
"""
GIVE_UP = "UPDATE posts SET done_at_ms = :now, fault = :fault WHERE key = :key"


@dataclass(frozen=True, slots=True)
class Post:
    """Something to say, and where: to `user_id`, in `channel`, else under the request's card.

    `facts` is plain JSON; `kind` names the function that makes a message of it
    (`bot.slack.messages.notices`). `tried_at` is set while a post may have got out.
    """

    key: str
    kind: str
    facts: Mapping[str, Any]
    request_id: RequestId | None
    channel: str
    user_id: str
    thread: tuple[str, str] | None
    """Channel and ts of the request's card, where it is shown."""
    tried_at: datetime | None
    failures: int
    created_at: datetime


def add(
    tx: Tx,
    key: str,
    kind: str,
    facts: Mapping[str, Any],
    *,
    request_id: RequestId | None = None,
    channel: str = "",
    user_id: str = "",
    now: datetime,
) -> bool:
    """Has it said, once for each `key`; False where it was said, or will be, already.

    Raises ValueError where there is no place to say it.
    """
    if not (request_id or channel or user_id):
        raise ValueError(f"{key}: to be said nowhere")
    row = tx.one(
        ADD_POST,
        key=key,
        kind=kind,
        facts=tx.vault.seal(json.dumps(facts), purpose=PURPOSE),
        request_id=request_id,
        channel=channel,
        user_id=user_id,
        now=to_ms(now),
    )
    return row is not None


def is_known(tx: Tx, key: str) -> bool:
    """Whether it was said, or will be."""
    return tx.one(IS_KNOWN, key=key) is not None


def find_due(tx: Tx, now: datetime, limit: int) -> list[Post]:
    """What can be said now; of each place and request only what comes first."""
    return [_post(tx, row) for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def next_due(tx: Tx) -> datetime | None:
    """When the next one is due, what waits for its card not counted."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


def note_try(tx: Tx, post: Post, now: datetime) -> None:
    """It is about to leave: from here on it may be there without our knowing."""
    tx.run(NOTE_TRY, key=post.key, now=to_ms(now))


def note_posted(tx: Tx, post: Post, *, ts: str, now: datetime) -> None:
    tx.run(NOTE_POSTED, key=post.key, ts=ts, now=to_ms(now))


def note_failure(
    tx: Tx, post: Post, *, fault: str, next_at: datetime, tried_at: datetime | None
) -> None:
    """Slack did not take it; try again at `next_at`. `tried_at`: since when it may be there."""
    tried = None if tried_at is None else to_ms(tried_at)
    tx.run(NOTE_FAILURE, key=post.key, fault=fault, next=to_ms(next_at), tried=tried)


def move(tx: Tx, post: Post, *, user_id: str, fault: str, now: datetime) -> None:
    """Its place will not have it: say it to `user_id` alone."""
    tx.run(MOVE_POST, key=post.key, user_id=user_id, fault=fault, now=to_ms(now))


def hand_over(tx: Tx, post: Post, *, user_ids: Iterable[str], fault: str, now: datetime) -> None:
    """Its channel will not have it: say it to each of `user_ids` alone, and where it was meant for
    (`meant_for` among the facts)."""
    facts = {**post.facts, "meant_for": post.channel}
    for user_id in user_ids:
        add(tx, f"{post.key}:{user_id}", post.kind, facts, user_id=user_id, now=now)
    give_up(tx, post, fault=fault, now=now)


def give_up(tx: Tx, post: Post, *, fault: str, now: datetime) -> None:
    """No place takes it."""
    tx.run(GIVE_UP, key=post.key, fault=fault, now=to_ms(now))


def _post(tx: Tx, row: Row) -> Post:
    is_shown = row["card_ts"] is not None
    return Post(
        key=row["key"],
        kind=row["kind"],
        facts=json.loads(tx.vault.open(row["facts"], purpose=PURPOSE)),
        request_id=row["request_id"],
        channel=row["channel"],
        user_id=row["user_id"],
        thread=(row["card_channel"], row["card_ts"]) if is_shown else None,
        tried_at=from_ms_or_none(row["tried_at_ms"]),
        failures=row["failures"],
        created_at=from_ms(row["created_at_ms"]),
    )
