"""Opening the form of a template or a signature: a new one, a change, a deletion."""

from dataclasses import replace
from functools import partial

from bot.locales import text
from bot.registry import Answer, Button, Command, Form, Knock, Pressed, Typed, Whisper
from bot.rules.catalogue import Item
from bot.rules.roles import Role
from bot.slack.messages import asked, change_forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.faults import note
from handlers.commands import asking, listing
from handlers.commands.editor import Editor, Fields, Shown, carried_for, look, put
from handlers.flows import content_drafts as drafts
from handlers.scopes import of_account
from handlers.services import Services
from storage import form_drafts
from storage.ids import to_ms


def commands(editor: Editor[Item, Fields, Shown]) -> tuple[Command, ...]:
    """The list's, and `new`, `edit`, `delete`."""
    area = editor.area
    return (
        *listing.commands(editor.shelf),
        Command(area, "new", Role.REQUESTER, partial(new, editor), about=of_account),
        Command(area, "edit", Role.REQUESTER, partial(edit, editor), about=of_account),
        Command(area, "delete", Role.REQUESTER, partial(delete, editor), about=of_account),
    )


def buttons(editor: Editor[Item, Fields, Shown]) -> tuple[Button, ...]:
    """The list's, and those under one item."""
    area = editor.area
    return (
        *listing.buttons(editor.shelf),
        Button(f"{area}.new", Role.REQUESTER, partial(new, editor), of_account),
        Button(f"{area}.copy", Role.REQUESTER, partial(copy, editor), of_account),
        Button(f"{area}.edit", Role.REQUESTER, partial(press_edit, editor), of_account),
        Button(f"{area}.delete", Role.REQUESTER, partial(press_delete, editor), of_account),
    )


async def new(
    editor: Editor[Item, Fields, Shown], knock: Typed | Pressed, services: Services
) -> Answer:
    """`new`, and the button under the list."""
    return await begin_new(editor, knock, services, await services.db.read(editor.first_fields))


async def copy(editor: Editor[Item, Fields, Shown], knock: Pressed, services: Services) -> Answer:
    """A new one with what is known of another in it."""
    item = await services.db.read(editor.get, knock.value)
    if item is None:
        return Whisper(await listing.unknown(editor.shelf, knock.value, knock, services))
    fields = await services.db.read(editor.fields_of, item)
    return await begin_new(editor, knock, services, fields, like=knock.value)


async def edit(editor: Editor[Item, Fields, Shown], knock: Typed, services: Services) -> Answer:
    """`edit <id or name>`; the list where none is named."""
    wanted = listing.said(knock)
    if not wanted:
        return await listing.list_typed(editor.shelf, knock, services)
    return await begin_edit(editor, wanted, knock, services)


async def press_edit(
    editor: Editor[Item, Fields, Shown], knock: Pressed, services: Services
) -> Answer:
    """The button under one item."""
    return await begin_edit(editor, knock.value, knock, services)


async def delete(editor: Editor[Item, Fields, Shown], knock: Typed, services: Services) -> Answer:
    """`delete <id or name>`; the list where none is named."""
    wanted = listing.said(knock)
    if not wanted:
        return await listing.list_typed(editor.shelf, knock, services)
    return await begin_delete(editor, wanted, knock, services)


async def press_delete(
    editor: Editor[Item, Fields, Shown], knock: Pressed, services: Services
) -> Answer:
    """The button under one item."""
    return await begin_delete(editor, knock.value, knock, services)


async def begin_new(
    editor: Editor[Item, Fields, Shown],
    knock: Knock,
    services: Services,
    fields: Fields,
    *,
    like: str = "",
    restores: bool = True,
) -> Answer:
    """The form for a new one with `fields` in it, `like` naming where they are from. What the
    person had typed into that form before comes back if it `restores`."""
    barred = await asking.barred(editor.create, knock.person, services)
    if barred is not None:
        return barred
    form = f"{editor.area}.new.{like}" if like else f"{editor.area}.new"
    if not restores:
        await services.db.write(form_drafts.forget, knock.person.user_id, form)
    return await _begun(editor, await carried_for(knock, services, form), fields, knock, services)


async def begin_edit(
    editor: Editor[Item, Fields, Shown], wanted: str, knock: Knock, services: Services
) -> Answer:
    """The form of what may be changed, or why it may not."""
    locale = knock.person.locale
    found = await asking.find(editor.shelf, wanted, knock, services, editor.modify)
    if isinstance(found, Whisper):
        return found
    id_ = found.content_id
    if found.review not in drafts.CHANGEABLE:
        what = text(locale, f"{editor.area}.one", id=id_)
        return Whisper(note(asked.not_changeable(what, found.review, locale)))
    why_not = editor.may_edit(found, locale)
    if why_not:
        return Whisper(note(why_not))
    form = f"{editor.area}.edit:{id_}"
    carried = await carried_for(knock, services, form, change_forms.print_of(found))
    fields = await services.db.read(editor.fields_of, found)
    return await _begun(editor, carried, fields, knock, services)


async def begin_delete(
    editor: Editor[Item, Fields, Shown], wanted: str, knock: Knock, services: Services
) -> Answer:
    """What would be gone, before it is asked for."""
    found = await asking.find(editor.shelf, wanted, knock, services, editor.delete)
    if isinstance(found, Whisper):
        return found
    form = f"{editor.area}.delete:{found.content_id}"
    carried = await carried_for(knock, services, form, change_forms.print_of(found))
    locale = knock.person.locale
    return Form(editor.draw_delete(carried, found, services.settings, locale, False))


async def _begun(
    editor: Editor[Item, Fields, Shown],
    carried: Carried,
    fields: Fields,
    knock: Knock,
    services: Services,
) -> Answer:
    """The form as its person left it, or with `fields` in it."""
    user_id, written = knock.person.user_id, editor.write(fields)
    begun = await services.db.read(drafts.begin, user_id, carried.form, written)
    if begun.restored_at is not None:
        carried = replace(carried, restored_at_ms=to_ms(begun.restored_at))
    else:
        # What only the draft tells must be there from the first use of the form on.
        await put(editor, knock, services, carried, fields)
    form = await look(editor, services, carried, editor.read(begun.fields))
    return Form(editor.draw(form, knock.person.locale, ()))
