"""What the account has beside content and messages: console settings, replies, queues, alerts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.sandbox.tencent.config import Account, FrequencyRules, SandboxConfig
from bot.sandbox.tencent.content import Qualification, SmsType, seed_qualifications
from bot.sandbox.tencent.records import RecordError, decode, decode_all, encode

#: Ids of what is applied for start here, above those of the seeds.
FIRST_NEW_ID = 20_001
MAX_ALERTS = 1000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Messages a day (Asia/Shanghai) of the application, for each side: from `…_reminder` on the
    alert contacts hear of it, beyond `…_stop` nothing is sent. None switches one off."""

    mainland_reminder: int | None = None
    mainland_stop: int | None = None
    international_reminder: int | None = None
    international_stop: int | None = None


class AlertKind(StrEnum):
    """What a contact can be told of (docs snapshot 2021-07-20, 配置告警联系人)."""

    OVER_VOLUME = "over_volume"
    FREQUENCY_LIMIT = "frequency_limit"
    REVIEW = "review"
    PACKAGE_BALANCE = "package_balance"


@dataclass(frozen=True, slots=True)
class Contact:
    """An alert contact; at most five an application."""

    name: str
    mobile: str = ""
    email: str = ""
    events: tuple[AlertKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """What alert contacts were told: `subject` is what it is about (a number, a template…),
    `contacts` the names of those who wanted to know."""

    at_ms: int
    kind: AlertKind
    subject: str
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A text somebody sent back. `tries` counts failed pushes, `pushed` ends them; `queued` says
    that it waits for a pull."""

    reply_id: int
    number: str
    sign: str
    app: str
    text: str
    at_ms: int
    tries: int = 0
    pushed: bool = False
    queued: bool = False


@dataclass(frozen=True, slots=True)
class QueuedReport:
    """A delivery report that waits for a pull, as it was when it was made."""

    serial: str
    success: bool
    code: str
    description: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A number that wants no more messages of this type with this signature."""

    number: str
    sign: str
    sms_type: SmsType


@dataclass(slots=True)
class AccountState:
    """Changed in place, by one loop. `limits` None means those of the sandbox's settings."""

    settings: Account = field(default_factory=Account)
    app_enabled: bool = True
    limits: FrequencyRules | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    exempt: tuple[str, ...] = ()
    contacts: list[Contact] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    reply_url: str | None = None
    qualifications: dict[int, Qualification] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    report_queue: list[QueuedReport] = field(default_factory=list)
    unsubscribes: list[Unsubscribe] = field(default_factory=list)
    next_id: int = FIRST_NEW_ID

    def new_id(self) -> int:
        """An id nothing had before."""
        self.next_id += 1
        return self.next_id - 1

    def alert(self, now_ms: int, kind: AlertKind, subject: str) -> None:
        """Tell the contacts who want to know of such a thing, if there are any."""
        told = tuple(each.name for each in self.contacts if kind in each.events)
        if told:
            self.alerts = [*self.alerts, Alert(now_ms, kind, subject, told)][-MAX_ALERTS:]


def seed_account(config: SandboxConfig) -> AccountState:
    """The account of a sandbox nobody has used yet."""
    return AccountState(
        settings=config.account,
        reply_url=config.reply_url,
        qualifications={each.qualification_id: each for each in seed_qualifications()},
    )


def account_to_json(account: AccountState) -> dict[str, Any]:
    """The account as one JSON object."""
    return {
        "settings": encode(account.settings),
        "app_enabled": account.app_enabled,
        "limits": None if account.limits is None else encode(account.limits),
        "thresholds": encode(account.thresholds),
        "exempt": list(account.exempt),
        "contacts": [encode(each) for each in account.contacts],
        "alerts": [encode(each) for each in account.alerts],
        "reply_url": account.reply_url,
        "qualifications": [encode(each) for each in account.qualifications.values()],
        "replies": [encode(each) for each in account.replies],
        "report_queue": [encode(each) for each in account.report_queue],
        "unsubscribes": [encode(each) for each in account.unsubscribes],
        "next_id": account.next_id,
    }


@dataclass(frozen=True, slots=True)
class _Plain:
    """The fields of an account that are neither records nor lists of them."""

    app_enabled: bool
    exempt: tuple[str, ...]
    reply_url: str | None
    next_id: int


def account_from_json(value: object) -> AccountState:
    """The account in an object made by `account_to_json`. Raises RecordError.

    Numbers and the reply address are for the caller to check.
    """
    if not isinstance(value, dict):
        raise RecordError("account: not an object")
    plain = decode(_Plain, {name: value.get(name) for name in _Plain.__slots__})
    limits = value.get("limits")
    qualifications = decode_all(Qualification, value.get("qualifications"))
    return AccountState(
        settings=decode(Account, value.get("settings")),
        app_enabled=plain.app_enabled,
        limits=None if limits is None else decode(FrequencyRules, limits),
        thresholds=decode(Thresholds, value.get("thresholds")),
        exempt=plain.exempt,
        contacts=decode_all(Contact, value.get("contacts")),
        alerts=decode_all(Alert, value.get("alerts")),
        reply_url=plain.reply_url,
        qualifications={each.qualification_id: each for each in qualifications},
        replies=decode_all(Reply, value.get("replies")),
        report_queue=decode_all(QueuedReport, value.get("report_queue")),
        unsubscribes=decode_all(Unsubscribe, value.get("unsubscribes")),
        next_id=plain.next_id,
    )
