"""The whole bot with both stand-ins, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.rules.lanes import UNPACED
from bot.sandbox.workspace import Pace

APP_YAML = Path(__file__).parents[2] / "app.yaml"


@pytest.fixture
async def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Local]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with running_locally(
        Plan(APP_YAML, tmp_path, slack_pace=UNPACED, pace=Pace())
    ) as running:
        yield running
