"""The delivery reports still to be pushed, found by the batch they belong to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PendingReport:
    """A delivery report not yet pushed. Reports of one `batch` go out in the order of their `wave`;
    `tries` counts the pushes that failed so far."""

    app: str
    batch: str
    wave: int
    serial: str
    success: bool
    code: str
    description: str
    due_at_ms: int
    tries: int = 0


class Pending:
    """All of them; a batch is worked off alone, so nothing here takes longer the more there are."""

    def __init__(self, reports: Iterable[PendingReport] = ()) -> None:
        self._batches: defaultdict[str, list[PendingReport]] = defaultdict(list)
        self.add(reports)

    def __iter__(self) -> Iterator[PendingReport]:
        return (report for reports in self._batches.values() for report in reports)

    def __len__(self) -> int:
        return sum(map(len, self._batches.values()))

    def batches(self) -> list[str]:
        """Every batch with something left to push."""
        return list(self._batches)

    def of(self, batch: str) -> list[PendingReport]:
        """What is left of a batch."""
        return list(self._batches.get(batch, ()))

    def add(self, reports: Iterable[PendingReport]) -> None:
        """Keep more."""
        for report in reports:
            self._batches[report.batch].append(report)

    def remove(self, batch: str, reports: Iterable[PendingReport]) -> None:
        """Forget those of a batch that were pushed or given up."""
        gone = set(reports)
        left = [each for each in self._batches.pop(batch, ()) if each not in gone]
        if left:
            self._batches[batch] = left
