"""The real program between two stand-ins that live on: killed with signal 9, started again.

Nothing in the program knows of this. It talks to Tencent, and Tencent to it, through a `Gate` that
kills it at a chosen moment of the exchange; the phones' own books say what truly happened.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

import aiohttp
import httpx
from aiohttp import web

from bot.cli.local import environment
from bot.locales import Locale, text
from bot.rules.numbers import mask
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.config import FrequencyRules
from bot.sandbox.workspace import Installation, Workspace
from bot.slack.manifest import manifest
from handlers import registry
from tests.journeys.people import LIN, Json, Page, buttons_of, words_of

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "bot")
WAIT_S = 30.0
APP_YAML = """\
server:
  port: 0
data_dir: {folder}
slack:
  api_url: {workspace}/api/
tencent:
  endpoint: {tencent}
apps:
  - name: demo
    sdk_app_id: "1400006666"
    signature: 腾讯云
    exclusive: true
roles:
  sender: ["@sms-senders"]
  approver: ["@sms-approvers"]
"""
SEND = "SendSms"
#: No frequency rule: Tencent would hide a second SMS behind a refusal.
TENCENT = SandboxConfig(
    limits=FrequencyRules(day=None, same_content=None),
    report_delay_s=0.0,
    callback_attempts=100,
    callback_retry_s=0.3,
)


class Moment(Enum):
    """When the program dies, in an exchange through the gate."""

    #: Its request has left and never arrives.
    LOST = auto()
    #: Its request arrives after its death.
    LATE = auto()
    #: Tencent has taken the request and says nothing.
    TAKEN = auto()
    #: Half of Tencent's answer is out.
    HALF = auto()
    #: All of Tencent's answer is out.
    ANSWERED = auto()
    #: A delivery report is at the door.
    REPORTED = auto()
    #: A delivery report was taken and the thanks are lost.
    HEARD = auto()
    #: A delivery report was taken with thanks.
    THANKED = auto()


#: Those of an exchange in which the program is the one who asks.
CALLS = frozenset({Moment.LOST, Moment.LATE, Moment.TAKEN, Moment.HALF, Moment.ANSWERED})


class Gate:
    """Between the program and Tencent, in both directions."""

    def __init__(self, tencent_url: str) -> None:
        self._tencent_url = tencent_url
        self._armed: tuple[Moment, Callable[[], None], str] | None = None
        self.bot_url = ""
        self.url = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/callbacks/{tail:.*}", self._report)
        app.router.add_route("*", "/{tail:.*}", self._call)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        async with aiohttp.ClientSession(trust_env=False) as self._http:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield
            finally:
                await runner.cleanup()

    def arm(self, moment: Moment, kill: Callable[[], None], action: str = SEND) -> None:
        """The next exchange of that kind ends in the program's death; `action` is what the program
        asks of Tencent in it, if it is the one who asks."""
        self._armed = moment, kill, action if moment in CALLS else ""

    @property
    def is_armed(self) -> bool:
        """Whether that exchange is still to come."""
        return self._armed is not None

    def _take(self, action: str) -> tuple[Moment | None, Callable[[], None]]:
        if self._armed is None or self._armed[2] != action:
            return None, _nothing
        (moment, kill, _), self._armed = self._armed, None
        return moment, kill

    async def _call(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        moment, kill = self._take(request.headers.get("X-TC-Action", "unknown"))
        if moment in {Moment.LOST, Moment.LATE}:
            kill()
        if moment is Moment.LOST:
            return _cut(request)
        # With the Host that was signed.
        _, answer = await self._forward(self._tencent_url, request, body)
        if moment in {Moment.LATE, Moment.TAKEN}:
            kill()
            return _cut(request)
        response = web.StreamResponse(
            headers={"Content-Type": "application/json", "Content-Length": str(len(answer))}
        )
        await response.prepare(request)
        await response.write(answer[: len(answer) // 2] if moment is Moment.HALF else answer)
        kill()
        return response

    async def _report(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        moment, kill = self._take("")
        if moment is Moment.REPORTED:
            kill()
        try:
            status, answer = await self._forward(self.bot_url, request, body)
        except aiohttp.ClientError:
            return web.Response(status=502)
        kill()
        if moment is Moment.HEARD:
            return web.Response(status=502)
        return web.Response(status=status, body=answer, content_type="application/json")

    async def _forward(self, url: str, request: web.Request, body: bytes) -> tuple[int, bytes]:
        async with self._http.post(
            url + request.path_qs, data=body, headers=request.headers
        ) as answer:
            return answer.status, await answer.read()


def _nothing() -> None:
    """Nobody dies."""


def _cut(request: web.Request) -> web.Response:
    # Nothing is left to cut where the program's end has gone already.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


class Program:
    """`smsops run`, as an operator starts it."""

    def __init__(self, command: Sequence[str], config: Path, secrets: dict[str, str]) -> None:
        self._command = (*command, "run", "--config", str(config))
        self._environ = {**os.environ, **secrets}
        self._process: asyncio.subprocess.Process | None = None
        self._log: list[str] = []
        self._reader: asyncio.Task[None] | None = None
        self._url: asyncio.Future[str] | None = None
        self.died = asyncio.Event()

    async def launch(self) -> None:
        """Starts it and does not wait for it."""
        self.died.clear()
        self._url = asyncio.get_running_loop().create_future()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=ROOT,
            env=self._environ,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read(self._process, self._url))

    async def ready(self) -> str:
        """Waits until it listens; returns where."""
        assert self._url is not None
        try:
            return await asyncio.wait_for(asyncio.shield(self._url), WAIT_S)
        except TimeoutError:
            raise AssertionError("not ready; it said:\n" + "".join(self._log[-30:])) from None

    def kill(self) -> None:
        """As the kernel or the power does it: no handler runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self.died.set()

    async def gone(self) -> None:
        """Waits until it was killed and nothing of it is left."""
        await asyncio.wait_for(self.died.wait(), WAIT_S)
        if self._process is not None and self._reader is not None:
            await self._process.wait()
            await self._reader

    def errors(self) -> list[str]:
        """What it logged as an error or with a trace."""
        return [line for line in self._log if '"level": "error"' in line or '"trace"' in line]

    async def _read(self, process: asyncio.subprocess.Process, url: "asyncio.Future[str]") -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            said = line.decode(errors="replace")
            self._log.append(said)
            if '"event": "ready"' in said and not url.done():
                url.set_result(json.loads(said)["url"])


@dataclass
class World:
    """The program, both stand-ins, the gate, and what a person confirmed."""

    program: Program
    sandbox: TencentSandbox
    workspace: Workspace
    gate: Gate
    page: Page
    previews: dict[str, Json] = field(default_factory=dict)
    kills: int = 0

    async def start(self) -> None:
        """Starts the program and tells Slack and Tencent where it is."""
        await self.program.launch()
        url = self.gate.bot_url = await self.program.ready()
        self.workspace.install(manifest(registry(), base_url=url, socket=False))

    async def preview(self) -> str:
        """A person types a send to a fresh number; returns the number."""
        number = f"+861380000{1000 + len(self.previews)}"
        while True:
            shown = await self.page.type(LIN, f"/sms send {number} 1110 code=123456")
            if "send.confirm" in buttons_of(shown):
                break
            # The first start has yet to read Tencent's lists.
            await asyncio.sleep(0.05)
        self.previews[number] = shown
        return number

    async def press(self, number: str) -> None:
        """A click on Send; whether anybody hears it is another matter."""
        await self.page.press(LIN, self.previews[number], "send.confirm")

    async def restart(self) -> None:
        """After a death."""
        await self.program.gone()
        self.kills += 1
        await self.start()

    def received(self, number: str) -> int:
        """How many SMS the phone truly has."""
        return len(self.sandbox.phones.messages(number))

    def cards(self, number: str) -> list[str]:
        found = map(words_of, self.page.cards())
        return [said for said in found if mask(number) in said]

    def is_true(self, number: str) -> bool:
        """Whether one card shows what is the case."""
        cards = self.cards(number)
        state = DELIVERED if self.received(number) else IN_DOUBT
        return len(cards) == 1 and state in cards[0]

    async def settle(self) -> None:
        """Waits until every card is true."""
        try:
            await self.workspace.wait_for(lambda: all(map(self.is_true, self.previews)), WAIT_S)
        except TimeoutError:
            wrong = {
                number: (self.received(number), self.cards(number))
                for number in self.previews
                if not self.is_true(number)
            }
            raise AssertionError(f"{wrong}\n" + "".join(self.program.errors())) from None


IN_DOUBT = text(Locale.EN, "card.state.in_doubt")
#: Timed or not: it begins either way.
DELIVERED = text(Locale.EN, "card.state.delivered_untimed")


@asynccontextmanager
async def world(folder: Path, command: Sequence[str] = PROGRAM) -> AsyncIterator[World]:
    """Everything up, the program too; gone at the end."""
    async with AsyncExitStack() as stack:
        workspace = Workspace()
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        sandbox = TencentSandbox(config=TENCENT)
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        gate = Gate(sandbox.url)
        await stack.enter_async_context(gate.open())
        installed = workspace.install(manifest(registry(), base_url=gate.url, socket=False))
        program = _program(folder, command, gate, sandbox, workspace, installed)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        stack.push_async_callback(program.gone)
        stack.callback(program.kill)
        made = World(program, sandbox, workspace, gate, Page(workspace, http))
        await made.start()
        yield made


def _program(
    folder: Path,
    command: Sequence[str],
    gate: Gate,
    sandbox: TencentSandbox,
    workspace: Workspace,
    installed: Installation,
) -> Program:
    secrets = environment(folder, sandbox, installed)
    sandbox.world.app.status_url = f"{gate.url}/callbacks/{secrets['SMSOPS_CALLBACK_SECRET']}/demo"
    config = folder / "app.yaml"
    values = {"folder": folder, "workspace": workspace.url, "tencent": gate.url}
    config.write_text(APP_YAML.format(**values), encoding="utf-8")
    return Program(command, config, secrets)
