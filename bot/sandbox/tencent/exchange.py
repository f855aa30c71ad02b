"""The HTTP exchange itself: read it raw, answer it, or end it badly when that is wanted."""

import asyncio
from dataclasses import dataclass
from typing import assert_never

from aiohttp import web

from bot.sandbox.tencent.fates import Ending
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.tc3 import RawRequest
from bot.sandbox.tencent.world import World

#: A POST signed with TC3 may have 10 MB (product/382/38766; generic figure of the vendor).
MAX_BODY_BYTES = 10 * 1024 * 1024
HANG_S = 60.0
NOT_JSON = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
#: Exactly this: with a charset behind it the official Python SDK swallows errors.
JSON_TYPE = {"Content-Type": "application/json"}
HTML_TYPE = {"Content-Type": "text/html"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer, how the exchange ends, which reports go out before and after it, and what
    the journal says about it."""

    body: bytes
    outcome: str
    ending: Ending = Ending.ANSWER
    early_batch: str = ""
    batch: str = ""


async def read_raw(request: web.Request) -> RawRequest:
    """The request untouched. Raises CallError for a body too large or broken in transit."""
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise CallError("RequestSizeLimitExceeded", limit="10 MB") from None
    except web.RequestPayloadError:
        raise CallError("InvalidRequest") from None
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), value)
    query = request.raw_path.partition("?")[2]
    return RawRequest(request.method, query, headers, body)


async def begin_fault(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """What an ordered fault does before anything is accepted; None lets the call go on.

    Raises CallError to throttle.
    """
    if fault is None:
        return None
    match fault.kind:
        case FaultKind.DROP_BEFORE_ACCEPT:
            return cut(request)
        case FaultKind.HTTP_500:
            return web.Response(status=500, text="Internal Server Error")
        case FaultKind.HANG:
            await _hang(request)
            return cut(request)
        case FaultKind.THROTTLE:
            raise CallError("RequestLimitExceeded")
        case FaultKind.LATENCY_MS:
            await asyncio.sleep(fault.latency_ms / 1000)
        case (
            FaultKind.DROP_AFTER_ACCEPT
            | FaultKind.HALF_BODY
            | FaultKind.NOT_JSON
            | FaultKind.CONTENT_TYPE
        ):
            pass
        case _:
            assert_never(fault.kind)
    return None


async def respond(
    world: World, request: web.Request, reply: Reply, fault: Fault | None
) -> web.StreamResponse:
    """Answer, with the reports that belong before and after the answer."""
    if reply.early_batch:
        world.receipts.begin(reply.early_batch)
        await world.receipts.wait(reply.early_batch)
    try:
        if fault is not None and fault.kind is FaultKind.NOT_JSON:
            return await _answer(request, NOT_JSON, HTML_TYPE)
        if fault is not None and fault.kind is FaultKind.CONTENT_TYPE:
            return await _answer(request, reply.body, HTML_TYPE)
        return await _end(request, reply.body, _ending(reply, fault))
    finally:
        if reply.batch:
            world.receipts.begin(reply.batch)


def cut(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _ending(reply: Reply, fault: Fault | None) -> Ending:
    if fault is not None and fault.kind is FaultKind.DROP_AFTER_ACCEPT:
        return Ending.DROP_AFTER_ACCEPT
    if fault is not None and fault.kind is FaultKind.HALF_BODY:
        return Ending.HALF_BODY
    return reply.ending


async def _end(request: web.Request, body: bytes, ending: Ending) -> web.StreamResponse:
    match ending:
        case Ending.ANSWER:
            return await _answer(request, body, JSON_TYPE)
        case Ending.DROP_BEFORE_ACCEPT | Ending.DROP_AFTER_ACCEPT:
            return cut(request)
        case Ending.HALF_BODY:
            return await _half(request, body)
        case _:
            assert_never(ending)


async def _answer(request: web.Request, body: bytes, headers: dict[str, str]) -> web.StreamResponse:
    response = web.Response(body=body, headers=headers)
    await response.prepare(request)
    await response.write_eof()
    return response


async def _half(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={**JSON_TYPE, "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()  # unlike abort, lets what was written go out
    return response


async def _hang(request: web.Request) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + HANG_S
    while loop.time() < until:
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.05)
