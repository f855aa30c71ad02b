"""The console's pages of one application: what each shows, and what changing it takes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.sandbox.tencent.admin import app_row
from bot.sandbox.tencent.apps import Application, CountryCap, Thresholds
from bot.sandbox.tencent.config import LIMIT_PROFILES, AccountKind, FrequencyRules
from bot.sandbox.tencent.contacts import Contact
from bot.sandbox.tencent.frequency import start_of_day
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.records import RecordError, decode, decode_all, encode
from bot.sandbox.tencent.state import is_http_url
from bot.sandbox.tencent.statistics import count_reports, count_sends
from bot.sandbox.tencent.world import World

#: cloud.tencent.com console guides (docs snapshot 2021-07-20).
MAX_EXEMPT = 300
MAX_CONTACTS = 5
MAX_NAME = 30
MAX_COUNTRIES = 300
ISO_CODE = re.compile(r"[A-Z]{2,3}", re.ASCII)  # DEF is the vendor's "unknown"
MAINLAND = "CN"
Row = dict[str, Any]
Change = Callable[[World, Application, Row], None]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the console; one without `change` is only to be read."""

    show: Callable[[World, Application], Row]
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the page of an application itself may change."""

    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Where reports and voice events of the application and replies to the account go; null for
    nowhere."""

    status_url: str | None
    reply_url: str | None
    voice_url: str | None


def set_app(world: World, app: Application, row: Row) -> None:
    """``{"name": "…", "enabled": false}``, or one of them: disabled, it sends nothing."""
    changed = decode(Profile, row, {"name": app.name, "enabled": app.enabled})
    app.name, app.enabled = check_name(changed.name), changed.enabled


def check_name(name: str) -> str:
    """A name an application may have. Raises RecordError."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise RecordError(f"name: 1 to {MAX_NAME} characters")
    return name.strip()


def limits(world: World, app: Application) -> Row:
    """The frequency rules in force."""
    return encode(app.limits or world.config.limits)


def set_limits(world: World, app: Application, row: Row) -> None:
    """Any of the rules (null switches one off), or ``{"profile": "2025"}``."""
    _check_enterprise(world, "limits")
    rules = dict(row)
    profile = rules.pop("profile", None)
    if profile is not None and profile not in list(LIMIT_PROFILES):
        raise RecordError(f"profile: one of {', '.join(LIMIT_PROFILES)}")
    base = limits(world, app) if profile is None else encode(LIMIT_PROFILES[profile])
    app.limits = decode(FrequencyRules, rules, base)


def exempt(world: World, app: Application) -> Row:
    """Numbers no frequency rule holds for."""
    return {"numbers": list(app.exempt)}


def set_exempt(world: World, app: Application, row: Row) -> None:
    """``{"numbers": ["+86…"]}``, at most 300."""
    app.exempt = read_numbers(row.get("numbers"), MAX_EXEMPT)


def thresholds(world: World, app: Application) -> Row:
    """Reminder and stop of each side."""
    return encode(app.thresholds)


def set_thresholds(world: World, app: Application, row: Row) -> None:
    """Any of the four; null switches one off."""
    app.thresholds = decode(Thresholds, row, thresholds(world, app))


def countries(world: World, app: Application) -> Row:
    """Which countries outside the mainland may be written to (null: all), and how often a day."""
    allowed = None if app.countries is None else list(app.countries)
    return {"allowed": allowed, "caps": [encode(each) for each in app.country_caps]}


def set_countries(world: World, app: Application, row: Row) -> None:
    """``{"allowed": ["US"], "caps": [{"iso_code": "US", "per_day": 100}]}``, or one of them."""
    _check_enterprise(world, "countries")
    if unknown := row.keys() - {"allowed", "caps"}:
        raise RecordError(f"countries: unknown field {min(unknown)}")
    shown = {**countries(world, app), **row}
    caps = decode_all(CountryCap, shown["caps"])
    codes = [each.iso_code for each in caps]
    if len(set(codes)) < len(codes):
        raise RecordError("caps: a country appears twice")
    allowed = None if shown["allowed"] is None else _iso_codes(shown["allowed"], "allowed")
    _iso_codes(codes, "caps")
    app.countries, app.country_caps = allowed, tuple(caps)


def contacts(world: World, app: Application) -> Row:
    """The alert contacts, and what they were told."""
    return {
        "contacts": [encode(each) for each in app.contacts],
        "alerts": [encode(each) for each in app.alerts],
    }


def set_contacts(world: World, app: Application, row: Row) -> None:
    """``{"contacts": [{"name": "…", "mobile": "…", "email": "…", "events": ["review"]}]}``."""
    changed = decode_all(Contact, row.get("contacts"))
    if len(changed) > MAX_CONTACTS:
        raise RecordError(f"contacts: at most {MAX_CONTACTS}")
    app.contacts = changed


def callbacks(world: World, app: Application) -> Row:
    """The three addresses; that for replies is the same for all applications."""
    return encode(Callbacks(app.status_url, world.state.account.reply_url, app.voice_url))


def set_callbacks(world: World, app: Application, row: Row) -> None:
    """Any of the addresses."""
    changed = decode(Callbacks, row, callbacks(world, app))
    for url in (changed.status_url, changed.reply_url, changed.voice_url):
        if url is not None and not is_http_url(url):
            raise RecordError("url: not an http or https address")
    app.status_url, app.voice_url = changed.status_url, changed.voice_url
    world.state.account.reply_url = changed.reply_url


def statistics(world: World, app: Application) -> Row:
    """What the application sent today (Asia/Shanghai), and what came back of it."""
    since_ms = start_of_day(world.clock())
    today = world.state.ledger.tally.between(since_ms)
    asked = [each for each in today if each.app == app.sdk_app_id]
    sends, reports = count_sends(asked), count_reports(asked)
    return {
        "since_ms": since_ms,
        "requested": sends["RequestCount"],
        "accepted": sends["RequestSuccessCount"],
        "fee_segments": sends["FeeCount"],
        "reported": reports["CallbackCount"],
        "delivered": reports["CallbackSuccessCount"],
        "undelivered": reports["CallbackFailCount"],
    }


def read_numbers(value: object, most: int) -> tuple[str, ...]:
    """E.164 numbers; every one must be a phone number. Raises RecordError."""
    if not isinstance(value, list) or len(value) > most:
        raise RecordError(f"numbers: an array of at most {most}")
    read = [read_number(each) if isinstance(each, str) else None for each in value]
    if not all(read):
        raise RecordError("numbers: not a phone number")
    return tuple(each.e164 for each in read if each is not None)


APP_PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "app": Page(app_row, set_app),
        "limits": Page(limits, set_limits),
        "exempt": Page(exempt, set_exempt),
        "thresholds": Page(thresholds, set_thresholds),
        "countries": Page(countries, set_countries),
        "contacts": Page(contacts, set_contacts),
        "callbacks": Page(callbacks, set_callbacks),
        "statistics": Page(statistics),
    }
)


def _check_enterprise(world: World, page: str) -> None:
    if world.state.account.settings.kind is AccountKind.INDIVIDUAL:
        raise RecordError(f"{page}: only enterprises may change them")


def _iso_codes(value: object, name: str) -> tuple[str, ...]:
    """Codes of countries and regions, but not of the mainland, which has its own rules."""
    if not isinstance(value, list) or len(value) > MAX_COUNTRIES:
        raise RecordError(f"{name}: an array of at most {MAX_COUNTRIES}")
    codes = [each for each in value if isinstance(each, str) and ISO_CODE.fullmatch(each)]
    if len(codes) < len(value) or MAINLAND in codes:
        raise RecordError(f"{name}: ISO codes of countries outside the mainland, like US")
    return tuple(dict.fromkeys(codes))
