"""`smsops demo` that cannot start says what to change, and leaves with 1."""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import FILE

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_port_that_was_asked_for_and_is_taken_is_told(smsops: Run, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = smsops("demo", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Port {port} is in use by another program.")


def test_what_is_wrong_with_its_settings_is_listed(smsops: Run, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(FILE + "langage: en\n", encoding="utf-8")
    done = smsops("demo", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "app.yaml:2:" in done.stderr
    assert "SMSOPS_" not in done.stderr
