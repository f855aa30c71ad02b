"""What Tencent's console is declared to hold, against what Tencent answers: where the two part, and
what an answer proves.

Nothing can read the console's rules. A refusal below the declared cap says that a stricter rule
holds, provided nobody else sends with the application: what others sent counts there too, and we
do not see it. An acceptance beyond the cap says that no such rule held for that number, whoever
else sends; it may be exempt in the console. Of a total that was passed nothing is proved.

What is not documented is read in favour of the declaration: whether Tencent counts what it refused
(it is counted as used), how far its clock is from ours (`MARGIN`, `DAY_MARGIN`), and when between
our signature and our reading of the answer it judged a message.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.limits import HOUR, MAINLAND_ZONE, THIRTY_SECONDS
from bot.rules.policies import (
    CLASSES,
    INTERNATIONAL,
    MAINLAND,
    NUMBER,
    SAME,
    Policy,
    is_looser,
    read_key,
)

#: The mainland, by its ISO code.
HOME = "CN"
NUMBER_30S, NUMBER_HOUR, NUMBER_DAY = f"{NUMBER}.30s", f"{NUMBER}.hour", f"{NUMBER}.day"
SAME_30S = f"{SAME}.30s"
#: The rules the console has for one number (文档 382/13303 and the guide to 基础信息, 2021-07-20).
NUMBER_KEYS = (NUMBER_30S, NUMBER_HOUR, NUMBER_DAY, SAME_30S)
#: A refusal by a rule Tencent does not name.
ANY = f"{NUMBER}.any"
#: Our clock and Tencent's over half a minute or an hour; over midnight, where a signature's clock
#: may be five minutes off (382/38766, 2024-09-02).
MARGIN, DAY_MARGIN = timedelta(seconds=2), timedelta(minutes=5)
_LIMIT = "LimitExceeded."
GENERIC = f"{_LIMIT}DeliveryFrequencyLimit"
#: Which rules a code may stand for. Which of the two fires for the same text within 30 seconds is
#: not documented, so neither contradicts what the other explains.
OF_NUMBER: Mapping[str, tuple[str, ...]] = {
    f"{_LIMIT}PhoneNumberThirtySecondLimit": (NUMBER_30S, SAME_30S),
    f"{_LIMIT}PhoneNumberOneHourLimit": (NUMBER_HOUR,),
    f"{_LIMIT}PhoneNumberDailyLimit": (NUMBER_DAY,),
    f"{_LIMIT}PhoneNumberSameContentDailyLimit": (SAME_30S, NUMBER_30S),
    GENERIC: NUMBER_KEYS,
}
#: An app's whole day: of the side, or the country, of the number that was refused.
_APP_DAY = f"{_LIMIT}AppDailyLimit"
_MAINLAND_DAY = f"{_LIMIT}AppMainlandChinaDailyLimit"
_ABROAD_DAY = f"{_LIMIT}AppGlobalDailyLimit"
_COUNTRY_DAY = f"{_LIMIT}AppCountryOrRegionDailyLimit"
OF_DAY = frozenset({_APP_DAY, _MAINLAND_DAY, _ABROAD_DAY, _COUNTRY_DAY})


class Direction(StrEnum):
    """Which way Tencent's answer and the declaration part."""

    STRICTER = "stricter"
    """Refused although the declared cap was not reached."""
    LOOSER = "looser"
    """Accepted although the declared cap was reached."""


@dataclass(frozen=True, slots=True)
class Try:
    """One message of ours to a number, but for the one that was answered.

    `first_at` and `last_at` are between when Tencent has had it: signed, and known to have had.
    `tries` counts the attempts that left, of which the last may have been accepted.
    """

    first_at: datetime
    last_at: datetime
    content: str
    is_accepted: bool
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What an answer says against the declaration.

    `declared` is None where nothing, or no cap, is declared under `key`. `counted` is how many of
    ours Tencent had before: at the most where it refused, at the least where it accepted.
    """

    key: str
    direction: Direction
    declared: int | None
    counted: int
    is_proof: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule in which policy and copy differ; None: no cap.

    `is_needed`: Tencent would refuse what the policy lets through, or nobody knows whether.
    """

    key: str
    declared: int | None
    is_declared: bool
    wanted: int | None
    is_needed: bool


def is_of_console(key: str) -> bool:
    """Whether the console has such a rule; it knows none for a class of messages."""
    known = read_key(key)
    if known is None or known.scope in CLASSES:
        return False
    # The reminder is one of the two sides; a country has its daily cap alone.
    return known.measure != "warn" or known.scope in {MAINLAND, INTERNATIONAL}


def differences(policy: Policy, declared: Mapping[str, int | None]) -> tuple[Difference, ...]:
    """What somebody would have to type into the console, in the order of its page."""
    wanted = policy.as_mapping()
    keys = [*NUMBER_KEYS, *sorted((wanted.keys() | declared.keys()) - {*NUMBER_KEYS})]
    found = [_difference(key, wanted.get(key), declared) for key in keys if is_of_console(key)]
    return tuple(each for each in found if each is not None)


def _difference(
    key: str, wanted: int | None, declared: Mapping[str, int | None]
) -> Difference | None:
    has, holds = key in declared, declared.get(key)
    # A total that only the console has stands behind ours, and is nobody's mistake.
    is_wanted = wanted is not None or (holds is not None and key in NUMBER_KEYS)
    if not is_wanted or (has and holds == wanted):
        return None
    return Difference(key, holds, has, wanted, is_needed=not has or is_looser(holds, wanted))


def is_code(code: str) -> bool:
    """Whether a refusal may say something about a rule of the console."""
    return code in OF_NUMBER or code in OF_DAY


def total_key(code: str, country: str) -> str:
    """The total a code is about, for a number of that country (ISO, `CN` for the mainland)."""
    if code == _COUNTRY_DAY:
        return f"{country}.stop"
    is_mainland = code == _MAINLAND_DAY or (code == _APP_DAY and country == HOME)
    return f"{MAINLAND if is_mainland else INTERNATIONAL}.stop"


def judge_refused(
    code: str,
    declared: Mapping[str, int | None],
    tries: Sequence[Try],
    content: str,
    signed_at: datetime,
    *,
    exclusive: bool,
) -> Contradiction | None:
    """What a refusal by a rule of one number says; None where the declaration explains it.

    `tries` are all other messages of the app to that number that may count; `signed_at` is when the
    one that was refused was, however late its answer came.
    """
    keys = OF_NUMBER.get(code)
    if keys is None:
        return None
    counts = {key: _most(key, tries, content, signed_at) for key in keys}
    for key in keys:
        cap = declared.get(key)
        if cap is not None and counts[key] >= cap:
            return None
    key = ANY if code == GENERIC else keys[0]
    cap = None if code == GENERIC else declared.get(key)
    counted = counts[NUMBER_DAY] if code == GENERIC else counts[key]
    # Where none of them is declared, the code itself says that there is a rule, whoever else sends.
    is_new = code != GENERIC and all(declared.get(each) is None for each in keys)
    # For how long the same text counts is not documented: it may be more than it is.
    is_proof = is_new or (exclusive and key != SAME_30S)
    return Contradiction(key, Direction.STRICTER, cap, counted, is_proof)


def is_counted(key: str, country: str) -> bool:
    """Whether a message to that country (ISO) counts in the total under `key`."""
    scope = key.partition(".")[0]
    return scope in {country, MAINLAND if country == HOME else INTERNATIONAL}


def judge_total(
    key: str, declared: Mapping[str, int | None], others: int, at_most: int
) -> Contradiction | None:
    """What a refusal by the total under `key` says; `others` is what else the app has begun of it
    that day, and `at_most` what Tencent may have counted, whose day is not quite ours.

    Whether messages or billed segments count is not documented: it proves that there is such a
    total, and no figure.
    """
    cap = declared.get(key)
    if cap is not None and at_most >= cap:
        return None
    return Contradiction(key, Direction.STRICTER, cap, others, is_proof=cap is None)


def judge_accepted(
    caps: Mapping[str, int], tries: Sequence[Try], content: str, now: datetime
) -> list[Contradiction]:
    """Which of the declared caps of one number an acceptance was beyond; it proves each."""
    counts = {key: _least(key, tries, content, now) for key in caps}
    return [
        Contradiction(key, Direction.LOOSER, cap, counts[key], is_proof=True)
        for key, cap in caps.items()
        if counts[key] >= cap
    ]


def may_exceed(policy: Policy, declared: Mapping[str, int | None]) -> dict[str, int]:
    """The declared caps of one number that our own limiter would let a message go beyond: no other
    needs a look at what was accepted."""
    return _looser_in(policy, {key: declared.get(key) for key in NUMBER_KEYS})


def may_pass(policy: Policy, declared: Mapping[str, int | None]) -> dict[str, int]:
    """The declared stops of a day that our own limiter would let an app go beyond."""
    stops = {key: cap for key, cap in declared.items() if key.endswith(".stop")}
    return _looser_in(policy, stops)


def judge_passed(key: str, cap: int, accepted: int) -> Contradiction | None:
    """What an acceptance says of a declared stop; `accepted` are all of that day, with it.

    Nothing is proved: Tencent's console does not say how soon it stops.
    """
    if accepted <= cap:
        return None
    return Contradiction(key, Direction.LOOSER, cap, accepted - 1, is_proof=False)


def _looser_in(policy: Policy, declared: Mapping[str, int | None]) -> dict[str, int]:
    wanted = policy.as_mapping()
    return {
        key: cap
        for key, cap in declared.items()
        if cap is not None and is_looser(cap, wanted.get(key))
    }


def is_over(key: str, contradicted: Collection[str], anew: Collection[str]) -> bool:
    """Whether what an answer said of `key` is over: somebody looked at that rule again.

    `contradicted` are the keys of the declaration it spoke against, `anew` those of a newer one.
    """
    if key != ANY:
        return key in anew
    of_number = [each for each in NUMBER_KEYS if each in contradicted]
    return all(each in anew for each in of_number) and any(each in anew for each in NUMBER_KEYS)


def looks_back(signed_at: datetime) -> datetime:
    """From when on a message to the number may count."""
    return min(day_since(signed_at), signed_at - HOUR - DAY_MARGIN)


def day_since(signed_at: datetime) -> datetime:
    """From when on a message may count in a day of Tencent's in which one is that was signed then:
    shortly after midnight its clock may still show yesterday, shortly before it tomorrow."""
    return day_start(signed_at - DAY_MARGIN) - DAY_MARGIN


def may_be_tomorrow(now: datetime) -> bool:
    """Whether Tencent's clock may show another day than ours, and all of ours be yesterday's."""
    return day_start(now + DAY_MARGIN) != day_start(now)


def _most(key: str, tries: Iterable[Try], content: str, signed_at: datetime) -> int:
    """How many Tencent may have counted under `key` before one that was signed then."""
    match key:
        case "number.day":
            since = day_since(signed_at)
        case "number.hour":
            since = signed_at - HOUR - MARGIN
        case _:
            since = signed_at - THIRTY_SECONDS - MARGIN
    alike = (each for each in tries if key != SAME_30S or each.content == content)
    return sum(each.tries for each in alike if each.last_at >= since)


def _least(key: str, tries: Iterable[Try], content: str, now: datetime) -> int:
    """How many it has certainly counted: accepted ones, well inside the window."""
    match key:
        case "number.day":
            since = day_start(now + DAY_MARGIN) + DAY_MARGIN
        case "number.hour":
            since = now - HOUR + MARGIN
        case _:
            since = now - THIRTY_SECONDS + MARGIN
    alike = (each for each in tries if key != SAME_30S or each.content == content)
    return sum(each.is_accepted and each.first_at >= since for each in alike)


def day_start(now: datetime) -> datetime:
    """Midnight of the natural day of mainland China."""
    return now.astimezone(MAINLAND_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
