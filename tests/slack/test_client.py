"""What we say to Slack arrives where it should, and is found again."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import SlackError
from bot.registry import SlackMessage
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.slack.client import SlackClient

HELLO = SlackMessage("hello")


async def test_a_channel_is_found_by_its_name_and_an_id_is_one(slack: SlackClient) -> None:
    assert await slack.locate("#sms-reviews") == "C0REVIEWS"
    assert await slack.locate("sms") == "C0SMS"
    for given in ("C0ANY", "D0LIN", "G012345"):
        assert await slack.locate(given) == given


async def test_a_channel_the_bot_is_not_in_is_not_found(
    workspace: Workspace, slack: SlackClient
) -> None:
    for name in ("#general", "#nowhere"):
        with pytest.raises(SlackError) as caught:
            await slack.locate(name)
        assert (caught.value.code, caught.value.permanent) == ("channel_not_found", True)
    workspace.admin.invite("C0GENERAL", "U0SMSBOT")
    assert await slack.locate("#general") == "C0GENERAL"


async def test_where_slack_does_not_answer_a_channel_may_be_found_later(
    workspace: Workspace, slack: SlackClient
) -> None:
    workspace.faults.add(Fault("users.conversations", FaultKind.SERVER_ERROR))
    with pytest.raises(SlackError) as caught:
        await slack.locate("#sms")
    assert not caught.value.permanent
    assert await slack.locate("#sms") == "C0SMS"


async def test_a_reply_is_found_in_its_thread_and_only_there(slack: SlackClient) -> None:
    root = await slack.post("C0SMS", HELLO, "R-1")
    reply = await slack.post("C0SMS", HELLO, "R-1:asked", root.ts)
    assert await slack.find_post("C0SMS", "R-1") == root
    assert await slack.find_post("C0SMS", "R-1:asked", root.ts) == reply
    assert await slack.find_post("C0SMS", "R-1:asked") is None
    assert await slack.find_post("C0SMS", "R-2", root.ts) is None


async def test_a_home_is_seen_by_one_person_and_gives_way_to_the_next(
    workspace: Workspace, slack: SlackClient
) -> None:
    for words in ("first", "second"):
        section = {"type": "section", "text": {"type": "plain_text", "text": words}}
        await slack.publish_home("U0LIN", {"type": "home", "blocks": [section]})
    assert "second" in str(workspace.home("U0LIN"))
    assert workspace.home("U0MAYA") is None


async def test_a_whisper_is_heard_by_one_person(workspace: Workspace, slack: SlackClient) -> None:
    await slack.whisper("C0SMS", "U0LIN", HELLO)
    assert [m["text"] for m in workspace.ephemeral("U0LIN", "C0SMS")] == ["hello"]
    assert workspace.ephemeral("U0MAYA", "C0SMS") == []
    assert workspace.messages("C0SMS") == []


async def test_no_link_that_is_said_unfolds_and_no_plain_name_calls_anybody(
    workspace: Workspace, slack: SlackClient
) -> None:
    said = SlackMessage("@maya see https://a.example")
    posted = await slack.post("C0SMS", said, "R-1")
    await slack.post("C0SMS", said, "R-2", posted.ts, also_in_channel=True)
    await slack.edit("C0SMS", posted.ts, said)
    await slack.whisper("C0SMS", "U0LIN", said)
    for method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
        exchanges = workspace.trace.exchanges(method)
        assert exchanges
        for each in exchanges:
            told = dict(each.request)
            assert not {"link_names", "parse", "mrkdwn"} & told.keys()
            if method == "chat.postMessage":
                assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)


async def test_neither_the_token_nor_what_is_said_stands_in_an_address() -> None:
    """Addresses are logged by whatever lies between (ASVS 5.0, 14.2.1)."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        assert request.headers["Authorization"] == "Bearer xoxb-marker"
        told = {"ok": True, "channel": "C1", "ts": "1.2", "groups": [], "users": []}
        return web.json_response({**told, "usergroups": [], "user": {"id": "U1"}})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        slack = SlackClient("xoxb-marker", str(server.make_url("/api/")), session)
        said = SlackMessage("marker", ({"type": "divider", "block_id": "marker"},))
        posted = await slack.post("C1", said, "marker")
        await slack.edit(posted.channel, posted.ts, said)
        await slack.whisper("C1", "U1", said)
        view = {"type": "modal", "private_metadata": "marker", "blocks": []}
        await slack.open_form("marker", view)
        await slack.publish_home("U1", view)
        await slack.groups()
    assert len(asked) == 6
    assert "marker" not in str(asked)
