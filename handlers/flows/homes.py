"""What one person's App Home shows: loaded in one look, by their roles, every part bounded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.registry import Person
from bot.rules import onboarding
from bot.rules.figures import DAY_S, HOUR_S, Figures
from bot.rules.onboarding import Step
from bot.rules.requests import RequestKind, scope_of
from bot.rules.review_hours import ReviewKind
from bot.rules.roles import Apps, Role
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
from handlers.flows import alert_lists, ballots, figures, packages, summaries
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
from storage.damage import Damage
from storage.db import Tx
from storage.requests import Request

#: Whoever has one of these is told how far the set-up is: they can do something about it.
SETTING_UP = frozenset({Role.OWNER, Role.REQUESTER})
WATCHING = frozenset({Role.VIEWER, Role.ONCALL, Role.OWNER})
ASKED_WITHIN, ASKED_MAX = timedelta(days=30), 8
WAITING_MAX, APPS_MAX, GROUPS_SHOWN = 20, 4, 5
DOUBTS_MAX = 1_000
LATELY_DAYS = 7
#: Reports that are looked through for the latest of an app.
REPORTS_SINCE, REPORTS_WITHIN = timedelta(days=LATELY_DAYS), 1_000


def load(
    tx: Tx, person: Person, entries: frozenset[str], settings: Settings, now: datetime
) -> HomeView:
    """All of it, as it stands at `now`, of the apps for which the person has the role. Of what
    somebody asked for once where they have none any more, nothing is shown either. `entries` are
    those that name the person."""
    damage = Damage()
    waiting = ballots.load_waiting(tx, person.user_id, entries, settings, now, damage)
    mine = [each for each in waiting if each.requester != person.user_id]
    if not person.roles:
        # The table of approvals may name somebody who holds no role.
        return HomeView(at=now, waiting=tuple(mine[:WAITING_MAX]), damaged=damage.rows)
    watched, set_up = person.where(*WATCHING), person.where(*SETTING_UP)
    lately = Lately(tx, now)
    opened, count = _groups(tx, watched, now, damage) if watched.is_any else ((), 0)
    view = HomeView(
        at=now,
        checklist=_checklist(tx, settings, set_up, lately, now, damage) if set_up.is_any else None,
        alerts=_alerts(tx, watched, damage) if watched.is_any else None,
        groups=opened,
        groups_more=count - len(opened),
        waiting=tuple(mine[:WAITING_MAX]),
        waiting_more=max(0, len(mine) - WAITING_MAX),
        asked=_asked(tx, person, now, damage),
        today=_today(tx, person, settings, now) if person.may(Role.VIEWER) else None,
        stock=packages.stock(tx, settings, now),
    )
    return replace(view, damaged=damage.rows)


class Lately:
    """What messages came to in the last week, read when it is asked for."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx, self._now = tx, now

    def of(self, *apps: str) -> Figures:
        """Of these together."""
        until = traffic.hour_of(self._now) + HOUR_S
        return figures.of_period(self._tx, apps, until - LATELY_DAYS * DAY_S, until, self._now)


def _checklist(
    tx: Tx, settings: Settings, set_up: Apps, lately: Lately, now: datetime, damage: Damage
) -> Checklist:
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
    mine = [app for app in settings.apps if app.name in set_up]
    shown = mine[:APPS_MAX]
    return Checklist(
        account=account,
        apps=tuple(_app_steps(tx, app, settings, barred, lately, now, damage) for app in shown),
        more_apps=len(mine) - len(shown),
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
    damage: Damage,
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
            limits_step(tx, app, settings, damage),
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


def limits_step(tx: Tx, app: App, settings: Settings, damage: Damage | None = None) -> Step:
    found = declarations.latest(tx, app.name)
    if found is not None and found.is_damaged and damage is not None:
        damage.note(f"limit_declarations {app.name} {found.nth}")
    return onboarding.limits(
        is_individual=settings.content.is_individual is True,
        declared_by=found.declared_by if found else "",
        is_confirmed=bool(found and found.confirmed_by),
        contradictions=len(declarations.drifts(tx, app.name)),
    )


def address_of(settings: Settings, behind: str) -> str:
    """Where Tencent is to post to; the secret in it is shown to nobody."""
    place = settings.callbacks_at
    base_url = place.base_url if place.public_url else "https://…"
    return f"{base_url}/callbacks/<SMSOPS_CALLBACK_SECRET>/{behind}"


def is_reachable(settings: Settings) -> bool:
    """Whether Tencent may reach this server: a stand-in on this machine can in any case."""
    return settings.callbacks_at.public_url is not None or is_loopback_url(
        settings.tencent.endpoint
    )


def is_loopback_url(url: str) -> bool:
    """Whether an address means this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _alerts(tx: Tx, apps: Apps, damage: Damage) -> tuple[Alert, ...]:
    """What needs somebody beside the alerts that are open, the gravest first."""
    found = [*_stops(tx, apps, damage)]
    doubts, paused = messages.count_in_doubt(tx, apps, DOUBTS_MAX), jobs.count_paused(tx, apps)
    if doubts:
        found.append(Alert(AlertKind.DOUBTS, {"count": doubts, "is_all": doubts < DOUBTS_MAX}))
    if paused:
        found.append(Alert(AlertKind.PAUSED, {"count": paused}))
    return tuple(found)


def _groups(tx: Tx, apps: Apps, now: datetime, damage: Damage) -> tuple[tuple[Row, ...], int]:
    """The worst of the alerts that are open, and how many there are."""
    ids = alert_lists.of_apps(tx, alert_groups.open_ids(tx), apps)
    found = [_group(tx, each, now, damage) for each in ids[:GROUPS_SHOWN]]
    shown = tuple(each for each in found if each is not None)
    return shown, len(ids) - len(found) + len(shown)


def _group(tx: Tx, group_id: str, now: datetime, damage: Damage) -> Row | None:
    row = f"alert_groups {group_id}"
    group = alert_groups.get(tx, group_id)
    if group is None:
        # It is among the open ones, and so it is there.
        damage.note(row)
        return None
    return damage.read(row, lambda: alert_lists.row(tx, group, now), None)


def _stops(tx: Tx, apps: Apps, damage: Damage) -> Iterator[Alert]:
    for stop in (each for each in app_stops.list_all(tx) if each.app in apps):
        if stop.is_damaged:
            damage.note(f"app_stops {stop.app}")
        facts = {"app": stop.app, "by": stop.stopped_by, "at": stop.stopped_at}
        yield Alert(AlertKind.STOPPED, facts)


def _asked(tx: Tx, person: Person, now: datetime, damage: Damage) -> tuple[Asked, ...]:
    since, mine = now - ASKED_WITHIN, person.where(*Role)
    found = requests.of_requester(tx, person.user_id, since=since, limit=ASKED_MAX)
    own = (each for each in found if scope_of(each.kind, each.app) in mine)
    return tuple(_one_asked(tx, each, damage) for each in own)


def _one_asked(tx: Tx, request: Request, damage: Damage) -> Asked:
    """One that cannot be read goes by its id."""
    row, by_id = f"requests {request.id}", _asked_of(request, request.id)
    if request.is_damaged:
        damage.note(row)
        return by_id
    return damage.read(row, lambda: _whole_asked(tx, request), by_id)


def _whole_asked(tx: Tx, request: Request) -> Asked:
    is_single = request.kind is RequestKind.SEND and jobs.get(tx, request.id) is None
    return replace(
        _asked_of(request, name_of(tx, request)),
        number=str(request.payload.get("number", "")) if is_single else "",
        recipients=recipients_of(tx, request),
    )


def _asked_of(request: Request, name: str) -> Asked:
    scope = scope_of(request.kind, request.app)
    return Asked(request.id, request.kind, name, "", 0, request.state, request.created_at, scope)


def _today(tx: Tx, person: Person, settings: Settings, now: datetime) -> Today:
    """Since midnight in app.yaml's time zone, in whole hours of UTC."""
    zone = settings.timezone
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = traffic.hour_of(midnight), traffic.hour_of(now) + HOUR_S
    names = summaries.apps_of("", settings, person.where(Role.VIEWER))
    found = figures.of_period(tx, names, since, until, now)
    starts: Sequence[int] = range(since, until, HOUR_S)
    hours = tuple(found.by_hour[at].sent if at in found.by_hour else 0 for at in starts)
    return Today(found, hours, datetime.fromtimestamp(since, UTC).astimezone(zone))
