"""What Tencent refuses for the account's money's sake, until messages are accepted again."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.limits import MAINLAND_COUNTRY
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

NOTE = """
INSERT INTO account_refusals (code, refused, app, request_id, left_segments, first_at_ms,
  last_at_ms)
VALUES (:code, :refused, :app, :request_id, :left, :now, :now)
ON CONFLICT (code) DO UPDATE SET refused = account_refusals.refused + excluded.refused,
  app = excluded.app, request_id = excluded.request_id, left_segments = excluded.left_segments,
  last_at_ms = excluded.last_at_ms
"""
LIST = "SELECT * FROM account_refusals ORDER BY code"
LOWER = """
UPDATE account_refusals SET left_segments = :left
WHERE code = :code AND (left_segments IS NULL OR left_segments > :left)
"""
END = "DELETE FROM account_refusals WHERE code = :code"
ACCEPTED_SINCE = """
SELECT 1 FROM messages WHERE fee_segments IS NOT NULL AND accepted_at_ms > :since LIMIT 1
"""
TO_MAINLAND_SINCE = """
SELECT 1 FROM messages
WHERE fee_segments IS NOT NULL AND accepted_at_ms > :since AND country IN (:mainland, '') LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class AccountRefusal:
    """Messages refused with one code since something was last accepted."""

    code: str
    refused: int
    """Attempts: what waits in a job and is tried again counts again."""
    app: str
    """Of the last one, as is `request_id`."""
    request_id: str
    left_segments: int | None
    """The least that packages are known to have had since."""
    first_at: datetime
    last_at: datetime


def note(
    tx: Tx,
    code: str,
    refused: int,
    *,
    app: str,
    request_id: str,
    left_segments: int | None,
    now: datetime,
) -> None:
    """Counts what was refused with `code`."""
    tx.run(
        NOTE,
        code=code,
        refused=refused,
        app=app,
        request_id=request_id,
        left=left_segments,
        now=to_ms(now),
    )


def list_all(tx: Tx) -> dict[str, AccountRefusal]:
    """Everything that was refused and not yet cured, by code."""
    return {row["code"]: _refusal(row) for row in tx.all(LIST)}


def lower(tx: Tx, code: str, left_segments: int) -> None:
    """Notes what is left by Tencent's last word: what is more than the least so far was bought."""
    tx.run(LOWER, code=code, left=left_segments)


def end(tx: Tx, code: str) -> None:
    """Nothing is refused with `code` any more."""
    tx.run(END, code=code)


def accepted_since(tx: Tx, since: datetime, *, to_mainland: bool) -> bool:
    """Whether Tencent has accepted anything since, or anything to the mainland."""
    if to_mainland:
        return tx.one(TO_MAINLAND_SINCE, since=to_ms(since), mainland=MAINLAND_COUNTRY) is not None
    return tx.one(ACCEPTED_SINCE, since=to_ms(since)) is not None


def _refusal(row: Row) -> AccountRefusal:
    return AccountRefusal(
        code=row["code"],
        refused=row["refused"],
        app=row["app"],
        request_id=row["request_id"],
        left_segments=row["left_segments"],
        first_at=from_ms(row["first_at_ms"]),
        last_at=from_ms(row["last_at_ms"]),
    )
