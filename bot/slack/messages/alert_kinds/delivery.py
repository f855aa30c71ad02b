"""What carriers deliver, in words: too little of all, of one carrier's, or of one signature's."""

from collections.abc import Mapping

from bot.locales import Locale, join, text
from bot.rules.alerts import AlertKind
from bot.rules.receipts import receipt_of
from bot.slack.blocks import code, esc
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.figure_lines import percent

#: A code that says a carrier does not know a signature.
UNFILED_CODE = "TX:2000"


def delivery_low(facts: Facts, locale: Locale) -> Described:
    """Less of an app's is delivered than usual."""
    causes = "; ".join(_cause(name, many, locale) for name, many in facts["causes"])
    why = text(locale, "alert_delivery.delivery_low.means_why", causes=causes) if causes else ""
    return Described(
        title=text(locale, "alert_delivery.delivery_low.title", **_shares(facts, locale)),
        means=join(locale, text(locale, "alert_delivery.delivery_low.means"), why),
        do=text(locale, "alert_delivery.delivery_low.do"),
        evidence=(_figures(facts),),
    )


def carrier_low(facts: Facts, locale: Locale) -> Described:
    """Less of what goes to one carrier, or one country, is delivered than usual."""
    carrier = facts.get("carrier")
    means = "means" if carrier else "means_country"
    where = _carrier(carrier, locale) if carrier else code(facts["country"])
    shares = _shares(facts, locale)
    return Described(
        title=text(locale, "alert_delivery.carrier_low.title", where=where, **shares),
        means=text(locale, f"alert_delivery.carrier_low.{means}"),
        do=text(locale, "alert_delivery.carrier_low.do"),
        evidence=(_figures(facts),),
    )


def not_deliverable(facts: Facts, locale: Locale) -> Described:
    """A signature is approved, and carriers do not know it."""
    carriers = " · ".join(f"{_carrier(name, locale)} {many:,}" for name, many in facts["carriers"])
    return Described(
        title=text(
            locale,
            "alert_delivery.not_deliverable.title",
            app=esc(facts["app"]),
            signature=esc(facts["signature"]),
            many=f"{facts['many']:,}",
            total=f"{facts['total']:,}",
        ),
        means=text(locale, "alert_delivery.not_deliverable.means", carriers=carriers),
        do=text(locale, "alert_delivery.not_deliverable.do"),
        evidence=(f"/sms sign show {facts['signature']}", f"/sms why code {UNFILED_CODE}"),
    )


def _carrier(name: str, locale: Locale) -> str:
    return text(locale, f"stats.carrier.{name or 'none'}")


def _cause(name: str, many: int, locale: Locale) -> str:
    said = text(locale, f"why.category.{receipt_of(name).category.value}")
    return f"{said} ({code(name)}, {many:,})"


def _shares(facts: Facts, locale: Locale) -> dict[str, str]:
    return {
        "app": esc(facts["app"]),
        "share": percent(facts["many"], facts["total"], locale),
        "usual": percent(round(facts["usual"] * 1000), 1000, locale),
        "total": f"{facts['total']:,}",
        "hours": str(facts["hours"]),
    }


def _figures(facts: Facts) -> str:
    return f"/sms stats {facts['app']} 24h"


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.DELIVERY_LOW.value: delivery_low,
    AlertKind.CARRIER_LOW.value: carrier_low,
    AlertKind.NOT_DELIVERABLE.value: not_deliverable,
}
