"""Conversations, people, reactions and block checks, judged by the official client."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Standing
from tests.sandbox.workspace.driver import ALL_SCOPES, Installed, Page, error_of, manifest, section


async def test_channels_come_in_pages(client: AsyncWebClient) -> None:
    names, cursor = [], None
    while cursor != "":
        page = await client.conversations_list(limit=2, cursor=cursor)
        names += [channel["name"] for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
    reports = ["sms-alerts", "sms-reviews", "sms-replies", "sms-reports"]
    assert names == ["sms", *reports, "general"]
    assert await error_of(client.conversations_list(cursor="junk!")) == "invalid_cursor"


async def test_the_bot_is_a_member_of_its_channels_and_of_every_direct_conversation(
    client: AsyncWebClient,
) -> None:
    channels = (await client.conversations_list())["channels"]
    assert {c["name"]: c["is_member"] for c in channels} == {
        "sms": True,
        "sms-alerts": True,
        "sms-reviews": True,
        "sms-replies": True,
        "sms-reports": True,
        "general": False,
    }
    ims = (await client.conversations_list(types="im"))["channels"]
    assert {c["user"] for c in ims} == {"U0LIN", "U0MAYA", "U0BO", "U0OMAR", "U0EVE"}


async def test_each_kind_of_conversation_is_listed_with_the_scope_of_its_own(
    installed: Installed, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.conversations_list(types="public_channel,private_channel")
    refused = caught.value.response
    assert (refused["error"], refused["needed"]) == ("missing_scope", "channels:read,groups:read")
    assert await error_of(client.conversations_list(types="public,im")) == "invalid_types"
    scopes = [*ALL_SCOPES, "groups:read"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes))
    assert (await client.conversations_list(types="private_channel"))["channels"] == []


async def test_a_conversation_can_be_looked_up_joined_and_counted(
    installed: Installed, client: AsyncWebClient
) -> None:
    assert (await client.conversations_info(channel="C0GENERAL"))["channel"]["is_member"] is False
    assert (await client.conversations_join(channel="C0GENERAL"))["channel"]["is_member"] is True
    again = await client.conversations_join(channel="C0GENERAL")
    assert again["warning"] == "already_in_channel"
    members = (await client.conversations_members(channel="C0GENERAL"))["members"]
    assert installed.installation.bot_user_id in members
    refused = client.conversations_join(channel="D0LIN")
    assert await error_of(refused) == "method_not_supported_for_channel_type"
    assert await error_of(client.conversations_info(channel="C0X")) == "channel_not_found"


async def test_a_direct_conversation_is_opened_with_one_person(client: AsyncWebClient) -> None:
    assert (await client.conversations_open(users="U0BO"))["channel"] == {"id": "D0BO"}
    full = await client.conversations_open(users=["U0BO"], return_im=True)
    assert full["channel"]["user"] == "U0BO"
    assert await error_of(client.conversations_open(users="U0NOBODY")) == "user_not_found"


async def test_somebody_s_own_conversations_are_listed(
    installed: Installed, client: AsyncWebClient
) -> None:
    async def listed(**more: Any) -> list[str]:
        found = await client.users_conversations(**more)
        return [channel["id"] for channel in found["channels"]]

    of_bot = ["C0SMS", "C0ALERTS", "C0REVIEWS", "C0REPLIES", "C0REPORTS"]
    assert await listed() == of_bot
    assert await listed(user="U0EVE") == [*of_bot, "C0GENERAL"]
    assert await listed(user="U0EVE", types="im") == ["D0EVE"]
    assert await error_of(client.users_conversations(user="U0NOBODY")) == "user_not_found"


async def test_people_are_found_by_their_mail_address(
    installed: Installed, client: AsyncWebClient
) -> None:
    scopes = [*ALL_SCOPES, "users:read.email"]
    assert await error_of(client.users_lookupByEmail(email="x")) == "missing_scope"
    assert "email" not in (await client.users_info(user="U0BO"))["user"]["profile"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes))
    found = (await client.users_lookupByEmail(email="Bo@local.example"))["user"]
    assert (found["id"], found["profile"]["email"]) == ("U0BO", "bo@local.example")
    for nobody in ("nobody@local.example", ""):
        assert await error_of(client.users_lookupByEmail(email=nobody)) == "users_not_found"
    installed.workspace.admin.restand("U0BO", Standing.DEACTIVATED)
    gone = client.users_lookupByEmail(email="bo@local.example")
    assert await error_of(gone) == "users_not_found"


async def test_history_is_newest_first_within_bounds_and_in_pages(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel="C0SMS", text=t))["ts"] for t in "abcd"]
    first = await client.conversations_history(channel="C0SMS", limit=3)
    assert [m["text"] for m in first["messages"]] == ["d", "c", "b"]
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel="C0SMS", limit=3, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["a"]
    between = await client.conversations_history(
        channel="C0SMS", oldest=stamps[0], latest=stamps[2]
    )
    assert [m["text"] for m in between["messages"]] == ["b"]
    with_ends = await client.conversations_history(
        channel="C0SMS", oldest=stamps[0], latest=stamps[2], inclusive=True
    )
    assert [m["text"] for m in with_ends["messages"]] == ["c", "b", "a"]


async def test_history_needs_the_bot_inside_and_a_thread_its_root(client: AsyncWebClient) -> None:
    assert await error_of(client.conversations_history(channel="C0GENERAL")) == "not_in_channel"
    missing = client.conversations_replies(channel="C0SMS", ts="1.1")
    assert await error_of(missing) == "thread_not_found"


async def test_people_have_a_language_only_when_asked_for_it(client: AsyncWebClient) -> None:
    bare = (await client.users_info(user="U0LIN"))["user"]
    assert "locale" not in bare
    full = (await client.users_info(user="U0LIN", include_locale=True))["user"]
    assert (full["locale"], full["tz"], full["tz_offset"]) == ("zh-CN", "Asia/Shanghai", 28_800)
    assert await error_of(client.users_info(user="U0NOBODY")) == "user_not_found"


async def test_everybody_is_listed(client: AsyncWebClient) -> None:
    members = (await client.users_list())["members"]
    assert {"lin", "maya", "bo", "omar", "eve", "smsops"} <= {m["name"] for m in members}


async def test_groups_say_who_is_in_them(client: AsyncWebClient) -> None:
    groups = (await client.usergroups_list(include_users=True, include_count=True))["usergroups"]
    assert {g["handle"]: g["users"] for g in groups} == {
        "sms-senders": ["U0LIN", "U0MAYA", "U0BO", "U0OMAR"],
        "sms-approvers": ["U0MAYA", "U0BO"],
        "sms-oncall": ["U0OMAR"],
        "sms-admins": ["U0MAYA"],
    }
    assert [g["user_count"] for g in groups] == [4, 2, 1, 1]
    bare = (await client.usergroups_list())["usergroups"][0]
    assert "users" not in bare
    listed = await client.usergroups_users_list(usergroup="S0APPROVERS")
    assert listed["users"] == ["U0MAYA", "U0BO"]
    assert await error_of(client.usergroups_users_list(usergroup="S0X")) == "no_such_subteam"


async def test_a_reaction_is_added_once_and_taken_back_once(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0SMS", text="x"))["ts"]
    at: dict[str, Any] = {"channel": "C0SMS", "timestamp": ts}
    await client.reactions_add(name=":eyes:", **at)
    assert await error_of(client.reactions_add(name="eyes", **at)) == "already_reacted"
    message = (await client.reactions_get(**at))["message"]
    assert message["reactions"] == [{"name": "eyes", "users": ["U0SMSBOT"], "count": 1}]
    await client.reactions_remove(name="eyes", **at)
    assert await error_of(client.reactions_remove(name="eyes", **at)) == "no_reaction"
    assert "reactions" not in (await client.reactions_get(**at))["message"]


async def test_a_reaction_needs_a_name_and_a_message(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0SMS", text="x"))["ts"]
    bad = client.reactions_add(channel="C0SMS", timestamp=ts, name="no spaces")
    assert await error_of(bad) == "invalid_name"
    gone = client.reactions_add(channel="C0SMS", timestamp="1.1", name="eyes")
    assert await error_of(gone) == "message_not_found"
    tone = "+1::skin-tone-3"
    await client.reactions_add(channel="C0SMS", timestamp=ts, name=tone)
    shown = (await client.reactions_get(channel="C0SMS", timestamp=ts))["message"]
    assert shown["reactions"][0]["name"] == tone


async def test_several_people_share_a_reaction(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    ts = (await client.chat_postMessage(channel="C0SMS", text="x"))["ts"]
    for user in ("U0LIN", "U0MAYA", "U0LIN"):
        await page.post("/ui/react", user=user, channel="C0SMS", ts=ts, name="eyes", add=True)
    await page.post("/ui/react", user="U0LIN", channel="C0SMS", ts=ts, name="eyes", add=False)
    [message] = installed.workspace.messages("C0SMS")
    assert message["reactions"] == [{"name": "eyes", "users": ["U0MAYA"], "count": 1}]


async def test_blocks_can_be_checked_without_posting(client: AsyncWebClient) -> None:
    good = await client.api_call("blocks.validate", params={"blocks": "[]"})
    assert good["ok"] is True
    with pytest.raises(SlackApiError) as caught:
        await client.api_call("blocks.validate", json={"blocks": [section("x" * 3001)]})
    assert caught.value.response["errors"] == [
        {
            "pointer": "/blocks/0/text/text",
            "code": "too_long",
            "message": "must be less than 3001 characters",
            "constraint": 3000,
        }
    ]
