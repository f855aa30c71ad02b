"""The buttons on the card of a change of limits: hand it in, throw it away, take it back."""

from datetime import datetime, tzinfo
from functools import partial

from bot.registry import Answer, Button, Nothing, Person, Pressed, Whisper
from bot.rules import limit_accounts, schedule, validity
from bot.rules.requests import RequestKind
from bot.rules.roles import ACCOUNT, Role
from bot.rules.subjects import LimitsChange, limits_change_of
from bot.slack.messages import limit_accounts as account_messages
from bot.slack.messages import limit_answers as answers
from bot.slack.messages import limit_changes as messages
from bot.slack.messages import limit_forms as forms
from bot.slack.messages import limit_keys
from bot.slack.messages.limit_changes import HERE
from bot.slack.messages.limit_forms import Carried, LimitFields
from bot.slack.messages.previews import read_value
from handlers import scopes
from handlers.commands.asking import kept_back_by
from handlers.commands.limit import open_form, ring
from handlers.flows import limit_drafts
from handlers.flows.limit_drafts import AskedBefore, LimitRefusal, RolledBack
from handlers.services import Services
from storage import requests
from storage.db import Tx
from storage.ids import from_ms
from storage.requests import Request


async def ask(knock: Pressed, services: Services) -> Answer:
    """Ask for approval, on the card."""
    request_id, sha256 = read_value(knock.value)
    why = limit_accounts.may_not(is_individual=services.settings.content.is_individual)
    if why is not None:
        return Whisper(account_messages.refused(why, knock.person.locale))
    found = await services.db.read(requests.get, request_id)
    if found is not None and found.kind is RequestKind.LIMITS_CHANGE:
        rule = limit_drafts.rule_of(found.app, limits_change_of(found.payload), services.settings)
        no = await kept_back_by(rule, found.kind.value, knock.person, services)
        if no is not None:
            return no
    end = await services.db.write(
        limit_drafts.ask,
        request_id,
        sha256,
        knock.person.user_id,
        services.settings,
        services.clock(),
    )
    ring(services)
    return _refused(end, request_id, knock) if isinstance(end, LimitRefusal) else Nothing()


async def discard(knock: Pressed, services: Services) -> Answer:
    """Discard, on the card."""
    request_id, _ = read_value(knock.value)
    end = await services.db.write(
        limit_drafts.discard, request_id, knock.person.user_id, services.clock()
    )
    ring(services)
    return _refused(end, request_id, knock) if isinstance(end, LimitRefusal) else Nothing()


async def roll_back(knock: Pressed, services: Services) -> Answer:
    """Roll back, on the card of a change that holds or will."""
    request_id, _ = read_value(knock.value)
    person, locale = knock.person, knock.person.locale

    def write(tx: Tx, *, may_ask: bool) -> RolledBack | Request | AskedBefore | LimitRefusal:
        now, settings = services.clock(), services.settings
        return limit_drafts.roll_back(
            tx, request_id, person.user_id, settings, now, may_ask=may_ask
        )

    end = await services.db.write(partial(write, may_ask=False))
    if end is LimitRefusal.NOT_ASKER:
        # Only where somebody has to be asked it matters who may ask.
        no = await _may_not_ask(request_id, person, services)
        if no is not None:
            return no
        end = await services.db.write(partial(write, may_ask=True))
    ring(services)
    match end:
        case RolledBack(had_begun=had_begun):
            return Whisper(answers.rolled_back(request_id, locale, had_begun=had_begun))
        case Request():
            return Whisper(answers.asked_to_roll_back(request_id, end.id, locale))
        case AskedBefore(request_id=other):
            return Whisper(answers.asked_before(request_id, other, locale))
        case refusal:
            return _refused(refusal, request_id, knock)


async def _may_not_ask(request_id: str, person: Person, services: Services) -> Whisper | None:
    found = await services.db.read(requests.get, request_id)
    rule = services.settings.limits_rule(found.app if found else ACCOUNT, loosens=True)
    return await kept_back_by(rule, RequestKind.LIMITS_CHANGE.value, person, services)


async def again(knock: Pressed, services: Services) -> Answer:
    """Ask again, on the card of a change that was not decided: the form, filled in."""
    request_id, _ = read_value(knock.value)
    found = await services.db.read(requests.get, request_id)
    if found is None or found.kind is not RequestKind.LIMITS_CHANGE:
        return _refused(LimitRefusal.NOT_FOUND, request_id, knock)
    change = limits_change_of(found.payload)
    fields = fields_of_change(change, services.settings.timezone, knock.now)
    return await open_form(Carried(knock.channel, found.app), fields, knock, services)


async def roll_back_here(knock: Pressed, services: Services) -> Answer:
    """Roll back, under a copy of the card that no edit of it reaches."""
    answer = await roll_back(knock, services)
    return Whisper(answer.message, replace=True) if isinstance(answer, Whisper) else answer


def fields_of_change(change: LimitsChange, zone: tzinfo, now: datetime) -> LimitFields:
    """A change that was asked for, as the form would hold it. A start that is over is at once; an
    end that is over is written all the same, for the form to refuse: without it the change would
    be for good."""
    starts_at = None if change.at_ms is None else from_ms(change.at_ms)
    starts = schedule.write(starts_at, zone) if starts_at is not None and starts_at > now else ""
    lasts = "" if change.for_s is None else validity.write(change.for_s).replace(" ", "")
    until = "" if change.until_ms is None else schedule.write(from_ms(change.until_ms), zone)
    typed = {key: "off" if cap is None else str(cap) for key, cap in change.caps.items()}
    others = [limit_keys.assigned(key, cap) for key, cap in change.caps.items()]
    return LimitFields(
        caps={key: cap for key, cap in typed.items() if key in forms.FIELDS},
        others=" ".join(
            each for key, each in zip(change.caps, others, strict=True) if key not in forms.FIELDS
        ),
        starts=starts,
        ends=lasts or until,
        reason=change.reason,
    )


def _refused(refusal: LimitRefusal, request_id: str, knock: Pressed) -> Whisper:
    return Whisper(answers.refused(refusal.value, request_id, knock.person.locale))


#: Who may ask for a change, and who may decide on it.
ROLLING_BACK = (Role.LIMIT_ADMIN, Role.APPROVER)
BUTTONS = (
    Button(messages.ASK, Role.LIMIT_ADMIN, ask, scopes.of_request),
    Button(messages.DISCARD, Role.LIMIT_ADMIN, discard, scopes.of_request),
    Button(messages.AGAIN, Role.LIMIT_ADMIN, again, scopes.of_request),
    Button(messages.ROLL_BACK, ROLLING_BACK, roll_back, scopes.of_request),
    Button(messages.ROLL_BACK + HERE, ROLLING_BACK, roll_back_here, scopes.of_request),
)
