"""What app.yaml may say of being on call: who takes turns, and how somebody is reached."""

import re
from collections.abc import Sequence
from datetime import date, time
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from bot.rules.escalation import NEXT, CallLimits, Chain, Means, Step
from bot.rules.rotas import NOBODY, Hours, Rota
from bot.settings.section import Section
from bot.settings.shapes import Id, Name, TemplateId, Url, UserGroup
from bot.settings.summaries import WEEKDAYS, DayClock, WeekClock

#: A Monday. Which week is whose is counted from here where a rota says nothing else.
EPOCH = "2024-01-01"
VOICE_ENDPOINT = "https://vms.tencentcloudapi.com"
GROUP, USER = r"@[^\s@A-Z,]{1,80}|S[A-Z0-9]{2,20}", r"[UW][A-Z0-9]{2,20}"
#: In a list of people: nobody has that week.
NONE = "nobody"
Entry = Annotated[str, Field(pattern=rf"^({GROUP}|{USER}|{NONE})$")]
Whom = Annotated[str, Field(pattern=rf"^({GROUP}|{USER}|[a-z][a-z0-9-]{{0,31}})$")]
Weekday = Annotated[str, Field(pattern=rf"^({'|'.join(WEEKDAYS)})$")]
SdkAppId = Annotated[str, Id, Field(pattern=r"^1400[0-9]{6}$")]


class Fact(StrEnum):
    """What of an alert may stand in a template's variable; the value is the word in app.yaml."""

    KIND = "alert"
    APP = "app"
    SEVERITY = "severity"
    GROUP = "id"
    COUNT = "count"


FactName = Annotated[str, Field(pattern=rf"^({'|'.join(Fact)})$")]


def _a_day(written: str) -> str:
    try:
        date.fromisoformat(written)
    except ValueError as error:
        raise PydanticCustomError("no_date", "a date") from error
    return written


Date = Annotated[str, Field(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]


def _some(given: Sequence[object]) -> Sequence[object]:
    """Counts what is written. pydantic's own constraint counts what is left after faults."""
    if not given:
        raise PydanticCustomError("empty_list", "at least one")
    return given


NotEmpty = AfterValidator(_some)
AT_LEAST_ONE: JsonDict = {"minItems": 1}


class OnlyAt(Section):
    """The times at which a rota calls anybody."""

    days: Annotated[tuple[Weekday, ...], NotEmpty] = Field(
        default=WEEKDAYS, json_schema_extra=AT_LEAST_ONE, description="Days of the week."
    )
    begins: DayClock = Field(
        default="00:00", description="It calls from this time of such a day on."
    )
    ends: DayClock = Field(
        default="00:00",
        description="It calls until this time; over midnight where it is not later than `begins`.",
    )

    @property
    def hours(self) -> Hours:
        days = frozenset(map(WEEKDAYS.index, self.days))
        return Hours(days, time.fromisoformat(self.begins), time.fromisoformat(self.ends))


class RotaSettings(Section):
    """People who take turns."""

    name: Name = Field(description="What steps and people call it. Unique.")
    people: Annotated[tuple[Entry, ...], NotEmpty] = Field(
        json_schema_extra=AT_LEAST_ONE,
        description="Who has one week after the other: Slack user ids, or user groups whose "
        "members are on call together. nobody: a week without.",
    )
    handover: WeekClock = Field(
        default="mon 09:00", description="Day and time at which the next one's week begins."
    )
    timezone: ZoneInfo | None = Field(
        default=None, description="Whose clocks that is. Left out: `timezone` above."
    )
    starts: Date = Field(
        default=EPOCH,
        description="The first of them has the week of the first hand-over on or after this day; "
        "before it, nobody is on call.",
    )
    only: OnlyAt | None = Field(
        default=None, description="The times at which it calls anybody. Left out: always."
    )

    def rota(self, zone: ZoneInfo) -> Rota:
        """As the rules have it; `zone` holds where none is named."""
        found = re.fullmatch(r"(\w+) (.+)", self.handover)
        day, clock = found.groups() if found else (WEEKDAYS[0], "00:00")
        return Rota(
            name=self.name,
            people=tuple(NOBODY if each == NONE else each for each in self.people),
            weekday=WEEKDAYS.index(day),
            at=time.fromisoformat(clock),
            zone=self.timezone or zone,
            starts=date.fromisoformat(self.starts),
            hours=self.only.hours if self.only else None,
        )


class StepSettings(Section):
    """One way to reach somebody, and how long they have."""

    by: Means = Field(description="mention: in the alert's thread. dm: a message of their own.")
    whom: Whom = Field(
        description="A rota, a user group, a Slack user id, or next: who comes after whoever was "
        "reached last."
    )
    wait_s: int = Field(
        default=300,
        ge=10,
        le=86_400,
        description="Seconds in which somebody may acknowledge before the next step.",
    )


class ChainSettings(Section):
    """Steps one after another, until somebody acknowledges."""

    name: Name = Field(description="What receivers of alerts call it. Unique.")
    steps: Annotated[tuple[StepSettings, ...], NotEmpty] = Field(
        json_schema_extra=AT_LEAST_ONE, description="What is done one after the other."
    )
    repeats: int = Field(
        default=0,
        ge=0,
        le=9,
        description="So many times more from the first step on, while nobody acknowledges. After "
        "that the fallback is spoken to once.",
    )

    @property
    def chain(self) -> Chain:
        steps = tuple(Step(each.by, each.whom, each.wait_s) for each in self.steps)
        return Chain(self.name, steps, self.repeats)


class Voice(Section):
    """Calls by Tencent's voice service (VMS): mainland numbers only."""

    sdk_app_id: SdkAppId = Field(
        json_schema_extra={
            "type": ["string", "integer"],
            "minimum": 1_400_000_000,
            "maximum": 1_400_999_999,
        },
        description="SDK AppID of an application of the voice service.",
    )
    template: TemplateId = Field(
        description="Id of an approved voice template that says: 1 acknowledges, 2 passes it on."
    )
    values: tuple[FactName, ...] = Field(
        default=(),
        description="What fills its variables, in their order: alert, app, severity, id, count.",
    )
    plays: int = Field(default=2, ge=1, le=3, description="How often it is read out.")
    endpoint: Url = Field(default=VOICE_ENDPOINT, description="Address of the voice service's API.")
    per_30s: int = Field(
        default=1, ge=1, le=2, description="Calls to one number in 30 seconds, as Tencent allows."
    )
    per_10m: int = Field(default=2, ge=1, le=10, description="In ten minutes.")
    per_day: int = Field(default=5, ge=1, le=50, description="In a calendar day of the mainland.")
    per_night: int = Field(default=1, ge=1, le=50, description="Between 22:00 and 08:00 there.")

    @property
    def limits(self) -> CallLimits:
        return CallLimits(self.per_30s, self.per_10m, self.per_day, self.per_night)


class Texting(Section):
    """The SMS that somebody on call gets."""

    app: Name | None = Field(
        default=None, description="The app that sends it. Left out: the default one."
    )
    template: TemplateId = Field(description="Id of an approved template of SMS.")
    values: tuple[FactName, ...] = Field(
        default=(),
        description="What fills its variables, in their order: alert, app, severity, id, count.",
    )


class Oncall(Section):
    """Who is called about an alert nobody has acknowledged, and how."""

    rotas: tuple[RotaSettings, ...] = Field(default=(), description="People who take turns.")
    chains: tuple[ChainSettings, ...] = Field(
        default=(), description="How somebody is reached; receivers of alerts name one."
    )
    fallback: UserGroup | None = Field(
        default=None,
        description="The group that is reached where a rota has nobody on call, and where nobody "
        "acknowledged. Left out: the first group of roles.oncall.",
    )
    voice: Voice | None = Field(
        default=None, description="Voice calls. Left out: nobody is called."
    )
    sms: Texting | None = Field(
        default=None, description="SMS to who is on call. Left out: there is none."
    )

    def chain(self, name: str) -> Chain | None:
        """The chain of that name."""
        return next((each.chain for each in self.chains if each.name == name), None)

    def groups(self) -> frozenset[str]:
        """Every user group named anywhere in the section, as written."""
        named = {entry for rota in self.rotas for entry in rota.people}
        named |= {step.whom for chain in self.chains for step in chain.steps}
        found = {each for each in named if re.fullmatch(GROUP, each)}
        return frozenset(found | ({self.fallback} if self.fallback else set()))

    def users(self) -> frozenset[str]:
        """Every user id named anywhere in the section."""
        named = {entry for rota in self.rotas for entry in rota.people}
        named |= {step.whom for chain in self.chains for step in chain.steps}
        return frozenset(each for each in named if re.fullmatch(USER, each) and each != NEXT)
