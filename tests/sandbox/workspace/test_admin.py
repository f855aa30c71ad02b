"""Archived channels, members who come and go, groups, standings, a revoked token."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Standing
from tests.sandbox.workspace.driver import Installed, Json, Page, error_of, listening


async def test_an_archived_channel_takes_nothing_new(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    at: dict[str, Any] = {"channel": "C0SMS"}
    ts = (await client.chat_postMessage(text="before", **at))["ts"]
    assert await page.post("/ui/admin/archive", channel="C0SMS", archived=True) == {"ok": True}
    assert await error_of(client.chat_postMessage(text="x", **at)) == "is_archived"
    whisper = client.chat_postEphemeral(user="U0LIN", text="x", **at)
    assert await error_of(whisper) == "is_archived"
    assert await error_of(client.chat_update(ts=ts, text="x", **at)) == "is_inactive"
    react = client.reactions_add(timestamp=ts, name="eyes", **at)
    assert await error_of(react) == "is_archived"
    upload = client.files_upload_v2(channel="C0SMS", filename="a.csv", content="x")
    assert await error_of(upload) == "is_archived"
    assert (await page.say("x"))["error"] == "is_archived"
    by_hand = {"user": "U0LIN", "channel": "C0SMS", "ts": ts, "name": "eyes", "add": True}
    assert (await page.post("/ui/react", **by_hand))["error"] == "is_archived"
    assert [m["text"] for m in installed.workspace.messages("C0SMS")] == ["before"]
    assert (await client.conversations_history(channel="C0SMS"))["messages"][0]["text"] == "before"


async def test_an_archived_channel_says_so_and_can_be_left_out(
    installed: Installed, client: AsyncWebClient
) -> None:
    installed.workspace.admin.archive("C0ALERTS")
    info = (await client.conversations_info(channel="C0ALERTS"))["channel"]
    assert info["is_archived"] is True
    listed = (await client.conversations_list(exclude_archived=True))["channels"]
    assert "C0ALERTS" not in {channel["id"] for channel in listed}
    assert await error_of(client.conversations_join(channel="C0ALERTS")) == "is_archived"
    installed.workspace.admin.archive("C0ALERTS", archived=False)
    assert (await client.chat_postMessage(channel="C0ALERTS", text="again"))["ok"] is True


async def test_archiving_is_told_to_the_app_and_to_the_pages(installed: Installed) -> None:
    async with listening(installed.page, "U0MAYA") as stream:
        installed.workspace.admin.archive("C0SMS")
        installed.workspace.admin.archive("C0SMS")
        heard = await stream.next_of("channel_changed")
        assert (heard["channel"]["id"], heard["channel"]["is_archived"]) == ("C0SMS", True)
    installed.workspace.admin.archive("C0SMS", archived=False)
    await installed.app.wait_for("channel_unarchive")
    [got] = installed.app.of("channel_archive")
    assert got.content["event"]["channel"] == "C0SMS"


async def test_the_bot_can_be_taken_out_of_a_channel_and_put_into_one(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    move = {"channel": "C0SMS", "member": "U0SMSBOT"}
    assert await page.post("/ui/admin/member", present=False, **move) == {"ok": True}
    assert await error_of(client.chat_postMessage(channel="C0SMS", text="x")) == "not_in_channel"
    [left] = await installed.app.wait_for("member_left_channel")
    assert left.content["event"]["user"] == "U0SMSBOT"
    await page.say("nobody of the app hears this")
    await page.post("/ui/admin/member", present=True, **move)
    [joined] = await installed.app.wait_for("member_joined_channel")
    assert (joined.content["event"]["user"], joined.content["event"]["channel"]) == (
        "U0SMSBOT",
        "C0SMS",
    )
    assert (await client.chat_postMessage(channel="C0SMS", text="x"))["ok"] is True
    assert installed.app.of("message") == []


async def test_who_writes_in_a_channel_joins_it(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    installed.workspace.admin.remove("C0SMS", "U0EVE")
    members = (await client.conversations_members(channel="C0SMS"))["members"]
    assert "U0EVE" not in members
    await page.say("hello", user="U0EVE")
    [joined] = await installed.app.wait_for("member_joined_channel")
    assert joined.content["event"]["user"] == "U0EVE"


async def test_a_group_changes_its_members_while_people_look(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    changed = {"group": "S0APPROVERS", "members": ["U0BO", "U0LIN", "U0BO"]}
    assert await page.post("/ui/admin/group", **changed) == {"ok": True}
    users = (await client.usergroups_users_list(usergroup="S0APPROVERS"))["users"]
    assert users == ["U0BO", "U0LIN"]
    [got] = await installed.app.wait_for("subteam_members_changed")
    event = got.content["event"]
    assert (event["added_users"], event["removed_users"]) == (["U0LIN"], ["U0MAYA"])


@pytest.mark.parametrize(
    ("standing", "flag"),
    [
        (Standing.GUEST, "is_restricted"),
        (Standing.STRANGER, "is_stranger"),
        (Standing.DEACTIVATED, "deleted"),
    ],
)
async def test_somebody_can_become_a_guest_a_stranger_or_a_leaver(
    client: AsyncWebClient, page: Page, standing: Standing, flag: str
) -> None:
    before = (await client.users_info(user="U0EVE"))["user"]
    assert not before.get(flag)
    change = {"person": "U0EVE", "standing": standing.value}
    assert await page.post("/ui/admin/standing", **change) == {"ok": True}
    after = (await client.users_info(user="U0EVE"))["user"]
    assert after.pop(flag) is True
    before.pop(flag, None)
    assert after == before


async def test_a_revoked_token_is_refused_everywhere_until_it_is_given_back(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    assert await page.post("/ui/admin/token", revoked=True) == {"ok": True}
    for call in (client.auth_test(), client.chat_postMessage(channel="C0SMS", text="x")):
        assert await error_of(call) == "account_inactive"
    [got] = await installed.app.wait_for("tokens_revoked")
    assert got.content["event"]["tokens"] == {"oauth": [], "bot": ["U0SMSBOT"]}
    assert await error_of(client.auth_test(token="xoxb-other")) == "invalid_auth"
    await page.post("/ui/admin/token", revoked=False)
    assert (await client.auth_test())["ok"] is True


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("archive", {"channel": "C0NOWHERE", "archived": True}),
        ("archive", {"channel": "D0LIN", "archived": True}),
        ("archive", {"channel": ["C0SMS"]}),
        ("member", {"channel": "C0NOWHERE", "member": "U0LIN"}),
        ("member", {"channel": "C0SMS", "member": "U0NOBODY", "present": True}),
        ("group", {"group": "S0NOBODY", "members": []}),
        ("group", {"group": "S0ADMINS", "members": ["U0NOBODY"]}),
        ("group", {"group": "S0ADMINS", "members": "U0LIN"}),
        ("group", {"group": "S0ADMINS", "members": [{}]}),
        ("standing", {"person": "U0NOBODY", "standing": "guest"}),
        ("standing", {"person": "U0EVE", "standing": "king"}),
    ],
)
async def test_what_is_not_there_cannot_be_changed(page: Page, path: str, body: Json) -> None:
    assert (await page.post(f"/ui/admin/{path}", **body))["ok"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "faults"),
        ("GET", "trace"),
        ("POST", "faults/add"),
        ("POST", "faults/remove"),
        ("POST", "faults/clear"),
        ("POST", "admin/archive"),
        ("POST", "admin/member"),
        ("POST", "admin/group"),
        ("POST", "admin/standing"),
        ("POST", "admin/token"),
        ("POST", "shortcut"),
        ("POST", "upload"),
        ("GET", "file/F1"),
    ],
)
async def test_no_other_site_may_use_the_switches(page: Page, method: str, path: str) -> None:
    for headers in (
        {"Origin": "https://elsewhere.example", "X-Workspace-Page": "1"},
        {"Host": "rebound.example", "X-Workspace-Page": "1"},
        *([{}] if method == "POST" else []),
    ):
        url = f"{page.url}/ui/{path}"
        async with page.http.request(method, url, data=b"{}", headers=headers) as answer:
            assert answer.status == 403


async def test_somebody_can_be_of_another_workspace_of_the_organisation(
    client: AsyncWebClient, page: Page
) -> None:
    change = {"person": "U0EVE", "standing": Standing.NEIGHBOUR.value}
    assert await page.post("/ui/admin/standing", **change) == {"ok": True}
    user = (await client.users_info(user="U0EVE"))["user"]
    assert user["team_id"] != (await client.auth_test())["team_id"]
    assert "is_stranger" not in user
