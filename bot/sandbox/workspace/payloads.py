"""The shapes of what the app receives for a person's acts (slack.md §2.4)."""

from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.messages import Message
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


def in_message(message: Message, channel: Channel, shown: Json) -> Json:
    """Where something was used: in `message`, which the Web API shows as `shown`."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_for is not None,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    where: Json = {"container": container, "channel": _channel(channel)}
    # Slack sends no ephemeral message back: the app has nothing but its ts.
    return where if message.ephemeral_for is not None else {**where, "message": shown}


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": channel_name(channel)}


def _view(app: App, view: View) -> Json:
    return view_json(view, app.installation.app_id, app.installation.bot_id)


def in_view(app: App, view: View) -> Json:
    """Where something was used: in a modal or home tab."""
    return {"container": {"type": "view", "view_id": view.id}, "view": _view(app, view)}


def block_action(app: App, user: User, where: Json, action: Json) -> Json:
    """A used element; the caller adds `trigger_id`, and in a message `state` and `response_url`."""
    return {**_common(app, user, "block_actions"), **where, "actions": [action]}


def suggestion(app: App, user: User, where: Json, asked: Json) -> Json:
    """What somebody typed into a searching select."""
    return {**_common(app, user, "block_suggestion"), **where, **asked}


def global_shortcut(app: App, user: User, callback_id: str, action_ts: str) -> Json:
    """A shortcut used anywhere; the caller adds `trigger_id`. It tells no channel."""
    return {
        "type": "shortcut",
        "token": app.installation.verification_token,
        "action_ts": action_ts,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "team_id": TEAM_ID},
        "is_enterprise_install": False,
        "enterprise": None,
        "callback_id": callback_id,
    }


def message_shortcut(
    app: App, user: User, channel: Channel, shown: Json, callback_id: str, action_ts: str
) -> Json:
    """A shortcut used on a message; the caller adds `trigger_id` and `response_url`."""
    return {
        "type": "message_action",
        "token": app.installation.verification_token,
        "action_ts": action_ts,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "team_id": TEAM_ID, "name": user.name},
        "is_enterprise_install": False,
        "enterprise": None,
        "channel": _channel(channel),
        "callback_id": callback_id,
        "message_ts": shown["ts"],
        "message": shown,
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
