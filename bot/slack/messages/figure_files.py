"""Figures as a file: the button that asks for it, its rows, and what is said beside it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.locales import Locale, find, text
from bot.registry import SlackMessage
from bot.rules.codes import code_of
from bot.rules.figures import Counts, Figures
from bot.rules.receipts import receipt_of
from bot.rules.summaries import UNSENT
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.messages.faults import note

CSV = "figures.csv"
_ASKED = re.compile(r"([a-z][a-z0-9-]{0,31})?:([0-9]{1,11}):([0-9]{1,11})")
#: No longer span is kept in memory at once.
HOURS_MAX = 24 * 400
COUNTS = (
    "sent",
    "accepted",
    "refused",
    "in_doubt",
    "delivered",
    "undelivered",
    "unheard",
    "segments",
    "replies",
    "optouts",
    "key_presses",
    "calls",
    "answered_calls",
)
COLUMNS = ("by", "value", *COUNTS, "median_s", "p95_s", "cause")
#: What is counted by, in the order of the file.
BY = ("app", "template", "signature", "class", "carrier", "country")
Line = Sequence[object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A span of whole hours, and of which app; "" is all of them together."""

    app: str
    since: datetime
    until: datetime


def button(app: str, since: datetime, until: datetime, locale: Locale) -> Block:
    """The button that brings the figures of a span as a file."""
    value = f"{app}:{int(since.timestamp())}:{int(until.timestamp())}"
    return blocks.button(CSV, text(locale, "figures.file.button"), value=value)


def asked(value: str) -> Asked | None:
    """What a button asks for; None where it is none of ours."""
    found = _ASKED.fullmatch(value)
    if found is None:
        return None
    since_s, until_s = int(found[2]), int(found[3])
    if not 0 < until_s - since_s <= HOURS_MAX * 3600:
        return None
    since, until = (datetime.fromtimestamp(each, UTC) for each in (since_s, until_s))
    return Asked(found[1] or "", since, until)


def heading(locale: Locale) -> list[str]:
    return [text(locale, f"figures.column.{each}") for each in COLUMNS]


def lines(figures: Figures, zone: tzinfo, locale: Locale) -> Iterator[Line]:
    """All of it, one line for each value of what is counted by; times by the clocks of `zone`."""
    latency = figures.latency
    seconds = [_rounded(each) for each in (latency.median_s, latency.p95_s)]
    yield [text(locale, "figures.by.total"), "", *_counts(figures.total), *seconds, ""]
    for hour_s, counts in figures.by_hour.items():
        when = datetime.fromtimestamp(hour_s, UTC).astimezone(zone)
        yield _line("hour", f"{when:%Y-%m-%d %H:%M}", counts, locale)
    for by in BY:
        for value, counts in getattr(figures, f"by_{by}").items():
            yield _line(by, _value(by, value, locale), counts, locale)
    yield from _codes(figures, locale)


def name(asked_: Asked, zone: tzinfo) -> str:
    """What the file is called."""
    since, until = (at.astimezone(zone) for at in (asked_.since, asked_.until))
    return f"{asked_.app or 'sms'}-{since:%Y-%m-%d-%H%M}-{until:%Y-%m-%d-%H%M}.csv"


def comment(asked_: Asked, zone: tzinfo, locale: Locale) -> str:
    since, until = (at.astimezone(zone) for at in (asked_.since, asked_.until))
    app = asked_.app or text(locale, "summary.all_apps")
    what = f"{app} · {since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M}"
    return text(locale, "figures.file.text", what=what)


def sent(locale: Locale) -> SlackMessage:
    return note(text(locale, "figures.file.sent"))


def not_made(locale: Locale) -> SlackMessage:
    return note(text(locale, "figures.file.not_made"))


def _codes(figures: Figures, locale: Locale) -> Iterator[Line]:
    """How many messages failed for each code, with what it says."""
    for name_, many in figures.refused_by.items():
        cause = find(locale, f"{UNSENT}.{name_}") or text(locale, code_of(name_).cause_key)
        yield _line("refused", name_, Counts(refused=many), locale, cause)
    for name_, many in figures.undelivered_by.items():
        cause = text(locale, receipt_of(name_).cause_key)
        yield _line("undelivered", name_, Counts(undelivered=many), locale, cause)


def _value(by: str, value: str, locale: Locale) -> str:
    if by == "carrier":
        return text(locale, f"stats.carrier.{value or 'none'}")
    return text(locale, "stats.account") if by == "app" and not value else value


def _line(by: str, value: str, counts: Counts, locale: Locale, cause: str = "") -> Line:
    shown = _counts(counts)
    if by in {"refused", "undelivered"}:
        # Of a code nothing else is known.
        shown = [each if column == by else None for column, each in zip(COUNTS, shown, strict=True)]
    return [text(locale, f"figures.by.{by}"), value, *shown, None, None, cause]


def _counts(counts: Counts) -> list[int | None]:
    return [getattr(counts, each) for each in COUNTS]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
