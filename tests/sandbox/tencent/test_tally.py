"""The counts by hour go on where the ledger forgets."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox.tencent import ledger
from bot.sandbox.tencent.ledger import Attempt, Ledger
from bot.sandbox.tencent.state import state_from_json, state_to_json
from bot.sandbox.tencent.tally import HOUR_MS, KEPT_HOURS, Hour, Tally, tally_of
from tests.sandbox.tencent.callers import Caller, Clock, idle
from tests.sandbox.tencent.test_console import put
from tests.sandbox.tencent.test_statistics import counted

APP = "1400006666"
SENT = Attempt(1, "s1", "+8613800000001", "CN", APP, "", "", "", 2, "Ok", "", "delivered", 0)
REFUSED = replace(SENT, attempt_id=2, serial="", code="LimitExceeded.X", fee_segments=0)
ABROAD = {"TemplateId": "1113", "TemplateParamSet": ["1", "2"], "SignName": "smsops"}


@pytest.fixture
def small_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that keeps one attempt only."""
    monkeypatch.setattr(ledger, "CAPACITY", 1)


def test_an_attempt_is_counted_in_its_hour_application_and_country() -> None:
    later = replace(SENT, attempt_id=3, asked_at_ms=HOUR_MS)
    abroad = replace(SENT, attempt_id=4, iso_code="US", app="1400000001")
    assert list(tally_of([SENT, REFUSED, later, abroad])) == [
        Hour(0, APP, "CN", requested=2, accepted=1, fee_segments=2),
        Hour(0, "1400000001", "US", requested=1, accepted=1, fee_segments=2),
        Hour(1, APP, "CN", requested=1, accepted=1, fee_segments=2),
    ]


def test_of_two_reports_the_later_one_is_counted() -> None:
    kept = Ledger([SENT])
    failed = kept.reported(SENT, success=False, code="MK:0001", now_ms=1)
    (hour,) = kept.tally
    assert (hour.invalid_number, hour.undelivered, hour.delivered) == (1, 1, 0)
    kept.reported(failed, success=True, code="DELIVRD", now_ms=2)
    assert (hour.invalid_number, hour.undelivered, hour.delivered) == (0, 0, 1)


def test_counts_and_attempts_that_disagree_do_not_go_below_nothing() -> None:
    failed = replace(SENT, reported_at_ms=1, reported_success=False, reported_code="MK:0001")
    kept = Ledger([failed], Tally())
    kept.reported(failed, success=True, code="DELIVRD", now_ms=2)
    assert list(kept.tally) == [Hour(0, APP, "CN", delivered=1)]


def test_hours_long_past_are_forgotten() -> None:
    last = replace(SENT, asked_at_ms=(KEPT_HOURS + 1) * HOUR_MS)
    tally = tally_of([SENT, replace(SENT, asked_at_ms=HOUR_MS), last])
    assert [each.hour for each in tally] == [1, KEPT_HOURS + 1]


@pytest.mark.usefixtures("small_ledger")
async def test_statistics_agree_with_what_the_ledger_has_forgotten(caller: Caller) -> None:
    for last in (1, 5, 3):
        await caller.send(f"+861380000000{last}")
        await idle(caller.sandbox)
    assert len(list(caller.sandbox.world.state.ledger)) == 1
    sent = await counted(caller, "Send", "2026112312", "2026112312")
    assert sent == {"FeeCount": 3, "RequestCount": 3, "RequestSuccessCount": 3}
    back = await counted(caller, "Callback", "2026112312", "2026112312")
    assert (back["CallbackSuccessCount"], back["CallbackFailCount"]) == (1, 2)
    today = await caller.admin("GET", "console/statistics")
    assert (today["requested"], today["delivered"], today["undelivered"]) == (3, 1, 2)
    hour = {"begin_date": 2026112312, "end_date": 2026112312}
    assert (await caller.v5("pullsendstatus", hour, ""))["data"]["request"] == 3


@pytest.mark.usefixtures("small_ledger")
async def test_the_stop_and_the_caps_count_what_the_ledger_has_forgotten(
    caller: Caller, clock: Clock
) -> None:
    await put(caller, "thresholds", mainland_stop=3)
    await put(caller, "countries", caps=[{"iso_code": "US", "per_day": 2}])
    for last in range(3):
        assert await caller.code(f"+861850123444{last}") == "Ok"
    for last in range(2):
        assert await caller.code(f"+1415555010{last}", **ABROAD) == "Ok"
    stopped = "LimitExceeded.AppMainlandChinaDailyLimit"
    assert await caller.code("+8618501234449") == stopped
    capped = "LimitExceeded.AppCountryOrRegionDailyLimit"
    assert await caller.code("+14155550109", **ABROAD) == capped
    clock.advance(hours=12)
    assert await caller.code("+8618501234449") == "Ok"


@pytest.mark.usefixtures("small_ledger")
async def test_the_quota_of_the_account_counts_them_too(caller: Caller) -> None:
    await put(caller, "account", international_daily_segments=2)
    for last in range(2):
        assert await caller.code(f"+1415555010{last}", **ABROAD) == "Ok"
    assert await caller.code("+14155550109", **ABROAD) == "LimitExceeded.DailyLimit"


async def test_counts_are_saved_and_those_of_an_older_state_are_made(caller: Caller) -> None:
    await caller.send("+8613800000001", "+8613800000004")
    await idle(caller.sandbox)
    credentials = caller.sandbox.credentials
    saved: dict[str, Any] = json.loads(json.dumps(state_to_json(caller.sandbox.world.state)))
    (hour,) = saved["hours"]
    assert (hour["requested"], hour["accepted"], hour["delivered"]) == (2, 1, 1)
    counts_alone = state_from_json({**saved, "attempts": []}, credentials)
    del saved["hours"]
    counted_anew = state_from_json(saved, credentials)
    expected = list(caller.sandbox.world.state.ledger.tally)
    assert list(counts_alone.ledger.tally) == list(counted_anew.ledger.tally) == expected
