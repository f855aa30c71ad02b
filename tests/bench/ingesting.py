"""Delivery reports into a bot of their own: how many a second, how evenly, and how much of the disk
each takes."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from storage.db import connect
from storage.migrations import migrate
from storage.receipts import COLUMNS
from storage.vault import Vault
from tests.bench import load, requests
from tests.bench.figures import Reading
from tests.bench.processes import Server, serving

AT_ONCE = 32
REPORTS_A_POST = 100
GOAL_BYTES = 150
ROWS = f"SELECT {', '.join(COLUMNS)} FROM receipts WHERE stored_at_ms >= ?"
ADD = f"""
INSERT INTO receipts ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
ON CONFLICT (serial_at_s, serial, number, success) DO NOTHING
"""
Rows = list[tuple[object, ...]]


@dataclass(slots=True)
class Ingest:
    """A bot that gets nothing but reports; `plain` is a file with the same tables."""

    server: Server
    database: Path
    plain: Path
    empty_bytes: int
    reports: int = 0

    async def hundreds(self, rounds: int = 10, posts: int = 200) -> Reading:
        """Reports a second, a hundred a POST; and rows a second of executemany in this process."""
        ours, theirs = [], []
        for _ in range(rounds):
            began_ms = time.time_ns() // 1_000_000
            ours.append(posts * REPORTS_A_POST / (await self._play(posts, REPORTS_A_POST)).whole_s)
            theirs.append(self._add_plainly(self._rows_since(began_ms)))
        return Reading.of(ours, theirs)

    async def evenness(self, rounds: int = 15, posts: int = 2_000) -> Reading:
        """Milliseconds of the 99th and of the 50th of 100 answers, one report a POST."""
        late, usual = [], []
        for _ in range(rounds):
            cuts = quantiles((await self._play(posts, 1)).each_s, n=100)
            late.append(cuts[98] * 1e3)
            usual.append(cuts[49] * 1e3)
        return Reading.of(late, usual)

    def size(self) -> Reading:
        """Bytes the file has grown by for each report so far, and those it may."""
        grew = (_size(self.database) - self.empty_bytes) / self.reports
        return Reading(grew, GOAL_BYTES, grew / GOAL_BYTES)

    async def _play(self, posts: int, each: int) -> load.Played:
        # Made before they are timed: a hundred reports take longer to make than to store.
        made = list(requests.reports(posts, path=self.server.callback_path, each=each))
        self.reports += posts * each
        return await load.play(self.server.port, iter(made), AT_ONCE)

    def _rows_since(self, began_ms: int) -> Rows:
        with closing(sqlite3.connect(self.database)) as conn:
            return conn.execute(ROWS, (began_ms,)).fetchall()

    def _add_plainly(self, rows: Rows) -> float:
        with closing(connect(self.plain)) as conn:
            began = time.perf_counter()
            for start in range(0, len(rows), REPORTS_A_POST):
                conn.execute("BEGIN IMMEDIATE")
                conn.executemany(ADD, rows[start : start + REPORTS_A_POST])
                conn.execute("COMMIT")
            return len(rows) / (time.perf_counter() - began)


@contextmanager
def ingesting(folder: Path) -> Iterator[Ingest]:
    """A bot in a folder of its own, for as long as the block lasts."""
    place = folder / "ingest"
    place.mkdir()
    migrate(place / "plain.db", Vault(bytes(range(64))))
    with serving("bot_alone", place) as server:
        database = place / "bot_alone" / "smsops.db"
        yield Ingest(server, database, place / "plain.db", _size(database))


def _size(database: Path) -> int:
    """Bytes of the file, with what still stands in the log beside it."""
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.stat().st_size
