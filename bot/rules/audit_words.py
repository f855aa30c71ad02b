"""What stands behind ``/sms audit``: who, what, about what, and how far back, in whatever order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.rules import durations
from bot.rules.audit import What
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
SHORT_ID = re.compile(r"[A-Za-z]-[0-9A-Za-z]{4,12}")
#: Longer than any trail is kept.
LONGEST_DAYS = 3_660
SUBJECT_MAX = 80


class AuditFault(StrEnum):
    """Why the trail cannot be looked through so."""

    TOO_LONG = "too_long"


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
    `zone`. What is no person, no kind and no time is what it is about."""
    found = AuditWords()
    for word in words:
        times = _times(word.text.strip(), now, zone)
        if isinstance(times, AuditFault):
            return times
        found = _with(found, word.text.strip()) if times is None else _within(found, *times)
    return found


def _with(found: AuditWords, typed: str) -> AuditWords:
    word, who = typed.casefold(), who_of(typed)
    if who.startswith(("U", "W")):
        return replace(found, actor=who)
    area = NAMED.get(word, word)
    if area in AREAS or area in set(What):
        return replace(found, what=area)
    subject = typed.upper() if SHORT_ID.fullmatch(typed) else typed
    return replace(found, subject=subject[:SUBJECT_MAX])


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
