"""Whether one message may be sent as asked, and what exactly it would be.

Everything Tencent would refuse and we can know beforehand is found here, all of it at once, so that
a person mends it before anything is sent or billed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.rules import limits, segments, templates
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.limits import MAINLAND_ZONE, Policy, Sent, Use
from bot.rules.lint import Finding
from bot.rules.numbers import BadNumber, Number
from bot.rules.segments import Segments
from bot.rules.templates import BindFault, ValueFault

# A code typed with a Chinese input method left on is the same code.
WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
# cloud.tencent.com/document/product/382/39023 (2025-06-17): marketing goes out 08:00 to 22:00 only.
MARKETING_FROM_HOUR, MARKETING_TO_HOUR = 8, 22


class Area(StrEnum):
    """What a fault is about: the field of the form it stands under."""

    NUMBER = "number"
    TEMPLATE = "template"
    SIGNATURE = "signature"
    VALUES = "values"
    TIME = "time"
    LIMIT = "limit"
    PACKAGE = "package"


class SendReason(StrEnum):
    """Why a message may not be sent, where no narrower list of reasons says it."""

    INTERNATIONAL_OFF = "international_off"
    NOT_LISTED_YET = "not_listed_yet"
    UNKNOWN = "unknown"
    UNDER_REVIEW = "under_review"
    APPROVED_NOT_USABLE = "approved_not_usable"
    REJECTED = "rejected"
    MAINLAND_ONLY = "mainland_only"
    INTERNATIONAL_ONLY = "international_only"
    TEXT_TOO_LONG = "text_too_long"
    MARKETING_HOURS = "marketing_hours"
    PACKAGE_EMPTY = "package_empty"


@dataclass(frozen=True, slots=True)
class SendFault:
    """One reason not to send: `reason` is a reason enum's value, `values` fill its sentence."""

    area: Area
    reason: str
    values: dict[str, str | int] = field(default_factory=dict)
    next_permitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asked for. `pairs` are the (key or None, value) arguments."""

    number: Number | BadNumber
    template: str
    pairs: Sequence[tuple[str | None, str]]
    signature: str
    may_go_abroad: bool
    #: Template id to its class, where app.yaml names one.
    classes: Mapping[str, TemplateClass]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when it is asked. `left_segments` is None while no balance is known."""

    is_listed: bool
    template: Template | None
    closest_template: str | None
    signatures: Sequence[Signature]
    left_segments: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what would be sent."""

    number: Number
    template: Template
    class_: TemplateClass
    signature: str
    values: tuple[str, ...]
    text: str
    segments: Segments


@dataclass(frozen=True, slots=True)
class Draft:
    """What the preview shows; `sha256` is the hash of exactly that, and Send is bound to it.

    `findings` are what the values bring into the text that a carrier may drop it for.
    """

    request_id: str
    sha256: str
    app: str
    plan: Plan
    uses: tuple[Use, ...]
    left_segments: int | None
    balance_seen_at: datetime | None
    expires_at: datetime
    findings: tuple[Finding, ...] = ()


def plan(ask: Ask, facts: Facts, now: datetime) -> Plan | tuple[SendFault, ...]:
    """The message as it would go out, or everything that stands in its way but the limits."""
    number, template = ask.number, facts.template
    faults = [*_number_faults(ask), *_template_faults(ask, facts)]
    if isinstance(number, Number):
        faults += _signature_faults(ask, facts, number)
    if template is None:
        return tuple(faults)
    class_ = ask.classes.get(template.template_id) or templates.guess_class(template.content)
    values = templates.bind_values(template.content, ask.pairs)
    if class_ is TemplateClass.OTP and not isinstance(values, BindFault):
        values = tuple(value.translate(WIDE_DIGITS) for value in values)
    faults += _value_faults(class_, template, values)
    if isinstance(values, BindFault) or isinstance(number, BadNumber):
        return tuple(faults)
    faults += _time_faults(class_, number, now)
    body = templates.fill(template.content, values)
    text = f"【{ask.signature}】{body}" if number.is_mainland else body
    length = segments.count(text, international=not number.is_mainland)
    faults += _length_faults(length)
    # Abroad is billed by the day; only mainland messages need a prepaid package.
    faults += _package_faults(length, facts) if number.is_mainland else []
    if faults:
        return tuple(faults)
    signature = ask.signature if number.is_mainland else ""
    return Plan(number, template, class_, signature, values, text, length)


def judge_limits(
    policy: Policy,
    class_: TemplateClass,
    history: Sequence[tuple[Sent, TemplateClass]],
    content_hash: str,
    now: datetime,
    *,
    is_mainland: bool = True,
) -> tuple[Use, ...]:
    """Every limit that counts this message: ours in the order they are checked, the carriers' last.

    The cap is the mainland carriers'. It is told, never enforced: what is over it is accepted and
    then not delivered.
    """
    is_marketing = class_ is TemplateClass.MARKETING
    of_kind = [
        sent for sent, other in history if (other is TemplateClass.MARKETING) is is_marketing
    ]
    own = limits.judge(policy, [sent for sent, _ in history], content_hash, now)
    return (*own, limits.judge_carrier(class_, of_kind, now)) if is_mainland else own


def limit_fault(uses: Sequence[Use]) -> SendFault | None:
    """The first of our own limits that refuses this message."""
    hit = limits.first_hit([use for use in uses if use.rule is not limits.Rule.CARRIER_DAY])
    if hit is None:
        return None
    values: dict[str, str | int] = {"used": hit.used, "allowed": hit.allowed}
    return SendFault(Area.LIMIT, hit.rule.value, values, hit.next_permitted_at)


def _number_faults(ask: Ask) -> list[SendFault]:
    number = ask.number
    if isinstance(number, BadNumber):
        values: dict[str, str | int] = {"digits": number.digits, "country": number.country or ""}
        return [SendFault(Area.NUMBER, number.reason.value, values)]
    if not number.is_mainland and not ask.may_go_abroad:
        return [SendFault(Area.NUMBER, SendReason.INTERNATIONAL_OFF, {"country": number.country})]
    return []


def _template_faults(ask: Ask, facts: Facts) -> list[SendFault]:
    template = facts.template
    if template is None:
        reason = SendReason.UNKNOWN if facts.is_listed else SendReason.NOT_LISTED_YET
        return [
            SendFault(
                Area.TEMPLATE,
                reason,
                {"template": ask.template, "closest": facts.closest_template or ""},
            )
        ]
    values: dict[str, str | int] = {
        "template": template.template_id,
        "reply": template.review_reply,
    }
    if template.review is not ReviewState.USABLE:
        return [SendFault(Area.TEMPLATE, _review_reason(template.review), values)]
    if isinstance(ask.number, BadNumber):
        return []
    if ask.number.is_mainland and not template.mainland:
        return [SendFault(Area.TEMPLATE, SendReason.INTERNATIONAL_ONLY, values)]
    if not ask.number.is_mainland and not template.international:
        return [SendFault(Area.TEMPLATE, SendReason.MAINLAND_ONLY, values)]
    return []


def _signature_faults(ask: Ask, facts: Facts, number: Number) -> list[SendFault]:
    """Numbers abroad need no signature; a mainland one needs a usable signature of that name."""
    if not number.is_mainland:
        return []
    known = [signature for signature in facts.signatures if not signature.international]
    if any(signature.review is ReviewState.USABLE for signature in known):
        return []
    values: dict[str, str | int] = {"signature": ask.signature, "reply": ""}
    if not known:
        reason = SendReason.UNKNOWN if facts.is_listed else SendReason.NOT_LISTED_YET
        return [SendFault(Area.SIGNATURE, reason, values)]
    values["reply"] = known[0].review_reply
    return [SendFault(Area.SIGNATURE, _review_reason(known[0].review), values)]


def _review_reason(review: ReviewState) -> SendReason:
    match review:
        case ReviewState.REJECTED:
            return SendReason.REJECTED
        case ReviewState.APPROVED_NOT_USABLE:
            return SendReason.APPROVED_NOT_USABLE
        case _:
            return SendReason.UNDER_REVIEW


def _value_faults(
    class_: TemplateClass,
    template: Template,
    values: tuple[str, ...] | BindFault,
) -> list[SendFault]:
    if isinstance(values, BindFault):
        return [_bind_fault(values, template)]
    found = templates.check_values(class_, template.content, values)
    return [_value_fault(fault) for fault in found]


def _bind_fault(fault: BindFault, template: Template) -> SendFault:
    return SendFault(
        Area.VALUES,
        f"bind_{fault.reason.value}",
        {
            "wanted": fault.wanted,
            "given": fault.given,
            "key": fault.key or "",
            "template": template.template_id,
        },
    )


def _value_fault(fault: ValueFault) -> SendFault:
    return SendFault(
        Area.VALUES,
        fault.reason.value,
        {
            "variable": fault.variable or "",
            "wanted": fault.wanted if fault.wanted is not None else "",
            "given": fault.given if fault.given is not None else "",
            "code_point": fault.code_point or "",
        },
    )


def _time_faults(class_: TemplateClass, number: Number, now: datetime) -> list[SendFault]:
    hour = now.astimezone(MAINLAND_ZONE).hour
    is_open = MARKETING_FROM_HOUR <= hour < MARKETING_TO_HOUR
    if class_ is not TemplateClass.MARKETING or not number.is_mainland or is_open:
        return []
    return [SendFault(Area.TIME, SendReason.MARKETING_HOURS)]


def _length_faults(length: Segments) -> list[SendFault]:
    if not length.is_too_long:
        return []
    values: dict[str, str | int] = {"characters": length.characters, "limit": length.limit}
    return [SendFault(Area.VALUES, SendReason.TEXT_TOO_LONG, values)]


def _package_faults(length: Segments, facts: Facts) -> list[SendFault]:
    left = facts.left_segments
    if left is None or left >= length.segments:
        return []
    values: dict[str, str | int] = {"left": left, "needed": length.segments}
    return [SendFault(Area.PACKAGE, SendReason.PACKAGE_EMPTY, values)]
