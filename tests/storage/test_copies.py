"""A copy is of one moment and whole or not there; one that is put back sends nothing."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from bot.errors import DatabaseQuarantined, DatabaseUnusable
from storage import copies, generations
from storage.copies import BEFORE, PART, RESTORING, SIDE_FILES, back_up, put_back
from storage.db import Tx, connect, open_database
from storage.generations import Held, Hold
from storage.migrations import migrate
from tests.storage.rows import NOW, VAULT, add_message, later

#: Enough that a copy takes several turns.
ROWS = 400
COUNT = "SELECT count(*) FROM messages"


@pytest.fixture
def database(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that ran, with messages in it, copied a few pages at a time."""
    monkeypatch.setattr(copies, "PAGES_AT_ONCE", 8)
    open_database(path, VAULT).close()
    add(path, ROWS)
    return path


def add(path: Path, count: int) -> None:
    with closing(connect(path)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        for nth in range(count):
            add_message(Tx(conn, VAULT), f"+86138{nth:08d}")
        conn.execute("COMMIT")


def held(path: Path) -> int:
    with closing(sqlite3.connect(path)) as conn:
        return int(conn.execute(COUNT).fetchone()[0])


def hold_of(path: Path) -> Hold | None:
    with closing(connect(path)) as conn:
        return generations.look(conn, path)


def nothing(done: int, total: int) -> None:
    """No bar."""


def files(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_a_copy_is_of_one_moment_while_others_write(database: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def show(done: int, total: int) -> None:
        if not seen:
            writer = threading.Thread(target=add, args=(database, 50))
            writer.start()
            writer.join()
        seen.append((done, total))

    copied = back_up(database, tmp_path / "copy.db", NOW, show)
    assert held(copied.file) == ROWS
    assert held(database) == ROWS + 50
    assert len(seen) > 2
    assert seen[-1][0] == seen[-1][1] > 0
    assert seen == sorted(seen)
    assert copied.size_bytes == copied.file.stat().st_size
    assert copied.file.stat().st_mode & 0o077 == 0


def test_a_copy_is_one_file_and_says_what_it_is(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    copied = back_up(database, folder / "copy.db", NOW, nothing)
    assert files(folder) == {"copy.db"}
    with closing(sqlite3.connect(copied.file)) as conn:
        conn.row_factory = sqlite3.Row
        assert generations.copied_at(conn) == NOW
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert hold_of(database) is None


def test_what_is_there_is_never_overwritten(database: Path, tmp_path: Path) -> None:
    there = tmp_path / "copy.db"
    there.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        back_up(database, there, NOW, nothing)
    assert there.read_bytes() == b"mine"


def test_a_copy_that_cannot_be_written_leaves_nothing(database: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        back_up(database, tmp_path / "nowhere" / "copy.db", NOW, nothing)

    def full(done: int, total: int) -> None:
        raise OSError("No space left on device")

    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(OSError, match="No space"):
        back_up(database, folder / "copy.db", NOW, full)
    assert files(folder) == set()


@pytest.mark.parametrize("how", ["put_back", "moved"])
def test_a_copy_in_the_place_of_the_database_is_held(
    how: str, database: Path, tmp_path: Path
) -> None:
    copied = back_up(database, tmp_path / "copy.db", NOW, nothing)
    add(database, 10)
    if how == "moved":
        database.with_name("smsops.db-wal").unlink(missing_ok=True)
        shutil.copy(copied.file, database)
    else:
        _, kept = put_back(copied.file, database, later(minutes=5), nothing)
        assert held(kept) == ROWS + 10
    with pytest.raises(DatabaseQuarantined):
        open_database(database, VAULT)
    assert hold_of(database) == Hold(Held.COPIED, NOW)
    assert held(database) == ROWS
    assert held(copied.file) == ROWS


def test_a_copy_on_a_new_machine_is_held_as_well(database: Path, tmp_path: Path) -> None:
    copied = back_up(database, tmp_path / "copy.db", NOW, nothing)
    fresh = tmp_path / "other" / "smsops.db"
    fresh.parent.mkdir()
    _, kept = put_back(copied.file, fresh, later(minutes=5), nothing)
    assert not kept.exists()
    with pytest.raises(DatabaseQuarantined):
        open_database(fresh, VAULT)


def test_a_copy_of_a_copy_is_as_old_as_the_first(database: Path, tmp_path: Path) -> None:
    first = back_up(database, tmp_path / "first.db", NOW, nothing)
    second = back_up(first.file, tmp_path / "second.db", later(minutes=60), nothing)
    copied, _ = put_back(second.file, database, later(minutes=90), nothing)
    assert copied.at == NOW


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00" * 9_000)


def strange(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE about (name TEXT, value TEXT)")


def torn(path: Path) -> None:
    migrate(path, VAULT)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("make", [garbage, strange, torn, missing])
def test_what_is_no_sound_database_of_ours_changes_nothing(
    make: Callable[[Path], None], database: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.db"
    make(bad)
    with pytest.raises((DatabaseUnusable, OSError, sqlite3.Error)):
        put_back(bad, database, NOW, nothing)
    assert hold_of(database) is None
    assert held(database) == ROWS
    assert not database.with_name(database.name + RESTORING).exists()


class Killed(BaseException):
    """The process is gone here."""


def is_ours(path: Path) -> bool:
    """The database under its name, or the name it is kept under."""
    return path.suffix == ".db" or (BEFORE in path.name and not path.name.endswith(SIDE_FILES))


STEPS = ("_copy", "_empty_log")
MARKS = ("sync", "stamp", "hold_folder")


def killed_at(nth: int, monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> bool:
    """Ends `run` before its `nth` step, without any of the clearing up of a program that goes on;
    False where it has fewer."""
    steps = iter(range(nth))
    killed = False

    def dies(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            nonlocal killed
            if killed or next(steps, None) is None:
                killed = True
                raise Killed
            return real(*args, **more)

        return step

    with monkeypatch.context() as patch:
        for name in STEPS:
            patch.setattr(copies, name, dies(getattr(copies, name)))
        for name in MARKS:
            patch.setattr(generations, name, dies(getattr(generations, name)))
        patch.setattr(Path, "rename", dies(Path.rename))
        real_unlink = Path.unlink

        def unlink(path: Path, missing_ok: bool = False) -> None:
            if not killed:
                real_unlink(path, missing_ok=missing_ok)

        patch.setattr(Path, "unlink", unlink)
        with suppress(Killed):
            run()
    return killed


def test_a_kill_anywhere_in_a_backup_leaves_no_copy_or_a_whole_one(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nth = 0
    target = tmp_path / "copy.db"
    while killed_at(nth, monkeypatch, lambda: back_up(database, target, NOW, nothing)):
        if target.exists():
            assert held(target) == ROWS
            target.unlink()
        assert hold_of(database) is None
        nth += 1
    assert nth >= 4
    assert held(target) == ROWS
    assert not target.with_name(target.name + PART).exists()


def test_a_kill_anywhere_in_a_restore_leaves_the_old_file_or_one_that_is_held(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = back_up(database, tmp_path / "copy.db", NOW, nothing)
    add(database, 10)
    folders, nth = tmp_path / "tries", 0
    while True:
        place = folders / str(nth) / "smsops.db"
        shutil.copytree(database.parent, place.parent, ignore=lambda *_: ["tries", "copy.db"])
        restore = partial(put_back, copied.file, place, NOW, nothing)
        went_on = not killed_at(nth, monkeypatch, restore)
        if went_on or not place.exists():
            # A start here makes a new file.
            with pytest.raises(DatabaseQuarantined):
                open_database(place, VAULT)
        elif hold_of(place) is None:
            assert held(place) == ROWS + 10
            open_database(place, VAULT).close()
        if went_on:
            break
        # Nothing is lost, and the next try comes to its end.
        kept = [held(each) for each in place.parent.glob("smsops.db*") if is_ours(each)]
        assert ROWS + 10 in kept
        put_back(copied.file, place, later(minutes=1), nothing)
        assert hold_of(place) == Hold(Held.COPIED, NOW)
        assert held(place) == ROWS
        nth += 1
    assert nth >= 8
