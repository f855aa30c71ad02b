"""The form of `/sms oncall set`: which rota, who stands in, from when and until when."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import tzinfo
from enum import StrEnum

from bot.locales import Locale, text
from bot.registry import Json
from bot.rules.oncall_words import NOBODY, OWN, SetWords
from bot.rules.roles import Role, holder
from bot.rules.schedule import zone_name
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages.carried import reading
from bot.slack.messages.holders import quiet_holders

FORM = "oncall.set_form"
ROTA, HOW, PERSON, GROUP = "oncall.rota", "oncall.how", "oncall.person", "oncall.group"
STARTS, ENDS = "oncall.starts", "oncall.ends"
ROTA_BLOCK, HOW_BLOCK, PERSON_BLOCK, GROUP_BLOCK = "rota", "how", "person", "group"
STARTS_BLOCK, ENDS_BLOCK = "starts", "ends"
TIME_MAX = 80


class How(StrEnum):
    """Who is on call in the place of whose week it is; the value is carried by the form."""

    PERSON = "person"
    GROUP = "group"
    NOBODY = "nobody"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds, and what it held before a choice took a field away: a user id, a user
    group as app.yaml has it, times as typed."""

    rota: str = ""
    how: How = How.PERSON
    person: str = ""
    group: str = ""
    starts: str = ""
    ends: str = ""

    @property
    def who(self) -> str:
        """As it would have been typed; "" where nobody is chosen."""
        words = {How.NOBODY: NOBODY, How.OWN: OWN, How.GROUP: self.group}
        return words.get(self.how, self.person)

    @property
    def who_block(self) -> str:
        """The field whom it is about was chosen in."""
        return GROUP_BLOCK if self.how is How.GROUP else PERSON_BLOCK


@dataclass(frozen=True, slots=True)
class Offered:
    """What there is to choose from, and whose clock times are read by; `longest` as people type
    it."""

    rotas: Sequence[str]
    groups: Sequence[str]
    zone: tzinfo
    longest: str


def drafted(typed: SetWords) -> Draft:
    """The form with what was typed in it."""
    is_group = typed.who.startswith(("@", "S"))
    how = How.GROUP if is_group else How.PERSON
    if typed.who in {NOBODY, OWN}:
        how = How(typed.who)
    return Draft(
        rota=typed.rota,
        how=how,
        person=typed.who if how is How.PERSON else "",
        group=typed.who if how is How.GROUP else "",
        starts=blocks.cut(typed.starts, TIME_MAX),
        ends=blocks.cut(typed.lasts or typed.until, TIME_MAX),
    )


def carry(draft: Draft) -> str:
    return json.dumps(astuple(draft), ensure_ascii=False)


@reading
def uncarry(written: str) -> Draft:
    """What `carry` wrote. Raises Outdated for anything else."""
    match json.loads(written):
        case [str(rota), str(how), str(person), str(group), str(starts), str(ends)]:
            return Draft(rota, How(how), person, group, starts, ends)
    raise ValueError("not what a form of ours carries")


def filled(draft: Draft, fields: Mapping[str, str]) -> Draft:
    """The draft as the form has it now: a field that is not shown is as it was."""
    how = fields.get(HOW, "")
    return replace(
        draft,
        rota=fields.get(ROTA, draft.rota),
        how=How(how) if how in set(How) else draft.how,
        person=fields.get(PERSON, draft.person).strip(),
        group=fields.get(GROUP, draft.group),
        starts=fields.get(STARTS, draft.starts).strip()[:TIME_MAX],
        ends=fields.get(ENDS, draft.ends).strip()[:TIME_MAX],
    )


def form(draft: Draft, offered: Offered, locale: Locale) -> Json:
    """The form, with the fields that what is chosen needs."""
    parts = [_rota(draft, offered, locale), _how(draft, offered, locale)]
    if draft.how is How.PERSON:
        parts.append(_person(draft, locale))
    if draft.how is How.GROUP:
        parts.append(_group(draft, offered, locale))
    if draft.how is not How.OWN:
        parts += _times(draft, offered, locale)
    return blocks.form(
        FORM,
        title=text(locale, "oncall.form.title"),
        submit=text(locale, "oncall.form.submit"),
        close=text(locale, "form.close"),
        blocks=parts,
        carried=carry(draft),
    )


def lacks_role(draft: Draft, role: Role, entries: Iterable[str], locale: Locale) -> str:
    """Why who was chosen cannot stand in, as plain text."""
    groups = quiet_holders([holder(each).who for each in entries], locale)
    said = text(
        locale,
        f"oncall.form.lacks_role.{draft.how.value}",
        role=text(locale, f"help.role.{role.value}"),
        groups=groups,
    )
    return said.replace("`", "")


def _rota(draft: Draft, offered: Offered, locale: Locale) -> Block:
    """The list of them, where there is more than one."""
    if len(offered.rotas) == 1:
        return blocks.section(text(locale, "oncall.form.what", rota=code(offered.rotas[0])))
    options = [blocks.option(each, each) for each in offered.rotas]
    label = text(locale, "oncall.form.rota")
    element = blocks.select(ROTA, options, placeholder=label, initial=_chosen(options, draft.rota))
    return blocks.field(ROTA_BLOCK, label, element)


def _how(draft: Draft, offered: Offered, locale: Locale) -> Block:
    ways = [each for each in How if each is not How.GROUP or offered.groups]
    options = [blocks.option(text(locale, f"oncall.form.how.{each.value}"), each) for each in ways]
    element = blocks.radio(HOW, options, initial=_chosen(options, draft.how))
    return blocks.field(HOW_BLOCK, text(locale, "oncall.form.who"), element, acts=True)


def _person(draft: Draft, locale: Locale) -> Block:
    label = text(locale, "oncall.form.person")
    element = blocks.people(PERSON, placeholder=label, initial=draft.person)
    return blocks.field(PERSON_BLOCK, label, element)


def _group(draft: Draft, offered: Offered, locale: Locale) -> Block:
    label = text(locale, "oncall.form.group")
    options = [blocks.option(each, each) for each in offered.groups]
    element = blocks.select(
        GROUP, options, placeholder=label, initial=_chosen(options, draft.group)
    )
    return blocks.field(GROUP_BLOCK, label, element)


def _times(draft: Draft, offered: Offered, locale: Locale) -> tuple[Block, Block]:
    zone = zone_name(offered.zone)
    starts = blocks.text_input(STARTS, initial=draft.starts, max_length=TIME_MAX)
    ends = blocks.text_input(ENDS, initial=draft.ends, max_length=TIME_MAX)
    return (
        blocks.field(
            STARTS_BLOCK,
            text(locale, "oncall.form.starts"),
            starts,
            hint=text(locale, "oncall.form.starts_hint", zone=zone),
            optional=True,
        ),
        blocks.field(
            ENDS_BLOCK,
            text(locale, "oncall.form.ends"),
            ends,
            hint=text(locale, "oncall.form.ends_hint", zone=zone, longest=offered.longest),
            optional=True,
        ),
    )


def _chosen(options: Sequence[Block], value: str) -> Block | None:
    """The option that is chosen, where it is among those Slack shows."""
    shown = options[: blocks.OPTIONS_MAX]
    return next((each for each in shown if each["value"] == value), None)
