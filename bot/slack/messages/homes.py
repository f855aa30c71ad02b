"""What the bot's own tab shows one person: how far the set-up is, what needs them, today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import Json, Person
from bot.rules.figures import Figures
from bot.rules.numbers import mask
from bot.rules.onboarding import ROLES, Standing, Step
from bot.rules.packages import Stock
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import ACCOUNT, Role
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc, inert
from bot.slack.messages import alert_lists, runways, timelines, voting
from bot.slack.messages.alert_lists import Row
from bot.slack.messages.approvals import what
from bot.slack.messages.ballots import ApprovalView, state_name
from bot.slack.messages.faults import damaged, moment
from bot.slack.messages.jobs import RULE
from bot.slack.messages.limits import LABEL_EVERY_H, bars

REFRESH = "home.refresh"
#: A home has 100 blocks; each part has a few, and says how many more there are.
WAITING_SHOWN, ALERTS_SHOWN, NAME_MAX = 5, 8, 80
#: Of one section, below Slack's 3,000.
PART_MAX = 2_800
#: What expires unused is said where that is so near.
EXPIRY_NEAR = timedelta(days=30)
#: It is said how long the packages last where that is no longer.
RUNWAY_SAID = timedelta(days=365)
MARKS: Mapping[Standing, str] = {
    Standing.DONE: ":white_check_mark:",
    Standing.WAITING: ":hourglass:",
    Standing.OPEN: ":point_right:",
    Standing.UNSEEN: ":white_circle:",
    Standing.UNKNOWABLE: ":eyes:",
}


class AlertKind(StrEnum):
    """What needs somebody beside the alerts that are open; the value is its sentence."""

    STOPPED = "stopped"
    DOUBTS = "doubts"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs somebody, with what its sentence tells."""

    kind: AlertKind
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AppSteps:
    """The steps of one application; `page` is its own in the console."""

    app: str
    sdk_app_id: str
    page: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps of the account, and those of its applications."""

    account: tuple[Step, ...]
    apps: tuple[AppSteps, ...]
    more_apps: int
    account_page: str
    sms_page: str

    @property
    def steps(self) -> tuple[tuple[Step, str], ...]:
        """Every step, with the page of its application; "" for one of the account."""
        of_account = ((step, "") for step in self.account)
        return (*of_account, *((step, app.page) for app in self.apps for step in app.steps))

    @property
    def is_done(self) -> bool:
        """Nothing is left that could be found out from here."""
        settled = {Standing.DONE, Standing.UNKNOWABLE}
        return all(step.standing in settled for step, _ in self.steps)

    def count(self, standing: Standing) -> int:
        """How many steps are that far."""
        return sum(step.standing is standing for step, _ in self.steps)


@dataclass(frozen=True, slots=True)
class Asked:
    """Something the person asked for. `name` is what people call it, a number is masked in it;
    `number` is the full one of a send to one, "" of anything else."""

    request_id: str
    kind: RequestKind
    name: str
    number: str
    recipients: int
    state: RequestState
    at: datetime
    app: str = ACCOUNT
    """Whose roles count for it."""


@dataclass(frozen=True, slots=True)
class Today:
    """What was sent since midnight, and in each hour of it; `first` is when the first began, in
    the zone of the day."""

    figures: Figures
    hours: tuple[int, ...]
    first: datetime


@dataclass(frozen=True, slots=True)
class HomeView:
    """All of it at one moment; None where the person's roles do not show a part."""

    at: datetime
    checklist: Checklist | None = None
    alerts: tuple[Alert, ...] | None = None
    groups: tuple[Row, ...] = ()
    """Of the alerts that are open, the worst; nobody sees them who sees no `alerts`."""
    groups_more: int = 0
    waiting: tuple[ApprovalView, ...] = ()
    waiting_more: int = 0
    asked: tuple[Asked, ...] = ()
    today: Today | None = None
    stock: Stock | None = None
    damaged: tuple[str, ...] = ()
    """What could not be read and is left out, or is there in part: table and id."""


def home(view: HomeView, person: Person) -> Json:
    """The whole as a view of Slack's. Who has no role and nothing to decide reads one sentence."""
    locale = person.locale
    if not person.roles:
        only = [blocks.divider(), *_waiting(view, person)] if view.waiting else []
        stranger = [blocks.section(text(locale, "home.stranger"))]
        shown = [*_head(view, locale), *only] if only or view.damaged else stranger
        return _view([*shown, *damaged(view.damaged, locale)])
    checklist = view.checklist
    parts: list[Sequence[Block]] = [
        _waiting(view, person),
        _alerts(view, locale),
        _asked(view, person),
        _today(view, locale),
        _stock(view, locale),
    ]
    if checklist is not None:
        # What somebody can do about it comes first.
        place = 0 if checklist.count(Standing.OPEN) else len(parts)
        parts.insert(place, _checklist(checklist, person))
    whole: list[Block] = _head(view, locale)
    for part in parts:
        if part:
            whole += [blocks.divider(), *part]
    return _view([*whole, *damaged(view.damaged, locale)])


def _view(shown: Sequence[Block]) -> Json:
    return {"type": "home", "blocks": list(shown)}


def _head(view: HomeView, locale: Locale) -> list[Block]:
    return [
        blocks.header(text(locale, "home.title")),
        blocks.actions("home", blocks.button(REFRESH, text(locale, "home.refresh"))),
        blocks.context(text(locale, "home.as_of", time=moment(view.at))),
    ]


def _checklist(checklist: Checklist, person: Person) -> list[Block]:
    locale = person.locale
    if checklist.is_done:
        done = text(locale, "home.all_done", count=checklist.count(Standing.DONE))
        lines = [
            _step(step, checklist, page, person)
            for step, page in checklist.steps
            if step.standing is Standing.UNKNOWABLE
        ]
        return [_part(f"{MARKS[Standing.DONE]} *{done}*", lines, 0, locale)]
    open_ = checklist.count(Standing.OPEN)
    title = text(locale, "home.checklist")
    if open_:
        title = f"{title} · {text(locale, 'home.open', count=open_)}"
    shown = [_steps(text(locale, "home.account"), checklist.account, checklist, person, title)]
    for app in checklist.apps:
        name = text(locale, "home.app", app=code(app.app), sdk_app_id=esc(app.sdk_app_id))
        shown.append(_steps(name, app.steps, checklist, person, page=app.page))
    if checklist.more_apps > 0:
        shown.append(blocks.context(text(locale, "home.more_apps", count=checklist.more_apps)))
    shown.append(blocks.context(_legend(locale)))
    return shown


def _steps(
    name: str,
    steps: Sequence[Step],
    checklist: Checklist,
    person: Person,
    title: str = "",
    page: str = "",
) -> Block:
    lines = [_step(step, checklist, page, person) for step in steps]
    head = f"*{title}*\n*{name}*" if title else f"*{name}*"
    return _part(head, lines, 0, person.locale)


def _step(step: Step, checklist: Checklist, page: str, person: Person) -> str:
    """One line: how far it is, what was found, and what there is to do."""
    locale = person.locale
    facts = {name: _fact(name, value) for name, value in step.facts.items()}
    said = text(
        locale,
        f"home.step.{step.finding.value}",
        **facts,
        account_page=_link(checklist.account_page, "home.account_page", locale),
        sms_page=_link(checklist.sms_page, "home.sms_page", locale),
        app_page=_link(page, "home.app_page", locale),
    )
    role = ROLES.get(step.finding)
    if role is not None and not person.may(role):
        needs = text(locale, "home.needs", role=text(locale, f"help.role.{role.value}"))
        said = join(locale, said, needs)
    topic = text(locale, f"home.topic.{step.finding.topic}")
    return f"{MARKS[step.standing]}  *{topic}*  {said}"


def _fact(name: str, value: str | int | datetime) -> str:
    if name == "person":
        return f"<@{value}>"
    if isinstance(value, datetime):
        return moment(value)
    return f"{value:,}" if isinstance(value, int) else esc(value)


def _link(url: str, key: str, locale: Locale) -> str:
    said = text(locale, key)
    return f"<{url}|{said}>" if url else said


def _legend(locale: Locale) -> str:
    kinds = (f"{mark} {text(locale, f'home.mark.{each.value}')}" for each, mark in MARKS.items())
    return "  ".join(kinds)


def _waiting(view: HomeView, person: Person) -> list[Block]:
    """What the person can decide on; who cannot, hears of it only where there is some."""
    locale = person.locale
    if not view.waiting and not person.may(Role.APPROVER):
        return []
    title = f"*{text(locale, 'home.waiting')}*"
    if not view.waiting:
        return [blocks.section(f"{title}  {text(locale, 'home.none')}")]
    count = len(view.waiting) + view.waiting_more
    shown = view.waiting[:WAITING_SHOWN]
    rows = [voting.row(each, person.user_id, locale) for each in shown]
    more = count - len(shown)
    rest = [blocks.context(text(locale, "home.more_waiting", count=more))] if more else []
    return [blocks.section(f"{title} · {count}"), *rows, *rest]


def _alerts(view: HomeView, locale: Locale) -> list[Block]:
    if view.alerts is None:
        return []
    title = f"*{text(locale, 'home.alerts')}*"
    count = len(view.alerts) + len(view.groups) + view.groups_more
    if not count:
        return [blocks.section(f"{title}  {text(locale, 'home.none')}")]
    lines = [_alert(each, locale) for each in view.alerts[:ALERTS_SHOWN]]
    more = len(view.alerts) - len(lines)
    shown = [_part(f"{title} · {count}", lines, more, locale)]
    shown += [alert_lists.row(each, locale) for each in view.groups]
    if view.groups_more:
        shown.append(blocks.context(text(locale, "home.more_alerts", count=view.groups_more)))
    return shown


def _alert(alert: Alert, locale: Locale) -> str:
    facts = alert.facts
    match alert.kind:
        case AlertKind.STOPPED:
            name = "stopped_by_rule" if facts["by"] == RULE else "stopped"
            said = text(
                locale,
                f"home.alert.{name}",
                app=code(facts["app"]),
                person=f"<@{facts['by']}>",
                time=moment(facts["at"]),
                command=code(f"/sms app resume {facts['app']}"),
            )
            return f":octagonal_sign:  {said}"
        case AlertKind.DOUBTS:
            key = "home.alert.doubts" if facts["is_all"] else "home.alert.doubts_more"
            return f":grey_question:  {text(locale, key, count=facts['count'])}"
        case AlertKind.PAUSED:
            said = text(locale, "home.alert.paused", count=facts["count"])
            return f":double_vertical_bar:  {said}"


def _asked(view: HomeView, person: Person) -> list[Block]:
    """What the person asked for, the latest first; its whole story is a button away."""
    locale = person.locale
    title = f"*{text(locale, 'home.asked')}*"
    if not view.asked:
        return [blocks.section(f"{title}  {text(locale, 'home.none_asked')}")]
    return [blocks.section(title), *(_asked_row(each, person) for each in view.asked)]


def _asked_row(asked: Asked, person: Person) -> Block:
    locale = person.locale
    said = text(
        locale,
        "home.asked_one",
        request=asked.request_id,
        what=_what(asked, locale),
        state=state_name(asked.kind, asked.state, locale),
        time=moment(asked.at),
    )
    if not person.may(Role.VIEWER, asked.app):
        return blocks.section(said)
    button = blocks.button(
        timelines.REQUEST,
        text(locale, "home.why"),
        value=asked.request_id,
        says=text(locale, "home.why_says", request=asked.request_id),
    )
    return blocks.section(said, accessory=button)


def _what(asked: Asked, locale: Locale) -> str:
    name = blocks.cut(asked.name, NAME_MAX)
    if asked.number:
        return text(locale, "home.asked_send", name=inert(name), number=mask(asked.number))
    return what(asked.kind, name, asked.recipients, locale)


def _today(view: HomeView, locale: Locale) -> list[Block]:
    if view.today is None:
        return []
    figures, title = view.today.figures, f"*{text(locale, 'home.today')}*"
    if figures.is_quiet:
        return [blocks.section(f"{title}  {text(locale, 'home.quiet')}")]
    lines = [
        title,
        text(locale, "home.sent", count=f"{figures.total.sent:,}"),
        _outcomes(figures, locale),
    ]
    beside = _beside(figures, locale)
    return [
        blocks.section("\n".join(filter(None, lines))),
        blocks.section(f"```{_chart(view.today)}```"),
        blocks.context(*beside, text(locale, "home.stats")),
    ]


def _outcomes(figures: Figures, locale: Locale) -> str:
    """What became of them, without what there is none of."""
    total = figures.total
    counted = {
        "accepted": total.accepted,
        "delivered": total.delivered,
        "undelivered": total.undelivered,
        "refused": total.refused,
        "in_doubt": total.in_doubt,
        "replies": total.replies,
        "optouts": total.optouts,
        "segments": total.segments,
    }
    shown = (
        text(locale, f"home.count.{name}", count=f"{count:,}")
        for name, count in counted.items()
        if count
    )
    return " · ".join(shown)


def _beside(figures: Figures, locale: Locale) -> list[str]:
    """How quickly, and how it compares with the same hours a week ago."""
    lines, took, before = [], figures.latency, figures.compared
    if took.median_s is not None and took.p95_s is not None:
        median, p95 = _seconds(took.median_s), _seconds(took.p95_s)
        lines.append(text(locale, "home.latency", median=median, p95=p95))
    if before is not None:
        lines.append(text(locale, "home.compared", count=f"{before.total.sent:,}"))
    return lines


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}"


def _chart(today: Today) -> str:
    """A bar an hour, with the clock beneath."""
    every = range(0, len(today.hours), LABEL_EVERY_H)
    clock = (f"{today.first + timedelta(hours=at):%H}".ljust(LABEL_EVERY_H) for at in every)
    return f"{bars(today.hours)}\n{''.join(clock).rstrip()}"


def _stock(view: HomeView, locale: Locale) -> list[Block]:
    title, stock = f"*{text(locale, 'home.balance')}*", view.stock
    if stock is None:
        return [blocks.section(f"{title}  {text(locale, 'home.balance_unknown')}")]
    left = f"{stock.left_segments:,}"
    said = join(
        locale,
        text(locale, "home.left", left=left, time=moment(stock.seen_at, "{time}")),
        *_lasts(stock, locale),
        text(locale, "home.packages"),
    )
    mark = "" if stock.left_segments else ":warning: "
    return [blocks.section(f"{title}  {mark}{said}")]


def _lasts(stock: Stock, locale: Locale) -> list[str]:
    """When nothing will be left, and what is lost before: where either is near."""
    runway, ends = stock.runway, stock.expires_at
    if runway is None:
        if ends is None or ends - stock.at > EXPIRY_NEAR:
            return []
        return [text(locale, "home.expires", date=moment(ends, "{date_short}"))]
    said = []
    empty_at = runway.empty_at if stock.left_segments else None
    if empty_at is not None and empty_at - stock.at <= RUNWAY_SAID:
        said.append(runways.when(runway.outlook, locale))
    unused = [each for each in runway.course.unused if each.at - stock.at <= EXPIRY_NEAR]
    return [*said, *runways.unused(unused[:1], locale)]


def _part(title: str, lines: Sequence[str], more: int, locale: Locale) -> Block:
    """As many whole lines as one section takes, and how many are left out."""
    kept = blocks.fitting(lines, PART_MAX - len(title))
    more += len(lines) - len(kept)
    rest = [text(locale, "home.more", count=more)] if more > 0 else []
    return blocks.section("\n".join([title, *kept, *rest]))
