"""Who may do what: by user group, nobody by default, on every path."""

import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Answer, Whisper
from bot.sandbox.workspace import Fault, FaultKind
from bot.settings import SlackMode
from tests.journeys.people import (
    EVE,
    LIN,
    MAYA,
    SMS,
    Json,
    Page,
    buttons_of,
    find_button,
    sends_of,
    words_of,
)

LINE = "/sms send +8613800000001 1110 code=123456"
PARTS = ("send", "jobs", "approvals", "optouts", "limits", "alerts", "stats", "apps", "help")
MENU = [f"menu.{name}" for name in PARTS]


async def press_anyway(local: Local, user: str, message: Json, action_id: str) -> Answer:
    """A click under what only another one sees, which Slack itself would never bring."""
    action = {**find_button(message["blocks"], action_id), "action_id": action_id}
    payload = {"user": {"id": user}, "channel": {"id": SMS}, "actions": [action]}
    return await Router(local.bot.services).action(payload)


def words_of_answer(answer: Answer) -> str:
    assert isinstance(answer, Whisper)
    return answer.message.text


async def test_somebody_in_no_group_may_do_nothing_and_is_told_who_may(
    local: Local, page: Page
) -> None:
    answer = await page.type(EVE, LINE)
    assert "You need the role *requester*" in words_of(answer)
    assert "`@sms-senders`" in words_of(answer)
    menu = await page.type(EVE, "/sms")
    assert buttons_of(menu) == ["menu.help"]
    help_ = words_of(await page.type(EVE, "/sms help"))
    audit = words_of(await page.type(EVE, "/sms help audit"))
    assert "You need the role *auditor* for this. It is held by: `@sms-admins`" in audit
    assert "/sms send" not in help_
    assert sends_of(local) == []


async def test_another_persons_preview_cannot_be_confirmed(local: Local, page: Page) -> None:
    preview = await page.type(LIN, LINE)
    answer = await press_anyway(local, MAYA, preview, "send.confirm")
    assert "Only the person who asked for" in words_of_answer(answer)
    assert sends_of(local) == []


async def test_somebody_without_the_role_cannot_press_a_button_they_got_hold_of(
    local: Local, page: Page
) -> None:
    preview = await page.type(LIN, LINE)
    answer = await press_anyway(local, EVE, preview, "send.confirm")
    assert "You need the role *requester*" in words_of_answer(answer)
    assert sends_of(local) == []


@pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
async def test_when_slack_does_not_tell_the_groups_nobody_may_do_anything(
    local: Local, page: Page
) -> None:
    local.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR, times=9))
    answer = await page.type(MAYA, LINE)
    assert "Quote E-" in words_of(answer)
    assert buttons_of(answer) == []
    assert sends_of(local) == []


async def test_the_menu_and_the_help_show_what_one_may_do(local: Local, page: Page) -> None:
    menu = await page.type(MAYA, "/sms")
    assert buttons_of(menu) == MENU
    assert "1,000 segments left" in words_of(menu)
    await page.press(MAYA, menu, "menu.help")
    helped = await page.see(
        lambda: next((w for w in page.whispers(MAYA) if "/sms help [" in words_of(w)), None)
    )
    assert helped
    assert "`/sms help [command]`" in words_of(helped)


@pytest.mark.parametrize(
    ("button", "says"),
    [
        ("menu.jobs", "No sends to many are under way"),
        ("menu.approvals", "Nothing waits"),
        ("menu.optouts", "Opt-outs"),
        ("menu.limits", "Frequency limits of"),
        ("menu.alerts", "No alert is open"),
        ("menu.stats", "Figures of"),
        ("menu.apps", "AppID"),
    ],
)
async def test_every_part_of_the_menu_opens(
    local: Local, page: Page, button: str, says: str
) -> None:
    menu = await page.type(MAYA, "/sms")
    await page.press(MAYA, menu, button)

    def look() -> bool:
        # The button that leads there may be called like what is there.
        others = [each for each in page.whispers(MAYA) if each["ts"] != menu["ts"]]
        return any(says in words_of(each) for each in others)

    await page.see(look)


async def test_the_help_for_sends_teaches_lists_times_and_files(local: Local, page: Page) -> None:
    helped = words_of(await page.type(MAYA, "/sms help send"))
    for taught in ("13800000001, 13800000002", "at tomorrow 9am valid 2h", "CSV", "this list"):
        assert taught in helped


async def test_a_word_to_the_bot_is_answered_with_the_menu(local: Local, page: Page) -> None:
    direct = await local.bot.services.slack.open_conversation(LIN)
    await page.do("say", user=LIN, channel=direct, text="你好")
    card = await page.see_card("在 Slack 里发短信", direct)
    assert buttons_of(card) == MENU
