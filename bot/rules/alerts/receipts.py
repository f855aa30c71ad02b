"""Receipts that do not come, and what Tencent counts otherwise than we do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log10
from typing import Any

from bot.rules.alerts.signal import APP, AlertKind, Severity, Signal, fingerprint_of

#: Hours, the current one among them: the first with messages enough is judged.
SPANS_H = (2, 6, 24)
#: Days that say what is usual.
DAYS = 7
#: Fewer messages without a receipt are no alert, and a share of them so far beyond the usual one
#: is; what fires does so until half of it is made good.
MISSING_MIN, MISSING_SHARE = 20, 0.2
#: Messages in a row without a receipt that was pushed: so many at the least, and never so few that
#: it may be chance: one in a million, by how many usually come.
RUN_MIN, CHANCE = 10, 1e-6
#: Where fewer of all receipts come by themselves, nothing has stopped; where all do, one in so many
#: may fail by chance all the same.
USUALLY_PUSHED, NEARLY_ALL = 0.5, 0.99
#: How many of the latest messages are looked at: more than any run that is asked for.
RUN_MAX = 50
#: A difference of figures is told until a later day agrees, or nobody could compare for so long.
DIFFERENCE_LIFE_S = 4 * 86_400
#: A receipt that contradicts us is told until none came for so long.
CONTRARY_LIFE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Of what Tencent accepted: for how many a receipt is due, how many came by themselves, and of
    how many it is known what became of them."""

    due: int = 0
    came: int = 0
    known: int = 0

    @property
    def absent(self) -> int:
        return self.due - self.came

    @property
    def unknown(self) -> int:
        return self.due - self.known

    @property
    def came_share(self) -> float:
        return self.came / max(1, self.due)


@dataclass(frozen=True, slots=True)
class Pushes:
    """The latest messages of an app that should have a receipt by now: how many in a row have none
    that came by itself, the latest first, and when the last one came, where that is known."""

    app: str
    run: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contrary:
    """A receipt under a serial of ours: to whom that message went, and whom the receipt names; both
    masked."""

    serial: str
    sent_to: str
    named: str


def missing(
    app: str, spans: Sequence[Receipts], usual: Receipts, firing: Collection[str]
) -> Signal | None:
    """More receipts than usual did not come, or could not be fetched either.

    `spans` are those of `SPANS_H`, `usual` is the last days together. Where receipts never come by
    themselves that is how it is; that they cannot be fetched never is.
    """
    labels = {APP: app}
    was = fingerprint_of(AlertKind.RECEIPTS_MISSING, labels) in firing
    found = next(
        ((hours, each) for hours, each in zip(SPANS_H, spans, strict=True) if _is_enough(each)),
        None,
    )
    if found is None:
        return None
    hours, lately = found
    is_late = usual.due > 0 and _is_much(lately.absent, lately.due, usual.absent, usual.due, was)
    is_lost = _is_much(lately.unknown, lately.due, usual.unknown, usual.due, was)
    if not (is_late or is_lost):
        return None
    facts = {
        "due": lately.due,
        "absent": lately.absent,
        "unknown": lately.unknown,
        "hours": hours,
        "is_lost": is_lost,
    }
    return Signal(AlertKind.RECEIPTS_MISSING, Severity.WARNING, labels, facts)


def may_be_missing(lately: Receipts) -> bool:
    """Whether so many are absent that an alert may come of it: for who would save the rest."""
    return lately.absent >= RUN_MIN


def stopped(pushes: Pushes, usual: Receipts, firing: Collection[str]) -> Signal | None:
    """Not one receipt is pushed any more, of an app to which they usually are; until one is."""
    labels = {APP: pushes.app}
    was = fingerprint_of(AlertKind.CALLBACKS_STOPPED, labels) in firing
    if pushes.run < (1 if was else _run_from(usual.came_share)):
        return None
    last_ms = None if pushes.last_at is None else round(pushes.last_at.timestamp() * 1000)
    return Signal(AlertKind.CALLBACKS_STOPPED, Severity.WARNING, labels, {"last_ms": last_ms})


def differs(app: str, facts: Mapping[str, Any]) -> Signal:
    """A day on which Tencent's statistics and our figures are not the same; `facts` as they are
    kept of the comparison."""
    said = {name: value for name, value in facts.items() if name != APP}
    return Signal(AlertKind.COUNTS_DIFFER, Severity.WARNING, {APP: app}, said)


def is_old(facts: Mapping[str, Any], now: datetime) -> bool:
    """Whether a difference is of a day so long ago that it is no news any more."""
    day_s: int = facts["day_s"]
    return now.timestamp() - day_s > DIFFERENCE_LIFE_S


def contradict(app: str, many: int, examples: Sequence[Contrary]) -> Signal:
    """Receipts under serials of ours name numbers that `many` messages did not go to."""
    shown = [[each.serial, each.sent_to, each.named] for each in examples]
    facts = {"many": many, "examples": shown}
    return Signal(AlertKind.RECEIPTS_CONTRADICT, Severity.WARNING, {APP: app}, facts)


def pull_refused(app: str, code: str) -> Signal:
    """Tencent gives no receipts off its queue, and app.yaml wants them from there."""
    return Signal(AlertKind.PULL_REFUSED, Severity.INFO, {APP: app}, {"code": code})


def _is_enough(lately: Receipts) -> bool:
    return lately.due >= MISSING_MIN


def _is_much(many: int, due: int, usual: int, usually_due: int, was: bool) -> bool:
    least, beyond = (1, MISSING_SHARE / 2) if was else (MISSING_MIN, MISSING_SHARE)
    return many >= least and many >= (usual / max(1, usually_due) + beyond) * due


def _run_from(came_share: float) -> int:
    """How many in a row are no chance any more; more than are looked at where they seldom come."""
    if came_share < USUALLY_PUSHED:
        return RUN_MAX + 1
    misses = 1 - min(came_share, NEARLY_ALL)
    return min(RUN_MAX, max(RUN_MIN, ceil(log10(CHANCE) / log10(misses))))
