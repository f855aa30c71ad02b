"""What the app says back without a token: slash command answers and response URLs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox.workspace import posting
from bot.sandbox.workspace.content import Content, read_content
from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.tickets import ResponseHook
from bot.sandbox.workspace.world import World


def place(world: World, app: App, hook: ResponseHook, said: Mapping[str, Any]) -> Refusal | None:
    """Post, replace or delete as `said` asks; a refusal where it cannot be done."""
    original = _original(world, hook)
    if said.get("delete_original") is True:
        if original is None:
            return Refusal(ErrorCode.MESSAGE_NOT_FOUND)
        posting.delete(world, original)
        return None
    content = read_content(world, said)
    if isinstance(content, Refusal):
        return content
    if said.get("replace_original") is True and original is not None:
        _replace(world, app, original, content)
    else:
        _post(world, app, hook, content, said)
    return None


def _original(world: World, hook: ResponseHook) -> Message | None:
    if hook.message_ts is None:
        return None
    return world.messages.find_for(hook.user, hook.channel, hook.message_ts)


def _replace(world: World, app: App, original: Message, content: Content) -> None:
    newer = replace(
        original, text=content.text, blocks=content.blocks, attachments=content.attachments
    )
    at_ts = world.messages.next_ts(world.clock())
    posting.edit(world, posting.edited(newer, app.installation.bot_user_id, at_ts))


def _post(
    world: World, app: App, hook: ResponseHook, content: Content, said: Mapping[str, Any]
) -> None:
    in_channel = said.get("response_type") == "in_channel"
    thread = said.get("thread_ts") or hook.thread_ts or ""
    message = Message(
        ts=world.messages.next_ts(world.clock()),
        channel=hook.channel,
        user=app.installation.bot_user_id,
        text=content.text,
        bot_id=app.installation.bot_id,
        app_id=app.installation.app_id,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=world.messages.root_ts(hook.channel, str(thread)),
        ephemeral_for=None if in_channel else hook.user,
    )
    posting.post(world, message)


def metadata_of(value: object) -> Json | Refusal | None:
    """Message metadata: an event type and a flat payload, or nothing.

    A value of the payload is a scalar, a flat object, or a list of either (slack.md §2.3).
    """
    if value in (None, ""):
        return None
    match value:
        case {"event_type": str(event_type), "event_payload": dict(payload)} if all(
            map(_is_flat, payload.values())
        ):
            return {"event_type": event_type, "event_payload": payload}
        case _:
            return Refusal(ErrorCode.INVALID_METADATA_FORMAT)


def _is_flat(value: object) -> bool:
    listed = value if isinstance(value, list) else [value]
    parts = [
        part for each in listed for part in (each.values() if isinstance(each, dict) else [each])
    ]
    return not any(isinstance(part, dict | list) for part in parts)
