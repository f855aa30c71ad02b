"""What stands behind ``/sms audit``: who, what, about what, and how far back, in whatever order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.rules import durations
from bot.rules.audit import What
from bot.rules.numbers import Number, cover_typed, read_number
from bot.rules.oncall_words import who_of
from bot.rules.words import Word

AREAS = tuple(dict.fromkeys(each.area for each in What))
#: Other words for an area, Chinese ones included.
NAMED = {
    "requests": "request",
    "approvals": "request",
    "申请": "request",
    "审批": "request",
    "votes": "vote",
    "表态": "vote",
    "sends": "send",
    "发送": "send",
    "jobs": "job",
    "任务": "job",
    "apps": "app",
    "应用": "app",
    "optouts": "optout",
    "退订": "optout",
    "limit": "limits",
    "限频": "limits",
    "doubts": "doubt",
    "存疑": "doubt",
    "alerts": "alert",
    "告警": "alert",
    "silences": "silence",
    "静默": "silence",
    "值班": "oncall",
    "replies": "reply",
    "回复": "reply",
    "reveal": "privacy",
    "erase": "privacy",
    "查看号码": "privacy",
    "擦除": "privacy",
    "隐私": "privacy",
    "refused": "access",
    "refusals": "access",
    "拒绝": "access",
    "exports": "audit",
    "审计": "audit",
    "starts": "program",
    "程序": "program",
    "配置": "settings",
}
SPAN = re.compile(r"([0-9]{1,4})\s*(?:(h|hours?|小时|个小时)|d|days?|天|日)", re.IGNORECASE)
TODAY, YESTERDAY = frozenset({"today", "今天"}), frozenset({"yesterday", "昨天"})
SHORT_ID = re.compile(r"[A-Za-z]-([0-9A-Za-z]{4,12})")
#: Of a reply, say.
LONG_ID = re.compile(r"[0-9a-f]{24}")
CHANNEL = re.compile(r"#?([CDG][A-Z0-9]{2,20})")
#: Longer than any trail is kept.
LONGEST_DAYS = 3_660
SUBJECT_MAX = 80


class AuditFault(StrEnum):
    """Why the trail cannot be looked through so."""

    TOO_LONG = "too_long"
    #: A name behind an @ that Slack made no person of, or a group: entries know people by their id.
    NOT_A_PERSON = "not_a_person"
    #: The same behind a #.
    NOT_A_CHANNEL = "not_a_channel"
    #: A phone number: none stands in the trail in full, so none is found in it.
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class AuditWords:
    """Who, what and about what, "" for any; from `since` to before `until`, None for no bound."""

    actor: str = ""
    what: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read(words: Sequence[Word], now: datetime, zone: tzinfo) -> AuditWords | AuditFault:
    """The words, in whatever order; of several of a sort the last one counts. Days are those of
    `zone`. What is no person, no kind and no time is what it is about, unless nothing can be."""
    found = AuditWords()
    for word in words:
        times = _times(word.text.strip(), now, zone)
        if isinstance(times, AuditFault):
            return times
        more = _with(found, word.text.strip()) if times is None else _within(found, *times)
        if isinstance(more, AuditFault):
            return more
        found = more
    # One that is written apart is of no word by itself.
    is_number = isinstance(read_number(" ".join(word.text for word in words)), Number)
    return AuditFault.NUMBER if is_number else found


def _with(found: AuditWords, typed: str) -> AuditWords | AuditFault:
    word, who = typed.casefold(), who_of(typed)
    if who.startswith(("U", "W")):
        return replace(found, actor=who)
    area = NAMED.get(word, word)
    if area in AREAS or area in set(What):
        return replace(found, what=area)
    subject = _subject(typed)
    if isinstance(subject, AuditFault):
        return subject
    return replace(found, subject=subject[:SUBJECT_MAX])


def _subject(typed: str) -> str | AuditFault:
    """An id, a channel, a name of app.yaml or of a signature; or what it cannot be."""
    short, channel = SHORT_ID.fullmatch(typed), CHANNEL.fullmatch(typed)
    if typed.startswith(("@", "!")):
        return AuditFault.NOT_A_PERSON
    if channel is not None:
        return channel[1]
    if typed.startswith("#"):
        return AuditFault.NOT_A_CHANNEL
    if short is not None and not isinstance(read_number(short[1]), Number):
        return typed.upper()
    if LONG_ID.fullmatch(typed) or cover_typed(typed) == typed:
        return typed
    return AuditFault.NUMBER


def _within(found: AuditWords, since: datetime, until: datetime | None) -> AuditWords:
    return replace(found, since=since, until=until)


def _times(
    typed: str, now: datetime, zone: tzinfo
) -> tuple[datetime, datetime | None] | AuditFault | None:
    """From when to before when; None for what is no time."""
    day, word = now.astimezone(zone).date(), typed.casefold()
    if word in TODAY:
        return datetime.combine(day, time(), zone), None
    if word in YESTERDAY:
        begins = datetime.combine(day - timedelta(days=1), time(), zone)
        return begins, datetime.combine(day, time(), zone)
    try:
        begins = datetime.combine(datetime.strptime(word, "%Y-%m-%d"), time(), zone)  # noqa: DTZ007
    except ValueError:
        return _span(word, now)
    return begins, begins + timedelta(days=1)


def _span(word: str, now: datetime) -> tuple[datetime, None] | AuditFault | None:
    spoken = SPAN.fullmatch(word)
    if spoken is not None:
        seconds: int | None = int(spoken[1]) * (3_600 if spoken[2] else 86_400)
    else:
        seconds = durations.read(word)
    if seconds is None:
        return None
    if not 0 < seconds <= LONGEST_DAYS * 86_400:
        return AuditFault.TOO_LONG
    return now - timedelta(seconds=seconds), None
