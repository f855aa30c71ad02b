"""What commands of legacy v5 are made of: a command, its answer, and the shapes they share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import SHANGHAI, from_ms
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.send import Outcome
from bot.sandbox.tencent.world import World

T = TypeVar("T")
#: A parameter that is not what it should be; v5 has one number for all of them.
MALFORMED = "FailedOperation.FailResolvePacket"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer's object, and for a send what came of it."""

    payload: Mapping[str, Any]
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command with a JSON body, given by an application. `tail` is what of the body is signed
    besides the time."""

    run: Callable[[World, Application, Fields], Result]
    tail: Callable[[Fields], str]


def read_tel(tel: Fields) -> tuple[str, str]:
    """Country code and number of a ``tel`` object."""
    return tel.text_or_integer("nationcode"), tel.text("mobile")


def read_mobile(fields: Fields) -> PhoneNumber:
    """The number whose two parts lie in the body itself. Raises CallError."""
    number = read_number("+{}{}".format(*read_tel(fields)))
    if number is None:
        raise CallError("InvalidParameterValue.IncorrectPhoneNumber")
    return number


def read_page(rows: Sequence[T], offset: int, most: int, *, largest: int) -> Sequence[T]:
    """The rows from `offset` on, `most` of them. Raises CallError."""
    if not 0 <= most <= largest or offset < 0:
        raise CallError(MALFORMED)
    return rows[offset : offset + most]


def one_of(fields: Fields, name: str, allowed: Sequence[int]) -> int:
    """An integer that is one of a few; the first if absent. Raises CallError."""
    value = fields.integer(name, allowed[0])
    if value not in allowed:
        raise CallError(MALFORMED)
    return value


def local_time(moment_ms: int) -> str:
    """``2017-10-17 08:03:04`` in Shanghai."""
    return from_ms(moment_ms).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
