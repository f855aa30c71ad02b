"""The open form of a template or a signature: typed on, mended, handed in, asked for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.locales import text
from bot.registry import (
    Answer,
    Chosen,
    Filled,
    FormAction,
    NextForm,
    Nothing,
    Redraw,
    Submission,
    Wrong,
)
from bot.rules.catalogue import Item
from bot.rules.lint import Severity
from bot.rules.roles import Role
from bot.slack.messages import change_forms
from bot.slack.messages.change_forms import Carried
from handlers.commands import asking
from handlers.commands.editor import Change, Editor, Fields, Shown, entered, left, look, put
from handlers.flows.content_drafts import Asker, Refusal
from handlers.scopes import of_account
from handlers.services import Services


def form_actions(editor: Editor[Item, Fields, Shown]) -> tuple[FormAction, ...]:
    """What acts in the open form."""
    area = editor.area
    return (
        *(
            FormAction(name, Role.REQUESTER, partial(typed_on, editor), of_account)
            for name in editor.redraws
        ),
        *(
            FormAction(name, Role.REQUESTER, partial(keep, editor), of_account)
            for name in editor.keeps
        ),
        FormAction(f"{area}.fix_one", Role.REQUESTER, partial(fix_one, editor), of_account),
        FormAction(f"{area}.fix_all", Role.REQUESTER, partial(fix_all, editor), of_account),
        FormAction(f"{area}.afresh", Role.REQUESTER, partial(afresh, editor), of_account),
        FormAction(f"{area}.back", Role.REQUESTER, partial(back, editor), of_account),
    )


def submissions(editor: Editor[Item, Fields, Shown]) -> tuple[Submission, ...]:
    """The second step and the deletion; the form itself is handed in to its own handler."""
    area = editor.area
    return (
        Submission(f"{area}.anyway", Role.REQUESTER, partial(hand_in_anyway, editor), of_account),
        Submission(
            f"{area}.delete_form", Role.REQUESTER, partial(hand_in_delete, editor), of_account
        ),
    )


async def typed_on(
    editor: Editor[Item, Fields, Shown], knock: Chosen, services: Services
) -> Answer:
    """Something that bears on the rest: kept, and the form drawn anew around it."""
    carried, fields = await entered(editor, knock, services)
    return await _redraw(editor, knock, services, carried, fields)


async def keep(editor: Editor[Item, Fields, Shown], knock: Chosen, services: Services) -> Answer:
    """Something nothing else hangs on: kept, and the form left alone."""
    carried, fields = await entered(editor, knock, services)
    await put(editor, knock, services, carried, fields)
    return Nothing()


async def fix_one(editor: Editor[Item, Fields, Shown], knock: Chosen, services: Services) -> Answer:
    """One finding mended by a click; `value` names its rule."""
    carried, fields = await entered(editor, knock, services)
    found = (await look(editor, services, carried, fields)).findings
    fixed = next((each.fixed for each in found if each.rule.value == knock.value), None)
    mended = fields if fixed is None else editor.with_text(fields, fixed)
    return await _redraw(editor, knock, services, carried.next_round(), mended)


async def fix_all(editor: Editor[Item, Fields, Shown], knock: Chosen, services: Services) -> Answer:
    """Every finding mended that can be."""
    carried, fields = await entered(editor, knock, services)
    mended = await services.db.read(
        editor.mended, carried, fields, services.settings, services.clock()
    )
    return await _redraw(editor, knock, services, carried.next_round(), mended)


async def afresh(editor: Editor[Item, Fields, Shown], knock: Chosen, services: Services) -> Answer:
    """What was typed before is dropped; the form is as it first was."""
    carried = change_forms.uncarry(knock.carried)
    item = await services.db.read(editor.get, carried.source_id)
    if item is None:
        fields = await services.db.read(editor.first_fields)
    else:
        fields = await services.db.read(editor.fields_of, item)
    first = replace(carried.next_round(), restored_at_ms=0)
    return await _redraw(editor, knock, services, first, fields)


async def back(editor: Editor[Item, Fields, Shown], knock: Chosen, services: Services) -> Answer:
    """From the second step to the form, as it was left."""
    carried, _ = change_forms.uncarry_shown(knock.carried)
    fields = await left(editor, knock, services, carried)
    return await _redraw(editor, knock, services, carried.next_round(), fields)


async def judge(
    editor: Editor[Item, Fields, Shown],
    knock: Filled,
    services: Services,
    carried: Carried,
    fields: Fields,
    more_faults: Callable[[Shown], Mapping[str, str]] = lambda _: {},
) -> Answer:
    """The form handed in: refused under its fields, shown once more, or asked for."""
    await put(editor, knock, services, carried, fields)
    form = await look(editor, services, carried, fields, is_handed_in=True)
    locale = knock.person.locale
    faults = {**editor.faults(form, locale), **more_faults(form)}
    if faults:
        return Wrong(faults)
    if any(each.severity is Severity.LIKELY for each in form.findings):
        return NextForm(editor.draw_anyway(form, locale))
    return await _ask(editor, knock, services, form)


async def hand_in_anyway(
    editor: Editor[Item, Fields, Shown], knock: Filled, services: Services
) -> Answer:
    """The second step: asked for, if it is still what was shown."""
    carried, print_ = change_forms.uncarry_shown(knock.carried)
    fields = await left(editor, knock, services, carried)
    form = await look(editor, services, carried.next_round(), fields, is_handed_in=True)
    locale = knock.person.locale
    is_as_shown = change_forms.print_of_fields(editor.write(fields)) == print_
    if not is_as_shown or editor.faults(form, locale):
        return NextForm(editor.draw(form, locale, ()))
    return await _ask(editor, knock, services, form)


async def hand_in_delete(
    editor: Editor[Item, Fields, Shown], knock: Filled, services: Services
) -> Answer:
    """What was shown is to be deleted."""
    carried = change_forms.uncarry(knock.carried)
    item = await services.db.read(editor.get, carried.content_id)
    if item is not None and change_forms.print_of(item) != carried.base:
        fresh = replace(carried, base=change_forms.print_of(item))
        locale = knock.person.locale
        return NextForm(editor.draw_delete(fresh, item, services.settings, locale, True))
    change = editor.deletion_of(carried.content_id, item)
    return await _ask_for(editor, knock, services, carried, change)


async def _redraw(
    editor: Editor[Item, Fields, Shown],
    knock: Chosen,
    services: Services,
    carried: Carried,
    fields: Fields,
) -> Answer:
    form = await look(editor, services, carried, fields)
    await put(editor, knock, services, carried, form.fields)
    return Redraw(editor.draw(form, knock.person.locale, ()))


async def _ask(
    editor: Editor[Item, Fields, Shown], knock: Filled, services: Services, form: Shown
) -> Answer:
    """Asks for what the form says; what has changed at Tencent meanwhile is shown first."""
    carried = form.carried
    if carried.content_id and form.item is None:
        return await _begun_anew(editor, knock, services, form)
    if form.is_changed:
        fresh = replace(carried.next_round(), base=change_forms.print_of(form.item))
        return NextForm(editor.draw(replace(form, carried=fresh), knock.person.locale, ()))
    return await _ask_for(editor, knock, services, carried, editor.change_of(form))


async def _begun_anew(
    editor: Editor[Item, Fields, Shown], knock: Filled, services: Services, form: Shown
) -> Answer:
    """What was to be changed is gone: what was typed asks for a new one instead, if handed in."""
    gone, locale = form.carried.content_id, knock.person.locale
    named = f"{editor.area}.new.{gone}"
    carried = replace(form.carried, form=named, base="").next_round()
    await put(editor, knock, services, carried, form.fields)
    said = text(locale, "draft.gone", what=text(locale, f"{editor.area}.one", id=gone))
    fresh = await look(editor, services, carried, form.fields)
    return NextForm(editor.draw(fresh, locale, (said,)))


async def _ask_for(
    editor: Editor[Item, Fields, Shown],
    knock: Filled,
    services: Services,
    carried: Carried,
    change: Change,
) -> Answer:
    locale = knock.person.locale
    barred = await asking.barred(change.kind, knock.person, services)
    if barred is not None:
        return barred
    app = services.settings.app(carried.app) or services.settings.app_in()
    asker = Asker(knock.person.user_id, carried.channel, app, carried.form)
    end = await services.db.write(editor.ask, asker, change, services.settings, services.clock())
    if isinstance(end, Refusal):
        key = f"{editor.area}.one" if carried.content_id else f"{editor.area}.just_this"
        what = text(locale, key, id=carried.content_id)
        was_typed = change.text is not None
        return await asking.refused(end, what, services, locale, was_typed=was_typed)
    return await asking.done(end, services, locale)
