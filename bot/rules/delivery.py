"""The life of one message to one number, as a table: which event moves it from where to where.

A message is committed in flight before its first byte leaves, so whatever may have left is never
sent again without evidence or a person's word. What Tencent or a carrier says late, twice or out
of order never moves a message back: the first final state wins, and only *unreported*, which means
no more than that nobody had spoken, still gives way to a report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import assert_never

from bot.rules.classes import TemplateClass

# Tencent accepts a signature until its clock reads 300 s past the committed time; our clock may be
# 300 s ahead of it; the rest is for reports to arrive.
SETTLE_TIME = timedelta(minutes=15)
# DescribeSendRecordList looks back no further, so nothing is left to ask after that.
REPORT_TIME = timedelta(hours=72)


class MessageState(IntEnum):
    """Where a message is. The numbers are stored: never renumber them."""

    QUEUED = 1
    #: Between two events of one transaction. On disk it stands only in files of versions that
    #: committed a claim by itself; a start queues those again.
    CLAIMED = 2
    IN_FLIGHT = 3
    ACCEPTED = 4
    REFUSED = 5
    IN_DOUBT = 6
    DELIVERED = 7
    UNDELIVERED = 8
    UNREPORTED = 9
    DROPPED = 10
    CANCELLED = 11
    #: It waits for its job, not for a time of its own.
    HELD = 12
    #: Left out of its job: the number opted out, or a limit of ours would not let it go in time.
    SKIPPED = 13


class Event(StrEnum):
    """What happens to a message."""

    #: It is its turn. It is judged, and started or let go, before that is committed.
    CLAIM = "claim"
    #: A limit of ours says: not now.
    RELEASE = "release"
    #: The attempt is committed; bytes may leave from here on.
    START = "start"
    #: Proof that this attempt sent nothing: not connected, or refused for now.
    PUT_BACK = "put_back"
    #: Tencent's answer, or its record found later, says accepted.
    ACCEPT = "accept"
    #: Tencent's answer, or its record found later, says refused.
    REFUSE = "refuse"
    #: No answer that says either way, or a restart found it in flight.
    DOUBT = "doubt"
    #: After the settle time: sent once more, by the class's rule or by a person.
    SEND_AGAIN = "send_again"
    #: After the settle time: left alone, by the class's rule or by a person.
    DROP = "drop"
    #: Nothing reported within the report time.
    GIVE_UP_WAITING = "give_up_waiting"
    #: The carrier reports delivered.
    REPORT_SUCCESS = "report_success"
    #: The carrier reports not delivered.
    REPORT_FAILURE = "report_failure"
    #: A person stops it, or its job's time is over.
    CANCEL = "cancel"
    #: A rule of ours leaves it out.
    SKIP = "skip"


class IgnoredReason(StrEnum):
    """Why an event changes nothing."""

    #: The message is already there.
    REPEATED = "repeated"
    #: A report before the answer was committed: keep it and apply it again after the answer.
    BEFORE_ANSWER = "before_answer"
    #: A report is a hint, no proof: anybody may post one. Look the message up.
    HINT_ONLY = "hint_only"
    #: Another final state came first.
    FIRST_FINAL_WINS = "first_final_wins"
    #: A report while no attempt is open: about an attempt given up, somebody else's, or forged.
    NO_OPEN_ATTEMPT = "no_open_attempt"
    #: Too late to stop: bytes may have left.
    ALREADY_SENDING = "already_sending"
    #: The event does not belong to this state: another worker was quicker.
    NOT_HERE = "not_here"


class SettleAction(StrEnum):
    """What to do about a message in doubt."""

    WAIT = "wait"
    DROP = "drop"
    ASK_PERSON = "ask_person"
    NEXT_PERSON_THEN_SEND_AGAIN = "next_person_then_send_again"


@dataclass(frozen=True, slots=True)
class Step:
    """The event moves the message to `state`."""

    state: MessageState


@dataclass(frozen=True, slots=True)
class Ignored:
    """The event changes nothing."""

    reason: IgnoredReason


TRANSITIONS: Mapping[tuple[MessageState, Event], MessageState] = {
    (MessageState.QUEUED, Event.CLAIM): MessageState.CLAIMED,
    (MessageState.QUEUED, Event.CANCEL): MessageState.CANCELLED,
    (MessageState.HELD, Event.CLAIM): MessageState.CLAIMED,
    (MessageState.HELD, Event.CANCEL): MessageState.CANCELLED,
    (MessageState.CLAIMED, Event.SKIP): MessageState.SKIPPED,
    (MessageState.CLAIMED, Event.RELEASE): MessageState.QUEUED,
    (MessageState.CLAIMED, Event.START): MessageState.IN_FLIGHT,
    (MessageState.CLAIMED, Event.CANCEL): MessageState.CANCELLED,
    (MessageState.IN_FLIGHT, Event.PUT_BACK): MessageState.QUEUED,
    (MessageState.IN_FLIGHT, Event.ACCEPT): MessageState.ACCEPTED,
    (MessageState.IN_FLIGHT, Event.REFUSE): MessageState.REFUSED,
    (MessageState.IN_FLIGHT, Event.DOUBT): MessageState.IN_DOUBT,
    (MessageState.IN_DOUBT, Event.ACCEPT): MessageState.ACCEPTED,
    (MessageState.IN_DOUBT, Event.REFUSE): MessageState.REFUSED,
    (MessageState.IN_DOUBT, Event.SEND_AGAIN): MessageState.QUEUED,
    (MessageState.IN_DOUBT, Event.DROP): MessageState.DROPPED,
    # Proof that comes late is told all the same.
    (MessageState.DROPPED, Event.ACCEPT): MessageState.ACCEPTED,
    (MessageState.DROPPED, Event.REFUSE): MessageState.REFUSED,
    (MessageState.ACCEPTED, Event.REPORT_SUCCESS): MessageState.DELIVERED,
    (MessageState.ACCEPTED, Event.REPORT_FAILURE): MessageState.UNDELIVERED,
    (MessageState.ACCEPTED, Event.GIVE_UP_WAITING): MessageState.UNREPORTED,
    (MessageState.UNREPORTED, Event.REPORT_SUCCESS): MessageState.DELIVERED,
    (MessageState.UNREPORTED, Event.REPORT_FAILURE): MessageState.UNDELIVERED,
}

#: At most one message to a number may be in these states (the partial unique index).
FENCED = frozenset({MessageState.IN_FLIGHT, MessageState.IN_DOUBT})
#: Nothing more will be done about a message in these states.
FINAL = frozenset(
    {
        MessageState.REFUSED,
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.UNREPORTED,
        MessageState.DROPPED,
        MessageState.CANCELLED,
        MessageState.SKIPPED,
    }
)
#: Messages that may have reached a person: what frequency limits count.
MAY_HAVE_LEFT = FENCED | {
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.UNREPORTED,
    MessageState.DROPPED,
}
UNSENT = frozenset(
    {
        MessageState.HELD,
        MessageState.QUEUED,
        MessageState.CLAIMED,
        MessageState.REFUSED,
        MessageState.CANCELLED,
        MessageState.SKIPPED,
    }
)
REPORTS = frozenset({Event.REPORT_SUCCESS, Event.REPORT_FAILURE})


def step(state: MessageState, event: Event) -> Step | Ignored:
    """Where `event` takes a message that is in `state`, or why it changes nothing."""
    after = TRANSITIONS.get((state, event))
    return Step(after) if after is not None else Ignored(_reason(state, event))


def _reason(state: MessageState, event: Event) -> IgnoredReason:
    if state in {after for (_, cause), after in TRANSITIONS.items() if cause is event}:
        return IgnoredReason.REPEATED
    if event in REPORTS:
        return _report_reason(state)
    if event is Event.CANCEL and state not in UNSENT:
        return IgnoredReason.ALREADY_SENDING
    return IgnoredReason.FIRST_FINAL_WINS if state in FINAL else IgnoredReason.NOT_HERE


def _report_reason(state: MessageState) -> IgnoredReason:
    if state in UNSENT:
        return IgnoredReason.NO_OPEN_ATTEMPT
    if state is MessageState.IN_FLIGHT:
        return IgnoredReason.BEFORE_ANSWER
    if state is MessageState.IN_DOUBT:
        return IgnoredReason.HINT_ONLY
    return IgnoredReason.FIRST_FINAL_WINS


def settles_at(started_at: datetime) -> datetime:
    """When no copy of an attempt committed at `started_at` can be accepted any more."""
    return started_at + SETTLE_TIME


def settle_rule(class_: TemplateClass, started_at: datetime, now: datetime) -> SettleAction:
    """What to do about an attempt in doubt that was committed at `started_at`."""
    if now < settles_at(started_at):
        return SettleAction.WAIT
    match class_:
        case TemplateClass.OTP:
            return SettleAction.DROP
        case TemplateClass.NOTICE | TemplateClass.MARKETING:
            return SettleAction.ASK_PERSON
        case TemplateClass.ALERT:
            return SettleAction.NEXT_PERSON_THEN_SEND_AGAIN
    assert_never(class_)


def diagram() -> str:
    """The table as a Mermaid state diagram; `docs/delivery.md` holds a copy."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    [*] --> {_name(state)}" for state in (MessageState.QUEUED, MessageState.HELD)]
    lines += [
        f"    {_name(before)} --> {_name(after)}: {_words(event)}"
        for (before, event), after in TRANSITIONS.items()
    ]
    lines += [f"    {_name(state)} --> [*]" for state in sorted(FINAL)]
    lines.append("    classDef fenced stroke-width:4px")
    lines.append(f"    class {','.join(_name(state) for state in sorted(FENCED))} fenced")
    return "\n".join(lines) + "\n"


def _name(state: MessageState) -> str:
    return state.name.lower()


def _words(event: Event) -> str:
    return event.value.replace("_", " ")
