"""What the vendor has only in its web console: settings of application and account.

Ours, not the vendor's: no public API does any of this. Each page is read with GET and changed with
PUT; a PUT names only what it changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.tencent.account import AccountState, Contact, Thresholds, Unsubscribe
from bot.sandbox.tencent.admin import PREFIX, Handler, read_object
from bot.sandbox.tencent.config import LIMIT_PROFILES, Account, AccountKind, FrequencyRules
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.packages import Package, package_defaults
from bot.sandbox.tencent.records import RecordError, decode, decode_all, encode
from bot.sandbox.tencent.state import is_http_url
from bot.sandbox.tencent.world import World

#: cloud.tencent.com console guides (docs snapshot 2021-07-20).
MAX_EXEMPT = 300
MAX_CONTACTS = 5
MAX_UNSUBSCRIBES = 1000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Switch:
    """The application's own page."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Where reports of the application and replies of the account go; null for nowhere."""

    status_url: str | None
    reply_url: str | None


class Console:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """All pages of the console."""
        pages: list[tuple[str, Callable[[], Row], Callable[[Row], None]]] = [
            ("app", self.app, self.set_app),
            ("account", self.account, self.set_account),
            ("limits", self.limits, self.set_limits),
            ("exempt", self.exempt, self.set_exempt),
            ("thresholds", self.thresholds, self.set_thresholds),
            ("contacts", self.contacts, self.set_contacts),
            ("callbacks", self.callbacks, self.set_callbacks),
            ("packages", self.packages, self.set_packages),
            ("unsubscribes", self.unsubscribes, self.set_unsubscribes),
        ]
        return [
            route
            for name, show, change in pages
            for route in (
                web.get(f"{PREFIX}console/{name}", _shown(show)),
                web.put(f"{PREFIX}console/{name}", self._changed(show, change)),
            )
        ]

    def app(self) -> Row:
        """The application: disabled, it sends nothing."""
        return {
            "sdk_app_id": self._world.config.credentials.sdk_app_id,
            "enabled": self._account.app_enabled,
        }

    def set_app(self, row: Row) -> None:
        """``{"enabled": false}``."""
        self._account.app_enabled = decode(Switch, row).enabled

    def account(self) -> Row:
        """Kind, sub-account, arrears, and what support has opened."""
        return encode(self._account.settings)

    def set_account(self, row: Row) -> None:
        """Any of the fields."""
        self._account.settings = decode(Account, row, encode(self._account.settings))

    def limits(self) -> Row:
        """The frequency rules in force."""
        return encode(self._rules)

    def set_limits(self, row: Row) -> None:
        """Any of the rules (null switches one off), or ``{"profile": "2025"}``."""
        if self._account.settings.kind is AccountKind.INDIVIDUAL:
            raise RecordError("limits: only enterprises may change them")
        profile = row.pop("profile", None)
        if profile is not None and profile not in list(LIMIT_PROFILES):
            raise RecordError(f"profile: one of {', '.join(LIMIT_PROFILES)}")
        base = self._rules if profile is None else LIMIT_PROFILES[profile]
        self._account.limits = decode(FrequencyRules, row, encode(base))

    def exempt(self) -> Row:
        """Numbers no frequency rule holds for."""
        return {"numbers": list(self._account.exempt)}

    def set_exempt(self, row: Row) -> None:
        """``{"numbers": ["+86…"]}``, at most 300."""
        self._account.exempt = _numbers(row.get("numbers"), MAX_EXEMPT)

    def thresholds(self) -> Row:
        """Reminder and stop of each side."""
        return encode(self._account.thresholds)

    def set_thresholds(self, row: Row) -> None:
        """Any of the four; null switches one off."""
        known = encode(self._account.thresholds)
        self._account.thresholds = decode(Thresholds, row, known)

    def contacts(self) -> Row:
        """The alert contacts, and what they were told."""
        return {
            "contacts": [encode(each) for each in self._account.contacts],
            "alerts": [encode(each) for each in self._account.alerts],
        }

    def set_contacts(self, row: Row) -> None:
        """``{"contacts": [{"name": "…", "mobile": "…", "email": "…", "events": ["review"]}]}``."""
        contacts = decode_all(Contact, row.get("contacts"))
        if len(contacts) > MAX_CONTACTS:
            raise RecordError(f"contacts: at most {MAX_CONTACTS}")
        self._account.contacts = contacts

    def callbacks(self) -> Row:
        """The two addresses."""
        return encode(Callbacks(self._world.state.callback_url, self._account.reply_url))

    def set_callbacks(self, row: Row) -> None:
        """Either address, or both."""
        changed = decode(Callbacks, row, self.callbacks())
        for url in (changed.status_url, changed.reply_url):
            if url is not None and not is_http_url(url):
                raise RecordError("url: not an http or https address")
        self._world.state.callback_url = changed.status_url
        self._account.reply_url = changed.reply_url

    def packages(self) -> Row:
        """All packages."""
        return {"packages": [encode(each) for each in self._world.state.packages]}

    def set_packages(self, row: Row) -> None:
        """``{"packages": [{"package_id": 1, "amount_segments": 1000}]}``: these and no others."""
        rows = row.get("packages")
        if not isinstance(rows, list):
            raise RecordError("packages: not an array")
        packages = [decode(Package, each, package_defaults(self._world.now_ms)) for each in rows]
        if len({each.package_id for each in packages}) < len(packages):
            raise RecordError("packages: an id appears twice")
        self._world.state.packages = packages

    def unsubscribes(self) -> Row:
        """Who wants no more of which messages."""
        return {"unsubscribes": [encode(each) for each in self._account.unsubscribes]}

    def set_unsubscribes(self, row: Row) -> None:
        """``{"unsubscribes": [{"number": "+86…", "sign": "…", "sms_type": 1}]}``."""
        unsubscribes = decode_all(Unsubscribe, row.get("unsubscribes"))
        _numbers([each.number for each in unsubscribes], MAX_UNSUBSCRIBES)
        self._account.unsubscribes = unsubscribes

    @property
    def _account(self) -> AccountState:
        return self._world.state.account

    @property
    def _rules(self) -> FrequencyRules:
        return self._account.limits or self._world.config.limits

    def _changed(self, show: Callable[[], Row], change: Callable[[Row], None]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            change(await read_object(request))
            self._world.save()
            return web.json_response(show())

        return handle


def _shown(show: Callable[[], Row]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(show())

    return handle


def _numbers(value: object, most: int) -> tuple[str, ...]:
    """E.164 numbers; every one must be a phone number."""
    if not isinstance(value, list) or len(value) > most:
        raise RecordError(f"numbers: an array of at most {most}")
    read = [read_number(each) if isinstance(each, str) else None for each in value]
    if not all(read):
        raise RecordError("numbers: not a phone number")
    return tuple(each.e164 for each in read if each is not None)
