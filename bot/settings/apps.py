"""What app.yaml may say of an SMS application: what it is called, sends and may, and where."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer

from bot.rules.classes import TemplateClass
from bot.settings.brake import Brake
from bot.settings.limits import Limits
from bot.settings.roles import AppRoles
from bot.settings.section import Section
from bot.settings.shapes import Channel, Id, International, Name, TemplateId


class TemplateSettings(Section):
    """What the bot must know about one template that Tencent does not tell."""

    template_class: TemplateClass = Field(
        alias="class",
        description="What the template is for; decides what happens when a send is in doubt. "
        "otp: dropped. notice and marketing: a person decides. alert: the next person is told.",
    )


TemplateBook = Annotated[
    Mapping[TemplateId, TemplateSettings], AfterValidator(MappingProxyType), PlainSerializer(dict)
]


def _no_templates() -> Mapping[str, TemplateSettings]:
    return MappingProxyType({})


class App(Section):
    """One SMS application of the Tencent console."""

    name: Name = Field(description="What people type for it. Unique.")
    sdk_app_id: Annotated[str, Id] = Field(
        pattern=r"^1400[0-9]{6}$",
        json_schema_extra={
            "type": ["string", "integer"],
            "minimum": 1_400_000_000,
            "maximum": 1_400_999_999,
        },
        description="SDK AppID from the console: ten digits that start with 1400. Unique.",
    )
    signature: str = Field(
        pattern=r"^[0-9A-Za-z\u3400-\u9fff]{2,12}$",
        description="Approved signature for mainland numbers, without the brackets.",
    )
    international: International = Field(
        default=False,
        description="true: may also send to numbers outside mainland China. "
        "[SG, US]: to those countries only (ISO 3166 codes).",
    )
    exclusive: bool = Field(
        default=False,
        description="true: nothing but this bot sends with this application, so that Tencent's "
        "records can prove what became of a message in doubt, and a refusal that its console is "
        "stricter than declared.",
    )
    channels: tuple[Channel, ...] = Field(
        default=(),
        description="Slack channels, names or ids, in which this app is meant when none is named.",
    )
    templates: TemplateBook = Field(
        default_factory=_no_templates,
        description="Template id to its class, where Tencent's own type is not enough.",
    )
    limits: Limits = Field(
        default_factory=Limits, description="How often one number may be written to."
    )
    brake: Brake = Field(
        default=Brake(), description="When unusual traffic raises an alert, and stops the app."
    )
    roles: AppRoles = Field(
        default=AppRoles(),
        description="Who may do what with this app; what is left out is as in `roles`.",
    )
