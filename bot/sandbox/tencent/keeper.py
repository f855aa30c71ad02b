"""What outlives a restart: the state in its file, written some time after every change."""

import asyncio
import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.sandbox.tencent.records import encode

log = logging.getLogger(__name__)


class Keeper:
    """Writes the state to its file at most every `every_s` seconds, and once more at the end.

    No request waits for the disk; a process that is killed loses what it did since the last time.
    """

    def __init__(self, path: Path, snapshot: Callable[[], dict[str, Any]], every_s: float) -> None:
        """`snapshot` gives the state as it is, frozen records in it where those are many."""
        self._path = path
        self._snapshot = snapshot
        self._every_s = every_s
        self._is_changed = asyncio.Event()
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self) -> None:
        """Something changed."""
        self._is_changed.set()

    def start(self) -> None:
        """Begin watching for changes."""
        self._ending.clear()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Save what is left. Never cancelled: a write in a thread would outlive that."""
        task, self._task = self._task, None
        if task is None:
            return
        self._ending.set()
        # Wakes it up; it costs one write of what may be there already.
        self._is_changed.set()
        await task

    async def _run(self) -> None:
        while not self._ending.is_set():
            await self._is_changed.wait()
            await self._rest()
            await self._save()
        if self._is_changed.is_set():
            await self._save()

    async def _rest(self) -> None:
        """Many changes come together; one file is written for all of them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._every_s):
                await self._ending.wait()

    async def _save(self) -> None:
        self._is_changed.clear()
        try:
            await asyncio.to_thread(write, self._path, self._snapshot())
        except OSError as error:
            log.warning("sandbox state could not be written to %s: %s", self._path, error)


def write(path: Path, state: dict[str, Any]) -> None:
    """Put the state in place in one step: a crash leaves the old file or the new one, never half
    of it. Raises OSError."""
    text = json.dumps(state, default=encode)
    # mkstemp makes files only their owner can read, and the state holds numbers and keys.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
