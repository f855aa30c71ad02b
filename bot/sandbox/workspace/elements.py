"""Block Kit's composition objects and interactive elements, with their limits.

Limits are those of Slack's reference (docs.slack.dev, Block Kit, 2026-08).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.workspace.shapes import (
    Check,
    Shape,
    ShapeFault,
    anything,
    by_type,
    exactly_one,
    flag,
    in_order,
    items,
    link,
    one_of,
    spelled,
    whole,
    words,
)
from bot.sandbox.workspace.spellings import is_date, is_decimal, is_time

_ID = words(255)
_DATE = spelled(is_date, "a date, YYYY-MM-DD")
_TIME = spelled(is_time, "a time, HH:mm")
_NUMBER = spelled(is_decimal, "a number")


def plain(at_most: int, at_least: int = 1) -> Check:
    """A plain_text object."""
    return by_type({"plain_text": Shape({"text": words(at_most, at_least)}, {"emoji": flag})})


def formatted(at_most: int) -> Check:
    """A plain_text or mrkdwn object."""
    plain_text = Shape({"text": words(at_most)}, {"emoji": flag})
    mrkdwn = Shape({"text": words(at_most)}, {"verbatim": flag})
    return by_type({"plain_text": plain_text, "mrkdwn": mrkdwn})


CONFIRM = Shape(
    {"title": plain(100), "text": formatted(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
OPTION = Shape({"text": plain(75), "value": words(150)}, {"description": plain(75)})
# Checkboxes and radio buttons take mrkdwn, an overflow menu takes a link.
MARKED_OPTION = Shape({"text": formatted(75), "value": words(150)}, {"description": formatted(75)})
LINK_OPTION = Shape({"text": plain(75), "value": words(150)}, {"url": link()})
OPTION_GROUP = Shape({"label": plain(75), "options": items(OPTION, 1, 100)})
OPTIONS = items(OPTION, 1, 100)
OPTION_GROUPS = items(OPTION_GROUP, 1, 100)
_DISPATCH = Shape(
    {
        "trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 1, 2),
    }
)
_FILTER = Shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)


def _element(
    required: Mapping[str, Check], optional: Mapping[str, Check], also: Check | None = None
) -> Shape:
    shared: Mapping[str, Check] = {
        "action_id": _ID,
        "confirm": CONFIRM,
        "focus_on_load": flag,
        "placeholder": plain(150),
    }
    return Shape(required, {**shared, **optional}, also)


def _typed(
    extra: Mapping[str, Check],
    required: Mapping[str, Check] | None = None,
    also: Check | None = None,
) -> Shape:
    """A field somebody types into: no confirm, but it can act while typing."""
    shared: Mapping[str, Check] = {
        "action_id": _ID,
        "focus_on_load": flag,
        "placeholder": plain(150),
        "dispatch_action_config": _DISPATCH,
    }
    return Shape(required or {}, {**shared, **extra}, also)


def _chosen(value: Any, pointer: str) -> Iterator[ShapeFault]:
    """What is chosen at first must be among the options."""
    known = [option for option in _all_options(value) if isinstance(option, dict)]
    wanted = value.get("initial_options", [value.get("initial_option")])
    for option in wanted if isinstance(wanted, list) else []:
        if option is not None and option not in known:
            said = "initial option must match one of the options exactly"
            yield ShapeFault(pointer, "initial_option_unknown", said)


def _all_options(value: Any) -> list[Any]:
    found = list(value.get("options") or []) if isinstance(value.get("options"), list) else []
    groups = value.get("option_groups")
    for group in groups if isinstance(groups, list) else []:
        inner = group.get("options") if isinstance(group, dict) else None
        found += inner if isinstance(inner, list) else []
    return found


def _static(value: Any, pointer: str) -> Iterator[ShapeFault]:
    yield from exactly_one("options", "option_groups")(value, pointer)
    yield from _chosen(value, pointer)


_MANY: Mapping[str, Check] = {"max_selected_items": whole(1, 100)}
_LISTED: Mapping[str, Check] = {"options": OPTIONS, "option_groups": OPTION_GROUPS}
_ASKED: Mapping[str, Check] = {"min_query_length": whole(0, 1000)}
_ONE: Mapping[str, Check] = {"response_url_enabled": flag}

SELECTS: Mapping[str, Check] = {
    "static_select": _element({}, {**_LISTED, "initial_option": OPTION}, _static),
    "external_select": _element({}, {**_ASKED, "initial_option": OPTION}),
    "users_select": _element({}, {"initial_user": _ID}),
    "channels_select": _element({}, {**_ONE, "initial_channel": _ID}),
    "conversations_select": _element(
        {},
        {
            **_ONE,
            "initial_conversation": _ID,
            "default_to_current_conversation": flag,
            "filter": _FILTER,
        },
    ),
    "multi_static_select": _element({}, {**_LISTED, **_MANY, "initial_options": OPTIONS}, _static),
    "multi_external_select": _element({}, {**_ASKED, **_MANY, "initial_options": OPTIONS}),
    "multi_users_select": _element({}, {**_MANY, "initial_users": items(_ID, 1, 100)}),
    "multi_channels_select": _element({}, {**_MANY, "initial_channels": items(_ID, 1, 100)}),
    "multi_conversations_select": _element(
        {},
        {
            **_MANY,
            "initial_conversations": items(_ID, 1, 100),
            "default_to_current_conversation": flag,
            "filter": _FILTER,
        },
    ),
}
PICKERS: Mapping[str, Check] = {
    "datepicker": _element({}, {"initial_date": _DATE}),
    "timepicker": _element({}, {"initial_time": _TIME, "timezone": words(60)}),
    "datetimepicker": _element({}, {"initial_date_time": whole(10**9, 10**10 - 1)}),
}
_MARKED = items(MARKED_OPTION, 1, 10)
CHOICES: Mapping[str, Check] = {
    "checkboxes": _element({"options": _MARKED}, {"initial_options": _MARKED}, _chosen),
    "radio_buttons": _element({"options": _MARKED}, {"initial_option": MARKED_OPTION}, _chosen),
}
BUTTON = Shape(
    {"text": plain(75)},
    {
        "action_id": _ID,
        "value": words(2000, 0),
        "url": link(),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": words(75),
    },
)
OVERFLOW = Shape({"options": items(LINK_OPTION, 1, 5)}, {"action_id": _ID, "confirm": CONFIRM})
# "You must provide either the URL or ID. … If both are provided then the payload will be rejected"
# (docs.slack.dev, Slack file object, 2026-08).
SLACK_FILE = Shape({}, {"id": _ID, "url": link()}, exactly_one("id", "url"))
IMAGE = Shape(
    {"alt_text": words(2000)},
    {"image_url": link(), "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
)
TYPED: Mapping[str, Check] = {
    "plain_text_input": _typed(
        {
            "initial_value": words(3000, 0),
            "multiline": flag,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
        also=in_order("min_length", "max_length", int),
    ),
    "email_text_input": _typed({"initial_value": words(3000, 0)}),
    "url_text_input": _typed({"initial_value": words(3000, 0)}),
    "number_input": _typed(
        {"initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
        {"is_decimal_allowed": flag},
        in_order("min_value", "max_value", float),
    ),
    "rich_text_input": _typed(
        {"initial_value": anything, "min_lines": whole(1, 100), "max_lines": whole(1, 100)},
        also=in_order("min_lines", "max_lines", int),
    ),
    "file_input": Shape(
        {}, {"action_id": _ID, "filetypes": items(words(20), 1, 50), "max_files": whole(1, 10)}
    ),
}

ACTION_ELEMENTS: Mapping[str, Check] = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    **SELECTS,
    **PICKERS,
    **CHOICES,
    "rich_text_input": TYPED["rich_text_input"],
}
ACCESSORIES: Mapping[str, Check] = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    "image": IMAGE,
    **SELECTS,
    "datepicker": PICKERS["datepicker"],
    "timepicker": PICKERS["timepicker"],
    **CHOICES,
}
INPUT_ELEMENTS: Mapping[str, Check] = {**TYPED, **SELECTS, **PICKERS, **CHOICES}
