"""The form of a send: number and template first, then a field for each of its variables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.locales import Locale, text
from bot.registry import Json
from bot.rules.content import ReviewState, Template
from bot.rules.sending import Area, Draft, SendFault, limit_fault
from bot.rules.templates import variables_of
from bot.slack import blocks
from bot.slack.blocks import Block, esc
from bot.slack.messages.faults import plain_sentence
from bot.slack.messages.previews import facts_blocks, value_of

SEND_FORM, PREVIEW_FORM = "send.form", "send.preview"
NUMBER, TEMPLATE = "send.number", "send.template"
NUMBER_BLOCK, TEMPLATE_BLOCK = "number", "template"
FOUND_MAX = 50


@dataclass(frozen=True, slots=True)
class Carried:
    """What a form remembers between its steps."""

    channel: str
    app: str


def carry(carried: Carried) -> str:
    return json.dumps({"channel": carried.channel, "app": carried.app})


def uncarry(text_: str) -> Carried:
    """What `carry` wrote. Raises ValueError for anything else."""
    found = json.loads(text_)
    if not isinstance(found, dict) or not {"channel", "app"} <= found.keys():
        raise ValueError("not what a form of ours carries")
    return Carried(str(found["channel"]), str(found["app"]))


def send_form(
    carried: Carried,
    locale: Locale,
    *,
    number: str = "",
    template: Template | None = None,
    values: Mapping[int, str] | None = None,
) -> Json:
    """The form as far as it is known; a chosen template brings its text and its fields."""
    initial = template_option(template, locale) if template else None
    select = blocks.search(TEMPLATE, text(locale, "form.template_placeholder"), initial=initial)
    chooser = blocks.field(TEMPLATE_BLOCK, text(locale, "preview.template"), select)
    chooser["dispatch_action"] = True
    parts = [
        blocks.field(
            NUMBER_BLOCK,
            text(locale, "form.number"),
            blocks.text_input(NUMBER, initial=number, placeholder="+8613800000001", max_length=64),
            hint=text(locale, "form.number_hint"),
        ),
        chooser,
    ]
    if template is not None:
        parts += _template_fields(template, locale, values or {})
    return blocks.form(
        SEND_FORM,
        title=text(locale, "form.title"),
        submit=text(locale, "form.preview"),
        close=text(locale, "form.close"),
        blocks=parts,
        carried=carry(carried),
    )


def preview_form(draft: Draft, locale: Locale) -> Json:
    """The preview as the form's second step; handing it in sends, where a limit allows it."""
    may_send = limit_fault(draft.uses) is None
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
    faults: Sequence[SendFault], template: Template | None, locale: Locale
) -> dict[str, str]:
    """Each fault under the field it is about; several under one field stand together."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(_block_of(fault, template), []).append(plain_sentence(fault, locale))
    return {block: " ".join(said) for block, said in found.items()}


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


def _template_fields(template: Template, locale: Locale, values: Mapping[int, str]) -> list[Block]:
    shown = esc(blocks.cut(template.content, 600))
    parts = [blocks.context(f"{text(locale, 'form.template_text')} {shown}")]
    for variable in variables_of(template.content):
        label = text(locale, "form.variable", variable=f"{{{variable}}}")
        field = blocks.text_input(
            f"value.{variable}", initial=values.get(variable, ""), max_length=500
        )
        parts.append(blocks.field(value_block(template, variable), label, field))
    return parts


def _block_of(fault: SendFault, template: Template | None) -> str:
    variable = fault.values.get("variable")
    if fault.area is Area.NUMBER:
        return NUMBER_BLOCK
    if fault.area is Area.VALUES and template is not None and isinstance(variable, int):
        return value_block(template, variable)
    return TEMPLATE_BLOCK


def _review(review: ReviewState, locale: Locale) -> str:
    return text(locale, f"form.review.{review.name.lower()}")
