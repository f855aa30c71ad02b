"""A new data key: all of it, once, wherever it was interrupted; nothing else is changed."""

import os
import re
import signal
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import DatabaseUnusable, KeyDamaged, WrongDataKey
from bot.rules.audit import AuditEntry, Broken, Sound, What
from storage import about, audit, bad_rows, messages, requests, rotation
from storage.audit import AuditQuery
from storage.db import Tx, connect
from storage.migrations import STEPS, migrate
from storage.rotation import NUMBER, SEALED, Rotated, rotate
from storage.vault import KEY_ID, SealedNumber, Vault
from tests.storage.rows import LIN, NOW, VAULT, add_message, start

FOLDER = Path(rotation.__file__).parent
NEW_KEY = bytes(range(64, 128))
MANY = 25
DAMAGED = KEY_ID + "A" * 40


class PulledError(Exception):
    """Somebody pulled the plug."""


def numbers() -> list[str]:
    return [f"+86139{nth:08}" for nth in range(MANY)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with something in most tables, sealed with the old key."""
    path = tmp_path / "smsops.db"
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        # The rows of `fill` belong to nothing.
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.execute("BEGIN IMMEDIATE")
        tx = Tx(conn, VAULT)
        for number in numbers():
            add_message(tx, number)
        start(tx, "+8613900000000")
        for table, columns in SEALED.items():
            if table not in {"messages", "requests", "audit_keys"}:
                fill(tx, table, columns)
        entry = AuditEntry(What.APP_STOPPED, LIN, "demo", facts={"reason": "odd"})
        audit.append(tx, entry, NOW)
        tx.deferred.write(tx)
        conn.execute("COMMIT")
    return path


def fill(tx: Tx, table: str, columns: tuple[str, ...]) -> None:
    """Some rows of any table, of which the last has nothing to seal."""
    for nth in range(MANY):
        row: dict[str, object] = {}
        for column in tx.all(f"PRAGMA table_info({table})"):
            if column["notnull"]:
                row[column["name"]] = f"{nth}" if column["type"] == "TEXT" else nth
        for each in columns:
            if each == NUMBER:
                row[each] = tx.vault.seal_number(numbers()[nth])
            else:
                text = f"{table} {each} {nth}"
                row[each] = tx.vault.seal(text, purpose=f"{table}.{each}") if nth else ""
        marks = ", ".join(f":{each}" for each in row)
        tx.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", **row)


def held(conn: sqlite3.Connection, vault: Vault) -> dict[str, list[list[object]]]:
    """Everything the file holds, opened; raises WrongDataKey for a cell of another key. The name of
    the key is not told, nor when the trail got its last entry."""
    tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: sorted(
            [opened(vault, table, name, row[name]) for name in row.keys()]  # noqa: SIM118
            for row in conn.execute(f"SELECT * FROM {table}")
        )
        for table in tables
        if table not in {"about", "audit", "audit_head"}
    }


def opened(vault: Vault, table: str, column: str, cell: object) -> str:
    if not isinstance(cell, str) or not cell.startswith(KEY_ID):
        return str(cell)
    if column == NUMBER:
        return vault.open_number(SealedNumber(cell))
    return vault.open(cell, purpose=f"{table}.{column}")


@pytest.fixture
def conn(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as conn:
        yield conn


def quiet(done: int, total: int) -> None:
    """Nobody looks."""


def test_everything_is_sealed_with_the_new_key_and_says_the_same(
    path: Path, conn: sqlite3.Connection
) -> None:
    before = held(conn, VAULT)
    new, seen = Vault(NEW_KEY), list[tuple[int, int]]()
    done = rotate(conn, VAULT, new, NOW, lambda done, total: seen.append((done, total)))
    assert isinstance(done, Rotated)
    assert not done.is_resumed
    assert done.cells > MANY * 20
    assert seen[-1][0] == seen[-1][1] == done.rows
    assert held(conn, new) == before
    with pytest.raises(WrongDataKey):
        held(conn, Vault(bytes(range(64))))
    # It opens with the new key alone, and looks things up by number and by what texts hash to.
    fresh = Vault(NEW_KEY)
    migrate(path, fresh)
    tx = Tx(conn, fresh)
    assert [each.number for each in messages.find_unresolved(tx)] == ["+8613900000000"]
    assert fresh.fingerprint("content", "x") == VAULT.fingerprint("content", "x")
    with pytest.raises(DatabaseUnusable, match="another SMSOPS_DATA_KEY"):
        migrate(path, Vault(bytes(range(64))))
    assert isinstance(audit.check(tx), Sound)
    latest, first = audit.find(tx, AuditQuery(), 10)
    assert latest.what == What.KEYS_ROTATED.value
    assert latest.facts == {"rows": done.rows, "damaged": 0}
    assert first.facts == {"reason": "odd"}
    assert rotate(conn, Vault(bytes(range(64))), fresh, NOW, quiet) is None


def test_a_second_change_goes_from_the_new_key_to_another(conn: sqlite3.Connection) -> None:
    before = held(conn, VAULT)
    hashed = VAULT.fingerprint("content", "x")
    rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet)
    # As the next run of the program has them: what it knows is in the file.
    third = Vault(bytes(range(128, 192)))
    rotate(conn, Vault(NEW_KEY), third, NOW, quiet)
    after = held(conn, third)
    assert {**after, "audit_keys": 0} == {**before, "audit_keys": 0}
    assert third.fingerprint("content", "x") == hashed


@pytest.mark.parametrize("page", [1, 7, 1_000])
def test_wherever_it_ends_the_next_run_goes_on(
    path: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(rotation, "PAGE", page)
    before, runs, new = held(conn, VAULT), 0, Vault(NEW_KEY)
    cells = 0
    while get_name(conn) != new.name:
        runs += 1
        pages = iter(range(3 + 40 * runs))

        def stop(done: int, total: int, pages: Iterator[int] = pages) -> None:
            if next(pages, None) is None:
                raise PulledError

        try:
            done = rotate(conn, Vault(bytes(range(64))), Vault(NEW_KEY), NOW, stop)
        except PulledError:
            # Nobody else opens a file that is half done.
            for vault in (Vault(bytes(range(64))), Vault(NEW_KEY)):
                with pytest.raises(DatabaseUnusable, match="keys rotate"):
                    migrate(path, vault)
            continue
        assert done is not None
        assert done.is_resumed is (runs > 1)
        cells = done.cells
    assert held(conn, new) == before
    assert runs > 1 or page > MANY
    # What an earlier run had done was not done again.
    assert cells < MANY * 20 or runs == 1


def get_name(conn: sqlite3.Connection) -> str | None:
    return about.get(conn, about.DATA_KEY)


def test_a_file_of_neither_key_is_left_as_it_is(conn: sqlite3.Connection) -> None:
    before = held(conn, VAULT)
    with pytest.raises(WrongDataKey):
        rotate(conn, Vault(NEW_KEY), Vault(bytes(range(128, 192))), NOW, quiet)
    assert held(conn, VAULT) == before
    assert get_name(conn) == VAULT.name


def test_another_new_key_in_the_middle_is_refused(conn: sqlite3.Connection) -> None:
    def stop(done: int, total: int) -> None:
        raise PulledError

    with pytest.raises(PulledError):
        rotate(conn, VAULT, Vault(NEW_KEY), NOW, stop)
    with pytest.raises(WrongDataKey):
        rotate(conn, VAULT, Vault(bytes(range(128, 192))), NOW, quiet)
    assert rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet) is not None


def test_a_damaged_cell_is_told_and_stays_and_keeps_nobody_from_the_file(
    path: Path, conn: sqlite3.Connection
) -> None:
    conn.execute("UPDATE bad_rows SET cell = ? WHERE file_row = 3", [DAMAGED])
    conn.execute("UPDATE doubts SET number = ? WHERE unplaced = 2", [DAMAGED])
    done = rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet)
    assert done is not None
    assert done.damaged == 2
    for sql in (
        "SELECT cell FROM bad_rows WHERE file_row = 3",
        "SELECT number FROM doubts WHERE unplaced = 2",
    ):
        assert conn.execute(sql).fetchone()[0] == DAMAGED
    migrate(path, Vault(NEW_KEY))


@pytest.mark.parametrize("name", ["chain", f"{NOW:%Y-%m}"])
def test_a_damaged_key_of_the_trail_is_named_before_anything_is_changed(
    path: Path, conn: sqlite3.Connection, name: str
) -> None:
    conn.execute("UPDATE audit_keys SET key = ? WHERE name = ?", [DAMAGED, name])
    with pytest.raises(KeyDamaged) as caught:
        rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet)
    assert caught.value.name == name
    migrate(path, VAULT)


@pytest.mark.parametrize("name", ["chain", f"{NOW:%Y-%m}"])
def test_a_key_of_the_trail_that_breaks_in_the_middle_does_not_keep_it_from_ending(
    path: Path, conn: sqlite3.Connection, name: str
) -> None:
    def stop(done: int, total: int) -> None:
        raise PulledError

    with pytest.raises(PulledError):
        rotate(conn, VAULT, Vault(NEW_KEY), NOW, stop)
    conn.execute("UPDATE audit_keys SET key = ? WHERE name = ?", [DAMAGED, name])
    assert rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet) is not None
    fresh = Vault(NEW_KEY)
    migrate(path, fresh)
    (latest, *_) = audit.find(Tx(conn, fresh), AuditQuery(), 1)
    assert latest.what == What.KEYS_ROTATED.value
    assert isinstance(audit.check(Tx(conn, fresh)), Broken)


def test_a_run_that_finds_all_done_empties_the_log_a_kill_had_left(
    path: Path, conn: sqlite3.Connection
) -> None:
    with closing(connect(path, read_only=True)) as looker:
        looker.execute("PRAGMA busy_timeout=0")
        looker.execute("BEGIN")
        looker.execute("SELECT * FROM about").fetchall()
        conn.execute("PRAGMA busy_timeout=0")
        assert rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet) is not None
        looker.execute("ROLLBACK")
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > 0
    assert rotate(conn, VAULT, Vault(NEW_KEY), NOW, quiet) is None
    assert log.stat().st_size == 0


def test_killed_at_any_of_its_pages_the_next_run_ends_it(
    path: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PAGE", 7)
    before, killed = held(conn, VAULT), 0
    while not rotated_in_a_child(path, kill_at=5 + 17 * killed):
        killed += 1
    assert killed >= 3
    assert held(conn, Vault(NEW_KEY)) == before
    assert get_name(conn) == Vault(NEW_KEY).name
    fresh = Vault(NEW_KEY)
    migrate(path, fresh)
    assert isinstance(audit.check(Tx(conn, fresh)), Sound)


def rotated_in_a_child(path: Path, kill_at: int) -> bool:
    """A run in a process of its own, killed after so many pages; whether it came to its end."""
    child = os.fork()
    if child == 0:
        pages = iter(range(kill_at))

        def die(done: int, total: int) -> None:
            if next(pages, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with closing(connect(path)) as conn:
                rotate(conn, Vault(bytes(range(64))), Vault(NEW_KEY), NOW, die)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def peak_bytes(conn: sqlite3.Connection, old: Vault, new: Vault) -> int:
    """The most that is held at once while the key changes."""
    tracemalloc.start()
    try:
        assert rotate(conn, old, new, NOW, quiet) is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_what_there_is(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PAGE", 50)
    few = peak_bytes(conn, VAULT, Vault(NEW_KEY))
    sealed = Vault(NEW_KEY).seal("x" * 100, purpose="bad_rows.cell")
    rows = [(nth, sealed) for nth in range(100, 5_100)]
    conn.executemany("INSERT INTO bad_rows VALUES ('R-1', ?, '', '', ?)", rows)
    many = peak_bytes(conn, Vault(NEW_KEY), Vault(bytes(range(128, 192))))
    assert many < few * 2


def test_every_sealed_column_is_among_them() -> None:
    """Those of the schema called `number`, and every purpose something is sealed for."""
    schema = "\n".join(sql for step in STEPS.values() for sql in step)
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n    \) \{", schema, re.S)
    wanted = {(name, NUMBER) for name, body in tables if re.search(r"^ *number TEXT", body, re.M)}
    for path in FOLDER.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        for purpose in re.findall(r'PURPOSE = "(\w+\.\w+)"', source):
            table, _, column = purpose.partition(".")
            wanted.add((table, column))
    wanted -= {("about", "mac_key")}
    assert {(table, each) for table, columns in SEALED.items() for each in columns} == wanted
    assert list(SEALED) == sorted(SEALED)
    assert (bad_rows.PURPOSE, requests.PURPOSE) == ("bad_rows.cell", "requests.payload")
