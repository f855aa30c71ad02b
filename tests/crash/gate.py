"""The wire between the program and Tencent, in both directions, and from Slack to the program.

It knows when an exchange is where: half way there, taken, half way back. Whoever armed it is called
at that moment, and may kill the program or stall it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

import aiohttp
from aiohttp import web

SEND = "SendSms"
JSON_TYPE = "application/json"
#: Of an answer that drips: so long between two bytes.
DRIP_S = 0.05


class Moment(Enum):
    """When something happens to the program, in an exchange."""

    LOST = "the request leaves and never arrives"
    LATE = "the request arrives after that"
    TAKEN = "Tencent has taken the request and says nothing"
    HALF = "half of Tencent's answer is out"
    ANSWERED = "all of Tencent's answer is out"
    REPORTED = "a delivery report is at the door"
    HEARD = "a delivery report was taken and the thanks are lost"
    THANKED = "a delivery report was taken with thanks"


class Ailment(Enum):
    """What the wire itself does to an answer."""

    DRIP = "the answer comes byte by byte"
    ERROR_AFTER = "Tencent takes the request and says 502"


#: Those of an exchange in which Tencent is the one who asks.
REPORTS = frozenset({Moment.REPORTED, Moment.HEARD, Moment.THANKED})


def nothing() -> None:
    """Nobody is armed."""


@dataclass
class Armed:
    """One exchange to come, and what to do in it."""

    moment: Moment
    do: Callable[[], None]
    action: str
    nth: int
    about: str


@dataclass
class Held:
    """A request somebody sent that has not arrived yet."""

    headers: dict[str, str]
    path: str
    body: bytes


@dataclass
class Gate:
    """Between the program and everybody who speaks to it, or is spoken to."""

    tencent_url: str
    bot_url: str = ""
    url: str = ""
    ailments: deque[Ailment] = field(default_factory=deque)
    held: list[Held] = field(default_factory=list)
    _armed: Armed | None = None
    #: Requests about to leave are kept here, not sent, while it is set.
    is_holding: bool = False
    #: While it is not set, sends (`waiting` of them) come no further, and nobody hangs up.
    is_loud: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0

    def __post_init__(self) -> None:
        self.is_loud.set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/callbacks/{tail:.*}", self._report)
        app.router.add_route("*", "/slack/{tail:.*}", self._knock)
        app.router.add_route("*", "/{tail:.*}", self._call)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, trust_env=False) as self._http:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield
            finally:
                self.is_loud.set()
                await runner.cleanup()

    def arm(
        self,
        moment: Moment,
        do: Callable[[], None],
        action: str = SEND,
        nth: int = 1,
        about: str = "",
    ) -> None:
        """In the `nth` exchange of that kind whose request holds `about`, `do` is called."""
        self._armed = Armed(moment, do, "" if moment in REPORTS else action, nth, about)

    def disarm(self) -> None:
        self._armed = None

    @property
    def is_armed(self) -> bool:
        return self._armed is not None

    async def let_go(self) -> list[bytes]:
        """What was held arrives now; returns what Tencent says to it, which nobody hears."""
        held, self.held, self.is_holding = self.held, [], False
        answers = []
        for each in held:
            _, answer = await self._forward(self.tencent_url, each.path, each.headers, each.body)
            answers.append(answer)
        return answers

    def _take(self, action: str, body: bytes) -> tuple[Moment | None, Callable[[], None]]:
        armed = self._armed
        if armed is None or armed.action != action or armed.about.encode() not in body:
            return None, nothing
        armed.nth -= 1
        if armed.nth > 0:
            return None, nothing
        self._armed = None
        return armed.moment, armed.do

    async def _call(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        action = request.headers.get("X-TC-Action", "")
        moment, do = self._take(action, body)
        if moment in {Moment.LOST, Moment.LATE}:
            do()
        if moment is Moment.LOST:
            return cut(request)
        # With the Host that was signed.
        headers = dict(request.headers)
        if self.is_holding and action == SEND:
            self.held.append(Held(headers, request.path_qs, body))
            return cut(request)
        if action == SEND and not self.is_loud.is_set():
            self.waiting += 1
            await self.is_loud.wait()
            self.waiting -= 1
        ailment = self.ailments.popleft() if self.ailments and action == SEND else None
        try:
            _, answer = await self._forward(self.tencent_url, request.path_qs, headers, body)
        except aiohttp.ClientError:
            # Tencent hung up: so it looks from the other side too.
            return cut(request)
        if moment is Moment.TAKEN:
            do()
        if moment is Moment.LATE:
            return cut(request)
        if ailment is Ailment.ERROR_AFTER:
            return web.Response(status=502, text="Bad Gateway")
        return await self._answer(request, answer, moment, do, ailment)

    async def _answer(
        self,
        request: web.Request,
        answer: bytes,
        moment: Moment | None,
        do: Callable[[], None],
        ailment: Ailment | None,
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": JSON_TYPE, "Content-Length": str(len(answer))}
        )
        try:
            await response.prepare(request)
            if moment is Moment.HALF:
                await response.write(answer[: len(answer) // 2])
                do()
                return cut(request)
            if ailment is Ailment.DRIP:
                await _drip(response, answer)
            await response.write(answer)
        except ConnectionError:
            # Whoever asked is dead.
            return response
        finally:
            if moment is Moment.ANSWERED:
                do()
        return response

    async def _report(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        moment, do = self._take("", body) if self.bot_url else (None, nothing)
        if moment is Moment.REPORTED:
            do()
        status, answer = await self._knocked(request, body)
        if moment in {Moment.HEARD, Moment.THANKED}:
            do()
        if moment is Moment.HEARD:
            return web.Response(status=502)
        return web.Response(status=status, body=answer, content_type=JSON_TYPE)

    async def _knock(self, request: web.Request) -> web.StreamResponse:
        status, answer = await self._knocked(request, await request.read())
        return web.Response(status=status, body=answer, content_type=JSON_TYPE)

    async def _knocked(self, request: web.Request, body: bytes) -> tuple[int, bytes]:
        """At the program's door; 502 where nobody is at home."""
        if not self.bot_url:
            return 502, b""
        try:
            return await self._forward(self.bot_url, request.path_qs, dict(request.headers), body)
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return 502, b""

    async def _forward(
        self, url: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        async with self._http.post(url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.read()


async def _drip(response: web.StreamResponse, answer: bytes) -> None:
    for at in range(len(answer)):
        await response.write(answer[at : at + 1])
        await asyncio.sleep(DRIP_S)


def cut(request: web.Request) -> web.Response:
    """The connection breaks off."""
    # Nothing is left to cut where the program's end has gone already.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
