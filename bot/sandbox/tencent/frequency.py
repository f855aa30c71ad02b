"""The frequency rules in front of a number: four windows, each with its own code."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from bot.sandbox.tencent.config import FrequencyRules
from bot.sandbox.tencent.ledger import Attempt

#: China has had no daylight saving since 1991, so a fixed offset needs no zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def frequency_refusal(
    earlier: Iterable[Attempt], text: str, rules: FrequencyRules, now: datetime
) -> str | None:
    """The code of the first rule a further `text` would break, or None.

    `earlier` are attempts to the same number for the same application; only accepted ones count.
    The vendor documents neither the order of the rules nor whether refused attempts count.
    """
    now_ms = to_ms(now)
    sent = [attempt for attempt in earlier if attempt.accepted]
    same = [attempt for attempt in sent if attempt.text == text]
    checks = (
        (rules.thirty_seconds, _since(sent, now_ms - 30_000), "ThirtySecondLimit"),
        (rules.hour, _since(sent, now_ms - 3_600_000), "OneHourLimit"),
        (rules.day, _since(sent, start_of_day(now) - 1), "DailyLimit"),
        (
            rules.same_content,
            _since(same, now_ms - 1000 * rules.same_content_window_s),
            "SameContentDailyLimit",
        ),
    )
    for allowed, found, name in checks:
        if allowed is not None and found >= allowed:
            return f"LimitExceeded.PhoneNumber{name}"
    return None


def to_ms(moment: datetime) -> int:
    """Unix milliseconds of an aware datetime."""
    return round(moment.timestamp() * 1000)


def from_ms(moment_ms: int) -> datetime:
    """The aware UTC datetime of Unix milliseconds."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC)


def start_of_day(now: datetime) -> int:
    """Unix milliseconds of the midnight in Shanghai before `now`."""
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return to_ms(midnight)


def _since(attempts: Iterable[Attempt], start_ms: int) -> int:
    return sum(attempt.asked_at_ms > start_ms for attempt in attempts)
