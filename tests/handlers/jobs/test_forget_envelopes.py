from datetime import timedelta

from handlers.jobs import forget_envelopes
from storage import envelopes
from storage.envelopes import Arrival, Envelope
from tests.handlers.jobs.conftest import Stage

OLD, NEW = Envelope("event:1", "event_callback", "{}"), Envelope("event:2", "event_callback", "{}")


async def test_only_keys_nobody_repeats_any_more_are_forgotten(stage: Stage) -> None:
    db, now = stage.services.db, stage.now
    await db.write(envelopes.add, OLD, now - forget_envelopes.KEEP - timedelta(seconds=1))
    await db.write(envelopes.add, NEW, now - timedelta(minutes=6))
    await forget_envelopes.run(stage.services, now)
    assert await db.write(envelopes.add, OLD, now) is Arrival.NEW
    assert await db.write(envelopes.add, NEW, now) is not Arrival.NEW
