import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import StorageError
from storage.about import KEYED_HASHES
from storage.db import GROUP_MAX, Database, Tx, connect, open_database
from storage.generations import GENERATION, KNOWN_AT, NEXT
from tests.storage.rows import VAULT

ADD = "INSERT INTO about (name, value) VALUES (:name, :value)"


def add(tx: Tx, name: str, value: str = "x") -> str:
    tx.run(ADD, name=name, value=value)
    return name


def add_then_fail(tx: Tx, name: str) -> None:
    add(tx, name)
    raise LookupError(name)


def names(tx: Tx) -> set[str]:
    own = {"data_key", "instance", GENERATION, NEXT, KNOWN_AT, KEYED_HASHES}
    return {row["name"] for row in tx.all("SELECT name FROM about")} - own


def stored(path: Path) -> set[str]:
    """What a stranger who opens the file finds committed."""
    with closing(connect(path, read_only=True)) as conn:
        return names(Tx(conn, VAULT))


class Gate:
    """Holds the writer thread inside a write until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def hold(self, tx: Tx) -> None:
        self.entered.set()
        assert self.opened.wait(10)


@contextmanager
def traced(db: Database) -> Iterator[list[str]]:
    """The statements that begin and end the writer's transactions."""
    seen: list[str] = []
    conn = db._writer_conn
    conn.set_trace_callback(
        lambda sql: seen.append(sql) if sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")) else None
    )
    yield seen
    conn.set_trace_callback(None)


async def held(db: Database) -> tuple[Gate, "asyncio.Task[None]"]:
    """The writer is busy: whatever is written from here on waits for it together."""
    gate = Gate()
    holding = asyncio.create_task(db.write(gate.hold))
    await asyncio.to_thread(gate.entered.wait, 10)
    return gate, holding


async def test_writes_that_wait_together_share_one_transaction(db: Database) -> None:
    gate, holding = await held(db)
    with traced(db) as seen:
        waiting = [asyncio.create_task(db.write(add, f"n{i}")) for i in range(100)]
        await asyncio.sleep(0)
        gate.opened.set()
        answers = await asyncio.gather(*waiting)
        await holding

    assert answers == [f"n{i}" for i in range(100)]
    # The first pair may be the held write's own.
    assert seen.count("COMMIT") <= 2
    assert await db.read(names) == set(answers)


async def test_no_transaction_takes_more_than_its_share_of_a_long_queue(db: Database) -> None:
    gate, holding = await held(db)
    count = GROUP_MAX * 2 + 1
    with traced(db) as seen:
        waiting = [asyncio.create_task(db.write(add, f"n{i}")) for i in range(count)]
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(holding, *waiting)

    assert len(await db.read(names)) == count
    assert seen.count("COMMIT") in {3, 4}


async def test_a_write_that_fails_leaves_its_neighbours_alone(db: Database, path: Path) -> None:
    gate, holding = await held(db)
    writes = [db.write(add, "before"), db.write(add_then_fail, "bad"), db.write(add, "after")]
    waiting = [asyncio.ensure_future(write) for write in writes]
    await asyncio.sleep(0)
    gate.opened.set()
    before, bad, after = await asyncio.gather(*waiting, return_exceptions=True)
    await holding

    assert (before, after) == ("before", "after")
    assert isinstance(bad, LookupError)
    assert stored(path) == {"before", "after"}


async def test_a_constraint_fails_only_the_write_that_breaks_it(db: Database, path: Path) -> None:
    gate, holding = await held(db)
    waiting = [asyncio.create_task(db.write(add, name)) for name in ("a", "a", "b")]
    await asyncio.sleep(0)
    gate.opened.set()
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)
    await holding

    assert (first, third) == ("a", "b")
    assert isinstance(second, sqlite3.IntegrityError)
    assert stored(path) == {"a", "b"}


async def test_a_caller_is_answered_only_after_the_commit(db: Database, path: Path) -> None:
    for i in range(50):
        await db.write(add, f"n{i}")
        assert f"n{i}" in stored(path)


async def test_a_caller_waits_while_its_group_is_open(db: Database, path: Path) -> None:
    gate, holding = await held(db)
    write = asyncio.create_task(db.write(add, "n"))
    await asyncio.sleep(0)
    assert not write.done()
    assert not holding.done()
    assert stored(path) == set()
    gate.opened.set()
    await asyncio.gather(write, holding)
    assert stored(path) == {"n"}


def limit_pages(tx: Tx, more: int) -> int:
    used = tx.conn.execute("PRAGMA page_count").fetchone()[0]
    return int(tx.conn.execute(f"PRAGMA max_page_count={used + more}").fetchone()[0])


async def test_a_full_disk_fails_the_whole_group_and_heals_with_the_disk(
    db: Database, path: Path
) -> None:
    await db.write(add, "old")
    limit_pages(Tx(db._writer_conn, VAULT), 2)
    gate, holding = await held(db)
    much = "x" * 100_000
    writes = [db.write(add, "small"), db.write(add, "large", much), db.write(add, "small too")]
    waiting = [asyncio.ensure_future(write) for write in writes]
    await asyncio.sleep(0)
    gate.opened.set()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.gather(holding, return_exceptions=True)

    # A caller that may try again later must be able to tell: StorageError, never SQLite's own.
    assert [type(end) for end in ends] == [StorageError] * 3
    assert stored(path) == {"old"}

    limit_pages(Tx(db._writer_conn, VAULT), 1000)
    assert await db.write(add, "large", much) == "large"
    assert stored(path) == {"old", "large"}


def add_apart(tx: Tx, name: str, value: str = "x") -> None:
    """Between two rows something else that may break."""
    add(tx, f"{name} before")
    with tx.apart("alert"):
        add(tx, name, value)
        add_then_fail(tx, f"{name} too")
    with tx.apart("alert"):
        add(tx, f"{name} after")


async def test_what_breaks_apart_is_undone_alone_and_logged(
    db: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await db.write(add_apart, "n")
    assert stored(path) == {"n before", "n after"}
    (logged,) = caplog.records
    assert (logged.getMessage(), vars(logged)["event"]) == ("no alert", "alert_failed")


async def test_a_full_disk_is_nothing_that_breaks_apart(db: Database, path: Path) -> None:
    limit_pages(Tx(db._writer_conn, VAULT), 2)
    with pytest.raises(StorageError):
        await db.write(add_apart, "n", "x" * 100_000)
    assert stored(path) == set()


async def test_a_write_locked_out_by_a_stranger_is_a_storage_error(
    db: Database, path: Path
) -> None:
    db._writer_conn.execute("PRAGMA busy_timeout=1")
    with closing(connect(path)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError):
            await db.write(add, "n")
        stranger.execute("ROLLBACK")

    assert await db.write(add, "n") == "n"


async def test_a_stored_write_stands_though_its_caller_went_away(db: Database, path: Path) -> None:
    gate, holding = await held(db)
    gone = asyncio.create_task(db.write(add, "gone"))
    stays = asyncio.create_task(db.write(add, "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    gate.opened.set()
    ends = await asyncio.gather(gone, stays, holding, return_exceptions=True)

    assert isinstance(ends[0], asyncio.CancelledError)
    assert ends[1] == "stays"
    assert stored(path) == {"gone", "stays"}


async def test_the_writer_outlives_a_loop_that_closed_while_it_worked(
    db: Database, path: Path
) -> None:
    gate = Gate()

    async def leave() -> None:
        task = asyncio.create_task(db.write(gate.hold))
        await asyncio.to_thread(gate.entered.wait, 10)
        task.cancel()

    await asyncio.to_thread(asyncio.run, leave())
    gate.opened.set()
    assert await db.write(add, "next") == "next"


async def test_a_reader_cannot_write(db: Database, path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await db.read(add, "n")
    assert stored(path) == set()


async def test_a_reader_sees_one_state_from_beginning_to_end(db: Database) -> None:
    reading, written = threading.Event(), threading.Event()

    def look_twice(tx: Tx) -> tuple[set[str], set[str]]:
        first = names(tx)
        reading.set()
        assert written.wait(10)
        return first, names(tx)

    looks = asyncio.create_task(db.read(look_twice))
    await asyncio.to_thread(reading.wait, 10)
    await db.write(add, "n")
    written.set()

    assert await looks == (set(), set())
    assert await db.read(names) == {"n"}


async def test_readers_are_not_kept_by_a_busy_writer(db: Database) -> None:
    gate, holding = await held(db)
    assert await asyncio.wait_for(db.read(names), 10) == set()
    gate.opened.set()
    await holding


async def test_a_log_that_somebody_reads_is_emptied_later_and_holds_up_no_write(
    db: Database,
) -> None:
    reading, over = threading.Event(), threading.Event()

    def look(tx: Tx) -> None:
        names(tx)
        reading.set()
        assert over.wait(10)

    await db.write(add, "before")
    looks = asyncio.create_task(db.read(look))
    await asyncio.to_thread(reading.wait, 10)
    await db.write(add, "since")
    emptied = asyncio.create_task(db.checkpoint())
    async with asyncio.timeout(5):
        while not emptied.done():
            await db.write(names)
    over.set()
    await looks
    assert not await emptied
    assert await db.checkpoint()


async def test_closing_finishes_what_is_queued(path: Path) -> None:
    db = open_database(path, VAULT)
    gate, holding = await held(db)
    waiting = [asyncio.create_task(db.write(add, f"n{i}")) for i in range(GROUP_MAX + 10)]
    await asyncio.sleep(0)
    closing_down = asyncio.create_task(asyncio.to_thread(db.close))
    gate.opened.set()
    await asyncio.gather(closing_down, holding, *waiting)

    assert len(stored(path)) == GROUP_MAX + 10


async def test_a_closed_database_says_so(path: Path) -> None:
    db = open_database(path, VAULT)
    db.close()
    db.close()
    with pytest.raises(StorageError, match="closed"):
        await db.write(add, "n")
    with pytest.raises(StorageError, match="closed"):
        await db.read(names)


async def test_every_connection_is_wal_and_synced_in_full(db: Database) -> None:
    def pragmas(tx: Tx) -> tuple[str, int, int]:
        one = [tx.conn.execute(f"PRAGMA {n}").fetchone()[0] for n in
               ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
        return one[0], one[1], one[2]

    full = 2
    assert await db.write(pragmas) == ("wal", full, 1)
    assert await db.read(pragmas) == ("wal", full, 1)
