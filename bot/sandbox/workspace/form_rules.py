"""What a form still lacks before it may be sent: Slack's own checks, made before the app's."""

import re
from typing import Any

from bot.sandbox.workspace.file_types import ending
from bot.sandbox.workspace.inputs import TEXT_LIMIT, VALUE_KEYS
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.spellings import is_decimal, is_whole

# A catalogue key and the numbers that go into its sentence.
Unmet = tuple[str, dict[str, object]]

# "There is a 10MB file size limit"; max_files "Defaults to 10" (docs.slack.dev, file input element,
# 2026-08).
MOST_FILES = 10
FORM_FILE_LIMIT_BYTES = 10_000_000
_PATTERNS = {
    "email_text_input": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "url_text_input": re.compile(r"https?://\S+"),
}


def unmet(blocks: object, values: Json) -> dict[str, Unmet]:
    """By block, the catalogue key and numbers of what a form still lacks before it may be sent."""
    faults: dict[str, Unmet] = {}
    for block in blocks if isinstance(blocks, list | tuple) else ():
        if block.get("type") != "input":
            continue
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        value = state[VALUE_KEYS[element["type"]]]
        fault = _unmet_value(element, value, required=not block.get("optional"))
        if fault is not None:
            faults[block["block_id"]] = fault
    return faults


def _unmet_value(element: Json, value: Any, *, required: bool) -> Unmet | None:
    if value in (None, "", []):
        return ("input.required", {}) if required else None
    if element["type"] == "file_input":
        return _unmet_files(element, value)
    return _unmet_text(element, value) if isinstance(value, str) else None


def _unmet_files(element: Json, files: list[Json]) -> Unmet | None:
    most, wanted = element.get("max_files", MOST_FILES), element.get("filetypes", [])
    if len(files) > most:
        return "input.too_many_files", {"limit": most}
    if wanted and not {ending(file["name"]) for file in files} <= {ending(f".{w}") for w in wanted}:
        return "input.wrong_file", {"types": ", ".join(wanted)}
    if any(file["size"] > FORM_FILE_LIMIT_BYTES for file in files):
        return "input.file_too_big", {"limit": FORM_FILE_LIMIT_BYTES // 1_000_000}
    return None


def _unmet_text(element: Json, value: str) -> Unmet | None:
    shortest, longest = element.get("min_length", 0), element.get("max_length", TEXT_LIMIT)
    if not shortest <= len(value) <= longest:
        is_short = len(value) < shortest
        key = "input.too_short" if is_short else "input.too_long"
        return key, {"limit": shortest if is_short else longest}
    kind = element["type"]
    if kind == "number_input":
        return _unmet_number(element, value)
    if kind in _PATTERNS and not _PATTERNS[kind].fullmatch(value):
        return f"input.not_{kind.partition('_')[0]}", {}
    return None


def _unmet_number(element: Json, value: str) -> Unmet | None:
    is_number = is_decimal if element.get("is_decimal_allowed") else is_whole
    if not is_number(value):
        return "input.not_number", {}
    lowest, highest = element.get("min_value"), element.get("max_value")
    if lowest is not None and float(value) < float(lowest):
        return "input.too_small", {"limit": lowest}
    if highest is not None and float(value) > float(highest):
        return "input.too_large", {"limit": highest}
    return None
