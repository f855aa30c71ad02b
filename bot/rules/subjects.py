"""What a request that changes no template and no signature asks for: the payload, read strictly.

The payload is what an approval is bound to (its hash), so it holds what must not have changed
since: when the app was stopped, when the person said no.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.rules.changes import Change, Payload, Reading, change_of
from bot.rules.numbers import mask
from bot.rules.optouts import Scope
from bot.rules.policies import policy_of
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
class LimitsChange:
    """Limits of an app are to be others, for good or for a while.

    `caps` and `before`: key to cap, None for no cap; what is not in them stays as it is. `at_ms`:
    not before that time. `for_s` or `until_ms`: it ends by itself. `undoes`: the request whose
    change is to be taken back, "" for none; `at_ms` is then when more first goes through.
    `loosens`: more goes through at some moment while it holds, perhaps later than at its start.
    `simulation`: what it would have done in the last 30 days (`bot.rules.simulation`), None until
    that is known.
    """

    caps: Mapping[str, int | None]
    before: Mapping[str, int | None]
    at_ms: int | None
    for_s: int | None
    until_ms: int | None
    reason: str
    undoes: str = ""
    loosens: bool = False
    simulation: Mapping[str, Any] | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether it ends by itself."""
        return self.for_s is not None or self.until_ms is not None

    def payload(self) -> dict[str, Any]:
        """What is stored and hashed."""
        return {
            "caps": dict(self.caps),
            "before": dict(self.before),
            "at_ms": self.at_ms,
            "for_s": self.for_s,
            "until_ms": self.until_ms,
            "reason": self.reason,
            "undoes": self.undoes,
            "loosens": self.loosens,
            "simulation": None if self.simulation is None else dict(self.simulation),
        }


@dataclass(frozen=True, slots=True)
class LimitExempt:
    """The limits of one number are not to hold for `number` (E.164), for good or for a while."""

    number: str
    reason: str
    for_s: int | None
    until_ms: int | None

    @property
    def name(self) -> str:
        """What people call it: the number, masked."""
        return mask(self.number)

    def payload(self) -> dict[str, Any]:
        """What is stored and hashed."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NumberErasure:
    """Everything stored about `number` (E.164) is to go.

    `masked` is how it is shown, also when it is gone; `found` counts what there was of it when it
    was asked for, by table. `salt` is of chance: without it, whoever sees the hash of the payload
    could try numbers until one fits.
    """

    number: str
    masked: str
    reason: str
    found: Mapping[str, int]
    salt: str

    @property
    def name(self) -> str:
        """What people call it: the number, masked."""
        return self.masked

    def payload(self) -> dict[str, Any]:
        """What is stored and hashed."""
        return {**asdict(self), "found": dict(self.found)}


@dataclass(frozen=True, slots=True)
class ManySend:
    """A send to many, as far as an approval needs it: what its texts are made of."""

    template_id: str
    content: str
    signature: str


Subject = Change | OptoutRemoval | AppResume | ManySend | LimitsChange | LimitExempt | NumberErasure


def subject_of(kind: RequestKind, payload: Payload) -> Subject:
    """What a request of `kind` is about. Raises ValueError for what is none."""
    read = READERS.get(kind)
    return change_of(kind, payload) if read is None else read(payload)


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


def _erasure(payload: Payload) -> NumberErasure:
    read = Reading(payload)
    erasure = NumberErasure(
        number=read.text("number"),
        masked=read.text("masked"),
        reason=read.text("reason"),
        found=_counts(read.mapping("found")),
        salt=read.text("salt"),
    )
    read.end()
    return erasure


def _counts(found: Mapping[str, Any]) -> Mapping[str, int]:
    if not all(type(many) is int for many in found.values()):
        raise ValueError("a count is a number")
    return found


def limits_change_of(payload: Payload) -> LimitsChange:
    """The change of limits in `payload`. Raises ValueError for what is none."""
    read = Reading(payload)
    caps, before = _caps(read.mapping("caps")), _caps(read.mapping("before"))
    if not caps or caps.keys() != before.keys() or caps == before:
        raise ValueError("a change says what was and what is to be, and they differ")
    change = LimitsChange(
        caps=caps,
        before=before,
        at_ms=read.whole_or_none("at_ms"),
        for_s=read.whole_or_none("for_s"),
        until_ms=read.whole_or_none("until_ms"),
        reason=read.text("reason"),
        undoes=read.text("undoes"),
        loosens=read.flag("loosens"),
        simulation=read.mapping_or_none("simulation"),
    )
    read.end()
    return change


def _caps(caps: Mapping[str, Any]) -> Mapping[str, int | None]:
    if not all(cap is None or type(cap) is int for cap in caps.values()):
        raise ValueError("a cap is a number or none")
    policy_of(caps)
    return caps


def _exempt(payload: Payload) -> LimitExempt:
    read = Reading(payload)
    exempt = LimitExempt(
        number=read.text("number"),
        reason=read.text("reason"),
        for_s=read.whole_or_none("for_s"),
        until_ms=read.whole_or_none("until_ms"),
    )
    read.end()
    return exempt


def _send(payload: Payload) -> ManySend:
    """The rest of it is `flows.job_drafts`' own."""
    found = [payload.get(name) for name in ("template_id", "content", "signature")]
    texts = [each for each in found if isinstance(each, str)]
    if len(texts) < len(found):
        raise ValueError("a send names a template, its text and a signature")
    return ManySend(*texts)


#: What is no change of a template or a signature.
READERS: Mapping[RequestKind, Callable[[Payload], Subject]] = {
    RequestKind.OPTOUT_REMOVE: _removal,
    RequestKind.APP_RESUME: _resume,
    RequestKind.LIMITS_CHANGE: limits_change_of,
    RequestKind.LIMITS_EXEMPT: _exempt,
    RequestKind.NUMBER_ERASE: _erasure,
    RequestKind.SEND: _send,
}
