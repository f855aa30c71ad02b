"""The real program between two stand-ins that live on: killed with signal 9, started again.

Nothing in the program knows of this. It talks to Tencent, and Tencent to it, through a `Gate` that
kills it at a chosen moment of the exchange; the phones' own books say what truly happened.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.cli.local import environment
from bot.locales import Locale, text
from bot.rules.numbers import mask
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.config import FrequencyRules
from bot.sandbox.workspace import Installation, Workspace
from bot.slack.manifest import manifest
from handlers import registry
from tests.crash.gate import Gate
from tests.journeys.people import LIN, Json, Page, buttons_of, words_of

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "bot")
WAIT_S = 90.0
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
  requester: ["@sms-senders"]
  approver: ["@sms-approvers"]
"""
#: No frequency rule: Tencent would hide a second SMS behind a refusal.
TENCENT = SandboxConfig(
    limits=FrequencyRules(day=None, same_content=None),
    report_delay_s=0.0,
    callback_attempts=100,
    callback_retry_s=0.3,
)


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

    async def end(self) -> int:
        """As systemd does it: asked to stop, and waited for; returns what it ends with."""
        assert self._process is not None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), WAIT_S)
        self.died.set()
        await self.gone()
        return code

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
        await self.page.click(LIN, self.previews[number], "send.confirm")

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
