"""What an application may still send today and the account pay for, drawn on number by number."""

from collections import Counter
from datetime import datetime

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.contacts import AlertKind
from bot.sandbox.tencent.frequency import start_of_day, to_ms
from bot.sandbox.tencent.packages import balance
from bot.sandbox.tencent.state import State

MAINLAND = "CN"
#: The code of a stopped side; the key is whether it is the mainland.
STOPPED = {
    True: "LimitExceeded.AppMainlandChinaDailyLimit",
    False: "LimitExceeded.AppGlobalDailyLimit",
}


class Allowance:
    """The balance of the packages and the day's volume of one application, for one request.

    International messages are paid for afterwards, so only the volume counts for them.
    """

    def __init__(self, state: State, app: Application, now: datetime) -> None:
        self._state = state
        self._app = app
        self._now_ms = to_ms(now)
        limits = app.thresholds
        self._stop = {True: limits.mainland_stop, False: limits.international_stop}
        self._reminder = {True: limits.mainland_reminder, False: limits.international_reminder}
        self._caps = {each.iso_code: each.per_day for each in app.country_caps}
        self._left = balance(state.packages, self._now_ms)
        self._quota = state.account.settings.international_daily_segments
        self._sent: Counter[str] = Counter()
        self._spent_abroad = 0
        if self._is_watched():
            self._count_today(start_of_day(now))
        self._reminded: list[str] = []
        self._empty_at: list[str] = []

    def take(self, segments: int, iso_code: str) -> str | None:
        """Draw one message of so many segments to a country, or the code it is refused with."""
        mainland = iso_code == MAINLAND
        sent, stop = self._of_side(mainland=mainland), self._stop[mainland]
        served = self._app.countries
        if not mainland and served is not None and iso_code not in served:
            return "LimitExceeded.AppCountryOrRegionInBlacklist"
        if stop is not None and sent >= stop:
            return STOPPED[mainland]
        cap = self._caps.get(iso_code)
        if cap is not None and self._sent[iso_code] >= cap:
            return "LimitExceeded.AppCountryOrRegionDailyLimit"
        if not mainland and self._quota is not None and self._spent_abroad + segments > self._quota:
            return "LimitExceeded.DailyLimit"
        if mainland and segments > self._left:
            self._empty_at.append(str(self._left))
            return "FailedOperation.InsufficientBalanceInSmsPackage"
        self._draw(segments, iso_code)
        if self._reminder[mainland] == sent + 1:
            self._reminded.append(str(sent + 1))
        return None

    def tell(self) -> None:
        """Tell the alert contacts what was reached, once the request is accepted: of the volume
        those of the application, of the packages, which all share, those of every one."""
        for volume in self._reminded:
            self._app.alert(self._now_ms, AlertKind.OVER_VOLUME, volume)
        for left in self._empty_at:
            self._state.alert(self._now_ms, AlertKind.PACKAGE_BALANCE, left)

    def _is_watched(self) -> bool:
        """Whether anything depends on what was sent before; counting takes a while."""
        thresholds = (*self._stop.values(), *self._reminder.values(), self._quota)
        return bool(self._caps) or any(each is not None for each in thresholds)

    def _count_today(self, since_ms: int) -> None:
        for each in self._state.ledger.tally.between(since_ms):
            if each.app == self._app.sdk_app_id:
                self._sent[each.iso_code] += each.accepted
            if each.iso_code != MAINLAND:
                self._spent_abroad += each.fee_segments

    def _of_side(self, *, mainland: bool) -> int:
        here = self._sent[MAINLAND]
        return here if mainland else self._sent.total() - here

    def _draw(self, segments: int, iso_code: str) -> None:
        self._sent[iso_code] += 1
        if iso_code == MAINLAND:
            self._left -= segments
        else:
            self._spent_abroad += segments
