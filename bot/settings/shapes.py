"""The shapes of single values in app.yaml: addresses, channels, groups, ids."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.settings.addresses import is_safe_url


def _international(value: object) -> bool | tuple[str, ...]:
    """Whether there are such countries, `bot.settings.across` says, each by its place."""
    match value:
        case bool(all_or_none):
            return all_or_none
        case [*codes] if codes and all(isinstance(code, str) for code in codes):
            return tuple(map(str, codes))
    raise PydanticCustomError("not_countries", "true, false or a list of countries")


class LimitsProfile(StrEnum):
    """Which of Tencent's published default frequency rules hold for an app.

    The daily figure changed from 10 (documentation of 2021 to 2023) to 2 (FAQ 382/13303 of
    2025-11-03); the console of an app shows which one it has.
    """

    CLASSIC = "classic"
    Y2025 = "2025"


class Provider(StrEnum):
    """Which of Tencent's two APIs is spoken."""

    V3 = "v3"
    """API 3.0, with an API key of the account."""
    V5 = "v5"
    """The legacy one, with an AppKey of each application."""


class CallbackGuard(StrEnum):
    """What may be asked of whoever posts callbacks, and takes a secret of its own."""

    BASIC_AUTH = "basic_auth"


class SlackMode(StrEnum):
    """How Slack reaches the bot."""

    HTTP = "http"
    SOCKET = "socket"


ENDPOINTS = {
    Provider.V3: "https://sms.tencentcloudapi.com",
    Provider.V5: "https://yun.tim.qq.com",
}


def own_endpoint(given: dict[str, Any]) -> str:
    """Where the provider that is `given` is reached, if nothing else is said."""
    return ENDPOINTS[given["provider"]]


def _text_of_number(value: object) -> object:
    """An id written without quotes is a number to YAML and an id to everybody else."""
    return str(value) if type(value) is int else value


def _safe_url(url: str) -> str:
    if not is_safe_url(url):
        raise PydanticCustomError("unsafe_url", "https, or http to this machine only")
    return url


def _with_slash(url: str) -> str:
    """slack_sdk appends the method's name to the address as it is."""
    return url if url.endswith("/") else url + "/"


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise PydanticCustomError("no_home", "a user who has a home") from error


Id = BeforeValidator(_text_of_number)
Url = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=400), AfterValidator(_safe_url)]
ApiUrl = Annotated[Url, AfterValidator(_with_slash)]
Folder = Annotated[Path, Field(strict=False), AfterValidator(_expanded)]
File = Annotated[Path, Field(strict=False), AfterValidator(_expanded)]
Channel = Annotated[str, Field(pattern=r"^(#?[^\s#@A-Z,.]{1,80}|[CG][A-Z0-9]{2,20})$")]
UserGroup = Annotated[str, Field(pattern=r"^(@[^\s@A-Z,]{1,80}|S[A-Z0-9]{2,20})$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
ProfileName = Annotated[
    LimitsProfile, Id, WithJsonSchema({"enum": [*LimitsProfile, int(LimitsProfile.Y2025)]})
]
TemplateId = Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]
#: A clock at which the carriers take marketing (`bot.rules.marketing_hours`).
Clock = Annotated[str, Field(pattern=r"^((0[89]|1[0-9]|2[01]):[0-5][0-9]|22:00)$")]
International = Annotated[
    bool | tuple[str, ...],
    PlainValidator(_international),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "boolean"},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": "^[A-Z]{2}$"},
                },
            ]
        }
    ),
]
Emoji = Annotated[str, Field(pattern=r"^[a-z0-9_+'-]{1,100}$")]
