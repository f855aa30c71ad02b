"""Files and who sees them: what the app may read, and messages that show files."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.sandbox.workspace import posting
from bot.sandbox.workspace.blocks import slack_files
from bot.sandbox.workspace.events import publish
from bot.sandbox.workspace.file_types import file_type
from bot.sandbox.workspace.files import File, Share
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.shapes import ShapeFault
from bot.sandbox.workspace.world import World

_IN_ADDRESS = re.compile(r"/(?:files-pri/[A-Z0-9]+-|files/[A-Z0-9]+/)(F[A-Z0-9]+)")


def app_may_read(world: World, file: File) -> bool:
    """Whether it is the app's own, was put into its form, or is shown where the bot is."""
    bot = world.app.installation.bot_user_id if world.app else ""
    return bot == file.user or file.given or any(_sees(world, bot, s) for s in file.shares)


def _sees(world: World, bot: str, share: Share) -> bool:
    shown = world.messages.find(share.channel, share.ts)
    return shown is not None and bot in world.directory.channels[share.channel].members


def person_may_read(world: World, user: str, file: File) -> bool:
    """Whether it is somebody's own, is shown where they can read, or stands in blocks."""
    visible = {channel.id for channel in world.directory.visible_to(user)}
    shown = [s for s in file.shares if world.messages.find(s.channel, s.ts)]
    is_own = user == file.user
    return is_own or file.in_blocks or any(share.channel in visible for share in shown)


def picture_faults(world: World, blocks: Sequence[Json], pointer: str) -> list[ShapeFault]:
    """What is wrong with the uploaded pictures that faultless blocks refer to.

    "Currently only png, jpg, jpeg, and gif", and only what the app may read (docs.slack.dev, Slack
    file object, 2026-08).
    """
    return [
        ShapeFault(at, "invalid_slack_file", "invalid slack file")
        for at, reference in slack_files(blocks, pointer)
        if not _is_picture(world, world.files.find(_file_id(reference)))
    ]


def show_pictures(world: World, blocks: Sequence[Json]) -> None:
    """From now on people see the uploaded pictures that faultless blocks refer to."""
    for _, reference in slack_files(blocks):
        file = world.files.find(_file_id(reference))
        if file is not None:
            world.files.put(replace(file, in_blocks=True))


def _file_id(reference: Json) -> str:
    in_address = _IN_ADDRESS.search(str(reference.get("url")))
    return in_address[1] if in_address else str(reference.get("id"))


def _is_picture(world: World, file: File | None) -> bool:
    kinds = ("gif", "jpg", "png")
    return file is not None and app_may_read(world, file) and file_type(file.name).name in kinds


def post_with_files(world: World, message: Message, files: Sequence[File]) -> Message:
    """Say something that shows files. The app hears of the message, and of each file."""
    share = Share(message.channel, message.ts, message.thread_ts)
    for file in files:
        world.files.put(file.shared(share))
    posted = posting.post(world, replace(message, files=tuple(file.id for file in files)))
    for file in files:
        event: Json = {
            "type": "file_shared",
            "channel_id": message.channel,
            "file_id": file.id,
            "user_id": message.user,
            "file": {"id": file.id},
            "event_ts": world.messages.next_ts(world.clock()),
        }
        publish(world, "file_shared", event, channel=message.channel)
    return posted


def delete_file(world: World, file: File) -> None:
    """Take a file away; the messages that showed it say so."""
    world.files.delete(file.id)
    for share in file.shares:
        message = world.messages.find(share.channel, share.ts)
        if message is not None:
            posting.redraw(world, message)
    event_ts = world.messages.next_ts(world.clock())
    event: Json = {"type": "file_deleted", "file_id": file.id, "event_ts": event_ts}
    publish(world, "file_deleted", event)
    world.changes.note()
