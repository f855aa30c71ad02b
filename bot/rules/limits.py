"""Frequency limits: how often one number may be written to, and when the next message may go.

Tencent has no API for these (its console alone sets them), so the numbers are dated data and our
own limiter holds them in front of SendSms. "Day" is the calendar day of mainland China, which has
had one zone and no daylight saving since 1991: a fixed offset needs no zone files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

from bot.rules.classes import TemplateClass

MAINLAND_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
THIRTY_SECONDS = timedelta(seconds=30)
HOUR = timedelta(hours=1)


class Rule(StrEnum):
    """What is counted, of the messages to one number."""

    PER_30S = "per_30s"
    PER_HOUR = "per_hour"
    PER_DAY = "per_day"
    SAME_CONTENT_30S = "same_content_30s"
    CARRIER_DAY = "carrier_day"


@dataclass(frozen=True, slots=True)
class Policy:
    """How many messages each rule allows to one number; None switches a rule off."""

    same_content_30s: int | None = None
    per_30s: int | None = None
    per_hour: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A policy somebody published, and where and when."""

    name: str
    policy: Policy
    source: str
    dated: date


CLASSIC = Profile(
    "classic",
    Policy(same_content_30s=1, per_day=10),
    "tencentyun/qcloud-documents, 短信/控制台指南/管理应用/配置基础信息.md",
    date(2021, 7, 20),
)
GUIDE_2025 = Profile(
    "2025",
    Policy(same_content_30s=1, per_day=2),
    "cloud.tencent.com/document/faq/382/13303",
    date(2025, 11, 3),
)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (CLASSIC, GUIDE_2025)}

# Carriers drop what is beyond these after Tencent accepted it, so they warn and never refuse.
# cloud.tencent.com/document/faq/382/13303, 2025-11-03.
CARRIER_CAPS: Mapping[TemplateClass, int] = {
    TemplateClass.OTP: 10,
    TemplateClass.NOTICE: 10,
    TemplateClass.ALERT: 10,
    TemplateClass.MARKETING: 3,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One earlier message to the number: anything that may have left, doubts included."""

    at: datetime
    content_hash: str


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one rule is used before this message, and when it allows one again.

    `next_permitted_at` (UTC) is None while the rule allows a message now, and where it never will
    (nothing is allowed).
    """

    rule: Rule
    used: int
    allowed: int
    next_permitted_at: datetime | None

    @property
    def is_hit(self) -> bool:
        """Whether one more message is over the limit."""
        return self.used >= self.allowed


def judge(
    policy: Policy, history: Sequence[Sent], content_hash: str, now: datetime
) -> tuple[Use, ...]:
    """Every rule that is switched on, in the order they are checked, for one number's `history`."""
    every = sorted(sent.at for sent in history)
    same = sorted(sent.at for sent in history if sent.content_hash == content_hash)
    uses = (
        _in_window(Rule.PER_30S, policy.per_30s, every, THIRTY_SECONDS, now),
        _in_window(Rule.PER_HOUR, policy.per_hour, every, HOUR, now),
        _on_day(Rule.PER_DAY, policy.per_day, every, now),
        _in_window(Rule.SAME_CONTENT_30S, policy.same_content_30s, same, THIRTY_SECONDS, now),
    )
    return tuple(use for use in uses if use is not None)


def judge_carrier(class_: TemplateClass, history: Sequence[Sent], now: datetime) -> Use:
    """The carriers' daily cap for a class; `history` holds marketing only, or all but marketing."""
    return _day_use(Rule.CARRIER_DAY, CARRIER_CAPS[class_], [sent.at for sent in history], now)


def first_hit(uses: Sequence[Use]) -> Use | None:
    """The first rule that refuses one more message, or None."""
    return next((use for use in uses if use.is_hit), None)


def _in_window(
    rule: Rule, allowed: int | None, times: Sequence[datetime], window: timedelta, now: datetime
) -> Use | None:
    if allowed is None:
        return None
    recent = [at for at in times if now - at < window]
    if len(recent) < allowed or allowed == 0:
        return Use(rule, len(recent), allowed, None)
    # One place is free again when all but `allowed - 1` of the recent ones have left the window.
    return Use(rule, len(recent), allowed, (recent[-allowed] + window).astimezone(UTC))


def _on_day(
    rule: Rule, allowed: int | None, times: Sequence[datetime], now: datetime
) -> Use | None:
    return None if allowed is None else _day_use(rule, allowed, times, now)


def _day_use(rule: Rule, allowed: int, times: Sequence[datetime], now: datetime) -> Use:
    midnight = now.astimezone(MAINLAND_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    used = sum(midnight <= at < tomorrow for at in times)
    is_permitted_later = used >= allowed > 0
    return Use(rule, used, allowed, tomorrow.astimezone(UTC) if is_permitted_later else None)
