"""Slack's envelopes: stored before they are answered, run once, answered in time.

Bolt answers an event before its listener runs and runs a retry again. Here a middleware stores the
envelope first; a listener is short (store, decide, acknowledge), so it runs before the response.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import trail
from bot.errors import SlackError, SmsopsError, StorageError
from bot.mounts.envelope_shapes import is_envelope
from bot.mounts.envelopes import first_field, key_of, kind_of, thread_of, trail_id, user_of
from bot.mounts.routing import Router, channel_of, explain, placed
from bot.mounts.slack_answers import SlackAnswers, ephemeral, note_home, note_view
from bot.registry import Answer, Form, Found, Home, Later, NextForm, Whisper, Wrong
from bot.slack.messages import faults
from handlers import saying
from handlers.services import Services
from storage import envelopes, patience
from storage.db import Tx
from storage.envelopes import Arrival, Envelope

log = logging.getLogger("smsops.slack")
#: Slack gives up after three seconds; a person must hear from us before that.
ANSWER_WITHIN_S = 2.5
#: Until then a repeat is known by its key in memory.
NOTE_AFTER_S = 0.05
#: A click older than this is not run after a restart: whoever made it has moved on.
REPLAY_FOR = timedelta(minutes=10)
ANYTHING = re.compile(".*")
COMMAND = "/sms"
#: A look at the bot's own tab.
HOME_OPENED = "app_home_opened"
INTERACTIONS = ("block_actions", "view_submission", "view_closed", "message_action")
#: How Bolt calls what came over Slack's socket.
SOCKET = "socket_mode"
#: Where Bolt's context carries the key of a stored envelope from the middleware to the listener.
ENVELOPE_KEY = "envelope_key"
#: And when it came, by the clock that only goes forward.
ARRIVED = "arrived_s"
#: The same for whoever answers it.
_ARRIVED: ContextVar[float | None] = ContextVar("smsops_arrived", default=None)
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]
REPLAYED = ("block_actions", "view_submission", "event_callback")


@dataclass(frozen=True, slots=True)
class Late:
    """It takes longer than Slack waits; whether nothing was stored, and nothing will be."""

    is_untouched: bool


class SlackDoor:
    """Takes every envelope of Bolt's, whichever transport brought it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._router = Router(services)
        self._answers = SlackAnswers(services)
        self._events = {event.type for event in services.registry.events}
        self._running: set[str] = set()
        self._finished: list[str] = []

    def mount(self, app: AsyncApp) -> None:
        """One listener for each kind of envelope: Bolt tries listeners one after another."""
        app.middleware(self._remember)
        app.command(COMMAND)(self._finishing(self._on_command))
        app.action(ANYTHING)(self._finishing(self._on_action))
        app.view(ANYTHING)(self._finishing(self._on_submission))
        app.options(ANYTHING)(self._finishing(self._on_suggestion))
        app.shortcut(ANYTHING)(self._finishing(self._on_shortcut))
        for name in sorted(self._events):
            app.event(name)(self._finishing(self._on_event))

    async def replay(self) -> int:
        """After a start: runs what was stored and never finished. Returns how many."""
        now = self._services.clock()
        left = await self._services.db.read(envelopes.find_unfinished, now - REPLAY_FOR)
        for envelope in left:
            if not envelope.body:
                # One that nobody can read must not keep all others from being heard.
                extra = {"event": "envelope_damaged", "kind": envelope.kind}
                log.error("not replayed", extra={**extra, "envelope": trail_id(envelope.key)})
            elif envelope.kind in REPLAYED:
                with trail.following(takes_notes=True, envelope=trail_id(envelope.key)):
                    extra = {"event": "envelope_replayed", "kind": envelope.kind}
                    log.info("replayed", extra=extra)
                    await self._run(envelope.kind, json.loads(envelope.body))
            await self._services.db.write(envelopes.note_handled, envelope.key, now)
        return len(left)

    async def stop(self) -> None:
        """Lets what is still being said be said."""
        await self._answers.stop(ANSWER_WITHIN_S)

    async def _remember(
        self,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next_: Callable[[], Awaitable[BoltResponse | None]],
    ) -> BoltResponse | None:
        """Stores the envelope, then lets it through; a repeat is answered and goes no further.

        A failed store raises: Bolt answers 500 and Slack sends the event again.
        """
        req.context[ARRIVED] = time.perf_counter()
        # Over HTTP it was looked at before, and what is no envelope is empty by now.
        if not (is_envelope(req.body) if req.mode == SOCKET else req.body):
            log.warning("no envelope", extra={"event": "envelope_refused"})
            return BoltResponse(status=404)
        key = key_of(req.body, req.headers) if self._is_ours(req.body) else None
        if key is None:
            return await next_()
        if key in self._running:
            return BoltResponse(status=200)
        self._running.add(key)
        try:
            arrival = await self._store(key, req.body)
        except BaseException:
            self._running.discard(key)
            raise
        if isinstance(arrival, Late):
            return self._not_stored(key, req.body, arrival)
        if arrival is Arrival.HANDLED:
            self._running.discard(key)
            extra = {"event": "envelope_repeated", "kind": kind_of(req.body)}
            log.info("repeat", extra=extra)
            return BoltResponse(status=200)
        # Bolt's next() only raises a flag: what comes after it still runs before the listener.
        req.context[ENVELOPE_KEY] = key
        return await next_()

    async def _store(self, key: str, body: Mapping[str, Any]) -> Arrival | Late:
        # ASCII with escapes: half a surrogate pair must not break the seal.
        envelope = Envelope(key, kind_of(body), json.dumps(body))
        db, now = self._services.db, self._services.clock()
        with patience.waiting() as waiting:
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    return await db.write(envelopes.add, envelope, now)
            except TimeoutError:
                return Late(is_untouched=waiting.give_up())

    def _not_stored(self, key: str, body: Mapping[str, Any], late: Late) -> BoltResponse:
        """Says that nothing was done, before Slack loses patience. An event Slack sends again."""
        kind = kind_of(body)
        log.warning("slow", extra={"event": "envelope_late", "kind": kind})
        if kind == "event_callback":
            self._running.discard(key)
            raise StorageError("not stored in time")
        if late.is_untouched:
            self._running.discard(key)
        else:
            # It may be stored yet: what was answered so must not be run after a restart.
            self._soon_handled(key)
        said = self._late(body, late)
        match kind, said:
            case "command", Whisper():
                return BoltResponse(status=200, body=ephemeral(said.message))
            case "view_submission", Wrong():
                errors = {"response_action": "errors", "errors": dict(said.faults)}
                return BoltResponse(status=200, body=errors)
            case "view_submission", Whisper():
                shown = {"response_action": "update", "view": note_view(said.message, body)}
                return BoltResponse(status=200, body=shown)
            case (("block_actions" | "message_action"), Whisper()):
                self._answers.soon(self._answers.whisper(said, body))
        return BoltResponse(status=200)

    def _finishing(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """`listener`, and after it the note that its envelope is done with."""

        async def listen(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
            key, kind = context.get(ENVELOPE_KEY), kind_of(body)
            _ARRIVED.set(context[ARRIVED])
            ids = {} if key is None else {"envelope": trail_id(key)}
            with trail.following(takes_notes=True, **ids) as about:
                try:
                    await listener(ack, body)
                except BaseException:
                    self._running.discard(key)
                    raise
                took_s = time.perf_counter() - context[ARRIVED]
                self._services.meters.acknowledged.note(took_s, kind)
                if "request" in about:
                    _log_taken(kind, body, took_s)
            if key is not None:
                self._soon_handled(key)

        return listen

    def _soon_handled(self, key: str) -> None:
        self._finished.append(key)
        if len(self._finished) == 1:
            self._answers.soon(self._note_handled())

    async def _note_handled(self) -> None:
        """Notes what has finished lately in one write: each in its own would keep the disk from the
        next envelope, and double what an acknowledgement takes. A crash before runs it again."""
        await asyncio.sleep(NOTE_AFTER_S)
        keys, self._finished = self._finished, []
        try:
            await self._services.db.write(note_all, keys, self._services.clock())
        finally:
            self._running.difference_update(keys)

    def _is_ours(self, body: Mapping[str, Any]) -> bool:
        """Whether one of our listeners takes it: what none takes would stay unfinished."""
        match kind_of(body):
            case "command":
                return bool(body["command"] == COMMAND)
            case "event_callback":
                return (body.get("event") or {}).get("type") in self._events
            case kind:
                return kind in INTERACTIONS

    async def _on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await self._in_time(self._router.command(body), body)
        match answer:
            case Whisper():
                await ack(**ephemeral(answer.message))
            case Form():
                await self._answers.open(answer, body, ack)
            case Later(first=Whisper(message=message)):
                await ack(**ephemeral(message))
                self._answers.soon(self._answers.bring_rest(answer, body))
            case Later():
                await ack()
                self._answers.soon(self._answers.bring_rest(answer, body))
            case _:
                await ack()

    async def _on_action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self._answers.note_use(body)
        answer = await self._in_time(self._router.action(body), body)
        await self._answers.show(answer, body)
        await ack()

    async def _on_submission(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        if body.get("type") == "view_closed":
            await ack()
            return
        answer = await self._in_time(self._router.submission(body), body)
        match answer:
            case Wrong():
                await ack(response_action="errors", errors=dict(answer.faults))
            case NextForm():
                await ack(response_action="update", view=placed(answer.view, channel_of(body)))
            case Whisper():
                await ack(response_action="update", view=note_view(answer.message, body))
            case Later(first=NextForm(view=view)):
                await ack(response_action="update", view=placed(view, channel_of(body)))
                self._answers.soon(self._answers.bring_rest(answer, body))
            case _:
                await ack()

    async def _on_suggestion(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await self._in_time(self._router.suggestion(body), body)
        options = [dict(option) for option in answer.options] if isinstance(answer, Found) else []
        await ack(options=options)

    async def _on_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await self._in_time(self._router.shortcut(body), body)
        await self._answers.show(answer, body)
        await ack()

    async def _on_event(self, ack: AsyncAck | None, body: dict[str, Any]) -> None:
        event = body["event"]
        answer = await self._in_time(self._router.event(event), body)
        if isinstance(answer, Home):
            await self._answers.publish(answer.view, body)
            return
        if not isinstance(answer, Whisper):
            return
        if event["type"] == HOME_OPENED:
            # Nobody said anything: what went wrong stands where they look.
            await self._answers.publish(note_home(answer.message), body)
        elif "item" in event:
            # About a message: only who touched it is told, where it stands.
            channel = event["item"]["channel"]
            self._answers.soon(
                saying.whisper(self._services, channel, event["user"], answer.message)
            )
        else:
            key = f"answer:{event['channel']}:{event.get('ts') or event.get('event_ts')}"
            is_again = ack is None
            try:
                await saying.say(
                    self._services,
                    event["channel"],
                    answer.message,
                    key,
                    thread_of(event),
                    is_again=is_again,
                )
            except SlackError as error:
                if not error.permanent:
                    raise
                # What was said to us, or its channel, is gone: to hear of it again helps nobody.
                log.warning("not said", extra={"event": "answer_failed", "reason": error.code})

    async def _run(self, kind: str, body: dict[str, Any]) -> None:
        """Runs a stored envelope again, without a response to put its answer in."""
        try:
            match kind:
                case "block_actions":
                    await self._answers.show(await self._router.action(body), body)
                case "view_submission":
                    answer = await self._router.submission(body)
                    if isinstance(answer, Later):
                        await answer.rest
                case _:
                    await self._on_event(None, body)
        except SmsopsError as error:
            log.warning("replay failed", extra={"event": "replay_failed", "reason": str(error)})
        except Exception:
            # Whatever it is, it must not keep the bot from starting.
            log.exception("replay broke", extra={"event": "replay_broke"})

    async def _in_time(self, work: Awaitable[Answer], body: Mapping[str, Any]) -> Answer:
        """The handler's answer, or why there is none, before Slack loses patience."""
        arrived_s = _ARRIVED.get()
        spent_s = 0.0 if arrived_s is None else time.perf_counter() - arrived_s
        with patience.waiting() as waiting:
            try:
                return await asyncio.wait_for(work, ANSWER_WITHIN_S - spent_s)
            except TimeoutError:
                log.warning("slow", extra={"event": "answer_late", "kind": kind_of(body)})
                return self._late(body, Late(is_untouched=waiting.give_up()))
            except Exception as error:
                return explain(error, self._answers.locale(body))

    def _late(self, body: Mapping[str, Any], late: Late) -> Whisper | Wrong:
        """That it takes too long: that nothing was done, or that it may have been. A form stays
        open with what was typed."""
        locale = self._answers.locale(body)
        said = faults.busy(locale) if late.is_untouched else faults.late(locale)
        field = first_field(body)
        return Whisper(said) if field is None else Wrong({field: said.text})


def note_all(tx: Tx, keys: Sequence[str], now: datetime) -> None:
    """Done with all of these."""
    for key in keys:
        envelopes.note_handled(tx, key, now)


def _log_taken(kind: str, body: Mapping[str, Any], took_s: float) -> None:
    """One line for what a person did about a request. Looks at lists and help have none: a line
    costs a sixth of their whole answer."""
    extra = {
        "event": "envelope_taken",
        "kind": kind,
        "user": user_of(body),
        "took_ms": round(took_s * 1e3, 1),
    }
    log.info("taken", extra=extra)
