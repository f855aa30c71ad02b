"""The database and its mark move on together, so that what is put back is recognised."""

from handlers.jobs import renew_generation
from storage.generations import mark_path
from tests.handlers.jobs.conftest import Stage


async def test_the_mark_is_another_after_every_run(stage: Stage) -> None:
    db, seen = stage.services.db, set()
    for _ in range(3):
        seen.add(mark_path(db.path).read_bytes())
        await renew_generation.run(stage.services, stage.services.clock())
    assert len(seen) == 3
