"""What a piece of work is about goes into every line it logs, and nowhere else."""

import asyncio
import json
import logging

from bot import trail
from bot.logs import JsonLines


def line(**extra: str) -> dict[str, str]:
    record = logging.makeLogRecord({"msg": "said", **extra})
    told: dict[str, str] = json.loads(JsonLines().format(record))
    return {k: v for k, v in told.items() if k not in {"at", "level", "logger", "message"}}


def test_outside_of_any_work_a_line_is_about_itself_alone() -> None:
    trail.note("request", "R-0000")
    assert line(event="x") == {"event": "x"}


def test_a_line_says_what_it_is_about_and_its_own_word_counts_more() -> None:
    with trail.following(envelope="e1", request="R-1111"):
        assert line() == {"envelope": "e1", "request": "R-1111"}
        assert line(request="R-2222") == {"envelope": "e1", "request": "R-2222"}
    assert line() == {}


def test_the_first_request_somebody_looks_at_is_what_an_envelope_is_about() -> None:
    with trail.following(takes_notes=True, envelope="e1") as ids:
        assert line() == {"envelope": "e1"}
        trail.note("request", "R-1111")
        trail.note("request", "R-2222")
        assert line() == {"envelope": "e1", "request": "R-1111"}
    assert ids["request"] == "R-1111"


def test_a_job_goes_through_many_requests_and_is_about_none() -> None:
    with trail.following(job="run_jobs"):
        trail.note("request", "R-1111")
        assert line() == {"job": "run_jobs"}
        with trail.following(request="R-2222"):
            assert line() == {"job": "run_jobs", "request": "R-2222"}
        assert line() == {"job": "run_jobs"}


async def test_what_is_begun_there_goes_on_about_the_same() -> None:
    async def later() -> dict[str, str]:
        await asyncio.sleep(0)
        return line()

    with trail.following(takes_notes=True, envelope="e1"):
        task = asyncio.create_task(later())
        trail.note("request", "R-1111")
    with trail.following(envelope="e2"):
        other = asyncio.create_task(later())
    assert await task == {"envelope": "e1", "request": "R-1111"}
    assert await other == {"envelope": "e2"}
