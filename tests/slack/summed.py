"""Summaries as they are kept: of a day nothing happened on, and of one with everything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rules.figures import Counts, Coverage, Figures, Latency
from bot.rules.kept_figures import payload

#: A Sunday in Shanghai.
SINCE = datetime(2026, 11, 21, 16, tzinfo=UTC)
SINCE_S, HOUR_S = int(SINCE.timestamp()), 3600
NOTHING = Figures(
    apps=("demo",),
    since=SINCE,
    until=SINCE + timedelta(days=1),
    total=Counts(),
    by_app={},
    by_template={},
    by_signature={},
    by_class={},
    by_carrier={},
    by_country={},
    refused_by={},
    undelivered_by={},
    latency=Latency(0, None, None),
    coverage=Coverage(0, 0, 0, 0, 0),
    by_hour={},
)
COUNTS = Counts(
    begun=1_250,
    accepted=1_190,
    refused=40,
    in_doubt=5,
    dropped=2,
    again=3,
    delivered=1_100,
    undelivered=60,
    unreported=4,
    segments=1_310,
    replies=12,
    optouts=3,
    key_presses=7,
    backfilled=9,
    calls=6,
    answered_calls=4,
)
HOSTILE_CODE = "<!channel>`*b*"
FULL = replace(
    NOTHING,
    total=COUNTS,
    by_app={"demo": COUNTS, "": Counts(replies=2)},
    by_template={"1110": COUNTS},
    by_signature={"=HYPERLINK(1)": COUNTS},
    by_class={"otp": COUNTS},
    by_carrier={"mobile": COUNTS, "": Counts(begun=1)},
    by_country={"CN": COUNTS},
    by_hour={SINCE_S + 3 * HOUR_S: COUNTS},
    refused_by={"LimitExceeded.PhoneNumberDailyLimit": 38, "dns": 2},
    undelivered_by={"UNDELIV": 30, HOSTILE_CODE: 20, "DB:0141": 10},
    latency=Latency(1_160, 3.4, 75.0),
    coverage=Coverage(1_190, 1_160, 5, 21, 4, 9),
    compared=replace(NOTHING, total=Counts(begun=1_000, delivered=990, segments=1_000)),
)


def slot(nth: int, **more: int | None) -> dict[str, Any]:
    """The hour so many after the first."""
    parts = {"delivered": 0, "undelivered": 0, "refused": 0, "open": 0, "before": None}
    return {"since_s": SINCE_S + nth * HOUR_S, **parts, **more}


def kept(figures: Figures, **more: Any) -> dict[str, Any]:
    """What is said of figures."""
    return {
        "kind": "daily",
        "at_ms": (SINCE_S + 33 * HOUR_S) * 1000,
        "app": "demo",
        "zone": "Asia/Shanghai",
        "is_quiet": figures.is_quiet,
        "is_known": True,
        "troubles": [],
        "figures": payload(figures),
        "slots": [slot(nth) for nth in range(24)],
        **more,
    }


QUIET = kept(NOTHING)
BUSY = kept(
    FULL,
    slots=[
        slot(nth, delivered=90 + nth, undelivered=nth, refused=nth // 2, open=3, before=100)
        for nth in range(24)
    ],
    picture="F0PICTURE",
    picture_note="",
)
