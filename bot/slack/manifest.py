"""The Slack app manifest, made from the registry: what is not handled is not asked for.

Shape and limits: Slack's manifest schema 2.0.0 (slackapi/manifest-schema, 2026-07).
"""

from typing import Any

from bot.registry import Registry, Shortcut

COMMAND = "/sms"
#: Each scope with the reason for it.
SCOPES = {
    "commands": "the slash command",
    "chat:write": "cards, answers",
    "im:write": "a card goes to its requester where its channel is closed to the bot",
    "users:read": "each person's language, time zone, and whether they are a guest",
    "files:read": "the images, letters and lists of numbers people put into a form or send from",
    "files:write": "what became of each number of a large send, as a file",
    "usergroups:read": "who is in which group decides who may do what",
    "channels:history": "a card whose posting was not confirmed is found again, not posted twice",
    "groups:history": "as above, in private channels",
    "im:history": "as above, in direct messages; and people may talk to the bot",
    "channels:read": "the channels app.yaml names are found among those the bot is in",
    "groups:read": "as above, private channels",
}


def manifest(registry: Registry, *, base_url: str, socket: bool) -> dict[str, Any]:
    """The manifest for an app that Slack reaches under `base_url`, or over its socket."""
    url = f"{base_url.rstrip('/')}/slack/events"
    command = {
        "command": COMMAND,
        "description": "Send SMS through Tencent Cloud and watch them arrive",
        "usage_hint": " | ".join(registry.nouns()),
        "should_escape": True,
    }
    events: dict[str, Any] = {"bot_events": sorted({event.name for event in registry.events})}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if not socket:
        command["url"] = url
        events["request_url"] = url
        interactivity |= {"request_url": url, "message_menu_options_url": url}
    scopes = {*SCOPES, *(scope for event in registry.events for scope in event.scopes)}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "smsops",
            "description": "Send SMS through Tencent Cloud, see what becomes of them, know why.",
            "background_color": "#0b4f8a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "smsops", "always_online": True},
            "slash_commands": [command],
            "shortcuts": [_shortcut(each) for each in registry.shortcuts],
        },
        "oauth_config": {"scopes": {"bot": sorted(scopes)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(shortcut: Shortcut) -> dict[str, str]:
    return {
        "name": shortcut.name,
        "type": "message",
        "callback_id": shortcut.callback_id,
        "description": shortcut.description,
    }
