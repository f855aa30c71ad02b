"""What Tencent refused that somebody has to hear of: right behind every settlement, in a write of
its own. Where nothing of the kind was refused, there is no write."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.rules.alerts import Signal, traffic
from bot.rules.alerts.traffic import Refusals
from bot.rules.numbers import mask
from bot.rules.retries import Verdict
from bot.settings import Settings
from handlers.flows import alerts
from handlers.flows.delivery import End
from storage.db import Tx

SAID_NO = frozenset({Verdict.REFUSED, Verdict.RETRY_LATER})


def are_news(ends: Sequence[End]) -> bool:
    """Whether `look` would tell of any."""
    return next(_signals(ends), None) is not None


def look(tx: Tx, ends: Sequence[End], settings: Settings, now: datetime) -> int:
    """An event for each app and code; returns how many."""
    signals = list(_signals(ends))
    for signal in signals:
        alerts.raise_event(tx, signal, settings, now)
    return len(signals)


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


def _is_refused(end: End) -> bool:
    """By Tencent, with a code; what never left has none."""
    fate = end.answer.fate
    return fate.verdict in SAID_NO and bool(fate.code)
