"""One file, one writer thread: many callers' writes share a transaction and its one disk sync.

`await db.write(fn, …)` runs `fn(tx, …)` on the writer thread inside ``BEGIN IMMEDIATE`` and a
savepoint of its own, and answers only after the commit is on disk (``synchronous=FULL``).
`await db.read(fn, …)` runs on a reader thread that cannot write. Functions given here are plain,
short and never wait for anything but the database.
"""

import asyncio
import fcntl
import logging
import os
import queue
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.errors import DatabaseInUse, DatabaseUnusable, StorageError
from bot.meters import DISK_S, Times
from storage import patience
from storage.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")
Row = sqlite3.Row
log = logging.getLogger("smsops.storage")

# A group this large costs one sync for its rows and still answers its first caller soon.
GROUP_MAX = 512
READERS = 2
BUSY_TIMEOUT_MS = 10_000
#: Whoever empties the log keeps all writers out while he waits for readers.
CHECKPOINT_TIMEOUT_MS = 100
#: Extended result codes have more bits (sqlite.org/rescode.html).
PRIMARY_CODE = 0xFF
DISK_FAULTS = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)


class Deferred:
    """Rows that functions of a transaction gather, to be written together before it is committed or
    read from."""

    def __init__(self) -> None:
        self._rows: list[Any] = []
        self._written = 0
        self._write: Callable[[Tx, Sequence[Any]], None] | None = None

    def add(self, write: "Callable[[Tx, Sequence[Any]], None]", rows: Iterable[Any]) -> None:
        """Rows for `write`, which is the same in all of a transaction."""
        self._write = write
        self._rows += rows

    def write(self, tx: "Tx") -> None:
        """Writes what is not written yet."""
        rows = self._rows[self._written :]
        if rows and self._write is not None:
            self._write(tx, rows)
            self._written = len(self._rows)

    def mark(self) -> tuple[int, int]:
        """Where it stands, for `back_to`."""
        return len(self._rows), self._written

    def back_to(self, mark: tuple[int, int]) -> None:
        """Forgets what came since; of what was there, what was written since is to be written
        again, for it was rolled back."""
        gathered, self._written = mark
        del self._rows[gathered:]


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction and the vault that seals what it stores."""

    conn: sqlite3.Connection
    vault: Vault
    deferred: Deferred = field(default_factory=Deferred, compare=False, repr=False)

    def one(self, sql: str, **values: object) -> Row | None:
        """The first row, or None. The statement is run to its end, so nothing stays open."""
        rows = self.conn.execute(sql, values).fetchall()
        return rows[0] if rows else None

    def all(self, sql: str, **values: object) -> list[Row]:
        """Every row a question finds."""
        return self.conn.execute(sql, values).fetchall()

    def run(self, sql: str, **values: object) -> int:
        """Runs a statement; says how many rows it changed."""
        return self.conn.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[Mapping[str, object] | tuple[object, ...]]) -> int:
        """Runs a statement once for each of `rows`; says how many rows it changed."""
        return self.conn.executemany(sql, rows).rowcount

    @contextmanager
    def apart(self, what: str) -> Iterator[None]:
        """What breaks within is undone by itself and logged, and all else of the transaction
        stands: for what must never keep a message from being sent. A disk that fails is no such
        thing."""
        try:
            with self.whole():
                yield
        except Exception as error:
            if not self.conn.in_transaction or _is_of_disk(error):
                raise
            log.error(f"no {what}", extra={"event": f"{what}_failed"}, exc_info=error)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """What breaks within is undone by itself and raised: whoever catches that lets all else of
        the transaction stand."""
        mark = self.deferred.mark()
        self.conn.execute("SAVEPOINT apart")
        try:
            yield
        except Exception as error:
            if self.conn.in_transaction and not _is_of_disk(error):
                self.conn.execute("ROLLBACK TO apart")
                self.deferred.back_to(mark)
                self.conn.execute("RELEASE apart")
            raise
        self.conn.execute("RELEASE apart")


@dataclass(slots=True)
class Write:
    """One caller's write, its future, and what came of it."""

    run: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    context: Context = field(default_factory=copy_context)
    """Its caller's: what is logged on the writer thread is about the same."""
    result: Any = None
    error: BaseException | None = None


class Database:
    """The open file. Made by `open_database`; closed once, by whoever opened it."""

    def __init__(self, path: Path, vault: Vault, lock: int) -> None:
        self.path = path
        self._vault = vault
        self._lock = lock
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._writer_conn = connect(path)
        self._writer = threading.Thread(target=self._work, name="storage-writer", daemon=True)
        self._reader_conns: list[sqlite3.Connection] = []
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, "storage-reader")
        self._closed = False
        self.commits = Times(DISK_S)
        """Of groups of writes, from their beginning until they were on the disk."""
        self.writes = 0
        self.is_writable = True
        """Whether the last group could be stored."""
        self._writer.start()

    async def write(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `fn` in a transaction; returns what it returned once that is durable.

        Raises what `fn` raised (then nothing of it is stored), or StorageError when the commit
        failed (disk full, I/O error): then nothing of the whole group is stored.
        """
        return await self.submit(fn, *args, **kwargs)

    def submit(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "asyncio.Future[T]":
        """Queues what `write` does, for a caller that is no coroutine; raises in the future only.

        Needs a running loop, in which the future is settled.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._closed:
            future.set_exception(StorageError("the database is closed"))
        else:
            self._queue.put(Write(lambda tx: fn(tx, *args, **kwargs), future, loop))
        return future

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `fn` on a reader thread, on the last committed state."""
        loop = asyncio.get_running_loop()
        if self._closed:
            raise StorageError("the database is closed")
        run = copy_context().run
        return await loop.run_in_executor(self._readers, run, self._read, fn, args, kwargs)

    async def checkpoint(self) -> bool:
        """Empties the write-ahead log into the file, where what was deleted is overwritten.

        What a reader still looks at stays until the next time: then it is False.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, _checkpoint, self.path
        )

    async def renew_generation(self, now: datetime) -> None:
        """Tells this file from every copy made of it so far. Raises StorageError."""
        await asyncio.get_running_loop().run_in_executor(self._readers, _renew, self.path, now)

    def close(self) -> None:
        """Finishes what is queued, then closes the file and gives up its lock."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown(wait=True)
        for conn in [*self._reader_conns, self._writer_conn]:
            conn.close()
        os.close(self._lock)

    def _read(self, fn: Callable[..., T], args: Any, kwargs: Any) -> T:
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = self._local.conn = connect(self.path, read_only=True)
            self._reader_conns.append(conn)
        conn.execute("BEGIN")
        try:
            return fn(Tx(conn, self._vault), *args, **kwargs)
        finally:
            conn.execute("ROLLBACK")

    def _work(self) -> None:
        tx = Tx(self._writer_conn, self._vault)
        while group := self._next_group():
            began_s = time.perf_counter()
            self.is_writable = commit_group(tx, group)
            self.commits.note(time.perf_counter() - began_s)
            self.writes += len(group)
            _answer(group)

    def _next_group(self) -> list[Write]:
        """Waits for a write, then takes all that is queued: no write waits for company."""
        first = self._queue.get()
        if first is None:
            return []
        group = [first]
        with suppress(queue.Empty):
            while len(group) < GROUP_MAX:
                write = self._queue.get_nowait()
                if write is None:
                    # Closing: commit what came before, then stop at the next look.
                    self._queue.put(None)
                    break
                group.append(write)
        return group


def commit_group(tx: Tx, group: Sequence[Write]) -> bool:
    """Runs every write of the group in one transaction and notes what came of each; False where the
    group could not be stored.

    A write that raises is rolled back to its savepoint and leaves the others alone. Where SQLite
    itself gave up the transaction (disk full, I/O error), all of the group failed, the ones that
    had seemed to succeed included.
    """
    start = tx.deferred.mark()
    try:
        tx.conn.execute("BEGIN IMMEDIATE")
        for write in group:
            _run_one(tx, write)
        tx.deferred.write(tx)
        tx.conn.execute("COMMIT")
        return True
    except (sqlite3.Error, StorageError) as error:
        log.error("commit failed", extra={"event": "commit_failed", "reason": str(error)})
        if tx.conn.in_transaction:
            tx.conn.execute("ROLLBACK")
        for write in group:
            write.result, write.error = None, StorageError(f"nothing was stored: {error}")
        return False
    finally:
        tx.deferred.back_to(start)


def _run_one(tx: Tx, write: Write) -> None:
    if not patience.wants(write.context):
        write.error = StorageError("nobody waits for it any more")
        return
    mark = tx.deferred.mark()
    tx.conn.execute("SAVEPOINT one")
    try:
        write.result = write.context.run(write.run, tx)
    except Exception as error:
        if not tx.conn.in_transaction or _is_of_disk(error):
            raise StorageError(str(error)) from error
        tx.conn.execute("ROLLBACK TO one")
        tx.deferred.back_to(mark)
        write.error = error
    tx.conn.execute("RELEASE one")


def _is_of_disk(error: Exception) -> bool:
    """Whether the disk failed, and not what was asked of it: SQLite gives up the transaction for
    that at times, and at times the statement alone."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & PRIMARY_CODE in DISK_FAULTS


def _answer(group: Sequence[Write]) -> None:
    """Wakes the callers, with one call into each event loop for the whole group."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Write]] = {}
    for write in group:
        by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        # The loop may have closed while we were committing: the rows stand all the same.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, writes)


def _resolve(writes: Sequence[Write]) -> None:
    for write in writes:
        if write.future.done():
            continue
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.result)


def open_database(path: Path, vault: Vault, earlier: Vault | None = None) -> Database:
    """Takes the file for this process alone, brings its schema up to date, starts the threads.
    `earlier` is the data key before this one, for who has not changed it in the file yet.

    Raises DatabaseInUse where another process holds it, DatabaseUnusable where the folder cannot be
    written, the file is damaged, its schema is newer than this program, or the data key is wrong,
    DatabaseQuarantined where it may have forgotten what was sent.
    """
    from storage import generations
    from storage.migrations import migrate

    lock = take_lock(path)
    try:
        _make_for_us_alone(path)
        migrate(path, vault, earlier)
        generations.enter(path, datetime.now(UTC))
    except BaseException:
        os.close(lock)
        raise
    return Database(path, vault, lock)


def take_lock(path: Path) -> int:
    """Holds ``<path>.lock`` until the process ends, however it ends. Returns its descriptor."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseUnusable(path, str(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise DatabaseInUse(path, owner) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _make_for_us_alone(path: Path) -> None:
    """A new file is read by nobody else, nor is its write-ahead log, whatever the umask; who may
    read one that is there is its owner's word."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseUnusable(path, str(error)) from error


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection as all of ours are: WAL, FULL sync, no implicit transactions."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    conn.row_factory = sqlite3.Row
    try:
        conn.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        conn.execute("PRAGMA journal_mode=WAL")
        # Not NORMAL: in 2,000 simulated power cuts NORMAL lost a tenth of the commits, FULL none.
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten: no value stays behind in a page that is free.
        conn.execute("PRAGMA secure_delete=ON")
        if read_only:
            conn.execute("PRAGMA query_only=ON")
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def _renew(path: Path, now: datetime) -> None:
    from storage import generations

    with closing(connect(path)) as conn:
        generations.renew(conn, path, now)


def _checkpoint(path: Path) -> bool:
    with closing(connect(path)) as conn:
        conn.execute(f"PRAGMA busy_timeout={CHECKPOINT_TIMEOUT_MS}")
        is_busy, *_ = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


@cache
def dialect(sql: str) -> str:
    """Our one schema text as SQLite takes it: BIGINT is INTEGER there, tables are STRICT, and
    ``{by_key}`` tables are stored in the order of their key.

    PostgreSQL takes the text as it stands, with the words in braces dropped.
    """
    for word, meaning in (("{strict}", "STRICT"), ("{by_key}", "STRICT, WITHOUT ROWID")):
        sql = sql.replace(word, meaning)
    return re.sub(r"\bBIGINT\b", "INTEGER", sql)
