"""The chart of a summary: what is drawn, and the same in words for who cannot see it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from bot.charts import Bar, Chart, Part, Words
from bot.locales import Locale, text
from bot.rules.summaries import SummaryKind
from bot.slack.blocks import cut

Facts = Mapping[str, Any]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Every so many hours one is named: more would run into each other where it is narrow.
LABEL_EVERY_H = 6
#: More of a name would push the day out of the picture.
APP_SHOWN = 20


def chart(facts: Facts, locale: Locale) -> Chart:
    """What is to be drawn."""
    bars = tuple(
        Bar({part: slot[part.value] for part in Part}, slot["before"]) for slot in facts["slots"]
    )
    return Chart(bars, _words(facts, locale), _words(facts, Locale.EN))


def in_words(facts: Facts, locale: Locale) -> str:
    """What the picture shows, slot by slot; plain text."""
    told = [_slot(facts, slot, locale) for slot in facts["slots"] if _total(slot)]
    said = text(locale, "summary.chart.alt", title=_title(facts, locale))
    return _joined("summary.chart.between", [said, *told, *_before(facts, locale)], locale)


def file_name(facts: Facts) -> str:
    """What the picture is called at Slack."""
    since = _local(facts, facts["figures"]["since_s"])
    return f"{facts['app'] or 'sms'}-{facts['kind']}-{since:%Y-%m-%d-%H}.png"


def _words(facts: Facts, locale: Locale) -> Words:
    return Words(
        title=_title(facts, locale),
        parts={part: text(locale, f"summary.chart.{part.value}") for part in Part},
        before=text(locale, "summary.chart.before"),
        labels=tuple(_label(facts, slot["since_s"], locale) for slot in facts["slots"]),
    )


def _title(facts: Facts, locale: Locale) -> str:
    """Which app, by what, and the days of it."""
    app = cut(facts["app"], APP_SHOWN) or text(locale, "summary.all_apps")
    first, last = (facts["slots"][at]["since_s"] for at in (0, -1))
    days = dict.fromkeys(_short_day(facts, since_s, locale) for since_s in (first, last))
    by = text(locale, "summary.chart.by_day" if _is_weekly(facts) else "summary.chart.by_hour")
    return " · ".join((app, " – ".join(days), by))


def _label(facts: Facts, since_s: int, locale: Locale) -> str:
    if _is_weekly(facts):
        return _day(facts, since_s, locale)
    clock = _local(facts, since_s)
    return "" if clock.hour % LABEL_EVERY_H else f"{clock:%H:%M}"


def _slot(facts: Facts, slot: Mapping[str, Any], locale: Locale) -> str:
    """One bar: when, how many, and what was not as it should be."""
    weekly = _is_weekly(facts)
    since_s = slot["since_s"]
    when = _day(facts, since_s, locale) if weekly else f"{_local(facts, since_s):%H:%M}"
    parts = [text(locale, "summary.chart.bar", when=when, many=f"{_total(slot):,}")]
    parts += [
        text(locale, f"summary.chart.alt_{part.value}", many=f"{slot[part.value]:,}")
        for part in (Part.UNDELIVERED, Part.REFUSED, Part.OPEN)
        if slot[part.value]
    ]
    return _joined("summary.chart.with", parts, locale)


def _joined(key: str, parts: Sequence[str], locale: Locale) -> str:
    """With what the language puts between them."""
    return reduce(lambda said, more: text(locale, key, said=said, more=more), parts)


def _before(facts: Facts, locale: Locale) -> list[str]:
    befores = [slot["before"] for slot in facts["slots"] if slot["before"] is not None]
    if not any(befores):
        return []
    return [text(locale, "summary.chart.alt_before", many=f"{sum(befores):,}")]


def _total(slot: Mapping[str, Any]) -> int:
    return sum(slot[part.value] for part in Part)


def _day(facts: Facts, since_s: int, locale: Locale) -> str:
    there = _local(facts, since_s)
    weekday = text(locale, f"summary.weekday.{WEEKDAYS[there.weekday()]}")
    return f"{weekday} {there.day}"


def _short_day(facts: Facts, since_s: int, locale: Locale) -> str:
    there = _local(facts, since_s)
    month = text(locale, f"summary.month.{MONTHS[there.month - 1]}")
    return text(locale, "summary.chart.day", day=there.day, month=month)


def _is_weekly(facts: Facts) -> bool:
    return bool(facts["kind"] == SummaryKind.WEEKLY.value)


def _local(facts: Facts, moment_s: int) -> datetime:
    return datetime.fromtimestamp(moment_s, UTC).astimezone(ZoneInfo(facts["zone"]))
