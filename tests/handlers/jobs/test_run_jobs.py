"""What `run_jobs` does where it is the only thing there is to do."""

from datetime import timedelta

from bot.rules.delivery import MessageState
from handlers.flows import jobs as running
from handlers.jobs import run_jobs
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows.running import approve_job
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.test_sending_jobs import counts, numbers
from tests.storage.rows import LIN

HOUR = timedelta(hours=1)


async def test_what_is_left_of_a_job_cancelled_before_its_start_is_cleared_away(
    stage: Stage,
) -> None:
    def approve(tx: Tx) -> RequestId:
        return approve_job(tx, numbers(3), at=stage.now + HOUR, now=stage.now)

    request_id = await stage.services.db.write(approve)
    await stage.services.db.write(running.cancel, request_id, LIN, stage.now)
    await run_jobs.run(stage.services, stage.now)
    assert await counts(stage, request_id) == {MessageState.CANCELLED: 3}


async def test_a_single_message_that_waited_beyond_its_time_is_left_out(stage: Stage) -> None:
    message = await stage.queue()
    await stage.change("UPDATE messages SET give_up_at_ms = 0 WHERE id = :id", id=message.id)
    await run_jobs.run(stage.services, stage.now)
    assert (await stage.get(message)).state is MessageState.SKIPPED
