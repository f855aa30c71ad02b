"""`smsops callbacks refused` shows what could not be read, and orders no terminal about."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.callbacks import harmless
from storage import refused_callbacks
from storage.db import Tx, connect
from tests.storage.rows import NOW, VAULT

BODY = '[{"mobile": "13800000001"}]'


@pytest.fixture
def tx(database: Path) -> Tx:
    with closing(connect(database)) as conn:
        tx = Tx(conn, VAULT)
        refused_callbacks.add(tx, "demo", BODY.encode(), "missing", "item 0: sid", NOW)
        refused_callbacks.add(tx, "", b"\x1b[2J\n\xff", "not_json", "body", NOW)
        return tx


def told(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert main(["callbacks", "refused", *line]) == 0
    return capsys.readouterr().out


def test_each_is_listed_without_its_body(tx: Tx, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys)
    assert "demo  missing, item 0: sid  27 bytes" in said
    assert "the account  not_json, body  6 bytes" in said
    assert "13800000001" not in said
    listed = json.loads(told(capsys, "--json"))["refused"]
    assert {each["app"]: each["bytes"] for each in listed} == {"demo": 27, "": 6}


def test_one_is_shown_whole_and_harmless(tx: Tx, capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(told(capsys, "--json"))["refused"]
    ids = {each["app"]: each["id"] for each in listed}
    assert told(capsys, "--body", ids["demo"][:8]) == BODY + "\n"
    assert told(capsys, "--body", ids[""]) == "\\x1b[2J\n\\xff\n"
    assert json.loads(told(capsys, "--body", ids[""], "--json"))["body"] == "\x1b[2J\n\\xff"


def test_what_keeps_it_from_showing_is_said(
    tx: Tx,
    database: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["callbacks", "refused", "--body", "zz"]) == 1
    assert "an id that begins with zz" in capsys.readouterr().err
    mark = json.loads(told(capsys, "--json"))["refused"][0]["id"]
    monkeypatch.setenv("SMSOPS_DATA_KEY", "QUJD" * 21 + "QQ")
    assert main(["callbacks", "refused", "--body", mark]) == 1
    assert "SMSOPS_DATA_KEY" in capsys.readouterr().err
    database.unlink()
    assert main(["callbacks", "refused"]) == 1
    assert "There is no database at" in capsys.readouterr().err


def test_without_any_that_is_said(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys) == "Every callback could be read.\n"


def test_no_character_orders_a_terminal_about() -> None:
    assert harmless("\x07\x9b\u202e\u200bok 好\n") == "\\x07\\x9b\\u202e\\u200bok 好\n"
