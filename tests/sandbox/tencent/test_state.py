"""The state file: sends survive a restart, pending reports go on, and bad ones are set aside."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.tencent import SandboxConfig
from bot.sandbox.tencent.config import Credentials
from bot.sandbox.tencent.records import RecordError
from bot.sandbox.tencent.state import seed_state, state_from_json, state_to_json
from tests.sandbox.tencent.callers import Caller, Receiver, idle
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8613800000001"
VERSION_1 = Path(__file__).with_name("state_version_1.json")
CREDENTIALS = Credentials()


def saved_new() -> dict[str, Any]:
    """The state of a new sandbox."""
    return state_to_json(seed_state(SandboxConfig(), 1_700_000_000_000))


async def test_a_send_survives_a_restart_and_its_report_still_comes(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "sandbox.json"
    first = await start(path, report_delay_s=60.0)
    (row,) = await first.send(NUMBER)
    await first.sandbox.stop()
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["pending"][0]["due_at_ms"] = 0  # the sixty seconds have passed
    path.write_text(json.dumps(kept), encoding="utf-8")

    second = await start(path)
    assert [each.serial for each in second.sandbox.phones.messages(NUMBER)] == [row["SerialNo"]]
    assert second.sandbox.world.state.packages[0].used_segments == 1
    same_content = "LimitExceeded.PhoneNumberSameContentDailyLimit"
    assert await second.code(NUMBER) == same_content
    ((report,),) = await receiver.wait_for(1)
    assert report["sid"] == row["SerialNo"]


async def test_attempts_already_made_count_after_a_restart(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    path = tmp_path / "sandbox.json"
    receiver.answers = [(500, "")] * 5
    first = await start(path, callback_retry_s=60.0)
    await first.send(NUMBER)
    await receiver.wait_for(1)
    await first.sandbox.stop()
    second = await start(path)
    await receiver.wait_for(3)
    await idle(second.sandbox)
    assert 3 <= len(receiver.posts) <= 4  # the one cut off by the stop may not have been counted


async def test_a_state_saved_and_loaded_is_the_same(caller: Caller) -> None:
    await caller.send(NUMBER)
    await idle(caller.sandbox)
    saved = await caller.admin("GET", "state")
    await caller.admin("POST", "reset")
    assert caller.sandbox.phones.messages(NUMBER) == []
    await caller.admin("POST", "state", saved)
    assert await caller.admin("GET", "state") == saved
    assert len(caller.sandbox.phones.messages(NUMBER)) == 1


BAD: list[dict[str, Any] | None] = [
    None,
    {},
    {"version": 3},
    {"version": True},
    {"apps": None},
    {"apps": []},
    {"apps": [1]},
    {"templates": None},
    {"templates": [{}]},
    {"templates": [[]]},
    {"templates": [{"colour": "red"}]},
    {"attempts": "x"},
    {"packages": [{"package_id": 1}]},
    {"account": None},
    {"account": {}},
    {"pending": [1]},
    {"hours": 1},
    {"hours": [{"hour": 1, "app": "1400006666"}]},
    {"hours": [{"hour": 1, "app": "1400006666", "iso_code": "CN", "delivered": -1}]},
]


@pytest.mark.parametrize("changes", BAD)
def test_a_state_that_is_none_is_refused(changes: dict[str, Any] | None) -> None:
    seeded = saved_new()
    state_from_json(seeded, CREDENTIALS)
    bad = {**seeded, **changes} if changes else changes
    with pytest.raises(RecordError):
        state_from_json(bad, CREDENTIALS)


@pytest.mark.parametrize(
    "changes",
    [
        {"sdk_app_id": "1400000001"},
        {"sdk_app_id": 1400006666},
        {"app_key": "short"},
        {"name": None},
        {"enabled": 1},
        {"status_url": 1},
        {"status_url": "file:///etc/passwd"},
        {"voice_url": "ftp://x"},
        {"limits": []},
        {"thresholds": None},
        {"countries": [1]},
        {"country_caps": [{"iso_code": "US"}]},
        {"contacts": None},
    ],
)
def test_an_application_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    seeded = saved_new()
    seeded["apps"][0] |= changes
    with pytest.raises(RecordError):
        state_from_json(seeded, CREDENTIALS)


def test_an_application_twice_is_refused() -> None:
    seeded = saved_new()
    seeded["apps"] *= 2
    with pytest.raises(RecordError):
        state_from_json(seeded, CREDENTIALS)


def test_the_state_of_another_account_is_refused() -> None:
    others = replace(CREDENTIALS, sdk_app_id="1400000001")
    with pytest.raises(RecordError, match="1400000001"):
        state_from_json(saved_new(), others)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "nobody"),
        ("asked_at_ms", -1),
        ("asked_at_ms", 10**18),
        ("asked_at_ms", True),
        ("text", "\ud800"),
        ("serial", None),
    ],
)
async def test_an_attempt_with_an_impossible_field_is_refused(
    caller: Caller, field: str, value: object
) -> None:
    await caller.send(NUMBER)
    saved = await caller.admin("GET", "state")
    saved["attempts"][0][field] = value
    with pytest.raises(RecordError):
        state_from_json(saved, CREDENTIALS)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "\ud800", json.dumps({**saved_new(), "apps": []})]
)
async def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    path = tmp_path / "sandbox.json"
    damaged = content.encode("utf-8", "surrogatepass")
    path.write_bytes(damaged)
    caller = await start(path)
    aside = tmp_path / "sandbox.json.unreadable"
    assert str(aside) in caplog.text
    assert await caller.code(NUMBER) == "Ok"
    await caller.sandbox.stop()
    assert aside.read_bytes() == damaged
    assert len(json.loads(path.read_text(encoding="utf-8"))["attempts"]) == 1


async def test_a_state_from_before_there_were_several_applications_goes_on(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "sandbox.json"
    path.write_bytes(VERSION_1.read_bytes())
    caller = await start(path, callback_url=None)
    app = caller.sandbox.world.app
    assert (app.enabled, app.exempt, app.limits and app.limits.day) == (False, (NUMBER,), 5)
    assert (app.status_url, app.voice_url) == (
        "http://127.0.0.1:1/status",
        "http://127.0.0.1:1/voice",
    )
    assert [each.subject for each in app.alerts] == ["1"]
    assert [each.app for each in caller.sandbox.world.state.pending] == [app.sdk_app_id]
    pull = {"Limit": 1, "SmsSdkAppId": app.sdk_app_id}
    assert (await caller.call("PullSmsSendStatus", pull))["PullSmsSendStatusSet"]
    await caller.sandbox.stop()
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == 2


@pytest.mark.parametrize(
    "damage", [{"account": None}, {"voice": 1}, {"pending": [1]}, {"version": 0}]
)
def test_a_damaged_state_of_version_1_is_refused(damage: dict[str, Any]) -> None:
    older = json.loads(VERSION_1.read_text(encoding="utf-8"))
    state_from_json(older, CREDENTIALS)
    with pytest.raises(RecordError):
        state_from_json({**older, **damage}, CREDENTIALS)
