"""Receipts that do not come, and figures of Tencent's that are not ours, in words."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.locales import Locale, text
from bot.rules.alerts import AlertKind
from bot.rules.backfill import SHANGHAI
from bot.slack.blocks import code, esc
from bot.slack.messages import coverage
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.faults import moment


def receipts_missing(facts: Facts, locale: Locale) -> Described:
    """Receipts come by asking only, or not at all."""
    lost = "_lost" if facts["is_lost"] else ""
    counted = {name: f"{facts[name]:,}" for name in ("due", "absent", "unknown", "hours")}
    app = esc(facts["app"])
    return Described(
        title=text(locale, f"alert_delivery.receipts_missing.title{lost}", app=app, **counted),
        means=text(locale, f"alert_delivery.receipts_missing.means{lost}"),
        do=text(locale, f"alert_delivery.receipts_missing.do{lost}"),
        evidence=(_figures(facts),),
    )


def callbacks_stopped(facts: Facts, locale: Locale) -> Described:
    """Not one receipt is pushed any more."""
    last_ms = facts["last_ms"]
    title = "title_before" if last_ms is None else "title"
    since = "" if last_ms is None else moment(datetime.fromtimestamp(last_ms / 1000, UTC))
    return Described(
        title=text(
            locale,
            f"alert_delivery.callbacks_stopped.{title}",
            app=esc(facts["app"]),
            since=since,
        ),
        means=text(locale, "alert_delivery.callbacks_stopped.means"),
        do=text(locale, "alert_delivery.callbacks_stopped.do"),
        evidence=(_figures(facts),),
    )


def counts_differ(facts: Facts, locale: Locale) -> Described:
    """A day on which the two differ by more than rounding: by how much, and what it comes from."""
    day = datetime.fromtimestamp(facts["day_s"], SHANGHAI).date().isoformat()
    return Described(
        title=text(locale, "alert_delivery.counts_differ.title", app=esc(facts["app"]), day=day),
        means="\n".join(coverage.lines(facts, locale)),
        do=text(locale, "alert_delivery.counts_differ.do"),
        evidence=(f"/sms stats {facts['app']} 7d",),
    )


def receipts_contradict(facts: Facts, locale: Locale) -> Described:
    """Receipts name other numbers than their messages went to: which, side by side."""
    key = "alert_delivery.receipts_contradict"
    shown = [
        text(locale, f"{key}.line", serial=code(serial), sent_to=code(sent_to), named=code(named))
        for serial, sent_to, named in facts["examples"]
    ]
    title = "title_one" if facts["many"] == 1 else "title"
    return Described(
        title=text(locale, f"{key}.{title}", app=esc(facts["app"]), many=f"{facts['many']:,}"),
        means="\n".join((text(locale, f"{key}.means"), *shown)),
        do=text(locale, f"{key}.do"),
        evidence=tuple(f"/sms why {serial}" for serial, *_ in facts["examples"]),
    )


def pull_refused(facts: Facts, locale: Locale) -> Described:
    """`callbacks.pull` is on, and Tencent gives nothing."""
    return Described(
        title=text(
            locale,
            "alert_delivery.pull_refused.title",
            app=esc(facts["app"]),
            code=code(facts["code"]),
        ),
        means=text(locale, "alert_delivery.pull_refused.means"),
        do=text(locale, "alert_delivery.pull_refused.do"),
        evidence=(f"/sms why code {facts['code']}",),
    )


def _figures(facts: Facts) -> str:
    return f"/sms stats {facts['app']} 24h"


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.RECEIPTS_MISSING.value: receipts_missing,
    AlertKind.CALLBACKS_STOPPED.value: callbacks_stopped,
    AlertKind.COUNTS_DIFFER.value: counts_differ,
    AlertKind.RECEIPTS_CONTRADICT.value: receipts_contradict,
    AlertKind.PULL_REFUSED.value: pull_refused,
}
