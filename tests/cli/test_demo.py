"""`smsops demo` that cannot start says what to change, and leaves with 1; and what it starts."""

import socket
import subprocess
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bot.cli.demo import planned
from bot.cli.local import settings_for, start_stand_ins
from bot.settings import Settings
from tests.cli.conftest import FILE

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_port_that_was_asked_for_and_is_taken_is_told(smsops: Run, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = smsops("demo", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Port {port} is in use by another program.")


def test_what_is_wrong_with_its_settings_is_listed(smsops: Run, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(FILE + "langage: en\n", encoding="utf-8")
    done = smsops("demo", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "app.yaml:2:" in done.stderr
    assert "SMSOPS_" not in done.stderr


async def test_a_phone_may_be_called_as_often_as_the_sandbox_lets_it_at_any_hour(
    tmp_path: Path,
) -> None:
    (tmp_path / "app.yaml").write_text(FILE, encoding="utf-8")
    async with AsyncExitStack() as stack:
        plan = planned(tmp_path / "app.yaml", tmp_path / "demo", 0)
        sandbox, workspace = await start_stand_ins(stack, plan)
        settings = settings_for(plan, sandbox, workspace)
    assert isinstance(settings, Settings)
    assert settings.oncall.voice is not None
    rules, voice = plan.sandbox.voice.notice_rules, settings.oncall.voice
    assert (voice.per_30s, voice.per_10m, voice.per_day, voice.per_night) == (
        rules.thirty_seconds,
        rules.ten_minutes,
        rules.day,
        rules.night,
    )
    assert voice.per_night > 1
