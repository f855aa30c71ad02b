"""The forms of a signature: whose name it is, what proves it, what a reviewer would find in it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.locales import Locale, enumerated, join, text
from bot.registry import Json
from bot.rules import images
from bot.rules.changes import Image
from bot.rules.content import Signature
from bot.rules.lint import Rule, Severity
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

AREA = "sign"
FORM = "sign.form"
SIDE, NAME, TYPE, DOCUMENT = "sign.side", "sign.name", "sign.type", "sign.document"
PURPOSE, QUALIFICATION = "sign.purpose", "sign.qualification_id"
PROOF, COMMISSION, REMARK = "sign.proof", "sign.commission", "sign.remark"
NEW, EDIT = "sign.new", "sign.edit"
OWN, ANOTHER = "own", "another"
NAME_MAX, REMARK_MAX, QUALIFICATION_MAX = 60, 500, 20
#: Under which field a rule's sentence stands; the others are about the name.
FIELD_OF = {
    Rule.SIGNATURE_TYPE: TYPE,
    Rule.SIGNATURE_DOCUMENT: DOCUMENT,
    Rule.SIGNATURE_COMMISSION: COMMISSION,
    Rule.SIGNATURE_QUALIFICATION: QUALIFICATION,
}
#: In which an app is called: for abroad only by now (AddSmsSign, 382/116397).
APP_TYPE, APP_DOCUMENT = 1, 4


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the form's that has been fetched: what it is, and which of Slack's it was."""

    image: Image
    file_id: str


@dataclass(frozen=True, slots=True)
class SignFields:
    """What the form holds so far. The numbers are Tencent's (AddSmsSign)."""

    international: bool = False
    name: str = ""
    sign_type: int | None = None
    document_type: int | None = None
    for_another_party: bool = False
    qualification_id: str = ""
    remark: str = ""
    proof: KeptFile | None = None
    commission: KeptFile | None = None


@dataclass(frozen=True, slots=True)
class SignForm(ChangeForm[Signature, SignFields]):
    """All a signature's form shows. `documents` says what proves which type of name;
    `qualifications` are the ids in use here."""

    documents: Mapping[int, Collection[int]] = field(default_factory=dict)
    qualifications: Sequence[str] = ()


def read_fields(fields: Mapping[str, str]) -> SignFields:
    """What was entered, and which files were fetched."""
    return SignFields(
        international=fields.get(SIDE) == ABROAD,
        name=entered(fields, NAME).strip(),
        sign_type=_number(fields.get(TYPE, "")),
        document_type=_number(fields.get(DOCUMENT, "")),
        for_another_party=fields.get(PURPOSE) == ANOTHER,
        qualification_id=entered(fields, QUALIFICATION).strip(),
        remark=entered(fields, REMARK).strip(),
        proof=_read_file(fields.get(PROOF, "")),
        commission=_read_file(fields.get(COMMISSION, "")),
    )


def write_fields(fields: SignFields) -> dict[str, str]:
    """The fields as a draft keeps them."""
    return {
        SIDE: ABROAD if fields.international else MAINLAND,
        NAME: fields.name,
        TYPE: "" if fields.sign_type is None else str(fields.sign_type),
        DOCUMENT: "" if fields.document_type is None else str(fields.document_type),
        PURPOSE: ANOTHER if fields.for_another_party else OWN,
        QUALIFICATION: fields.qualification_id,
        REMARK: fields.remark,
        PROOF: _write_file(fields.proof),
        COMMISSION: _write_file(fields.commission),
    }


def sign_form(form: SignForm, locale: Locale, troubles: Sequence[str] = ()) -> Json:
    """The form with all that is known of what it holds; `troubles` are said above it, where there
    is no field any more to say them under."""
    carried, is_new = form.carried, not form.carried.content_id
    side = change_forms.side_field(SIDE, carried, locale, international=form.fields.international)
    parts = [
        *change_forms.trouble_blocks(troubles),
        *change_forms.restored_blocks(AREA, carried, locale),
        *change_forms.about_blocks(AREA, form, locale),
        *([side] if is_new else []),
        _name_field(form, locale),
        *look_blocks(form, locale),
        *_found_blocks(form, locale),
        *_type_fields(form, locale),
        _purpose_field(form, locale),
        *([] if form.fields.international else [_qualification_field(form, locale)]),
        *_file_blocks(form, PROOF, form.fields.proof, locale),
        *(
            _file_blocks(form, COMMISSION, form.fields.commission, locale)
            if form.fields.for_another_party
            else []
        ),
        _remark_field(form, locale),
    ]
    return blocks.form(
        FORM,
        title=text(locale, "sign.title_new" if is_new else "sign.title_edit"),
        submit=text(locale, "draft.submit"),
        close=text(locale, "form.close"),
        blocks=parts,
        carried=change_forms.carry(carried),
    )


def fetching_form(locale: Locale) -> Json:
    """While the files are on their way from Slack."""
    return {
        "type": "modal",
        "title": blocks.plain(text(locale, "sign.title_fetching"), 24),
        "close": blocks.plain(text(locale, "form.close"), 24),
        "blocks": [blocks.section(text(locale, "sign.fetching"))],
    }


def anyway_form(form: SignForm, locale: Locale) -> Json:
    """The second step, where a reviewer would probably say no."""
    carried = change_forms.carry_shown(form.carried, write_fields(form.fields))
    shown = look_blocks(form, locale)
    return change_forms.anyway_form(AREA, shown, form.findings, carried, locale)


def delete_form(
    carried: Carried,
    signature: Signature,
    apps: Sequence[str],
    locale: Locale,
    *,
    is_changed: bool = False,
) -> Json:
    """What would be gone, and which apps sign with it; with a warning where it `is_changed` since
    it was shown."""
    name = inert(signature.name)
    warning = text(locale, "draft.upstream_changed", id=inert(signature.signature_id))
    used = text(locale, "sign.delete_used", apps=enumerated(locale, map(inert, apps)))
    parts = [
        *([blocks.section(warning)] if is_changed else []),
        blocks.section(f"*{inert(signature.signature_id)} · 【{name}】*"),
        blocks.section(text(locale, "sign.delete_text", name=name)),
        *([blocks.section(used)] if apps else []),
    ]
    return blocks.form(
        "sign.delete_form",
        title=text(locale, "sign.title_delete"),
        submit=text(locale, "draft.submit_delete"),
        close=text(locale, "form.close"),
        blocks=parts,
        carried=change_forms.carry(carried),
    )


def faults(form: SignForm, locale: Locale) -> dict[str, str]:
    """What keeps the form from being asked for, each under the field it is about."""
    fields = form.fields
    missing = {
        NAME: not fields.name,
        TYPE: fields.sign_type is None,
        DOCUMENT: fields.sign_type is not None and fields.document_type is None,
        PROOF: fields.proof is None,
    }
    found = {
        where(name, form): [text(locale, "draft.missing")]
        for name, is_missing in missing.items()
        if is_missing
    }
    id_ = fields.qualification_id
    if id_ and not (id_.isascii() and id_.isdigit()):
        said = text(locale, "sign.qualification_digits")
        found.setdefault(where(QUALIFICATION, form), []).append(said)
    for each in form.findings:
        if each.severity is Severity.REFUSED:
            block = where(FIELD_OF.get(each.rule, NAME), form)
            found.setdefault(block, []).append(sentence(each, locale))
    return {block: blocks.cut(join(locale, *said), FAULT_MAX) for block, said in found.items()}


def where(name: str, form: SignForm) -> str:
    """The block of a field; of a field the form does not show, that of one it does."""
    fields, carried = form.fields, form.carried
    side = ABROAD if fields.international else MAINLAND
    if name == DOCUMENT and documents_for(form):
        # Of another type there are other documents: theirs is another block.
        return f"{block_id(DOCUMENT, carried)}.{side}.{fields.sign_type}"
    if name in {TYPE, DOCUMENT}:
        return f"{block_id(TYPE, carried)}.{side}"
    is_hidden = (name == COMMISSION and not fields.for_another_party) or (
        name == QUALIFICATION and fields.international
    )
    return block_id(NAME if is_hidden else name, carried)


def file_fault(fault: str, locale: Locale, *, size_bytes: int = 0, limit_bytes: int = 0) -> str:
    """What is wrong with a file, as plain text."""
    size, limit = shown_size(size_bytes), shown_size(limit_bytes)
    return text(locale, f"sign.file.{fault}", size=size, limit=limit)


def shown_size(size_bytes: int) -> str:
    """A size as people say it."""
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    return f"{max(1, round(size_bytes / 1_000))} KB"


def look_blocks(form: SignForm, locale: Locale) -> list[Block]:
    """How a message will begin."""
    name = form.fields.name
    if not name:
        return []
    shown = f"[{name}]" if form.fields.international else f"【{name}】"
    return [blocks.section(text(locale, "sign.looks", shown=inert(shown)))]


def documents_for(form: SignForm) -> tuple[int, ...]:
    """What may prove the type of name that is chosen."""
    chosen = form.fields.sign_type
    proofs = () if chosen is None else form.documents.get(chosen, ())
    is_abroad = form.fields.international
    return tuple(sorted(each for each in proofs if is_abroad or each != APP_DOCUMENT))


def _found_blocks(form: SignForm, locale: Locale) -> list[Block]:
    if not form.fields.name:
        return []
    return change_forms.found_blocks(AREA, form.carried, form.findings, (), locale)


def _name_field(form: SignForm, locale: Locale) -> Block:
    element = blocks.text_input(
        NAME, initial=form.fields.name, max_length=NAME_MAX, tells_typing=True
    )
    label, hint = text(locale, "sign.name"), text(locale, "sign.name_hint")
    return blocks.field(block_id(NAME, form.carried), label, element, hint=hint, acts=True)


def types_for(form: SignForm) -> tuple[int, ...]:
    """The types of names there are on that side."""
    is_abroad = form.fields.international
    return tuple(each for each in sorted(form.documents) if is_abroad or each != APP_TYPE)


def _type_fields(form: SignForm, locale: Locale) -> list[Block]:
    """The type of the name; once that is chosen, what proves it."""
    chosen = form.fields
    fields = [_choice(TYPE, "type", types_for(form), chosen.sign_type, form, locale)]
    proofs = documents_for(form)
    if proofs:
        fields.append(_choice(DOCUMENT, "document", proofs, chosen.document_type, form, locale))
    return fields


def _choice(
    action_id: str,
    key: str,
    numbers: Sequence[int],
    chosen: int | None,
    form: SignForm,
    locale: Locale,
) -> Block:
    options = {
        each: blocks.option(text(locale, f"sign.{key}.{each}"), str(each)) for each in numbers
    }
    element = blocks.select(
        action_id,
        list(options.values()),
        placeholder=text(locale, "sign.choose"),
        initial=None if chosen is None else options.get(chosen),
    )
    return blocks.field(
        where(action_id, form), text(locale, f"sign.{key}_label"), element, acts=True
    )


def _purpose_field(form: SignForm, locale: Locale) -> Block:
    options = {
        name: blocks.option(text(locale, f"sign.purpose_{name}"), name) for name in (OWN, ANOTHER)
    }
    chosen = options[ANOTHER if form.fields.for_another_party else OWN]
    element = blocks.radio(PURPOSE, list(options.values()), initial=chosen)
    label = text(locale, "sign.purpose")
    return blocks.field(block_id(PURPOSE, form.carried), label, element, acts=True)


def _qualification_field(form: SignForm, locale: Locale) -> Block:
    hint = text(locale, "sign.qualification_hint")
    if form.qualifications:
        known = text(
            locale, "sign.qualification_known", ids=enumerated(locale, form.qualifications)
        )
        hint = join(locale, hint, known)
    element = blocks.text_input(
        QUALIFICATION,
        initial=form.fields.qualification_id,
        max_length=QUALIFICATION_MAX,
        tells_typing=True,
    )
    label = text(locale, "sign.qualification_id")
    return blocks.field(block_id(QUALIFICATION, form.carried), label, element, hint=hint, acts=True)


def _file_blocks(form: SignForm, name: str, kept: KeptFile | None, locale: Locale) -> list[Block]:
    """A file's field; a file that was fetched already is told of, and need not be chosen again."""
    label = text(locale, name)
    field = blocks.field(
        block_id(name, form.carried),
        label,
        blocks.file_input(name, kinds=images.KINDS),
        hint=text(locale, f"{name}_hint"),
        optional=kept is not None,
    )
    if kept is None:
        return [field]
    said = text(
        locale,
        "sign.kept",
        label=label,
        name=inert(kept.image.name),
        size=shown_size(kept.image.size_bytes),
    )
    return [blocks.context(said), field]


def _remark_field(form: SignForm, locale: Locale) -> Block:
    element = blocks.text_input(
        REMARK,
        initial=form.fields.remark,
        multiline=True,
        max_length=REMARK_MAX,
        tells_typing=True,
    )
    return blocks.field(
        block_id(REMARK, form.carried),
        text(locale, "sign.remark"),
        element,
        hint=text(locale, "sign.remark_hint"),
        optional=True,
        acts=True,
    )


def _number(entered_: str) -> int | None:
    """The number of an option of ours."""
    is_one = entered_.isascii() and entered_.isdigit() and len(entered_) == 1
    return int(entered_) if is_one else None


def _write_file(kept: KeptFile | None) -> str:
    if kept is None:
        return ""
    image = kept.image
    return json.dumps([image.sha256, image.name, image.size_bytes, kept.file_id])


def _read_file(written: str) -> KeptFile | None:
    match json.loads(written or "null"):
        case [str(sha256), str(name), int(size_bytes), str(file_id)]:
            return KeptFile(Image(sha256, name, size_bytes), file_id)
        case _:
            return None
