"""The client against the Tencent sandbox, over real HTTP: two readings of the same documents."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import TencentRefusal
from bot.rules.retries import Exchange, Verdict, judge_number, judge_request
from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent.client import TencentClient
from bot.tencent.wire import (
    Answered,
    PackageKind,
    RecordState,
    Refused,
    ReviewState,
    SendOutcome,
    Side,
    Unknown,
    UnknownReason,
    pair,
)
from tests.tencent.sandboxes import DELIVERED, api3_for, now, order_of, soon


@pytest.fixture
async def client(sandbox: TencentSandbox) -> AsyncIterator[TencentClient]:
    client = api3_for(sandbox)
    yield client
    await client.close()


def sends(sandbox: TencentSandbox) -> int:
    return sum(entry.action == "SendSms" for entry in sandbox.requests)


async def test_a_send_to_nobody_is_refused_and_tells_that_the_key_may_send(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    app = sandbox.credentials.sdk_app_id
    with pytest.raises(TencentRefusal) as refused:
        await client.try_to_send(app)
    assert refused.value.code == "MissingParameter.EmptyPhoneNumberSet"
    assert (sends(sandbox), sandbox.phones.messages(DELIVERED)) == (1, [])


async def test_a_send_is_accepted_and_arrives_once(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    outcome = await client.send_sms(order_of(sandbox), signed_at=now())
    assert isinstance(outcome, Answered)
    (answer,) = outcome.answers
    assert (answer.number, answer.code, answer.fee_segments) == (DELIVERED, "Ok", 1)
    assert (answer.iso_code, answer.session_context) == ("CN", "attempt-1")
    (sms,) = sandbox.phones.messages(DELIVERED)
    assert sms.serial == answer.serial
    assert sms.text.startswith("【腾讯云】")
    assert "4370" in sms.text


@pytest.mark.parametrize(
    ("number", "code", "verdict"),
    [
        ("+8613800000004", "FailedOperation.PhoneNumberInBlacklist", Verdict.REFUSED),
        ("+8613800000007", "LimitExceeded.PhoneNumberDailyLimit", Verdict.RETRY_LATER),
        ("+8613800000012", "InternalError.Timeout", Verdict.IN_DOUBT),
        ("+8613800000013", "FailedOperation.InsufficientBalanceInSmsPackage", Verdict.REFUSED),
    ],
)
async def test_a_number_is_refused_with_its_own_code_beside_an_accepted_one(
    sandbox: TencentSandbox, client: TencentClient, number: str, code: str, verdict: Verdict
) -> None:
    outcome = await client.send_sms(order_of(sandbox, DELIVERED, number), signed_at=now())
    assert isinstance(outcome, Answered)
    found = pair((DELIVERED, number), outcome.answers).found
    assert found[DELIVERED].accepted
    assert (found[number].code, found[number].serial) == (code, "")
    assert judge_number(found[number].code, now=now()).verdict is verdict


@pytest.mark.parametrize(
    ("number", "accepted"),
    [("+8613800000010", True), ("+8613800000011", False), ("+8613800000017", True)],
)
async def test_a_lost_answer_is_unknown_and_the_books_tell_the_truth(
    sandbox: TencentSandbox, client: TencentClient, number: str, accepted: bool
) -> None:
    started = now()
    outcome = await client.send_sms(order_of(sandbox, number), signed_at=started)
    assert isinstance(outcome, Unknown)
    assert outcome.reason is UnknownReason.DISCONNECTED
    assert sends(sandbox) == 1
    records = await client.list_send_records(
        number,
        sdk_app_id=sandbox.credentials.sdk_app_id,
        since=started - timedelta(seconds=60),
    )
    taken = [record.serial for record in records if record.request_code == "Ok"]
    assert len(taken) == accepted
    assert taken == [sms.serial for sms in sandbox.phones.messages(number)]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.DROP_BEFORE_ACCEPT, UnknownReason.DISCONNECTED),
        (FaultKind.DROP_AFTER_ACCEPT, UnknownReason.DISCONNECTED),
        (FaultKind.HTTP_500, UnknownReason.STATUS),
        (FaultKind.HALF_BODY, UnknownReason.DISCONNECTED),
        (FaultKind.NOT_JSON, UnknownReason.NOT_JSON),
    ],
)
async def test_an_ordered_fault_leaves_one_request_of_unknown_outcome(
    sandbox: TencentSandbox, client: TencentClient, kind: FaultKind, reason: UnknownReason
) -> None:
    sandbox.world.faults.add(Fault("SendSms", kind))
    outcome = await client.send_sms(order_of(sandbox), signed_at=now())
    assert isinstance(outcome, Unknown)
    assert outcome.reason is reason
    assert sends(sandbox) == 1


async def test_a_server_that_hangs_is_left_at_the_deadline(sandbox: TencentSandbox) -> None:
    sandbox.world.faults.add(Fault("SendSms", FaultKind.HANG))
    client = api3_for(sandbox, deadline_s=0.3)
    outcome = await client.send_sms(order_of(sandbox), signed_at=now())
    await client.close()
    assert isinstance(outcome, Unknown)
    assert outcome.reason is UnknownReason.DEADLINE
    assert sandbox.phones.messages(DELIVERED) == []


def code_of(outcome: SendOutcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


async def test_throttling_is_a_refusal_that_may_be_sent_later(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    sandbox.world.faults.add(Fault("SendSms", FaultKind.THROTTLE))
    code = code_of(await client.send_sms(order_of(sandbox), signed_at=now()))
    fate = judge_request(Exchange.REFUSED, now=now(), code=code)
    assert fate.verdict is Verdict.RETRY_LATER


async def test_a_request_signed_six_minutes_ago_is_refused_however_fresh_it_arrives(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    signed_at = now() - timedelta(minutes=6)
    code = code_of(await client.send_sms(order_of(sandbox), signed_at=signed_at))
    assert code == "AuthFailure.SignatureExpire"
    assert sandbox.phones.messages(DELIVERED) == []


async def test_a_wrong_key_is_refused(sandbox: TencentSandbox) -> None:
    client = api3_for(sandbox, secret_key="WRONG")
    code = code_of(await client.send_sms(order_of(sandbox), signed_at=now()))
    await client.close()
    assert code == "AuthFailure.SignatureFailure"


async def test_an_application_of_another_account_is_refused_as_a_whole(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    order = replace(order_of(sandbox), sdk_app_id="1400000000")
    code = code_of(await client.send_sms(order, signed_at=now()))
    assert code == "UnauthorizedOperation.SmsSdkAppIdVerifyFail"


async def test_templates_and_signatures_of_both_sides_are_listed(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    for international, side in ((False, Side.MAINLAND), (True, Side.INTERNATIONAL)):
        templates = await client.list_templates(international=international)
        assert templates
        assert all(side in template.sides for template in templates)
    mainland = await client.list_templates(international=False)
    known = {template.template_id: template for template in mainland}
    assert known[sandbox.credentials.template_id].review is ReviewState.USABLE
    assert {ReviewState.IN_REVIEW, ReviewState.REJECTED} <= {each.review for each in mainland}
    signatures = await client.list_signatures(international=False)
    assert sandbox.credentials.sign in {each.name for each in signatures}


async def test_a_throttled_question_is_asked_again_by_itself(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    sandbox.world.faults.add(Fault("DescribeSmsTemplateList", FaultKind.THROTTLE, times=2))
    assert await client.list_templates(international=False)


async def test_the_package_shows_what_was_used(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    app = sandbox.credentials.sdk_app_id
    (before,) = await client.list_packages(app)
    assert (before.amount_segments, before.used_segments) == (1000, 0)
    assert isinstance(before.kind, PackageKind)
    await client.send_sms(order_of(sandbox), signed_at=now())
    (after,) = await client.list_packages(app)
    assert after.used_segments == 1


async def test_the_carriers_report_can_be_pulled_and_stands_in_the_books(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    number, app, since = "+8613800000002", sandbox.credentials.sdk_app_id, now()
    outcome = await client.send_sms(order_of(sandbox, number), signed_at=since)
    assert isinstance(outcome, Answered)
    since -= timedelta(seconds=60)
    (report,) = await soon(
        lambda: client.pull_status_by_number(number, sdk_app_id=app, since=since)
    )
    assert (report.number, report.success) == (number, False)
    assert (report.carrier_code, report.serial) == ("MK:0001", outcome.answers[0].serial)
    (record,) = await client.list_send_records(number, sdk_app_id=app, since=since)
    assert (record.state, record.serial) == (RecordState.DELIVERY_FAILED, report.serial)


async def test_a_question_outside_the_window_is_a_permanent_refusal(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    with pytest.raises(TencentRefusal) as raised:
        await client.list_send_records(
            DELIVERED,
            sdk_app_id=sandbox.credentials.sdk_app_id,
            since=now() - timedelta(days=30),
        )
    assert raised.value.code == "InvalidParameterValue.BeginTimeVerifyFail"
    assert raised.value.permanent is True
