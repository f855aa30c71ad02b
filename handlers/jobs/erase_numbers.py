"""Carries out approved erasures: everything with the number in it goes, and the file is free of it
before it is said to be gone.

What is found is read beside the writer. Whatever ends this, the next run finds what is left: the
request keeps the number until nothing else has it.
"""

import logging
from datetime import datetime

from handlers import erasing
from handlers.flows import erasures as flow
from handlers.services import Services
from storage import erasures
from storage.ids import RequestId

log = logging.getLogger("smsops.erase")
EVERY_S = 5
#: Rounds of one run: what came while one was under way is found by the next.
ROUNDS = 5


async def run(services: Services, now: datetime) -> None:
    """One that fails keeps no other from its end, and is tried again by the next run. Raises what
    failed first, so that it is told of."""
    failed: Exception | None = None
    for request_id in await services.db.read(erasures.find_open):
        try:
            is_over = await _carry_out(services, request_id, now)
        except Exception as error:
            extra = {"event": "erasure_failed", "request": request_id}
            log.warning("erasure failed", extra=extra)
            failed = failed or error
            continue
        if is_over:
            log.info("erased", extra={"event": "number_erased", "request": request_id})
        services.cards_due.set()
        services.posts_due.set()
    if failed is not None:
        raise failed


async def _carry_out(services: Services, request_id: RequestId, now: datetime) -> bool:
    """Whether it ended now."""
    number = await services.db.read(flow.number_of, request_id)
    if number is not None and not await _clear(services, request_id, number, now):
        return False
    # As long as anybody reads the file, its log keeps what was there: the next run empties it.
    if not await services.db.checkpoint():
        return False
    await services.db.write(flow.end, request_id, now)
    return True


async def _clear(services: Services, request_id: RequestId, number: str, now: datetime) -> bool:
    """Whether nothing has the number any more."""
    for _ in range(ROUNDS):
        if not await services.db.write(flow.prepare, request_id, services.settings, now):
            return False
        rows = await erasing.rows(services, number)
        if not await services.db.write(flow.clear, request_id, rows, now):
            return False
        for table in erasures.TEXTS:
            found = await erasing.texts(services, table, number)
            if found:
                await services.db.write(flow.cover, request_id, table, found, now)
        if not await erasing.is_left(services, number):
            await services.db.write(flow.close, request_id, now)
            return True
    return False
