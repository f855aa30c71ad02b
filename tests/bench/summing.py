"""Ten million messages of a month: summed up as a summary reads them, and counted one by one."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bot.rules.delivery import MessageState
from bot.rules.figures import COLUMNS, COUNTED, DAY_S, HOUR_S, WEEK_S, Counts, Figures, latency
from handlers.flows.figures import of_period
from storage import figures, traffic
from storage.db import Database, open_database
from storage.figures import Counted, Line
from storage.vault import Vault
from tests.bench.figures import Reading

MESSAGES, DAYS = 10_000_000, 30
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
UNTIL_S = traffic.hour_of(NOW)
SINCE_S = UNTIL_S - DAYS * DAY_S
#: The span it is compared with is as full.
BACK_S = 5 * WEEK_S
TEMPLATES, RANGES, STEPS, REASONS = 20, 40, 24, 30
#: Each template goes to some ranges of numbers, takes about as long, fails for the same reasons.
OF_EACH = {"range": 4, "step": 3, "reason": 2}
#: Of a thousand messages, so many are refused, and so many not delivered.
REFUSED, UNDELIVERED = 20, 50
ENDS = (MessageState.DELIVERED, MessageState.REFUSED, MessageState.UNDELIVERED)
CLASSES = ("otp", "notice", "marketing", "alert")
#: In each row: hour, template, range, end, step, reason.
SIZES = (DAYS * 24, TEMPLATES, RANGES, len(ENDS), STEPS, REASONS)
Ints = NDArray[np.int64]


async def summing(folder: Path, messages: int = MESSAGES, rounds: int = 21) -> Reading:
    """Milliseconds of one summary and of what it is compared with; it is held against one."""
    month = every_message(messages)
    path = folder / "figures.db"
    with closing(open_database(path, Vault(bytes(range(64))))) as db:
        await write(db, month)
        taken_ms = []
        for _ in range(rounds):
            began = perf_counter()
            await read(db)
            taken_ms.append((perf_counter() - began) * 1e3)
        check(await read(db), month)
    path.unlink()
    return Reading(median(taken_ms), 1.0, median(taken_ms))


async def read(db: Database) -> Figures:
    """As the bot has it summed up."""
    return await db.read(of_period, ["demo"], SINCE_S, UNTIL_S, NOW)


def every_message(messages: int) -> Ints:
    """Each by itself, as one number that `SIZES` takes apart."""
    chance = np.random.default_rng(0)
    template = chance.integers(0, TEMPLATES, messages)

    def of_template(name: str, sizes: int) -> Ints:
        own = chance.integers(0, OF_EACH[name], messages)
        return (template * OF_EACH[name] + own) % sizes

    luck = chance.integers(0, 1_000, messages)
    is_bad = luck < REFUSED + UNDELIVERED
    end = is_bad.astype(np.int64) + (is_bad & (luck >= REFUSED))
    # What was refused took no time, and what was delivered has no reason.
    step = np.where(end == 1, 0, of_template("step", STEPS))
    reason = np.where(end == 0, 0, of_template("reason", REASONS))
    hour = chance.integers(0, DAYS * 24, messages)
    packed = (hour, template, of_template("range", RANGES), end, step, reason)
    return np.ravel_multi_index(packed, SIZES)


async def write(db: Database, month: Ints) -> None:
    """Through the sums the bot keeps; messages that are alike are counted at once."""
    packed, many = np.unique(month, return_counts=True)
    kinds = np.stack([*np.unravel_index(packed, SIZES), many], axis=1)
    for of_day in np.split(kinds, np.flatnonzero(np.diff(kinds[:, 0] // 24)) + 1):
        for shift_s in (0, BACK_S):
            counted = [_counted(shift_s, *kind) for kind in of_day.tolist()]
            await db.write(figures.count, counted)


def _counted(
    shift_s: int, hour: int, template: int, range_: int, end: int, step: int, reason: int, many: int
) -> Counted:
    state = ENDS[end]
    line = Line(
        "demo",
        SINCE_S + hour * HOUR_S - shift_s,
        f"{1000 + template}",
        f"签名{template % 3}",
        CLASSES[template % len(CLASSES)],
        "CN",
        f"+861{30 + range_}",
    )
    moved = [(COLUMNS.index(name), many) for name in COUNTED[state]]
    code = "" if state is MessageState.DELIVERED else _reason(reason)
    is_reported = state is not MessageState.REFUSED
    return Counted(line, moved, many if is_reported else 0, code, step if is_reported else None)


def _reason(reason: int) -> str:
    return f"CODE:{reason:04}"


def check(found: Figures, month: Ints) -> None:
    """Raises ValueError where the sums are not what counting each message gives."""
    _, template, _, end, step, reason = np.unravel_index(month, SIZES)
    delivered, refused, undelivered = (end == nth for nth in range(len(ENDS)))
    total = _count(len(month), delivered.sum(), refused.sum(), undelivered.sum())
    every = (end >= 0, delivered, refused, undelivered)
    columns = (_each(template, which, TEMPLATES) for which in every)
    by_template = {
        f"{1000 + nth}": _count(*of) for nth, of in enumerate(zip(*columns, strict=True))
    }
    steps = dict(enumerate(_each(step, ~refused, STEPS)))
    wanted = {
        "total": total,
        "compared": total,
        "by_template": by_template,
        "refused_by": _named(_each(reason, refused, REASONS)),
        "undelivered_by": _named(_each(reason, undelivered, REASONS)),
        "latency": latency({nth: many for nth, many in steps.items() if many}),
    }
    had = {name: getattr(found, name) for name in wanted}
    had["compared"] = found.compared and found.compared.total
    wrong = [name for name in wanted if had[name] != wanted[name]]
    if wrong:
        raise ValueError(f"not what counting gives: {wrong}")


def _count(begun: int, delivered: int, refused: int, undelivered: int) -> Counts:
    accepted = int(begun - refused)
    return Counts(
        begun=int(begun),
        accepted=accepted,
        refused=int(refused),
        delivered=int(delivered),
        undelivered=int(undelivered),
        segments=accepted,
    )


def _each(values: Ints, which: NDArray[np.bool_], size: int) -> list[int]:
    """How many of `which` have each value."""
    found: list[int] = np.bincount(values[which], minlength=size).tolist()
    return found


def _named(counted: list[int]) -> Mapping[str, int]:
    return {_reason(nth): many for nth, many in enumerate(counted) if many}
