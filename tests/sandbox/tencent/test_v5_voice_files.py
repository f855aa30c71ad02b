"""Recordings: signed in the headers, reviewed, played."""

import hashlib
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.voice_content import FileStatus, VoiceFile
from tests.sandbox.tencent.callers import VOICE_DOOR, Caller, Clock, v5_sig
from tests.sandbox.tencent.test_v5_send import TAIL, TEL

NONE: Mapping[str, str] = MappingProxyType({})
SOUND = b"RIFF" + b"\x00" * 32_000


async def upload(
    caller: Caller, body: bytes = SOUND, headers: Mapping[str, str] = NONE, *, off_s: int = 0
) -> dict[str, Any]:
    """The answer to an upload that is signed right, unless `headers` say otherwise."""
    c = caller.sandbox.credentials
    time_s = int(caller.sandbox.world.clock().timestamp()) + off_s
    sha1 = hashlib.sha1(body).hexdigest()
    whole = {
        "Content-Type": "audio/wav",
        "x-content-sha1": sha1,
        "Authorization": v5_sig(c.app_key, 4711, time_s, f"&content-sha1={sha1}"),
        **headers,
    }
    url = f"{caller.sandbox.url}/v5/{VOICE_DOOR}/uploadvoicefile"
    query = f"?sdkappid={c.sdk_app_id}&random=4711&time={time_s}"
    async with caller.session.post(url + query, data=body, headers=whole) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        found: dict[str, Any] = json.loads(await answer.read())
        return found


async def status(caller: Caller, fid: str) -> int:
    result = await caller.v5("statusvoicefile", {"fid": fid}, f"&fid={fid}", door=VOICE_DOOR)
    found: int = result["status"]
    return found


async def play(caller: Caller, fid: str) -> int:
    body = {"tel": TEL, "fid": fid, "playtimes": 2}
    result: int = (await caller.v5("sendfvoice", body, TAIL, door=VOICE_DOOR))["result"]
    return result


@pytest.mark.parametrize(("kind", "end"), [("audio/wav", "wav"), ("audio/mpeg", "mp3")])
async def test_a_recording_is_uploaded_reviewed_and_played(
    caller: Caller, clock: Clock, kind: str, end: str
) -> None:
    result = await upload(caller, headers={"Content-Type": kind})
    assert (result["result"], set(result)) == (0, {"result", "errmsg", "fid"})
    fid = result["fid"]
    assert re.fullmatch(rf"[0-9a-f]{{40}}\.{end}", fid)
    assert (await status(caller, fid), await play(caller, fid)) == (0, 1014)
    clock.advance(seconds=10)
    assert (await status(caller, fid), await play(caller, fid)) == (1, 0)
    (call,) = caller.sandbox.world.state.voice.calls
    assert (call.fid, call.text, call.speech_ms) == (fid, "", 4000)


async def test_a_rejected_recording_is_not_played(caller: Caller, clock: Clock) -> None:
    fid = (await upload(caller))["fid"]
    await caller.admin("POST", f"voice/files/{fid}", {"status": 2})
    clock.advance(minutes=1)
    assert (await status(caller, fid), await play(caller, fid)) == (2, 1014)
    (file,) = (await caller.admin("GET", "voice"))["files"]
    assert (file["fid"], file["status"]) == (fid, 2)


async def test_an_upload_is_listed_with_its_signed_time(caller: Caller, clock: Clock) -> None:
    await upload(caller)
    (entry,) = caller.sandbox.requests
    expected = ("uploadvoicefile", "ok", str(int(clock.now.timestamp())))
    assert (entry.action, entry.outcome, entry.timestamp) == expected


async def test_an_unsigned_upload_uses_no_fault_up(caller: Caller) -> None:
    await caller.admin("POST", "faults", {"action": "uploadvoicefile", "kind": "throttle"})
    assert (await upload(caller, headers={"Authorization": "x"}))["result"] == 1001
    assert (await upload(caller))["ErrorCode"] == 60007


async def test_a_recording_nobody_uploaded_is_absent(caller: Caller) -> None:
    assert await status(caller, "nothing.wav") == 3


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Type": "application/json"}, 3004),
        ({"Content-Type": "audio/wav; x"}, 3004),
        ({"Authorization": "0" * 64}, 1001),
        ({"Authorization": ""}, 1001),
        ({"x-content-sha1": "0" * 40}, 1001),
    ],
)
async def test_a_wrong_upload_is_refused(
    caller: Caller, headers: dict[str, str], expected: int
) -> None:
    assert (await upload(caller, headers=headers))["result"] == expected
    assert caller.sandbox.world.state.voice.files == {}


async def test_what_was_signed_is_not_what_was_sent(caller: Caller) -> None:
    sha1 = hashlib.sha1(b"other").hexdigest()
    time_s = int(caller.sandbox.world.clock().timestamp())
    sig = v5_sig(caller.sandbox.credentials.app_key, 4711, time_s, f"&content-sha1={sha1}")
    headers = {"x-content-sha1": sha1, "Authorization": sig}
    assert (await upload(caller, headers=headers))["result"] == 1001


@pytest.mark.parametrize(("size", "expected"), [(0, 3004), (409_600, 0), (409_601, 3004)])
async def test_a_recording_has_at_most_400_kb(caller: Caller, size: int, expected: int) -> None:
    assert (await upload(caller, b"x" * size))["result"] == expected


@pytest.mark.parametrize(("off_s", "expected"), [(-600, 0), (-601, 1021), (601, 1021)])
async def test_ten_minutes_of_skew_are_forgiven(caller: Caller, off_s: int, expected: int) -> None:
    assert (await upload(caller, off_s=off_s))["result"] == expected


async def test_no_upload_whatever_gets_anything_but_an_envelope(caller: Caller) -> None:
    examples: list[tuple[bytes, dict[str, str]]] = []
    visible = st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"])
    values = st.text(visible, min_size=1)
    names = st.sampled_from(["Content-Type", "x-content-sha1", "Authorization"])

    @settings(max_examples=50, database=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=100), st.dictionaries(names, values))
    def collect(body: bytes, headers: dict[str, str]) -> None:
        examples.append((body, headers))

    collect()
    for body, headers in examples:
        assert "result" in await upload(caller, body, headers)


async def test_only_so_many_recordings_are_kept(caller: Caller) -> None:
    files = caller.sandbox.world.state.voice.files
    for at in range(99):
        files[str(at)] = VoiceFile(str(at), 1, FileStatus.PASSED, 0)
    assert (await upload(caller))["result"] == 0
    assert (await upload(caller))["result"] == 3004
