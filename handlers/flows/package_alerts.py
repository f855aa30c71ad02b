"""Which alerts packages and money raise, and when these are over."""

from dataclasses import replace
from datetime import datetime

from bot.rules.alerts import AlertKind, Signal
from bot.rules.alerts import packages as raising
from bot.rules.alerts.packages import Refused
from bot.rules.packages import IN_ARREARS, NO_PACKAGE
from bot.settings import Settings
from bot.tencent import console
from handlers.flows import account_refusals as refusals
from handlers.flows import alerts as alert_flow
from handlers.flows import packages
from storage import account_refusals, alerts
from storage.db import Tx

KINDS = (
    AlertKind.PACKAGE_LOW,
    AlertKind.PACKAGE_EMPTY,
    AlertKind.PACKAGE_EXPIRING,
    AlertKind.PACKAGE_RUNWAY,
    AlertKind.ARREARS,
)


def signals(tx: Tx, settings: Settings, now: datetime) -> tuple[Signal, ...]:
    """Every alert that packages and money raise now."""
    refused = {
        code: Refused(each.refused, each.app, each.first_at)
        for code, each in refusals.list_open(tx, now).items()
    }
    found = [raising.arrears(refused.get(IN_ARREARS))]
    stock = packages.stock(tx, settings, now)
    if stock is not None:
        limits = settings.packages.thresholds
        firing = {
            each.signal.fingerprint: each.severity for each in alerts.find_open_of(tx, KINDS, None)
        }
        empty = raising.empty(stock, refused.get(NO_PACKAGE))
        short = [raising.low(stock, limits), raising.runway_short(stock, limits, firing)]
        # That little is left is no news where nothing is.
        found += [*([empty] if empty else short), *raising.expiring(stock, limits, firing)]
    page = console.sms_page(settings.tencent.endpoint)
    return tuple(
        replace(each, facts={**each.facts, "page": page}) for each in found if each is not None
    )


def watch(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Brings the alerts after what is so; returns whether any changed."""
    for code in refusals.find_over(tx, now):
        account_refusals.end(tx, code)
    return alert_flow.observe(tx, KINDS, signals(tx, settings, now), settings, now)


def is_news(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Whether `watch` would change anything."""
    if refusals.find_over(tx, now):
        return True
    return alert_flow.differs(tx, KINDS, signals(tx, settings, now))
