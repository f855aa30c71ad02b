"""Callbacks that came to one of our addresses and could not be read: as they came, a few of them.

Each content is kept once. What is kept first stays: whoever posts nonsense pushes nothing out, and
fills no disk.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.db import Tx
from storage.ids import from_ms, to_ms

#: So many are kept at once, and so many bytes of them all together.
MOST, BYTES_MOST = 100, 8 * 1024 * 1024
PURPOSE = "refused_callbacks.body"
ADD = """
INSERT INTO refused_callbacks (mark, app, reason, detail, bytes, body, came_at_ms)
VALUES (:mark, :app, :reason, :detail, :bytes, :body, :now)
ON CONFLICT (mark) DO NOTHING
"""
HELD = "SELECT count(*) AS many, coalesce(sum(bytes), 0) AS bytes FROM refused_callbacks"
LATEST = """
SELECT mark, app, reason, detail, bytes, came_at_ms FROM refused_callbacks
ORDER BY came_at_ms DESC, mark
"""
BODY = "SELECT body FROM refused_callbacks WHERE mark = :mark"
FIRST = "SELECT count(*) AS many, min(came_at_ms) AS first_ms FROM refused_callbacks"


@dataclass(frozen=True, slots=True)
class RefusedCallback:
    """What came, without its body: `mark` names it; `app` is whose address it came to, "" for the
    account's; why it is no callback, and where in it."""

    mark: str
    app: str
    reason: str
    detail: str
    size_bytes: int
    came_at: datetime


def add(tx: Tx, app: str, body: bytes, reason: str, detail: str, now: datetime) -> bool:
    """Keeps a body, unless the same is kept; False where there is no room for it."""
    held = tx.all(HELD)[0]
    if held["many"] >= MOST or held["bytes"] + len(body) > BYTES_MOST:
        return False
    text = body.decode("utf-8", "backslashreplace")
    tx.run(
        ADD,
        mark=tx.vault.fingerprint("callback", app, text),
        app=app,
        reason=reason,
        detail=detail,
        bytes=len(body),
        body=tx.vault.seal(text, purpose=PURPOSE),
        now=to_ms(now),
    )
    return True


def find(tx: Tx) -> list[RefusedCallback]:
    """All that are kept, the latest first."""
    return [
        RefusedCallback(
            row["mark"],
            row["app"],
            row["reason"],
            row["detail"],
            row["bytes"],
            from_ms(row["came_at_ms"]),
        )
        for row in tx.all(LATEST)
    ]


def body_of(tx: Tx, mark: str) -> str | None:
    """What came under that mark, bytes that are no UTF-8 written as ``\\xff``; None where there is
    none. Raises WrongDataKey."""
    row = tx.one(BODY, mark=mark)
    return None if row is None else tx.vault.open(row["body"], purpose=PURPOSE)


def count(tx: Tx) -> tuple[int, datetime] | None:
    """How many are kept, and since when the first is; None where none is."""
    row = tx.all(FIRST)[0]
    return (row["many"], from_ms(row["first_ms"])) if row["many"] else None
