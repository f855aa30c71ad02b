"""The voice callbacks: a key, how a call went, why it failed; pushed one by one for each call."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, assert_never

import aiohttp

from bot.sandbox.tencent.callbacks import push
from bot.sandbox.tencent.disturbance import Disturbance
from bot.sandbox.tencent.faults import VOICE_CALLBACK, Faults
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.state import State
from bot.sandbox.tencent.voice_calls import FAILURES, Call, CallKind
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_state import EventKind, VoiceEvent

#: The first key of the body says which callback it is.
RESULT_KEYS: Mapping[CallKind, str] = MappingProxyType(
    {CallKind.CODE: "voicecode_callback", CallKind.NOTICE: "voiceprompt_callback"}
)

log = logging.getLogger(__name__)


class VoiceCallbacks:
    """Works off ``state.voice.pending``, one task a call; what is left goes on after a start.

    The vendor documents no repeats for voice; they are those of the status callbacks.
    """

    def __init__(
        self, config: VoiceConfig, state: State, save: Callable[[], None], faults: Faults
    ) -> None:
        self._config = config
        self._state = state
        self._save = save
        self._disturbance = Disturbance(faults, VOICE_CALLBACK)
        self._session: aiohttp.ClientSession | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin with every callback that is still pending."""
        timeout = aiohttp.ClientTimeout(total=self._config.callback_timeout_s)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        for callid in {event.callid for event in self._state.voice.pending}:
            self._begin(callid)

    async def stop(self) -> None:
        """Stop where it stands."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def add(self, callid: str, kind: EventKind, key: str = "") -> None:
        """Push one more, after those of the same call that are still pending."""
        pending = self._state.voice.pending
        event_id = max((event.event_id for event in pending), default=0) + 1
        pending.append(VoiceEvent(event_id, callid, kind, key))
        self._save()
        self._begin(callid)

    def _begin(self, callid: str) -> None:
        if callid in self._tasks or self._session is None:
            return
        self._tasks[callid] = asyncio.create_task(self._work(callid, self._session))

    async def _work(self, callid: str, session: aiohttp.ClientSession) -> None:
        while event := self._next(callid):
            call = self._state.voice.calls.get(callid)
            once = partial(self._push, session, event)
            await self._disturbance.send(once, call.app if call else "")
            self._keep(event, None)
        # At once, not when the task is done: a callback added in between would find it here.
        self._tasks.pop(callid, None)

    async def _push(self, session: aiohttp.ClientSession, event: VoiceEvent) -> None:
        while True:
            call = self._state.voice.calls.get(event.callid)
            app = self._state.apps.get(call.app) if call else None
            url = app.voice_url if app else None
            if url is None or call is None or await push(session, url, payload_of(event, call)):
                return
            event = replace(event, tries=event.tries + 1)
            self._keep(event, event)
            if event.tries >= self._config.callback_attempts:
                log.info("gave up on a voice callback after %d attempts", event.tries)
                return
            await asyncio.sleep(self._config.callback_retry_s)

    def _next(self, callid: str) -> VoiceEvent | None:
        waiting = [event for event in self._state.voice.pending if event.callid == callid]
        return min(waiting, key=lambda event: event.event_id, default=None)

    def _keep(self, event: VoiceEvent, after: VoiceEvent | None) -> None:
        """Put `after` in the place of `event`, or (None) nothing."""
        others = [each for each in self._state.voice.pending if each.event_id != event.event_id]
        self._state.voice.pending = others if after is None else [*others, after]
        self._save()


def payload_of(event: VoiceEvent, call: Call) -> dict[str, Any]:
    """The body of a voice callback (docs snapshot 2021-07-20): numbers are strings there, but for
    failure_code."""
    number = read_number(call.number)
    assert number is not None
    shared = {
        "call_from": call.caller,
        "callid": call.callid,
        "mobile": number.subscriber,
        "nationcode": number.country_code,
    }
    match event.kind:
        case EventKind.KEY:
            return {"voicekey_callback": {**shared, "keypress": event.key}}
        case EventKind.RESULT:
            return {RESULT_KEYS[call.kind]: {**shared, **_times(call)}}
        case EventKind.FAILURE:
            reason = FAILURES[call.failure_code]
            failure = {"failure_code": call.failure_code, "failure_reason": reason}
            return {"voice_failure_callback": {**shared, **failure}}
        case _:
            assert_never(event.kind)


def _times(call: Call) -> dict[str, str]:
    return {
        "result": str(call.result),
        "start_calltime": str(call.asked_at_ms // 1000),
        "accept_time": str((call.answered_at_ms or 0) // 1000),
        "end_calltime": str((call.ended_at_ms or 0) // 1000),
        "fee": str(call.fee_minutes),
    }
