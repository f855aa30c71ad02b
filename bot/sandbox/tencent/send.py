"""Sending: judge every number of an order, then accept those that pass, in one step."""

import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.sandbox.tencent.allowance import Allowance
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fates import Arrival, Ending, fate_of
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.packages import consume
from bot.sandbox.tencent.pending import PendingReport
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.verdicts import OK, Order, Verdict, judge
from bot.sandbox.tencent.world import World

__all__ = ["OK", "Order", "Outcome", "sdk_serial", "send", "send_each"]

REPORT_GAP_S = 0.5
DISABLED = "UnauthorizedOperation.SdkAppIdIsDisabled"
#: When several numbers of one request want different endings, the first of these wins.
ENDINGS = (Ending.DROP_BEFORE_ACCEPT, Ending.DROP_AFTER_ACCEPT, Ending.HALF_BODY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order: an attempt a number, the reports to begin once the answer is out,
    and those to push before it."""

    attempts: tuple[Attempt, ...]
    ending: Ending
    batch: str
    early_batch: str


def send(world: World, order: Order, new_serial: Callable[[PhoneNumber, datetime], str]) -> Outcome:
    """Judge and accept `order`. Raises CallError if the application may not send at all."""
    return send_each(world, (order,), new_serial)


def send_each(
    world: World, orders: Sequence[Order], new_serial: Callable[[PhoneNumber, datetime], str]
) -> Outcome:
    """Judge and accept several orders of one request, which are all of one application; without
    an await, so that no segment is spent twice. Raises CallError if it may not send at all."""
    app = world.state.apps[orders[0].app]
    check_service(world, app)
    now = world.clock()
    allowance = Allowance(world.state, app, now)
    judged = [
        (order, verdict)
        for order in orders
        for verdict in judge(world.state, world.config, order, now, allowance)
    ]
    wanted = {verdict.fate.ending for _, verdict in judged if verdict.code == OK}
    ending = next((each for each in ENDINGS if each in wanted), Ending.ANSWER)
    batch = uuid.uuid4().hex
    outcome = Outcome((), ending, batch, f"{batch}-early")
    if ending is Ending.DROP_BEFORE_ACCEPT:
        return outcome
    attempts = tuple(_accept(world, order, each, now, new_serial) for order, each in judged)
    for attempt in attempts:
        if attempt.accepted:
            world.state.pending.add(_reports(world, attempt, outcome))
    allowance.tell()
    world.save()
    return replace(outcome, attempts=attempts)


def check_service(world: World, app: Application, *, disabled: str = DISABLED) -> None:
    """Refuse everything while the application is disabled or the account owes money."""
    if not app.enabled:
        raise CallError(disabled)
    if world.state.account.settings.arrears:
        raise CallError("UnauthorizedOperation.ServiceSuspendDueToArrears")


def sdk_serial(number: PhoneNumber, now: datetime) -> str:
    """A serial number in the documented shape: ``5000:`` and 28 digits with the unix seconds in
    them on the mainland (``5000:1045710669157053657849499619``), a uuid elsewhere."""
    if not number.is_mainland:
        return str(uuid.uuid4())
    head = 1_000_000_000 + secrets.randbelow(1_000_000_000)
    return f"5000:{head}{int(now.timestamp()):010d}{secrets.randbelow(10**8):08d}"


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
        sms_type=verdict.sms_type,
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
            app=attempt.app,
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
