"""A send that needs somebody else's yes: asked, approved, taken back, approved, and out once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.cli.local import Local
from bot.locales import Locale, text
from bot.settings import SlackMode
from bot.slack.messages.ballots import APPROVE_HERE
from handlers.flows import jobs
from storage import content
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.people import BO, LIN, MAYA, Json, Page, buttons_of, sends_of, words_of
from tests.journeys.test_job_control import Hand
from tests.policies import everything

ONE, OTHER = "+8613800000001", "+8613800000002"
YES = "white_check_mark"
ASKED = f"/sms send {ONE},{OTHER} 1111 A1 9:00"
in_both_languages = pytest.mark.parametrize(
    ("mode", "language"),
    [(SlackMode.HTTP, Locale.EN), (SlackMode.SOCKET, Locale.ZH_CN)],
    indirect=True,
)
once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """Two numbers are many here, and there is time to think again."""
    return {**everything(), "sending.undo_s": 600}


def edit_upstream(tx: Tx, now: datetime) -> None:
    """Somebody used the console, and our list has it."""
    listed = content.get_template(tx, "1111")
    assert listed is not None
    content.put_templates(tx, [replace(listed, content="{1}，{2}，改过了")], now)


def hold_app(tx: Tx, now: datetime) -> None:
    """Nothing of the app goes out."""
    jobs.stop_app(tx, "demo", BO, "", now)


@pytest.fixture
def hand(local: Local, page: Page, clock: HandClock) -> Hand:
    return Hand(local, page, clock)


async def ask(page: Page, hand: Hand) -> Json:
    """The card, once it waits for somebody else."""
    await page.type(LIN, ASKED)
    await hand.press(LIN, await with_button(page, "job.confirm"), "job.confirm")
    return await with_button(page, "approve.yes")


async def with_button(page: Page, action: str) -> Json:
    return await page.see(lambda: next((c for c in page.cards() if action in buttons_of(c)), {}))


@in_both_languages
async def test_what_is_approved_taken_back_and_approved_again_goes_out_once(
    local: Local, page: Page, hand: Hand, clock: HandClock, language: Locale
) -> None:
    card = await ask(page, hand)
    assert "@sms-approvers" in words_of(card)
    await page.react(LIN, card, YES)
    await page.see_whisper(LIN, "须由别人决定")

    await page.react(MAYA, card, YES)
    said = {"person": f"<@{MAYA}>", "requester": f"<@{LIN}>"}
    await page.see_reply(card, text(language, "requests.approved.send", **said))
    await page.react(MAYA, card, YES, add=False)
    await page.see_reply(card, text(language, "requests.thread.taken_back", person=f"<@{MAYA}>"))
    clock.advance(timedelta(minutes=11))

    listed = await page.type(BO, "/sms approve")
    assert "向 2 个号码发送" in words_of(listed)
    assert sends_of(local) == []
    await page.press(BO, listed, "approve.look")
    # By its button: the list names an id, which may hold any two letters of the text.
    copy = await page.see(
        lambda: next((w for w in page.whispers(BO) if APPROVE_HERE in buttons_of(w)), {})
    )
    assert "A1" in words_of(copy)
    await page.press(BO, copy, APPROVE_HERE)
    await page.see_reply(card, f"<@{BO}>")

    clock.advance(timedelta(minutes=10))

    async def sent() -> list[Json]:
        clock.advance(timedelta(seconds=1))
        return sends_of(local)

    await page.eventually(sent)
    [send] = sends_of(local)
    assert sorted(send["PhoneNumberSet"]) == [ONE, OTHER]


@once
async def test_a_template_changed_since_the_preview_is_not_sent_and_has_to_be_previewed_anew(
    local: Local, page: Page, hand: Hand
) -> None:
    card = await ask(page, hand)
    await local.bot.services.db.write(edit_upstream, local.bot.services.clock())
    await hand.press(MAYA, card, "approve.yes")
    await page.see_whisper(MAYA, "has to preview it anew")
    await page.see_reply(card, f"<@{LIN}>, the template was changed at Tencent")

    def gone() -> bool:
        return any(each["ts"] == card["ts"] and not buttons_of(each) for each in page.cards())

    assert await page.see(gone)
    assert sends_of(local) == []


@once
async def test_what_somebody_approved_who_left_since_waits_for_another_word_at_its_time(
    local: Local, page: Page, hand: Hand, clock: HandClock, language: Locale
) -> None:
    card = await ask(page, hand)
    await page.react(MAYA, card, YES)
    await page.see_reply(card, f"<@{MAYA}>")
    local.workspace.admin.regroup("S0APPROVERS", [BO])
    clock.advance(timedelta(minutes=11))
    lapsed = text(language, "requests.card.lapsed", people=f"<@{MAYA}>")
    again = await page.see_card(lapsed)
    assert again["ts"] == card["ts"]
    assert "approve.yes" in buttons_of(again)
    await page.see_reply(card, "so 0 of 1 approvals count")
    assert sends_of(local) == []

    await page.press(BO, again, "approve.yes")
    await page.see_reply(card, f"<@{BO}>")

    async def sent() -> list[Json]:
        clock.advance(timedelta(seconds=30))
        return sends_of(local)

    await page.eventually(sent)
    [send] = sends_of(local)
    assert sorted(send["PhoneNumberSet"]) == [ONE, OTHER]


@once
async def test_a_send_that_was_paused_goes_on_by_those_who_still_may(
    local: Local, page: Page, hand: Hand, clock: HandClock
) -> None:
    card = await ask(page, hand)
    await hand.press(MAYA, card, "approve.yes")
    await local.bot.services.db.write(hold_app, local.bot.services.clock())
    clock.advance(timedelta(minutes=10, seconds=1))
    running = await with_button(page, "job.pause")
    await hand.press(LIN, running, "job.pause")
    stopped = await with_button(page, "job.resume")
    local.workspace.admin.regroup("S0APPROVERS", [BO])
    await hand.press(LIN, stopped, "job.resume")
    await page.see_whisper(LIN, "仍是审批人的已不够")
    assert sends_of(local) == []
    local.workspace.admin.regroup("S0APPROVERS", [BO, MAYA])
    await hand.press(LIN, stopped, "job.resume")
    await with_button(page, "job.pause")
