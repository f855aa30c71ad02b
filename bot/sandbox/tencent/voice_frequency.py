"""How often a callee may be rung up: four windows, codes and notices counted apart."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.sandbox.tencent.frequency import SHANGHAI, to_ms
from bot.sandbox.tencent.voice_calls import Call
from bot.sandbox.tencent.voice_config import VoiceRules

NIGHT_BEGINS = 22
NIGHT_ENDS = 8


def is_over_limit(earlier: Iterable[Call], rules: VoiceRules, now: datetime) -> bool:
    """Whether one more call breaks a rule; `earlier` are calls of its kind to the same number."""
    asked = [call.asked_at_ms for call in earlier]
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    windows = [
        (rules.thirty_seconds, now - timedelta(seconds=30)),
        (rules.ten_minutes, now - timedelta(minutes=10)),
        (rules.day, midnight - timedelta(milliseconds=1)),
    ]
    if night := night_begin(now):
        windows.append((rules.night, night - timedelta(milliseconds=1)))
    return any(sum(at > to_ms(since) for at in asked) >= most for most, since in windows)


def night_begin(now: datetime) -> datetime | None:
    """When the night began that it is now in Shanghai, None by day."""
    local = now.astimezone(SHANGHAI)
    if NIGHT_ENDS <= local.hour < NIGHT_BEGINS:
        return None
    evening = local.replace(hour=NIGHT_BEGINS, minute=0, second=0, microsecond=0)
    return evening if local.hour >= NIGHT_BEGINS else evening - timedelta(days=1)
