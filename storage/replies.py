"""What people answered to our messages, as Tencent pushed it: kept once, sealed."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MAY_HAVE_LEFT
from bot.rules.optouts import Earlier
from storage.db import Tx
from storage.ids import from_ms, to_ms

PURPOSE = "replies.text"

ADD_REPLY = """
INSERT INTO replies (replied_at_s, number, signature, extend_code, port, text_hash, text,
  is_optout, stored_at_ms)
VALUES (:replied_at_s, :number, :signature, :extend_code, :port, :text_hash, :text,
  :is_optout, :stored_at)
ON CONFLICT (replied_at_s, number, signature, extend_code, port, text_hash) DO NOTHING
"""
_LEFT = ", ".join(str(state.value) for state in sorted(MAY_HAVE_LEFT))
SENT_TO = f"""
SELECT signature, class, coalesce(signed_at_ms, created_at_ms) AS at_ms FROM messages
WHERE number = :number AND state IN ({_LEFT}) AND coalesce(signed_at_ms, created_at_ms) >= :since
"""
OF_NUMBER = "SELECT * FROM replies WHERE number = :number ORDER BY replied_at_s, text_hash"
PAGE = """
SELECT max(stored_at_ms) AS last FROM (
  SELECT stored_at_ms FROM replies WHERE text <> '' AND stored_at_ms < :before
  ORDER BY stored_at_ms LIMIT :limit
) AS page
"""
WIPE = "UPDATE replies SET text = '' WHERE text <> '' AND stored_at_ms <= :last"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `number` is the full number: mask it before showing it; `text` comes from
    outside and is never markup, and is empty once its time was over."""

    number: str
    text: str
    signature: str
    extend_code: str
    port: str
    replied_at: datetime
    """To the second, by Tencent; by our clock where it did not say."""
    is_optout: bool
    stored_at: datetime


def add(tx: Tx, reply: Reply) -> bool:
    """Keeps it; False for a repeat."""
    row = {
        "replied_at_s": to_ms(reply.replied_at) // 1000,
        "number": tx.vault.seal_number(reply.number),
        "signature": reply.signature,
        "extend_code": reply.extend_code,
        "port": reply.port,
        "text_hash": tx.vault.fingerprint("reply", reply.text),
        "text": tx.vault.seal(reply.text, purpose=PURPOSE),
        "is_optout": int(reply.is_optout),
        "stored_at": to_ms(reply.stored_at),
    }
    return tx.run(ADD_REPLY, **row) == 1


def sent_to(tx: Tx, number: str, *, since: datetime) -> list[Earlier]:
    """What a reply may answer: everything that may have reached `number` since then."""
    rows = tx.all(SENT_TO, number=tx.vault.seal_number(number), since=to_ms(since))
    return [
        Earlier(row["signature"], TemplateClass(row["class"]), from_ms(row["at_ms"]))
        for row in rows
    ]


def of_number(tx: Tx, number: str) -> list[Reply]:
    """All of one number, oldest first."""
    rows = tx.all(OF_NUMBER, number=tx.vault.seal_number(number))
    return [
        Reply(
            number=number,
            text=tx.vault.open(row["text"], purpose=PURPOSE) if row["text"] else "",
            signature=row["signature"],
            extend_code=row["extend_code"],
            port=row["port"],
            replied_at=from_ms(row["replied_at_s"] * 1000),
            is_optout=bool(row["is_optout"]),
            stored_at=from_ms(row["stored_at_ms"]),
        )
        for row in rows
    ]


def wipe(tx: Tx, before: datetime, limit: int) -> int:
    """Deletes what about `limit` of the oldest answers stored before `before` say; how many."""
    page = tx.one(PAGE, before=to_ms(before), limit=limit)
    if page is None or page["last"] is None:
        return 0
    return tx.run(WIPE, last=page["last"])
