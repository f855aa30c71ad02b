"""Which group of alerts a message in Slack is about: its card, a line of its thread, a call."""

import re
from dataclasses import dataclass

from storage.db import Tx

#: The id of a group, in the key of every post about it.
GROUP_ID = re.compile(r"A-[0-9A-Z]{4,12}")

FIND_BY_TS = """
SELECT key, under, channel, user_id FROM posts
WHERE ts = :ts AND edits = ''
  AND kind IN ('alert.card', 'alert.line', 'oncall.dm', 'oncall.mention')
"""
ROOT_OF = "SELECT channel, user_id FROM posts WHERE key = :key"
# They may be there for everybody to touch, and we do not know it yet.
IS_LEAVING = """
SELECT 1 FROM posts
WHERE done_at_ms IS NULL AND tried_at_ms IS NOT NULL AND kind IN ('alert.card', 'alert.line')
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class AlertPost:
    """A post about a group: in a channel, by its name or id, or with a person."""

    group_id: str
    channel: str
    user_id: str


def find(tx: Tx, ts: str) -> tuple[list[AlertPost], bool]:
    """The posts about alerts of that time, and whether one may be leaving just now."""
    found = []
    for row in tx.all(FIND_BY_TS, ts=ts):
        group_id = GROUP_ID.search(row["under"] or row["key"])
        place = tx.one(ROOT_OF, key=row["under"]) if row["under"] else row
        if group_id is not None and place is not None:
            found.append(AlertPost(group_id[0], place["channel"] or "", place["user_id"] or ""))
    return found, tx.one(IS_LEAVING) is not None
