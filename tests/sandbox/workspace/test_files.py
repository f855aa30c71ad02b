"""Files up and down, judged by the official client and by plain HTTP."""

import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Fault, FaultKind, Workspace
from bot.sandbox.workspace.file_types import address_name, ending, file_type, picture_type
from tests.sandbox.workspace.driver import (
    ALL_SCOPES,
    Installed,
    Json,
    Page,
    error_of,
    manifest,
    section,
)

Api = Callable[..., Awaitable[dict[str, Any]]]
CSV = b"phone,code\n+8613800000001,1234\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def posted(installed: Installed, channel: str = "C0SMS") -> Json:
    """The first message of a channel that shows a file."""

    def found() -> list[Json]:
        return [m for m in installed.workspace.messages(channel) if m.get("files")]

    return (await installed.workspace.wait_for(found, 30))[0]


async def read(
    http: aiohttp.ClientSession, url: str, token: str, **more: Any
) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.get(url, headers=headers, **more) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_the_official_client_uploads_a_file_in_one_call(
    installed: Installed, client: AsyncWebClient
) -> None:
    done = await client.files_upload_v2(
        channel="C0SMS", filename="Result 7.csv", content=CSV, initial_comment="Done: *2* sent"
    )
    message = await posted(installed)
    assert (message["subtype"], message["text"]) == ("file_share", "Done: *2* sent")
    assert (message["user"], message["bot_id"]) == ("U0SMSBOT", "B0SMSBOT")
    [file] = message["files"]
    assert file["id"] == done["file"]["id"]
    assert (file["name"], file["title"]) == ("Result 7.csv", "Result 7.csv")
    assert (file["filetype"], file["mimetype"], file["size"]) == ("csv", "text/csv", len(CSV))
    assert file["url_private"].endswith(f"/files-pri/T0LOCAL-{file['id']}/result_7.csv")


async def test_the_reply_knows_neither_the_type_nor_the_message(
    installed: Installed, client: AsyncWebClient
) -> None:
    """Slack looks at the file, and posts, after it has answered (python-slack-sdk#1575)."""
    done = (await client.files_upload_v2(channel="C0SMS", filename="a.png", content=PNG))["file"]
    assert (done["mimetype"], done["filetype"]) == ("", "")
    assert (done["channels"], done["shares"]) == ([], {})
    message = await posted(installed)
    later = (await client.files_info(file=done["id"]))["file"]
    assert (later["mimetype"], later["channels"]) == ("image/png", ["C0SMS"])
    [share] = later["shares"]["public"]["C0SMS"]
    assert (share["ts"], share["channel_name"]) == (message["ts"], "sms")


async def test_several_files_go_into_one_message_of_a_thread(
    installed: Installed, client: AsyncWebClient
) -> None:
    root = await client.chat_postMessage(channel="C0SMS", text="root")
    await client.files_upload_v2(
        channel="C0SMS",
        thread_ts=root["ts"],
        file_uploads=[
            {"filename": "a.csv", "content": CSV, "title": "The good rows"},
            {"filename": "b.png", "content": PNG, "alt_txt": "A chart that rises"},
        ],
    )
    message = await posted(installed)
    assert message["thread_ts"] == root["ts"]
    assert [file["title"] for file in message["files"]] == ["The good rows", "b.png"]
    assert message["files"][1]["alt_txt"] == "A chart that rises"
    shared = message["files"][0]["shares"]["public"]["C0SMS"]
    assert shared[0]["thread_ts"] == root["ts"]


async def test_a_file_can_go_to_several_conversations_or_to_none(
    installed: Installed, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(channels=["C0ALERTS", "U0LIN"], filename="a.csv", content=CSV)
    for channel in ("C0ALERTS", "D0LIN"):
        assert (await posted(installed, channel))["files"][0]["name"] == "a.csv"
    alone = (await client.files_upload_v2(filename="own.csv", content=CSV))["file"]
    assert (await client.files_info(file=alone["id"]))["file"]["channels"] == []
    assert {len(installed.workspace.messages(c)) for c in ("C0SMS", "C0GENERAL")} == {0}


async def announced(client: AsyncWebClient, size: int = len(CSV), name: str = "a.csv") -> Json:
    answer = await client.files_getUploadURLExternal(filename=name, length=size)
    return dict(answer.data)  # type: ignore[arg-type]  # bytes only where the answer was no JSON


async def test_an_upload_may_be_raw_or_a_form(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    form = aiohttp.FormData()
    form.add_field("note", "a field that is no file")
    form.add_field("filename", CSV, filename="a.csv", content_type="text/csv")
    for body in (CSV, form):
        upload = await announced(client)
        async with http.post(upload["upload_url"], data=body) as answer:
            assert (answer.status, await answer.text()) == (200, f"OK - {len(CSV)}")
        await client.files_completeUploadExternal(files=[{"id": upload["file_id"]}])
        file = (await client.files_info(file=upload["file_id"]))["file"]
        token = installed.installation.bot_token
        assert await read(http, file["url_private"], token) == (200, "text/csv", CSV)


@pytest.mark.parametrize("body", [b"", CSV[:-1], CSV + b"x", b"x" * 5_000_000])
async def test_an_upload_of_another_size_than_announced_is_refused(
    client: AsyncWebClient, http: aiohttp.ClientSession, body: bytes
) -> None:
    upload = await announced(client)
    async with http.post(upload["upload_url"], data=io.BytesIO(body)) as answer:
        assert answer.status == 400
    missing = client.files_completeUploadExternal(files=[{"id": upload["file_id"]}])
    assert await error_of(missing) == "file_not_found"


# aiohttp warns about a header it cannot read, and goes on.
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nno file\r\n--x--',
        ),
    ],
)
async def test_a_broken_form_is_no_upload(
    client: AsyncWebClient, http: aiohttp.ClientSession, content_type: str, body: bytes
) -> None:
    upload = await announced(client)
    headers = {"Content-Type": content_type}
    async with http.post(upload["upload_url"], data=body, headers=headers) as answer:
        assert answer.status == 400


async def test_an_upload_address_that_was_never_given_leads_nowhere(
    installed: Installed, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{installed.workspace.url}/upload/v1/guessed", data=CSV) as answer:
        assert answer.status == 404


async def test_an_upload_is_completed_once(
    client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    upload = await announced(client)
    files = [{"id": upload["file_id"]}]
    early = client.files_completeUploadExternal(files=files)
    assert await error_of(early) == "file_not_found"
    async with http.post(upload["upload_url"], data=CSV):
        pass
    await client.files_completeUploadExternal(files=files)
    again = client.files_completeUploadExternal(files=files)
    assert await error_of(again) == "file_not_found"
    async with http.post(upload["upload_url"], data=CSV) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"filename": "a.csv", "length": "0"}, "missing_argument"),
        ({"filename": "", "length": "3"}, "missing_argument"),
        ({"filename": "a.csv", "length": "x"}, "missing_argument"),
        ({"filename": "a.csv", "length": "100000001"}, "file_upload_size_restricted"),
        ({"filename": "a.csv", "length": "3", "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ({"filename": "x" * 256, "length": "3"}, "invalid_arguments"),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_before(
    api: Api, args: dict[str, str], error: str
) -> None:
    assert (await api("files.getUploadURLExternal", **args))["error"] == error


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"files": "[]"}, "invalid_arguments"),
        ({"files": "F1"}, "invalid_arguments"),
        ({"files": '[{"title": "no id"}]'}, "invalid_arguments"),
        ({"files": '[{"id": "F1"}, {"id": "F1"}]'}, "invalid_arguments"),
        ({"files": '[{"id": "F1"}]'}, "file_not_found"),
        ({"channel_id": "U0LIN"}, "invalid_arguments"),
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"channels": "C0SMS,C0NOWHERE"}, "channel_not_found"),
        ({"channels": "C0SMS,C0ALERTS", "thread_ts": "1.1"}, "invalid_arguments"),
        ({"channel_id": "C0SMS", "thread_ts": "1.1"}, "thread_not_found"),
        ({"channel_id": "C0GENERAL"}, "not_in_channel"),
        ({"channel_id": "C0SMS", "blocks": "[{}]"}, "invalid_blocks"),
    ],
)
async def test_what_cannot_be_shared_says_why_and_can_be_tried_again(
    installed: Installed,
    client: AsyncWebClient,
    http: aiohttp.ClientSession,
    api: Api,
    args: dict[str, str],
    error: str,
) -> None:
    """A file cannot go where the bot is not, even with chat:write.public."""
    scopes = [*ALL_SCOPES, "chat:write.public"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes))
    upload = await announced(client)
    async with http.post(upload["upload_url"], data=CSV):
        pass
    own = json.dumps([{"id": upload["file_id"]}])
    refused = await api("files.completeUploadExternal", **{"files": own, **args})
    assert refused["error"] == error
    assert (await api("files.completeUploadExternal", files=own))["ok"] is True


async def test_blocks_may_introduce_a_file_where_no_comment_does(
    installed: Installed, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(
        channel="C0SMS", filename="a.csv", content=CSV, blocks=json.dumps([section("*Done*")])
    )
    message = await posted(installed)
    assert message["blocks"][0]["text"]["text"] == "*Done*"


async def test_a_shared_file_is_told_to_an_app_that_listens(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    file = (await page.upload("numbers.csv", CSV))["file"]
    assert await page.say("the list", files=[file["id"]]) == {"ok": True}
    [got] = await installed.app.wait_for("file_shared")
    event = got.content["event"]
    assert (event["file_id"], event["file"]) == (file["id"], {"id": file["id"]})
    assert (event["user_id"], event["channel_id"]) == ("U0LIN", "C0SMS")
    [said] = await installed.app.wait_for("message")
    assert said.content["event"]["subtype"] == "file_share"
    assert said.content["event"]["files"][0]["name"] == "numbers.csv"
    assert (await client.files_info(file=file["id"]))["file"]["user"] == "U0LIN"


async def test_a_file_in_a_thread_is_found_there_and_downloaded(
    installed: Installed, client: AsyncWebClient, page: Page, http: aiohttp.ClientSession
) -> None:
    await page.say("here comes the list")
    root = installed.workspace.messages("C0SMS")[0]["ts"]
    file = (await page.upload("号码 1.csv", CSV))["file"]
    await page.say("", files=[file["id"]], thread_ts=root)
    replies = (await client.conversations_replies(channel="C0SMS", ts=root))["messages"]
    [found] = replies[1]["files"]
    token = installed.installation.bot_token
    assert await read(http, found["url_private_download"], token) == (200, "text/csv", CSV)


async def test_only_the_bots_token_opens_a_file_and_others_get_a_login_page(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    """No 401, as with Slack: a redirect, and at its end HTML with 200 (bolt-js#2585)."""
    await client.files_upload_v2(channel="C0SMS", filename="a.csv", content=CSV)
    url = (await posted(installed))["files"][0]["url_private"]
    token = installed.installation.bot_token
    assert (await read(http, url, token))[2] == CSV
    for wrong in ("", "xoxb-wrong", installed.installation.app_token):
        status, kind, body = await read(http, url, wrong)
        assert (status, kind) == (200, "text/html")
        assert body.startswith(b"<!DOCTYPE html>")
        assert (await read(http, url, wrong, allow_redirects=False))[0] == 302
    scopes = [scope for scope in ALL_SCOPES if scope != "files:read"]
    installed.workspace.install(manifest(installed.app.url, scopes=scopes, events=()))
    assert (await read(http, url, token))[1] == "text/html"
    installed.workspace.install(manifest(installed.app.url))
    installed.workspace.admin.revoke()
    assert (await read(http, url, token))[1] == "text/html"


async def test_the_app_sees_no_file_of_places_it_is_not_in(
    installed: Installed, client: AsyncWebClient, page: Page, http: aiohttp.ClientSession
) -> None:
    file = (await page.upload("private.csv", CSV))["file"]
    assert await error_of(client.files_info(file=file["id"])) == "file_not_found"
    await page.say("", files=[file["id"]], channel="C0GENERAL")
    assert await error_of(client.files_info(file=file["id"])) == "file_not_found"
    assert (await client.files_list())["files"] == []
    url = f"{page.url}/files-pri/T0LOCAL-{file['id']}/private.csv"
    assert (await read(http, url, installed.installation.bot_token))[1] == "text/html"
    await client.conversations_join(channel="C0GENERAL")
    assert (await client.files_info(file=file["id"]))["ok"] is True
    assert (await read(http, url, installed.installation.bot_token))[2] == CSV


async def test_files_are_listed_newest_first_in_pages_and_by_kind(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    names = ["one.csv", "two.png", "three.csv"]
    for name in names:
        await client.files_upload_v2(filename=name, content=CSV)
    theirs = (await page.upload("theirs.csv", CSV))["file"]
    await page.say("", files=[theirs["id"]])

    async def listed(**more: Any) -> list[str]:
        return [file["name"] for file in (await client.files_list(**more))["files"]]

    assert await listed() == ["theirs.csv", *reversed(names)]
    assert await listed(count=2, page=2) == ["two.png", "one.csv"]
    assert await listed(types="images") == ["two.png"]
    assert await listed(user="U0LIN") == ["theirs.csv"]
    assert await listed(channel="C0SMS") == ["theirs.csv"]
    assert await listed(ts_from="99999999999") == []
    assert await listed(ts_to="nonsense") == ["theirs.csv", *reversed(names)]
    paging = (await client.files_list(count=3))["paging"]
    assert paging == {"count": 3, "total": 4, "page": 1, "pages": 2}
    assert await error_of(client.files_list(types="films")) == "unknown_type"
    assert await error_of(client.files_list(user="U0NOBODY")) == "user_not_found"


async def test_the_app_deletes_its_own_files_only_and_the_message_says_so(
    installed: Installed, client: AsyncWebClient, page: Page, http: aiohttp.ClientSession
) -> None:
    await client.files_upload_v2(channel="C0SMS", filename="a.csv", content=CSV)
    own = (await posted(installed))["files"][0]
    await client.files_delete(file=own["id"])
    assert (await posted(installed))["files"] == [{"id": own["id"], "mode": "tombstone"}]
    [told] = await installed.app.wait_for("file_deleted")
    assert told.content["event"]["file_id"] == own["id"]
    assert await error_of(client.files_delete(file=own["id"])) == "file_deleted"
    assert await error_of(client.files_info(file=own["id"])) == "file_deleted"
    token = installed.installation.bot_token
    assert (await read(http, own["url_private"], token))[1] == "text/html"
    theirs = (await page.upload("theirs.csv", CSV))["file"]
    await page.say("", files=[theirs["id"]])
    assert await error_of(client.files_delete(file=theirs["id"])) == "cant_delete_file"


@pytest.mark.parametrize(
    ("method", "args", "needed"),
    [
        ("files.getUploadURLExternal", {"filename": "a", "length": "1"}, "files:write"),
        ("files.completeUploadExternal", {"files": "[]"}, "files:write"),
        ("files.delete", {"file": "F1"}, "files:write"),
        ("files.info", {"file": "F1"}, "files:read"),
        ("files.list", {}, "files:read"),
    ],
)
async def test_files_have_scopes_of_their_own(
    installed: Installed, api: Api, method: str, args: dict[str, str], needed: str
) -> None:
    installed.workspace.install(manifest(installed.app.url, scopes=["commands"], events=()))
    refused = await api(method, **args)
    assert (refused["error"], refused["needed"]) == ("missing_scope", needed)


async def test_an_upload_can_fail_or_lose_its_answer(
    installed: Installed, client: AsyncWebClient
) -> None:
    upload = client.files_upload_v2
    installed.workspace.faults.add(Fault("files.upload", FaultKind.SERVER_ERROR))
    with pytest.raises(SlackRequestError, match="status: 500"):
        await upload(filename="b.csv", content=CSV)
    installed.workspace.faults.add(Fault("files.upload", FaultKind.DROP_AFTER))
    with pytest.raises(aiohttp.ClientError):
        await upload(filename="b.csv", content=CSV)
    came = installed.workspace.trace.exchanges("files.upload")
    assert [exchange.status for exchange in came] == [0, 200]


async def test_a_download_can_fail_or_break_off(
    installed: Installed, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    await client.files_upload_v2(channel="C0SMS", filename="a.csv", content=CSV)
    url = (await posted(installed))["files"][0]["url_private"]
    token = installed.installation.bot_token
    installed.workspace.faults.add(Fault("files.download", FaultKind.SERVER_ERROR))
    assert (await read(http, url, token))[0] == 500
    # aiohttp asks once more by itself after a GET that broke off.
    installed.workspace.faults.add(Fault("files.download", FaultKind.DROP_AFTER, times=None))
    with pytest.raises(aiohttp.ClientError):
        await read(http, url, token)


async def test_an_uploaded_picture_can_stand_in_blocks_by_its_id_or_address(
    installed: Installed, client: AsyncWebClient, page: Page
) -> None:
    chart = (await client.files_upload_v2(filename="chart.png", content=PNG))["file"]
    text = (await client.files_upload_v2(filename="a.csv", content=CSV))["file"]
    secret = (await page.upload("secret.png", PNG))["file"]

    async def post(slack_file: Json) -> Any:
        block = {"type": "image", "alt_text": "A chart", "slack_file": slack_file}
        return await client.chat_postMessage(channel="C0SMS", text="x", blocks=[block])

    assert (await post({"id": chart["id"]}))["ok"] is True
    assert (await post({"url": chart["url_private"]}))["ok"] is True
    assert (await page.get_file(chart["id"], user="U0EVE")) == PNG
    for bad in ({"id": text["id"]}, {"id": secret["id"]}, {"id": "F0NONE"}):
        with pytest.raises(SlackApiError) as caught:
            await post(bad)
        assert caught.value.response["response_metadata"]["messages"] == [
            "[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"
        ]
    assert await error_of(post({"id": chart["id"], "url": chart["url_private"]})) == (
        "invalid_blocks"
    )


async def test_files_outlive_a_restart_at_their_new_address(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    path = tmp_path / "workspace.json"
    for turn in range(2):
        workspace = Workspace(state_path=path)
        url = await workspace.start()
        token = workspace.install(manifest("http://127.0.0.1:9/", events=())).bot_token
        client = AsyncWebClient(token=token, base_url=f"{url}/api/", session=http)
        if turn == 0:
            await client.files_upload_v2(channel="C0SMS", filename="a.csv", content=CSV)
        shown = await workspace.wait_for(lambda w=workspace: w.messages("C0SMS"), 30)  # type: ignore[misc]  # bound per turn
        [file] = shown[0]["files"]
        assert file["url_private"].startswith(url)
        assert (await read(http, file["url_private"], token))[2] == CSV
        await workspace.stop()


async def test_the_page_shows_pictures_and_saves_everything_else(
    installed: Installed, page: Page, http: aiohttp.ClientSession
) -> None:
    markup = b"<script>alert(1)</script>"
    for name, body, kind, disposition in (
        ("a.png", PNG, "image/png", "inline"),
        ("picture.png", markup, "application/octet-stream", "attachment"),
        ("page.html", markup, "application/octet-stream", "attachment"),
        ("a.svg", b"<svg/>", "application/octet-stream", "attachment"),
    ):
        file = (await page.upload(name, body))["file"]
        url = f"{page.url}/ui/file/{file['id']}?user=U0LIN"
        async with http.get(url) as answer:
            assert (answer.content_type, await answer.read()) == (kind, body)
            assert answer.headers["Content-Disposition"].startswith(disposition)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
        async with http.get(f"{url}&download=1") as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_nobody_reads_somebody_elses_file_before_it_is_shown_to_them(
    installed: Installed, page: Page, http: aiohttp.ClientSession
) -> None:
    file = (await page.upload("a.csv", CSV))["file"]
    url = f"{page.url}/ui/file/{file['id']}"
    for user, status in (("U0LIN", 200), ("U0EVE", 404), ("U0NOBODY", 404), ("U0SMSBOT", 404)):
        async with http.get(url, params={"user": user}) as answer:
            assert answer.status == status
    assert (await page.say("", user="U0EVE", files=[file["id"]]))["error"] == "file_not_found"
    await page.say("", files=[file["id"]], channel="D0LIN")
    assert (await http.get(url, params={"user": "U0EVE"})).status == 404
    await page.say("", files=[file["id"]])
    assert (await http.get(url, params={"user": "U0EVE"})).status == 200


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [("", CSV, "file_empty"), ("a.csv", b"", "file_empty"), ("\r\n\0/\\", CSV, "file_empty")],
)
async def test_what_is_no_file_cannot_be_attached(
    page: Page, name: str, body: bytes, error: str
) -> None:
    answer = await page.upload(name, body)
    assert (answer["ok"], answer["error"], answer["message"]) == (False, error, "这是一个空文件。")


@pytest.mark.parametrize("files", ["F1", ["F1"], [{}], [None], list(range(11))])
async def test_junk_in_the_place_of_files_is_refused(
    installed: Installed, page: Page, files: Any
) -> None:
    assert (await page.say("x", files=files))["error"] == "file_not_found"
    assert installed.workspace.messages("C0SMS") == []


@given(st.text(max_size=300))
def test_any_name_makes_a_safe_address_and_some_type(name: str) -> None:
    assert address_name(name).isascii()
    assert "/" not in address_name(name)
    assert address_name(name) not in ("", ".", "..")
    assert file_type(name).mimetype.isascii()
    assert ending(name) == ending(f"x.{ending(name)}")


@given(st.binary(max_size=20))
def test_only_a_pictures_own_first_bytes_make_it_one(start: bytes) -> None:
    for magic in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"):
        assert picture_type(magic + start) is not None
    assert picture_type(b"<" + start) is None
    assert (picture_type(b"RIFF" + start[:4].ljust(4) + b"WEBP")) == "image/webp"


async def test_a_file_that_is_too_large_is_refused_while_it_comes(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.workspace.file_doors.FILE_LIMIT_BYTES", 100_000)
    answer = await page.upload("large.csv", b"x" * 100_001)
    assert (answer["ok"], answer["error"]) == (False, "file_too_big")
    assert (await page.upload("fits.csv", b"x" * 100_000))["ok"] is True


async def test_the_oldest_files_go_where_there_would_be_too_many(
    page: Page, monkeypatch: pytest.MonkeyPatch, http: aiohttp.ClientSession
) -> None:
    monkeypatch.setattr("bot.sandbox.workspace.files.KEPT_BYTES", 25)
    made = [(await page.upload(f"{n}.csv", b"x" * 10))["file"]["id"] for n in range(3)]
    urls = [f"{page.url}/ui/file/{file_id}?user=U0LIN" for file_id in made]
    assert [(await http.get(url)).status for url in urls] == [404, 200, 200]
