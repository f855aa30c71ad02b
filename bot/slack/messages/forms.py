"""The form of a send: to whom, which template, a field for each of its variables, and when."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from bot.locales import Locale, text
from bot.registry import FormFile, Json
from bot.rules import validity
from bot.rules.content import ReviewState, Template
from bot.rules.numbers import cover
from bot.rules.sending import Area, Draft, SendFault, limit_fault
from bot.rules.templates import variables_of
from bot.rules.validity import ValidityFault
from bot.slack import blocks
from bot.slack.blocks import Block, esc, inert
from bot.slack.messages.carried import reading
from bot.slack.messages.faults import plain_sentence
from bot.slack.messages.previews import facts_blocks, value_of

SEND_FORM, PREVIEW_FORM = "send.form", "send.preview"
NUMBER, TEMPLATE = "send.number", "send.template"
FILE, AT, VALID = "send.file", "send.at", "send.valid"
NUMBER_BLOCK, TEMPLATE_BLOCK = "number", "template"
FILE_BLOCK, AT_BLOCK, VALID_BLOCK = "list", "at", "valid"
FOUND_MAX = 50
#: What a list of recipients may come as, by its ending.
FILE_KINDS = ("csv", "tsv", "txt", "xlsx")
#: Of a file's name and address so much is carried: private_metadata takes 3,000 characters.
NAME_MAX, URL_MAX = 200, 1_500


@dataclass(frozen=True, slots=True)
class Carried:
    """What a form remembers between its steps; `file` is a list that was chosen before it, `reply`
    the id of a reply that it answers and `to` that one's number, masked."""

    channel: str
    app: str
    file: FormFile | None = None
    reply: str = ""
    to: str = ""

    @property
    def has_number_field(self) -> bool:
        """Whether it asks to whom; else that was said before."""
        return self.file is None and not self.reply


@dataclass(frozen=True, slots=True)
class SendFields:
    """What a form holds beside its template."""

    numbers: str = ""
    values: Mapping[int, str] = field(default_factory=dict)
    at: str = ""
    valid: str = ""


NOTHING_TYPED = SendFields()


def carry(carried: Carried) -> str:
    found: dict[str, object] = {"channel": carried.channel, "app": carried.app}
    if carried.file is not None:
        found["file"] = asdict(carried.file) | {"name": carried.file.name[-NAME_MAX:]}
    if carried.reply:
        found |= {"reply": carried.reply, "to": carried.to}
    return json.dumps(found, ensure_ascii=False)


@reading
def uncarry(text_: str) -> Carried:
    """What `carry` wrote. Raises Outdated for anything else."""
    found = json.loads(text_)
    if not isinstance(found, dict) or not {"channel", "app"} <= found.keys():
        raise ValueError("not what a form of ours carries")
    file = FormFile(**found["file"]) if "file" in found else None
    reply, to = str(found.get("reply", "")), str(found.get("to", ""))
    return Carried(str(found["channel"]), str(found["app"]), file, reply, to)


def list_file(files: Sequence[FormFile]) -> FormFile | None:
    """The first of them that can be a list of recipients, by its ending, and be carried."""
    return next(
        (
            each
            for each in files
            if each.name.rpartition(".")[2].casefold() in FILE_KINDS and len(each.url) <= URL_MAX
        ),
        None,
    )


def send_form(
    carried: Carried,
    locale: Locale,
    *,
    fields: SendFields = NOTHING_TYPED,
    template: Template | None = None,
    offered: Sequence[Template] = (),
    valid_for_s: int,
) -> Json:
    """The form as far as it is known; a chosen template brings its text and its fields. Where some
    are `offered`, only those can be chosen. `valid_for_s` is the validity of a send for which none
    is fields."""
    select = _chooser(template, offered, locale)
    chooser = blocks.field(TEMPLATE_BLOCK, text(locale, "preview.template"), select, acts=True)
    parts = [*_recipients(carried, fields, locale), chooser]
    if template is not None:
        parts += _template_fields(template, locale, fields.values)
    return blocks.form(
        SEND_FORM,
        title=text(locale, "form.title"),
        submit=text(locale, "form.preview"),
        close=text(locale, "form.close"),
        blocks=[*parts, *_time_fields(fields, locale, valid_for_s)],
        carried=carry(carried),
    )


def preview_form(draft: Draft, locale: Locale) -> Json:
    """The preview as the form's second step; handing it in sends, where a limit allows it."""
    may_send = limit_fault(draft.verdict) is None
    view = blocks.form(
        PREVIEW_FORM,
        title=text(locale, "form.preview_title" if may_send else "form.limit_title"),
        submit=text(locale, "preview.send"),
        close=text(locale, "preview.discard"),
        blocks=facts_blocks(draft, locale),
        carried=value_of(draft.request_id, draft.sha256),
    )
    if not may_send:
        del view["submit"]
    return view


def note_form(sentence: str, locale: Locale) -> Json:
    """One sentence in the place of a form that cannot go on."""
    view = blocks.form(
        "note",
        title=text(locale, "form.title"),
        submit=text(locale, "form.close"),
        close=text(locale, "form.close"),
        blocks=[blocks.section(sentence)],
    )
    del view["submit"]
    return view


def faults_by_block(
    faults: Sequence[SendFault],
    template: Template | None,
    locale: Locale,
    *,
    has_number_field: bool = True,
) -> dict[str, str]:
    """Each fault under the field it is about; several under one field stand together."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        block = _block_of(fault, template)
        if block == NUMBER_BLOCK and not has_number_field:
            block = TEMPLATE_BLOCK
        found.setdefault(block, []).append(plain_sentence(fault, locale))
    return {block: " ".join(said) for block, said in found.items()}


def validity_fault(fault: ValidityFault, locale: Locale) -> str:
    """Why a text is no time for which a send is valid."""
    return text(
        locale,
        f"form.valid_fault.{fault.value}",
        shortest=validity.write(validity.SHORTEST_S),
        longest=validity.write(validity.LONGEST_S),
    )


def template_option(template: Template, locale: Locale) -> Block:
    """A template in the list: id and name, and under them its text or why it cannot be used."""
    state = "" if template.review is ReviewState.USABLE else _review(template.review, locale)
    described = f"{state} · {template.content}" if state else template.content
    return blocks.option(
        f"{template.template_id} · {template.name}", template.template_id, described
    )


def search_templates(templates: Sequence[Template], typed: str) -> list[Template]:
    """Templates whose id, name or text holds what was typed; usable ones first."""
    wanted = typed.casefold().split()
    found = [
        template
        for template in templates
        if all(
            word in f"{template.template_id} {template.name} {template.content}".casefold()
            for word in wanted
        )
    ]
    return sorted(found, key=lambda t: (t.review is not ReviewState.USABLE, t.template_id))[
        :FOUND_MAX
    ]


def value_block(template: Template, variable: int) -> str:
    """The block of one variable's field; it names the template, so another's value never stays."""
    return f"value.{template.template_id}.{variable}"


def _chooser(template: Template | None, offered: Sequence[Template], locale: Locale) -> Block:
    """The list to choose a template from: of those offered, else a search among all."""
    placeholder = text(locale, "form.template_placeholder")
    initial = template_option(template, locale) if template else None
    if not offered:
        return blocks.search(TEMPLATE, placeholder, initial=initial)
    options = [template_option(each, locale) for each in offered]
    shown = initial if initial in options[: blocks.OPTIONS_MAX] else None
    return blocks.select(TEMPLATE, options, placeholder=placeholder, initial=shown)


def _recipients(carried: Carried, fields: SendFields, locale: Locale) -> list[Block]:
    """Numbers or a file; a file that was chosen before stands for both, and so does a reply."""
    if carried.reply:
        to = blocks.section(f":speech_balloon: {text(locale, 'reply.to', number=carried.to)}")
        return [to, blocks.context(text(locale, "reply.to_hint"))]
    if carried.file is not None:
        name = inert(blocks.cut(cover(carried.file.name), NAME_MAX))
        return [blocks.section(f":page_facing_up: {text(locale, 'form.list', name=name)}")]
    numbers = blocks.text_input(
        NUMBER,
        initial=fields.numbers,
        placeholder="+8613800000001",
        multiline=True,
    )
    file = blocks.file_input(FILE, kinds=FILE_KINDS)
    number_hint, file_hint = text(locale, "form.number_hint"), text(locale, "form.file_hint")
    return [
        _optional(NUMBER_BLOCK, text(locale, "form.number"), numbers, number_hint),
        _optional(FILE_BLOCK, text(locale, "form.file"), file, file_hint),
    ]


def _time_fields(fields: SendFields, locale: Locale, valid_for_s: int) -> list[Block]:
    at = blocks.text_input(
        AT, initial=fields.at, placeholder=text(locale, "form.at_placeholder"), max_length=100
    )
    valid = blocks.text_input(
        VALID, initial=fields.valid, placeholder=validity.write(valid_for_s), max_length=40
    )
    at_hint, valid_hint = text(locale, "form.at_hint"), text(locale, "form.valid_hint")
    return [
        _optional(AT_BLOCK, text(locale, "form.at"), at, at_hint),
        _optional(VALID_BLOCK, text(locale, "form.valid"), valid, valid_hint),
    ]


def _optional(block_id: str, label: str, element: Block, hint: str = "") -> Block:
    """What can be left empty, as far as Slack is concerned: what is missing is our word to say."""
    return blocks.field(block_id, label, element, hint=hint, optional=True)


def _template_fields(template: Template, locale: Locale, values: Mapping[int, str]) -> list[Block]:
    shown = esc(blocks.cut(template.content, 600))
    parts = [blocks.context(f"{text(locale, 'form.template_text')} {shown}")]
    for variable in variables_of(template.content):
        label = text(locale, "form.variable", variable=f"{{{variable}}}")
        field = blocks.text_input(
            f"value.{variable}", initial=values.get(variable, ""), max_length=500
        )
        # A column of the file may give it.
        parts.append(_optional(value_block(template, variable), label, field))
    return parts


def _block_of(fault: SendFault, template: Template | None) -> str:
    variable = fault.values.get("variable")
    if fault.area in {Area.NUMBER, Area.RECIPIENTS}:
        return NUMBER_BLOCK
    if fault.area is Area.TIME:
        return AT_BLOCK
    if fault.area is Area.VALUES and template is not None and isinstance(variable, int):
        return value_block(template, variable)
    return TEMPLATE_BLOCK


def _review(review: ReviewState, locale: Locale) -> str:
    return text(locale, f"form.review.{review.name.lower()}")
