"""reactions.*: emoji under messages."""

import re
from collections.abc import Mapping

from bot.sandbox.workspace import posting
from bot.sandbox.workspace.methods.call import (
    Call,
    Method,
    Reply,
    bot_inside,
    channel_known,
    message_known,
    not_archived,
    ok,
)
from bot.sandbox.workspace.refusals import ErrorCode, Refusal

_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def reaction_name(text: str) -> str | None:
    """An emoji's name without colons, or None where it is none."""
    name = text.strip(":") if not text.count("::") else text
    return name if _NAME.fullmatch(name) else None


def add(call: Call) -> Reply:
    """``reactions.add``."""
    name, message = reaction_name(call.text("name")), call.message
    if name is None:
        return Refusal(ErrorCode.INVALID_NAME)
    if message.has_reaction(name, call.bot):
        return Refusal(ErrorCode.ALREADY_REACTED)
    posting.react(call.world, message, name, call.bot)
    return ok()


def remove(call: Call) -> Reply:
    """``reactions.remove``."""
    name, message = reaction_name(call.text("name")), call.message
    if name is None:
        return Refusal(ErrorCode.INVALID_NAME)
    if not message.has_reaction(name, call.bot):
        return Refusal(ErrorCode.NO_REACTION)
    posting.unreact(call.world, message, name, call.bot)
    return ok()


def get(call: Call) -> Reply:
    """``reactions.get``: the message with its reactions."""
    message = call.message
    return ok(type="message", channel=message.channel, message=call.world.show(message))


_CHECKS = (channel_known, bot_inside, message_known)
_OPEN = (channel_known, not_archived(), bot_inside, message_known)
METHODS: Mapping[str, Method] = {
    "reactions.add": Method(add, ("reactions:write",), _OPEN),
    "reactions.remove": Method(remove, ("reactions:write",), _CHECKS),
    "reactions.get": Method(get, ("reactions:read",), _CHECKS),
}
