"""What outlives a restart: messages, files, memberships and the app's credentials.

All in one JSON file, but for what the files hold: that lies in a folder beside it.
"""

import asyncio
import contextlib
import json
import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from bot.sandbox.workspace.files import Contents
from bot.sandbox.workspace.installation import Installation
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.world import World

_VERSION = 2
# Version 1 kept memberships only, and knew no files.
_UNCHANGED: Json = {"archived": [], "groups": {}, "standings": {}}
_log = logging.getLogger(__name__)


class Keeper:
    """Writes the state to its file some time after every change, and once more at the end."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin watching for changes."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Save what is left. Never cancelled: a write in a thread would outlive that."""
        self._ending.set()
        self._world.changes.note()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        changes = self._world.changes
        saved = -1
        while not self._ending.is_set():
            if saved == changes.count:
                await changes.next()
            await self._rest()
            saved = changes.count
            await self._save()
        await self._save()

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(write, self._path, snapshot(self._world))
        except OSError as error:
            _log.warning("workspace state could not be written to %s: %s", self._path, error)

    async def _rest(self) -> None:
        """Many changes come together; one file is written for all of them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._world.pace.save_after_s):
                await self._ending.wait()


def snapshot(world: World) -> Json:
    """Everything worth keeping; ephemeral messages, modals and tickets are not."""
    installation = world.kept_installation
    return {
        "version": _VERSION,
        "installation": asdict(installation) if installation else None,
        "directory": world.directory.dump(),
        "files": world.files.dump(),
        "messages": world.messages.dump(),
    }


def write(path: Path, state: Json) -> None:
    """Put the state in place at once: a crash leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes files only their owner can read, and the state holds tokens.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def restore(world: World, path: Path) -> None:
    """Take the kept state back. A file that cannot be read is set aside, and a new one begun."""
    world.files.contents = Contents(path.with_suffix(".files"))
    if not path.is_file():
        return
    try:
        _apply(world, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        aside = path.with_name(path.name + ".unreadable")
        path.replace(aside)
        _log.warning("workspace state could not be read (%r), kept as %s", error, aside)


def _apply(world: World, state: Json) -> None:
    if state["version"] == 1:
        known = {**_UNCHANGED, "members": state["memberships"]}
        state = {**state, "version": _VERSION, "directory": known, "files": []}
    if state["version"] != _VERSION:
        raise ValueError(f"version {state['version']!r}")
    installation = state["installation"]
    if installation is not None:
        world.kept_installation = Installation(**installation)
    world.messages.restore(state["messages"])
    world.files.restore(state["files"])
    world.directory.restore(state["directory"])
