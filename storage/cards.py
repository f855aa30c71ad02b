"""One living card a request: raised here when it must change, followed by what Slack shows."""

from dataclasses import dataclass
from datetime import datetime

from storage.db import Row, Tx
from storage.ids import RequestId, from_ms_or_none, to_ms

ADD_CARD = """
INSERT INTO cards (request_id, channel, wanted, posted, due_at_ms, wanted_at_ms, failures, fault)
VALUES (:request_id, :channel, 1, 0, :now, :now, 0, '')
"""
TOUCH_CARD = """
UPDATE cards SET wanted = wanted + 1,
  wanted_at_ms = CASE WHEN wanted > posted THEN wanted_at_ms ELSE :now END,
  due_at_ms = CASE WHEN wanted > posted OR due_at_ms > :now THEN due_at_ms ELSE :now END
WHERE request_id = :request_id
"""
# Of each channel the new card that is wanted longest, and the edit that is due first; who stands
# aside holds up nobody.
_FIRST = """
(SELECT request_id, due_at_ms, row_number() OVER (
    PARTITION BY channel, CASE WHEN ts IS NULL THEN 0 ELSE 1 END,
      CASE WHEN aside = 1 THEN request_id ELSE '' END
    ORDER BY CASE WHEN ts IS NULL THEN wanted_at_ms ELSE due_at_ms END, request_id) AS place
  FROM cards WHERE wanted > posted) AS waiting
"""
FIND_DUE = f"""
SELECT cards.* FROM {_FIRST} JOIN cards ON cards.request_id = waiting.request_id
WHERE waiting.place = 1 AND cards.due_at_ms <= :now
ORDER BY cards.wanted_at_ms, cards.request_id LIMIT :limit
"""
FIND_NEXT = """
SELECT * FROM cards
WHERE wanted > posted AND ts IS NULL AND aside = 0 AND channel = :channel
  AND request_id <> :request_id
ORDER BY wanted_at_ms, request_id LIMIT 1
"""
STAND_ASIDE = "UPDATE cards SET aside = 1, due_at_ms = :now WHERE request_id = :request_id"
NOTE_TRY = """
UPDATE cards SET tried_at_ms = :now
WHERE request_id = :request_id AND ts IS NULL AND tried_at_ms IS NULL
"""
SUSPECT_ALL = """
UPDATE cards SET tried_at_ms = due_at_ms
WHERE wanted > posted AND ts IS NULL AND tried_at_ms IS NULL
"""
NOTE_POSTED = """
UPDATE cards SET ts = :ts, channel = :channel, posted = :shown, failures = 0, fault = '', aside = 0,
  due_at_ms = :next, wanted_at_ms = CASE WHEN wanted > :shown THEN :next ELSE wanted_at_ms END
WHERE request_id = :request_id
"""
NOTE_FAILURE = """
UPDATE cards SET failures = failures + 1, fault = :fault, due_at_ms = :next, tried_at_ms = :tried,
  aside = :aside
WHERE request_id = :request_id
"""
# What is said under a card waits in the lane of its channel, once the card is there.
FREE_THREAD = """
UPDATE posts SET lane = :lane
WHERE request_id = :request_id AND channel = '' AND user_id = '' AND edits = '' AND under = ''
  AND lane <> :lane AND done_at_ms IS NULL
"""
MOVE_CARD = """
UPDATE cards SET channel = :channel, ts = NULL, tried_at_ms = NULL, due_at_ms = :now,
  fault = :fault, aside = 0
WHERE request_id = :request_id
"""
GIVE_UP = "UPDATE cards SET posted = wanted, fault = :fault WHERE request_id = :request_id"
FIND_BY_POST = "SELECT request_id FROM cards WHERE channel = :channel AND ts = :ts"
CHANNEL_OF = "SELECT channel FROM cards WHERE request_id = :request_id"
IS_LEAVING = """
SELECT 1 FROM cards WHERE wanted > posted AND ts IS NULL AND tried_at_ms IS NOT NULL LIMIT 1
"""
NEXT_DUE = f"SELECT min(waiting.due_at_ms) AS due FROM {_FIRST} WHERE waiting.place = 1"
COUNT_WAITING = "SELECT count(*) AS waiting FROM cards WHERE wanted > posted"


@dataclass(frozen=True, slots=True)
class Card:
    """A card and how far Slack shows it. `tried_at` is set while a first post may have got out."""

    request_id: RequestId
    channel: str
    ts: str | None
    wanted: int
    tried_at: datetime | None
    failures: int


def add(tx: Tx, request_id: RequestId, channel: str, now: datetime) -> None:
    """A request has a card from here on, to be posted in `channel`."""
    tx.run(ADD_CARD, request_id=request_id, channel=channel, now=to_ms(now))


def touch(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """The request changed: its card must be shown again. Changes before the next post share it."""
    tx.run(TOUCH_CARD, request_id=request_id, now=to_ms(now))


def find_due(tx: Tx, now: datetime, limit: int) -> list[Card]:
    """Of each channel the new card and the edit that are next, and what stands aside."""
    return [_card(row) for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def find_next(tx: Tx, card: Card) -> Card | None:
    """The new card that waits behind the one that is first in its channel, due or not."""
    row = tx.one(FIND_NEXT, channel=card.channel, request_id=card.request_id)
    return None if row is None else _card(row)


def stand_aside(tx: Tx, card: Card, now: datetime) -> None:
    """What is behind a card can be shown, so the fault is its own: it holds up nobody any
    longer."""
    tx.run(STAND_ASIDE, request_id=card.request_id, now=to_ms(now))


def note_try(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """A first post is about to leave: from here on it may exist without our knowing its ts."""
    tx.run(NOTE_TRY, request_id=request_id, now=to_ms(now))


def suspect_all(tx: Tx) -> None:
    """Whatever was not posted may be there: it is looked for before it is posted."""
    tx.run(SUSPECT_ALL)


def note_posted(tx: Tx, card: Card, *, channel: str, ts: str, next_at: datetime) -> None:
    """Slack shows revision `card.wanted` under `ts`; no further edit before `next_at`."""
    tx.run(
        NOTE_POSTED,
        request_id=card.request_id,
        ts=ts,
        channel=channel,
        shown=card.wanted,
        next=to_ms(next_at),
    )
    if (card.channel, card.ts) != (channel, ts):
        tx.run(FREE_THREAD, request_id=card.request_id, lane=channel)


def note_failure(
    tx: Tx,
    card: Card,
    *,
    fault: str,
    next_at: datetime,
    tried_at: datetime | None,
    is_aside: bool = False,
) -> None:
    """Slack did not take a card; try again at `next_at`. `tried_at`: a first post may exist since.

    New cards of its channel wait too, unless `is_aside`: then only this one cannot be shown.
    """
    tx.run(
        NOTE_FAILURE,
        request_id=card.request_id,
        fault=fault,
        next=to_ms(next_at),
        tried=None if card.ts is not None or tried_at is None else to_ms(tried_at),
        aside=int(is_aside),
    )


def move(tx: Tx, card: Card, *, channel: str, fault: str, now: datetime) -> None:
    """The channel will not have it: post afresh in `channel`."""
    tx.run(MOVE_CARD, request_id=card.request_id, channel=channel, fault=fault, now=to_ms(now))
    tx.run(FREE_THREAD, request_id=card.request_id, lane="")


def give_up(tx: Tx, card: Card, *, fault: str) -> None:
    """No place takes the card; the next change of the request tries again. What was to be said
    under it waits no longer."""
    tx.run(GIVE_UP, request_id=card.request_id, fault=fault)
    tx.run(FREE_THREAD, request_id=card.request_id, lane=card.channel)


def find_by_post(tx: Tx, channel: str, ts: str) -> RequestId | None:
    """The request whose card is that message; None for any other message."""
    row = tx.one(FIND_BY_POST, channel=channel, ts=ts)
    return None if row is None else row["request_id"]


def channel_of(tx: Tx, request_id: str) -> str | None:
    """Where the card of a request is or will be, by id or as app.yaml names it."""
    row = tx.one(CHANNEL_OF, request_id=request_id)
    return None if row is None else row["channel"]


def is_leaving(tx: Tx) -> bool:
    """Whether a card may be in Slack whose ts is not known yet."""
    return tx.one(IS_LEAVING) is not None


def next_due(tx: Tx) -> datetime | None:
    """When the next card is due to be shown."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


def count_waiting(tx: Tx) -> int:
    """How many cards show less than they should: for who looks on from outside, as the tests do."""
    row = tx.one(COUNT_WAITING)
    return int(row["waiting"]) if row else 0


def _card(row: Row) -> Card:
    return Card(
        request_id=row["request_id"],
        channel=row["channel"],
        ts=row["ts"],
        wanted=row["wanted"],
        tried_at=from_ms_or_none(row["tried_at_ms"]),
        failures=row["failures"],
    )
