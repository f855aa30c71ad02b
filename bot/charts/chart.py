"""What a chart shows: bars of messages by what became of them, and the words beside them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Part(StrEnum):
    """What became of the messages of a bar, from its foot up."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    #: In doubt, or no receipt came.
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Bar:
    """Messages of one hour or day; `before` is how many there were a week earlier, None where that
    is not known."""

    parts: Mapping[Part, int]
    before: int | None = None

    @property
    def total(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the picture, in one language; one label a bar, "" where there is none."""

    title: str
    parts: Mapping[Part, str]
    before: str
    labels: tuple[str, ...]

    @property
    def characters(self) -> frozenset[str]:
        """Every character a font must have."""
        return frozenset("".join((self.title, *self.parts.values(), self.before, *self.labels)))


@dataclass(frozen=True, slots=True)
class Chart:
    """`plain` is the same as `words` in letters that every font has."""

    bars: tuple[Bar, ...]
    words: Words
    plain: Words


def payload(chart: Chart) -> dict[str, Any]:
    """Plain JSON that `chart_of` reads."""
    return asdict(chart)


def chart_of(given: Mapping[str, Any]) -> Chart:
    """The chart that `payload` wrote."""
    bars = tuple(Bar(_by_part(each["parts"]), each["before"]) for each in given["bars"])
    return Chart(bars, _words(given["words"]), _words(given["plain"]))


def _words(given: Mapping[str, Any]) -> Words:
    parts = _by_part(given["parts"])
    return Words(given["title"], parts, given["before"], tuple(given["labels"]))


def _by_part(given: Mapping[str, Any]) -> dict[Part, Any]:
    return {Part(name): value for name, value in given.items()}
