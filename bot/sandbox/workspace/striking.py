"""What a fault looks like from outside: refusals, late answers, broken connections."""

from http import HTTPStatus

from aiohttp import web

from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.refusals import ErrorCode, Refusal
from bot.sandbox.workspace.world import World

# With these the work is done; only its answer suffers.
AFTER = frozenset({FaultKind.SLOW, FaultKind.DROP_AFTER})


def strike(request: web.Request, fault: Fault) -> web.StreamResponse:
    """The answer in the place of any work."""
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            headers = {"Retry-After": str(fault.retry_after_s)}
            body = Refusal(ErrorCode.RATELIMITED).as_json()
            return web.json_response(body, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
        case FaultKind.SERVER_ERROR:
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, text="server error")
        case FaultKind.REFUSED:
            return web.json_response({"ok": False, "error": fault.error})
        case _:
            return _drop(request)


async def lose_or_delay(world: World, request: web.Request, fault: Fault) -> None:
    """What happens to an answer after the work was done."""
    if fault.kind is FaultKind.SLOW:
        await world.pause(fault.delay_s)
    else:
        _drop(request)


def _drop(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.NO_CONTENT)
