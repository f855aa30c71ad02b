"""What was sent and what came back of it, counted by hour, application and country.

Apart from the attempts: those are forgotten beyond the ledger's capacity, these counts are not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.sandbox.tencent.attempts import Attempt

HOUR_MS = 3_600_000
#: What is older than the newest hour by more than this is forgotten: nobody reports so far back.
KEPT_HOURS = 400 * 24
DELIVERED, OTHER_FAILURE = "delivered", "internal"
#: Which count a carrier code belongs to. Source: the vendor's table of carrier codes (docs
#: snapshot 2021-07-20), the counts inferred from their names; codes not listed are "internal".
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "UNDELIV": "invalid_number",
        "UNDELIVRD": "invalid_number",
        "MK:0000": "invalid_number",
        "MK:0001": "invalid_number",
        "MK:0012": "invalid_number",
        "MK:0013": "invalid_number",
        "MK:0004": "shutdown",
        "MK:0010": "shutdown",
        "MK:0011": "shutdown",
        "MK:0029": "shutdown",
        "MX:0003": "frequency",
        "TE:0003": "frequency",
        "DISTURB": "frequency",
        "XA:0100": "frequency",
        "DB:0142": "frequency",
        "DB:0143": "frequency",
        "MX:0012": "blacklist",
        "XA:0139": "blacklist",
        "TD:0001": "blacklist",
        "DB:0141": "blacklist",
        "MBBLACK": "blacklist",
        "BWLIST": "blacklist",
    }
)


@dataclass(slots=True)
class Hour:
    """What one application sent to one country within one hour; changed in place, by one loop.

    `hour` counts from the Unix epoch. `requested` and `accepted` are messages; the last six say how
    many of the accepted ones were delivered, or not delivered and why, by their latest report.
    """

    hour: int
    app: str
    iso_code: str
    requested: int = 0
    accepted: int = 0
    fee_segments: int = 0
    delivered: int = 0
    internal: int = 0
    invalid_number: int = 0
    shutdown: int = 0
    blacklist: int = 0
    frequency: int = 0

    @property
    def undelivered(self) -> int:
        return self.internal + self.invalid_number + self.shutdown + self.blacklist + self.frequency

    def count(self, name: str, change: int) -> None:
        """One more or less in one of the counts, which do not fall below nothing."""
        setattr(self, name, max(0, getattr(self, name) + change))


class Tally:
    """All hours, found by their time."""

    def __init__(self, hours: Iterable[Hour] = ()) -> None:
        self._hours: dict[int, dict[tuple[str, str], Hour]] = {}
        for each in hours:
            self._hours.setdefault(each.hour, {})[each.app, each.iso_code] = each

    def __iter__(self) -> Iterator[Hour]:
        return (row for rows in self._hours.values() for row in rows.values())

    def between(self, first_ms: int, last_ms: int | None = None) -> Iterator[Hour]:
        """The hours that begin at `first_ms` or later, and before `last_ms`."""
        for hour, rows in self._hours.items():
            if first_ms <= hour * HOUR_MS and (last_ms is None or hour * HOUR_MS < last_ms):
                yield from rows.values()

    def asked(self, attempt: Attempt) -> None:
        """Count an attempt with the report there is on it, if there is one."""
        row = self._row(attempt)
        row.requested += 1
        if attempt.accepted:
            row.accepted += 1
            row.fee_segments += attempt.fee_segments
        if cause := _cause(attempt):
            row.count(cause, 1)

    def reported(self, before: Attempt, after: Attempt) -> None:
        """A report came, perhaps in the place of an earlier one: the latest counts."""
        row = self._row(after)
        for attempt, change in ((before, -1), (after, 1)):
            if cause := _cause(attempt):
                row.count(cause, change)

    def _row(self, attempt: Attempt) -> Hour:
        hour = attempt.asked_at_ms // HOUR_MS
        if hour not in self._hours:
            self._hours[hour] = {}
            self._forget_before(max(self._hours) - KEPT_HOURS)
        rows = self._hours.setdefault(hour, {})
        key = (attempt.app, attempt.iso_code)
        if key not in rows:
            rows[key] = Hour(hour, *key)
        return rows[key]

    def _forget_before(self, oldest: int) -> None:
        self._hours = {hour: rows for hour, rows in self._hours.items() if hour >= oldest}


def tally_of(attempts: Iterable[Attempt]) -> Tally:
    """The counts of attempts that were never counted."""
    tally = Tally()
    for each in attempts:
        tally.asked(each)
    return tally


def _cause(attempt: Attempt) -> str | None:
    """The count the latest report on an attempt belongs to, None if there is no report."""
    if attempt.reported_at_ms is None or not attempt.accepted:
        return None
    if attempt.reported_success:
        return DELIVERED
    return CAUSES.get(attempt.reported_code, OTHER_FAILURE)
