"""What a request that changes no template and no signature asks for: the payload, read strictly.

The payload is what an approval is bound to (its hash), so it holds what must not have changed
since: when the app was stopped, when the person said no.
"""

from dataclasses import asdict, dataclass
from typing import Any

from bot.rules.changes import Change, Payload, Reading, change_of
from bot.rules.numbers import mask
from bot.rules.optouts import Scope
from bot.rules.requests import RequestKind


@dataclass(frozen=True, slots=True)
class OptoutRemoval:
    """Somebody who said no is to be written to again. `number` is E.164."""

    number: str
    signature: str
    scope: Scope
    reason: str
    opted_out_at_ms: int

    @property
    def name(self) -> str:
        """What people call it: the number, masked."""
        return mask(self.number)

    def payload(self) -> dict[str, Any]:
        """What is stored and hashed."""
        return {
            "number": self.number,
            "signature": self.signature,
            "scope": self.scope.value,
            "reason": self.reason,
            "opted_out_at_ms": self.opted_out_at_ms,
        }


@dataclass(frozen=True, slots=True)
class AppResume:
    """An app that is stopped is to send again; which one, the request says.

    `stopped_by` (a user id, or ``rule``) and `stop_reason` are those of the stop.
    """

    reason: str
    stopped_at_ms: int
    stopped_by: str
    stop_reason: str

    def payload(self) -> dict[str, Any]:
        """What is stored and hashed."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ManySend:
    """A send to many, as far as an approval needs it: what its texts are made of."""

    template_id: str
    content: str
    signature: str


Subject = Change | OptoutRemoval | AppResume | ManySend


def subject_of(kind: RequestKind, payload: Payload) -> Subject:
    """What a request of `kind` is about. Raises ValueError for what is none."""
    match kind:
        case RequestKind.OPTOUT_REMOVE:
            return _removal(payload)
        case RequestKind.APP_RESUME:
            return _resume(payload)
        case RequestKind.SEND:
            return _send(payload)
        case _:
            return change_of(kind, payload)


def _removal(payload: Payload) -> OptoutRemoval:
    read = Reading(payload)
    removal = OptoutRemoval(
        number=read.text("number"),
        signature=read.text("signature"),
        scope=Scope(read.text("scope")),
        reason=read.text("reason"),
        opted_out_at_ms=read.whole("opted_out_at_ms"),
    )
    read.end()
    return removal


def _resume(payload: Payload) -> AppResume:
    read = Reading(payload)
    resume = AppResume(
        reason=read.text("reason"),
        stopped_at_ms=read.whole("stopped_at_ms"),
        stopped_by=read.text("stopped_by"),
        stop_reason=read.text("stop_reason"),
    )
    read.end()
    return resume


def _send(payload: Payload) -> ManySend:
    """The rest of it is `flows.job_drafts`' own."""
    found = [payload.get(name) for name in ("template_id", "content", "signature")]
    texts = [each for each in found if isinstance(each, str)]
    if len(texts) < len(found):
        raise ValueError("a send names a template, its text and a signature")
    return ManySend(*texts)
