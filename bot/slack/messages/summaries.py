"""The summary of a day, a week, or an hour with trouble, as a channel sees it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.figures import Figures
from bot.rules.kept_figures import figures_of
from bot.rules.summaries import SummaryKind
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.messages import figure_files, figure_lines, summary_charts
from bot.slack.messages.faults import moment, note
from bot.slack.messages.summary_charts import MONTHS, WEEKDAYS

Facts = Mapping[str, Any]


def summary(facts: Facts, locale: Locale) -> SlackMessage:
    """The card; of a quiet span, one line."""
    figures = figures_of(facts["figures"])
    what = name(facts, locale)
    if facts["is_quiet"]:
        return note(_quiet(facts, figures, what, locale))
    said, begins = figure_lines.headline(figures, locale), figure_lines.beginning(figures, locale)
    return SlackMessage(
        text(locale, "summary.said", what=what, said=said),
        (
            blocks.header(what),
            *_troubles(facts, locale),
            *figure_lines.columns(figures, locale),
            *_picture(facts, locale),
            *figure_lines.causes(figures, locale),
            blocks.actions("summary", _button(facts, figures, locale)),
            blocks.context(*filter(None, (begins, _basis(facts, locale)))),
        ),
    )


def name(facts: Facts, locale: Locale) -> str:
    """What it is of: the app and the span, in words."""
    app = facts["app"] or text(locale, "summary.all_apps")
    return text(locale, f"summary.name.{facts['kind']}", app=app, **_span(facts, locale))


def _span(facts: Facts, locale: Locale) -> dict[str, str]:
    """The first and the last day of it and the hour it begins with, by the clocks of its zone."""
    zone, given = ZoneInfo(facts["zone"]), facts["figures"]
    since, until = (
        datetime.fromtimestamp(given[key], UTC).astimezone(zone) for key in ("since_s", "until_s")
    )
    last = (until - timedelta(seconds=1)).date()
    if facts["kind"] == SummaryKind.DAILY.value:
        # The hour a day begins in may begin on the day before.
        since = since + timedelta(minutes=59)
    return {
        "day": _day(since.date(), locale),
        "last": _day(last, locale),
        "hour": f"{since:%H:%M}",
    }


def _day(day: date, locale: Locale) -> str:
    return text(
        locale,
        "summary.day",
        weekday=text(locale, f"summary.weekday.{WEEKDAYS[day.weekday()]}"),
        day=day.day,
        month=text(locale, f"summary.month.{MONTHS[day.month - 1]}"),
        year=day.year,
    )


def _quiet(facts: Facts, figures: Figures, what: str, locale: Locale) -> str:
    if not facts["is_known"]:
        return text(locale, "summary.not_known", what=what)
    before = 0 if figures.compared is None else figures.compared.total.sent
    usual = text(locale, "summary.before", many=f"{before:,}") if before else ""
    begins = figure_lines.beginning(figures, locale)
    return join(locale, text(locale, "summary.quiet", what=what), usual, begins)


def _troubles(facts: Facts, locale: Locale) -> list[Block]:
    """What made an hour worth telling."""
    if facts["kind"] != SummaryKind.HOURLY.value:
        return []
    lines = [
        text(
            locale,
            f"summary.trouble.{each['kind']}",
            many=f"{each['many']:,}",
            total=f"{each['total']:,}",
            share=figure_lines.percent(each["many"], each["total"], locale),
        )
        for each in facts["troubles"]
    ]
    return [blocks.section("\n".join(f":warning: {line}" for line in lines))]


def _picture(facts: Facts, locale: Locale) -> list[Block]:
    parts = []
    if facts.get("picture"):
        alt = summary_charts.in_words(facts, locale)
        parts.append(blocks.picture(facts["picture"], alt))
    elif facts.get("picture_note") != "none":
        # Slack would not show it.
        parts.append(blocks.context(text(locale, "summary.picture.refused")))
    if facts.get("picture_note"):
        said = text(locale, f"summary.picture.{facts['picture_note']}")
        parts.append(blocks.context(said))
    return parts


def _button(facts: Facts, figures: Figures, locale: Locale) -> Block:
    return figure_files.button(facts["app"], figures.since, figures.until, locale)


def _basis(facts: Facts, locale: Locale) -> str:
    at = datetime.fromtimestamp(facts["at_ms"] / 1000, UTC)
    return text(locale, "summary.basis", zone=facts["zone"], time=moment(at))


NOTICES = {"summary": summary}
