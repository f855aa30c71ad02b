"""The Slack app manifest keeps Slack's limits, and asks for what the code uses and no more.

Limits: slackapi/manifest-schema v0.5.0 (2026-07), written down here in our own words; what the bot
does not use at all (shortcuts, unfurling, user scopes …) may not be there.
"""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.__main__ import main
from bot.registry import Event, Registry
from bot.slack.manifest import SCOPES, manifest
from handlers import registry

ROOT = Path(__file__).parents[2]
#: What calls methods of the Web API.
CALLING = [ROOT / "bot" / "slack" / name for name in ("client.py", "files.py")]
URL = "https://sms-bot.example.com"


def text(longest: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, **more}


def texts(most: int, longest: int = 255) -> dict[str, Any]:
    return {"type": "array", "maxItems": most, "uniqueItems": True, "items": text(longest)}


def table(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


BOOL = {"type": "boolean"}
HTTPS = text(1000, pattern=r"^https://[^\s]+$")
COMMAND = table(
    "command description should_escape",
    command=text(32, pattern=r"^/[a-z0-9_-]+$"),
    description=text(2000),
    usage_hint=text(1000),
    should_escape={"const": True},
    url=HTTPS,
)
SHORTCUT = table(
    "name type callback_id description",
    name=text(24),
    type={"enum": ["message", "global"]},
    callback_id=text(255),
    description=text(150),
)
SCHEMA = table(
    "display_information features oauth_config settings",
    _metadata=table("major_version", major_version={"const": 2}, minor_version={"type": "integer"}),
    display_information=table(
        "name",
        name=text(35),
        description=text(140),
        long_description={"type": "string", "minLength": 175, "maxLength": 4000},
        background_color=text(7, pattern=r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"),
    ),
    features=table(
        "bot_user slash_commands",
        app_home=table(
            "",
            home_tab_enabled=BOOL,
            messages_tab_enabled=BOOL,
            messages_tab_read_only_enabled=BOOL,
        ),
        bot_user=table("display_name", display_name=text(80), always_online=BOOL),
        slash_commands={"type": "array", "minItems": 1, "maxItems": 50, "items": COMMAND},
        shortcuts={"type": "array", "maxItems": 10, "items": SHORTCUT},
    ),
    oauth_config=table("scopes", scopes=table("bot", bot=texts(255))),
    settings=table(
        "event_subscriptions interactivity socket_mode_enabled token_rotation_enabled",
        event_subscriptions=table("bot_events", request_url=HTTPS, bot_events=texts(100)),
        interactivity=table(
            "is_enabled", is_enabled=BOOL, request_url=HTTPS, message_menu_options_url=HTTPS
        ),
        org_deploy_enabled=BOOL,
        socket_mode_enabled=BOOL,
        token_rotation_enabled={"const": False},
    ),
)

#: One of these scopes opens the method: docs.slack.dev/reference/methods (2026-08).
METHOD_SCOPES = {
    "apps.connections.open": set(),
    "auth.test": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.conversations": {"channels:read", "groups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}


@pytest.mark.parametrize("mode", ["http", "socket"])
def test_what_the_command_prints_is_within_slacks_limits(
    mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", "--url", URL, *(["--socket"] if mode == "socket" else [])]) == 0
    made = json.loads(capsys.readouterr().out)

    faults = [f"{e.json_path}: {e.message}" for e in Draft202012Validator(SCHEMA).iter_errors(made)]
    assert faults == []
    urls = made["settings"]["interactivity"].get("request_url"), *_urls(made)
    is_socket = mode == "socket"
    assert made["settings"]["socket_mode_enabled"] is is_socket
    assert set(urls) == ({None} if is_socket else {f"{URL}/slack/events"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("display_information", "name"), "n" * 36),
        (("display_information", "background_color"), "blue"),
        (("features", "bot_user", "display_name"), ""),
        (("features", "slash_commands", 0, "command"), "sms"),
        (("features", "slash_commands", 0, "surprise"), True),
        (("features", "shortcuts", 0, "name"), "Send SMS to all of this list"),
        (("features", "shortcuts", 0, "type"), "channel"),
        (("features", "unfurl_domains"), []),
        (("oauth_config", "scopes", "bot"), ["commands", "commands"]),
        (("settings", "interactivity", "request_url"), "http://sms-bot.example.com"),
    ],
)
def test_the_limits_refuse_what_slack_refuses(path: tuple[str | int, ...], value: object) -> None:
    made: Any = manifest(registry(), base_url=URL, socket=False)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert not Draft202012Validator(SCHEMA).is_valid(made)


def test_every_web_api_method_the_client_calls_has_its_scope() -> None:
    scopes = _scopes(registry())
    calls = [
        node
        for path in CALLING
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    methods = {
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"_call", "_answer"}
        and isinstance(call.args[0], ast.Constant)
    }

    assert methods == METHOD_SCOPES.keys()
    assert [m for m, any_of in METHOD_SCOPES.items() if any_of and not any_of <= scopes] == []


def test_every_event_that_is_handled_is_subscribed_to_with_its_scope() -> None:
    events = registry().events
    made = manifest(registry(), base_url=URL, socket=False)

    subscribed = made["settings"]["event_subscriptions"]["bot_events"]
    assert subscribed == sorted({event.name for event in events})
    assert {scope for event in events for scope in event.scopes} <= _scopes(registry())


def test_an_event_brings_its_own_scope() -> None:
    async def nobody(knock: object, services: object) -> object:
        raise AssertionError("never called")

    event = Event("team_join", "team_join", ("team:read",), None, nobody)  # type: ignore[arg-type]  # never called
    assert "team:read" in _scopes(Registry(commands=(), events=(event,)))
    assert "team:read" not in _scopes(registry())


def test_no_scope_is_asked_for_that_nothing_needs() -> None:
    # A form with a file in it, and the file's own address, which is no method of the Web API.
    needed = {"commands", "files:read"}.union(*METHOD_SCOPES.values())
    for event in registry().events:
        needed.update(event.scopes)

    assert _scopes(registry()) == needed
    assert all(SCOPES.values()), "every scope is there for a reason"


def _scopes(handlers: Registry) -> set[str]:
    return set(manifest(handlers, base_url=URL, socket=False)["oauth_config"]["scopes"]["bot"])


def _urls(made: dict[str, Any]) -> list[str | None]:
    settings = made["settings"]
    return [
        settings["event_subscriptions"].get("request_url"),
        settings["interactivity"].get("message_menu_options_url"),
        *(command.get("url") for command in made["features"]["slash_commands"]),
    ]
