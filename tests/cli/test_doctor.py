"""`smsops doctor` looks beside a bot that runs, and before the first start of one."""

import json
import socket
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest
from pydantic import SecretBytes

from bot.__main__ import main
from bot.cli import doctor
from bot.cli.local import (
    Local,
    Plan,
    install,
    point_callbacks,
    running_locally,
    settings_for,
    start_stand_ins,
)
from bot.errors import DatabaseInUse
from bot.locales import Locale
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.settings import Settings
from bot.slack.messages.doctor import Report
from handlers.examining import trial
from storage import generations

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]
NUMBER = "+8613800000001"


class Stopped(NamedTuple):
    """A bot that does not run, and Tencent."""

    settings: Settings
    sandbox: TencentSandbox


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def local(tmp_path: Path, no_proxy: None) -> AsyncIterator[Local]:
    plan = Plan(ROOT / "app.yaml", tmp_path, sandbox=SandboxConfig(delay_scale=0.0))
    async with running_locally(plan) as running:
        yield running


def seen_from_outside(local: Local) -> Settings:
    """The settings of a bot whose port is known, as in life."""
    port = int(local.bot.url.rpartition(":")[2])
    server = local.settings.server.model_copy(update={"port": port})
    return local.settings.model_copy(update={"server": server})


def by_found(report: Report) -> dict[str, Json]:
    found = [doctor.as_json(each, report, Locale.EN) for each in report.findings]
    return {str(each["found"]): each for each in json.loads(json.dumps(found))}


async def test_a_bot_that_runs_is_looked_at_from_beside(local: Local) -> None:
    report = await doctor.look(seen_from_outside(local))
    told = by_found(report)
    assert [each for each in told.values() if each["severity"] == "broken"] == []
    assert {"callbacks.answer", "slack_url.answers", "key.works", "outbox.empty"} <= told.keys()
    assert told["scopes.granted"]["facts"] == {"count": 14}
    assert told["limits.undeclared"]["app"] == "demo"


async def test_one_that_does_not_run_and_has_no_file_is_told_of(local: Local) -> None:
    settings = seen_from_outside(local)
    server = settings.server.model_copy(update={"port": 1})
    away = settings.model_copy(update={"server": server, "data_dir": Path("/nowhere")})
    told = by_found(await doctor.look(away))
    assert told["store.none_yet"]["facts"] == {"path": "/nowhere/smsops.db"}
    assert told["callbacks.unreachable"]["facts"]["why"] == "connect"
    assert told["slack_url.unreachable"]["cure"].startswith("Look whether the bot runs")


async def test_a_file_that_is_held_is_found(local: Local) -> None:
    mark, settings = generations.mark_path(local.settings.database), seen_from_outside(local)
    told: dict[str, Json] = {}
    # The bot renews it now and then: what counts is a look in which it was as it is now.
    while not told or mark.read_bytes() != b"{":
        mark.write_bytes(b"{")
        told = by_found(await doctor.look(settings))
    assert told["store.held"]["cure"].startswith("`smsops release`")


async def test_another_data_key_is_found(local: Local) -> None:
    settings = seen_from_outside(local)
    secrets = settings.secrets.model_copy(update={"data_key": SecretBytes(bytes(64))})
    other = settings.model_copy(update={"secrets": secrets})
    told = by_found(await doctor.look(other))
    assert told["store.unusable"]["facts"]["why"] == "SMSOPS_DATA_KEY"


@pytest.fixture
async def stopped(tmp_path: Path, no_proxy: None) -> AsyncIterator[Stopped]:
    """Both stand-ins, and the settings of a bot that does not run, on a port of its own."""
    async with AsyncExitStack() as stack:
        door = stack.enter_context(closing(socket.socket()))
        # Nobody else is given it, and who asks for it by its number gets it.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", 0))
        port = int(door.getsockname()[1])
        if sys.platform != "linux":
            door.close()  # elsewhere, what is only held keeps us out as well
        config = SandboxConfig(report_delay_s=0.0, delay_scale=0.0)
        plan = Plan(ROOT / "app.yaml", tmp_path, sandbox=config, overrides={"server.port": port})
        sandbox, workspace = await start_stand_ins(stack, plan)
        settings = settings_for(plan, sandbox, workspace)
        install(workspace, plan, settings.server.base_url)
        yield Stopped(settings, sandbox)


def asked(number: str, *values: str, app: str | None = None) -> Namespace:
    return Namespace(
        send_test=number, template="1110", value=list(values), app=app, locale=Locale.EN
    )


async def test_a_test_goes_to_the_number_it_is_told_and_its_report_comes_back(
    stopped: Stopped,
) -> None:
    await point_callbacks(stopped.sandbox, stopped.settings, stopped.settings.server.base_url)
    report = await doctor.try_out(stopped.settings, asked(NUMBER, "code=123456"))
    assert isinstance(report, Report), report
    told = by_found(report)
    assert {"trial.came_back", "callbacks.answer", "context.off"} <= told.keys()
    assert len(stopped.sandbox.phones.messages(NUMBER)) == 1
    assert NUMBER.removeprefix("+86") not in json.dumps(told)


async def test_without_a_callback_address_the_silence_is_told(
    stopped: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial.follow, "__defaults__", (0.6,))
    report = await doctor.try_out(stopped.settings, asked(NUMBER, "123456"))
    assert isinstance(report, Report), report
    assert by_found(report)["trial.silent"]["severity"] == "broken"


async def test_what_cannot_be_sent_is_told_and_nothing_is(stopped: Stopped) -> None:
    told = await doctor.try_out(stopped.settings, asked("12", "1"))
    assert isinstance(told, str)
    assert told.startswith("Not sent: ")
    told = await doctor.try_out(stopped.settings, asked(NUMBER, app="nobody"))
    assert told == "There is no app nobody in it. There are: demo."
    assert stopped.sandbox.phones.messages(NUMBER) == []


async def test_beside_a_bot_that_runs_nothing_is_sent(local: Local) -> None:
    with pytest.raises(DatabaseInUse):
        await doctor.try_out(local.settings, asked(NUMBER, "123456"))


def test_settings_that_are_faulty_are_told_instead(
    smsops: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "app.yaml").write_text("apps: []\n")
    done = smsops("doctor", "--json")
    assert done.returncode == 1
    assert "apps" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--send-test", NUMBER], "A test takes a template: --template"),
        (["--template", "1110"], "they go with --send-test."),
        (["--app", "demo"], "they go with --send-test."),
    ],
)
def test_words_about_a_test_that_make_none_are_refused_before_anything_is_begun(
    words: list[str], said: str, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *words]) == 1
    told = capsys.readouterr()
    assert (told.out, said in told.err) == ("", True)
