"""The voice actions of API 3.0 (vms, 2020-09-02): whatever is wrong is a top-level error."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bot.sandbox.tencent.actions import MAX_CONTEXT_BYTES, MAX_TEMPLATE_ID_DIGITS, Answer
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.voice_dial import (
    DEFAULT_PLAY_TIMES,
    Speech,
    code_speech,
    dial,
    read_callee,
    template_speech,
)
from bot.sandbox.tencent.world import World

VOICE_VERSION = "2020-09-02"


def send_code_voice(world: World, parameters: Mapping[str, object]) -> Answer:
    """SendCodeVoice: the digits are read out behind a fixed introduction."""
    fields = _fields(parameters, "CodeMessage")
    code = fields.text("CodeMessage")
    return _dial(world, fields, lambda: code_speech(code))


def send_tts_voice(world: World, parameters: Mapping[str, object]) -> Answer:
    """SendTtsVoice: a template with its values is read out."""
    fields = _fields(parameters, "TemplateId", optional=("TemplateParamSet",))
    template_id, values = fields.text("TemplateId"), fields.texts("TemplateParamSet")
    usable = template_id.isascii() and template_id.isdigit()
    key = int(template_id[:MAX_TEMPLATE_ID_DIGITS]) if usable else 0
    return _dial(world, fields, lambda: template_speech(world, key, values))


def _fields(
    parameters: Mapping[str, object], required: str, *, optional: tuple[str, ...] = ()
) -> Fields:
    return Fields(
        parameters,
        required=(required, "CalledNumber", "VoiceSdkAppid"),
        optional=(*optional, "PlayTimes", "SessionContext"),
    )


def _dial(world: World, fields: Fields, speak: Callable[[], Speech]) -> Answer:
    app_id, context = fields.text("VoiceSdkAppid"), fields.text("SessionContext")
    called, play_times = (
        fields.text("CalledNumber"),
        fields.integer("PlayTimes", DEFAULT_PLAY_TIMES),
    )
    app = world.state.apps.get(app_id)
    if app is None:
        raise CallError("UnauthorizedOperation.VoiceSdkAppidVerifyFail")
    if len(context.encode()) > MAX_CONTEXT_BYTES:
        raise CallError("InvalidParameterValue", name="SessionContext")
    call = dial(world, app, read_callee(called), speak(), play_times)
    status: dict[str, Any] = {"CallId": call.callid, "SessionContext": context}
    return Answer({"SendStatus": status})


VOICE_ACTIONS: Mapping[str, Callable[[World, Mapping[str, object]], Answer]] = MappingProxyType(
    {"SendCodeVoice": send_code_voice, "SendTtsVoice": send_tts_voice}
)
