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
from handlers.commands import approve
from storage import approvals, requests
from storage.requests import Request
from tests.handlers.flows.asks import ask
from tests.journeys.people import BO, EVE, MAYA, Json, Page

YES = "white_check_mark"


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
    slow = Fault("chat.postMessage", FaultKind.SLOW, delay_s=0.3)
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
