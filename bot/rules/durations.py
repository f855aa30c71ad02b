"""Lengths of time as Prometheus and Alertmanager write them: ``30s``, ``5m``, ``1h30m``, ``1d``."""

import re

UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
#: Each unit at most once, the longer ones first.
PATTERN = "".join(rf"(?:([0-9]{{1,6}}){unit})?" for unit in UNITS)
_DURATION = re.compile(PATTERN)


def read(text: str) -> int | None:
    """Seconds, or None for what is no length of time."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        return None
    return sum(
        int(amount or 0) * unit_s
        for amount, unit_s in zip(found.groups(), UNITS.values(), strict=True)
    )
