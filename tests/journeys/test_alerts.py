"""An alert from its first sign to its end: one card, whoever acts on it and however."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.locales import Locale
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.sandbox.workspace import Fault, FaultKind
from bot.settings import SlackMode
from bot.slack.messages import silences as forms
from handlers.flows import alerts
from storage import alert_posts
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
    until_said,
    words_of,
)

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
NUMBER = "13800000001"
ACK, UNACK, RESOLVE, REOPEN = "alerts.ack", "alerts.unack", "alerts.resolve", "alerts.reopen"
SILENCE, EVIDENCE = "alerts.silence", "alerts.evidence_0"


class Desk:
    """Somebody who looks at the alerts while time passes."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page, self._clock = local, page, clock

    async def hit_limit(self, number: str = NUMBER) -> None:
        """A second message to one number within half a minute."""
        await self.page.send(MAYA, f"/sms send {number} 1110 123456")
        await self.page.type(MAYA, f"/sms send {number} 1110 123456")

    async def raised(self, kind: AlertKind, severity: Severity, **labels: str) -> None:
        """An alert of another kind."""
        services = self.local.bot.services
        signal = Signal(kind, severity, labels)
        await services.db.write(alerts.raise_event, signal, services.settings, services.clock())

    async def wait(self, **time: float) -> None:
        self._clock.advance(timedelta(**time))
        self.local.bot.services.wake()

    async def see(self, *words: str) -> Json:
        """Lets time pass until a card says all of `words`, and what goes with it is said too."""

        async def look() -> Json:
            await self.wait(seconds=6)
            # On a slow machine no more of it passes than Slack keeps up with.
            await until_said(self.local, self.page)
            return next(
                (c for c in self.page.cards(ALERTS) if all(w in words_of(c) for w in words)), {}
            )

        return await self.page.eventually(look)

    async def press(self, user: str, card: Json, action: str) -> None:
        await self.page.press(user, card, action, ALERTS)

    async def react(self, user: str, card: Json, name: str, *, add: bool = True) -> None:
        await self.page.react(user, {**card, "channel": ALERTS}, name, add=add)

    async def choose(self, user: str, card: Json, chosen: str) -> None:
        """One of the lengths of time in the card's list."""
        element = find_button(card["blocks"], SILENCE)
        option = next(each for each in element["options"] if each["value"].endswith(f"|{chosen}"))
        action = {
            "type": "static_select",
            "action_id": SILENCE,
            "block_id": element["block_id"],
            "selected_option": option,
        }
        await self.page.do(
            "action", user=user, channel=ALERTS, message_ts=card["ts"], action=action
        )

    def whispered(self, user: str, least: int = 1, channel: str = ALERTS) -> list[str]:
        found = [words_of(each) for each in self.page.whispers(user, channel)]
        return found if len(found) >= least else []


@pytest.fixture
def desk(local: Local, page: Page, clock: HandClock) -> Desk:
    return Desk(local, page, clock)


def id_of(card: Mapping[str, str]) -> str:
    return card["text"].rpartition(" ")[2]


async def test_a_limit_that_is_hit_is_told_acknowledged_silenced_and_resolved(
    desk: Desk, page: Page
) -> None:
    await desk.hit_limit()
    card = await desk.see("*Firing · warning*", "*demo: ", "What it means", "What to do")
    assert buttons_of(card) == [ACK, SILENCE, RESOLVE, EVIDENCE]
    await desk.react(OMAR, card, "eyes")
    card = await desk.see("In hand · warning", "<@U0OMAR> has it in hand", "(by emoji)")
    assert buttons_of(card)[0] == UNACK
    # The emoji taken back gives it back; another one's changes nothing.
    await desk.react(MAYA, card, "eyes")
    assert "in hand already" in (await page.see(lambda: desk.whispered(MAYA)))[0]
    await desk.react(MAYA, card, "eyes", add=False)
    await desk.react(OMAR, card, "eyes", add=False)
    card = await desk.see("*Firing · warning")
    await desk.choose(OMAR, card, "3600")
    told = await page.see(lambda: desk.whispered(OMAR))
    assert "Open alerts it covers: 1." in told[-1]
    card = await desk.see("Silenced · warning", "<@U0OMAR> silenced it until", 'app="demo"')
    await desk.react(OMAR, card, "white_check_mark")
    card = await desk.see("Resolved · warning", "<@U0OMAR> resolved it")
    assert "Its facts go on" not in words_of(card)
    assert buttons_of(card) == [REOPEN, EVIDENCE]
    assert len(page.cards(ALERTS)) - len(page.replies(card, ALERTS)) == 1
    replies = page.replies(card, ALERTS)
    for nth, words in enumerate(("in hand", "gave it back", "silenced it", "resolved it")):
        assert words in replies[nth], replies


async def test_of_two_who_acknowledge_at_once_one_is_told_who_was_first(
    desk: Desk, page: Page
) -> None:
    await desk.hit_limit()
    card = await desk.see("Firing · warning")
    await asyncio.gather(*(desk.press(user, card, ACK) for user in (MAYA, OMAR)))
    both = (MAYA, OMAR)
    told = await page.see(lambda: [said for user in both for said in desk.whispered(user)])
    assert len(told) == 1
    assert "has `" in told[0]
    assert "in hand already" in told[0]
    card = await desk.see("has it in hand since")
    assert len(page.replies(card, ALERTS)) == 1


async def test_an_emoji_quicker_than_slacks_answer_to_our_card_counts(
    desk: Desk, page: Page, local: Local
) -> None:
    await desk.hit_limit()
    await desk.wait(seconds=30)
    slow = Fault("chat.postMessage", FaultKind.SLOW, channel=ALERTS, delay_s=0.3)
    local.workspace.faults.add(slow)
    await desk.wait(seconds=6)
    card = await page.see_card("Firing · warning", ALERTS)
    group = await local.bot.services.db.read(alert_posts.find, card["ts"])
    assert group == ([], True), "we do not know yet where it is"
    await desk.react(OMAR, card, "eyes")
    await page.see_reply(card, "<@U0OMAR> has it in hand", ALERTS)


async def test_only_who_is_on_call_or_an_admin_acts_whichever_way(desk: Desk, page: Page) -> None:
    await desk.hit_limit()
    card = await desk.see("Firing · warning")
    for action in (ACK, RESOLVE):
        await desk.press(LIN, card, action)
    await desk.react(LIN, card, "eyes")
    await desk.choose(LIN, card, "1800")
    told = await page.see(lambda: desk.whispered(LIN, 4))
    assert ["@sms-oncall" in each for each in told] == [True] * 4
    for line in ("ack", "resolve", f"silence {id_of(card)} 4h", "unsilence S-0000"):
        said = await page.type(LIN, f"/sms alerts {line}")
        assert "@sms-oncall" in words_of(said), line
    assert page.replies(card, ALERTS) == []


async def test_typed_it_is_the_same_and_one_that_is_open_needs_no_id(
    desk: Desk, page: Page
) -> None:
    assert "No alert is open" in words_of(await page.type(OMAR, "/sms alerts"))
    assert "No alert is open" in words_of(await page.type(OMAR, "/sms alerts ack"))
    await desk.hit_limit()
    card = await desk.see("Firing · warning")
    group_id = id_of(card)
    said = await page.type(OMAR, "/sms 告警 认领")
    assert f"You have `{group_id}` in hand" in words_of(said)
    shown = await page.type(OMAR, f"/sms alerts {group_id.lower()}")
    assert "<@U0OMAR> has it in hand" in words_of(shown)
    assert "History" in words_of(shown)
    # What was shown to one person follows what they press in it.
    await page.press(OMAR, shown, f"{UNACK}_here")
    await page.see(
        lambda: any("*Firing · warning" in words_of(each) for each in page.whispers(OMAR, SMS))
    )
    said = await page.type(MAYA, f"/sms alerts resolve {group_id} because of a test of ours")
    assert "is resolved" in words_of(said)
    assert "of a test of ours" in await page.see_reply(card, "resolved it", ALERTS)
    await desk.see("Resolved · warning")
    said = await page.type(OMAR, f"/sms alerts ack {group_id}")
    assert "<@U0MAYA> resolved" in words_of(said)
    assert group_id in words_of(await page.type(OMAR, "/sms alerts list resolved"))
    said = await page.type(OMAR, f"/sms alerts reopen {group_id}")
    assert "is open again" in words_of(said)
    await desk.see("*Firing · warning")


LINES = {
    "list alert=limit_hitt": "Did you mean `limit_hit`",
    'list app=~"demo|web"': "1 of 2 open",
    '{alert="limit_hit", app!="x y"}': "1 of 2 open",
    "severity=critical": "1 of 2 open",
    "list app=nobody": "No open alert fits",
    'list app="demo': "quote is not closed",
    "list resolved": "None was resolved",
    "resolv A-7K3Q": "`/sms alerts resolve`",
    "A-ZZZZ": "There is no alert `A-ZZZZ`",
    "show A-ZZZZ": "There is no alert `A-ZZZZ`",
    "ack A-ZZZZ": "There is no alert `A-ZZZZ`",
    "ack nonsense": "There is no alert `nonsense`",
    "ack": "Which one?",
    "reopen": "Which one?",
    "unsilence": "Which one?",
    "unsilence S-ZZZZ": "no silence `S-ZZZZ`",
    "silence alert=~( for 4h": "no regular expression",
    "silence app=demo for ever": "`ever` is no length of time",
    "silence app=demo for 90d": "30d",
    "silence app=demo until 25:00": "no such time",
    "silence app=demo for 4h until 23:00": "one of the two",
    "silence A-ZZZZ for 4h": "There is no alert `A-ZZZZ`",
    "silences": "Nothing is silenced",
}


async def test_a_line_that_cannot_be_done_says_why(desk: Desk, page: Page) -> None:
    await desk.raised(AlertKind.LIMIT_HIT, Severity.WARNING, app="demo")
    await desk.raised(AlertKind.ARREARS, Severity.CRITICAL)
    for line, words in LINES.items():
        said = words_of(await page.type(OMAR, f"/sms alerts {line}"))
        assert words in said, line


async def test_a_silence_is_filled_in_told_what_it_covers_and_ended(
    desk: Desk, page: Page, local: Local
) -> None:
    await desk.hit_limit()
    card = await desk.see("Firing · warning")
    await desk.choose(OMAR, card, "custom")
    form = await OpenForm.opened(local, page, OMAR, forms.FORM)
    assert form.holds(forms.MATCHERS) == ('alert="limit_hit", app="demo", severity=~"info|warning"')
    assert "covers now: 1 of 1" in form.words
    await form.type(forms.MATCHERS, 'app="web"')
    await form.see(forms.FORM, "It covers no open alert now")
    await form.type(forms.MATCHERS, "app=")
    await form.see(forms.FORM, "A value is missing")
    assert set(await form.hand_in()) == {forms.MATCHERS_BLOCK}
    await form.type(forms.MATCHERS, 'app=~".*"')
    await form.see(forms.FORM, "This silences everything")
    form.write(forms.LASTS, "到明天9点")
    form.write(forms.COMMENT, "<!channel> *load* test")
    await form.hand_in()
    await form.see(forms.FORM, "Press again")
    await form.hand_in()
    await form.see("", "Open alerts it covers: 1.")
    card = await desk.see("Silenced · warning", "“&lt;!channel&gt; ∗load∗ test”")
    listed = await page.type(OMAR, "/sms alerts silences")
    assert "open alerts it covers: 1" in words_of(listed)
    await page.press(OMAR, listed, forms.END)
    await desk.see("*Firing · warning")


async def test_the_story_an_alert_names_is_a_button_away(desk: Desk, page: Page) -> None:
    await desk.hit_limit()
    card = await desk.see("Firing · warning")
    await desk.press(LIN, card, EVIDENCE)
    told = await page.see(lambda: desk.whispered(LIN))
    assert "R-" in told[-1]


@pytest.mark.parametrize("language", [Locale.ZH_CN], indirect=True)
async def test_in_a_chinese_channel_the_card_is_chinese(desk: Desk, page: Page) -> None:
    await desk.hit_limit()
    card = await desk.see("告警中 · 警告", "含义", "处理办法", "认领")
    await desk.react(OMAR, card, "eyes")
    await desk.see("处理中 · 警告", "<@U0OMAR> 正在处理", "（通过表情）")
