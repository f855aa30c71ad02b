"""A transaction on a fresh file, and the settings of one application."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings, load
from storage.db import Tx
from tests.policies import PLAIN
from tests.storage.rows import open_tx

ROOT = Path(__file__).parents[3]
ENVIRON = {
    "SMSOPS_SLACK_BOT_TOKEN": "xoxb-local-0123456789abcdef",
    "SMSOPS_SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
    "SMSOPS_TENCENT_SECRET_ID": "AKIDEXAMPLEEXAMPLE0001",
    "SMSOPS_TENCENT_SECRET_KEY": "FAKESECRETKEYFAKESECRETKEY000001",
    "SMSOPS_CALLBACK_SECRET": "c" * 40,
    "SMSOPS_DATA_KEY": base64.b64encode(bytes(range(64))).decode(),
}
OVERRIDES = {
    "apps.0.limits.per_number_day": 5,
    "apps.0.limits.same_content_30s": 100,
    **PLAIN,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "smsops.db"


@pytest.fixture
def tx(path: Path) -> Iterator[Tx]:
    with open_tx(path) as opened:
        yield opened


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The repository's app.yaml, with five messages a number and day."""
    loaded = load(ROOT / "app.yaml", ENVIRON, OVERRIDES)
    assert isinstance(loaded, Settings), loaded
    return loaded
