"""The alert contacts of an application: who wants to hear of what, and what they were told."""

from dataclasses import dataclass
from enum import StrEnum

#: The oldest are forgotten beyond this.
MAX_ALERTS = 1000


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
