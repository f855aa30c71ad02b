"""What is said to somebody after they were acknowledged gets through, and once where it can be."""

import io

import pytest

from bot.errors import SlackError
from bot.registry import SlackMessage
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.slack.files import Upload
from handlers import saying
from tests.handlers.jobs.conftest import Stage

HELLO = SlackMessage("hello")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "FIRST_WAIT_S", 0.01)


def strike(stage: Stage, target: str, kind: FaultKind, times: int = 1) -> None:
    stage.workspace.faults.add(Fault(target, kind, times))


def said(stage: Stage, channel: str = "C0SMS") -> list[str]:
    return [m["text"] for m in stage.workspace.messages(channel) if m.get("bot_id")]


@pytest.mark.parametrize(
    "kind", [FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.DROP_BEFORE]
)
async def test_a_whisper_gets_through(stage: Stage, kind: FaultKind) -> None:
    strike(stage, "chat.postEphemeral", kind)
    await saying.whisper(stage.services, "C0SMS", "U0LIN", HELLO)
    assert [m["text"] for m in stage.workspace.ephemeral("U0LIN", "C0SMS")] == ["hello"]


async def test_what_slack_never_takes_is_an_error(stage: Stage) -> None:
    with pytest.raises(SlackError) as caught:
        await saying.whisper(stage.services, "C0NONE", "U0LIN", HELLO)
    assert caught.value.code == "channel_not_found"


async def test_nobody_waits_longer_than_an_answer_is_worth(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying, "WITHIN_S", 0.05)
    strike(stage, "chat.postEphemeral", FaultKind.SERVER_ERROR, times=99)
    with pytest.raises(SlackError):
        await saying.whisper(stage.services, "C0SMS", "U0LIN", HELLO)


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
async def test_an_answer_in_a_conversation_is_said_once(stage: Stage, kind: FaultKind) -> None:
    strike(stage, "chat.postMessage", kind)
    await saying.say(stage.services, "C0SMS", HELLO, "answer:1")
    assert said(stage) == ["hello"]
    # As after a crash, when the event is run again.
    await saying.say(stage.services, "C0SMS", HELLO, "answer:1", is_again=True)
    assert said(stage) == ["hello"]


@pytest.mark.parametrize("target", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.DROP_AFTER])
async def test_a_file_is_posted_once(stage: Stage, target: str, kind: FaultKind) -> None:
    strike(stage, target, kind)
    body = b"number,state\r\n"
    await saying.upload(stage.services, "C0SMS", [Upload("a.csv", io.BytesIO(body), 14)], "done")
    await stage.workspace.wait_for(lambda: said(stage), 30)
    (message,) = [m for m in stage.workspace.messages("C0SMS") if m.get("files")]
    assert [file["name"] for file in message["files"]] == ["a.csv"]
