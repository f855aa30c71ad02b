"""Brings an answer to the person: as a form, a note or a home, beside a message or in its place."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any, assert_never

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.errors import SlackError
from bot.locales import Locale
from bot.mounts.envelopes import user_of
from bot.mounts.routing import channel_of, explain, placed
from bot.registry import (
    Answer,
    Form,
    Found,
    Home,
    Later,
    NextForm,
    Nothing,
    Redraw,
    SlackMessage,
    Whisper,
    Wrong,
)
from handlers import saying
from handlers.services import Services

log = logging.getLogger("smsops.slack")
#: Of so many open forms is known which use was the last.
FORMS_KEPT = 1_000
#: The bot's own tab as one person sees it, which is a view and no form.
HOME = "home"


class SlackAnswers:
    """Shows what handlers answer; most of it after Slack itself was answered."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: set[asyncio.Task[Any]] = set()
        self._last_used: dict[str, str] = {}

    async def stop(self, within_s: float) -> None:
        """Lets what is still being said be said."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    async def open(self, form: Form, body: Mapping[str, Any], ack: AsyncAck) -> None:
        """Opens the form first: its trigger lives three seconds, an empty answer can wait."""
        try:
            view = placed(form.view, channel_of(body))
            await self._services.slack.open_form(body["trigger_id"], view)
        except SlackError as error:
            await ack(**ephemeral(explain(error, self.locale(body)).message))
        else:
            await ack()

    async def _open_beside(self, form: Form, body: Mapping[str, Any]) -> None:
        """The same from a button or a shortcut: what came too late is said beside the message. On
        top of a form that is open, for Slack puts no other in its place."""
        slack, view = self._services.slack, body.get("view") or {}
        show = slack.open_form if view.get("type", HOME) == HOME else slack.push_form
        try:
            await show(body["trigger_id"], placed(form.view, channel_of(body)))
        except SlackError as error:
            self.soon(self.whisper(explain(error, self.locale(body)), body))

    async def show(self, answer: Answer, body: Mapping[str, Any]) -> None:
        """Says what a button or a choice came to."""
        match answer:
            case Whisper():
                self.soon(self.whisper(answer, body))
            case Form():
                await self._open_beside(answer, body)
            case Redraw():
                await self._redraw(answer, body)
            case Home():
                self.soon(self.publish(answer.view, body))
            case Later():
                self.soon(self.bring_rest(answer, body))
            case Nothing() | Wrong() | NextForm() | Found():
                pass
            case _:
                assert_never(answer)

    async def publish(self, view: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Shows a home. It is asked for again whenever somebody opens it, so nothing is tried
        twice."""
        try:
            await self._services.slack.publish_home(user_of(body), view)
        except SlackError as error:
            log.warning("home not shown", extra={"event": "home_failed", "reason": error.code})

    async def _redraw(self, answer: Redraw, body: Mapping[str, Any]) -> None:
        """Draws an open form anew. People type faster than it is drawn: what is older than the last
        use of the form is let go, the newest is drawn whatever was drawn meanwhile."""
        slack, view = self._services.slack, body["view"]
        redrawn = placed(answer.view, channel_of(body))
        try:
            try:
                await slack.redraw_form(view["id"], view["hash"], redrawn)
            except SlackError as error:
                if error.code != "hash_conflict":
                    raise
                if self._last_used.get(view["id"]) == _used_at(body):
                    await slack.redraw_form(view["id"], None, redrawn)
        except SlackError as error:
            if error.code != "not_found":  # closed by now
                raise

    def note_use(self, body: Mapping[str, Any]) -> None:
        """Remembers when the form in `body` was used last, if it is one."""
        view_id = (body.get("view") or {}).get("id")
        if view_id is None:
            return
        self._last_used.pop(view_id, None)
        self._last_used[view_id] = _used_at(body)
        if len(self._last_used) > FORMS_KEPT:
            del self._last_used[next(iter(self._last_used))]

    async def bring_rest(self, answer: Later, body: Mapping[str, Any]) -> None:
        """What took longer: in the place of the form, or as an answer beside the message."""
        try:
            rest = await answer.rest
        except Exception as error:
            rest = explain(error, self.locale(body))
        view = body.get("view")
        if view is None or view["type"] == HOME:
            await self.show(rest, body)
            return
        match rest:
            case NextForm():
                there = placed(rest.view, channel_of(body))
                await self._services.slack.redraw_form(view["id"], None, there)
            case Whisper():
                note = note_view(rest.message, body)
                await self._services.slack.redraw_form(view["id"], None, note)
            case _:
                raise TypeError(f"a form cannot go on with {type(rest).__name__}")

    async def whisper(self, answer: Whisper, body: Mapping[str, Any]) -> None:
        """Beside the message, before a home, or on top of the form, which keeps what was typed; a
        note nobody typed anything into may give way."""
        slack, response_url, view = self._services.slack, body.get("response_url"), body.get("view")
        if response_url:
            await self._respond(response_url, answer, body)
        elif view and view["type"] == HOME:
            await slack.open_form(body["trigger_id"], note_view(answer.message, body))
        elif view and answer.replace and not view.get("callback_id"):
            await slack.redraw_form(view["id"], None, note_view(answer.message, body))
        elif view:
            await slack.push_form(body["trigger_id"], note_view(answer.message, body))

    async def _respond(self, url: str, answer: Whisper, body: Mapping[str, Any]) -> None:
        """Where the address is used up or too old, it is said in the channel, to them alone."""
        try:
            await saying.respond(self._services, url, answer.message, replace=answer.replace)
        except SlackError as fault:
            channel = (body.get("channel") or {}).get("id") or body.get("channel_id")
            if not fault.permanent or not channel or fault.code == "foreign_host":
                raise
            await saying.whisper(self._services, channel, user_of(body), answer.message)

    def soon(self, work: Awaitable[Any]) -> None:
        """Runs `work` beside the answer; what goes wrong there is logged, nobody waits for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            reason = repr(task.exception())
            log.warning("not said", extra={"event": "answer_failed", "reason": reason})

    def locale(self, body: Mapping[str, Any]) -> Locale:
        """The language of whoever sent `body`, as far as it is known without asking Slack."""
        return self._services.people.locale_now(user_of(body)) or self._services.settings.language


def ephemeral(message: SlackMessage) -> dict[str, Any]:
    """A message that only its reader sees, as a response carries it."""
    said: dict[str, Any] = {"text": message.text, "response_type": "ephemeral"}
    if message.blocks:
        said["blocks"] = [dict(block) for block in message.blocks]
    return said


def note_view(message: SlackMessage, body: Mapping[str, Any]) -> dict[str, Any]:
    """A form with nothing to fill in: the message."""
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "SMS"},
        "blocks": [dict(block) for block in message.blocks],
    }
    return placed(view, channel_of(body))


def note_home(message: SlackMessage) -> dict[str, Any]:
    """A home with nothing but the message."""
    return {"type": HOME, "blocks": [dict(block) for block in message.blocks]}


def _used_at(body: Mapping[str, Any]) -> str:
    return str(body["actions"][0].get("action_ts") or "")
