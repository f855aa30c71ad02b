"""Recordings for legacy v5's sendfvoice: uploading one, and how its review goes."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.tc3 import RawRequest
from bot.sandbox.tencent.v5_answers import Result
from bot.sandbox.tencent.v5_signing import believe, content_tail
from bot.sandbox.tencent.voice_content import MAX_FILE_BYTES, FileStatus, VoiceFile
from bot.sandbox.tencent.world import World

EXTENSIONS: Mapping[str, str] = MappingProxyType({"audio/wav": "wav", "audio/mpeg": "mp3"})
MAX_FILES = 100


def believe_upload(world: World, app: Application, raw: RawRequest, random: str, time: str) -> None:
    """Refuse sound that is not signed over its digest; all but the sound is in URL and headers."""
    sha1 = raw.headers.get("x-content-sha1", "")
    time_s = int(time) if re.fullmatch(r"[0-9]{1,12}", time) else -1
    sig = raw.headers.get("authorization", "")
    believe(world, app, sig, random, time_s, lambda: content_tail(sha1))
    if hashlib.sha1(raw.body, usedforsecurity=False).hexdigest() != sha1:
        raise CallError("InternalError.SigVerificationFail")


def upload_file(world: World, raw: RawRequest) -> Result:
    """uploadvoicefile: the sound is the body."""
    extension = EXTENSIONS.get(raw.headers.get("content-type", ""))
    if extension is None or not 0 < len(raw.body) <= MAX_FILE_BYTES:
        raise CallError("FailedOperation.InvalidParameters")
    if len(world.state.voice.files) >= MAX_FILES:
        raise CallError("FailedOperation.InvalidParameters")
    fid = f"{secrets.token_hex(20)}.{extension}"
    due_at_ms = world.now_ms + round(1000 * world.config.voice.file_review_s)
    file = VoiceFile(fid, len(raw.body), FileStatus.PENDING, due_at_ms)
    world.state.voice.files[fid] = file
    world.save()
    return Result({"result": 0, "errmsg": "OK", "fid": fid})


def file_status(world: World, fields: Fields) -> Result:
    """statusvoicefile: 0 in review, 1 passed, 2 rejected, 3 no such recording."""
    file = world.state.voice.files.get(fields.text("fid"))
    status = FileStatus.ABSENT if file is None else file.status(world.now_ms)
    return Result({"result": 0, "errmsg": "OK", "status": int(status)})
