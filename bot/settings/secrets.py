"""The secrets: from the environment or from files it names, never from app.yaml, never shown."""

import base64
import binascii
import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, SecretBytes, SecretStr

from bot.settings.faults import Fault, Problem
from bot.settings.masking import shortened
from bot.settings.section import Section
from bot.settings.shapes import CallbackGuard, Provider, SlackMode

LARGEST_FILE_BYTES = 16 * 1024
AppKeys = Annotated[
    Mapping[str, SecretStr], AfterValidator(MappingProxyType), PlainSerializer(dict)
]


class Secrets(Section):
    """What must not be known to others; every `repr` and log shows stars instead."""

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr | None
    """Proves that a request is Slack's; there in HTTP mode."""
    slack_app_token: SecretStr | None
    """Opens the socket; there in socket mode."""
    tencent_secret_id: SecretStr
    tencent_secret_key: SecretStr
    """The API key; both may be empty with provider v5, which signs with the next, where nobody is
    called."""
    tencent_app_keys: AppKeys
    """SDK AppID to AppKey; that of every app is there with provider v5."""
    callback_secrets: tuple[SecretStr, ...]
    """One, or the new and the old one while they are exchanged; the first is the one to tell."""
    callback_auth: tuple[SecretStr, ...]
    """``name:password`` that callbacks must bring: none, one, or the new and the old one."""
    data_key: SecretBytes
    """64 bytes that encrypt phone numbers and texts at rest."""
    old_data_key: SecretBytes | None
    """The one before, while everything is sealed anew (`smsops keys rotate`)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A secret's variable and its look."""

    variable: str
    look: re.Pattern[str]
    needed_by: SlackMode | Provider | CallbackGuard | None = None
    """The only Slack mode, provider or guard that needs it; None: every one does."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What of app.yaml decides which secrets must be there.

    `mode` or `provider` None: app.yaml does not say it, so that no one's own secret is asked for.
    """

    mode: SlackMode | None
    provider: Provider | None
    sdk_app_ids: tuple[str, ...]
    guard: CallbackGuard | None = None
    calls: bool = False
    """The voice service takes the API key, whichever API sends SMS."""


# xoxe. stands before tokens of apps with token rotation.
BOT_TOKEN = Wanted("SMSOPS_SLACK_BOT_TOKEN", re.compile(r"(xoxe\.)?xoxb-[0-9A-Za-z-]{8,200}"))
SIGNING_SECRET = Wanted(
    "SMSOPS_SLACK_SIGNING_SECRET", re.compile(r"[0-9A-Za-z_-]{16,128}"), SlackMode.HTTP
)
APP_TOKEN = Wanted(
    "SMSOPS_SLACK_APP_TOKEN", re.compile(r"xapp-[0-9A-Za-z-]{8,200}"), SlackMode.SOCKET
)
SECRET_ID = Wanted(
    "SMSOPS_TENCENT_SECRET_ID", re.compile(r"[AI]KID[0-9A-Za-z]{9,124}"), Provider.V3
)
SECRET_KEY = Wanted("SMSOPS_TENCENT_SECRET_KEY", re.compile(r"[!-~]{16,128}"), Provider.V3)
# Every documented AppKey has 32 hex digits, but nothing promises it.
_APP_KEY = r"1400[0-9]{6}:[0-9A-Za-z]{16,64}"
SDK_APP_KEY = Wanted(
    "SMSOPS_TENCENT_SDK_APP_KEY", re.compile(rf"{_APP_KEY}([,\s]\s*{_APP_KEY})*"), Provider.V5
)
CALLBACK_SECRET = Wanted(
    "SMSOPS_CALLBACK_SECRET", re.compile(r"([0-9A-Za-z_-]{32,128})(,(?!\1$)[0-9A-Za-z_-]{32,128})?")
)
# What a URL can hold before its host as it stands.
_AUTH = r"[0-9A-Za-z._~-]{1,64}:[0-9A-Za-z._~-]{16,128}"
CALLBACK_AUTH = Wanted(
    "SMSOPS_CALLBACK_AUTH", re.compile(rf"({_AUTH})(,(?!\1$){_AUTH})?"), CallbackGuard.BASIC_AUTH
)
_DATA_KEY = r"[0-9A-Za-z+/_-]{86}(?:==)?"
DATA_KEY = Wanted("SMSOPS_DATA_KEY", re.compile(rf"{_DATA_KEY}(,{_DATA_KEY})?"))
EVERY_SECRET = (
    BOT_TOKEN, SIGNING_SECRET, APP_TOKEN, SECRET_ID, SECRET_KEY, SDK_APP_KEY, CALLBACK_SECRET,
    CALLBACK_AUTH, DATA_KEY,
)  # fmt: skip


def read_secrets(environ: Mapping[str, str], needs: Needs) -> Secrets | list[Fault]:
    """All secrets that are needed, or what is wrong with each."""
    read = {wanted: _read(environ, wanted, needs) for wanted in EVERY_SECRET}
    faults = [value for value in read.values() if isinstance(value, Fault)]
    values = {wanted: value for wanted, value in read.items() if isinstance(value, str)}
    app_keys = dict(_app_keys(values.get(SDK_APP_KEY, "")))
    if needs.provider is Provider.V5 and app_keys:
        missing = [app for app in needs.sdk_app_ids if app not in app_keys]
        faults += [_fault(SDK_APP_KEY, Problem.NO_APP_KEY, app=shortened(app)) for app in missing]
    if faults:
        return faults
    keys = values[DATA_KEY].split(",")
    return Secrets(
        slack_bot_token=SecretStr(values[BOT_TOKEN]),
        slack_signing_secret=_secret(values.get(SIGNING_SECRET)),
        slack_app_token=_secret(values.get(APP_TOKEN)),
        tencent_secret_id=SecretStr(values.get(SECRET_ID, "")),
        tencent_secret_key=SecretStr(values.get(SECRET_KEY, "")),
        tencent_app_keys={app: SecretStr(key) for app, key in app_keys.items()},
        callback_secrets=_several(values[CALLBACK_SECRET]),
        callback_auth=_several(values.get(CALLBACK_AUTH, "")),
        data_key=SecretBytes(_decoded(keys[0])),
        old_data_key=SecretBytes(_decoded(keys[1])) if len(keys) > 1 else None,
    )


def _secret(value: str | None) -> SecretStr | None:
    return SecretStr(value) if value else None


def _several(value: str) -> tuple[SecretStr, ...]:
    return tuple(SecretStr(one) for one in value.split(",") if one)


def _app_keys(value: str) -> list[tuple[str, str]]:
    """The pairs of SDK AppID and AppKey, with commas or white space between them."""
    pairs = (pair.partition(":") for pair in value.replace(",", " ").split())
    return [(app, key) for app, _, key in pairs]


def _read(environ: Mapping[str, str], wanted: Wanted, needs: Needs) -> str | Fault | None:
    value = _value(environ, wanted.variable)
    is_needed = wanted.needed_by in (None, needs.mode, needs.provider, needs.guard)
    if value is None and (is_needed or (needs.calls and wanted.needed_by is Provider.V3)):
        return _fault(wanted, Problem.NOT_SET)
    if isinstance(value, str) and not _fits(wanted, value):
        return _fault(wanted, Problem.WRONG_SHAPE, length=len(value))
    return value


def _value(environ: Mapping[str, str], variable: str) -> str | Fault | None:
    """The secret, None where there is none. Empty counts as not set: containers pass it so."""
    value, path = environ.get(variable, "").strip(), environ.get(f"{variable}_FILE", "").strip()
    if value and path:
        return Fault(Problem.SET_TWICE, variable, accepts=variable, values={"name": variable})
    return _content(Path(path), variable) if path else value or None


def _content(path: Path, variable: str) -> str | Fault | None:
    """What the file holds; its faults are told in the operating system's words."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            return _file_fault(path, variable, errno.EFBIG)
        return content.decode("utf-8-sig").strip() or None
    except UnicodeDecodeError:
        return _file_fault(path, variable, errno.EILSEQ)
    except OSError as error:
        return _file_fault(path, variable, error.errno or errno.EIO)
    except ValueError:  # a NUL in the path
        return _file_fault(path, variable, errno.EINVAL)


def _fits(wanted: Wanted, value: str) -> bool:
    if not wanted.look.fullmatch(value):
        return False
    if wanted is SDK_APP_KEY:
        pairs = _app_keys(value)
        return len(dict(pairs)) == len(pairs)
    if wanted is not DATA_KEY:
        return True
    keys = [_decoded(each) for each in value.split(",")]
    return len(set(keys)) == len(keys) and all(len(set(key)) > 1 for key in keys)


def _decoded(value: str) -> bytes:
    """The key's bytes, whichever of the two base64 alphabets it is in; empty for nonsense."""
    try:
        return base64.b64decode(
            value.rstrip("=") + "==", altchars=b"-_" if _is_url_safe(value) else None
        )
    except binascii.Error:
        return b""


def _is_url_safe(value: str) -> bool:
    return "-" in value or "_" in value


def _fault(wanted: Wanted, problem: Problem, **values: object) -> Fault:
    return Fault(problem, wanted.variable, accepts=wanted.variable, values=values)


def _file_fault(path: Path, variable: str, number: int) -> Fault:
    return Fault(
        Problem.FILE_UNREADABLE,
        f"{variable}_FILE",
        found=shortened(str(path)),
        accepts=variable,
        values={"reason": os.strerror(number)},
    )
