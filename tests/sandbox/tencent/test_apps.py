"""Several applications in one account: what each has for itself, and what they share."""

import json
from typing import Any

import pytest

from bot.sandbox.tencent.apps import Application, free_app_id
from tests.sandbox.tencent.callers import VOICE_DOOR, Caller, Receiver, idle, until
from tests.sandbox.tencent.conftest import ORIGIN, Start
from tests.sandbox.tencent.test_admin import status_of
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, MOBILE, TAIL, TEL

FIRST, SHOP = "1400006666", "1400006667"
NUMBER, ABROAD = "+8613800000001", "+14155550101"
ENGLISH: dict[str, Any] = {
    "TemplateId": "1113",
    "TemplateParamSet": ["1", "2"],
    "SignName": "smsops",
}


@pytest.fixture
async def shop(caller: Caller) -> Caller:
    """The sandbox with a second application."""
    made = await caller.admin("POST", "console/apps", {"name": "Shop"})
    assert made["sdk_app_id"] == SHOP
    return caller


async def put(caller: Caller, page: str, app: str = SHOP, **body: Any) -> Any:
    return await caller.admin("PUT", f"console/{page}?app={app}", body)


def keys_of(caller: Caller) -> tuple[str, str]:
    """What signs v5 for the second application."""
    return SHOP, caller.sandbox.world.state.apps[SHOP].app_key


async def test_a_new_sandbox_has_the_one_application_it_always_had(caller: Caller) -> None:
    assert (await caller.admin("GET", "console/apps"))["apps"] == [
        {
            "sdk_app_id": FIRST,
            "app_key": "0123456789abcdef0123456789abcdef",
            "name": "smsops",
            "enabled": True,
            "is_default": True,
        }
    ]


async def test_an_application_that_is_added_sends_at_once(shop: Caller) -> None:
    assert await shop.refusal("SendSms", shop.order(NUMBER, SmsSdkAppId="1400009999"))
    assert await shop.code(NUMBER, SmsSdkAppId=SHOP) == "Ok"
    (received,) = shop.sandbox.phones.messages(NUMBER)
    assert received.app == SHOP
    ids = await shop.admin("GET", "ids")
    assert [each["name"] for each in ids["apps"]] == ["smsops", "Shop"]
    assert (await shop.admin("GET", "requests"))["requests"][-1]["app"] == SHOP


async def test_id_and_key_may_be_chosen(caller: Caller) -> None:
    wanted = {"name": " 商城 ", "sdk_app_id": "1400000001", "app_key": "f" * 32, "enabled": False}
    made = await caller.admin("POST", "console/apps", wanted)
    assert made == {**wanted, "name": "商城", "is_default": False}
    order = caller.order(NUMBER, SmsSdkAppId="1400000001")
    assert await caller.refusal("SendSms", order) == "UnauthorizedOperation.SdkAppIdIsDisabled"


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"name": ""},
        {"name": "x" * 31},
        {"name": "n", "sdk_app_id": FIRST},
        {"name": "n", "sdk_app_id": "1500000001"},
        {"name": "n", "sdk_app_id": "14000000011"},
        {"name": "n", "sdk_app_id": "１４００００００２２"},
        {"name": "n", "sdk_app_id": 1400000001},
        {"name": "n", "app_key": "F" * 32},
        {"name": "n", "limits": {}},
        [],
    ],
)
async def test_an_application_that_makes_no_sense_is_refused(caller: Caller, row: object) -> None:
    assert (await status_of(caller, "POST", "console/apps", json.dumps(row).encode()))[0] == 400
    assert len((await caller.admin("GET", "console/apps"))["apps"]) == 1


def test_ids_are_given_out_behind_the_largest_and_then_from_the_beginning() -> None:
    assert free_app_id([FIRST, "1400000003"]) == SHOP
    assert free_app_id(["1400000001", "1400999999"]) == "1400000002"


async def test_only_so_many_applications_fit(caller: Caller) -> None:
    apps = caller.sandbox.world.state.apps
    apps |= {
        str(id_): Application(str(id_), "0" * 32, "n")
        for id_ in range(1_400_000_001, 1_400_000_500)
    }
    assert (await status_of(caller, "POST", "console/apps", b'{"name":"n"}'))[0] == 400


async def test_an_application_is_deleted_when_it_is_disabled(shop: Caller) -> None:
    path = f"console/apps/{SHOP}"
    assert (await status_of(shop, "DELETE", path))[0] == 400
    await put(shop, "app", enabled=False)
    await shop.admin("DELETE", path)
    order = shop.order(NUMBER, SmsSdkAppId=SHOP)
    assert await shop.refusal("SendSms", order) == "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
    assert (await status_of(shop, "DELETE", path))[0] == 404
    await put(shop, "app", FIRST, enabled=False)
    assert (await status_of(shop, "DELETE", f"console/apps/{FIRST}"))[0] == 400


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "console/apps"), ("DELETE", "console/apps/1")]
)
async def test_applications_are_for_allowed_origins_only(
    caller: Caller, method: str, path: str
) -> None:
    assert (await status_of(caller, method, path, Origin="http://evil.example"))[0] == 403
    assert (await status_of(caller, method, path, Origin=ORIGIN))[1] == ORIGIN


async def test_pages_of_an_application_nobody_has_are_not_found(caller: Caller) -> None:
    assert (await status_of(caller, "GET", "console/limits?app=1400000001"))[0] == 404
    assert (await status_of(caller, "PUT", "console/limits?app=", b"{}"))[0] == 404


async def test_a_disabled_application_stops_nobody_else(shop: Caller) -> None:
    await put(shop, "app", enabled=False, name="Closed")
    order = shop.order(NUMBER, SmsSdkAppId=SHOP)
    assert await shop.refusal("SendSms", order) == "UnauthorizedOperation.SdkAppIdIsDisabled"
    assert (await shop.v5("sendsms", BY_TEMPLATE, TAIL, keys=keys_of(shop)))["result"] == 1020
    call = {"tel": TEL, "msg": "1234"}
    answer = await shop.v5("sendcvoice", call, TAIL, door=VOICE_DOOR, keys=keys_of(shop))
    assert answer["result"] == 1020
    assert await shop.code(NUMBER) == "Ok"


async def test_each_application_has_its_own_frequency_rules_and_exempt_numbers(
    shop: Caller,
) -> None:
    await put(shop, "limits", day=1, same_content=None)
    await put(shop, "exempt", numbers=[ABROAD])
    codes = [await shop.code(NUMBER, SmsSdkAppId=SHOP) for _ in range(2)]
    assert codes == ["Ok", "LimitExceeded.PhoneNumberDailyLimit"]
    abroad = [await shop.code(ABROAD, SmsSdkAppId=SHOP, **ENGLISH) for _ in range(2)]
    assert abroad == ["Ok", "Ok"]
    assert await shop.code(NUMBER) == "Ok"  # what the other one sent does not count here
    assert (await shop.admin("GET", "console/limits"))["day"] == 10


async def test_each_application_is_stopped_by_its_own_volume(shop: Caller) -> None:
    await put(shop, "thresholds", mainland_stop=1)
    await shop.send(NUMBER)
    rows = await shop.send("+8613800000003", "+8613800000006", SmsSdkAppId=SHOP)
    assert [row["Code"] for row in rows] == ["Ok", "LimitExceeded.AppMainlandChinaDailyLimit"]


async def test_only_the_countries_on_the_list_are_written_to_and_only_so_often(
    shop: Caller,
) -> None:
    await put(shop, "countries", allowed=["US"], caps=[{"iso_code": "US", "per_day": 1}])
    for number, code in (
        ("+6591234567", "LimitExceeded.AppCountryOrRegionInBlacklist"),
        (ABROAD, "Ok"),
        ("+14155550102", "LimitExceeded.AppCountryOrRegionDailyLimit"),
    ):
        assert await shop.code(number, SmsSdkAppId=SHOP, **ENGLISH) == code
    assert await shop.code(NUMBER, SmsSdkAppId=SHOP) == "Ok"  # the mainland is not meant
    assert await shop.code("+6591234567", **ENGLISH) == "Ok"
    shown = await shop.admin("GET", f"console/countries?app={SHOP}")
    assert shown == {"allowed": ["US"], "caps": [{"iso_code": "US", "per_day": 1}]}


async def test_abroad_the_account_has_a_quota_for_all_applications_together(shop: Caller) -> None:
    await shop.admin("PUT", "console/account", {"international_daily_segments": 2})
    assert await shop.code(ABROAD, **ENGLISH) == "Ok"
    rows = await shop.send("+14155550102", "+14155550103", SmsSdkAppId=SHOP, **ENGLISH)
    assert [row["Code"] for row in rows] == ["Ok", "LimitExceeded.DailyLimit"]


async def test_packages_and_unsubscribes_are_shared(shop: Caller) -> None:
    await shop.admin(
        "PUT", "console/packages", {"packages": [{"package_id": 1, "amount_segments": 1}]}
    )
    assert await shop.code(NUMBER, SmsSdkAppId=SHOP) == "Ok"
    assert await shop.code(NUMBER) == "FailedOperation.InsufficientBalanceInSmsPackage"
    await shop.admin("POST", f"phones/{NUMBER}/reply", {"text": "R"})
    assert await shop.code(NUMBER) == "FailedOperation.PhoneNumberInBlacklist"


async def test_contacts_hear_of_their_application_and_of_what_all_share(shop: Caller) -> None:
    for app, name in ((FIRST, "a"), (SHOP, "b")):
        events = ["over_volume", "frequency_limit", "review", "package_balance"]
        await put(shop, "contacts", app, contacts=[{"name": name, "events": events}])
    await shop.admin(
        "PUT", "console/packages", {"packages": [{"package_id": 1, "amount_segments": 1}]}
    )
    await put(shop, "thresholds", mainland_reminder=1)
    await shop.send(NUMBER, SmsSdkAppId=SHOP)
    await shop.send(NUMBER, SmsSdkAppId=SHOP)
    await shop.send("+8613800000003")
    await shop.admin("POST", "reviews/templates/1114", {"verdict": "approve"})
    told = {
        app: [
            each["kind"]
            for each in (await shop.admin("GET", f"console/contacts?app={app}"))["alerts"]
        ]
        for app in (FIRST, SHOP)
    }
    assert told == {
        FIRST: ["package_balance", "review"],
        SHOP: ["over_volume", "frequency_limit", "package_balance", "review"],
    }


async def test_reports_go_to_their_application_and_replies_to_the_account(
    shop: Caller, receiver: Receiver
) -> None:
    async with Receiver() as others:
        await put(shop, "callbacks", status_url=others.url, reply_url=others.url)
        shown = await shop.admin("GET", "console/callbacks")
        assert (shown["status_url"], shown["reply_url"]) == (receiver.url, others.url)
        (row,) = await shop.send(NUMBER, SmsSdkAppId=SHOP)
        ((report,),) = await others.wait_for(1)
        assert report["sid"] == row["SerialNo"]
        await shop.send("+8613800000003")
        await receiver.wait_for(1)
        await shop.admin("POST", f"phones/{NUMBER}/reply", {"text": "好"})
        assert (await others.wait_for(2))[1]["text"] == "好"
    assert len(receiver.posts) == 1


async def test_the_callback_url_can_be_set_for_one_application(shop: Caller) -> None:
    await shop.admin("PUT", "callback", {"url": "http://127.0.0.1:1/x", "app": SHOP})
    urls = {key: app.status_url for key, app in shop.sandbox.world.state.apps.items()}
    assert urls[SHOP] == "http://127.0.0.1:1/x" != urls[FIRST]
    assert (await status_of(shop, "PUT", "callback", b'{"url":null,"app":"1"}'))[0] == 404
    assert (await status_of(shop, "PUT", "callback", b'{"url":null,"app":[1]}'))[0] == 404


async def test_voice_events_go_to_their_application(start: Start, receiver: Receiver) -> None:
    caller = await start(callback_url=None)
    await caller.admin("POST", "console/apps", {"name": "Shop"})
    await put(caller, "callbacks", voice_url=receiver.url)
    call, ids = {"tel": TEL, "msg": "1234"}, []
    for keys in (None, keys_of(caller)):
        answer = await caller.v5("sendcvoice", call, TAIL, door=VOICE_DOOR, keys=keys)
        await caller.admin("POST", f"calls/{answer['callid']}/decline")
        ids.append(answer["callid"])
    await until(lambda: not caller.sandbox.world.state.voice.pending)
    assert {each["callid"] for post in receiver.posts for each in post.values()} == {ids[1]}
    book = (await caller.admin("GET", "calls"))["calls"]
    assert [each["app"] for each in book] == [FIRST, SHOP]


async def test_v5_takes_the_key_of_the_application_that_is_named(shop: Caller) -> None:
    first_key = shop.sandbox.credentials.app_key
    wrong = await shop.v5("sendsms", BY_TEMPLATE, TAIL, keys=(SHOP, first_key))
    right = await shop.v5("sendsms", BY_TEMPLATE, TAIL, keys=keys_of(shop))
    assert (wrong["result"], right["result"]) == (1001, 0)


async def test_what_is_read_back_is_that_of_the_application(shop: Caller) -> None:
    await shop.admin("PUT", "console/account", {"pulls_enabled": True})
    assert (await shop.v5("sendsms", BY_TEMPLATE, TAIL, keys=keys_of(shop)))["result"] == 0
    await idle(shop.sandbox)
    await shop.admin("POST", f"phones/+86{MOBILE}/reply", {"text": "好"})
    now_s = shop.sandbox.world.now_ms // 1000
    hour = {"begin_date": 2026112312, "end_date": 2026112312}
    tel = {"nationcode": "86", "mobile": MOBILE, "begin_time": now_s - 9, "end_time": now_s + 9}
    questions: list[tuple[str, dict[str, Any], str]] = [
        ("pullstatus4mobile", {**tel, "type": 0, "max": 9}, ""),
        ("pullstatus4mobile", {**tel, "type": 1, "max": 9}, ""),
        ("querysms4mobile", tel, TAIL),
        ("pullstatus", {"type": 0, "max": 9}, ""),
        ("pullstatus", {"type": 1, "max": 9}, ""),
    ]
    for keys, expected in ((None, 0), (keys_of(shop), 1)):
        sent = await shop.v5("pullsendstatus", hour, "", keys=keys)
        back = await shop.v5("pullcallbackstatus", hour, "", keys=keys)
        assert (sent["data"]["request"], back["data"]["status"]) == (expected, expected)
        for command, body, tail in questions:
            answer = await shop.v5(command, body, tail, keys=keys)
            assert len(answer["data"]) == expected, command


async def test_the_page_of_figures_counts_the_day_of_its_application(shop: Caller) -> None:
    await shop.send(NUMBER, "+8613800000002", "+8613800000007", SmsSdkAppId=SHOP)
    await idle(shop.sandbox)
    shown = await shop.admin("GET", f"console/statistics?app={SHOP}")
    assert shown == {
        "since_ms": 1795363200000,  # midnight in Shanghai
        "requested": 3,
        "accepted": 2,
        "fee_segments": 2,
        "reported": 2,
        "delivered": 1,
        "undelivered": 1,
    }
    assert (await shop.admin("GET", "console/statistics"))["requested"] == 0
    assert (await status_of(shop, "PUT", "console/statistics", b"{}"))[0] == 404


@pytest.mark.parametrize("version", ["2021-01-11", "2019-07-11"])
async def test_a_fault_can_be_ordered_for_one_application(shop: Caller, version: str) -> None:
    fault = {"action": "SendSms", "kind": "throttle", "app": SHOP}
    await shop.admin("POST", "faults", fault)
    app = "SmsSdkAppId" if version == "2021-01-11" else "SmsSdkAppid"
    headers = {"X-TC-Version": version}
    asked = {app: FIRST, "PhoneNumberSet": []}
    assert await shop.refusal("SendSms", asked, headers=headers) != "RequestLimitExceeded"
    asked = {app: SHOP, "PhoneNumberSet": []}
    assert await shop.refusal("SendSms", asked, headers=headers) == "RequestLimitExceeded"


async def test_faults_of_one_application_befall_its_v5_calls_and_its_callbacks(
    shop: Caller, receiver: Receiver
) -> None:
    await put(shop, "callbacks", status_url=receiver.url)
    for action, kind in (("*", "throttle"), ("StatusCallback", "lose")):
        await shop.admin("POST", "faults", {"action": action, "kind": kind, "app": SHOP})
    assert (await shop.v5("sendsms", BY_TEMPLATE, TAIL))["result"] == 0
    throttled = await shop.v5("sendsms", BY_TEMPLATE, TAIL, keys=keys_of(shop))
    assert throttled["ErrorCode"] == 60007
    await shop.v5("sendsms", BY_TEMPLATE, TAIL, keys=keys_of(shop))
    await idle(shop.sandbox)
    assert len(receiver.posts) == 1


async def test_applications_are_saved_loaded_and_reset(shop: Caller) -> None:
    await put(shop, "countries", allowed=["US", "SG"], caps=[{"iso_code": "US", "per_day": 5}])
    await put(shop, "contacts", contacts=[{"name": "a", "events": ["review"]}])
    await put(shop, "limits", day=3)
    await put(shop, "callbacks", FIRST, voice_url="http://127.0.0.1:1/v")
    saved = await shop.admin("GET", "state")
    await shop.admin("POST", "reset")
    (left,) = shop.sandbox.world.state.apps.values()
    assert (left.sdk_app_id, left.voice_url) == (FIRST, "http://127.0.0.1:1/v")
    await shop.admin("POST", "state", saved)
    assert await shop.admin("GET", "state") == saved
    assert shop.sandbox.world.state.apps[SHOP].name == "Shop"


async def test_reports_of_an_application_that_is_gone_are_pushed_nowhere(
    start: Start, receiver: Receiver
) -> None:
    caller = await start(report_delay_s=0.2)
    await caller.admin("POST", "console/apps", {"name": "Shop"})
    await put(caller, "callbacks", status_url=receiver.url)
    await caller.send(NUMBER, SmsSdkAppId=SHOP)
    await put(caller, "app", enabled=False)
    await caller.admin("DELETE", f"console/apps/{SHOP}")
    await idle(caller.sandbox)
    assert receiver.posts == []
