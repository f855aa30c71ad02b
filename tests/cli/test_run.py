"""`smsops run` that cannot start says why, in a sentence, and leaves with 1."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.db import take_lock

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def port(tmp_path: Path) -> int:
    """A port for the bot, and the app.yaml that names it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    (tmp_path / "app.yaml").write_text(
        f"server: {{port: {number}}}\n"
        "slack: {api_url: http://127.0.0.1:9/api/}\n"
        'apps:\n  - {name: demo, sdk_app_id: "1400006666", signature: 腾讯云}\n',
        encoding="utf-8",
    )
    return number


@pytest.mark.usefixtures("port")
def test_a_second_one_on_the_same_data_is_refused(
    smsops: Run, tmp_path: Path, secrets: dict[str, str]
) -> None:
    lock = take_lock(tmp_path / ".smsops" / "smsops.db")
    try:
        done = smsops("run", **secrets)
    finally:
        os.close(lock)
    assert done.returncode == 1
    assert f"smsops.db is in use by process {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_somebody_has_is_told(smsops: Run, port: int, secrets: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = smsops("run", **secrets)
    assert done.returncode == 1
    assert f"Port {port} is in use by another program." in done.stderr
