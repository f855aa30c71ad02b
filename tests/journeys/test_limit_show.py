"""`/sms limit`: one card with everything, numbers exempt for a while, the way into app.yaml."""

from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Whisper
from bot.rules.numbers import COUNTRIES
from bot.rules.requests import RequestKind
from bot.settings import SlackMode
from storage import limit_counts, limit_exemptions, requests
from storage import limits as stored
from storage.db import Tx
from storage.limit_exemptions import Exemption
from storage.requests import Request
from tests.handlers.flows.limit_asks import agreed
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import (
    BO,
    EVE,
    LIN,
    MAYA,
    OMAR,
    SMS,
    Page,
    buttons_of,
    until_answered,
    words_of,
)

NUMBER = "+8613800000001"
DAY = timedelta(days=1)
once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
#: Omar may look at the one app there is, and at no other there might be.
OF_DEMO = {
    "apps": [
        {
            "name": "demo",
            "sdk_app_id": "1400006666",
            "signature": "腾讯云",
            "limits": {"profile": "classic"},
            "roles": {"viewer": [OMAR, MAYA]},
        }
    ],
    "roles.viewer": [MAYA],
}
INDIVIDUAL = {"content.is_individual": True, "roles.limit_admin": ["@sms-admins"]}


def cells(message: dict[str, object]) -> list[str]:
    """The rows of the table in a message."""
    blocks = message["blocks"]
    assert isinstance(blocks, list)
    (table,) = [each for each in blocks if each["type"] == "table"]
    return [" | ".join(cell["text"] for cell in row) for row in table["rows"]]


async def change(local: Local, clock: HandClock, typed: str, **more: object) -> str:
    """A change somebody asked for and another agreed to."""
    services = local.bot.services

    def agree(tx: Tx) -> Request:
        return agreed(tx, services.settings, typed, clock(), **more)

    return (await services.db.write(agree)).id


@once
async def test_one_card_tells_everything_in_the_readers_language(
    local: Local, page: Page, clock: HandClock
) -> None:
    for_good = await change(local, clock, "day=5 mainland.stop=10")
    temporary = await change(local, clock, "hour=4", for_s=86_400)
    for nth in range(4):
        clock.advance(timedelta(minutes=1))
        await page.send(MAYA, f"/sms send {NUMBER} 1110 code=12345{nth}")
        await until_answered(local, page, nth + 1)
    refused = await page.type(MAYA, f"/sms send {NUMBER} 1110 code=123459")
    assert "send.confirm" not in buttons_of(refused)

    card = await page.type(MAYA, "/sms limit")
    shown = words_of(card)
    assert card["text"] == (
        "Frequency limits of demo: 4 handed to Tencent today, 1 near a limit, "
        "1 pending or temporary."
    )
    assert cells(card)[1:] == [
        f"To one number in an hour (hour) | 4 | {temporary}, until 11-24 11:00 UTC+8, then "
        "no limit",
        f"To one number in a day (day) | 5 | {for_good}",
        "Same text to one number in 30 seconds (same) | 1 | classic, Tencent's default of "
        "2021-07-20",
        f"To the mainland in a day, stop at (mainland.stop) | 10 | {for_good}",
    ]
    assert "app.yaml says `day=10 mainland.stop=off`; `day=5 mainland.stop=10` holds." in shown
    assert "To the mainland: 4 of 10 handed to Tencent  ████░░░░░░" in shown
    assert "4 handed to Tencent in the last 24 hours" in shown
    assert "Kept back by these limits: 1." in shown
    assert "+86 138****0001 · 4 of 4 · To one number in an hour · the next one may go" in shown
    assert f"*{temporary}* · `hour=4` · in effect, ends" in shown
    assert f"*{for_good}* · `day=5 mainland.stop=10` (was `day=10 mainland.stop=off`)" in shown
    assert "Nobody has declared what it holds." in shown
    assert NUMBER.removeprefix("+86") not in str(card)

    lins = await page.type(LIN, "/sms 频率限制 查看 demo")
    assert "接近上限的号码" in words_of(lins)
    assert f"同一号码，一天内（day） | 5 | {for_good}" in cells(lins)

    await page.press(MAYA, card, "limit.change")
    form = await OpenForm.opened(local, page, MAYA, "limit.set_form")
    await form.close()
    await page.press(MAYA, card, "limit.export")
    diff = words_of(await page.see_whisper(MAYA, "What makes app.yaml say"))
    added = [line[1:].strip() for line in diff.splitlines() if line[:2] == "+ "]
    assert added == ["per_number_day: 5", "totals:", "mainland:", "stop: 10"]
    assert f"Not in it, because it ends by itself: {temporary}." in diff

    clock.advance(DAY)
    later = words_of(await page.type(MAYA, "/sms limit show"))
    assert "0 handed to Tencent today, 0 near a limit, 0 pending or temporary" in later
    assert f"*{temporary}* · `hour=4` (was `hour=off`)" in later


@once
@pytest.mark.parametrize("overrides", [OF_DEMO])
async def test_who_may_look_at_one_app_is_shown_no_line_of_app_yaml_around_its_own(
    local: Local, page: Page, clock: HandClock
) -> None:
    await change(local, clock, "day=5 mainland.stop=10")
    for user in (OMAR, MAYA):
        await page.press(user, await page.type(user, "/sms limit"), "limit.export")
        told = words_of(await page.see_whisper(user, "What makes app.yaml say"))
        diff = told.partition("+++ b/app.yaml")[2].splitlines()
        assert "+      per_number_day: 5" in diff
        assert any(line.startswith(" ") for line in diff) is (user == MAYA)
        assert ("--unidiff-zero" in told) is (user == OMAR)
        assert ("profile: classic" in told) is (user == MAYA)


@once
async def test_the_card_fits_a_message_with_hundreds_of_everything(
    local: Local, page: Page, clock: HandClock
) -> None:
    countries = sorted(COUNTRIES - {"CN"})

    def fill(tx: Tx) -> None:
        now = clock()
        for nth, country in enumerate(countries):
            caps: dict[str, int | None] = {f"{country}.warn": nth + 5, f"{country}.stop": nth + 9}
            request = requests.add(
                tx,
                kind=RequestKind.LIMITS_CHANGE,
                app="demo",
                payload={},
                requester=MAYA,
                channel=SMS,
                now=now,
                expires_at=now,
            )
            stored.add_change(
                tx, request.id, "demo", caps, dict.fromkeys(caps), starts_at=now, ends_at=None
            )
            number = f"+86139{nth:08}"
            exemption = Exemption("demo", number, now + DAY, "<!channel> " * 30, MAYA, "R-1", now)
            limit_exemptions.put(tx, exemption, now)
        day = clock().date()
        limit_counts.count(tx, "demo", day, dict.fromkeys(countries, 7))

    await local.bot.services.db.write(fill)
    for person in (MAYA, LIN):
        card = await page.type(person, "/sms limit")
        assert len(cells(card)) == 41
        assert "<!channel>" not in words_of(card)
    shown = words_of(await page.type(MAYA, "/sms limit"))
    assert f"and {len(countries) * 2 + 2 - 40} more; *Export as a diff*" in shown
    assert f"… and {len(countries) - 5} more." in shown

    exempt = await page.type(MAYA, "/sms limit exempt")
    assert f"Exempt numbers of `demo`: {len(countries)}" in words_of(exempt)
    await page.press(MAYA, exempt, "limit.exempt_turn_on")
    await page.see(lambda: "limit.exempt_turn_back" in buttons_of(page.whispers(MAYA)[-1]))
    exported = await page.type(MAYA, "/sms limit")
    await page.press(MAYA, exported, "limit.export")
    diff = await page.see_whisper(MAYA, "What makes app.yaml say the limits of `demo` that hold")
    assert "+++ b/app.yaml" in words_of(diff)


@once
async def test_a_number_is_exempt_for_a_while_with_anothers_approval(
    local: Local, page: Page, clock: HandClock
) -> None:
    line = f"/sms send {NUMBER} 1110 code=123456"
    await page.send(MAYA, line)
    await until_answered(local, page, 1)
    assert "send.confirm" not in buttons_of(await page.type(MAYA, line))

    said = await page.type(MAYA, f"/sms limit exempt add {NUMBER} for 7d because QA phone")
    assert "asks to exempt +86 138****0001" in words_of(said)
    card = await page.see_card("QA phone")
    assert "+86 138****0001 exempt from limits" in words_of(card)
    assert "for 7 d, from the approval on" in words_of(card)
    assert "send.confirm" not in buttons_of(await page.type(MAYA, line))
    await page.react(BO, card, "white_check_mark")
    await page.see_card("Number exempt")
    assert "send.confirm" in buttons_of(await page.type(MAYA, line))
    again = await page.type(MAYA, f"/sms limit exempt add {NUMBER} for 1h because QA phone")
    assert "exempt for at least as long already" in words_of(again)

    listed = await page.type(LIN, "/sms limit 豁免")
    assert "+86 138****0001 · 至" in words_of(listed)
    assert "QA phone" in words_of(listed)
    clock.advance(7 * DAY)
    gone = await page.type(LIN, f"/sms limit exempt {NUMBER}")
    assert "+86 138****0001 在 `demo` 中没有豁免" in words_of(gone)

    await local.bot.clock.tick()
    await page.see_card("Exemption ended")

    # The form asks for what is missing; a sender takes it away at once.
    await page.type(MAYA, "/sms limit exempt add 1380000 until Fri")
    form = await OpenForm.opened(local, page, MAYA, "limit.exempt_form")
    assert form.holds("limit.exempt_number") == "1380000"
    assert form.holds("limit.exempt_ends") == "Fri"
    form.write("limit.exempt_number", "1380000")
    form.write("limit.exempt_ends", "Fri")
    form.write("limit.exempt_reason", " ")
    faults = await form.hand_in()
    assert "too short" in faults["number"]
    assert faults["ends"]
    assert "Say why" in faults["reason"]
    form.write("limit.exempt_number", NUMBER)
    form.write("limit.exempt_ends", "两小时")
    form.write("limit.exempt_reason", "load test")
    assert await form.hand_in() == {}
    card = await page.see_card("load test")
    await page.press(BO, card, "approve.yes")
    await page.see_card("Number exempt")

    overview = await page.type(MAYA, "/sms limit")
    await page.press(MAYA, overview, "limit.exempt")
    listed = await page.see_whisper(MAYA, "Exempt numbers of `demo`: 1")
    await page.press(MAYA, listed, "limit.exempt_remove")
    await page.see_whisper(MAYA, "The limits hold for +86 138****0001 again, in `demo`.")
    await page.see_card("Limits hold again · <@U0MAYA>")
    await page.see_reply(card, "took it back: the limits of `demo` hold for +86 138****0001 again")
    gone = await page.type(MAYA, f"/sms limit exempt remove {NUMBER}")
    assert "+86 138****0001 is not exempt in `demo`." in words_of(gone)


@once
async def test_what_is_typed_wrong_is_answered_and_changes_nothing(
    local: Local, page: Page
) -> None:
    for line, said in (
        ("limit shwo", "Did you mean `/sms limit show`?"),
        ("limit show nowhere", "There is no app `nowhere`."),
        ("limit show dmo", "Did you mean `demo`?"),
        ("limit show nope", "There is no app `nope`"),
        ("limit show sett", "There is no app `sett`"),
        ("limit exempt drop 1", "There is no `drop` here: use `list`, `add` or `remove`."),
        ("limit exempt add 138000 because x", "too short"),
        (f"limit exempt add {NUMBER},13800000002 because x", "Name one number"),
        (
            f"limit exempt add {NUMBER} from tomorrow 9:00 because x",
            "It begins once it is approved",
        ),
        (f"limit exempt add {NUMBER} day=5 because x", "An exemption has no figures"),
        (f"limit exempt add {NUMBER} for 90d because x", "at most 30d"),
        (f"limit exempt add {NUMBER} app=dmo because x", "Did you mean `demo`?"),
    ):
        assert said in words_of(await page.type(MAYA, f"/sms {line}")), line
    assert "You need the role *viewer*" in words_of(await page.type(EVE, "/sms limit"))

    for action_id, value in (
        ("limit.exempt_remove", "demo|k1:AAAA"),
        ("limit.exempt_remove", "nobody|x"),
        ("limit.exempt_turn_on", "demo|²"),
        ("limit.exempt_turn_on", "demo|" + "9" * 30),
        ("limit.exempt_add", "nobody"),
        ("limit.exempt", "nobody"),
        ("limit.export", "nobody"),
        ("limit.change", "nobody"),
    ):
        pressed = {
            "user": {"id": MAYA},
            "channel": {"id": SMS},
            "actions": [{"action_id": action_id, "value": value}],
        }
        answer = await Router(local.bot.services).action(pressed)
        assert isinstance(answer, Whisper)
        assert "out of date" in answer.message.text, (action_id, value)


@once
@pytest.mark.parametrize("overrides", [INDIVIDUAL])
async def test_an_individuals_account_is_told_why_it_may_change_nothing(
    local: Local, page: Page
) -> None:
    card = await page.type(MAYA, "/sms limit")
    assert "limit.change" not in buttons_of(card)
    for line in (f"exempt add {NUMBER} because x", "set day=5 because x", "declare day=5"):
        said = words_of(await page.type(MAYA, f"/sms limit {line}"))
        assert "app.yaml says this account is an individual's" in said, line
        assert "snapshot of 2021-07-20" in said

    # Who may only look sees the same, and changes nothing either.
    assert buttons_of(await page.type(OMAR, "/sms limit")) == ["limit.exempt", "limit.export"]
    for verb in ("add", "remove"):
        said = words_of(await page.type(OMAR, f"/sms limit exempt {verb} {NUMBER} because x"))
        assert "You need the role *limit admin*" in said
