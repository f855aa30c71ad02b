"""What the account may still send today and pay for, drawn on number by number."""

from datetime import datetime

from bot.sandbox.tencent.account import AlertKind
from bot.sandbox.tencent.frequency import start_of_day, to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.packages import balance
from bot.sandbox.tencent.state import State

#: The code of a stopped side; the key is whether it is the mainland.
STOPPED = {
    True: "LimitExceeded.AppMainlandChinaDailyLimit",
    False: "LimitExceeded.AppGlobalDailyLimit",
}


class Allowance:
    """The balance of the packages and the day's volume of each side, for one request.

    International messages are paid for afterwards, so only the volume counts for them.
    """

    def __init__(self, state: State, now: datetime) -> None:
        self._account = state.account
        self._now_ms = to_ms(now)
        limits = state.account.thresholds
        self._stop = {True: limits.mainland_stop, False: limits.international_stop}
        self._reminder = {True: limits.mainland_reminder, False: limits.international_reminder}
        self._left = balance(state.packages, self._now_ms)
        watched = any(each is not None for each in (*self._stop.values(), *self._reminder.values()))
        self._sent = _sent_today(state, now) if watched else {True: 0, False: 0}
        self._alerts: list[tuple[AlertKind, str]] = []

    def take(self, segments: int, *, mainland: bool) -> str | None:
        """Draw one message of so many segments, or the code with which it is refused."""
        stop, sent = self._stop[mainland], self._sent[mainland]
        if stop is not None and sent >= stop:
            return STOPPED[mainland]
        if mainland and segments > self._left:
            self._alerts.append((AlertKind.PACKAGE_BALANCE, str(self._left)))
            return "FailedOperation.InsufficientBalanceInSmsPackage"
        self._left -= segments if mainland else 0
        self._sent[mainland] = sent + 1
        if self._reminder[mainland] == sent + 1:
            self._alerts.append((AlertKind.OVER_VOLUME, str(sent + 1)))
        return None

    def tell(self) -> None:
        """Tell the alert contacts what was reached, once the request is accepted."""
        for kind, subject in self._alerts:
            self._account.alert(self._now_ms, kind, subject)


def _sent_today(state: State, now: datetime) -> dict[bool, int]:
    since_ms = start_of_day(now)
    sent = {True: 0, False: 0}
    for attempt in state.ledger:
        if attempt.accepted and attempt.asked_at_ms >= since_ms:
            sent[_is_mainland(attempt)] += 1
    return sent


def _is_mainland(attempt: Attempt) -> bool:
    return attempt.iso_code == "CN"
