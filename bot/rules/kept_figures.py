"""Figures as plain JSON, so that what was once said can be said again, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from bot.rules.figures import COLUMNS, Counts, Coverage, Figures, Latency

_BY_NAME = tuple(
    each.name for each in fields(Figures) if each.name.startswith("by_") and each.name != "by_hour"
)
_BY_CODE = ("refused_by", "undelivered_by")


def payload(figures: Figures) -> dict[str, Any]:
    """Plain JSON that `figures_of` reads."""
    known_since = figures.known_since
    by_hour = {str(hour_s): _counts(counts) for hour_s, counts in figures.by_hour.items()}
    return {
        "apps": list(figures.apps),
        "since_s": int(figures.since.timestamp()),
        "until_s": int(figures.until.timestamp()),
        "total": _counts(figures.total),
        "latency": asdict(figures.latency),
        "coverage": asdict(figures.coverage),
        "by_hour": by_hour,
        "known_since_s": None if known_since is None else int(known_since.timestamp()),
        "compared": None if figures.compared is None else payload(figures.compared),
        **{name: dict(getattr(figures, name)) for name in _BY_CODE},
        **{
            name: {value: _counts(counts) for value, counts in getattr(figures, name).items()}
            for name in _BY_NAME
        },
    }


def figures_of(kept: Mapping[str, Any]) -> Figures:
    """The figures that `payload` wrote; what a later program counts beside them is nought."""
    compared, known_since_s = kept["compared"], kept.get("known_since_s")
    return Figures(
        apps=tuple(kept["apps"]),
        since=datetime.fromtimestamp(kept["since_s"], UTC),
        until=datetime.fromtimestamp(kept["until_s"], UTC),
        total=_counts_of(kept["total"]),
        by_app=_by_name(kept["by_app"]),
        by_template=_by_name(kept["by_template"]),
        by_signature=_by_name(kept["by_signature"]),
        by_class=_by_name(kept["by_class"]),
        by_carrier=_by_name(kept["by_carrier"]),
        by_country=_by_name(kept["by_country"]),
        refused_by=kept["refused_by"],
        undelivered_by=kept["undelivered_by"],
        latency=Latency(**kept["latency"]),
        coverage=Coverage(**kept["coverage"]),
        by_hour={int(hour_s): _counts_of(counts) for hour_s, counts in kept["by_hour"].items()},
        compared=None if compared is None else figures_of(compared),
        known_since=None if known_since_s is None else datetime.fromtimestamp(known_since_s, UTC),
    )


def _by_name(kept: Mapping[str, Mapping[str, int]]) -> dict[str, Counts]:
    return {name: _counts_of(counts) for name, counts in kept.items()}


def _counts(counts: Counts) -> dict[str, int]:
    return {name: many for name, many in asdict(counts).items() if many}


def _counts_of(kept: Mapping[str, int]) -> Counts:
    return Counts(**{name: kept[name] for name in COLUMNS if name in kept})
