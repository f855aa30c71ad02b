"""The set-up is checked from Slack: nothing is broken in the demo, and what breaks is told."""

from bot.cli.local import Local
from tests.journeys.people import LIN, MAYA, OMAR, Json, Page, sends_of, words_of

NUMBER = "+8613800000001"


async def check(page: Page, user: str, words: str) -> str:
    """Asks, and waits for an answer with these words."""
    before = len(page.whispers(user))
    await page.type(user, "/sms doctor")

    def told() -> str:
        new: list[Json] = page.whispers(user)[before:]
        return next((found for each in new if words in (found := words_of(each))), "")

    return await page.see(told)


async def test_everything_is_found_out_and_nobody_gets_an_sms(local: Local, page: Page) -> None:
    said = await check(page, MAYA, "Nothing is broken.")
    for line in (
        "*Slack token*  Slack takes it",
        "*Scopes*  All that are needed are granted",
        "*Tencent’s way to the bot*  http://127.0.0.1:",
        "*Permissions of the key*  It may do what the bot asks for; tried without sending",
        "*On call*  Whose number is not known: <@U0MAYA>, <@U0OMAR>",
        "*SessionContext*  No report of the last three days",
        "*Database*  ",
    ):
        assert line in said, line
    assert ("*Slack’s way to the bot*" in said) is (local.settings.slack.mode.value == "http")
    secrets = local.settings.secrets
    for each in (*secrets.callback_secrets, secrets.slack_bot_token, secrets.tencent_secret_key):
        assert each.get_secret_value() not in said
    (nobody,) = sends_of(local)
    assert nobody["PhoneNumberSet"] == []
    assert local.sandbox.phones.messages(NUMBER) == []

    await page.send(LIN, f"/sms send {NUMBER} 1110 code=123456")
    await page.see_card("Delivered")
    said = await check(page, MAYA, "Tencent does not give it back with reports.")
    assert "*Delivery reports (demo)*  They come; " in said
    assert NUMBER.removeprefix("+86") not in said


async def test_what_breaks_is_told_to_whoever_may_ask(local: Local, page: Page) -> None:
    assert "`@sms-admins`" in words_of(await page.type(LIN, "/sms doctor"))
    local.workspace.admin.archive("C0ALERTS")
    local.bot.services.listening.url = "http://127.0.0.1:1"
    said = await check(page, OMAR, "To mend:")
    assert "The bot is not in `#sms-alerts`, which `channels.alerts` names." in said
    assert "→ Type `/invite @smsops` in that channel." in said
    assert "Nothing answers at http://127.0.0.1:1/callbacks/…: `connect`." in said


async def test_a_test_message_shows_whether_its_report_finds_the_way_back(
    local: Local, page: Page
) -> None:
    said = words_of(await page.type(MAYA, "/sms doctor send 13800000001"))
    assert "A test goes to one number with one template" in said
    await page.type(MAYA, f"/sms doctor send {NUMBER} 1110 code=123456")
    card = await page.see_card("Delivered")
    assert "+86 138****0001" in words_of(card)

    def told(user: str, words: str) -> str:
        whispers = (words_of(each) for each in page.whispers(user))
        return next((each for each in whispers if words in each), "")

    said = await page.see(lambda: told(MAYA, "was delivered, and its report came by itself."))
    assert NUMBER.removeprefix("+86") not in said
    (test,) = sends_of(local)
    assert test["PhoneNumberSet"] == [NUMBER]

    await page.type(LIN, "/sms doctor send 13800000007 1110 code=123456")
    await page.see(lambda: told(LIN, "没有发出：`LimitExceeded.PhoneNumberDailyLimit`"))
