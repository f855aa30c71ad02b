"""Taking the file: alone, whole, with the right key; or a refusal that says why."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import DatabaseInUse, DatabaseUnusable
from storage import migrations
from storage.db import BUSY_TIMEOUT_MS, Tx, connect, open_database, take_lock
from storage.migrations import migrate
from storage.vault import Vault
from tests.storage.rows import VAULT, add_message

ROOT = Path(__file__).parents[2]
#: Holds the file until its standard input ends.
HOLDER = """
import sys
from pathlib import Path
from storage.db import open_database
from storage.vault import Vault
db = open_database(Path(sys.argv[1]), Vault(bytes(range(64))))
print("open", flush=True)
sys.stdin.read()
db.close()
"""


@contextmanager
def held_by_another(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        yield other


def opens(path: Path) -> bool:
    open_database(path, VAULT).close()
    return True


def why_not(path: Path, vault: Vault = VAULT) -> str:
    with pytest.raises(DatabaseUnusable) as caught:
        open_database(path, vault)
    assert caught.value.path == path
    return caught.value.why


def test_a_second_process_is_refused_with_the_first_ones_id(path: Path) -> None:
    with held_by_another(path) as other:
        with pytest.raises(DatabaseInUse) as refused:
            open_database(path, VAULT)
        assert refused.value.owner == str(other.pid)
        other.communicate("")
    assert opens(path)


def test_a_process_that_was_killed_holds_nothing(path: Path) -> None:
    with held_by_another(path) as other:
        other.kill()
        other.wait()
        assert opens(path)


def test_the_same_process_cannot_open_it_twice_either(path: Path) -> None:
    db = open_database(path, VAULT)
    with pytest.raises(DatabaseInUse) as refused:
        open_database(path, VAULT)
    assert refused.value.owner == str(os.getpid())
    db.close()
    assert opens(path)


def test_a_refused_start_gives_the_file_back(path: Path) -> None:
    assert opens(path)
    why_not(path, Vault(bytes(range(1, 65))))
    assert opens(path)


def test_the_lock_file_is_for_its_owner_alone(path: Path) -> None:
    os.close(take_lock(path))
    assert path.with_name("smsops.db.lock").stat().st_mode & 0o077 == 0


def test_another_data_key_is_refused_and_changes_nothing(path: Path) -> None:
    assert opens(path)
    before = path.read_bytes()
    assert "SMSOPS_DATA_KEY" in why_not(path, Vault(bytes(range(1, 65))))
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.write_text("my diary, please do not touch\n" * 100)
    assert "not a database" in why_not(path)
    assert path.read_text().startswith("my diary")


def test_a_damaged_page_is_refused(path: Path) -> None:
    assert opens(path)
    with closing(connect(path)) as conn:
        for number in range(200):
            add_message(Tx(conn, VAULT), f"+86138{number:08}")
        page_size = conn.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // page_size):
        content[page * page_size : page * page_size + 64] = b"\xff" * 64
    path.write_bytes(content)

    assert why_not(path)


def test_a_half_file_is_refused(path: Path) -> None:
    assert opens(path)
    os.truncate(path, path.stat().st_size // 2)
    assert why_not(path)


def test_a_schema_of_a_newer_program_is_refused_by_name(path: Path) -> None:
    assert opens(path)
    with closing(connect(path)) as conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('smsops', 'm999_later', '2030')"
        )
    assert "m999_later" in why_not(path)


@pytest.mark.parametrize("inside", ["file", "proc"])
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, inside: str) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    # Root may write everywhere but below a file and in the kernel's own tree.
    folder = plain if inside == "file" else Path("/proc/smsops")
    assert why_not(folder / "smsops.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes wherever it likes")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert why_not(tmp_path / "smsops.db")
    tmp_path.chmod(0o700)


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    assert why_not(path)


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    assert opens(tmp_path / "a" / "b" / "smsops.db")


def test_the_steps_run_once(path: Path) -> None:
    assert migrate(path, VAULT) == list(migrations.STEPS)
    with closing(connect(path)) as conn:
        before = list(map(tuple, conn.execute("SELECT * FROM sqlite_master")))
        about = list(map(tuple, conn.execute("SELECT * FROM about")))

    assert migrate(path, VAULT) == []

    with closing(connect(path)) as conn:
        assert list(map(tuple, conn.execute("SELECT * FROM sqlite_master"))) == before
        assert list(map(tuple, conn.execute("SELECT * FROM about"))) == about


def test_every_table_is_strict(path: Path) -> None:
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        rows = conn.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
        strict = {name: bool(is_strict) for name, is_strict in rows}

    ours = {name for name in strict if not name.startswith(("sqlite_", "_sqlite_"))}
    assert len(ours) == sum(
        "CREATE TABLE" in sql for step in migrations.STEPS.values() for sql in step
    )
    assert all(strict[name] for name in ours)


def test_a_strict_table_takes_no_text_for_a_number(path: Path) -> None:
    migrate(path, VAULT)
    with (
        closing(connect(path)) as conn,
        pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"),
    ):
        conn.execute("INSERT INTO schedules (job, next_at_ms) VALUES ('a', 'soon')")


def test_a_step_that_breaks_off_leaves_nothing_of_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opens(path)
    half = ("CREATE TABLE half (id TEXT) {strict}", "CREATE TABLE half (id TEXT) {strict}")
    monkeypatch.setitem(migrations.STEPS, "m002_half", half)
    assert "half" in why_not(path)

    whole = ("CREATE TABLE half (id TEXT) {strict}",)
    monkeypatch.setitem(migrations.STEPS, "m002_half", whole)
    assert migrate(path, VAULT) == ["m002_half"]


def test_a_short_wait_for_a_stranger_is_no_failure(path: Path) -> None:
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        assert conn.execute("PRAGMA busy_timeout").fetchone()[0] == BUSY_TIMEOUT_MS
