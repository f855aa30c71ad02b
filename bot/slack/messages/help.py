"""The menu and the help: made from the registry, showing only what the asker may run."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.locales import Locale, enumerated, join, text
from bot.registry import Command, Meant, Person, SlackMessage
from bot.rules.numbers import cover, cover_typed
from bot.rules.roles import ACCOUNT, Role
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages.faults import moment, note
from bot.slack.messages.holders import holders

MENU_SEND, MENU_JOBS, MENU_APPROVALS = "menu.send", "menu.jobs", "menu.approvals"
MENU_OPTOUTS, MENU_LIMITS, MENU_APPS = "menu.optouts", "menu.limits", "menu.apps"
MENU_ALERTS, MENU_STATS, MENU_HELP = "menu.alerts", "menu.stats", "menu.help"
#: Which buttons the menu has, for whom; None: whoever has any role.
MENU = (
    (MENU_SEND, "menu_send", Role.REQUESTER),
    (MENU_JOBS, "menu_jobs", Role.VIEWER),
    (MENU_APPROVALS, "menu_approvals", None),
    (MENU_OPTOUTS, "menu_optouts", Role.VIEWER),
    (MENU_LIMITS, "menu_limits", Role.VIEWER),
    (MENU_ALERTS, "menu_alerts", (Role.VIEWER, Role.ONCALL, Role.OWNER)),
    (MENU_STATS, "menu_stats", Role.VIEWER),
    (MENU_APPS, "menu_apps", Role.REQUESTER),
)
#: Those that are about the app that is meant here; the others look at any.
OF_APP = frozenset({MENU_SEND, MENU_LIMITS, MENU_STATS})
#: The menu and the help.
OF_ITSELF = ("", "help")
#: What `/sms help <noun>` tells beyond the commands of the noun.
MORE = {"send": ("lists", "later", "file", "shortcut")}


def menu(
    person: Person, app: str, left_segments: int | None, seen_at: datetime | None
) -> SlackMessage:
    """Bare `/sms`: what one can do where `app` is meant, and how much of the package is left."""
    locale = person.locale
    title = text(locale, "help.menu_title")
    buttons = [
        blocks.button(
            action, text(locale, f"help.{name}"), style="primary" if action == MENU_SEND else None
        )
        for action, name, role in MENU
        if (person.may(role, app if action in OF_APP else None) if role else person.roles)
    ]
    buttons.append(blocks.button(MENU_HELP, text(locale, "help.menu_help")))
    may_send = person.may(Role.REQUESTER, app)
    lead = f"\n{text(locale, 'help.menu_text')}" if may_send else ""
    parts: list[Block] = [
        blocks.section(f"*{esc(title)}*{lead}"),
        blocks.actions("menu", *buttons),
    ]
    if app in person.where(*Role):
        parts.append(blocks.context(_standing(locale, app, left_segments, seen_at)))
    elif not person.roles:
        parts.append(blocks.context(text(locale, "help.no_role")))
    return SlackMessage(title, tuple(parts))


def manual(commands: Sequence[Command], person: Person) -> SlackMessage:
    """Every command the person may run: what each does, with an example to copy, where they are of
    one noun; else what each noun is for."""
    locale = person.locale
    title = text(locale, "help.title")
    allowed = [command for command in commands if person.may(command.role)]
    nouns = {command.noun: None for command in allowed}
    if len(nouns) == 1:
        entries = [_entry(command, locale) for command in allowed]
        entries += [_more(noun, locale) for noun in nouns if noun in MORE]
    else:
        entries = [_lines(noun, allowed, locale) for noun in nouns]
    parts = [blocks.section(f"*{esc(title)}*"), *(blocks.section(entry) for entry in entries)]
    if len(nouns) > 1:
        # What the menu and the help themselves do is told in a line.
        telling = [noun for noun in nouns if noun not in OF_ITSELF] or ["help"]
        richest = max(telling, key=[command.noun for command in allowed].count)
        example = code(f"/sms help {richest}")
        parts.append(blocks.context(text(locale, "help.more", example=example)))
    if not person.roles:
        parts.append(blocks.context(text(locale, "help.no_role")))
    return SlackMessage(title, tuple(parts))


def unknown(word: str, closest: str | None, locale: Locale) -> SlackMessage:
    """A word that is no command, and the one that was probably meant."""
    said = text(locale, "help.unknown", word=code(blocks.cut(cover(word), 60)))
    if closest:
        said = join(
            locale, said, text(locale, "help.did_you_mean", closest=code(f"/sms {closest}"))
        )
    return note(join(locale, said, text(locale, "help.see_help")))


def stray(word: str, command: Command, verb: str, locale: Locale) -> SlackMessage:
    """A word that `command` has no use for, and the verb of its noun that was probably meant ("":
    none), or how it is typed."""
    said = text(locale, "help.stray", word=code(blocks.cut(cover_typed(word), 60)))
    if verb:
        closest = code(f"/sms {command.noun} {verb}")
        return note(join(locale, said, text(locale, "help.did_you_mean", closest=closest)))
    usage = code(_usage(command, locale))
    return note(join(locale, said, text(locale, "help.typed_as", usage=usage)))


def not_allowed(role: Role, groups: Sequence[str], locale: Locale) -> SlackMessage:
    """The person lacks a role; who holds it, by the entries of app.yaml."""
    name = text(locale, f"help.role.{role.value}")
    if not groups:
        return note(text(locale, "help.role_unset", role=name, key=code(f"roles.{role.value}")))
    return note(text(locale, "help.role_missing", role=name, groups=holders(groups, locale)))


def elsewhere(said: SlackMessage, apps: Sequence[str], app: str, locale: Locale) -> SlackMessage:
    """What was refused, to somebody who may do it with `apps`: it is about `app`, which they need
    not know, or about all of them. Where `app` was only meant, they may mean another."""
    key = "role_not_of_all" if app == ACCOUNT else "role_elsewhere"
    named = enumerated(locale, map(code, apps))
    use = text(locale, "help.role_use", command=code(f"/sms app use {apps[0]}"))
    other = text(locale, f"help.{key}", apps=named)
    return note(join(locale, said.text, other, *([use] if isinstance(app, Meant) else [])))


def not_allowed_any(groups: Mapping[Role, Sequence[str]], locale: Locale) -> SlackMessage:
    """The person has none of several roles, one of which would do; who holds each."""
    first = next(iter(groups))
    listed = holders((entry for found in groups.values() for entry in found), locale)
    if len(groups) == 1 or not listed:
        return not_allowed(first, groups[first], locale)
    names = enumerated(locale, (f"*{text(locale, f'help.role.{role.value}')}*" for role in groups))
    return note(text(locale, "help.roles_missing", roles=names, groups=listed))


def outsider(locale: Locale) -> SlackMessage:
    """Whoever is no full member of the workspace may do nothing, whatever groups they are in."""
    return note(text(locale, "help.outsider"))


def _more(noun: str, locale: Locale) -> str:
    return "\n".join(f"•  {text(locale, f'help.more_of.{noun}.{name}')}" for name in MORE[noun])


def _lines(noun: str, commands: Sequence[Command], locale: Locale) -> str:
    """What a noun is for, and how else it is used."""
    first, *others = (command for command in commands if command.noun == noun)
    lines = [code(_usage(first, locale)), text(locale, f"help.command.{first.key}.does")]
    if others:
        lines.append(" ".join(code(_usage(command, locale)) for command in others))
    return "\n".join(lines)


def _usage(command: Command, locale: Locale) -> str:
    return text(locale, f"help.command.{command.key}.usage")


def _entry(command: Command, locale: Locale) -> str:
    key = f"help.command.{command.key}"
    does = text(locale, f"{key}.does")
    example = text(locale, f"{key}.example")
    return (
        f"{code(_usage(command, locale))}\n{does}\n{text(locale, 'help.example')} {code(example)}"
    )


def _standing(locale: Locale, app: str, left_segments: int | None, seen_at: datetime | None) -> str:
    if left_segments is None or seen_at is None:
        return text(locale, "help.standing_unknown", app=esc(app))
    return text(
        locale,
        "help.standing",
        app=esc(app),
        left=f"{left_segments:,}",
        time=moment(seen_at, "{time}"),
    )
