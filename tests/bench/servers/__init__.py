"""The servers under test. Each says where it listens, and ends when its standard input does."""

import asyncio
import json
import os
import signal
import sys
import threading

from aiohttp import web


def announce(**where: object) -> None:
    """The one line the bench waits for."""
    sys.stdout.write(json.dumps(where) + "\n")
    sys.stdout.flush()


def end_with_input() -> None:
    """Ends this process in order as soon as whoever started it is gone or closes the pipe."""

    def watch() -> None:
        _wait_for_end()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


async def input_ended() -> None:
    """Returns when whoever started this process is gone or closes the pipe."""
    await asyncio.to_thread(_wait_for_end)


def _wait_for_end() -> None:
    # Not sys.stdin: a daemon thread in it would hold its lock while the interpreter ends.
    while os.read(0, 4096):
        pass


async def serve(runner: web.BaseRunner) -> None:
    """Serves on a port of the system's choice until the input ends."""
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    announce(port=runner.addresses[0][1])
    await input_ended()
    await runner.cleanup()
