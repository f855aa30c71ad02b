"""What an alert is before anybody hears of it: a fact with labels, a severity and figures."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

#: The labels every alert has: its kind and its severity. `app` is there wherever one app is meant.
KIND, SEVERITY, APP = "alert", "severity", "app"


class Severity(IntEnum):
    """How bad it is. The number is stored; `word` is the label, as Prometheus users write it."""

    INFO = 1
    """Good to know: a review has ended."""
    WARNING = 2
    """Needs a look in working hours."""
    CRITICAL = 3
    """Messages do not arrive, or money runs: somebody is woken."""

    @property
    def word(self) -> str:
        return self.name.lower()


class AlertKind(StrEnum):
    """Everything that raises an alert; the value is stored, and is the label ``alert``."""

    #: Our own frequency limits refuse messages.
    LIMIT_HIT = "limit_hit"
    #: Tencent's frequency rules refuse messages that ours let through.
    LIMIT_TENCENT = "limit_tencent"
    #: A total of a day came to its warning, or to its stop.
    LIMIT_WARN = "limit_warn"
    LIMIT_STOP = "limit_stop"
    #: Tencent's answers contradict what is declared of its console.
    DRIFT = "drift"
    #: Traffic an app does not usually have; new numbers are what SMS pumping looks like.
    VOLUME = "volume"
    NEW_NUMBERS = "new_numbers"
    SUCCESS_LOW = "success_low"
    #: Fewer messages of an app, or by one carrier, arrive than usual.
    DELIVERY_LOW = "delivery_low"
    CARRIER_LOW = "carrier_low"
    #: A signature is approved and yet carriers refuse what it signs.
    NOT_DELIVERABLE = "not_deliverable"
    #: Nobody knows whether messages were sent.
    IN_DOUBT = "in_doubt"
    #: Accepted messages are without receipts; no callback came at all; Tencent counts otherwise;
    #: a receipt names another number than its message went to.
    RECEIPTS_MISSING = "receipts_missing"
    CALLBACKS_STOPPED = "callbacks_stopped"
    COUNTS_DIFFER = "counts_differ"
    RECEIPTS_CONTRADICT = "receipts_contradict"
    PULL_REFUSED = "pull_refused"
    #: A review has ended, takes too long; an approval runs out.
    REVIEW_ENDED = "review_ended"
    REVIEW_OVERDUE = "review_overdue"
    APPROVAL_EXPIRING = "approval_expiring"
    #: Packages, and what is billed by the day.
    PACKAGE_LOW = "package_low"
    PACKAGE_EMPTY = "package_empty"
    PACKAGE_EXPIRING = "package_expiring"
    PACKAGE_RUNWAY = "package_runway"
    ARREARS = "arrears"
    #: The bot itself.
    TENCENT_UNREACHABLE = "tencent_unreachable"
    SLACK_UNREACHABLE = "slack_unreachable"
    CLOCK_WRONG = "clock_wrong"
    DISK_LOW = "disk_low"
    CONFIG_FAULT = "config_fault"
    POSTS_LATE = "posts_late"
    JOB_BROKEN = "job_broken"


#: What is told and then over by itself: there is nothing to say of its end.
NEWS = frozenset({AlertKind.REVIEW_ENDED})


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact that fires.

    `labels` say which one it is, without kind and severity: short plain words, never a full number
    or a text from outside. `facts` is plain JSON for the card. `count` is how many events it stands
    for where events are counted (`raise_event`), else 1.
    """

    kind: AlertKind
    severity: Severity
    labels: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1

    @property
    def all_labels(self) -> dict[str, str]:
        """What routes, silences and inhibition match on."""
        return {**self.labels, KIND: self.kind.value, SEVERITY: self.severity.word}

    @property
    def fingerprint(self) -> str:
        """Of equal facts the same, however bad each is by now: 16 hexadecimal digits."""
        return fingerprint_of(self.kind, self.labels)


def fingerprint_of(kind: AlertKind, labels: Mapping[str, str]) -> str:
    """Of kind and labels, the severity left out."""
    known = sorted((name, value) for name, value in labels.items() if name != SEVERITY)
    text = json.dumps([kind.value, known], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
