"""What the database says of the whole set-up: what waits, what came, who can be reached."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.rules import doctor, onboarding
from bot.rules.doctor import Finding, Found
from bot.rules.escalation import Means
from bot.rules.figures import DAY_S, HOUR_S, Figures
from bot.rules.vitals import FAILURES
from bot.settings import App, Settings
from bot.settings.schema import REPLIES
from handlers.flows import figures, homes, rotas
from storage import job_faults, posts, receipts, refused_callbacks, replies
from storage.db import Tx
from storage.traffic import hour_of

#: Users that are named in one sentence.
NAMED_MAX = 10
#: Steps that need somebody's number.
BY_NUMBER = frozenset({Means.VOICE, Means.SMS})
LATELY_S = homes.LATELY_DAYS * DAY_S


def stored(tx: Tx, settings: Settings, since: datetime, now: datetime) -> list[Finding]:
    """All of it. What waits, waits for a bot that has been there since `since` at the most."""
    return [
        _outbox(tx, settings, since, now),
        *_jobs(tx),
        *_refused(tx),
        *_oncall(tx, settings, now),
        *(each for app in settings.apps for each in _of_app(tx, app, settings, now)),
        _replies(tx, settings),
    ]


def lately(tx: Tx, app: str, now: datetime) -> Figures:
    """What messages of `app` came to in the last week."""
    until = hour_of(now) + HOUR_S
    return figures.of_period(tx, (app,), until - LATELY_S, until, now)


def _outbox(tx: Tx, settings: Settings, since: datetime, now: datetime) -> Finding:
    oldest_at = posts.oldest_waiting(tx, now)
    bound = timedelta(seconds=settings.health.posts_late_s)
    is_late = oldest_at is not None and now - max(oldest_at, since) > bound
    return doctor.outbox(posts.count_waiting(tx), oldest_at, is_late=is_late)


def _jobs(tx: Tx) -> list[Finding]:
    broken = [each for each in job_faults.find(tx) if each.failures >= FAILURES]
    return [
        Finding(Found.JOBS_BROKEN, {"job": each.job, "reason": each.reason, "since": each.since})
        for each in broken
    ] or [Finding(Found.JOBS_RUN)]


def _refused(tx: Tx) -> list[Finding]:
    """What was posted to our addresses and could not be read."""
    found = refused_callbacks.count(tx)
    if found is None:
        return []
    many, first_at = found
    return [Finding(Found.CALLBACKS_REFUSED, {"count": many, "since": first_at})]


def _oncall(tx: Tx, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whom the chains reach, and whether by their numbers too."""
    chains = [each.chain for each in settings.oncall.chains]
    if not chains:
        yield Finding(Found.ONCALL_UNUSED)
        return
    view = rotas.overview(tx, settings, now)
    if not view.numbers:
        yield Finding(Found.ONCALL_NOBODY)
        return
    missing = [user for user, number in view.numbers.items() if not number]
    if missing and any(step.means in BY_NUMBER for chain in chains for step in chain.steps):
        named = ", ".join(missing[:NAMED_MAX])
        yield Finding(Found.ONCALL_NO_NUMBERS, {"people": named, "count": len(missing)})
        return
    yield Finding(Found.ONCALL_REACHED, {"count": len(view.numbers)})


def _of_app(tx: Tx, app: App, settings: Settings, now: datetime) -> Iterator[Finding]:
    found = lately(tx, app.name, now)
    yield doctor.step(homes.limits_step(tx, app, settings), app.name)
    yield doctor.step(onboarding.contacts(), app.name)
    came_at = receipts.latest_at(
        tx, app.name, since=now - homes.REPORTS_SINCE, within=homes.REPORTS_WITHIN
    )
    reports = onboarding.reports(
        came_at,
        came=found.coverage.came,
        absent=found.coverage.absent,
        address=homes.address_of(settings, app.name),
        is_reachable=homes.is_reachable(settings),
    )
    yield doctor.step(reports, app.name)


def _replies(tx: Tx, settings: Settings) -> Finding:
    found = onboarding.replies(
        replies.latest_at(tx),
        address=homes.address_of(settings, REPLIES),
        is_reachable=homes.is_reachable(settings),
    )
    return doctor.step(found)
