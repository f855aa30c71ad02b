"""Response URLs: five uses, thirty minutes, and what may be done with them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.workspace import Pace, Workspace
from tests.sandbox.workspace.driver import ACTIONS, Installed, Json, section


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(pace: Pace, clock: Clock) -> AsyncIterator[Workspace]:
    running = Workspace(clock=clock, pace=pace)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def from_command(installed: Installed, http: aiohttp.ClientSession) -> AsyncWebhookClient:
    await installed.page.say("/sms help")
    return AsyncWebhookClient(installed.app.of("command")[0].content["response_url"], session=http)


@pytest.fixture
async def card(installed: Installed, client: AsyncWebClient) -> Json:
    await client.chat_postMessage(channel="C0SMS", text="card", blocks=[ACTIONS])
    return installed.workspace.messages("C0SMS")[0]


@pytest.fixture
async def from_card(
    installed: Installed, card: Json, http: aiohttp.ClientSession
) -> AsyncWebhookClient:
    await installed.page.press(card)
    [got] = installed.app.of("block_actions")
    return AsyncWebhookClient(got.content["response_url"], session=http)


async def test_it_works_five_times(installed: Installed, from_command: AsyncWebhookClient) -> None:
    for number in range(5):
        answer = await from_command.send(text=str(number))
        assert (answer.status_code, answer.body) == (200, "ok")
    refused = await from_command.send(text="once more")
    assert refused.status_code == 404
    assert "used_url" in refused.body
    seen = [m["text"] for m in installed.workspace.ephemeral("U0LIN", "C0SMS")]
    assert seen == ["0", "1", "2", "3", "4"]


async def test_it_works_for_thirty_minutes(from_command: AsyncWebhookClient, clock: Clock) -> None:
    clock.now += timedelta(minutes=30)
    assert (await from_command.send(text="just in time")).status_code == 200
    clock.now += timedelta(seconds=1)
    refused = await from_command.send(text="too late")
    assert (refused.status_code, "expired_url" in refused.body) == (404, True)


async def test_a_made_up_address_leads_nowhere(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    client = AsyncWebhookClient(f"{installed.workspace.url}/response/made-up", session=http)
    assert (await client.send(text="x")).status_code == 404


async def test_it_can_speak_to_the_channel_or_to_one_person(
    installed: Installed, from_command: AsyncWebhookClient
) -> None:
    await from_command.send(text="all", response_type="in_channel")
    await from_command.send(text="one", response_type="ephemeral")
    assert [m["text"] for m in installed.workspace.messages("C0SMS")] == ["all"]
    assert [m["text"] for m in installed.workspace.ephemeral("U0LIN", "C0SMS")] == ["one"]


async def test_faulty_blocks_are_refused(
    installed: Installed, from_command: AsyncWebhookClient
) -> None:
    refused = await from_command.send(text="x", blocks=[section("")])
    assert (refused.status_code, "invalid_blocks" in refused.body) == (400, True)
    assert installed.workspace.ephemeral("U0LIN", "C0SMS") == []


async def test_it_replaces_the_message_it_came_from(
    installed: Installed, card: Json, from_card: AsyncWebhookClient
) -> None:
    await from_card.send(text="done", replace_original=True)
    [message] = installed.workspace.messages("C0SMS")
    assert (message["ts"], message["text"]) == (card["ts"], "done")
    assert "blocks" not in message


async def test_it_deletes_the_message_it_came_from(
    installed: Installed, from_card: AsyncWebhookClient
) -> None:
    await from_card.send(delete_original=True)
    assert installed.workspace.messages("C0SMS") == []
    again = await from_card.send(delete_original=True)
    assert "message_not_found" in again.body


async def test_it_speaks_beside_the_message_it_came_from(
    installed: Installed, card: Json, from_card: AsyncWebhookClient
) -> None:
    await from_card.send(text="beside", replace_original=False)
    assert installed.workspace.messages("C0SMS") == [card]
    assert [m["text"] for m in installed.workspace.ephemeral("U0LIN", "C0SMS")] == ["beside"]


async def test_an_ephemeral_message_can_only_be_changed_that_way(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="?", blocks=[ACTIONS])
    [question] = installed.workspace.ephemeral("U0LIN", "C0SMS")
    assert (await installed.page.press(question))["ok"] is True
    [got] = installed.app.of("block_actions")
    assert got.content["container"]["is_ephemeral"] is True
    assert "message" not in got.content
    hook = AsyncWebhookClient(got.content["response_url"], session=http)
    await hook.send(text="answered", replace_original=True)
    assert [m["text"] for m in installed.workspace.ephemeral("U0LIN", "C0SMS")] == ["answered"]
    await hook.send(delete_original=True)
    assert installed.workspace.ephemeral("U0LIN", "C0SMS") == []


async def test_nobody_else_can_press_somebodys_ephemeral_button(
    installed: Installed, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="?", blocks=[ACTIONS])
    [question] = installed.workspace.ephemeral("U0LIN", "C0SMS")
    assert (await installed.page.press(question, user="U0MAYA"))["ok"] is False
    assert installed.app.of("block_actions") == []
