"""Reading a phone number as people write it, and showing one without giving it away.

Every spelling of a number gives the same E.164 text, which is what the per-number fence, the limits
and the opt-out book look up. SendSms itself takes ``+86…``, ``0086…``, ``86…`` and bare 11 digits
for the mainland (api/382/55981) and ``+<country><number>`` for the rest.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

TEXT_LIMIT = 64
#: Every country there is, by its ISO code.
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)

# New mobile ranges open faster than number tables are renewed, so the whole 13–19 block is taken.
MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")
MAINLAND_MOBILE_DIGITS = 11
SPELT_MOBILE = re.compile(rf"(?:0086|86)?{MAINLAND_MOBILE.pattern}")
# Senders of SMS (106…), carriers and emergency (10086, 110), banks and companies (95588).
SERVICE_NUMBERS = re.compile(r"106[0-9]{5,17}|1[0-2][0-9]{1,4}|9[0-9]{2,5}")
SLACK_LINK = re.compile(r"<tel:([^<>|]*)(?:\|[^<>]*)?>")
SCIENTIFIC = re.compile(r"\+?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+")
# What a spreadsheet makes of a number column; as a separator, this dot would add a digit.
DECIMAL = re.compile(r"\+?[0-9]{7,}\.[0-9]{0,2}")
# Seven digits and more, not part of an id (4719:106…, 2026-11-22, E-…): those are letters' and
# colons' neighbours. Chinese is written without spaces, so its characters are none.
LETTER = r"A-Za-z_\d"
NUMBER_RUN = re.compile(rf"(?:(?<=tel:)|(?<![{LETTER}:.-]))(\+?\d{{3}})\d+(\d{{4}})(?![{LETTER}:])")
# What people write: 138 0000 0001, +86 138-0000-0001, phone:13800000001.
TYPED_MOBILE = re.compile(
    rf"(?<![{LETTER}+.-])(?<!\d:)(?:\+?86[ \u00a0-]?)?"
    rf"1[3-9]\d(?:[ \u00a0-]?\d{{4}}){{2}}(?![{LETTER}])"
)
# The same of any country, parted by whatever people part groups with; how many there are, and
# whether they are a number, `_typed` says. Runs that nothing parts are those above.
_PARTING = r"\s\u00b7\u30fb.()（）\u00ad\u200b-\u200f\u2060\ufeff" + re.escape("-‐‑‒–—―−－")
_APART = rf"(?:[+＋][{_PARTING}]{{0,3}})?[(（]?\d(?:[{_PARTING}]{{0,4}}\d){{1,60}}+(?!:\d|\*)"
TYPED_APART = re.compile(rf"(?<!\d:)(?<![\d*])(?<![A-Za-z]-){_APART}")
APART = re.compile(rf"(?<!\d:)(?<![{LETTER}*])(?<![A-Za-z]-){_APART}(?![{LETTER}])")
# Each digit by itself, all parted by the same, which is neither letter nor digit: who writes a
# number so wants it read by people alone. A mainland mobile, or any with its plus.
SPELT_OUT = re.compile(r"(?<!\d)(?:[+＋][\W_]{0,6})?\d([\W_]{1,6})\d(?:\1\d){6,58}(?!\d)")
# As many digits, and no number: a day, or one until another, and a machine's address.
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
NO_NUMBER = re.compile(
    rf"(?<![\d.+-])(?:(?:19|20)\d\d([-./])\d{{1,2}}\1\d{{1,2}}"
    rf"(?:[-~–—](?:19|20)\d\d\1\d{{1,2}}\1\d{{1,2}})?"
    rf"|\d{{1,2}}([-./])\d{{1,2}}\2(?:19|20)\d\d|{_OCTET}(?:\.{_OCTET}){{3}})(?!\d|[.-]\d)"
)
# A day in one run, as files are named.
DAY_RUN = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
# A local number of eight digits; years, hours and round figures are none.
LOCAL = re.compile(r"(?!(?:19|20)\d\d\D(?:19|20)\d\d$)(?!..00\D+..00$)[2-9]\d{3}\D\d{4}")
FRACTION, ROUND = re.compile(r"\d{1,2}\.\d+"), re.compile(r"\d{1,3}(?:\D000){2,}")
#: Nobody's number has fewer, and a run of so many is one by itself.
APART_DIGITS_MIN, SHORT_RUN, WHOLE_RUN = 8, 10, re.compile(r"\d{10}")
# Digits that are left once numbers are covered: part of an id, or of a number mistyped.
NUMBER_IN_CODE = re.compile(r"(?<!\d)(?<!0\.)\+?\d{8,}")
LONG_RUN = re.compile(r"\+?\d{7,}")
# As `mask` shows one.
MASKED = re.compile(r"\+[0-9]{0,3} ?[0-9]{0,3}\*{4}[0-9]{0,4}")
#: With so many digits a text may hold a number, whatever stands between them.
NUMBER_DIGITS_MIN = 7
FULL_WIDTH = {
    ord(wide): ord(plain)
    for wide, plain in zip("０１２３４５６７８９＋（）．＝＠", "0123456789+().=@", strict=True)
}
DASHES = frozenset("-‐‑‒–—―−－")
SERVICE_TYPES = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


#: What stands in the place of a number that was deleted, before the id of its row: it is masked as
#: a whole, and no other row has the same.
FORGOTTEN = "forgotten:"
#: Behind it, before the request that erased the number, where one did.
ERASED_BY = "@"


class NumberFault(StrEnum):
    """Why a text is no number an SMS can go to."""

    EMPTY = "empty"
    #: More characters than any number has.
    TEXT_TOO_LONG = "text_too_long"
    CONTROL_CHARACTER = "control_character"
    FORMULA = "formula"
    SCIENTIFIC_NOTATION = "scientific_notation"
    MALFORMED = "malformed"
    UNKNOWN_COUNTRY = "unknown_country"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LANDLINE = "landline"
    #: Premium, toll-free and short numbers, and the 106… senders of other SMS.
    SERVICE_NUMBER = "service_number"
    #: A mainland number outside the mobile ranges.
    NOT_MOBILE = "not_mobile"


@dataclass(frozen=True, slots=True)
class Number:
    """A number an SMS can go to. `country` is its ISO code (`CN`, `HK`, `US`)."""

    e164: str
    country: str
    is_mainland: bool


@dataclass(frozen=True, slots=True)
class BadNumber:
    """No number: why, how many digits were seen, and of which country where that much is clear."""

    reason: NumberFault
    digits: int = 0
    country: str | None = None


def read_number(text: str, default_region: str = "CN") -> Number | BadNumber:
    """The number in `text`; `default_region` (ISO) is the country of one without a prefix."""
    if len(text) > TEXT_LIMIT:
        return BadNumber(NumberFault.TEXT_TOO_LONG, _digits_in(text))
    plain = _unwrap(text.strip(" \t\r\n\u00a0\u3000")).translate(FULL_WIDTH)
    fault = _text_fault(plain)
    if fault is not None:
        return BadNumber(fault, _digits_in(plain))
    compact = "".join(character for character in plain if not _is_separator(character))
    if not re.fullmatch(r"\+?[0-9]+", compact):
        return BadNumber(NumberFault.MALFORMED, _digits_in(compact))
    return _read_digits(compact, default_region)


def cover(text: str) -> str:
    """`text` with every run of digits that could be a phone number covered in its middle, and
    mainland mobiles as people write them apart."""
    return NUMBER_RUN.sub(_covered, _without_apart(APART, text))


def cover_typed(text: str) -> str:
    """`text` covered where somebody typed it and no id of ours stands in it: a number with letters
    glued to it as well."""
    text = NUMBER_RUN.sub(_covered, _without_apart(TYPED_APART, text))
    return LONG_RUN.sub(lambda run: cover_all(run[0]), text)


@lru_cache(maxsize=4_096)
def cover_code(code: str) -> str:
    """A carrier's code, or its words beside it, as they may be kept and shown: open strings that
    somebody else fills in, and what could be a number in them is covered. Carriers have codes of
    seven digits."""
    return NUMBER_IN_CODE.sub(lambda run: cover_all(run[0]), cover(code))


def cover_all(text: str) -> str:
    """`text` with its digits covered but for a few where somebody could read a number from it:
    parted by whatever, in other digits, too long or too short. For cells of unknown sense."""
    read = read_number(text)
    if isinstance(read, Number):
        return mask(read.e164)
    places = [at for at, character in enumerate(text) if character.isdigit()]
    if len(places) < NUMBER_DIGITS_MIN or MASKED.fullmatch(text):
        return text
    shown = min(3, len(places) // 4)
    covered = set(places[shown:-shown])
    return "".join("*" if at in covered else character for at, character in enumerate(text))


def _covered(run: re.Match[str]) -> str:
    read = read_number(run[0])
    if isinstance(read, Number):
        return mask(read.e164)
    if DAY_RUN.fullmatch(run[0]):
        return run[0]
    # Of a short one, seven digits would be nearly all.
    is_short = _digits_in(run[0]) < SHORT_RUN
    return cover_all(run[0]) if is_short else f"{run[1]}****{run[2]}"


def _without_apart(pattern: re.Pattern[str], text: str) -> str:
    """Without numbers whose digits stand apart, but with what only looks like one."""
    text = TYPED_MOBILE.sub(lambda run: _apart(run[0]), SPELT_OUT.sub(_spelt_out, text))
    if pattern.search(text) is None:
        return text
    pieces, at = [], 0
    for kept in NO_NUMBER.finditer(text):
        pieces += [pattern.sub(_typed, text[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join((*pieces, pattern.sub(_typed, text[at:])))


def _spelt_out(found: re.Match[str]) -> str:
    run = found[0]
    digits = "".join(str(int(each)) for each in run if each.isdecimal())
    if run[0] in "+＋":
        return mask(f"+{digits}")
    if SPELT_MOBILE.fullmatch(digits):
        return mask(f"+86{digits[-MAINLAND_MOBILE_DIGITS:]}")
    return cover_all(run) if MAINLAND_MOBILE.search(digits) else run


def _typed(found: re.Match[str]) -> str:
    """What could be a number, covered where it is likely one."""
    run = found[0]
    return cover_all(run) if _is_likely(run) else run


def _is_likely(run: str) -> bool:
    digits = _digits_in(run)
    if digits < APART_DIGITS_MIN or run.isdecimal():
        return False
    if run[0] in "+＋(（":
        return True
    if digits == APART_DIGITS_MIN:
        return LOCAL.fullmatch(run) is not None
    if FRACTION.fullmatch(run) or ROUND.fullmatch(run):
        return False
    is_whole = WHOLE_RUN.search(run) is not None and not run.startswith("0")
    return not is_whole or isinstance(read_number(run), Number)


def _apart(run: str) -> str:
    read = read_number(run)
    return mask(read.e164) if isinstance(read, Number) else f"****{run[-4:]}"


def mask(e164: str) -> str:
    """`e164` for showing: ``+86 138****1234``, and of other countries' numbers at most half."""
    digits = e164.removeprefix("+")
    if not re.fullmatch(r"[0-9]{1,15}", digits):
        return "****"
    code = _country_code(digits)
    national = digits[len(code) :]
    if code == "86" and MAINLAND_MOBILE.fullmatch(national):
        return f"+86 {national[:3]}****{national[-4:]}"
    shown = min(3, len(national) // 4)
    tail = national[len(national) - shown :]
    return f"+{code} {national[:shown]}****{tail}".replace("+ ", "+")


def erased_by(number: str) -> str | None:
    """Which request erased a number, "" where it was deleted otherwise; None for one that is
    there."""
    if not number.startswith(FORGOTTEN):
        return None
    return number.removeprefix(FORGOTTEN).partition(ERASED_BY)[2]


def national_of(e164: str) -> str:
    """The digits of `e164` without its country's."""
    digits = e164.removeprefix("+")
    return digits.removeprefix(_country_code(digits))


def _unwrap(text: str) -> str:
    link = SLACK_LINK.fullmatch(text)
    return (link[1] if link else text).removeprefix("tel:").strip(" ")


def _digits_in(text: str) -> int:
    return sum(character.isdecimal() for character in text)


def _is_separator(character: str) -> bool:
    return character in DASHES or character in ".()" or unicodedata.category(character) == "Zs"


def _text_fault(text: str) -> NumberFault | None:
    if not text:
        return NumberFault.EMPTY
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text):
        return NumberFault.CONTROL_CHARACTER
    if text[0] in "=@" or text[0] in DASHES:
        return NumberFault.FORMULA
    if SCIENTIFIC.fullmatch(text):
        return NumberFault.SCIENTIFIC_NOTATION
    return NumberFault.MALFORMED if DECIMAL.fullmatch(text) else None


def _read_digits(compact: str, default_region: str) -> Number | BadNumber:
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    if compact.startswith("+86"):
        return _read_mainland(compact[3:])
    if compact.startswith("+"):
        return _read_foreign(compact, None)
    if default_region != "CN":
        return _read_foreign(compact, default_region)
    national = compact.removeprefix("86")
    is_mobile = MAINLAND_MOBILE.fullmatch(national.removeprefix("0"))
    return _read_mainland(national if is_mobile else compact)


def _read_mainland(national: str) -> Number | BadNumber:
    # A 0 in front is what one dialled from out of town; no area code begins with 013 to 019.
    mobile = national.removeprefix("0")
    if MAINLAND_MOBILE.fullmatch(mobile):
        return Number("+86" + mobile, "CN", is_mainland=True)
    return BadNumber(_mainland_fault(national), len(national), "CN")


def _mainland_fault(national: str) -> NumberFault:
    if SERVICE_NUMBERS.fullmatch(national):
        return NumberFault.SERVICE_NUMBER
    if re.match(r"0?1[3-9]", national):
        is_short = len(national.removeprefix("0")) < MAINLAND_MOBILE_DIGITS
        return NumberFault.TOO_SHORT if is_short else NumberFault.TOO_LONG
    parsed = _parse(national, "CN")
    if isinstance(parsed, NumberFault):
        return parsed
    return _type_fault(parsed) or _length_fault(parsed) or NumberFault.NOT_MOBILE


def _read_foreign(compact: str, region: str | None) -> Number | BadNumber:
    parsed = _parse(compact, region)
    if isinstance(parsed, NumberFault):
        return BadNumber(parsed, _digits_in(compact))
    if parsed.country_code == 86:
        # Dialled from abroad, as in 011 86 138….
        return _read_mainland(phonenumbers.national_significant_number(parsed))
    country = _country_of(parsed)
    if country is None:
        return BadNumber(NumberFault.UNKNOWN_COUNTRY, _digits_in(compact))
    # A range missing from the tables proves nothing (see above), so only length and type refuse.
    fault = _length_fault(parsed) or _type_fault(parsed)
    if fault is not None:
        return BadNumber(fault, _digits_in(compact), country)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Number(e164, country, is_mainland=False)


def _parse(compact: str, region: str | None) -> phonenumbers.PhoneNumber | NumberFault:
    try:
        return phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException as error:
        return PARSE_FAULTS[error.error_type]


PARSE_FAULTS = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: NumberFault.UNKNOWN_COUNTRY,
    # Only digits come this far, so "not a number" means that there are hardly any.
    phonenumbers.NumberParseException.NOT_A_NUMBER: NumberFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: NumberFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_SHORT_NSN: NumberFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_LONG: NumberFault.TOO_LONG,
}


def _country_of(number: phonenumbers.PhoneNumber) -> str | None:
    """The ISO code, or None for the networks that belong to no country (`001`)."""
    code = number.country_code or 0
    region = phonenumbers.region_code_for_number(
        number
    ) or phonenumbers.region_code_for_country_code(code)
    return (
        region
        if len(region) == 2 and region != phonenumbers.phonenumberutil.UNKNOWN_REGION
        else None
    )


def _length_fault(number: phonenumbers.PhoneNumber) -> NumberFault | None:
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE:
            return None
        case ValidationResult.TOO_LONG:
            return NumberFault.TOO_LONG
        case _:
            return NumberFault.TOO_SHORT


def _type_fault(number: phonenumbers.PhoneNumber) -> NumberFault | None:
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.FIXED_LINE:
        return NumberFault.LANDLINE
    return NumberFault.SERVICE_NUMBER if kind in SERVICE_TYPES else None


def _country_code(digits: str) -> str:
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((digits[:n] for n in (1, 2, 3) if int(digits[:n]) in known), "")
