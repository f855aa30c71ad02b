"""The forms of a template: what is wanted, how it will look, what a reviewer would find in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.locales import Locale, join, text
from bot.registry import Json
from bot.rules import segments
from bot.rules.classes import TemplateClass
from bot.rules.content import Template
from bot.rules.lint import Rule, Severity
from bot.rules.review_replies import SimilarRefusal
from bot.rules.templates import variables_of
from bot.slack import blocks
from bot.slack.blocks import Block, inert
from bot.slack.messages import change_forms
from bot.slack.messages.change_forms import (
    ABROAD,
    FAULT_MAX,
    MAINLAND,
    Carried,
    ChangeForm,
    block_id,
    entered,
)
from bot.slack.messages.lint import sentence

AREA = "template"
FORM = "template.form"
SIDE, CLASS, NAME = "template.side", "template.class", "template.name"
CONTENT, REMARK = "template.content", "template.remark"
NEW, EDIT = "template.new", "template.edit"
CLASSES = (TemplateClass.OTP, TemplateClass.NOTICE, TemplateClass.MARKETING)
#: No more than any message may have (product/382/39023 of 2025-06-17, 382/18052 of 2025-10-13).
CONTENT_MAX, NAME_MAX, REMARK_MAX = 2_000, 100, 500


@dataclass(frozen=True, slots=True)
class TemplateFields:
    """What the form holds so far."""

    international: bool = False
    class_: TemplateClass | None = None
    name: str = ""
    content: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class TemplateForm(ChangeForm[Template, TemplateFields]):
    """All a template's form shows; `signature` is the one it will be sent with."""

    signature: str = ""
    similar: Sequence[SimilarRefusal] = ()


def read_fields(fields: Mapping[str, str]) -> TemplateFields:
    """What was entered, without spaces around it: Tencent may trim them."""
    class_ = fields.get(CLASS, "")
    return TemplateFields(
        international=fields.get(SIDE) == ABROAD,
        class_=TemplateClass(class_) if class_ in set(CLASSES) else None,
        name=entered(fields, NAME).strip(),
        content=entered(fields, CONTENT).strip(),
        remark=entered(fields, REMARK).strip(),
    )


def write_fields(fields: TemplateFields) -> dict[str, str]:
    """The fields as a draft keeps them."""
    return {
        SIDE: ABROAD if fields.international else MAINLAND,
        CLASS: fields.class_.value if fields.class_ else "",
        NAME: fields.name,
        CONTENT: fields.content,
        REMARK: fields.remark,
    }


def template_form(form: TemplateForm, locale: Locale, troubles: Sequence[str] = ()) -> Json:
    """The form with all that is known of what it holds; `troubles` are said above it."""
    carried, is_new = form.carried, not form.carried.content_id
    side = change_forms.side_field(SIDE, carried, locale, international=form.fields.international)
    parts = [
        *change_forms.trouble_blocks(troubles),
        *change_forms.restored_blocks(AREA, carried, locale),
        *change_forms.about_blocks(AREA, form, locale),
        *([side] if is_new else []),
        _class_field(form, locale),
        _name_field(form, locale),
        _content_field(form, locale),
        *look_blocks(form, locale),
        *_found_blocks(form, locale),
        _remark_field(form, locale),
    ]
    return blocks.form(
        FORM,
        title=text(locale, "template.title_new" if is_new else "template.title_edit"),
        submit=text(locale, "draft.submit"),
        close=text(locale, "form.close"),
        blocks=parts,
        carried=change_forms.carry(carried),
    )


def anyway_form(form: TemplateForm, locale: Locale) -> Json:
    """The second step, where a reviewer would probably say no."""
    shown = [*look_blocks(form, locale), *change_forms.similar_blocks(form.similar, locale)]
    carried = change_forms.carry_shown(form.carried, write_fields(form.fields))
    return change_forms.anyway_form(AREA, shown, form.findings, carried, locale)


def delete_form(
    carried: Carried, template: Template, locale: Locale, *, is_changed: bool = False
) -> Json:
    """What would be gone; with a warning where it `is_changed` since it was shown."""
    id_ = inert(template.template_id)
    warning = text(locale, "draft.upstream_changed", id=id_)
    parts = [
        *([blocks.section(warning)] if is_changed else []),
        blocks.section(f"*{id_} · {inert(template.name)}*"),
        blocks.section(blocks.quote(template.content)),
        blocks.section(text(locale, "template.delete_text", id=id_)),
    ]
    return blocks.form(
        "template.delete_form",
        title=text(locale, "template.title_delete"),
        submit=text(locale, "draft.submit_delete"),
        close=text(locale, "form.close"),
        blocks=parts,
        carried=change_forms.carry(carried),
    )


def faults(form: TemplateForm, locale: Locale) -> dict[str, str]:
    """What keeps the form from being asked for, each under the field it is about."""
    fields, carried = form.fields, form.carried
    missing = {NAME: not fields.name, CLASS: fields.class_ is None, REMARK: not fields.remark}
    found = {
        block_id(name, carried): [text(locale, "draft.missing")]
        for name, is_missing in missing.items()
        if is_missing
    }
    for each in form.findings:
        if each.severity is Severity.REFUSED:
            name = REMARK if each.rule is Rule.REMARK else CONTENT
            found.setdefault(block_id(name, carried), []).append(sentence(each, locale))
    return {block: blocks.cut(join(locale, *said), FAULT_MAX) for block, said in found.items()}


def look_blocks(form: TemplateForm, locale: Locale) -> list[Block]:
    """How the message will look, its values still to come, and what it will cost."""
    if not form.fields.content.strip():
        return []
    signed = bool(form.signature) and not form.fields.international
    shown = f"【{form.signature}】{form.fields.content}" if signed else form.fields.content
    length = segments.count(shown, international=form.fields.international)
    key = "preview.length_one" if length.segments == 1 else "preview.length_many"
    said = text(locale, key, characters=length.characters, segments=length.segments)
    if variables_of(form.fields.content):
        said = f"{said} · {text(locale, 'template.length_values')}"
    looks = f"{text(locale, 'template.looks')}\n{blocks.quote(shown)}"
    return [blocks.section(looks), blocks.context(said)]


def _found_blocks(form: TemplateForm, locale: Locale) -> list[Block]:
    if not form.fields.content.strip():
        return []
    return change_forms.found_blocks(AREA, form.carried, form.findings, form.similar, locale)


def _class_field(form: TemplateForm, locale: Locale) -> Block:
    options = {
        each: blocks.option(text(locale, f"template.class_{each.value}"), each.value)
        for each in CLASSES
    }
    chosen = options[form.fields.class_] if form.fields.class_ else None
    element = blocks.radio(CLASS, list(options.values()), initial=chosen)
    label = text(locale, "template.class")
    return blocks.field(block_id(CLASS, form.carried), label, element, acts=True)


def _name_field(form: TemplateForm, locale: Locale) -> Block:
    element = blocks.text_input(
        NAME, initial=form.fields.name, max_length=NAME_MAX, tells_typing=True
    )
    label, hint = text(locale, "template.name"), text(locale, "template.name_hint")
    return blocks.field(block_id(NAME, form.carried), label, element, hint=hint, acts=True)


def _content_field(form: TemplateForm, locale: Locale) -> Block:
    hint = text(locale, "template.content_hint", one="{1}", two="{2}")
    return _text_area(CONTENT, form.fields.content, CONTENT_MAX, hint, form.carried, locale)


def _remark_field(form: TemplateForm, locale: Locale) -> Block:
    hint = text(locale, "template.remark_hint")
    return _text_area(REMARK, form.fields.remark, REMARK_MAX, hint, form.carried, locale)


def _text_area(
    name: str, initial: str, max_length: int, hint: str, carried: Carried, locale: Locale
) -> Block:
    element = blocks.text_input(
        name, initial=initial, multiline=True, max_length=max_length, tells_typing=True
    )
    return blocks.field(block_id(name, carried), text(locale, name), element, hint=hint, acts=True)
