"""The console's part of the voice side, and the saved state of it."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller
from tests.sandbox.tencent.test_voice_actions import code, tts


async def refused(caller: Caller, method: str, path: str, body: object) -> int:
    """The status of a wrong admin call."""
    url = f"{caller.sandbox.url}/_sandbox/{path}"
    async with caller.session.request(method, url, json=body) as answer:
        assert "error" in await answer.json()
        return answer.status


async def test_settings_can_be_changed_one_by_one(caller: Caller) -> None:
    url = "http://127.0.0.1:1/voice"
    await caller.admin("PUT", "voice", {"callback_url": url, "prompts_enabled": True})
    await caller.admin("PUT", "voice", {"minutes_left": 7})
    shown = await caller.admin("GET", "voice")
    assert (shown["callback_url"], shown["prompts_enabled"], shown["minutes_left"]) == (
        url,
        True,
        7,
    )
    await caller.admin("PUT", "voice", {"callback_url": None})
    assert caller.sandbox.world.app.voice_url is None


@pytest.mark.parametrize(
    "body",
    [
        {"callback_url": "ftp://x"},
        {"prompts_enabled": 1},
        {"minutes_left": -1},
        {"minutes_left": True},
        {"minutes": 1},
        [],
    ],
)
async def test_a_setting_that_makes_no_sense_is_refused(caller: Caller, body: object) -> None:
    assert await refused(caller, "PUT", "voice", body) == 400


async def test_a_voice_template_can_be_approved(caller: Caller) -> None:
    shown = {
        each["template_id"]: each for each in (await caller.admin("GET", "voice"))["templates"]
    }
    assert {each["status"] for each in shown.values()} == {0, 1, -1}
    await caller.admin("POST", "voice/templates", {**shown[4359], "status": 0})
    assert await tts(caller, TemplateId="4359", TemplateParamSet=["九点"]) == "Ok"


@pytest.mark.parametrize("body", [{"status": 0}, {"status": True}, {}, {"status": "1"}])
async def test_a_recording_is_passed_or_rejected(caller: Caller, body: object) -> None:
    assert await refused(caller, "POST", "voice/files/nothing", body) == 400
    assert await refused(caller, "POST", "voice/files/nothing", {"status": 1}) == 404


async def test_the_voice_side_is_saved_and_loaded(caller: Caller) -> None:
    assert await code(caller) == "Ok"
    saved = await caller.admin("GET", "state")
    caller.sandbox.world.app.voice_url = "http://127.0.0.1:1/voice"
    await caller.admin("POST", "reset")
    assert caller.sandbox.world.app.voice_url == "http://127.0.0.1:1/voice"
    assert list(caller.sandbox.world.state.voice.calls) == []
    await caller.admin("POST", "state", saved)
    assert await code(caller) == "LimitExceeded.DeliveryFrequencyLimit"
    loaded = (await caller.admin("GET", "state"))["voice"]
    assert loaded == saved["voice"]


@pytest.mark.parametrize(
    "changes",
    [
        {"prompts_enabled": None},
        {"minutes_left": -1},
        {"calls": None},
        {"templates": [{}]},
        {"pending": [{"event_id": 1, "callid": "x", "kind": 9, "key": "", "tries": 0}]},
    ],
)
async def test_a_voice_side_that_is_none_is_refused(
    caller: Caller, changes: dict[str, Any]
) -> None:
    saved = await caller.admin("GET", "state")
    saved["voice"] |= changes
    assert await refused(caller, "POST", "state", saved) == 400
    assert await refused(caller, "POST", "state", {**saved, "voice": None}) == 400


@pytest.mark.parametrize("changes", [{"number": "+14155550101"}, {"failure_code": 14}, {"kind": 3}])
async def test_a_call_that_is_none_is_refused(caller: Caller, changes: dict[str, Any]) -> None:
    assert await code(caller) == "Ok"
    saved = await caller.admin("GET", "state")
    saved["voice"]["calls"][0] |= changes
    assert await refused(caller, "POST", "state", saved) == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "calls"),
        ("POST", "calls/x/answer"),
        ("POST", "calls/x/press"),
        ("POST", "calls/x/hang_up"),
        ("POST", "calls/x/decline"),
        ("GET", "voice"),
        ("PUT", "voice"),
        ("POST", "voice/templates"),
        ("POST", "voice/files/x"),
    ],
)
async def test_pages_of_other_origins_are_refused(caller: Caller, method: str, path: str) -> None:
    url = f"{caller.sandbox.url}/_sandbox/{path}"
    origin = {"Origin": "http://evil.example"}
    async with caller.session.request(method, url, headers=origin) as answer:
        assert answer.status == 403
