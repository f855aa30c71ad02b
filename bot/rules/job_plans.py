"""Whether a send to many may be asked for, and what all of its messages share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules import sending, templates
from bot.rules.classes import TemplateClass
from bot.rules.content import Template
from bot.rules.marketing_hours import Hours, next_open
from bot.rules.sending import Area, Facts, SendFault
from bot.rules.templates import BindFault

#: Of an OTP template's values so long ones are codes; shorter ones are minutes.
CODE_DIGITS_MIN = 4


class JobReason(StrEnum):
    """Why a send to many is refused as a whole."""

    #: The same code would go to everybody.
    OTP_SHARED = "otp_shared"
    #: A code is old before its hour comes.
    OTP_LATER = "otp_later"
    NOBODY = "nobody"
    ALL_OPTED_OUT = "all_opted_out"
    #: The time asked for is so long ago that it is not valid any more.
    OVER = "over"
    #: It would be over before marketing may go out.
    MARKETING_NEVER = "marketing_never"


@dataclass(frozen=True, slots=True)
class JobAsk:
    """What a person asked for. `pairs` are the (key or None, value) arguments: of a file those for
    every row that its columns do not give. `typed` is how many numbers were typed, None: a file."""

    template: str
    pairs: Sequence[tuple[str | None, str]]
    signature: str
    #: Template id to its class, where app.yaml names one.
    classes: Mapping[str, TemplateClass]
    typed: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class JobPlan:
    """What all messages share; `values` by variable, of those that are the same for everybody."""

    template: Template
    class_: TemplateClass
    signature: str
    values: Mapping[int, str]


def plan(ask: JobAsk, facts: Facts) -> JobPlan | tuple[SendFault, ...]:
    """What would be sent, or everything that stands in the way before a row is read."""
    faults = sending.template_faults(ask.template, facts)
    template = facts.template
    if template is None:
        return tuple(faults)
    if template.mainland:
        faults += sending.signature_faults(ask.signature, facts)
    class_ = sending.class_of(template, ask.classes)
    values = _bind(template, ask)
    if isinstance(values, BindFault):
        return (*faults, sending.bind_fault(values, template), *_otp_faults(class_, ask))
    plain = {variable: sending.as_value(class_, value) for variable, value in values.items()}
    # As a text of its own: check_values wants one value for each variable of the text.
    content = "".join(f"{{{variable}}}" for variable in plain)
    found = templates.check_values(class_, content, tuple(plain.values()))
    faults += [sending.value_fault(fault) for fault in found]
    faults += _otp_faults(class_, ask)
    return tuple(faults) if faults else JobPlan(template, class_, ask.signature, plain)


def whole_faults(
    class_: TemplateClass, *, recipients: int, opted_out: int, is_code_shared: bool
) -> list[SendFault]:
    """Why nothing of a list that was read can be sent."""
    if recipients == 0:
        return [SendFault(Area.RECIPIENTS, JobReason.NOBODY)]
    if opted_out >= recipients:
        return [SendFault(Area.RECIPIENTS, JobReason.ALL_OPTED_OUT)]
    if class_ is TemplateClass.OTP and is_code_shared and recipients > 1:
        return [SendFault(Area.RECIPIENTS, JobReason.OTP_SHARED)]
    return []


def repeats_code(rows: Iterable[Sequence[str]]) -> bool:
    """Whether all of `rows`, the values of one message each, have the same code. Reads no further
    than needed to see that they do not."""
    found = iter(rows)
    first = next(found, ())
    same = list(range(len(first)))
    for values in found:
        same = [at for at in same if values[at] == first[at]]
        if not _may_hold_code(first, same):
            return False
    return _may_hold_code(first, same)


def _may_hold_code(first: Sequence[str], same: Sequence[int]) -> bool:
    """Whether a code is among the values at `same`: nothing differs, or a long one does not."""
    return len(same) == len(first) or any(len(first[at]) >= CODE_DIGITS_MIN for at in same)


def time_faults(hours: Hours | None, starts_at: datetime, ends_at: datetime) -> list[SendFault]:
    """Why nothing would go between its start and its end; `hours` are those of marketing, None for
    what is none."""
    if ends_at <= starts_at:
        return [SendFault(Area.TIME, JobReason.OVER)]
    if hours is not None and next_open(hours, starts_at) >= ends_at:
        return [sending.hours_fault(hours, JobReason.MARKETING_NEVER)]
    return []


def _bind(template: Template, ask: JobAsk) -> Mapping[int, str] | BindFault:
    variables = templates.variables_of(template.content)
    if ask.typed is None:
        # Of a file only what was typed: its columns give the rest.
        given = {key: value for key, value in ask.pairs if key is not None}
        return {each: given[str(each)] for each in variables if str(each) in given}
    values = templates.bind_values(template.content, ask.pairs)
    if isinstance(values, BindFault):
        return values
    return dict(zip(variables, values, strict=True))


def _otp_faults(class_: TemplateClass, ask: JobAsk) -> list[SendFault]:
    """A code is for one person, and for now."""
    if class_ is not TemplateClass.OTP:
        return []
    faults = []
    if ask.typed is not None and ask.typed > 1:
        faults.append(SendFault(Area.RECIPIENTS, JobReason.OTP_SHARED))
    if ask.at is not None:
        faults.append(SendFault(Area.TIME, JobReason.OTP_LATER))
    return faults
