"""What raises an alert about packages and money: low, empty, expiring, a short runway, arrears.

Packages belong to the account, so these have no label `app`. What an alert says holds still: counts
are told to a hundredth, times to the hour, so that a card is not drawn anew with every message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.rules.alerts.signal import AlertKind, Severity, Signal
from bot.rules.packages import HOUR, Runway, Stock, Unused

#: What fires goes on until it is so much better: an estimate that sways is no news.
MARGIN = 1.15
#: A package that loses less than this share of it is no waste.
WASTE_SHARE = 0.01
#: Of an account whose last package is gone for so long, nobody is told that it has none.
MISSED_FOR = timedelta(days=30)
#: A package that expires so soon is more than good to know.
SOON = timedelta(days=7)
PACKAGES_MAX = 20
PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")
#: How bad the alert of a fingerprint is that fires already.
Firing = Mapping[str, Severity]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on it is told; see bot/settings/packages.py."""

    low_percent: int
    critical_percent: int
    runway: timedelta
    urgent: timedelta
    expiring: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """Messages refused for money's sake since one was last accepted; `app` is that of the last."""

    many: int
    app: str
    first_at: datetime


def empty(stock: Stock, refused: Refused | None) -> Signal | None:
    """Nothing is left to send from, where anything is sent, or Tencent says so."""
    if refused is None and (stock.left_segments > 0 or not _is_missed(stock)):
        return None
    again = stock.runway.course.again_at if stock.runway else None
    facts = {
        "left": _rounded(stock.left_segments),
        "refused": refused.many if refused else 0,
        "since_s": _second(refused.first_at) if refused else None,
        "again_s": _second(again),
    }
    return Signal(AlertKind.PACKAGE_EMPTY, Severity.CRITICAL, {}, facts)


def low(stock: Stock, thresholds: Thresholds) -> Signal | None:
    """Little is left of the packages in use. Where it is known how long that lasts, the runway says
    how bad it is."""
    left, percent = stock.left_segments, stock.percent_left
    if not left or percent > thresholds.low_percent or _is_idle(stock):
        return None
    is_critical = percent <= thresholds.critical_percent and stock.runway is None
    severity = Severity.CRITICAL if is_critical else Severity.WARNING
    facts = {"left": _rounded(left), "percent": percent, **_runway_facts(stock.runway)}
    return Signal(AlertKind.PACKAGE_LOW, severity, {}, facts)


def runway_short(stock: Stock, thresholds: Thresholds, firing: Firing) -> Signal | None:
    """At the usual pace, and with what is planned, nothing is left soon."""
    runway = stock.runway
    if runway is None or runway.empty_at is None or not stock.left_segments or _is_idle(stock):
        return None
    signal = Signal(AlertKind.PACKAGE_RUNWAY, Severity.WARNING)
    before = firing.get(signal.fingerprint)
    lasts = runway.empty_at - stock.at
    if lasts > thresholds.runway * (MARGIN if before else 1):
        return None
    urgent = thresholds.urgent * (MARGIN if before is Severity.CRITICAL else 1)
    severity = Severity.CRITICAL if lasts <= urgent else Severity.WARNING
    before_then = {
        each.request_id: each.segments for each in stock.planned if each.at <= runway.empty_at
    }
    facts = {
        "left": _rounded(stock.left_segments),
        **_runway_facts(runway),
        "planned": [[name, _rounded(segments)] for name, segments in before_then.items()],
        # What lacks some because nobody bought a package by then is no reason of its own.
        "short": [
            [name, _rounded(lacks)] for name, lacks in runway.course.short if name in before_then
        ],
    }
    return Signal(AlertKind.PACKAGE_RUNWAY, severity, {}, facts)


def expiring(stock: Stock, thresholds: Thresholds, firing: Firing) -> tuple[Signal, ...]:
    """Packages of which something will be left when they expire soon."""
    if stock.runway is None or _is_idle(stock):
        return ()
    found = (_one_expiring(stock, each, thresholds, firing) for each in stock.runway.course.unused)
    return tuple(each for each in found if each is not None)[:PACKAGES_MAX]


def arrears(refused: Refused | None) -> Signal | None:
    """Tencent has suspended the account for what it owes, whichever product that is for."""
    if refused is None:
        return None
    facts = {"refused": refused.many, "app": refused.app, "since_s": _second(refused.first_at)}
    return Signal(AlertKind.ARREARS, Severity.CRITICAL, {}, facts)


def _one_expiring(
    stock: Stock, unused: Unused, thresholds: Thresholds, firing: Firing
) -> Signal | None:
    package = next(each for each in stock.packages if each.package_id == unused.package_id)
    labels = {"package": _plain_id(unused.package_id)}
    fires = Signal(AlertKind.PACKAGE_EXPIRING, Severity.INFO, labels).fingerprint in firing
    least = package.amount_segments * WASTE_SHARE / (MARGIN if fires else 1)
    if unused.at - stock.at > thresholds.expiring or unused.segments < least:
        return None
    severity = Severity.WARNING if unused.at - stock.at <= SOON else Severity.INFO
    facts = {"at_s": _second(unused.at), "unused": _rounded(unused.segments)}
    return Signal(AlertKind.PACKAGE_EXPIRING, severity, labels, facts)


def _is_idle(stock: Stock) -> bool:
    """Nothing was sent to the mainland for weeks, and nothing is planned."""
    return stock.runway is not None and stock.runway.a_day <= 0 and not stock.planned


def _is_missed(stock: Stock) -> bool:
    """Somebody sends, or would have until a moment ago."""
    ended = (each.expires_at for each in stock.packages if each.expires_at <= stock.at)
    is_fresh = any(stock.at - at <= MISSED_FOR for at in ended)
    return is_fresh or (stock.runway is not None and not _is_idle(stock))


def _runway_facts(runway: Runway | None) -> dict[str, Any]:
    """When nothing is left, to the hour, and how many hours that may be off."""
    if runway is None:
        return dict.fromkeys(("empty_s", "end", "width_h", "earliest_s")) | {"is_known": False}
    told = runway.outlook
    return {
        "is_known": True,
        "empty_s": _second(told.empty_at),
        "end": told.end.value if told.end else None,
        "width_h": None if told.width is None else told.width // HOUR,
        "earliest_s": _second(told.earliest),
    }


def _second(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _rounded(segments: int) -> int:
    """To two figures."""
    return int(float(f"{segments:.2g}"))


def _plain_id(package_id: str) -> str:
    """Tencent's own where it is a plain word, as it always was."""
    if PLAIN_ID.fullmatch(package_id):
        return package_id
    return sha256(package_id.encode()).hexdigest()[:16]
