"""The frequency policy of each app as it stands, and the changes to it that people agreed to.

A change holds from its start on, for good or until its end, by time alone, but for what somebody
is still to be asked about (`LimitChange.is_unasked`). One that holds for good is folded into the
app's policy some time after it began, which changes nothing of what holds.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from types import MappingProxyType

from bot.rules.policies import Policy, policy_of
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms

Caps = Mapping[str, int | None]

ADD_POLICY = """
INSERT INTO limit_policies (app, caps, seeded, seeded_at_ms, changed_at_ms)
VALUES (:app, :caps, :caps, :now, :now) ON CONFLICT (app) DO NOTHING RETURNING app
"""
SET_CAPS = "UPDATE limit_policies SET caps = :caps, changed_at_ms = :now WHERE app = :app"
GET_POLICY = "SELECT * FROM limit_policies WHERE app = :app"
_OPEN = "folded_at_ms IS NULL AND undone_at_ms IS NULL AND told_end_ms IS NULL"
NOTE_WAKING = "UPDATE limit_policies SET waking = :waking WHERE app = :app"
FIND_WAKING = "SELECT app, waking FROM limit_policies WHERE waking IS NOT NULL ORDER BY app"
OPEN_CHANGES = f"SELECT * FROM limit_changes WHERE app = :app AND {_OPEN} ORDER BY nth"
# Asked before every send: both in one look.
STANDING = """
SELECT limit_policies.caps AS policy_caps, open.*
FROM limit_policies LEFT JOIN limit_changes AS open ON open.app = limit_policies.app
  AND open.folded_at_ms IS NULL AND open.undone_at_ms IS NULL AND open.told_end_ms IS NULL
WHERE limit_policies.app = :app ORDER BY open.nth
"""
ADD_CHANGE = """
INSERT INTO limit_changes (request_id, app, nth, caps, before, starts_at_ms, ends_at_ms, undone_by,
                           unasked)
VALUES (:request_id, :app,
        (SELECT coalesce(max(nth), 0) + 1 FROM limit_changes WHERE app = :app),
        :caps, :before, :starts_at, :ends_at, '', :unasked)
ON CONFLICT (request_id) DO NOTHING RETURNING *
"""
GET_CHANGE = "SELECT * FROM limit_changes WHERE request_id = :request_id"
HISTORY = "SELECT * FROM limit_changes WHERE app = :app ORDER BY nth DESC LIMIT :limit"
FIND_UNASKED = f"""
SELECT * FROM limit_changes WHERE {_OPEN} AND unasked = 1 AND starts_at_ms <= :until
ORDER BY starts_at_ms, nth
"""
NOTE_ASKED = "UPDATE limit_changes SET unasked = 0 WHERE request_id = :request_id"
UNDO = """
UPDATE limit_changes SET undone_at_ms = :now, undone_by = :by
WHERE request_id = :request_id AND undone_at_ms IS NULL RETURNING *
"""
FOLD = f"""
UPDATE limit_changes SET folded_at_ms = :now WHERE request_id = :request_id AND {_OPEN}
"""
FOLDED = """
SELECT * FROM limit_changes
WHERE app = :app AND folded_at_ms IS NOT NULL AND undone_at_ms IS NULL
ORDER BY folded_at_ms, starts_at_ms, nth
"""
LAST_FOLDED = "SELECT max(folded_at_ms) AS at FROM limit_changes WHERE app = :app"
TELL_START = """
UPDATE limit_changes SET told_start_ms = :now
WHERE request_id = :request_id AND told_start_ms IS NULL RETURNING request_id
"""
TELL_END = """
UPDATE limit_changes SET told_end_ms = :now
WHERE request_id = :request_id AND told_end_ms IS NULL RETURNING request_id
"""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The policy of an app without the changes that are not folded: as it is, and as app.yaml had
    it when the app was first seen."""

    app: str
    policy: Policy
    seeded: Policy
    seeded_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A change of some caps, agreed to; None takes a cap away.

    `before` are the same caps as they were when it was agreed to. `ends_at` is None for good;
    `folded_at` is set once it is part of the app's policy, `undone_at` and `undone_by` once
    somebody took it back; by nobody, where it lapsed. Of one that `is_unasked` it is not known yet
    whether those who agreed to it still may: from its start on it lets no more through.
    """

    request_id: RequestId
    app: str
    nth: int
    caps: Caps
    before: Caps
    starts_at: datetime
    ends_at: datetime | None
    folded_at: datetime | None
    undone_at: datetime | None
    undone_by: str
    told_start_at: datetime | None
    told_end_at: datetime | None
    is_unasked: bool = False

    @property
    def has_lapsed(self) -> bool:
        """Whether it was taken back because too few of those who agreed to it still might."""
        return self.undone_at is not None and not self.undone_by

    def holds_at(self, now: datetime) -> bool:
        """Whether it is in effect."""
        has_ended = self.ends_at is not None and now >= self.ends_at
        return self.undone_at is None and self.starts_at <= now and not has_ended


def seed(tx: Tx, app: str, policy: Policy, now: datetime) -> bool:
    """Keeps the policy of an app that is seen for the first time; False where it was seen."""
    caps = _written(policy.as_mapping())
    return tx.one(ADD_POLICY, app=app, caps=caps, now=to_ms(now)) is not None


def policy_row(tx: Tx, app: str) -> PolicyRow | None:
    """The policy of an app without its open changes; None where it was never seen."""
    row = tx.one(GET_POLICY, app=app)
    if row is None:
        return None
    policies = _policy(row["caps"]), _policy(row["seeded"])
    return PolicyRow(app, *policies, from_ms(row["seeded_at_ms"]), from_ms(row["changed_at_ms"]))


def note_waking(tx: Tx, app: str, behind: tuple[str, str] | None) -> None:
    """What waits for a limit of the app behind a job and its message is to be judged anew; none."""
    tx.run(NOTE_WAKING, app=app, waking=None if behind is None else " ".join(behind))


def find_waking(tx: Tx) -> dict[str, tuple[str, str]]:
    """The apps of which some is to be, and behind which job and message."""
    rows = tx.all(FIND_WAKING)
    return {row["app"]: tuple(row["waking"].split(" ")) for row in rows}


def standing(tx: Tx, app: str) -> tuple[Policy | None, list[LimitChange]]:
    """The policy of an app, None where it was never seen, and its open changes."""
    rows = tx.all(STANDING, app=app)
    if not rows:
        return None, open_changes(tx, app)
    changes = [_change(row) for row in rows if row["request_id"] is not None]
    return _policy(rows[0]["policy_caps"]), changes


def open_changes(tx: Tx, app: str) -> list[LimitChange]:
    """What is not folded, taken back or told to have ended, in the order it was agreed to."""
    return [_change(row) for row in tx.all(OPEN_CHANGES, app=app)]


def add_change(
    tx: Tx,
    request_id: RequestId,
    app: str,
    caps: Caps,
    before: Caps,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    is_unasked: bool = False,
) -> LimitChange | None:
    """Keeps what was agreed to; None where this request's change is kept already."""
    row = tx.one(
        ADD_CHANGE,
        request_id=request_id,
        app=app,
        caps=_written(caps),
        before=_written(before),
        starts_at=to_ms(starts_at),
        ends_at=None if ends_at is None else to_ms(ends_at),
        unasked=int(is_unasked),
    )
    return None if row is None else _change(row)


def get_change(tx: Tx, request_id: str) -> LimitChange | None:
    row = tx.one(GET_CHANGE, request_id=request_id)
    return None if row is None else _change(row)


def find_unasked(tx: Tx, until: datetime) -> list[LimitChange]:
    """Those that begin by `until` and of which nobody asked yet, the first to begin first."""
    return [_change(row) for row in tx.all(FIND_UNASKED, until=to_ms(until))]


def note_asked(tx: Tx, request_id: str) -> None:
    """Those who agreed to it still may: from its start on it holds whole."""
    tx.run(NOTE_ASKED, request_id=request_id)


def history(tx: Tx, app: str, limit: int) -> list[LimitChange]:
    """Every change of an app, whatever became of it, the latest first."""
    return [_change(row) for row in tx.all(HISTORY, app=app, limit=limit)]


def undo_change(tx: Tx, request_id: str, by: str, now: datetime) -> LimitChange | None:
    """Takes it back, begun or not, folded or not; None where that was done already.

    What holds from here on is what would hold if it had never been agreed to.
    """
    row = tx.one(UNDO, request_id=request_id, by=by, now=to_ms(now))
    change = None if row is None else _change(row)
    known = None if change is None else policy_row(tx, change.app)
    if change is not None and known is not None and change.folded_at is not None:
        _set_caps(tx, change.app, policy_without(tx, known, change), now)
    return change


def policy_without(tx: Tx, known: PolicyRow, change: LimitChange) -> Policy:
    """The policy of an app without its open changes, as if one that is folded had never been agreed
    to."""
    policy = known.seeded
    for each in (_change(row) for row in tx.all(FOLDED, app=known.app)):
        if each.request_id != change.request_id:
            policy = policy.with_changes(each.caps)
    return policy


def fold(tx: Tx, app: str, now: datetime) -> list[LimitChange]:
    """Makes what holds for good, and began by `now`, part of the app's policy; returns it.

    An app without a policy of its own keeps its changes beside app.yaml's.
    """
    known = policy_row(tx, app)
    holding = [each for each in permanent(tx, app) if each.holds_at(now)]
    # What is behind one that may yet hold whole must not come beneath it.
    begun = list(takewhile(lambda each: not each.is_unasked, holding))
    if known is None or not begun:
        return []
    policy, at_ms = known.policy, _folding_ms(tx, app, now)
    for change in begun:
        policy = policy.with_changes(change.caps)
        tx.run(FOLD, request_id=change.request_id, now=at_ms)
    _set_caps(tx, app, policy, now)
    return begun


def permanent(tx: Tx, app: str) -> list[LimitChange]:
    """The open changes that hold for good, in the order in which they begin."""
    return in_order([each for each in open_changes(tx, app) if each.ends_at is None])


def in_order(changes: Iterable[LimitChange]) -> list[LimitChange]:
    """As they begin; of those that begin together, the one agreed to last comes last, and wins."""
    return sorted(changes, key=lambda change: (change.starts_at, change.nth))


def mark_told(tx: Tx, request_id: str, now: datetime, *, is_end: bool) -> bool:
    """Its start, or its end, is told from here on; False where it was."""
    given = {"request_id": request_id, "now": to_ms(now)}
    found = tx.one(TELL_END, **given) if is_end else tx.one(TELL_START, **given)
    return found is not None


def _folding_ms(tx: Tx, app: str, now: datetime) -> int:
    """`now`, and later than whatever was folded before, though a clock be put back: what is folded
    last wins, and `policy_without` has to find it last again."""
    row = tx.one(LAST_FOLDED, app=app)
    last = row["at"] if row is not None else None
    return to_ms(now) if last is None else max(to_ms(now), last + 1)


def _set_caps(tx: Tx, app: str, policy: Policy, now: datetime) -> None:
    tx.run(SET_CAPS, app=app, caps=_written(policy.as_mapping()), now=to_ms(now))


def _written(caps: Caps) -> str:
    return json.dumps(dict(caps), sort_keys=True)


# Asked before every send, and seldom changed.
@lru_cache(maxsize=1_024)
def _policy(written: str) -> Policy:
    return policy_of(json.loads(written))


@lru_cache(maxsize=1_024)
def _caps(written: str) -> Caps:
    return MappingProxyType(json.loads(written))


def _change(row: Row) -> LimitChange:
    return LimitChange(
        request_id=row["request_id"],
        app=row["app"],
        nth=row["nth"],
        caps=_caps(row["caps"]),
        before=_caps(row["before"]),
        starts_at=from_ms(row["starts_at_ms"]),
        ends_at=from_ms_or_none(row["ends_at_ms"]),
        folded_at=from_ms_or_none(row["folded_at_ms"]),
        undone_at=from_ms_or_none(row["undone_at_ms"]),
        undone_by=row["undone_by"],
        told_start_at=from_ms_or_none(row["told_start_ms"]),
        told_end_at=from_ms_or_none(row["told_end_ms"]),
        is_unasked=bool(row["unasked"]),
    )
