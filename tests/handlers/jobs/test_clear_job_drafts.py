from datetime import timedelta

from bot.rules.requests import RequestState
from handlers.flows.job_drafts import Pasted
from handlers.jobs import clear_job_drafts
from storage import messages
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.job_lists import checked, draft_of, list_content, number, request_of
from tests.handlers.jobs.conftest import Stage

SECOND = timedelta(seconds=1)


async def shown(stage: Stage) -> Request:
    """A send to two, read and waiting for its requester's word."""
    settings = stage.services.settings

    def draft(tx: Tx) -> Request:
        list_content(tx)
        pasted = Pasted((number(1), number(2)))
        return checked(tx, draft_of(settings, pasted, "2220", "Lin"), settings, now=stage.now)

    return await stage.services.db.write(draft)


async def test_a_draft_stays_while_it_can_be_confirmed(stage: Stage) -> None:
    request = await shown(stage)
    await clear_job_drafts.run(stage.services, request.expires_at - SECOND)
    assert (await stage.services.db.read(request_of, request.id)).state is RequestState.DRAFT
    assert len(await stage.services.db.read(messages.of_request, request.id)) == 2


async def test_what_nobody_confirmed_in_time_ends_and_leaves_no_row(stage: Stage) -> None:
    request = await shown(stage)
    stage.services.cards_due.clear()
    await clear_job_drafts.run(stage.services, request.expires_at)
    assert (await stage.services.db.read(request_of, request.id)).state is RequestState.EXPIRED
    assert stage.services.cards_due.is_set()
    assert await stage.services.db.read(messages.of_request, request.id) == []
