"""Emoji under messages: only those that say something, only under our cards, and each once."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Nothing
from bot.rules.requests import RequestState
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.people import BOT_USER_ID, NOTICE_USER_ID, Standing
from handlers.commands import approve
from storage import approvals, requests
from storage.requests import Request
from tests.handlers.flows.asks import ask
from tests.journeys.people import BO, EVE, LIN, MAYA, Json, Page

YES = "white_check_mark"
#: What looks like it, or is named like it: a custom emoji may show anything.
LOOK_ALIKES = (
    "heavy_check_mark", "ballot_box_with_check", "white_check_mark2", "white-check-mark",
    "White_Check_Mark", ":white_check_mark:", "white_check_mark ", "whit\u0435_check_mark",
    "x_white_check_mark", "", "white_check_mark\u200b",
)  # fmt: skip


@pytest.fixture
async def page(local: Local) -> AsyncIterator[Page]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Page(local.workspace, http)


async def asked(local: Local) -> Request:
    services = local.bot.services
    request = await services.db.write(ask, services.settings, now=services.clock())
    services.cards_due.set()
    return request


async def card_of(page: Page, request: Request) -> Json:
    return await page.see(
        lambda: next((card for card in page.cards() if card["text"].endswith(request.id)), {})
    )


async def has_state(local: Local, request: Request, state: RequestState) -> bool:
    found = await local.bot.services.db.read(requests.get, request.id)
    return found is not None and found.state is state


async def test_an_emoji_quicker_than_slacks_answer_to_our_post_counts(
    local: Local, page: Page
) -> None:
    """The card is there for everybody to touch, and we do not know yet that it is ours."""
    slow = Fault("chat.postMessage", FaultKind.SLOW, delay_s=0.8)
    local.workspace.faults.add(slow)
    request = await asked(local)
    card = await card_of(page, request)
    row = await local.bot.services.db.read(lambda tx: tx.one("SELECT ts FROM cards"))
    assert row is not None
    assert row["ts"] is None
    await page.react(MAYA, card, YES)
    await page.see_reply(card, "<@U0MAYA> approved")


async def test_an_emoji_told_twice_is_one_word(local: Local, page: Page) -> None:
    request = await asked(local)
    card = await card_of(page, request)
    local.workspace.faults.add(Fault("reaction_added", FaultKind.DUPLICATE))
    await page.react(MAYA, card, YES)
    await page.see_reply(card, "<@U0MAYA> approved")
    assert page.whispers(MAYA) == []
    assert len(await local.bot.services.db.read(approvals.votes_of, request.id)) == 1


async def test_an_emoji_on_anything_else_asks_slack_nothing_and_says_nothing(
    local: Local, page: Page
) -> None:
    request = await asked(local)
    card = await card_of(page, request)
    await page.do("say", user=BO, channel="C0SMS", text="hello")
    said = next(m for m in local.workspace.messages("C0SMS") if m.get("user") == BO)
    asked_before = len(local.workspace.trace.exchanges("users.info"))
    for message, name in ((said, YES), (said, "x"), (card, "eyes")):
        await page.react(EVE, message, name)
    await page.react(MAYA, card, YES)
    await page.see_reply(card, "<@U0MAYA> approved")
    assert page.whispers(EVE) == []
    looked_up = local.workspace.trace.exchanges("users.info")[asked_before:]
    assert "U0EVE" not in str([each.request for each in looked_up])


OTHERS: tuple[Mapping[str, Any], ...] = (
    {},
    {"item": None},
    {"item": {"type": "file", "file": "F1"}},
    {"item": {"type": "message"}},
    {"item": {"type": "message", "channel": ["C"], "ts": {"a": 1}}},
    {"item": {"type": "message", "channel": "C0SMS", "ts": "1" * 9999}},
)


async def yes_of(local: Local, card: Json, user: str, name: str = YES, **more: Any) -> object:
    """The event of somebody's emoji under a card, as Slack sends it."""
    item = {"type": "message", "channel": "C0SMS", "ts": card["ts"]}
    event = {"type": "reaction_added", "user": user, "reaction": name, "item": item, **more}
    return await Router(local.bot.services).event(event)


async def votes_on(local: Local, request: Request) -> list[str]:
    """Whose words count or counted."""
    words = await local.bot.services.db.read(approvals.votes_of, request.id)
    return [word.vote.user_id for word in words]


async def test_an_emoji_of_a_bot_a_guest_a_stranger_or_a_leaver_counts_for_nothing(
    local: Local, page: Page
) -> None:
    """Even where the group they are in is the one that decides."""
    request = await asked(local)
    card = await card_of(page, request)
    bots = (BOT_USER_ID, NOTICE_USER_ID)
    local.workspace.admin.regroup("S0APPROVERS", [MAYA, BO, *bots])
    for who in bots:
        await yes_of(local, card, who)
    for standing in sorted(set(Standing) - {Standing.MEMBER}):
        local.workspace.admin.restand(BO, standing)
        await yes_of(local, card, BO)
    # Another app's own message or emoji names that app beside its user.
    assert await yes_of(local, card, MAYA, bot_id="B0OTHER") == Nothing()
    assert await votes_on(local, request) == []
    await yes_of(local, card, MAYA)
    assert await votes_on(local, request) == [MAYA]


async def test_where_the_group_is_emptied_nobody_decides(local: Local, page: Page) -> None:
    request = await asked(local)
    card = await card_of(page, request)
    local.workspace.admin.regroup("S0APPROVERS", [])
    for who in (MAYA, BO):
        await yes_of(local, card, who)
    assert await votes_on(local, request) == []
    assert await has_state(local, request, RequestState.AWAITING_APPROVAL)


async def test_what_only_looks_like_the_emoji_says_nothing(local: Local, page: Page) -> None:
    request = await asked(local)
    card = await card_of(page, request)
    for name in LOOK_ALIKES:
        assert await yes_of(local, card, MAYA, name) == Nothing(), name
    assert await votes_on(local, request) == []
    # The same emoji in another colour is the same.
    await yes_of(local, card, MAYA, f"{YES}::skin-tone-3")
    assert await votes_on(local, request) == [MAYA]


async def test_no_text_approves_whoever_writes_it(local: Local, page: Page) -> None:
    request = await asked(local)
    card = await card_of(page, request)
    direct = await local.bot.services.slack.open_conversation(MAYA)
    said = [f"approved {request.id}", f":{YES}:", "✅", f"<@{MAYA}> approved {request.id}", "yes"]
    for text in said:
        for channel in ("C0SMS", direct):
            for more in ({"thread_ts": card["ts"]}, {"bot_id": "B0OTHER"}, {}):
                event = {"type": "message", "user": MAYA, "channel": channel, "text": text}
                mention = {**event, "type": "app_mention", "ts": "1.000001", **more}
                await Router(local.bot.services).event(mention)
                await Router(local.bot.services).event({**event, "ts": "1.000001", **more})
    for line in ("approve", f"approve {request.id}", f"approve yes {request.id}"):
        await page.type(MAYA, f"/sms {line}")
    assert await votes_on(local, request) == []
    assert await has_state(local, request, RequestState.AWAITING_APPROVAL)


async def test_a_flood_of_emoji_under_a_card_is_one_word_and_one_line(
    local: Local, page: Page
) -> None:
    request = await asked(local)
    card = await card_of(page, request)
    for nth in range(20):
        for who in (EVE, LIN, MAYA):
            await yes_of(local, card, who, event_ts=f"1700000000.{nth:06}")
    assert await votes_on(local, request) == [MAYA]
    await page.see_reply(card, "<@U0MAYA> approved")
    approved = [said for said in page.replies(card) if "approved" in said]
    assert len(approved) == 1


async def test_an_event_of_another_shape_is_none_of_ours(local: Local) -> None:
    for other in OTHERS:
        event = {"type": "reaction_added", "user": MAYA, "reaction": YES, **other}
        assert not await approve.is_about_card(local.bot.services, event)
        assert await Router(local.bot.services).event(event) == Nothing()


async def test_an_event_without_a_time_is_taken_as_it_comes(local: Local, page: Page) -> None:
    for event_ts in (None, "", "soon", "1.1", "9" * 40, "-1.000001", 5):
        request = await asked(local)
        card = await card_of(page, request)
        item = {"type": "message", "channel": "C0SMS", "ts": card["ts"]}
        event = {"type": "reaction_added", "user": MAYA, "reaction": YES, "item": item}
        answer = await Router(local.bot.services).event({**event, "event_ts": event_ts})
        assert answer == Nothing()
        assert not await has_state(local, request, RequestState.AWAITING_APPROVAL)
