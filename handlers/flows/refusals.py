"""What Tencent refused that somebody has to hear of: right behind every settlement, in a write of
its own. Where nothing of the kind was refused, there is no write."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.rules.alerts import AlertKind, Signal, traffic
from bot.rules.alerts.traffic import Refusals
from bot.rules.codes import code_of
from bot.rules.numbers import mask
from bot.rules.packages import IN_ARREARS, NO_PACKAGE
from bot.rules.retries import Verdict
from bot.settings import Settings
from handlers.flows import alerts, package_alerts
from handlers.flows.delivery import End
from storage import alerts as stored
from storage.db import Tx

SAID_NO = frozenset({Verdict.REFUSED, Verdict.RETRY_LATER})
MONEY: Mapping[str, AlertKind] = {
    NO_PACKAGE: AlertKind.PACKAGE_EMPTY,
    IN_ARREARS: AlertKind.ARREARS,
}


def are_news(ends: Sequence[End]) -> bool:
    """Whether `look` may tell of any."""
    return bool(_of_money(ends)) or next(_signals(ends), None) is not None


def look(tx: Tx, ends: Sequence[End], settings: Settings, now: datetime) -> int:
    """An event for each app and code, and what it says of packages and money where nobody knows
    that yet; returns how many. What was refused is settled before."""
    signals = list(_signals(ends))
    for signal in signals:
        alerts.raise_event(tx, signal, settings, now)
    known = {each.kind for each in stored.find_open_of(tx, frozenset(MONEY.values()), None)}
    is_news = not _of_money(ends) <= known
    return len(signals) + (is_news and package_alerts.watch(tx, settings, now))


def _signals(ends: Sequence[End]) -> Iterator[Signal]:
    by_code: dict[tuple[str, str], list[End]] = {}
    for end in ends:
        if _is_refused(end):
            by_code.setdefault((end.attempt.app, end.answer.fate.code), []).append(end)
    for (app, code), found in by_code.items():
        last = found[-1].attempt
        signal = traffic.limit_tencent(
            Refusals(app, code, len(found), last.request_id, mask(last.number))
        )
        if signal is not None:
            yield signal


def _of_money(ends: Sequence[End]) -> set[AlertKind]:
    """What somebody has to pay for: told at once, and not with the next look at the packages."""
    named = {code_of(end.answer.fate.code).name for end in ends if _is_refused(end)}
    return {MONEY[code] for code in named & MONEY.keys()}


def _is_refused(end: End) -> bool:
    """By Tencent, with a code; what never left has none."""
    fate = end.answer.fate
    return fate.verdict in SAID_NO and bool(fate.code)
