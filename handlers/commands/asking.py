"""What asking for a template and asking for a signature have in common."""

from typing import assert_never

from bot.locales import Locale, join, text
from bot.registry import Answer, Knock, NextForm, Person, SlackMessage, Whisper
from bot.rules.approvals import Rule
from bot.rules.catalogue import Item
from bot.rules.content import ReviewState
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import ACCOUNT
from bot.slack.messages import asked
from bot.slack.messages.faults import note
from bot.tencent.provider import content_provider
from handlers import refusing
from handlers.commands import listing
from handlers.commands.listing import Shelf
from handlers.flows.content_drafts import AskReason, Refusal, open_about
from handlers.services import Services
from storage import cards
from storage.requests import Request


async def barred(kind: RequestKind, person: Person, services: Services) -> Whisper | None:
    """Why nobody, or not this person, may ask for such a change; None where they may."""
    if content_provider(services.tencent) is None:
        return Whisper(asked.cannot_ask(person.locale))
    return await kept_back(kind, ACCOUNT, person, services)


async def kept_back(
    kind: RequestKind, app: str, person: Person, services: Services
) -> Whisper | None:
    """Why the policy lets nobody, or not this person, ask for such a thing about `app` (`ACCOUNT`
    for what all apps share); None where it does."""
    rule = services.settings.approval_rule(kind, app)
    return await kept_back_by(rule, kind.value, person, services)


async def kept_back_by(rule: Rule, kind: str, person: Person, services: Services) -> Whisper | None:
    """What keeps a request back under a policy that is known, for a kind as the table of approvals
    names it."""
    if not await _may_ask(rule, person, services):
        await refusing.note(person, services, ACCOUNT, rule.askers, kind)
    no = await foreseen(rule, person, services)
    return None if no is None else Whisper(no)


async def foreseen(rule: Rule, person: Person, services: Services) -> SlackMessage | None:
    """The same before anything is asked for: nothing is entered in the trail. Raises SlackError."""
    if not await _may_ask(rule, person, services):
        return asked.may_not_ask(rule.askers, person.locale)
    others = await services.people.members(rule.approvers) - {person.user_id}
    if rule.needed > 0 and not others:
        return asked.nobody_approves(rule.approvers, person.locale)
    if len(others) < rule.needed:
        return asked.too_few_approve(rule, len(others), person.locale)
    return None


async def _may_ask(rule: Rule, person: Person, services: Services) -> bool:
    return await services.people.is_in(person.user_id, rule.askers, person.channel)


async def find(
    shelf: Shelf[Item], wanted: str, knock: Knock, services: Services, kind: RequestKind
) -> Item | Whisper:
    """The item to be changed, if this person may ask for it and nobody else does."""
    locale, area = knock.person.locale, shelf.kind.area
    no = await barred(kind, knock.person, services)
    if no is not None:
        return no
    found = await services.db.read(shelf.find, wanted)
    if found is None:
        return Whisper(await listing.unknown(shelf, wanted, knock, services))
    other = await services.db.read(open_about, found)
    if other is not None:
        what = text(locale, f"{area}.change_of", id=found.content_id)
        return Whisper(note(await _already_asked(other, what, services, locale)))
    return found


async def done(request: Request, services: Services, locale: Locale) -> Answer:
    """A request was made: what waits for it is woken, the person is told."""
    services.cards_due.set()
    services.posts_due.set()
    services.changes_due.set()
    is_waived = request.state is not RequestState.AWAITING_APPROVAL
    channel = await _card_channel(request, services)
    return NextForm(asked.asked(request.id, channel, locale, is_waived=is_waived))


async def refused(
    refusal: Refusal, what: str, services: Services, locale: Locale, *, was_typed: bool
) -> Answer:
    """Why nothing was asked for, in the place of the form; what was typed into it is kept."""
    match refusal.reason:
        case AskReason.ALREADY_ASKED:
            if refusal.other is None:
                raise ValueError("no request is in the way")
            words = await _already_asked(refusal.other, what, services, locale)
        case AskReason.GONE:
            words = asked.gone(what, locale)
        case AskReason.NOT_CHANGEABLE:
            review = refusal.item.review if refusal.item else ReviewState.UNKNOWN
            words = asked.not_changeable(what, review, locale)
        case AskReason.CHANGED:
            words = asked.changed(what, locale)
        case never:
            assert_never(never)
    said = join(locale, words, text(locale, "asked.kept") if was_typed else "")
    return NextForm(asked.closing_form(said, locale))


async def _already_asked(other: Request, what: str, services: Services, locale: Locale) -> str:
    channel = await _card_channel(other, services)
    return asked.already_asked(other.id, channel, what, locale)


async def _card_channel(request: Request, services: Services) -> str:
    return await services.db.read(cards.channel_of, request.id) or request.channel
