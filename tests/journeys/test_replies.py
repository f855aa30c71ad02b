"""Somebody answers a message: the channel hears of it in their thread, and nothing goes back but by
the form."""

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.locales import Locale
from bot.mounts.routing import Router
from bot.registry import Whisper
from bot.rules.delivery import MessageState
from bot.rules.lanes import UNPACED
from bot.rules.optouts import Scope
from bot.sandbox.workspace import Pace
from bot.settings import SlackMode
from handlers.flows.replies import TOLD_AN_HOUR
from storage import optouts
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.forms import OpenForm
from tests.journeys.limit_desk import Desk
from tests.journeys.people import (
    EVE,
    LIN,
    MAYA,
    OMAR,
    Json,
    Page,
    buttons_of,
    sends_of,
    words_of,
)

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
REPLIES = "C0REPLIES"
NUMBER, MASKED = "+8613800000001", "+86 138****0001"
OTHER = "+8613800000008"
OUR_TIMES = re.compile(r"<!date\^[0-9]+\^[^<>]*>")
HOSTILE = (
    ":tada: <!channel> <@U0MAYA> *bold* `x` <https://evil.example|free> https://evil.example &amp;"
)


class Inbox:
    """The phones that answer and the channel that hears of it."""

    def __init__(self, local: Local, page: Page, clock: HandClock) -> None:
        self.local, self.page = local, page
        self.desk = Desk(local, page, clock)

    async def answer(self, text: str, number: str = NUMBER) -> Json:
        """What somebody types on their phone, once the channel shows it."""
        before = len(self.shown())
        async with httpx.AsyncClient(trust_env=False) as http:
            path = f"{self.local.sandbox.url}/_sandbox/phones/{number}/reply"
            assert (await http.post(path, json={"text": text})).is_success
        await self.desk.see(lambda: len(self.shown()) > before)
        return self.shown()[-1]

    async def push(self, text: str, number: str = NUMBER, **fields: str) -> Json:
        """A callback that anybody who knows the address could post, once the channel shows it."""
        before = len(self.shown())
        mobile = number.removeprefix("+86")
        said = {"nationcode": "86", "mobile": mobile, "sign": "", "text": text, **fields}
        async with httpx.AsyncClient(trust_env=False) as http:
            url = address(self.local)
            answer = await http.post(url, json={**said, "time": int(self.now().timestamp())})
            assert answer.json() == {"result": 0, "errmsg": "OK"}
        await self.desk.see(lambda: len(self.shown()) > before)
        return self.shown()[-1]

    def now(self) -> datetime:
        return self.local.bot.services.clock()

    async def send(self, what: str = "1111 A1 今天", number: str = NUMBER) -> None:
        """A message that reaches a phone, and is known to have."""
        before = await self.delivered()
        await self.desk.wait(minutes=1)
        await self.page.send(MAYA, f"/sms send {number} {what}")

        async def is_known() -> bool:
            await self.desk.wait(seconds=1)
            return await self.delivered() > before

        await self.page.eventually(is_known)

    def shown(self) -> list[Json]:
        return self.page.cards(REPLIES)

    async def delivered(self) -> int:
        """How many messages the bot knows to have arrived."""
        look = f"SELECT 1 FROM messages WHERE state = {MessageState.DELIVERED.value}"
        return len(await self.local.bot.services.db.read(lambda tx: tx.all(look)))

    def sent(self) -> int:
        return len(sends_of(self.local))


@pytest.fixture
def inbox(local: Local, page: Page, clock: HandClock) -> Inbox:
    return Inbox(local, page, clock)


def address(local: Local) -> str:
    """Where replies are posted."""
    url = local.sandbox.world.state.account.reply_url
    assert url
    return url


def no_markup(message: Json) -> bool:
    """Whether nothing in what is shown mentions, links or formats."""
    said = OUR_TIMES.sub("", words_of(message))
    return not any(each in said for each in ("<", "*bold*", "`x`", ":tada:"))


async def test_replies_stand_in_the_numbers_thread_with_a_guess_and_without_their_text(
    inbox: Inbox, page: Page
) -> None:
    await inbox.send()
    first = await inbox.answer("什么时候到？")
    said = words_of(first)
    assert f"{MASKED} replied to 【腾讯云】" in said
    assert "*Probably answers:* `1111` 发货通知" in said
    assert "A guess, for a reply names no message" in said
    assert "is sent to nobody" in said
    assert "Auditors can read it" in said
    assert "什么时候" not in str(first)
    assert "13800000001" not in str(first)
    assert "thread_ts" not in first

    second = await inbox.answer("喂？")
    assert second["thread_ts"] == first["ts"]
    stranger = await inbox.push("你是谁", OTHER)
    assert stranger.get("thread_ts", stranger["ts"]) == stranger["ts"]
    assert "No guess what it answers" in words_of(stranger)
    assert "reply.answer" in buttons_of(stranger)
    assert "why.message" not in buttons_of(stranger)
    await page.press(LIN, first, "why.message", REPLIES)
    await page.see_whisper(LIN, "已送达", REPLIES)


async def test_who_says_no_is_out_at_once_and_the_thread_says_so(
    inbox: Inbox, local: Local, page: Page
) -> None:
    await inbox.send("1112")
    told = await inbox.answer("退订")
    assert ":no_bell: Opted out, at once: no more marketing under 【腾讯云】." in words_of(told)
    assert told["text"] == f"{MASKED} replied to 【腾讯云】 · opted out"
    assert "reply.answer" not in buttons_of(told)
    (known,) = await local.bot.services.db.read(optouts.of_number, NUMBER)
    assert (known.signature, known.scope) == ("腾讯云", Scope.MARKETING)

    # What they still take can be sent; what they declined is not offered.
    asking = await inbox.answer("订单呢")
    await page.press(OMAR, asking, "reply.answer", REPLIES)
    form = await OpenForm.opened(local, page, OMAR, "send.form")
    assert "1112" not in offered(form)
    assert "1111" in offered(form)
    # Who says more while the form is open is not written to.
    await form.choose("send.template", "1111")
    form.write("value.1", "A2")
    form.write("value.2", "明天")
    await inbox.send()
    await inbox.answer("别再发了")
    assert "said no" in (await form.hand_in())["template"]


def offered(form: OpenForm) -> list[str]:
    """The templates that can be chosen."""
    (chooser,) = (each for each in form.view["blocks"] if each["block_id"] == "template")
    return [option["value"] for option in chooser["element"]["options"]]


async def test_nothing_typed_in_the_thread_goes_anywhere_and_the_button_opens_the_form(
    inbox: Inbox, local: Local, page: Page
) -> None:
    await inbox.send()
    reply = await inbox.answer("请发给我新的时间")
    sent, held = inbox.sent(), len(local.sandbox.phones.messages(NUMBER))
    asked = len(local.sandbox.requests)
    typed = (
        "明天18点送到",
        f"/sms send {NUMBER} 1111 A2 明天",
        f"send {NUMBER} 1111 A2 明天",
        "<@U0SMSBOT> send him: tomorrow",
        "```/sms send```",
    )
    for line in typed:
        done = await page.do("say", user=MAYA, channel=REPLIES, text=line, thread_ts=reply["ts"])
        assert done["ok"], done
    await page.react(MAYA, {**reply, "channel": REPLIES}, "white_check_mark")
    for _ in range(5):
        await inbox.desk.wait(minutes=1)
    assert inbox.sent() == sent
    assert len(local.sandbox.phones.messages(NUMBER)) == held
    new = local.sandbox.requests[asked:]
    assert not [each for each in new if "明天" in str(each.body)]

    await page.press(EVE, reply, "reply.answer", REPLIES)
    await page.see_whisper(EVE, "requester", REPLIES)
    await page.press(MAYA, reply, "reply.answer", REPLIES)
    form = await OpenForm.opened(local, page, MAYA, "send.form")
    assert f"To *{MASKED}*, who replied" in form.words
    assert "13800000001" not in str(form.view)
    # Neither a code nor what is still under review.
    assert "1110" not in offered(form)
    await form.choose("send.template", "1111")
    assert f"To *{MASKED}*, who replied" in form.words
    assert "send.number" not in str(form.view)
    assert set(await form.hand_in()) == {"1111"}
    form.write("value.1", "A2")
    form.write("value.2", "明天")
    assert await form.hand_in() == {}
    await form.see("send.preview", "您的订单A2已发货")
    assert inbox.sent() == sent
    await form.hand_in()
    await inbox.desk.see(lambda: len(local.sandbox.phones.messages(NUMBER)) > held)
    assert len(local.sandbox.phones.messages(NUMBER)) == held + 1
    assert inbox.sent() == sent + 1


async def test_only_an_auditor_reads_what_was_written_and_the_log_says_so(
    inbox: Inbox, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smsops")
    reply = await inbox.push(f"{HOSTILE}\nsecond line\u202e", sign=HOSTILE[:60])
    assert no_markup(reply)
    await page.press(EVE, reply, "reply.view", REPLIES)
    refused = await page.see_whisper(EVE, "auditor", REPLIES)
    assert "second line" not in words_of(refused)
    assert not [each for each in caplog.records if getattr(each, "event", "") == "reply_read"]

    await page.press(MAYA, reply, "reply.view", REPLIES)
    read = await page.see_whisper(MAYA, "second line", REPLIES)
    assert no_markup(read)
    assert "\u202e" not in words_of(read)
    assert "Only you see this" in words_of(read)
    (line,) = (each for each in caplog.records if getattr(each, "event", "") == "reply_read")
    assert vars(line)["user"] == MAYA
    assert "second line" not in caplog.text


@pytest.mark.parametrize("action_id", ["reply.view", "reply.answer"])
async def test_a_button_of_no_reply_is_out_of_date(local: Local, action_id: str) -> None:
    for value in ("", "x'; --", "9" * 2_000):
        pressed = {
            "user": {"id": MAYA},
            "channel": {"id": REPLIES},
            "actions": [{"action_id": action_id, "value": value}],
        }
        answer = await Router(local.bot.services).action(pressed)
        assert isinstance(answer, Whisper)
        assert "out of date" in answer.message.text


class TestShown:
    """Where app.yaml says that the channel reads it."""

    @pytest.fixture
    def overrides(self) -> Mapping[str, object]:
        return {"replies.show_text": True}

    @pytest.fixture
    def language(self) -> Locale:
        return Locale.ZH_CN

    async def test_the_text_is_shown_as_a_quotation_and_does_nothing(
        self, inbox: Inbox, page: Page
    ) -> None:
        await inbox.send()
        reply = await inbox.push(f"{HOSTILE}\n打给 13912345678" + "\n很长" * 600, sign="腾讯云")
        said = words_of(reply)
        assert f"{MASKED} 回复了【腾讯云】" in said
        assert "> ∶tada: &lt;!channel&gt; &lt;@U0MAYA&gt;" in said
        assert no_markup(reply)
        assert "13912345678" not in str(reply)
        assert "可能在回复" in said
        assert "不会发给任何人" in said
        assert len(said) < 3_500
        section: Any = next(each for each in reply["blocks"] if "很长" in str(each))
        assert section["text"]["text"].endswith("> …")

        late = await inbox.answer("还在吗")
        assert late["thread_ts"] == reply["ts"]
        assert late.get("subtype") is None
        await inbox.desk.wait(hours=30)
        late = await inbox.answer("还在吗？？")
        assert (late["thread_ts"], late["subtype"]) == (reply["ts"], "thread_broadcast")


async def test_a_thread_that_is_gone_from_slack_is_begun_anew(
    inbox: Inbox, local: Local, page: Page
) -> None:
    first = await inbox.push("一")
    await local.bot.services.slack.web.chat_delete(channel=REPLIES, ts=first["ts"])
    await page.see(lambda: inbox.shown() == [])
    second = await inbox.push("二")
    third = await inbox.push("三")
    assert second["ts"] != first["ts"]
    assert second.get("thread_ts") in {None, second["ts"]}
    assert third["thread_ts"] == second["ts"]


async def test_a_flood_is_gathered_in_one_message_and_every_opt_out_counts(
    inbox: Inbox, local: Local, page: Page
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        url = address(local)
        for nth in range(TOLD_AN_HOUR + 7):
            said = {"nationcode": "86", "mobile": f"137{nth:08}", "text": "TD", "time": 1}
            assert (await http.post(url, json=said)).is_success
    gathered = await inbox.desk.see(
        lambda: next((each for each in inbox.shown() if "7 more replies" in words_of(each)), {})
    )
    assert "Opt-outs among them: 7" in words_of(gathered)
    await inbox.push("还有人吗？", OTHER)
    assert len(inbox.shown()) == TOLD_AN_HOUR + 2
    counts = await local.bot.services.db.read(optouts.count)
    assert sum(counts.values()) == TOLD_AN_HOUR + 7


async def test_the_thread_is_found_again_after_a_restart(
    tmp_path: Path, mode: SlackMode, clock: HandClock
) -> None:
    plan = Plan(
        APP_YAML, tmp_path, slack_pace=UNPACED, mode=mode, sandbox=QUICK, pace=Pace(), clock=clock
    )
    roots: list[str] = []
    for text in ("一", "二"):
        async with running_locally(plan) as local, httpx.AsyncClient(trust_env=False) as http:
            said = await Inbox(local, Page(local.workspace, http), clock).push(text)
            roots.append(said["thread_ts"] if "thread_ts" in said else said["ts"])
    assert roots[0] == roots[1]
