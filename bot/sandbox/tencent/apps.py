"""The SMS applications of the account: the keys, rules, contacts and addresses of each.

Which settings are an application's and which the account's is as the vendor's access control has it
(cloud.tencent.com/document/product/598/85395): reply address, packages, unsubscribes, templates and
signatures are the account's.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from bot.sandbox.tencent.config import FrequencyRules, SandboxConfig
from bot.sandbox.tencent.contacts import MAX_ALERTS, Alert, AlertKind, Contact
from bot.sandbox.tencent.records import RecordError, decode, decode_all, encode

#: Applications an account may have (docs snapshot 2021-07-20, 应用管理).
MAX_APPS = 500
SDK_APP_ID = re.compile(r"1400[0-9]{6}", re.ASCII)
APP_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
FIRST_NAME = "smsops"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Messages a day (Asia/Shanghai) of an application, for each side: from `…_reminder` on the
    alert contacts hear of it, beyond `…_stop` nothing is sent. None switches one off."""

    mainland_reminder: int | None = None
    mainland_stop: int | None = None
    international_reminder: int | None = None
    international_stop: int | None = None


@dataclass(frozen=True, slots=True)
class CountryCap:
    """Messages a day (Asia/Shanghai) to one country or region outside the mainland."""

    iso_code: str
    per_day: int


@dataclass(slots=True)
class Application:
    """Changed in place, by one loop. `limits` None means those of the sandbox's settings;
    `countries` None that every country outside the mainland may be written to."""

    sdk_app_id: str
    app_key: str
    name: str
    enabled: bool = True
    status_url: str | None = None
    voice_url: str | None = None
    limits: FrequencyRules | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    exempt: tuple[str, ...] = ()
    countries: tuple[str, ...] | None = None
    country_caps: tuple[CountryCap, ...] = ()
    contacts: list[Contact] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def alert(self, now_ms: int, kind: AlertKind, subject: str) -> None:
        """Tell the contacts who want to know of such a thing, if there are any."""
        told = tuple(each.name for each in self.contacts if kind in each.events)
        if told:
            self.alerts = [*self.alerts, Alert(now_ms, kind, subject, told)][-MAX_ALERTS:]


def seed_application(config: SandboxConfig) -> Application:
    """The one application of a sandbox nobody has used yet."""
    return Application(
        sdk_app_id=config.credentials.sdk_app_id,
        app_key=config.credentials.app_key,
        name=FIRST_NAME,
        status_url=config.callback_url,
        voice_url=config.voice.callback_url,
    )


def free_app_id(taken: Collection[str]) -> str:
    """The next id behind the largest one that is taken, or the first free one."""
    largest = max(map(int, taken), default=1_400_000_000)
    candidates = chain(range(largest + 1, 1_401_000_000), range(1_400_000_001, largest))
    return next(str(each) for each in candidates if str(each) not in taken)


def app_key_of(sdk_app_id: str) -> str:
    """A made-up AppKey: the same for the same application in every sandbox, and no secret."""
    return hashlib.sha256(f"sandbox application {sdk_app_id}".encode()).hexdigest()[:32]


def app_to_json(app: Application) -> dict[str, Any]:
    """The application as one JSON object."""
    return {
        **{name: getattr(app, name) for name in _Plain.__slots__},
        "exempt": list(app.exempt),
        "limits": None if app.limits is None else encode(app.limits),
        "thresholds": encode(app.thresholds),
        "countries": None if app.countries is None else list(app.countries),
        "country_caps": [encode(each) for each in app.country_caps],
        "contacts": [encode(each) for each in app.contacts],
        "alerts": [encode(each) for each in app.alerts],
    }


@dataclass(frozen=True, slots=True)
class _Plain:
    """The fields of an application that are neither records nor lists of them."""

    sdk_app_id: str
    app_key: str
    name: str
    enabled: bool
    status_url: str | None
    voice_url: str | None
    exempt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Codes:
    countries: tuple[str, ...]


def app_from_json(value: object) -> Application:
    """The application in an object made by `app_to_json`. Raises RecordError.

    Addresses are for the caller to check.
    """
    if not isinstance(value, dict):
        raise RecordError("apps: not an object")
    plain = decode(_Plain, {name: value.get(name) for name in _Plain.__slots__})
    if not SDK_APP_ID.fullmatch(plain.sdk_app_id) or not APP_KEY.fullmatch(plain.app_key):
        raise RecordError("apps: sdk_app_id or app_key is not valid")
    limits, countries = value.get("limits"), value.get("countries")
    return Application(
        **encode(plain),
        limits=None if limits is None else decode(FrequencyRules, limits),
        thresholds=decode(Thresholds, value.get("thresholds")),
        countries=None if countries is None else decode(_Codes, {"countries": countries}).countries,
        country_caps=tuple(decode_all(CountryCap, value.get("country_caps"))),
        contacts=decode_all(Contact, value.get("contacts")),
        alerts=decode_all(Alert, value.get("alerts")),
    )
