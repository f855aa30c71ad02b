"""Copies of the whole file: one that is made while it is in use, and one that is put in its place.

A copy is read in one transaction, so it holds one moment; it is checked, says that it is a copy
and is on the disk before it has its name. Putting one back never leaves a folder in which a file
that has forgotten something would be used: what holds it is on the disk first.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import DatabaseUnusable
from bot.rules.numbers import cover
from storage import about, generations
from storage.db import BUSY_TIMEOUT_MS, connect
from storage.migrations import check_file

#: 4 MB at 4 KB a page: between two looks at the terminal.
PAGES_AT_ONCE = 1_000
PART, RESTORING, BEFORE = ".part", ".restoring", ".before-"
IS_OURS = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'"
NOT_OURS = "smsops never wrote to it"
SIDE_FILES = ("-wal", "-shm")

#: Pages copied, and pages there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy as it stands; `at` is the moment it holds."""

    file: Path
    size_bytes: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put in the place of the database at `at`: the name of its file, and the
    moment it holds."""

    file: str
    copied_at: datetime
    at: datetime


def back_up(database: Path, file: Path, now: datetime, progress: Progress) -> Copied:
    """Copies the database to `file`, which must not be there.

    Raises DatabaseUnusable where the database is damaged, OSError and sqlite3.Error where the copy
    cannot be written; then nothing has the name of `file`.
    """
    if file.exists():
        raise FileExistsError(file)
    part = file.with_name(file.name + PART)
    try:
        with closing(connect(database, read_only=True)) as source:
            _copy(source, part, now, progress)
        generations.sync(part)
        part.rename(file)
        generations.sync(file.parent)
    finally:
        part.unlink(missing_ok=True)
    return Copied(file, file.stat().st_size, now)


def put_back(file: Path, database: Path, now: datetime, progress: Progress) -> tuple[Copied, Path]:
    """Puts a copy of `file` in the place of the database, whose lock the caller holds; returns what
    it is, and where the file is kept that stood there.

    Raises DatabaseUnusable where `file` is no sound database of ours, OSError and sqlite3.Error
    where it cannot be written; then the old one stands where it stood.
    """
    fresh = database.with_name(database.name + RESTORING)
    kept = _unused(database.with_name(f"{database.name}{BEFORE}{now:%Y%m%dT%H%M%SZ}"))
    try:
        with closing(_opened(file)) as source:
            # One that does not say when it was made is at least as old as its last change.
            written = datetime.fromtimestamp(file.stat().st_mtime, tz=now.tzinfo)
            at = _copy(source, fresh, min(written, now), progress)
        with closing(_opened(fresh)) as copy:
            _note(copy, Restored(cover(file.name), at, now))
        generations.sync(fresh)
        _empty_log(database)
        # From here on nothing is sent from this folder, whatever stands in it if this ends here.
        generations.hold_folder(database)
        for side in ("", *SIDE_FILES):
            with suppress(FileNotFoundError):
                database.with_name(database.name + side).rename(kept.with_name(kept.name + side))
        fresh.rename(database)
        generations.sync(database.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return Copied(database, database.stat().st_size, at), kept


def take_restored(conn: sqlite3.Connection) -> Restored | None:
    """What was put back here, if the trail does not say so yet: from here on it is told."""
    noted = about.get(conn, about.RESTORED)
    if noted is None:
        return None
    about.forget(conn, about.RESTORED)
    known = json.loads(noted)
    times = (datetime.fromisoformat(known[name]) for name in ("copied_at", "at"))
    return Restored(known["file"], *times)


def _note(conn: sqlite3.Connection, restored: Restored) -> None:
    """Whoever restores has no key of the trail at hand: it is entered with the first who has."""
    known = {
        "file": restored.file,
        "copied_at": restored.copied_at.isoformat(timespec="milliseconds"),
        "at": restored.at.isoformat(timespec="milliseconds"),
    }
    about.put(conn, about.RESTORED, json.dumps(known))


def _unused(path: Path) -> Path:
    """`path`, or where that is taken the first of `path`-2, `path`-3, … that is not: two restores
    within a second keep both files."""
    others = (path.with_name(f"{path.name}-{nth}") for nth in itertools.count(2))
    return next(each for each in itertools.chain([path], others) if not each.exists())


def _copy(source: sqlite3.Connection, target: Path, now: datetime, progress: Progress) -> datetime:
    """Copies one moment of `source`, checked and marked as a copy; returns the moment it is of."""
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    with closing(_opened(target)) as copy:
        # Held open, or every write of the running bot would begin the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            source.backup(
                copy,
                pages=PAGES_AT_ONCE,
                progress=lambda _, left, total: progress(total - left, total),
            )
        finally:
            source.execute("ROLLBACK")
        # One file, that needs no other beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        check_file(target, copy)
        if not copy.execute(IS_OURS).fetchone()[0]:
            raise DatabaseUnusable(target, NOT_OURS)
        generations.stamp(copy, now)
        return generations.copied_at(copy) or now


def _opened(path: Path) -> sqlite3.Connection:
    """As it stands: neither made where it is not there, nor given a write-ahead log."""
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    conn.row_factory = sqlite3.Row
    conn.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return conn


def _empty_log(database: Path) -> None:
    """What is in the write-ahead log goes into the file, so that the two need not move as one. A
    damaged file keeps its log, and moves with it."""
    if database.exists():
        with suppress(sqlite3.Error), closing(connect(database)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
