"""`smsops audit verify` says whether the trail is as it was entered, while the bot runs."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.rules.audit import AuditEntry, What
from storage import audit
from storage.db import Tx, connect, take_lock
from storage.migrations import migrate
from tests.storage.rows import LIN, NOW, VAULT

Run = Callable[..., subprocess.CompletedProcess[str]]
FILE = """apps:
  - {name: demo, sdk_app_id: "1400006666", signature: 腾讯云}
default_app: demo
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Tx]:
    """The store of a bot that runs, with three entries."""
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    path = tmp_path / ".smsops" / "smsops.db"
    lock = take_lock(path)
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        tx = Tx(conn, VAULT)
        for _ in range(3):
            audit.append(tx, AuditEntry(What.APP_STOPPED, LIN, "demo", "demo"), NOW)
        yield tx
    os.close(lock)


def test_a_sound_trail_is_told_with_its_head_in_either_form(
    running: Tx, smsops: Run, secrets: dict[str, str]
) -> None:
    head = audit.head(running)
    done = smsops("audit", "verify", **secrets)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("All 3 entries are as they were entered.")
    assert head.written() in done.stdout
    done = smsops("audit", "verify", "--json", "--head", head.written(), **secrets)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "ok": True,
        "entries": 3,
        "head": head.written(),
        "first_bad": None,
    }


def test_the_first_bad_entry_is_named_and_the_exit_says_so(
    running: Tx, smsops: Run, secrets: dict[str, str]
) -> None:
    told = audit.head(running).written()
    running.run("UPDATE audit SET actor = 'U0EVE' WHERE nth = 2")
    done = smsops("audit", "verify", **secrets)
    assert done.returncode == 1
    assert done.stdout == "Entry 2 is not what was entered.\n"
    running.run("DELETE FROM audit WHERE nth > 1")
    running.run("UPDATE audit_head SET nth = 1, mac = (SELECT mac FROM audit)")
    done = smsops("audit", "verify", "--json", "--head", told, **secrets)
    assert done.returncode == 1
    assert json.loads(done.stdout)["first_bad"] == {"nth": 2, "flaw": "missing"}


def test_what_was_blanked_before_its_time_is_named(
    running: Tx, smsops: Run, secrets: dict[str, str]
) -> None:
    audit.append(running, AuditEntry(What.APP_STOPPED, LIN), datetime.now(UTC))
    running.run("DELETE FROM audit_keys WHERE name <> 'chain'")
    done = smsops("audit", "verify", **secrets)
    assert done.returncode == 1
    assert "cannot be read, though its time is not over" in done.stdout


def test_what_keeps_it_from_checking_is_said(
    running: Tx, smsops: Run, secrets: dict[str, str], tmp_path: Path
) -> None:
    done = smsops("audit", "verify", "--head", "12", **secrets)
    assert done.returncode == 1
    assert "12 is no head" in done.stderr
    other = {**secrets, "SMSOPS_DATA_KEY": "QUJD" * 21 + "QQ"}
    done = smsops("audit", "verify", **other)
    assert done.returncode == 1
    assert "SMSOPS_DATA_KEY" in done.stderr
    (tmp_path / ".smsops" / "smsops.db").unlink()
    done = smsops("audit", "verify", **secrets)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no database at")
