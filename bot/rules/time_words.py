"""What people type for a time, taken apart: clocks, days and zones, in Chinese and in English.

Nothing is judged here: which day a Friday is, and whether it is over, is `bot.rules.schedule`'s.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone, tzinfo
from enum import Enum, StrEnum

from bot.rules.limits import MAINLAND_ZONE

#: Longer than any time there is to type.
TEXT_LIMIT = 80
#: Traditional characters, and the one people type for a round zero.
PLAIN = str.maketrans("點後週鐘時個兩號禮〇", "点后周钟时个两号礼零")
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
N = r"(?:[0-9]{1,4}|[零一二两三四五六七八九十]{1,3})"
AMOUNT = rf"(?:[0-9]{{1,3}}\.[0-9]{{1,2}}|{N})"
WEEKDAYS = {day: at for at, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
CHINESE_WEEKDAYS = {day: at for at, day in enumerate("一二三四五六日")} | {"天": 6}
MONTHS = {
    month: at
    for at, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAY = (
    r"(mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)
HALF = r"([ap])\.?m\.?"
END = r"(?![a-z0-9])"
#: `at 9`, and nothing that would make the number something else.
AT_HOUR = rf"at ([0-9]{{1,2}})(?![0-9a-z:./点时-]| ?{HALF}{END}| ?[0-9])"


class Period(Enum):
    """A part of the day, as named beside a clock."""

    AM = "am"
    PM = "pm"
    SMALL_HOURS = "small_hours"
    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Week(Enum):
    """Which week a weekday is of."""

    THIS = 0
    NEXT = 1
    AFTER_NEXT = 2
    #: English "next": of the next week to some, the one that comes next to others.
    SOME_NEXT = -1


class WordFault(StrEnum):
    """Why a text is no time."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    UNKNOWN_ZONE = "unknown_zone"


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as typed; `is_loose`: `8:30` or `8点`, of the morning or of the evening;
    `is_midnight`: the word, which may be either end of its day."""

    hour: int
    minute: int = 0
    second: int = 0
    is_loose: bool = False
    is_midnight: bool = False


@dataclass(frozen=True, slots=True)
class Weekday:
    """0 is Monday; without a week it is the next one ahead."""

    day: int
    week: Week | None = None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date as typed; `is_either`: `12/1` is the first of December or the twelfth of January.
    Without a month it is the next day of that number."""

    year: int | None
    month: int | None
    day: int
    is_either: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """All that was typed, each at most once."""

    clock: Clock | None = None
    period: Period | None = None
    date: CalendarDay | None = None
    days_ahead: int | None = None
    weekday: Weekday | None = None
    zone: tzinfo | None = None
    delay: timedelta | None = None


def read(typed: str, known: Mapping[str, tzinfo]) -> Parts | WordFault:
    """The parts of `typed`; `known` are the zones that may be named, by their names."""
    if len(typed) > TEXT_LIMIT:
        return WordFault.UNREADABLE
    plain = _plain(typed)
    if not plain:
        return WordFault.EMPTY
    delay = _delay(plain)
    if delay is not None:
        return Parts(delay=delay)
    return _scan(plain, {name.casefold(): zone for name, zone in known.items()})


def _plain(typed: str) -> str:
    """Full-width digits, letters and punctuation made plain; one space at most; small letters."""
    folded = unicodedata.normalize("NFKC", typed).casefold().translate(PLAIN)
    spaced = " ".join(folded.replace("。", " ").split())
    return re.sub(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})t(?=[0-9])", r"\1 ", spaced)


def _number(written: str) -> int:
    """`30`, `三十`, `十二`, `两`. What is no number, as `十十`, counts as one out of all bounds."""
    if written.isdecimal():
        return int(written)
    tens, ten, ones = written.rpartition("十")
    if not ten:
        # 九点零五分
        ones = ones.removeprefix("零") or "零"
    if any(part and part not in DIGITS for part in (tens, ones)):
        return 9999
    return (DIGITS[tens] if tens else 1 if ten else 0) * 10 + (DIGITS[ones] if ones else 0)


ENGLISH_DELAY = re.compile(
    rf"in (?:(?P<hours>half an?|an?|{AMOUNT}) ?(?:hours?|hrs?|h))?"
    rf"(?:(?: and)? ?(?P<minutes>{N}|a) ?(?:minutes?|mins?|m))?"
)
CHINESE_DELAY = re.compile(
    rf"(?:过 ?)?(?:(?P<hours>半|{AMOUNT}) ?个?(?P<half>半)? ?(?:小时|钟头))?"
    rf" ?(?:(?P<minutes>{N}) ?分钟?)? ?(?:之后|以后|后)"
)
HOURS = {"half a": 0.5, "half an": 0.5, "a": 1, "an": 1, "半": 0.5}


def _delay(plain: str) -> timedelta | None:
    found = ENGLISH_DELAY.fullmatch(plain) or CHINESE_DELAY.fullmatch(plain)
    if found is None:
        return None
    groups = found.groupdict()
    hours, minutes = groups["hours"], groups["minutes"]
    if hours is None and minutes is None:
        return None
    half = 0.5 if groups.get("half") else 0
    long = 0 if hours is None else HOURS[hours] if hours in HOURS else _amount(hours)
    short = 0 if minutes is None else 1 if minutes == "a" else _number(minutes)
    return timedelta(hours=long + half, minutes=short)


def _amount(written: str) -> float:
    return float(written) if "." in written else _number(written)


Found = re.Match[str]
Reader = Callable[[Found], Parts]
PERIODS = {
    Period.SMALL_HOURS: ("凌晨", "半夜"),
    Period.MORNING: ("早上", "早晨", "清晨", "上午", "早", "in the morning", "morning"),
    Period.NOON: ("中午",),
    Period.AFTERNOON: ("下午", "傍晚", "in the afternoon", "afternoon"),
    Period.EVENING: ("晚上", "夜里", "夜晚", "晚", "in the evening", "evening"),
}
PERIOD_OF = {word: period for period, words in PERIODS.items() for word in words}
#: Days ahead, and the part of the day that goes with the word.
DAYS: Mapping[str, tuple[int, Period | None]] = {
    "今天": (0, None), "今日": (0, None), "today": (0, None),
    "今早": (0, Period.MORNING), "今晚": (0, Period.EVENING), "今晚上": (0, Period.EVENING),
    "今夜": (0, Period.EVENING),
    "tonight": (0, Period.EVENING),
    "明天": (1, None), "明日": (1, None), "tomorrow": (1, None), "tmr": (1, None),
    "明早": (1, Period.MORNING), "明晚": (1, Period.EVENING),
    "后天": (2, None), "后日": (2, None), "the day after tomorrow": (2, None),
    "day after tomorrow": (2, None), "大后天": (3, None),
}  # fmt: skip
#: A half of the clock beside a part of the day that goes with it says no more.
TOGETHER: Mapping[frozenset[Period], Period] = {
    frozenset({Period.AM, Period.SMALL_HOURS}): Period.AM,
    frozenset({Period.AM, Period.MORNING}): Period.AM,
    frozenset({Period.PM, Period.NOON}): Period.NOON,
    frozenset({Period.PM, Period.AFTERNOON}): Period.AFTERNOON,
    frozenset({Period.PM, Period.EVENING}): Period.EVENING,
}
WEEKS = {
    "本": Week.THIS, "这": Week.THIS, "这个": Week.THIS, "this": Week.THIS,
    "下": Week.NEXT, "下个": Week.NEXT, "下下": Week.AFTER_NEXT, "下下个": Week.AFTER_NEXT,
    "next": Week.SOME_NEXT,
}  # fmt: skip
MINUTES = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0}
#: Names several zones go by.
SHARED_ZONES = "cst|est|edt|pst|pdt|mst|mdt|cdt|cet|cest|eet|ist|bst|jst|kst|hkt|sgt|msk|aest"


def _any_of(words: Mapping[str, object]) -> str:
    """Longest first, so that 早上 is not read as 早; an English word ends where it ends."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word) + (END if word.isascii() else "") for word in ordered)


def _calendar(found: Found) -> Parts:
    year, month, day = found.groups()
    return Parts(date=CalendarDay(int(year) if year else None, _number(month), _number(day)))


def _slashed(found: Found) -> Parts:
    """Which comes first, month or day, depends on where one learned to write."""
    first, second = int(found[1]), int(found[2])
    is_either = first != second and max(first, second) <= 12
    month, day = (second, first) if first > 12 else (first, second)
    return Parts(date=CalendarDay(None, month, day, is_either))


def _named(month: str, day: str, year: str | None) -> Parts:
    number = MONTHS[month[:3]]
    return Parts(date=CalendarDay(int(year) if year else None, number, int(day)))


def _day(found: Found) -> Parts:
    days, period = DAYS[found[0]]
    return Parts(days_ahead=days, period=period)


def _weekday(found: Found) -> Parts:
    week, day = found[1], found[2]
    number = CHINESE_WEEKDAYS[day] if day in CHINESE_WEEKDAYS else WEEKDAYS[day[:3]]
    return Parts(weekday=Weekday(number, WEEKS[week] if week else None))


def _digital(found: Found) -> Parts:
    hour, minute, second, half = found.groups()
    loose = half is None and len(hour) == 1 and int(hour) > 0
    clock = Clock(int(hour), int(minute), int(second or 0), loose)
    return Parts(clock=clock, period=_half(half))


def _half(letter: str | None) -> Period | None:
    return {None: None, "a": Period.AM, "p": Period.PM}[letter]


def _chinese_clock(found: Found) -> Parts:
    hour, named, minute = found.groups()
    minutes = MINUTES[named] if named else _number(minute) if minute else 0
    number = _number(hour)
    loose = 0 < number < 12 and not hour.startswith("0")
    return Parts(clock=Clock(number, minutes, is_loose=loose))


def _hour(found: Found) -> Parts:
    """An hour alone, which a word beside it makes a clock."""
    hour = int(found[1])
    return Parts(clock=Clock(hour, is_loose=0 < hour < 12 and len(found[1]) == 1))


#: The one that comes next: the end of its day.
MIDNIGHT = Clock(24, is_midnight=True)


def _offset(found: Found) -> Parts:
    sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return Parts(zone=timezone(-ahead if sign == "-" else ahead))


def _is_offset(found: Found) -> bool:
    return int(found[2]) <= 14 and int(found[3] or 0) < 60


# In this order; what starts with a sign is a zone only behind a clock.
READERS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){END}",
         lambda found: Parts(date=CalendarDay(int(found[1]), int(found[3]), int(found[4])))),
        (rf"(?:([0-9]{{4}})年)?({N})月({N})[日号]?", _calendar),
        (rf"()([0-9]{{1,2}})-([0-9]{{1,2}}){END}", _calendar),
        (rf"([0-9]{{1,2}})/([0-9]{{1,2}}){END}", _slashed),
        (rf"{MONTH}\.? ([0-9]{{1,2}})(?:st|nd|rd|th)?(?:,? ([0-9]{{4}}))?(?![a-z0-9:])",
         lambda found: _named(found[1], found[2], found[3])),
        (rf"([0-9]{{1,2}})(?:st|nd|rd|th)? {MONTH}\.?(?:,? ([0-9]{{4}}))?(?![a-z0-9:])",
         lambda found: _named(found[2], found[1], found[3])),
        (_any_of(DAYS), _day),
        (rf"({N})[日号]",
         lambda found: Parts(date=CalendarDay(None, None, _number(found[1])))),
        (rf"(?:the )?([0-9]{{1,2}})(?:st|nd|rd|th){END}",
         lambda found: Parts(date=CalendarDay(None, None, int(found[1])))),
        (rf"in ({N}) days?{END}", lambda found: Parts(days_ahead=_number(found[1]))),
        (rf"({N})天后", lambda found: Parts(days_ahead=_number(found[1]))),
        (r"(下下个?|下个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天])", _weekday),
        (rf"(?:(next|this) )?{WEEKDAY}{END}", _weekday),
        (_any_of(PERIOD_OF), lambda found: Parts(period=PERIOD_OF[found[0]])),
        (rf"([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}}))?(?: ?{HALF})?(?![0-9:])",
         _digital),
        # 1h30 is an hour and a half to others.
        (r"([0-9]{2})h([0-9]{2})(?![0-9a-z])",
         lambda found: Parts(clock=Clock(int(found[1]), int(found[2])))),
        (rf"(?:at )?([0-9]{{1,2}}) (?=in the (?:morning|afternoon|evening){END})", _hour),
        (AT_HOUR, _hour),
        (rf"([0-9]{{1,2}}) ?{HALF}{END}",
         lambda found: Parts(clock=Clock(int(found[1])), period=_half(found[2]))),
        (rf"({N})[点时](?:(半|一刻|三刻|整|钟)|({N})分?)?", _chinese_clock),
        (rf"midnight{END}|午夜(?:12点|零点|0点)?", lambda _: Parts(clock=MIDNIGHT)),
        (rf"(?:12 )?noon{END}", lambda _: Parts(clock=Clock(12))),
        (rf"(?:z|utc|gmt){END}(?! ?[-+])", lambda _: Parts(zone=UTC)),
        (r"北京时间|中国时间|beijing(?: time)?", lambda _: Parts(zone=MAINLAND_ZONE)),
    )
)  # fmt: skip
OFFSET = re.compile(rf"(?:utc|gmt)? ?([-+]) ?([0-9]{{1,2}})(?::?([0-9]{{2}}))?{END}")
OTHER_ZONE = re.compile(rf"(?:{SHARED_ZONES}|[a-z]+(?:/[a-z_+-]+)+){END}")
FILLER = re.compile(rf"(?:[ ,、的()]|(?!{AT_HOUR})at{END}|on{END}|@)+")


def _scan(plain: str, known: Mapping[str, tzinfo]) -> Parts | WordFault:
    parts, at = Parts(), 0
    while at < len(plain):
        filler = FILLER.match(plain, at)
        if filler is not None:
            at = filler.end()
            continue
        found = _next(plain, at, parts, known)
        if isinstance(found, WordFault):
            return found
        part, at = found
        merged = _merged(parts, part)
        if merged is None:
            return WordFault.UNREADABLE
        parts = merged
    return WordFault.EMPTY if parts == Parts() else parts


def _next(
    plain: str, at: int, so_far: Parts, known: Mapping[str, tzinfo]
) -> tuple[Parts, int] | WordFault:
    """The part that stands at `at`, and where it ends."""
    for name in sorted(known, key=len, reverse=True):
        if plain.startswith(name, at):
            return Parts(zone=known[name]), at + len(name)
    offset = OFFSET.match(plain, at) if so_far.clock else None
    # 09:00-10:00 is two clocks to most; 2026-12-01 09:00-10:00 is ISO 8601.
    if offset is not None and (so_far.date or offset[1] == "+" or plain[at] in "ug"):
        is_one = _is_offset(offset)
        return (_offset(offset), offset.end()) if is_one else WordFault.UNKNOWN_ZONE
    for pattern, reader in READERS:
        found = pattern.match(plain, at)
        if found is not None:
            return reader(found), found.end()
    return WordFault.UNKNOWN_ZONE if OTHER_ZONE.match(plain, at) else WordFault.UNREADABLE


def _merged(one: Parts, other: Parts) -> Parts | None:
    """Both together; None where both say the same part. 今晚 and 晚上 may, and tonight and pm."""
    given = {
        name: getattr(other, name) for name in Parts.__slots__ if getattr(other, name) is not None
    }
    if one.period is not None and other.period is not None:
        period = TOGETHER.get(frozenset({one.period, other.period}))
        given["period"] = one.period if one.period is other.period else period
        if given["period"] is None:
            return None
    if any(getattr(one, name) is not None for name in given if name != "period"):
        return None
    return replace(one, **given)
