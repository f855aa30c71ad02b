"""The blocks that group others: card, carousel, container, plan and task_card, with their limits.

Fields are those of Slack's reference (docs.slack.dev, Block Kit, 2026-08).
"""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.workspace.elements import BUTTON, IMAGE, formatted, plain
from bot.sandbox.workspace.rich_text import RICH_TEXT_SHAPE
from bot.sandbox.workspace.shapes import (
    Check,
    Shape,
    ShapeFault,
    at_least_one,
    by_type,
    flag,
    items,
    link,
    one_of,
    words,
)

_ID = words(255)
_PICTURE = by_type({"image": IMAGE})
_RICH = by_type({"rich_text": RICH_TEXT_SHAPE})


def _card_rules(value: Any, pointer: str) -> Iterator[ShapeFault]:
    yield from at_least_one("hero_image", "title", "actions", "body")(value, pointer)
    if "icon" in value and "slack_icon" in value:
        said = "must have at most one of: icon, slack_icon"
        yield ShapeFault(pointer, "exactly_one", said)


CARD = Shape(
    {},
    {
        "block_id": _ID,
        "hero_image": _PICTURE,
        "icon": _PICTURE,
        "slack_icon": by_type({"icon": Shape({"name": words(60)})}),
        "title": formatted(150),
        "subtitle": formatted(150),
        "body": formatted(200),
        "subtext": formatted(200),
        "actions": items(by_type({"button": BUTTON}), 1, 3),
    },
    _card_rules,
)
CAROUSEL = Shape({"elements": items(by_type({"card": CARD}), 1, 10)}, {"block_id": _ID})


def _container_rules(value: Any, pointer: str) -> Iterator[ShapeFault]:
    yield from at_least_one("title", "rich_text_title")(value, pointer)
    collapses = value.get("is_collapsible") is True
    if value.get("default_collapsed") is True and not collapses:
        said = "default_collapsed requires is_collapsible"
        yield ShapeFault(f"{pointer}/default_collapsed", "not_allowed", said)
    if value.get("has_header_divider") is True and collapses:
        said = "has_header_divider is not for collapsible containers"
        yield ShapeFault(f"{pointer}/has_header_divider", "not_allowed", said)


def container(child: Check) -> Shape:
    """A container of blocks that each pass `child`."""
    return Shape(
        {"child_blocks": items(child, 1, 10)},
        {
            "block_id": _ID,
            "title": plain(150),
            "rich_text_title": _RICH,
            "subtitle": formatted(150),
            "icon": _PICTURE,
            "width": one_of("narrow", "standard", "wide", "full"),
            "is_collapsible": flag,
            "default_collapsed": flag,
            "has_header_divider": flag,
        },
        _container_rules,
    )


_SOURCE = by_type({"url": Shape({"url": link(), "text": words(3000)})})
TASK = Shape(
    {
        "task_id": _ID,
        "title": words(3000),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    {"block_id": _ID, "details": _RICH, "output": _RICH, "sources": items(_SOURCE, 0, 100)},
)


def _stands_alone(value: Any, pointer: str) -> Iterator[ShapeFault]:
    if value.get("status") == "pending":
        yield ShapeFault(f"{pointer}/status", "not_a_choice", "only tasks of a plan can be pending")


TASK_CARD = Shape(TASK.required, TASK.optional, _stands_alone)


def _tasks_once(value: Any, pointer: str) -> Iterator[ShapeFault]:
    tasks = value.get("tasks")
    ids = [
        str(task.get("task_id"))
        for task in (tasks if isinstance(tasks, list) else [])
        if isinstance(task, dict)
    ]
    if len(set(ids)) < len(ids):
        yield ShapeFault(f"{pointer}/tasks", "duplicate_task_id", "task_id must be unique")


PLAN = Shape({"title": words(3000), "tasks": items(TASK, 0, 50)}, {"block_id": _ID}, _tasks_once)
