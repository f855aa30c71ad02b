"""Figures put where they are read, without the messages they are of."""

from collections.abc import Mapping

from bot.rules.figures import COLUMNS
from storage import figures
from storage.db import Tx
from storage.figures import Counted, Line
from storage.traffic import hour_of
from tests.storage.rows import NOW, NUMBER

HOUR = hour_of(NOW)


def line(hour_s: int = HOUR, number: str = NUMBER, country: str = "CN", app: str = "demo") -> Line:
    """What a notice is counted under."""
    return Line(app, hour_s, "1110", "腾讯云", "notice", country, number[:6])


def put(
    tx: Tx,
    under: Line,
    columns: Mapping[str, int],
    *,
    code: str = "",
    step: int | None = None,
    is_unfiled: bool = False,
) -> None:
    """Adds so many to each column."""
    changes = [(COLUMNS.index(name), many) for name, many in columns.items()]
    figures.count(tx, [Counted(under, changes, 0, code, step, is_unfiled)])
