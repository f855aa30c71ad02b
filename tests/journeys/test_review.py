"""From the form to the end of the review, and what Tencent's own books say of it."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.locales import Locale, text
from bot.rules.changes import TemplateChange, TemplateText
from bot.rules.classes import TemplateClass
from bot.rules.delivery import SETTLE_TIME
from bot.rules.lanes import UNPACED
from bot.sandbox.tencent.content import Template
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.sandbox.workspace import Pace
from bot.settings import SlackMode
from storage import content
from tests.journeys.clock import HandClock
from tests.journeys.conftest import APP_YAML, QUICK
from tests.journeys.forms import OpenForm
from tests.journeys.people import BO, LIN, MAYA, OMAR, Json, Page, buttons_of, words_of
from tests.journeys.test_approvals import ask
from tests.journeys.watching import see_alert
from tests.policies import plain, row

REVIEWS = "C0REVIEWS"
YES = "white_check_mark"
NAME = "注册码"
UNSAID, FIRST, SECOND = "您的注册码是{1}。", "您的验证码是{1}。", "您的验证码是{1}，请勿泄露。"
REASON = "模板中两个变量不能相邻。"
SIGN, PNG = "明月电子", b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000
TEXT = TemplateText("到货通知", "您的订单已到货，请取件。", TemplateClass.NOTICE, False, "到货")
#: The languages of a channel; who asks has the other one now and then.
in_both_languages = pytest.mark.parametrize("language", list(Locale), indirect=True)
#: What comes in by either transport is tried in the first test over both.
once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
Judge = Callable[..., Awaitable[None]]


@pytest.fixture
async def local(
    tmp_path: Path, mode: SlackMode, clock: HandClock, language: Locale
) -> AsyncIterator[Local]:
    """As everywhere, but a change of a template takes two approvals."""
    overrides = {
        "language": language,
        **plain(row(2, "template.modify")),
    }
    plan = Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        mode=mode,
        sandbox=QUICK,
        pace=Pace(),
        clock=clock,
        overrides=overrides,
    )
    async with running_locally(plan) as running:
        yield running


@pytest.fixture
def judge(local: Local) -> Judge:
    """The reviewer's desk."""

    async def verdict(
        content_id: int, verdict: str, reason: str = "", kind: str = "templates"
    ) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(
                f"{local.sandbox.url}/_sandbox/reviews/{kind}/{content_id}",
                json={"verdict": verdict, "reason": reason},
            )
        assert answer.status_code == 200, answer.text

    return verdict


async def pass_time(local: Local, clock: HandClock, by: timedelta) -> None:
    """Time passes, and the clock ticks."""
    clock.advance(by)
    await local.bot.clock.tick()


async def only_the_desk_decides(local: Local) -> None:
    """From here on nothing is reviewed by itself."""
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{local.sandbox.url}/_sandbox/reviews/pace"
        answer = await http.put(url, json={"review_delay_s": None})
    assert answer.status_code == 200, answer.text


def made(local: Local, name: str = NAME) -> list[Template]:
    """What Tencent has of that name."""
    return [each for each in local.sandbox.world.state.templates.values() if each.name == name]


def bodies(local: Local, action: str) -> list[dict[str, Any]]:
    return [json.loads(r.body) for r in local.sandbox.requests if r.action == action]


async def fill(form: OpenForm, content: str) -> None:
    """A template for codes."""
    await form.choose("template.class", "otp")
    await form.type("template.name", NAME)
    await form.type("template.remark", "用户注册时发送，例如 123456")
    await form.type("template.content", content)


async def hand_in(form: OpenForm) -> None:
    """Whatever the linter thinks no more than likely."""
    assert await form.hand_in() == {}
    await form.see("", text(Locale.ZH_CN, "asked.waits").partition("*")[0].strip())
    await form.close()


async def see_in_thread(page: Page, card: Json, words: str) -> Json:
    """The message under a card that says `words`."""
    await page.see_reply(card, words)
    return next(
        each
        for each in page.cards()
        if each.get("thread_ts") == card["ts"] and words in words_of(each)
    )


@in_both_languages
async def test_drafted_linted_approved_rejected_mended_approved_by_two_and_used(
    local: Local, page: Page, clock: HandClock, judge: Judge, language: Locale
) -> None:
    waiting = text(language, "requests.state.awaiting_approval")
    await page.type(LIN, "/sms template new")
    form = await OpenForm.opened(local, page, LIN, "template.form")
    await fill(form, UNSAID)
    await form.see("template.form", text(Locale.ZH_CN, "lint.rule.T-OTP-WORD.says", word="验证码"))
    await form.press("template.fix_one", "T-OTP-WORD")
    await form.type("template.content", FIRST)
    await hand_in(form)
    card = await page.see_card(waiting)
    await page.react(BO, card, YES)
    await page.see_card(text(language, "requests.card.done_create"))
    (template,) = made(local)
    assert template.content == FIRST

    await judge(template.template_id, "reject", REASON)
    await pass_time(local, clock, timedelta(seconds=90))
    meaning = text(language, "review_replies.variable_adjacent.meaning")
    told = await see_in_thread(page, card, meaning)
    assert words_of(told).count("<@U0LIN>") == 1
    assert f"> {REASON}" in words_of(told)
    posted = await page.see_card(meaning, REVIEWS)
    assert "<@U0LIN>" not in words_of(posted)
    assert buttons_of(told) == ["review.fix"]
    assert "review.fix" in buttons_of(posted)
    await page.see_card(text(language, "review.rejected_with", reply=REASON))

    await page.press(LIN, posted, "review.fix", REVIEWS)
    form = await OpenForm.opened(local, page, LIN, "template.form")
    assert REASON in form.words
    assert (form.holds("template.name"), form.holds("template.content")) == (NAME, FIRST)
    await fill(form, SECOND)
    await hand_in(form)
    again = await page.see_card(
        text(language, "requests.card.awaiting_many", have=0, needed=2), REVIEWS
    )
    await page.react(BO, {**again, "channel": REVIEWS}, YES)
    await page.see_card(text(language, "requests.card.awaiting_many", have=1, needed=2), REVIEWS)
    assert made(local)[0].content == FIRST
    await page.press(MAYA, again, "approve.yes", REVIEWS)
    await page.see_card(text(language, "requests.card.done_modify"), REVIEWS)
    (template,) = made(local)
    assert template.content == SECOND

    await judge(template.template_id, "approve")
    await pass_time(local, clock, timedelta(seconds=90))
    await page.see_card(text(language, "review.meaning.usable"), REVIEWS)
    usable = text(language, "review.result.usable", what="")
    await page.see_reply(again, usable, REVIEWS)
    results = await page.see(lambda: channel_results(page, usable))
    assert len(results) == 1
    preview = await page.type(MAYA, f"/sms send 13800000001 {template.template_id} 1=123456")
    assert "send.confirm" in buttons_of(preview)
    assert len(bodies(local, "AddSmsTemplate")) == len(bodies(local, "ModifySmsTemplate")) == 1


@once
@in_both_languages
async def test_a_signature_goes_from_a_picture_in_the_form_to_its_first_preview(
    local: Local, page: Page, clock: HandClock, judge: Judge, language: Locale
) -> None:
    await page.type(LIN, "/sms sign new")
    form = await OpenForm.opened(local, page, LIN, "sign.form")
    await form.type("sign.name", SIGN)
    await form.choose("sign.type", "0")
    await form.see("sign.form", text(Locale.ZH_CN, "sign.proof"))
    await form.choose("sign.document", "0")
    await form.put_file("sign.proof", "licence.png", PNG)
    await hand_in(form)
    card = await page.see_card(text(language, "requests.state.awaiting_approval"))
    assert SIGN in words_of(card)
    assert "licence.png" in words_of(card)
    await page.press(MAYA, card, "approve.yes")
    await page.see_card(text(language, "requests.card.done_create"))
    (asked,) = bodies(local, "AddSmsSign")
    assert base64.b64decode(asked["ProofImage"]) == PNG
    (made_id,) = (
        each.signature_id
        for each in local.sandbox.world.state.signatures.values()
        if each.name == SIGN
    )
    line = f"/sms send 13800000001 1110 code=123456 sign={SIGN}"
    assert "send.confirm" not in buttons_of(await page.type(MAYA, line))

    await judge(made_id, "approve", kind="signatures")
    await pass_time(local, clock, timedelta(seconds=90))
    await page.see_reply(card, text(language, "review.result.usable", what=""))
    preview = await page.type(MAYA, line)
    assert "send.confirm" in buttons_of(preview)
    assert f"【{SIGN}】" in words_of(preview)


def channel_results(page: Page, words: str) -> list[Json]:
    """What the channel for reviews itself says, threads left out."""
    return [
        each
        for each in page.cards(REVIEWS)
        if words in words_of(each) and each.get("thread_ts", each["ts"]) == each["ts"]
    ]


async def ask_and_approve(local: Local, page: Page, language: Locale = Locale.EN) -> Json:
    """A request of LIN's that MAYA approves; returns its card."""
    await ask(local, TemplateChange(text=TEXT))
    card = await page.see_card(text(language, "requests.state.awaiting_approval"))
    await page.press(MAYA, card, "approve.yes")
    return card


@once
@in_both_languages
async def test_a_review_that_drags_on_is_an_alert_until_there_is_a_verdict(
    local: Local, page: Page, clock: HandClock, judge: Judge, language: Locale
) -> None:
    await only_the_desk_decides(local)
    card = await ask_and_approve(local, page, language)
    await page.see_card(text(language, "requests.card.done_create"))
    (template,) = made(local, TEXT.name)
    # Tencent names two hours; it is said once somebody has looked after that.
    await pass_time(local, clock, timedelta(hours=2, minutes=1))
    await pass_time(local, clock, timedelta(minutes=31))
    what = text(language, "review.what.template", id=template.template_id, name=TEXT.name)
    title = text(language, "alert_content.overdue.title", what=what)
    helper = text(Locale.ZH_CN, "review.overdue_paste")
    alert = await see_alert(local, page, clock, title, REVIEWS)
    assert f"模板 {template.template_id}" in words_of(alert)
    assert (helper in words_of(alert)) is (language is Locale.ZH_CN)
    told = await see_in_thread(page, card, text(language, "review.overdue_paste"))
    assert "<@U0LIN>" in words_of(told)
    assert "<@U0LIN>" not in words_of(alert)
    await page.press(OMAR, alert, "alerts.ack", REVIEWS)
    await page.see_card(text(language, "alerts.line.acknowledge", person=f"<@{OMAR}>"), REVIEWS)

    await judge(template.template_id, "approve")
    await pass_time(local, clock, timedelta(minutes=31))
    await pass_time(local, clock, timedelta(seconds=61))
    usable = text(language, "review.result.usable", what=what)
    await page.see_card(usable, REVIEWS)
    over = text(language, "alerts.state.resolved")
    warning = text(language, "alerts.severity.warning")
    ended = await see_alert(local, page, clock, f"{over} · {warning}", REVIEWS)
    assert ended["ts"] == alert["ts"]
    assert title in words_of(ended)


@once
async def test_what_somebody_does_in_the_console_is_told_once(
    local: Local, page: Page, clock: HandClock
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        await http.post(
            f"{local.sandbox.url}/_sandbox/templates",
            json={
                "template_id": 2600,
                "name": "<!channel> *console*",
                "content": "控制台里做的。",
                "sms_type": 2,
                "international": 0,
                "status": -1,
                "review_reply": "不规范",
            },
        )
    await pass_time(local, clock, timedelta(seconds=61))
    told = await page.see_card("Templates were changed outside smsops", REVIEWS)
    assert "2600" in words_of(told)
    assert "不规范" in words_of(told)
    assert "<!channel>" not in words_of(told)
    for _ in range(2):
        await pass_time(local, clock, timedelta(seconds=61))
    assert len(page.cards(REVIEWS)) == 1


@once
async def test_an_add_whose_answer_is_lost_makes_exactly_one_template(
    local: Local, page: Page, clock: HandClock
) -> None:
    local.sandbox.world.faults.add(Fault("AddSmsTemplate", FaultKind.DROP_AFTER_ACCEPT))
    card = await ask_and_approve(local, page)
    await page.see_reply(card, "Nobody can tell whether")
    await pass_time(local, clock, timedelta(seconds=10))
    await page.see_card("Submitted to Tencent")
    await page.see_reply(card, "Its review at Tencent begins.")
    await pass_time(local, clock, SETTLE_TIME)
    assert len(made(local, TEXT.name)) == len(bodies(local, "AddSmsTemplate")) == 1


@once
async def test_where_no_list_tells_a_person_does(
    local: Local, page: Page, clock: HandClock
) -> None:
    local.sandbox.world.faults.add(Fault("AddSmsTemplate", FaultKind.DROP_AFTER_ACCEPT))
    local.sandbox.world.faults.add(Fault("DescribeSmsTemplateList", FaultKind.NOT_JSON, times=999))
    card = await ask_and_approve(local, page)
    await page.see_reply(card, "Nobody can tell whether")
    await pass_time(local, clock, timedelta(hours=1, seconds=5))
    asked = await see_in_thread(page, card, "Look in the console, then decide:")
    assert buttons_of(asked) == ["change.there", "change.again"]

    (template,) = made(local, TEXT.name)
    await page.press(LIN, asked, "change.there")
    form = await OpenForm.opened(local, page, LIN, "change.there_form")
    for wrong in ("2OO1", "１"):
        form.write("change.there_id", wrong)
        assert "数字" in (await form.hand_in())["there_id"]
    before = await local.bot.services.db.read(content.get_template, "1110")
    form.write("change.there_id", "1110")
    assert "there_id" in await form.hand_in()
    assert await local.bot.services.db.read(content.get_template, "1110") == before
    local.sandbox.world.faults.clear()
    form.write("change.there_id", "987654")
    assert "没有这个" in (await form.hand_in())["there_id"]
    form.write("change.there_id", str(template.template_id))
    assert await form.hand_in() == {}
    done = await page.see_card("Submitted to Tencent")
    assert "<@U0LIN> found it in the console." in words_of(done)
    await page.press(LIN, asked, "change.again")
    await page.see_whisper(LIN, "已有结论")
    assert len(bodies(local, "AddSmsTemplate")) == 1
