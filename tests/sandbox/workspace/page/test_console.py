"""Beside the conversation: the console of the SMS sandbox, clearly ours."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.config import LIMIT_PROFILES, AccountKind, FrequencyRules
from bot.sandbox.tencent.packages import DAY_MS, balance
from tests.sandbox.tencent.callers import Caller, Receiver, idle
from tests.sandbox.workspace.page.stage import OpenPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

OPEN_DOOR = {"Access-Control-Allow-Origin": "*"}
NUMBER = "+8613800000001"


async def open_console(
    open_page: OpenPage, *pages: str, user: str = "U0MAYA"
) -> tuple[Page, Locator]:
    """The page, and of the console the last of `pages`, each of them opened."""
    page = await open_page(user)
    await page.locator("[data-part=console]").click()
    await expect(page.locator(".console-settings")).to_be_visible()
    opened = page.locator(".console")
    for name in pages:
        opened = page.locator(f'.setting[data-page="{name}"]')
        if not await opened.evaluate("(page) => page.open"):
            await opened.locator("summary").press("Enter")
    return page, opened


async def look_again(page: Page) -> None:
    """Without waiting for the console's next look."""
    await page.locator("[data-part=console]").click()


async def save(setting: Locator) -> None:
    await setting.get_by_role("button", name="Save").press("Enter")
    await expect(setting.get_by_role("button", name="Save")).to_have_count(0)


async def test_the_pages_say_how_things_stand_and_whose_they_are(
    open_page: OpenPage, caller: Caller
) -> None:
    page, _ = await open_console(open_page, user="U0LIN")
    await expect(page.locator(".console .ours")).to_contain_text("不是腾讯云控制台")
    await expect(page.get_by_role("radio", name="旧版")).to_be_checked()
    now = page.locator(".setting .page-now")
    await expect(page.locator(".setting")).to_have_count(await now.count())
    await expect(page.locator("[data-page=limits] .page-now")).to_have_text("每天 10 条")
    await expect(page.locator("[data-page=packages] .page-now")).to_have_text("剩余 1000 条")
    await expect(page.locator("[data-page=account] .page-now")).to_have_text("企业")


async def test_an_application_is_made_turned_to_switched_off_and_deleted(
    open_page: OpenPage, caller: Caller
) -> None:
    page, app = await open_console(open_page, "limits", "app")
    await app.get_by_label("Name of a new application").fill("Shop")
    await page.keyboard.press("Enter")
    choice = page.locator("[data-group=application] > .sheet-field select")
    await expect(choice.locator("option")).to_have_count(2)
    await expect(app.get_by_label("Name", exact=True)).to_have_value("Shop")
    made = caller.sandbox.world.state.apps[await choice.input_value()]
    await page.get_by_label("2025").check()
    await expect(page.locator("[data-page=limits] .page-now")).to_have_text("2 a day")
    assert made.limits == LIMIT_PROFILES["2025"]
    await app.get_by_label("Name", exact=True).fill("Store")
    await save(app)
    await expect(choice.locator("option:checked")).to_contain_text("Store")
    await app.get_by_role("switch").press("Space")
    await expect(choice.locator("option:checked")).to_contain_text("(off)")
    await app.get_by_role("button", name="Delete this application").click()
    await expect(choice.locator("option")).to_have_count(1)
    await expect(page.get_by_label("Classic")).to_be_checked()
    assert list(caller.sandbox.world.state.apps) == [caller.sandbox.world.app.sdk_app_id]


async def test_a_limits_profile_is_chosen_by_key_and_half_written_figures_stay(
    open_page: OpenPage, caller: Caller
) -> None:
    page, limits = await open_console(open_page, "limits")
    await page.get_by_label("Classic").press("ArrowDown")
    await expect(limits.locator(".page-now")).to_have_text("2 a day")
    await expect(page.get_by_label("2025")).to_be_checked()
    await expect(page.get_by_label("2025")).to_be_focused()
    assert caller.sandbox.world.app.limits == LIMIT_PROFILES["2025"]
    await limits.get_by_label("In an hour").fill("5")
    await page.get_by_label("Classic").click()
    await expect(limits.locator(".page-now")).to_have_text("10 a day")
    await expect(limits.get_by_label("In an hour")).to_have_value("5")
    await page.get_by_label("2025").click()
    await expect(limits.locator(".page-now")).to_have_text("2 a day")
    await expect(limits.get_by_label("In an hour")).to_have_value("5")
    await limits.get_by_label("In an hour").press("Escape")
    await expect(limits.get_by_label("In an hour")).to_have_value("")
    await expect(limits.get_by_label("In a day")).to_have_value("2")
    await expect(limits.get_by_role("button", name="Save")).to_have_count(0)


async def test_each_of_the_four_windows_is_set_and_a_wrong_figure_is_not(
    open_page: OpenPage, caller: Caller
) -> None:
    _, limits = await open_console(open_page, "limits")
    for label, figure in (("In 30 seconds", "1"), ("In an hour", "5"), ("In a day", "")):
        await limits.get_by_label(label).fill(figure)
    await limits.get_by_label("Same text").fill("many")
    await limits.get_by_role("button", name="Save").click()
    await expect(limits.get_by_role("alert")).to_have_text("A whole number from 0 to 1,000,000.")
    await expect(limits.get_by_label("Same text")).to_have_attribute("aria-invalid", "true")
    await expect(limits.get_by_label("Same text")).to_be_focused()
    await limits.get_by_label("Same text").fill("2")
    await limits.get_by_label("… within").fill("60")
    await save(limits)
    rules = FrequencyRules(1, 5, None, 2, 60)
    assert caller.sandbox.world.app.limits == rules
    assert await caller.code(NUMBER) == "Ok"
    assert await caller.code(NUMBER) == "LimitExceeded.PhoneNumberThirtySecondLimit"


async def test_an_exempt_number_knows_no_limit(open_page: OpenPage, caller: Caller) -> None:
    page, exempt = await open_console(open_page, "exempt")
    await exempt.get_by_role("textbox", name="Number").fill("not a number")
    await page.keyboard.press("Enter")
    await expect(exempt.get_by_role("alert")).to_contain_text("no phone number")
    await exempt.get_by_role("textbox", name="Number").fill(NUMBER)
    await page.keyboard.press("Enter")
    await expect(exempt.locator(".row")).to_contain_text("+86 138 0000 0001")
    assert [await caller.code(NUMBER) for _ in range(2)] == ["Ok", "Ok"]
    await exempt.get_by_role("button", name="Take out +86 138 0000 0001").press("Enter")
    await expect(exempt).to_contain_text("No number is exempt.")
    await expect(exempt.get_by_role("list")).to_be_focused()
    assert caller.sandbox.world.app.exempt == ()


async def test_the_daily_volume_reminds_and_stops_and_the_contacts_hear_of_it(
    open_page: OpenPage, caller: Caller
) -> None:
    page, thresholds = await open_console(open_page, "contacts", "thresholds")
    await thresholds.get_by_label("Mainland: remind at").fill("1")
    await thresholds.get_by_label("Mainland: stop at").fill("1")
    await save(thresholds)
    contacts = page.locator("[data-page=contacts]")
    await contacts.get_by_label("Contact", exact=True).fill("Night shift")
    await contacts.get_by_label("Email").fill("night@example.com")
    await contacts.get_by_label("Reviews").uncheck()
    await contacts.get_by_role("button", name="Add").click()
    row = contacts.get_by_role("list", name="Alert contacts")
    await expect(row).to_contain_text("Night shift")
    await expect(row).not_to_contain_text("Reviews")
    codes = [await caller.code(number) for number in (NUMBER, "+8613800000041")]
    assert codes == ["Ok", "LimitExceeded.AppMainlandChinaDailyLimit"]
    await look_again(page)
    await expect(contacts.get_by_role("list", name="Latest alerts")).to_contain_text(
        "Daily volume: 1"
    )


async def test_countries_abroad_are_chosen_and_capped(open_page: OpenPage, caller: Caller) -> None:
    _, countries = await open_console(open_page, "countries")
    await countries.get_by_label("May be written to").fill("us, mainland")
    await countries.get_by_role("button", name="Save").click()
    await expect(countries.get_by_role("alert")).to_contain_text("Two-letter codes")
    await countries.get_by_label("May be written to").fill("us, sg")
    await save(countries)
    await countries.get_by_label("Country", exact=True).fill("us")
    await countries.get_by_role("textbox", name="A day").fill("100")
    await countries.get_by_role("button", name="Add").click()
    await expect(countries.locator(".row")).to_have_text("US: 100 a day")
    app = caller.sandbox.world.app
    assert (app.countries, [cap.iso_code for cap in app.country_caps]) == (("US", "SG"), ["US"])


async def test_reports_go_to_the_address_that_is_written_down(
    open_page: OpenPage, caller: Caller, receiver: Receiver
) -> None:
    _, callbacks = await open_console(open_page, "callbacks")
    await callbacks.get_by_label("Delivery reports").fill("nowhere.example")
    await callbacks.get_by_role("button", name="Save").click()
    await expect(callbacks.get_by_role("alert")).to_contain_text("http://")
    await callbacks.get_by_label("Delivery reports").fill(receiver.url)
    await callbacks.get_by_label("Replies").fill(receiver.url)
    await save(callbacks)
    await expect(callbacks.locator(".page-now")).to_have_text("2 of 3")
    await caller.send(NUMBER)
    ((report,),) = await receiver.wait_for(1)
    assert report["report_status"] == "SUCCESS"
    await caller.admin("POST", f"phones/{NUMBER}/reply", {"text": "hello"})
    assert (await receiver.wait_for(2))[1]["text"] == "hello"


async def test_the_figures_of_the_day_agree_with_what_happened(
    open_page: OpenPage, caller: Caller
) -> None:
    await caller.send(NUMBER, "+8613800000002", "+8613800000007")
    await idle(caller.sandbox)
    page, _ = await open_console(open_page, "statistics")
    figures = {"requested": 3, "accepted": 2, "fee_segments": 2, "delivered": 1, "undelivered": 1}
    for name, figure in figures.items():
        await expect(page.locator(f"[data-figure={name}]")).to_have_text(str(figure))


async def test_packages_are_added_consumed_in_turn_and_taken_out(
    open_page: OpenPage, caller: Caller
) -> None:
    world = caller.sandbox.world
    over = {"package_id": 5, "amount_segments": 9, "expires_at_ms": world.now_ms - DAY_MS}
    await caller.admin("POST", "package", over)
    page, packages = await open_console(open_page, "packages")
    await expect(packages.locator('[data-key="5"]')).to_contain_text("expired")
    await packages.get_by_label("Segments").fill("0")
    await page.keyboard.press("Enter")
    await expect(packages.get_by_role("alert")).to_contain_text("from 1 to")
    await packages.get_by_label("Segments").fill("1")
    await packages.get_by_label("Days valid").fill("7")
    await packages.get_by_label("Kind").select_option("gift")
    await packages.get_by_role("button", name="Add package").click()
    await expect(packages.locator(".page-now")).to_have_text("1001 left")
    await expect(packages.locator(".row").first).to_contain_text("0 of 1 used")
    for number in (NUMBER, "+8613800000041"):
        assert await caller.code(number) == "Ok"
    await look_again(page)
    await expect(packages.locator(".row").first).to_contain_text("1 of 1000 used")
    await expect(packages.locator("progress").first).to_have_js_property("value", 1)
    await packages.get_by_role("button", name="Take out 5").click()
    await expect(packages.locator(".row")).to_have_count(2)
    assert balance(world.state.packages, world.now_ms) == 999


async def test_arrears_stop_every_send_and_pull_queues_open_on_request(
    open_page: OpenPage, caller: Caller
) -> None:
    page, account = await open_console(open_page, "account")
    arrears = account.get_by_role("switch", name="In arrears")
    await arrears.press("Space")
    await expect(account.locator(".page-now")).to_have_text("in arrears")
    refused = await caller.refusal("SendSms", caller.order(NUMBER))
    assert refused == "UnauthorizedOperation.ServiceSuspendDueToArrears"
    await arrears.press("Space")
    await expect(account.locator(".page-now")).to_have_text("Enterprise")
    pull = {"SmsSdkAppId": caller.sandbox.world.app.sdk_app_id, "Limit": 10}
    refused = await caller.refusal("PullSmsSendStatus", pull)
    assert refused == "UnauthorizedOperation.RequestPermissionDeny"
    # The switch turns at once; what it says is true when the sandbox has answered.
    async with page.expect_response("**/console/account*"):
        await account.get_by_role("switch", name="Pull queues").press("Space")
    await expect(account.get_by_role("switch", name="Pull queues")).to_be_checked()
    assert await caller.code(NUMBER) == "Ok"
    await idle(caller.sandbox)
    pulled = [await caller.call("PullSmsSendStatus", pull) for _ in range(2)]
    assert [len(each["PullSmsSendStatusSet"]) for each in pulled] == [1, 0]


async def test_an_individual_account_cannot_change_its_limits(
    open_page: OpenPage, caller: Caller
) -> None:
    page, account = await open_console(open_page, "limits", "account")
    await account.get_by_label("Individual").check()
    await expect(account.locator(".page-now")).to_have_text("Individual")
    assert caller.sandbox.world.state.account.settings.kind is AccountKind.INDIVIDUAL
    await page.get_by_label("2025").click()
    refusal = page.locator("[data-page=limits]").get_by_role("alert")
    await expect(refusal).to_contain_text("Only an enterprise account")
    await expect(page.get_by_label("Classic")).to_be_checked()
    assert caller.sandbox.world.app.limits is None


async def test_a_qualification_is_applied_for_passed_and_refused(
    open_page: OpenPage, caller: Caller
) -> None:
    _, page = await open_console(open_page, "qualifications")
    await page.get_by_label("Company").fill("新的公司")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".page-now")).to_have_text("2 waiting")
    await page.locator('[data-key="6003"]').get_by_role("button", name="Pass").press("Enter")
    await expect(page.locator('[data-key="6003"]')).to_contain_text("passed")
    await page.locator('[data-key="6002"]').get_by_role("button", name="Refuse").click()
    await expect(page.locator('[data-key="6002"]')).to_contain_text("refused")
    known = caller.sandbox.world.state.account.qualifications
    assert [int(known[each].status) for each in (6001, 6002, 6003)] == [1, 2, 1]


async def test_who_replies_r_has_unsubscribed_until_taken_out(
    open_page: OpenPage, caller: Caller
) -> None:
    page, rows = await open_console(open_page, "unsubscribes")
    await caller.send(NUMBER)
    await page.locator("[data-part=phones]").click()
    await page.locator("[data-role=reply]").fill("R")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.is-own")).to_be_visible()
    await page.locator("[data-part=console]").click()
    await expect(rows.locator(".row")).to_contain_text("Verification code")
    assert await caller.code(NUMBER) == "FailedOperation.PhoneNumberInBlacklist"
    await rows.get_by_role("button", name="Take out +86 138 0000 0001").click()
    await expect(rows).to_contain_text("Nobody has unsubscribed.")


async def test_the_pace_of_reviews_and_the_minutes_of_voice_are_written_down(
    open_page: OpenPage, caller: Caller
) -> None:
    page, voice = await open_console(open_page, "pace", "voice")
    pace = page.locator("[data-page=pace]")
    await expect(pace.locator(".page-now")).to_have_text("20 s")
    await pace.get_by_label("Review takes").fill("")
    await save(pace)
    await expect(pace.locator(".page-now")).to_have_text("by hand")
    assert caller.sandbox.world.config.review_delay_s is None
    await voice.get_by_label("Minutes left").fill("7")
    await save(voice)
    # Saved and drawn anew before the switch is used: else it would be the one of before.
    await expect(voice.locator(".page-now")).to_have_text("7 minutes")
    async with page.expect_response(lambda answer: answer.request.method != "GET"):
        await voice.get_by_role("switch").press("Space")
    await expect(voice.get_by_role("switch")).to_be_checked()
    state = caller.sandbox.world.state.voice
    assert (state.minutes_left, state.prompts_enabled) == (7, True)


async def test_an_ordered_fault_befalls_the_next_call_and_is_gone(
    open_page: OpenPage, caller: Caller
) -> None:
    page, faults = await open_console(open_page, "faults_to_come")
    await faults.get_by_label("Which").select_option("SendSms")
    await faults.get_by_label("Goes wrong how").select_option("Throttled")
    await expect(faults.get_by_label("Milliseconds")).to_be_hidden()
    await faults.get_by_label("Application").select_option(caller.sandbox.world.app.sdk_app_id)
    await faults.get_by_role("button", name="Order").press("Enter")
    await expect(faults.locator(".row")).to_contain_text(["SendSms"])
    await expect(faults.locator(".row")).to_contain_text(["Throttled"])
    refused = await caller.refusal("SendSms", caller.order(NUMBER))
    assert refused == "RequestLimitExceeded"
    await look_again(page)
    await expect(faults).to_contain_text("Nothing is ordered.")
    assert await caller.code(NUMBER) == "Ok"
    await faults.get_by_label("What").select_option("Callback")
    await faults.get_by_label("Goes wrong how").select_option("Late")
    await faults.get_by_label("Milliseconds").fill("50")
    await faults.get_by_label("How often").fill("2")
    await faults.get_by_role("button", name="Order").click()
    await expect(faults.locator(".row")).to_contain_text(["2 × · 50 ms"])
    await page.get_by_role("button", name="Forget them all").click()
    await expect(faults).to_contain_text("Nothing is ordered.")


async def test_every_kind_of_fault_can_be_ordered_in_words(
    open_page: OpenPage, caller: Caller
) -> None:
    _, faults = await open_console(open_page, "faults_to_come", user="U0LIN")
    offered = await caller.admin("GET", "faults")
    for words, side in (("接口调用", "calls"), ("回调", "callbacks")):
        await faults.get_by_label("对象").select_option(words)
        kinds = faults.get_by_label("故障类型").locator("option")
        await expect(kinds).to_have_count(len(offered["kinds"][side]))
        assert [each for each in await kinds.all_inner_texts() if "_" in each] == []
        actions = faults.get_by_label("哪一个").locator("option")
        await expect(actions).to_have_count(len(offered["actions"][side]))


async def test_the_state_is_saved_given_up_and_loaded_again_but_from_no_other_file(
    open_page: OpenPage, caller: Caller, tmp_path: Path
) -> None:
    await caller.send(NUMBER)
    page, state = await open_console(open_page, "state")
    async with page.expect_download() as saving:
        await state.get_by_role("button", name="Save to a file").click()
    file = tmp_path / "state.json"
    await (await saving.value).save_as(file)
    assert len(json.loads(file.read_text(encoding="utf-8"))["attempts"]) == 1
    for content in ("no JSON", "[1]"):
        (tmp_path / "other.json").write_text(content, encoding="utf-8")
        async with page.expect_response(lambda answer: answer.url.endswith("/_sandbox/state")):
            await state.locator("input[type=file]").set_input_files(tmp_path / "other.json")
        await expect(state.get_by_role("alert")).to_contain_text("holds no state")
    assert len(caller.sandbox.phones.messages(NUMBER)) == 1
    await state.get_by_role("button", name="Start over").click()
    await page.get_by_role("button", name="Forget everything").press("Enter")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.locator("[data-part=phones]").click()
    await expect(page.locator(".phone-empty")).to_be_visible()
    await page.locator("[data-part=console]").click()
    await state.locator("input[type=file]").set_input_files(file)
    await page.locator("[data-part=phones]").click()
    await expect(page.locator(".bubble")).to_contain_text("123456")


async def test_a_change_that_is_not_made_is_not_shown(open_page: OpenPage, caller: Caller) -> None:
    page, account = await open_console(open_page, "account")
    await page.route(
        "**/_sandbox/console/account*",
        lambda route: (
            route.fulfill(status=400, json={"error": "kind: no"}, headers=OPEN_DOOR)
            if route.request.method == "PUT"
            else route.fallback()
        ),
    )
    arrears = account.get_by_role("switch", name="In arrears")
    await arrears.press("Space")
    await expect(account.get_by_role("alert")).to_contain_text("That did not work")
    await expect(arrears).not_to_be_checked()


async def test_a_console_without_its_sandbox_says_so_in_words(
    open_page: OpenPage, sandbox: TencentSandbox
) -> None:
    page, account = await open_console(open_page, "account")
    await sandbox.stop()
    await account.get_by_role("switch", name="In arrears").press("Space")
    await page.locator("[data-part=console]").click()
    for part in (account, page.locator(".console > .panel-fault")):
        await expect(part).to_contain_text("The SMS simulator does not answer.")
