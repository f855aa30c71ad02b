"""The voice commands of legacy v5: codes, notices by template, by text, and recordings."""

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.content import Review
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.v5_answers import Result, one_of, read_tel
from bot.sandbox.tencent.v5_matching import values_in
from bot.sandbox.tencent.voice_calls import CallKind
from bot.sandbox.tencent.voice_content import MAX_PROMPT_CHARACTERS, FileStatus
from bot.sandbox.tencent.voice_dial import (
    DEFAULT_PLAY_TIMES,
    Speech,
    code_speech,
    dial,
    read_callee,
    template_speech,
)
from bot.sandbox.tencent.world import World

#: ``prompttype``: the text of ``promptfile`` is to be spoken; the vendor documents no other.
SPOKEN_PROMPT = 2


def send_code(world: World, app: Application, fields: Fields) -> Result:
    """sendcvoice: digits, read out behind their introduction."""
    return _dial(world, app, fields, code_speech(fields.text("msg")), "OK")


def send_template(world: World, app: Application, fields: Fields) -> Result:
    """sendtvoice: a template with its values."""
    speech = template_speech(world, fields.integer("tpl_id"), fields.texts("params"))
    return _dial(world, app, fields, speech, "ok")


def send_prompt(world: World, app: Application, fields: Fields) -> Result:
    """sendvoiceprompt: a text written after an approved template; off until support opens it."""
    if not world.state.voice.prompts_enabled:
        raise CallError("UnauthorizedOperation.RequestPermissionDeny")
    one_of(fields, "prompttype", (SPOKEN_PROMPT,))
    text = fields.text("promptfile")
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise CallError("InvalidParameterValue.ContentLengthLimit")
    if not _is_after_a_template(world, text):
        raise CallError("FailedOperation.TemplateIncorrectOrUnapproved")
    return _dial(world, app, fields, Speech(CallKind.NOTICE, text), "OK")


def send_file(world: World, app: Application, fields: Fields) -> Result:
    """sendfvoice: a recording that has passed its review."""
    file = world.state.voice.files.get(fields.text("fid"))
    if file is None or file.status(world.now_ms) is not FileStatus.PASSED:
        raise CallError("FailedOperation.TemplateIncorrectOrUnapproved")
    speech = Speech(CallKind.NOTICE, fid=file.fid, fid_ms=file.speech_ms)
    return _dial(world, app, fields, speech, "OK")


def _is_after_a_template(world: World, text: str) -> bool:
    return any(
        template.status is Review.USABLE and values_in(template.content, text) is not None
        for template in world.state.voice.templates.values()
    )


def _dial(world: World, app: Application, fields: Fields, speech: Speech, message: str) -> Result:
    ext = fields.text("ext")
    callee = read_callee("+{}{}".format(*read_tel(fields.mapping("tel"))))
    play_times = fields.integer("playtimes", DEFAULT_PLAY_TIMES)
    call = dial(world, app, callee, speech, play_times)
    return Result({"result": 0, "errmsg": message, "callid": call.callid, "ext": ext})
