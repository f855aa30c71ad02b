"""A frequency policy: which caps hold for one number, one class and one app, and changes to it.

A policy is a flat set of caps, each under a key people can type (`number.day`, `otp.hour`,
`SG.stop`), so that a diff, a change that is asked for and what is stored are one shape. Tencent has
no API for its own rules (its console alone sets them): their defaults are dated data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from bot.rules.classes import TemplateClass
from bot.rules.numbers import COUNTRIES

#: Messages to one number, whatever they say; those of one text; those of one class.
NUMBER, SAME = "number", "same"
CLASSES = tuple(each.value for each in TemplateClass)
WINDOWS = ("30s", "hour", "day")
#: An app's messages of one natural day, to the mainland, to everywhere else, to one country (ISO).
MAINLAND, INTERNATIONAL = "mainland", "international"
MEASURES = ("warn", "stop")
#: What no cap may exceed.
LARGEST = {"30s": 100_000, "hour": 100_000, "day": 100_000, "warn": 10**9, "stop": 10**9}


@dataclass(frozen=True, slots=True)
class Key:
    """What one cap is about: `number.day`, `same.30s`, `otp.hour`, `mainland.stop`, `SG.warn`."""

    scope: str
    measure: str

    @property
    def is_total(self) -> bool:
        """Whether it counts an app's day, and not one number."""
        return self.measure in MEASURES

    def __str__(self) -> str:
        return f"{self.scope}.{self.measure}"


@lru_cache(maxsize=4_096)
def read_key(text: str) -> Key | None:
    """The key written as `scope.measure`; None where there is no such cap."""
    scope, _, measure = text.partition(".")
    key = Key(scope, measure)
    if scope == SAME:
        return key if measure == "30s" else None
    if scope == NUMBER or scope in CLASSES:
        return key if measure in WINDOWS else None
    if scope in {MAINLAND, INTERNATIONAL} or (scope in COUNTRIES and scope != "CN"):
        return key if measure in MEASURES else None
    return None


@dataclass(frozen=True, slots=True)
class Total:
    """An app's messages of one natural day: from `warn` on somebody is told, none beyond `stop`."""

    warn: int | None = None
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Caps by key, sorted; what is not in it has no cap."""

    caps: tuple[tuple[str, int], ...] = ()

    def get(self, scope: str, measure: str) -> int | None:
        """The cap under one key, or None."""
        return _by_key(self.caps).get(f"{scope}.{measure}")

    def total(self, scope: str) -> Total:
        """The two figures of a side or a country."""
        return Total(self.get(scope, "warn"), self.get(scope, "stop"))

    def keys(self) -> Iterator[Key]:
        """Every key that has a cap."""
        for text, _ in self.caps:
            key = read_key(text)
            if key is not None:
                yield key

    def as_mapping(self) -> Mapping[str, int]:
        """Key to cap, as it is stored and hashed."""
        return _by_key(self.caps)

    def with_changes(self, changes: Mapping[str, int | None]) -> "Policy":
        """The policy after `changes`; None takes a cap away."""
        return policy_of({**self.as_mapping(), **changes})

    def changes_to(self, other: "Policy") -> dict[str, int | None]:
        """What makes `other` of this one, by key in order."""
        mine, theirs = self.as_mapping(), other.as_mapping()
        return {
            key: theirs.get(key)
            for key in sorted(mine.keys() | theirs.keys())
            if mine.get(key) != theirs.get(key)
        }


@lru_cache(maxsize=1_024)
def _by_key(caps: tuple[tuple[str, int], ...]) -> Mapping[str, int]:
    return MappingProxyType(dict(caps))


def policy_of(caps: Mapping[str, int | None]) -> Policy:
    """A policy of caps by key; None is no cap. Raises ValueError where there is no such cap."""
    good: list[tuple[str, int]] = []
    for key, cap in sorted(caps.items()):
        known = read_key(key)
        if cap is None:
            continue
        if known is None or isinstance(cap, bool) or not 0 <= cap <= LARGEST[known.measure]:
            raise ValueError(f"no cap: {key}={cap}")
        good.append((key, cap))
    return Policy(tuple(good))


def is_looser(before: int | None, after: int | None) -> bool:
    """Whether more goes through under `after`."""
    return before is not None and (after is None or after > before)


@dataclass(frozen=True, slots=True)
class Profile:
    """A policy somebody published, and where and when."""

    name: str
    policy: Policy
    source: str
    dated: date


CLASSIC = Profile(
    "classic",
    policy_of({"same.30s": 1, "number.day": 10}),
    "tencentyun/qcloud-documents, 短信/控制台指南/管理应用/配置基础信息.md",
    date(2021, 7, 20),
)
GUIDE_2025 = Profile(
    "2025",
    policy_of({"same.30s": 1, "number.day": 2}),
    "cloud.tencent.com/document/faq/382/13303",
    date(2025, 11, 3),
)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (CLASSIC, GUIDE_2025)}

# Carriers drop what is beyond these after Tencent accepted it, so they warn and never refuse.
# cloud.tencent.com/document/faq/382/13303, 2025-11-03.
CARRIER_CAPS: Mapping[TemplateClass, int] = {
    TemplateClass.OTP: 10,
    TemplateClass.NOTICE: 10,
    TemplateClass.ALERT: 10,
    TemplateClass.MARKETING: 3,
}
