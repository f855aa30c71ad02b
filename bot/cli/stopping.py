"""Runs a server until SIGINT or SIGTERM, and gives it the time to end in order."""

import asyncio
import errno
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Awaits `work`. The first signal cancels it and waits for its end; a second one does not wait.

    Returns when `work` ended by itself or by a signal; what else it raises is raised on.
    """
    loop, task, stopped = asyncio.get_running_loop(), asyncio.ensure_future(work), False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()
        for each in SIGNALS:
            loop.remove_signal_handler(each)

    for each in SIGNALS:
        loop.add_signal_handler(each, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)


def is_port_taken(error: OSError) -> bool:
    """Whether a server did not start because another one has its port."""
    return error.errno == errno.EADDRINUSE
