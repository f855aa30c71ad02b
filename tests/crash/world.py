"""Both stand-ins, the wire, the file, the people, and lives of the program, one after the other."""

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx

from bot.cli.local import environment
from bot.rules.delivery import MessageState
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.config import FrequencyRules
from bot.sandbox.tencent.voice_config import VoiceConfig, VoiceRules
from bot.sandbox.workspace import Workspace
from bot.settings import Settings, load
from bot.slack.manifest import manifest
from handlers import registry
from storage import content
from storage.db import Tx, connect
from storage.vault import Vault
from tests.crash.ablations import Ablation
from tests.crash.board import Board
from tests.crash.crowd import Crowd
from tests.crash.gate import Gate
from tests.crash.judging import Verdict, judge, judge_call, strays
from tests.crash.life import Order
from tests.crash.nursery import WAIT_S, Life, Nursery, nursery
from tests.crash.store import Store
from tests.crash.traffic import Callers
from tests.journeys.people import Page
from tests.storage import naive_figures

#: Who is on call, under another number each time.
ONCALL = "U0OMAR"
#: The bound on what one kill can put in doubt.
NUMBERS_AT_ONCE = 40
APP_YAML = """\
server:
  port: 0
data_dir: {folder}
slack:
  api_url: {workspace}/api/
tencent:
  endpoint: {tencent}
  connect_timeout_s: 0.5
  deadline_s: 1.0
sending:
  numbers_at_once: {numbers_at_once}
  calls_at_once: 10
  batch: 10
  undo_s: 0
  valid_for_s: 86400
  preview_valid_s: 86400
apps:
  - name: demo
    sdk_app_id: "1400006666"
    signature: 腾讯云
    exclusive: true
    limits: {{per_number_day: 100000, same_content_30s: 100000}}
    templates:
      "1110": {{class: otp}}
      "1111": {{class: notice}}
      "1117": {{class: alert}}
alerts:
  route:
    routes:
      - {{matchers: ['alert="limit_tencent"'], receiver: calls, group_by: [...], group_wait: 0s}}
  receivers:
    - {{name: calls, chain: once}}
oncall:
  rotas:
    - {{name: primary, people: [{oncall}]}}
  chains:
    - {{name: once, steps: [{{by: voice, whom: primary, wait_s: 60}}], repeats: 0}}
  voice: {{sdk_app_id: "1400006666", template: "4358", endpoint: "{tencent}"}}
roles:
  requester: ["@sms-senders"]
  approver: ["@sms-approvers"]
approvals:
  table:
    - {{kinds: [send], up_to: 100, approvals: 0}}
    - {{approvals: 1}}
"""
#: Nine in the morning in Shanghai, a Monday.
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
#: No frequency rule, no rate, an endless package: Tencent would hide a second SMS behind a refusal.
TENCENT = SandboxConfig(
    limits=FrequencyRules(day=None, same_content=None),
    package_segments=10_000_000,
    value_max_characters=None,
    report_delay_s=0.0,
    delay_scale=0.0,
    callback_attempts=1_000,
    callback_retry_s=0.2,
    api_rates=False,
    voice=VoiceConfig(notice_rules=VoiceRules(1_000, 1_000, 1_000, 1_000)),
)
SETTLE = timedelta(minutes=16)
REPORTS_OVER = timedelta(hours=73)
LOOK_S = 0.01
#: After so many rounds what still has not come to its end never will.
ROUNDS = 40
#: What the program says where the disk takes nothing: the one failure that is the harness's doing.
FULL = "disk I/O error"


@dataclass
class World:
    """One file and what was confirmed in it; lives of the program come and go."""

    config: Path
    secrets: dict[str, str]
    settings: Settings
    board: Board
    gate: Gate
    sandbox: TencentSandbox
    workspace: Workspace
    nursery: Nursery
    store: Store
    crowd: Crowd
    page: Page
    dice: Random
    ablation: Ablation | None = None
    kills: int = 0
    stalls: int = 0
    #: The most doubts one kill has made.
    most_doubts: int = 0
    #: Copies of requests that came so late that Tencent refused them for their age.
    refused_copies: int = 0
    #: Whose phone was to ring once, by its number, and in which trial.
    rung: dict[str, str] = field(default_factory=dict)
    _latest: Life | None = None

    async def launch(self, *, asks_at_once: bool = False) -> Life:
        """The program starts; where it gets to is another matter."""
        order = Order(
            name=uuid.uuid4().hex,
            config=str(self.config),
            board=str(self.config.with_name("board")),
            secrets=self.secrets,
            ablation=self.ablation or "",
            asks_at_once=asks_at_once,
        )
        self._latest = await self.nursery.launch(order, self._note_change)
        return self._latest

    def kill(self) -> None:
        """Whoever lives, right now."""
        assert self._latest is not None
        self._latest.kill()

    def stall(self) -> None:
        """The same, stopped."""
        assert self._latest is not None
        self._latest.stall()

    def _note_change(self, life: Life) -> None:
        """Whoever has become ready is the one at whose door others knock."""
        if life.died.is_set():
            self.gate.bot_url = "" if self.gate.bot_url == life.url else self.gate.bot_url
        elif life.ready.is_set():
            self.gate.bot_url = life.url

    async def dies(self, life: Life, within_s: float = 0.0, *, is_alone: bool = True) -> bool:
        """Waits for its death, and brings it about when it does not come; whether it came.

        Counts it, and the doubts it leaves: what is in flight now that nobody flies it.
        """
        came = within_s > 0 and await first(life.died, within_s=within_s)
        life.kill()
        assert await first(life.died), "nothing dies of signal 9"
        self.kills += 1
        if is_alone:
            self.most_doubts = max(self.most_doubts, self.store.count(MessageState.IN_FLIGHT))
        return came

    async def is_ready(self, life: Life) -> bool:
        """Waits until it listens; False where it never will."""
        await first(life.ready, life.died, life.stopped)
        return life.ready.is_set() and not life.died.is_set()

    async def stalls_for(self, life: Life, time: timedelta, within_s: float) -> bool:
        """Waits until it is stopped; the rest of the world goes on for `time`. Whether it was."""
        await first(life.stopped, life.died, within_s=within_s)
        self.board.disarm()
        self.gate.disarm()
        if not life.stopped.is_set():
            return False
        self.stalls += 1
        self.board.advance(time)
        return True

    def is_still(self) -> bool:
        """Whether nothing moves by itself now."""
        return self.store.is_still(self.board.program_time())

    async def until(self, look: Callable[[], bool], life: Life, within_s: float = WAIT_S) -> bool:
        """Waits for what no bell rings for, as long as the life lasts; whether it came to be."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while not (found := look()) and loop.time() < until and not life.died.is_set():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        return found

    def calm(self) -> None:
        """Nothing is about to happen to the program, and nothing goes wrong around it."""
        self.board.disarm()
        self.gate.disarm()
        self.gate.ailments.clear()
        self.sandbox.world.faults.clear()
        self.workspace.faults.clear()

    async def drain(self) -> None:
        """Undisturbed life until every message has come to its end or is a person's to decide."""
        self.calm()
        self.board.step(timedelta(0))
        life = await self.launch()
        assert await self.is_ready(life), life.broke
        for _ in range(ROUNDS):
            await self.until(self._is_done_for_now, life)
            if not self.crowd.drafted and not self.store.is_open():
                break
            self.board.advance(SETTLE)
            self.crowd.see_to(waits_in_ten=2)
        self.board.advance(REPORTS_OVER)
        await self.until(lambda: not self.store.count(MessageState.ACCEPTED), life)
        life.kill()
        await first(life.died)

    def broken(self) -> list[str]:
        """What the program logged with a trace and nobody had made go wrong."""
        return [said for life in self.nursery.lives for said in broken(life)]

    def miscounted(self) -> list[str]:
        """Figures that are not what counting every message gives."""
        kept, counted = naive_figures.kept(self.store.tx), naive_figures.counted(self.store.tx)
        keys = sorted(kept.keys() | counted.keys())
        wrong = [key for key in keys if kept[key] != counted[key]]
        return [f"{key}: {kept[key]} for {counted[key]}" for key in wrong]

    def _is_done_for_now(self) -> bool:
        return self.is_still() and all(map(self.crowd.is_checked, self.crowd.drafted))

    def verdicts(self) -> dict[str, Verdict]:
        """By trial; SMS nobody asked for count as duplicates of a trial of their own."""
        phones, intents = self.sandbox.phones, self.crowd.intents
        found = judge(self.store.tx, phones, intents)
        extra = strays(phones, intents, self.sandbox.world.state.ledger.numbers())
        if extra:
            findings = [f"nobody asked for {each}" for each in extra]
            found["nobody's"] = Verdict(sends=len(extra), duplicates=len(extra), findings=findings)
        calls = self.sandbox.world.state.voice.calls
        for number, trial in self.rung.items():
            verdict = judge_call(self.store.tx, number, calls.of(number))
            found.setdefault(trial, Verdict()).add(verdict)
        return found


def broken(life: Life) -> list[str]:
    """What went wrong in it that nobody made go wrong: a full disk may show in anything."""
    is_full = any(FULL in said for said in [*life.errors, *life.broke])
    return [] if is_full else life.broke


async def first(*events: asyncio.Event, within_s: float = WAIT_S) -> bool:
    """Waits until one of them happens; whether one did in time."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    done, _ = await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return bool(done)


@asynccontextmanager
async def world(
    folder: Path,
    process: "subprocess.Popen[bytes]",
    seed: int,
    ablation: Ablation | None = None,
) -> AsyncIterator[World]:
    """A world in which the program has been up once, knows Tencent's lists, and is dead."""
    async with AsyncExitStack() as stack:
        board = stack.enter_context(closing(Board(folder / "board")))
        board.start_at(START)
        workspace = Workspace()
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        sandbox = TencentSandbox(config=TENCENT, clock=board.world_time)
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        gate = Gate(sandbox.url)
        await stack.enter_async_context(gate.open())
        installed = workspace.install(manifest(registry(), base_url=gate.url, socket=False))
        secrets = environment(folder, sandbox, installed)
        callbacks = f"{gate.url}/callbacks/{secrets['SMSOPS_CALLBACK_SECRET']}/demo"
        await sandbox.set_callback_url(callbacks)
        config, settings = _settings(folder, secrets, workspace, gate)
        lives = await stack.enter_async_context(nursery(process))
        await _be_born(lives, Order(uuid.uuid4().hex, str(config), f"{folder / 'board'}", secrets))
        conn = stack.enter_context(closing(connect(settings.database)))
        store = Store(Tx(conn, Vault(settings.secrets.data_key.get_secret_value())))
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        page, dice = Page(workspace, http), Random(seed)
        crowd = Crowd(store, settings, board, sandbox.phones, workspace, page, dice, Callers(dice))
        made = World(
            config, secrets, settings, board, gate, sandbox, workspace, lives, store, crowd, page,
            dice, ablation,
        )  # fmt: skip
        await _learn(made)
        yield made


def _settings(
    folder: Path, secrets: dict[str, str], workspace: Workspace, gate: Gate
) -> tuple[Path, Settings]:
    config = folder / "app.yaml"
    text = APP_YAML.format(
        folder=folder,
        workspace=workspace.url,
        tencent=gate.url,
        numbers_at_once=NUMBERS_AT_ONCE,
        oncall=ONCALL,
    )
    config.write_text(text, encoding="utf-8")
    settings = load(config, secrets)
    assert isinstance(settings, Settings), settings
    return config, settings


async def _be_born(lives: Nursery, order: Order) -> None:
    """The first life makes the file."""
    life = await lives.launch(order)
    await first(life.ready, life.died)
    assert life.ready.is_set(), life.broke
    life.kill()
    await first(life.died)


async def _learn(made: World) -> None:
    """The second one reads Tencent's lists, which the first may have begun to."""
    made.board.advance(timedelta(minutes=2))
    life = await made.launch()
    now = made.board.program_time
    known = await made.until(lambda: content.get_balance(made.store.tx, now()) is not None, life)
    assert known, life.broke
    life.kill()
    await first(life.died)
