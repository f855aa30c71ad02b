"""What happened to a message, a request or a number, step by step; and their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.rules.delivery import MessageState
from bot.rules.limits import Use

EARLIEST = datetime.min.replace(tzinfo=UTC)


class StepKind(StrEnum):
    """What happened; the value names its sentence (``timeline.step.…``)."""

    # Asking.
    ASKED = "asked"
    CONFIRMED = "confirmed"
    APPROVAL_ASKED = "approval_asked"
    WAIVED = "waived"
    APPROVED = "approved"
    APPROVED_TAKEN_BACK = "approved_taken_back"
    REJECTED = "rejected"
    REJECTED_TAKEN_BACK = "rejected_taken_back"
    SAID = "said"
    """A line of the request's thread: `Step.post`."""
    EXPIRED_DRAFT = "expired_draft"
    DISCARDED = "discarded"
    # A send to many.
    CHECKED = "checked"
    SCHEDULED = "scheduled"
    STARTED = "started"
    PAUSED = "paused"
    CANCELLED_JOB = "cancelled_job"
    ENDED = "ended"
    # A change at Tencent.
    SUBMITTED = "submitted"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    IN_REVIEW = "in_review"
    REVIEW_DECIDED = "review_decided"
    # Limits.
    LIMITS = "limits"
    """How much of each was used: `Step.uses`."""
    EXEMPT = "exempt"
    LIMIT_REFUSED = "limit_refused"
    # The calls of one message.
    ATTEMPT_LOST = "attempt_lost"
    """An earlier call that nobody could account for."""
    ATTEMPT = "attempt"
    PUT_OFF = "put_off"
    WAITS = "waits"
    WAITS_JOB = "waits_job"
    WAITS_RULE = "waits_rule"
    """A rule of ours put it off."""
    ACCEPTED = "accepted"
    ACCEPTED_RECORD = "accepted_record"
    ACCEPTED_REPORT = "accepted_report"
    REFUSED = "refused"
    NEVER_LEFT = "never_left"
    DOUBT = "doubt"
    HINT = "hint"
    PERSON_ASKED = "person_asked"
    PERSON_WAITED = "person_waited"
    SENT_AGAIN = "sent_again"
    DROPPED_RULE = "dropped_rule"
    DROPPED_PERSON = "dropped_person"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    # What came back.
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REPORT_UNUSED = "report_unused"
    """A report that changed nothing any more."""
    AWAITS_REPORT = "awaits_report"
    UNREPORTED = "unreported"
    REPLIED = "replied"
    REPLIED_NO = "replied_no"
    OPTED_OUT = "opted_out"
    # Calls to a phone, by voice.
    CALL_KEY = "call_key"
    CALL_ENDED = "call_ended"
    CALL_FAILED = "call_failed"
    # On the page of a number.
    MESSAGE = "message"
    DRAFT_REFUSED = "draft_refused"
    """A send that a limit of ours did not let go, so there is no message."""


@dataclass(frozen=True, slots=True)
class Person:
    """A Slack user, or ``rule`` for what the bot did by itself."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """A Slack channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Id:
    """A serial number, a code, an id: shown as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence of the catalogue, by its key; `otherwise` where nobody wrote that one."""

    key: str
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Groups:
    """User groups as app.yaml names them."""

    names: tuple[str, ...]


#: A value in a step's sentence; a plain text comes from outside.
Fact = str | int | datetime | Person | Place | Id | Words | Groups
Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened.

    `at` (UTC) is None where nobody wrote the time down: it then stands behind what came before.
    `code` is Tencent's and `carrier_code` a carrier's: cause and cure come from the dictionary.
    """

    kind: StepKind
    at: datetime | None
    facts: Facts = field(default_factory=dict)
    code: str = ""
    carrier_code: str = ""
    uses: tuple[Use, ...] = ()
    post: tuple[str, Mapping[str, Any]] | None = None
    """A notice: its kind, and its facts as they were stored."""
    state: MessageState | None = None
    """How the message stands that it is about."""
    message_id: str = ""
    """That message, where there is more to see of it."""
    request_id: str = ""
    """A request without one, likewise."""


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Earliest first. Of one moment, in the order given; one without a time stays behind
    all that is given before it."""
    known, last = [], EARLIEST
    for step in steps:
        last = max(step.at or last, last)
        known.append((step.at or last, step))
    return tuple(step for _, step in sorted(known, key=lambda pair: pair[0]))
