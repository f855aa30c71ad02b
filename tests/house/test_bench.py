"""The bench says what it promises and measures what it says. Nothing is timed here."""

import asyncio
import json
import time
from contextlib import closing
from datetime import timedelta
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.tencent import TencentSandbox
from bot.tencent.callbacks import parse_status_reports
from storage.db import connect, open_database
from storage.vault import Vault
from tests.bench import load, requests, senders, summing
from tests.bench.auditing import auditing_time
from tests.bench.authorising import authorising
from tests.bench.figures import FIGURES, Reading, report
from tests.bench.idling import idling
from tests.bench.ingesting import ingesting
from tests.bench.limiting import limiting
from tests.bench.listing import listing_time
from tests.bench.processes import serving
from tests.bench.queueing import queueing
from tests.bench.routing import a_tree, grouped, routing_time, some_alerts
from tests.bench.simulating import simulate, simulating_time, write_traffic

GOALS = {
    "ack_vs_bolt": ("≤", 0.25),
    "ack_rate_vs_bolt": ("≥", 0.5),
    "ack_vs_unasked": ("≤", 1.05),
    "audit_vs_hmac": ("≥", 0.5),
    "help_vs_imports": ("≤", 0.3),
    "ingest1_vs_bare": ("≥", 0.6),
    "ingest1_vs_empty": ("≥", 0.35),
    "ingest1_vs_flask": ("≥", 10.0),
    "ingest100_vs_executemany": ("≥", 0.4),
    "ingest1_p99_vs_p50": ("≤", 10.0),
    "ingest_bytes": ("≤", 1.0),
    "limit_vs_insert": ("≤", 2.0),
    "lint_ms": ("≤", 1.0),
    "list_100k_ms": ("≤", 100.0),
    "route_vs_loop": ("≤", 0.5),
    "send_vs_sdk": ("≥", 3.0),
    "send_vs_httpx": ("≥", 0.8),
    "send_vs_httpx_20ms": ("≥", 0.8),
    "send_cpu_vs_httpx": ("≤", 1.5),
    "queue_vs_csv": ("≥", 0.3),
    "queue_memory": ("≤", 1.0),
    "simulate_1m_s": ("≤", 5.0),
    "summary_10m_ms": ("≤", 50.0),
    "idle_cpu": ("≤", 1.0),
}


def test_every_promised_figure_is_there_with_its_goal_and_its_meaning() -> None:
    assert {f.name: (f.bound.value, f.goal) for f in FIGURES} == GOALS
    assert all(figure.meaning and figure.unit for figure in FIGURES)


def test_the_last_line_is_one_json_object_and_the_table_names_what_was_missed() -> None:
    met = {figure.name: Reading(2.0, 1.0, figure.goal) for figure in FIGURES}
    missed = met | {"ingest1_vs_bare": Reading(1.0, 2.0, 0.59)}
    *lines, last = report(missed, sandbox_send_per_s=2345.6).splitlines()
    assert json.loads(last) == {
        **{f.name: f.goal for f in FIGURES},
        "ingest1_vs_bare": 0.59,
        "sandbox_send_per_s": 2346,
    }
    assert [line.split()[0] for line in lines if "MISSED" in line] == ["ingest1_vs_bare"]
    assert len(lines) == 1 + len(FIGURES) + 1
    assert lines[-1].split()[:3] == ["sandbox_send_per_s", "2,345.6", "/s"]


def parted(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    headers = BytesParser().parsebytes(head.partition(b"\r\n")[2])
    assert int(headers["Content-Length"]) == len(body)
    return dict(headers.items()), body


def test_no_two_commands_are_alike_and_slack_would_have_signed_each() -> None:
    made = [parted(each) for each in requests.commands(3, signing_secret="s", port=1)]
    assert len({parse_qs(body.decode())["trigger_id"][0] for _, body in made}) == 3
    verifier = SignatureVerifier("s")
    assert all(verifier.is_valid_request(body, headers) for headers, body in made)


def test_no_two_reports_are_alike_and_each_is_read_as_one() -> None:
    posts = [*requests.reports(500, path="/"), *requests.reports(5, path="/", each=100)]
    read = [parse_status_reports(parted(post)[1]) for post in posts]
    serials = [one.serial for found in read if isinstance(found, tuple) for one in found]
    assert len(serials) == len(set(serials)) == 1_000


async def test_no_two_sends_are_alike_and_the_sandbox_takes_each() -> None:
    sandbox = TencentSandbox()
    url = await sandbox.start()
    port = int(url.rpartition(":")[2])
    await load.play(port, requests.sends(40, port=port), 4)
    codes = [attempt.code for attempt in sandbox.world.state.ledger]
    await sandbox.stop()
    assert codes == ["Ok"] * 40
    assert len(sandbox.world.state.ledger.numbers()) == 40


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b""])
async def test_an_answer_that_is_no_200_spoils_the_round(answer: bytes) -> None:
    with pytest.raises(load.WrongAnswerError):
        await played(answer, 3)


async def test_a_round_sends_everything_and_waits_for_whole_answers() -> None:
    began = time.perf_counter()
    found = await played(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabcd", 50)
    assert len(found.each_s) == 50
    assert 0 < found.whole_s < time.perf_counter() - began


async def played(answer: bytes, count: int) -> load.Played:
    """`count` requests over three connections to a server that gives `answer` in two pieces."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_body = requests.post("/", {}, b"?")
        while await reader.read(len(with_body)):
            for piece in (answer[:20], answer[20:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if not answer:
                break
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        sent = (requests.post("/", {}, b"?") for _ in range(count))
        return await load.play(server.sockets[0].getsockname()[1], sent, 3)


async def test_both_sides_store_the_same_rows_and_the_files_size_is_a_rows(
    tmp_path: Path,
) -> None:
    with ingesting(tmp_path) as bot:
        reading = await bot.hundreds(rounds=1, posts=3)
        size = bot.size()
    assert reading.ours > 0
    assert reading.theirs > 0
    assert 0 < size.ours < 10_000


async def test_both_sides_queue_the_whole_list(tmp_path: Path) -> None:
    pace, memory = await queueing(tmp_path, rows=3_000)
    assert pace.ours > 0
    assert pace.theirs > 0
    assert memory.ratio == memory.ours / 150


async def test_all_three_send_as_much_as_they_say(tmp_path: Path) -> None:
    with serving("tencent_answers", tmp_path) as tencent, senders.trusting(tencent.certificate):
        paces = [
            senders.by_sdk(tencent.port, tencent.certificate, 40),
            await senders.by_httpx(tencent.port, 40),
            await senders.by_bot(tencent.slow_port, tmp_path / "bot", 40),
        ]
    assert all(pace.per_s > 0 and pace.cpu_us > 0 for pace in paces)


async def test_every_send_is_decided_and_stored_on_both_sides(tmp_path: Path) -> None:
    found = await limiting(tmp_path, known=100, rounds=2, each=20)
    assert found.ours > 0
    with closing(connect(tmp_path / "limits.db")) as conn:
        assert conn.execute("SELECT count(*) FROM messages").fetchone()[0] == 100 + 2 * 2 * 20
        assert conn.execute("SELECT sum(begun) FROM limit_days").fetchone()[0] == 2 * 20


async def test_what_is_summed_up_is_what_counting_every_message_gives(tmp_path: Path) -> None:
    assert (await summing.summing(tmp_path, messages=5_000, rounds=1)).ours > 0
    month = summing.every_message(3_000)
    with closing(open_database(tmp_path / "sums.db", Vault(bytes(64)))) as db:
        await summing.write(db, month)
        found = await summing.read(db)
    summing.check(found, month)
    with pytest.raises(ValueError, match="not what counting gives"):
        summing.check(found, month[1:])


async def test_the_idle_bot_has_its_reviews_and_its_alerts(tmp_path: Path) -> None:
    found = await idling(tmp_path, reviews=20, alerts=3, span_s=0.2)
    assert found.ours > 0
    assert found.ratio == found.ours / found.theirs


async def test_every_send_of_the_file_is_simulated_and_the_policies_differ(tmp_path: Path) -> None:
    assert (await simulating_time(tmp_path, sends=2_000, rounds=1)).ours > 0
    write_traffic(tmp_path / "traffic.db", 5_000, span=timedelta(hours=1))
    found = await simulate(tmp_path / "traffic.db")
    assert found.sends == 5_000
    assert found.numbers > 1_000
    assert found.blocked.keys() == {"otp", "notice", "marketing"}


def test_both_sides_check_the_same_chain() -> None:
    # Raises where the last code is not the one the plain loop comes to.
    assert auditing_time(rounds=1, count=500).ours > 0


async def test_both_sides_acknowledge_the_same_command(tmp_path: Path) -> None:
    # Raises where one of them does not.
    found = await authorising(tmp_path, rounds=1, each=2)
    assert min(found.ours, found.theirs) > 0


def test_both_sides_route_and_group_the_same_alerts() -> None:
    # Raises where the plain loop finds other groups.
    assert routing_time(rounds=1, count=500).ours > 0
    groups = grouped(a_tree(), some_alerts(500))
    assert sum(map(len, groups.values())) == 500
    assert len({route for route, _ in groups}) > 40


async def test_a_list_of_alerts_finds_what_it_is_to_find(tmp_path: Path) -> None:
    # Raises where a page is empty.
    assert (await listing_time(tmp_path, count=2_000, rounds=1)).ours > 0
