"""`make crash [KILLS=10000]`: kills the program that often, prints a table, and the sums as JSON.

Ends with 1 where anything was sent twice, lost, or settled wrongly, where one kill made more doubts
than it may, where something broke in the program, or the harness never came to one of its points.
"""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from tests.crash.campaign import Row, Table, every_trial, hands, play
from tests.crash.nursery import zygote
from tests.crash.trials import Trial
from tests.crash.world import NUMBERS_AT_ONCE

#: Worlds that are played at once: a program that is being killed leaves half a core idle.
AT_ONCE = 2
#: So many breaks, and there is no need to go on.
TOO_MUCH = 10
COLUMNS = ("kills", "stalls", "sends", "duplicates", "lost", "wrong", "in doubt")


def main(kills: int, seed: int) -> int:
    """Prints; 0 where all is as it should be."""
    # Not /tmp, which may be memory, where nothing is ever written to a disk.
    build = Path("build").absolute()
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="crash-", dir=build) as folder, ExitStack() as stack:
        zygotes = [stack.enter_context(zygote()) for _ in range(AT_ONCE)]
        table = asyncio.run(run(kills, seed, Path(folder), zygotes))
    sys.stdout.write("".join(f"{line}\n" for line in report(table, seed)))
    return 0 if table.is_clean else 1


async def run(
    kills: int, seed: int, folder: Path, zygotes: list["subprocess.Popen[bytes]"]
) -> Table:
    """Worlds until there were `kills` kills."""
    table = Table({trial.name: Row() for trial in every_trial()})
    dealt = enumerate(hands(Random(seed)), seed)
    await asyncio.gather(*(_worlds(table, kills, dealt, folder, each) for each in zygotes))
    return table


async def _worlds(
    table: Table,
    kills: int,
    dealt: Iterator[tuple[int, list[Trial]]],
    folder: Path,
    process: "subprocess.Popen[bytes]",
) -> None:
    while table.kills < kills and len(table.broke) < TOO_MUCH:
        seed, trials = next(dealt)
        try:
            await play(table, trials, folder / f"{seed}", process, seed)
        except Exception:
            # One world less; what it did not come to is a failure, and is told with the others.
            table.broke.append(f"world {seed}: {traceback.format_exc()}")
        sys.stderr.write(f"{table.kills} of {kills} kills\n")


def report(table: Table, seed: int) -> Iterator[str]:
    """The table, what was found, and the sums."""
    width = max(len(name) for name in table.rows)
    yield f"{'':{width}}  " + "  ".join(COLUMNS)
    for name, row in table.rows.items():
        found = row.verdict
        figures = (row.kills, row.stalls, found.sends, found.duplicates, found.lost, found.wrong,
                   found.in_doubt)  # fmt: skip
        cells = zip(figures, COLUMNS, strict=True)
        line = "  ".join(f"{figure:{len(column)}}" for figure, column in cells)
        yield f"{name:{width}}  {line}"
    verdict, refused = table.verdict, table.refused_copies
    yield from verdict.findings
    yield from table.broke
    yield from (f"never came to: {name}" for name in table.missed)
    most = f"{table.most_doubts} of {NUMBERS_AT_ONCE} allowed"
    yield f"seed {seed}; most doubts of one kill: {most}; late copies refused: {refused}"
    sums = {
        "kills": table.kills,
        "stalls": table.stalls,
        "sends": verdict.sends,
        "duplicates": verdict.duplicates,
        "lost": verdict.lost,
        "wrong": verdict.wrong,
        "in_doubt": verdict.in_doubt,
    }
    yield json.dumps(sums)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    sys.exit(main(wanted, chosen))
