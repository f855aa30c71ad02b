"""The audit trail: entries are added in the transaction of what they tell of, and never change.

Each is chained to the one before under a key of the trail's own, which is kept sealed: a new data
key seals it anew, and the chain stands. What an entry says beyond who, what and when is sealed
under a key of its month (`storage.audit_keys`): deleting that key erases it and breaks nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bot.rules.audit import (
    AuditEntry,
    Broken,
    Flaw,
    Head,
    Link,
    Sound,
    Verdict,
    What,
    mac_of,
    verify,
)
from storage import audit_keys
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

# Its row is locked first, so of two that enter something at once one waits for the other.
TAKE_HEAD = "UPDATE audit_head SET nth = nth + 1 WHERE id = 1 RETURNING nth, mac"
SET_HEAD = "UPDATE audit_head SET mac = :mac WHERE id = 1"
GET_HEAD = "SELECT nth, mac, told_nth FROM audit_head WHERE id = 1"
NOTE_TOLD = "UPDATE audit_head SET told_nth = :nth WHERE id = 1 AND told_nth < :nth RETURNING nth"
_COLUMNS = "nth, at_ms, actor, via, what, subject, app, facts, prev, mac"
ADD_ENTRY = f"""
INSERT INTO audit ({_COLUMNS})
VALUES (:nth, :at_ms, :actor, :via, :what, :subject, :app, :facts, :prev, :mac)
"""
ALL_ENTRIES = f"SELECT {_COLUMNS} FROM audit ORDER BY nth"
LAST_OF = f"SELECT {_COLUMNS} FROM audit WHERE what = :what ORDER BY nth DESC LIMIT 1"
LAST_FORGOTTEN = "SELECT max(subject) AS month FROM audit WHERE what = :what"
FIND_ENTRIES = f"""
SELECT {_COLUMNS} FROM audit
WHERE nth < :before AND at_ms >= :since AND at_ms < :until
  AND (:actor = '' OR actor = :actor)
  AND (:subject = '' OR subject = :subject OR app = :subject)
  AND (:what = '' OR what = :what OR substr(what, 1, length(:what) + 1) = :what || '.')
ORDER BY nth DESC LIMIT :limit
"""
IS_ABOUT = "SELECT 1 FROM audit WHERE subject = :subject OR app = :subject LIMIT 1"
#: Beyond every number and time there can be.
BEYOND = (1 << 63) - 1
#: Entries between two words on how far it is.
TOLD_EVERY = 1_000
#: Entries looked at, and entries there are.
Progress = Callable[[int, int], None]


def unseen(done: int, total: int) -> None:
    """Nobody watches how far it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as people read it; `facts` is None where its key is deleted."""

    nth: int
    at: datetime
    actor: str
    via: str
    what: str
    subject: str
    app: str
    facts: Mapping[str, Any] | None
    mac: str


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries: of `actor`, about `subject` (or in that app), of a kind or an area of kinds,
    within a time. What is "" or None does not narrow it."""

    actor: str = ""
    subject: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None


def append(tx: Tx, entry: AuditEntry, now: datetime) -> int:
    """Enters what happens in this transaction; its number. Nothing is entered of what is rolled
    back, and nothing happens that is not entered."""
    row = tx.one(TAKE_HEAD)
    if row is None:
        raise LookupError("audit_head")
    nth, at_ms, facts = int(row["nth"]), to_ms(now), json.dumps(dict(entry.facts))
    bare = Link(
        nth=nth,
        at_ms=at_ms,
        actor=entry.actor,
        via=entry.via.value,
        what=entry.what.value,
        subject=entry.subject,
        app=entry.app,
        facts=audit_keys.seal(tx, facts, nth, now),
        prev=row["mac"],
        mac="",
    )
    link = bare._replace(mac=mac_of(audit_keys.chain_key(tx), bare))
    tx.run(ADD_ENTRY, **link._asdict())
    tx.run(SET_HEAD, mac=link.mac)
    return nth


def head(tx: Tx) -> Head:
    """The last entry of the trail."""
    row = _head_row(tx)
    return Head(row["nth"], row["mac"])


def head_to_tell(tx: Tx) -> Head | None:
    """The last entry, where it is another than the one that was told last."""
    row = _head_row(tx)
    return Head(row["nth"], row["mac"]) if row["nth"] > row["told_nth"] else None


def note_told(tx: Tx, told: Head) -> bool:
    """An entry is told from here on; False where it was, or a later one."""
    return tx.one(NOTE_TOLD, nth=told.nth) is not None


def check(
    tx: Tx,
    told: Head | None = None,
    progress: Progress = unseen,
    kept_since: datetime | None = None,
) -> Verdict:
    """Goes through the whole trail: whether every entry is as it was entered, and whether those
    that are not forgotten can still be read; of these it opens the first of each month, and one in
    a thousand.

    `told` is a head as it was told earlier; `progress` hears now and then of how many entries, of
    how many, it has looked at; what is older than `kept_since` may be forgotten, and so may be what
    the trail itself says was. Raises WrongDataKey where the key of the chain cannot be opened.
    """
    last, samples = head(tx), list[Link]()
    links = _links(tx, last.nth, progress, samples)
    found = verify(audit_keys.known_chain_key(tx), links, last, told)
    progress(last.nth, last.nth)
    return _read(tx, samples, kept_since) or found if isinstance(found, Sound) else found


def find(tx: Tx, query: AuditQuery, limit: int, before: int = BEYOND) -> list[Kept]:
    """The latest entries that fit `query`, before the one with the number `before`, the latest
    first."""
    rows = tx.all(
        FIND_ENTRIES,
        before=before,
        since=-BEYOND if query.since is None else to_ms(query.since),
        until=BEYOND if query.until is None else to_ms(query.until),
        actor=query.actor,
        subject=query.subject,
        what=query.what,
        limit=limit,
    )
    return _opened(tx, rows)


def is_about(tx: Tx, subject: str) -> bool:
    """Whether any entry is about `subject`, or of an app of that name."""
    return tx.one(IS_ABOUT, subject=subject) is not None


def last_of(tx: Tx, what: What) -> Kept | None:
    """The latest entry of a kind."""
    return next(iter(_opened(tx, tx.all(LAST_OF, what=what.value))), None)


def _links(tx: Tx, whole: int, progress: Progress, samples: list[Link]) -> Iterator[Link]:
    """All of them, one after the other: a trail is longer than memory is large. `samples` takes the
    first of each month, and the last of each page."""
    rows = map(Link._make, tx.conn.execute(ALL_ENTRIES))
    looked_at = begins = ends = 0
    while page := list(islice(rows, TOLD_EVERY)):
        progress(looked_at, whole)
        looked_at += len(page)
        for link in page:
            if not begins <= link.at_ms < ends:
                samples.append(link)
                begins, ends = _month(link.at_ms)
            yield link
        samples.append(page[-1])


def _month(at_ms: int) -> tuple[int, int]:
    """When the month of a moment begins and ends."""
    begins = (
        from_ms(at_ms).astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    )
    ends = (begins + timedelta(days=31)).replace(day=1)
    return to_ms(begins), to_ms(ends)


def _read(tx: Tx, samples: Sequence[Link], kept_since: datetime | None) -> Broken | None:
    """The first of some entries that should say something, and does not."""
    row = tx.one(LAST_FORGOTTEN, what=What.DATA_FORGOTTEN.value)
    forgotten = "" if row is None else row["month"] or ""
    if kept_since is not None:
        forgotten = max(forgotten, audit_keys.month_of(kept_since))
    kept = [each for each in samples if audit_keys.month_of(from_ms(each.at_ms)) >= forgotten]
    opened = zip(kept, audit_keys.open_all(tx, kept), strict=True)
    return next((Broken(link.nth, Flaw.UNREADABLE) for link, text in opened if text is None), None)


def _opened(tx: Tx, rows: Iterable[Row]) -> list[Kept]:
    found = [Link._make(row) for row in rows]
    texts = audit_keys.open_all(tx, found)
    return [
        Kept(
            nth=link.nth,
            at=from_ms(link.at_ms),
            actor=link.actor,
            via=link.via,
            what=link.what,
            subject=link.subject,
            app=link.app,
            facts=None if text is None else json.loads(text),
            mac=link.mac,
        )
        for link, text in zip(found, texts, strict=True)
    ]


def _head_row(tx: Tx) -> Row:
    row = tx.one(GET_HEAD)
    if row is None:
        raise LookupError("audit_head")
    return row
