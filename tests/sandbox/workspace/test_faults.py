"""What goes wrong at Slack's end, on request: which call, where, how often, and how it looks."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Fault, FaultKind
from tests.sandbox.workspace.driver import Installed, Json, Page, error_of

POST = "chat.postMessage"


async def test_a_refusal_carries_the_error_it_was_asked_for_and_does_nothing(
    installed: Installed, client: AsyncWebClient
) -> None:
    for error in ("token_revoked", "is_archived", "fatal_error"):
        installed.workspace.faults.add(Fault(POST, FaultKind.REFUSED, error=error))
        assert await error_of(client.chat_postMessage(channel="C0SMS", text="x")) == error
    assert installed.workspace.messages("C0SMS") == []


async def test_a_fault_can_strike_in_one_conversation_only_however_it_is_named(
    installed: Installed, client: AsyncWebClient
) -> None:
    post = client.chat_postMessage
    installed.workspace.faults.add(Fault(POST, FaultKind.REFUSED, times=3, channel="C0SMS"))
    await post(channel="C0ALERTS", text="x")
    for name in ("C0SMS", "#sms", "sms"):
        assert await error_of(post(channel=name, text="x")) == "internal_error"
    assert (await post(channel="#sms", text="x"))["ok"] is True
    installed.workspace.faults.add(Fault(POST, FaultKind.REFUSED, channel="D0LIN"))
    assert await error_of(post(channel="U0LIN", text="x")) == "internal_error"


async def test_a_fault_can_strike_whatever_comes_until_it_is_taken_away(
    installed: Installed, client: AsyncWebClient
) -> None:
    kept = installed.workspace.faults.add(Fault("*", FaultKind.REFUSED, times=None))
    for call in (client.auth_test(), client.users_list(), client.team_info()):
        assert await error_of(call) == "internal_error"
    [waiting] = installed.workspace.faults.listed()
    assert (waiting.id, waiting.struck) == (kept.id, 3)
    assert installed.workspace.faults.remove(kept.id) is True
    assert installed.workspace.faults.remove(kept.id) is False
    assert (await client.auth_test())["ok"] is True


async def test_a_slow_answer_comes_after_the_work_is_done(
    installed: Installed, client: AsyncWebClient
) -> None:
    """The worst kind of slow: who gives up waiting has posted all the same."""
    installed.workspace.faults.add(Fault(POST, FaultKind.SLOW, delay_s=600))
    waiting = asyncio.create_task(client.chat_postMessage(channel="C0SMS", text="slow"))
    await installed.workspace.wait_for(lambda: installed.workspace.messages("C0SMS"), 30)
    assert (await client.chat_postMessage(channel="C0SMS", text="quick"))["ok"] is True
    assert not waiting.done()
    waiting.cancel()


async def test_a_slow_answer_does_come(installed: Installed, client: AsyncWebClient) -> None:
    installed.workspace.faults.add(Fault(POST, FaultKind.SLOW, delay_s=0.001))
    assert (await client.chat_postMessage(channel="C0SMS", text="x"))["ok"] is True


async def test_a_response_url_can_fail_and_lose_its_answer(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    await installed.page.say("/sms help")
    url = installed.app.of("command")[0].content["response_url"]
    installed.workspace.faults.add(Fault("response_url", FaultKind.SERVER_ERROR))
    async with http.post(url, json={"text": "one"}) as answer:
        assert answer.status == 500
    installed.workspace.faults.add(Fault("response_url", FaultKind.DROP_AFTER))
    with pytest.raises(aiohttp.ClientError):
        await http.post(url, json={"text": "two"})
    said = [m["text"] for m in installed.workspace.ephemeral("U0LIN", "C0SMS")]
    assert said == ["two"]


async def test_an_event_can_be_lost_or_late(installed: Installed) -> None:
    faults = installed.workspace.faults
    faults.add(Fault("message.channels", FaultKind.DROP_BEFORE))
    faults.add(Fault("message.channels", FaultKind.SLOW, delay_s=600))
    for text in ("lost", "late", "heard"):
        await installed.page.say(text)
    [got] = await installed.app.wait_for("message")
    assert got.content["event"]["text"] == "heard"
    assert faults.listed() == ()


async def test_a_fault_for_any_call_is_not_spent_on_an_event(
    installed: Installed, client: AsyncWebClient
) -> None:
    installed.workspace.faults.add(Fault("*", FaultKind.SLOW, delay_s=600))
    await installed.page.say("hello")
    [got] = await installed.app.wait_for("message")
    assert got.content["event"]["text"] == "hello"
    [waiting] = installed.workspace.faults.listed()
    assert waiting.struck == 0
    slow = asyncio.create_task(client.chat_postMessage(channel="C0SMS", text="x"))
    await installed.workspace.wait_for(lambda: not installed.workspace.faults.listed(), 30)
    slow.cancel()


async def test_what_cannot_happen_to_an_event_leaves_it_alone(installed: Installed) -> None:
    installed.workspace.faults.add(Fault("message.channels", FaultKind.SERVER_ERROR))
    await installed.page.say("hello")
    await installed.app.wait_for("message")
    [waiting] = installed.workspace.faults.listed()
    assert waiting.struck == 0


async def add(page: Page, **fault: Any) -> Json:
    return await page.post("/ui/faults/add", **fault)


async def test_the_page_adds_lists_and_removes_faults(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    added = await add(page, target=POST, kind="rate_limited", times=2, retry_after_s=9)
    assert added["ok"] is True
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SMS", text="x")
    assert caught.value.response.headers["Retry-After"] == "9"
    [listed] = (await page.get("/ui/faults"))["faults"]
    assert (listed["target"], listed["kind"], listed["left"], listed["struck"]) == (
        POST,
        "rate_limited",
        1,
        1,
    )
    assert await page.post("/ui/faults/remove", id=listed["id"]) == {"ok": True}
    assert (await page.post("/ui/faults/remove", id=listed["id"]))["ok"] is False
    assert (await client.chat_postMessage(channel="C0SMS", text="x"))["ok"] is True
    await add(page, target="*", kind="slow", delay_s=1.5, times=None, channel="C0SMS")
    assert (await page.get("/ui/faults"))["faults"][0]["left"] is None
    assert await page.post("/ui/faults/clear") == {"ok": True}
    assert (await page.get("/ui/faults"))["faults"] == []


async def test_everything_the_page_offers_can_be_asked_for(page: Page) -> None:
    offered = await page.get("/ui/faults")
    for part in ("calls", "events"):
        assert offered[part]["targets"]
        for kind in offered[part]["kinds"]:
            assert (await add(page, target=offered[part]["targets"][0], kind=kind))["ok"] is True


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"target": POST},
        {"target": POST, "kind": "confetti"},
        {"target": POST, "kind": "duplicate"},
        {"target": "no.such", "kind": "slow"},
        {"target": "reaction_added", "kind": "server_error"},
        {"target": POST, "kind": "slow", "times": 0},
        {"target": POST, "kind": "slow", "times": "many"},
        {"target": POST, "kind": "slow", "times": True},
        {"target": POST, "kind": "slow", "delay_s": -1},
        {"target": POST, "kind": "slow", "delay_s": 601},
        {"target": POST, "kind": "rate_limited", "retry_after_s": 0},
        {"target": POST, "kind": "refused", "channel": "C0NOWHERE"},
        {"target": [POST], "kind": {}},
    ],
)
async def test_a_fault_that_could_never_strike_is_refused(page: Page, fault: Json) -> None:
    assert (await add(page, **fault))["ok"] is False
    assert (await page.get("/ui/faults"))["faults"] == []
