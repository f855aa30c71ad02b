"""`/sms oncall`: whose week it is and whose the next ones are, how somebody is reached, numbers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.locales import Locale, aside, enumerated, text
from bot.registry import SlackMessage
from bot.rules.escalation import MAINLAND, NEXT, Chain, Step
from bot.rules.numbers import cover, mask
from bot.rules.roles import Role
from bot.rules.rotas import Override, Rota, Shift
from bot.rules.schedule import zone_name
from bot.rules.trials import MOST_OF_NUMBER, MOST_OF_PERSON, TrialRefusal
from bot.rules.validity import DAY_S, HOUR_S, MINUTE_S
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages.escalations import MARKS, person
from bot.slack.messages.faults import moment, note
from bot.slack.messages.holders import holders

#: A button beside a number that has it called once; who and which number it carries.
TRY = "oncall.try"
#: Weeks of a rota that are shown, and people whose number is not known that are named.
SHIFTS_MAX, NAMED_MAX = 6, 20
DATE = "{date_short}"
#: A word that may be meant for a person's.
NAME = re.compile(r"[a-z][a-z0-9._-]{1,30}")
UNITS = {"d": DAY_S, "h": HOUR_S, "m": MINUTE_S, "s": 1}


@dataclass(frozen=True, slots=True)
class RotaView:
    """A rota from now on; `people` are the user ids of all who take turns."""

    rota: Rota
    shifts: Sequence[Shift]
    people: Sequence[str]
    is_gap: bool


@dataclass(frozen=True, slots=True)
class OncallView:
    """All there is to say of being on call. `numbers` are the full ones by user id, "" where none
    is known: mask them before showing them."""

    rotas: Sequence[RotaView]
    chains: Sequence[Chain]
    fallback: str
    numbers: Mapping[str, str]
    calls: bool
    texts: bool
    now: datetime
    tried: Mapping[str, datetime] = field(default_factory=dict)
    """When 1 was pressed in a call to the number, by user id, of those in which it was."""


@dataclass(frozen=True, slots=True)
class NumberView:
    """The number somebody is called under, in full: mask it before showing it. `set_at_ms` tells it
    from an earlier one; `is_callable`: calls are set up."""

    number: str
    set_at_ms: int
    tried_at: datetime | None
    is_callable: bool


def overview(view: OncallView, locale: Locale, *, said: str = "") -> SlackMessage:
    """Who is on call, in one message; `said` is what was done just before."""
    title = text(locale, "oncall.title")
    parts: list[Block] = [blocks.section(said)] if said else []
    parts.append(blocks.section(f"*{title}*"))
    if not view.rotas and not view.chains:
        return SlackMessage(title, (*parts, blocks.section(text(locale, "oncall.nothing"))))
    parts += [blocks.section(_rota(each, view, locale)) for each in view.rotas]
    parts += [blocks.section(_chain(each, locale)) for each in view.chains]
    parts += [blocks.context(*_numbers(view, locale))]
    return SlackMessage(said or title, tuple(parts))


def stands_in(override: Override, fallback: str, locale: Locale) -> str:
    """Who is on call from here on; where that is nobody, who is reached: `fallback`, "" for
    none."""
    key = "stands_in" if override.who else "left_open" if fallback else "left_open_alone"
    return text(
        locale,
        f"oncall.{key}",
        who=person(override.who),
        fallback=person(fallback),
        rota=code(override.rota),
        begins=moment(override.begins_at),
        ends=moment(override.ends_at),
    )


def may_not_stand_in(
    people: Iterable[str], role: Role, groups: Sequence[str], locale: Locale
) -> SlackMessage:
    """Who is called must be able to act: the role they lack, and which groups give it."""
    return note(
        text(
            locale,
            "oncall.lacks_role",
            people=_some(sorted(people), locale),
            role=text(locale, f"help.role.{role.value}"),
            groups=holders(groups, locale),
        )
    )


def _some(people: Sequence[str], locale: Locale) -> str:
    """The first of them, by name."""
    named = enumerated(locale, map(person, people[:NAMED_MAX]))
    return f"{named} …" if len(people) > NAMED_MAX else named


def not_read(word: str, locale: Locale) -> SlackMessage:
    """A word that is nothing here; what may be a name lacks its @."""
    if NAME.fullmatch(word):
        handle = code(f"@{word}")
        return note(text(locale, "oncall.no_name", word=code(word), handle=handle))
    return note(text(locale, "oncall.not_read", word=code(blocks.cut(cover(word), 60))))


def number(
    whose: str, known: NumberView | None, locale: Locale, *, is_new: bool = False
) -> SlackMessage:
    """Under which number somebody is called, and whether that was ever tried; None where none is
    known."""
    if known is None:
        return note(text(locale, "oncall.phone.unknown", who=person(whose)))
    key = "set" if is_new else "is"
    shown = mask(known.number)
    said = text(locale, f"oncall.phone.{key}", who=person(whose), number=shown)
    if not known.number.startswith(MAINLAND):
        return note(f"{said}\n{text(locale, 'oncall.phone.abroad')}")
    if not known.is_callable:
        return note(said)
    untried = text(locale, "oncall.phone.untried")
    if known.tried_at is not None:
        untried = text(locale, "oncall.phone.tried", date=moment(known.tried_at, DATE))
    whole = note(f"{said}\n{untried}")
    label = text(locale, "oncall.button.try")
    says = f"{label}: {shown}"
    button = blocks.button(TRY, label, value=f"{whose}|{known.set_at_ms}", says=says)
    return SlackMessage(whole.text, (*whole.blocks, blocks.actions("oncall.number", button)))


def calling(whose: str, e164: str, locale: Locale) -> SlackMessage:
    """It rings in a moment."""
    return note(text(locale, "oncall.trial.calling", who=person(whose), number=mask(e164)))


def not_called(why: TrialRefusal, locale: Locale) -> SlackMessage:
    """Why a number is not called to try it."""
    said = text(
        locale,
        f"oncall.trial.no.{why.value}",
        number=MOST_OF_NUMBER,
        person=MOST_OF_PERSON,
    )
    return note(said)


def being_erased(e164: str, request_id: str, locale: Locale) -> SlackMessage:
    """Nobody can be called under what is to be gone."""
    return note(text(locale, "oncall.phone.erased", number=mask(e164), request=request_id))


def _rota(view: RotaView, whole: OncallView, locale: Locale) -> str:
    now, *later = view.shifts[:SHIFTS_MAX]
    zone = code(zone_name(view.rota.zone))
    lines = [text(locale, "oncall.rota", rota=code(view.rota.name), zone=zone)]
    lines.append(f":phone: {_shift(now, 'oncall.now', locale)}")
    if view.is_gap:
        fallback = person(whole.fallback) if whole.fallback else text(locale, "oncall.no_one")
        lines.append(f":warning: {text(locale, 'oncall.gap', fallback=fallback)}")
    lines += [f"•  {_shift(each, 'oncall.later', locale)}" for each in later]
    return "\n".join(lines)


def _shift(shift: Shift, key: str, locale: Locale) -> str:
    who = person(shift.who) if shift.who else f"*{text(locale, 'oncall.no_one')}*"
    said = text(locale, key, who=who, begins=moment(shift.begins_at), ends=moment(shift.ends_at))
    is_stand_in = shift.is_override and bool(shift.who)
    return aside(locale, said, text(locale, "oncall.instead")) if is_stand_in else said


def _chain(chain: Chain, locale: Locale) -> str:
    lines = [text(locale, "oncall.chain", chain=code(chain.name))]
    lines += [f"{nth}. {_step(each, locale)}" for nth, each in enumerate(chain.steps, 1)]
    if chain.repeats:
        lines.append(text(locale, "oncall.repeats", count=chain.repeats))
    return "\n".join(lines)


def _step(step: Step, locale: Locale) -> str:
    whom = text(locale, "oncall.next") if step.whom == NEXT else person(step.whom)
    waits = _lasts(step.wait_s, locale)
    said = text(locale, f"oncall.means.{step.means.value}", whom=whom)
    return f"{MARKS[step.means]} {said} {text(locale, 'oncall.waits', time=waits)}"


def _lasts(seconds: int, locale: Locale) -> str:
    """A length of time, whole."""
    parts = []
    for unit, unit_s in UNITS.items():
        amount, seconds = divmod(seconds, unit_s)
        if amount:
            parts.append(text(locale, f"oncall.lasts.{unit}", count=amount))
    return " ".join(parts)


def _numbers(view: OncallView, locale: Locale) -> list[str]:
    lines = []
    if view.fallback:
        lines.append(text(locale, "oncall.fallback", group=person(view.fallback)))
    known = [user for user, number in view.numbers.items() if number]
    missing = [user for user, number in view.numbers.items() if not number]
    if view.numbers:
        count = f"{len(known)} / {len(view.numbers)}"
        lines.append(text(locale, "oncall.numbers", count=count))
    if missing:
        named = enumerated(locale, map(person, missing[:NAMED_MAX]))
        lines.append(text(locale, "oncall.no_numbers", people=named))
    lines += _tried(view, locale) if view.calls else []
    off = [name for name, is_on in (("voice", view.calls), ("sms", view.texts)) if not is_on]
    lines += [text(locale, f"oncall.off.{name}") for name in off]
    return lines


def _tried(view: OncallView, locale: Locale) -> list[str]:
    """Whose phone was ever answered, and whose was not, of those who can be called."""
    known = [user for user, each in view.numbers.items() if each.startswith(MAINLAND)]
    tried = [
        aside(locale, person(user), moment(view.tried[user], DATE))
        for user in known
        if user in view.tried
    ]
    untried = [user for user in known if user not in view.tried]
    lines = []
    if tried:
        named = enumerated(locale, tried[:NAMED_MAX])
        lines.append(text(locale, "oncall.tried", people=named))
    if untried:
        lines.append(f":warning: {text(locale, 'oncall.untried', people=_some(untried, locale))}")
    return lines
