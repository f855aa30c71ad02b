"""What the forms of templates and of signatures differ in, and how each is loaded and kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from bot.locales import Locale
from bot.registry import Chosen, Filled, Json, Knock
from bot.rules.catalogue import Item
from bot.rules.changes import SignatureChange, TemplateChange
from bot.rules.requests import RequestKind
from bot.settings import Settings
from bot.slack.messages import change_forms
from bot.slack.messages.change_forms import Carried, ChangeForm
from handlers import scopes
from handlers.commands.listing import Shelf
from handlers.flows.content_drafts import Asker, Refusal
from handlers.services import Services
from storage import form_drafts
from storage.db import Tx
from storage.requests import Request

Fields = TypeVar("Fields")
Shown = TypeVar("Shown", bound=ChangeForm[Any, Any])
Change = TemplateChange | SignatureChange


@dataclass(frozen=True, slots=True)
class Editor(Generic[Item, Fields, Shown]):
    """What the two kinds of forms differ in. Loaders take a transaction, drawers a language.

    `redraws` and `keeps` are the fields that are heard of as they are used: with the form drawn
    anew around them, and without. `unseen` are those a form does not tell of again, the files.
    `first_fields` is what a new one begins with, `fields_of` one like what there is; `with_text`
    puts a mended text in. `may_edit` says why not, or nothing.
    """

    shelf: Shelf[Item]
    create: RequestKind
    modify: RequestKind
    delete: RequestKind
    redraws: tuple[str, ...]
    keeps: tuple[str, ...]
    unseen: tuple[str, ...]
    get: Callable[[Tx, str], Item | None]
    first_fields: Callable[[Tx], Fields]
    fields_of: Callable[[Tx, Item], Fields]
    read: Callable[[Mapping[str, str]], Fields]
    write: Callable[[Fields], dict[str, str]]
    with_text: Callable[[Fields, str], Fields]
    mended: Callable[[Tx, Carried, Fields, Settings, datetime], Fields]
    look: Callable[[Tx, Carried, Fields, Settings, datetime, bool], Shown]
    draw: Callable[[Shown, Locale, tuple[str, ...]], Json]
    draw_anyway: Callable[[Shown, Locale], Json]
    draw_delete: Callable[[Carried, Item, Settings, Locale, bool], Json]
    faults: Callable[[Shown, Locale], dict[str, str]]
    may_edit: Callable[[Item, Locale], str]
    change_of: Callable[[Shown], Change]
    deletion_of: Callable[[str, Item | None], Change]
    ask: Callable[[Tx, Asker, Any, Settings, datetime], Request | Refusal]

    @property
    def area(self) -> str:
        """The area of its sentences, and the beginning of its action ids."""
        return self.shelf.kind.area


async def carried_for(knock: Knock, services: Services, form: str, base: str = "") -> Carried:
    """What a form begun here remembers."""
    app = await scopes.meant(knock, services)
    return Carried(knock.channel, app.name, form, base)


async def look(
    editor: Editor[Item, Fields, Shown],
    services: Services,
    carried: Carried,
    fields: Fields,
    *,
    is_handed_in: bool = False,
) -> Shown:
    """The form with what the linter finds in it."""
    now = services.clock()
    return await services.db.read(
        editor.look, carried, fields, services.settings, now, is_handed_in
    )


async def entered(
    editor: Editor[Item, Fields, Shown], knock: Chosen | Filled, services: Services
) -> tuple[Carried, Fields]:
    """What the form holds, and what only its draft tells."""
    carried = change_forms.uncarry(knock.carried)
    draft = await services.db.read(form_drafts.get, knock.person.user_id, carried.form)
    unseen = {name: draft.fields.get(name, "") for name in editor.unseen} if draft else {}
    return carried, editor.read({**knock.fields, **unseen})


async def left(
    editor: Editor[Item, Fields, Shown], knock: Knock, services: Services, carried: Carried
) -> Fields:
    """What the person had put into the form when they were last heard of."""
    draft = await services.db.read(form_drafts.get, knock.person.user_id, carried.form)
    return editor.read(draft.fields if draft else {})


async def put(
    editor: Editor[Item, Fields, Shown],
    knock: Knock,
    services: Services,
    carried: Carried,
    fields: Fields,
) -> None:
    """Keeps what the form holds."""
    written, user_id = editor.write(fields), knock.person.user_id
    await services.db.write(form_drafts.put, user_id, carried.form, written, services.clock())
