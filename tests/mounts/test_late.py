"""A disk that is too slow for Slack: an answer in time, which says what is true from then on."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.cli.local import Local
from bot.locales import Locale
from bot.mounts import slack_door
from bot.mounts.slack_door import SlackDoor
from bot.registry import Answer, Button, Command, Event, Nothing, Registry, Submission
from bot.slack.messages import faults
from handlers.services import Services
from storage import app_choices, envelopes
from storage.db import Tx
from storage.envelopes import Envelope

MAYA, SMS = "U0MAYA", "C0SMS"
#: Slack's patience where it is to run out, and where what is asked is to be done after all.
SHORT_S, LONG_S = 0.5, 60.0
BUSY, LATE = faults.busy(Locale.EN).text, faults.late(Locale.EN).text


@dataclass
class Disk:
    """Holds the writer thread for as long as a test wants."""

    services: Services
    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def hold(self, tx: Tx) -> None:
        opened = self.opened
        self.entered.set()
        assert opened.wait(60)

    async def stall(self) -> None:
        # Not as one of those who wait for so long and no longer.
        Context().run(self.services.db.submit, self.hold)
        await asyncio.to_thread(self.entered.wait, 60)

    async def stall_behind(self, work: Awaitable[Any]) -> "asyncio.Future[Any]":
        """Begins `work`, which writes, and stalls again when its write is done but not stored."""
        db, stalled = self.services.db, self.opened
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(30):
            while db._queue.qsize() == 0:  # noqa: ASYNC110 - the queue tells nobody
                await asyncio.sleep(0)
        self.entered, self.opened = threading.Event(), threading.Event()
        Context().run(db.submit, self.hold)
        stalled.set()
        await asyncio.to_thread(self.entered.wait, 60)
        return task

    async def recover(self) -> None:
        """And all that waited for it was written, or never will be; what comes next has time."""
        slack_door.ANSWER_WITHIN_S = LONG_S
        self.opened.set()
        await self.services.db.write(lambda tx: None)


@dataclass
class Doing:
    """A handler that stores something, on a disk that may stall before or meanwhile."""

    disk: Disk
    runs: int = 0
    stalls_before: bool = False
    stalls_within: bool = False

    async def run(self, knock: Any, services: Services) -> Answer:
        self.runs += 1
        if self.stalls_before:
            await self.disk.stall()
        await services.db.write(self.effect)
        return Nothing()

    def effect(self, tx: Tx) -> None:
        if self.stalls_within:
            self.disk.hold(tx)
        app_choices.put(tx, MAYA, SMS, "demo", self.disk.services.clock())


async def is_done(local: Local) -> bool:
    return await local.bot.services.db.read(app_choices.get, MAYA, SMS) is not None


@pytest.fixture
def doing(local: Local) -> Doing:
    return Doing(Disk(local.bot.services))


@pytest.fixture
async def bolt(
    local: Local, doing: Doing, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncApp]:
    monkeypatch.setattr(slack_door, "ANSWER_WITHIN_S", SHORT_S)
    services = local.bot.services
    # Known beforehand: Slack is asked for nobody in these tests.
    await services.people.look_up(MAYA, SMS)
    registry = Registry(
        commands=(Command("", "", None, doing.run),),
        buttons=(Button("bell", None, doing.run),),
        submissions=(Submission("form", None, doing.run),),
        events=(Event("app_mention", "app_mention", (), None, doing.run),),
    )
    door = SlackDoor(replace(services, registry=registry))
    app = AsyncApp(
        client=services.slack.web, request_verification_enabled=False, process_before_response=True
    )
    door.mount(app)
    yield app
    doing.disk.opened.set()
    await door.stop()


def open_envelopes(tx: Tx, now: datetime) -> list[Envelope]:
    return envelopes.find_unfinished(tx, now - timedelta(days=1))


COMMAND = {"command": "/sms", "text": "", "user_id": MAYA, "channel_id": SMS}
WHO = {"team": {"id": "T0LOCAL"}, "user": {"id": MAYA}}
CLICK = {"type": "block_actions", **WHO, "actions": [{"action_id": "bell", "value": ""}]}
INPUT = {"type": "input", "block_id": "number"}
VIEW = {"id": "V1", "callback_id": "form", "type": "modal", "blocks": [{"type": "section"}, INPUT]}
FORM = {"type": "view_submission", **WHO, "view": VIEW}
EVENT = {
    "type": "event_callback",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "user": MAYA, "channel": SMS, "ts": "1.2", "text": "x"},
}


async def post(bolt: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    sent = {"trigger_id": "1.2.a", **body}
    return await bolt.async_dispatch(AsyncBoltRequest(body=sent, mode="socket_mode"))


async def test_a_command_that_cannot_be_stored_in_time_is_never_done(
    local: Local, bolt: AsyncApp, doing: Doing
) -> None:
    await doing.disk.stall()
    answer = await post(bolt, COMMAND)
    assert (answer.status, json.loads(answer.body)["text"]) == (200, BUSY)
    await doing.disk.recover()
    assert doing.runs == 0
    # Nothing of it is left: the very same is taken when it comes again.
    assert (await post(bolt, COMMAND)).body == ""
    assert (doing.runs, await is_done(local)) == (1, True)


async def test_what_waits_for_the_disk_when_busy_is_said_is_never_done(
    local: Local, bolt: AsyncApp, doing: Doing
) -> None:
    doing.stalls_before = True
    answer = await post(bolt, COMMAND)
    assert json.loads(answer.body)["text"] == BUSY
    await doing.disk.recover()
    assert (doing.runs, await is_done(local)) == (1, False)


async def test_what_is_under_way_then_is_not_denied(
    local: Local, bolt: AsyncApp, doing: Doing
) -> None:
    doing.stalls_within = True
    answer = await post(bolt, COMMAND)
    assert json.loads(answer.body)["text"] == LATE
    await doing.disk.recover()
    assert await is_done(local)


async def test_a_form_stays_open_with_what_was_typed(
    local: Local, bolt: AsyncApp, doing: Doing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await doing.disk.stall()
    answer = await post(bolt, FORM)
    wanted = {"response_action": "errors", "errors": {"number": BUSY}}
    assert json.loads(answer.body) == wanted
    await doing.disk.recover()
    doing.disk.entered.clear()
    doing.disk.opened.clear()
    doing.stalls_before = True
    monkeypatch.setattr(slack_door, "ANSWER_WITHIN_S", SHORT_S)
    assert json.loads((await post(bolt, {**FORM, "trigger_id": "1.2.b"})).body) == wanted
    await doing.disk.recover()
    assert (doing.runs, await is_done(local)) == (1, False)


async def test_a_click_of_which_busy_was_said_is_not_made_up_for_after_a_restart(
    local: Local, bolt: AsyncApp, doing: Doing
) -> None:
    await doing.disk.stall()
    assert (await post(bolt, CLICK)).status == 200
    await doing.disk.recover()
    assert await local.bot.door.replay() == 0
    assert doing.runs == 0


async def test_nor_where_it_was_being_stored_by_then(
    local: Local, bolt: AsyncApp, doing: Doing
) -> None:
    await doing.disk.stall()
    answered = await doing.disk.stall_behind(post(bolt, CLICK))
    assert (await answered).status == 200
    await doing.disk.recover()
    async with asyncio.timeout(30):
        while await local.bot.services.db.read(open_envelopes, local.bot.services.clock()):
            pass
    assert await local.bot.door.replay() == 0
    assert doing.runs == 0


async def test_an_event_that_is_not_stored_in_time_is_asked_for_again(
    bolt: AsyncApp, doing: Doing
) -> None:
    await doing.disk.stall()
    assert (await post(bolt, EVENT)).status == 500
    await doing.disk.recover()
    assert (await post(bolt, EVENT)).status == 200
    assert doing.runs == 1
