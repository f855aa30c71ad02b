"""A message that is longer than Slack takes: its beginning, and all of it for a file."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from bot.locales import Locale, text
from bot.registry import Json, SlackMessage
from bot.slack import blocks

#: The kind of post that is a file under another one.
FILE = "outbox.file"
#: "Up to 50 blocks in each message" (Block Kit reference, 2026-08); one is left for the note.
BLOCKS_MAX = 49
#: chat.update refuses a text of more (docs.slack.dev, 2026-08).
TEXT_MAX = 4_000
#: What all blocks say together; Slack was seen to refuse from about 13,000 characters on.
WORDS_MAX = 12_000


def fit(message: SlackMessage, locale: Locale) -> tuple[SlackMessage, str]:
    """`message`, or as much of it as Slack takes with a note that the rest is in a file; and then
    all its words, "" where it fits."""
    said = blocks.cut(message.text, TEXT_MAX)
    kept = _first(message.blocks)
    if said == message.text and len(kept) == len(message.blocks):
        return message, ""
    note = blocks.context(text(locale, "faults.overlong"))
    return SlackMessage(said, (*(kept or (blocks.section(said),)), note)), _whole(message)


def plain(message: SlackMessage) -> SlackMessage:
    """Its words without their form, for where Slack refuses that."""
    return SlackMessage(_whole(message))


def file_facts(key: str, whole: str) -> dict[str, str]:
    """The file with all that the post `key` says; its name tells it from every other."""
    return {"name": f"message-{sha256(key.encode()).hexdigest()[:12]}.txt", "text": whole}


def _first(said: tuple[Json, ...]) -> tuple[Json, ...]:
    """The first blocks that fit, whole, and all buttons: they are what can be done."""
    words, places = WORDS_MAX, BLOCKS_MAX - sum(map(_is_buttons, said))
    kept: list[Json] = []
    for block in said:
        if not _is_buttons(block):
            words, places = words - sum(map(len, _words(block))), places - 1
        if _is_buttons(block) or (words >= 0 and places >= 0):
            kept.append(block)
    return tuple(kept)


def _is_buttons(block: Json) -> bool:
    return bool(block["type"] == "actions")


def _whole(message: SlackMessage) -> str:
    words = [line for block in message.blocks if not _is_buttons(block) for line in _words(block)]
    return "\n\n".join(words) or message.text


def _words(node: Any) -> Iterator[str]:
    """What somebody reads of a block, in its order."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in {"text", "alt_text"} and isinstance(value, str):
                yield value
            else:
                yield from _words(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _words(value)
