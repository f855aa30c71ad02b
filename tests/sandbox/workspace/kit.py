"""Blocks to check: one small maker for each kind, sized by the caller."""

from typing import Any

from tests.sandbox.workspace.driver import Json, plain, section


def option(value: str = "v", text: str = "t") -> Json:
    return {"text": plain(text), "value": value}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", "options": [option()], **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("l"), "element": element, **more}


def table(rows: int = 1, cells: int = 1, **more: Any) -> Json:
    row = [{"type": "raw_text", "text": "x"}] * cells
    return {"type": "table", "rows": [row] * rows, **more}


def data_table(rows: int = 2, cells: int = 1, **more: Any) -> Json:
    row = [{"type": "raw_text", "text": "x"}] * cells
    return {"type": "data_table", "caption": "c", "rows": [row] * rows, **more}


def pie(*values: float, **more: Any) -> Json:
    segments = [{"label": str(n), "value": value} for n, value in enumerate(values or (1,))]
    return chart({"type": "pie", "segments": segments}, **more)


def chart(drawn: Json, **more: Any) -> Json:
    return {"type": "data_visualization", "title": "t", "chart": drawn, **more}


def plotted(categories: int = 1, series: int = 1, kind: str = "bar", **axes: Any) -> Json:
    names = [str(n) for n in range(categories)]
    data = [{"label": name, "value": -1.5} for name in names]
    shown = [{"name": str(n), "data": data} for n in range(series)]
    axis_config = {"categories": names, **axes}
    return chart({"type": kind, "series": shown, "axis_config": axis_config})


def card(**more: Any) -> Json:
    return {"type": "card", "title": plain("t"), **more}


def carousel(cards: int = 1) -> Json:
    return {"type": "carousel", "elements": [card()] * cards}


def container(blocks: int = 1, **more: Any) -> Json:
    inner = [section("x")] * blocks
    return {"type": "container", "title": plain("t"), "child_blocks": inner, **more}


def task(task_id: str = "1", status: str = "complete", **more: Any) -> Json:
    return {"task_id": task_id, "title": "t", "status": status, **more}


def plan(tasks: int = 1) -> Json:
    return {"type": "plan", "title": "t", "tasks": [task(str(n)) for n in range(tasks)]}


RICH: Json = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
}
PICTURE: Json = {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "c"}
