"""Simulations are made by a process of their own, so that nobody waits for them.

A million sends are seconds of plain Python. On a reader's thread they kept the loop waiting for up
to 50 ms at a time, again and again (99 of 100 turns: 47 ms, and 1 ms without); beside a process of
its own nothing could be measured. The child reads the file by itself, needs no key, goes behind
everybody else, and is gone when it has answered: ``python -m handlers.simulating`` takes an order
on its standard input and writes the figures to its standard output.
"""

import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import StorageError
from bot.rules import simulation as rules
from bot.rules.policies import policy_of
from bot.rules.simulation import Simulation, simulation_of
from handlers import children
from handlers.children import NoAnswer
from storage import traffic_log
from storage.db import connect
from storage.ids import from_ms, to_ms

if TYPE_CHECKING:
    from handlers.flows.simulations import Order
    from handlers.services import Services

CHILD = (sys.executable, "-m", "handlers.simulating")
#: What takes longer has no end.
PATIENCE_S = 300.0
#: Behind everything else that wants the processor.
NICE = 5


async def run(services: "Services", order: "Order") -> Simulation:
    """The figures of `order`, one simulation at a time. Raises StorageError where there are none
    to be had."""
    async with services.simulating:
        return await ask(services.db.path, order)


async def ask(
    path: Path,
    order: "Order",
    *,
    program: Sequence[str] = CHILD,
    patience_s: float = PATIENCE_S,
) -> Simulation:
    """Has `order` replayed from the file at `path`, beside whatever else is being simulated.
    `program` is the child. Raises StorageError."""
    try:
        found = await children.answer_of(program, _written(path, order), patience_s=patience_s)
    except NoAnswer as error:
        raise StorageError(f"the simulation {error}") from error
    return simulation_of(json.loads(found))


def _written(path: Path, order: "Order") -> bytes:
    return json.dumps(
        {
            "path": str(path),
            "app": order.app,
            "before": dict(order.before.as_mapping()),
            "after": dict(order.after.as_mapping()),
            "exempt": sorted(order.exempt),
            "from_ms": to_ms(order.from_at),
            "to_ms": to_ms(order.to_at),
        }
    ).encode()


def main() -> None:
    """The child."""
    os.nice(NICE)
    # Nothing here refers to itself, and looking for it takes a fifth of the time.
    gc.disable()
    sys.stdout.write(json.dumps(_simulate(json.load(sys.stdin)).payload()))


def _simulate(order: Mapping[str, Any]) -> Simulation:
    from_at, to_at = from_ms(order["from_ms"]), from_ms(order["to_ms"])
    with closing(connect(Path(order["path"]), read_only=True)) as conn:
        conn.execute("BEGIN")
        return rules.simulate(
            traffic_log.attempts(conn, order["app"], from_at, to_at),
            policy_of(order["before"]),
            policy_of(order["after"]),
            frozenset(order["exempt"]),
            from_at=from_at,
            to_at=to_at,
        )


if __name__ == "__main__":
    main()
