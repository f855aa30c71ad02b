"""The bot itself in words: its clock, its disk, its settings, what it is to say, its jobs."""

from collections.abc import Mapping
from datetime import datetime

from bot.locales import Locale, text
from bot.rules.alerts import AlertKind
from bot.slack.blocks import code
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.faults import moment

#: Where all that is not as it should be is named.
READY = "GET /readyz"


def clock_wrong(facts: Facts, locale: Locale) -> Described:
    """This machine's clock is not what those of Tencent and Slack are."""
    way = "behind" if facts["is_behind"] else "ahead"
    by = "both" if len(facts["by"]) > 1 else str(*facts["by"])
    return Described(
        title=text(locale, f"alert_health.clock_wrong.{way}", seconds=facts["off_s"]),
        means=text(
            locale,
            "alert_health.clock_wrong.means",
            whose=text(locale, f"alert_health.clock_wrong.{by}"),
        ),
        do=text(locale, "alert_health.clock_wrong.do"),
        evidence=(READY,),
    )


def disk_low(facts: Facts, locale: Locale) -> Described:
    """Little is left of the disk the database is on."""
    return Described(
        title=text(locale, "alert_health.disk_low.title", free=f"{facts['free_mb']:,}"),
        means=text(locale, "alert_health.disk_low.means"),
        do=text(locale, "alert_health.disk_low.do"),
        evidence=(READY,),
    )


def config_fault(facts: Facts, locale: Locale) -> Described:
    """A name in app.yaml that leads nowhere."""
    key, name = code(facts["setting"]), code(facts["name"])
    what = facts["what"]
    return Described(
        title=text(locale, f"alert_health.config_fault.{what}", key=key, name=name),
        means=text(locale, f"alert_health.config_fault.means_{what}"),
        do=text(locale, f"alert_health.config_fault.do_{what}", name=name),
    )


def posts_late(facts: Facts, locale: Locale) -> Described:
    """What is to be said in Slack waits."""
    since = moment(datetime.fromisoformat(facts["since"]))
    return Described(
        title=text(
            locale, "alert_health.posts_late.title", waiting=f"{facts['waiting']:,}", since=since
        ),
        means=text(locale, "alert_health.posts_late.means"),
        do=text(locale, "alert_health.posts_late.do"),
        evidence=(READY,),
    )


def job_broken(facts: Facts, locale: Locale) -> Described:
    """A job that breaks each time, or that should have run long ago."""
    how = facts["how"]
    return Described(
        title=text(
            locale,
            f"alert_health.job_broken.{how}",
            job=code(facts["job"]),
            since=moment(datetime.fromisoformat(facts["since"])),
            reason=code(facts["reason"]),
        ),
        means=text(locale, "alert_health.job_broken.means"),
        do=text(locale, f"alert_health.job_broken.do_{how}"),
        evidence=(READY,),
    )


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.CLOCK_WRONG: clock_wrong,
    AlertKind.DISK_LOW: disk_low,
    AlertKind.CONFIG_FAULT: config_fault,
    AlertKind.POSTS_LATE: posts_late,
    AlertKind.JOB_BROKEN: job_broken,
}
