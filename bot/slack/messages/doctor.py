"""What the check of the whole set-up found, in Slack and in a terminal: the same sentences."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.locales import Locale, enumerated, find, labelled, text
from bot.registry import SlackMessage
from bot.rules import onboarding
from bot.rules.doctor import Finding, Severity
from bot.slack import blocks
from bot.slack.blocks import Block, esc
from bot.slack.messages.faults import moment

MARKS: Mapping[Severity, str] = {
    Severity.BROKEN: ":red_circle:",
    Severity.WARNING: ":warning:",
    Severity.UNKNOWN: ":white_circle:",
    Severity.FINE: ":white_check_mark:",
}
#: Of one section, below Slack's 3,000; sections of one severity.
PART_MAX, PARTS_MAX = 2_800, 5
#: A fact of somebody else's making.
FACT_MAX = 300
#: Facts that name people.
OF_PEOPLE = frozenset({"people", "person"})


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found at one moment, the gravest first, and where things are to be
    done: `app_pages` in the console, by app."""

    findings: tuple[Finding, ...]
    at: datetime
    account_page: str
    sms_page: str
    slack_api: str
    listens_at: str
    app_pages: Mapping[str, str] = field(default_factory=dict)
    callbacks_listen_at: str = ""
    """Where that is another address."""

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity is severity)


class Style(NamedTuple):
    """How words of others, people, times and links are written."""

    word: Callable[[str], str]
    person: Callable[[str], str]
    time: Callable[[datetime], str]
    link: Callable[[str, str], str]


class Said(NamedTuple):
    """One finding in words; `cure` is "" where nothing is to be done, or `says` tells it."""

    topic: str
    says: str
    cure: str


IN_SLACK = Style(
    word=lambda word: esc(blocks.cut(word.replace("`", "'"), FACT_MAX)),
    person=lambda user: f"<@{user}>",
    time=moment,
    link=lambda url, label: f"<{url}|{label}>",
)


def in_terminal(locale: Locale) -> Style:
    """Without markup; Chinese puts no space around an address, and a terminal needs one."""
    around = " " if locale is Locale.ZH_CN else ""
    return Style(
        word=lambda word: "".join(each if each.isprintable() else "?" for each in word),
        person=lambda user: user,
        time=lambda at: f"{at.astimezone():%Y-%m-%d %H:%M}",
        link=lambda url, _: f"{around}{url}{around}",
    )


def said(finding: Finding, report: Report, locale: Locale, style: Style) -> Said:
    """What was found, and what to do about it."""
    values = {
        **{name: _fact(name, value, locale, style) for name, value in finding.facts.items()},
        **_places(finding, report, locale, style),
    }
    if "who" in finding.facts:
        values["who"] = text(locale, f"doctor.whose.{finding.facts['who']}")
    if "role" in finding.facts:
        values["role_key"] = values["role"]
        values["role"] = text(locale, f"help.role.{finding.facts['role']}")
    topic = text(locale, f"doctor.topic.{finding.found.topic}")
    if finding.app:
        topic = text(locale, "doctor.of_app", topic=topic, app=style.word(finding.app))
    if isinstance(finding.found, onboarding.Finding):
        # A step of the set-up tells in one sentence what there is to do.
        return Said(topic, text(locale, f"home.step.{finding.found.value}", **values), "")
    cure = f"doctor.cure.{finding.found.value}"
    return Said(
        topic,
        text(locale, f"doctor.found.{finding.found.value}", **values),
        text(locale, cure, **values) if find(locale, cure) else "",
    )


def card(report: Report, locale: Locale) -> SlackMessage:
    """For whoever asked: what is broken first, with what to do; what is in order by name only."""
    broken = report.of(Severity.BROKEN)
    head = (
        text(locale, "doctor.broken", count=len(broken)) if broken else text(locale, "doctor.well")
    )
    parts: list[Block] = [blocks.header(text(locale, "doctor.title"))]
    mark = MARKS[Severity.BROKEN if broken else Severity.FINE]
    parts.append(blocks.section(f"{mark} *{head}*"))
    for severity in Severity:
        found = report.of(severity)
        if found and severity is not Severity.FINE:
            parts += _part(severity, found, report, locale)
    parts += _fine(report, locale)
    as_of = text(locale, "doctor.as_of", time=moment(report.at))
    parts.append(blocks.context(as_of, text(locale, "doctor.command")))
    return SlackMessage(labelled(locale, text(locale, "doctor.title"), head), tuple(parts))


def tried(report: Report, locale: Locale) -> SlackMessage:
    """What a test message showed."""
    title = text(locale, "doctor.topic.trial")
    parts: list[Block] = [blocks.header(title)]
    lines = []
    for each in report.findings:
        told = said(each, report, locale, IN_SLACK)
        lines.append(told.says)
        cure = f"\n→ {told.cure}" if told.cure else ""
        parts.append(blocks.section(f"{MARKS[each.severity]} {told.says}{cure}"))
    return SlackMessage(labelled(locale, title, " ".join(lines)), tuple(parts))


def _part(
    severity: Severity, found: Sequence[Finding], report: Report, locale: Locale
) -> list[Block]:
    """Its findings, in as many sections as they take."""
    title = f"{MARKS[severity]} *{text(locale, f'doctor.severity.{severity.value}')}*"
    rest = [_line(said(each, report, locale, IN_SLACK)) for each in found]
    parts: list[Block] = [blocks.divider()]
    for nth in range(PARTS_MAX):
        shown = blocks.fitting(rest, PART_MAX)
        if not shown:
            break
        rest = rest[len(shown) :]
        parts.append(blocks.section("\n".join([title, *shown] if nth == 0 else shown)))
    if rest:
        parts.append(blocks.context(text(locale, "doctor.more", count=len(rest))))
    return parts


def _line(told: Said) -> str:
    line = f"•  *{told.topic}*  {told.says}"
    return f"{line}\n      → {told.cure}" if told.cure else line


def _fine(report: Report, locale: Locale) -> list[Block]:
    """A line each, below everything there is to do."""
    found = report.of(Severity.FINE)
    if not found:
        return []
    title = f"{MARKS[Severity.FINE]} *{text(locale, 'doctor.severity.fine')}*"
    lines = [_line(said(each, report, locale, IN_SLACK)) for each in found]
    kept = blocks.fitting(lines, PART_MAX)
    more = len(lines) - len(kept)
    rest = [text(locale, "doctor.more", count=more)] if more else []
    return [blocks.divider(), blocks.section("\n".join([title, *kept, *rest]))]


def lines(report: Report, locale: Locale) -> Iterable[str]:
    """The report for a terminal, line by line, every finding with what to do about it."""
    for severity in Severity:
        found = report.of(severity)
        if not found:
            continue
        yield f"{text(locale, f'doctor.severity.{severity.value}')} ({len(found)})"
        for each in found:
            told = said(each, report, locale, in_terminal(locale))
            yield "  " + text(locale, "doctor.line", topic=told.topic, said=told.says)
            if told.cure:
                yield "    " + text(locale, "doctor.cure_line", cure=told.cure)


def _fact(name: str, value: str | int | datetime, locale: Locale, style: Style) -> str:
    if isinstance(value, datetime):
        return style.time(value)
    if isinstance(value, int):
        return f"{value:,}"
    if name in OF_PEOPLE:
        return enumerated(locale, map(style.person, value.split(", ")))
    return style.word(value)


def _places(finding: Finding, report: Report, locale: Locale, style: Style) -> dict[str, str]:
    """Where something is to be done."""
    app_page = report.app_pages.get(finding.app, "")
    return {
        "account_page": style.link(report.account_page, text(locale, "home.account_page")),
        "sms_page": style.link(report.sms_page, text(locale, "home.sms_page")),
        "app_page": style.link(app_page or report.sms_page, text(locale, "home.app_page")),
        "slack_api": style.word(report.slack_api),
        "listens_at": style.word(report.listens_at),
        "callbacks_listen_at": style.word(report.callbacks_listen_at or report.listens_at),
    }
