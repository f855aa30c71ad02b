"""Slack's address from outside, over raw sockets: what is forged, stale or broken is turned away in
a few words, stored nowhere, and in no log."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress

import pytest
from aiohttp import StreamReader
from aiohttp.test_utils import make_mocked_request
from slack_bolt.async_app import AsyncApp

from bot import logs
from bot.cli.local import Local
from bot.mounts import http as http_routes
from storage.db import Tx
from tests.mounts.envelopes import EVENT
from tests.mounts.knocking import BODIES, FORM, JSON, MARKERS, TYPES, Knocker

SEED = 20261123


@pytest.fixture
def knocker(local: Local, caplog: pytest.LogCaptureFixture) -> Iterator[Knocker]:
    """At a bot that logs as it does in production."""
    caplog.set_level(logging.INFO)
    for name in logs.QUIET:
        caplog.set_level(logging.WARNING, name)
    knocker = Knocker(local, SEED)
    yield knocker
    knocker.leave()


def stored(tx: Tx) -> int:
    return len(tx.all("SELECT 1 FROM envelopes"))


async def test_whatever_is_not_signed_by_slack_now_is_turned_away_unread(
    local: Local, knocker: Knocker, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(400):
        status, said = await knocker.unsigned()
        # 400 is the server's own, to a head that is no head at all.
        assert status in {400, 401}
        assert len(said) < 100
        assert b"Traceback" not in said
    assert await local.bot.services.db.read(stored) == 0
    assert [marker for marker in MARKERS if marker in caplog.text] == []
    assert "Traceback" not in caplog.text


async def test_no_body_breaks_the_door_before_its_signature_is_looked_at(knocker: Knocker) -> None:
    for body in BODIES:
        for kind in TYPES:
            status, said = await knocker.knock(body, "now", "v0=" + "0" * 64, kind)
            assert (status, said) == (401, b'{"error": "invalid request"}'), (body[:40], kind)


async def test_what_was_signed_at_another_time_is_refused_before_its_body_comes(
    knocker: Knocker,
) -> None:
    for at in ("now-400", "now+400", "1"):
        assert await status_of(await knocker.begin(1_000, at)) == 401


async def test_of_bodies_that_do_not_come_so_many_are_waited_for_and_slack_never_waits(
    knocker: Knocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_routes, "SLACK_BODIES_AT_ONCE", 3)
    begun = [await knocker.begin(1_000) for _ in range(9)]
    assert [await status_of(each) for each in begun[:6]] == [408] * 6
    status, _ = await knocker.knock(BODIES[0].replace(b"send", b"help"), "now", "good", FORM)
    assert status == 200
    # Those that may still come are waited for.
    with pytest.raises(TimeoutError):
        await status_of(begun[-1], within_s=0.1)


async def test_a_body_that_ran_out_of_time_in_this_turn_keeps_no_other_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_routes, "SLACK_BODIES_AT_ONCE", 1)
    route = http_routes.SlackRoute(AsyncApp(token="xoxb-1", signing_secret="s"), "s")
    over = asyncio.timeout(0)
    with suppress(TimeoutError):
        async with over:
            await asyncio.Event().wait()
    route._coming[over] = None
    loop = asyncio.get_running_loop()
    payload = StreamReader(make_mocked_request("POST", "/").protocol, 2**16, loop=loop)
    request = make_mocked_request("POST", "/slack/events", payload=payload)
    loop.call_soon(payload.feed_data, b"said")
    loop.call_soon(payload.feed_eof)
    assert await route._body_of(request) == b"said"


async def status_of(reader: asyncio.StreamReader, within_s: float = 5) -> int:
    async with asyncio.timeout(within_s):
        return int((await reader.readuntil(b"\r\n")).split()[1])


async def test_what_slack_signs_and_is_no_envelope_breaks_nothing(
    knocker: Knocker, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(60):
        status, said = await knocker.junk()
        assert status < 500
        assert b"Traceback" not in said
    assert [marker for marker in MARKERS if marker in caplog.text] == []
    # And the door is as it was.
    status, _ = await knocker.knock(BODIES[0].replace(b"send", b"help"), "now", "good", FORM)
    assert status == 200


async def test_an_envelope_in_which_something_is_another_thing_breaks_nothing(
    knocker: Knocker, caplog: pytest.LogCaptureFixture
) -> None:
    statuses = set()
    for _ in range(250):
        status, said = await knocker.disturbed()
        statuses.add(status)
        assert b"Traceback" not in said
    assert statuses == {200, 400, 404}
    broken = [each for each in caplog.records if each.exc_info]
    assert [each for each in broken if each.name.startswith("slack_bolt")] == []


async def test_a_mention_that_is_gone_by_now_is_not_asked_for_again(knocker: Knocker) -> None:
    mention = {**EVENT, "type": "app_mention", "ts": "1.000002"}
    body = {"type": "event_callback", "event_id": "Ev1", "event": mention}
    status, _ = await knocker.knock(json.dumps(body).encode(), "now", "good", JSON)
    assert status == 200
