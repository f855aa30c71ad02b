"""Applying for signatures and templates, changing and deleting them, with legacy v5."""

from collections.abc import Mapping
from typing import Any, TypeVar

from bot.sandbox.tencent import signatures, templates
from bot.sandbox.tencent.applying import application_moments, check_enterprise, check_unlocked
from bot.sandbox.tencent.content import Qualified, Review, Side, Signature, SmsType, Template
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.v5_answers import MALFORMED, Result, one_of
from bot.sandbox.tencent.v5_lists import STATUS
from bot.sandbox.tencent.world import World

Content = TypeVar("Content", Template, Signature)
SIDES = (Side.MAINLAND, Side.INTERNATIONAL)
ORDINARY, MARKETING = 0, 1


def add_sign(world: World, fields: Fields) -> Result:
    """add_sign; companies only."""
    check_enterprise(world)
    if len(world.state.signatures) >= world.config.max_signatures:
        raise CallError("FailedOperation.SignNumberLimit")
    return _apply_for_sign(world, fields, 0, Side(one_of(fields, "international", SIDES)))


def modify_sign(world: World, fields: Fields) -> Result:
    """mod_sign: only what is in review or was rejected; companies only."""
    check_enterprise(world)
    sign = world.state.signatures.get(fields.integer("sign_id"))
    if sign is None:
        raise CallError("FailedOperation.MissingSignatureToModify")
    check_unlocked(sign.status, "InvalidParameterValue.SignAlreadyPassedCheck")
    return _apply_for_sign(world, fields, sign.signature_id, sign.international)


def delete_signs(world: World, fields: Fields) -> Result:
    """del_sign: all of them or, if one does not exist, none; companies only."""
    return _delete(world, fields, "sign_id", world.state.signatures, "SignIdNotExist")


def add_template(world: World, fields: Fields) -> Result:
    """add_template; companies only."""
    check_enterprise(world)
    if len(world.state.templates) >= world.config.max_templates:
        raise CallError("FailedOperation.TemplateNumberLimit")
    return _apply_for_template(world, fields, 0, Side(one_of(fields, "international", SIDES)))


def modify_template(world: World, fields: Fields) -> Result:
    """mod_template: only what is in review or was rejected; companies only."""
    check_enterprise(world)
    template = world.state.templates.get(fields.integer("tpl_id"))
    if template is None:
        raise CallError("FailedOperation.MissingTemplateToModify")
    check_unlocked(template.status, "FailedOperation.TemplateAlreadyPassedCheck")
    return _apply_for_template(world, fields, template.template_id, template.international)


def delete_templates(world: World, fields: Fields) -> Result:
    """del_template: all of them or, if one does not exist, none; companies only."""
    return _delete(world, fields, "tpl_id", world.state.templates, "TemplateIdNotExist")


def _apply_for_sign(world: World, fields: Fields, signature_id: int, side: Side) -> Result:
    if fields.has("pic"):
        signatures.read_image(fields.text("pic"))
    created_at_ms, decide_at_ms = application_moments(world)
    sign = Signature(
        signature_id=signature_id,
        name=fields.text("text"),
        international=side,
        status=Review.REVIEWING,
        review_reply="",
        created_at_ms=created_at_ms,
        qualification_id=_qualification(world) if side is Side.MAINLAND else 0,
        remark=fields.text("remark"),
        decide_at_ms=decide_at_ms,
    )
    return _answer(_applied(signatures.apply_for(world, sign), sign, sign.name))


def _qualification(world: World) -> int:
    """v5 is older than qualifications and cannot name one: the first passed one counts."""
    known = world.state.account.qualifications.values()
    passed = (each.qualification_id for each in known if each.status is Qualified.PASSED)
    return next(passed, 0)


def _apply_for_template(world: World, fields: Fields, template_id: int, side: Side) -> Result:
    kind, text = one_of(fields, "type", (ORDINARY, MARKETING)), fields.text("text")
    created_at_ms, decide_at_ms = application_moments(world)
    template = Template(
        template_id=template_id,
        name=fields.text("title"),
        content=text,
        sms_type=_sms_type(kind, text),
        international=side,
        status=Review.REVIEWING,
        review_reply="",
        created_at_ms=created_at_ms,
        remark=fields.text("remark"),
        decide_at_ms=decide_at_ms,
    )
    row = _applied(templates.apply_for(world, template), template, text)
    return _answer({**row, "type": kind})


def _sms_type(kind: int, text: str) -> SmsType:
    """v5 tells marketing from the rest only; a code is known by what it says of itself."""
    if kind == MARKETING:
        return SmsType.MARKETING
    return SmsType.OTP if "验证码" in text or "code" in text.lower() else SmsType.NOTICE


def _delete(
    world: World, fields: Fields, name: str, rows: dict[int, Content], missing: str
) -> Result:
    check_enterprise(world)
    ids = fields.integers(name)
    if not ids:
        raise CallError(MALFORMED)
    if not rows.keys() >= set(ids):
        raise CallError(f"FailedOperation.{missing}")
    for key in set(ids):
        del rows[key]
    world.save()
    return Result({"result": 0, "errmsg": "", "msg": ""})


def _applied(key: int, content: Template | Signature, text: str) -> dict[str, Any]:
    return {
        "id": key,
        "international": int(content.international is Side.INTERNATIONAL),
        "status": STATUS[content.status],
        "text": text,
    }


def _answer(row: Mapping[str, Any]) -> Result:
    return Result({"result": 0, "errmsg": "", "msg": "", "data": row})
