"""The installed app: what its manifest declares, and the secrets the workspace gave it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.workspace.people import BOT_USER_ID, TEAM_ID

APP_ID = "A0SMSOPS"
BOT_ID = "B0SMSBOT"

# Slack refuses a subscription whose scope is not asked for (slack.md §2.2).
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "file_deleted": "files:read",
    "file_shared": "files:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_members_changed": "usergroups:read",
}
# Limits of a shortcut (slackapi/manifest-schema 2.0.0, 2026-07).
SHORTCUT_NAME_LIMIT = 24


class ManifestError(ValueError):
    """The manifest cannot be installed; the text lists every reason."""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command as people see it, and where it is delivered (empty in Socket Mode)."""

    name: str
    url: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One shortcut as people see it: on a message, or (`is_global`) anywhere."""

    callback_id: str
    name: str
    description: str
    is_global: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the workspace obeys of a Slack app manifest."""

    name: str
    bot_name: str
    commands: Mapping[str, SlashCommand]
    shortcuts: Mapping[str, Shortcut]
    scopes: tuple[str, ...]
    events: frozenset[str]
    events_url: str
    actions_url: str
    options_url: str
    socket_mode: bool
    home_tab: bool
    # People can write nothing in the conversation with the app.
    messages_read_only: bool


@dataclass(frozen=True, slots=True)
class Installation:
    """What an app is given when it is installed. The three secrets never show in a repr."""

    app_id: str
    bot_user_id: str
    team_id: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    verification_token: str = field(repr=False)
    bot_id: str = BOT_ID


@dataclass(frozen=True, slots=True)
class App:
    """An installed app: its manifest and its credentials."""

    manifest: Manifest
    installation: Installation


def new_installation() -> Installation:
    """Fresh credentials; the ids are always the same, so that demo data stays readable."""
    return Installation(
        app_id=APP_ID,
        bot_user_id=BOT_USER_ID,
        team_id=TEAM_ID,
        bot_token=f"xoxb-local-{secrets.token_hex(16)}",
        app_token=f"xapp-1-{APP_ID}-{secrets.token_hex(16)}",
        signing_secret=secrets.token_hex(16),
        verification_token=secrets.token_hex(12),
    )


def read_manifest(manifest: Mapping[str, object]) -> Manifest:
    """The parts of a manifest that matter here. Raises ManifestError with every fault found."""
    settings, features = _table(manifest, "settings"), _table(manifest, "features")
    socket_mode = settings.get("socket_mode_enabled") is True
    interactivity, app_home = _table(settings, "interactivity"), _table(features, "app_home")
    subscriptions = _table(settings, "event_subscriptions")
    name = _words(_table(manifest, "display_information"), "name")
    actions_url = _words(interactivity, "request_url")
    read = Manifest(
        name=name,
        bot_name=_words(_table(features, "bot_user"), "display_name") or name.lower(),
        commands=_commands(features),
        shortcuts=_shortcuts(features),
        scopes=_names(_table(_table(manifest, "oauth_config"), "scopes"), "bot"),
        events=frozenset(_names(subscriptions, "bot_events")),
        events_url=_words(subscriptions, "request_url"),
        actions_url=actions_url if interactivity.get("is_enabled") is True else "",
        options_url=_words(interactivity, "message_menu_options_url") or actions_url,
        socket_mode=socket_mode,
        home_tab=app_home.get("home_tab_enabled") is True,
        messages_read_only=app_home.get("messages_tab_read_only_enabled") is True,
    )
    faults = list(_faults(read))
    if faults:
        raise ManifestError("; ".join(faults))
    return read


def _faults(manifest: Manifest) -> list[str]:
    faults = [] if manifest.name else ["display_information.name is missing"]
    if manifest.commands and "commands" not in manifest.scopes:
        faults.append("slash_commands need the scope commands")
    faults += _shortcut_faults(manifest)
    for event in sorted(manifest.events):
        scope = EVENT_SCOPES.get(event)
        if scope and scope not in manifest.scopes:
            faults.append(f"the event {event} needs the scope {scope}")
    if not manifest.socket_mode:
        faults += [f"{c.name} has no url" for c in manifest.commands.values() if not c.url]
        if manifest.events and not manifest.events_url:
            faults.append("settings.event_subscriptions.request_url is missing")
    return faults


def _shortcut_faults(manifest: Manifest) -> list[str]:
    if not manifest.shortcuts:
        return []
    faults = [] if "commands" in manifest.scopes else ["shortcuts need the scope commands"]
    if not manifest.socket_mode and not manifest.actions_url:
        faults.append("shortcuts need settings.interactivity.request_url")
    long = [s.name for s in manifest.shortcuts.values() if len(s.name) > SHORTCUT_NAME_LIMIT]
    return faults + [f"the shortcut {name} is called too long" for name in long]


def _shortcuts(features: Mapping[str, Any]) -> dict[str, Shortcut]:
    rows = features.get("shortcuts")
    found = [
        Shortcut(
            _words(row, "callback_id"),
            _words(row, "name"),
            _words(row, "description"),
            _words(row, "type") == "global",
        )
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
    ]
    return {shortcut.callback_id: shortcut for shortcut in found if shortcut.callback_id}


def _commands(features: Mapping[str, Any]) -> dict[str, SlashCommand]:
    rows = features.get("slash_commands")
    found = [
        SlashCommand(
            _words(row, "command"),
            _words(row, "url"),
            _words(row, "description"),
            _words(row, "usage_hint"),
            row.get("should_escape") is True,
        )
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
    ]
    return {command.name: command for command in found}


def _table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _words(parent: Mapping[str, Any], key: str) -> str:
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def _names(parent: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = parent.get(key)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
