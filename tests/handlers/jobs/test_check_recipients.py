"""Lists fetched from Slack and read while they come, over real HTTP."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import httpx
import pytest

from bot.errors import SlackError
from bot.rules.recipients import CheckFault
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.slack.files import FileFault
from handlers.flows.recipients import CHUNK_ROWS
from handlers.jobs import check_recipients
from handlers.jobs.check_recipients import Inflow
from storage import checks, jobs
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import Job
from tests.handlers.flows import lists
from tests.handlers.jobs.conftest import Stage
from tests.journeys.clock import HandClock
from tests.journeys.people import LIN, Page
from tests.sheets.books import book
from tests.storage.rows import NOW

ROWS = [["手机号", "1"], ["13800000001", "A1"], ["13800000002", "B2"], ["nobody", "C3"]]
CSV = "\r\n".join(",".join(row) for row in ROWS).encode("gb18030")


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return HandClock(NOW)


@pytest.fixture
async def page(stage: Stage) -> AsyncIterator[Page]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Page(stage.workspace, http)


async def draft(
    stage: Stage, page: Page, body: bytes, name: str = "list.csv", *, size_bytes: int = 0
) -> RequestId:
    """A draft with a file that Lin shared, so long as Slack said."""
    message = await page.share(LIN, name, body)
    file = message["files"][0]
    source = {
        "file_id": file["id"],
        "url": file["url_private"],
        "name": name,
        "size_bytes": size_bytes,
    }
    return await stage.services.db.write(lists.add_draft, source)


async def job_of(stage: Stage, request_id: RequestId) -> Job:
    job = await stage.services.db.read(jobs.get, request_id)
    assert job is not None
    return job


async def checked(stage: Stage, request_id: RequestId) -> Job:
    await check_recipients.run(stage.services, stage.now)
    return await job_of(stage, request_id)


@pytest.mark.parametrize("body", [CSV, book(ROWS)], ids=["csv", "xlsx"])
async def test_a_shared_list_is_read_and_can_be_confirmed(
    stage: Stage, page: Page, body: bytes
) -> None:
    job = await checked(stage, await draft(stage, page, body, "whatever.png"))
    assert (job.total, job.bad_rows, job.check_fault) == (2, 1, "")
    assert job.checked_at is not None
    assert stage.services.cards_due.is_set()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"\x89PNG\r\n\x1a\n1234", CheckFault.PICTURE),
        ("姓名,1\nx,y".encode(), CheckFault.NO_PHONE_COLUMN),
        (b"phone,1\n" + b"x" * 100_000, CheckFault.LINE_TOO_LONG),
        (book(ROWS)[:-100], CheckFault.DAMAGED),
    ],
)
async def test_a_file_that_is_no_list_is_refused_with_its_reason(
    stage: Stage, page: Page, body: bytes, fault: CheckFault
) -> None:
    job = await checked(stage, await draft(stage, page, body))
    assert (job.check_fault, job.total) == (fault.value, 0)
    assert job.checked_at is not None


async def test_a_file_that_is_gone_is_told(stage: Stage) -> None:
    source = {"url": f"{stage.workspace.url}/files-pri/T0-F0GONE/list.csv"}
    request_id = await stage.services.db.write(lists.add_draft, source)
    assert (await checked(stage, request_id)).check_fault == "file_gone"


async def test_an_address_of_somebody_else_gets_no_token(stage: Stage) -> None:
    source = {"url": "https://files.example/list.csv"}
    request_id = await stage.services.db.write(lists.add_draft, source)
    assert (await checked(stage, request_id)).check_fault == "file_foreign"


async def test_a_file_slack_does_not_give_out_now_is_fetched_later(
    stage: Stage, page: Page, clock: HandClock
) -> None:
    request_id = await draft(stage, page, CSV)
    stage.workspace.faults.add(Fault("files.download", FaultKind.SERVER_ERROR))
    assert (await checked(stage, request_id)).checked_at is None
    clock.advance(timedelta(seconds=3))
    assert (await checked(stage, request_id)).total == 2


async def test_a_reading_that_was_killed_goes_on(stage: Stage, page: Page) -> None:
    body = "phone,1\n" + "".join(f"138{nth:08d},V\n" for nth in range(5_000))
    request_id = await draft(stage, page, body.encode())

    def read_some(tx: Tx) -> None:
        lists.read(tx, request_id, body, stage.services.settings, chunks=1)

    await stage.services.db.write(read_some)
    before = await job_of(stage, request_id)
    job = await checked(stage, request_id)
    assert (before.total, before.checked_at) == (CHUNK_ROWS, None)
    assert (job.total, job.duplicates, job.check_fault) == (5_000, 0, "")


@pytest.mark.parametrize("body", [CSV, book(ROWS)], ids=["csv", "xlsx"])
async def test_a_file_that_comes_cut_short_is_fetched_again(
    stage: Stage, page: Page, body: bytes
) -> None:
    request_id = await draft(stage, page, body, size_bytes=len(body) + 1)
    job = await checked(stage, request_id)
    assert (job.total, job.checked_at, job.check_fault) == (0, None, "")
    facts = await stage.services.db.read(checks.facts, request_id)
    assert facts.failures == 1


async def test_a_file_that_is_longer_than_it_was_is_another(stage: Stage, page: Page) -> None:
    job = await checked(stage, await draft(stage, page, CSV, size_bytes=len(CSV) - 1))
    assert (job.total, job.check_fault) == (0, "file_changed")


async def test_a_file_of_the_size_that_was_told_is_whole(stage: Stage, page: Page) -> None:
    job = await checked(stage, await draft(stage, page, CSV, size_bytes=len(CSV)))
    assert (job.total, job.check_fault) == (2, "")


async def dripping() -> AsyncGenerator[bytes | FileFault, None]:
    while True:
        await asyncio.sleep(0)
        yield b""


async def silent() -> AsyncGenerator[bytes | FileFault, None]:
    await asyncio.Event().wait()
    yield b""


@pytest.mark.parametrize("pieces", [dripping, silent])
async def test_a_file_that_drips_gives_its_place_to_another(
    pieces: Callable[[], AsyncGenerator[bytes | FileFault, None]],
) -> None:
    inflow = Inflow(pieces(), patience_s=0.01)
    with pytest.raises(SlackError) as raised:
        await asyncio.to_thread(list, inflow)
    await inflow.close()
    assert (raised.value.code, raised.value.permanent) == ("too_slow", False)


async def test_several_lists_are_read_beside_one_another(stage: Stage, page: Page) -> None:
    request_ids = [await draft(stage, page, CSV) for _ in range(5)]
    await check_recipients.run(stage.services, stage.now)
    assert [(await job_of(stage, each)).total for each in request_ids] == [2] * 5


async def test_a_reading_that_is_stopped_leaves_no_thread_waiting() -> None:
    never = asyncio.Event()
    begun = threading.Event()

    async def pieces() -> AsyncGenerator[bytes | FileFault, None]:
        yield b"phone\n"
        await never.wait()

    inflow = Inflow(pieces())

    def take() -> list[bytes]:
        taken = []
        for piece in inflow:
            taken.append(piece)
            begun.set()
        return taken

    thread = asyncio.create_task(asyncio.to_thread(take))
    await asyncio.to_thread(begun.wait)
    await inflow.close()
    with suppress(BaseException):
        await thread
    assert thread.done()
