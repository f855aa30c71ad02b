"""Whether a file is the one that ran in its folder last, or an older copy that has forgotten.

The file and a mark beside it hold the same random word, which is renewed at every start and every
minute: a file that was put back, by whatever means, has an old one. What it sent since it does not
know, so nothing is sent from it until a person releases it. A copy of ours says so itself.

A renewal is in three steps, and a crash between any two leaves a pair that matches: the next word
is committed, then it becomes the mark, then it is committed as the word.
"""

import json
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.errors import DatabaseQuarantined, StorageError
from storage.db import connect
from storage.ids import from_ms_or_none, to_ms

GENERATION, NEXT, KNOWN_AT = "generation", "generation_next", "generation_at_ms"
COPIED_AT, INSTANCE = "copied_at_ms", "instance"
SUFFIX = ".generation"

LIST_ABOUT = "SELECT name, value FROM about"
SET_ABOUT = """
INSERT INTO about (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
FORGET_COPY = "DELETE FROM about WHERE name = 'copied_at_ms'"


class Held(StrEnum):
    """Why nothing is sent from a file."""

    #: It says so itself: it is a copy of another.
    COPIED = "copied"
    #: Another one ran in this folder since, or nobody knows which did.
    UNLIKE = "unlike"
    #: It is new, and another one ran here before.
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Hold:
    """A file that is held; `since` is the last time of which it certainly knows everything."""

    why: Held
    since: datetime | None


def mark_path(path: Path) -> Path:
    """Where the mark of a database file is."""
    return path.with_name(path.name + SUFFIX)


def look(conn: sqlite3.Connection, path: Path) -> Hold | None:
    """Why the file is held; None where it is the one that ran here last, or nothing ever did."""
    about, mark = _about(conn), _read_mark(path)
    if COPIED_AT in about:
        return Hold(Held.COPIED, from_ms_or_none(int(about[COPIED_AT])))
    known = {about[name] for name in (GENERATION, NEXT) if name in about}
    if mark is None:
        # A first renewal that never came to its mark has no word yet, only the next one.
        return Hold(Held.UNLIKE, _known_at(about)) if GENERATION in about else None
    if mark.get("instance") == about.get(INSTANCE) and mark.get("generation") in known:
        return None
    return Hold(Held.UNLIKE if known else Held.NEVER, _known_at(about))


def enter(path: Path, now: datetime) -> None:
    """Takes a file into use, and renews its word. Raises DatabaseQuarantined where it is held,
    StorageError where its folder takes no mark."""
    with closing(connect(path)) as conn:
        if look(conn, path) is not None:
            raise DatabaseQuarantined(path)
        renew(conn, path, now)


def renew(conn: sqlite3.Connection, path: Path, now: datetime) -> None:
    """Gives the file and its mark another word. Raises StorageError where it cannot be kept."""
    word = secrets.token_hex(8)
    try:
        _set(conn, NEXT, word)
        write_mark(path, _about(conn)[INSTANCE], word)
        _set(conn, GENERATION, word)
        _set(conn, KNOWN_AT, str(to_ms(now)))
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"no new mark: {error}") from error


def stamp(conn: sqlite3.Connection, now: datetime) -> None:
    """The file says from here on that it is a copy, and of when; a copy of a copy is as old as the
    first one."""
    if COPIED_AT not in _about(conn):
        _set(conn, COPIED_AT, str(to_ms(now)))


def copied_at(conn: sqlite3.Connection) -> datetime | None:
    """When the copy was made; None for a file that is none of ours."""
    about = _about(conn)
    return from_ms_or_none(int(about[COPIED_AT])) if COPIED_AT in about else None


def let(conn: sqlite3.Connection, path: Path, now: datetime) -> None:
    """The file may be used here. A crash in between leaves it held, or let."""
    renew(conn, path, now)
    conn.execute(FORGET_COPY)


def hold_folder(path: Path) -> None:
    """Whatever file stands at `path` is held from here on. Raises OSError."""
    write_mark(path, "", secrets.token_hex(8))


def write_mark(path: Path, instance: str, word: str) -> None:
    """Puts the mark in its place, whole, on the disk. Raises OSError."""
    mark = mark_path(path)
    fresh = mark.with_name(mark.name + ".new")
    fresh.write_text(json.dumps({"instance": instance, "generation": word}), encoding="utf-8")
    sync(fresh)
    fresh.replace(mark)
    sync(path.parent)


def sync(path: Path) -> None:
    """What stands in a file or a folder is on the disk when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _about(conn: sqlite3.Connection) -> dict[str, str]:
    return {row["name"]: row["value"] for row in conn.execute(LIST_ABOUT)}


def _set(conn: sqlite3.Connection, name: str, value: str) -> None:
    conn.execute(SET_ABOUT, {"name": name, "value": value})


def _known_at(about: dict[str, str]) -> datetime | None:
    return from_ms_or_none(int(about[KNOWN_AT])) if KNOWN_AT in about else None


def _read_mark(path: Path) -> dict[str, object] | None:
    """None where there is none; one that cannot be read matches nothing."""
    try:
        mark = json.loads(mark_path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return mark if isinstance(mark, dict) else {}
