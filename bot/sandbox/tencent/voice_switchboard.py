"""The calls as they go on: it rings, somebody answers, listens, presses keys, hangs up."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from bot.sandbox.tencent.faults import Faults
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.phones import Phones
from bot.sandbox.tencent.state import State
from bot.sandbox.tencent.voice_callbacks import VoiceCallbacks
from bot.sandbox.tencent.voice_calls import DECLINED, NO_ANSWER, Call, Stage
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_fates import voice_fate_of
from bot.sandbox.tencent.voice_state import EventKind

MAX_KEYS = 32


class CallFault(Enum):
    """Why nothing can be done with a call."""

    NO_SUCH_CALL = "no such call"
    NOT_RINGING = "the call is not ringing"
    NOT_TALKING = "nobody is on the line"
    TOO_MANY_KEYS = "too many keys"


class Switchboard:
    """Moves every call on when it is due, or when a person at the handset does something."""

    def __init__(
        self,
        config: VoiceConfig,
        state: State,
        phones: Phones,
        clock: Callable[[], datetime],
        save: Callable[[], None],
        faults: Faults,
    ) -> None:
        self._state = state
        self._phones = phones
        self._clock = clock
        self._save = save
        self._callbacks = VoiceCallbacks(config, state, save, faults)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._running = False

    async def start(self) -> None:
        """Go on with calls and callbacks as they were left."""
        await self._callbacks.start()
        self._running = True
        for call in tuple(self._state.voice.calls):
            self._wait(call)

    async def stop(self) -> None:
        """Stop where it stands."""
        self._running = False
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._callbacks.stop()

    def ring(self, call: Call) -> None:
        """A new call."""
        self._put(call)

    def answer(self, callid: str) -> Call | CallFault:
        """Somebody picks up."""
        call = self._state.voice.calls.get(callid)
        if call is None:
            return CallFault.NO_SUCH_CALL
        return self._pick_up(call) if call.stage is Stage.RINGING else CallFault.NOT_RINGING

    def press(self, callid: str, key: str) -> Call | CallFault:
        """Whoever is on the line presses one key."""
        call = self._state.voice.calls.get(callid)
        if call is None:
            return CallFault.NO_SUCH_CALL
        if call.stage is not Stage.TALKING:
            return CallFault.NOT_TALKING
        if len(call.keys) >= MAX_KEYS:
            return CallFault.TOO_MANY_KEYS
        return self._press(call, key)

    def hang_up(self, callid: str) -> Call | CallFault:
        """Whoever is on the line has heard enough."""
        call = self._state.voice.calls.get(callid)
        if call is None:
            return CallFault.NO_SUCH_CALL
        return self._end(call) if call.stage is Stage.TALKING else CallFault.NOT_TALKING

    def decline(self, callid: str, failure_code: int = DECLINED) -> Call | CallFault:
        """Nobody is to pick up: declined by hand, or failed for any reason the vendor knows."""
        call = self._state.voice.calls.get(callid)
        if call is None:
            return CallFault.NO_SUCH_CALL
        if call.stage is not Stage.RINGING:
            return CallFault.NOT_RINGING
        return self._end(call, failure_code)

    def _wait(self, call: Call) -> None:
        if timer := self._timers.pop(call.callid, None):
            timer.cancel()
        if call.stage is Stage.ENDED or not self._running:
            return
        # Counted from now, so that a clock that stands still (in a test) holds nothing up for ever.
        delay_s = max(0.0, (call.due_at_ms - to_ms(self._clock())) / 1000)
        loop = asyncio.get_running_loop()
        self._timers[call.callid] = loop.call_later(delay_s, self._due, call.callid)

    def _due(self, callid: str) -> None:
        call = self._state.voice.calls.get(callid)
        if call is None:
            return
        match call.stage:
            case Stage.RINGING:
                self._stop_ringing(call)
            case Stage.TALKING:
                self._end(call)
            case Stage.ENDED:
                pass
            case _:
                assert_never(call.stage)

    def _stop_ringing(self, call: Call) -> None:
        fate = voice_fate_of(call.number)
        if not fate.answers:
            self._end(call, fate.failure_code or NO_ANSWER)
            return
        call = self._pick_up(call)
        for key in fate.keys:
            call = self._press(call, key)
        if not fate.listens:
            self._end(call)

    def _pick_up(self, call: Call) -> Call:
        now_ms = to_ms(self._clock())
        due_at_ms = now_ms + call.speech_ms
        return self._put(
            replace(call, stage=Stage.TALKING, answered_at_ms=now_ms, due_at_ms=due_at_ms)
        )

    def _press(self, call: Call, key: str) -> Call:
        self._callbacks.add(call.callid, EventKind.KEY, key)
        return self._put(replace(call, keys=call.keys + key))

    def _end(self, call: Call, failure_code: int = 0) -> Call:
        now_ms = to_ms(self._clock())
        ended = replace(call, stage=Stage.ENDED, ended_at_ms=now_ms, failure_code=failure_code)
        voice = self._state.voice
        voice.minutes_left = max(0, voice.minutes_left - ended.fee_minutes)
        self._put(ended)
        self._callbacks.add(call.callid, EventKind.RESULT)
        if failure_code:
            self._callbacks.add(call.callid, EventKind.FAILURE)
        return ended

    def _put(self, call: Call) -> Call:
        self._state.voice.calls.put(call)
        self._save()
        self._wait(call)
        self._phones.tell({"type": "call", "number": call.number, "call": call.to_json()})
        return call
