"""Nobody acknowledges an alert: a mention, a message, a phone that rings, a key that is pressed."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Whisper
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.sandbox.tencent.voice_calls import Call, Stage
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.settings import SlackMode
from bot.slack.messages import oncall_forms as forms
from handlers.flows import alerts, reaching
from storage import alert_groups, posts, voice_calls
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import (
    ALERTS,
    LIN,
    MAYA,
    OMAR,
    SMS,
    Json,
    Page,
    buttons_of,
    find_button,
    words_of,
)

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
DAY_S = 86_400
SWITCHED_OFF = 1
TWO_ROTAS = {
    "oncall.rotas": [
        {"name": "primary", "people": ["@sms-oncall"]},
        {"name": "database", "people": ["@sms-admins"]},
    ]
}
OMARS, MAYAS = "+8613900000001", "+8613900000002"
FULL = Signal(
    AlertKind.LIMIT_TENCENT,
    Severity.CRITICAL,
    {"app": "demo", "code": "LimitExceeded.AppDailyLimit"},
    {"request_id": "R-7K3Q", "number": "+86 138****0001"},
    3,
)


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """Told at once, and this is Omar's week."""
    return {
        "oncall.rotas.0.starts": "2026-11-23",
        "alerts": {
            "route": {"receiver": "oncall", "group_wait": "1s"},
            "receivers": [{"name": "oncall", "channel": "#sms-alerts", "chain": "default"}],
        },
    }


def is_card(message: Json) -> bool:
    """Whether it is no line in a thread."""
    return bool(message.get("thread_ts", message["ts"]) == message["ts"])


class Night:
    """An alert at night, and the phones of those who are called."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page, self._clock = local, page, clock

    async def wait(self, **time: float) -> None:
        self._clock.advance(timedelta(**time))
        await self.local.bot.clock.tick()

    async def raise_unseen(self) -> None:
        """Something is wrong."""
        services = self.local.bot.services
        await services.db.write(
            alerts.raise_event, FULL, services.settings, self._clock(), quiet_s=DAY_S
        )

    async def raise_alert(self) -> Json:
        """Its card is in the channel."""
        await self.raise_unseen()
        return await self.see("A-")

    async def see(self, words: str) -> Json:
        """Lets some time pass until the card says `words`."""

        async def look() -> Json:
            if not await self._is_at_work():
                await self.wait(seconds=2)
            told = [each for each in self.page.cards(ALERTS) if is_card(each)]
            return next((each for each in told if words in words_of(each)), {})

        try:
            return await self.page.eventually(look)
        except TimeoutError:
            shown = "\n---\n".join(map(words_of, self.page.cards(ALERTS)))
            raise AssertionError(f"no card says {words!r}; there are:\n{shown}") from None

    async def _is_at_work(self) -> bool:
        """Whether something is to be said or done now; were time to pass meanwhile, the next step
        would come before anybody has heard of this one."""

        def look(tx: Tx) -> bool:
            now = self._clock()
            is_calling = voice_calls.find_flying(tx) or reaching.find_due(tx, now)
            return bool(is_calling or posts.find_due(tx, now, 1))

        return await self.local.bot.services.db.read(look)

    async def ring(self, number: str) -> Call:
        """Waits until the phone of `number` rings."""

        async def look() -> Call | None:
            if not await self._is_at_work():
                await self.wait(seconds=1)
            calls = self.local.sandbox.world.state.voice.calls.of(number)
            return next((each for each in calls if each.stage is Stage.RINGING), None)

        found = await self.page.eventually(look)
        assert found is not None
        return found

    async def direct(self, user: str, words: str = "You are on call") -> Json:
        """What the bot writes to somebody alone."""

        async def look() -> Json:
            if not await self._is_at_work():
                await self.wait(seconds=1)
            told = self.page.cards(f"D0{user[2:]}")
            return next((each for each in told if words in words_of(each)), {})

        return await self.page.eventually(look)

    def press(self, call: Call, key: str) -> None:
        """Picks up and presses a key."""
        board = self.local.sandbox.world.switchboard
        assert isinstance(board.answer(call.callid), Call)
        assert isinstance(board.press(call.callid, key), Call)

    def calls(self) -> list[str]:
        return [each.number for each in self.local.sandbox.world.state.voice.calls]


@pytest.fixture
def night(local: Local, page: Page, clock: HandClock) -> Night:
    return Night(local, page, clock)


async def tell_numbers(page: Page) -> None:
    await page.type(OMAR, f"/sms oncall phone {OMARS}")
    await page.type(MAYA, f"/sms oncall phone {MAYAS}")


async def test_mention_message_call_and_key_one(night: Night, page: Page) -> None:
    await tell_numbers(page)
    card = await night.raise_alert()
    assert "<@U0OMAR>" in words_of(card)
    await night.see("Mentioned <@U0OMAR> on the card")
    await night.wait(minutes=1)
    direct = await night.direct(OMAR)
    assert "somebody has to acknowledge" in words_of(direct)
    assert "alerts.ack_here" in buttons_of(direct)
    await night.wait(minutes=1)
    call = await night.ring(OMARS)
    assert "收到请按1" in call.text
    await night.see("The phone of <@U0OMAR> rings")
    night.press(call, "1")
    card = await night.see("pressed 1 on the phone: acknowledged")
    assert "by a key on the phone" in words_of(card)
    direct = await night.direct(OMAR, "You have")
    assert "alerts.ack_here" not in buttons_of(direct)
    # Nothing follows.
    await night.wait(hours=1)
    await night.wait(hours=1)
    assert night.calls() == [OMARS]


async def test_key_two_calls_the_next_one_at_once(night: Night, page: Page) -> None:
    await tell_numbers(page)
    await night.raise_alert()
    await night.wait(minutes=1)
    await night.wait(minutes=1)
    night.press(await night.ring(OMARS), "2")
    call = await night.ring(MAYAS)
    await night.see("<@U0OMAR> pressed 2 on the phone: passed on to the next")
    night.press(call, "1")
    card = await night.see("<@U0MAYA> pressed 1 on the phone: acknowledged")
    assert "<@U0MAYA> has it in hand" in words_of(card)
    assert night.calls() == [OMARS, MAYAS]


async def test_a_phone_nobody_takes_leads_to_the_next_step(night: Night, page: Page) -> None:
    await tell_numbers(page)
    await night.raise_alert()
    await night.wait(minutes=1)
    await night.wait(minutes=1)
    call = await night.ring(OMARS)
    night.local.sandbox.world.switchboard.decline(call.callid, SWITCHED_OFF)
    await night.ring(MAYAS)
    await night.see("The call did not reach <@U0OMAR>: it is off")


async def test_where_no_number_is_known_the_card_says_so(night: Night, page: Page) -> None:
    await night.raise_alert()
    for _ in range(4):
        await night.wait(minutes=2)
    await night.see("Nobody could be called: no number of <@U0OMAR>, <@U0MAYA> is known")
    await night.see("Nobody could be written to: no number of <@U0OMAR>, <@U0MAYA> is known")
    card = await night.see("All steps were taken, and nobody acknowledged")
    assert await page.see_reply(card, "all steps were taken", ALERTS)
    assert night.calls() == []


async def test_the_message_of_a_step_is_acknowledged_where_it_stands(
    night: Night, page: Page
) -> None:
    await tell_numbers(page)
    await night.raise_alert()
    await night.wait(minutes=1)
    direct = await night.direct(OMAR)
    await page.press(OMAR, direct, "alerts.ack_here", "D0OMAR")
    await night.see("<@U0OMAR> has it in hand")
    await night.wait(hours=1)
    assert night.calls() == []


async def test_calls_are_made_while_slack_is_away(night: Night, page: Page, local: Local) -> None:
    await tell_numbers(page)
    local.workspace.faults.add(Fault("*", FaultKind.SERVER_ERROR, times=None))
    await night.raise_unseen()
    for _ in range(3):
        await night.wait(minutes=1)
    night.press(await night.ring(OMARS), "1")

    async def is_in_hand() -> bool:
        await night.wait(seconds=1)
        found = await local.bot.services.db.read(alert_groups.find_open)
        return OMAR in [each.acked_by for each in found]

    await page.eventually(is_in_hand)
    local.workspace.faults.clear()
    await night.see("<@U0OMAR> pressed 1 on the phone: acknowledged")


async def test_who_is_on_call_is_shown_set_and_set_back(page: Page) -> None:
    shown = words_of(await page.type(MAYA, "/sms oncall"))
    assert "hand-over by the clocks of `Asia/Shanghai" in shown
    assert "Now: <@U0OMAR> until" in shown
    assert "Cannot be called or written to: <@U0MAYA>, <@U0OMAR>" in shown
    assert "Call the next one: 1 acknowledges, 2 passes on" in shown
    shown = words_of(await page.type(MAYA, "/sms oncall set primary @maya until tomorrow 9am"))
    assert "<@U0MAYA> stands in for `primary`" in shown
    assert "Now: <@U0MAYA> until" in shown
    shown = words_of(await page.type(OMAR, "/sms oncall set nobody for 2h"))
    assert "Nobody is on call now: <!subteam^S0ADMINS> is reached instead." in shown
    assert "Nobody is on call in `primary` from" in shown
    assert "nobody* stands in" not in shown
    shown = words_of(await page.type(OMAR, "/sms 值班 set own"))
    assert "Everybody has their own weeks in `primary` again." in shown
    assert "Now: <@U0OMAR> until" in shown


async def test_what_is_left_out_is_asked_for_in_a_form(local: Local, page: Page) -> None:
    assert await page.type(OMAR, "/sms oncall set until tomorrow 9am") == {}
    form = await OpenForm.opened(local, page, OMAR, forms.FORM)
    assert "Who is on call in `primary`" in form.words
    assert form.holds(forms.ENDS) == "tomorrow 9am"
    form.pick(forms.PERSON, MAYA)
    assert await form.hand_in() == {}
    await form.see("", "<@U0MAYA> stands in for `primary` from")
    assert "Now: <@U0MAYA> until" in words_of(await page.type(OMAR, "/sms oncall"))


async def test_the_form_says_under_each_field_what_is_wrong_and_keeps_what_was_typed(
    local: Local, page: Page
) -> None:
    await page.type(OMAR, "/sms oncall set")
    form = await OpenForm.opened(local, page, OMAR, forms.FORM)
    form.pick(forms.PERSON, LIN)
    form.write(forms.STARTS, "the day after never")
    form.write(forms.ENDS, "999d")
    said = await form.hand_in()
    assert set(said) == {"person", "starts", "ends"}
    assert "The role on-call is missing" in said["person"]
    assert "@sms-oncall" in said["person"]
    assert "is not read as a time" in said["starts"]
    form.write(forms.STARTS, "tomorrow 10am")
    form.write(forms.ENDS, "tomorrow 9am")
    form.pick(forms.PERSON, MAYA)
    assert await form.hand_in() == {"ends": "It ends before it begins."}
    # Another choice takes fields away, and what was in them stays.
    await form.choose(forms.HOW, "own")
    assert forms.ENDS not in str(form.view["blocks"])
    await form.choose(forms.HOW, "nobody")
    assert form.holds(forms.ENDS) == "tomorrow 9am"
    form.write(forms.STARTS, "")
    form.write(forms.ENDS, "2h")
    assert await form.hand_in() == {}
    await form.see("", "Nobody is on call in `primary` from")
    await page.type(OMAR, "/sms oncall set primary")
    form = await OpenForm.opened(local, page, OMAR, forms.FORM)
    await form.choose(forms.HOW, "own")
    assert await form.hand_in() == {}
    await form.see("", "Everybody has their own weeks in `primary` again.")


@pytest.mark.parametrize("overrides", [TWO_ROTAS])
async def test_of_several_rotas_the_form_asks_for_one_and_keeps_the_rest(
    local: Local, page: Page
) -> None:
    await page.type(OMAR, "/sms oncall set @maya for 2h")
    form = await OpenForm.opened(local, page, OMAR, forms.FORM)
    assert [form.holds(each) for each in (forms.PERSON, forms.ENDS)] == [MAYA, "2h"]
    await form.choose(forms.ROTA, "database")
    assert await form.hand_in() == {}
    await form.see("", "<@U0MAYA> stands in for `database` from")


async def test_a_group_stands_in_by_the_form_in_chinese(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(LIN, "/sms oncall set")
    assert local.workspace.views(LIN) == []
    local.workspace.admin.regroup("S0ONCALL", [OMAR, LIN])
    clock.advance(timedelta(minutes=2))
    await page.type(LIN, "/sms 值班 设置")
    form = await OpenForm.opened(local, page, LIN, forms.FORM)
    assert "由谁值班" in form.words
    await form.choose(forms.HOW, "group")
    await form.choose(forms.GROUP, "@sms-oncall")
    form.write(forms.ENDS, "两年")
    assert set(await form.hand_in()) == {"ends"}
    form.write(forms.ENDS, "两小时")
    assert await form.hand_in() == {}
    await form.see("", "在 `primary` 中代班")


async def test_who_could_not_act_cannot_stand_in(page: Page) -> None:
    said = words_of(await page.type(OMAR, "/sms oncall set @lin for 2h"))
    assert "<@U0LIN> cannot stand in: the role *on-call* is missing" in said
    assert "`@sms-oncall`" in said
    said = words_of(await page.type(OMAR, "/sms oncall set @sms-admins for 2h"))
    assert "stands in for `primary`" in said


async def test_what_cannot_be_read_changes_nothing(page: Page) -> None:
    no_rota = "is no rota, no person and no time"
    wrong = {
        "set primary @nobody-here for 2h": f"`@nobody-here` {no_rota}",
        "set secondary @maya": "`secondary` is no rota and no time.",
        "set primary omar for 2h": "Write people as `@omar`.",
        "set @maya until the day after never": "This is not read as a time.",
        "set @maya for 2h until tomorrow 9am": "Say `until` or `for`, not both.",
        "set @maya from tomorrow 10am until tomorrow 9am": "It ends before it begins.",
        "set @maya for ever": "That is no length of time.",
        "phone 123": "123",
        "phone @maya 13800000024": "You need the role *owner*",
    }
    for typed, said in wrong.items():
        assert said in words_of(await page.type(OMAR, f"/sms oncall {typed}")), typed
    shown = words_of(await page.type(OMAR, "/sms oncall"))
    assert "stands in" not in shown
    assert "Numbers known: 0 / 2" in shown


async def test_a_number_is_ones_own_and_shown_masked(page: Page) -> None:
    assert "No number of <@U0OMAR> is known" in words_of(await page.type(OMAR, "/sms oncall phone"))
    said = words_of(await page.type(OMAR, "/sms oncall phone 138 0000 0024"))
    assert "<@U0OMAR> is called under +86 138****0024 from now on." in said
    said = words_of(await page.type(MAYA, "/sms oncall phone @omar +65 8123 4567"))
    assert "The voice service calls mainland numbers only" in said
    assert "gone" in words_of(await page.type(OMAR, "/sms oncall phone remove"))
    assert "No number is known" in words_of(await page.type(OMAR, "/sms oncall phone remove"))
    for typed in ("phone", "set primary @maya for 2h"):
        assert "需要以下角色之一：*值班（oncall）*、*负责人（owner）*" in words_of(
            await page.type(LIN, f"/sms oncall {typed}")
        )


async def test_a_number_is_tried_by_one_call_and_key_one_confirms_it(
    night: Night, page: Page
) -> None:
    said = await page.type(OMAR, f"/sms oncall phone {OMARS}")
    assert "Nobody has tried it yet, and a wrong digit wakes a stranger." in words_of(said)
    assert "Never tried: <@U0OMAR>" in words_of(await page.type(OMAR, "/sms oncall"))
    await page.press(OMAR, said, "oncall.try")
    await page.see_whisper(OMAR, "+86 139****0001 of <@U0OMAR> is called now. Press 1")
    night.press(await night.ring(OMARS), "1")
    told = await night.direct(OMAR, "1 was pressed in the call to +86 139****0001")
    assert "If that was not <@U0OMAR>, set the number anew" in words_of(told)
    shown = words_of(await page.type(OMAR, "/sms oncall"))
    assert "Tried by a call: <@U0OMAR> (<!date^" in shown
    assert "Never tried" not in shown
    said = await page.type(OMAR, "/sms oncall phone")
    assert "A call to it was confirmed on" in words_of(said)
    # It takes no call from an alert, and another number is another matter.
    await page.press(OMAR, said, "oncall.try")
    await page.see_whisper(OMAR, "Not now: a call that only tries the number")
    said = await page.type(OMAR, f"/sms oncall phone {MAYAS}")
    assert "Nobody has tried it yet" in words_of(said)
    assert night.calls() == [OMARS]
    trail = words_of(await page.type(MAYA, "/sms audit what=oncall"))
    assert "tried an on-call number" in trail


async def test_a_call_nobody_confirms_leaves_the_number_untried_and_says_why(
    night: Night, page: Page
) -> None:
    said = await page.type(MAYA, f"/sms oncall phone @omar {OMARS}")
    await page.press(MAYA, said, "oncall.try")
    call = await night.ring(OMARS)
    night.local.sandbox.world.switchboard.decline(call.callid, SWITCHED_OFF)
    # The cause is told apart from the end of the call, and may come later.
    told = words_of(await night.direct(MAYA, "it is off"))
    assert (
        "The call did not reach +86 139****0001: it is off. The number of <@U0OMAR> stays untried."
        in told
    )
    await night.wait(minutes=11)
    said = await page.type(OMAR, "/sms oncall phone")
    assert "Nobody has tried it yet" in words_of(said)
    await page.press(OMAR, said, "oncall.try")
    night.press(await night.ring(OMARS), "2")
    await night.direct(OMAR, "2 was pressed in the call to +86 139****0001, not 1")
    assert "Never tried: <@U0OMAR>" in words_of(await page.type(OMAR, "/sms oncall"))


async def test_somebody_elses_number_is_tried_by_owners_alone(night: Night, page: Page) -> None:
    theirs = await page.type(MAYA, f"/sms oncall phone {MAYAS}")
    found = find_button(theirs["blocks"], "oncall.try")
    mine = await page.type(OMAR, f"/sms oncall phone {MAYAS}")
    await page.press(OMAR, mine, "oncall.try")
    await page.see_whisper(OMAR, "Somebody else is called under this number too")
    # A press of somebody who is shown no such button.
    action = {"action_id": "oncall.try", "value": found["value"]}
    pressed = {"user": {"id": OMAR}, "channel": {"id": SMS}, "actions": [action]}
    answer = await Router(night.local.bot.services).action(pressed)
    assert isinstance(answer, Whisper)
    assert "You need the role *owner*" in answer.message.text
    await night.wait(seconds=5)
    assert night.calls() == []
