"""The variables of a template: finding them, filling them, and what Tencent takes as a value.

A template's text holds ``{1}``, ``{2}``…; SendSms takes one string for each, in order, and refuses
the message when count, length or kind do not fit (product/382/39023 of 2025-06-17, "variable
rules", and the SMS codes under ``InvalidParameterValue.*``). The same rules are held here so that
a person hears of it before anything is sent.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.classes import TemplateClass
from bot.rules.wording import (
    MARKETING_WORDS,
    OTP_WORDS,
    OTP_WORDS_ENGLISH,
    URL,
    Unwanted,
    unwanted,
)

VARIABLE = re.compile(r"\{([1-9][0-9]?)\}")
# Errorcode InvalidParameterValue.TemplateParameterFormatError: up to 6 digits, nothing else.
OTP_DIGITS = 6
OTP_VALUE = re.compile(rf"[0-9]{{1,{OTP_DIGITS}}}")
# Accounts opened since 2024-01-25 have 6 (TemplateParameterLengthLimit), older ones of individuals
# 12, of companies no limit; only the console shows an account's own figure.
DEFAULT_LONGEST = 12


class ValueReason(StrEnum):
    """What is wrong with the values given for a template."""

    COUNT_MISMATCH = "count_mismatch"
    EMPTY = "empty"
    OTP_NOT_DIGITS = "otp_not_digits"
    TOO_LONG = "too_long"
    URL = "url"
    BRACKET = Unwanted.BRACKET.value
    LINE_BREAK = Unwanted.LINE_BREAK.value
    CONTROL_CHARACTER = Unwanted.CONTROL_CHARACTER.value
    INVISIBLE_CHARACTER = Unwanted.INVISIBLE_CHARACTER.value
    LONE_SURROGATE = Unwanted.LONE_SURROGATE.value


class BindReason(StrEnum):
    """Why the arguments of a command do not say which value goes where."""

    UNKNOWN_KEY = "unknown_key"
    DUPLICATE_KEY = "duplicate_key"
    MISSING = "missing"
    TOO_MANY = "too_many"
    #: Some with a key and some without.
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class ValueFault:
    """One fault. `variable` is the ``{n}`` concerned (None: all of them), `wanted` the count wanted
    or the limit, `given` what there is, `code_point` the character (``U+202E``).
    """

    reason: ValueReason
    variable: int | None = None
    wanted: int | None = None
    given: int | None = None
    code_point: str | None = None


@dataclass(frozen=True, slots=True)
class BindFault:
    """Values that cannot be placed: the key concerned, and how many were wanted and given."""

    reason: BindReason
    wanted: int
    given: int
    key: str | None = None


def variables_of(content: str) -> tuple[int, ...]:
    """The numbers of the variables in a template's text, each once, in order."""
    return tuple(sorted({int(number) for number in VARIABLE.findall(content)}))


def fill(content: str, values: Sequence[str]) -> str:
    """The text with `values` put in, in order; a variable without a value stays as it is."""
    given = dict(zip(variables_of(content), values, strict=False))
    return VARIABLE.sub(lambda found: given.get(int(found[1]), found[0]), content)


def bind_values(
    content: str, pairs: Sequence[tuple[str | None, str]]
) -> tuple[str, ...] | BindFault:
    """The values of a template in order, from the (key or None, value) arguments of a command.

    Keys are ``1`` or ``{1}``; without keys the order counts; the value of an only variable may have
    any key (``code=123456``).
    """
    variables = variables_of(content)
    keys = [None if key is None else key.strip("{}") for key, _ in pairs]
    fault = _bind_fault(variables, keys)
    if fault is not None:
        return fault
    if len(variables) == 1 or all(key is None for key in keys):
        return tuple(value for _, value in pairs)
    by_key = dict(zip(keys, (value for _, value in pairs), strict=True))
    return tuple(by_key[str(variable)] for variable in variables)


def check_values(
    class_: TemplateClass,
    content: str,
    values: Sequence[str],
    *,
    longest: int | None = DEFAULT_LONGEST,
) -> tuple[ValueFault, ...]:
    """Every fault of `values` for a template, in order; nothing may be sent unless it is empty.

    `longest` is how many characters the account may put in one variable, None for no limit.
    """
    variables = variables_of(content)
    faults: list[ValueFault] = []
    if len(values) != len(variables):
        wanted, given = len(variables), len(values)
        faults.append(ValueFault(ValueReason.COUNT_MISMATCH, wanted=wanted, given=given))
    for variable, value in zip(variables, values, strict=False):
        faults += _text_faults(variable, value)
        faults += _form_faults(variable, value, class_, longest)
    return tuple(faults)


def guess_class(content: str) -> TemplateClass:
    """The class a template's text suggests, where app.yaml names none; never `ALERT`.

    A code template must say 验证码 (outside the mainland "code") and a marketing one must end with
    its way out, 拒收请回复R (product/382/39023; announcement 382/100568).
    """
    is_variable = bool(variables_of(content))
    if is_variable and OTP_WORDS.search(content):
        return TemplateClass.OTP
    if MARKETING_WORDS.search(content):
        return TemplateClass.MARKETING
    if is_variable and OTP_WORDS_ENGLISH.search(content):
        return TemplateClass.OTP
    return TemplateClass.NOTICE


def _bind_fault(variables: Sequence[int], keys: Sequence[str | None]) -> BindFault | None:
    wanted, given = len(variables), len(keys)
    named = [key for key in keys if key is not None]
    repeated = [key for key, times in Counter(named).items() if times > 1]
    if repeated:
        return BindFault(BindReason.DUPLICATE_KEY, wanted, given, repeated[0])
    if wanted == 0 or not named:
        return _count_fault(variables, given)
    if wanted == given == 1:
        return None
    if len(named) < given:
        return BindFault(BindReason.MIXED, wanted, given)
    return _key_fault(variables, named)


def _count_fault(variables: Sequence[int], given: int) -> BindFault | None:
    wanted = len(variables)
    if given > wanted:
        return BindFault(BindReason.TOO_MANY, wanted, given)
    if given < wanted:
        return BindFault(BindReason.MISSING, wanted, given, str(variables[given]))
    return None


def _key_fault(variables: Sequence[int], named: Sequence[str]) -> BindFault | None:
    expected = [str(variable) for variable in variables]
    wanted, given = len(expected), len(named)
    unknown = next((key for key in named if key not in expected), None)
    if unknown is not None:
        return BindFault(BindReason.UNKNOWN_KEY, wanted, given, unknown)
    missing = next((key for key in expected if key not in named), None)
    return None if missing is None else BindFault(BindReason.MISSING, wanted, given, missing)


def _text_faults(variable: int, value: str) -> list[ValueFault]:
    """Characters that must not be in any value; each reason is given once, with its first one."""
    found: dict[ValueReason, ValueFault] = {}
    for character in value:
        kind = unwanted(character)
        if kind is not None and ValueReason(kind.value) not in found:
            reason, point = ValueReason(kind.value), f"U+{ord(character):04X}"
            found[reason] = ValueFault(reason, variable, code_point=point)
    return list(found.values())


def _form_faults(
    variable: int, value: str, class_: TemplateClass, longest: int | None
) -> list[ValueFault]:
    if not value.strip():
        return [ValueFault(ValueReason.EMPTY, variable)]
    length = len(value)
    if class_ is TemplateClass.OTP:
        if OTP_VALUE.fullmatch(value):
            return []
        return [ValueFault(ValueReason.OTP_NOT_DIGITS, variable, OTP_DIGITS, length)]
    if URL.search(unicodedata.normalize("NFKC", value)):
        # However short it were made.
        return [ValueFault(ValueReason.URL, variable)]
    if longest is not None and length > longest:
        return [ValueFault(ValueReason.TOO_LONG, variable, longest, length)]
    return []
