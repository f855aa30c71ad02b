"""The one lifecycle of everything a person asks for."""

from collections.abc import Mapping
from enum import Enum, IntEnum, StrEnum


class RequestKind(StrEnum):
    """What is asked for; the value is stored."""

    SEND = "send"


class RequestState(IntEnum):
    """Where a request stands; the number is stored, so it never changes its meaning."""

    DRAFT = 0
    EXECUTING = 1
    DONE = 2
    FAILED = 3
    IN_DOUBT = 4
    WITHDRAWN = 5
    EXPIRED = 6


class RequestEvent(Enum):
    """What happens to a request."""

    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SUCCEED = "succeed"
    FAIL = "fail"
    DOUBT = "doubt"


#: Everything that affects a request's state is in this table; what is not in it changes nothing.
TRANSITIONS: Mapping[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.DRAFT, RequestEvent.CONFIRM): RequestState.EXECUTING,
    (RequestState.DRAFT, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.DRAFT, RequestEvent.EXPIRE): RequestState.EXPIRED,
    (RequestState.EXECUTING, RequestEvent.SUCCEED): RequestState.DONE,
    (RequestState.EXECUTING, RequestEvent.FAIL): RequestState.FAILED,
    (RequestState.EXECUTING, RequestEvent.DOUBT): RequestState.IN_DOUBT,
    (RequestState.IN_DOUBT, RequestEvent.SUCCEED): RequestState.DONE,
    (RequestState.IN_DOUBT, RequestEvent.FAIL): RequestState.FAILED,
}


def step(state: RequestState, event: RequestEvent) -> RequestState | None:
    """The state after `event`, or None where the event comes too late to change anything."""
    return TRANSITIONS.get((state, event))
