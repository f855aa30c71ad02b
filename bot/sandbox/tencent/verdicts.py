"""Judging an order: what is decided for each of its numbers, and with which code."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.sandbox.tencent.account import Unsubscribe
from bot.sandbox.tencent.allowance import Allowance
from bot.sandbox.tencent.config import AccountKind, SandboxConfig
from bot.sandbox.tencent.contacts import AlertKind
from bot.sandbox.tencent.content import (
    URL,
    Review,
    SmsType,
    Template,
    mask_value,
    wrap,
)
from bot.sandbox.tencent.fates import Fate, fate_of
from bot.sandbox.tencent.frequency import SHANGHAI, frequency_refusal, to_ms
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.segments import count_segments, count_units
from bot.sandbox.tencent.state import State

OK = "Ok"
#: Whole message with signature and values (product/382/39023, 2025-06-17; 382/18052, 2025-10-13).
MAX_UNITS = {True: 500, False: 2000}
#: A template meant for the other side; the key is whether the number is a mainland one.
WRONG_SIDE = {
    True: "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
    False: "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
}
OTP_VALUE = re.compile(r"[0-9]{0,6}")


@dataclass(frozen=True, slots=True)
class Order:
    """One request to send. `template_id` is None if the given one cannot be an id at all; `lead`
    comes between the signature and the template's own text."""

    numbers: tuple[str, ...]
    app: str
    template_id: int | None
    sign: str
    values: tuple[str, ...]
    context: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided for one number; `number` is E.164, or as it was given if it is none."""

    number: str
    iso_code: str
    code: str
    fate: Fate
    text: str = ""
    masked: str = ""
    fee_segments: int = 0
    sms_type: int = 0


def judge(
    state: State, config: SandboxConfig, order: Order, now: datetime, allowance: Allowance
) -> list[Verdict]:
    """A verdict for each different number, in the order they were given."""
    read = {(number.e164 if number else raw): number for raw, number in _read_all(order.numbers)}
    mixed = len({number.is_mainland for number in read.values() if number}) > 1
    verdicts = []
    for raw, number in read.items():
        verdict = _judge_one(state, config, order, number, now) if number else _malformed(raw)
        if mixed and number:
            code = "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"
            verdict = Verdict(raw, "", code, verdict.fate)
        if number and verdict.code == OK:
            refused = allowance.take(verdict.fee_segments, verdict.iso_code)
            verdict = Verdict(raw, "", refused, verdict.fate) if refused else verdict
        verdicts.append(verdict)
    return verdicts


def _read_all(raw: tuple[str, ...]) -> list[tuple[str, PhoneNumber | None]]:
    return [(text, read_number(text)) for text in raw]


def _malformed(raw: str) -> Verdict:
    return Verdict(raw, "", "InvalidParameterValue.IncorrectPhoneNumber", fate_of(raw))


def _judge_one(
    state: State, config: SandboxConfig, order: Order, number: PhoneNumber, now: datetime
) -> Verdict:
    fate = fate_of(number.e164)
    template = state.templates.get(order.template_id or 0)
    if refused := _content_refusal(state, config, order, number, template, now):
        return Verdict(number.e164, "", refused, fate)
    assert template is not None
    text = wrap(order.sign, order.lead + template.fill(order.values), mainland=number.is_mainland)
    if count_units(text) > MAX_UNITS[number.is_mainland]:
        return Verdict(number.e164, "", "InvalidParameterValue.ContentLengthLimit", fate)
    if any(word in text for word in config.sensitive_words):
        return Verdict(number.e164, "", "FailedOperation.ContainSensitiveWord", fate)
    if refused := fate.refusal or _number_refusal(
        state, config, order, template, text, number, now
    ):
        return Verdict(number.e164, number.iso_code, refused, fate)
    masked_values = tuple(mask_value(value) for value in order.values)
    masked = wrap(
        order.sign, order.lead + template.fill(masked_values), mainland=number.is_mainland
    )
    fee = count_segments(text, international=not number.is_mainland)
    return Verdict(number.e164, number.iso_code, OK, fate, text, masked, fee, template.sms_type)


def _content_refusal(
    state: State,
    config: SandboxConfig,
    order: Order,
    number: PhoneNumber,
    template: Template | None,
    now: datetime,
) -> str | None:
    """The code of the first rule the content breaks. The vendor does not document their order."""
    mainland = number.is_mainland
    if template and not template.international.covers(mainland=mainland):
        return WRONG_SIDE[mainland]
    if not _may_sign(state, order.sign, mainland=mainland):
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    if template is None or template.status is not Review.USABLE:
        return "FailedOperation.TemplateUnapprovedOrNotExist"
    marketing = template.sms_type is SmsType.MARKETING
    if marketing and state.account.settings.kind is AccountKind.INDIVIDUAL:
        return "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny"
    if marketing and not 8 <= now.astimezone(SHANGHAI).hour < 22:
        return "FailedOperation.MarketingSendTimeConstraint"
    return _value_refusal(config, template, order.values)


def _number_refusal(
    state: State,
    config: SandboxConfig,
    order: Order,
    template: Template,
    text: str,
    number: PhoneNumber,
    now: datetime,
) -> str | None:
    """Why this number in particular gets no message: it does not want it, or had enough."""
    app, wish = state.apps[order.app], Unsubscribe(number.e164, order.sign, template.sms_type)
    if wish in state.account.unsubscribes:
        return "FailedOperation.PhoneNumberInBlacklist"
    if number.e164 in app.exempt:
        return None
    earlier = [each for each in state.ledger.of(number.e164) if each.app == order.app]
    refused = frequency_refusal(earlier, text, app.limits or config.limits, now)
    if refused:
        app.alert(to_ms(now), AlertKind.FREQUENCY_LIMIT, number.e164)
    return refused


def _may_sign(state: State, sign: str, *, mainland: bool) -> bool:
    if not sign:
        return not mainland
    return any(
        each.name == sign
        and each.status is Review.USABLE
        and each.international.covers(mainland=mainland)
        for each in state.signatures.values()
    )


def _value_refusal(
    config: SandboxConfig, template: Template, values: tuple[str, ...]
) -> str | None:
    longest = config.value_max_characters
    if len(values) != template.variables:
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if template.sms_type is SmsType.OTP and not all(map(OTP_VALUE.fullmatch, values)):
        return "InvalidParameterValue.TemplateParameterFormatError"
    if any(URL.search(value) for value in values):
        return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    if longest is not None and any(len(value) > longest for value in values):
        return "InvalidParameterValue.TemplateParameterLengthLimit"
    return None
