"""Reaches who is on call: takes the steps that are due, makes calls, hears what came of them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import StorageError, WrongDataKey
from bot.rules.numbers import mask
from bot.settings.oncall import Voice
from bot.tencent.voice import Callee, CallOutcome, VoiceClient
from bot.tencent.wire import Refused, Unknown, UnknownReason
from handlers.flows import calls, reaching, trials
from handlers.flows.reaching import Dial
from handlers.jobs import refresh_oncall
from handlers.services import Services
from storage import escalations
from storage.db import Tx

log = logging.getLogger("smsops.oncall")
#: A step that broke is tried again then.
AGAIN_AFTER = timedelta(seconds=30)


async def run(services: Services, now: datetime) -> datetime | None:
    """Takes every step that is due; returns when the next one is."""
    seen = await _reach(services, now)
    if seen.has_trials and not services.stopping.is_set():
        return await _try(services)
    return seen.next_at


async def _reach(services: Services, now: datetime) -> "_Seen":
    """Hears what there is to hear and takes every step that is due; what there is after that."""
    seen = await services.db.read(_look, now)
    if seen.has_news:
        await _hear(services, now)
        services.wake()
        seen = await services.db.read(_look, now)
    while seen.due and not services.stopping.is_set():
        await refresh_oncall.bring_up_to_date(services, now)
        taken = [await _take(services, group_id, now) for group_id in seen.due]
        services.wake()
        dials = [dial for each in taken for dial in each]
        await asyncio.gather(*(_dial(services, dial) for dial in dials))
        now = services.clock()
        seen = await services.db.read(_look, now)
    return seen


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is to do. One look: most find nothing, and there is one a second."""

    has_news: bool
    due: Sequence[str]
    next_at: datetime | None
    has_trials: bool


def _look(tx: Tx, now: datetime) -> _Seen:
    return _Seen(
        has_news=_has_news(tx, now),
        due=reaching.find_due(tx, now),
        next_at=escalations.next_due(tx),
        has_trials=_has_trials(tx, now),
    )


def _has_news(tx: Tx, now: datetime) -> bool:
    """What cannot be read of earlier calls must not keep anybody from being called."""
    try:
        return calls.has_news(tx, now)
    except Exception:
        log.exception("hearing broke", extra={"event": "hearing_broke"})
        return False


def _has_trials(tx: Tx, now: datetime) -> bool:
    """Nor must what cannot be seen of numbers that are to be tried."""
    try:
        return trials.has_any(tx, now)
    except Exception:
        log.exception("trials broke", extra={"event": "trials_broke"})
        return False


async def _hear(services: Services, now: datetime) -> None:
    """Nor must what breaks when it is heard."""
    try:
        await services.db.write(calls.hear, services.settings, now)
    except Exception:
        log.exception("hearing broke", extra={"event": "hearing_broke"})


async def _try(services: Services) -> datetime | None:
    """Numbers that are to be tried, after everybody who is called about an alert. While Tencent
    answers nothing the steps that come due are taken all the same; returns when the next one is."""
    dials = await services.db.write(trials.take, services.settings, services.clock())
    services.wake()
    made = asyncio.gather(*(_dial(services, dial) for dial in dials))
    try:
        while not made.done():
            await _ended_or_rung(made, services.calls_due)
            await _reach(services, services.clock())
    except asyncio.CancelledError:
        made.cancel()
        raise
    finally:
        await made
    return await services.db.read(escalations.next_due)


async def _ended_or_rung(made: "asyncio.Future[list[None]]", bell: asyncio.Event) -> None:
    ring = asyncio.ensure_future(bell.wait())
    both: set[asyncio.Future[Any]] = {made, ring}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        bell.clear()
    finally:
        ring.cancel()


async def _take(services: Services, group_id: str, now: datetime) -> Sequence[Dial]:
    """One that breaks must not keep the others from being called."""
    try:
        return await services.db.write(_step, group_id, services, now)
    except Exception as error:
        # A cell that cannot be opened is one row's fault; a disk is everybody's.
        if isinstance(error, StorageError) and not isinstance(error, WrongDataKey):
            raise
        log.exception("step broke", extra={"event": "step_broke", "group": group_id})
        await services.db.write(reaching.put_off, group_id, now + AGAIN_AFTER)
        return ()


def _step(tx: Tx, group_id: str, services: Services, now: datetime) -> Sequence[Dial]:
    began_at = services.watch.began_at
    return reaching.take(tx, group_id, services.settings, now, began_at=began_at)


async def _dial(services: Services, dial: Dial) -> None:
    """One call, once; where anything breaks on the way, nobody can tell whether it was made."""
    voice = services.settings.oncall.voice
    outcome: CallOutcome = Unknown(UnknownReason.PROTOCOL, "broke")
    try:
        if services.voice is not None and voice is not None:
            outcome = await _ask(services.voice, voice, dial)
    except Exception:
        log.exception("call broke", extra={"event": "call_broke"})
    log.info(
        "call made",
        extra={
            "event": "call_made",
            "number": mask(dial.number),
            "outcome": type(outcome).__name__.lower(),
        },
    )
    await services.db.write(_settle, dial, outcome, services)
    services.wake()


def _settle(tx: Tx, dial: Dial, outcome: CallOutcome, services: Services) -> None:
    now = services.clock()
    calls.settle(tx, dial.attempt, outcome, now)
    if isinstance(outcome, Refused) and calls.are_all_refused(outcome):
        with tx.apart("alert"):
            calls.tell(tx, outcome.code, services.settings, now)


async def _ask(client: VoiceClient, voice: Voice, dial: Dial) -> CallOutcome:
    callee = Callee(dial.number, voice.sdk_app_id, dial.attempt, voice.plays)
    # The signature carries the committed time: five minutes on, no late copy is accepted.
    return await client.call_with_text(
        callee, voice.template, dial.values, signed_at=dial.signed_at
    )
