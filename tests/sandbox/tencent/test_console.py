"""The console's pages, and that what they say holds."""

import json
from typing import Any

import pytest

from tests.sandbox.tencent.callers import NOON, Caller, Clock
from tests.sandbox.tencent.conftest import ORIGIN
from tests.sandbox.tencent.test_admin import status_of

NUMBER = "+8613800000001"
PAGES = (
    "app",
    "account",
    "limits",
    "exempt",
    "thresholds",
    "countries",
    "contacts",
    "callbacks",
    "packages",
    "unsubscribes",
)
ONLY_SHOWN = ("sdk_app_id", "app_key", "is_default", "alerts")


async def put(caller: Caller, page: str, **body: Any) -> Any:
    return await caller.admin("PUT", f"console/{page}", body)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_for_allowed_origins_only(caller: Caller, page: str) -> None:
    path = f"console/{page}"
    assert (await status_of(caller, "GET", path, Origin="http://evil.example"))[0] == 403
    assert await status_of(caller, "GET", path, Origin=ORIGIN) == (200, ORIGIN)


@pytest.mark.parametrize("page", PAGES)
async def test_what_a_page_shows_it_also_takes(caller: Caller, page: str) -> None:
    shown = await caller.admin("GET", f"console/{page}")
    sent = {name: value for name, value in shown.items() if name not in ONLY_SHOWN}
    assert await put(caller, page, **sent) == shown


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("app", {"enabled": 1}),
        ("app", {"name": " "}),
        ("app", {"name": "x" * 31}),
        ("app", {"name": "a\nb"}),
        ("app", {"app_key": "0" * 32}),
        ("countries", {"allowed": ["us"]}),
        ("countries", {"allowed": ["CN"]}),
        ("countries", {"allowed": "US"}),
        ("countries", {"allowed": [["US"]]}),
        ("countries", {"caps": [{"iso_code": "US", "per_day": -1}]}),
        ("countries", {"caps": [{"iso_code": "CN", "per_day": 1}]}),
        ("countries", {"caps": [{"iso_code": "US", "per_day": 1}] * 2}),
        ("countries", {"blocked": []}),
        ("account", {"kind": "king"}),
        ("account", {"arrears": None}),
        ("limits", {"profile": "1999"}),
        ("limits", {"day": -1}),
        ("limits", {"week": 1}),
        ("exempt", {"numbers": ["x"]}),
        ("exempt", {"numbers": [NUMBER] * 301}),
        ("exempt", {}),
        ("thresholds", {"mainland_stop": "1"}),
        ("contacts", {"contacts": [{"name": "n"}] * 6}),
        ("contacts", {"contacts": [{"name": "n", "events": ["weather"]}]}),
        ("contacts", {"contacts": [{"name": "n", "events": "review"}]}),
        ("callbacks", {"reply_url": "ftp://x"}),
        ("callbacks", {"status_url": 1}),
        ("packages", {"packages": [{"package_id": 1}]}),
        ("packages", {"packages": [{"package_id": 1, "amount_segments": 1}] * 2}),
        ("unsubscribes", {"unsubscribes": [{"number": "x", "sign": "", "sms_type": 1}]}),
    ],
)
async def test_a_setting_that_makes_no_sense_is_refused(
    caller: Caller, page: str, body: dict[str, Any]
) -> None:
    before = await caller.admin("GET", f"console/{page}")
    data = json.dumps(body).encode()
    assert (await status_of(caller, "PUT", f"console/{page}", data))[0] == 400
    assert await caller.admin("GET", f"console/{page}") == before


async def test_an_exempt_number_meets_no_frequency_rule(caller: Caller) -> None:
    await put(caller, "limits", day=1)
    await put(caller, "exempt", numbers=["13800000001"])
    for _ in range(3):
        assert await caller.code(NUMBER) == "Ok"


async def test_a_profile_can_be_chosen_and_changed(caller: Caller) -> None:
    assert (await put(caller, "limits", profile="2025"))["day"] == 2
    changed = await put(caller, "limits", profile="2025", day=None, hour=3)
    assert (changed["day"], changed["hour"]) == (None, 3)


async def test_a_person_cannot_change_the_limits(caller: Caller) -> None:
    await put(caller, "account", kind="individual")
    assert (await status_of(caller, "PUT", "console/limits", b'{"day":5}'))[0] == 400
    assert (await status_of(caller, "PUT", "console/countries", b'{"caps":[]}'))[0] == 400


async def test_beyond_the_stop_nothing_is_sent_until_tomorrow(caller: Caller, clock: Clock) -> None:
    await put(caller, "thresholds", mainland_stop=2, international_stop=1)
    rows = await caller.send(*(f"+861850123444{last}" for last in range(3)))
    stopped = "LimitExceeded.AppMainlandChinaDailyLimit"
    assert [row["Code"] for row in rows] == ["Ok", "Ok", stopped]
    abroad = {"TemplateId": "1113", "TemplateParamSet": ["1", "2"], "SignName": "smsops"}
    assert await caller.code("+14155550101", **abroad) == "Ok"
    assert await caller.code("+14155550102", **abroad) == "LimitExceeded.AppGlobalDailyLimit"
    clock.advance(hours=12)
    assert await caller.code("+8618501234449") == "Ok"


async def test_contacts_hear_of_what_they_asked_for(caller: Caller, clock: Clock) -> None:
    events = ["over_volume", "frequency_limit", "review", "package_balance"]
    contacts = [{"name": "a", "events": events}, {"name": "b", "events": ["review"]}]
    await put(caller, "contacts", contacts=contacts)
    await put(caller, "thresholds", mainland_reminder=2)
    await put(caller, "packages", packages=[{"package_id": 1, "amount_segments": 2}])
    await caller.send(NUMBER)
    await caller.send(NUMBER)
    await caller.send("+8618501234441", "+8618501234442")
    await caller.admin("POST", "reviews/templates/1114", {"verdict": "approve"})
    alerts = (await caller.admin("GET", "console/contacts"))["alerts"]
    assert [(each["kind"], each["subject"], each["contacts"]) for each in alerts] == [
        ("frequency_limit", NUMBER, ["a"]),
        ("over_volume", "2", ["a"]),
        ("package_balance", "0", ["a"]),
        ("review", "预约提醒", ["a", "b"]),
    ]
    assert {each["at_ms"] for each in alerts} == {round(NOON.timestamp() * 1000)}


async def test_several_packages_are_used_up_in_the_order_they_expire(caller: Caller) -> None:
    day_ms, now_ms = 86_400_000, round(NOON.timestamp() * 1000)
    rows = [
        {"package_id": 1, "amount_segments": 5, "expires_at_ms": now_ms + 2 * day_ms},
        {"package_id": 2, "amount_segments": 1, "expires_at_ms": now_ms + day_ms},
    ]
    await put(caller, "packages", packages=rows)
    await caller.send(NUMBER, "+8613800000003")
    shown = (await caller.admin("GET", "console/packages"))["packages"]
    assert {row["package_id"]: row["used_segments"] for row in shown} == {2: 1, 1: 1}
