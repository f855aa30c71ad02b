"""What stands behind ``/sms limit set``: caps under the keys people type, when, how long, and why.

``day=5 hour=3 for 24h because "campaign"``; ``otp.day=3``, ``SG.stop=50``, ``day=off`` and
``profile=2025`` are caps as well. What contradicts itself, or what is there already, is a fault;
what only helps less than it seems is a caution.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.rules import time_words, validity
from bot.rules.classes import TemplateClass
from bot.rules.limits import total_of
from bot.rules.numbers import COUNTRIES
from bot.rules.policies import (
    CARRIER_CAPS,
    CLASSES,
    INTERNATIONAL,
    LARGEST,
    MAINLAND,
    MEASURES,
    NUMBER,
    PROFILES,
    SAME,
    WINDOWS,
    Key,
    Policy,
    read_key,
)
from bot.rules.time_words import Parts
from bot.rules.validity import ValidityFault
from bot.rules.words import Word, did_you_mean

APP_KEY, PROFILE_KEY = "app", "profile"
REASON_KEYS = frozenset({"reason", "because", "原因", "因为"})
FOR_WORDS = frozenset({"for", "lasting", "持续", "为期"})
UNTIL_WORDS = frozenset({"until", "till", "直到", "到", "至"})
FROM_WORDS = frozenset({"from", "at", "starting", "从", "自", "在", "定时"})
BECAUSE_WORDS = frozenset({"because", "reason", "因为", "原因"})
#: Words behind which a reason may stand without a blank.
GLUED = ("因为", "原因是", "原因：", "原因:")
OFF_WORDS = frozenset({"off", "none", "no", "unlimited", "关", "关闭", "无", "不限"})
#: What may follow a reason; "at" is more often part of one.
TIMES_AT_END = FOR_WORDS | UNTIL_WORDS | frozenset({"from", "从", "自"})
MARKS = FOR_WORDS | UNTIL_WORDS | FROM_WORDS | BECAUSE_WORDS
WINDOW_NAMES: Mapping[str, str] = {
    "30s": "30s",
    "30秒": "30s",
    "hour": "hour",
    "hourly": "hour",
    "小时": "hour",
    "每小时": "hour",
    "day": "day",
    "daily": "day",
    "天": "day",
    "日": "day",
    "每天": "day",
    "每日": "day",
}
SCOPE_NAMES: Mapping[str, str] = {
    "号码": NUMBER,
    "验证码": TemplateClass.OTP.value,
    "通知": TemplateClass.NOTICE.value,
    "营销": TemplateClass.MARKETING.value,
    "告警": TemplateClass.ALERT.value,
    "国内": MAINLAND,
    "国际": INTERNATIONAL,
}
SAME_NAMES = frozenset({"same", "相同", "同内容", "相同内容"})
MEASURE_NAMES: Mapping[str, str] = {"warn": "warn", "stop": "stop", "提醒": "warn", "停止": "stop"}
#: What people may have meant where they typed no key of ours.
KNOWN_KEYS = (
    *WINDOWS,
    SAME,
    PROFILE_KEY,
    *(f"{scope}.{window}" for scope in (NUMBER, *CLASSES) for window in WINDOWS),
    *(f"{scope}.{measure}" for scope in (MAINLAND, INTERNATIONAL) for measure in MEASURES),
)
#: The wider window, and the wider of two counts, of what is counted within it.
_WIDER = {"30s": "hour", "hour": "day"}


@dataclass(frozen=True, slots=True)
class LimitWords:
    """What was typed; what was not is empty. `pairs` are keys and caps, as typed."""

    pairs: tuple[tuple[str, str], ...]
    starts: str
    lasts: str
    until: str
    reason: str
    app: str | None
    #: Words that stand nowhere.
    stray: tuple[str, ...]


class CapReason(StrEnum):
    """Why a cap is none that can be asked for."""

    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_PROFILE = "unknown_profile"
    NO_NUMBER = "no_number"
    NEGATIVE = "negative"
    #: Nothing would ever go out.
    ZERO = "zero"
    ZERO_WARN = "zero_warn"
    TOO_LARGE = "too_large"
    #: One key with two caps.
    TWICE = "twice"
    #: More than a wider limit lets through.
    BEYOND_WIDER = "beyond_wider"
    #: The warning would come after the stop.
    WARN_BEYOND_STOP = "warn_beyond_stop"
    #: All of it is so already.
    UNCHANGED = "unchanged"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CapFault:
    """Why, about which key, and the figures that prove it.

    `key` is as typed where it is none of ours. `other` is the key that is in the way and `allowed`
    its cap, or `other` is what was probably meant.
    """

    reason: CapReason
    key: str = ""
    given: str = ""
    other: str = ""
    allowed: str = ""


class CautionReason(StrEnum):
    """Why a cap helps less than it seems."""

    #: Carriers drop what is beyond theirs, after Tencent took it and charged for it.
    CARRIER = "carrier"
    #: The wider one is the lower by now: it decides.
    WIDER_DECIDES = "wider_decides"
    STOP_BEFORE_WARN = "stop_before_warn"
    #: As many messages as the total allows began today already.
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class Caution:
    """What to know about a change before it is asked for; `used` counts messages of today."""

    reason: CautionReason
    key: str
    cap: int | None
    other: str = ""
    allowed: int = 0
    used: int = 0


def read(words: Sequence[Word]) -> LimitWords:
    """The words behind ``/sms limit set``, each in its place."""
    rest, reason = _take_reason(list(words))
    rest, starts = _take(rest, FROM_WORDS)
    rest, until = _take(rest, UNTIL_WORDS)
    rest, lasts = _take(rest, FOR_WORDS)
    keyed = {word.key.casefold(): word.text for word in rest if word.key is not None}
    named = next((keyed[key] for key in sorted(REASON_KEYS) if key in keyed), "")
    rest = [
        word
        for word in rest
        if word.key is None or word.key.casefold() not in {APP_KEY, *REASON_KEYS}
    ]
    pairs, stray = _pairs(rest)
    return LimitWords(
        pairs=tuple(pairs),
        starts=starts,
        lasts=lasts,
        until=until,
        reason=(reason or named).strip(),
        app=keyed.get(APP_KEY),
        stray=tuple(stray),
    )


def key_of(typed: str) -> Key | None:
    """The key people mean by ``day``, ``same``, ``otp.hour``, ``sg.warn``, ``验证码.天``."""
    text = typed.strip().replace("．", ".").replace("。", ".")
    scope, dot, measure = text.partition(".")
    if not dot:
        if text.casefold() in SAME_NAMES:
            return Key(SAME, "30s")
        window = WINDOW_NAMES.get(text.casefold())
        return Key(NUMBER, window) if window else None
    scope = _scope_of(scope)
    measure = measure.casefold()
    measure = WINDOW_NAMES.get(measure) or MEASURE_NAMES.get(measure) or measure
    return read_key(f"{scope}.{measure}")


def read_caps(
    pairs: Sequence[tuple[str, str]], *, is_silence_no_cap: bool = True
) -> Mapping[str, int | None] | tuple[CapFault, ...]:
    """The caps that were typed, by key in order, or everything that cannot be read. A profile says
    all there is of one number, but where its silence says nothing (`is_silence_no_cap`), and what
    is typed beside it comes instead."""
    faults: list[CapFault] = []
    wanted: dict[str, int | None] = {}
    typed: dict[str, int | None] = {}
    for key, value in pairs:
        if key.casefold() != PROFILE_KEY:
            faults += _read_pair(key, value, typed)
        elif value.casefold() in PROFILES:
            policy = PROFILES[value.casefold()].policy
            wanted |= _of_profile(policy) if is_silence_no_cap else policy.as_mapping()
        else:
            faults.append(
                CapFault(CapReason.UNKNOWN_PROFILE, PROFILE_KEY, value, " ".join(PROFILES))
            )
    wanted |= typed
    if not faults and not wanted:
        faults.append(CapFault(CapReason.NOTHING))
    return tuple(faults) or {key: wanted[key] for key in sorted(wanted)}


def caps_of(
    pairs: Sequence[tuple[str, str]], before: Policy
) -> Mapping[str, int | None] | tuple[CapFault, ...]:
    """What is to change in `before`, by key in order, or everything that stands in the way."""
    wanted = read_caps(pairs)
    if not isinstance(wanted, Mapping):
        return wanted
    known = before.as_mapping()
    caps = {key: cap for key, cap in wanted.items() if known.get(key) != cap}
    if not caps:
        return (CapFault(CapReason.UNCHANGED),)
    return tuple(_contradictions(caps, before)) or caps


def cautions_of(caps: Mapping[str, int | None], before: Policy) -> tuple[Caution, ...]:
    """What to know of a change that can be asked for."""
    return tuple(_cautions(caps, before.with_changes(caps)))


def used_up(caps: Mapping[str, int | None], today: Mapping[str, int]) -> tuple[Caution, ...]:
    """The totals that let nothing more go today: `today` are its messages by country."""
    found = [(key, cap, read_key(key)) for key, cap in caps.items() if cap is not None]
    return tuple(
        Caution(CautionReason.USED_UP, key, cap, used=used)
        for key, cap, known in found
        if known is not None and known.measure == "stop"
        if 0 < cap <= (used := total_of(known.scope, today))
    )


def shuts_codes_out(caps: Mapping[str, int | None]) -> bool:
    """Whether a cap lets nothing through at all of what codes are among, whatever was sent."""
    keys = [key for text, cap in caps.items() if cap == 0 and (key := read_key(text)) is not None]
    with_codes = {NUMBER, SAME, TemplateClass.OTP.value}
    return any(key.measure == "stop" or key.scope in with_codes for key in keys)


def _take_reason(words: list[Word]) -> tuple[list[Word], str]:
    """The words before the reason, and all the rest of them as the reason. An app, and a time at
    the end, are none of it: ``because campaign for 24h``."""
    at = next((at for at, word in enumerate(words) if _opens_reason(word)), None)
    if at is None:
        return words, ""
    first = words[at].text.removeprefix(_glued(words[at]))
    behind = words[at + 1 :] if _is(words[at], BECAUSE_WORDS) else [Word(first), *words[at + 1 :]]
    apps = [word for word in behind if word.key == APP_KEY]
    said = [word for word in behind if word.key != APP_KEY]
    end = _time_at_end(said)
    return words[:at] + said[end:] + apps, _phrase(said[:end])


def _opens_reason(word: Word) -> bool:
    return _is(word, BECAUSE_WORDS) or bool(_glued(word))


def _glued(word: Word) -> str:
    """The mark a reason stands behind without a blank, "" where none does."""
    if word.key is not None or word.text in GLUED:
        return ""
    return next((mark for mark in GLUED if word.text.startswith(mark)), "")


def _time_at_end(words: Sequence[Word]) -> int:
    """Where times begin that are the last things said; the number of words where none are."""
    end = len(words)
    for at in range(end - 1, -1, -1):
        if _is(words[at], TIMES_AT_END) and _is_time(words[at], _phrase(words[at + 1 : end])):
            end = at
    return end


def _is_time(mark: Word, behind: str) -> bool:
    if _is(mark, FOR_WORDS):
        return validity.read(behind) is not ValidityFault.UNREADABLE
    return isinstance(time_words.read(behind, {}), Parts)


def _phrase(words: Sequence[Word]) -> str:
    return " ".join(word.text if word.key is None else f"{word.key}={word.text}" for word in words)


def _take(words: list[Word], names: frozenset[str]) -> tuple[list[Word], str]:
    """The words without a phrase that begins with one of `names`, and the phrase behind that."""
    start = next((at for at, word in enumerate(words) if _is(word, names)), None)
    if start is None:
        return words, ""
    end = start + 1
    while end < len(words) and words[end].key is None and not _is(words[end], MARKS):
        end += 1
    phrase = " ".join(word.text for word in words[start + 1 : end])
    return words[:start] + words[end:], phrase


def _pairs(words: Sequence[Word]) -> tuple[list[tuple[str, str]], list[str]]:
    """Keys with their caps, ``day=5`` as well as ``day 5``; and the words that are neither."""
    pairs: list[tuple[str, str]] = []
    stray: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        behind = words[at + 1] if at + 1 < len(words) else None
        if word.key is not None:
            pairs.append((word.key, word.text))
        elif behind is not None and behind.key is None and _is_pair(word.text, behind.text):
            pairs.append((word.text, behind.text))
            at += 1
        else:
            stray.append(word.text)
        at += 1
    return pairs, stray


def _is_pair(key: str, value: str) -> bool:
    is_key = key_of(key) is not None or key.casefold() == PROFILE_KEY
    return is_key and ((value.isascii() and value.isalnum()) or value.casefold() in OFF_WORDS)


def _scope_of(typed: str) -> str:
    if typed.upper() in COUNTRIES:
        return typed.upper()
    return SCOPE_NAMES.get(typed, typed.casefold())


def _of_profile(profile: Policy) -> dict[str, int | None]:
    """What a profile says of one number, silence included: it knows no classes and no totals."""
    nothing: dict[str, int | None] = dict.fromkeys(
        [f"{SAME}.30s", *(f"{NUMBER}.{window}" for window in WINDOWS)]
    )
    return {**nothing, **profile.as_mapping()}


def _read_pair(key: str, value: str, typed: dict[str, int | None]) -> Iterator[CapFault]:
    """Puts one cap among those `typed`, or says why not."""
    known = key_of(key)
    if known is None:
        closest = did_you_mean(key, KNOWN_KEYS) or ""
        yield CapFault(CapReason.UNKNOWN_KEY, key, value, closest)
        return
    name = str(known)
    cap = _cap(value)
    reason = cap if isinstance(cap, CapReason) else _out_of_range(known, cap)
    if reason is not None:
        yield CapFault(reason, name, value, allowed=str(LARGEST[known.measure]))
    elif not isinstance(cap, CapReason) and typed.setdefault(name, cap) != cap:
        yield CapFault(CapReason.TWICE, name, value, allowed=_written(typed[name]))


def _cap(value: str) -> int | CapReason | None:
    text = value.strip().casefold().replace(",", "").replace("，", "").replace("_", "")
    if text in OFF_WORDS:
        return None
    digits = text.removeprefix("+").removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        is_long = digits.isascii() and digits.isdigit()
        return CapReason.TOO_LARGE if is_long else CapReason.NO_NUMBER
    return CapReason.NEGATIVE if text.startswith("-") else int(digits)


def _out_of_range(key: Key, cap: int | None) -> CapReason | None:
    if cap is None:
        return None
    if cap == 0 and key.measure != "stop":
        return CapReason.ZERO_WARN if key.is_total else CapReason.ZERO
    return CapReason.TOO_LARGE if cap > LARGEST[key.measure] else None


def _written(cap: int | None) -> str:
    return "off" if cap is None else str(cap)


def _contradictions(caps: Mapping[str, int | None], before: Policy) -> Iterator[CapFault]:
    """Caps that would never be reached: a wider limit lets less through."""
    after = before.with_changes(caps)
    for text, cap in caps.items():
        key = read_key(text)
        if key is None or cap is None:
            continue
        for wider, allowed in _lower_wider(key, cap, after):
            reason = CapReason.WARN_BEYOND_STOP if key.measure == "warn" else CapReason.BEYOND_WIDER
            yield CapFault(reason, text, str(cap), wider, str(allowed))
            break


def _cautions(caps: Mapping[str, int | None], after: Policy) -> Iterator[Caution]:
    for text, cap in caps.items():
        key = read_key(text)
        carrier = _carrier_cap(key) if key is not None else None
        if key is not None and carrier is not None and _is_beyond(key, cap, carrier, after):
            yield Caution(CautionReason.CARRIER, text, cap, allowed=carrier)
    for text, cap in after.as_mapping().items():
        key = read_key(text)
        if key is None or text in caps:
            continue
        for wider, allowed in _lower_wider(key, cap, after):
            if wider in caps:
                is_warn = key.measure == "warn"
                reason = CautionReason.STOP_BEFORE_WARN if is_warn else CautionReason.WIDER_DECIDES
                yield Caution(reason, text, cap, wider, allowed)


def _is_beyond(key: Key, cap: int | None, carrier: int, after: Policy) -> bool:
    """Whether more than a carrier's cap goes through; what has no cap may have a wider one."""
    if cap is None and key.scope != NUMBER:
        cap = after.get(NUMBER, key.measure)
    return cap is None or cap > carrier


def _carrier_cap(key: Key) -> int | None:
    """What carriers let through to one number in a day."""
    if key.measure != "day":
        return None
    if key.scope == NUMBER:
        return max(CARRIER_CAPS.values())
    return CARRIER_CAPS.get(TemplateClass(key.scope)) if key.scope in CLASSES else None


def _lower_wider(key: Key, cap: int, policy: Policy) -> Iterator[tuple[str, int]]:
    """Every wider limit of `policy` that lets less through than `cap`."""
    for wider in _wider(key):
        allowed = policy.as_mapping().get(wider)
        if allowed is not None and allowed < cap:
            yield wider, allowed


def _wider(key: Key) -> Iterator[str]:
    """What counts everything that `key` counts, and more."""
    if key.measure == "warn":
        yield f"{key.scope}.stop"
        return
    if key.measure == "stop":
        if key.scope not in {MAINLAND, INTERNATIONAL}:
            yield f"{INTERNATIONAL}.stop"
        return
    scopes = [key.scope] if key.scope in {NUMBER} else [key.scope, NUMBER]
    window: str | None = key.measure
    while window is not None:
        for scope in scopes:
            if (scope, window) != (key.scope, key.measure):
                yield f"{scope}.{window}"
        window = _WIDER.get(window)


def _is(word: Word, names: frozenset[str]) -> bool:
    return word.key is None and word.text.casefold() in names
