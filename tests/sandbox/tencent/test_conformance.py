"""The official SDK, unmodified, judges every action of both versions."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.actions import ACTIONS
from bot.sandbox.tencent.actions_2019 import ACTIONS_2019
from tests.sandbox.tencent.callers import Caller
from tests.sandbox.tencent.conformance import ALL, FAILURES, SUCCESSES
from tests.sandbox.tencent.judging import Judge
from tests.sandbox.tencent.parameters import Parameters, Row, spelled
from tests.sandbox.tencent.tried import NEW, OLD, Tried

ROWS = ("SendStatusSet", "SendMultiStatusSet")


@pytest.fixture
async def caller(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)  # the SDK would obey them, even for loopback
    config = SandboxConfig(report_delay_s=0.0, delay_scale=0.0)
    sandbox = TencentSandbox(config=config)
    await sandbox.start()
    async with aiohttp.ClientSession() as session:
        yield Caller(sandbox, session)
    await sandbox.stop()


def ready(caller: Caller, parameters: Parameters) -> Row:
    """The parameters, with the serial of the latest message where one is wanted."""
    serials = [each.serial for each in caller.sandbox.world.state.ledger] or [""]
    values = spelled(parameters)
    return {name: serials[-1] if value == "@serial" else value for name, value in values.items()}


@pytest.mark.parametrize("cell", SUCCESSES, ids=str)
async def test_the_official_sdk_is_answered(caller: Caller, cell: Tried) -> None:
    trial, judge = ALL[cell.part, cell.action], Judge(caller, cell.way)
    for step in trial.before:
        await step(judge)
    code, answer = await judge.call(cell.part, cell.action, ready(caller, trial.success))
    assert code == ""
    assert trial.holds(answer), answer


@pytest.mark.parametrize("cell", FAILURES, ids=str)
async def test_the_official_sdk_is_refused(caller: Caller, cell: Tried) -> None:
    judge, failure = Judge(caller), FAILURES[cell]
    for step in failure.before:
        await step(judge)
    code, answer = await judge.call(cell.part, cell.action, ready(caller, failure.parameters))
    if failure.per_number:
        rows = [answer[name] for name in ROWS if name in answer]
        assert (code, rows[0][0]["Code"]) == ("", cell.code)
    else:
        assert code == cell.code


def test_every_action_is_tried_in_both_ways_and_refused() -> None:
    actions = {*((NEW, name) for name in ACTIONS), *((OLD, name) for name in ACTIONS_2019)}
    for way in ("POST", "GET"):
        assert {(cell.part, cell.action) for cell in SUCCESSES if cell.way == way} == actions
    assert {(cell.part, cell.action) for cell in FAILURES} == actions
    assert len(FAILURES) == sum(len(trial.failures) for trial in ALL.values())


def test_there_are_twenty_actions_and_sixteen_older_ones() -> None:
    assert {NEW: len(ACTIONS), OLD: len(ACTIONS_2019)} == {NEW: 20, OLD: 16}
