"""Block Kit validation: which block may stand where, what it must hold, and which ids clash.

Limits are those of Slack's reference (docs.slack.dev, Block Kit, 2026-08). Block types this
workspace cannot show are refused as unsupported, so that nobody believes they were seen.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from bot.sandbox.workspace.cards import CARD, CAROUSEL, PLAN, TASK_CARD, container
from bot.sandbox.workspace.elements import (
    ACCESSORIES,
    ACTION_ELEMENTS,
    IMAGE,
    INPUT_ELEMENTS,
    OPTION_GROUPS,
    OPTIONS,
    SLACK_FILE,
    formatted,
    plain,
)
from bot.sandbox.workspace.figures import CELL, CHART, CHARTS_PER_MESSAGE, DATA_TABLE
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.rich_text import RICH_TEXT_ELEMENTS
from bot.sandbox.workspace.shapes import (
    Check,
    Shape,
    ShapeFault,
    anything,
    at_least_one,
    by_type,
    exactly_one,
    flag,
    items,
    link,
    one_of,
    words,
)


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


BLOCK_LIMITS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
MARKDOWN_LIMIT = 12_000
_ID = words(255)


def _block(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    also: Check | None = None,
) -> Shape:
    return Shape(required, {"block_id": _ID, **(optional or {})}, also)


_COLUMN = Shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag})

_PLAIN_BLOCKS: Mapping[str, Check] = {
    "section": _block(
        {},
        {
            "text": formatted(3000),
            "fields": items(formatted(2000), 1, 10),
            "accessory": by_type(ACCESSORIES),
            "expand": flag,
        },
        at_least_one("text", "fields"),
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block({}),
    "image": _block(
        {"alt_text": words(2000)},
        {"image_url": link(), "slack_file": SLACK_FILE, "title": plain(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "actions": _block({"elements": items(by_type(ACTION_ELEMENTS), 1, 25)}),
    "context": _block(
        {
            "elements": items(
                by_type({"image": IMAGE, "plain_text": formatted(3000), "mrkdwn": formatted(3000)}),
                1,
                10,
            )
        }
    ),
    "input": _block(
        {"label": plain(2000), "element": by_type(INPUT_ELEMENTS)},
        {"hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": _block({"elements": RICH_TEXT_ELEMENTS}),
    "markdown": _block({"text": words(MARKDOWN_LIMIT)}),
    "table": _block(
        {"rows": items(items(CELL, 1, 20), 1, 100)},
        {"column_settings": items(_COLUMN, 1, 20)},
    ),
    "alert": _block(
        {"text": formatted(200)},
        {"level": one_of("default", "info", "warning", "error", "success")},
    ),
}
_IN_CONTAINERS = (
    "actions",
    "context",
    "divider",
    "header",
    "image",
    "rich_text",
    "section",
    "table",
)
BLOCKS: Mapping[str, Check] = {
    **_PLAIN_BLOCKS,
    "card": CARD,
    "carousel": CAROUSEL,
    "container": container(by_type({kind: _PLAIN_BLOCKS[kind] for kind in _IN_CONTAINERS})),
    "data_table": _block(*DATA_TABLE),
    "data_visualization": _block({"title": words(50), "chart": CHART}),
    "plan": PLAN,
    "task_card": TASK_CARD,
}
ALLOWED: Mapping[Surface, frozenset[str]] = {
    Surface.MESSAGE: frozenset(BLOCKS) - {"alert", "input"},
    Surface.MODAL: frozenset(
        {
            "actions",
            "alert",
            "card",
            "context",
            "divider",
            "header",
            "image",
            "input",
            "rich_text",
            "section",
        }
    ),
    Surface.HOME: frozenset(BLOCKS) - {"alert", "markdown", "plan", "table", "task_card"},
}


def check_blocks(blocks: object, surface: Surface, pointer: str = "/blocks") -> list[ShapeFault]:
    """Every fault of a list of blocks as they would stand on `surface`."""
    if not isinstance(blocks, list):
        return [ShapeFault(pointer, "must_be_array", "must be an array")]
    known = {kind: BLOCKS[kind] for kind in ALLOWED[surface]}
    limit = BLOCK_LIMITS[surface]
    faults = list(items(by_type(known), 0, limit)(blocks, pointer))
    return faults + list(_together(blocks[:limit], surface, pointer))


def check_options(answer: Json) -> list[ShapeFault]:
    """Every fault of an answer to ``block_suggestion``; an empty list of options is fine."""
    if "option_groups" in answer:
        return list(OPTION_GROUPS(answer["option_groups"], "/option_groups"))
    options = answer.get("options")
    return [] if options == [] else list(OPTIONS(options, "/options"))


def check_view(view: object) -> list[ShapeFault]:
    """Every fault of a modal or home tab."""
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in ("modal", "home") or not isinstance(view, dict):
        return [ShapeFault("/view/type", "unsupported_type", f"unsupported type: {kind!r}")]
    surface = Surface(kind)
    faults = list((_MODAL if surface is Surface.MODAL else _HOME)(view, "/view"))
    faults += check_blocks(view.get("blocks"), surface, "/view/blocks")
    has_input = any(b.get("type") == "input" for b in _dicts(view.get("blocks")))
    if surface is Surface.MODAL and has_input and not view.get("submit"):
        said = "missing required field: submit (the view has input blocks)"
        faults.append(ShapeFault("/view", "missing_field", said))
    return faults + list(_focused(_dicts(view.get("blocks"))))


def _focused(blocks: list[Json]) -> Iterator[ShapeFault]:
    """The cursor can be in one place only."""
    elements = [element for _, block in walk(blocks) for element in interactive_elements(block)]
    if sum(element.get("focus_on_load") is True for element in elements) > 1:
        said = "no more than one element may have focus_on_load"
        yield ShapeFault("/view/blocks", "only_one_focus_on_load_allowed", said, 1)


_VIEW: Mapping[str, Check] = {
    "private_metadata": words(3000, 0),
    "callback_id": words(255, 0),
    "external_id": words(255, 0),
}
_MODAL = Shape(
    {"title": plain(24), "blocks": anything},
    {
        **_VIEW,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_HOME = Shape({"blocks": anything}, _VIEW)


def complaint(faults: Iterable[ShapeFault]) -> Json:
    """The faults as Slack words them in a reply."""
    said = [f"[ERROR] {fault.message} [json-pointer:{fault.pointer}]" for fault in faults]
    return {"response_metadata": {"messages": said[:20]}}


def _together(blocks: list[Any], surface: Surface, pointer: str) -> Iterator[ShapeFault]:
    shown = list(walk(blocks, pointer))
    yield from _duplicates((str(b["block_id"]) for _, b in shown if b.get("block_id")), pointer)
    for at, block in shown:
        ids = [e["action_id"] for e in interactive_elements(block) if e.get("action_id")]
        yield from _duplicates(map(str, ids), at, "action_id")
        yield from _misplaced(block, surface, at)
    kinds = Counter(str(block.get("type")) for _, block in shown)
    if kinds["table"] > 1:
        said = "no more than one table per message"
        yield ShapeFault(pointer, "only_one_table_allowed", said, 1)
    if surface is Surface.MESSAGE:
        yield from _of_a_message([block for _, block in shown], kinds, pointer)


def _misplaced(block: Json, surface: Surface, pointer: str) -> Iterator[ShapeFault]:
    """What may not stand on a surface may not stand there inside another block either."""
    key = inner_key(block)
    inner = block.get(key) if key is not None else None
    for position, each in enumerate(inner if isinstance(inner, list) else []):
        kind = each.get("type") if isinstance(each, dict) else None
        if isinstance(kind, str) and kind in BLOCKS and kind not in ALLOWED[surface]:
            at = f"{pointer}/{key}/{position}/type"
            yield ShapeFault(at, "unsupported_type", f"unsupported type: {kind!r}")


def _of_a_message(blocks: list[Json], kinds: Counter[str], pointer: str) -> Iterator[ShapeFault]:
    if kinds["data_visualization"] > CHARTS_PER_MESSAGE:
        said = f"no more than {CHARTS_PER_MESSAGE} charts per message"
        yield ShapeFault(pointer, "too_many", said, CHARTS_PER_MESSAGE)
    written = sum(len(str(b.get("text", ""))) for b in blocks if b.get("type") == "markdown")
    if written > MARKDOWN_LIMIT:
        said = f"markdown blocks must be less than {MARKDOWN_LIMIT + 1} characters together"
        yield ShapeFault(pointer, "too_long", said, MARKDOWN_LIMIT)


def _duplicates(ids: Iterable[str], pointer: str, name: str = "block_id") -> Iterator[ShapeFault]:
    for value, count in Counter(ids).items():
        if count > 1:
            yield ShapeFault(pointer, f"duplicate_{name}", f"{name} {value!r} already exists")


# Where blocks stand in blocks: the cards of a carousel, what a container holds.
_INNER = {"carousel": "elements", "container": "child_blocks"}


def walk(blocks: Iterable[Any], pointer: str = "/blocks") -> Iterator[tuple[str, Json]]:
    """Every block with its pointer, those inside others too."""
    for position, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        yield f"{pointer}/{position}", block
        key = inner_key(block)
        if key is not None and isinstance(block.get(key), list):
            yield from walk(block[key], f"{pointer}/{position}/{key}")


def inner_key(block: Json) -> str | None:
    """Under which key a block holds other blocks, or None."""
    kind = block.get("type")
    return _INNER.get(kind) if isinstance(kind, str) else None


def interactive_elements(block: Json) -> list[Json]:
    """The elements of a block that somebody can use."""
    found = [block.get("element"), block.get("accessory")]
    key = {"actions": "elements", "card": "actions"}.get(str(block.get("type")))
    listed = block.get(key) if key else None
    found += listed if isinstance(listed, list) else []
    return [e for e in found if isinstance(e, dict) and e.get("type") != "image"]


def slack_files(blocks: Iterable[Any], pointer: str = "/blocks") -> Iterator[tuple[str, Json]]:
    """Every reference to an uploaded picture, with its pointer."""
    for at, block in walk(blocks, pointer):
        own: list[tuple[str, Any]] = [("", block)]
        own += [(f"/{key}", block.get(key)) for key in ("accessory", "hero_image", "icon")]
        if block.get("type") == "context" and isinstance(block.get("elements"), list):
            own += [(f"/elements/{n}", each) for n, each in enumerate(block["elements"])]
        for where, part in own:
            if isinstance(part, dict) and isinstance(part.get("slack_file"), dict):
                yield f"{at}{where}/slack_file", part["slack_file"]


def _dicts(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
