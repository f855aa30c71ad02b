"""What people answered to our messages, as Tencent pushed it: kept once, sealed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MAY_HAVE_LEFT, MessageState
from bot.rules.optouts import Earlier
from bot.rules.replies import Answerable
from storage.db import Row, Tx
from storage.ids import ReplyId, from_ms, new_reply_id, to_ms
from storage.vault import SealedNumber

PURPOSE = "replies.text"

ADD_REPLY = """
INSERT INTO replies (replied_at_s, number, signature, extend_code, port, text_hash, text,
  is_optout, stored_at_ms, id, told_at_ms)
VALUES (:replied_at_s, :number, :signature, :extend_code, :port, :text_hash, :text,
  :is_optout, :stored_at, :id, NULL)
ON CONFLICT (replied_at_s, number, signature, extend_code, port, text_hash) DO NOTHING
"""
# What came without a time is kept under the second it came in.
IS_REPEAT = """
SELECT 1 FROM replies
WHERE number = :number AND replied_at_s >= :since_s AND replied_at_s <= :until_s
  AND replied_at_s = stored_at_ms / 1000 AND signature = :signature
  AND extend_code = :extend_code AND port = :port AND text_hash = :text_hash
LIMIT 1
"""
_LEFT = ", ".join(str(state.value) for state in sorted(MAY_HAVE_LEFT))
# What a carrier reports as not delivered, nobody has answered.
_ARRIVED = ", ".join(
    str(state.value) for state in sorted(MAY_HAVE_LEFT - {MessageState.UNDELIVERED})
)
SENT_TO = f"""
SELECT signature, class, coalesce(signed_at_ms, created_at_ms) AS at_ms FROM messages
WHERE number = :number AND state IN ({_LEFT}) AND coalesce(signed_at_ms, created_at_ms) >= :since
"""
# Newest first and no more than are counted: a number may have had thousands.
ANSWERABLE = f"""
SELECT id, request_id, app, template_id, class, signature,
  coalesce(signed_at_ms, created_at_ms) AS at_ms
FROM messages
WHERE number = :number AND state IN ({_ARRIVED}) AND coalesce(signed_at_ms, created_at_ms) >= :since
  AND coalesce(signed_at_ms, created_at_ms) <= :until
ORDER BY at_ms DESC, id DESC LIMIT :limit
"""
LATEST = "SELECT stored_at_ms FROM replies ORDER BY replied_at_s DESC, number DESC LIMIT 1"
GET_REPLY = "SELECT * FROM replies WHERE id = :id AND id <> ''"
FIND_UNTOLD = """
SELECT id, number, signature, replied_at_s, stored_at_ms, is_optout FROM replies
WHERE told_at_ms IS NULL ORDER BY id LIMIT :limit
"""
NOTE_TOLD = "UPDATE replies SET told_at_ms = :now WHERE id = :id AND id <> ''"
NOTE_ALL_TOLD = "UPDATE replies SET told_at_ms = :now WHERE told_at_ms IS NULL"
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
    id: str = field(default="", compare=False)
    """By which a button names it: made when it is kept, empty in what an earlier program kept."""

    @property
    def said_at(self) -> datetime:
        """When it was written. A time to come is a wrong clock, or a lie."""
        return min(self.replied_at, self.stored_at)


@dataclass(frozen=True, slots=True)
class Untold:
    """One answer that is still to go to Slack, without what it says."""

    id: ReplyId
    number: SealedNumber
    signature: str
    replied_at: datetime
    stored_at: datetime
    is_optout: bool

    @property
    def said_at(self) -> datetime:
        """When it was written. A time to come is a wrong clock, or a lie."""
        return min(self.replied_at, self.stored_at)


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
        "id": new_reply_id(reply.stored_at),
    }
    return tx.run(ADD_REPLY, **row) == 1


def is_repeat(tx: Tx, reply: Reply, within: timedelta) -> bool:
    """Whether one without a time, as `reply` is, came so shortly before, the same in all else; or
    after it, where the clock was put back."""
    found = tx.one(
        IS_REPEAT,
        number=tx.vault.seal_number(reply.number),
        since_s=to_ms(reply.stored_at - within) // 1000,
        until_s=to_ms(reply.stored_at + within) // 1000,
        signature=reply.signature,
        extend_code=reply.extend_code,
        port=reply.port,
        text_hash=tx.vault.fingerprint("reply", reply.text),
    )
    return found is not None


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
    return [_reply(tx, row) for row in rows]


def get(tx: Tx, reply_id: str) -> Reply | None:
    """The answer of that id. Raises WrongDataKey."""
    row = tx.one(GET_REPLY, id=reply_id)
    return None if row is None else _reply(tx, row)


def answerable(
    tx: Tx, number: SealedNumber, *, since: datetime, until: datetime, limit: int
) -> list[Answerable]:
    """What an answer given between the two moments may be to, the last first."""
    rows = tx.all(ANSWERABLE, number=number, since=to_ms(since), until=to_ms(until), limit=limit)
    return [
        Answerable(
            message_id=row["id"],
            request_id=row["request_id"],
            app=row["app"],
            template_id=row["template_id"],
            class_=TemplateClass(row["class"]),
            signature=row["signature"],
            at=from_ms(row["at_ms"]),
        )
        for row in rows
    ]


def find_untold(tx: Tx, limit: int) -> list[Untold]:
    """Answers that are still to go to Slack, in the order they came."""
    return [
        Untold(
            id=ReplyId(row["id"]),
            number=SealedNumber(row["number"]),
            signature=row["signature"],
            replied_at=from_ms(row["replied_at_s"] * 1000),
            stored_at=from_ms(row["stored_at_ms"]),
            is_optout=bool(row["is_optout"]),
        )
        for row in tx.all(FIND_UNTOLD, limit=limit)
    ]


def latest_at(tx: Tx) -> datetime | None:
    """When the latest came, whatever it answers."""
    row = tx.one(LATEST)
    return None if row is None else from_ms(row["stored_at_ms"])


def note_told(tx: Tx, reply_id: ReplyId, now: datetime) -> None:
    """It is on its way to Slack, and does not go there again."""
    tx.run(NOTE_TOLD, id=reply_id, now=to_ms(now))


def note_all_told(tx: Tx, now: datetime) -> int:
    """None of those that are still to go will go there; how many."""
    return tx.run(NOTE_ALL_TOLD, now=to_ms(now))


def wipe(tx: Tx, before: datetime, limit: int) -> int:
    """Deletes what about `limit` of the oldest answers stored before `before` say; how many."""
    page = tx.one(PAGE, before=to_ms(before), limit=limit)
    if page is None or page["last"] is None:
        return 0
    return tx.run(WIPE, last=page["last"])


def _reply(tx: Tx, row: Row) -> Reply:
    return Reply(
        number=tx.vault.open_number(SealedNumber(row["number"])),
        text=tx.vault.open(row["text"], purpose=PURPOSE) if row["text"] else "",
        signature=row["signature"],
        extend_code=row["extend_code"],
        port=row["port"],
        replied_at=from_ms(row["replied_at_s"] * 1000),
        is_optout=bool(row["is_optout"]),
        stored_at=from_ms(row["stored_at_ms"]),
        id=row["id"],
    )
