"""The measurements: short rounds in turn, so that both sides of a ratio see the same machine."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import load, requests, senders
from tests.bench.auditing import auditing_time
from tests.bench.authorising import authorising
from tests.bench.figures import Reading
from tests.bench.idling import idling
from tests.bench.ingesting import ingesting
from tests.bench.limiting import limiting
from tests.bench.linting import lint_time
from tests.bench.listing import listing_time
from tests.bench.processes import Server, serving
from tests.bench.queueing import queueing
from tests.bench.routing import routing_time
from tests.bench.senders import Pace
from tests.bench.simulating import simulating_time
from tests.bench.summing import summing

AT_ONCE = 32
EVERYTHING = """
import aiohttp.web, apscheduler.schedulers.asyncio, httpx, pydantic, slack_bolt.async_app
import sqlite_utils, bot.app
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Every figure by its name, and the ceiling of the stand-in."""

    readings: Mapping[str, Reading]
    sandbox_send_per_s: float


async def run(folder: Path) -> Found:
    """Everything. `folder` must lie on a disk."""
    readings = {
        "help_vs_imports": help_time(),
        "lint_ms": lint_time(),
        "route_vs_loop": routing_time(),
        "audit_vs_hmac": auditing_time(),
    }
    readings["queue_vs_csv"], readings["queue_memory"] = await queueing(folder)
    readings["limit_vs_insert"] = await limiting(folder)
    readings["simulate_1m_s"] = await simulating_time(folder)
    readings["summary_10m_ms"] = await summing(folder)
    readings["list_100k_ms"] = await listing_time(folder)
    readings["idle_cpu"] = await idling(folder)
    readings["ack_vs_unasked"] = await authorising(folder)
    with ExitStack() as stack:
        bot, bolt, same, bare, flask = (
            stack.enter_context(serving(name, folder))
            for name in ("bot_alone", "bare_bolt", "same_unstored", "bare_aiohttp", "flask_commit")
        )
        readings |= {
            "ack_vs_bolt": await ack_time(bot, bolt),
            "ack_rate_vs_bolt": await ack_rate(bot, bolt),
            "ingest1_vs_bare": await ingest(bot, 2_000, same, 3_000),
            "ingest1_vs_empty": await ingest(bot, 2_000, bare, 3_000),
            "ingest1_vs_flask": await ingest(bot, 2_000, flask, 200),
        }
    with ingesting(folder) as ingest_alone:
        readings |= {
            "ingest100_vs_executemany": await ingest_alone.hundreds(),
            "ingest1_p99_vs_p50": await ingest_alone.evenness(),
            "ingest_bytes": ingest_alone.size(),
        }
    with serving("tencent_answers", folder) as tencent:
        readings |= await sending(tencent, folder)
    with serving("tencent_sandbox", folder) as sandbox:
        return Found(readings, await sandbox_rate(sandbox))


async def sandbox_rate(sandbox: Server, rounds: int = 15, each: int = 1_000) -> float:
    """SendSms a second, 32 at once; signed before they are timed, reports of earlier rounds being
    settled meanwhile as they are in any longer run."""
    rates = []
    for _ in range(rounds):
        signed = list(requests.sends(each, port=sandbox.port))
        rates.append(each / (await load.play(sandbox.port, iter(signed), AT_ONCE)).whole_s)
    return median(rates)


async def sending(
    tencent: Server, folder: Path, rounds: int = 7, each: int = 1_500, by_sdk: int = 500
) -> dict[str, Reading]:
    """Requests a second, one number each, 32 at once; and the CPU of one."""
    sdk, bare, bot = list[Pace](), list[Pace](), list[Pace]()
    slow_bare, slow_bot = list[Pace](), list[Pace]()
    with senders.trusting(tencent.certificate):
        for nth in range(rounds):
            place = folder / f"send-{nth}"
            sdk.append(senders.by_sdk(tencent.port, tencent.certificate, by_sdk))
            bare.append(await senders.by_httpx(tencent.port, each))
            bot.append(await senders.by_bot(tencent.port, place, each))
            slow_bare.append(await senders.by_httpx(tencent.slow_port, each))
            slow_bot.append(
                await senders.by_bot(tencent.slow_port, place.with_suffix(".slow"), each)
            )
    return {
        "send_vs_sdk": _rates(bot, sdk),
        "send_vs_httpx": _rates(bot, bare),
        "send_vs_httpx_20ms": _rates(slow_bot, slow_bare),
        "send_cpu_vs_httpx": Reading.of([p.cpu_us for p in bot], [p.cpu_us for p in bare]),
    }


async def ack_time(bot: Server, bolt: Server, rounds: int = 15, each: int = 20) -> Reading:
    """Milliseconds of one acknowledgement, one at a time."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(median((await load.play(bot.port, _commands(bot, each), 1)).each_s) * 1e3)
        theirs.append(median((await load.play(bolt.port, _commands(bolt, each), 1)).each_s) * 1e3)
    return Reading.of(ours, theirs)


async def ack_rate(bot: Server, bolt: Server, rounds: int = 25, each: int = 300) -> Reading:
    """Acknowledgements a second, 32 at once."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(each / (await load.play(bot.port, _commands(bot, each), AT_ONCE)).whole_s)
        theirs.append(each / (await load.play(bolt.port, _commands(bolt, each), AT_ONCE)).whole_s)
    return Reading.of(ours, theirs)


async def ingest(
    bot: Server, to_bot: int, other: Server, to_other: int, rounds: int = 20
) -> Reading:
    """Reports a second, one a POST over 32 connections that stay open."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        for server, count, rates in ((bot, to_bot, ours), (other, to_other, theirs)):
            posts = requests.reports(count, path=server.callback_path)
            rates.append(count / (await load.play(server.port, posts, AT_ONCE)).whole_s)
    return Reading.of(ours, theirs)


def help_time(rounds: int = 5) -> Reading:
    """Milliseconds of `smsops --help`, and of importing everything."""
    smsops = [str(Path(sys.executable).with_name("smsops")), "--help"]
    everything = [sys.executable, "-c", EVERYTHING]
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_wall_ms(smsops))
        theirs.append(_wall_ms(everything))
    return Reading.of(ours, theirs)


def _wall_ms(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1e3


def _commands(server: Server, count: int) -> Iterator[bytes]:
    return requests.commands(count, signing_secret=server.signing_secret, port=server.port)


def _rates(ours: Sequence[Pace], theirs: Sequence[Pace]) -> Reading:
    return Reading.of([pace.per_s for pace in ours], [pace.per_s for pace in theirs])
