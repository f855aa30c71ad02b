"""Putting messages into the workspace, and telling pages, the app and waiting tests about it."""

from collections.abc import Iterable
from dataclasses import replace

from bot.sandbox.workspace.events import publish
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.people import (
    NOTICE_USER_ID,
    NOTICES,
    Channel,
    ChannelKind,
    can_see,
)
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.world import World


def post(world: World, message: Message) -> Message:
    """Say something. The app hears of it if it is subscribed; the thread's root is redrawn."""
    world.messages.put(message)
    _show(world, message, "message")
    if message.ephemeral_for is None:
        _publish_post(world, message)
        _redraw_root(world, message)
    world.changes.note()
    return message


def post_notice(world: World, user: str, channel: str, text: str) -> Message:
    """Tell one person something in the workspace's own voice, as Slackbot does."""
    return post(
        world,
        Message(
            ts=world.messages.next_ts(world.clock()),
            channel=channel,
            user=NOTICE_USER_ID,
            username=NOTICES.real_name,
            text=text,
            ephemeral_for=user,
        ),
    )


def edit(world: World, message: Message) -> Message:
    """Put a newer version in a message's place."""
    previous = world.messages.find(message.channel, message.ts)
    world.messages.put(message)
    _show(world, message, "message_changed")
    if previous is not None and message.ephemeral_for is None:
        shown = {
            "subtype": "message_changed",
            "message": world.show(message),
            "previous_message": world.show(previous),
        }
        _publish_message(world, message.channel, shown)
    world.changes.note()
    return message


def delete(world: World, message: Message) -> None:
    """Take a message away."""
    world.messages.remove(message)
    gone = {"type": "message_deleted", "channel": message.channel, "ts": message.ts}
    world.stream.send_all(_readers(world, message), gone)
    if message.ephemeral_for is None:
        shown = {
            "subtype": "message_deleted",
            "deleted_ts": message.ts,
            "previous_message": world.show(message),
        }
        _publish_message(world, message.channel, shown)
        _redraw_root(world, message)
    world.changes.note()


def react(world: World, message: Message, name: str, user: str) -> Message:
    """Add somebody's reaction."""
    return _set_reactions(world, message.reacted(name, user), "reaction_added", name, user)


def unreact(world: World, message: Message, name: str, user: str) -> Message:
    """Take somebody's reaction back."""
    return _set_reactions(world, message.unreacted(name, user), "reaction_removed", name, user)


def _set_reactions(world: World, message: Message, event: str, name: str, user: str) -> Message:
    world.messages.put(message)
    shown = world.show_on_page(message, 0)["reactions"]
    told = {"type": "reaction", "channel": message.channel, "ts": message.ts, "reactions": shown}
    world.stream.send_all(_readers(world, message), told)
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    payload: Json = {
        "type": event,
        "user": user,
        "reaction": name,
        "item": item,
        "item_user": message.user,
        "event_ts": world.messages.next_ts(world.clock()),
    }
    publish(world, event, payload, channel=message.channel)
    world.changes.note()
    return message


def redraw(world: World, message: Message) -> None:
    """Show a message again: what it refers to has changed."""
    _show(world, message, "message_changed")


def _readers(world: World, message: Message) -> Iterable[str]:
    if message.ephemeral_for is not None:
        return (message.ephemeral_for,)
    channel = world.directory.channels[message.channel]
    return [user for user in world.directory.users if can_see(channel, user)]


def _show(world: World, message: Message, event: str) -> None:
    replies = len(world.messages.replies(message.channel, message.ts))
    shown = {"type": event, "message": world.show_on_page(message, replies)}
    world.stream.send_all(_readers(world, message), shown)


def _redraw_root(world: World, message: Message) -> None:
    root = world.messages.find(message.channel, message.thread_ts or "")
    if root is not None and message.is_reply:
        _show(world, root, "message_changed")


def _publish_post(world: World, message: Message) -> None:
    _publish_message(world, message.channel, world.show(message))
    app = world.app
    mention = f"<@{app.installation.bot_user_id}" if app else ""
    if mention and mention in message.text and message.bot_id is None:
        channel = world.directory.channels[message.channel]
        if channel.kind is ChannelKind.CHANNEL:
            shown = _event_of(message.channel, world.show(message), channel)
            publish(world, "app_mention", {**shown, "type": "app_mention"}, channel=message.channel)


def _publish_message(world: World, channel_id: str, shown: Json) -> None:
    channel = world.directory.channels[channel_id]
    name = "message.im" if channel.kind is ChannelKind.IM else "message.channels"
    event = _event_of(channel_id, shown, channel)
    event.setdefault("ts", world.messages.next_ts(world.clock()))
    event.setdefault("event_ts", event["ts"])
    publish(world, name, event, channel=channel_id)


def _event_of(channel_id: str, shown: Json, channel: Channel) -> Json:
    kind = "im" if channel.kind is ChannelKind.IM else "channel"
    event: Json = {"type": "message", **shown, "channel": channel_id, "channel_type": kind}
    if "ts" in shown:
        event["event_ts"] = shown["ts"]
    return event


def edited(message: Message, by: str, at_ts: str) -> Message:
    """The message, marked as edited."""
    return replace(message, edited_ts=at_ts, edited_by=by)
