"""What outlives a restart, and what does not."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import ManifestError, Pace, Standing, Workspace
from tests.sandbox.workspace.driver import ACTIONS, Page, manifest

EAGER = Pace(save_after_s=0.0)


def mode_of(path: Path) -> int:
    return path.stat().st_mode


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo" / "workspace.json"


async def test_messages_credentials_and_members_are_there_again(
    path: Path, http: aiohttp.ClientSession
) -> None:
    first = Workspace(state_path=path)
    url = await first.start()
    installation = first.install(manifest("http://127.0.0.1:9/", events=()))
    client = AsyncWebClient(token=installation.bot_token, base_url=f"{url}/api/", session=http)
    metadata = {"event_type": "send", "event_payload": {"id": "R-1"}}
    root = await client.chat_postMessage(
        channel="C0SMS", text="root", blocks=[ACTIONS], metadata=metadata
    )
    await client.chat_postMessage(channel="C0SMS", text="reply", thread_ts=root["ts"])
    await client.chat_update(channel="C0SMS", ts=root["ts"], text="edited")
    await client.reactions_add(channel="C0SMS", timestamp=root["ts"], name="eyes")
    await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="whisper")
    await client.conversations_join(channel="C0GENERAL")
    before = first.messages("C0SMS")
    await first.stop()

    second = Workspace(state_path=path)
    url = await second.start()
    again = second.install(manifest("http://127.0.0.1:9/", events=()))
    assert again == installation
    assert second.messages("C0SMS") == before
    assert second.ephemeral("U0LIN", "C0SMS") == []
    client = AsyncWebClient(token=again.bot_token, base_url=f"{url}/api/", session=http)
    later = await client.chat_postMessage(channel="C0GENERAL", text="still a member")
    assert float(later["ts"]) > float(before[-1]["ts"])
    await second.stop()


async def test_what_an_administrator_did_is_still_done(
    path: Path, http: aiohttp.ClientSession
) -> None:
    first = Workspace(state_path=path)
    await first.start()
    first.admin.archive("C0ALERTS")
    first.admin.regroup("S0ADMINS", ["U0BO"])
    first.admin.restand("U0EVE", Standing.GUEST)
    await first.stop()
    second = Workspace(state_path=path)
    url = await second.start()
    token = second.install(manifest("http://127.0.0.1:9/", events=())).bot_token
    client = AsyncWebClient(token=token, base_url=f"{url}/api/", session=http)
    for channel, archived in (("C0ALERTS", True), ("C0SMS", False)):
        info = await client.conversations_info(channel=channel)
        assert info["channel"]["is_archived"] is archived
    assert (await client.usergroups_users_list(usergroup="S0ADMINS"))["users"] == ["U0BO"]
    assert (await client.users_info(user="U0EVE"))["user"]["is_restricted"] is True
    await second.stop()


def test_a_file_of_the_version_before_is_read(path: Path) -> None:
    """It knew no files, and kept memberships alone."""
    message: dict[str, Any] = {
        "ts": "1.000001", "channel": "C0SMS", "user": "U0LIN", "text": "old", "bot_id": None,
        "app_id": None, "username": None, "blocks": [], "attachments": [], "metadata": None,
        "thread_ts": None, "broadcast": False, "edited_ts": None, "edited_by": None,
        "reactions": [], "ephemeral_for": None,
    }  # fmt: skip
    old = {"version": 1, "installation": None, "memberships": {"C0SMS": ["U0LIN"]}}
    path.parent.mkdir()
    path.write_text(json.dumps({**old, "messages": [message]}))
    assert [m["text"] for m in Workspace(state_path=path).messages("C0SMS")] == ["old"]


async def test_time_goes_on_where_it_was_even_if_the_clock_went_back(
    path: Path, http: aiohttp.ClientSession
) -> None:
    stamps = []
    for year in (2026, 2025):
        now = datetime(year, 1, 1, tzinfo=UTC)
        workspace = Workspace(state_path=path, clock=lambda now=now: now)  # type: ignore[misc]  # bound per turn
        await workspace.start()
        page = Page(http, workspace.url)
        for text in ("one", "two"):
            await page.say(text)
        stamps = [float(m["ts"]) for m in workspace.messages("C0SMS")]
        await workspace.stop()
    assert len(stamps) == 4
    assert stamps == sorted(set(stamps))


async def test_every_change_reaches_the_file_before_the_end(
    path: Path, http: aiohttp.ClientSession
) -> None:
    workspace = Workspace(state_path=path, pace=EAGER)
    url = await workspace.start()
    installation = workspace.install(manifest("http://127.0.0.1:9/", events=()))
    client = AsyncWebClient(token=installation.bot_token, base_url=f"{url}/api/", session=http)
    await client.chat_postMessage(channel="C0SMS", text="kept at once")

    def kept() -> bool:
        return path.exists() and "kept at once" in path.read_text()

    async with asyncio.timeout(30):
        while not kept():
            await client.api_test()
    assert mode_of(path) & 0o077 == 0
    await workspace.stop()
    assert names_in(path.parent) == [path.name]


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", "null", '{"version": 99}', '{"version": 1, "installation": {"a": 1}}']
)
def test_a_file_that_cannot_be_read_is_set_aside(
    path: Path, junk: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_text(junk)
    workspace = Workspace(state_path=path)
    assert workspace.messages("C0SMS") == []
    assert path.with_name("workspace.json.unreadable").read_text() == junk
    assert not path.exists()
    assert "workspace.json.unreadable" in caplog.text


async def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    workspace = Workspace()
    await workspace.start()
    workspace.install(manifest("http://127.0.0.1:9/"))
    await workspace.stop()
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"display_information": {}}, "display_information.name"),
        ({"oauth_config": {"scopes": {"bot": ["chat:write"]}}}, "scope commands"),
        ({"oauth_config": {"scopes": {"bot": ["commands"]}}}, "reactions:read"),
        ({"features": {"slash_commands": [{"command": "/sms"}]}}, "/sms has no url"),
        ({"settings": {"event_subscriptions": {"bot_events": ["message.im"]}}}, "request_url"),
    ],
)
def test_a_manifest_that_cannot_work_is_refused(broken: dict[str, Any], said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        Workspace().install({**manifest("http://127.0.0.1:9/"), **broken})
