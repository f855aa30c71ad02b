"""SMS applications as people see them, stopping one at once, and asking to let it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import EVERY_APP, Apps
from bot.rules.subjects import AppResume
from bot.settings import App, Settings
from bot.slack.messages.apps import AppRow
from handlers.flows import approvals, jobs
from handlers.flows.apps import meant, unless_chosen
from storage import app_stops, posts, requests
from storage import approvals as stored
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request

#: More requests than a team leaves open.
OPEN_LIMIT = 200


class LetRefusal(StrEnum):
    """Why nothing is asked for an app."""

    NOT_STOPPED = "not_stopped"


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody asked for the same before."""

    request_id: str


def list_all(
    tx: Tx, settings: Settings, user_id: str, *channel: str, mine: Apps = EVERY_APP
) -> Sequence[AppRow]:
    """Every app of app.yaml, in its order, as one person sees it in a channel. `mine` are those
    they have any role for."""
    stops = {each.app: each for each in app_stops.list_all(tx)}
    here = meant(tx, settings, user_id, *channel, mine=mine)
    by_settings = unless_chosen(settings, mine, *channel)
    rows = []
    for app in settings.apps:
        stopped = stops.get(app.name)
        other = open_request(tx, app.name) if stopped else None
        rows.append(
            AppRow(
                name=app.name,
                sdk_app_id=app.sdk_app_id,
                is_default=app == settings.app_in(),
                is_meant=app == here,
                is_own_choice=app == here != by_settings,
                stopped_by=stopped.stopped_by if stopped else "",
                stopped_at=stopped.stopped_at if stopped else None,
                reason=stopped.reason if stopped else "",
                asked=other.id if other else "",
            )
        )
    return rows


def stop(tx: Tx, app: App, user_id: str, reason: str, channel: str, now: datetime) -> bool:
    """Nothing of `app` goes out from here on, and the channel hears of it; False: nor did it.

    A request that asks to let it again was about an earlier stop, and gives way.
    """
    if not jobs.stop_app(tx, app.name, user_id, reason, now):
        other = open_request(tx, app.name)
        if other is not None:
            approvals.supersede(tx, other, now)
        return False
    facts = {"app": app.name, "by": user_id, "reason": reason}
    key = f"app.paused:{app.name}:{to_ms(now)}"
    posts.add(tx, key, "app.paused", facts, channel=channel, now=now)
    return True


def ask_to_let(
    tx: Tx, app: App, reason: str, user_id: str, channel: str, settings: Settings, now: datetime
) -> Request | LetRefusal | Open:
    """Asks that `app` may send again; under the policy somebody else says yes."""
    stopped = next((each for each in app_stops.list_all(tx) if each.app == app.name), None)
    if stopped is None:
        return LetRefusal.NOT_STOPPED
    other = open_request(tx, app.name)
    if other is not None:
        return Open(other.id)
    wanted = AppResume(reason, to_ms(stopped.stopped_at), stopped.stopped_by, stopped.reason)
    return approvals.ask(
        tx,
        RequestKind.APP_RESUME,
        app.name,
        wanted.payload(),
        requester=user_id,
        channel=channel,
        settings=settings,
        now=now,
    )


def open_request(tx: Tx, app: str) -> Request | None:
    """The request that asks already to let an app send again."""
    found = (requests.get(tx, each) for each in stored.list_open(tx, OPEN_LIMIT))
    return next(
        (
            each
            for each in found
            if each is not None
            and each.kind is RequestKind.APP_RESUME
            and each.app == app
            and each.state is RequestState.AWAITING_APPROVAL
        ),
        None,
    )
