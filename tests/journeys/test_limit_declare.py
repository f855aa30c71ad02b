"""What Tencent's console holds is declared by one person, seen by a second, and contradicted by the
first answer that does not fit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.cli.local import Local
from bot.locales import Locale
from bot.registry import Filled, Form, Person, Pressed, Whisper
from bot.rules.delivery import MessageState
from bot.rules.roles import Rights, Role
from bot.settings import SlackMode
from bot.slack.messages.declarations import (
    CONFIRM,
    DECLARE,
    DECLARE_FORM,
    DIFFERS,
    EVIDENCE,
    FIELDS,
    TOTALS,
    Carried,
    carry,
)
from handlers.commands import limit_declare
from handlers.commands.limit_declare import SECONDS
from storage import declarations
from storage.db import Tx
from storage.declarations import Declaration
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.limit_desk import Desk, id_of
from tests.journeys.people import ALERTS, BO, EVE, MAYA, SMS, Page, buttons_of, words_of
from tests.journeys.watching import see_alert

NUMBER = "+8613800000001"
ACCEPTED, REFUSED = MessageState.ACCEPTED, MessageState.REFUSED
STRICTER = "Tencent refused what the declared limits of demo allow"
DECLARE_10 = '/sms limit declare day=10 same=1 because "seen on the page at noon"'
pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


async def console(local: Local, **rules: int | None) -> None:
    """Somebody changes the limits in the console, and tells nobody."""
    async with httpx.AsyncClient(trust_env=False) as http:
        address = f"{local.sandbox.url}/_sandbox/console/limits"
        assert (await http.put(address, json=rules)).is_success


async def declared(local: Local) -> Declaration:
    found = await local.bot.services.db.read(declarations.latest, "demo")
    assert found is not None
    return found


async def send(local: Local, page: Page, clock: HandClock, nth: int) -> MessageState:
    """One message a minute after the last one; what Tencent's answer made of the `nth`."""
    clock.advance(timedelta(minutes=1))
    await page.send(MAYA, f"/sms send {NUMBER} 1110 code={nth:06d}")

    async def states() -> list[MessageState]:
        rows = await local.bot.services.db.read(answered)
        return rows if len(rows) == nth else []

    return (await page.eventually(states))[-1]


def answered(tx: Tx) -> list[MessageState]:
    rows = tx.all("SELECT state FROM messages WHERE settled_by = 'answer' ORDER BY id")
    return [REFUSED if row["state"] == REFUSED else ACCEPTED for row in rows]


def alerts(page: Page) -> list[str]:
    return [words_of(each) for each in page.cards(ALERTS)]


async def test_one_declares_and_somebody_else_looks_too(local: Local, page: Page) -> None:
    said = await page.type(MAYA, DECLARE_10)
    assert "Somebody else has to look too" in words_of(said)
    card = await page.see_card("declares what the console holds")
    words = words_of(card)
    assert "To one number in a day: *10*" in words
    assert "seen on the page at noon" in words
    assert "console.cloud.tencent.com/smsv2/app-manage/detail/1400006666" in words
    assert "changed at Tencent" not in words

    await page.press(MAYA, card, CONFIRM)
    await page.see_whisper(MAYA, "You declared it.")
    assert (await declared(local)).confirmed_by == ""

    await page.press(EVE, card, CONFIRM)
    await page.see_whisper(EVE, "You need one of these roles")

    await page.press(BO, card, CONFIRM)
    await page.see_card("saw in the console what")
    confirmed = await page.see_card("looked too and saw the same")
    assert (confirmed["ts"], buttons_of(confirmed)) == (card["ts"], [])
    assert (await declared(local)).confirmed_by == BO


async def test_the_form_asks_for_what_is_missing_and_keeps_what_is_known(
    local: Local, page: Page
) -> None:
    await page.type(MAYA, "/sms limit declare day=2")
    form = await OpenForm.opened(local, page, MAYA, DECLARE_FORM)
    assert form.holds(FIELDS["number.day"]) == "2"
    form.write(FIELDS["number.hour"], "many")
    form.write(TOTALS, "mainland")
    form.write(EVIDENCE, "a screenshot")
    wrong = await form.hand_in()
    assert "many" in wrong["number_hour"]
    assert "Write totals like this" in wrong["totals"]
    form.write(FIELDS["number.hour"], "off")
    form.write(TOTALS, "mainland.stop=10000")
    await form.hand_in()
    card = await page.see_card("declares what the console holds")
    assert "To one number in an hour: *no limit*" in words_of(card)
    assert (await declared(local)).caps == {
        "mainland.stop": 10_000,
        "number.day": 2,
        "number.hour": None,
    }

    await page.press(BO, card, DIFFERS)
    other = await OpenForm.opened(local, page, BO, DECLARE_FORM)
    assert other.holds(TOTALS) == "mainland.stop=10000"
    other.write(FIELDS["number.day"], "3")
    other.write(EVIDENCE, "my own look")
    await other.hand_in()
    anew = await page.see_card("Declared anew by <@U0BO>")
    assert (anew["ts"], buttons_of(anew)) == (card["ts"], [])


async def test_a_line_that_leaves_something_out_opens_the_form(local: Local, page: Page) -> None:
    await page.type(BO, DECLARE_10)
    await page.type(MAYA, '/sms limit declare same=2 because "the line of 30 s"')
    form = await OpenForm.opened(local, page, MAYA, DECLARE_FORM)
    assert (await declared(local)).declared_by == BO
    assert f"Some of this was declared by <@{BO}>" in form.words
    held = [form.holds(field) for field in (FIELDS["number.day"], FIELDS["same.30s"], EVIDENCE)]
    assert held == ["10", "2", "the line of 30 s"]


async def test_a_profile_declares_what_its_source_states(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms limit declare profile=2025 because the guide")
    assert (await declared(local)).caps == {"number.day": 2, "same.30s": 1}


async def test_a_total_field_does_not_override_the_field_above_it(local: Local, page: Page) -> None:
    await page.type(MAYA, "/sms limit declare day=2")
    form = await OpenForm.opened(local, page, MAYA, DECLARE_FORM)
    form.write(TOTALS, "SG.stop=5 day=9")
    form.write(EVIDENCE, "a screenshot")
    wrong = await form.hand_in()
    assert wrong == {"totals": "day is there twice: as 9 and as 2."}
    form.write(TOTALS, "SG.stop=5 day=2")
    await form.hand_in()
    await page.see_card("declares what the console holds")
    assert (await declared(local)).caps == {"SG.stop": 5, "number.day": 2}


async def test_who_may_be_the_second_one_may_say_that_it_shows_something_else(
    local: Local, page: Page
) -> None:
    services = local.bot.services
    (button,) = (each for each in services.registry.buttons if each.action_id == DIFFERS)
    (submission,) = (
        each for each in services.registry.submissions if each.callback_id == DECLARE_FORM
    )
    assert button.role == submission.role == SECONDS
    viewer = Person(EVE, Locale.EN, "Asia/Shanghai", Rights(frozenset({Role.VIEWER})))
    assert not viewer.may(SECONDS, "demo")
    value, fields = (
        carry(Carried("sms", app="demo")),
        {FIELDS["number.day"]: "4", EVIDENCE: "a look"},
    )
    for role in (Role.APPROVER, Role.ONCALL, Role.OWNER):
        second = replace(viewer, user_id=BO, rights=Rights(frozenset({role})))
        assert second.may(SECONDS, "demo"), role
        pressed = Pressed(second, SMS, "sms", services.clock(), value, "t", "")
        assert isinstance(await button.run(pressed, services), Form), role
        filled = Filled(second, SMS, "sms", services.clock(), fields, value)
        await submission.run(filled, services)
    assert (await declared(local)).nth == 3


async def test_a_number_typed_among_the_words_is_covered(local: Local, page: Page) -> None:
    for number in ("13912345678", "13912345678x", "+447911123456x"):
        said = str(await page.type(MAYA, f"/sms limit declare {number} day=3 because x"))
        assert "has no place here" in said
        assert number.strip("+x") not in said
        exempt = str(await page.type(MAYA, f"/sms limit exempt add {number}x because x"))
        assert number.strip("+x") not in exempt


async def test_a_figure_of_nothing_is_none_the_console_shows(local: Local, page: Page) -> None:
    said = words_of(await page.type(MAYA, "/sms limit declare day=0 because x"))
    assert "`day=0`: nothing at all would go out. Type the figure the console shows" in said
    assert "app pause" not in said


async def test_bad_words_declare_nothing(local: Local, page: Page) -> None:
    said = await page.type(MAYA, "/sms limit declare otp.day=3 for 24h because x")
    assert "The console has no such limit: `otp.day`." in words_of(said)
    assert "It takes no time." in words_of(said)
    assert "no app" in words_of(await page.type(MAYA, "/sms limit declare app=dmeo day=3"))
    nonsense = await page.type(MAYA, "/sms limit declare nonsense day=-3 because x")
    assert "`nonsense` has no place here." in words_of(nonsense)
    assert await local.bot.services.db.read(declarations.latest, "demo") is None


async def test_a_button_that_carries_something_else_is_called_outdated(
    local: Local, page: Page
) -> None:
    services = local.bot.services
    person = Person(BO, Locale.EN, "Asia/Shanghai", Rights(frozenset({Role.REQUESTER})))
    for value in ("", "demo", "1:", "0:demo", "1:demo", "999999999:demo", "9" * 30 + ":demo"):
        pressed = Pressed(person, SMS, "sms", services.clock(), value, "t", "")
        said = await limit_declare.confirm(pressed, services)
        assert isinstance(said, Whisper), value
        if not value.endswith("demo") or value == "demo":
            assert isinstance(await limit_declare.press(pressed, services), Whisper), value


async def test_a_stricter_console_is_found_at_the_first_hit_and_told_once(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(MAYA, DECLARE_10)
    await console(local, day=1)
    assert await send(local, page, clock, 1) is ACCEPTED
    assert alerts(page) == []

    assert await send(local, page, clock, 2) is REFUSED
    alert = await see_alert(local, page, clock, STRICTER)
    words = words_of(alert)
    assert "`LimitExceeded.PhoneNumberDailyLimit`" in words
    assert "+86 138****0001" in words
    assert NUMBER not in words
    assert "To one number in a day*: 10 is declared." in words
    assert "it lets through 1 at the most" in words
    assert "changed at Tencent" not in words

    assert await send(local, page, clock, 3) is REFUSED
    await page.press(BO, alert, DECLARE, ALERTS)
    form = await OpenForm.opened(local, page, BO, DECLARE_FORM)
    form.write(FIELDS["number.day"], "1")
    form.write(EVIDENCE, "seen in the console")
    await form.hand_in()
    assert await send(local, page, clock, 4) is REFUSED
    over = await see_alert(local, page, clock, f"Resolved · warning · {STRICTER}")
    assert over["ts"] == alert["ts"]
    assert DECLARE not in buttons_of(over)
    assert sum(STRICTER in words for words in alerts(page)) == 1


async def test_after_a_change_the_card_says_what_to_type_until_it_is_declared(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(MAYA, "/sms limit declare day=10 same=1 because seen")
    desk = Desk(local, page, clock)
    card = await desk.agree("/sms limit set day=12 because campaign")
    shown = await desk.card(id_of(card), "Left to do by hand")
    words = words_of(shown)
    assert "To one number in a day: *12* (declared: 10)" in words
    assert "Same text" not in words.partition("Left to do by hand")[2]
    assert "smsv2/app-manage/detail/1400006666" in words

    await desk.press(BO, shown, DECLARE)
    form = await OpenForm.opened(local, page, BO, DECLARE_FORM)
    assert form.holds(FIELDS["number.day"]) == "12"
    assert form.holds(FIELDS["same.30s"]) == "1"
    form.write(EVIDENCE, "typed it myself")
    await form.hand_in()
    assert (await declared(local)).request_id == id_of(card)

    async def is_done() -> bool:
        await desk.wait(seconds=1)
        own = (each for each in page.cards() if each["ts"] == shown["ts"])
        return all("Left to do by hand" not in words_of(each) for each in own)

    await page.eventually(is_done)


class TestShared:
    """Others send with the same application."""

    @pytest.fixture
    def overrides(self) -> Mapping[str, Any]:
        return {"apps.0.exclusive": False}

    async def test_a_refusal_is_told_with_what_it_does_not_prove(
        self, local: Local, page: Page, clock: HandClock
    ) -> None:
        await page.type(MAYA, DECLARE_10)
        await console(local, day=1)
        assert await send(local, page, clock, 1) is ACCEPTED
        assert await send(local, page, clock, 2) is REFUSED
        alert = await see_alert(local, page, clock, STRICTER)
        assert "Nothing yet. Others may send with this app" in words_of(alert)
        assert "at the most" not in words_of(alert)


async def test_a_looser_console_is_found_at_the_first_message_beyond(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(MAYA, "/sms limit declare day=1 because remembered")
    await console(local, day=10)
    assert await send(local, page, clock, 1) is ACCEPTED
    assert alerts(page) == []
    assert await send(local, page, clock, 2) is ACCEPTED
    looser = "Tencent accepted what the declared limits of demo forbid"
    alert = await see_alert(local, page, clock, looser)
    assert "The declared limit did not hold for this number" in words_of(alert)
    assert await send(local, page, clock, 3) is ACCEPTED
    assert sum(looser in words for words in alerts(page)) == 1


class TestLegacy:
    """The same through legacy v5, whose numbers stand for the same codes."""

    @pytest.fixture
    def overrides(self) -> Mapping[str, Any]:
        return {"tencent.provider": "v5"}

    async def test_its_code_contradicts_as_well(
        self, local: Local, page: Page, clock: HandClock
    ) -> None:
        await page.type(MAYA, "/sms limit declare hour=9 because seen")
        await console(local, hour=1)
        assert await send(local, page, clock, 1) is ACCEPTED
        assert await send(local, page, clock, 2) is REFUSED
        alert = await see_alert(local, page, clock, STRICTER)
        assert "`LimitExceeded.PhoneNumberOneHourLimit`" in words_of(alert)


class TestIndividual:
    """An account verified as a person may not change limits, so there is nothing to declare."""

    @pytest.fixture
    def overrides(self) -> Mapping[str, Any]:
        return {"content.is_individual": True}

    async def test_is_refused_with_the_reason(self, local: Local, page: Page) -> None:
        said = await page.type(MAYA, DECLARE_10)
        assert "enterprise" in words_of(said)
        assert page.cards(SMS) == []
