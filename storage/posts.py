"""The outbox: what Slack is to be told once, in a thread, in a channel, or to one person.

What waits in one place waits in one lane, in the order in which it was stored; `lane` is empty
while what a post belongs to (its card, the post it corrects or stands under) is not there yet.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import WrongDataKey
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms

log = logging.getLogger("smsops.posts")
PURPOSE = "posts.facts"

# A thread is where its card, or its first post, is. Corrections do not wait behind what is said:
# they have lanes of their own.
ADD_POST = """
INSERT INTO posts (key, kind, facts, request_id, nth, channel, user_id, due_at_ms, failures, fault,
                   created_at_ms, edits, under, copy_of, meant_for, seq, lane)
VALUES (:key, :kind, :facts, :request_id,
        (SELECT count(*) FROM posts WHERE request_id = :request_id),
        :channel, :user_id, :now, 0, '', :now, :edits, :under, :copy_of, :meant_for,
        (SELECT coalesce(max(seq), 0) + 1 FROM posts),
        CASE WHEN :user_id <> '' THEN :user_id WHEN :channel <> '' THEN :channel
          WHEN :edits <> '' THEN coalesce((SELECT 'edit ' || lane FROM posts
            WHERE key = :edits AND done_at_ms IS NOT NULL), '')
          WHEN :under <> '' THEN coalesce((SELECT lane FROM posts
            WHERE key = :under AND done_at_ms IS NOT NULL), '')
          ELSE coalesce((SELECT channel FROM cards
            WHERE request_id = :request_id AND ts IS NOT NULL), '') END)
ON CONFLICT (key) DO NOTHING RETURNING key
"""
# Only what a message is to look like in the end.
DROP_EDITS = """
UPDATE posts SET done_at_ms = :now, fault = 'edited_again'
WHERE edits = :edits AND edits <> '' AND done_at_ms IS NULL AND key <> :key
"""
EDIT_WAITING = """
SELECT min(seq) AS seq FROM posts WHERE edits = :edits AND edits <> '' AND done_at_ms IS NULL
"""
TAKE_PLACE = "UPDATE posts SET seq = :seq WHERE key = :key"
# One that cannot have got out is said as it is by now.
CHANGE_UNSAID = """
UPDATE posts SET kind = :kind, facts = :facts, revision = revision + 1
WHERE key = :key AND done_at_ms IS NULL AND tried_at_ms IS NULL RETURNING key
"""
# Of each lane what was stored first, new alerts before the rest: somebody is to wake up. Who stands
# aside holds up nobody, and waits for nobody.
_FIRST = """
(SELECT key, due_at_ms, row_number() OVER (
    PARTITION BY lane, CASE WHEN aside = 1 THEN key ELSE '' END
    ORDER BY CASE WHEN kind = 'alert.card' THEN 0 ELSE 1 END, seq, created_at_ms, nth, key) AS place
  FROM posts WHERE done_at_ms IS NULL AND lane <> '') AS waiting
"""
# A post, and where that stands to which it belongs.
_COLUMNS = """posts.*, cards.channel AS card_channel, cards.ts AS card_ts,
  edited.channel AS edited_channel, edited.user_id AS edited_user, edited.ts AS edited_ts,
  root.channel AS root_channel, root.user_id AS root_user, root.ts AS root_ts"""
_JOINED = """LEFT JOIN cards ON cards.request_id = posts.request_id
  LEFT JOIN posts AS edited ON edited.key = posts.edits
  LEFT JOIN posts AS root ON root.key = posts.under"""
FIND_DUE = f"""
SELECT {_COLUMNS} FROM {_FIRST} JOIN posts ON posts.key = waiting.key
  {_JOINED}
WHERE waiting.place = 1 AND posts.due_at_ms <= :now
ORDER BY posts.seq, posts.created_at_ms, posts.nth LIMIT :limit
"""
FIND_NEXT = f"""
SELECT {_COLUMNS} FROM posts {_JOINED}
WHERE posts.lane = :lane AND posts.key <> :key AND posts.done_at_ms IS NULL AND posts.aside = 0
ORDER BY CASE WHEN posts.kind = 'alert.card' THEN 0 ELSE 1 END, posts.seq LIMIT 1
"""
LAST_OF = """
SELECT facts, created_at_ms FROM posts
WHERE request_id = :request_id AND kind = :kind ORDER BY nth DESC LIMIT 1
"""
IS_KNOWN = "SELECT 1 FROM posts WHERE key = :key"
NEXT_DUE = f"SELECT min(waiting.due_at_ms) AS due FROM {_FIRST} WHERE waiting.place = 1"
OLDEST_WAITING = """
SELECT min(since) AS since FROM (
  SELECT min(created_at_ms) AS since FROM posts WHERE done_at_ms IS NULL AND lane > ''
  UNION ALL SELECT min(wanted_at_ms) FROM cards WHERE wanted > posted) AS waiting
"""
COUNT_WAITING = "SELECT count(*) AS waiting FROM posts WHERE done_at_ms IS NULL"
NOTE_TRY = """
UPDATE posts SET tried_at_ms = coalesce(tried_at_ms, :now)
WHERE key = :key AND revision = :revision AND done_at_ms IS NULL RETURNING key
"""
SUSPECT_ALL = """
UPDATE posts SET tried_at_ms = created_at_ms WHERE done_at_ms IS NULL AND tried_at_ms IS NULL
"""
NOTE_POSTED = """
UPDATE posts SET ts = :ts, done_at_ms = :now, fault = '' WHERE key = :key AND done_at_ms IS NULL
"""
NOTE_FAILURE = """
UPDATE posts SET failures = failures + 1, fault = :fault, due_at_ms = :next, tried_at_ms = :tried,
  aside = :aside
WHERE key = :key AND done_at_ms IS NULL
"""
STAND_ASIDE = """
UPDATE posts SET aside = 1, due_at_ms = :now WHERE key = :key AND done_at_ms IS NULL
"""
# What waited for it can be said now; where it was sent elsewhere, it waits there.
FREE_UNDER = """
UPDATE posts SET lane = :lane WHERE under = :key AND under <> '' AND done_at_ms IS NULL
"""
FREE_EDITS = """
UPDATE posts SET lane = CASE WHEN :lane = '' THEN '' ELSE 'edit ' || :lane END
WHERE edits = :key AND edits <> '' AND done_at_ms IS NULL
"""
MOVE_POST = """
UPDATE posts SET channel = :channel, user_id = :user_id, lane = :lane, tried_at_ms = NULL,
  due_at_ms = :now, fault = :fault, meant_for = :meant_for, under = '', aside = 0
WHERE key = :key AND done_at_ms IS NULL
"""
MOVE_WAITING = "UPDATE posts SET under = :root WHERE under = :gone AND done_at_ms IS NULL"
# Its message is gone from Slack: it is said once more, as it is by now.
SAY_ANEW = """
UPDATE posts SET kind = :kind, facts = :facts, revision = revision + 1, ts = NULL,
  done_at_ms = NULL, tried_at_ms = NULL, due_at_ms = :now, failures = 0, aside = 0, fault = :fault
WHERE key = :key AND done_at_ms IS NOT NULL
"""
LAST_CHARACTER = chr(0x10FFFF)
STANDING = """
SELECT key FROM posts
WHERE key >= :beginning AND key < :end AND kind = :kind AND edits = ''
  AND (done_at_ms IS NULL OR ts IS NOT NULL)
ORDER BY seq
"""
COPIES_OF = "SELECT key FROM posts WHERE copy_of = :key AND copy_of <> '' ORDER BY key"
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
    lane: str
    seq: int
    revision: int
    meant_for: str
    """The channel that would not have it; "" where it stands where it should."""
    copy_of: str
    """The key of the post of which everybody was given a copy; "" for one that is none."""
    is_damaged: bool
    """Its facts cannot be read: they are empty."""


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
    return _add(tx, key, kind, facts, place, now)


def add_under(
    tx: Tx, root: str, key: str, kind: str, facts: Mapping[str, Any], now: datetime
) -> bool:
    """Has it said in the thread of an earlier post, `root` by its key, once for each `key`."""
    return _add(tx, key, kind, facts, {"under": root}, now)


def correct(
    tx: Tx, edits: str, key: str, kind: str, facts: Mapping[str, Any], now: datetime
) -> bool:
    """Has the message of an earlier post, `edits` by its key, changed to this one, wherever it
    stands. Earlier corrections that were not made yet are left out; a message that cannot have got
    out yet is changed before it is said."""
    if not _add(tx, key, kind, facts, {"edits": edits}, now):
        return False
    # In the place of the first one, or who is corrected often would wait for ever.
    waiting = tx.one(EDIT_WAITING, edits=edits)
    tx.run(TAKE_PLACE, key=key, seq=waiting["seq"] if waiting else 0)
    tx.run(DROP_EDITS, edits=edits, key=key, now=to_ms(now))
    sealed = tx.vault.seal(json.dumps(facts), purpose=PURPOSE)
    if tx.one(CHANGE_UNSAID, key=edits, kind=kind, facts=sealed) is not None:
        tx.run(GIVE_UP, key=key, fault="in_place", now=to_ms(now))
    return True


def _add(
    tx: Tx,
    key: str,
    kind: str,
    facts: Mapping[str, Any],
    place: Mapping[str, str | None],
    now: datetime,
) -> bool:
    sealed = tx.vault.seal(json.dumps(facts), purpose=PURPOSE)
    nowhere = dict.fromkeys(("channel", "user_id", "edits", "under", "copy_of", "meant_for"), "")
    values = {**nowhere, "request_id": None, **place}
    row = tx.one(ADD_POST, key=key, kind=kind, facts=sealed, now=to_ms(now), **values)
    return row is not None


def is_known(tx: Tx, key: str) -> bool:
    """Whether it was said, or will be."""
    return tx.one(IS_KNOWN, key=key) is not None


def standing(tx: Tx, kind: str, beginning: str) -> list[str]:
    """The keys, of those that begin with `beginning`, of messages of that kind that stand
    somewhere, or will; in the order in which they were stored."""
    end = beginning + LAST_CHARACTER
    rows = tx.all(STANDING, kind=kind, beginning=beginning, end=end)
    return [row["key"] for row in rows]


def last_of(tx: Tx, request_id: RequestId, kind: str) -> tuple[Mapping[str, Any], datetime] | None:
    """The facts of what was said last of that kind about a request, or will be, and when."""
    row = tx.one(LAST_OF, request_id=request_id, kind=kind)
    if row is None:
        return None
    return json.loads(tx.vault.open(row["facts"], purpose=PURPOSE)), from_ms(row["created_at_ms"])


def find_due(tx: Tx, now: datetime, limit: int) -> list[Post]:
    """What can be said now: of each lane what comes first, and what stands aside."""
    return [_post(tx, row) for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def find_next(tx: Tx, post: Post) -> Post | None:
    """What waits behind `post`, which is first in its lane, due or not."""
    row = tx.one(FIND_NEXT, lane=post.lane, key=post.key)
    return None if row is None else _post(tx, row)


def next_due(tx: Tx) -> datetime | None:
    """When the next one is due, what waits for its card or its turn not counted."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


def oldest_waiting(tx: Tx, now: datetime) -> datetime | None:
    """Since when the oldest post, correction or card waits that Slack does not show yet; None where
    none does. A clock that was set back makes nothing younger than `now`."""
    row = tx.one(OLDEST_WAITING)
    since = None if row is None else from_ms_or_none(row["since"])
    return None if since is None else min(since, now)


def count_waiting(tx: Tx) -> int:
    """How many are still to be said, what waits for its card or its thread among them."""
    row = tx.one(COUNT_WAITING)
    return int(row["waiting"]) if row else 0


def note_try(tx: Tx, post: Post, now: datetime) -> bool:
    """It is about to leave: from here on it may be there without our knowing. False where it was
    changed since it was loaded, or need not be said any more."""
    row = tx.one(NOTE_TRY, key=post.key, revision=post.revision, now=to_ms(now))
    return row is not None


def suspect_all(tx: Tx) -> None:
    """Whatever waits may be there: it is looked for before it is said."""
    tx.run(SUSPECT_ALL)


def note_posted(tx: Tx, post: Post, *, ts: str, now: datetime) -> None:
    tx.run(NOTE_POSTED, key=post.key, ts=ts, now=to_ms(now))
    _free(tx, post.key, post.lane)


def note_failure(
    tx: Tx,
    post: Post,
    *,
    fault: str,
    next_at: datetime,
    tried_at: datetime | None,
    is_aside: bool = False,
) -> None:
    """Slack did not take it; try again at `next_at`. `tried_at`: since when it may be there.

    What is after it in its lane waits too, unless `is_aside`: then only this one cannot be said.
    """
    tx.run(
        NOTE_FAILURE,
        key=post.key,
        fault=fault,
        next=to_ms(next_at),
        tried=None if tried_at is None else to_ms(tried_at),
        aside=int(is_aside),
    )


def stand_aside(tx: Tx, post: Post, now: datetime) -> None:
    """What is behind it can be said, so the fault is its own: it holds up its lane no longer."""
    tx.run(STAND_ASIDE, key=post.key, now=to_ms(now))


def move(tx: Tx, post: Post, *, user_id: str, fault: str, now: datetime) -> None:
    """Its place will not have it: say it to `user_id` alone."""
    _move(tx, post, fault, now, user_id=user_id)


def redirect(tx: Tx, post: Post, *, channel: str, fault: str, now: datetime) -> None:
    """Its place will not have it: say it in `channel`, with a note of where it was meant for. What
    waits to stand in the same thread stands under it there."""
    _move(tx, post, fault, now, channel=channel, meant_for=post.meant_for or post.channel)


def hand_over(tx: Tx, post: Post, *, user_ids: Iterable[str], fault: str, now: datetime) -> None:
    """Its channel will not have it: say it to each of `user_ids` alone, and where it was meant
    for."""
    for user_id in user_ids:
        key, place = f"{post.key}:{user_id}", {"user_id": user_id, "copy_of": post.key}
        meant_for = {"meant_for": post.meant_for or post.channel}
        _add(tx, key, post.kind, post.facts, {**place, **meant_for}, now)
    give_up(tx, post, fault=fault, now=now)


def stand_alone(tx: Tx, post: Post, *, fault: str, now: datetime) -> None:
    """The post it was to stand under is gone from Slack: it stands in the channel by itself, and
    what else waits to stand there stands under it."""
    place = {"user_id": post.user_id} if post.user_id else {"channel": post.channel}
    _move(tx, post, fault, now, meant_for=post.meant_for, **place)


def say_anew(tx: Tx, post: Post, *, fault: str, now: datetime) -> None:
    """The message that `post` corrects is gone from Slack, or its channel is closed: what it should
    look like is said as the message it was, and what waits for it waits again."""
    facts = tx.vault.seal(json.dumps(post.facts), purpose=PURPOSE)
    values = {"key": post.edits, "kind": post.kind, "facts": facts, "fault": fault}
    if tx.run(SAY_ANEW, now=to_ms(now), **values):
        _free(tx, post.edits, "")
    give_up(tx, post, fault=fault, now=now)


def correct_copies(tx: Tx, post: Post, now: datetime) -> bool:
    """Has every copy of what `post` corrects look so; False where there is none."""
    copies = [row["key"] for row in tx.all(COPIES_OF, key=post.edits)]
    for key in copies:
        person = key.removeprefix(f"{post.edits}:")
        correct(tx, key, f"{post.key}:{person}", post.kind, post.facts, now)
    if copies:
        give_up(tx, post, fault="copied", now=now)
    return bool(copies)


def give_up(tx: Tx, post: Post, *, fault: str, now: datetime) -> None:
    """No place takes it."""
    tx.run(GIVE_UP, key=post.key, fault=fault, now=to_ms(now))
    _free(tx, post.key, post.lane)


def _move(
    tx: Tx,
    post: Post,
    fault: str,
    now: datetime,
    *,
    channel: str = "",
    user_id: str = "",
    meant_for: str = "",
) -> None:
    place = {"channel": channel, "user_id": user_id, "lane": user_id or channel}
    tx.run(MOVE_POST, key=post.key, fault=fault, now=to_ms(now), meant_for=meant_for, **place)
    if post.under:
        tx.run(MOVE_WAITING, root=post.key, gone=post.under)
        _free(tx, post.key, "")


def _free(tx: Tx, key: str, lane: str) -> None:
    """What belongs to a post waits in `lane` from here on; "" while the post is not there."""
    tx.run(FREE_UNDER, key=key, lane=lane)
    tx.run(FREE_EDITS, key=key, lane=lane)


def _post(tx: Tx, row: Row) -> Post:
    is_shown, facts = row["card_ts"] is not None, facts_of(tx, row)
    return Post(
        key=row["key"],
        kind=row["kind"],
        facts=facts or {},
        request_id=row["request_id"],
        channel=_of_place(row, "channel"),
        user_id=_of_place(row, "user"),
        edits=row["edits"],
        edited_ts=row["edited_ts"],
        under=row["under"],
        root_ts=row["root_ts"],
        thread=(row["card_channel"], row["card_ts"]) if is_shown else None,
        tried_at=from_ms_or_none(row["tried_at_ms"]),
        failures=row["failures"],
        created_at=from_ms(row["created_at_ms"]),
        lane=row["lane"],
        seq=row["seq"],
        revision=row["revision"],
        meant_for=row["meant_for"],
        copy_of=row["copy_of"],
        is_damaged=facts is None,
    )


def facts_of(tx: Tx, row: Row) -> Mapping[str, Any] | None:
    """What a row says; None where that cannot be read: one damaged row must not keep the others
    from being said."""
    try:
        facts = json.loads(tx.vault.open(row["facts"], purpose=PURPOSE))
    except (WrongDataKey, ValueError):
        log.exception("post unreadable", extra={"event": "post_unreadable", "key": row["key"]})
        return None
    return facts if isinstance(facts, dict) else None


def _of_place(row: Row, what: str) -> str:
    """Its own, or that of the post it corrects or stands under."""
    if row["edits"]:
        return row[f"edited_{what}"] or ""
    if row["under"]:
        return row[f"root_{what}"] or ""
    found: str = row["channel" if what == "channel" else "user_id"]
    return found
