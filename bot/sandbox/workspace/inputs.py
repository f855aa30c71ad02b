"""What people put into elements: actions and form values, checked against what was shown."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.sandbox.workspace.blocks import interactive_elements, walk
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.spellings import is_date, is_time

# The key under which each element's state carries its value (slack.md §2.4).
VALUE_KEYS: Mapping[str, str] = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_CHOSEN_FROM_LIST = frozenset(
    {"static_select", "radio_buttons", "overflow", "multi_static_select", "checkboxes"}
)
TEXT_LIMIT = 3000
LIST_LIMIT = 100


def find_element(blocks: object, block_id: object, action_id: object) -> Json | None:
    """The element with those ids, or None."""
    for _, block in walk(blocks if isinstance(blocks, list | tuple) else ()):
        if block.get("block_id") == block_id:
            for element in interactive_elements(block):
                if element.get("action_id") == action_id:
                    return element
    return None


def read_action(element: Json, block_id: str, given: Mapping[str, Any], ts: str) -> Json | None:
    """The entry of ``actions`` for a used element; None where that was never on offer.

    What belongs to the element (type, text, a button's value) is taken from what was shown,
    not from what the page sent.
    """
    kind = element["type"]
    action: Json = {"type": kind, "action_id": element["action_id"], "block_id": block_id}
    if kind == "button":
        shown: Json = {
            key: element[key] for key in ("text", "value", "style", "url") if key in element
        }
        return {**action, **shown, "action_ts": ts}
    key = VALUE_KEYS.get(kind)
    if key is None or not _on_offer(element, key, given.get(key)):
        return None
    extra = {"placeholder": element["placeholder"]} if "placeholder" in element else {}
    return {**action, key: given.get(key), **extra, "action_ts": ts}


def read_values(blocks: object, given: object) -> Json | None:
    """Form values by block and action, in Slack's shapes; None where one was never on offer.

    Every input of the form is there, the untouched ones empty.
    """
    typed = given if isinstance(given, dict) else {}
    values: Json = {}
    for block_id, element in _stateful(blocks):
        key = VALUE_KEYS[element["type"]]
        by_action = typed.get(block_id)
        entry = by_action.get(element["action_id"]) if isinstance(by_action, dict) else None
        value = entry.get(key) if isinstance(entry, dict) else _at_first(element, key)
        if not _on_offer(element, key, value):
            return None
        empty: object = [] if key in ("selected_options", "files") else None
        chosen = value if value not in (None, "") else empty
        values.setdefault(block_id, {})[element["action_id"]] = {
            "type": element["type"],
            key: chosen,
        }
    return values


def _stateful(blocks: object) -> Iterator[tuple[str, Json]]:
    for _, block in walk(blocks if isinstance(blocks, list | tuple) else ()):
        for element in interactive_elements(block):
            if element["type"] in VALUE_KEYS and element["type"] != "overflow":
                yield block["block_id"], element


def _at_first(element: Json, key: str) -> Any:
    initial = "initial_value" if key == "value" else key.replace("selected", "initial")
    return element.get(initial)


def _on_offer(element: Json, key: str, value: Any) -> bool:
    return value is None or _ACCEPTED[key](element, value)


def _is_words(element: Json, value: Any) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_LIMIT


def _is_names(element: Json, value: Any) -> bool:
    names = _is_short(value, element.get("max_selected_items", LIST_LIMIT))
    return names and all(isinstance(v, str) and len(v) <= 255 for v in value)


def _is_options(element: Json, value: Any) -> bool:
    options = _is_short(value, element.get("max_selected_items", LIST_LIMIT))
    return options and all(_is_option(element, option) for option in value)


def _is_short(value: Any, most: int = LIST_LIMIT) -> bool:
    return isinstance(value, list) and len(value) <= most


def _is_spelled(is_right: Callable[[str], bool]) -> Callable[[Json, Any], bool]:
    """A text of that spelling; an empty one is a field somebody emptied."""
    return lambda _, value: value == "" or (isinstance(value, str) and is_right(value))


def _is_moment(value: Any) -> bool:
    """Seconds since 1970 in ten digits, as Slack takes them (slack.md §2.3)."""
    return isinstance(value, int) and not isinstance(value, bool) and 10**9 <= value < 10**10


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _is_option(element: Json, option: object) -> bool:
    if not isinstance(option, dict) or not isinstance(option.get("value"), str):
        return False
    if element["type"] not in _CHOSEN_FROM_LIST:
        return len(str(option)) <= 2_000
    groups = element.get("option_groups", [])
    known = [*element.get("options", []), *(o for group in groups for o in group["options"])]
    return any(option["value"] == shown.get("value") for shown in known)


_ACCEPTED: Mapping[str, Callable[[Json, Any], bool]] = {
    "value": _is_words,
    "rich_text_value": lambda _, value: isinstance(value, dict),
    "files": lambda _, value: _is_short(value) and all(map(_is_file, value)),
    "selected_option": _is_option,
    "selected_options": _is_options,
    "selected_date": _is_spelled(is_date),
    "selected_time": _is_spelled(is_time),
    "selected_date_time": lambda _, value: _is_moment(value),
    "selected_user": _is_words,
    "selected_channel": _is_words,
    "selected_conversation": _is_words,
    "selected_users": _is_names,
    "selected_channels": _is_names,
    "selected_conversations": _is_names,
}
