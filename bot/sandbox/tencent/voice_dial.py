"""Placing a call, whichever API asked for it: the rules, then the ringing."""

import uuid
from dataclasses import dataclass

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.content import Review
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.send import check_service
from bot.sandbox.tencent.voice_calls import Call, CallKind
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_content import CODE_INTRODUCTION, MAX_TEXT_CHARACTERS
from bot.sandbox.tencent.voice_fates import voice_fate_of
from bot.sandbox.tencent.voice_frequency import is_over_limit
from bot.sandbox.tencent.world import World

DEFAULT_PLAY_TIMES = 2
MAX_PLAY_TIMES = 3
#: The voice product spells it with a small "id" (official SDK, vms errorcodes).
DISABLED = "UnauthorizedOperation.SdkAppidIsDisabled"


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be heard: a text, or the recording `fid` that takes `fid_ms`."""

    kind: CallKind
    text: str = ""
    fid: str = ""
    fid_ms: int = 0


def read_callee(text: str) -> PhoneNumber:
    """The callee in E.164; calls go to mainland mobiles only. Raises CallError."""
    number = read_number(text) if text.startswith("+") else None
    if number is None:
        raise CallError("InvalidParameterValue.CalledNumberVerifyFail")
    if not number.is_mainland:
        raise CallError("UnsupportedOperation")
    return number


def code_speech(code: str) -> Speech:
    """What a code call says. Raises CallError."""
    if not (code.isascii() and code.isdigit()):
        raise CallError("FailedOperation.InvalidParameters")
    return _checked(Speech(CallKind.CODE, CODE_INTRODUCTION + code))


def template_speech(world: World, template_id: int, values: tuple[str, ...]) -> Speech:
    """What a notice by template says. Raises CallError."""
    template = world.state.voice.templates.get(template_id)
    if template is None or template.status is not Review.USABLE:
        raise CallError("FailedOperation.TemplateIncorrectOrUnapproved")
    if len(values) != template.variables:
        raise CallError("FailedOperation.TemplateIncorrectOrUnapproved")
    return _checked(Speech(CallKind.NOTICE, template.fill(values)))


def dial(
    world: World, app: Application, callee: PhoneNumber, speech: Speech, play_times: int
) -> Call:
    """Ring the callee up, without an await. Raises CallError, then nobody is rung up."""
    if not 1 <= play_times <= MAX_PLAY_TIMES:
        raise CallError("FailedOperation.InvalidParameters")
    if any(word in speech.text for word in world.config.sensitive_words):
        raise CallError("FailedOperation.ContainSensitiveWord")
    _check_rules(world, app, callee, speech.kind)
    config, fate, now_ms = world.config.voice, voice_fate_of(callee.e164), world.now_ms
    rings_s = config.ring_timeout_s if fate.is_manual else config.answer_delay_s
    call = Call(
        callid=str(uuid.uuid4()),
        kind=speech.kind,
        number=callee.e164,
        app=app.sdk_app_id,
        caller=config.caller,
        text=speech.text,
        fid=speech.fid,
        play_times=play_times,
        speech_ms=play_times * _once_ms(config, speech),
        fate=fate.name,
        asked_at_ms=now_ms,
        due_at_ms=now_ms + round(1000 * rings_s),
    )
    world.switchboard.ring(call)
    return call


def _checked(speech: Speech) -> Speech:
    if len(speech.text) > MAX_TEXT_CHARACTERS:
        raise CallError("InvalidParameterValue.ContentLengthLimit")
    return speech


def _check_rules(world: World, app: Application, callee: PhoneNumber, kind: CallKind) -> None:
    check_service(world, app, disabled=DISABLED)
    config, voice = world.config.voice, world.state.voice
    if refusal := voice_fate_of(callee.e164).refusal:
        raise CallError(refusal)
    rules = config.code_rules if kind is CallKind.CODE else config.notice_rules
    earlier = [
        call
        for call in voice.calls.of(callee.e164)
        if call.app == app.sdk_app_id and call.kind is kind
    ]
    if callee.e164 not in app.exempt and is_over_limit(earlier, rules, world.clock()):
        raise CallError("LimitExceeded.DeliveryFrequencyLimit")
    if voice.minutes_left <= 0:
        raise CallError("FailedOperation.InsufficientBalanceInVoicePackage")


def _once_ms(config: VoiceConfig, speech: Speech) -> int:
    spoken_ms = round(1000 * config.seconds_per_character * len(speech.text))
    return speech.fid_ms if speech.fid else spoken_ms
