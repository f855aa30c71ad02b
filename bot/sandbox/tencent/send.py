"""Sending: judge every number of an order, then accept those that pass, in one step."""

import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.content import (
    URL,
    Review,
    SmsType,
    Template,
    mask_value,
    wrap,
)
from bot.sandbox.tencent.fates import Arrival, Ending, Fate, fate_of
from bot.sandbox.tencent.frequency import SHANGHAI, frequency_refusal, to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.packages import balance, consume
from bot.sandbox.tencent.segments import count_segments, count_units
from bot.sandbox.tencent.state import PendingReport, State
from bot.sandbox.tencent.world import World

OK = "Ok"
REPORT_GAP_S = 0.5
#: Whole message with signature and values (product/382/39023, 2025-06-17; 382/18052, 2025-10-13).
MAX_UNITS = {True: 500, False: 2000}
#: A template meant for the other side; the key is whether the number is a mainland one.
WRONG_SIDE = {
    True: "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
    False: "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
}
OTP_VALUE = re.compile(r"[0-9]{0,6}")
#: When several numbers of one request want different endings, the first of these wins.
ENDINGS = (Ending.DROP_BEFORE_ACCEPT, Ending.DROP_AFTER_ACCEPT, Ending.HALF_BODY)


@dataclass(frozen=True, slots=True)
class Order:
    """One request to send. `template_id` is None if the given one cannot be an id at all."""

    numbers: tuple[str, ...]
    app: str
    template_id: int | None
    sign: str
    values: tuple[str, ...]
    context: str


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order: an attempt a number, the reports to begin once the answer is out,
    and those to push before it."""

    attempts: tuple[Attempt, ...]
    ending: Ending
    batch: str
    early_batch: str


def send(world: World, order: Order, new_serial: Callable[[PhoneNumber, datetime], str]) -> Outcome:
    """Judge and accept `order`; without an await, so that no segment is spent twice."""
    now = world.clock()
    verdicts = judge(world.state, world.config, order, now)
    wanted = {each.fate.ending for each in verdicts if each.code == OK}
    ending = next((each for each in ENDINGS if each in wanted), Ending.ANSWER)
    batch = uuid.uuid4().hex
    outcome = Outcome((), ending, batch, f"{batch}-early")
    if ending is Ending.DROP_BEFORE_ACCEPT:
        return outcome
    attempts = tuple(_accept(world, order, each, now, new_serial) for each in verdicts)
    for attempt in attempts:
        if attempt.accepted:
            world.state.pending += _reports(world, attempt, outcome)
    world.save()
    return replace(outcome, attempts=attempts)


def judge(state: State, config: SandboxConfig, order: Order, now: datetime) -> list[Verdict]:
    """A verdict for each different number, in the order they were given."""
    read = {(number.e164 if number else raw): number for raw, number in _read_all(order.numbers)}
    mixed = len({number.is_mainland for number in read.values() if number}) > 1
    left = balance(state.packages, to_ms(now))
    verdicts = []
    for raw, number in read.items():
        verdict = _judge_one(state, config, order, number, now) if number else _malformed(raw)
        if mixed and number:
            code = "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"
            verdict = Verdict(raw, "", code, verdict.fate)
        if number and number.is_mainland and verdict.code == OK:
            if verdict.fee_segments > left:
                verdict = _without_balance(verdict)
            else:
                left -= verdict.fee_segments
        verdicts.append(verdict)
    return verdicts


def sdk_serial(number: PhoneNumber, now: datetime) -> str:
    """A serial number in the documented shape: ``5000:`` and 28 digits with the unix seconds in
    them on the mainland (``5000:1045710669157053657849499619``), a uuid elsewhere."""
    if not number.is_mainland:
        return str(uuid.uuid4())
    head = 1_000_000_000 + secrets.randbelow(1_000_000_000)
    return f"5000:{head}{int(now.timestamp()):010d}{secrets.randbelow(10**8):08d}"


def _read_all(raw: tuple[str, ...]) -> list[tuple[str, PhoneNumber | None]]:
    return [(text, read_number(text)) for text in raw]


def _malformed(raw: str) -> Verdict:
    return Verdict(raw, "", "InvalidParameterValue.IncorrectPhoneNumber", fate_of(raw))


def _without_balance(verdict: Verdict) -> Verdict:
    code = "FailedOperation.InsufficientBalanceInSmsPackage"
    return Verdict(verdict.number, "", code, verdict.fate)


def _judge_one(
    state: State, config: SandboxConfig, order: Order, number: PhoneNumber, now: datetime
) -> Verdict:
    fate = fate_of(number.e164)
    template = state.templates.get(order.template_id or 0)
    if refused := _content_refusal(state, config, order, number, template, now):
        return Verdict(number.e164, "", refused, fate)
    assert template is not None
    text = wrap(order.sign, template.fill(order.values), mainland=number.is_mainland)
    if count_units(text) > MAX_UNITS[number.is_mainland]:
        return Verdict(number.e164, "", "InvalidParameterValue.ContentLengthLimit", fate)
    earlier = [each for each in state.ledger.of(number.e164) if each.app == order.app]
    refused = fate.refusal or frequency_refusal(earlier, text, config.limits, now)
    if refused:
        return Verdict(number.e164, number.iso_code, refused, fate)
    masked_values = tuple(mask_value(value) for value in order.values)
    masked = wrap(order.sign, template.fill(masked_values), mainland=number.is_mainland)
    fee = count_segments(text, international=not number.is_mainland)
    return Verdict(number.e164, number.iso_code, OK, fate, text, masked, fee)


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
    if template.sms_type is SmsType.MARKETING and not 8 <= now.astimezone(SHANGHAI).hour < 22:
        return "FailedOperation.MarketingSendTimeConstraint"
    return _value_refusal(config, template, order.values)


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


def _accept(
    world: World,
    order: Order,
    verdict: Verdict,
    now: datetime,
    new_serial: Callable[[PhoneNumber, datetime], str],
) -> Attempt:
    """The attempt for one verdict, in the books unless its number is none."""
    number = read_number(verdict.number)
    accepted = number is not None and verdict.code == OK
    attempt = Attempt(
        attempt_id=world.state.ledger.next_id,
        serial=new_serial(number, now) if number and accepted else "",
        number=verdict.number,
        iso_code=verdict.iso_code,
        app=order.app,
        sign=order.sign,
        text=verdict.text,
        masked=verdict.masked,
        fee_segments=verdict.fee_segments,
        code=verdict.code,
        context=order.context,
        fate=verdict.fate.name,
        asked_at_ms=to_ms(now),
    )
    if number is None:
        return attempt
    world.state.ledger.add(attempt)
    if accepted:
        _deliver(world, attempt, number)
    return attempt


def _deliver(world: World, attempt: Attempt, number: PhoneNumber) -> None:
    if number.is_mainland:  # other countries are paid for afterwards, not out of packages
        world.state.packages = consume(
            world.state.packages, attempt.fee_segments, attempt.asked_at_ms
        )
    if fate_of(attempt.number).arrival is Arrival.AT_ONCE:
        world.phones.arrive(attempt, attempt.asked_at_ms)


def _reports(world: World, attempt: Attempt, outcome: Outcome) -> list[PendingReport]:
    fate = fate_of(attempt.number)
    delay_s = 0.0 if fate.receipt_first else world.config.report_delay_s
    scale = world.config.delay_scale
    return [
        PendingReport(
            batch=outcome.early_batch if fate.receipt_first else outcome.batch,
            wave=wave,
            serial=attempt.serial,
            success=receipt.success,
            code=receipt.code,
            description=receipt.description,
            due_at_ms=attempt.asked_at_ms
            + round(1000 * (delay_s + scale * (receipt.extra_delay_s + wave * REPORT_GAP_S))),
        )
        for wave, receipt in enumerate(fate.receipts)
    ]
