"""What nobody waits for any more is written or not, and whoever gave up is told which."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StorageError
from storage import patience
from storage.db import Database, Tx, open_database
from tests.storage.rows import VAULT


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    await opened.write(lambda tx: tx.run("CREATE TABLE marks (name TEXT NOT NULL) STRICT"))
    yield opened
    opened.close()


class Gate:
    """Holds the writer thread inside a write until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def hold(self, tx: Tx, name: str = "") -> None:
        self.entered.set()
        assert self.opened.wait(10)
        if name:
            mark(tx, name)

    async def wait(self) -> None:
        await asyncio.to_thread(self.entered.wait, 10)


def mark(tx: Tx, name: str) -> None:
    tx.run("INSERT INTO marks (name) VALUES (:name)", name=name)


def marks(tx: Tx) -> set[str]:
    return {row["name"] for row in tx.all("SELECT name FROM marks")}


async def test_a_write_that_waits_for_its_turn_is_dropped(db: Database) -> None:
    gate = Gate()
    holding = asyncio.create_task(db.write(gate.hold))
    await gate.wait()
    with patience.waiting() as waiting:
        dropped = db.submit(mark, "dropped")
    with patience.waiting():
        kept = db.submit(mark, "kept")
    assert waiting.give_up()
    gate.opened.set()
    await asyncio.gather(holding, kept)

    with pytest.raises(StorageError):
        await dropped
    assert await db.read(marks) == {"kept"}


async def test_a_write_that_has_begun_stands_and_whoever_gives_up_hears_it(db: Database) -> None:
    gate = Gate()
    with patience.waiting() as waiting:
        task = asyncio.create_task(db.write(gate.hold, "begun"))
        await gate.wait()
        task.cancel()
    assert not waiting.give_up()
    gate.opened.set()
    await db.write(mark, "behind")
    assert await db.read(marks) == {"begun", "behind"}


async def test_whoever_is_cancelled_and_promised_nothing_has_his_write_done(db: Database) -> None:
    gate = Gate()
    holding = asyncio.create_task(db.write(gate.hold))
    await gate.wait()
    task = asyncio.create_task(db.write(mark, "outcome of a send"))
    await asyncio.sleep(0)
    task.cancel()
    gate.opened.set()
    await holding
    await db.write(mark, "behind")
    assert await db.read(marks) == {"outcome of a send", "behind"}


async def test_no_write_is_done_of_which_it_was_said_that_it_was_not(db: Database) -> None:
    untouched = set()
    for nth in range(300):
        with patience.waiting() as waiting:
            done = db.submit(mark, f"{nth}")
            if nth % 2:
                # The other thread goes on meanwhile, each time for longer.
                time.sleep(nth % 30 * 5e-6)  # noqa: ASYNC251
            if waiting.give_up():
                untouched.add(f"{nth}")
        await asyncio.gather(done, return_exceptions=True)
    stored = await db.read(marks)
    assert not untouched & stored
    assert untouched
    assert stored
