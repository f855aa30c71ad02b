"""Desks hear of every change in review as it happens, whoever or whatever made it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.parameters import sign, template
from tests.sandbox.tencent.test_v5_applying import TEMPLATE

Next = Callable[[], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def events(caller: Caller) -> AsyncIterator[Next]:
    """Reads the events of one stream, one a call."""
    url = f"{caller.sandbox.url}/_sandbox/events"
    async with asyncio.timeout(30), caller.session.get(url) as stream:
        await stream.content.readuntil(b"\n\n")

        async def read() -> dict[str, Any]:
            frame = b":"
            while frame.startswith(b":"):  # signs of life
                frame = await stream.content.readuntil(b"\n\n")
            event: dict[str, Any] = json.loads(frame.removeprefix(b"data: "))
            return event

        yield read


def shape(event: dict[str, Any]) -> tuple[str, str, int, int | None]:
    item = event["item"]
    return event["type"], event["kind"], event["id"], item and item["status"]


async def test_an_application_and_its_end_are_told(caller: Caller) -> None:
    async with events(caller) as read:
        added = await caller.call("AddSmsTemplate", template())
        number = int(added["AddTemplateStatus"]["TemplateId"])
        event = await read()
        assert shape(event) == ("review", "templates", number, 1)
        waiting = (await caller.admin("GET", "reviews"))["templates"]
        assert event["item"] in waiting
        await caller.call("DeleteSmsTemplate", {"TemplateId": number})
        assert shape(await read()) == ("review", "templates", number, None)


async def test_v5_and_the_desk_and_the_seeding_doors_are_heard_as_well(caller: Caller) -> None:
    async with events(caller) as read:
        await caller.v5("mod_template", {**TEMPLATE, "tpl_id": 1115}, "")
        assert shape(await read()) == ("review", "templates", 1115, 1)
        await caller.admin("POST", "reviews/templates/1114", {"verdict": "reject", "reason": "x"})
        assert shape(await read()) == ("review", "templates", 1114, -1)
        await caller.admin("POST", "qualifications", {"qualification_id": 6002, "status": 1})
        assert shape(await read()) == ("review", "qualifications", 6002, 1)
        await caller.call("AddSmsSign", sign())
        assert shape(await read())[1] == "signatures"


async def test_a_review_that_time_ends_is_told_when_it_ends(start: Start, clock: Clock) -> None:
    caller = await start(review_delay_s=0.2, filing_delay_s=0.0)
    async with events(caller) as read:
        added = await caller.call("AddSmsSign", sign())
        number = added["AddSignStatus"]["SignId"]
        assert shape(await read()) == ("review", "signatures", number, 1)
        clock.advance(seconds=0.2)
        # Nobody asks anything: the stream itself wakes when the review is due.
        assert shape(await read()) == ("review", "signatures", number, 0)


@pytest.mark.parametrize("path", ["reset", "state"])
async def test_another_state_is_told_as_what_changed_in_it(caller: Caller, path: str) -> None:
    saved = await caller.admin("GET", "state")
    await caller.admin("POST", "reviews/templates/1114", {"verdict": "approve"})
    async with events(caller) as read:
        await caller.admin("POST", path, saved)
        assert shape(await read()) == ("review", "templates", 1114, 1)


async def test_what_changes_nothing_in_review_is_not_told(caller: Caller) -> None:
    async with events(caller) as read:
        await caller.admin("PUT", "console/limits", {"day": 3})
        await caller.send("+8613800000001")
        assert (await read())["type"] == "sms"
