"""The page's questions: who and what is here, what was said, and what happens from now on."""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import asdict

from aiohttp import web

from bot.locales import Locale, sentences
from bot.sandbox.workspace.admin import page_channel
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.people import (
    NOTICE_USER_ID,
    PEOPLE,
    TEAM_ID,
    TEAM_NAME,
    Channel,
    ChannelKind,
    User,
    can_see,
)
from bot.sandbox.workspace.refusals import ErrorCode, Json
from bot.sandbox.workspace.showing import shown
from bot.sandbox.workspace.world import World

_SHOWN_AT_ONCE = 200
_HEARTBEAT_S = 15.0
_RETRY_MS = 1000  # how soon a page looks for a workspace that went away; browsers take 3 s


class PageReads:
    """GET under ``/ui``. Every answer is JSON, except the stream of events."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [
            web.get("/ui/boot", self.boot),
            web.get("/ui/messages", self.messages),
            web.get("/ui/thread", self.thread),
            web.get("/ui/events", self.events),
            web.get("/ui/people", self.people),
            web.get("/ui/catalogue", self.catalogue),
            web.get("/ui/trace", self.trace),
        ]

    async def boot(self, request: web.Request) -> web.Response:
        """Everything the page needs at first. Ephemeral messages are gone, as after a reload."""
        world = self._world
        me = world.directory.person(request.query.get("user", PEOPLE[0].id))
        if me is None:
            return _refuse(ErrorCode.USER_NOT_FOUND)
        world.messages.forget_ephemeral(me.id)
        people = world.directory.users.values()
        return web.json_response(
            {
                "team": {"id": TEAM_ID, "name": TEAM_NAME},
                "me": self._user(me),
                "users": [self._user(user) for user in people if user.id != NOTICE_USER_ID],
                "groups": [
                    {"id": group.id, "handle": group.handle}
                    for group in world.directory.groups.values()
                ],
                "channels": [page_channel(c, me.id) for c in world.directory.visible_to(me.id)],
                "commands": self._commands(),
                "shortcuts": self._shortcuts(),
                "app": self._app(),
                "views": self._open_views(me),
                "sandbox_url": world.sandbox_url,
            }
        )

    async def people(self, request: web.Request) -> web.Response:
        """Everybody, the user groups with their members, the public channels: as they are now."""
        world = self._world
        me = world.directory.person(request.query.get("user"))
        if me is None:
            return _refuse(ErrorCode.USER_NOT_FOUND)
        people = world.directory.users.values()
        public = [c for c in world.directory.visible_to(me.id) if c.kind is ChannelKind.CHANNEL]
        return web.json_response(
            {
                "users": [self._user(user) for user in people if user.id != NOTICE_USER_ID],
                "groups": [
                    {"id": group.id, "handle": group.handle, "members": group.members}
                    for group in world.directory.groups.values()
                ],
                "channels": [page_channel(c, me.id) for c in public],
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        """The last messages of a channel, with the reader's own ephemeral ones in their place."""
        found = self._reader(request)
        if found is None:
            return _refuse(ErrorCode.CHANNEL_NOT_FOUND)
        user, channel = found
        messages = self._world.messages
        own = [m for m in messages.ephemeral(user.id, channel.id) if not m.is_reply]
        rows = sorted([*messages.top_level(channel.id)[-_SHOWN_AT_ONCE:], *own], key=_when)
        threads = messages.threads(channel.id)
        return _listed(self._world.show_on_page(m, len(threads.get(m.ts, ()))) for m in rows)

    async def thread(self, request: web.Request) -> web.Response:
        """A message and its replies."""
        found = self._reader(request)
        if found is None:
            return _refuse(ErrorCode.CHANNEL_NOT_FOUND)
        user, channel = found
        messages, ts = self._world.messages, request.query.get("ts", "")
        root = messages.find_for(user.id, channel.id, ts)
        if root is None:
            return _refuse(ErrorCode.THREAD_NOT_FOUND)
        own = [m for m in messages.ephemeral(user.id, channel.id) if m.thread_ts == ts]
        below = messages.replies(channel.id, ts)
        rows = sorted([*below, *own], key=_when)
        shown = self._world.show_on_page(root, len(below))
        return _listed([shown, *(self._world.show_on_page(m, 0) for m in rows)])

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events for one person's page, until it goes away."""
        user = self._world.directory.person(request.query.get("user"))
        if user is None:
            return _refuse(ErrorCode.USER_NOT_FOUND)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        queue = self._world.stream.open(user.id)
        try:
            await response.prepare(request)
            await response.write(b": connected\nretry: %d\n\n" % _RETRY_MS)
            await _pump(queue, response)
        except ConnectionError:
            pass
        finally:
            self._world.stream.close(user.id, queue)
        return response

    async def catalogue(self, request: web.Request) -> web.Response:
        """The page's own sentences in one language."""
        wanted = request.query.get("locale", "")
        locale = Locale(wanted) if wanted in set(Locale) else Locale.EN
        return web.json_response(dict(sentences(locale, "page")))

    async def trace(self, request: web.Request) -> web.Response:
        """The last requests both ways; only so many of them with ``?last=``."""
        last = request.query.get("last", "")
        kept = self._world.trace.as_json()
        few = int(last) if last.isascii() and last.isdigit() and len(last) < 6 else len(kept)
        return web.json_response({"exchanges": kept[max(0, len(kept) - few) :]})

    def _reader(self, request: web.Request) -> tuple[User, Channel] | None:
        user = self._world.directory.person(request.query.get("user"))
        channel = self._world.directory.channels.get(request.query.get("channel", ""))
        if user is None or channel is None or not can_see(channel, user.id):
            return None
        return user, channel

    def _user(self, user: User) -> Json:
        return {
            "id": user.id,
            "name": user.name,
            "real_name": user.real_name,
            "title": user.title,
            "locale": user.locale,
            "tz": user.tz,
            "color": user.color,
            "is_bot": user.is_bot,
            "standing": user.standing.value,
            "groups": self._world.directory.handles_of(user.id),
        }

    def _commands(self) -> list[Json]:
        app = self._world.app
        return [
            {"command": c.name, "description": c.description, "usage_hint": c.usage_hint}
            for c in (app.manifest.commands.values() if app else ())
        ]

    def _shortcuts(self) -> list[Json]:
        app = self._world.app
        return [asdict(each) for each in (app.manifest.shortcuts.values() if app else ())]

    def _app(self) -> Json | None:
        app = self._world.app
        if app is None:
            return None
        installation = app.installation
        return {
            "id": installation.app_id,
            "name": app.manifest.name,
            "bot_user_id": installation.bot_user_id,
            "home_tab": app.manifest.home_tab,
            "messages_read_only": app.manifest.messages_read_only,
        }

    def _open_views(self, me: User) -> list[Json]:
        app = self._world.app
        return [shown(app, view) for view in self._world.views.stack(me.id)] if app else []


async def _pump(queue: asyncio.Queue[bytes | None], response: web.StreamResponse) -> None:
    while True:
        line: bytes | None = b": still here\n\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT_S):
                line = await queue.get()
        if line is None:
            return
        await response.write(line)


def _when(message: Message) -> str:
    return message.ts


def _listed(messages: Iterable[Json]) -> web.Response:
    return web.json_response({"messages": list(messages)})


def _refuse(error: ErrorCode) -> web.Response:
    return web.json_response({"ok": False, "error": error.value, "messages": []}, status=404)
