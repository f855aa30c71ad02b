"""Every command of legacy v5 succeeds as documented and fails with documented results."""

import pytest

from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.v5_commands import SMS_COMMANDS, VOICE_COMMANDS
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_content import FileStatus, VoiceFile
from tests.sandbox.tencent.callers import Caller, Clock, idle
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, TAIL
from tests.sandbox.tencent.test_v5_voice_files import upload
from tests.sandbox.tencent.tried import Tried
from tests.sandbox.tencent.v5_conformance import ANSWERED, CELLS, FOREIGN, REFUSED, UPLOAD, UPLOADED


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


@pytest.mark.parametrize("cell", ANSWERED, ids=str)
async def test_a_command_is_answered(caller: Caller, cell: Tried) -> None:
    trial = ANSWERED[cell]
    answer = await caller.v5(cell.action, trial.body, trial.tail, door=trial.door)
    assert answer["result"] == 0
    assert trial.holds(answer)


@pytest.mark.parametrize("cell", REFUSED, ids=str)
async def test_a_command_is_refused(caller: Caller, cell: Tried) -> None:
    trial = REFUSED[cell]
    answer = await caller.v5(cell.action, trial.body, trial.tail, door=trial.door)
    assert str(answer["result"]) == cell.code
    assert answer["errmsg"]


@pytest.mark.parametrize("cell", FOREIGN, ids=str)
async def test_a_command_with_a_foreign_application_or_key_is_refused(
    caller: Caller, cell: Tried
) -> None:
    trial, keys = FOREIGN[cell]
    answer = await caller.v5(cell.action, trial.body, trial.tail, door=trial.door, keys=keys)
    assert str(answer.get("result") or answer["ErrorCode"]) == cell.code


@pytest.mark.parametrize("cell", UPLOADED, ids=str)
async def test_an_upload_is_taken_or_refused(caller: Caller, cell: Tried) -> None:
    answer = await upload(caller, headers=UPLOADED[cell])
    assert str(answer["result"]) == (cell.code or "0")
    assert ("fid" in answer) is (cell.code == "")


def test_every_command_is_tried_and_refused() -> None:
    commands = {*SMS_COMMANDS, *VOICE_COMMANDS, UPLOAD}
    assert {cell.action for cell in CELLS if cell.way} == commands
    assert {cell.action for cell in CELLS if cell.code} == commands
