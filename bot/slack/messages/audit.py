"""The audit trail as people read it: entries, what the check came to, the head of the chain, and
the lines of the file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, assert_never

from bot.locales import Locale, enumerated, find, join, labelled, text
from bot.registry import SlackMessage
from bot.rules.audit import Broken, Head, Sound, Verdict, Via, What
from bot.rules.audit_words import LONGEST_DAYS, AuditFault, AuditWords
from bot.rules.schedule import zone_name
from bot.slack import blocks
from bot.slack.blocks import Block, code, cut, inert
from bot.slack.messages.faults import moment, note

OLDER, NEWEST, EXPORT, VERIFY = "audit.older", "audit.newest", "audit.export", "audit.verify"
HEAD = "audit.head"
#: Of one line and of all lines of a card, below Slack's 3,000 a section.
LINE_MAX, PART_MAX, FACT_MAX = 500, 2_800, 120
#: So much of a hash tells it from any other.
HASH_SHOWN = 12
#: The fact that is a person.
WHO = "who"
#: Facts whose values are ours, and have words under audit.value.
CLOSED = frozenset({"outcome", "refused", "verdict", WHO})
#: Entries whose reason is one of ours as well: of any other it is what somebody wrote.
CODED = frozenset(
    {
        What.VOTE_REFUSED,
        What.REQUEST_SUPERSEDED,
        What.REQUEST_FAILED,
        What.JOB_PAUSED,
        What.LIMITS_UNDONE,
        What.PROGRAM_RELEASED,
    }
)
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
#: The name of a button, a form or an event.
RECORD = re.compile(r"[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){0,3}")
HASHES = frozenset({"sha256", "settings", "before"})
#: As `datetime.isoformat` writes it.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d:\d\d")
COLUMNS = ("nth", "time", "actor", "via", "what", "subject", "app", "facts", "mac")


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry; `facts` is None where what it says is deleted."""

    nth: int
    at: datetime
    actor: str
    via: str
    what: str
    subject: str
    app: str
    facts: Mapping[str, Any] | None
    mac: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The latest entries that fit what was asked, the latest first, before the entry `before`."""

    entries: Sequence[EntryView]
    asked: AuditWords
    before: int | None
    is_more: bool


def listing(page: AuditPage, locale: Locale) -> SlackMessage:
    """The entries a line each, with buttons for older ones, the file and the check."""
    title = text(locale, "audit.title")
    asked = _asked(page.asked, locale)
    parts = [blocks.section(f"*{title}*" + (f"\n{asked}" if asked else ""))]
    lines = [cut(line(each, locale), LINE_MAX) for each in page.entries]
    if not lines:
        parts += [blocks.section(text(locale, "audit.nothing")), _areas(locale)]
    parts += [blocks.section(part) for part in _parts(lines)]
    parts.append(_buttons(page, locale))
    return SlackMessage(title, tuple(parts))


def line(entry: EntryView, locale: Locale) -> str:
    """One entry: its number, when, who, what, about what, and the rest it says."""
    who = f"<@{entry.actor}>" if _is_person(entry.actor) else inert(entry.actor)
    parts = [
        f"`{entry.nth}`",
        moment(entry.at),
        who or text(locale, "audit.nobody"),
        what_said(_kind(entry), locale),
        _subject(entry),
        _via(entry.via, locale) if entry.via == Via.REACTION.value else "",
    ]
    if entry.facts is None:
        parts.append(text(locale, "audit.deleted"))
    else:
        parts += [
            labelled(locale, inert(_label(name, locale)), _shown(entry.what, name, value, locale))
            for name, value in entry.facts.items()
        ]
    return " · ".join(filter(None, parts))


def _kind(entry: EntryView) -> str:
    """What it is. Once, a number that was not shown was entered like one that was."""
    was_refused = entry.what == What.NUMBER_REVEALED and "refused" in (entry.facts or {})
    return What.REVEAL_REFUSED.value if was_refused else entry.what


def what_said(what: str, locale: Locale) -> str:
    """What happened, in words."""
    return find(locale, f"audit.what.{what}") or code(what)


def facts_said(what: str, facts: Mapping[str, Any], locale: Locale) -> list[str]:
    """What an entry says beyond who did what when, in plain text."""
    return [
        labelled(
            locale,
            _label(name, locale),
            _word(what, name, value, locale) or _value(name, value),
        )
        for name, value in facts.items()
    ]


def sound_said(entries: int, locale: Locale) -> str:
    """That so many entries are as they were entered."""
    key = "audit.sound_one" if entries == 1 else "audit.sound"
    return text(locale, key, count=f"{entries:,}")


def verdict(found: Verdict, head: Head, locale: Locale) -> SlackMessage:
    """What the check came to: that all is as it was entered, or the first entry that is not."""
    match found:
        case Sound(entries=entries):
            return note(
                f":white_check_mark: {sound_said(entries, locale)}\n{_head_said(head, locale)}"
            )
        case Broken(nth=nth, flaw=flaw):
            said = text(locale, f"audit.flaw.{flaw.value}", nth=f"{nth:,}")
            return note(f":rotating_light: {join(locale, said, text(locale, 'audit.what_now'))}")
        case never:
            assert_never(never)


def head(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """For a channel: how long the chain is and what stands for all of it."""
    told = Head(int(facts["nth"]), str(facts["mac"]))
    return note(f":lock: {text(locale, 'audit.told')}\n{_head_said(told, locale)}")


def checking(locale: Locale) -> SlackMessage:
    return note(text(locale, "audit.checking"))


def refused(fault: AuditFault, locale: Locale) -> SlackMessage:
    """What was typed is no time, no person, or nothing anybody finds an entry by."""
    return note(text(locale, f"audit.fault.{fault.value}", days=LONGEST_DAYS))


def unknown(subject: str, locale: Locale) -> SlackMessage:
    """Nothing was ever entered about what was typed, so that it may be a slip."""
    said = text(locale, "audit.unknown", subject=code(subject))
    return SlackMessage(said, (blocks.section(said), _areas(locale)))


def plain(key: str, locale: Locale) -> SlackMessage:
    """A sentence of the catalogue about the file."""
    return note(text(locale, f"audit.{key}"))


def heading(zone: tzinfo, locale: Locale) -> list[str]:
    """The first line of the file."""
    said = {column: text(locale, f"audit.column.{column}") for column in COLUMNS}
    return [
        f"{each} ({zone_name(zone)})" if column == "time" else each for column, each in said.items()
    ]


def cells(entry: EntryView, zone: tzinfo, locale: Locale) -> list[object]:
    """One entry in the file. Numbers in it are masked as they were entered."""
    deleted = text(locale, "audit.deleted")
    return [
        entry.nth,
        f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        entry.actor or text(locale, "audit.nobody"),
        _via(entry.via, locale),
        entry.what,
        entry.subject,
        entry.app,
        deleted if entry.facts is None else "; ".join(facts_said(entry.what, entry.facts, locale)),
        entry.mac,
    ]


def pack(asked: AuditWords, before: int | None = None) -> str:
    """What a button under a list carries."""
    times = [None if each is None else int(each.timestamp()) for each in (asked.since, asked.until)]
    return json.dumps([asked.actor, asked.what, asked.subject, *times, before], ensure_ascii=False)


def unpack(value: str, zone: tzinfo) -> tuple[AuditWords, int | None] | None:
    """What `pack` wrote; None for what is none of ours."""
    try:
        match json.loads(value):
            case [
                str(actor),
                str(what),
                str(subject),
                int() | None as since,
                int() | None as until,
                int() | None as before,
            ]:
                ends = (_moment(since, zone), _moment(until, zone))
                return AuditWords(actor, what, subject, *ends), before
    except (ValueError, RecursionError, OverflowError, OSError):
        return None
    return None


def _moment(at_s: int | None, zone: tzinfo) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, zone)


def _asked(asked: AuditWords, locale: Locale) -> str:
    parts = [
        f"<@{asked.actor}>" if _is_person(asked.actor) else "",
        code(asked.what) if asked.what else "",
        code(asked.subject) if asked.subject else "",
        _span(asked, locale),
    ]
    return " · ".join(filter(None, parts))


def _span(asked: AuditWords, locale: Locale) -> str:
    """A day by its date, and whose day it is; any other time by the reader's clock."""
    since, until = asked.since, asked.until
    if since is not None and since.time() == time():
        is_one = until is not None and until.date() - since.date() == timedelta(days=1)
        zone = zone_name(since.tzinfo or UTC)
        day = text(locale, "audit.day", day=f"{since:%Y-%m-%d}", zone=zone)
        return day if is_one else text(locale, "audit.since", time=day)
    parts = [
        text(locale, "audit.since", time=moment(since)) if since else "",
        text(locale, "audit.until", time=moment(until)) if until else "",
    ]
    return " · ".join(filter(None, parts))


def _areas(locale: Locale) -> Block:
    areas = enumerated(locale, map(code, dict.fromkeys(what.area for what in What)))
    return blocks.context(text(locale, "audit.areas", areas=areas))


def _buttons(page: AuditPage, locale: Locale) -> Block:
    found = []
    if page.is_more and page.entries:
        value = pack(page.asked, page.entries[-1].nth)
        found.append(blocks.button(OLDER, text(locale, "audit.button.older"), value=value))
    if page.before is not None:
        value = pack(page.asked)
        found.append(blocks.button(NEWEST, text(locale, "audit.button.newest"), value=value))
    value = pack(page.asked)
    found.append(blocks.button(EXPORT, text(locale, "audit.button.export"), value=value))
    found.append(blocks.button(VERIFY, text(locale, "audit.button.verify")))
    return blocks.actions("audit", *found)


def _parts(lines: Sequence[str]) -> list[str]:
    """The lines in as few sections as they fit in."""
    parts: list[str] = []
    for each in lines:
        if parts and len(parts[-1]) + len(each) < PART_MAX:
            parts[-1] += f"\n{each}"
        else:
            parts.append(each)
    return parts


def _subject(entry: EntryView) -> str:
    if _is_person(entry.subject):
        return f"<@{entry.subject}>"
    if entry.what == What.ACCESS_REFUSED and CHANNEL.fullmatch(entry.subject):
        return f"<#{entry.subject}>"
    return code(cut(entry.subject, FACT_MAX)) if entry.subject else ""


def _via(via: str, locale: Locale) -> str:
    return find(locale, f"audit.via.{via}") or via


def _label(name: str, locale: Locale) -> str:
    return find(locale, f"audit.fact.{name}") or name


def _value(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={'–' if each is None else each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    said = str(value)
    return said[:HASH_SHOWN] if name in HASHES else said


def _word(what: str, name: str, value: object, locale: Locale) -> str:
    """What a value of ours means, in words; "" for what somebody wrote, and for what has none."""
    said = str(value)
    match name:
        case "role":
            return enumerated(locale, (_role(each, locale) for each in said.split(", ")))
        case "kind":
            return find(locale, f"requests.policy.kind_{said.replace('.', '_')}") or ""
        case "asked" if what == What.ACCESS_REFUSED and RECORD.fullmatch(said):
            kind = find(locale, f"requests.policy.kind_{said.replace('.', '_')}")
            return kind or said.replace(".", " ").replace("_", " ")
        case _ if name in CLOSED or (name == "reason" and what in CODED):
            return find(locale, f"audit.value.{name}.{said.replace(' ', '_')}") or ""
    return ""


def _role(name: str, locale: Locale) -> str:
    """A role, or an entry of the policy as app.yaml has it."""
    known = find(locale, f"help.role.{name}") or find(locale, f"audit.value.role.{name}")
    return known or name


def _shown(what: str, name: str, value: object, locale: Locale) -> str:
    """A fact in a list: what is ours in words, people by their names, times by the reader's
    clock."""
    said = _word(what, name, value, locale)
    if said:
        return inert(cut(said, FACT_MAX))
    said = _value(name, value)
    if name == WHO and _is_person(said):
        return f"<@{said}>"
    if TIME.fullmatch(said):
        return moment(datetime.fromisoformat(said))
    return code(cut(said, FACT_MAX))


def _is_person(name: str) -> bool:
    return name.isalnum() and name.isascii() and name.startswith(("U", "W")) and len(name) > 3


def _head_said(told: Head, locale: Locale) -> str:
    said = text(locale, "audit.head", count=f"{told.nth:,}")
    return f"{said}\n{code(told.written())}"


NOTICES = {HEAD: head}
