"""Limits that are met, a console that is not what it is declared to be, and unusual traffic, in
words."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.locales import Locale, join, text
from bot.rules.alerts import AlertKind
from bot.rules.codes import code_of
from bot.slack.blocks import esc
from bot.slack.messages import brakes, declarations, limit_keys
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.faults import limit_scope, moment


def limit_hit(facts: Facts, locale: Locale) -> Described:
    """Our own limits do not let messages go."""
    return Described(
        title=text(
            locale,
            f"alert_traffic.limit_hit.{_counted(facts)}",
            app=esc(facts["app"]),
            count=f"{facts['count']:,}",
            what=limit_keys.label(facts["cap"], locale),
            cap=f"{facts['allowed']:,}",
        ),
        means=text(locale, "alert_traffic.limit_hit.means"),
        do=text(locale, "alert_traffic.limit_hit.do"),
        evidence=(f"/sms why {facts['request_id']}", _limits(facts)),
    )


def limit_tencent(facts: Facts, locale: Locale) -> Described:
    """Tencent's limits refuse what ours let through."""
    known = code_of(facts["code"])
    return Described(
        title=text(
            locale,
            f"alert_traffic.limit_tencent.{_counted(facts)}",
            app=esc(facts["app"]),
            count=f"{facts['count']:,}",
            code=esc(known.name.partition(".")[2] or known.name),
        ),
        means=join(
            locale,
            text(locale, known.cause_key),
            text(locale, "alert_traffic.limit_tencent.means", number=facts["number"]),
        ),
        do=text(locale, known.cure_key),
        evidence=(f"/sms why {facts['request_id']}", _limits(facts)),
    )


def limit_warn(facts: Facts, locale: Locale) -> Described:
    """An app began as many messages today as somebody wants to be told of."""
    stop = facts["stop"]
    means = "means" if stop else "means_no_stop"
    return Described(
        title=_of_total("limit_warn", facts["warn"], facts, locale),
        means=text(locale, f"alert_traffic.limit_warn.{means}", stop=f"{stop or 0:,}"),
        do=text(locale, "alert_traffic.limit_warn.do"),
        evidence=(_limits(facts), _figures(facts)),
    )


def limit_stop(facts: Facts, locale: Locale) -> Described:
    """An app began as many messages today as it may."""
    time = moment(datetime.fromtimestamp(facts["ends_ms"] / 1000, UTC))
    return Described(
        title=_of_total("limit_stop", facts["stop"], facts, locale),
        means=text(locale, "alert_traffic.limit_stop.means", time=time),
        do=text(locale, "alert_traffic.limit_stop.do"),
        evidence=(_limits(facts), _figures(facts)),
    )


def drift(facts: Facts, locale: Locale) -> Described:
    """One answer of Tencent's that contradicts what is declared."""
    request_id = facts["request_id"]
    return Described(
        title=declarations.drift_title(facts, locale),
        means="\n".join(declarations.drift_facts(facts, locale)),
        do=declarations.drift_cure(facts, locale),
        evidence=((f"/sms why {request_id}",) if request_id else ()) + (_limits(facts),),
        buttons=(declarations.drift_button(facts, locale),),
    )


def unusual(facts: Facts, locale: Locale) -> Described:
    """An hour of an app that is not like its others, with what was done about it; once it is over,
    its first line says how it ended."""
    headline, states = brakes.headline(facts, locale), brakes.states(facts, locale)
    is_over = facts["ended_at_ms"] or facts["ignored_by"]
    means = text(locale, f"alert_traffic.unusual.{facts['kind']}")
    return Described(
        title=join(locale, headline, *states) if is_over else headline,
        means="\n".join([means, *brakes.details(facts, locale), *states]),
        do=text(locale, "brake.how"),
        evidence=(_figures(facts),),
        buttons=() if facts["ended_at_ms"] else tuple(brakes.buttons(facts, locale)),
    )


def _of_total(name: str, cap: int, facts: Facts, locale: Locale) -> str:
    return text(
        locale,
        f"alert_traffic.{name}.title",
        app=esc(facts["app"]),
        scope=limit_scope(facts["scope"], locale),
        cap=f"{cap:,}",
    )


def _counted(facts: Facts) -> str:
    return "title_one" if facts["count"] == 1 else "title"


def _limits(facts: Facts) -> str:
    return f"/sms limit show {facts['app']}"


def _figures(facts: Facts) -> str:
    return f"/sms stats {facts['app']} 24h"


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.LIMIT_HIT: limit_hit,
    AlertKind.LIMIT_TENCENT: limit_tencent,
    AlertKind.LIMIT_WARN: limit_warn,
    AlertKind.LIMIT_STOP: limit_stop,
    AlertKind.DRIFT: drift,
    AlertKind.VOLUME: unusual,
    AlertKind.NEW_NUMBERS: unusual,
    AlertKind.SUCCESS_LOW: unusual,
}
