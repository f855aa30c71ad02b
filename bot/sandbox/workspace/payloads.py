"""The shapes of what the app receives for a person's acts (slack.md §2.4)."""

from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.messages import Message, api_message
from bot.sandbox.workspace.people import TEAM_DOMAIN, TEAM_ID, Channel, ChannelKind, User
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.views import View, view_json


def channel_name(channel: Channel) -> str:
    """How payloads call a conversation; a direct one has no name of its own."""
    return "directmessage" if channel.kind is ChannelKind.IM else channel.name


def slash_command(app: App, user: User, channel: Channel, command: str, text: str) -> Json:
    """A slash command; the caller adds `trigger_id` and `response_url`."""
    return {
        "token": app.installation.verification_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": app.installation.app_id,
        "is_enterprise_install": "false",
    }


def _common(app: App, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
        "api_app_id": app.installation.app_id,
        "token": app.installation.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _in_message(message: Message, channel: Channel) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_for is not None,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    shown: Json = {"container": container, "channel": _channel(channel)}
    # Slack sends no ephemeral message back: the app has nothing but its ts.
    if message.ephemeral_for is None:
        shown["message"] = api_message(message, [])
    return shown


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": channel_name(channel)}


def _view(app: App, view: View) -> Json:
    return view_json(view, app.installation.app_id, app.installation.bot_id)


def _in_view(app: App, view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": _view(app, view)}


def message_action(
    app: App, user: User, message: Message, channel: Channel, action: Json, values: Json
) -> Json:
    """A used element of a message; the caller adds `trigger_id` and `response_url`."""
    return {
        **_common(app, user, "block_actions"),
        **_in_message(message, channel),
        "state": {"values": values},
        "actions": [action],
    }


def view_action(app: App, user: User, view: View, action: Json) -> Json:
    """A used element of a modal or home tab; the caller adds `trigger_id`."""
    return {
        **_common(app, user, "block_actions"),
        **_in_view(app, view),
        "actions": [action],
    }


def view_submission(app: App, user: User, view: View) -> Json:
    """A submitted modal; the caller adds `trigger_id`."""
    return {
        **_common(app, user, "view_submission"),
        "view": _view(app, view),
        "response_urls": [],
    }


def view_closed(app: App, user: User, view: View, *, cleared: bool) -> Json:
    """A modal somebody closed, or (`cleared`) that went with the whole stack."""
    return {**_common(app, user, "view_closed"), "view": _view(app, view), "is_cleared": cleared}


def suggestion_in_message(
    app: App, user: User, message: Message, channel: Channel, asked: Json
) -> Json:
    """What somebody typed into a searching select of a message."""
    return {
        **_common(app, user, "block_suggestion"),
        **_in_message(message, channel),
        **asked,
    }


def suggestion_in_view(app: App, user: User, view: View, asked: Json) -> Json:
    """What somebody typed into a searching select of a modal or home tab."""
    return {**_common(app, user, "block_suggestion"), **_in_view(app, view), **asked}
