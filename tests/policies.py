"""Tables of approvals for tests that are about something else than the repository's own."""

from collections.abc import Mapping
from typing import Any

from bot.rules.approval_table import KIND_NAMES

Row = Mapping[str, Any]


def row(approvals: int, *kinds: str, **more: object) -> Row:
    """A row of the table about `kinds`; without any, about everything."""
    return {**({"kinds": [*kinds]} if kinds else {}), "approvals": approvals, **more}


def table(*rows: Row) -> dict[str, object]:
    """The whole table, as an override; the last row is about everything."""
    return {"approvals.table": [*rows]}


def everything(approvals: int = 1, **more: object) -> dict[str, object]:
    """One row, about everything; what nobody has to approve is named."""
    if approvals == 0:
        return table(row(0, *KIND_NAMES, **more), row(1))
    return table(row(approvals, **more))


def plain(*rows: Row) -> dict[str, object]:
    """`rows`, and one approval by any way for the rest, but for short lists."""
    named = {kind for each in rows for kind in each.get("kinds", ())}
    deleting = [] if "template.delete" in named else [row(2, "template.delete")]
    marketing, few = row(1, "send", types=["marketing"]), row(0, "send", up_to=100)
    return table(*rows, marketing, few, *deleting, row(1))


PLAIN = plain()
