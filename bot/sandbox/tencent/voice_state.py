"""What the sandbox remembers of its voice side, as part of the state file."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from bot.sandbox.tencent.records import RecordError, decode_all, encode
from bot.sandbox.tencent.voice_calls import FAILURES, Call, CallBook
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_content import VoiceFile, VoiceTemplate, seed_voice_templates

MAX_MINUTES = 1_000_000_000


class EventKind(IntEnum):
    """What a voice callback tells."""

    KEY = 1
    RESULT = 2
    FAILURE = 3


@dataclass(frozen=True, slots=True)
class VoiceEvent:
    """A voice callback not yet pushed; `tries` counts the pushes that failed so far."""

    event_id: int
    callid: str
    kind: EventKind
    key: str = ""
    tries: int = 0


@dataclass(slots=True)
class VoiceState:
    """Templates, recordings, calls and callbacks still to come; changed in place, by one loop."""

    prompts_enabled: bool = False
    minutes_left: int = 0
    templates: dict[int, VoiceTemplate] = field(default_factory=dict)
    files: dict[str, VoiceFile] = field(default_factory=dict)
    calls: CallBook = field(default_factory=CallBook)
    pending: list[VoiceEvent] = field(default_factory=list)


def seed_voice_state(config: VoiceConfig, created_at_ms: int) -> VoiceState:
    """The voice side of a sandbox nobody has used yet."""
    return VoiceState(
        prompts_enabled=config.prompts_enabled,
        minutes_left=config.package_minutes,
        templates={each.template_id: each for each in seed_voice_templates(created_at_ms)},
    )


def voice_to_json(voice: VoiceState) -> dict[str, Any]:
    """The voice side as one JSON object."""
    return {
        "prompts_enabled": voice.prompts_enabled,
        "minutes_left": voice.minutes_left,
        "templates": [encode(each) for each in voice.templates.values()],
        "files": [encode(each) for each in voice.files.values()],
        "calls": [encode(each) for each in voice.calls],
        "pending": [encode(each) for each in voice.pending],
    }


def voice_from_json(value: object) -> VoiceState:
    """The voice side in an object made by `voice_to_json`. Raises RecordError."""
    if not isinstance(value, dict):
        raise RecordError("voice: not an object")
    enabled, minutes = value.get("prompts_enabled"), value.get("minutes_left")
    if type(enabled) is not bool or type(minutes) is not int or not 0 <= minutes <= MAX_MINUTES:
        raise RecordError("voice: prompts_enabled or minutes_left is not valid")
    calls = decode_all(Call, value.get("calls"))
    if any(call.failure_code and call.failure_code not in FAILURES for call in calls):
        raise RecordError("voice: failure_code is not one of the vendor's")
    templates = decode_all(VoiceTemplate, value.get("templates"))
    return VoiceState(
        prompts_enabled=enabled,
        minutes_left=minutes,
        templates={each.template_id: each for each in templates},
        files={each.fid: each for each in decode_all(VoiceFile, value.get("files"))},
        calls=CallBook(calls),
        pending=decode_all(VoiceEvent, value.get("pending")),
    )
