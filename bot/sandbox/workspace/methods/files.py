"""files.*: uploading in two steps, looking up, deleting (docs.slack.dev, files.*, 2026-08)."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.workspace.content import Content, read_content
from bot.sandbox.workspace.file_types import KINDS, file_type
from bot.sandbox.workspace.files import FILE_LIMIT_BYTES, NAME_LIMIT, File, new_file
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.methods.call import Call, Method, Reply, bot_inside, not_archived, ok
from bot.sandbox.workspace.people import Channel
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.requests import number
from bot.sandbox.workspace.sharing import app_may_read, delete_file, post_with_files
from bot.sandbox.workspace.world import World

ALT_LIMIT = 1_000
_FILES_AT_ONCE = 100
_CHANNELS_AT_ONCE = 100
# Slack asks for eight characters and more after the first; the ids here are shorter.
_CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]+")


def get_upload_url(call: Call) -> Reply:
    """``files.getUploadURLExternal``."""
    name, alt_text = call.text("filename"), call.text("alt_txt")
    size = _size(call.args.get("length"))
    if not name or not size:
        return Refusal(ErrorCode.MISSING_ARGUMENT)
    if len(name) > NAME_LIMIT:
        return _invalid(f"must be less than {NAME_LIMIT + 1} characters", "/filename")
    if size > FILE_LIMIT_BYTES:
        return Refusal(ErrorCode.FILE_UPLOAD_SIZE_RESTRICTED)
    if len(alt_text) > ALT_LIMIT:
        return Refusal(ErrorCode.ALT_TXT_TOO_LARGE)
    created_s = int(call.world.clock().timestamp())
    file = new_file(call.bot, name, size, created_s, alt_text=alt_text)
    token = call.world.files.announce(file)
    return ok(upload_url=f"{call.world.url}/upload/v1/{token}", file_id=file.id)


def _size(length: object) -> int:
    """The bytes announced; 0 where that is no number."""
    text = str(length)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def complete_upload(call: Call) -> Reply:
    """``files.completeUploadExternal``. The message comes later: the reply tells no ``ts``."""
    titles, channels, content = _titles(call), _channels(call), _content(call)
    for read in (titles, channels, content):
        if isinstance(read, Refusal):
            return read
    assert not isinstance(titles, Refusal)
    assert not isinstance(channels, Refusal)
    assert not isinstance(content, Refusal)
    for channel in channels:
        refused = _may_share(call, channel)
        if refused is not None:
            return refused
    if not all(map(call.world.files.uploaded, titles)):
        return Refusal(ErrorCode.FILE_NOT_FOUND)
    files = [call.world.files.complete(file_id, title) for file_id, title in titles.items()]
    for channel in channels:
        call.world.start(_share(call.world, _message(call, channel, content), files))
    call.world.changes.note()
    return ok(files=[_not_looked_at(call.world.show_file(file.id)) for file in files])


def _titles(call: Call) -> dict[str, str] | Refusal:
    """The titles by id, empty where none is given."""
    rows = call.args.get("files")
    if not isinstance(rows, list) or not 0 < len(rows) <= _FILES_AT_ONCE:
        return _invalid(f"must be an array of 1 to {_FILES_AT_ONCE}", "/files")
    titles: dict[str, str] = {}
    for at, row in enumerate(rows):
        match row:
            case {"id": str(file_id)} if file_id not in titles:
                title = row.get("title")
                titles[file_id] = title[:NAME_LIMIT] if isinstance(title, str) else ""
            case _:
                return _invalid("missing required field: id", f"/files/{at}")
    return titles


def _channels(call: Call) -> list[Channel] | Refusal:
    one, directory = call.text("channel_id"), call.world.directory
    if one and not _CHANNEL_ID.fullmatch(one):
        return _invalid("input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$", "/channel_id")
    wanted = [one] if one else call.names("channels")
    if len(wanted) > _CHANNELS_AT_ONCE or (len(wanted) > 1 and call.text("thread_ts")):
        return _invalid("only one channel with thread_ts, and 100 without", "/channels")
    found = [directory.channels.get(each) or directory.im_with(each) for each in wanted]
    known = [channel for channel in found if channel is not None]
    return known if len(known) == len(wanted) else Refusal(ErrorCode.CHANNEL_NOT_FOUND)


def _may_share(call: Call, channel: Channel) -> Refusal | None:
    """Unlike a message, a file cannot go where the bot is not, chat:write.public or no."""
    there = replace(call, args={"channel": channel.id})
    root = call.text("thread_ts")
    if root and call.world.messages.find(channel.id, root) is None:
        return Refusal(ErrorCode.THREAD_NOT_FOUND)
    return not_archived()(there) or bot_inside(there)


def _content(call: Call) -> Content | Refusal:
    """The words that go with the files; blocks count only where there is no comment."""
    comment = call.text("initial_comment")
    said: Json = {"text": comment} if comment else {"blocks": call.args.get("blocks"), "text": ""}
    content = read_content(call.world, said)
    if isinstance(content, Refusal) and content.error is ErrorCode.NO_TEXT:
        return Content("")
    return content


def _message(call: Call, channel: Channel, content: Content) -> Message:
    installation = call.app.installation
    return Message(
        ts="",
        channel=channel.id,
        user=installation.bot_user_id,
        text=content.text,
        bot_id=installation.bot_id,
        app_id=installation.app_id,
        blocks=content.blocks,
        thread_ts=call.world.messages.root_ts(channel.id, call.text("thread_ts")),
    )


async def _share(world: World, message: Message, files: list[File]) -> None:
    at_ts = world.messages.next_ts(world.clock())
    known = [world.files.find(file.id) or file for file in files]
    post_with_files(world, replace(message, ts=at_ts), known)


def _not_looked_at(shown: Json) -> Json:
    """A file right after its upload: what it is, Slack finds out later."""
    return {**shown, "mimetype": "", "filetype": "", "pretty_type": ""}


def info(call: Call) -> Reply:
    """``files.info``."""
    shown = call.world.show_file(_file(call).id)
    return ok(file=shown, comments=[], response_metadata={"next_cursor": ""})


def delete(call: Call) -> Reply:
    """``files.delete``: the app's own only."""
    file = _file(call)
    if file.user != call.bot:
        return Refusal(ErrorCode.CANT_DELETE_FILE)
    delete_file(call.world, file)
    return ok()


def list_all(call: Call) -> Reply:
    """``files.list``: what the app may read, the newest first, in numbered pages."""
    kinds = call.names("types") or ["all"]
    if not set(kinds) <= set(KINDS):
        return Refusal(ErrorCode.UNKNOWN_TYPE)
    if call.text("user") and call.text("user") not in call.world.directory.users:
        return Refusal(ErrorCode.USER_NOT_FOUND)
    found = [file for file in call.world.files.all() if _wanted(call, file, kinds)]
    count, page = number(call.args.get("count"), 100, 1000), number(call.args.get("page"), 1, 10**6)
    start, pages = (page - 1) * count, -(-len(found) // count)
    return ok(
        files=[call.world.show_file(file.id) for file in found[start : start + count]],
        paging={"count": count, "total": len(found), "page": page, "pages": pages},
    )


def _wanted(call: Call, file: File, kinds: list[str]) -> bool:
    channel, user = call.text("channel"), call.text("user")
    return (
        app_may_read(call.world, file)
        and (not user or file.user == user)
        and (not channel or any(share.channel == channel for share in file.shares))
        and ("all" in kinds or any(file_type(file.name).name in KINDS[kind] for kind in kinds))
        and _since(call) <= file.created_s <= _until(call)
    )


def _since(call: Call) -> float:
    return _seconds(call.text("ts_from"), 0.0)


def _until(call: Call) -> float:
    return _seconds(call.text("ts_to"), float("inf"))


def _seconds(text: str, default: float) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        return default


def _file(call: Call) -> File:
    found = call.world.files.find(call.text("file"))
    assert found is not None
    return found


def _file_known(call: Call) -> Refusal | None:
    file = call.world.files.find(call.text("file"))
    if file is not None and app_may_read(call.world, file):
        return None
    gone = call.world.files.was_deleted(call.text("file"))
    return Refusal(ErrorCode.FILE_DELETED if gone else ErrorCode.FILE_NOT_FOUND)


def _invalid(said: str, pointer: str) -> Refusal:
    messages = [f"[ERROR] {said} [json-pointer:{pointer}]"]
    return Refusal(ErrorCode.INVALID_ARGUMENTS, {"response_metadata": {"messages": messages}})


_READ, _WRITE = ("files:read",), ("files:write",)
METHODS: Mapping[str, Method] = {
    "files.getUploadURLExternal": Method(get_upload_url, _WRITE),
    "files.completeUploadExternal": Method(complete_upload, _WRITE),
    "files.info": Method(info, _READ, (_file_known,)),
    "files.list": Method(list_all, _READ),
    "files.delete": Method(delete, _WRITE, (_file_known,)),
}
