"""Every method there is, once well and once refused, by slack_sdk's AsyncWebClient, unmodified."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace.methods import METHODS
from bot.sandbox.workspace.refusals import Refusal
from bot.sandbox.workspace.webapi import WebApi
from tests.sandbox.workspace.driver import ALL_SCOPES, Installed, manifest, modal


@dataclass(frozen=True)
class Ground:
    """What the calls stand on: a posted message, a trigger, an open form, a file."""

    client: AsyncWebClient
    ts: str
    trigger_id: str
    view_id: str
    file_id: str
    announced: str


Call = Callable[[Ground], Awaitable[Any]]
HOME = {"type": "home", "blocks": []}
SMS: dict[str, Any] = {"channel": "C0SMS"}
NOWHERE: dict[str, Any] = {"channel": "C0NOWHERE"}
TRIALS: dict[str, tuple[Call, Call, str]] = {
    "api.test": (
        lambda g: g.client.api_test(),
        lambda g: g.client.api_test(error="mine"),
        "mine",
    ),
    "auth.test": (
        lambda g: g.client.auth_test(),
        lambda g: g.client.auth_test(token="xoxb-wrong"),
        "invalid_auth",
    ),
    "blocks.validate": (
        lambda g: g.client.blocks_validate(blocks="[]"),
        lambda g: g.client.blocks_validate(blocks="{"),
        "invalid_blocks_format",
    ),
    "bots.info": (
        lambda g: g.client.bots_info(bot="B0SMSBOT"),
        lambda g: g.client.bots_info(bot="B0OTHER"),
        "bot_not_found",
    ),
    "chat.delete": (
        lambda g: g.client.chat_delete(ts=g.ts, **SMS),
        lambda g: g.client.chat_delete(ts="1.1", **SMS),
        "message_not_found",
    ),
    "chat.getPermalink": (
        lambda g: g.client.chat_getPermalink(message_ts=g.ts, **SMS),
        lambda g: g.client.chat_getPermalink(message_ts="1.1", **SMS),
        "message_not_found",
    ),
    "chat.postEphemeral": (
        lambda g: g.client.chat_postEphemeral(user="U0LIN", text="x", **SMS),
        lambda g: g.client.chat_postEphemeral(user="U0NOBODY", text="x", **SMS),
        "user_not_found",
    ),
    "chat.postMessage": (
        lambda g: g.client.chat_postMessage(text="x", **SMS),
        lambda g: g.client.chat_postMessage(text="x", **NOWHERE),
        "channel_not_found",
    ),
    "chat.update": (
        lambda g: g.client.chat_update(ts=g.ts, text="y", **SMS),
        lambda g: g.client.chat_update(ts="1.1", text="y", **SMS),
        "message_not_found",
    ),
    "conversations.history": (
        lambda g: g.client.conversations_history(**SMS),
        lambda g: g.client.conversations_history(**NOWHERE),
        "channel_not_found",
    ),
    "conversations.info": (
        lambda g: g.client.conversations_info(**SMS),
        lambda g: g.client.conversations_info(**NOWHERE),
        "channel_not_found",
    ),
    "conversations.join": (
        lambda g: g.client.conversations_join(channel="C0GENERAL"),
        lambda g: g.client.conversations_join(channel="D0LIN"),
        "method_not_supported_for_channel_type",
    ),
    "conversations.list": (
        lambda g: g.client.conversations_list(exclude_archived=True),
        lambda g: g.client.conversations_list(cursor="junk!"),
        "invalid_cursor",
    ),
    "conversations.members": (
        lambda g: g.client.conversations_members(**SMS),
        lambda g: g.client.conversations_members(**NOWHERE),
        "channel_not_found",
    ),
    "conversations.open": (
        lambda g: g.client.conversations_open(users="U0LIN"),
        lambda g: g.client.conversations_open(users="U0NOBODY"),
        "user_not_found",
    ),
    "conversations.replies": (
        lambda g: g.client.conversations_replies(ts=g.ts, **SMS),
        lambda g: g.client.conversations_replies(ts="1.1", **SMS),
        "thread_not_found",
    ),
    "files.completeUploadExternal": (
        lambda g: g.client.files_completeUploadExternal(files=[{"id": g.announced}]),
        lambda g: g.client.files_completeUploadExternal(files=[{"id": "F0NONE"}]),
        "file_not_found",
    ),
    "files.delete": (
        lambda g: g.client.files_delete(file=g.file_id),
        lambda g: g.client.files_delete(file="F0NONE"),
        "file_not_found",
    ),
    "files.getUploadURLExternal": (
        lambda g: g.client.files_getUploadURLExternal(filename="a.csv", length=3),
        lambda g: g.client.files_getUploadURLExternal(filename="a.csv", length=0),
        "missing_argument",
    ),
    "files.info": (
        lambda g: g.client.files_info(file=g.file_id),
        lambda g: g.client.files_info(file="F0NONE"),
        "file_not_found",
    ),
    "files.list": (
        lambda g: g.client.files_list(),
        lambda g: g.client.files_list(types="films"),
        "unknown_type",
    ),
    "reactions.add": (
        lambda g: g.client.reactions_add(timestamp=g.ts, name="rocket", **SMS),
        lambda g: g.client.reactions_add(timestamp=g.ts, name="eyes", **SMS),
        "already_reacted",
    ),
    "reactions.get": (
        lambda g: g.client.reactions_get(timestamp=g.ts, **SMS),
        lambda g: g.client.reactions_get(timestamp="1.1", **SMS),
        "message_not_found",
    ),
    "reactions.remove": (
        lambda g: g.client.reactions_remove(timestamp=g.ts, name="eyes", **SMS),
        lambda g: g.client.reactions_remove(timestamp=g.ts, name="rocket", **SMS),
        "no_reaction",
    ),
    "team.info": (
        lambda g: g.client.team_info(),
        lambda g: g.client.team_info(token="xapp-wrong"),
        "invalid_auth",
    ),
    "usergroups.list": (
        lambda g: g.client.usergroups_list(),
        lambda g: g.client.usergroups_list(token="xoxb-wrong"),
        "invalid_auth",
    ),
    "usergroups.users.list": (
        lambda g: g.client.usergroups_users_list(usergroup="S0ADMINS"),
        lambda g: g.client.usergroups_users_list(usergroup="S0NONE"),
        "no_such_subteam",
    ),
    "users.conversations": (
        lambda g: g.client.users_conversations(),
        lambda g: g.client.users_conversations(user="U0NOBODY"),
        "user_not_found",
    ),
    "users.info": (
        lambda g: g.client.users_info(user="U0LIN", include_locale=True),
        lambda g: g.client.users_info(user="U0NOBODY"),
        "user_not_found",
    ),
    "users.list": (
        lambda g: g.client.users_list(limit=2),
        lambda g: g.client.users_list(cursor="junk!"),
        "invalid_cursor",
    ),
    "users.lookupByEmail": (
        lambda g: g.client.users_lookupByEmail(email="bo@local.example"),
        lambda g: g.client.users_lookupByEmail(email="nobody@local.example"),
        "users_not_found",
    ),
    "views.open": (
        lambda g: g.client.views_open(trigger_id=g.trigger_id, view=modal()),
        lambda g: g.client.views_open(trigger_id="1.2.3", view=modal()),
        "invalid_trigger_id",
    ),
    "views.publish": (
        lambda g: g.client.views_publish(user_id="U0LIN", view=HOME),
        lambda g: g.client.views_publish(user_id="U0NOBODY", view=HOME),
        "user_not_found",
    ),
    "views.push": (
        lambda g: g.client.views_push(trigger_id=g.trigger_id, view=modal()),
        lambda g: g.client.views_push(trigger_id="1.2.3", view=modal()),
        "invalid_trigger_id",
    ),
    "views.update": (
        lambda g: g.client.views_update(view_id=g.view_id, view=modal()),
        lambda g: g.client.views_update(view_id="V0NONE", view=modal()),
        "not_found",
    ),
}


@pytest.fixture
async def ground(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> Ground:
    scopes = [*ALL_SCOPES, "users:read.email"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes))
    ts = (await client.chat_postMessage(text="x", **SMS))["ts"]
    await client.reactions_add(timestamp=ts, name="eyes", **SMS)
    for _ in range(2):
        await installed.page.say("/sms form")
    spent, fresh = (got.content["trigger_id"] for got in installed.app.of("command"))
    view = (await client.views_open(trigger_id=spent, view=modal()))["view"]
    file = (await client.files_upload_v2(filename="a.csv", content="x"))["file"]
    upload = await client.files_getUploadURLExternal(filename="b.csv", length=1)
    async with http.post(upload["upload_url"], data=b"x"):
        pass
    return Ground(client, ts, fresh, view["id"], file["id"], upload["file_id"])


def test_there_is_a_trial_for_every_method() -> None:
    """`apps.connections.open` has its own, with the token of its own: test_sockets.py."""
    assert set(TRIALS) == set(METHODS)


@pytest.mark.parametrize("method", TRIALS)
async def test_a_method_does_what_it_is_for_and_refuses_what_it_must(
    ground: Ground, method: str
) -> None:
    well, badly, error = TRIALS[method]
    with pytest.raises(SlackApiError) as caught:
        await badly(ground)
    assert caught.value.response["error"] == error
    assert (await well(ground))["ok"] is True


NAMES = """
    alt_txt attachments blocks bot channel channel_id channels count cursor email error external_id
    file filename files hash include_all_metadata include_locale inclusive initial_comment latest
    length limit message_ts metadata name oldest page reply_broadcast return_im text thread_ts
    timestamp title trigger_id ts ts_from ts_to types user user_id usergroup username users view
    view_id
"""
HOSTILE: list[Any] = [
    None, True, -1, 10**30, 1e308, "", "\x00", "²", "x" * 5_000, "1" * 5_000, "C0SMS", "#sms",
    [], [[]], [None, 1, "F1"], {}, {"id": []}, {"type": "modal", "blocks": [{"type": []}]},
    [{"type": "section", "text": []}, {"type": "card"}], [{"id": {}, "title": 3}], '{"a": [',
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
async def test_no_argument_of_any_kind_breaks_a_method(installed: Installed, method: str) -> None:
    """Behind the door for HTTP, where test_webapi.py breaks bodies."""
    api, token = WebApi(installed.workspace._world), installed.installation.bot_token
    for value in HOSTILE:
        for sound in ({}, {"channel": "C0SMS"}, {"user": "U0LIN", "channel": "C0SMS", "text": "x"}):
            args = {**dict.fromkeys(NAMES.split(), value), **sound}
            reply = api._run(method, args, token)
            shown = reply.as_json() if isinstance(reply, Refusal) else reply
            assert "ok" in json.loads(json.dumps(shown))
