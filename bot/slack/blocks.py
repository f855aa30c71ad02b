"""Block Kit as small functions: text from outside is escaped here and nowhere else.

Limits are Slack's (Block Kit reference): header 150, section 3,000, button 75, option 75.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]

SECTION_MAX = 3000
HEADER_MAX = 150
CONTEXT_MAX = 2000
BUTTON_MAX = 75
ALT_MAX = 2000
OPTION_MAX = 75
OPTIONS_MAX = 100
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack's marks have no escape, and characters without a width count as a word's edge, so a pair
# stays one with them: a mark gives way to its look-alike. One inside a word means nothing anyway.
LOOK_ALIKES = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
MARK = re.compile(r"`|(?<![0-9A-Za-z])[*_~]|[*_~](?![0-9A-Za-z])")


def esc(outside: str) -> str:
    """Text from outside as mrkdwn that cannot mention, link or break out."""
    return outside.translate(ESCAPES)


def inert(outside: str) -> str:
    """Text from outside as mrkdwn with no markup in it: its formatting marks only look like it."""
    return MARK.sub(lambda found: LOOK_ALIKES[found[0]], esc(outside))


def quote(outside: str) -> str:
    """Text from outside as a quotation, line by line."""
    return "\n".join(f"> {inert(line)}" for line in outside.splitlines() or [""])


def code(outside: str) -> str:
    """Text from outside as inline code."""
    return "`" + esc(outside).replace("`", "'") + "`"


def cut(text: str, limit: int) -> str:
    """`text`, or its beginning with an ellipsis where it is longer than `limit`."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first of `lines`, whole, that together take no more than `room` characters."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_MAX)}


def section(mrkdwn: str, *, block_id: str | None = None, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": _mrkdwn(mrkdwn, SECTION_MAX)}
    if block_id:
        block["block_id"] = block_id
    if accessory:
        block["accessory"] = accessory
    return block


def fields(pairs: Iterable[tuple[str, str]]) -> Block:
    """Label and value pairs in two columns; at most ten."""
    cells = [_mrkdwn(f"*{label}*\n{value}", CONTEXT_MAX) for label, value in pairs]
    return {"type": "section", "fields": cells[:10]}


def context(*lines: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(line, CONTEXT_MAX) for line in lines[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def picture(file_id: str, alt: str) -> Block:
    """A picture that was brought to Slack; `alt` says the same in words."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": cut(alt, ALT_MAX)}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(
    action_id: str,
    label: str,
    *,
    value: str = "",
    style: str | None = None,
    confirm: Block | None = None,
    says: str | None = None,
) -> Block:
    """A button; `says` is what a screen reader reads where the label alone is not enough."""
    block: Block = {"type": "button", "action_id": action_id, "text": plain(label, BUTTON_MAX)}
    if value:
        block["value"] = value
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = confirm
    if says:
        block["accessibility_label"] = cut(says, BUTTON_MAX)
    return block


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> Block:
    block: Block = {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    if danger:
        block["style"] = "danger"
    return block


def option(label: str, value: str, description: str = "") -> Block:
    block: Block = {"text": plain(label, OPTION_MAX), "value": value}
    if description:
        block["description"] = plain(description, OPTION_MAX)
    return block


def search(action_id: str, placeholder: str, *, initial: Block | None = None) -> Block:
    """A list whose options are asked for as the person types."""
    block: Block = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "min_query_length": 0,
    }
    if initial:
        block["initial_option"] = initial
    return block


def select(
    action_id: str, options: Sequence[Block], *, placeholder: str, initial: Block | None = None
) -> Block:
    """A list to choose one from; at most a hundred options."""
    block: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "options": list(options)[:OPTIONS_MAX],
    }
    if initial:
        block["initial_option"] = initial
    return block


def people(action_id: str, *, placeholder: str, initial: str = "") -> Block:
    """A list of the workspace's people to choose one from; `initial` is a user id."""
    block: Block = {
        "type": "users_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
    }
    if initial:
        block["initial_user"] = initial
    return block


def radio(action_id: str, options: Sequence[Block], *, initial: Block | None = None) -> Block:
    """One of at most ten, all of them in sight."""
    block: Block = {
        "type": "radio_buttons",
        "action_id": action_id,
        "options": list(options)[:10],
    }
    if initial:
        block["initial_option"] = initial
    return block


def file_input(action_id: str, *, kinds: Sequence[str], most: int = 1) -> Block:
    """Files from the person's machine or from Slack; `kinds` are endings without a dot."""
    return {
        "type": "file_input",
        "action_id": action_id,
        "filetypes": list(kinds),
        "max_files": most,
    }


def table(rows: Sequence[Sequence[str]], *, wrapped: Sequence[int] = ()) -> Block:
    """Plain words in rows of equal length, the first of them the heading; columns named in
    `wrapped` break their lines. At most a hundred rows and one table a message."""
    width = len(rows[0])
    return {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": cell or "–"} for cell in row] for row in rows],
        "column_settings": [{"is_wrapped": column in wrapped} for column in range(width)],
    }


def text_input(
    action_id: str,
    *,
    initial: str = "",
    placeholder: str = "",
    multiline: bool = False,
    max_length: int = SECTION_MAX,
    tells_typing: bool = False,
) -> Block:
    """A text; with `tells_typing` its `field(acts=True)` acts as somebody types."""
    block: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
        "max_length": max_length,
    }
    if tells_typing:
        block["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    if initial:
        block["initial_value"] = initial
    if placeholder:
        block["placeholder"] = plain(placeholder, 150)
    return block


def field(
    block_id: str,
    label: str,
    element: Block,
    *,
    hint: str = "",
    optional: bool = False,
    acts: bool = False,
) -> Block:
    """One labelled input; with `acts` using it is told at once, not only when handed in."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    if acts:
        block["dispatch_action"] = True
    return block


def form(
    callback_id: str,
    *,
    title: str,
    submit: str,
    close: str,
    blocks: Sequence[Block],
    carried: str = "",
) -> Block:
    """A modal; `carried` comes back with it."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain(close, 24),
        "private_metadata": carried,
        "blocks": list(blocks),
    }


def plain(text: str, limit: int) -> Block:
    """Plain text: nothing in it is markup."""
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def _mrkdwn(text: str, limit: int) -> Block:
    # verbatim: Slack must not turn bare names and addresses in the text into mentions and links.
    return {"type": "mrkdwn", "text": cut(text, limit), "verbatim": True}
