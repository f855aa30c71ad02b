"""A newcomer follows docs/GUIDE.md word for word; the stand-ins are Slack and Tencent."""

import asyncio
import base64
import json
import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from bot.__main__ import CONFIG_VARIABLE, main
from bot.cli import QUARANTINED
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.workspace import Workspace
from bot.settings import REPLIES
from tests.house.test_guide import GUIDE, blocks, without_user
from tests.journeys.crashing import DELIVERED, PROGRAM, Program
from tests.journeys.people import MAYA, Page, buttons_of

pytestmark = pytest.mark.xdist_group("crash")
EXAMPLE = "https://sms-bot.example.com"
#: What the machine does for itself: packages, containers, the start of services.
OF_MACHINE = ("python3", "sudo", "docker")
#: Its folders there; here they are those of the test.
OF_SERVICE, OF_BACKUPS = "/var/lib/smsops", "/var/backups/smsops"
RELEASED_FIRST, ROTATED = ["release"], ["keys", "rotate"]


class Newcomer:
    """Whoever reads the guide: a terminal, a Slack and a Tencent console."""

    def __init__(
        self, folder: Path, mode: str, workspace: Workspace, sandbox: TencentSandbox
    ) -> None:
        self.folder, self.mode = folder, mode
        self.workspace, self.sandbox = workspace, sandbox
        self._held = hold_port()
        self.port = self._held.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.environ: dict[str, str] = {}
        self.program: Program | None = None
        self.page: Page | None = None

    def set_up(self, manifest: str) -> None:
        """Chapters 2 to 4: the app at Slack, the secrets, app.yaml."""
        installed = self.workspace.install(json.loads(manifest))
        ids, made = self.sandbox.credentials, iter(self.made_secrets())
        self.environ = {
            "SMSOPS_SLACK_BOT_TOKEN": installed.bot_token,
            "SMSOPS_SLACK_SIGNING_SECRET": installed.signing_secret,
            "SMSOPS_SLACK_APP_TOKEN": installed.app_token,
            "SMSOPS_TENCENT_SECRET_ID": ids.secret_id,
            "SMSOPS_TENCENT_SECRET_KEY": ids.secret_key,
            "SMSOPS_CALLBACK_SECRET": next(made),
            "SMSOPS_DATA_KEY": next(made),
        }
        (settings,) = blocks("yaml")
        settings = settings.replace(EXAMPLE, self.address)
        settings = of_test(settings, self.folder)
        settings = settings.replace("mode: http", f"mode: {self.mode}")
        settings = settings.replace("server:\n", f"server:\n  port: {self.port}\n")
        settings = settings.replace("slack:\n", f"slack:\n  api_url: {self.workspace.url}/api/\n")
        settings += f"tencent:\n  endpoint: {self.sandbox.url}\n"
        (self.folder / "app.yaml").write_text(settings, encoding="utf-8")

    def made_secrets(self) -> list[str]:
        """What the two lines of Python print."""
        return [secrets.token_urlsafe(32), base64.b64encode(secrets.token_bytes(64)).decode()]

    def change_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Chapter 8: both while everything is sealed anew, then the new one alone."""
        _, new = self.made_secrets()
        monkeypatch.setenv("SMSOPS_DATA_KEY", f"{new},{self.environ['SMSOPS_DATA_KEY']}")
        self.environ["SMSOPS_DATA_KEY"] = new

    async def enter_addresses(self) -> None:
        """Chapter 3, callbacks: what `smsops check` printed goes into the console."""
        address = f"{self.address}/callbacks/{self.environ['SMSOPS_CALLBACK_SECRET']}"
        await self.sandbox.set_callback_url(f"{address}/demo")
        await self.sandbox.set_reply_url(f"{address}/{REPLIES}")

    async def start(self) -> None:
        self.program = Program(PROGRAM, self.folder / "app.yaml", self.environ)
        await self.program.launch()
        assert await self.program.ready() == self.address

    def let_go(self) -> None:
        self._held.close()

    async def stop(self) -> None:
        """As systemd does it."""
        assert self.program is not None
        assert await self.program.end() == 0
        self.program = None


def of_test(words: str, folder: Path) -> str:
    """The folders of the service, in the place of the test."""
    return words.replace(OF_SERVICE, str(folder)).replace(OF_BACKUPS, str(folder))


def hold_port() -> socket.socket:
    """A port that nobody else on this machine is given: bound, but not listened at, so that the
    program can be, again and again."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


@pytest.fixture(params=["http", "socket"])
async def newcomer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Newcomer]:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "app.yaml"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with AsyncExitStack() as stack:
        workspace = Workspace()
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        sandbox = TencentSandbox(config=SandboxConfig(report_delay_s=0.0))
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        reader = Newcomer(tmp_path, request.param, workspace, sandbox)
        stack.callback(reader.let_go)
        reader.page = Page(workspace, http)
        yield reader
        if reader.program is not None:
            reader.program.kill()
            await reader.program.gone()


def walk(mode: str) -> list[tuple[str, str]]:
    """Every line to be typed, in its order: into a shell, or into Slack. The second time the way to
    the first message is enough: from there on it is one."""
    words = GUIDE if mode == "http" else GUIDE.partition("\n## 6. ")[0]
    found = re.findall(r"^ *```(sh|text)\n(.*?)^ *```$", words, re.S | re.M)
    return [
        (language, line.strip())
        for language, body in found
        for line in body.splitlines()
        if line.strip()
    ]


async def type_it(
    newcomer: Newcomer,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line of a shell."""
    program, *words = without_user(of_test(line, newcomer.folder))
    match [program, *words]:
        case ["python3", "-c", script]:
            exec(script, {})
            assert capsys.readouterr().out.strip()
        case ["sudo", "systemctl", "start", _]:
            if newcomer.program is None:
                await newcomer.start()
        case ["sudo", "systemctl", "stop", _]:
            await newcomer.stop()
        case ["smsops", "run"]:
            await newcomer.enter_addresses()
            await newcomer.start()
        case ["smsops", *given]:
            if given == ROTATED:
                newcomer.change_key(monkeypatch)
            code = await asyncio.to_thread(main, given)
            said = capsys.readouterr()
            expected = QUARANTINED if given == RELEASED_FIRST else 0
            assert code == expected, (line, said)
            is_socket = "--socket" in given
            if given[0] == "manifest" and is_socket == (newcomer.mode == "socket"):
                newcomer.set_up(said.out.replace(EXAMPLE, newcomer.address))
        case _:
            assert program in OF_MACHINE, line


async def say_it(newcomer: Newcomer, line: str) -> None:
    """One line in Slack; where it is a send, Send is pressed and the card followed to its end."""
    page = newcomer.page
    assert page is not None
    if not line.startswith("/sms send"):
        assert buttons_of(await page.type(MAYA, line))
        return
    preview: dict[str, object] = {}
    while "send.confirm" not in buttons_of(preview):
        # The first start has yet to read Tencent's lists.
        preview = await page.type(MAYA, line)
    await page.press(MAYA, preview, "send.confirm")
    await page.see_card(DELIVERED)
    number = line.split()[2]
    assert len(newcomer.sandbox.phones.messages(number)) == 1


async def test_the_guide_leads_from_nothing_to_a_delivered_message_and_through_a_restore(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, line in walk(newcomer.mode):
        for name, value in newcomer.environ.items():
            monkeypatch.setenv(name, value)
        if language == "text":
            await say_it(newcomer, line)
        else:
            await type_it(newcomer, line, monkeypatch, capsys)
    assert newcomer.program is not None
    assert len(newcomer.sandbox.phones.messages("+8613800000001")) == 1
    await newcomer.stop()
