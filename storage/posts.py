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
                   created_at_ms, edits, under)
VALUES (:key, :kind, :facts, :request_id,
        (SELECT count(*) FROM posts WHERE request_id = :request_id),
        :channel, :user_id, :now, 0, '', :now, :edits, :under)
ON CONFLICT (key) DO NOTHING RETURNING key
"""
# Only what a message is to look like in the end.
DROP_EDITS = """
UPDATE posts SET done_at_ms = :now, fault = 'edited_again'
WHERE edits = :edits AND edits <> '' AND done_at_ms IS NULL
"""
# A thread is where its card, or its first post, is: what belongs there waits until there is one, as
# a correction waits for what it corrects.
_IN_PLACE = """FROM posts LEFT JOIN cards ON cards.request_id = posts.request_id
  LEFT JOIN posts AS edited ON edited.key = posts.edits
  LEFT JOIN posts AS root ON root.key = posts.under
WHERE posts.done_at_ms IS NULL
  AND (posts.channel <> '' OR posts.user_id <> '' OR cards.ts IS NOT NULL
    OR edited.done_at_ms IS NOT NULL OR root.done_at_ms IS NOT NULL)"""
# What is said in one place about one request is said in order, and so is what is under one post.
FIND_DUE = f"""
SELECT posts.*, cards.channel AS card_channel, cards.ts AS card_ts,
  edited.channel AS edited_channel, edited.user_id AS edited_user, edited.ts AS edited_ts,
  root.channel AS root_channel, root.ts AS root_ts
{_IN_PLACE}
  AND posts.due_at_ms <= :now
  AND NOT EXISTS (
    SELECT 1 FROM posts AS earlier
    WHERE earlier.request_id = posts.request_id AND earlier.nth < posts.nth
      AND earlier.channel = posts.channel AND earlier.user_id = posts.user_id
      AND earlier.done_at_ms IS NULL
  )
  AND (posts.under = '' OR NOT EXISTS (
    SELECT 1 FROM posts AS earlier
    WHERE earlier.under = posts.under AND earlier.done_at_ms IS NULL
      AND (earlier.created_at_ms, earlier.key) < (posts.created_at_ms, posts.key)
  ))
ORDER BY posts.due_at_ms, posts.created_at_ms, posts.nth LIMIT :limit
"""
LAST_OF = """
SELECT facts, created_at_ms FROM posts
WHERE request_id = :request_id AND kind = :kind ORDER BY nth DESC LIMIT 1
"""
IS_KNOWN = "SELECT 1 FROM posts WHERE key = :key"
NEXT_DUE = f"SELECT min(posts.due_at_ms) AS due {_IN_PLACE}"
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
# The post it stood under is gone: it stands by itself, and what waits to stand there is under it.
STAND_ALONE = """
UPDATE posts SET under = '', channel = :channel, tried_at_ms = NULL, due_at_ms = :now,
  fault = :fault
WHERE key = :key AND done_at_ms IS NULL
"""
MOVE_WAITING = "UPDATE posts SET under = :root WHERE under = :gone AND done_at_ms IS NULL"
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
    under: str
    """The key of the post in whose thread it stands; "" for one that does not."""
    root_ts: str | None
    """The ts of that post; None where it never came to be."""
    edits: str
    """The key of the post whose message is to look so; "" for a message of its own."""
    edited_ts: str | None
    """The ts of that message; None where it never came to be."""
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
    place = {"request_id": request_id, "channel": channel, "user_id": user_id}
    return _add(tx, key, kind, facts, {**place, "edits": "", "under": ""}, now)


def add_under(
    tx: Tx, root: str, key: str, kind: str, facts: Mapping[str, Any], now: datetime
) -> bool:
    """Has it said in the thread of an earlier post, `root` by its key, once for each `key`."""
    place = {"request_id": None, "channel": "", "user_id": ""}
    return _add(tx, key, kind, facts, {**place, "edits": "", "under": root}, now)


def correct(
    tx: Tx, edits: str, key: str, kind: str, facts: Mapping[str, Any], now: datetime
) -> bool:
    """Has the message of an earlier post, `edits` by its key, changed to this one, wherever it
    stands. Earlier corrections that were not made yet are left out."""
    tx.run(DROP_EDITS, edits=edits, now=to_ms(now))
    place = {"request_id": None, "channel": "", "user_id": ""}
    return _add(tx, key, kind, facts, {**place, "edits": edits, "under": ""}, now)


def _add(
    tx: Tx,
    key: str,
    kind: str,
    facts: Mapping[str, Any],
    place: Mapping[str, str | None],
    now: datetime,
) -> bool:
    sealed = tx.vault.seal(json.dumps(facts), purpose=PURPOSE)
    row = tx.one(ADD_POST, key=key, kind=kind, facts=sealed, now=to_ms(now), **place)
    return row is not None


def is_known(tx: Tx, key: str) -> bool:
    """Whether it was said, or will be."""
    return tx.one(IS_KNOWN, key=key) is not None


def last_of(tx: Tx, request_id: RequestId, kind: str) -> tuple[Mapping[str, Any], datetime] | None:
    """The facts of what was said last of that kind about a request, or will be, and when."""
    row = tx.one(LAST_OF, request_id=request_id, kind=kind)
    if row is None:
        return None
    return json.loads(tx.vault.open(row["facts"], purpose=PURPOSE)), from_ms(row["created_at_ms"])


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


def stand_alone(tx: Tx, post: Post, *, fault: str, now: datetime) -> None:
    """The post it was to stand under is gone from Slack: it stands in the channel by itself, and
    what else waits to stand there stands under it."""
    tx.run(STAND_ALONE, key=post.key, channel=post.channel, fault=fault, now=to_ms(now))
    tx.run(MOVE_WAITING, root=post.key, gone=post.under)


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
        channel=_channel_of(row),
        user_id=row["edited_user"] if row["edits"] else row["user_id"],
        edits=row["edits"],
        edited_ts=row["edited_ts"],
        under=row["under"],
        root_ts=row["root_ts"],
        thread=(row["card_channel"], row["card_ts"]) if is_shown else None,
        tried_at=from_ms_or_none(row["tried_at_ms"]),
        failures=row["failures"],
        created_at=from_ms(row["created_at_ms"]),
    )


def _channel_of(row: Row) -> str:
    """Its own, or that of the post it corrects or stands under."""
    of_other = row["edited_channel"] if row["edits"] else row["root_channel"]
    channel: str = of_other if row["edits"] or row["under"] else row["channel"]
    return channel
