"""Every method of the Web API, once so that it succeeds and once so that it must be refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workspace.driver import modal


@dataclass(frozen=True)
class Ground:
    """What the calls stand on: a posted message, a trigger, an open form, a file."""

    client: AsyncWebClient
    ts: str
    trigger_id: str
    inner_trigger_id: str
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
        lambda g: g.client.views_push(trigger_id=g.inner_trigger_id, view=modal()),
        lambda g: g.client.views_push(trigger_id="1.2.3", view=modal()),
        "invalid_trigger_id",
    ),
    "views.update": (
        lambda g: g.client.views_update(view_id=g.view_id, view=modal()),
        lambda g: g.client.views_update(view_id="V0NONE", view=modal()),
        "not_found",
    ),
}
