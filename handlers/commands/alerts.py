"""`/sms alerts`: what is open, all of one, and what people do about it; the buttons of the card."""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Command,
    Knock,
    Nothing,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules import matchers as matching
from bot.rules import why_words, words
from bot.rules.alert_life import Move, after
from bot.rules.limit_words import BECAUSE_WORDS
from bot.rules.matchers import Fault, Matcher
from bot.rules.roles import Apps, Role
from bot.rules.silence_words import read_id, read_ids
from bot.rules.words import BadText, did_you_mean
from bot.slack.blocks import code
from bot.slack.messages import alert_lists as lists
from bot.slack.messages import alerts as messages
from bot.slack.messages import help as help_messages
from bot.slack.messages import silences as silence_messages
from bot.slack.messages.alert_lists import Page, Query
from bot.slack.messages.alerts import HERE
from bot.slack.messages.faults import moment, note, outdated
from bot.slack.messages.help import MENU_ALERTS
from handlers import refusing, scopes
from handlers.commands import why
from handlers.flows import alert_lists, alerts
from handlers.flows.alerts import Late, TooLate
from handlers.services import Services
from storage import alert_groups
from storage.alert_groups import Group
from storage.db import Tx

NOUN = "alerts"
#: Whoever receives alerts acts on them, and so does who looks after the bot.
ACTING = (Role.ONCALL, Role.OWNER)
LOOKING = (Role.VIEWER, *ACTING)
RESOLVED_WORDS = frozenset({"resolved", "closed", "over", "已解决", "已恢复"})
#: Groups one command moves; candidates that are named; what is written down about a move.
AT_ONCE, NAMED, NOTE_MAX = 20, 5, 300
#: What tells a condition from a word, as input methods write it too.
OPERATOR = re.compile("[=!~＝！～]")
LEAF_VALUE = re.compile(r"(A-[0-9A-Z]{4,12})\|([0-9]{1,6})")


async def show_list(knock: Typed, services: Services) -> Answer:
    """`/sms alerts [matchers]`; an id alone shows that one, a verb that was mistyped is asked
    about."""
    behind = words.text_behind(knock.text, 1)
    first = behind.split(maxsplit=1)[0] if behind else ""
    if first and not OPERATOR.search(first) and first not in RESOLVED_WORDS:
        group_id = read_id(first, "A")
        known = await services.db.read(alert_groups.get, group_id)
        if known is not None and not await _hidden([known.id], LOOKING, knock, services):
            return Whisper(await whole(known.id, 0, knock, services))
        return Whisper(_unknown(first, knock, services))
    return await _list(behind, knock, services)


async def show_listed(knock: Typed, services: Services) -> Answer:
    """`list [matchers] [resolved]`."""
    return await _list(words.text_behind(knock.text, 2), knock, services)


async def press_list(knock: Pressed, services: Services) -> Answer:
    """What is open, from the menu."""
    return Whisper(lists.listing(await _page(Query(), (), knock, services), knock.person.locale))


async def turn(knock: Pressed, services: Services) -> Answer:
    """Another page, in the place of the one shown."""
    query = lists.unpack(knock.value)
    found = _read(query.matchers) if query is not None else None
    if query is None or found is None or isinstance(found, Fault):
        return Whisper(outdated(knock.person.locale))
    page = await _page(query, found, knock, services)
    return Whisper(lists.listing(page, knock.person.locale), replace=True)


async def show(knock: Typed, services: Services) -> Answer:
    """`show [id]`: all of one group, to whoever asks alone."""
    found = await _named(knock, services)
    if isinstance(found, SlackMessage):
        return Whisper(found)
    if await _hidden(found[:1], LOOKING, knock, services):
        return Whisper(lists.unknown(found[0], knock.person.locale))
    return Whisper(await whole(found[0], 0, knock, services))


async def press_show(knock: Pressed, services: Services) -> Answer:
    """One group of alerts, from a list."""
    return Whisper(await whole(knock.value, 0, knock, services))


async def leaf(knock: Pressed, services: Services) -> Answer:
    """Another page of its alerts."""
    found = LEAF_VALUE.fullmatch(knock.value)
    if found is None:
        return Whisper(outdated(knock.person.locale))
    return Whisper(await whole(found[1], int(found[2]), knock, services), replace=True)


async def evidence(knock: Pressed, services: Services) -> Answer:
    """The story an alert names, as `/sms why` tells it."""
    read = words.read(knock.value)
    if isinstance(read, BadText):
        return Whisper(outdated(knock.person.locale))
    asked = Typed(
        knock.person,
        knock.channel,
        knock.channel_name,
        knock.now,
        read.tokens,
        f"why {knock.value}",
        knock.trigger_id,
    )
    return await why.tell_of(knock.person.where(*LOOKING), asked, services)


async def acknowledge(knock: Typed, services: Services) -> Answer:
    """`ack [id …]`."""
    return await _typed(Move.ACKNOWLEDGE, knock, services)


async def unacknowledge(knock: Typed, services: Services) -> Answer:
    """`unack [id …]`."""
    return await _typed(Move.UNACKNOWLEDGE, knock, services)


async def resolve(knock: Typed, services: Services) -> Answer:
    """`resolve [id …] [because …]`."""
    return await _typed(Move.RESOLVE, knock, services)


async def reopen(knock: Typed, services: Services) -> Answer:
    """`reopen <id> …`."""
    return await _typed(Move.REOPEN, knock, services)


async def press_acknowledge(knock: Pressed, services: Services) -> Answer:
    return await _pressed(Move.ACKNOWLEDGE, knock, services)


async def press_unacknowledge(knock: Pressed, services: Services) -> Answer:
    return await _pressed(Move.UNACKNOWLEDGE, knock, services)


async def press_resolve(knock: Pressed, services: Services) -> Answer:
    return await _pressed(Move.RESOLVE, knock, services)


async def press_reopen(knock: Pressed, services: Services) -> Answer:
    return await _pressed(Move.REOPEN, knock, services)


async def acknowledge_here(knock: Pressed, services: Services) -> Answer:
    return await _here(Move.ACKNOWLEDGE, knock, services)


async def unacknowledge_here(knock: Pressed, services: Services) -> Answer:
    return await _here(Move.UNACKNOWLEDGE, knock, services)


async def resolve_here(knock: Pressed, services: Services) -> Answer:
    return await _here(Move.RESOLVE, knock, services)


async def reopen_here(knock: Pressed, services: Services) -> Answer:
    return await _here(Move.REOPEN, knock, services)


async def carry_out(
    wanted: Move, group_id: str, via: str, knock: Knock, services: Services, remark: str = ""
) -> Group | TooLate:
    """The one way of every move, whatever said it; whoever calls has looked at the role."""

    def move(tx: Tx) -> Group | TooLate:
        return alerts.move(
            tx,
            group_id,
            wanted,
            by=knock.person.user_id,
            via=via,
            settings=services.settings,
            now=services.clock(),
            note=remark,
        )

    end = await services.db.write(move)
    services.wake()
    return end


def too_late(end: TooLate, group_id: str, locale: Locale) -> str:
    """Why it changed nothing, and who was first."""
    values = {"group": code(group_id), "person": f"<@{end.by}>", "time": _time(end.at)}
    key = end.reason.value
    if end.reason is Late.RESOLVED and end.by:
        key = "resolved_by"
    elif end.reason is Late.REPLACED and end.group is not None:
        values["group"] = code(end.group.id)
    return text(locale, f"alerts.late.{key}", **values)


async def _typed(wanted: Move, knock: Typed, services: Services) -> Answer:
    found = await _named(knock, services, wanted)
    if isinstance(found, SlackMessage):
        return Whisper(found)
    remark, locale, said = _remark(knock), knock.person.locale, []
    hidden = await _hidden(found, ACTING, knock, services)
    for group_id in found:
        if group_id in hidden:
            said.append(too_late(TooLate(Late.UNKNOWN), group_id, locale))
            continue
        end = await carry_out(wanted, group_id, "command", knock, services, remark)
        if isinstance(end, TooLate):
            said.append(too_late(end, group_id, locale))
        else:
            said.append(text(locale, f"alerts.done.{wanted.value}", group=code(group_id)))
    return Whisper(note("\n".join(said)))


async def _pressed(wanted: Move, knock: Pressed, services: Services) -> Answer:
    """On the card, which says the rest."""
    end = await carry_out(wanted, knock.value, "button", knock, services)
    if isinstance(end, TooLate):
        return Whisper(note(too_late(end, knock.value, knock.person.locale)))
    return Nothing()


async def _here(wanted: Move, knock: Pressed, services: Services) -> Answer:
    """On a copy, which no edit of the card reaches: as it is now takes its place."""
    answer = await _pressed(wanted, knock, services)
    if not isinstance(answer, Nothing):
        return answer
    return Whisper(await whole(knock.value, 0, knock, services), replace=True)


async def _list(typed: str, knock: Knock, services: Services) -> Answer:
    wanted, is_resolved = _resolved(typed)
    found = _read(wanted)
    locale = knock.person.locale
    if isinstance(found, Fault):
        return Whisper(note(silence_messages.fault(found, locale)))
    query = Query(matching.written(found), is_resolved)
    return Whisper(lists.listing(await _page(query, found, knock, services), locale))


async def _page(
    query: Query, matchers: Sequence[Matcher], knock: Knock, services: Services
) -> Page:
    shown = knock.person.where(*LOOKING)
    return await services.db.read(alert_lists.find, query, matchers, shown, services.clock())


async def whole(group_id: str, page: int, knock: Knock, services: Services) -> SlackMessage:
    locale = knock.person.locale
    found = await services.db.read(
        alert_lists.whole, group_id, page, services.settings, services.clock()
    )
    return lists.unknown(group_id, locale) if found is None else lists.whole(found, locale)


async def _hidden(
    ids: Sequence[str], roles: tuple[Role, ...], knock: Knock, services: Services
) -> frozenset[str]:
    """Those of `ids` that somebody has none of `roles` for: answered as if there were none."""

    def read(tx: Tx) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in ids:
            apps = scopes.names(scopes.groups(tx, [each], services.settings))
            missing = [app for app in apps if not knock.person.may(roles, app)]
            if missing:
                found[each] = missing[0]
        return found

    hidden = await services.db.read(read)
    for app in sorted(set(hidden.values())):
        held_by = [role.value for role in roles]
        await refusing.note(knock.person, services, app, held_by, f"/sms {NOUN}")
    return frozenset(hidden)


async def _named(
    knock: Typed, services: Services, wanted: Move | None = None
) -> list[str] | SlackMessage:
    """The ids that were typed first; without any, the only group that can be meant."""
    locale = knock.person.locale
    typed = _ids(knock)
    if typed:
        return typed[:AT_ONCE]
    if knock.words:
        return lists.unknown(knock.words[0].text[:40], locale)
    role = LOOKING if wanted is None else ACTING
    found = await services.db.read(_candidates, wanted, knock.person.where(*role))
    if len(found) == 1:
        return [found[0].id]
    if not found:
        key = "none_open" if wanted is not Move.REOPEN else "which"
        return note(text(locale, f"alerts.late.{key}", groups="`/sms alerts list resolved`"))
    named = ", ".join(code(each.id) for each in found[:NAMED])
    more = " …" if len(found) > NAMED else ""
    return note(text(locale, "alerts.late.which", groups=f"{named}{more}"))


def _candidates(tx: Tx, wanted: Move | None, apps: Apps) -> list[Group]:
    """Open groups of `apps` from which `wanted` leads somewhere."""
    if wanted is Move.REOPEN:
        return []
    ids = alert_lists.of_apps(tx, alert_groups.open_ids(tx), apps)[: NAMED + 1]
    found = [group for each in ids if (group := alert_groups.get(tx, each)) is not None]
    return [each for each in found if wanted is None or after(each.state, wanted) is not None]


def _ids(knock: Typed) -> list[str]:
    """The ids that come first, each once."""
    return read_ids(knock.words, "A")


def _remark(knock: Typed) -> str:
    """What stands behind the ids."""
    behind = [word for word in knock.words[len(_ids(knock)) :] if word.key is None]
    if behind and behind[0].text.casefold() in BECAUSE_WORDS:
        behind = behind[1:]
    return " ".join(word.text for word in behind)[:NOTE_MAX]


def _resolved(typed: str) -> tuple[str, bool]:
    """Without the word that asks for those that are over, and whether it was there."""
    parts = typed.split()
    for place in (0, -1):
        if parts and parts[place].casefold() in RESOLVED_WORDS:
            whole, word = typed.strip(), parts[place]
            return (whole[len(word) :] if place == 0 else whole[: -len(word)]).strip(), True
    return typed, False


def _read(typed: str) -> Sequence[Matcher] | Fault:
    """Matchers; nothing typed is none of them."""
    return matching.parse(typed) if typed.strip() else ()


def _unknown(word: str, knock: Typed, services: Services) -> SlackMessage:
    locale = knock.person.locale
    if read_id(word, "A"):
        return lists.unknown(read_id(word, "A"), locale)
    commands = services.registry.commands
    verbs = [f"{NOUN} {each.verb}" for each in commands if each.noun == NOUN and each.verb]
    near = did_you_mean(f"{NOUN} {word}", verbs)
    return help_messages.unknown(f"{NOUN} {word}", near, locale)


def _time(at: datetime | None) -> str:
    return moment(at) if at is not None else ""


def _first_typed(knock: Typed) -> list[str]:
    """The id of `/sms alerts <id>`."""
    typed = words.text_behind(knock.text, 1).split(maxsplit=1)
    return [read_id(typed[0], "A")] if typed else []


def _evidence(knock: Pressed) -> list[str]:
    read = words.read(knock.value)
    return [] if isinstance(read, BadText) else why_words.as_typed(read.tokens)


OF_FIRST = scopes.if_known(scopes.of_found(scopes.groups, _first_typed))
OF_TYPED = scopes.if_known(scopes.of_found(scopes.groups, _ids))
OF_EVIDENCE = scopes.of_found(scopes.story, _evidence)
COMMANDS = (
    Command(NOUN, "", LOOKING, show_list, has_own_words=True, about=OF_FIRST),
    Command(NOUN, "list", LOOKING, show_listed, has_own_words=True),
    Command(NOUN, "show", LOOKING, show, about=OF_TYPED),
    Command(NOUN, "ack", ACTING, acknowledge, about=OF_TYPED),
    Command(NOUN, "unack", ACTING, unacknowledge, about=OF_TYPED),
    Command(NOUN, "resolve", ACTING, resolve, about=OF_TYPED),
    Command(NOUN, "reopen", ACTING, reopen, about=OF_TYPED),
)
OURS = scopes.of_alerts
BUTTONS = (
    Button(MENU_ALERTS, LOOKING, press_list),
    Button(f"{lists.TURN}_previous", LOOKING, turn),
    Button(f"{lists.TURN}_next", LOOKING, turn),
    Button(lists.SHOW, LOOKING, press_show, OURS),
    Button(f"{lists.LEAF}_previous", LOOKING, leaf, OURS),
    Button(f"{lists.LEAF}_next", LOOKING, leaf, OURS),
    *(
        Button(f"{messages.EVIDENCE}_{nth}", LOOKING, evidence, OF_EVIDENCE)
        for nth in range(messages.EVIDENCE_MAX)
    ),
    Button(messages.ACK, ACTING, press_acknowledge, OURS),
    Button(messages.UNACK, ACTING, press_unacknowledge, OURS),
    Button(messages.RESOLVE, ACTING, press_resolve, OURS),
    Button(messages.REOPEN, ACTING, press_reopen, OURS),
    Button(f"{messages.ACK}{HERE}", ACTING, acknowledge_here, OURS),
    Button(f"{messages.UNACK}{HERE}", ACTING, unacknowledge_here, OURS),
    Button(f"{messages.RESOLVE}{HERE}", ACTING, resolve_here, OURS),
    Button(f"{messages.REOPEN}{HERE}", ACTING, reopen_here, OURS),
)
