"""Envelopes as Slack sends them, one for each thing of ours that can be used, and what is left of
them when something in them is another thing or missing."""

from copy import deepcopy
from random import Random
from typing import Any

from bot.registry import Registry
from tests.journeys.people import MAYA, SMS

Json = dict[str, Any]
STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 1e300, "", "x", "\ud800", "\u202e", [], {}, [[]], {"id": 1}, ["a"],
    "9" * 3_000, {"type": "message"}, {"id": "U0MAYA"},
)  # fmt: skip
WHO: Json = {
    "user": {"id": MAYA, "username": "maya", "team_id": "T0LOCAL"},
    "team": {"id": "T0LOCAL"},
    "trigger_id": "1.2",
}
VIEW: Json = {
    "id": "V1",
    "hash": "h",
    "type": "modal",
    "private_metadata": "C0SMS|{}",
    "state": {"values": {"a": {"b": {"type": "plain_text_input", "value": "x"}}}},
    "blocks": [{"type": "input", "block_id": "a"}],
}
IN_CHANNEL: Json = {"channel": {"id": SMS, "name": "sms"}, "response_url": ""}
FILE: Json = {"id": "F1", "url_private": "https://files.slack.com/a", "name": "a", "size": 3}
EVENT: Json = {
    "user": MAYA,
    "channel": SMS,
    "text": "hello",
    "reaction": "x",
    "item": {"type": "message", "channel": SMS, "ts": "1.000001"},
    "ts": "1.000002",
    "event_ts": "1.000002",
    "tab": "home",
}


def every(registry: Registry) -> list[Json]:
    """One envelope for each button, list, form, shortcut and event."""
    buttons = [
        {"action_id": each.action_id, "type": "button", "block_id": "b", "value": "R-0000.0123"}
        for each in registry.buttons
    ]
    lists = [
        {"action_id": name, "type": "static_select", "selected_option": {"value": "1"}}
        for name in (
            *(each.action_id for each in registry.choices),
            *(each.action_id for each in registry.form_actions),
        )
    ]
    return [
        {"command": "/sms", "text": "help", "user_id": MAYA, "channel_id": SMS, "trigger_id": "1"},
        *({"type": "block_actions", **WHO, **IN_CHANNEL, "actions": [each]} for each in buttons),
        *(
            {"type": "block_actions", **WHO, "view": {**VIEW, "callback_id": ""}, "actions": [each]}
            for each in lists
        ),
        *(
            {"type": "view_submission", **WHO, "view": {**VIEW, "callback_id": each.callback_id}}
            for each in registry.submissions
        ),
        *(
            {"type": "message_action", **WHO, **IN_CHANNEL, "callback_id": each.callback_id,
             "message": {"ts": "1.000001", "files": [FILE]}}
            for each in registry.shortcuts
        ),
        *(
            {"type": "block_suggestion", **WHO, "action_id": each.action_id, "value": "a"}
            for each in registry.choices
        ),
        *(
            {"type": "event_callback", "event_id": "Ev1", "event": {"type": each.type, **EVENT}}
            for each in registry.events
        ),
    ]  # fmt: skip


def disturbed(envelope: Json, dice: Random) -> Json:
    """The envelope with one or two of its parts gone, or another thing."""
    made = deepcopy(envelope)
    for _ in range(dice.randint(1, 2)):
        holder, key = dice.choice(_places(made))
        if isinstance(holder, dict) and dice.random() < 0.4:
            del holder[key]
        else:
            holder[key] = deepcopy(dice.choice(STRANGE))
        if not made:
            break
    return made


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every part of a value, by what holds it and under what."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else range(len(value))
    inside = [place for key in keys for place in _places(value[key])]
    return [(value, key) for key in keys] + inside
