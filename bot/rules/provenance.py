"""Where each cap of a policy comes from: a published profile, app.yaml, or a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules.policies import CLASSES, INTERNATIONAL, MAINLAND, NUMBER, SAME, Policy, read_key

#: What counts one number comes first, then classes, then an app's totals; countries come last.
SCOPES = (NUMBER, SAME, *CLASSES, MAINLAND, INTERNATIONAL)
MEASURES = ("30s", "hour", "day", "warn", "stop")


class Origin(StrEnum):
    """Who says so."""

    PROFILE = "profile"
    SETTINGS = "settings"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A change that holds: what it sets, and when it ends by itself (None: never)."""

    request_id: str
    caps: Mapping[str, int | None]
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """One cap as it holds now.

    `request_id` is that of the change it comes from, else "". `until` and `then`: when a temporary
    change ends, and the cap that holds from then on.
    """

    key: str
    cap: int | None
    origin: Origin
    request_id: str = ""
    until: datetime | None = None
    then: int | None = None


def trace(
    now: Policy, for_good: Policy, seeded: Policy, profile: Policy, agreed: Sequence[Agreed]
) -> tuple[Traced, ...]:
    """Every cap that holds, or was taken away, and where it comes from.

    `now` is the policy as it holds, `for_good` the same without temporary changes, `seeded` what
    app.yaml said first, `profile` what its profile alone says; `agreed` are the changes that hold,
    what counts most first.
    """
    policies = (now, for_good, seeded)
    keys = {key for policy in policies for key in policy.as_mapping()}
    return tuple(
        _traced(key, now, for_good, profile, agreed) for key in sorted(keys, key=reading_order)
    )


def reading_order(key: str) -> tuple[int, str, int]:
    """Sorts keys as a person reads them."""
    known = read_key(key)
    if known is None:
        return len(SCOPES) + 1, key, 0
    scope = SCOPES.index(known.scope) if known.scope in SCOPES else len(SCOPES)
    return scope, known.scope, MEASURES.index(known.measure)


def _traced(
    key: str, now: Policy, for_good: Policy, profile: Policy, agreed: Sequence[Agreed]
) -> Traced:
    cap = now.as_mapping().get(key)
    change = next((each for each in agreed if key in each.caps), None)
    if change is None:
        is_profile = cap is not None and profile.as_mapping().get(key) == cap
        return Traced(key, cap, Origin.PROFILE if is_profile else Origin.SETTINGS)
    then = for_good.as_mapping().get(key) if change.ends_at is not None else None
    return Traced(key, cap, Origin.CHANGE, change.request_id, change.ends_at, then)
