"""The frequency limits of an app as app.yaml writes them, and the policy they are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.rules.policies import CLASSES, LARGEST, NUMBER, PROFILES, SAME, Key, Policy
from bot.settings.section import Section
from bot.settings.shapes import LimitsProfile, ProfileName

OFF: Literal["off"] = "off"
#: What one number, and what an app, may be allowed at the most.
PER_NUMBER_MAX, TOTAL_MAX = LARGEST["day"], LARGEST["stop"]
#: Keys of their own, from before there were classes and totals.
_NAMES = {
    f"{NUMBER}.30s": "per_number_30s",
    f"{NUMBER}.hour": "per_number_hour",
    f"{NUMBER}.day": "per_number_day",
    f"{SAME}.30s": "same_content_30s",
}


def _figure(value: object) -> int | Literal["off"]:
    if value == OFF:
        return OFF
    if type(value) is int and 1 <= value <= PER_NUMBER_MAX:
        return value
    raise PydanticCustomError("not_a_figure", "a figure or off")


#: One kind of value to look at, so that a fault stands at its key and not below it.
Figure = Annotated[
    int | Literal["off"],
    PlainValidator(_figure),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "integer", "minimum": 1, "maximum": PER_NUMBER_MAX},
                {"const": OFF},
            ]
        }
    ),
]
TotalScope = Annotated[str, Field(pattern=r"^(mainland|international|[A-Z]{2})$")]


class ClassLimits(Section):
    """How often one number may get messages of one class."""

    per_30s: Figure | None = Field(
        default=None, alias="30s", description="Messages of this class to one number in 30 seconds."
    )
    per_hour: Figure | None = Field(
        default=None, alias="hour", description="Messages of this class to one number in an hour."
    )
    per_day: Figure | None = Field(
        default=None,
        alias="day",
        description="Messages of this class to one number in a calendar day.",
    )

    def figures(self) -> dict[str, int | str | None]:
        """By the window's name in a policy."""
        return {"30s": self.per_30s, "hour": self.per_hour, "day": self.per_day}


class TotalLimits(Section):
    """How many messages an app may begin in a calendar day."""

    warn: Annotated[int, Field(ge=1, le=TOTAL_MAX)] | None = Field(
        default=None, description="From so many messages in a calendar day on, the channel is told."
    )
    stop: Annotated[int, Field(ge=0, le=TOTAL_MAX)] | None = Field(
        default=None, description="After so many messages in a calendar day, nothing more goes."
    )


Totals = Annotated[
    Mapping[TotalScope, TotalLimits], AfterValidator(MappingProxyType), PlainSerializer(dict)
]


def _no_totals() -> Mapping[str, TotalLimits]:
    return MappingProxyType({})


class Limits(Section):
    """How often one number may be written to; a figure replaces the profile's."""

    profile: ProfileName = Field(
        default=LimitsProfile.Y2025,
        description="Tencent's default rules as documented: "
        "classic is 10 a day per number (2021 to 2023), 2025 is 2 a day.",
    )
    per_number_30s: Figure | None = Field(
        default=None, description="Messages to one number in 30 seconds, whatever they say."
    )
    per_number_hour: Figure | None = Field(
        default=None, description="Messages to one number in an hour."
    )
    per_number_day: Figure | None = Field(
        default=None, description="Messages to one number in a calendar day."
    )
    same_content_30s: Figure | None = Field(
        default=None, description="Messages of the same text to one number in 30 seconds."
    )
    otp: ClassLimits = Field(default=ClassLimits(), description="Codes to one number.")
    notice: ClassLimits = Field(default=ClassLimits(), description="Notices to one number.")
    marketing: ClassLimits = Field(default=ClassLimits(), description="Marketing to one number.")
    alert: ClassLimits = Field(default=ClassLimits(), description="Alerts to one number.")
    totals: Totals = Field(
        default_factory=_no_totals,
        description="Messages of this app in a calendar day: to the mainland, to all other "
        "countries (international), to one country by its ISO code.",
    )

    @property
    def policy(self) -> Policy:
        """The profile's rules with the figures given here in their place."""
        given: dict[str, int | str | None] = {
            key: getattr(self, name) for key, name in _NAMES.items()
        }
        for class_ in CLASSES:
            own: ClassLimits = getattr(self, class_)
            given |= {f"{class_}.{window}": figure for window, figure in own.figures().items()}
        for scope, total in self.totals.items():
            given |= {f"{scope}.warn": total.warn, f"{scope}.stop": total.stop}
        changes = {
            key: figure if isinstance(figure, int) else None
            for key, figure in given.items()
            if figure is not None
        }
        return PROFILES[self.profile.value].policy.with_changes(changes)


def place_of(key: Key) -> tuple[str, ...]:
    """Where a cap stands in app.yaml, below `limits`."""
    if key.is_total:
        return ("totals", key.scope, key.measure)
    name = _NAMES.get(str(key))
    return (key.scope, key.measure) if name is None else (name,)
