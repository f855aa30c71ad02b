"""An envelope counts as handled when its listener is through with it, and not a moment before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.cli.local import Local, Plan, running_locally
from bot.mounts.slack_door import SlackDoor
from bot.registry import Answer, Button, Nothing, Pressed, Registry
from bot.rules.lanes import UNPACED
from bot.sandbox.workspace import Pace
from storage import envelopes
from storage.envelopes import Envelope

APP_YAML = Path(__file__).parents[2] / "app.yaml"
BUTTON = "bell"


@dataclass
class Bell:
    """A button whose handler stays in the room until it is let go."""

    rung: int = 0
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def press(self, _: Pressed, __: object) -> Answer:
        self.rung += 1
        self.entered.set()
        await self.let_go.wait()
        return Nothing()


@pytest.fixture
async def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Local]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with running_locally(
        Plan(APP_YAML, tmp_path, slack_pace=UNPACED, pace=Pace())
    ) as running:
        yield running


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
async def bolt(local: Local, bell: Bell) -> AsyncIterator[AsyncApp]:
    services = local.bot.services
    registry = Registry(commands=(), buttons=(Button(BUTTON, None, bell.press),))
    door = SlackDoor(replace(services, registry=registry))
    app = AsyncApp(
        client=services.slack.web, request_verification_enabled=False, process_before_response=True
    )
    door.mount(app)
    yield app
    await door.stop()


async def click(bolt: AsyncApp, trigger: str = "1.2.c") -> BoltResponse:
    body: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": "T0LOCAL"},
        "user": {"id": "U0MAYA"},
        "trigger_id": trigger,
        "actions": [{"type": "button", "action_id": BUTTON, "block_id": "b", "value": ""}],
    }
    return await bolt.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))


async def unfinished(local: Local) -> list[Envelope]:
    bot = local.bot
    return await bot.services.db.read(
        envelopes.find_unfinished, bot.services.clock().replace(year=2020)
    )


async def noted(local: Local) -> None:
    """Every envelope is noted as handled on disk."""
    async with asyncio.timeout(30):
        while await unfinished(local):
            pass


async def test_an_envelope_is_unfinished_while_its_listener_runs(
    local: Local, bolt: AsyncApp, bell: Bell
) -> None:
    running = asyncio.create_task(click(bolt))
    await bell.entered.wait()
    # A write behind it: had the envelope been noted already, the note would be on disk by now.
    await local.bot.services.db.write(lambda tx: None)
    assert [envelope.kind for envelope in await unfinished(local)] == ["block_actions"]

    bell.let_go.set()
    assert (await running).status == 200
    await noted(local)


async def test_a_repeat_runs_nothing_neither_meanwhile_nor_afterwards(
    bolt: AsyncApp, bell: Bell
) -> None:
    running = asyncio.create_task(click(bolt))
    await bell.entered.wait()
    assert (await click(bolt)).status == 200
    bell.let_go.set()
    await running
    assert (await click(bolt)).status == 200
    assert bell.rung == 1


async def test_a_repeat_is_still_one_once_its_envelope_is_only_on_disk(
    local: Local, bolt: AsyncApp, bell: Bell
) -> None:
    bell.let_go.set()
    await click(bolt)
    await noted(local)
    await click(bolt)
    await click(bolt, trigger="5.6.e")
    assert bell.rung == 2


async def test_what_no_listener_takes_is_not_kept(local: Local, bolt: AsyncApp) -> None:
    body = {"type": "shortcut", "team": {"id": "T0LOCAL"}, "user": {"id": "U0MAYA"}}
    answer = await bolt.async_dispatch(
        AsyncBoltRequest(body={**body, "trigger_id": "3.4.d"}, mode="socket_mode")
    )
    assert answer.status == 404
    assert await unfinished(local) == []


async def test_what_is_no_envelope_is_not_kept_and_runs_nothing(
    local: Local, bolt: AsyncApp, bell: Bell
) -> None:
    bell.let_go.set()
    for body in ({}, {"type": "block_actions"}, {"type": "block_actions", "actions": [{}]}):
        sent = AsyncBoltRequest(body={**body, "trigger_id": "1.2.d"}, mode="socket_mode")
        assert (await bolt.async_dispatch(sent)).status == 404
    assert bell.rung == 0
    assert await unfinished(local) == []


async def test_what_breaks_when_it_is_run_again_keeps_the_bot_from_nothing(local: Local) -> None:
    """Nor is it tried at the next start once more."""

    async def broken(_: Pressed, __: object) -> Answer:
        raise ValueError("not what a button of ours carries")

    services = local.bot.services
    registry = Registry(commands=(), buttons=(Button(BUTTON, None, broken),))
    door = SlackDoor(replace(services, registry=registry))
    bodies = ('{"actions": [{"action_id": "bell"}], "user": {"id": "U0MAYA"}}', "{}")
    for nth, body in enumerate(bodies):
        envelope = Envelope(f"block_actions:{nth}", "block_actions", body)
        await services.db.write(envelopes.add, envelope, services.clock())
    assert await door.replay() == 2
    assert await unfinished(local) == []


async def test_an_envelope_that_cannot_be_read_is_logged_and_done_with(
    local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    services = local.bot.services
    await services.db.write(
        envelopes.add, Envelope("event:9", "event_callback", "{}"), services.clock()
    )
    await services.db.write(lambda tx: tx.run("UPDATE envelopes SET body = 'k1:AAAA'"))
    assert await SlackDoor(services).replay() == 1
    assert "envelope_damaged" in {getattr(each, "event", "") for each in caplog.records}
    assert await unfinished(local) == []
