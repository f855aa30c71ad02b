"""`smsops run` that cannot start says why, in a sentence, and leaves with 1."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from storage.db import take_lock

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A port somebody else listens at, and the app.yaml that names it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number: int = other.getsockname()[1]
        write(tmp_path, number)
        yield number


def write(folder: Path, port: int, slack: str = "") -> None:
    (folder / "app.yaml").write_text(
        f"server: {{port: {port}}}\n"
        f"slack: {{{slack}api_url: http://127.0.0.1:9/api/}}\n"
        'apps:\n  - {name: demo, sdk_app_id: "1400006666", signature: 腾讯云}\n',
        encoding="utf-8",
    )


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
    done = smsops("run", **secrets)
    assert done.returncode == 1
    assert f"Port {port} is in use by another program." in done.stderr


def test_an_address_that_is_not_this_machines_is_told_with_its_setting(
    smsops: Run, port: int, secrets: dict[str, str], tmp_path: Path
) -> None:
    host = "192.0.2.1"
    config = tmp_path / "app.yaml"
    written = config.read_text(encoding="utf-8")
    config.write_text(written.replace("{port:", f"{{host: {host}, port:"), encoding="utf-8")
    done = smsops("run", **secrets)
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    assert told.startswith(f"{host}:{port} cannot be listened on: ")
    assert told.endswith("It stands under server in app.yaml.")


def test_a_stop_while_slack_is_away_is_one_in_order(
    plain_environ: dict[str, str], secrets: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path, 0, "mode: socket, ")
    secrets = secrets | {"SMSOPS_SLACK_APP_TOKEN": "xapp-1-local-0123456789abcdef"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, ExitStack() as stack:
        # The name of a socket is shorter than the path to the test.
        systemd.bind(f"\0{tmp_path}"[:100])
        systemd.settimeout(120)
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=plain_environ | secrets | {"NOTIFY_SOCKET": f"@{tmp_path}"[:100]},
            cwd=tmp_path,
        )
        stack.callback(process.kill)
        assert systemd.recv(100) == b"READY=1"
        assert process.stderr is not None
        lines: list[str] = []
        while "Failed to connect" not in (line := process.stderr.readline()):
            assert line, "".join(lines)
            lines.append(line)
        process.terminate()
        lines += process.stderr.readlines()
        assert process.wait(timeout=120) == 0
        process.stderr.close()
    events = [json.loads(line).get("event") for line in lines]
    assert (events[0], events[-1]) == ("starting", "stopped")
    assert "Unclosed" not in "".join(lines)
