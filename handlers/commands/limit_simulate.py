"""`/sms limit simulate`: what other limits would have done, asked of nobody."""

import logging
from collections.abc import Mapping

from bot.errors import StorageError
from bot.locales import text
from bot.registry import Answer, Command, Later, SlackMessage, Typed, Whisper
from bot.rules import limit_words
from bot.rules.limit_accounts import may_not
from bot.rules.policies import Policy
from bot.rules.roles import Role
from bot.settings import App
from bot.slack.messages import limit_answers as answers
from bot.slack.messages import simulations as messages
from bot.slack.messages.faults import note
from handlers import simulating
from handlers.commands.job_asking import app_named
from handlers.commands.limit import OF_LIMIT_WORDS
from handlers.flows import limits, simulations
from handlers.services import Services

log = logging.getLogger("smsops.simulations")


async def simulate(knock: Typed, services: Services) -> Answer:
    """`simulate day=5 …`: at once that it is looked at, then the figures. When, for how long and
    why may stand behind it, as behind `set`: they change nothing here."""
    locale, typed = knock.person.locale, limit_words.read(knock.words)
    app = await app_named(typed.app, knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    if typed.stray or not typed.pairs:
        return Whisper(messages.usage(typed.stray, locale))
    policy = await services.db.read(limits.policy_of, app, knock.now)
    caps = limit_words.caps_of(typed.pairs, policy)
    if not isinstance(caps, Mapping):
        said = [answers.fault_sentence(each, locale) for each in caps]
        return Whisper(messages.not_simulated(said, locale))
    if knock.person.user_id in services.simulating_for:
        return Whisper(note(text(locale, "limit_simulate.busy")))
    services.simulating_for.add(knock.person.user_id)
    looking = messages.looking(caps, app.name, locale)
    return Later(Whisper(looking), _result(app, policy, caps, knock, services))


async def _result(
    app: App, policy: Policy, caps: Mapping[str, int | None], knock: Typed, services: Services
) -> Answer:
    locale = knock.person.locale
    try:
        order = await services.db.read(simulations.order, app.name, policy, caps, knock.now)
        found = await simulating.run(services, order)
    except (OSError, StorageError) as error:
        reason = str(error)
        log.warning("not simulated", extra={"event": "simulation_failed", "reason": reason})
        return Whisper(note(text(locale, "limit_simulate.failed")))
    finally:
        services.simulating_for.discard(knock.person.user_id)
    may_set = may_not(is_individual=services.settings.content.is_individual is True) is None
    return Whisper(messages.result(caps, app.name, found, locale, may_set=may_set))


COMMANDS = (Command("limit", "simulate", Role.VIEWER, simulate, about=OF_LIMIT_WORDS),)
