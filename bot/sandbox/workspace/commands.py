"""Slash commands: from a typed line to the app, and its answer back."""

import re
from dataclasses import dataclass

from bot.sandbox.workspace import answers, payloads, posting
from bot.sandbox.workspace.delivery import Delivery, DeliveryKind, Failed
from bot.sandbox.workspace.installation import App, SlashCommand
from bot.sandbox.workspace.people import Channel, Directory, User
from bot.sandbox.workspace.refusals import ErrorCode, Json
from bot.sandbox.workspace.tickets import ResponseHook
from bot.sandbox.workspace.world import World

_MENTION = re.compile(r"(?<![\w<])@([\w.-]+)")
_CHANNEL = re.compile(r"(?<![\w<])#([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that starts with a slash: its first word and the rest."""

    name: str
    rest: str


def read_typed(text: str) -> Typed | None:
    """The command in a line, if it is one."""
    if not text.startswith("/"):
        return None
    name, _, rest = text.partition(" ")
    return Typed(name.strip(), rest.strip())


async def run(world: World, app: App, user: User, channel: Channel, typed: Typed) -> str | None:
    """Deliver a command of the manifest and place its answer; the error's name if it failed.

    A failure has already been shown to the person when this returns.
    """
    command = app.manifest.commands[typed.name]
    hook = ResponseHook(user.id, channel.id, world.clock())
    text = typed.rest
    if command.should_escape:
        text = escaped(world.directory, text, named=True)
    payload = payloads.slash_command(app, user, channel, command.name, text)
    payload |= _keys(world, hook)
    delivery = Delivery(DeliveryKind.COMMAND, command.name, command.url, payload)
    outcome = await world.courier.deliver(app, delivery)
    if isinstance(outcome, Failed):
        return _tell(world, user, channel, command, outcome.error)
    if not outcome.payload:
        return None
    refused = answers.place(world, app, hook, outcome.payload)
    if refused is not None and refused.error is not ErrorCode.NO_TEXT:
        return _tell(world, user, channel, command, refused.error.value)
    return None


def _keys(world: World, hook: ResponseHook) -> Json:
    return {
        "trigger_id": world.tickets.issue_trigger(hook.user, hook.issued_at),
        "response_url": f"{world.url}/response/{world.tickets.issue_hook(hook)}",
    }


def _tell(world: World, user: User, channel: Channel, command: SlashCommand, error: str) -> str:
    said = world.words(user.id, "command_failed", {"command": command.name, "error": error})
    posting.post_notice(world, user.id, channel.id, said)
    return error


def escaped(directory: Directory, text: str, *, named: bool) -> str:
    """A typed text as Slack stores it: entities escaped, people and channels as references.

    `named` adds the name to the reference (``<@U1|lin>``), as slash commands have it.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    users = {user.name: user.id for user in directory.users.values()}
    channels = {channel.name: channel.id for channel in directory.channels.values()}

    text = _MENTION.sub(lambda m: _reference("@", m[1], users, named) or m[0], text)
    return _CHANNEL.sub(lambda m: _reference("#", m[1], channels, named) or m[0], text)


def _reference(sign: str, name: str, ids: dict[str, str], named: bool) -> str | None:
    if name not in ids:
        return None
    return f"<{sign}{ids[name]}|{name}>" if named else f"<{sign}{ids[name]}>"
