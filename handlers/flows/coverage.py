"""Whether Tencent counted what we did: its statistics of a day beside our figures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rules.alerts import AlertKind
from bot.rules.alerts import receipts as rules
from bot.rules.backfill import DAY_S, day_of, rest
from bot.rules.coverage import CHECK_AFTER, Difference, Theirs, differences
from bot.rules.figures import NOTHING, Counts, Dimension
from bot.settings import App, Settings
from handlers.flows import alerts
from storage import back_offs, coverage_checks, figures
from storage.db import Tx


def due_day(tx: Tx, app: App, now: datetime) -> int | None:
    """The day to compare now, by its beginning in UTC seconds; None where there is none.

    The last one that ended some hours ago, and only where the bot ran before it began.
    """
    day_s = day_of(now - CHECK_AFTER) - DAY_S
    if coverage_checks.is_checked(tx, app.name, day_s) or not back_offs.is_over(
        tx, _of_statistics(app), now
    ):
        return None
    return day_s if coverage_checks.is_known(tx, app.name, day_s) else None


def note_checked(
    tx: Tx, app: App, day_s: int, theirs: Theirs, settings: Settings, now: datetime
) -> Sequence[Difference]:
    """Keeps the comparison. Where they differ by more than rounding that is an alert, until a later
    day agrees."""
    ours = _counted(tx, app, day_s)
    found = differences(theirs, ours, is_exclusive=app.exclusive)
    facts = _facts(app, day_s, found)
    back_offs.clear(tx, _of_statistics(app))
    if not coverage_checks.add(tx, app.name, day_s, facts, now):
        return ()
    fires = [rules.differs(app.name, facts)] if found else []
    alerts.observe(tx, {AlertKind.COUNTS_DIFFER}, fires, settings, now, app=app.name)
    return found


def note_not_checked(tx: Tx, app: App, now: datetime) -> None:
    """Tencent did not say: it is asked again later."""
    name = _of_statistics(app)
    back_offs.note(tx, name, now + rest(back_offs.failures(tx, name)))


def note_refused(tx: Tx, app: App, code: str, settings: Settings, now: datetime) -> None:
    """Tencent gives no receipts off its queue: an alert, until it does or nobody asks for them."""
    fires = [rules.pull_refused(app.name, code)]
    alerts.observe(tx, {AlertKind.PULL_REFUSED}, fires, settings, now, app=app.name)


def span_of(day_s: int) -> tuple[datetime, datetime]:
    """The first and the last hour of a day, as statistics are asked for."""
    since = datetime.fromtimestamp(day_s, UTC)
    return since, since + timedelta(hours=23)


def _counted(tx: Tx, app: App, day_s: int) -> Counts:
    found = figures.sums(tx, [app.name], day_s, day_s + DAY_S)
    return found.get((app.name, Dimension.ALL, ""), NOTHING)


def _facts(app: App, day_s: int, found: Sequence[Difference]) -> Mapping[str, Any]:
    return {
        "app": app.name,
        "day_s": day_s,
        "is_exclusive": app.exclusive,
        "differences": [
            {
                "measure": each.measure.value,
                "theirs": each.theirs,
                "ours": each.ours,
                "cause": each.cause.value,
            }
            for each in found
        ],
    }


def _of_statistics(app: App) -> str:
    return f"statistics:{app.name}"
