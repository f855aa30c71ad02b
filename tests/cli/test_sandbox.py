"""`smsops sandbox` runs the Tencent stand-in alone, until it is told to stop."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_its_first_line_is_one_object_and_a_signal_ends_it_well(
    plain_environ: dict[str, str], number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=plain_environ,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        names = ["url", "secret_id", "secret_key", "sdk_app_id", "app_key", "sign", "template_id"]
        assert found.keys() >= set(names)
        with urllib.request.urlopen(f"{found['url']}/_sandbox/ids", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(number)
        rest, complaint = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, rest, complaint) == (0, "", "")


def test_a_taken_port_is_told(smsops: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = smsops("sandbox", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is in use by another program.")
