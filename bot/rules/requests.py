"""The one lifecycle of everything a person asks for."""

from collections.abc import Mapping
from enum import Enum, IntEnum, StrEnum

from bot.rules.roles import ACCOUNT


class RequestKind(StrEnum):
    """What is asked for; the value is stored."""

    SEND = "send"
    TEMPLATE_CREATE = "template.create"
    TEMPLATE_MODIFY = "template.modify"
    TEMPLATE_DELETE = "template.delete"
    SIGNATURE_CREATE = "signature.create"
    SIGNATURE_MODIFY = "signature.modify"
    SIGNATURE_DELETE = "signature.delete"
    OPTOUT_REMOVE = "optout.remove"
    APP_RESUME = "app.resume"
    LIMITS_CHANGE = "limits.change"
    LIMITS_EXEMPT = "limits.exempt"
    NUMBER_ERASE = "number.erase"


#: What is about something all apps share, wherever it was asked.
OF_ACCOUNT = frozenset(
    {
        RequestKind.TEMPLATE_CREATE,
        RequestKind.TEMPLATE_MODIFY,
        RequestKind.TEMPLATE_DELETE,
        RequestKind.SIGNATURE_CREATE,
        RequestKind.SIGNATURE_MODIFY,
        RequestKind.SIGNATURE_DELETE,
        RequestKind.OPTOUT_REMOVE,
        RequestKind.NUMBER_ERASE,
    }
)


def scope_of(kind: RequestKind, app: str) -> str:
    """Whose roles count for a request of `kind` that was asked for `app`."""
    return ACCOUNT if kind in OF_ACCOUNT else app


class RequestState(IntEnum):
    """Where a request stands; the number is stored, so it never changes its meaning."""

    DRAFT = 0
    EXECUTING = 1
    #: Done. Of a template or signature: Tencent has it; its review is another matter.
    DONE = 2
    FAILED = 3
    IN_DOUBT = 4
    WITHDRAWN = 5
    EXPIRED = 6
    AWAITING_APPROVAL = 7
    APPROVED = 8
    REJECTED = 9
    #: What it stood on has changed; a request of its own takes its place, where anything is left.
    SUPERSEDED = 10
    #: A send to many: held by a person or by what Tencent answered, until a person lets it go on.
    PAUSED = 11
    #: A send to many, stopped for good before its end.
    CANCELLED = 12


class RequestEvent(Enum):
    """What happens to a request."""

    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SUCCEED = "succeed"
    FAIL = "fail"
    DOUBT = "doubt"
    ASK = "ask"
    WAIVE = "waive"
    """The policy asks for nobody's word."""
    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    """Before anything was done about it, an approval was taken back or counts no more."""
    SUPERSEDE = "supersede"
    START = "start"
    RETRY = "retry"
    """The attempt changed nothing at Tencent, and that is certain."""
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    SEND_AGAIN = "send again"
    """By a person's word about what was in doubt."""


#: Everything that affects a request's state is in this table; what is not in it changes nothing.
TRANSITIONS: Mapping[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.DRAFT, RequestEvent.CONFIRM): RequestState.EXECUTING,
    (RequestState.DRAFT, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.DRAFT, RequestEvent.EXPIRE): RequestState.EXPIRED,
    (RequestState.DRAFT, RequestEvent.ASK): RequestState.AWAITING_APPROVAL,
    (RequestState.DRAFT, RequestEvent.WAIVE): RequestState.APPROVED,
    (RequestState.AWAITING_APPROVAL, RequestEvent.APPROVE): RequestState.APPROVED,
    (RequestState.AWAITING_APPROVAL, RequestEvent.REJECT): RequestState.REJECTED,
    (RequestState.AWAITING_APPROVAL, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.AWAITING_APPROVAL, RequestEvent.EXPIRE): RequestState.EXPIRED,
    (RequestState.AWAITING_APPROVAL, RequestEvent.SUPERSEDE): RequestState.SUPERSEDED,
    (RequestState.APPROVED, RequestEvent.REOPEN): RequestState.AWAITING_APPROVAL,
    (RequestState.APPROVED, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.APPROVED, RequestEvent.SUPERSEDE): RequestState.SUPERSEDED,
    (RequestState.APPROVED, RequestEvent.FAIL): RequestState.FAILED,
    (RequestState.APPROVED, RequestEvent.START): RequestState.EXECUTING,
    (RequestState.APPROVED, RequestEvent.EXPIRE): RequestState.EXPIRED,
    (RequestState.APPROVED, RequestEvent.CANCEL): RequestState.CANCELLED,
    (RequestState.EXECUTING, RequestEvent.PAUSE): RequestState.PAUSED,
    (RequestState.EXECUTING, RequestEvent.CANCEL): RequestState.CANCELLED,
    (RequestState.EXECUTING, RequestEvent.EXPIRE): RequestState.EXPIRED,
    (RequestState.PAUSED, RequestEvent.RESUME): RequestState.EXECUTING,
    (RequestState.PAUSED, RequestEvent.CANCEL): RequestState.CANCELLED,
    (RequestState.PAUSED, RequestEvent.EXPIRE): RequestState.EXPIRED,
    # What was under way when it was paused was the last of it.
    (RequestState.PAUSED, RequestEvent.SUCCEED): RequestState.DONE,
    (RequestState.PAUSED, RequestEvent.FAIL): RequestState.FAILED,
    (RequestState.PAUSED, RequestEvent.DOUBT): RequestState.IN_DOUBT,
    (RequestState.EXECUTING, RequestEvent.SUCCEED): RequestState.DONE,
    (RequestState.EXECUTING, RequestEvent.FAIL): RequestState.FAILED,
    (RequestState.EXECUTING, RequestEvent.DOUBT): RequestState.IN_DOUBT,
    (RequestState.EXECUTING, RequestEvent.RETRY): RequestState.APPROVED,
    (RequestState.IN_DOUBT, RequestEvent.SUCCEED): RequestState.DONE,
    (RequestState.IN_DOUBT, RequestEvent.FAIL): RequestState.FAILED,
    (RequestState.IN_DOUBT, RequestEvent.RETRY): RequestState.APPROVED,
    # A send to many runs once more: it can be paused, cancelled and run out of time.
    (RequestState.IN_DOUBT, RequestEvent.SEND_AGAIN): RequestState.EXECUTING,
}


def step(state: RequestState, event: RequestEvent) -> RequestState | None:
    """The state after `event`, or None where the event comes too late to change anything."""
    return TRANSITIONS.get((state, event))


def diagram() -> str:
    """The table as a Mermaid state diagram; `docs/approvals.md` holds a copy."""
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {_name(RequestState.DRAFT)}"]
    lines += [
        f"    {_name(before)} --> {_name(after)}: {event.value}"
        for (before, event), after in TRANSITIONS.items()
    ]
    open_states = {before for before, _ in TRANSITIONS}
    lines += [f"    {_name(state)} --> [*]" for state in RequestState if state not in open_states]
    return "\n".join(lines) + "\n"


def _name(state: RequestState) -> str:
    return state.name.lower()
