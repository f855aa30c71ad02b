"""Asked, decided on, taken back: by people, with buttons and emoji, over both transports."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.cli.local import Local
from bot.locales import Locale, text
from bot.rules.changes import TemplateBase, TemplateChange, TemplateText
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestState
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.people import Standing
from bot.settings import SlackMode
from handlers.flows import approvals
from storage import content, requests
from storage.db import Tx
from storage.requests import Request
from tests.journeys.clock import HandClock
from tests.journeys.people import BO, EVE, LIN, MAYA, SMS, Json, Page, buttons_of, words_of

YES, NO = "white_check_mark", "x"
LINE = "/sms send +8613800000001 1110 code=123456"
TEXT = TemplateText(
    "取件提醒", "您的快递{1}已到，请取件。", TemplateClass.NOTICE, False, "到件提醒"
)
NEW = TemplateChange(text=TEXT)
#: Listed by the sandbox from the start; to delete it takes two.
OLD_ID = "1112"
#: What comes in by either transport is tried in some tests over both.
once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
#: One channel in each language, each over one of the transports.
in_both_languages = pytest.mark.parametrize(
    ("mode", "language"),
    [(SlackMode.HTTP, Locale.EN), (SlackMode.SOCKET, Locale.ZH_CN)],
    indirect=True,
)


async def ask(local: Local, change: TemplateChange = NEW, requester: str = LIN) -> Request:
    """What the form does when it is handed in."""
    services = local.bot.services
    request = await services.db.write(
        approvals.ask,
        change.kind,
        "demo",
        change.payload(),
        requester=requester,
        channel=SMS,
        settings=services.settings,
        now=services.clock(),
    )
    services.cards_due.set()
    services.posts_due.set()
    return request


async def ask_to_delete(local: Local) -> Request:
    """Two people have to approve it."""
    listed = await local.bot.services.db.read(content.get_template, OLD_ID)
    assert listed is not None
    return await ask(local, TemplateChange(OLD_ID, TemplateBase(listed.name, listed.content)))


def edit_upstream(tx: Tx, now: datetime) -> None:
    """Somebody used the console, and our list has it."""
    listed = content.get_template(tx, OLD_ID)
    assert listed is not None
    content.put_templates(tx, [replace(listed, content="控制台里的新内容")], now)


async def state(local: Local, request: Request) -> RequestState:
    found = await local.bot.services.db.read(requests.get, request.id)
    assert found is not None
    return found.state


async def card_of(page: Page, request: Request, words: str = "") -> Json:
    """The card of a request, once it says `words`."""

    def look() -> Json:
        return next(
            (c for c in page.cards() if c["text"].endswith(request.id) and words in words_of(c)),
            {},
        )

    return await page.see(look)


async def submitted(local: Local) -> int:
    """How often Tencent was asked for a change."""
    changing = ("AddSmsTemplate", "ModifySmsTemplate", "DeleteSmsTemplate")
    return sum(entry.action in changing for entry in local.sandbox.requests)


async def test_an_emoji_approves_and_it_is_submitted_once(local: Local, page: Page) -> None:
    request = await ask(local)
    card = await card_of(page, request, "Waiting for approval")
    assert "您的快递{1}已到，请取件。" in words_of(card)
    assert "<@U0LIN>" in words_of(card)
    assert buttons_of(card) == ["approve.yes", "approve.no", "approve.withdraw"]

    await page.react(MAYA, card, "eyes")
    await page.react(MAYA, card, YES)
    done = await card_of(page, request, "Submitted to Tencent")
    assert "<@U0MAYA> approved" in words_of(done)
    assert buttons_of(done) == []
    await page.see_reply(card, "<@U0MAYA> approved. <@U0LIN>, it goes to Tencent now.")
    assert "asked for this" in page.replies(card)[0]

    await page.react(MAYA, card, YES, add=False)
    await page.see_whisper(MAYA, "acted on already")
    assert await state(local, request) is RequestState.DONE
    assert await submitted(local) == 1


async def test_a_button_approves_and_pressed_twice_it_approves_once(
    local: Local, page: Page
) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    # Both at once: with the first the card loses its buttons.
    await asyncio.gather(*(page.press(BO, card, "approve.yes") for _ in range(2)))
    await page.see_whisper(BO, f"你已批准过 {request.id}")
    await card_of(page, request, "Submitted to Tencent")
    assert await submitted(local) == 1


@in_both_languages
async def test_who_may_not_is_told_why_and_changes_nothing(local: Local, page: Page) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    asked = await page.see_reply(card, f"<@{LIN}>")
    for name in (YES, NO):
        await page.react(LIN, card, name)
    await page.press(LIN, card, "approve.yes")
    await page.see_whisper(LIN, "须由别人决定")
    await page.react(EVE, card, YES)
    await page.see_whisper(EVE, "Only `@sms-approvers` may decide")
    await page.press(EVE, card, "approve.withdraw")
    await page.see_whisper(EVE, "Only who asked")
    assert await state(local, request) is RequestState.AWAITING_APPROVAL
    assert page.replies(card) == [asked]
    await page.see(lambda: len(page.whispers(LIN)) >= 3)
    assert ["须由别人决定" in words_of(each) for each in page.whispers(LIN)] == [True] * 3


@once
async def test_who_left_the_group_a_second_ago_decides_nothing(local: Local, page: Page) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    await page.type(MAYA, "/sms approve")
    local.workspace.admin.regroup("S0APPROVERS", ["U0BO"])
    await page.press(MAYA, card, "approve.yes")
    await page.see_whisper(MAYA, "Only `@sms-approvers` may")
    assert await state(local, request) is RequestState.AWAITING_APPROVAL


def asked_of(tx: Tx, request: Request, *approvers: str) -> None:
    """As if app.yaml had named these when it was asked for."""
    tx.run(
        "UPDATE approvals SET approvers = :named WHERE request_id = :id",
        named=json.dumps(approvers),
        id=request.id,
    )


@in_both_languages
async def test_who_was_taken_out_of_app_yaml_decides_nothing_that_waits(
    local: Local, page: Page, language: Locale
) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    await local.bot.services.db.write(asked_of, request, EVE)
    await page.react(EVE, card, YES)
    await page.see_whisper(EVE, f"Nobody can decide on {request.id} any more")
    await page.press(MAYA, card, "approve.yes")
    told = await page.see_whisper(MAYA, "It has to be asked for again")
    assert "app.yaml names `@sms-approvers` by now" in words_of(told)
    assert "Nothing waits" in words_of(await page.type(EVE, "/sms approve"))
    await local.bot.services.db.write(asked_of, request, EVE, BO)
    await page.press(MAYA, card, "approve.yes")
    await page.see_whisper(MAYA, "as app.yaml has it by now, may decide")
    assert await state(local, request) is RequestState.AWAITING_APPROVAL
    listed = await page.type(BO, "/sms approve")
    await page.press(BO, listed, "approve.look")
    assert await page.see_whisper(BO, "app.yaml 现在写明的是")
    await page.press(BO, card, "approve.yes")
    await card_of(page, request, text(language, "requests.card.done_create"))


@once
async def test_emoji_that_can_count_for_nobody_cost_no_question_to_slack(
    local: Local, page: Page
) -> None:
    """Slack answers twenty a minute, and then nobody could decide."""
    request = await ask_to_delete(local)
    card = await card_of(page, request)
    await page.react(MAYA, card, YES)
    await page.see_reply(card, "<@U0MAYA> approved: 1 of 2")
    members = local.workspace.trace.exchanges
    before = len(members("usergroups.list"))
    await page.react(LIN, card, YES)
    await page.see_whisper(LIN, "须由别人决定")
    for _ in range(2):
        await page.press(MAYA, card, "approve.yes")
    await page.see_whisper(MAYA, f"You approved {request.id} already")
    assert len(members("usergroups.list")) == before


@in_both_languages
async def test_a_rejection_says_why_in_the_thread(
    local: Local, page: Page, language: Locale
) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    await page.press(MAYA, card, "approve.no")
    reason = {"reason": {"approve.reason": {"type": "plain_text_input", "value": "<!here> *no*"}}}
    assert (await page.fill(MAYA, reason))["ok"]
    rejected = await card_of(page, request, text(language, "requests.state.rejected"))
    assert buttons_of(rejected) == []
    who = {"person": f"<@{MAYA}>", "requester": f"<@{LIN}>"}
    said = await page.see_reply(card, text(language, "requests.thread.rejected", **who))
    assert "&lt;!here&gt;" in said
    assert await submitted(local) == 0


@in_both_languages
async def test_an_emoji_rejects_and_the_reason_may_follow(
    local: Local, page: Page, language: Locale
) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    await page.react(MAYA, card, NO)
    asked = await page.see_whisper(MAYA, "does not know why yet")
    await page.press(MAYA, asked, "approve.why")
    reason = {"reason": {"approve.reason": {"type": "plain_text_input", "value": "太长"}}}
    await page.fill(MAYA, reason)
    why = text(language, "requests.thread.reason", person=f"<@{MAYA}>")
    assert "太长" in await page.see_reply(card, why)
    await page.react(MAYA, card, NO, add=False)
    await page.see_whisper(MAYA, "acted on already")
    assert await state(local, request) is RequestState.REJECTED


async def test_who_asked_can_withdraw(local: Local, page: Page) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    await page.press(LIN, card, "approve.withdraw")
    withdrawn = await card_of(page, request, "Withdrawn")
    assert buttons_of(withdrawn) == []
    await page.react(MAYA, card, YES)
    await page.see_whisper(MAYA, f"{request.id} is not waiting any more: Withdrawn")


async def test_two_have_to_approve_and_a_word_may_be_taken_back(local: Local, page: Page) -> None:
    request = await ask_to_delete(local)
    card = await card_of(page, request, "0 of 2")
    await page.react(MAYA, card, YES)
    await page.see_reply(card, "<@U0MAYA> approved: 1 of 2")
    await page.react(MAYA, card, YES, add=False)
    await page.see_reply(card, "<@U0MAYA> took the approval back")
    await page.press(BO, card, "approve.yes")
    await page.see_reply(card, "<@U0BO> approved: 1 of 2")
    await page.press(BO, card, "approve.yes")
    assert await submitted(local) == 0
    await page.react(MAYA, card, YES)
    await card_of(page, request, "Deleted at Tencent")
    assert await submitted(local) == 1


@once
async def test_what_nobody_decided_on_expires(local: Local, page: Page, clock: HandClock) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    clock.advance(timedelta(days=1, minutes=1))
    await page.react(MAYA, card, YES)
    await page.see_whisper(MAYA, f"{request.id} has expired")
    expired = await card_of(page, request, "Expired")
    assert buttons_of(expired) == []
    await page.see_reply(card, "<@U0LIN>, nobody decided in time")
    assert await submitted(local) == 0


@in_both_languages
async def test_a_card_whose_template_changed_at_tencent_gives_way(
    local: Local, page: Page, language: Locale
) -> None:
    request = await ask_to_delete(local)
    card = await card_of(page, request)
    await local.bot.services.db.write(edit_upstream, local.bot.services.clock())
    await page.press(MAYA, card, "approve.yes")
    told = await page.see_whisper(MAYA, "your word was not counted")
    old = await card_of(page, request, text(language, "requests.state.superseded"))
    assert buttons_of(old) == []
    fresh = await page.see_card("控制台里的新内容")
    next_id = fresh["text"].rpartition(" ")[2]
    assert next_id in words_of(told)
    assert next_id in words_of(old)
    await page.react(BO, old, YES)
    await page.see_whisper(BO, "已被取代")
    assert await submitted(local) == 0


@once
async def test_what_waits_is_listed_for_who_can_decide(local: Local, page: Page) -> None:
    request = await ask(local)
    await card_of(page, request)
    listed = await page.type(BO, "/sms approve list")
    assert "等你处理" in words_of(listed)
    await page.press(BO, listed, "approve.look")
    copy = await page.see_whisper(BO, "您的快递{1}已到，请取件。")
    await page.press(BO, copy, "approve.yes_here")
    await page.see_whisper(BO, f"你已批准 {request.id}")
    await card_of(page, request, "<@U0BO> approved")
    assert "没有等你处理的申请" in words_of(await page.type(BO, "/sms approve"))


@once
async def test_what_one_asked_for_is_listed_apart(local: Local, page: Page) -> None:
    request = await ask(local, requester=MAYA)
    listed = words_of(await page.type(MAYA, "/sms 审批"))
    assert "Nothing waits for you" in listed
    assert request.id in listed
    assert request.id not in words_of(await page.type(EVE, "/sms approve"))


@once
async def test_what_is_withdrawn_under_its_copy_gives_way_to_what_is_left(
    local: Local, page: Page
) -> None:
    request = await ask(local)
    listed = await page.type(LIN, "/sms approve")
    await page.press(LIN, listed, "approve.look")
    copy = await page.see_whisper(LIN, "您的快递{1}已到，请取件。")
    await page.press(LIN, copy, "approve.withdraw_here")

    def left() -> bool:
        said = [words_of(each) for each in page.whispers(LIN)]
        is_listed = any("没有等你处理的申请" in each and request.id not in each for each in said)
        return is_listed and not any("您的快递{1}已到" in each for each in said)

    assert await page.see(left)
    assert await state(local, request) is RequestState.WITHDRAWN


@once
async def test_where_slack_does_not_answer_nothing_is_counted(local: Local, page: Page) -> None:
    request = await ask(local)
    card = await card_of(page, request)
    await page.type(MAYA, "/sms approve")
    local.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR))
    await page.press(MAYA, card, "approve.yes")
    await page.see_whisper(MAYA, "so nothing was counted")
    assert await state(local, request) is RequestState.AWAITING_APPROVAL
    await page.press(MAYA, card, "approve.yes")
    await card_of(page, request, "<@U0MAYA> approved")


@once
async def test_an_emoji_anywhere_else_means_nothing(local: Local, page: Page) -> None:
    await page.type(MAYA, "hello")
    (mine,) = [m for m in local.workspace.messages(SMS) if m.get("user") == MAYA]
    await page.react(BO, mine, YES)
    await page.type(BO, "/sms help")
    assert all("help" in words_of(each) for each in page.whispers(BO))


@once
async def test_an_emoji_on_a_card_that_asks_nobody_means_nothing(local: Local, page: Page) -> None:
    await page.send(MAYA, LINE)
    card = await page.see_card("Delivered in")
    before = len(page.whispers(BO))
    await page.react(BO, card, YES)
    request = await ask(local)
    # What is answered after it is there: so would be what was said of the first.
    await page.react(EVE, await card_of(page, request), YES)
    await page.see_whisper(EVE, "Only `@sms-approvers` may")
    assert len(page.whispers(BO)) == before


@once
async def test_what_nobody_could_approve_is_not_asked(local: Local, page: Page) -> None:
    local.workspace.admin.regroup("S0APPROVERS", [LIN])
    said = words_of(await page.type(LIN, "/sms template new"))
    assert "没有人能批准" in said
    assert "`@sms-approvers`" in said


@once
async def test_the_approval_of_somebody_who_became_a_guest_does_not_count(
    local: Local, page: Page
) -> None:
    request = await ask_to_delete(local)
    card = await card_of(page, request)
    await page.press(MAYA, card, "approve.yes")
    await page.see_reply(card, "<@U0MAYA> approved")
    # Slack leaves a guest in the groups they were in.
    local.workspace.admin.restand(MAYA, Standing.GUEST)
    await page.press(BO, card, "approve.yes")
    await page.see_reply(card, "<@U0BO> approved")
    assert await state(local, request) is RequestState.AWAITING_APPROVAL
