"""`/sms approve`: what waits for me; and every way to say yes or no, which are one way."""

import asyncio
import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.errors import SlackError
from bot.registry import (
    Answer,
    Button,
    Command,
    Event,
    Filled,
    Form,
    Happened,
    Json,
    Knock,
    Nothing,
    Person,
    Pressed,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
)
from bot.rules.approvals import (
    Approved,
    Ballot,
    Counted,
    Electors,
    Rejected,
    Unknown,
    Verdict,
    Via,
    VoteRefusal,
)
from bot.rules.roles import Role, holder
from bot.rules.words import did_you_mean
from bot.settings import Settings
from bot.slack.messages import approval_table
from bot.slack.messages import ballots as ballot_messages
from bot.slack.messages import help as help_messages
from bot.slack.messages import voting as messages
from bot.slack.messages.ballots import ApprovalView
from bot.slack.messages.help import MENU_APPROVALS
from bot.slack.messages.previews import read_value
from bot.slack.messages.shown import Shown, render
from bot.slack.messages.voting import Told
from handlers.commands import stray
from handlers.commands.job_asking import meant
from handlers.flows import approvals, ballots, cards, electors, voting
from handlers.flows.approval_table import policy_of
from handlers.flows.approvals import Superseded, WithdrawRefusal
from handlers.flows.voting import Outcome, TakenBack, Touched
from handlers.scopes import of_meant
from handlers.services import Services
from storage import approvals as stored
from storage import cards as stored_cards
from storage import requests
from storage.damage import Damage
from storage.db import Tx

log = logging.getLogger("smsops.approve")
#: A card can be touched before its post was confirmed to us; then it is waited for.
CARD_WITHIN = timedelta(seconds=1.5)
LOOK_EVERY_S = 0.05
NOUN, LIST, POLICY = "approve", "list", "policy"
VERBS = (LIST, POLICY)
#: How the name of a request begins.
OF_REQUEST = "r-"
EVENT_TS = re.compile(r"([0-9]{1,12})\.([0-9]{6})")


async def waiting(knock: Typed, services: Services) -> Answer:
    """What waits for the person, and what they asked for themselves; behind an id, that one."""
    synonyms = services.registry.synonyms
    word = knock.words[0].text.casefold() if knock.words else LIST
    rest = knock.words[1:] if synonyms.get(word, word) == LIST else knock.words
    if not rest:
        return Whisper(await _waiting(knock, services))
    first = rest[0].text.casefold()
    if first.startswith(OF_REQUEST) and len(rest) == 1:
        return await _named(rest[0].text.upper(), knock, services)
    if first.startswith(OF_REQUEST):
        return stray.of(NOUN, "", rest[1], knock, services)
    if rest is not knock.words:
        return stray.of(NOUN, "", rest[0], knock, services)
    names = {name: verb for name, verb in synonyms.items() if verb in VERBS}
    near = did_you_mean(word, VERBS, names)
    said = help_messages.unknown(
        f"{NOUN} {knock.words[0].text}", f"{NOUN} {near}" if near else None, knock.person.locale
    )
    return Whisper(said)


async def policy(knock: Typed, services: Services) -> Answer:
    """`policy`: who must say yes to what, with the app that is meant here."""
    view = policy_of(services.settings, (await meant(knock, services)).name)
    return Whisper(approval_table.listed(view, knock.person.locale))


async def press_waiting(knock: Pressed, services: Services) -> Answer:
    """What waits for this person, from the menu."""
    return Whisper(await _waiting(knock, services))


async def _waiting(knock: Knock, services: Services) -> SlackMessage:
    user_id = knock.person.user_id
    entries = await services.people.entries_of(knock.person)
    damage = Damage()
    found = await services.db.read(
        ballots.load_waiting, user_id, entries, services.settings, knock.now, damage
    )
    own = [each for each in found if each.requester == user_id]
    mine = [each for each in found if each.requester != user_id]
    return messages.waiting(mine, own, user_id, knock.person.locale, damage.rows)


async def _named(request_id: str, knock: Knock, services: Services) -> Answer:
    """The request of that id, where the person has to do with it, and where its card is."""
    found = await services.db.read(_look_at, request_id, services.settings, knock.now)
    locale = knock.person.locale
    if found is None or not await _may_look(found[0], knock.person, services):
        return Whisper(messages.not_yours(request_id, locale))
    view, shown = found
    channel = await services.db.read(stored_cards.channel_of, view.request_id)
    whole = messages.look(view, render(shown, locale, is_copy=True), knock.person.user_id, locale)
    return Whisper(messages.with_place(whole, channel or "", locale))


async def look(knock: Pressed, services: Services) -> Answer:
    """One request as its card shows it, for the person alone."""
    found = await services.db.read(_look_at, knock.value, services.settings, knock.now)
    if found is None or not await _may_look(found[0], knock.person, services):
        return _refused(VoteRefusal.NOT_OURS, Told(knock.value), knock)
    view, shown = found
    locale = knock.person.locale
    whole = render(shown, locale, is_copy=True)
    return Whisper(messages.look(view, whole, knock.person.user_id, locale))


async def _may_look(view: ApprovalView, person: Person, services: Services) -> bool:
    """Who asked for it, and whoever decides on it: their list is from before."""
    if view.requester == person.user_id:
        return True
    entries = await services.people.entries_of(person)
    today = view.approvers if view.today is None else view.today
    return electors.may_concern(Electors(view.approvers, today), entries, services.settings)


def _look_at(
    tx: Tx, request_id: str, settings: Settings, now: datetime
) -> tuple[ApprovalView, Shown] | None:
    """A request under a policy and its card; None for anything else."""
    request = requests.get(tx, request_id)
    view = None if request is None else ballots.view_of(tx, request, settings)
    shown = None if request is None else cards.load_shown(tx, request, settings, now)
    return None if view is None or shown is None else (view, shown)


async def approve(knock: Pressed, services: Services) -> Answer:
    """Approve, on a card."""
    request_id, seen = read_value(knock.value)
    return await _say(request_id, Verdict.APPROVE, knock, services, seen=seen)


async def approve_here(knock: Pressed, services: Services) -> Answer:
    """Approve, under a copy that no edit of the card reaches."""
    request_id, _ = read_value(knock.value)
    answer = await approve(knock, services)
    if not isinstance(answer, Nothing):
        return answer
    said = messages.answer("list.approved", Told(request_id), knock.person.locale)
    return Whisper(said, replace=True)


async def open_reject(knock: Pressed, services: Services) -> Answer:
    """Reject, on a card: the form for the reason."""
    request_id, _ = read_value(knock.value)
    request = await services.db.read(requests.get, request_id)
    if request is None:
        return _refused(VoteRefusal.NOT_OURS, Told(request_id), knock)
    return Form(messages.reject_form(knock.value, request_id, knock.person.locale))


async def reject(knock: Filled, services: Services) -> Answer:
    """The form handed in."""
    request_id, seen = read_value(knock.carried)
    reason = knock.fields.get(messages.REASON, "").strip()
    return await _say(request_id, Verdict.REJECT, knock, services, seen=seen, reason=reason)


async def open_why(knock: Pressed, services: Services) -> Answer:
    """Say why, under a rejection by emoji."""
    return Form(messages.why_form(knock.value, knock.person.locale))


async def explain(knock: Filled, services: Services) -> Answer:
    """The reason for a rejection that had none."""
    reason = knock.fields.get(messages.REASON, "").strip()
    is_kept = await services.db.write(
        voting.explain, knock.carried, knock.person.user_id, reason, services.clock()
    )
    _ring(services)
    key = "reject.thanks" if is_kept else "reject.no_longer"
    return Whisper(messages.answer(key, Told(knock.carried), knock.person.locale))


async def withdraw(knock: Pressed, services: Services) -> Answer:
    """Withdraw, on a card."""
    request_id, _ = read_value(knock.value)
    end = await services.db.write(
        approvals.withdraw, request_id, knock.person.user_id, services.clock()
    )
    _ring(services)
    if not isinstance(end, WithdrawRefusal):
        return Nothing()
    told = await _told(request_id, Verdict.APPROVE, services)
    return Whisper(messages.answer(f"withdraw.{end.value}", told, knock.person.locale))


async def withdraw_here(knock: Pressed, services: Services) -> Answer:
    """Withdraw, under a copy that no edit of the card reaches: what is left to decide takes its
    place."""
    answer = await withdraw(knock, services)
    if not isinstance(answer, Nothing):
        return answer
    return Whisper(await _waiting(knock, services), replace=True)


async def take_back(knock: Pressed, services: Services) -> Answer:
    """Take back, under one's own approval."""
    request_id, _ = read_value(knock.value)
    ballot = Ballot(knock.person.user_id, Verdict.APPROVE, Via.BUTTON, frozenset())
    end = await services.db.write(voting.take_back, request_id, ballot, services.clock())
    _ring(services)
    told = Told(request_id)
    said = messages.answer(f"take_back.{end.value}", told, knock.person.locale)
    return Whisper(said, replace=True)


async def is_about_card(services: Services, event: Json) -> bool:
    """Whether a reaction is one that says something, on one of our cards."""
    item = event.get("item") or {}
    if item.get("type") != "message" or _verdict(services, event) is None:
        return False
    until = services.clock() + CARD_WITHIN
    while (touched := await _touched(services, event)).request_id is None:
        if services.clock() >= until or not touched.may_be_one:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True


async def reacted(knock: Happened, services: Services) -> Answer:
    """An emoji that says something, put on a card or taken away."""
    verdict = _verdict(services, knock.event)
    request_id = (await _touched(services, knock.event)).request_id
    if verdict is None or request_id is None:
        return Nothing()
    if await services.db.read(stored.get, request_id) is None:
        # Nobody is asked about this one: an emoji under it is just that.
        return Nothing()
    event_us = _event_us(knock.event)
    if knock.event["type"] == "reaction_added":
        return await _say(request_id, verdict, knock, services, event_us=event_us)
    ballot = Ballot(knock.person.user_id, verdict, Via.REACTION, frozenset())
    end = await services.db.write(
        voting.take_back, request_id, ballot, services.clock(), event_us=event_us
    )
    _ring(services)
    if end is not TakenBack.TOO_LATE:
        return Nothing()
    return Whisper(messages.answer("take_back.too_late", Told(request_id), knock.person.locale))


async def _say(
    request_id: str,
    verdict: Verdict,
    knock: Knock,
    services: Services,
    *,
    seen: str | None = None,
    reason: str = "",
    event_us: int = 0,
) -> Answer:
    """The one way of every word, whatever said it: the flow; and where it hangs on who may, that is
    asked of Slack now."""
    person = knock.person
    told = await _told(request_id, verdict, services)
    via = Via.BUTTON if seen is not None else Via.REACTION

    async def vote(ballot: Ballot) -> Outcome:
        return await services.db.write(
            voting.vote,
            request_id,
            ballot,
            services.settings,
            services.clock(),
            reason=reason,
            event_us=event_us,
        )

    ballot = Ballot(person.user_id, verdict, via, None, seen)
    outcome = await vote(ballot)
    if isinstance(outcome, Unknown):
        named = Electors(told.approvers, told.today or ())
        try:
            approvers = await services.people.electorate(
                person.user_id, named, person.channel, told.voted
            )
        except SlackError as error:
            log.warning("no electorate", extra={"event": "vote_closed", "reason": error.code})
            return Whisper(messages.unanswered(told, person.locale))
        ballot = replace(ballot, approvers=approvers)
        outcome = await vote(ballot)
    _ring(services)
    return await _answer(outcome, ballot, told, knock, services)


async def _answer(
    outcome: Outcome, ballot: Ballot, told: Told, knock: Knock, services: Services
) -> Answer:
    """What the person hears; the card says the rest."""
    locale = knock.person.locale
    match outcome:
        case VoteRefusal.OUT_OF_DATE | Counted() | Approved() | Unknown():
            return Nothing()
        case VoteRefusal():
            # As it is by now: somebody may have been quicker.
            now = await _told(told.request_id, ballot.verdict, services)
            is_left = bool((ballot.approvers or frozenset()) - {now.requester})
            now = replace(now, is_anybody_left=is_left)
            if outcome is VoteRefusal.NOT_APPROVER:
                now = replace(now, is_held_elsewhere=await _held_elsewhere(now, knock, services))
            return _refused(outcome, now, knock)
        case Superseded(why=why, next_id=next_id):
            return Whisper(messages.superseded(why.value, next_id, told, locale))
        case Rejected() if ballot.via is Via.REACTION:
            request = await services.db.read(requests.get, told.request_id)
            requester = request.requester if request else ""
            return Whisper(messages.rejected_by_emoji(told.request_id, requester, locale))
        case Rejected():
            return Nothing()
        case never:
            assert_never(never)


async def _told(request_id: str, verdict: Verdict, services: Services) -> Told:
    request = await services.db.read(requests.get, request_id)
    policy = await services.db.read(stored.get, request_id)
    words = await services.db.read(stored.votes_of, policy.request_id) if policy else []
    named = None
    if request is not None:
        named = await services.db.read(electors.of, request, services.settings)
    return Told(
        request_id,
        kind=request.kind if request else None,
        state=request.state if request else None,
        approvers=policy.approvers if policy else (),
        voted=tuple(word.vote.user_id for word in words if approvals.counts(word)),
        verdict=verdict,
        requester=request.requester if request else "",
        today=named.today if named else None,
    )


async def _held_elsewhere(told: Told, knock: Knock, services: Services) -> bool:
    """Whether the person decides on it in another channel. Where Slack does not say, nobody is told
    so."""
    named = (told.approvers, told.approvers if told.today is None else told.today)
    try:
        return all(
            [
                knock.person.user_id
                in await services.people.members(each for each in entries if holder(each).channel)
                for entries in named
            ]
        )
    except SlackError:
        return False


def _refused(refusal: VoteRefusal, told: Told, knock: Knock) -> Whisper:
    return Whisper(messages.refused(refusal, told, knock.person.locale))


def _verdict(services: Services, event: Json) -> Verdict | None:
    return services.settings.approvals.reactions.verdict(str(event.get("reaction") or ""))


async def _touched(services: Services, event: Json) -> Touched:
    item = event.get("item") or {}
    channel, ts = str(item.get("channel") or ""), str(item.get("ts") or "")
    return await services.db.read(voting.find_card, channel, ts)


def _event_us(event: Json) -> int:
    """Slack's time of the event in microseconds; 0 where it says none."""
    found = EVENT_TS.fullmatch(str(event.get("event_ts") or ""))
    return int(found[1]) * 1_000_000 + int(found[2]) if found else 0


def _ring(services: Services) -> None:
    services.cards_due.set()
    services.posts_due.set()
    services.changes_due.set()
    services.messages_due.set()


COMMANDS = (
    Command(NOUN, "", None, waiting),
    Command(NOUN, POLICY, Role.VIEWER, policy, about=of_meant, takes=0),
)
# No role: the policy a request is under says who may, and it is asked on every path.
BUTTONS = (
    Button(MENU_APPROVALS, None, press_waiting),
    Button(ballot_messages.APPROVE, None, approve),
    Button(ballot_messages.APPROVE_HERE, None, approve_here),
    Button(ballot_messages.REJECT, None, open_reject),
    Button(ballot_messages.WITHDRAW, None, withdraw),
    Button(ballot_messages.WITHDRAW_HERE, None, withdraw_here),
    Button(messages.LOOK, None, look),
    Button(messages.BACK, None, take_back),
    Button(messages.WHY, None, open_why),
)
SUBMISSIONS = (
    Submission(messages.REJECT_FORM, None, reject),
    Submission(messages.WHY_FORM, None, explain),
)
EVENTS = (
    Event("reaction_added", "reaction_added", ("reactions:read",), None, reacted, is_about_card),
    Event(
        "reaction_removed", "reaction_removed", ("reactions:read",), None, reacted, is_about_card
    ),
)
