"""What one person's App Home shows: loaded in one look, by their roles, every part bounded."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.registry import Person
from bot.rules import onboarding
from bot.rules.figures import DAY_S, HOUR_S, Figures
from bot.rules.onboarding import Step
from bot.rules.requests import RequestKind
from bot.rules.review_hours import ReviewKind
from bot.rules.roles import Role
from bot.settings import App, Settings
from bot.settings.schema import REPLIES
from bot.settings.shapes import Provider
from bot.slack.messages.alert_lists import Row
from bot.slack.messages.homes import (
    Alert,
    AlertKind,
    AppSteps,
    Asked,
    Checklist,
    HomeView,
    Today,
)
from bot.tencent import console
from handlers.flows import alert_lists, ballots, figures, packages
from handlers.flows.threads import name_of, recipients_of
from storage import (
    alert_groups,
    app_stops,
    content,
    declarations,
    jobs,
    messages,
    receipts,
    replies,
    requests,
    reviews,
    traffic,
)
from storage.db import Tx
from storage.requests import Request

#: Whoever has one of these is told how far the set-up is: they can do something about it.
SETTING_UP = frozenset({Role.ADMIN, Role.SENDER})
WATCHING = frozenset({Role.VIEWER, Role.ONCALL, Role.ADMIN})
ASKED_WITHIN, ASKED_MAX = timedelta(days=30), 8
WAITING_MAX, APPS_MAX, GROUPS_SHOWN = 20, 4, 5
DOUBTS_MAX = 1_000
LATELY_DAYS = 7
#: Reports that are looked through for the latest of an app.
REPORTS_SINCE, REPORTS_WITHIN = timedelta(days=LATELY_DAYS), 1_000


def load(
    tx: Tx, person: Person, groups: frozenset[str], settings: Settings, now: datetime
) -> HomeView:
    """All of it, as it stands at `now`. Of what somebody in none of the roles asked for once,
    nothing is shown either. `groups` are the person's."""
    if not person.roles:
        return HomeView(at=now)
    watches, sets_up = bool(person.roles & WATCHING), bool(person.roles & SETTING_UP)
    lately = Lately(tx, now)
    waiting = ballots.load_waiting(tx, person.user_id, groups, settings, now)
    mine = [each for each in waiting if each.requester != person.user_id]
    opened, count = _groups(tx) if watches else ((), 0)
    return HomeView(
        at=now,
        checklist=_checklist(tx, settings, lately, now) if sets_up else None,
        alerts=_alerts(tx) if watches else None,
        groups=opened,
        groups_more=count - len(opened),
        waiting=tuple(mine[:WAITING_MAX]),
        waiting_more=max(0, len(mine) - WAITING_MAX),
        asked=_asked(tx, person.user_id, now),
        today=_today(tx, settings, now) if person.may(Role.VIEWER) else None,
        stock=packages.stock(tx, settings, now),
    )


class Lately:
    """What messages came to in the last week, read when it is asked for."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx, self._now = tx, now

    def of(self, *apps: str) -> Figures:
        """Of these together."""
        until = traffic.hour_of(self._now) + HOUR_S
        return figures.of_period(self._tx, apps, until - LATELY_DAYS * DAY_S, until, self._now)


def _checklist(tx: Tx, settings: Settings, lately: Lately, now: datetime) -> Checklist:
    endpoint, barred = settings.tencent.endpoint, reviews.barred(tx)
    is_individual = settings.content.is_individual is True
    balance = content.get_balance(tx, now)
    account = (
        onboarding.account(
            is_individual=is_individual,
            is_legacy=settings.tencent.provider is Provider.V5,
            is_listed=content.signatures_seen_at(tx) is not None,
            barred=barred.get(ReviewKind.SIGNATURE, ""),
        ),
        onboarding.replies(
            replies.latest_at(tx),
            address=address_of(settings, REPLIES),
            is_reachable=is_reachable(settings),
        ),
        onboarding.package(balance.left_segments if balance else None),
    )
    shown = settings.apps[:APPS_MAX]
    return Checklist(
        account=account,
        apps=tuple(_app_steps(tx, app, settings, barred, lately, now) for app in shown),
        more_apps=len(settings.apps) - len(shown),
        account_page=console.account_page(endpoint),
        sms_page=console.sms_page(endpoint),
    )


def _app_steps(
    tx: Tx,
    app: App,
    settings: Settings,
    barred: Mapping[ReviewKind, str],
    lately: Lately,
    now: datetime,
) -> AppSteps:
    """The steps of one application, in the order of the guide."""
    found = lately.of(app.name)
    return AppSteps(
        app=app.name,
        sdk_app_id=app.sdk_app_id,
        page=console.app_page(app.sdk_app_id, settings.tencent.endpoint),
        steps=(
            onboarding.application(
                accepted=found.total.accepted,
                refused_by=found.refused_by,
                # Packages are asked for in the name of the first.
                is_answered=app == settings.apps[0] and content.get_balance(tx, now) is not None,
            ),
            onboarding.signature(
                app.signature,
                content.find_signatures(tx, app.signature),
                is_read=content.signatures_seen_at(tx) is not None,
                barred=barred.get(ReviewKind.SIGNATURE, ""),
            ),
            onboarding.template(
                content.list_templates(tx),
                is_international=bool(app.international),
                is_read=content.templates_seen_at(tx) is not None,
                barred=barred.get(ReviewKind.TEMPLATE, ""),
            ),
            limits_step(tx, app, settings),
            onboarding.contacts(),
            onboarding.reports(
                receipts.latest_at(tx, app.name, since=now - REPORTS_SINCE, within=REPORTS_WITHIN),
                came=found.coverage.came,
                absent=found.coverage.absent,
                address=address_of(settings, app.name),
                is_reachable=is_reachable(settings),
            ),
        ),
    )


def limits_step(tx: Tx, app: App, settings: Settings) -> Step:
    found = declarations.latest(tx, app.name)
    return onboarding.limits(
        is_individual=settings.content.is_individual is True,
        declared_by=found.declared_by if found else "",
        is_confirmed=bool(found and found.confirmed_by),
        contradictions=len(declarations.drifts(tx, app.name)),
    )


def address_of(settings: Settings, behind: str) -> str:
    """Where Tencent is to post to; the secret in it is shown to nobody."""
    base_url = settings.server.base_url if settings.server.public_url else "https://…"
    return f"{base_url}/callbacks/<SMSOPS_CALLBACK_SECRET>/{behind}"


def is_reachable(settings: Settings) -> bool:
    """Whether Tencent may reach this server: a stand-in on this machine can in any case."""
    return settings.server.public_url is not None or is_loopback_url(settings.tencent.endpoint)


def is_loopback_url(url: str) -> bool:
    """Whether an address means this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _alerts(tx: Tx) -> tuple[Alert, ...]:
    """What needs somebody beside the alerts that are open, the gravest first."""
    found = [*_stops(tx)]
    doubts, paused = messages.count_in_doubt(tx, DOUBTS_MAX), jobs.count_paused(tx)
    if doubts:
        found.append(Alert(AlertKind.DOUBTS, {"count": doubts, "is_all": doubts < DOUBTS_MAX}))
    if paused:
        found.append(Alert(AlertKind.PAUSED, {"count": paused}))
    return tuple(found)


def _groups(tx: Tx) -> tuple[tuple[Row, ...], int]:
    """The worst of the alerts that are open, and how many there are."""
    found = alert_groups.find_open(tx, GROUPS_SHOWN)
    count = sum(alert_groups.count_open(tx).values())
    return tuple(alert_lists.row(tx, each) for each in found), count


def _stops(tx: Tx) -> Iterator[Alert]:
    for stop in app_stops.list_all(tx):
        facts = {"app": stop.app, "by": stop.stopped_by, "at": stop.stopped_at}
        yield Alert(AlertKind.STOPPED, facts)


def _asked(tx: Tx, user_id: str, now: datetime) -> tuple[Asked, ...]:
    found = requests.of_requester(tx, user_id, since=now - ASKED_WITHIN, limit=ASKED_MAX)
    return tuple(_one_asked(tx, each) for each in found)


def _one_asked(tx: Tx, request: Request) -> Asked:
    is_single = request.kind is RequestKind.SEND and jobs.get(tx, request.id) is None
    return Asked(
        request.id,
        request.kind,
        name_of(tx, request),
        str(request.payload.get("number", "")) if is_single else "",
        recipients_of(tx, request),
        request.state,
        request.created_at,
    )


def _today(tx: Tx, settings: Settings, now: datetime) -> Today:
    """Since midnight in app.yaml's time zone, in whole hours of UTC."""
    zone = settings.timezone
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = traffic.hour_of(midnight), traffic.hour_of(now) + HOUR_S
    # What came to the account's address is under no app's name.
    names = [*(app.name for app in settings.apps), ""]
    found = figures.of_period(tx, names, since, until, now)
    starts: Sequence[int] = range(since, until, HOUR_S)
    hours = tuple(found.by_hour[at].sent if at in found.by_hour else 0 for at in starts)
    return Today(found, hours, datetime.fromtimestamp(since, UTC).astimezone(zone))
