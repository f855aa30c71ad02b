"""The doors under ``/_sandbox/faults``: ordering faults, seeing what is still to come."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.tencent.admin import PREFIX, read_object
from bot.sandbox.tencent.faults import (
    ANY_ACTION,
    MAX_LATENCY_MS,
    REPLY_CALLBACK,
    STATUS_CALLBACK,
    VOICE_CALLBACK,
    CallbackFault,
    CallbackFaultKind,
    Fault,
    FaultKind,
)
from bot.sandbox.tencent.gateway import VERSIONS
from bot.sandbox.tencent.records import RecordError, decode, encode
from bot.sandbox.tencent.v5 import UPLOAD
from bot.sandbox.tencent.v5_commands import SMS_COMMANDS, VOICE_COMMANDS
from bot.sandbox.tencent.world import World

MAX_TIMES = 1_000_000
#: Callbacks that are late by no time are not late.
TIMED = (CallbackFaultKind.DELAY, CallbackFaultKind.REORDER)
CALLS = (
    ANY_ACTION,
    *dict.fromkeys(action for actions in VERSIONS.values() for action in actions),
    *SMS_COMMANDS,
    *VOICE_COMMANDS,
    UPLOAD,
)
CALLBACKS = (ANY_ACTION, STATUS_CALLBACK, REPLY_CALLBACK, VOICE_CALLBACK)


class FaultsAdmin:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """All doors of the faults."""
        return [
            web.get(f"{PREFIX}faults", self.ordered),
            web.post(f"{PREFIX}faults", self.order),
            web.delete(f"{PREFIX}faults", self.forget),
        ]

    async def ordered(self, request: web.Request) -> web.StreamResponse:
        """The faults still to come, and all that can be ordered."""
        return web.json_response(
            {
                "faults": [encode(each) for each in self._world.faults.ordered()],
                "kinds": {"calls": list(FaultKind), "callbacks": list(CallbackFaultKind)},
                "actions": {"calls": CALLS, "callbacks": CALLBACKS},
            }
        )

    async def order(self, request: web.Request) -> web.StreamResponse:
        """``{"action": "SendSms", "kind": "http_500", "times": 1, "latency_ms": 0, "app": null}``;
        for callbacks the action is StatusCallback, ReplyCallback or VoiceCallback."""
        fault = read_fault(await read_object(request))
        if fault.app is not None and fault.app not in self._world.state.apps:
            raise RecordError("app: not an application of the account")
        self._world.faults.add(fault)
        return web.json_response({"ok": True})

    async def forget(self, request: web.Request) -> web.StreamResponse:
        """All that were ordered."""
        self._world.faults.clear()
        return web.json_response({"ok": True})


def read_fault(row: Mapping[str, Any]) -> Fault | CallbackFault:
    """The fault in an object of the admin API. Raises RecordError."""
    fault = _decoded(dict(row))
    if not 1 <= fault.times <= MAX_TIMES:
        raise RecordError(f"times: 1 to {MAX_TIMES}")
    if fault.latency_ms > MAX_LATENCY_MS:
        raise RecordError(f"latency_ms: 0 to {MAX_LATENCY_MS}")
    if fault.kind in TIMED and fault.latency_ms == 0:
        raise RecordError(f"latency_ms: 1 to {MAX_LATENCY_MS} for {fault.kind}")
    return fault


def _decoded(row: dict[str, Any]) -> Fault | CallbackFault:
    kind = row.get("kind")
    if kind in list(FaultKind):
        return _with_known_action(decode(Fault, row), CALLS)
    if kind in list(CallbackFaultKind):
        return _with_known_action(decode(CallbackFault, row), CALLBACKS)
    raise RecordError(f"kind: one of {', '.join([*FaultKind, *CallbackFaultKind])}")


def _with_known_action(
    fault: Fault | CallbackFault, actions: tuple[str, ...]
) -> Fault | CallbackFault:
    if fault.action not in actions:
        raise RecordError(f"action: not one a fault of kind {fault.kind} can befall")
    return fault
