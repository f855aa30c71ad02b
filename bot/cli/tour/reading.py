"""Messages and forms as a terminal shows them, and sentences of the catalogue to look for in them.

Knows no network.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.locales import Locale, find
from bot.slack.blocks import LOOK_ALIKES

Json = Mapping[str, Any]

DATE = re.compile(r"<!date\^(\d+)\^([^|>]*)\|[^>]*>")
PERSON = re.compile(r"<@\w+(?:\|([^>]*))?>")
EMOJI = re.compile(r":[a-z_]+: ?")
BOLD = re.compile(r"(?<![0-9A-Za-z*])\*([^*\n]+)\*(?![0-9A-Za-z*])")
#: What stands for a mark where it is not to be one.
MARKS = str.maketrans({alike: mark for mark, alike in LOOK_ALIKES.items()})
HOLE = re.compile(r"\{(\w+)\}")


def plain(mrkdwn: str) -> str:
    """Slack's markup as plain text; times in the zone of this machine."""
    text = DATE.sub(lambda found: _moment(int(found[1]), found[2]), mrkdwn)
    text = EMOJI.sub("", BOLD.sub(r"\1", PERSON.sub(_person, text)))
    text = text.replace("`", "").translate(MARKS)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def moments_in(shown: Json) -> list[int]:
    """The times a message names, in seconds since 1970."""
    return [int(found[1]) for text in _texts(shown.get("blocks")) for found in DATE.finditer(text)]


def lines_of(shown: Json) -> list[str]:
    """A message or a form, line by line, buttons in brackets."""
    title = [shown["title"]["text"]] if "title" in shown else []
    rows = [line for block in shown.get("blocks") or () for line in _block(block)]
    ends = " ".join(f"[{shown[end]['text']}]" for end in ("submit", "close") if shown.get(end))
    found = [*title, *(rows or [shown.get("text", "")]), *([ends] if ends else [])]
    return [line for text in found for line in plain(text).splitlines()]


def sentence(locale: Locale, key: str, /, **known: object) -> "re.Pattern[str]":
    """What a sentence of the catalogue looks like once shown; a value not `known` may be any."""
    raw = find(locale, key)
    if raw is None:
        raise KeyError(key)
    parts = HOLE.split(plain(raw))
    # split() leaves the names of the holes at every second place.
    return re.compile("".join(_hole(part, known) if i % 2 else re.escape(part)
                              for i, part in enumerate(parts)))  # fmt: skip


def _hole(name: str, known: Mapping[str, object]) -> str:
    return re.escape(str(known[name])) if name in known else ".+?"


def _block(block: Json) -> Iterator[str]:
    match block["type"]:
        case "section" if "fields" in block:
            yield from (": ".join(field["text"].split("\n", 1)) for field in block["fields"])
        case "section" | "header":
            yield block["text"]["text"]
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "actions":
            yield " ".join(f"[{element['text']['text']}]" for element in block["elements"])
        case "input":
            yield f"{block['label']['text']}: {_entered(block['element'])}"


def _entered(element: Json) -> str:
    chosen = element.get("initial_option")
    return str(chosen["text"]["text"] if chosen else element.get("initial_value") or "…")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _moment(at_s: int, pattern: str) -> str:
    at = datetime.fromtimestamp(at_s, UTC).astimezone()
    return f"{at:%H:%M:%S}" if "{time_secs}" in pattern else f"{at:%H:%M}"


def _person(found: "re.Match[str]") -> str:
    return f"@{found[1] or found[0].strip('<@>')}"
