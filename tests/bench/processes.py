"""Starts the servers under test, each in a process of its own, and ends them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: A process that was told to end and does not.
END_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens on 127.0.0.1:`port`; what it has none of is empty."""

    port: int
    signing_secret: str = ""
    callback_path: str = "/callbacks/bench"
    slow_port: int = 0
    certificate: str = ""


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Server]:
    """Runs `tests.bench.servers.<name>` in `folder` for as long as the block lasts.

    It says on its first line where it listens, and ends when its standard input does, so that
    nothing stays behind whatever becomes of the bench.
    """
    place = folder / name
    place.mkdir()
    command = [sys.executable, "-m", f"tests.bench.servers.{name}", str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            first_line = process.stdout.readline()
            if not first_line:
                raise RuntimeError(f"{name} did not start")
            yield Server(**json.loads(first_line))
        finally:
            process.stdin.close()
            process.wait(END_WITHIN_S)
