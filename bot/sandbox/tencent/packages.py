"""Prepaid packages of mainland segments: what is left, and which package pays."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

DAY_MS = 86_400_000
GIFT, BOUGHT = 0, 1


@dataclass(frozen=True, slots=True)
class Package:
    """A package; `kind` is 0 for a gift, 1 for a bought one, as PackageType has it."""

    package_id: int
    amount_segments: int
    used_segments: int
    kind: int
    created_at_ms: int
    effective_at_ms: int
    expires_at_ms: int

    def left(self, now_ms: int) -> int:
        """Segments it can still pay for now."""
        in_effect = self.effective_at_ms <= now_ms < self.expires_at_ms
        return max(0, self.amount_segments - self.used_segments) if in_effect else 0


def package_defaults(now_ms: int) -> dict[str, int]:
    """A package bought now and valid for two years."""
    return {
        "used_segments": 0,
        "kind": BOUGHT,
        "created_at_ms": now_ms,
        "effective_at_ms": now_ms,
        "expires_at_ms": now_ms + 730 * DAY_MS,
    }


def seed_package(amount_segments: int, now_ms: int) -> Package:
    """The package a new sandbox has: bought 30 days ago, valid for two years from then."""
    bought_at_ms = now_ms - 30 * DAY_MS
    return Package(
        package_id=7001,
        amount_segments=amount_segments,
        used_segments=0,
        kind=BOUGHT,
        created_at_ms=bought_at_ms,
        effective_at_ms=bought_at_ms,
        expires_at_ms=bought_at_ms + 730 * DAY_MS,
    )


def balance(packages: Iterable[Package], now_ms: int) -> int:
    """Segments left in all packages that are in effect."""
    return sum(package.left(now_ms) for package in packages)


def consume(packages: Iterable[Package], segments: int, now_ms: int) -> list[Package]:
    """The packages, in the order they came in, after paying `segments`, which they cover.

    A gift pays before one that was bought (docs snapshot 2021-07-20, 国内短信计费概述). That page
    goes on with the oldest; here what expires first pays first, which is the same for packages that
    are valid equally long. Of two that expire together the older pays.
    """
    after = list(packages)
    for at in sorted(range(len(after)), key=lambda at: _turn(after[at])):
        package = after[at]
        paid = min(segments, package.left(now_ms))
        segments -= paid
        after[at] = replace(package, used_segments=package.used_segments + paid)
    return after


def _turn(package: Package) -> tuple[bool, int, int]:
    return package.kind != GIFT, package.expires_at_ms, package.created_at_ms
