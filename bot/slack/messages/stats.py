"""`/sms stats`: what was sent and what came of it, as a chart, by template, carrier and country."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.locales import Locale, enumerated, text
from bot.registry import SlackMessage
from bot.rules.figures import DAY_S, HOUR_S, Counts, Figures
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.roles import ACCOUNT
from bot.rules.stats_words import MOST, StatsFault
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc, inert
from bot.slack.messages import figure_files
from bot.slack.messages.faults import moment, note
from bot.slack.messages.figure_lines import beginning, causes, columns, headline, percent
from bot.slack.messages.limits import LABEL_EVERY_H, bars

SPAN = "stats.span"
#: What there is a button for: the span in seconds.
SPANS = (DAY_S, 7 * DAY_S, 30 * DAY_S)
#: Bars of one chart that fit a telephone.
BARS_MAX = 72
DAYS_MAX = 62
TEMPLATES_MAX, VALUES_MAX, NAME_MAX = 10, 6, 40
Bars = Sequence[tuple[datetime, Counts]]


@dataclass(frozen=True, slots=True)
class StatsView:
    """The figures of `app`, of all where that is empty; `templates`: names by id."""

    app: str
    span_s: int
    figures: Figures
    templates: Mapping[str, str]


def card(view: StatsView, locale: Locale) -> SlackMessage:
    """The whole, with buttons for other spans."""
    figures = view.figures
    title = text(locale, "stats.of", what=_of(view, locale), span=_span(view.span_s, locale))
    said = filter(None, (_from_to(figures, locale), beginning(figures, locale)))
    parts = [blocks.section(f"*{title}*"), blocks.context(*said)]
    if figures.is_quiet:
        parts.append(blocks.section(text(locale, "stats.quiet")))
        summary = text(locale, "stats.quiet")
    else:
        parts += [*columns(figures, locale), *_chart(figures, locale), *causes(figures, locale)]
        parts += [*_by_template(view, locale), *_groups(figures, locale)]
        parts.append(blocks.context(text(locale, "stats.how")))
        summary = headline(figures, locale)
    parts += [blocks.context(text(locale, "stats.others")), _buttons(view, locale)]
    return SlackMessage(summary, tuple(parts))


def _of(view: StatsView, locale: Locale) -> str:
    """Whose figures they are: of all, or of those among all that the person may look at."""
    if not view.app and ACCOUNT in view.figures.apps:
        return text(locale, "stats.title_all")
    named = (view.app,) if view.app else view.figures.apps
    return text(locale, "stats.title", app=enumerated(locale, map(code, named)))


def refused(fault: StatsFault, locale: Locale) -> SlackMessage:
    """The span that was typed is none."""
    said = text(locale, f"stats.fault.{fault.value}", hours=MOST[HOUR_S], days=MOST[DAY_S])
    return note(said)


def read_value(value: str) -> tuple[str, int] | None:
    """The app and the span a button carried; None where it is none of ours."""
    span, _, app = value.partition(" ")
    return (app, int(span)) if span.isdecimal() and int(span) in SPANS else None


def _span(span_s: int, locale: Locale) -> str:
    if span_s % DAY_S or span_s == DAY_S:
        return text(locale, "stats.hours", count=span_s // HOUR_S)
    return text(locale, "stats.days", count=span_s // DAY_S)


def _from_to(figures: Figures, locale: Locale) -> str:
    return text(locale, "stats.from_to", since=moment(figures.since), until=moment(figures.until))


def _buttons(view: StatsView, locale: Locale) -> Block:
    found = [
        blocks.button(
            f"{SPAN}_{place}",
            text(locale, f"stats.button.{place}"),
            value=f"{span_s} {view.app}",
            style="primary" if span_s == view.span_s else None,
        )
        for place, span_s in enumerate(SPANS)
    ]
    span = view.figures.since, view.figures.until
    return blocks.actions("stats", *found, figure_files.button(view.app, *span, locale))


def _chart(figures: Figures, locale: Locale) -> list[Block]:
    """A row of bars for what was sent, and one for what failed."""
    unit, found = _bars(figures)
    sent = [counts.sent for _, counts in found]
    if not any(sent):
        return []
    failed = [counts.refused + counts.undelivered for _, counts in found]
    rows = [f"{bars(sent)}  {text(locale, 'stats.chart.sent')}"]
    if any(failed):
        rows.append(f"{bars(failed)}  {text(locale, 'stats.chart.failed')}")
    if unit == "hour":
        rows.append(_marks([at for at, _ in found]))
    drawn = "\n".join(rows)
    most = max(range(len(sent)), key=sent.__getitem__)
    said = text(
        locale,
        f"stats.chart.{unit}",
        most=f"{sent[most]:,}",
        when=f"{found[most][0]:%H:%M}" if unit == "hour" else f"{found[most][0]:%m-%d}",
    )
    return [blocks.section(f"```{drawn}```"), blocks.context(said)]


def _marks(hours: Sequence[datetime]) -> str:
    """Every third hour by its name, under its bar."""
    return "".join(f"{at:%H}".ljust(LABEL_EVERY_H) for at in hours[::LABEL_EVERY_H]).rstrip()


def _bars(figures: Figures) -> tuple[str, Bars]:
    """What one bar is, and every one from the first to the last: by the clock in Beijing."""
    first = figures.since.astimezone(MAINLAND_ZONE)
    last = figures.until.astimezone(MAINLAND_ZONE) - timedelta(microseconds=1)
    hours = int((figures.until - figures.since).total_seconds()) // HOUR_S
    if hours <= BARS_MAX:
        unit, step = "hour", timedelta(hours=1)
    else:
        first = first.replace(hour=0)
        days = (last - first).days + 1
        unit, step = ("day", timedelta(days=1)) if days <= DAYS_MAX else ("week", timedelta(days=7))
    many = (last - first) // step + 1
    summed = [Counts()] * many
    for hour_s, counts in figures.by_hour.items():
        at = (datetime.fromtimestamp(hour_s, UTC) - first) // step
        summed[at] += counts
    return unit, [(first + nth * step, counts) for nth, counts in enumerate(summed)]


def _by_template(view: StatsView, locale: Locale) -> list[Block]:
    """The templates most was sent with."""
    counted = view.figures.by_template
    if not counted:
        return []
    names = ("template", "sent", "delivered", "failed", "unheard")
    heading = tuple(text(locale, f"stats.column.{each}") for each in names)
    rows = [
        (
            _template(template_id, view.templates, locale),
            f"{each.sent:,}",
            _share(each, locale),
            f"{each.undelivered + each.refused:,}",
            f"{each.unheard:,}",
        )
        for template_id, each in list(counted.items())[:TEMPLATES_MAX]
    ]
    parts = [blocks.table([heading, *rows], wrapped=(0,))]
    more = len(counted) - TEMPLATES_MAX
    if more > 0:
        parts.append(blocks.context(text(locale, "stats.more_templates", count=more)))
    return parts


def _template(template_id: str, names: Mapping[str, str], locale: Locale) -> str:
    name = names.get(template_id)
    if name is None:
        return template_id
    return text(locale, "stats.template", name=blocks.cut(name, NAME_MAX), id=template_id)


def _share(counts: Counts, locale: Locale) -> str:
    if not counts.reported:
        return f"{counts.delivered:,}"
    return f"{counts.delivered:,} ({percent(counts.delivered, counts.reported, locale)})"


def _groups(figures: Figures, locale: Locale) -> list[Block]:
    """The other ways it is counted, a line each."""
    apps = {name: each for name, each in figures.by_app.items() if not each.is_nothing}
    groups: tuple[tuple[str, Mapping[str, Counts], Callable[[str], str]], ...] = (
        ("app", apps if len(apps) > 1 else {}, lambda name: _app(name, locale)),
        ("class", figures.by_class, lambda name: text(locale, f"faults.limit_scope.{name}")),
        ("signature", figures.by_signature, lambda name: _signature(name, locale)),
        (
            "carrier",
            figures.by_carrier,
            lambda name: text(locale, f"stats.carrier.{name or 'none'}"),
        ),
        ("country", figures.by_country, lambda name: esc(name) or text(locale, "stats.unknown")),
    )
    lines = [_group(name, counted, label, locale) for name, counted, label in groups if counted]
    return [blocks.section("\n".join(lines))] if lines else []


def _group(
    name: str, counted: Mapping[str, Counts], label: Callable[[str], str], locale: Locale
) -> str:
    shown = [
        text(
            locale,
            "stats.value",
            name=label(value),
            sent=f"{each.sent:,}",
            share=_part(each, locale),
        )
        for value, each in list(counted.items())[:VALUES_MAX]
    ]
    more = len(counted) - VALUES_MAX
    if more > 0:
        shown.append(text(locale, "stats.more_values", count=more))
    return f"*{text(locale, f'stats.by.{name}')}* {' · '.join(shown)}"


def _part(counts: Counts, locale: Locale) -> str:
    """Of what was reported on, how much came."""
    return percent(counts.delivered, counts.reported, locale)


def _app(name: str, locale: Locale) -> str:
    return code(name) if name else text(locale, "stats.account")


def _signature(name: str, locale: Locale) -> str:
    return f"【{inert(blocks.cut(name, NAME_MAX))}】" if name else text(locale, "stats.unsigned")
