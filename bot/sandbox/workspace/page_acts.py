"""What people do on the page: say, click, type, submit, react, look at the home tab."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.workspace import commands, interactions, posting, shortcuts
from bot.sandbox.workspace.admin import join
from bot.sandbox.workspace.events import publish
from bot.sandbox.workspace.files import File
from bot.sandbox.workspace.form_rules import MOST_FILES
from bot.sandbox.workspace.interactions import Place, Unsent
from bot.sandbox.workspace.messages import Message
from bot.sandbox.workspace.methods.reactions import reaction_name
from bot.sandbox.workspace.people import Channel, ChannelKind, User, can_see
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.requests import read_object, truth
from bot.sandbox.workspace.sharing import post_with_files
from bot.sandbox.workspace.showing import shown
from bot.sandbox.workspace.views import View
from bot.sandbox.workspace.world import World

_TEXT_LIMIT = 12_000

Act = Callable[[User, Json], Awaitable[Json]]


class PageActs:
    """POST under ``/ui``: every answer is JSON with HTTP 200 and ``ok``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        acts: Mapping[str, Act] = {
            "/ui/say": self.say,
            "/ui/action": self.action,
            "/ui/suggest": self.suggest,
            "/ui/view/submit": self.submit_view,
            "/ui/view/close": self.close_view,
            "/ui/react": self.react,
            "/ui/shortcut": self.shortcut,
            "/ui/home": self.home,
        }
        return [web.post(path, self._handler(act)) for path, act in acts.items()]

    def _handler(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await read_object(request)
            if isinstance(body, Refusal):
                return web.json_response(body.as_json())
            user = self._world.directory.person(body.get("user"))
            if user is None:
                return web.json_response(Refusal(ErrorCode.USER_NOT_FOUND).as_json())
            return web.json_response(await act(user, body))

        return handle

    async def say(self, user: User, body: Json) -> Json:
        """A typed line: a message, with files or without, or a slash command of the app."""
        channel, text = self._channel(user, body), _text(body, "text").strip()
        files = self._files(user, body)
        refused = self._why_not(channel, text, files)
        if refused is not None:
            return self._no(user, refused)
        assert channel is not None
        assert files is not None
        typed = commands.read_typed(text) if not files else None
        if typed is not None:
            return await self._command(user, channel, typed)
        self._post(user, channel, text, _text(body, "thread_ts"), files)
        return {"ok": True}

    def _files(self, user: User, body: Json) -> list[File] | None:
        """The files that person uploaded for this; None where one is not theirs."""
        wanted = body.get("files", [])
        if not isinstance(wanted, list) or len(wanted) > MOST_FILES:
            return None
        found = [self._world.files.find(str(each)) for each in wanted]
        own = [file for file in found if file is not None and file.user == user.id]
        return own if len(own) == len(wanted) else None

    async def _command(self, user: User, channel: Channel, typed: commands.Typed) -> Json:
        app = self._world.app
        if app is None or typed.name not in app.manifest.commands:
            said = self._world.words(user.id, "unknown_command", {"command": typed.name[:50]})
            return {"ok": False, "error": "unknown_command", "message": said}
        error = await commands.run(self._world, app, user, channel, typed)
        # The person has read about a failure in the channel already.
        return {"ok": True, "command": True, **({"failed": error} if error else {})}

    def _post(
        self, user: User, channel: Channel, text: str, thread_ts: str, files: list[File]
    ) -> None:
        world = self._world
        join(world, channel, user.id)
        message = Message(
            ts=world.messages.next_ts(world.clock()),
            channel=channel.id,
            user=user.id,
            text=commands.escaped(world.directory, text, named=False),
            thread_ts=world.messages.root_ts(channel.id, thread_ts),
        )
        post_with_files(world, message, files)

    async def action(self, user: User, body: Json) -> Json:
        """A used button, select or other element."""
        place, given = self._place(user, body), body.get("action")
        app = self._world.app
        if app is None or place is None or not isinstance(given, dict):
            return self._no(user, ErrorCode.NOT_FOUND)
        unsent = await interactions.act(self._world, app, place, given, _values(body))
        return {"ok": True} if unsent is None else self._failed(user, unsent)

    async def suggest(self, user: User, body: Json) -> Json:
        """Options for what somebody typed into a searching select."""
        place, app = self._place(user, body), self._world.app
        if app is None or place is None:
            return self._no(user, ErrorCode.NOT_FOUND)
        found = await interactions.suggest(self._world, app, place, body)
        return self._failed(user, found) if isinstance(found, Unsent) else found

    async def submit_view(self, user: User, body: Json) -> Json:
        """A filled-in form."""
        view, app = self._view(user, body), self._world.app
        if app is None or view is None or view.is_home:
            return self._no(user, ErrorCode.NOT_FOUND)
        unsent = await interactions.submit(self._world, app, user, view, _values(body))
        return {"ok": True} if unsent is None else self._failed(user, unsent)

    async def close_view(self, user: User, body: Json) -> Json:
        """A modal dismissed."""
        view, app = self._view(user, body), self._world.app
        if app is None or view is None or view.is_home:
            return self._no(user, ErrorCode.NOT_FOUND)
        interactions.close(self._world, app, user, view)
        return {"ok": True}

    async def react(self, user: User, body: Json) -> Json:
        """An emoji added or taken back; doing so twice changes nothing."""
        channel, name = self._channel(user, body), reaction_name(_text(body, "name"))
        if channel is None or name is None:
            return self._no(user, ErrorCode.NOT_FOUND)
        message = self._world.messages.find(channel.id, _text(body, "ts"))
        if message is None:
            return self._no(user, ErrorCode.MESSAGE_NOT_FOUND)
        if channel.is_archived:
            return self._no(user, ErrorCode.IS_ARCHIVED)
        adds = truth(body.get("add"))
        if adds and not message.has_reaction(name, user.id):
            posting.react(self._world, message, name, user.id)
        elif not adds and message.has_reaction(name, user.id):
            posting.unreact(self._world, message, name, user.id)
        return {"ok": True}

    async def shortcut(self, user: User, body: Json) -> Json:
        """A shortcut of the app's, on a message or anywhere."""
        app, channel = self._world.app, self._channel(user, body)
        wanted = _text(body, "callback_id")
        shortcut = app.manifest.shortcuts.get(wanted) if app is not None else None
        if app is None or shortcut is None:
            return self._no(user, ErrorCode.NOT_FOUND)
        at = _text(body, "message_ts")
        message = self._world.messages.find(channel.id, at) if channel else None
        unsent = await shortcuts.use(self._world, app, user, shortcut, message)
        return {"ok": True} if unsent is None else self._failed(user, unsent)

    async def home(self, user: User, body: Json) -> Json:
        """The app's home tab as it is now; the app is told that somebody looks."""
        world, app = self._world, self._world.app
        view = world.views.home(user.id)
        im = world.directory.im_with(user.id)
        if app is None or im is None or not app.manifest.home_tab:
            return {"view": None}
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": im.id,
            "tab": "home",
            "event_ts": world.messages.next_ts(world.clock()),
            **({"view": shown(app, view)} if view else {}),
        }
        publish(world, "app_home_opened", event)
        return {"view": shown(app, view) if view else None}

    def _why_not(
        self, channel: Channel | None, text: str, files: list[File] | None
    ) -> ErrorCode | None:
        app = self._world.app
        is_read_only = app is not None and app.manifest.messages_read_only
        if channel is not None and channel.kind is ChannelKind.IM and is_read_only:
            return ErrorCode.RESTRICTED_ACTION_READ_ONLY_CHANNEL
        return _unsayable(channel, text, files)

    def _channel(self, user: User, body: Json) -> Channel | None:
        channel = self._world.directory.channels.get(_text(body, "channel"))
        return channel if channel is not None and can_see(channel, user.id) else None

    def _view(self, user: User, body: Json) -> View | None:
        view = self._world.views.find(_text(body, "view_id"))
        return view if view is not None and view.user == user.id else None

    def _place(self, user: User, body: Json) -> Place | None:
        if body.get("view_id"):
            view = self._view(user, body)
            return Place(user, view=view) if view else None
        channel = self._channel(user, body)
        if channel is None:
            return None
        message = self._world.messages.find_for(user.id, channel.id, _text(body, "message_ts"))
        return Place(user, message=message, channel=channel) if message else None

    def _no(self, user: User, error: ErrorCode) -> Json:
        said = self._world.words(user.id, "act_failed", {"error": error.value})
        return {"ok": False, "error": error.value, "message": said}

    def _failed(self, user: User, unsent: Unsent) -> Json:
        if unsent.errors is not None:
            return {"ok": False, "errors": dict(unsent.errors)}
        said = self._world.words(user.id, "trouble", {"error": unsent.error})
        return {"ok": False, "error": unsent.error, "message": said}


def _unsayable(channel: Channel | None, text: str, files: list[File] | None) -> ErrorCode | None:
    if channel is None:
        return ErrorCode.CHANNEL_NOT_FOUND
    if channel.is_archived:
        return ErrorCode.IS_ARCHIVED
    if files is None:
        return ErrorCode.FILE_NOT_FOUND
    if not text and not files:
        return ErrorCode.NO_TEXT
    return ErrorCode.MSG_TOO_LONG if len(text) > _TEXT_LIMIT else None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _values(body: Mapping[str, Any]) -> object:
    state = body.get("state")
    return state.get("values") if isinstance(state, dict) else None
