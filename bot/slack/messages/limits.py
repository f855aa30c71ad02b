"""`/sms limit show`: everything there is to know of an app's frequency limits, in one card.

Each part shows its first few lines and says how many there are, so that it fits a message however
much there is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.limit_accounts import MayNot
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.numbers import cover, mask
from bot.rules.policies import CARRIER_CAPS, INTERNATIONAL, MAINLAND, PROFILES
from bot.rules.provenance import Origin, Traced, reading_order
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc, inert
from bot.slack.messages import declarations, limit_keys
from bot.slack.messages.declarations import ConsoleView
from bot.slack.messages.faults import moment

EXPORT, EXEMPT, CHANGE = "limit.export", "limit.exempt", "limit.change"
#: Of a table of at most a hundred rows, as many as anybody reads; and lines of the other parts.
CAPS_MAX, LINES_MAX, EXEMPT_MAX = 40, 8, 5
REASON_MAX, CAPS_TEXT_MAX = 80, 160
#: Of one section, below Slack's 3,000.
PART_MAX = 2_800
BAR_CELLS = 10
FULL, EMPTY = "█", "░"
#: An hour without a message, and the heights of the others.
NONE, STEPS = "·", "▁▂▃▄▅▆▇█"
LABEL_EVERY_H = 3
Row = TypeVar("Row")


class Pace(StrEnum):
    """Where a request or a change stands that is not history yet."""

    WAITING = "waiting"
    SCHEDULED = "scheduled"
    #: Its time has come, and Slack does not say whether those who approved it still may.
    UNASKED = "unasked"
    TEMPORARY = "temporary"


class Fate(StrEnum):
    """What became of a change."""

    HOLDS = "holds"
    TO_COME = "to_come"
    #: Its time has come, and Slack does not say whether those who approved it still may.
    WAITING = "waiting"
    ENDED = "ended"
    UNDONE = "undone"
    #: Taken back before it began.
    CANCELLED = "cancelled"
    #: Too few of those who approved it still might when it was to begin.
    LAPSED = "lapsed"
    #: Slack did not say in time whether those who approved it still might.
    UNASKED = "unasked"


#: Of these there was no time at which it held.
NEVER_BEGAN = frozenset({Fate.TO_COME, Fate.WAITING, Fate.CANCELLED, Fate.LAPSED, Fate.UNASKED})


@dataclass(frozen=True, slots=True)
class Total:
    """How many messages of today one total counts; no caps: it is told all the same."""

    scope: str
    begun: int
    warn: int | None = None
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A number close to a cap, the tightest of its own. `number` is the full one."""

    number: str
    key: str
    used: int
    allowed: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hours:
    """Messages begun, and kept back by limits, in each of the hours up to now, the oldest first.

    `kept_back_is_all` is False where more were kept back than were looked at.
    """

    first: datetime
    begun: tuple[int, ...]
    kept_back: tuple[int, ...]
    kept_back_is_all: bool


@dataclass(frozen=True, slots=True)
class Exempt:
    """A number the caps of one number do not hold for."""

    number: str
    ends_at: datetime | None
    reason: str
    added_by: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not as it will be: `caps` is empty where it is about an exempt `number`."""

    request_id: str
    pace: Pace
    caps: Mapping[str, int | None]
    number: str
    requester: str
    at: datetime | None
    """When it begins, ends, or expires."""
    undoes: str = ""
    """The request whose change it takes back."""


@dataclass(frozen=True, slots=True)
class Past:
    """A change that was agreed to. `at` is when it became what it is, `by_request` the request that
    took it back, "" where nobody had to be asked."""

    request_id: str
    caps: Mapping[str, int | None]
    before: Mapping[str, int | None]
    starts_at: datetime
    fate: Fate
    at: datetime | None
    by: str
    reason: str = ""
    by_request: str = ""


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """The first rows of a part, and how many there are at least."""

    rows: tuple[Row, ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class LimitsView:
    """All of it, as it stands at one moment.

    `differs`: what app.yaml says by now (first) and what holds for good (second), by key.
    """

    app: str
    others: tuple[str, ...]
    profile: str
    caps: tuple[Traced, ...]
    differs: Mapping[str, tuple[int | None, int | None]]
    totals: tuple[Total, ...]
    hours: Hours
    near: Listed[Near]
    exempt: Listed[Exempt]
    pending: Listed[Pending]
    console: ConsoleView
    history: Listed[Past]
    may_not: MayNot | None


def card(view: LimitsView, locale: Locale, *, may_ask: bool) -> SlackMessage:
    """The whole; `may_ask`: the person may ask for changes and declare."""
    title = text(locale, "limit_show.title", app=code(view.app))
    parts: list[Block] = [
        blocks.section(f"*{title}*"),
        *_policy(view, locale),
        *_differs(view, locale),
        blocks.divider(),
        *_today(view, locale),
        _list("near", view.near, _near_line, locale, none="nobody"),
        _list("exempt", view.exempt, exempt_line, locale, most=EXEMPT_MAX),
        _list("pending", view.pending, _pending_line, locale),
        blocks.divider(),
        *declarations.shown(view.console, locale, may_declare=may_ask and view.may_not is None),
        blocks.divider(),
        _list("history", view.history, _past_line, locale, none="no_history"),
        *_notes(view, locale),
        blocks.actions("limits", *_buttons(view, locale, may_ask=may_ask)),
    ]
    return SlackMessage(_summary(view, locale), tuple(parts))


def _summary(view: LimitsView, locale: Locale) -> str:
    """What a screen reader says first."""
    begun = sum(each.begun for each in view.totals if each.scope in {MAINLAND, INTERNATIONAL})
    return text(
        locale,
        "limit_show.summary",
        app=esc(view.app),
        begun=f"{begun:,}",
        near=view.near.count,
        pending=view.pending.count,
    )


def _policy(view: LimitsView, locale: Locale) -> list[Block]:
    """Every cap, where it comes from and until when."""
    carriers = text(
        locale,
        "limit_show.carriers",
        marketing=CARRIER_CAPS[TemplateClass.MARKETING],
        other=CARRIER_CAPS[TemplateClass.OTP],
    )
    if not view.caps:
        return [blocks.section(text(locale, "limit_show.no_caps")), blocks.context(carriers)]
    heading = tuple(text(locale, f"limit_show.column.{each}") for each in ("what", "cap", "from"))
    rows = [_cap_row(each, view.profile, locale) for each in view.caps[:CAPS_MAX]]
    notes = [carriers]
    more = len(view.caps) - CAPS_MAX
    if more > 0:
        notes.insert(0, text(locale, "limit_show.more_caps", count=more))
    return [blocks.table([heading, *rows], wrapped=(0, 2)), blocks.context(*notes)]


def _cap_row(traced: Traced, profile: str, locale: Locale) -> tuple[str, str, str]:
    what = text(
        locale,
        "limit_show.what",
        label=limit_keys.label(traced.key, locale),
        typed=limit_keys.typed(traced.key),
    )
    return what, limit_keys.cap(traced.cap, locale), _source(traced, profile, locale)


def _source(traced: Traced, profile: str, locale: Locale) -> str:
    match traced.origin:
        case Origin.PROFILE:
            dated = PROFILES[profile].dated.isoformat()
            return text(locale, "limit_show.from.profile", profile=profile, date=dated)
        case Origin.SETTINGS:
            return text(locale, "limit_show.from.settings")
        case Origin.CHANGE if traced.until is None:
            return text(locale, "limit_show.from.change", request=traced.request_id)
    return text(
        locale,
        "limit_show.from.until",
        request=traced.request_id,
        time=_plain_time(traced.until),
        then=limit_keys.cap(traced.then, locale),
    )


def _plain_time(at: datetime) -> str:
    """A time where Slack shows no dates: Beijing's, as the limits' day is."""
    return f"{at.astimezone(MAINLAND_ZONE):%m-%d %H:%M} UTC+8"


def _differs(view: LimitsView, locale: Locale) -> list[Block]:
    if not view.differs:
        return []
    listed = sorted(view.differs.items(), key=lambda each: reading_order(each[0]))
    given = _assigned({key: pair[0] for key, pair in listed[:LINES_MAX]})
    held = _assigned({key: pair[1] for key, pair in listed[:LINES_MAX]})
    said = text(locale, "limit_show.differs", given=code(given), held=code(held))
    return [blocks.context(f":pencil2: {said}")]


def _today(view: LimitsView, locale: Locale) -> list[Block]:
    title = f"*{text(locale, 'limit_show.today')}*"
    lines = [_total(each, locale) for each in view.totals[:LINES_MAX]]
    more = len(view.totals) - LINES_MAX
    if more > 0:
        lines.append(text(locale, "limit_show.more", count=more))
    return [blocks.section("\n".join((title, *lines))), *_chart(view.hours, locale)]


def _total(total: Total, locale: Locale) -> str:
    place = limit_keys.place(total.scope, locale)
    begun = f"{total.begun:,}"
    if total.stop is None:
        line = text(locale, "limit_show.total", place=place, begun=begun)
    else:
        line = text(
            locale,
            "limit_show.total_of",
            place=place,
            begun=begun,
            stop=f"{total.stop:,}",
            bar=_bar(total.begun, total.stop),
        )
    if total.warn is not None:
        line = f"{line} · {text(locale, 'limit_show.warns', warn=f'{total.warn:,}')}"
    return f"{_mark(total)}{line}"


def _mark(total: Total) -> str:
    if total.stop is not None and total.begun >= total.stop:
        return ":no_entry: "
    return ":warning: " if total.warn is not None and total.begun >= total.warn else "•  "


def _bar(used: int, allowed: int) -> str:
    """Full only where nothing is left."""
    full = BAR_CELLS if used >= allowed else BAR_CELLS * used // allowed
    return FULL * full + EMPTY * (BAR_CELLS - full)


def _chart(hours: Hours, locale: Locale) -> list[Block]:
    """A row of bars for what was sent in each hour, and one for what limits kept back."""
    if not any(hours.begun) and not any(hours.kept_back):
        return [blocks.context(text(locale, "limit_show.quiet"))]
    marks = [
        f"{hours.first.astimezone(MAINLAND_ZONE) + timedelta(hours=at):%H}".ljust(LABEL_EVERY_H)
        for at in range(0, len(hours.begun), LABEL_EVERY_H)
    ]
    most = max(*hours.begun, *hours.kept_back)
    rows = [f"{bars(hours.begun, most)}  {text(locale, 'limit_show.chart.sent')}"]
    if any(hours.kept_back):
        rows.append(f"{bars(hours.kept_back, most)}  {text(locale, 'limit_show.chart.kept_back')}")
    drawn = "\n".join((*rows, "".join(marks).rstrip()))
    return [blocks.section(f"```{drawn}```"), blocks.context(_busiest(hours, locale))]


def bars(counts: Sequence[int], most: int = 0) -> str:
    """One character a count: the highest, or `most`, is full height; one that is more than none
    shows."""
    most = max(most, *counts)
    return "".join(NONE if not each else STEPS[(each * len(STEPS) - 1) // most] for each in counts)


def _busiest(hours: Hours, locale: Locale) -> str:
    most = max(hours.begun)
    at = hours.first + timedelta(hours=hours.begun.index(most))
    said = text(
        locale,
        "limit_show.busiest",
        total=f"{sum(hours.begun):,}",
        most=f"{most:,}",
        time=f"{at.astimezone(MAINLAND_ZONE):%H:%M}",
    )
    kept = sum(hours.kept_back)
    if not kept:
        return said
    key = "limit_show.kept_back" if hours.kept_back_is_all else "limit_show.kept_back_more"
    return join(locale, said, text(locale, key, count=f"{kept:,}"))


def _near_line(near: Near, locale: Locale) -> str:
    line = text(
        locale,
        "limit_show.near_one",
        number=mask(near.number),
        used=near.used,
        allowed=near.allowed,
        what=limit_keys.label(near.key, locale),
    )
    if near.next_at is None:
        return line
    return f"{line} · {text(locale, 'limit_show.next', time=moment(near.next_at))}"


def exempt_line(exempt: Exempt, locale: Locale) -> str:
    """One exempt number: until when, who asked for it and why."""
    until = text(locale, "limit_show.for_good")
    if exempt.ends_at is not None:
        until = text(locale, "limit_show.until", time=moment(exempt.ends_at))
    why = text(
        locale,
        "limit_show.said_why",
        person=f"<@{exempt.added_by}>",
        reason=_reason(exempt.reason),
    )
    return " · ".join((mask(exempt.number), until, exempt.request_id, why))


def _reason(typed: str) -> str:
    """The beginning of a reason, in one line that is no markup."""
    return inert(blocks.cut(cover(" ".join(typed.split())), REASON_MAX))


def _pending_line(pending: Pending, locale: Locale) -> str:
    what = code(_assigned(pending.caps))
    if pending.number:
        what = text(locale, "limit_show.exempt_of", number=mask(pending.number))
    if pending.undoes:
        what = text(locale, "limit_show.takes_back", request=pending.undoes)
    time = moment(pending.at) if pending.at is not None else ""
    said = text(locale, f"limit_show.pace.{pending.pace.value}", time=time)
    return " · ".join((f"*{pending.request_id}*", what, said, f"<@{pending.requester}>"))


def _past_line(past: Past, locale: Locale) -> str:
    what = text(
        locale,
        "limit_show.was",
        caps=code(_assigned(past.caps)),
        before=code(_assigned(past.before)),
    )
    since = text(locale, "limit_show.since", time=moment(past.starts_at))
    at = moment(past.at) if past.at is not None else ""
    key = f"limit_show.fate.{past.fate.value}"
    if past.by_request and past.fate is Fate.UNDONE:
        key = "limit_show.fate.undone_with"
    fate = text(locale, key, time=at, person=f"<@{past.by}>", request=past.by_request)
    said = [fate] if past.fate in NEVER_BEGAN else [since, fate]
    reason = [_reason(past.reason)] if past.reason else []
    return " · ".join((f"*{past.request_id}*", what, *said, *reason))


def _list(
    name: str,
    listed: Listed[Row],
    show: Callable[[Row, Locale], str],
    locale: Locale,
    *,
    none: str = "none",
    most: int = LINES_MAX,
) -> Block:
    """One part of the card: its first lines, and how many more there are."""
    title = f"*{text(locale, f'limit_show.{name}')}*"
    if not listed.rows:
        return blocks.section(f"{title}  {text(locale, f'limit_show.{none}')}")
    lines = [show(each, locale) for each in listed.rows[:most]]
    return _part(f"{title} · {listed.count:,}", lines, listed.count - len(lines), locale)


def _part(title: str, lines: Sequence[str], more: int, locale: Locale) -> Block:
    """As many whole lines as one section takes, and how many are left out."""
    kept = blocks.fitting([f"•  {line}" for line in lines], PART_MAX - len(title))
    more += len(lines) - len(kept)
    rest = [text(locale, "limit_show.more", count=f"{more:,}")] if more > 0 else []
    return blocks.section("\n".join([title, *kept, *rest]))


def _notes(view: LimitsView, locale: Locale) -> list[Block]:
    notes = []
    if view.may_not is not None:
        so = text(locale, "limit_show.individual_shown")
        notes.append(text(locale, f"limit_show.{view.may_not.value}", so=so))
    if view.others:
        names = " ".join(code(f"/sms limit show {name}") for name in view.others[:LINES_MAX])
        notes.append(text(locale, "limit_show.others", commands=names))
    if view.may_not is None:
        notes.append(text(locale, "limit_show.how"))
    return [blocks.context(*notes)]


def _buttons(view: LimitsView, locale: Locale, *, may_ask: bool) -> list[Block]:
    names = [CHANGE, EXEMPT, EXPORT] if may_ask and view.may_not is None else [EXEMPT, EXPORT]
    return [
        blocks.button(
            name,
            text(locale, f"limit_show.button.{name.partition('.')[2]}"),
            value=view.app,
            style="primary" if name == CHANGE else None,
        )
        for name in names
    ]


def _assigned(caps: Mapping[str, int | None]) -> str:
    """Caps as one types them."""
    in_order = sorted(caps, key=reading_order)
    given = " ".join(limit_keys.assigned(key, caps[key]) for key in in_order)
    return blocks.cut(given, CAPS_TEXT_MAX)
