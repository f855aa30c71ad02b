"""One Web API call: its arguments, its checks in Slack's order, and pages of results."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.people import Channel, ChannelKind
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.requests import number, truth
from bot.sandbox.workspace.world import World

T = TypeVar("T")
Reply = Json | Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """What a method is given. Arguments can be any JSON; the readers below tame them."""

    world: World
    app: App
    args: Json

    def text(self, name: str) -> str:
        """A text argument; an empty text where it is missing or something else."""
        value = self.args.get(name)
        return value if isinstance(value, str) else ""

    def truth(self, name: str) -> bool:
        """A boolean argument."""
        return truth(self.args.get(name))

    def names(self, name: str) -> list[str]:
        """A comma-separated or JSON list of texts."""
        value = self.args.get(name)
        if isinstance(value, list):
            return [item for item in value if isinstance(item, str)]
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    @property
    def bot(self) -> str:
        """The app's own user."""
        return self.app.installation.bot_user_id

    def find_channel(self) -> Channel | None:
        """The conversation the argument `channel` names by its id."""
        return self.world.directory.channels.get(self.text("channel"))

    def with_channel_id(self) -> Self:
        """The same call, its `channel` an id where it was ``#name``, a name, or a person's id."""
        wanted, directory = self.text("channel"), self.world.directory
        found = directory.channels.get(wanted) or directory.im_with(wanted)
        found = found or directory.named(wanted)
        return replace(self, args={**self.args, "channel": found.id}) if found else self

    @property
    def channel(self) -> Channel:
        """As `find_channel`, where the method's checks made sure of it."""
        found = self.find_channel()
        assert found is not None
        return found

    def find_message(self) -> Message | None:
        """The message the arguments name, by ``ts``, ``timestamp`` or ``message_ts``."""
        ts = self.text("ts") or self.text("timestamp") or self.text("message_ts")
        return self.world.messages.find(self.channel.id, ts)

    @property
    def message(self) -> Message:
        """As `find_message`, where the method's checks made sure of it."""
        found = self.find_message()
        assert found is not None
        return found

    def has_scope(self, scope: str) -> bool:
        """Whether the manifest asked for it."""
        return scope in self.app.manifest.scopes


Check = Callable[[Call], Refusal | None]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: the scopes (any of them will do), the checks, the work.

    `takes_names`: its `channel` may be a name or a person, not only an id.
    """

    run: Callable[[Call], Reply]
    scopes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    takes_names: bool = False


def missing_scope(call: Call, needed: Sequence[str]) -> Refusal:
    """What Slack says to a token without the scope."""
    provided = ",".join(call.app.manifest.scopes)
    return Refusal(
        ErrorCode.MISSING_SCOPE, {"needed": ",".join(needed), "provided": provided or None}
    )


def channel_known(call: Call) -> Refusal | None:
    """The conversation exists."""
    return None if call.find_channel() else Refusal(ErrorCode.CHANNEL_NOT_FOUND)


def not_archived(error: ErrorCode = ErrorCode.IS_ARCHIVED) -> Check:
    """The conversation still takes something new."""

    def check(call: Call) -> Refusal | None:
        return Refusal(error) if call.channel.is_archived else None

    return check


def bot_inside(call: Call) -> Refusal | None:
    """The bot is a member of the conversation."""
    return None if call.bot in call.channel.members else Refusal(ErrorCode.NOT_IN_CHANNEL)


def may_post(call: Call) -> Refusal | None:
    """The bot is a member, or may post to any public channel."""
    if call.has_scope("chat:write.public") and call.channel.kind is ChannelKind.CHANNEL:
        return None
    return bot_inside(call)


def message_known(call: Call) -> Refusal | None:
    """The message exists."""
    return None if call.find_message() else Refusal(ErrorCode.MESSAGE_NOT_FOUND)


def user_known(call: Call) -> Refusal | None:
    """The argument `user` is somebody here."""
    known = call.text("user") in call.world.directory.users
    return None if known else Refusal(ErrorCode.USER_NOT_FOUND)


def kind_scope(channel: Channel, half: str) -> str:
    """The scope that opens a conversation of that kind."""
    return f"{'im' if channel.kind is ChannelKind.IM else 'channels'}:{half}"


def page_of(
    call: Call, rows: Sequence[T], default: int, at_most: int
) -> tuple[list[T], Json] | Refusal:
    """One page of `rows` by the arguments `limit` and `cursor`, and its metadata."""
    start = _read_cursor(call.text("cursor"))
    if start is None:
        return Refusal(ErrorCode.INVALID_CURSOR)
    end = start + number(call.args.get("limit"), default, at_most)
    cursor = base64.b64encode(b"next:%d" % end).decode() if end < len(rows) else ""
    return list(rows[start:end]), {"next_cursor": cursor}


def _read_cursor(cursor: str) -> int | None:
    if not cursor:
        return 0
    try:
        name, _, start = base64.b64decode(cursor, validate=True).decode("ascii").partition(":")
    except ValueError:
        return None
    return int(start) if name == "next" and start.isdigit() and len(start) < 10 else None


def ok(**fields: Any) -> Json:
    """A good reply."""
    return {"ok": True, **fields}
