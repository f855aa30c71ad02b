"""A long list validated and queued, over plain `csv.reader` and `executemany`."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from aiohttp import web

from tests.bench.figures import Reading

ROWS = 1_000_000
#: What a check of the longest list may add to the bot's memory.
GROWTH_MB = 150.0


@dataclass(frozen=True, slots=True)
class Run:
    """One side's run: rows a second, and the MB by which its process grew."""

    per_s: float
    grew_mb: float


async def queueing(folder: Path, rows: int = ROWS, rounds: int = 1) -> tuple[Reading, Reading]:
    """Rows a second over the plain loop, and MB ours grew by over what it may grow."""
    path = folder / "list.csv"
    write_list(path, rows)
    async with _served(path) as url:
        pairs = [
            (await _run("ours", folder, url, rows), await _run("plain", folder, str(path), rows))
            for _ in range(rounds)
        ]
    ratios = [our.per_s / their.per_s for our, their in pairs]
    ours, theirs = zip(*pairs, strict=True)
    grew = max(run.grew_mb for run in ours)
    return (
        Reading(median(r.per_s for r in ours), median(r.per_s for r in theirs), median(ratios)),
        Reading(grew, GROWTH_MB, grew / GROWTH_MB),
    )


def write_list(path: Path, rows: int) -> None:
    """Numbers in no order, as people's lists are, each with a value of its own."""
    numbers = random.Random(0).sample(range(13_000_000_000, 19_999_999_999), rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("手机号,1\r\n")
        file.writelines(f"{number},{nth:07d}\r\n" for nth, number in enumerate(numbers))


async def _run(side: str, folder: Path, source: str, rows: int) -> Run:
    place = folder / f"queue-{side}-{random.randrange(10**9)}"
    place.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.queuers", side, str(place), source, stdout=-1
    )
    written, _ = await process.communicate()
    found = json.loads(written)
    assert found["rows"] == rows
    for each in place.iterdir():
        each.unlink()
    return Run(rows / found["s"], found["grew_mb"])


@asynccontextmanager
async def _served(path: Path) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_static("/files", path.parent)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/files/{path.name}"
    await runner.cleanup()
