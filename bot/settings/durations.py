"""Lengths of time in app.yaml as Alertmanager writes them, and figures that may be off."""

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.rules import durations

OFF = "off"
LONGEST_S = 400 * 86_400
REMINDERS_MAX = 100


def seconds(value: object) -> int:
    """Of what was accepted as a length of time."""
    read = durations.read(value) if isinstance(value, str) else None
    if read is None or read > LONGEST_S:
        raise PydanticCustomError("not_a_duration", "a length of time")
    return read


def _duration(value: object) -> str:
    seconds(value)
    return str(value)


def _some_duration(value: object) -> str:
    if not seconds(value):
        raise PydanticCustomError("not_a_duration", "a length of time above 0s")
    return str(value)


def _duration_or_off(value: object) -> str:
    return OFF if value == OFF else _some_duration(value)


def _count_or_off(value: object) -> int | str:
    if value == OFF:
        return OFF
    if type(value) is int and 1 <= value <= REMINDERS_MAX:
        return value
    raise PydanticCustomError("not_a_figure", "a figure or off")


DURATION_SCHEMA = {"type": "string", "pattern": f"^(?=[0-9]){durations.PATTERN}$"}
DurationText = Annotated[str, PlainValidator(_duration), WithJsonSchema(DURATION_SCHEMA)]
#: What is said again and again after so long: not without a pause.
SomeDurationText = Annotated[str, PlainValidator(_some_duration), WithJsonSchema(DURATION_SCHEMA)]
#: One kind of value to look at, so that a fault stands at its key and not below it.
DurationOrOff = Annotated[
    str,
    PlainValidator(_duration_or_off),
    WithJsonSchema({"oneOf": [DURATION_SCHEMA, {"const": OFF}]}),
]
CountOrOff = Annotated[
    int | str,
    PlainValidator(_count_or_off),
    WithJsonSchema(
        {"oneOf": [{"type": "integer", "minimum": 1, "maximum": REMINDERS_MAX}, {"const": OFF}]}
    ),
]
