"""The front of the HTTP server: one look-up from path and method to what answers.

In place of `web.Application`, whose router and layers cost a tenth of a small exchange and serve
nothing here: no address has a pattern in it. Built on aiohttp's low-level server:
docs.aiohttp.org/en/stable/web_lowlevel.html (aiohttp 3.14).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp import hdrs, web

from bot.mounts.connections import BoundedServer

Handler: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Methods: TypeAlias = Mapping[str, Handler]
#: An open connection that has brought a request is closed when it brings no other for so long:
#: longer than proxies keep theirs (60 to 120 s), or they would meet one that is just being closed.
IDLE_S = 150.0
#: Whoever was answered before his body was read may go on sending for so long, unheard, so that he
#: comes to read the answer.
LINGER_S = 1.0
#: Connections at a time.
CONNECTIONS = 1_000
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
#: What lies behind is nowhere for whoever does not ask as he should: no other answer may tell that
#: he has guessed an address.
SECRET = "/callbacks/"  # noqa: S105 - the beginning of an address


def make_server(
    routes: Mapping[str, Methods],
    connections: int = CONNECTIONS,
    probed: Callable[[], None] | None = None,
) -> web.Server:
    """A server that gives each path's methods to their handlers. Needs a running loop.

    Any other path is 404, any other method 405, or 404 too where the address is secret: `probed`
    hears of those. What a handler raises is aiohttp's to answer.
    """

    def nowhere(path: str) -> web.HTTPException:
        if probed is not None and path.startswith(SECRET):
            probed()
        return web.HTTPNotFound()

    # No coroutine of its own: it would be one more on every exchange.
    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        path = request.path
        methods = routes.get(path)
        if methods is None:
            raise nowhere(path)
        handler = methods.get(request.method)
        if handler is None:
            if path.startswith(SECRET):
                raise nowhere(path)
            raise web.HTTPMethodNotAllowed(request.method, sorted(methods))
        if hdrs.EXPECT in request.headers:
            return _expected(request, handler)
        return handler(request)

    return BoundedServer(
        answer,
        most=connections,
        access_log=None,
        keepalive_timeout=IDLE_S,
        lingering_time=LINGER_S,
    )


async def _expected(request: web.BaseRequest, handler: Handler) -> web.StreamResponse:
    """libcurl holds a larger body back until it is asked for."""
    expected = request.headers[hdrs.EXPECT]
    if expected.lower() != "100-continue":
        if request.path.startswith(SECRET):
            raise web.HTTPNotFound
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {expected}")
    # HTTP/1.0 knows no interim answer (RFC 9110 §10.1.1).
    if request.version >= (1, 1):
        await request.writer.write(CONTINUE)
    return await handler(request)
