"""What an envelope of Slack's looks like, as far as anything here and Bolt's matching rely on it.

Shapes: docs.slack.dev, interaction payloads, slash commands and Events API (2026-08). Slack makes
no others. What is of another shape came by a fault, of theirs or of somebody who has the secret,
and would be an exception in the middle of whatever reads it first.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any], bool]
#: Of people, channels, teams, files and views.
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def is_envelope(body: object) -> bool:
    """Whether `body`, as it was sent, is one of those Slack makes. What is of a kind nobody here
    takes is left to Bolt, which says so."""
    if not _may_have(body, event=_mapping, team=_named, enterprise=_named):
        return False
    match body:
        case {"command": str()}:
            return _has(body, user_id=_id, channel_id=_id, trigger_id=_text) and _may_have(
                body, text=_text, channel_name=_text, response_url=_text
            )
        case {"type": "event_callback"}:
            return _has(body, event_id=_text, event=_event)
        case {"type": str(kind)} if kind in INTERACTIONS:
            return (
                _has(body, user=_named)
                and _may_have(body, trigger_id=_text, response_url=_text, channel=_place)
                and INTERACTIONS[kind](body)
            )
        case {"type": str()} | {"ssl_check": str()}:
            return True
    return False


def _has(of: object, **checks: Check) -> bool:
    return isinstance(of, Mapping) and all(
        name in of and check(of[name]) for name, check in checks.items()
    )


def _may_have(of: object, **checks: Check) -> bool:
    return isinstance(of, Mapping) and all(
        of.get(name) is None or check(of[name]) for name, check in checks.items()
    )


def _mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _id(value: object) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _named(value: object) -> bool:
    return _has(value, id=_id)


def _place(value: object) -> bool:
    return _may_have(value, id=_id, name=_text)


def _option(value: object) -> bool:
    return _may_have(value, value=_text)


def _file(value: object) -> bool:
    urls = _may_have(value, url_private=_text, url_private_download=_text)
    return urls and _may_have(value, id=_text, name=_text)


def _files(value: object) -> bool:
    return isinstance(value, list) and all(map(_file, value))


def _element(value: object) -> bool:
    """What a field of a form holds."""
    return _may_have(
        value, value=_text, selected_option=_option, selected_user=_id, files=_files
    )  # fmt: skip


def _values(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(block, Mapping) and all(map(_element, block.values()))
        for block in value.values()
    )


def _state(value: object) -> bool:
    return _may_have(value, values=_values)


def _view(value: object) -> bool:
    return _may_have(
        value, id=_id, type=_text, callback_id=_text, hash=_text, private_metadata=_text,
        state=_state, blocks=_blocks,
    )  # fmt: skip


def _blocks(value: object) -> bool:
    return isinstance(value, list) and all(
        _may_have(block, type=_text, block_id=_text) for block in value
    )


def _message(value: object) -> bool:
    return _may_have(value, ts=_text, thread_ts=_text, files=_files)


def _action(value: object) -> bool:
    known = _may_have(value, type=_text, block_id=_text, action_ts=_text)
    return known and _has(value, action_id=_text) and _element(value)


def _actions(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(map(_action, value))


def _event(value: object) -> bool:
    return _has(value, type=_text) and _may_have(
        value, user=_who, channel=_place_or_id, text=_text, ts=_text, thread_ts=_text,
        subtype=_text, bot_id=_text, reaction=_text, tab=_text, item=_item,
    )  # fmt: skip


def _who(value: object) -> bool:
    """Some events name a person, others bring all of one, some name nobody."""
    return value == "" or _id(value) or _named(value)


def _place_or_id(value: object) -> bool:
    return _id(value) or _place(value)


def _item(value: object) -> bool:
    match value:
        case {"type": "message"}:
            return _has(value, channel=_id) and _may_have(value, ts=_text)
    return _has(value, type=_text)


def _shown(value: object) -> bool:
    """A form that is open, or a home."""
    return _view(value) and _has(value, id=_id, hash=_text, type=_text)


def _clicked(body: object) -> bool:
    return _has(body, actions=_actions, trigger_id=_text) and _may_have(
        body, view=_shown, message=_message
    )


def _handed_in(body: object) -> bool:
    return _has(body, view=lambda view: _view(view) and _has(view, type=_text, callback_id=_text))


def _picked(body: object) -> bool:
    return _has(body, callback_id=_text, trigger_id=_text) and _may_have(body, message=_message)


def _searched(body: object) -> bool:
    return _has(body, action_id=_text) and _may_have(body, value=_text, block_id=_text, view=_view)


INTERACTIONS: Mapping[str, Check] = {
    "block_actions": _clicked,
    "block_suggestion": _searched,
    "message_action": _picked,
    "shortcut": lambda body: _has(body, callback_id=_text),
    "view_closed": _handed_in,
    "view_submission": _handed_in,
}
