"""What nobody answered for, in words: messages in doubt, Tencent, and Slack itself."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.locales import Locale, join, text
from bot.reach import SHUT_OUT
from bot.rules.alerts import AlertKind
from bot.slack.blocks import code, esc
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.faults import moment

#: Tencent was reached, and said nothing of use.
UNKNOWN = "unknown"


def in_doubt(facts: Facts, locale: Locale) -> Described:
    """Nobody knows whether they were sent."""
    is_alert, is_due = "class" in facts, facts["due"] > 0
    title = ("title_alert" if is_alert else "title") + ("_one" if facts["total"] == 1 else "")
    means = text(locale, f"alert_delivery.in_doubt.{'means' if is_due else 'means_soon'}")
    why = text(locale, "alert_delivery.in_doubt.means_alert") if is_alert else ""
    do = "do_soon" if not is_due else "do_alert" if is_alert else "do"
    return Described(
        title=text(
            locale,
            f"alert_delivery.in_doubt.{title}",
            app=esc(facts["app"]),
            total=f"{facts['total']:,}",
            since=_since(facts),
        ),
        means=join(locale, why, means),
        do=text(locale, f"alert_delivery.in_doubt.{do}", due=f"{facts['due']:,}"),
        evidence=(f"/sms why {facts['request_id']}",),
    )


def tencent_unreachable(facts: Facts, locale: Locale) -> Described:
    """Nothing that is said to Tencent gets an answer."""
    means = "means_unknown" if facts["fault"] == UNKNOWN else "means"
    return Described(
        title=text(locale, "alert_delivery.tencent_unreachable.title", since=_since(facts)),
        means=text(locale, f"alert_delivery.tencent_unreachable.{means}"),
        do=text(locale, "alert_delivery.tencent_unreachable.do"),
        evidence=("/sms job list",),
    )


def slack_unreachable(facts: Facts, locale: Locale) -> Described:
    """Slack takes nothing: read where it does again, or by the second way."""
    shut_out = "_shut_out" if facts["fault"] in SHUT_OUT else ""
    return Described(
        title=text(
            locale,
            "alert_delivery.slack_unreachable.title",
            since=_since(facts),
            fault=code(facts["fault"]),
        ),
        means=text(locale, f"alert_delivery.slack_unreachable.means{shut_out}"),
        do=text(locale, f"alert_delivery.slack_unreachable.do{shut_out}"),
        evidence=(),
    )


def _since(facts: Facts) -> str:
    return moment(datetime.fromtimestamp(facts["since_ms"] / 1000, UTC))


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.IN_DOUBT.value: in_doubt,
    AlertKind.TENCENT_UNREACHABLE.value: tencent_unreachable,
    AlertKind.SLACK_UNREACHABLE.value: slack_unreachable,
}
