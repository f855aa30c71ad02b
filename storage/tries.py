"""What else Tencent had of ours for the number of a message: which of its rules that may meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot.rules.delivery import MessageState
from bot.rules.drift import Try
from storage.db import Row, Tx
from storage.ids import MessageId, from_ms, to_ms

#: Messages in one look-up; each statement text is prepared once for each count.
AT_ONCE = 100
#: Attempts that left. Of one that is refused, and on no code of Tencent's, the last did not either.
LEFT = f"""
{{row}}.attempts - {{row}}.unsent - CASE
  WHEN {{row}}.state = {MessageState.REFUSED.value} AND {{row}}.code = ''
    AND {{row}}.settled_by = 'answer' THEN 1 ELSE 0 END
"""
UNSENT = "SELECT unsent FROM messages WHERE id = :id"


@dataclass(frozen=True, slots=True)
class Others:
    """The keyed hash of a message's text, and the app's other messages to its number."""

    content: str
    tries: tuple[Try, ...]


def others(tx: Tx, message_ids: Sequence[MessageId], since: datetime) -> dict[MessageId, Others]:
    """Of each message, what else of its app went to its number since then; those that were alone
    are left out. By the messages' ids: their numbers stay sealed."""
    contents: dict[MessageId, str] = {}
    tries: dict[MessageId, list[Try]] = {}
    for first in range(0, len(message_ids), AT_ONCE):
        part = message_ids[first : first + AT_ONCE]
        for row in tx.conn.execute(_others_of(len(part)), [*part, to_ms(since)]).fetchall():
            contents[row["id"]] = row["content"]
            tries.setdefault(row["id"], []).append(_try(row))
    return {found: Others(contents[found], tuple(tries[found])) for found in tries}


def unsent(tx: Tx, message_id: MessageId) -> int:
    """How many of a message's attempts never left, and were put back."""
    row = tx.one(UNSENT, id=message_id)
    return 0 if row is None else int(row["unsent"])


@cache
def _others_of(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"""
SELECT this.id, this.content, other.signed_at_ms, other.accepted_at_ms, other.changed_at_ms,
  other.content AS other_content, {LEFT.format(row="other")} AS left_so_often
FROM messages AS this JOIN messages AS other ON other.number = this.number
WHERE this.id IN ({marks}) AND other.id <> this.id AND other.app = this.app
  AND other.signed_at_ms >= ?
"""


def _try(row: Row) -> Try:
    is_accepted = row["accepted_at_ms"] is not None
    # Of one that was refused or put back, the last change is the last that Tencent had to do with.
    last = row["accepted_at_ms"] if is_accepted else row["changed_at_ms"]
    return Try(
        first_at=from_ms(row["signed_at_ms"]),
        last_at=from_ms(last),
        content=row["other_content"],
        is_accepted=is_accepted,
        tries=row["left_so_often"],
    )
