"""`/sms doctor`: looks at the whole set-up, for whoever asks alone; `send` tries it on a phone."""

import logging
from datetime import datetime

from bot.errors import SmsopsError
from bot.locales import Locale, text
from bot.registry import Answer, Command, Later, SlackMessage, Typed, Whisper
from bot.rules import send_words
from bot.rules.roles import Role
from bot.slack.messages import doctor as messages
from bot.slack.messages import faults as fault_messages
from bot.slack.messages.faults import note
from handlers import examining, scopes
from handlers.commands.job_asking import OF_SEND_WORDS, app_named
from handlers.examining import trial
from handlers.flows.drafts import Queued, SendAsk
from handlers.services import Services
from storage.ids import RequestId

log = logging.getLogger("smsops.doctor")
#: Whoever is called at night looks too, and mends what an admin need not.
MAY = (Role.OWNER, Role.ONCALL)


async def check(knock: Typed, services: Services) -> Answer:
    """At once that it is looked at, then what was found. One look at a time."""
    locale = knock.person.locale
    if services.examining.locked():
        return Whisper(note(text(locale, "doctor.busy")))
    looking = note(text(locale, "doctor.looking"))
    return Later(Whisper(looking), _result(services, locale, knock.now))


async def _result(services: Services, locale: Locale, now: datetime) -> Answer:
    try:
        async with services.examining:
            patient = examining.patient_of(services)
            findings = await examining.examine(patient, now)
    except SmsopsError as error:
        log.warning("no check", extra={"event": "doctor_failed", "reason": str(error)})
        return Whisper(note(text(locale, "doctor.failed", why=type(error).__name__)))
    broken = [each.found.value for each in findings if each.severity is examining.BROKEN]
    log.info("checked", extra={"event": "doctor", "broken": broken})
    return Whisper(messages.card(examining.report_of(patient, findings, now), locale))


async def send(knock: Typed, services: Services) -> Answer:
    """`send <number> <template> …`: one SMS, now, and whether its report finds the way back."""
    locale, typed = knock.person.locale, send_words.read(knock.words)
    app = await app_named(typed.app, knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    if len(typed.numbers) != 1 or not typed.template or typed.at or typed.valid:
        return Whisper(note(text(locale, "doctor.usage")))
    ask = SendAsk(
        number=typed.numbers[0],
        template=typed.template,
        pairs=typed.pairs,
        app=app,
        signature=typed.signature,
        requester=knock.person.user_id,
        channel=knock.channel,
    )
    queued = await services.db.write(trial.queue, ask, services.settings, knock.now, has_card=True)
    if not isinstance(queued, Queued):
        return Whisper(fault_messages.not_sent(queued, locale, knock.text))
    said = note(text(locale, "doctor.sending"))
    return Later(Whisper(said), _came_to(services, queued.request_id, locale))


async def _came_to(services: Services, request_id: RequestId, locale: Locale) -> Answer:
    try:
        findings = await trial.follow(services, request_id)
    except SmsopsError as error:
        return Whisper(note(text(locale, "doctor.failed", why=type(error).__name__)))
    patient = examining.patient_of(services)
    report = examining.report_of(patient, findings, services.clock())
    return Whisper(messages.tried(report, locale))


COMMANDS = (
    Command("doctor", "", MAY, check, about=scopes.of_account, takes=0),
    Command("doctor", "send", Role.REQUESTER, send, about=OF_SEND_WORDS),
)
