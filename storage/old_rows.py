"""Rows whose time is over, deleted a page at a time: reports, replies, ended alerts and what was
done about them, what was said in Slack."""

from collections.abc import Callable
from datetime import datetime

from storage import requests
from storage.db import Tx
from storage.ids import to_ms

# Nearly all lie together in the order of their key; the few whose serial number names no time, or
# one to come, by when they were stored.
REPORTS = """
DELETE FROM receipts WHERE (serial_at_s, serial, number, success) IN (
  SELECT serial_at_s, serial, number, success FROM receipts
  WHERE serial_at_s < :before / 1000 AND stored_at_ms < :before LIMIT :limit
)
"""
STRAY_REPORTS = """
DELETE FROM receipts WHERE (serial_at_s, serial, number, success) IN (
  SELECT serial_at_s, serial, number, success FROM receipts
  WHERE serial_at_s > :now / 1000 AND stored_at_ms < :before LIMIT :limit
)
"""
CONTRARY_REPORTS = """
DELETE FROM contrary_receipts WHERE serial IN (
  SELECT serial FROM contrary_receipts WHERE noted_at_ms < :before LIMIT :limit
)
"""
REFUSED_CALLBACKS = """
DELETE FROM refused_callbacks WHERE mark IN (
  SELECT mark FROM refused_callbacks WHERE came_at_ms < :before LIMIT :limit
)
"""
VOICE_EVENTS = """
DELETE FROM voice_events WHERE (call_id, number, kind, said) IN (
  SELECT call_id, number, kind, said FROM voice_events WHERE stored_at_ms < :before LIMIT :limit
)
"""
REPLIES = """
DELETE FROM replies
WHERE (replied_at_s, number, signature, extend_code, port, text_hash) IN (
  SELECT replied_at_s, number, signature, extend_code, port, text_hash FROM replies
  WHERE stored_at_ms < :before LIMIT :limit
)
"""
REPLY_THREADS = """
DELETE FROM reply_threads WHERE (channel, number) IN (
  SELECT channel, number FROM reply_threads WHERE last_at_ms < :before LIMIT :limit
)
"""
CALLS = """
DELETE FROM voice_calls WHERE attempt IN (
  SELECT attempt FROM voice_calls WHERE signed_at_ms < :before LIMIT :limit
)
"""
SILENCES = """
DELETE FROM silences WHERE id IN (
  SELECT id FROM silences WHERE ended_at_ms < :before LIMIT :limit
)
"""
OVERRIDES = """
DELETE FROM oncall_overrides WHERE id IN (
  SELECT id FROM oncall_overrides WHERE ends_at_ms < :before LIMIT :limit
)
"""
BRAKES = """
DELETE FROM brakes WHERE id IN (
  SELECT id FROM brakes WHERE ended_at_ms < :before LIMIT :limit
)
"""
# As long as it is corrected or stands over what is said, and as long as its request goes on, it is
# looked for; what says that an exemption or a change of limits was taken away, or why one lapsed,
# the card of its request asks for.
_AFTER = """EXISTS (
      SELECT 1 FROM posts AS later
      WHERE later.{0} <> '' AND later.{0} = posts.key AND later.done_at_ms {1}
    )"""
POSTS = f"""
DELETE FROM posts WHERE key IN (
  SELECT key FROM posts
  WHERE done_at_ms < :before
    AND kind NOT IN ('limit.exempt_removed', 'limit.undone', 'limit.unasked')
    AND NOT EXISTS (
      SELECT 1 FROM requests
      WHERE requests.id = posts.request_id AND requests.state NOT IN ({requests.OVER})
    )
    AND NOT {_AFTER.format("edits", "IS NULL")}
    AND NOT {_AFTER.format("edits", ">= :before AND later.done_at_ms IS NOT NULL")}
    AND NOT {_AFTER.format("under", "IS NULL")}
    AND NOT {_AFTER.format("under", ">= :before AND later.done_at_ms IS NOT NULL")}
  LIMIT :limit
)
"""
OLD_GROUPS = "SELECT id FROM alert_groups WHERE resolved_at_ms < :before LIMIT :limit"
DROP_MEMBERS = "DELETE FROM alert_members WHERE group_id = :id"
DROP_MOVES = "DELETE FROM alert_moves WHERE group_id = :id"
DROP_STEPS = "DELETE FROM escalation_steps WHERE group_id = :id"
DROP_ESCALATIONS = "DELETE FROM escalations WHERE group_id = :id"
DROP_GROUP = "DELETE FROM alert_groups WHERE id = :id"
# What a card shows stays as long as the card.
OLD_ALERTS = """
SELECT id FROM alerts WHERE ended_at_ms < :before
  AND NOT EXISTS (SELECT 1 FROM alert_members WHERE alert_id = alerts.id)
LIMIT :limit
"""
DROP_COUNTS = "DELETE FROM alert_counts WHERE alert_id = :id"
DROP_ALERT = "DELETE FROM alerts WHERE id = :id"
#: Deletes a page of what is older than a moment, given that, now and a limit; how many it was.
Deletion = Callable[[Tx, datetime, datetime, int], int]


def reports(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(REPORTS, before=to_ms(before), limit=limit)


def stray_reports(tx: Tx, before: datetime, now: datetime, limit: int) -> int:
    return tx.run(STRAY_REPORTS, before=to_ms(before), now=to_ms(now), limit=limit)


def contrary_reports(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(CONTRARY_REPORTS, before=to_ms(before), limit=limit)


def refused_callbacks(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(REFUSED_CALLBACKS, before=to_ms(before), limit=limit)


def voice_events(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(VOICE_EVENTS, before=to_ms(before), limit=limit)


def replies(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(REPLIES, before=to_ms(before), limit=limit)


def reply_threads(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(REPLY_THREADS, before=to_ms(before), limit=limit)


def cards_of_alerts(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    """With what was done about them."""
    ids = [{"id": row["id"]} for row in tx.all(OLD_GROUPS, before=to_ms(before), limit=limit)]
    tx.run_many(DROP_MEMBERS, ids)
    tx.run_many(DROP_MOVES, ids)
    tx.run_many(DROP_STEPS, ids)
    tx.run_many(DROP_ESCALATIONS, ids)
    tx.run_many(DROP_GROUP, ids)
    return len(ids)


def alerts(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    ids = [{"id": row["id"]} for row in tx.all(OLD_ALERTS, before=to_ms(before), limit=limit)]
    tx.run_many(DROP_COUNTS, ids)
    tx.run_many(DROP_ALERT, ids)
    return len(ids)


def calls(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(CALLS, before=to_ms(before), limit=limit)


def silences(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(SILENCES, before=to_ms(before), limit=limit)


def overrides(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(OVERRIDES, before=to_ms(before), limit=limit)


def brakes(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(BRAKES, before=to_ms(before), limit=limit)


def posts(tx: Tx, before: datetime, _: datetime, limit: int) -> int:
    return tx.run(POSTS, before=to_ms(before), limit=limit)


#: By what they hold; of alerts the cards first, for the alerts on them go with none left.
OF_REPORTS: tuple[Deletion, ...] = (
    reports,
    stray_reports,
    contrary_reports,
    refused_callbacks,
    voice_events,
)
OF_REPLIES: tuple[Deletion, ...] = (replies, reply_threads)
OF_ALERTS: tuple[Deletion, ...] = (cards_of_alerts, alerts, calls, silences, overrides, brakes)
OF_POSTS: tuple[Deletion, ...] = (posts,)
