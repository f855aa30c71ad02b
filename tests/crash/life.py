"""One life of the program, in a process of its own: `bot.app.running`, watched at every boundary.

The program knows nothing of it: what marks the boundaries is put round its functions here.
"""

import asyncio
import json
import logging
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import storage.db
from bot import app
from bot.mounts.clock import Clock
from bot.rules.lanes import UNPACED
from bot.settings import Settings
from bot.slack.line import SlackLine
from bot.tencent.exchange import Poster
from handlers.jobs import send_messages, settle_doubts
from storage.db import Database, open_database
from storage.vault import Vault
from tests.crash.ablations import Ablation, leave_out
from tests.crash.board import Board, Deed
from tests.crash.boundaries import BY_NAME, Edge

#: So that a line is shorter than what a pipe takes in one piece.
SAID_MAX = 900


@dataclass(frozen=True, slots=True)
class Order:
    """What the harness wants: a life by that name, of the program those settings make."""

    name: str
    config: str
    board: str
    secrets: dict[str, str]
    ablation: str = ""
    #: About every doubt: a world has more of them in an hour than a team in a year.
    asks_at_once: bool = False


def tell(**facts: Any) -> None:
    """One line to the harness, whole or not at all."""
    os.write(1, json.dumps(facts, ensure_ascii=False).encode(errors="replace") + b"\n")


def live(order: Order, settings: Settings) -> None:
    """Runs the program until it is killed."""
    board = Board(Path(order.board))
    logging.basicConfig(handlers=[_Errors(order.name)], level=logging.ERROR, force=True)
    if order.ablation:
        leave_out(Ablation(order.ablation), settings, board.program_time)
    watch(board)
    # A full disk is looked at again after a second: longer than most lives here.
    send_messages.SAVE_AGAIN_S = 0.02
    if order.asks_at_once:
        settle_doubts.LOOKS_AT_ONCE = 1_000
    asyncio.run(_run(order.name, settings, board.program_time))


async def _run(name: str, settings: Settings, clock: Callable[[], datetime]) -> None:
    async with app.running(settings, clock, UNPACED) as bot:
        tell(life=name, event="ready", url=bot.url)
        await asyncio.Event().wait()


class _Errors(logging.Handler):
    """What the program logs as an error, for whoever looks into a failure."""

    def __init__(self, name: str) -> None:
        super().__init__(logging.ERROR)
        self._life = name

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        said = f"{record.getMessage()} {getattr(record, 'reason', '')} {trace}"[-SAID_MAX:]
        tell(life=self._life, event="error", said=said, broke=bool(trace))


def watch(board: Board) -> None:
    """Marks every boundary in this process."""

    def come_by(step: str, edge: Edge) -> None:
        passed = BY_NAME.get((step, edge))
        deed = None if passed is None else board.note_pass(passed.number)
        if deed is not None:
            do(deed)

    _watch_writes(come_by)
    _watch_calls(come_by)
    _watch_start(come_by)


def do(deed: Deed) -> None:
    """To this process, at once."""
    match deed:
        case Deed.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        case Deed.STALL:
            os.kill(os.getpid(), signal.SIGSTOP)
        case Deed.FILL_DISK:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


ComeBy = Callable[[str, Edge], None]


def _watch_writes(come_by: ComeBy) -> None:
    """Every transaction: asked for, written, committed, told."""
    submit, commit_group = Database.submit, storage.db.commit_group
    written: list[str] = []

    def submit_seen(self: Database, fn: Any, *args: Any, **kwargs: Any) -> Any:
        name = _name(fn)

        def run(tx: Any, *args: Any, **kwargs: Any) -> Any:
            result = fn(tx, *args, **kwargs)
            written.append(name)
            come_by(name, Edge.WRITTEN)
            return result

        come_by(name, Edge.ASKED)
        future = submit(self, run, *args, **kwargs)
        # Before whoever waits for it, who comes later.
        future.add_done_callback(lambda _: come_by(name, Edge.TOLD))
        return future

    def commit_seen(tx: Any, group: Any) -> bool:
        is_stored = commit_group(tx, group)
        if any(each.error is None for each in group):
            for name in written:
                come_by(name, Edge.COMMITTED)
        written.clear()
        return is_stored

    Database.submit = submit_seen  # type: ignore[method-assign]
    storage.db.commit_group = commit_seen


def _name(fn: Any) -> str:
    return f"{fn.__module__.rpartition('.')[2]}.{fn.__name__}"


def _watch_calls(come_by: ComeBy) -> None:
    """Every exchange the program begins, with Tencent and with Slack."""
    post, call = Poster.post, SlackLine._call

    async def post_seen(self: Poster, url: Any, body: Any, headers: Any) -> Any:
        action = headers.get("X-TC-Action", "")
        come_by(action, Edge.BEFORE)
        answer = await post(self, url, body, headers)
        come_by(action, Edge.AFTER)
        return answer

    async def call_seen(self: SlackLine, method: str, **arguments: Any) -> Any:
        come_by(method, Edge.BEFORE)
        answer = await call(self, method, **arguments)
        come_by(method, Edge.AFTER)
        return answer

    Poster.post = post_seen  # type: ignore[method-assign]
    SlackLine._call = call_seen  # type: ignore[method-assign]


def _watch_start(come_by: ComeBy) -> None:
    listen, start = app._listen, Clock.start

    def open_seen(path: Path, vault: Vault, earlier: Vault | None = None) -> Database:
        db = open_database(path, vault, earlier)
        come_by("open the file", Edge.AFTER)
        return db

    async def listen_seen(*args: Any) -> str:
        url = await listen(*args)
        come_by("listen", Edge.AFTER)
        return url

    async def start_seen(self: Clock) -> None:
        await start(self)
        come_by("tick", Edge.AFTER)

    # Where the program looks for them.
    app.__dict__.update(open_database=open_seen, _listen=listen_seen)
    Clock.start = start_seen  # type: ignore[method-assign]
