"""A file, a transaction on it, and the database of the running program."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db import Database, Tx, open_database
from tests.storage.rows import VAULT, open_tx


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "smsops.db"


@pytest.fixture
def tx(path: Path) -> Iterator[Tx]:
    with open_tx(path) as opened:
        yield opened


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    opened = open_database(path, VAULT)
    yield opened
    opened.close()
