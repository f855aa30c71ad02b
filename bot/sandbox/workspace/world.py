"""Everything a running workspace knows, and the wake-up call when any of it changes."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from bot.locales import locale_of, text
from bot.sandbox.workspace.courier import Courier
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.file_types import file_type
from bot.sandbox.workspace.files import File, Files, file_json, tombstone
from bot.sandbox.workspace.installation import App, Installation
from bot.sandbox.workspace.messages import Message, Messages, api_message, page_message
from bot.sandbox.workspace.people import ChannelKind, Directory
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.stream import Stream
from bot.sandbox.workspace.tickets import TRIGGER_LIFE_S, Tickets
from bot.sandbox.workspace.trace import Trace
from bot.sandbox.workspace.views import Views

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """Slack's waiting times, which tests shorten; `limit_posts` refuses fast chat.postMessage.

    `event_retries_s` are the waits before the second, third and fourth try of an event
    (docs.slack.dev, Events API, 2026-08: at once, one minute, five minutes). For `page_kept_s` a
    browser takes scripts and styles of the page as unchanged; a person's asks every time.
    """

    answer_within_s: float = 3.0
    event_retries_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    trigger_life_s: float = TRIGGER_LIFE_S
    save_after_s: float = 0.2
    page_kept_s: int = 0
    limit_posts: bool = False


def page_file(file: File) -> Json:
    """A file as the page takes it; it asks for the contents by the id."""
    shown: Json = {"id": file.id, "name": file.name, "title": file.title, "size": file.size}
    kind = file_type(file.name)
    return {**shown, "pretty_type": kind.pretty, "mimetype": kind.mimetype, "alt": file.alt_text}


class Changes:
    """Wakes everybody who waits for something to become true; nobody polls."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def note(self) -> None:
        """Something changed."""
        self.count += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait_for(self, predicate: Callable[[], T], timeout_s: float) -> T:
        """The predicate's first true value. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not (found := predicate()):
                await self.next()
            return found

    async def next(self) -> None:
        """Until the next change."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)


class World:
    """The parts, made once and handed to whoever needs them. Lives on one event loop."""

    def __init__(self, clock: Callable[[], datetime], pace: Pace) -> None:
        self.clock = clock
        self.pace = pace
        self.url = ""
        self.sandbox_url: str | None = None
        self.app: App | None = None
        self.kept_installation: Installation | None = None
        self.directory = Directory()
        self.messages = Messages()
        self.files = Files()
        self.views = Views()
        self.tickets = Tickets(pace.trigger_life_s)
        self.faults = Faults()
        self.is_token_revoked = False
        self.trace = Trace(clock)
        self.courier = Courier(self.trace, clock, pace.answer_within_s)
        self.verified_urls: set[str] = set()
        self.stream = Stream()
        self.changes = Changes()
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background until the workspace stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the workspace stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    async def stop(self) -> None:
        """End every background task and every wait."""
        self._ended.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def show(self, message: Message, replies: Sequence[Message] = ()) -> Json:
        """A message as the Web API and events show it, its files in full."""
        return api_message(message, replies, [self.show_file(each) for each in message.files])

    def show_on_page(self, message: Message, reply_count: int) -> Json:
        """A message as the page takes it."""
        files = [self._page_file(each) for each in message.files]
        return page_message(message, reply_count, files)

    def show_file(self, file_id: str) -> Json:
        """A file as Slack shows it; where it was deleted, that it was."""
        file = self.files.find(file_id)
        if file is None:
            return tombstone(file_id)
        channels = self.directory.channels.values()
        names = {c.id: c.name for c in channels if c.kind is ChannelKind.CHANNEL}
        return file_json(file, self.url, names)

    def _page_file(self, file_id: str) -> Json:
        file = self.files.find(file_id)
        return page_file(file) if file is not None else {"id": file_id, "gone": True}

    def words(self, user: str, key: str, values: Mapping[str, object] | None = None) -> str:
        """A sentence in that person's language, from the area ``workspace``."""
        person = self.directory.users.get(user)
        locale = locale_of(person.locale if person else None)
        return text(locale, f"workspace.{key}", **(values or {}))
