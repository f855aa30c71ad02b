"""The figures `make bench` prints: what each compares, and where it must lie."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


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
)


def report(readings: Mapping[str, Reading]) -> str:
    """The table, and as the last line one JSON object: figure to ratio."""
    ratios = {figure.name: round(readings[figure.name].ratio, 4) for figure in FIGURES}
    return f"{table(readings)}\n{json.dumps(ratios)}\n"


def table(readings: Mapping[str, Reading]) -> str:
    """The figures as a person reads them, one a line."""
    width = max(len(figure.name) for figure in FIGURES)
    head = f"{'':{width}} {'ratio':>8} {'goal':>7}         {'ours':>9} {'theirs':>9}"
    return "\n".join([head, *(_line(figure, readings[figure.name], width) for figure in FIGURES)])


def _line(figure: Figure, reading: Reading, width: int) -> str:
    verdict = "ok" if figure.holds(reading.ratio) else "MISSED"
    return (
        f"{figure.name:{width}} {reading.ratio:8.3f} {figure.bound.value} {figure.goal:<5g} "
        f"{verdict:6} {reading.ours:9,.1f} {reading.theirs:9,.1f} {figure.unit:2}  {figure.meaning}"
    )
