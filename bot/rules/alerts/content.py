"""What raises an alert about reviews and approvals: a verdict of Tencent's, one that does not come,
and a request that nobody decides on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.alerts.signal import APP, AlertKind, Severity, Signal
from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind

#: An approval runs out in the last eighth of its time: no sooner than it takes to find somebody,
#: and never before half of it is over.
LAST_PART, SHORTEST = 8, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A template or a signature that was submitted, by request `request_id` of `app`; both "" for
    what was submitted elsewhere. `name`, `text` and `reply` are text from outside."""

    kind: ReviewKind
    content_id: str
    name: str
    text: str
    request_id: str
    app: str

    @property
    def labels(self) -> dict[str, str]:
        labels = {self.kind.value: self.content_id, "request": self.request_id, APP: self.app}
        return {name: value for name, value in labels.items() if value}

    @property
    def facts(self) -> dict[str, object]:
        return {
            "kind": self.kind.value,
            "content_id": self.content_id,
            "name": self.name,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True)
class Awaited:
    """A request that waits for approvals: so many are there, so many are needed."""

    request_id: str
    app: str
    asked_at: datetime
    expires_at: datetime
    have: int
    needed: int


def review_ended(reviewed: Reviewed, state: ReviewState, reply: str) -> Signal:
    """Tencent has spoken: good to know, and work where it said no."""
    severity = Severity.WARNING if state is ReviewState.REJECTED else Severity.INFO
    verdict = {"state": state.value, "reply": reply, "text": reviewed.text}
    return Signal(AlertKind.REVIEW_ENDED, severity, reviewed.labels, {**reviewed.facts, **verdict})


def review_overdue(reviewed: Reviewed, submitted_at: datetime, expected_at: datetime) -> Signal:
    """Tencent takes longer than it says, and longer than ours usually take."""
    times = {"submitted_ms": _ms(submitted_at), "expected_ms": _ms(expected_at)}
    return Signal(
        AlertKind.REVIEW_OVERDUE,
        Severity.WARNING,
        reviewed.labels,
        {**reviewed.facts, **times},
    )


def approval_expiring(waiting: Awaited, now: datetime) -> Signal | None:
    """Nobody has decided, and soon nobody can: it would have to be asked for anew."""
    if not expires_soon(waiting, now):
        return None
    return Signal(
        AlertKind.APPROVAL_EXPIRING,
        Severity.WARNING,
        {APP: waiting.app, "request": waiting.request_id},
        {
            "request_id": waiting.request_id,
            "expires_ms": _ms(waiting.expires_at),
            "have": waiting.have,
            "needed": waiting.needed,
        },
    )


def expires_soon(waiting: Awaited, now: datetime) -> bool:
    """Whether it is in the last part of its time."""
    lasts = waiting.expires_at - waiting.asked_at
    last_part = min(max(lasts / LAST_PART, SHORTEST), lasts / 2)
    return waiting.expires_at - last_part <= now < waiting.expires_at


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
