"""Every command of legacy v5 succeeds as documented and fails with documented results."""

import pytest

from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.v5_commands import SMS_COMMANDS, VOICE_COMMANDS
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_content import FileStatus, VoiceFile
from tests.sandbox.tencent.callers import Caller, Clock, idle
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, TAIL
from tests.sandbox.tencent.v5_conformance import JUDGED_V5, TRIALS


@pytest.fixture
async def caller(start: Start, clock: Clock) -> Caller:
    """All that support can open is open, one message has been sent a minute ago."""
    opened = VoiceConfig(prompts_enabled=True)
    caller = await start(account=Account(pulls_enabled=True), voice=opened)
    caller.sandbox.world.state.voice.files["seed.wav"] = VoiceFile(
        "seed.wav", 16_000, FileStatus.PASSED, 0
    )
    assert (await caller.v5("sendsms", BY_TEMPLATE, TAIL))["result"] == 0
    await idle(caller.sandbox)
    clock.advance(minutes=1)
    return caller


@pytest.mark.parametrize("command", TRIALS)
async def test_a_command_is_answered(caller: Caller, command: str) -> None:
    trial = TRIALS[command]
    answer = await caller.v5(command, trial.body, trial.tail, door=trial.door)
    assert answer["result"] == 0
    assert trial.holds(answer)


@pytest.mark.parametrize(
    ("command", "result"),
    [(command, result) for command, trial in TRIALS.items() for result in trial.failures],
)
async def test_a_command_is_refused(caller: Caller, command: str, result: int) -> None:
    trial = TRIALS[command]
    body = {**trial.body, **trial.failures[result]}
    answer = await caller.v5(command, body, trial.tail, door=trial.door)
    assert answer["result"] == result
    assert answer["errmsg"]


def test_no_cell_of_the_table_is_empty() -> None:
    assert JUDGED_V5.keys() == {*SMS_COMMANDS, *VOICE_COMMANDS, "uploadvoicefile"}
    assert all(success and results for success, results in JUDGED_V5.values())
