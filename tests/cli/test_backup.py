"""`smsops backup`, `restore`, `release`: from one file to the next, nothing sent in between."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.rules.audit import Sound, What
from storage import audit
from storage.audit import AuditQuery
from storage.db import Tx, connect, open_database, take_lock
from tests.storage.rows import VAULT, add_message

Run = Callable[..., subprocess.CompletedProcess[str]]
Smsops = Callable[..., tuple[int, str, str]]


@pytest.fixture
def smsops_here(database: Path, capsys: pytest.CaptureFixture[str]) -> Smsops:
    """A command line in this process: what it ends with and says."""

    def run(*line: str) -> tuple[int, str, str]:
        code = main(line)
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


def queue(database: Path) -> None:
    with closing(connect(database)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        add_message(Tx(conn, VAULT))
        conn.execute("COMMIT")


def test_a_backup_is_made_while_the_bot_runs_and_says_where_it_is(
    database: Path, smsops_here: Smsops
) -> None:
    lock = take_lock(database)
    code, out, err = smsops_here("backup", "copy.db")
    assert (code, err) == (0, "")
    assert out.startswith(f"copy.db holds what {database} held at 20")
    code, out, _ = smsops_here("backup", "other.db", "--json")
    told = json.loads(out)
    assert (told["file"], told["bytes"]) == ("other.db", Path("other.db").stat().st_size)
    os.close(lock)


def test_a_backup_is_entered_in_the_trail_where_the_key_is_at_hand(
    database: Path, smsops_here: Smsops, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = take_lock(database)
    assert smsops_here("backup", "copy.db")[0] == 0
    monkeypatch.delenv("SMSOPS_DATA_KEY")
    code, out, err = smsops_here("backup", "other.db", "--json")
    os.close(lock)
    assert (code, json.loads(out)["file"]) == (0, "other.db")
    assert "not entered in the audit trail" in err
    with closing(connect(database)) as conn:
        tx = Tx(conn, VAULT)
        assert isinstance(audit.check(tx), Sound)
        (made,) = audit.find(tx, AuditQuery(what=What.PROGRAM_BACKED_UP.value), 9)
    assert (made.via, made.facts) == ("terminal", {"file": "copy.db"})


def test_a_restored_file_sends_nothing_until_it_is_released(
    database: Path, smsops_here: Smsops, smsops: Run, secrets: dict[str, str]
) -> None:
    queue(database)
    assert smsops_here("backup", "copy.db")[0] == 0
    code, out, _ = smsops_here("restore", "copy.db")
    assert code == 0
    assert "Nothing is sent until `smsops release`" in out
    assert "What was there before is kept: " in out

    refused = smsops("run", **secrets)
    assert refused.returncode == 3
    *logged, sentence = refused.stderr.splitlines()
    assert sentence.startswith(f"{database} is a copy")
    told = [json.loads(line) for line in logged]
    assert [line["event"] for line in told] == ["starting", "ended"]
    assert told[-1]["reason"] == "DatabaseQuarantined"

    for _ in range(2):
        code, out, _ = smsops_here("release")
        assert code == 3
        assert "Messages that waited then and will not be sent: 1" in out
        assert "Nothing has been changed." in out

    code, out, _ = smsops_here("release", "--confirm")
    assert (code, out) == (0, f"{database} is released. Start the bot: smsops run\n")
    assert smsops_here("release")[:2] == (
        0,
        f"{database} is not held: there is nothing to release.\n",
    )
    open_database(database, VAULT).close()
    with closing(connect(database)) as conn:
        (row,) = conn.execute("SELECT detail FROM messages")
        assert row["detail"] == "restored"


def test_programs_are_told_the_same(database: Path, smsops_here: Smsops) -> None:
    queue(database)
    copied = json.loads(smsops_here("backup", "copy.db", "--json")[1])
    restored = json.loads(smsops_here("restore", "copy.db", "--json")[1])
    assert restored["copied_at"] == copied["copied_at"]
    assert restored["held"] is True
    assert Path(restored["kept"]).is_file()
    held = {"why": "copied", "since": copied["copied_at"], "waiting": 1, "requests": 1,
            "in_flight": 0, "unread": 0}  # fmt: skip
    code, out, _ = smsops_here("release", "--json")
    assert (code, json.loads(out)) == (3, {"held": True, **held})
    code, out, _ = smsops_here("release", "--confirm", "--json")
    assert (code, json.loads(out)) == (0, {"held": False, **held})
    assert json.loads(smsops_here("release", "--json")[1]) == {"held": False}


def test_a_file_without_its_mark_is_released_too(database: Path, smsops_here: Smsops) -> None:
    database.with_name("smsops.db.generation").unlink()
    code, out, _ = smsops_here("release")
    assert code == 3
    assert f"{database} is not the one that ran in this folder last. What was done since 20" in out
    assert smsops_here("release", "--confirm")[0] == 0
    open_database(database, VAULT).close()


def test_a_kill_between_ending_and_letting_leaves_it_held(
    database: Path, smsops_here: Smsops, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database)
    smsops_here("backup", "copy.db")
    smsops_here("restore", "copy.db")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("storage.generations.let", killed)
        assert smsops_here("release", "--confirm")[0] == 130
    code, out, _ = smsops_here("release", "--json")
    assert (code, json.loads(out)["waiting"]) == (3, 0)
    assert smsops_here("release", "--confirm")[0] == 0


def test_nothing_is_overwritten_and_nothing_that_runs_is_replaced(
    database: Path, smsops_here: Smsops
) -> None:
    assert smsops_here("backup", "copy.db")[0] == 0
    code, _, err = smsops_here("backup", "copy.db")
    assert (code, err) == (1, "copy.db is there already, and is not overwritten.\n")
    lock = take_lock(database)
    for line in (["restore", "copy.db"], ["release"]):
        code, _, err = smsops_here(*line)
        assert (code, f"{database} is in use by process" in err) == (1, True)
    os.close(lock)


def test_a_folder_can_be_named_and_what_is_not_there_is_told(
    database: Path, smsops_here: Smsops, tmp_path: Path
) -> None:
    shutil.copytree(database.parent, tmp_path / "other")
    (tmp_path / "app.yaml").unlink()
    assert smsops_here("backup", "copy.db", "--data-dir", "other")[0] == 0
    assert smsops_here("restore", "copy.db", "--data-dir", "new")[0] == 0
    code, _, err = smsops_here("backup", "second.db", "--data-dir", "nowhere")
    assert (code, err) == (1, "There is no database at nowhere/smsops.db.\n")
    code, _, err = smsops_here("backup", "second.db")
    assert code == 1
    assert "No such file" in err


@pytest.mark.parametrize("content", [b"", b"not a database at all", None])
def test_what_is_no_backup_changes_nothing(
    content: bytes | None, database: Path, smsops_here: Smsops, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "bad.db").write_bytes(content)
    code, _, err = smsops_here("restore", "bad.db")
    assert code == 1
    why = "bad.db is no sound database of smsops: "
    assert err.startswith("There is no file bad.db." if content is None else why)
    open_database(database, VAULT).close()


def test_a_full_disk_is_not_the_backups_fault(
    database: Path, smsops_here: Smsops, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database)
    assert smsops_here("backup", "copy.db")[0] == 0
    real = sqlite3.connect

    def small(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        conn: sqlite3.Connection = real(*args, **kwargs)
        conn.execute("PRAGMA max_page_count = 20")
        return conn

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        code, _, err = smsops_here("restore", "copy.db")
    told = f"{database} could not be written: database or disk is full. What was there before is"
    assert code == 1
    assert told in err
    open_database(database, VAULT).close()


def test_two_restores_within_a_second_keep_both_files(database: Path, smsops_here: Smsops) -> None:
    smsops_here("backup", "copy.db")
    kept = [json.loads(smsops_here("restore", "copy.db", "--json")[1])["kept"] for _ in range(3)]
    assert len(set(kept)) == 3
    assert all(Path(each).is_file() for each in kept)


def test_nobody_else_reads_the_file_or_a_copy_whatever_the_umask(
    database: Path, smsops_here: Smsops
) -> None:
    smsops_here("backup", "copy.db")
    lock = take_lock(database)
    with closing(connect(database)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("UPDATE about SET value = value")
        conn.execute("COMMIT")
        log = database.with_name("smsops.db-wal")
        kept = (database, log, database.parent, Path("copy.db"))
        modes = [each.stat().st_mode & 0o077 for each in kept]
    os.close(lock)
    assert modes == [0, 0, 0, 0]


def test_a_release_is_entered_in_the_trail_once(database: Path, smsops_here: Smsops) -> None:
    smsops_here("backup", "copy.db")
    smsops_here("restore", "copy.db")
    smsops_here("release")
    smsops_here("release", "--confirm")
    with closing(connect(database)) as conn:
        entered = [row["what"] for row in conn.execute("SELECT what FROM audit")]
    assert entered.count("program.released") == 1
    assert smsops_here("audit", "verify")[0] == 0


def test_the_trail_says_which_backup_was_put_back_when_and_of_when_it_is(
    database: Path, smsops_here: Smsops
) -> None:
    smsops_here("backup", "copy.db")
    restored = json.loads(smsops_here("restore", "copy.db", "--json")[1])
    smsops_here("release")
    smsops_here("release", "--confirm")
    smsops_here("release", "--confirm")
    with closing(connect(database)) as conn:
        tx = Tx(conn, VAULT)
        released, *entered = audit.find(tx, AuditQuery(what="program"), 9)
    assert released.what == What.PROGRAM_RELEASED
    (made,) = [each for each in entered if each.what == What.PROGRAM_RESTORED]
    assert (made.via, made.facts and made.facts["file"]) == ("terminal", "copy.db")
    assert made.facts is not None
    assert made.facts["since"] == restored["copied_at"][:19] + "+00:00"
    assert made.facts["restored"] >= made.facts["since"]
    assert smsops_here("audit", "verify")[0] == 0


def test_a_file_that_was_never_put_back_says_nothing_of_it(
    database: Path, smsops_here: Smsops
) -> None:
    database.with_name("smsops.db.generation").unlink()
    assert smsops_here("release", "--confirm")[0] == 0
    with closing(connect(database)) as conn:
        assert audit.find(Tx(conn, VAULT), AuditQuery(what=What.PROGRAM_RESTORED.value), 9) == []
