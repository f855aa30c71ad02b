"""The figures `make bench` prints: what each compares, and where it must lie."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median


class Bound(Enum):
    """On which side of its goal a figure must lie."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio with its goal; `meaning` says what is divided by what, `unit` in what both are."""

    name: str
    bound: Bound
    goal: float
    unit: str
    meaning: str

    def holds(self, ratio: float) -> bool:
        return ratio <= self.goal if self.bound is Bound.AT_MOST else ratio >= self.goal


@dataclass(frozen=True, slots=True)
class Reading:
    """Ours and theirs as medians of all rounds; `ratio` is the median of each round's own."""

    ours: float
    theirs: float
    ratio: float

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float]) -> "Reading":
        """What came of rounds in turn."""
        ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
        return cls(median(ours), median(theirs), median(ratios))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that something the others are measured with can do. It has no goal and is compared
    with nothing: who measures against it must stay well below."""

    name: str
    unit: str
    meaning: str


FIGURES = (
    Figure(
        "ack_vs_bolt",
        Bound.AT_MOST,
        0.25,
        "ms",
        "a signed /sms help acknowledged, one at a time, over a bare Bolt listener",
    ),
    Figure(
        "ack_rate_vs_bolt",
        Bound.AT_LEAST,
        0.5,
        "/s",
        "the same, 32 at once",
    ),
    Figure(
        "ack_vs_unasked",
        Bound.AT_MOST,
        1.05,
        "ms",
        "a command taken in, its person and their roles asked for, over the same with nobody asked",
    ),
    Figure(
        "help_vs_imports",
        Bound.AT_MOST,
        0.3,
        "ms",
        "smsops --help over importing everything",
    ),
    Figure(
        "ingest1_vs_bare",
        Bound.AT_LEAST,
        0.6,
        "/s",
        "status reports, one a POST, over our own route, checks and parser, storing nothing",
    ),
    Figure(
        "ingest1_vs_empty",
        Bound.AT_LEAST,
        0.35,
        "/s",
        "the same, over an aiohttp handler that does not even look at the body",
    ),
    Figure(
        "ingest1_vs_flask",
        Bound.AT_LEAST,
        10.0,
        "/s",
        "status reports, one a POST, over Flask with a commit per request",
    ),
    Figure(
        "ingest100_vs_executemany",
        Bound.AT_LEAST,
        0.4,
        "/s",
        "status reports, 100 a POST, over executemany of the same rows into the same table, 100 a "
        "transaction",
    ),
    Figure(
        "ingest1_p99_vs_p50",
        Bound.AT_MOST,
        10.0,
        "ms",
        "the 99th of 100 answers to such a POST of one report, 32 at once, over the 50th",
    ),
    Figure(
        "ingest_bytes",
        Bound.AT_MOST,
        1.0,
        "B",
        "what the bot's file grows by for each of these reports, over the 150 bytes it may",
    ),
    Figure(
        "limit_vs_insert",
        Bound.AT_MOST,
        2.0,
        "µs",
        "the verdict of the limits and the intent of one send, each durable, 32 at once, over the "
        "bare insert of that row",
    ),
    Figure(
        "lint_ms",
        Bound.AT_MOST,
        1.0,
        "ms",
        "a template linted beside 1,000 known ones, over the millisecond it may take",
    ),
    Figure(
        "list_100k_ms",
        Bound.AT_MOST,
        100.0,
        "ms",
        "the first page of the alerts some matchers fit, of 100,000 that are open, over one "
        "millisecond",
    ),
    Figure(
        "audit_vs_hmac",
        Bound.AT_LEAST,
        0.5,
        "/s",
        "entries of the audit trail checked, over a plain loop of HMACs of the same bytes",
    ),
    Figure(
        "route_vs_loop",
        Bound.AT_MOST,
        0.5,
        "ms",
        "10,000 alerts routed through 61 routes and grouped, over a plain loop over the same "
        "matchers",
    ),
    Figure(
        "send_vs_sdk",
        Bound.AT_LEAST,
        3.0,
        "/s",
        "SendSms, each committed before and after, 32 at once, over the official SDK's 32 threads",
    ),
    Figure(
        "send_vs_httpx",
        Bound.AT_LEAST,
        0.8,
        "/s",
        "the same, over a bare loop of httpx on our transport that signs and stores nothing",
    ),
    Figure(
        "send_vs_httpx_20ms",
        Bound.AT_LEAST,
        0.8,
        "/s",
        "the same, to a Tencent that takes 20 ms",
    ),
    Figure(
        "send_cpu_vs_httpx",
        Bound.AT_MOST,
        1.5,
        "µs",
        "CPU of one such send, over one of the bare loop",
    ),
    Figure(
        "queue_vs_csv",
        Bound.AT_LEAST,
        0.3,
        "/s",
        "a list of 1,000,000 rows fetched, checked, sealed and queued, over csv.reader and "
        "executemany of plain text into the same table",
    ),
    Figure(
        "queue_memory",
        Bound.AT_MOST,
        1.0,
        "MB",
        "what the bot's memory grows by meanwhile, over the 150 MB it may",
    ),
    Figure(
        "simulate_1m_s",
        Bound.AT_MOST,
        5.0,
        "s",
        "1,000,000 sends read from the file and simulated under two policies, over one second",
    ),
    Figure(
        "idle_cpu",
        Bound.AT_MOST,
        1.0,
        "%",
        "of a core that the bot takes while nobody wants anything, with 1,000 pending reviews and "
        "100 open alerts, over the one percent it may",
    ),
    Figure(
        "summary_10m_ms",
        Bound.AT_MOST,
        50.0,
        "ms",
        "30 days of 10,000,000 messages summed up beside the span before, over one millisecond",
    ),
)


#: Of the stand-in, which checks every signature as the vendor does.
SANDBOX_CEILING = Ceiling(
    "sandbox_send_per_s",
    "/s",
    "SendSms the Tencent stand-in answers, 32 at once: what no send can be faster than",
)
WIDTH = max(len(name) for name in (SANDBOX_CEILING.name, *(figure.name for figure in FIGURES)))


def report(readings: Mapping[str, Reading], sandbox_send_per_s: float) -> str:
    """The table, and as the last line one JSON object: figure to ratio, and the ceiling."""
    found = {figure.name: round(readings[figure.name].ratio, 4) for figure in FIGURES}
    found[SANDBOX_CEILING.name] = round(sandbox_send_per_s)
    return f"{table(readings, sandbox_send_per_s)}\n{json.dumps(found)}\n"


def table(readings: Mapping[str, Reading], sandbox_send_per_s: float) -> str:
    """The figures as a person reads them, one a line."""
    head = f"{'':{WIDTH}} {'ratio':>8} {'goal':>7}         {'ours':>9} {'theirs':>9}"
    lines = (_line(figure, readings[figure.name], WIDTH) for figure in FIGURES)
    return "\n".join([head, *lines, _ceiling_line(SANDBOX_CEILING, sandbox_send_per_s)])


def _ceiling_line(ceiling: Ceiling, value: float) -> str:
    """As the line of a figure, with neither a ratio nor a goal."""
    name, unit = ceiling.name, ceiling.unit
    return f"{name:{WIDTH}} {'':25}{value:9,.1f} {'':9} {unit:2}  {ceiling.meaning}"


def _line(figure: Figure, reading: Reading, width: int) -> str:
    verdict = "ok" if figure.holds(reading.ratio) else "MISSED"
    return (
        f"{figure.name:{width}} {reading.ratio:8.3f} {figure.bound.value} {figure.goal:<5g} "
        f"{verdict:6} {reading.ours:9,.1f} {reading.theirs:9,.1f} {figure.unit:2}  {figure.meaning}"
    )
