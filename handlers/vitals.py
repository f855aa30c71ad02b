"""How the bot itself is: what /readyz, /metrics, the heartbeat and the watch on it go by."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import StorageError
from bot.meters import Wire
from bot.rules.alert_life import GroupState
from bot.rules.alerts import Severity
from bot.rules.delivery import MessageState
from bot.rules.vitals import Bounds, BrokenJob, Slot, Vitals
from bot.settings import Settings
from handlers.services import Services
from storage import (
    alert_groups,
    cards,
    envelopes,
    job_faults,
    message_queue,
    messages,
    posts,
    schedules,
    space,
)
from storage.db import Tx

#: What a crash left of Slack's envelopes longer ago is not run any more, and waits for nothing.
LOOK_BACK = timedelta(minutes=10)
#: A longer queue is told to be so long.
COUNTED_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says of the bot."""

    oldest_envelope_at: datetime | None
    oldest_call_at: datetime | None
    oldest_post_at: datetime | None
    posts_waiting: int
    broken_jobs: tuple[BrokenJob, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits, and since when; and the open alerts."""

    messages: dict[MessageState, int]
    """Not settled yet, by state: of those queued the ones no job holds."""
    next_message_at: datetime | None
    """When the single message that waits longest was due, or is."""
    next_card_at: datetime | None
    """The same of a card."""
    alerts: dict[tuple[GroupState, Severity], int]


async def take(services: Services, now: datetime) -> Vitals:
    """What is measured of the bot now. Raises StorageError where its database does not answer."""
    db = services.db
    every_s = {job.name: float(job.every_s) for job in services.registry.jobs}
    stored = await db.read(stored_vitals, every_s, now)
    outage = services.slack.wire.reach.look(now)
    ticked_at_s = services.meters.ticked_at_s
    loop_s = asyncio.get_running_loop().time()
    try:
        of_disk = space.look(db.path)
    except OSError as error:
        raise StorageError(str(error)) from error
    return Vitals(
        at=now,
        steady_since=services.meters.steady_since or now,
        tick_age_s=None if ticked_at_s is None else loop_s - ticked_at_s,
        is_writable=db.is_writable,
        is_stopping=services.stopping.is_set(),
        oldest_envelope_at=stored.oldest_envelope_at,
        oldest_call_at=stored.oldest_call_at,
        oldest_post_at=stored.oldest_post_at,
        posts_waiting=stored.posts_waiting,
        is_slack_away=outage is not None and outage.is_lasting(now),
        slack_back_at=services.slack.wire.reach.back_at,
        broken_jobs=stored.broken_jobs,
        slots=stored.slots,
        space=of_disk,
        clocks_off_s=clocks_off(services),
    )


def bounds_of(settings: Settings) -> Bounds:
    """What app.yaml says of the bot's own state."""
    health = settings.health
    return Bounds(health.disk_free_mb, health.clock_off_s, health.posts_late_s)


def wires(services: Services) -> dict[str, Wire]:
    """The ways to others' APIs, by whose."""
    found = {"slack": services.slack.wire, "tencent": services.tencent.wire}
    return found if services.voice is None else {**found, "voice": services.voice.wire}


def clocks_off(services: Services) -> dict[str, float]:
    """By whose, how many seconds it is ahead of ours; of those who said. Voice is Tencent's too."""
    known = {who: wire.dates.off_s for who, wire in wires(services).items() if who != "voice"}
    return {who: off_s for who, off_s in known.items() if off_s is not None}


def stored_vitals(tx: Tx, every_s: dict[str, float], now: datetime) -> Stored:
    return Stored(
        oldest_envelope_at=envelopes.oldest_unfinished(tx, now - LOOK_BACK),
        oldest_call_at=messages.oldest_in_flight(tx),
        oldest_post_at=posts.oldest_waiting(tx, now),
        posts_waiting=posts.count_waiting(tx),
        broken_jobs=tuple(job_faults.find(tx)),
        slots=tuple(
            Slot(job, due_at, every_s[job])
            for job, due_at in schedules.find_all(tx)
            if job in every_s
        ),
    )


def queues(tx: Tx) -> Queues:
    """How much waits, and since when."""
    return Queues(
        messages=messages.count_open(tx, COUNTED_MOST),
        next_message_at=message_queue.next_due(tx),
        next_card_at=cards.next_due(tx),
        alerts=alert_groups.count_open(tx),
    )
