"""Alerts about the bot itself: its clock, its disk, its settings, what it is to say, its jobs.

What is measured of it is in `bot.rules.vitals`. The figures of a signal are rounded: an alert whose
figures never hold still would be edited for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.alerts.signal import AlertKind, Severity, Signal
from bot.rules.vitals import (
    DISK_CRITICAL,
    Bounds,
    Vitals,
    free_mb,
    is_low,
    lasting,
    overdue,
    posts_waited_s,
    worst_off_s,
)

#: Tencent and Slack refuse requests whose clock is 300 s off.
CLOCK_CRITICAL_S = 240.0
#: Clocks are told apart by so much.
CLOCK_STEP_S = 10
#: So many times as late as a post may be.
POSTS_CRITICAL = 4
#: Without these nothing is sent, or nobody hears of anything.
VITAL_JOBS = frozenset({"send_messages", "deliver_posts", "post_cards", "watch_alerts", "escalate"})
#: Kinds that one look at the vitals finds.
OF_VITALS = (
    AlertKind.CLOCK_WRONG,
    AlertKind.DISK_LOW,
    AlertKind.POSTS_LATE,
    AlertKind.JOB_BROKEN,
)


class Misnamed(StrEnum):
    """What app.yaml names and nobody has; the value is a fact of the alert."""

    TEMPLATE = "template"
    """No template of Tencent's."""
    SIGNATURE = "signature"
    """No signature of Tencent's."""
    GROUP = "group"
    """No user group of the workspace's."""
    CHANNEL = "channel"
    """No channel the bot is in."""
    VOICE = "voice"
    """Tencent refuses every call: of the account, the template or the application, by a code."""


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """A name in app.yaml that leads nowhere: at which key (``channels.alerts``), and the name."""

    what: Misnamed
    key: str
    name: str


def of_vitals(vitals: Vitals, bounds: Bounds) -> tuple[Signal, ...]:
    """Everything about the bot that is an alert."""
    single = (
        clock_wrong(vitals, bounds),
        disk_low(vitals, bounds),
        posts_late(vitals, bounds),
    )
    return (*(each for each in single if each is not None), *job_broken(vitals))


def clock_wrong(vitals: Vitals, bounds: Bounds) -> Signal | None:
    """This machine's clock differs from what Tencent's and Slack's answers say it is."""
    worst_s = worst_off_s(vitals)
    if worst_s < bounds.clock_off_s:
        return None
    by = sorted(who for who, off_s in vitals.clocks_off_s.items() if abs(off_s) >= worst_s / 2)
    is_behind = max(vitals.clocks_off_s.values(), key=abs) > 0
    severity = Severity.CRITICAL if worst_s >= CLOCK_CRITICAL_S else Severity.WARNING
    off_s = int(worst_s // CLOCK_STEP_S * CLOCK_STEP_S)
    return Signal(
        AlertKind.CLOCK_WRONG,
        severity,
        facts={"off_s": off_s, "is_behind": is_behind, "by": by},
    )


def disk_low(vitals: Vitals, bounds: Bounds) -> Signal | None:
    """Little is left of the disk the database is on."""
    if not is_low(vitals.space, bounds):
        return None
    free = free_mb(vitals.space)
    is_critical = free < bounds.disk_free_mb * DISK_CRITICAL
    return Signal(
        AlertKind.DISK_LOW,
        Severity.CRITICAL if is_critical else Severity.WARNING,
        facts={"free_mb": _rounded(free), "bound_mb": bounds.disk_free_mb},
    )


def posts_late(vitals: Vitals, bounds: Bounds) -> Signal | None:
    """What is to be said in Slack waits too long for its turn."""
    waited = posts_waited_s(vitals)
    if vitals.oldest_post_at is None or waited <= bounds.posts_late_s:
        return None
    is_critical = waited > bounds.posts_late_s * POSTS_CRITICAL
    since = vitals.oldest_post_at.replace(second=0, microsecond=0)
    return Signal(
        AlertKind.POSTS_LATE,
        Severity.CRITICAL if is_critical else Severity.WARNING,
        facts={"since": since.isoformat(), "waiting": _rounded(vitals.posts_waiting)},
    )


def job_broken(vitals: Vitals) -> tuple[Signal, ...]:
    """Jobs that broke several times in a row, and jobs that should have run long ago."""
    broken = lasting(vitals)
    names = {each.job for each in broken}
    late = [each for each in overdue(vitals) if each.job not in names]
    return (
        *(_job(each.job, "broke", each.since.isoformat(), each.reason) for each in broken),
        *(_job(each.job, "late", each.due_at.isoformat(), "") for each in late),
    )


def config_fault(faults: Iterable[ConfigFault]) -> tuple[Signal, ...]:
    """Names in app.yaml that lead nowhere, each by its key."""
    return tuple(
        Signal(
            AlertKind.CONFIG_FAULT,
            Severity.WARNING,
            labels={"setting": each.key},
            facts={"what": each.what.value, "name": each.name},
        )
        for each in faults
    )


def _job(job: str, how: str, since: str, reason: str) -> Signal:
    severity = Severity.CRITICAL if job in VITAL_JOBS else Severity.WARNING
    facts = {"how": how, "since": since, "reason": reason}
    return Signal(AlertKind.JOB_BROKEN, severity, labels={"job": job}, facts=facts)


def _rounded(figure: int) -> int:
    """To two figures: 1,234 is 1,200."""
    step: int = 10 ** max(0, len(str(figure)) - 2)
    return figure // step * step
