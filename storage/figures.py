"""What messages came to, summed by the hour and the day while it happens (`bot.rules.figures`).

Counts are gathered while a transaction runs and written once, before it is committed or read from:
what was many is few rows. They go with whatever they count where that is rolled back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from bot.rules.carriers import carrier_of
from bot.rules.delivery import MessageState
from bot.rules.figures import COLUMNS, DAY_S, HOUR_S, NOTHING, Change, Counts, Dimension, whole_days
from storage.db import Tx
from storage.ids import to_ms

SEGMENTS = COLUMNS.index("segments")
#: What Tencent and carriers say is open; a longer code is kept by its beginning.
CODE_CHARS = 64
#: What a summary reads; places are many and only the brake's, the last is for an alert.
UNSUMMED = frozenset({Dimension.PLACE, Dimension.UNFILED})
SUMMED = tuple(each for each in Dimension if each not in UNSUMMED)

_SUMS = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS)
ADD_COUNTS = f"""
INSERT INTO figures (app, dimension, span_s, from_s, value, {", ".join(COLUMNS)})
VALUES ({", ".join("?" * (5 + len(COLUMNS)))})
ON CONFLICT (app, dimension, span_s, from_s, value) DO UPDATE SET
  {", ".join(f"{name} = figures.{name} + excluded.{name}" for name in COLUMNS)}
"""
# What was accepted a moment ago and in these hours.
WAITING = f"""
SELECT app, count(*) AS messages FROM messages
WHERE state = {MessageState.ACCEPTED.value} AND accepted_at_ms >= :accepted
  AND signed_at_ms >= :since AND signed_at_ms < :until
GROUP BY app
"""
OF_DIMENSION = f"""
SELECT value, from_s, {", ".join(COLUMNS)} FROM figures
WHERE app = :app AND dimension = :dimension AND span_s = :span_s
  AND from_s >= :since AND from_s < :until
ORDER BY from_s
"""
SINCE = "SELECT value FROM about WHERE name = 'figures_since_s'"
FIRST_HOUR = f"""
SELECT from_s FROM figures WHERE app = :app AND dimension = '' AND span_s = {HOUR_S}
ORDER BY from_s LIMIT 1
"""
Key = tuple[str, str, int, int, str]


class Line(NamedTuple):
    """What one message is counted under: its app, the hour of its attempt, and its kind."""

    app: str
    hour_s: int
    template_id: str
    signature: str
    class_: str
    country: str
    prefix: str


class Counted(NamedTuple):
    """One change of the figures. `code` and `latency_step` are counted beside `changes` where a
    message was refused or reported on; `is_unfiled`: its carrier does not know the signature."""

    line: Line
    changes: Sequence[Change]
    segments: int = 0
    code: str = ""
    latency_step: int | None = None
    is_unfiled: bool = False


class Cell(NamedTuple):
    """What one value of a dimension came to in an hour, or a day, that began at `from_s`."""

    value: str
    from_s: int
    counts: Counts


class Happened(NamedTuple):
    """What is no message's: in an hour, to an app."""

    app: str
    hour_s: int
    changes: Sequence[Change]


def count(tx: Tx, counted: Iterable[Counted | Happened]) -> None:
    """Adds changes to the figures; they are written when the transaction is."""
    tx.deferred.add(_write, counted)


def sums(
    tx: Tx, apps: Sequence[str], since_s: int, until_s: int, *, in_short: bool = False
) -> dict[tuple[str, Dimension, str], Counts]:
    """What a span of hours came to, by app, dimension and value: whole days where it holds some,
    so that a month is read nearly as quickly as a day. `in_short`: of all and by latency alone."""
    many = len(apps)
    tx.deferred.write(tx)
    first, last = whole_days(since_s, until_s)
    spans = [(HOUR_S, since_s, first), (DAY_S, first, last), (HOUR_S, last, until_s)]
    found: dict[tuple[str, Dimension, str], Counts] = {}
    for span_s, from_s, to_s in spans:
        if from_s >= to_s:
            continue
        values = [*apps, span_s, from_s, to_s]
        if in_short:
            rows = tx.conn.execute(_totals_of(many), values).fetchall()
        else:
            rows = tx.conn.execute(_sums_of(many), values).fetchall()
        for row in rows:
            key = row["app"], Dimension(row["dimension"]), row["value"]
            # PostgreSQL's sums are decimals.
            found[key] = found.get(key, NOTHING) + Counts(*map(int, row[3:]))
    return found


def waiting(tx: Tx, since_s: int, until_s: int, accepted_after: datetime) -> dict[str, int]:
    """How many messages begun in a span were accepted so lately and are not reported on, by app."""
    rows = tx.all(
        WAITING, since=since_s * 1000, until=until_s * 1000, accepted=to_ms(accepted_after)
    )
    return {row["app"]: row["messages"] for row in rows}


def known_since_s(tx: Tx, apps: Iterable[str]) -> int | None:
    """The first hour there are figures of, of any of `apps`: of what was sent before a file had
    figures, nothing is counted. None where there are none."""
    tx.deferred.write(tx)
    found = (tx.one(FIRST_HOUR, app=app) for app in apps)
    first = min((row["from_s"] for row in found if row is not None), default=None)
    return None if first is None else max(first, _since_s(tx))


def _since_s(tx: Tx) -> int:
    """From which hour on messages are counted."""
    row = tx.one(SINCE)
    return int(row["value"]) if row else 0


def of_dimension(
    tx: Tx, app: str, dimension: Dimension, span_s: int, since_s: int, until_s: int
) -> list[Cell]:
    """What an app came to by one dimension, hour by hour (`span_s` 3600) or UTC day by UTC day
    (86400), from `since_s` on and before `until_s`; in order."""
    tx.deferred.write(tx)
    rows = tx.all(
        OF_DIMENSION,
        app=app,
        dimension=dimension.value,
        span_s=span_s,
        since=since_s,
        until=until_s,
    )
    return [Cell(row["value"], row["from_s"], Counts(*row[2:])) for row in rows]


@cache
def _sums_of(count: int) -> str:
    return _by_dimension(SUMMED, count)


@cache
def _totals_of(count: int) -> str:
    return _by_dimension((Dimension.ALL, Dimension.LATENCY), count)


def _by_dimension(which: Sequence[Dimension], apps: int) -> str:
    dimensions = ", ".join(f"'{each.value}'" for each in which)
    return f"""
SELECT app, dimension, value, {_SUMS} FROM figures
WHERE app IN ({", ".join("?" * apps)}) AND dimension IN ({dimensions}) AND span_s = ?
  AND from_s >= ? AND from_s < ?
GROUP BY app, dimension, value
"""


def _write(tx: Tx, counted: Sequence[Counted | Happened]) -> None:
    """Adds what was gathered, in the order it is stored in."""
    cells: dict[Key, list[int]] = {}
    lines: dict[Line, list[int]] = {}
    since_s = _since_s(tx)
    for each in counted:
        if isinstance(each, Happened):
            _sum(cells, each.app, Dimension.ALL, each.hour_s, "", each.changes)
            continue
        line = each.line
        if line.hour_s < since_s:
            continue
        known = lines.get(line)
        if known is None:
            known = lines[line] = [0] * len(COLUMNS)
        for column, many in each.changes:
            known[column] += many
        known[SEGMENTS] += each.segments
        for dimension, value in _ends(each):
            more = [(column, many) for column, many in each.changes if many > 0]
            _sum(cells, line.app, dimension, line.hour_s, value, more)
    for line, sums in lines.items():
        changes = [(column, many) for column, many in enumerate(sums) if many]
        for dimension, value in _values(line) if changes else ():
            _sum(cells, line.app, dimension, line.hour_s, value, changes)
    tx.run_many(ADD_COUNTS, [(*key, *cells[key]) for key in sorted(cells)])


def _ends(counted: Counted) -> list[tuple[Dimension, str]]:
    """What the end of a message is counted by: what it is from then on, not what it was before."""
    found = []
    if counted.code:
        found.append((Dimension.CODE, counted.code[:CODE_CHARS]))
    if counted.latency_step is not None:
        found.append((Dimension.LATENCY, str(counted.latency_step)))
    if counted.is_unfiled:
        line = counted.line
        found.append((Dimension.UNFILED, f"{line.signature}:{carrier_of(line.prefix).value}"))
    return found


def _values(line: Line) -> list[tuple[Dimension, str]]:
    """What a message is counted by."""
    return [
        (Dimension.ALL, ""),
        (Dimension.TEMPLATE, line.template_id),
        (Dimension.SIGNATURE, line.signature),
        (Dimension.CLASS, line.class_),
        (Dimension.CARRIER, carrier_of(line.prefix).value),
        (Dimension.COUNTRY, line.country),
        (Dimension.PLACE, f"{line.country}:{line.prefix}"),
    ]


def _sum(
    cells: dict[Key, list[int]],
    app: str,
    dimension: Dimension,
    hour_s: int,
    value: str,
    changes: Sequence[Change],
) -> None:
    """Adds to a cell of the hour, and to one of the day."""
    spans = (HOUR_S,) if dimension is Dimension.PLACE else (HOUR_S, DAY_S)
    for span_s in spans:
        key = app, dimension.value, span_s, hour_s // span_s * span_s, value
        known = cells.get(key)
        if known is None:
            known = cells[key] = [0] * len(COLUMNS)
        for column, many in changes:
            known[column] += many
