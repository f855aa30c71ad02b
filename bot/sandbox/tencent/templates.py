"""Applying for templates, changing and deleting them (API 3.0)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox.tencent.applying import (
    application_moments,
    check_enterprise,
    check_unlocked,
    deleted,
    read_side,
)
from bot.sandbox.tencent.content import VARIABLE, Review, Side, SmsType, Template, count_variables
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.segments import count_units
from bot.sandbox.tencent.verdicts import MAX_UNITS
from bot.sandbox.tencent.world import World

NAMES = ("TemplateName", "TemplateContent", "SmsType", "International", "Remark")
#: A brace that belongs to no variable.
STRAY_BRACE = re.compile(r"[{}]")
#: Characters of a template's name; ours, the vendor publishes no figure.
MAX_NAME = 100
UNSUBSCRIBE_TAIL = "拒收请回复R"


def add_template(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """AddSmsTemplate. The id comes back as a string here, and as a number everywhere else."""
    fields = Fields(parameters, required=NAMES)
    template = _read(world, fields, template_id=0)
    if not world.state.signatures:
        raise CallError("FailedOperation.MissingSignature")
    if len(world.state.templates) >= world.config.max_templates:
        raise CallError("FailedOperation.TemplateNumberLimit")
    template_id = apply_for(world, template)
    return {"AddTemplateStatus": {"TemplateId": str(template_id)}}


def modify_template(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """ModifySmsTemplate: only what is in review or was rejected, and not to the other side."""
    fields = Fields(parameters, required=("TemplateId", *NAMES))
    template_id = fields.integer("TemplateId")
    changed = _read(world, fields, template_id)
    current = world.state.templates.get(template_id)
    if current is None:
        raise CallError("FailedOperation.MissingTemplateToModify")
    check_unlocked(current.status, "FailedOperation.TemplateAlreadyPassedCheck")
    if changed.international is not current.international:
        raise CallError("InvalidParameterValue.InvalidInternational")
    apply_for(world, changed)
    return {"ModifyTemplateStatus": {"TemplateId": template_id}}


def delete_template(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DeleteSmsTemplate."""
    fields = Fields(parameters, required=("TemplateId",))
    check_enterprise(world)
    if world.state.templates.pop(fields.integer("TemplateId"), None) is None:
        raise CallError("FailedOperation.TemplateIdNotExist")
    world.save()
    return {"DeleteTemplateStatus": deleted(world)}


def apply_for(world: World, template: Template) -> int:
    """Put a template into review, a new one (id 0) under a new id. Raises CallError for what the
    API itself refuses; returns the id."""
    check_content(world, template)
    template_id = template.template_id or world.state.account.new_id()
    world.state.templates[template_id] = replace(template, template_id=template_id)
    world.save()
    return template_id


def check_content(world: World, template: Template) -> None:
    """Refuse what needs no reviewer to be seen. Raises CallError."""
    if not 0 < len(template.name.strip()) <= MAX_NAME:
        raise CallError("InvalidParameter.InvalidParameters")
    text, mainland = template.content, template.international is not Side.INTERNATIONAL
    if not text.strip() or not _is_well_formed(text):
        raise CallError("InvalidParameterValue.InvalidTemplateFormat")
    if count_units(text) > MAX_UNITS[mainland]:
        raise CallError("InvalidParameterValue.ContentLengthLimit")
    if any(word in text for word in world.config.sensitive_words):
        raise CallError("InvalidParameterValue.TemplateWithDirtyWords")
    if not mainland or template.sms_type is SmsType.OTP:
        return
    if count_variables(text) and not world.config.variables_in_notices:
        raise CallError("InvalidParameterValue.UnsupportedTemplateVariable")
    if template.sms_type is SmsType.MARKETING and not text.endswith(UNSUBSCRIBE_TAIL):
        raise CallError("InvalidParameterValue.MarketingTemplateWithoutUnsubscribe")


def _read(world: World, fields: Fields, template_id: int) -> Template:
    check_enterprise(world)
    kind = fields.integer("SmsType")
    if kind not in list(SmsType):
        raise CallError("InvalidParameterValue.InvalidSmsType")
    created_at_ms, decide_at_ms = application_moments(world)
    return Template(
        template_id=template_id,
        name=fields.text("TemplateName"),
        content=fields.text("TemplateContent"),
        sms_type=SmsType(kind),
        international=read_side(fields),
        status=Review.REVIEWING,
        review_reply="",
        created_at_ms=created_at_ms,
        remark=fields.text("Remark"),
        decide_at_ms=decide_at_ms,
    )


def _is_well_formed(text: str) -> bool:
    """Whether the variables are {1}, {2}… without a gap and every brace belongs to one."""
    found = {int(number) for number in VARIABLE.findall(text)}
    consecutive = found == set(range(1, len(found) + 1))
    return consecutive and not STRAY_BRACE.search(VARIABLE.sub("", text))
