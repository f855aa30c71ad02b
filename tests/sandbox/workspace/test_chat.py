"""Posting, changing and deleting messages, judged by the official client."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workspace.driver import ACTIONS, Installed, Page, error_of, manifest, section


async def test_a_posted_message_is_in_the_channel(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0SMS", text="hello", blocks=[section("*hi*")])
    [message] = installed.workspace.messages("C0SMS")
    assert posted["channel"] == "C0SMS"
    assert (message["ts"], message["text"]) == (posted["ts"], "hello")
    assert message["user"] == installed.installation.bot_user_id
    assert message["blocks"][0]["text"]["text"] == "*hi*"
    assert message["blocks"][0]["block_id"]


async def test_timestamps_only_ever_grow(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel="C0SMS", text="x"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


async def test_a_message_to_a_person_goes_to_their_direct_conversation(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="U0MAYA", text="psst")
    assert posted["channel"] == "D0MAYA"
    assert installed.workspace.messages("D0MAYA")[0]["text"] == "psst"


async def test_a_message_may_name_its_channel_and_is_answered_with_the_id(
    installed: Installed, client: AsyncWebClient
) -> None:
    for name in ("#sms", "sms", "C0SMS"):
        assert (await client.chat_postMessage(channel=name, text="x"))["channel"] == "C0SMS"
        await client.chat_postEphemeral(channel=name, user="U0LIN", text="x")
    assert len(installed.workspace.ephemeral("U0LIN", "C0SMS")) == 3
    refused = client.chat_postMessage(channel="#nowhere", text="x")
    assert await error_of(refused) == "channel_not_found"


async def test_nothing_but_posting_takes_the_name_of_a_channel_or_a_person(
    client: AsyncWebClient,
) -> None:
    ts = (await client.chat_postMessage(channel="U0LIN", text="x"))["ts"]
    for name in ("U0LIN", "#sms", "sms"):
        update = client.chat_update(channel=name, ts=ts, text="y")
        assert await error_of(update) == "channel_not_found"
        history = client.conversations_history(channel=name)
        assert await error_of(history) == "channel_not_found"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GENERAL", "text": "x"}, "not_in_channel"),
        ({"channel": "C0SMS", "text": ""}, "no_text"),
        ({"channel": "C0SMS", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": "C0SMS", "text": "x", "blocks": [{"type": "nope"}]}, "invalid_blocks"),
        ({"channel": "C0SMS", "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ({"channel": "C0SMS", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        (
            {"channel": "C0SMS", "text": "x", "attachments": [{"text": "y"}] * 101},
            "too_many_attachments",
        ),
        ({"channel": "C0SMS", "text": "x", "attachments": [1]}, "invalid_attachments"),
        ({"channel": "C0SMS", "text": "x", "attachments": [{"blocks": [3]}]}, "invalid_blocks"),
    ],
)
async def test_a_message_that_cannot_be_posted_says_why(
    installed: Installed, client: AsyncWebClient, args: dict[str, Any], error: str
) -> None:
    assert await error_of(client.api_call("chat.postMessage", json=args)) == error
    assert installed.workspace.messages("C0SMS") == []


async def test_the_public_scope_opens_channels_the_bot_is_not_in(
    installed: Installed, client: AsyncWebClient
) -> None:
    scopes = ["commands", "chat:write", "chat:write.public"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes, events=()))
    await client.chat_postMessage(channel="C0GENERAL", text="hello")
    assert len(installed.workspace.messages("C0GENERAL")) == 1


async def test_a_text_over_forty_thousand_characters_is_cut_with_a_warning(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0SMS", text="x" * 40_001)
    assert posted["warning"] == "message_truncated"
    assert len(installed.workspace.messages("C0SMS")[0]["text"]) == 40_000


async def test_faulty_blocks_are_named_by_their_pointers(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0SMS", text="x", blocks=[section("")])
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_an_update_replaces_text_and_blocks_and_marks_the_message(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0SMS", text="before", blocks=[ACTIONS])
    updated = await client.chat_update(channel="C0SMS", ts=posted["ts"], text="after")
    [message] = installed.workspace.messages("C0SMS")
    assert (updated["ts"], updated["text"]) == (posted["ts"], "after")
    assert message["text"] == "after"
    assert "blocks" not in message
    assert message["edited"]["user"] == installed.installation.bot_user_id


async def test_an_update_is_refused_where_it_must_be(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    await page.say("mine")
    [theirs] = installed.workspace.messages("C0SMS")
    update = client.chat_update
    assert await error_of(update(channel="C0SMS", ts="1.1", text="x")) == "message_not_found"
    assert await error_of(update(channel="C0SMS", ts=theirs["ts"], text="x")) == (
        "cant_update_message"
    )
    own = await client.chat_postMessage(channel="C0SMS", text="own")
    assert await error_of(update(channel="C0SMS", ts=own["ts"], text="x" * 4001)) == "msg_too_long"
    empty = {"channel": "C0SMS", "ts": own["ts"], "text": "", "blocks": []}
    assert await error_of(client.api_call("chat.update", json=empty)) == "no_text"


async def test_a_deleted_message_is_gone_and_others_messages_stay(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    await page.say("mine")
    [theirs] = installed.workspace.messages("C0SMS")
    own = await client.chat_postMessage(channel="C0SMS", text="own")
    await client.chat_delete(channel="C0SMS", ts=own["ts"])
    assert installed.workspace.messages("C0SMS") == [theirs]
    refused = client.chat_delete(channel="C0SMS", ts=theirs["ts"])
    assert await error_of(refused) == "cant_delete_message"
    assert await error_of(client.chat_delete(channel="C0SMS", ts=own["ts"])) == "message_not_found"


async def test_an_ephemeral_message_is_for_one_person_and_outside_history(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postEphemeral(channel="C0SMS", user="U0LIN", text="only you")
    [seen] = installed.workspace.ephemeral("U0LIN", "C0SMS")
    assert (seen["ts"], seen["text"]) == (posted["message_ts"], "only you")
    assert installed.workspace.ephemeral("U0MAYA", "C0SMS") == []
    assert (await client.conversations_history(channel="C0SMS"))["messages"] == []
    refused = client.chat_update(channel="C0SMS", ts=posted["message_ts"], text="x")
    assert await error_of(refused) == "message_not_found"


async def test_an_ephemeral_message_needs_a_reader_who_is_there(client: AsyncWebClient) -> None:
    nobody = client.chat_postEphemeral(channel="C0SMS", user="U0NOBODY", text="x")
    assert await error_of(nobody) == "user_not_found"
    outside = client.chat_postEphemeral(channel="D0LIN", user="U0MAYA", text="x")
    assert await error_of(outside) == "user_not_in_channel"


async def test_a_thread_shows_its_figures_on_the_root_only(
    installed: Installed, client: AsyncWebClient
) -> None:
    root = await client.chat_postMessage(channel="C0SMS", text="root")
    for text in ("one", "two"):
        await client.chat_postMessage(channel="C0SMS", text=text, thread_ts=root["ts"])
    shown, one, two = installed.workspace.messages("C0SMS")
    assert (shown["reply_count"], shown["latest_reply"]) == (2, two["ts"])
    assert one["thread_ts"] == root["ts"]
    assert "reply_count" not in one
    history = (await client.conversations_history(channel="C0SMS"))["messages"]
    assert [m["text"] for m in history] == ["root"]
    thread = (await client.conversations_replies(channel="C0SMS", ts=root["ts"]))["messages"]
    assert [m["text"] for m in thread] == ["root", "one", "two"]


async def test_a_reply_to_a_reply_joins_the_same_thread(
    installed: Installed, client: AsyncWebClient
) -> None:
    root = await client.chat_postMessage(channel="C0SMS", text="root")
    reply = await client.chat_postMessage(channel="C0SMS", text="one", thread_ts=root["ts"])
    await client.chat_postMessage(channel="C0SMS", text="two", thread_ts=reply["ts"])
    shown, *replies = installed.workspace.messages("C0SMS")
    assert shown["reply_count"] == 2
    assert {r["thread_ts"] for r in replies} == {root["ts"]}


async def test_a_reply_sent_to_the_channel_too_is_in_its_history(client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel="C0SMS", text="root")
    await client.chat_postMessage(
        channel="C0SMS", text="loud", thread_ts=root["ts"], reply_broadcast=True
    )
    history = (await client.conversations_history(channel="C0SMS"))["messages"]
    assert [m["text"] for m in history] == ["loud", "root"]
    assert history[0]["subtype"] == "thread_broadcast"


FLAT: list[Any] = ["x", 3, None, True, {"a": 1, "b": "c"}, [1, "a"], [{"a": 1}, {"b": None}], []]
NESTED: list[Any] = [{"a": {"b": 1}}, {"a": [1]}, [[1]], [{"a": {}}], [{"a": [1]}]]


async def test_metadata_is_flat(client: AsyncWebClient) -> None:
    for value in FLAT + NESTED:
        metadata = {"event_type": "send", "event_payload": {"value": value}}
        call = client.chat_postMessage(channel="C0SMS", text="x", metadata=metadata)
        if value in NESTED:
            assert await error_of(call) == "invalid_metadata_format"
        else:
            assert (await call)["ok"] is True


async def test_metadata_is_shown_only_when_asked_for_and_outlives_an_update(
    client: AsyncWebClient,
) -> None:
    metadata = {"event_type": "send", "event_payload": {"id": "R-1"}}
    posted = await client.chat_postMessage(channel="C0SMS", text="x", metadata=metadata)
    await client.chat_update(channel="C0SMS", ts=posted["ts"], text="y")
    [bare] = (await client.conversations_history(channel="C0SMS"))["messages"]
    assert "metadata" not in bare
    [full] = (await client.conversations_history(channel="C0SMS", include_all_metadata=True))[
        "messages"
    ]
    assert full["metadata"] == metadata


async def test_a_permalink_leads_to_the_message(
    installed: Installed, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0SMS", text="x")
    link = (await client.chat_getPermalink(channel="C0SMS", message_ts=posted["ts"]))["permalink"]
    assert link.startswith(installed.workspace.url)
    assert posted["ts"].replace(".", "") in link
