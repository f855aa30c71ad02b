"""What the whole bot costs while nobody wants anything of it: a share of one core.

With a thousand reviews that are pending at Tencent and a hundred open alerts, each with its card.
The stand-ins are in this process and the bot in one of its own, so that it alone is measured.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bot.cli.demo import without_proxy
from bot.cli.local import Plan, install, oncall, start_stand_ins
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.content import Review
from bot.sandbox.workspace import Pace, Workspace
from tests.bench.figures import Reading

APP_YAML = Path(__file__).parents[2] / "app.yaml"
REVIEWS, ALERTS = 1_000, 100
#: Every job of a minute has its turn once.
SPAN_S = 60.0
#: Percent of one core.
ALLOWED = 1.0


async def idling(
    folder: Path, reviews: int = REVIEWS, alerts: int = ALERTS, span_s: float = SPAN_S
) -> Reading:
    """Percent of a core over the one percent it may take."""
    place = folder / "idle"
    # Nobody decides: the reviews stay pending.
    config = SandboxConfig(review_delay_s=None)
    plan = Plan(APP_YAML, place, sandbox=config, pace=Pace())
    without_proxy()
    async with AsyncExitStack() as stack:
        sandbox, workspace = await start_stand_ins(stack, plan)
        submit(sandbox, reviews)
        taken = await _idle(plan, sandbox, workspace, (reviews, alerts, span_s))
    return Reading(taken, ALLOWED, taken / ALLOWED)


def submit(sandbox: TencentSandbox, reviews: int) -> None:
    """So many templates under review."""
    templates = sandbox.world.state.templates
    first = templates[1114]
    for number in range(200_000, 200_000 + reviews):
        named = {"template_id": number, "name": f"通知{number}", "status": Review.REVIEWING}
        templates[number] = replace(first, **named)  # type: ignore[arg-type]  # names and values


async def _idle(
    plan: Plan, sandbox: TencentSandbox, workspace: Workspace, wanted: tuple[int, int, float]
) -> float:
    """Starts the bot against the stand-ins; the percent it took."""
    installation = install(workspace, plan, "http://127.0.0.1:1")
    told = {
        "folder": str(plan.data_dir),
        "tencent": sandbox.url,
        "slack": workspace.url,
        "bot_token": installation.bot_token,
        "signing_secret": installation.signing_secret,
        "oncall": oncall(sandbox),
        "wanted": wanted,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.idlers", json.dumps(told), stdout=-1
    )
    written, _ = await process.communicate()
    found = json.loads(written)
    assert found["reviews"] >= wanted[0]
    assert found["alerts"] >= wanted[1], found
    percent: float = found["percent"]
    return percent
