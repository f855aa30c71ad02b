"""`/sms package`: what is left in each package, how long all of it lasts, what expires unused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.content import Package
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.package_usage import HOURS_MIN
from bot.rules.packages import Planned, Runway, Stock
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.messages import runways
from bot.slack.messages.faults import moment, note
from bot.slack.messages.limits import bars

PACKAGES_MAX, PLANNED_MAX, ID_MAX = 20, 5, 24
COLUMNS = ("package", "kind", "amount", "used", "left", "from", "until")
#: What never expires is stored so.
NEVER_YEAR = 9999


@dataclass(frozen=True, slots=True)
class PackagesView:
    """The packages of the account, with what a chart shows: by the mainland's days.

    `used_by_day` ends with today, `left_by_day` begins with the end of it; both are empty where
    too little is known. `known_hours`: of the last four weeks. `page`: in Tencent's console.
    `hidden` are requests among those planned that are none of the viewer's business.
    """

    stock: Stock
    used_by_day: tuple[int, ...]
    left_by_day: tuple[int, ...]
    known_hours: int
    page: str
    hidden: frozenset[str] = frozenset()


def card(view: PackagesView | None, locale: Locale) -> SlackMessage:
    """The whole; None: Tencent has not been heard yet."""
    if view is None:
        return note(text(locale, "package.unread"))
    stock = view.stock
    if not stock.packages:
        return note(text(locale, "package.none", page=_page(view, locale)))
    title = text(locale, "package.title")
    said = [_left(stock, locale), *_lasts(view, locale)]
    parts = [blocks.section("\n".join([f"*{title}*", *said]))]
    parts += [*_planned(view, locale), *_chart(view, locale), *_table(stock, locale)]
    as_of = text(locale, "package.as_of", time=moment(stock.seen_at, "{time}"))
    parts.append(blocks.context(as_of, text(locale, "package.how"), _page(view, locale)))
    return SlackMessage(join(locale, title, *said[:2]), tuple(parts))


def _left(stock: Stock, locale: Locale) -> str:
    left = stock.left_segments
    if not left:
        return f":warning: {text(locale, 'package.none_left')}"
    values = {"left": f"{left:,}", "percent": stock.percent_left}
    if stock.runway is None:
        return text(locale, "package.left_only", **values)
    return text(locale, "package.left", **values, a_day=f"{round(stock.runway.a_day):,}")


def _lasts(view: PackagesView, locale: Locale) -> list[str]:
    """When nothing is left, and what is lost until then."""
    stock, runway = view.stock, view.stock.runway
    if runway is None:
        return [text(locale, "package.unknown", hours=view.known_hours, needed=HOURS_MIN)]
    lines = []
    if stock.left_segments and runway.a_day <= 0 and not stock.planned:
        lines.append(text(locale, "package.idle"))
    elif stock.left_segments:
        lines.append(f":hourglass_flowing_sand: {runways.when(runway.outlook, locale)}")
    if runway.course.again_at is not None:
        time = moment(runway.course.again_at)
        lines.append(text(locale, "package.again", time=time))
    wasted = runways.unused(runway.course.unused, locale)
    return [*lines, *(f":wastebasket: {line}" for line in wasted)]


def _planned(view: PackagesView, locale: Locale) -> list[Block]:
    """What is agreed and has still to go, and what would be so without it."""
    stock = view.stock
    planned = [each for each in stock.planned if each.request_id not in view.hidden]
    if not planned:
        return []
    title = f"*{text(locale, 'package.planned.title')}*"
    lacks = dict(stock.runway.course.short) if stock.runway else {}
    lines = [
        _planned_line(each, lacks.get(each.request_id, 0), stock.at, locale)
        for each in planned[:PLANNED_MAX]
    ]
    more = len(planned) - PLANNED_MAX
    if more > 0:
        lines.append(text(locale, "package.planned.more", count=more))
    is_whole = len(planned) == len(stock.planned)
    if is_whole and stock.without is not None and _is_moved(stock.runway, stock.without):
        said = runways.when(stock.without.outlook, locale)
        lines.append(text(locale, "package.planned.without", said=said))
    return [blocks.section("\n".join([title, *lines]))]


def _planned_line(planned: Planned, lacks: int, now: datetime, locale: Locale) -> str:
    values = {
        "request": planned.request_id,
        "time": moment(max(planned.at, now)),
        "count": f"{planned.segments:,}",
    }
    if lacks:
        said = text(locale, "package.planned.lacks", **values, lacks=f"{lacks:,}")
        return f":warning: {said}"
    return text(locale, f"package.planned.{'line' if planned.at > now else 'line_now'}", **values)


def _is_moved(with_: Runway | None, without: Runway) -> bool:
    return with_ is not None and with_.empty_at != without.empty_at


def _chart(view: PackagesView, locale: Locale) -> list[Block]:
    """A row of bars for what was used, and one for what will be left."""
    used, left = view.used_by_day, view.left_by_day
    if not any(used) or not left:
        return []
    rows = [
        f"{bars(used)}  {text(locale, 'package.chart.used', days=len(used))}",
        # Against what is left now: a row that falls says how soon.
        f"{bars(left, max(1, view.stock.left_segments))}  "
        f"{text(locale, 'package.chart.left', days=len(left))}",
    ]
    most = max(range(len(used)), key=used.__getitem__)
    day = view.stock.at.astimezone(MAINLAND_ZONE) - timedelta(days=len(used) - 1 - most)
    said = text(locale, "package.chart.said", date=f"{day:%m-%d}", most=f"{used[most]:,}")
    drawn = "\n".join(rows)
    return [blocks.section(f"```{drawn}```"), blocks.context(said)]


def _table(stock: Stock, locale: Locale) -> list[Block]:
    """What can be sent from now or later, in the order in which it pays."""
    shown = [each for each in stock.packages if each.expires_at > stock.at and each.has_some]
    parts: list[Block] = []
    if shown:
        heading = tuple(text(locale, f"package.column.{each}") for each in COLUMNS)
        rows = [_row(each, stock.at, locale) for each in shown[:PACKAGES_MAX]]
        parts.append(blocks.table([heading, *rows]))
    others = len(stock.packages) - min(len(shown), PACKAGES_MAX)
    if others:
        parts.append(blocks.context(text(locale, "package.state.more", count=others)))
    return parts


def _row(package: Package, now: datetime, locale: Locale) -> Sequence[str]:
    is_later = package.effective_at > now
    left = package.amount_segments - package.used_segments
    return (
        blocks.cut(package.package_id, ID_MAX),
        text(locale, f"package.kind.{'gift' if package.is_gift else 'bought'}"),
        f"{package.amount_segments:,}",
        f"{package.used_segments:,}",
        text(locale, "package.state.later") if is_later else f"{left:,}",
        _day(package.effective_at),
        _day(package.expires_at),
    )


def _day(at: datetime) -> str:
    """By the mainland's calendar; of what never expires, nothing."""
    return "" if at.year >= NEVER_YEAR else f"{at.astimezone(MAINLAND_ZONE):%Y-%m-%d}"


def _page(view: PackagesView, locale: Locale) -> str:
    return f"<{view.page}|{text(locale, 'package.page')}>"
