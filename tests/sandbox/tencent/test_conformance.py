"""The official SDK, unmodified, judges every action of both versions."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.actions import ACTIONS
from bot.sandbox.tencent.actions_2019 import ACTIONS_2019
from tests.sandbox.tencent.callers import Caller
from tests.sandbox.tencent.conformance import ALL, JUDGED, JUDGED_2019
from tests.sandbox.tencent.judging import NEW, OLD, Failure, Judge
from tests.sandbox.tencent.parameters import Parameters, Row, spelled

SUCCESSES = [pytest.param(*key, id="-".join(key)) for key in ALL]
FAILURES = [
    pytest.param(version, action, failure, id=f"{version}-{action}-{failure.code}")
    for (version, action), trial in ALL.items()
    for failure in trial.failures
]
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


@pytest.mark.parametrize(("version", "action"), SUCCESSES)
async def test_the_official_sdk_is_answered(caller: Caller, version: str, action: str) -> None:
    trial, judge = ALL[version, action], Judge(caller)
    for step in trial.before:
        await step(judge)
    code, answer = await judge.call(version, action, ready(caller, trial.success))
    assert code == ""
    assert trial.holds(answer), answer


@pytest.mark.parametrize(("version", "action", "failure"), FAILURES)
async def test_the_official_sdk_is_refused(
    caller: Caller, version: str, action: str, failure: Failure
) -> None:
    judge = Judge(caller)
    for step in failure.before:
        await step(judge)
    code, answer = await judge.call(version, action, ready(caller, failure.parameters))
    if failure.per_number:
        rows = [answer[name] for name in ROWS if name in answer]
        assert (code, rows[0][0]["Code"]) == ("", failure.code)
    else:
        assert code == failure.code


@pytest.mark.parametrize(("version", "action"), SUCCESSES)
async def test_the_official_sdk_may_ask_by_get(caller: Caller, version: str, action: str) -> None:
    trial, judge = ALL[version, action], Judge(caller, method="GET")
    for step in trial.before:
        await step(judge)
    code, answer = await judge.call(version, action, ready(caller, trial.success))
    assert code == ""
    assert trial.holds(answer), answer


def test_no_cell_of_the_table_is_empty() -> None:
    assert JUDGED.keys() == ACTIONS.keys()
    assert JUDGED_2019.keys() == ACTIONS_2019.keys()
    for success, codes in (*JUDGED.values(), *JUDGED_2019.values()):
        assert success
        assert codes


def test_there_are_twenty_actions_and_sixteen_older_ones() -> None:
    assert {NEW: len(ACTIONS), OLD: len(ACTIONS_2019)} == {NEW: 20, OLD: 16}
