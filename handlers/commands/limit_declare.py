"""`/sms limit declare`: what Tencent's console holds, said by one person and seen by a second."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Command,
    Filled,
    Form,
    Json,
    Knock,
    NextForm,
    Nothing,
    Person,
    Pressed,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import limit_accounts, limit_words
from bot.rules.drift import NUMBER_KEYS, is_of_console
from bot.rules.limit_words import CapFault, CapReason, LimitWords
from bot.rules.numbers import cover_typed
from bot.rules.roles import Role
from bot.rules.words import BadText, did_you_mean
from bot.rules.words import read as read_words
from bot.settings import App, Settings
from bot.slack.blocks import code, cut
from bot.slack.messages import apps as app_messages
from bot.slack.messages import declarations as messages
from bot.slack.messages import limit_accounts as accounts
from bot.slack.messages import limit_answers, limit_keys
from bot.slack.messages.asked import closing_form
from bot.slack.messages.declarations import (
    EVIDENCE,
    EVIDENCE_BLOCK,
    EVIDENCE_MAX,
    FIELDS,
    TOTALS,
    TOTALS_BLOCK,
    block_of,
)
from bot.slack.messages.faults import note, outdated
from bot.slack.messages.faults import unreadable as unreadable_text
from handlers import scopes
from handlers.commands.job_asking import meant
from handlers.flows import declarations
from handlers.flows.declarations import ConfirmRefusal, DeclareAsk
from handlers.services import Services

Caps = Mapping[str, int | None]
#: Who may be the second one: it takes a look at the console, and no right to decide.
SECONDS = (Role.LIMIT_ADMIN, Role.APPROVER, Role.ONCALL, Role.OWNER)
CONFIRM_VALUE = re.compile(r"([0-9]{1,9}):(.+)", re.DOTALL)


async def typed(knock: Typed, services: Services) -> Answer:
    """`declare [app] day=10 same=1 because "…"`; the form for whatever is missing, and where more
    was declared before."""
    locale = knock.person.locale
    no = _barred(services, locale)
    if no is not None:
        return Whisper(no)
    said = limit_words.read(knock.words)
    app, stray = await _app_of(said, knock, services)
    if app is None:
        return Whisper(_unknown(stray[0], knock.person, services))
    caps, faults = _read(said.pairs, locale) if said.pairs else ({}, [])
    faults = [*_misplaced(said, stray, locale), *faults]
    if faults:
        return Whisper(messages.not_declared(faults, locale, knock.text))
    if not (caps and said.reason):
        return Form(await _form(app, caps, said.reason, messages.Carried(), knock, services))
    ask = DeclareAsk(app, caps, said.reason[:EVIDENCE_MAX], knock.person.user_id, knock.channel)
    kept = await services.db.write(
        declarations.declare_typed, ask, services.settings, services.clock()
    )
    if kept is None:
        return Form(await _form(app, caps, said.reason, messages.Carried(), knock, services))
    return Whisper(note(_declared(app, services, locale)))


async def press(knock: Pressed, services: Services) -> Answer:
    """A button: the form with what is declared, or, from what was to be typed, with that in it."""
    locale = knock.person.locale
    no = _barred(services, locale)
    carried = messages.uncarry(knock.value)
    app = services.settings.app(carried.app)
    if no is not None or app is None:
        return Whisper(no or outdated(locale))
    return Form(await _form(app, {}, "", carried, knock, services))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form: every field that was filled in, and where it was seen."""
    locale, carried = knock.person.locale, messages.uncarry(knock.carried)
    app, no = services.settings.app(carried.app), _barred(services, locale)
    if no is not None or app is None:
        return NextForm(closing_form((no or outdated(locale)).text, locale))
    caps, wrong = _filled(knock, locale)
    evidence = knock.fields.get(EVIDENCE, "").strip()
    if not evidence:
        wrong[EVIDENCE_BLOCK] = text(locale, "limit_declare.form.no_evidence")
    if not caps and not wrong:
        wrong[block_of(NUMBER_KEYS[0])] = text(locale, "limit_declare.form.nothing")
    if wrong:
        return Wrong(wrong)
    ask = DeclareAsk(
        app,
        caps,
        evidence[:EVIDENCE_MAX],
        knock.person.user_id,
        carried.channel,
        request_id=carried.request_id,
    )
    await services.db.write(declarations.declare, ask, services.settings, services.clock())
    return NextForm(closing_form(_declared(app, services, locale), locale))


async def confirm(knock: Pressed, services: Services) -> Answer:
    """I looked too: the second person, who is not the first."""
    locale, found = knock.person.locale, CONFIRM_VALUE.fullmatch(knock.value)
    app = services.settings.app(found[2]) if found else None
    if found is None or app is None:
        return Whisper(outdated(locale))
    end = await services.db.write(
        declarations.confirm,
        app,
        int(found[1]),
        knock.person.user_id,
        knock.channel,
        services.settings,
        services.clock(),
    )
    services.posts_due.set()
    if isinstance(end, ConfirmRefusal):
        return Whisper(messages.not_confirmed(end.reason.value, end.other, locale))
    return Nothing()


def _declared(app: App, services: Services, locale: Locale) -> str:
    """It is kept: has it shown, and says so."""
    services.posts_due.set()
    services.cards_due.set()
    return text(locale, "limit_declare.kept", app=code(app.name))


async def _form(
    app: App,
    caps: Caps,
    evidence: str,
    carried: messages.Carried,
    knock: Typed | Pressed,
    services: Services,
) -> Json:
    """With what is known in it, and `caps` above that."""
    known_by = app, services.settings, services.clock()
    view = await services.db.read(declarations.console_of, *known_by)
    step = await services.db.read(declarations.step_of, *known_by) if carried.is_step else None
    wanted = {} if step is None else {each.key: each.wanted for each in step.differences}
    carry = messages.carry(replace(carried, app=app.name, channel=knock.channel))
    known = {**view.caps, **wanted, **caps}
    return messages.declare_form(carry, view, known, knock.person.locale, evidence=evidence)


async def _app_of(
    said: LimitWords, knock: Knock, services: Services
) -> tuple[App | None, tuple[str, ...]]:
    """The app that is meant, and the words left over; None and its name where there is none."""
    name = _app_in(said, services.settings)
    if name is None:
        return await meant(knock, services), said.stray
    found = services.settings.app(name)
    if said.app is None:
        return found, said.stray[1:]
    return found, said.stray if found else (name,)


def _app_in(said: LimitWords, settings: Settings) -> str | None:
    """The name of the app that was typed, by its key or as the first word; None for neither."""
    first = said.stray[0] if said.stray else ""
    return said.app or (first if settings.app(first) else None)


def _unknown(name: str, person: Person, services: Services) -> SlackMessage:
    closest = did_you_mean(name, scopes.names_known(person, services.settings))
    return app_messages.unknown(name, closest, person.locale)


def _barred(services: Services, locale: Locale) -> SlackMessage | None:
    reason = limit_accounts.may_not(is_individual=services.settings.content.is_individual)
    return None if reason is None else accounts.refused(reason, locale)


def _misplaced(said: LimitWords, stray: tuple[str, ...], locale: Locale) -> list[str]:
    """Words a declaration has no place for."""
    faults = []
    if said.starts or said.lasts or said.until:
        faults.append(text(locale, "limit_declare.no_times"))
    if stray:
        words = code(cut(cover_typed(" ".join(stray)), 60))
        faults.append(text(locale, "limit_declare.stray", words=words))
    return faults


def _read(
    pairs: tuple[tuple[str, str], ...], locale: Locale, *, is_plain: bool = False
) -> tuple[Caps, list[str]]:
    """The caps that were typed, or a sentence for each that cannot be."""
    # A source that is silent about a limit does not say that there is none.
    caps = limit_words.read_caps(pairs, is_silence_no_cap=False)
    if not isinstance(caps, Mapping):
        return {}, [_fault(fault, locale, is_plain=is_plain) for fault in caps]
    others = [key for key in caps if not is_of_console(key)]
    if others:
        named = " ".join(limit_keys.typed(key) for key in others)
        keys = named if is_plain else code(named)
        return {}, [text(locale, "limit_declare.not_of_console", keys=keys)]
    return caps, []


def _filled(knock: Filled, locale: Locale) -> tuple[dict[str, int | None], dict[str, str]]:
    """What was filled in, and a sentence under each field that cannot be read."""
    caps: dict[str, int | None] = {}
    wrong: dict[str, str] = {}
    for key in NUMBER_KEYS:
        given = knock.fields.get(FIELDS[key], "").strip()
        if given:
            found, faults = _read(((key, given),), locale, is_plain=True)
            caps |= found
            if faults:
                wrong[block_of(key)] = faults[0]
    totals, faults = _totals(knock.fields.get(TOTALS, ""), locale)
    twice = [key for key, cap in totals.items() if key in caps and caps[key] != cap]
    faults = [*faults, *(_twice(key, caps[key], totals[key], locale) for key in twice)]
    if faults:
        wrong[TOTALS_BLOCK] = " ".join(faults)
    return {**caps, **totals}, wrong


def _twice(key: str, here: int | None, there: int | None, locale: Locale) -> str:
    """A field says one thing of a limit, and what stands among the totals another."""
    written, other = (limit_keys.written(cap) for cap in (there, here))
    fault = CapFault(CapReason.TWICE, key, written, allowed=other)
    return _fault(fault, locale, is_plain=True)


def _fault(fault: CapFault, locale: Locale, *, is_plain: bool) -> str:
    """Why a cap is none; what the console shows stops no app of ours."""
    say = limit_answers.plain_fault if is_plain else limit_answers.fault_sentence
    if fault.reason is not CapReason.ZERO:
        return say(fault, locale)
    assigned = limit_keys.assigned(fault.key, 0)
    return text(locale, "limit_declare.zero", assigned=assigned if is_plain else code(assigned))


def _totals(given: str, locale: Locale) -> tuple[Caps, list[str]]:
    """`mainland.stop=10000 SG.stop=50`, as one types them."""
    if not given.strip():
        return {}, []
    found = read_words(given)
    if isinstance(found, BadText):
        return {}, [unreadable_text(found, locale).text]
    said = limit_words.read(found.tokens)
    if said.stray or not said.pairs:
        return {}, [text(locale, "limit_declare.form.totals_unread")]
    return _read(said.pairs, locale, is_plain=True)


OF_TYPED = scopes.of_typed(lambda knock, settings: _app_in(limit_words.read(knock.words), settings))
OF_CARRIED = scopes.of_named(lambda written: messages.uncarry(written).app)
OF_CONFIRMED = scopes.of_named(lambda written: written.partition(":")[2])
COMMANDS = (Command("limit", "declare", Role.LIMIT_ADMIN, typed, about=OF_TYPED),)
BUTTONS = (
    Button(messages.DECLARE, Role.LIMIT_ADMIN, press, OF_CARRIED),
    Button(messages.DIFFERS, SECONDS, press, OF_CARRIED),
    Button(messages.CONFIRM, SECONDS, confirm, OF_CONFIRMED),
)
SUBMISSIONS = (Submission(messages.DECLARE_FORM, SECONDS, hand_in, OF_CARRIED),)
