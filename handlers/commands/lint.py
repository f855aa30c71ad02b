"""`/sms template lint` and `/sms sign lint`: what a reviewer would find, asked of nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.locales import Locale, text
from bot.registry import Answer, Button, Command, Knock, Pressed, SlackMessage, Typed, Whisper
from bot.rules.classes import TemplateClass
from bot.rules.content import composed
from bot.rules.lint import Rule
from bot.rules.roles import ACCOUNT, Role
from bot.rules.words import Word, text_behind
from bot.slack import blocks
from bot.slack.messages import lint_reports, sign_forms, template_forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.faults import note
from bot.slack.messages.lint_reports import Linted
from bot.slack.messages.sign_forms import SignFields, SignForm
from bot.slack.messages.template_forms import TemplateFields
from handlers.commands import beginning, editor, sign, template
from handlers.flows import sign_drafts, template_drafts
from handlers.scopes import of_account
from handlers.services import Services

#: ``/sms template lint``: two words stand before the text.
COMMAND_WORDS = 2
TYPE_KEYS, SIDE_KEYS = ("type", "kind", "类型"), ("for", "side", "用于")
CLASSES = {
    "otp": TemplateClass.OTP,
    "code": TemplateClass.OTP,
    "验证码": TemplateClass.OTP,
    "notice": TemplateClass.NOTICE,
    "notification": TemplateClass.NOTICE,
    "通知": TemplateClass.NOTICE,
    "marketing": TemplateClass.MARKETING,
    "营销": TemplateClass.MARKETING,
}
#: The draft of a form that was opened from here.
LINTED = "lint"
ABROAD = frozenset({"abroad", "international", "境外", "国际"})


async def lint_template(knock: Typed, services: Services) -> Answer:
    """`/sms template lint [type=…] [for=abroad] <text>`."""
    options, wanted = _read(knock)
    if not wanted:
        return _nothing("template", knock.person.locale)
    class_ = next((CLASSES.get(options[key]) for key in TYPE_KEYS if key in options), None)
    linted = Linted("template", wanted, _is_abroad(options), class_)
    return Whisper(await _template_report(linted, knock, services))


async def fix_template(knock: Pressed, services: Services) -> Answer:
    """One finding mended, in the place of the report."""
    linted, rule = lint_reports.unpack(knock.value)
    carried, fields = await _form_of(linted, knock, services)
    form = await editor.look(template.EDITOR, services, carried, fields)
    fixed = next((each.fixed for each in form.findings if each.rule is rule), None)
    mended = replace(linted, wanted=fixed or linted.wanted)
    return Whisper(await _template_report(mended, knock, services), replace=True)


async def use_template(knock: Pressed, services: Services) -> Answer:
    """The form for a new template, with the text in it."""
    linted, _ = lint_reports.unpack(knock.value)
    _, fields = await _form_of(linted, knock, services)
    return await beginning.begin_new(
        template.EDITOR, knock, services, fields, like=LINTED, restores=False
    )


async def lint_signature(knock: Typed, services: Services) -> Answer:
    """`/sms sign lint [for=abroad] <name>`."""
    options, wanted = _read(knock)
    if not wanted:
        return _nothing("sign", knock.person.locale)
    linted = Linted("sign", wanted, _is_abroad(options))
    return Whisper(await _sign_report(linted, knock, services))


async def fix_signature(knock: Pressed, services: Services) -> Answer:
    """One finding mended, in the place of the report."""
    linted, rule = lint_reports.unpack(knock.value)
    form = await _sign_form(linted, knock, services)
    fixed = next((each.fixed for each in form.findings if each.rule is rule), None)
    mended = replace(linted, wanted=fixed or linted.wanted)
    return Whisper(await _sign_report(mended, knock, services), replace=True)


async def use_signature(knock: Pressed, services: Services) -> Answer:
    """The form for a new signature, with the name in it."""
    linted, _ = lint_reports.unpack(knock.value)
    first = await services.db.read(sign_drafts.first_fields)
    fields = replace(first, international=linted.international, name=linted.wanted)
    return await beginning.begin_new(
        sign.EDITOR, knock, services, fields, like=LINTED, restores=False
    )


async def _sign_report(linted: Linted, knock: Knock, services: Services) -> SlackMessage:
    locale = knock.person.locale
    form = await _sign_form(linted, knock, services)
    side = text(locale, f"listing.side.{'abroad' if linted.international else 'mainland'}")
    taken_as = blocks.context(text(locale, "report.taken_as_side", side=side))
    shown = [*sign_forms.look_blocks(form, locale), taken_as]
    may_ask = knock.person.may(Role.REQUESTER, ACCOUNT)
    return lint_reports.report(linted, shown, form.findings, locale, may_ask=may_ask)


async def _sign_form(linted: Linted, knock: Knock, services: Services) -> SignForm:
    carried = await editor.carried_for(knock, services, sign_forms.NEW)
    fields = SignFields(linted.international, linted.wanted)
    return await editor.look(sign.EDITOR, services, carried, fields)


async def _template_report(linted: Linted, knock: Knock, services: Services) -> SlackMessage:
    locale = knock.person.locale
    carried, fields = await _form_of(linted, knock, services)
    form = await editor.look(template.EDITOR, services, carried, fields)
    side = "abroad" if linted.international else "mainland"
    taken_as = text(
        locale,
        "report.taken_as",
        **{"class": text(locale, f"preview.classes.{template_drafts.class_of(form.fields).value}")},
        side=text(locale, f"listing.side.{side}"),
    )
    shown = [*template_forms.look_blocks(form, locale), blocks.context(taken_as)]
    may_ask = knock.person.may(Role.REQUESTER, ACCOUNT)
    # Nobody was asked for a remark yet.
    findings = [each for each in form.findings if each.rule is not Rule.REMARK]
    return lint_reports.report(linted, shown, findings, locale, may_ask=may_ask)


async def _form_of(
    linted: Linted, knock: Knock, services: Services
) -> tuple[Carried, TemplateFields]:
    carried = await editor.carried_for(knock, services, template_forms.NEW)
    return carried, TemplateFields(linted.international, linted.class_, content=linted.wanted)


def _read(knock: Typed) -> tuple[Mapping[str, str], str]:
    """The options before the text, and the text as it was typed, its own quotes taken off, as a
    form would take it."""
    words: Sequence[Word] = knock.words
    options: dict[str, str] = {}
    for word in words:
        if word.key not in {*TYPE_KEYS, *SIDE_KEYS}:
            break
        options[word.key] = word.text.casefold()
    rest = words[len(options) :]
    if len(rest) == 1 and rest[0].key is None:
        return options, composed(rest[0].text)
    return options, composed(text_behind(knock.text, COMMAND_WORDS + len(options)))


def _is_abroad(options: Mapping[str, str]) -> bool:
    return any(options.get(key) in ABROAD for key in SIDE_KEYS)


def _nothing(area: str, locale: Locale) -> Answer:
    example = blocks.code(text(locale, f"help.command.{area}_lint.example"))
    return Whisper(note(text(locale, "report.nothing", example=example)))


OF_TEMPLATES = (Command("template", "lint", Role.VIEWER, lint_template),)
OF_SIGNATURES = (Command("sign", "lint", Role.VIEWER, lint_signature),)
BUTTONS = (
    Button("template.lint_fix", Role.VIEWER, fix_template),
    Button("template.lint_use", Role.REQUESTER, use_template, of_account),
    Button("sign.lint_fix", Role.VIEWER, fix_signature),
    Button("sign.lint_use", Role.REQUESTER, use_signature, of_account),
)
