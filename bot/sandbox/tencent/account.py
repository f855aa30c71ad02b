"""What the account has beside applications, content and messages: replies, queues, wishes."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.tencent.config import Account, SandboxConfig
from bot.sandbox.tencent.content import Qualification, SmsType, seed_qualifications
from bot.sandbox.tencent.records import RecordError, decode, decode_all, encode

#: Ids of what is applied for start here, above those of the seeds.
FIRST_NEW_ID = 20_001


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

    app: str
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
    """Changed in place, by one loop."""

    settings: Account = field(default_factory=Account)
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

    reply_url: str | None
    next_id: int


def account_from_json(value: object) -> AccountState:
    """The account in an object made by `account_to_json`. Raises RecordError.

    Numbers and the reply address are for the caller to check.
    """
    if not isinstance(value, dict):
        raise RecordError("account: not an object")
    plain = decode(_Plain, {name: value.get(name) for name in _Plain.__slots__})
    qualifications = decode_all(Qualification, value.get("qualifications"))
    return AccountState(
        settings=decode(Account, value.get("settings")),
        reply_url=plain.reply_url,
        qualifications={each.qualification_id: each for each in qualifications},
        replies=decode_all(Reply, value.get("replies")),
        report_queue=decode_all(QueuedReport, value.get("report_queue")),
        unsubscribes=decode_all(Unsubscribe, value.get("unsubscribes")),
        next_id=plain.next_id,
    )
