"""Figures as people read them: what went out, what came of it, how quickly, and what to do."""

from collections.abc import Callable

from bot.locales import Locale, enumerated, find, text
from bot.rules.figures import WEEK_S, Counts, Coverage, Figures, shift_s
from bot.rules.summaries import Problem, problems
from bot.slack import blocks
from bot.slack.blocks import Block, code
from bot.slack.messages.faults import moment
from bot.slack.messages.job_progress import duration

#: Of the codes with one cause, so many are named.
CODES_SHOWN = 3
#: Of receipts, what there may be to say beside how many came.
RECEIPTS = ("absent", "backfilled", "unknown", "waiting")


def columns(figures: Figures, locale: Locale) -> list[Block]:
    """The figures, in two columns."""
    rows = _rows(figures, locale)
    return [blocks.fields((text(locale, f"figures.{key}"), value) for key, value in rows)]


def causes(figures: Figures, locale: Locale) -> list[Block]:
    """The causes most messages failed for, each with what to do about it."""
    found = problems(figures.refused_by, figures.undelivered_by)
    if not found:
        return []
    failed = sum(figures.refused_by.values()) + sum(figures.undelivered_by.values())
    rest = failed - sum(each.many for each in found)
    parts = [blocks.section(f"*{text(locale, 'figures.why')}*")]
    parts += [blocks.section(_problem(each, locale)) for each in found]
    if rest:
        parts.append(blocks.context(text(locale, "figures.other_causes", many=f"{rest:,}")))
    return parts


def beginning(figures: Figures, locale: Locale) -> str:
    """Since when there are figures, where that is later than what they are of; else nothing."""
    if figures.known_since is None:
        return ""
    return text(locale, "figures.known_since", time=moment(figures.known_since))


def headline(figures: Figures, locale: Locale) -> str:
    """The least there is to say, in one line."""
    total = figures.total
    if not total.sent:
        return text(locale, "figures.headline_none", replies=f"{total.replies:,}")
    failed = total.refused + total.undelivered
    return text(
        locale,
        "figures.headline",
        sent=f"{total.sent:,}",
        delivered=percent(total.delivered, total.sent, locale),
        failed=f"{failed:,}",
    )


def percent(many: int, of: int, locale: Locale) -> str:
    """A share to a tenth; never all of it, or nothing, where it is not."""
    if not of:
        return "–"
    share = 100 * many / of
    if 0 < many < of:
        share = min(99.9, max(0.1, share))
    return text(locale, "figures.percent", number=f"{share:.1f}".removesuffix(".0"))


def _rows(figures: Figures, locale: Locale) -> list[tuple[str, str]]:
    """Labels by their keys, with what stands beside them; at most ten."""
    total = figures.total
    rows = [
        ("sent", _with_change(figures, lambda each: each.total.sent, locale)),
        ("delivered", _delivered(figures, locale)),
        ("failed", _failed(figures, locale)),
        ("open", _open(figures, locale)),
        ("latency", _latency(figures, locale)),
        ("receipts", receipts(figures.coverage, locale)),
        ("segments", _with_change(figures, lambda each: each.total.segments, locale)),
        ("replies", _replies(figures, locale)),
    ]
    if total.calls or total.key_presses:
        rows.append(("calls", _calls(total, locale)))
    return rows


def _calls(total: Counts, locale: Locale) -> str:
    return text(
        locale,
        "figures.calls_answered",
        many=f"{total.calls:,}",
        answered=f"{total.answered_calls:,}",
        keys=f"{total.key_presses:,}",
    )


def _with_change(figures: Figures, count: Callable[[Figures], int], locale: Locale) -> str:
    """A count, and how it compares with the same days before."""
    many, before = count(figures), figures.compared and count(figures.compared)
    shown = f"{many:,}"
    if before is None:
        return shown
    span_s = (figures.until - figures.since).total_seconds()
    weeks = shift_s(int(span_s)) // WEEK_S
    when = text(
        locale, "figures.week_before" if weeks == 1 else "figures.weeks_before", weeks=weeks
    )
    if not before:
        return text(locale, "figures.none_before", many=shown, when=when)
    number = f"{100 * (many - before) / before:+,.0f}".replace("-", "−")
    change = text(locale, "figures.percent", number=number)
    return text(
        locale, "figures.changed", many=shown, change=change, when=when, before=f"{before:,}"
    )


def _delivered(figures: Figures, locale: Locale) -> str:
    total, before = figures.total, figures.compared
    share = percent(total.delivered, total.sent, locale)
    said = text(locale, "figures.delivered_share", many=f"{total.delivered:,}", share=share)
    if before is None or not before.total.sent or not total.sent:
        return said
    was = percent(before.total.delivered, before.total.sent, locale)
    return text(locale, "figures.share_before", said=said, before=was)


def _failed(figures: Figures, locale: Locale) -> str:
    total = figures.total
    failed = total.refused + total.undelivered
    if not failed:
        return text(locale, "figures.nobody")
    return text(
        locale,
        "figures.failed_of",
        many=f"{failed:,}",
        undelivered=f"{total.undelivered:,}",
        refused=f"{total.refused:,}",
    )


def _open(figures: Figures, locale: Locale) -> str:
    """What nobody knows the end of, by why."""
    total = figures.total
    unknown = {
        "unheard": total.unheard,
        "in_doubt": total.in_doubt + total.dropped,
        "in_flight": total.in_flight,
    }
    if not any(unknown.values()):
        return text(locale, "figures.nobody")
    said = (
        text(locale, f"figures.open_{name}", many=f"{many:,}")
        for name, many in unknown.items()
        if many
    )
    return " · ".join(said)


def _latency(figures: Figures, locale: Locale) -> str:
    latency = figures.latency
    if latency.median_s is None or latency.p95_s is None:
        return text(locale, "figures.unmeasured")
    return text(
        locale,
        "figures.latency_of",
        median=duration(latency.median_s, locale),
        p95=duration(latency.p95_s, locale),
    )


def receipts(coverage: Coverage, locale: Locale) -> str:
    """How many came of those that are due; of the others how many were fetched, or are unknown."""
    if coverage.due <= 0:
        return text(locale, "figures.unmeasured")
    parts = [percent(coverage.came, coverage.due, locale)]
    parts += [
        text(locale, f"figures.receipts_{name}", many=f"{many:,}")
        for name in RECEIPTS
        if (many := getattr(coverage, name))
    ]
    return " · ".join(parts)


def _replies(figures: Figures, locale: Locale) -> str:
    total = figures.total
    return text(
        locale, "figures.replies_of", replies=f"{total.replies:,}", optouts=f"{total.optouts:,}"
    )


def _problem(problem: Problem, locale: Locale) -> str:
    # An earlier program may have had a word this one does not know.
    cause = find(locale, problem.cause_key) or text(locale, "card.detail.unknown")
    if problem.codes:
        cause = text(locale, "card.with_code", sentence=cause, code=_codes(problem, locale))
    cure = f"*{text(locale, 'card.cure')}* {text(locale, problem.cure_key)}"
    return "\n".join((f"*{problem.many:,} ×* {cause}", cure))


def _codes(problem: Problem, locale: Locale) -> str:
    named = enumerated(locale, map(code, problem.codes[:CODES_SHOWN]))
    more = len(problem.codes) - CODES_SHOWN
    return text(locale, "why.and_more", codes=named, count=more) if more > 0 else named
