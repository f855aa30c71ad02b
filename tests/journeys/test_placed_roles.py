"""Roles held in one channel, for one app, and by a person: typed, clicked, reacted, handed in."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import pytest

from bot.cli.local import ROLES, Local
from bot.rules.requests import RequestState
from bot.sandbox.workspace import Standing
from bot.settings import SlackMode
from bot.slack.messages.ballots import APPROVE_HERE
from storage import audit, requests
from storage.audit import AuditQuery
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import (
    ALERTS,
    BO,
    EVE,
    LIN,
    MAYA,
    OMAR,
    SMS,
    Json,
    Page,
    buttons_of,
    sends_of,
    words_of,
)
from tests.journeys.test_approvals import NO, YES, ask, card_of, state
from tests.journeys.test_home import Tab

LINE = "/sms send +8613800000001 1110 code=123456"
pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
APPROVERS = [f"{BO} in {SMS}", f"{MAYA} in {ALERTS}"]


@pytest.fixture
def overrides() -> Mapping[str, object]:
    return {
        "roles": {
            **ROLES,
            "requester": [f"@sms-senders in {SMS}"],
            "approver": APPROVERS,
        },
        # Whoever approves for this app holds nothing else.
        "apps.0.roles": {"approver": [EVE, f"{OMAR} in {ALERTS}"]},
    }


async def refusals_of(local: Local, user: str) -> int:
    """How often somebody was refused, as the trail has it."""
    query = AuditQuery(actor=user, what="access.refused")
    return len(await local.bot.services.db.read(audit.find, query, 100))


async def sent(local: Local) -> list[Json]:
    """What reached Tencent."""
    return sends_of(local)


async def reject(local: Local, page: Page, user: str, card: Json) -> OpenForm:
    """The form under a card, with a reason, handed in."""
    await page.press(user, card, "approve.no")
    form = await OpenForm.opened(local, page, user, "approve.reject_form")
    form.write("approve.reason", "文字不对")
    await form.hand_in()
    return form


async def test_an_approver_held_in_a_channel_approves_there_by_emoji(
    local: Local, page: Page
) -> None:
    request = await ask(local)
    card = await card_of(page, request, "Waiting for approval")
    assert f"<@{BO}> in <#{SMS}>, <@{MAYA}> in <#{ALERTS}>" in words_of(card)
    await page.react(BO, card, YES)
    await card_of(page, request, "Submitted to Tencent")


async def test_held_in_another_channel_neither_emoji_nor_button_nor_form_counts_here(
    local: Local, page: Page
) -> None:
    request = await ask(local)
    card = await card_of(page, request, "Waiting for approval")
    said = f"Only <@{BO}> in <#{SMS}>, <@{MAYA}> in <#{ALERTS}> may decide"
    await page.react(MAYA, card, YES)
    heard = await page.see_whisper(MAYA, said)
    assert "In that channel you may: `/sms approve` typed there shows it." in words_of(heard)
    await page.react(MAYA, card, NO)
    await page.press(MAYA, card, "approve.yes")
    await page.see(lambda: len(page.whispers(MAYA)) == 3)
    form = await reject(local, page, MAYA, card)
    await form.see("", "Only")
    assert await state(local, request) is RequestState.AWAITING_APPROVAL
    assert request.id not in words_of(await page.type(MAYA, "/sms approve"))


async def test_where_it_is_held_it_is_listed_shown_and_decided(local: Local, page: Page) -> None:
    request = await ask(local)
    await card_of(page, request, "Waiting for approval")
    listed = await page.type(MAYA, "/sms approve", ALERTS)
    assert request.id in words_of(listed)
    await page.press(MAYA, listed, "approve.look", ALERTS)
    shown = await page.see(
        lambda: next((w for w in page.whispers(MAYA, ALERTS) if APPROVE_HERE in buttons_of(w)), {})
    )
    await page.press(MAYA, shown, APPROVE_HERE, ALERTS)
    await card_of(page, request, "Submitted to Tencent")


async def test_a_form_opened_where_the_role_is_held_counts_when_it_is_handed_in(
    local: Local, page: Page
) -> None:
    request = await ask(local)
    card = await card_of(page, request, "Waiting for approval")
    await reject(local, page, BO, card)
    await card_of(page, request, "Rejected")


async def test_a_requester_held_in_a_channel_sends_there_alone(local: Local, page: Page) -> None:
    for elsewhere in (ALERTS, await local.bot.services.slack.open_conversation(LIN)):
        answer = await page.type(LIN, LINE, elsewhere)
        assert f"`@sms-senders`（仅在 <#{SMS}>）" in words_of(answer)
        assert "/sms send" not in words_of(await page.type(LIN, "/sms help", elsewhere))
        assert "menu.send" not in buttons_of(await page.type(LIN, "/sms", elsewhere))
    assert "/sms send" in words_of(await page.type(LIN, "/sms help"))
    preview = await page.type(LIN, LINE)
    # What one got hold of elsewhere is pressed where it stands.
    await page.press(LIN, preview, "send.confirm")
    await page.eventually(partial(sent, local))


async def test_a_form_and_what_is_searched_in_it_are_of_where_it_was_opened(
    local: Local, page: Page
) -> None:
    await page.type(LIN, "/sms send")
    form = await OpenForm.opened(local, page, LIN, "send.form")
    form.write("send.number", "+8613800000001")
    await form.find("send.template", "1110")
    await form.see("send.form", "{1} 的值")
    form.write("value.1", "123456")
    await form.hand_in()
    await form.see("send.preview")
    await form.hand_in()
    await page.eventually(partial(sent, local))


async def test_who_lost_the_role_since_a_form_was_opened_cannot_hand_it_in(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.type(LIN, "/sms send")
    form = await OpenForm.opened(local, page, LIN, "send.form")
    form.write("send.number", "+8613800000001")
    await form.find("send.template", "1110")
    await form.see("send.form", "{1} 的值")
    form.write("value.1", "123456")
    local.workspace.admin.regroup("S0SENDERS", [BO])
    clock.advance(timedelta(seconds=60))
    options = await form.options("send.template", "1110")
    await form.hand_in()
    await form.see("", "`@sms-senders`")
    assert (options, sends_of(local)) == ([], [])


async def resume_asked(local: Local, page: Page) -> Json:
    await page.type(LIN, "/sms app pause demo because 试一试")
    await page.type(LIN, "/sms app resume demo because 好了")
    return await page.see_card("Waiting for approval")


async def app_request_state(local: Local, card: Json) -> RequestState:
    found = await local.bot.services.db.read(requests.get, card["text"].split()[-1])
    assert found is not None
    return found.state


async def test_an_apps_own_approver_decides_on_it_and_the_accounts_does_not(
    local: Local, page: Page
) -> None:
    card = await resume_asked(local, page)
    assert f"<@{EVE}>" in words_of(card)
    await page.react(BO, card, YES)
    await page.see_whisper(BO, f"只有 <@{EVE}>")
    await page.press(OMAR, card, "approve.yes")
    await page.see_whisper(OMAR, f"Only <@{EVE}>, <@{OMAR}> in <#{ALERTS}> may")
    assert await app_request_state(local, card) is RequestState.AWAITING_APPROVAL
    assert card["text"].split()[-1] in words_of(await page.type(EVE, "/sms approve"))
    await page.press(EVE, card, "approve.yes")
    await page.see_card(f"<@{EVE}> approved")


async def said(page: Page, count: int) -> None:
    """Waits until Eve was told so much."""
    await page.see(lambda: len(page.whispers(EVE)) == count)


async def test_in_the_bots_own_tab_no_channel_counts(local: Local, page: Page) -> None:
    card = await resume_asked(local, page)
    request_id = card["text"].split()[-1]
    assert request_id in await Tab(local, page, EVE).open(request_id)
    other = await ask(local)
    for person in (BO, MAYA):
        assert other.id not in await Tab(local, page, person).open("demo")


async def test_a_neighbour_a_guest_and_a_stranger_are_refused_by_every_way_and_on_record(
    local: Local, page: Page, clock: HandClock
) -> None:
    card = await resume_asked(local, page)
    for standing in (Standing.GUEST, Standing.STRANGER, Standing.NEIGHBOUR):
        local.workspace.admin.restand(EVE, standing)
        clock.advance(timedelta(seconds=61))
        seen = len(page.whispers(EVE))
        for line in ("/sms", "/sms help", "/sms approve"):
            answer = await page.type(EVE, line)
            assert words_of(answer).startswith("Only full members of this workspace")
            assert buttons_of(answer) == []
        await page.react(EVE, card, YES)
        await page.press(EVE, card, "approve.yes")
        await said(page, seen + 5)
        await page.react(EVE, card, YES, add=False)
        await said(page, seen + 6)
    assert await app_request_state(local, card) is RequestState.AWAITING_APPROVAL
    assert await refusals_of(local, EVE) == 18
