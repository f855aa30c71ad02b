"""What tells how the bot is, over HTTP and on a real file: whether it is ready, its figures."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import StorageError
from bot.meters import Dates
from bot.mounts import front, health, heartbeat
from bot.mounts.heartbeat import Heartbeat
from storage import posts, schedules
from storage.db import Database, Tx, open_database
from tests.mounts.benches import NOW, NOWHERE, SECRET, Bench, serve, settings_of
from tests.storage.rows import VAULT

REPORT = {"nationcode": "86", "mobile": "13800000001", "report_status": "FAIL", "sid": "5000:1"}


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


@pytest.fixture
async def stack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncExitStack]:
    monkeypatch.setattr(front, "LINGER_S", 0.05)
    # What was just answered is not asked for again for a second.
    monkeypatch.setattr(health, "READY_FOR_S", 0.0)
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def bench(db: Database, stack: AsyncExitStack) -> Bench:
    return await serve(db, stack, settings_of())


async def ready(bench: Bench) -> tuple[int, list[str]]:
    answer = await bench.http.get("/readyz")
    return answer.status_code, answer.json()["ailments"]


async def test_a_bot_that_is_well_is_ready(bench: Bench) -> None:
    assert await ready(bench) == (200, [])
    assert (await bench.http.get("/healthz")).json() == {"ok": True}


async def test_one_that_cannot_store_says_so_until_it_can(bench: Bench) -> None:
    db = bench.services.db
    conn = db._writer_conn
    (used,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count={used}")

    facts = {"text": "x" * 100_000}
    with pytest.raises(StorageError):
        await db.write(posts.add, "k", "kind", facts, channel="C0", now=NOW)
    assert await ready(bench) == (503, ["store"])
    conn.execute(f"PRAGMA max_page_count={used + 1_000}")
    assert await db.write(posts.add, "k", "kind", facts, channel="C0", now=NOW)
    assert await ready(bench) == (200, [])


async def test_one_that_stops_or_whose_clock_stands_is_given_nothing_to_do(bench: Bench) -> None:
    bench.services.meters.ticked_at_s = asyncio.get_running_loop().time() - 6
    assert await ready(bench) == (503, ["clock_stopped"])
    bench.services.stopping.set()
    assert await ready(bench) == (503, ["stopping", "clock_stopped"])


async def test_what_is_late_is_named_and_leaves_it_ready(bench: Bench) -> None:
    await bench.services.db.write(be_late)
    assert await ready(bench) == (200, ["posts", "jobs"])


def be_late(tx: Tx) -> None:
    """A post since ten minutes, and a job since an hour."""
    posts.add(tx, "late", "kind", {}, channel="C0SMS", now=NOW - timedelta(seconds=600))
    schedules.ensure(tx, "poll_reviews", NOW - timedelta(hours=1))


async def test_the_figures_follow_what_happens(bench: Bench) -> None:
    before = await bench.figures()
    assert before["smsops_ailment", "posts"] == 0
    assert ("smsops_callback_posts_total", "taken") not in before

    place = f"/callbacks/{SECRET}/demo"
    assert (await bench.http.post(place, json=[REPORT, {**REPORT, "sid": "5000:2"}])).is_success
    assert (await bench.http.post(place, json={"no": "callback"})).status_code == 400
    await bench.services.db.write(be_late)
    meters = bench.services.meters
    meters.acknowledged.note(0.03, "command")
    meters.sends.add("demo", "accepted", n=3)
    bench.services.slack.wire.calls.note("chat.postMessage", "ratelimited", 0.2)

    found = await bench.figures()
    assert found["smsops_callback_posts_total", "taken"] == 1
    assert found["smsops_callback_posts_total", "refused"] == 1
    assert found["smsops_callback_events_total", "demo"] == 2
    assert found["smsops_sends_total", "demo accepted"] == 3
    assert found["smsops_slack_calls_total", "ratelimited chat.postMessage"] == 1
    assert found["smsops_ack_seconds_bucket", "command 0.025"] == 0
    assert found["smsops_ack_seconds_bucket", "command 0.05"] == 1
    assert found["smsops_ack_seconds_bucket", "command +Inf"] == 1
    assert found["smsops_ack_seconds_sum", "command"] == 0.03
    assert found["smsops_outbox_waiting", ""] == 1
    assert found["smsops_outbox_oldest_seconds", ""] == 600
    assert found["smsops_job_late_seconds", "poll_reviews"] == 3600
    assert found["smsops_ailment", "posts"] == 1
    assert found["smsops_commit_seconds_count", ""] > before["smsops_commit_seconds_count", ""]
    assert found["smsops_writes_total", ""] > before["smsops_writes_total", ""]


async def test_prometheus_may_ask_for_the_newer_format(bench: Bench) -> None:
    kind = "application/openmetrics-text; version=1.0.0"
    answer = await bench.http.get("/metrics", headers={"Accept": kind})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("allowed", "forwarded", "status"),
    [
        (["127.0.0.1"], "", 200),
        (["127.0.0.1"], "203.0.113.9", 404),
        (["127.0.0.1"], "127.0.0.1, 203.0.113.9", 404),
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["203.0.113.0/24"], "", 404),
        ([], "", 404),
    ],
)
async def test_the_figures_are_for_whom_app_yaml_names(
    db: Database, stack: AsyncExitStack, allowed: list[str], forwarded: str, status: int
) -> None:
    bench = await serve(db, stack, settings_of(**{"metrics.allow_from": allowed}))
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = await bench.http.get("/metrics", headers=headers)
    nowhere = await bench.http.get("/nowhere")
    assert answer.status_code == status
    assert (answer.text == nowhere.text) == (status == 404)


class Switch:
    """What watches the bot: counts the beats, and answers as it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[], web.Response] = web.Response
        self.hangs = False
        self.has_beaten = asyncio.Event()
        """Twice: by itself, then."""

    async def take(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        if len(self.asked) == 2:
            self.has_beaten.set()
        if self.hangs:
            await asyncio.Event().wait()
        return self.answer()


@pytest.fixture
async def switch(stack: AsyncExitStack) -> tuple[Switch, str]:
    made = Switch()
    runner = web.ServerRunner(web.Server(made.take), shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    return made, f"http://{host}:{port}"


async def test_the_heart_beats_only_while_all_is_well(
    bench: Bench, switch: tuple[Switch, str], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, url = switch
    heart = Heartbeat(bench.services, bench.session, f"{url}/ping")
    assert await heart.beat()
    # Ready all the same, but nobody hears of anything.
    await bench.services.db.write(be_late)
    assert not await heart.beat()
    assert watcher.asked == ["GET /ping"]
    (record,) = (each for each in caplog.records if each.name == "smsops.heartbeat")
    assert vars(record)["reason"] == "posts, jobs"


async def test_an_unheard_beat_is_logged_and_harms_nothing(
    bench: Bench, switch: tuple[Switch, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, url = switch
    heart = Heartbeat(bench.services, bench.session, f"{url}/ping")
    watcher.answer = lambda: web.Response(status=500)
    assert not await heart.beat()
    watcher.answer = lambda: web.Response(status=302, headers={"Location": f"{url}/elsewhere"})
    assert not await heart.beat()
    monkeypatch.setattr(heartbeat, "WITHIN_S", 0.05)
    watcher.hangs = True
    assert not await heart.beat()
    assert not await Heartbeat(bench.services, bench.session, f"{NOWHERE}/ping").beat()
    assert watcher.asked == ["GET /ping"] * 3


async def test_the_heart_beats_by_itself_until_it_is_stopped(
    bench: Bench, switch: tuple[Switch, str]
) -> None:
    watcher, url = switch
    often = bench.services.settings.heartbeat.model_copy(update={"every_s": 0.01})
    settings = bench.services.settings.model_copy(update={"heartbeat": often})
    heart = Heartbeat(replace(bench.services, settings=settings), bench.session, f"{url}/ping")
    heart.start()
    async with asyncio.timeout(30):
        await watcher.has_beaten.wait()
    await heart.stop()
    assert heart.is_stopped


@pytest.mark.parametrize(
    ("date", "off_s"),
    [
        ("Mon, 23 Nov 2026 03:00:00 GMT", 0.5),
        ("Mon, 23 Nov 2026 03:01:00 GMT", 60.5),
        ("Mon, 23 Nov 2026 02:55:00 GMT", -299.5),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_of_an_answer_tells_how_far_the_clock_is_off(
    date: str | None, off_s: float | None
) -> None:
    dates = Dates(clock=NOW.timestamp)
    dates.note(date)
    assert dates.off_s == off_s
