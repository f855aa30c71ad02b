"""Simulations in a process of their own."""

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.rules.policies import policy_of
from handlers import simulating
from handlers.flows import simulations
from handlers.flows.simulations import Order
from storage.db import Database, Tx, open_database
from tests.storage.rows import NOW, OTHER_NUMBER, VAULT, add_message, later

SEALED = VAULT.seal_number(OTHER_NUMBER)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


def order(exempt: frozenset[str] = frozenset()) -> Order:
    return Order(
        app="demo",
        before=policy_of({}),
        after=policy_of({"number.day": 1}),
        exempt=exempt,
        from_at=NOW - timedelta(days=30),
        to_at=NOW + timedelta(hours=1),
    )


def send_some(tx: Tx) -> None:
    for nth in range(3):
        add_message(tx, now=later(s=nth))
        add_message(tx, OTHER_NUMBER, now=later(s=nth))


@pytest.mark.parametrize("exempt", [frozenset[str](), frozenset({SEALED})])
async def test_the_child_finds_what_the_same_thread_would(
    db: Database, exempt: frozenset[str]
) -> None:
    await db.write(send_some)
    found = await simulating.ask(db.path, order(exempt))
    assert found == await db.read(simulations.simulate, order(exempt))
    assert found.blocked_sends == (2 if exempt else 4)


async def test_a_child_that_cannot_read_the_file_says_so(db: Database, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open"):
        await simulating.ask(tmp_path / "nowhere" / "smsops.db", order())


#: A child that says who it is and never answers.
ENDLESS = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(1000)
"""


def endless(noted: Path) -> tuple[str, ...]:
    return sys.executable, "-c", ENDLESS, str(noted)


async def test_a_child_without_an_end_is_given_up(db: Database, tmp_path: Path) -> None:
    program = endless(tmp_path / "pid")
    with pytest.raises(StorageError, match="no end"):
        await simulating.ask(db.path, order(), program=program, patience_s=0.05)


async def test_a_child_nobody_waits_for_any_more_is_ended(db: Database, tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    asking = asyncio.create_task(simulating.ask(db.path, order(), program=endless(noted)))
    async with asyncio.timeout(20):
        while not (noted.exists() and noted.read_text()):  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)
