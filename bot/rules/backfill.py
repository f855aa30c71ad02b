"""Receipts that do not come: when Tencent is asked for them, and how it is left alone."""

from datetime import UTC, datetime, timedelta, timezone

from bot.rules.doubts import CLOCK_MARGIN, SIGNATURE_LIFE

SHANGHAI = timezone(timedelta(hours=8))
DAY_S = 86_400
#: The last look at a message of this age: DescribeSendRecordList reaches 72 hours back, by
#: Tencent's clock, and then nobody waits for it any more (`bot.rules.delivery.REPORT_TIME`).
LAST_LOOK = timedelta(hours=70)
#: Until a message is so old, Tencent is asked about it in steps of … : a carrier usually reports
#: within seconds, or when a phone that was off comes back.
STEPS = (
    (timedelta(hours=1), timedelta(minutes=20)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(hours=24), timedelta(hours=4)),
    (LAST_LOOK, timedelta(hours=12)),
)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


def next_look(signed_at: datetime, now: datetime) -> datetime | None:
    """When Tencent is asked again about a message signed at `signed_at`: once more just before its
    books end, and never after that."""
    age = now - signed_at
    pause = next((pause for until, pause in STEPS if age < until), None)
    return None if pause is None else min(now + pause, signed_at + LAST_LOOK)


def rest(failures: int) -> timedelta:
    """How long a question rests that failed, and failed so often in a row before."""
    return min(FIRST_PAUSE * (1 << min(failures, 10)), LONGEST_PAUSE)


def day_of(moment: datetime) -> int:
    """When the natural day of `moment` in Shanghai began: UTC seconds since 1970."""
    local = moment.astimezone(SHANGHAI)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def span_of(
    first_signed_at: datetime, day_s: int, now: datetime
) -> tuple[datetime, datetime | None]:
    """Since when and until when Tencent's books may hold messages of a day, the first of them
    signed at `first_signed_at`; until None is until now."""
    until = datetime.fromtimestamp(day_s + DAY_S, UTC) + SIGNATURE_LIFE + CLOCK_MARGIN
    return first_signed_at - CLOCK_MARGIN, until if until < now else None
