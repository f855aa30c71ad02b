"""What people do on the page reaches the app, and what the app answers is seen at once."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from tests.sandbox.workspace.page.stage import (
    OpenPage,
    Stage,
    card,
    field,
    form,
    manifest,
    option,
    plain,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


def said(page: Page, text: str) -> Locator:
    return page.locator("[data-role=messages]").get_by_text(text)


async def say(page: Page, text: str) -> None:
    await page.fill("[data-role=composer]", text)
    await page.press("[data-role=composer]", "Enter")


async def test_a_command_is_completed_and_dispatched_with_the_keyboard_alone(
    open_page: OpenPage,
) -> None:
    page = await open_page("U0MAYA")
    await page.keyboard.type("/")
    await expect(page.get_by_role("option")).to_contain_text("Send SMS and watch them arrive")
    await page.keyboard.press("Tab")
    await page.keyboard.type("wh")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    whisper = page.locator(".message.is-ephemeral")
    await expect(whisper).to_contain_text("You said whisper")
    await expect(whisper).to_contain_text("Only visible to you")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("[data-role=composer]")).to_have_value("/sms whisper")


async def test_a_whisper_is_not_shown_to_anybody_else(open_page: OpenPage) -> None:
    maya, omar = await open_page("U0MAYA"), await open_page("U0OMAR")
    await say(maya, "/sms whisper ")
    await expect(maya.locator(".message.is-ephemeral")).to_be_visible()
    await say(maya, "for all")
    await expect(said(omar, "for all")).to_be_visible()
    await expect(omar.locator(".message")).to_have_count(1)


async def test_a_form_shows_the_error_beside_its_field_and_then_goes_through(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await say(page, "/sms send ")
    number = page.get_by_label("Phone number")
    await expect(number).to_be_focused()
    await page.keyboard.type("12345")
    await page.keyboard.press("Tab")
    await page.keyboard.type("登录")
    await expect(page.get_by_role("option")).to_have_text(["登录验证码"])
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Preview").press("Enter")
    await expect(page.get_by_text("That is no mobile number.")).to_be_visible()
    await expect(number).to_be_focused()
    await number.fill("+8613800000001")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(said(page, "Sending 3330 to +8613800000001")).to_be_visible()


async def test_an_empty_required_field_is_named_in_the_readers_language(
    open_page: OpenPage,
) -> None:
    page = await open_page("U0LIN")
    await say(page, "/sms send ")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator(".field-error:visible")).to_have_count(2)
    await expect(page.locator(".field-error:visible").first).not_to_contain_text("Please")


async def test_a_form_outlives_a_reload_until_escape_closes_its_open_list_and_then_itself(
    open_page: OpenPage,
) -> None:
    page = await open_page("U0MAYA")
    await say(page, "/sms send ")
    await page.locator("dialog").wait_for()
    await page.reload()
    await expect(page.get_by_role("heading", name="Send an SMS")).to_be_visible()
    await page.get_by_role("combobox", name="Template").click()
    await expect(page.get_by_role("option")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(page.locator("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.reload()
    await page.locator("[data-role=composer]").wait_for()
    await expect(page.locator("dialog")).to_have_count(0)


async def test_a_form_drawn_anew_leaves_the_caret_where_somebody_types(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await say(page, "/sms send ")
    number = page.get_by_label("Phone number")
    await number.fill("+86138")
    await number.press("Home")
    (shown,) = stage.workspace.views("U0MAYA")
    said_ = {"type": "section", "text": {"type": "mrkdwn", "text": "Six characters"}}
    view = form()
    view["blocks"] = [said_, *view["blocks"]]
    await stage.client.views_update(view_id=shown["id"], view=view)
    await expect(page.get_by_text("Six characters")).to_be_visible()
    await page.keyboard.type("00")
    await expect(number).to_have_value("00+86138")


async def test_what_was_typed_last_goes_with_the_form_and_never_to_a_form_that_is_gone(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA", once=True)
    await page.clock.install()
    await page.reload()
    await say(page, "/sms send ")
    number = page.get_by_label("Phone number")
    await expect(number).to_be_visible()
    (shown,) = stage.workspace.views("U0MAYA")
    chosen = option("Login code", "1110")
    select = {"type": "static_select", "action_id": "template", "options": [chosen]}
    template = field("template", "Template", {**select, "initial_option": chosen})
    config = {"trigger_actions_on": ["on_character_entered"]}
    typing = {"type": "plain_text_input", "action_id": "value", "dispatch_action_config": config}
    telling = {**field("number", "Phone number", typing), "dispatch_action": True}
    blocks = [{"type": "header", "text": plain("As one types")}, telling, template]
    view_id, asked = shown["id"], list[str]()
    await stage.client.views_update(view_id=view_id, view={**form(), "blocks": blocks})
    await expect(page.get_by_text("As one types")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))

    await number.fill("+86138")
    await stage.client.views_update(view_id=view_id, view={**form(), "blocks": [template]})
    await expect(number).to_have_count(0)
    async with page.expect_response("**/ui/action") as late:
        await page.clock.run_for(1_000)
    assert (await (await late.value).json())["error"] == "unknown_action"
    await stage.client.views_update(view_id=view_id, view={**form(), "blocks": blocks})

    await number.fill("+8613800000001")
    await expect(page.locator(".toast")).to_have_count(0)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("dialog")).to_have_count(0)
    await page.clock.run_for(1_000)
    await expect(said(page, "Sending 1110 to +8613800000001")).to_be_visible()
    assert sum(url.endswith("/ui/action") for url in asked) == 1
    await expect(page.locator(".toast")).to_have_count(0)


async def test_a_dangerous_button_acts_only_after_the_question(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await say(page, "/sms card ")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await expect(page.get_by_role("dialog")).to_contain_text("Nobody will get anything.")
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert stage.heard.all == []
    await page.get_by_role("button", name="Stop", exact=True).click()
    await page.get_by_role("button", name="Stop it").click()
    await expect(said(page, "Stopped by @Maya")).to_be_visible()
    await expect(page.locator(".edited")).to_be_visible()
    assert [each["action_id"] for each in stage.heard.all] == ["stop"]


async def test_a_choice_reaches_the_app_and_survives_an_update_of_the_card(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    ts = await stage.post(text="Ready", blocks=card("Ready"))
    chooser = page.get_by_role("combobox", name="Choose an app")
    await chooser.click()
    await page.get_by_role("option", name="Marketing").click()
    [used] = await stage.heard.at_least(1)
    assert used["selected_option"]["value"] == "marketing"
    await stage.client.chat_update(channel="C0SMS", ts=ts, text="Done", blocks=card("Done"))
    await expect(said(page, "Done")).to_be_visible()
    await expect(chooser).to_have_value("Marketing")
    await expect(chooser).to_be_focused()


async def test_a_reaction_is_added_seen_by_others_and_taken_back(
    open_page: OpenPage, stage: Stage
) -> None:
    maya, bo = await open_page("U0MAYA"), await open_page("U0BO")
    await stage.post(text="Please approve")
    row = maya.locator(".message", has_text="Please approve")
    await row.hover()
    await row.get_by_role("button", name="Add a reaction").click()
    await maya.keyboard.type("rocket")
    await maya.keyboard.press("Enter")
    seen = bo.locator(".reaction", has_text="🚀")
    await expect(seen).to_contain_text("1")
    await seen.click()
    # A page takes back what it knows to be its own: both have to have heard of both.
    for page in (maya, bo):
        await expect(page.locator(".reaction", has_text="🚀")).to_contain_text("2")
    await maya.locator(".reaction", has_text="🚀").click()
    await bo.locator(".reaction", has_text="🚀").click()
    await expect(maya.locator(".reaction", has_text="🚀")).to_have_count(0)
    heard = [(each["type"], each["user"]) for each in await stage.heard.at_least(4)]
    added, removed = "reaction_added", "reaction_removed"
    assert sorted(heard) == [
        (added, "U0BO"),
        (added, "U0MAYA"),
        (removed, "U0BO"),
        (removed, "U0MAYA"),
    ]


async def test_a_thread_opens_beside_and_counts_its_replies(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0OMAR")
    await stage.post(text="Delivery is slow")
    row = page.locator(".message", has_text="Delivery is slow")
    await row.hover()
    await row.get_by_role("button", name="Reply in thread").click()
    reply = page.locator("[data-role=thread-composer]")
    await expect(reply).to_be_focused()
    await page.keyboard.type("Looking into it")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-role=thread-messages]")).to_contain_text("Looking into it")
    messages = page.locator("[data-role=messages]")
    await expect(messages).to_contain_text("1 reply")
    await expect(messages).not_to_contain_text("Looking into it")


async def test_becoming_somebody_else_changes_language_and_what_can_be_read(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.locator("[data-role=act-as]").click()
    people = page.get_by_role("menuitemradio")
    await expect(people).to_have_count(5)
    await expect(people.filter(has_text="Eve")).to_contain_text("in no group")
    await people.filter(has_text="Lin 林").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("[data-role=composer]")).to_have_attribute(
        "placeholder", "发消息到 #sms，输入 / 使用命令"
    )
    await say(page, "大家好")
    await expect(page.locator(".message", has_text="大家好")).to_contain_text("Lin 林")
    await page.locator("[data-role=language]").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_what_was_said_elsewhere_waits_as_unread(open_page: OpenPage, stage: Stage) -> None:
    page = await open_page("U0MAYA")
    await stage.client.chat_postMessage(channel="C0ALERTS", text="Balance is low")
    place = page.locator("[data-channel=C0ALERTS]")
    await expect(place).to_contain_text("1")
    await place.click()
    await expect(said(page, "Balance is low")).to_be_visible()
    await page.locator("[data-channel=C0SMS]").click()
    await expect(place).not_to_contain_text("1")


async def test_the_home_tab_is_published_when_it_is_opened(open_page: OpenPage) -> None:
    page = await open_page("U0OMAR")
    await page.locator("[data-channel=D0OMAR]").click()
    await page.locator("[data-role=home-tab]").click()
    await expect(page.get_by_role("heading", name="Good to see you")).to_be_visible()


async def test_an_unknown_command_is_explained_and_not_lost(open_page: OpenPage) -> None:
    page = await open_page("U0MAYA")
    await say(page, "/nope at all")
    await expect(page.locator(".toast")).to_contain_text("/nope")
    await expect(page.locator("[data-role=composer]")).to_have_value("/nope at all")


async def test_whoever_types_a_command_further_up_sees_its_answer(
    open_page: OpenPage, stage: Stage
) -> None:
    for nth in range(30):
        await stage.post(text=f"Line {nth}.")
    page = await open_page("U0MAYA")
    await expect(said(page, "Line 29.")).to_be_in_viewport()
    await page.locator("[data-role=messages]").evaluate("(list) => list.scrollTo(0, 0)")
    await expect(said(page, "Line 29.")).not_to_be_in_viewport()
    await say(page, "/sms hello")
    await expect(said(page, "You said hello")).to_be_in_viewport()


async def test_new_messages_are_announced_but_not_ones_own(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await say(page, "my own words")
    await stage.post(text="*Delivered* in 2.1 s")
    announcer = page.locator("[data-role=announcer]")
    await expect(announcer).to_have_text("smsops: Delivered in 2.1 s")


async def test_an_app_shows_no_home_tab_and_takes_no_messages_unless_its_manifest_says_so(
    open_page: OpenPage, stage: Stage
) -> None:
    made = manifest("http://127.0.0.1:9/slack/events")
    made["features"]["app_home"] = {"messages_tab_read_only_enabled": True}
    stage.workspace.install(made)
    page = await open_page("U0OMAR")
    await page.locator("[data-channel=D0OMAR]").click()
    await expect(page.get_by_text("Messages to this app are turned off.")).to_be_visible()
    await expect(page.locator("[data-role=composer]")).to_be_hidden()
    await expect(page.locator("[data-role=home-tab]")).to_have_count(0)
    await page.locator("[data-channel=C0SMS]").click()
    await expect(page.locator("[data-role=composer]")).to_be_visible()


async def test_a_long_word_stays_inside_a_small_screen(open_page: OpenPage, stage: Stage) -> None:
    page = await open_page("U0MAYA")
    await page.set_viewport_size({"width": 390, "height": 844})
    word = "x" * 75
    options = [option(word, "1"), option("short", "2")]
    radio = {"type": "radio_buttons", "action_id": "r", "options": options}
    markdown = {"type": "markdown", "text": f"# {word}\n\n- {word}{word}\n\n{word}"}
    await stage.post(text="x", blocks=[markdown, {"type": "actions", "elements": [radio]}])
    for words in (page.locator(".rich"), page.locator(".choice").first):
        await expect(words).to_contain_text(word)
        box = await words.evaluate("node => [node.scrollWidth, node.clientWidth]")
        assert box[0] <= box[1] <= 390
        edge = await words.evaluate("node => node.getBoundingClientRect().right")
        assert edge <= 390
