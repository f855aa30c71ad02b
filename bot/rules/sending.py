"""Whether one message may be sent as asked, and what exactly it would be.

Everything Tencent would refuse and we can know beforehand is found here, all of it at once, so that
a person mends it before anything is sent or billed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.rules import segments, templates
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.limits import MAINLAND_ZONE, Verdict
from bot.rules.lint import Finding
from bot.rules.marketing_hours import CARRIERS, Hours, is_open
from bot.rules.numbers import BadNumber, Number, cover
from bot.rules.optouts import Source
from bot.rules.segments import Segments
from bot.rules.templates import BindFault, ValueFault

# A code typed with a Chinese input method left on is the same code.
WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


Abroad = bool | Collection[str]


class Area(StrEnum):
    """What a fault is about: the field of the form it stands under."""

    NUMBER = "number"
    TEMPLATE = "template"
    SIGNATURE = "signature"
    VALUES = "values"
    TIME = "time"
    RECIPIENTS = "recipients"
    LIMIT = "limit"
    PACKAGE = "package"
    APP = "app"


class SendReason(StrEnum):
    """Why a message may not be sent, where no narrower list of reasons says it."""

    INTERNATIONAL_OFF = "international_off"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    OPTED_OUT = "opted_out"
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
    APP_STOPPED = "app_stopped"


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
    #: Anywhere, nowhere, or to countries by their ISO codes.
    may_go_abroad: Abroad
    #: Template id to its class, where app.yaml names one.
    classes: Mapping[str, TemplateClass]
    #: When marketing may go out to the mainland.
    hours: Hours = CARRIERS


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
    verdict: Verdict
    left_segments: int | None
    balance_seen_at: datetime | None
    expires_at: datetime
    findings: tuple[Finding, ...] = ()


def plan(ask: Ask, facts: Facts, now: datetime) -> Plan | tuple[SendFault, ...]:
    """The message as it would go out, or everything that stands in its way but the limits."""
    number, template = ask.number, facts.template
    faults = [
        *_number_faults(ask),
        *template_faults(ask.template, facts),
        *_side_faults(ask, facts),
    ]
    if isinstance(number, Number) and number.is_mainland:
        faults += signature_faults(ask.signature, facts)
    if template is None:
        return tuple(faults)
    class_ = class_of(template, ask.classes)
    values = templates.bind_values(template.content, ask.pairs)
    if not isinstance(values, BindFault):
        values = tuple(as_value(class_, value) for value in values)
    faults += _value_faults(class_, template, values)
    if isinstance(values, BindFault) or isinstance(number, BadNumber):
        return tuple(faults)
    faults += _time_faults(ask.hours, class_, number, now)
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


def class_of(template: Template, classes: Mapping[str, TemplateClass]) -> TemplateClass:
    """What a template is for: as app.yaml says, else as its text suggests."""
    return classes.get(template.template_id) or templates.guess_class(template.content)


def as_value(class_: TemplateClass, typed: str) -> str:
    """A value as it is sent."""
    return typed.translate(WIDE_DIGITS) if class_ is TemplateClass.OTP else typed


def recipient_fault(
    number: Number, template: Template, *, may_go_abroad: Abroad
) -> SendReason | None:
    """Why a template cannot go to a number that is one, or None."""
    return country_reason(number, may_go_abroad) or _side_reason(number, template)


def country_reason(number: Number, may_go_abroad: Abroad) -> SendReason | None:
    """Why nothing may go to the country of a number, or None."""
    if number.is_mainland or may_go_abroad is True:
        return None
    if not may_go_abroad:
        return SendReason.INTERNATIONAL_OFF
    return None if number.country in may_go_abroad else SendReason.COUNTRY_NOT_ALLOWED


def hours_fault(hours: Hours, reason: str) -> SendFault:
    """Marketing that may not go at its time, and when it may."""
    values: dict[str, str | int] = {
        "opens": f"{hours.opens:%H:%M}",
        "closes": f"{hours.closes:%H:%M}",
    }
    return SendFault(Area.TIME, reason, values)


def limit_fault(verdict: Verdict) -> SendFault | None:
    """What keeps a message back by our own limits, and when all of them let it go."""
    hit = verdict.hit
    if hit is None:
        return None
    values: dict[str, str | int] = {"used": hit.used, "allowed": hit.allowed, "scope": hit.scope}
    return SendFault(Area.LIMIT, hit.rule.value, values, verdict.next_permitted_at)


def optout_fault(source: Source, at: datetime) -> SendFault:
    """The person said no, as we know from `source` since `at`."""
    since = f"{at.astimezone(MAINLAND_ZONE):%Y-%m-%d}"
    return SendFault(Area.NUMBER, SendReason.OPTED_OUT, {"source": source.value, "since": since})


def stop_fault(app: str) -> SendFault:
    """Nothing of `app` goes out until somebody lets it."""
    return SendFault(Area.APP, SendReason.APP_STOPPED, {"app": app})


def _number_faults(ask: Ask) -> list[SendFault]:
    number = ask.number
    if isinstance(number, BadNumber):
        values: dict[str, str | int] = {"digits": number.digits, "country": number.country or ""}
        return [SendFault(Area.NUMBER, number.reason.value, values)]
    reason = country_reason(number, ask.may_go_abroad)
    if reason is None:
        return []
    allowed = "" if isinstance(ask.may_go_abroad, bool) else ", ".join(sorted(ask.may_go_abroad))
    return [SendFault(Area.NUMBER, reason, {"country": number.country, "allowed": allowed})]


def template_faults(asked: str, facts: Facts) -> list[SendFault]:
    """Why the template asked for cannot be sent to anybody."""
    template = facts.template
    if template is None:
        reason = SendReason.UNKNOWN if facts.is_listed else SendReason.NOT_LISTED_YET
        return [
            SendFault(
                Area.TEMPLATE,
                reason,
                {"template": cover(asked), "closest": facts.closest_template or ""},
            )
        ]
    if template.review is not ReviewState.USABLE:
        return [SendFault(Area.TEMPLATE, _review_reason(template.review), _named(template))]
    return []


def _side_faults(ask: Ask, facts: Facts) -> list[SendFault]:
    """A usable template may be for the other side of the border."""
    template, number = facts.template, ask.number
    if template is None or template.review is not ReviewState.USABLE:
        return []
    reason = _side_reason(number, template) if isinstance(number, Number) else None
    return [] if reason is None else [SendFault(Area.TEMPLATE, reason, _named(template))]


def _side_reason(number: Number, template: Template) -> SendReason | None:
    if number.is_mainland:
        return None if template.mainland else SendReason.INTERNATIONAL_ONLY
    return None if template.international else SendReason.MAINLAND_ONLY


def _named(template: Template) -> dict[str, str | int]:
    return {"template": template.template_id, "reply": template.review_reply}


def signature_faults(signature: str, facts: Facts) -> list[SendFault]:
    """Why a signature cannot be used: numbers abroad need none, a mainland one needs a usable
    signature of that name."""
    known = [each for each in facts.signatures if not each.international]
    if any(each.review is ReviewState.USABLE for each in known):
        return []
    values: dict[str, str | int] = {"signature": signature, "reply": ""}
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
        return [bind_fault(values, template)]
    found = templates.check_values(class_, template.content, values)
    return [value_fault(fault) for fault in found]


def bind_fault(fault: BindFault, template: Template) -> SendFault:
    """Values that cannot be placed, as a fault of the send."""
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


def value_fault(fault: ValueFault) -> SendFault:
    """A value Tencent would refuse, as a fault of the send."""
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


def _time_faults(
    hours: Hours, class_: TemplateClass, number: Number, now: datetime
) -> list[SendFault]:
    is_bound = class_ is TemplateClass.MARKETING and number.is_mainland
    if not is_bound or is_open(hours, now):
        return []
    return [hours_fault(hours, SendReason.MARKETING_HOURS)]


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
