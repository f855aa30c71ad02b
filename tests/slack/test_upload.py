"""A file of ours in Slack: all of it, in one message, from a body that is read in pieces."""

import io
import tempfile

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import SlackError
from bot.registry import SlackMessage
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.slack import blocks
from bot.slack.client import SlackClient
from bot.slack.files import CHUNK_BYTES, Upload

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
LINES = b"row,state\r\n" * 20_000


def upload(body: bytes = LINES, name: str = "R-7K3Q-results.csv") -> Upload:
    return Upload(name, io.BytesIO(body), len(body))


async def posted(workspace: Workspace, channel: str = "C0SMS") -> list[dict[str, object]]:
    """The files of the only message of a channel that shows any."""

    def found() -> list[dict[str, object]]:
        return [m for m in workspace.messages(channel) if m.get("files")]

    [message] = await workspace.wait_for(found, 5)
    assert message["text"] == "R-7K3Q: done"
    files = message["files"]
    assert isinstance(files, list)
    return files


async def test_a_file_arrives_whole(workspace: Workspace, slack: SlackClient) -> None:
    assert len(LINES) > 2 * CHUNK_BYTES
    await slack.upload("C0SMS", [upload()], "R-7K3Q: done")
    [file] = await posted(workspace)
    assert (file["name"], file["size"]) == ("R-7K3Q-results.csv", len(LINES))
    assert await slack.download(str(file["url_private"]), len(LINES), 5) == LINES


async def test_a_file_is_sent_from_its_beginning_wherever_it_was_left(
    workspace: Workspace, slack: SlackClient
) -> None:
    with tempfile.TemporaryFile() as body:
        body.write(LINES)
        await slack.upload("C0SMS", [Upload("a.csv", body, body.tell())], "R-7K3Q: done")
    [file] = await posted(workspace)
    assert await slack.download(str(file["url_private"]), len(LINES), 5) == LINES


async def test_several_files_are_one_message(workspace: Workspace, slack: SlackClient) -> None:
    files = [upload(name="1.csv"), upload(b"x", name="2.csv")]
    await slack.upload("C0SMS", files, "R-7K3Q: done")
    assert [file["name"] for file in await posted(workspace)] == ["1.csv", "2.csv"]


async def test_a_file_can_go_to_one_person(workspace: Workspace, slack: SlackClient) -> None:
    channel = await slack.open_conversation("U0LIN")
    await slack.upload(channel, [upload()], "R-7K3Q: done")
    assert await posted(workspace, channel)


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "files.upload", "files.completeUploadExternal"]
)
async def test_what_breaks_half_way_shows_nothing_and_can_be_done_again(
    workspace: Workspace, slack: SlackClient, method: str
) -> None:
    workspace.faults.add(Fault(method, FaultKind.SERVER_ERROR))
    with pytest.raises(SlackError) as caught:
        await slack.upload("C0SMS", [upload()], "R-7K3Q: done")
    assert not caught.value.permanent
    assert workspace.messages("C0SMS") == []
    await slack.upload("C0SMS", [upload()], "R-7K3Q: done")
    assert await posted(workspace)


@pytest.mark.parametrize(
    "url", ["https://files.slack.com.evil.example/upload/v1/x", "http://127.0.0.1:1/upload/v1/x"]
)
async def test_a_body_goes_to_slack_alone(url: str) -> None:
    async def announce(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "upload_url": url, "file_id": "F1"})

    app = web.Application()
    app.router.add_post("/api/files.getUploadURLExternal", announce)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        slack = SlackClient("xoxb-local", str(server.make_url("/api/")), session)
        with pytest.raises(SlackError) as caught:
            await slack.upload("C0SMS", [upload()], "R-7K3Q: done")
    assert caught.value.code == "foreign_host"


async def test_a_picture_is_kept_unseen_until_a_message_shows_it(
    workspace: Workspace, slack: SlackClient
) -> None:
    file_id = await slack.keep(upload(PNG, "chart.png"))
    assert [m for m in workspace.messages("C0SMS") if m.get("files")] == []
    shown = SlackMessage("a day", (blocks.picture(file_id, "nothing happened"),))
    await slack.post("C0SMS", shown, "summary")
    (message,) = [m for m in workspace.messages("C0SMS") if m.get("text") == "a day"]
    assert message["blocks"][0]["slack_file"] == {"id": file_id}


async def test_a_picture_slack_does_not_know_is_no_part_of_a_message(slack: SlackClient) -> None:
    shown = SlackMessage("a day", (blocks.picture("F0NONE", "nothing happened"),))
    with pytest.raises(SlackError, match="invalid_blocks"):
        await slack.post("C0SMS", shown, "summary")
