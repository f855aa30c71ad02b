"""The two sides of `queue_vs_csv`, each run in a process of its own: ``<side> <folder> <source>``.

Ours fetches the list over HTTP, as it comes from Slack, then reads, checks, seals and stores every
row. Theirs reads it from the disk with `csv.reader` and stores it as it stands, into the same table
with the same statement, as many rows at a time. `bare` does so into a table of two columns. Each
prints a JSON object: seconds, rows, and the MB by which the process grew.
"""

import asyncio
import csv
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, cast

import aiohttp

from bot.rules.classes import TemplateClass
from bot.rules.recipients import MessagePlan
from bot.rules.sending import recipient_fault
from bot.slack.client import SlackClient
from handlers.flows.recipients import CHUNK_ROWS, Order
from handlers.jobs import check_recipients
from handlers.services import Services
from storage import jobs, requests
from storage.db import Tx, connect, open_database
from storage.jobs import Job
from storage.migrations import migrate
from storage.recipients import ADD_HELD, Stamp
from storage.requests import Request
from tests.handlers.flows import lists
from tests.storage.rows import NOW, VAULT

TEMPLATE = lists.template()


def ours(folder: Path, url: str) -> Callable[[], int]:
    """The bot's own way, from the address of the file to the last row in the table."""
    return lambda: asyncio.run(_check(folder, url))


async def _check(folder: Path, url: str) -> int:
    db = open_database(folder / "smsops.db", VAULT)
    async with aiohttp.ClientSession() as session:
        slack = SlackClient("xoxb-bench", url.rpartition("/")[0] + "/api/", session)
        # Reading a list takes nothing else of what a handler is given.
        none = cast(Any, None)
        services = Services(db, none, slack, none, none, none, lambda: datetime.now(UTC))
        request, job = await db.write(_add_job, url)
        plan = MessagePlan(
            TEMPLATE.content,
            TemplateClass.NOTICE,
            "腾讯云",
            lambda number: recipient_fault(number, TEMPLATE, may_go_abroad=False),
        )
        stamp = Stamp(job, request.created_at, NOW, NOW + timedelta(minutes=10))
        await check_recipients.read_list(services, Order(job, plan, stamp, VAULT, 10**9))
        found = await db.read(jobs.get, request.id)
    db.close()
    assert found is not None
    return found.total


def plain(folder: Path, source: str) -> Callable[[], int]:
    """The least there is to do."""
    path = folder / "smsops.db"
    migrate(path, VAULT)

    def run() -> int:
        with closing(connect(path)) as conn:
            request, _ = _add_job(Tx(conn, VAULT), "")
            return _store(conn, ADD_HELD, _plain_rows(source, request.id))

    return run


def bare(folder: Path, source: str) -> Callable[[], int]:
    """The same into two columns and no index."""

    def run() -> int:
        with closing(connect(folder / "bare.db")) as conn:
            conn.execute("CREATE TABLE bare (number TEXT, value TEXT)")
            with Path(source).open(encoding="utf-8", newline="") as file:
                rows = csv.reader(file)
                next(rows)
                return _store(conn, "INSERT INTO bare VALUES (?, ?)", rows)

    return run


def _plain_rows(source: str, request_id: str) -> Iterator[tuple[object, ...]]:
    now = 1_700_000_000_000
    before, middle, behind = (request_id, "demo"), ("notice", "2220", "腾讯云"), (now,) * 4
    with Path(source).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for nth, (number, value) in enumerate(rows):
            yield f"{nth:024x}", *before, number, *middle, value, "", *behind, "CN", nth


def _store(conn: sqlite3.Connection, sql: str, rows: Iterable[Any]) -> int:
    stored, left = 0, iter(rows)
    while chunk := list(islice(left, CHUNK_ROWS)):
        conn.execute("BEGIN IMMEDIATE")
        stored += conn.executemany(sql, chunk).rowcount
        conn.execute("COMMIT")
    return stored


def _add_job(tx: Tx, url: str) -> tuple[Request, Job]:
    request_id = lists.add_draft(tx, {"url": url})
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    assert request is not None
    assert job is not None
    return request, job


def _peak_mb() -> float:
    """The most this process has had at once. Not getrusage's: that begins with the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    run = {"ours": ours, "plain": plain, "bare": bare}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
    idle_mb, began = _peak_mb(), time.perf_counter()
    rows = run()
    took_s = time.perf_counter() - began
    sys.stdout.write(json.dumps({"rows": rows, "s": took_s, "grew_mb": _peak_mb() - idle_mb}))
