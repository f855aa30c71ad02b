"""What a knock is about: the app, or the account, whose role is asked for (`bot.registry.AppOf`).

Somebody may send anything. What is none of ours is about nothing: any app's role will do, and the
handler, which reads it the same way, refuses it. What all apps share (`ACCOUNT`) everybody may look
at who may look at any of them; to change it takes the account's role.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bot.errors import Outdated, WrongDataKey
from bot.registry import About, AppOf, Chosen, Filled, Knock, Meant, Person, Pressed, Typed
from bot.rules import matchers as matching
from bot.rules import why_words
from bot.rules.matchers import Fault, Matcher
from bot.rules.roles import ACCOUNT, EVERY_APP, Role
from bot.rules.silence_words import SilenceWords
from bot.settings import App, Settings
from bot.slack.messages import carried as reading
from handlers.flows import alert_lists, apps, replies, whys
from handlers.services import Services
from storage import alert_groups, alerts, brakes, messages, requests, silences
from storage import whys as stories
from storage.db import Tx

#: What reading something damaged, or something that was never ours, may raise.
UNREAD = (*reading.UNREAD, Outdated, WrongDataKey)
Key = TypeVar("Key")


async def of_account(_: Knock, __: Services) -> About:
    """The account, which all apps share."""
    return ACCOUNT


async def meant(knock: Knock, services: Services) -> App:
    """The app that is meant where the person names none."""
    place = (knock.person.user_id, knock.channel, knock.channel_name)
    mine = knock.person.where(*Role)
    return await services.db.read(apps.meant, services.settings, *place, mine=mine)


async def of_meant(knock: Knock, services: Services) -> About:
    """The app that is meant where none is named."""
    return Meant((await meant(knock, services)).name)


def of_typed(read: Callable[[Typed, Settings], str | None]) -> AppOf:
    """The app that `read` finds among the words; where it finds none, the one that is meant."""

    async def about(knock: Typed, services: Services) -> About:
        name = read(knock, services.settings)
        return await of_meant(knock, services) if name is None else _known(name, services.settings)

    return about


def of_named(read: Callable[[str], str] = str) -> AppOf:
    """The app whose name `read` finds in what a button or a form carries."""

    async def about(knock: Knock, services: Services) -> About:
        try:
            return _known(read(carried(knock)), services.settings)
        except UNREAD:
            return None

    return about


def of_found(find: Callable[[Tx, Key, Settings], About], read: Callable[[Any], Key]) -> AppOf:
    """What `find` knows in the store by what `read` takes from the knock."""

    async def about(knock: Knock, services: Services) -> About:
        try:
            return await services.db.read(find, read(knock), services.settings)
        except UNREAD:
            return None

    return about


def if_known(about: AppOf) -> AppOf:
    """The scope of what somebody looks up, as far as they have any role there: for anybody else it
    does not exist, and the handler says so (nobody finds out which numbers were written to)."""

    async def known(knock: Knock, services: Services) -> About:
        found = await about(knock, services)
        mine = knock.person.where(*Role)
        return found if all(each in mine for each in names(found)) else None

    return known


def names(found: About) -> tuple[str, ...]:
    """Each of the apps that something is about."""
    if found is None:
        return ()
    return found if isinstance(found, tuple) else (found,)


def names_known(person: Person, settings: Settings) -> list[str]:
    """The names of the apps somebody has any role for: another one is not proposed to them."""
    mine = person.where(*Role)
    return [app.name for app in settings.apps if app.name in mine]


def carried(knock: Knock) -> str:
    """What a button or a form carries; "" of what is neither."""
    match knock:
        case Pressed(value=text) | Filled(carried=text) | Chosen(carried=text):
            return text
    return ""


def first(knock: Knock) -> str:
    """The id with which that begins: more may stand behind it."""
    return carried(knock).partition(":")[0].partition("|")[0]


def picked(matchers: Sequence[Matcher], settings: Settings) -> tuple[str, ...]:
    """The apps whose alerts matchers may pick."""
    return matching.apps_of(matchers, [app.name for app in settings.apps])


def request(tx: Tx, request_id: str, _: Settings) -> About:
    """Whose roles count for a request: an app's or the account's."""
    return requests.scope_of(tx, request_id)


def message(tx: Tx, message_id: str, _: Settings) -> About:
    """The app a message is of."""
    return messages.app_of(tx, message_id)


def groups(tx: Tx, ids: Sequence[str], _: Settings) -> About:
    """Every app that the alerts on these cards are of."""
    known = [each for each in ids if alert_groups.get(tx, each) is not None]
    found = {app for each in known for app in alerts.apps_of_group(tx, each)}
    return tuple(sorted(found)) or None


def silence(tx: Tx, silence_id: str, settings: Settings) -> About:
    """Every app that a silence covers."""
    found = silences.get(tx, silence_id)
    return None if found is None else picked(found.matchers, settings)


def silenced(tx: Tx, typed: SilenceWords, settings: Settings) -> About:
    """Every app that a silence of a card, or of matchers, would cover."""
    if typed.group_id:
        group = alert_groups.get(tx, typed.group_id)
        if group is None:
            return None
        covered = picked(alert_lists.matchers_of(tx, group), settings)
        return tuple(sorted({*covered, *alerts.apps_of_group(tx, group.id)}))
    found = matching.parse(typed.matchers) if typed.matchers else ()
    return None if not found or isinstance(found, Fault) else picked(found, settings)


def story(tx: Tx, words: Sequence[str], _: Settings) -> About:
    """The app of the message or the request that words mean, as `/sms why` takes them. What is of
    one number belongs to several, and is left out line by line."""
    found = whys.find(tx, why_words.read(words), EVERY_APP)
    if found.message_id:
        return messages.app_of(tx, found.message_id)
    if found.stray is not None:
        reports = stories.reports_of(tx, found.stray.serial)
        return tuple(sorted({each.app for each in reports})) or ACCOUNT
    return requests.scope_of(tx, found.request_id) if found.request_id else None


def _brake(tx: Tx, brake_id: str, _: Settings) -> About:
    found = brakes.get(tx, brake_id)
    return None if found is None else found.app


def _known(name: str, settings: Settings) -> About:
    return None if settings.app(name) is None else name


of_request = of_found(request, first)
of_message = of_found(message, first)
of_alerts = of_found(groups, lambda knock: [first(knock)])
of_silence = of_found(silence, first)
of_brake = of_found(_brake, carried)
of_reply = of_found(replies.scope_of, carried)
