"""The program as a person starts it: its own process, in its own folder."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.db import open_database
from tests.storage.rows import VAULT

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
FILE = 'apps: [{name: demo, sdk_app_id: "1400006666", signature: 腾讯云}]\n'


@pytest.fixture
def plain_environ() -> dict[str, str]:
    """An environment without any of ours, that finds the program wherever it runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SMSOPS_")}
    return kept | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error"}


@pytest.fixture
def smsops(plain_environ: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command line to its end."""

    def run(*line: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *line],
            capture_output=True,
            encoding="utf-8",
            env=plain_environ | environ,
            cwd=tmp_path,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def secrets() -> dict[str, str]:
    """What HTTP mode needs in the environment."""
    return {
        "SMSOPS_SLACK_BOT_TOKEN": "xoxb-local-0123456789abcdef",
        "SMSOPS_SLACK_SIGNING_SECRET": "marker-0123456789abcdef",
        "SMSOPS_TENCENT_SECRET_ID": "AKIDEXAMPLEEXAMPLE0001",
        "SMSOPS_TENCENT_SECRET_KEY": "FAKESECRETKEYFAKESECRETKEY000001",
        "SMSOPS_CALLBACK_SECRET": "c" * 40,
        "SMSOPS_DATA_KEY": base64.b64encode(bytes(range(64))).decode(),
    }


@pytest.fixture
def database(tmp_path: Path, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """That of a bot which ran in this folder, for lines that are run in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    path = tmp_path / ".smsops" / "smsops.db"
    open_database(path, VAULT).close()
    return path
