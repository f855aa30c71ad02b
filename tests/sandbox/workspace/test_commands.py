"""Slash commands: what the app receives, and what becomes of its answer."""

from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.workspace.driver import ACTIONS, Installed, Json, manifest, section


async def test_a_command_arrives_with_everything_slack_sends(installed: Installed) -> None:
    assert await installed.page.say("/sms send  +86 138") == {"ok": True, "command": True}
    [got] = installed.app.of("command")
    url, trigger = got.content.pop("response_url"), got.content.pop("trigger_id")
    assert got.content.pop("token")
    assert got.content == {
        "team_id": "T0LOCAL",
        "team_domain": "local",
        "channel_id": "C0SMS",
        "channel_name": "sms",
        "user_id": "U0LIN",
        "user_name": "lin",
        "command": "/sms",
        "text": "send  +86 138",
        "api_app_id": installed.installation.app_id,
        "is_enterprise_install": "false",
    }
    assert url.startswith(f"{installed.workspace.url}/response/")
    assert trigger
    assert installed.workspace.messages("C0SMS") == []


async def test_a_bare_command_has_an_empty_text_and_a_direct_conversation_no_name(
    installed: Installed,
) -> None:
    await installed.page.say("/sms", channel="D0LIN")
    [got] = installed.app.of("command")
    assert (got.content["text"], got.content["channel_name"]) == ("", "directmessage")


@pytest.mark.parametrize(
    ("should_escape", "text"),
    [
        (True, "a &lt; b &amp; <@U0MAYA|maya> in <#C0SMS|sms> by @nobody"),
        (False, "a < b & @maya in #sms by @nobody"),
    ],
)
async def test_references_and_entities_are_escaped_if_the_manifest_says_so(
    installed: Installed, should_escape: bool, text: str
) -> None:
    installed.workspace.install(manifest(installed.app.url, should_escape=should_escape))
    await installed.page.say("/sms a < b & @maya in #sms by @nobody")
    assert installed.app.of("command")[0].content["text"] == text


async def test_an_unknown_command_is_refused_and_not_posted(installed: Installed) -> None:
    answer = await installed.page.say("/dance now")
    assert (answer["ok"], answer["error"]) == (False, "unknown_command")
    assert "/dance" in answer["message"]
    assert installed.app.received == []
    assert installed.workspace.messages("C0SMS") == []


@pytest.mark.parametrize(
    ("said", "everybody"),
    [
        ({"text": "hi"}, False),
        ({"text": "hi", "response_type": "ephemeral"}, False),
        ({"text": "hi", "response_type": "in_channel"}, True),
        ({"text": "hi", "blocks": [section("hi"), ACTIONS]}, False),
    ],
)
async def test_an_answer_becomes_a_message(
    installed: Installed, said: Json, everybody: bool
) -> None:
    installed.app.answer_json(said)
    await installed.page.say("/sms help")
    for_all = installed.workspace.messages("C0SMS")
    for_one = installed.workspace.ephemeral("U0LIN", "C0SMS")
    [message] = for_all if everybody else for_one
    assert (message["text"], message["user"]) == ("hi", installed.installation.bot_user_id)
    assert len(message.get("blocks", [])) == len(said.get("blocks", []))
    assert len(for_all) + len(for_one) == 1


async def test_a_plain_text_answer_becomes_an_ephemeral_message(installed: Installed) -> None:
    installed.app.answers.append(lambda _: web.Response(text="just words"))
    await installed.page.say("/sms help")
    [message] = installed.workspace.ephemeral("U0LIN", "C0SMS")
    assert message["text"] == "just words"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ([1, 2], "dispatch_failed"),
    ],
)
async def test_an_answer_that_cannot_be_shown_is_a_failure(
    installed: Installed, said: Any, error: str
) -> None:
    installed.app.answer_json(said)
    answer = await installed.page.say("/sms help", user="U0MAYA")
    assert answer["failed"] == error
    [notice] = installed.workspace.ephemeral("U0MAYA", "C0SMS")
    assert error in notice["text"]


async def test_an_empty_answer_shows_nothing(installed: Installed) -> None:
    installed.app.answer_json({})
    assert await installed.page.say("/sms help") == {"ok": True, "command": True}
    assert installed.workspace.ephemeral("U0LIN", "C0SMS") == []


async def test_a_command_works_where_the_bot_is_no_member(installed: Installed) -> None:
    installed.app.answer_json({"text": "hi", "response_type": "in_channel"})
    await installed.page.say("/sms help", channel="C0GENERAL")
    assert installed.workspace.messages("C0GENERAL")[0]["text"] == "hi"
