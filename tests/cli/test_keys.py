"""`smsops keys rotate`: another key, while no bot runs, and words where that cannot be."""

import base64
import json
import os
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import main
from storage.db import connect, open_database, take_lock
from storage.vault import Vault
from tests.storage.rows import VAULT

OLD, NEW, THIRD = (bytes(range(first, first + 64)) for first in (0, 64, 128))
Run = Callable[..., subprocess.CompletedProcess[str]]
LINE = ("keys", "rotate", "--json")


def use(monkeypatch: pytest.MonkeyPatch, *keys: bytes) -> None:
    """These stand in the environment, the first one in front."""
    monkeypatch.setenv("SMSOPS_DATA_KEY", ",".join(base64.b64encode(key).decode() for key in keys))


def test_another_key_is_taken_once(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, NEW, OLD)
    assert main(LINE) == 0
    assert json.loads(capsys.readouterr().out)["rotated"] is True
    open_database(database, Vault(NEW)).close()
    assert main(LINE) == 0
    counts = {"rows": 0, "cells": 0, "damaged": 0}
    assert json.loads(capsys.readouterr().out) == {"rotated": False, **counts}
    assert main(["keys", "rotate"]) == 0
    assert "is sealed with the new key already" in capsys.readouterr().out
    use(monkeypatch, THIRD, NEW)
    assert main(["keys", "rotate"]) == 0
    assert "Take the old key out of SMSOPS_DATA_KEY" in capsys.readouterr().out
    open_database(database, Vault(THIRD)).close()


def test_one_key_is_not_enough_and_two_others_are_not_the_right_ones(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(LINE) == 1
    assert "Put the new data key before the old one" in capsys.readouterr().err
    use(monkeypatch, NEW, THIRD)
    assert main(LINE) == 1
    assert "sealed with another key" in capsys.readouterr().err
    use(monkeypatch, OLD, OLD)
    assert main(LINE) == 1
    told = capsys.readouterr().err
    assert "SMSOPS_DATA_KEY" in told
    assert base64.b64encode(OLD).decode() not in told
    open_database(database, VAULT).close()


def test_a_bot_started_before_the_change_says_how_to_make_it(
    database: Path, smsops: Run, secrets: dict[str, str]
) -> None:
    both = ",".join(base64.b64encode(key).decode() for key in (NEW, OLD))
    done = smsops("run", **{**secrets, "SMSOPS_DATA_KEY": both})
    assert done.returncode == 1
    assert "smsops keys rotate" in done.stderr.splitlines()[-1]


def test_a_damaged_key_of_the_trail_is_named(
    database: Path,
    smsops: Run,
    secrets: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with closing(connect(database)) as conn:
        conn.execute("INSERT INTO audit_keys (name, key) VALUES ('chain', 'k1:AAAA')")
    done = smsops("run", **secrets)
    assert done.returncode == 1
    assert "The key `chain` of the audit trail is damaged" in done.stderr.splitlines()[-1]
    use(monkeypatch, NEW, OLD)
    assert main(LINE) == 1
    assert "The key `chain` of the audit trail is damaged" in capsys.readouterr().err
    open_database(database, VAULT).close()


def test_not_while_the_bot_runs_nor_where_there_is_no_database(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, NEW, OLD)
    assert main([*LINE, "--data-dir", str(database.parent / "none")]) == 1
    assert "none" in capsys.readouterr().err
    lock = take_lock(database)
    assert main(LINE) == 1
    os.close(lock)
    assert str(os.getpid()) in capsys.readouterr().err
    assert main(LINE) == 0
