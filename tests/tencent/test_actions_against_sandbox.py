"""Every other action against the Tencent sandbox, over real HTTP: two readings of one document."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import TencentRefusal
from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.config import Account
from bot.tencent.callbacks import StatusReport
from bot.tencent.client import TencentClient
from bot.tencent.drafts import DocumentType, SignatureDraft, SignType, SmsType, TemplateDraft
from bot.tencent.incoming import CallEnd, CallEnded, CallFailed, KeyPress, Reply, parse_callback
from bot.tencent.legacy import LegacyClient
from bot.tencent.provider import content_provider
from bot.tencent.sending import GlobalMessage, GlobalOrder
from bot.tencent.voice import Called, Callee
from bot.tencent.wire import Answered, Changed, Refused, ReviewState, Side
from tests.tencent.misbehaving import answering
from tests.tencent.raw_server import RawServer, raw_server
from tests.tencent.sandboxes import (
    DELIVERED,
    EMPTY_NUMBER,
    api3_for,
    now,
    order_abroad,
    order_of,
    sandbox_of,
    soon,
    voice_for,
)

PNG = b"\x89PNG\r\n\x1a\n a licence"
TEMPLATE = TemplateDraft(
    "door code", "您的开门验证码为{1}", SmsType.OTP, Side.MAINLAND, "opens the door"
)
SIGNATURE = SignatureDraft(
    "示例品牌", SignType.COMPANY, DocumentType.BUSINESS_LICENCE, Side.MAINLAND, PNG
)
ACKNOWLEDGED = answering(b'{"result": 0, "errmsg": "OK"}')


@pytest.fixture
async def client(sandbox: TencentSandbox) -> AsyncIterator[TencentClient]:
    client = api3_for(sandbox)
    yield client
    await client.close()


async def bodies(server: RawServer) -> list[bytes]:
    return [request.body for request in server.requests]


async def test_a_template_is_added_changed_listed_and_deleted(client: TencentClient) -> None:
    added = await client.add_template(TEMPLATE, signed_at=now())
    assert isinstance(added, Changed), added
    renamed = replace(TEMPLATE, name="gate code")
    changed = await client.modify_template(added.id, renamed, signed_at=now())
    assert isinstance(changed, Changed), changed
    listed = {each.template_id: each for each in await client.list_templates(international=False)}
    assert listed[added.id].name == "gate code"
    assert listed[added.id].review is ReviewState.IN_REVIEW
    assert isinstance(await client.delete_template(added.id, signed_at=now()), Changed)
    again = await client.delete_template(added.id, signed_at=now())
    assert isinstance(again, Refused)
    assert again.code == "FailedOperation.TemplateIdNotExist"


async def test_a_signature_is_added_changed_listed_and_deleted(client: TencentClient) -> None:
    added = await client.add_signature(SIGNATURE, signed_at=now())
    assert isinstance(added, Changed), added
    letter = replace(SIGNATURE, for_another_party=True, commission_image=PNG, remark="ours")
    changed = await client.modify_signature(added.id, letter, signed_at=now())
    assert isinstance(changed, Changed), changed
    listed = {each.signature_id: each for each in await client.list_signatures(international=False)}
    assert (listed[added.id].name, listed[added.id].review) == ("示例品牌", ReviewState.IN_REVIEW)
    assert isinstance(await client.delete_signature(added.id, signed_at=now()), Changed)
    again = await client.modify_signature(added.id, SIGNATURE, signed_at=now())
    assert isinstance(again, Refused)
    assert again.code == "FailedOperation.MissingSignatureToModify"


async def test_some_are_found_by_their_ids_in_one_question(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    found = await client.find_templates(["1110", "1117", "1113", "9"], international=False)
    assert [each.template_id for each in found] == ["1110", "1117"]
    abroad = await client.find_signatures(["110", "113"], international=True)
    assert [each.signature_id for each in abroad] == ["113"]
    assert len(sandbox.requests) == 2


async def test_none_found_is_an_empty_answer_and_not_an_error(client: TencentClient) -> None:
    assert await client.find_templates(["9"], international=False) == ()
    assert await client.find_signatures(["9"], international=False) == ()


@pytest.mark.parametrize("count", [0, 101])
async def test_a_question_names_one_to_a_hundred_ids(client: TencentClient, count: int) -> None:
    with pytest.raises(ValueError, match="ids in one question"):
        await client.find_templates(["1"] * count, international=False)


async def test_only_api_3_submits_content(client: TencentClient) -> None:
    legacy = LegacyClient(endpoint="http://127.0.0.1:1", app_keys={"1400006666": "k"})
    assert content_provider(legacy) is None
    assert content_provider(client) is client
    await legacy.close()


async def test_a_wrong_proof_is_refused_with_its_code(client: TencentClient) -> None:
    text = replace(SIGNATURE, proof_image=b"no image at all")
    outcome = await client.add_signature(text, signed_at=now())
    assert isinstance(outcome, Refused)
    assert outcome.code == "InvalidParameterValue.ImageInvalid"


async def test_a_change_signed_six_minutes_ago_is_refused(client: TencentClient) -> None:
    outcome = await client.add_template(TEMPLATE, signed_at=now() - timedelta(minutes=6))
    assert isinstance(outcome, Refused)
    assert outcome.code == "AuthFailure.SignatureExpire"


async def test_different_texts_go_abroad_in_one_request(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    one = await order_abroad(sandbox, client, "+12025550123")
    messages = [
        GlobalMessage(number, one.template_id, one.values, f"a-{number}")
        for number in ("+12025550123", "+12025550124")
    ]
    order = GlobalOrder(sandbox.credentials.sdk_app_id, tuple(messages))
    outcome = await client.send_global(order, signed_at=now())
    assert isinstance(outcome, Answered), outcome
    assert [(each.number, each.code, each.session_context) for each in outcome.answers] == [
        (message.number, "Ok", message.session_context) for message in messages
    ]
    at_home = replace(order, messages=(replace(messages[0], number=DELIVERED),))
    refused = await client.send_global(at_home, signed_at=now())
    assert isinstance(refused, Refused)
    assert refused.code == "UnsupportedOperation.ContainDomesticPhoneNumber"


async def test_a_conversion_is_reported_once_and_unknown_serials_are_refused(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    sent = await client.send_sms(order_of(sandbox), signed_at=now())
    assert isinstance(sent, Answered)
    for serial, kind in ((sent.answers[0].serial, Changed), ("5000:0", Refused)):
        outcome = await client.report_conversion(
            serial,
            sdk_app_id=sandbox.credentials.sdk_app_id,
            converted_at=now(),
            signed_at=now(),
        )
        assert isinstance(outcome, kind), outcome


async def test_the_figures_agree_with_what_was_sent(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    app, since = sandbox.credentials.sdk_app_id, now()
    await client.send_sms(order_of(sandbox, DELIVERED, EMPTY_NUMBER), signed_at=since)
    await soon(lambda: client.take_statuses(app))
    await soon(
        lambda: client.pull_status_by_number(
            EMPTY_NUMBER, sdk_app_id=app, since=since - timedelta(minutes=1)
        )
    )
    sends = await client.count_sends(app, since, now())
    assert (sends.asked, sends.accepted, sends.fee_segments) == (2, 2, 2)
    reports = await client.count_callbacks(app, since, now())
    assert (reports.accepted, reports.delivered, reports.failed) == (2, 1, 1)
    assert (reports.reported, reports.invalid_number) == (2, 1)


async def test_the_queues_hand_out_once_and_the_number_again_and_again(
    sandbox: TencentSandbox, client: TencentClient
) -> None:
    app, since = sandbox.credentials.sdk_app_id, now()
    sent = await client.send_sms(order_of(sandbox), signed_at=since)
    assert isinstance(sent, Answered)
    (report,) = await soon(lambda: client.take_statuses(app))
    assert isinstance(report, StatusReport)
    assert (report.serial, report.number, report.success) == (
        sent.answers[0].serial,
        DELIVERED,
        True,
    )
    assert await client.take_statuses(app) == ()
    assert sandbox.world.replies.receive(DELIVERED, "收到", None)
    (taken,) = await client.take_replies(app)
    assert (taken.number, taken.text, taken.signature) == (DELIVERED, "收到", "腾讯云")
    assert await client.take_replies(app) == ()
    for _ in range(2):
        (reply,) = await client.pull_replies_by_number(
            DELIVERED, sdk_app_id=app, since=since - timedelta(minutes=1)
        )
        assert reply == taken


async def test_queues_that_support_has_not_opened_are_a_permanent_refusal() -> None:
    async with sandbox_of(account=Account()) as sandbox:
        client = api3_for(sandbox)
        with pytest.raises(TencentRefusal) as raised:
            await client.take_statuses(sandbox.credentials.sdk_app_id)
        await client.close()
    assert raised.value.permanent


async def test_numbers_are_described(client: TencentClient) -> None:
    mainland, abroad = await client.describe_numbers(["+86018501234444", "+12025550123"])
    assert (mainland.number, mainland.country_code, mainland.iso_code) == (
        "+8618501234444",
        "86",
        "CN",
    )
    assert (abroad.subscriber, abroad.iso_code, abroad.readable) == ("2025550123", "US", True)


async def test_a_reply_is_posted_and_read(sandbox: TencentSandbox, client: TencentClient) -> None:
    sent = await client.send_sms(order_of(sandbox), signed_at=now())
    assert isinstance(sent, Answered)
    since = now() - timedelta(minutes=1)
    app = sandbox.credentials.sdk_app_id
    await soon(lambda: client.pull_status_by_number(DELIVERED, sdk_app_id=app, since=since))
    async with raw_server(ACKNOWLEDGED) as door:
        sandbox.world.state.account.reply_url = door.url
        assert sandbox.world.replies.receive(DELIVERED, "R", None)
        (body,) = await soon(lambda: bodies(door))
    reply = parse_callback(body)
    assert isinstance(reply, Reply)
    assert (reply.number, reply.text, reply.signature) == (DELIVERED, "R", "腾讯云")
    assert reply.replied_at is not None


async def test_calls_ring_and_their_callbacks_are_told_apart(sandbox: TencentSandbox) -> None:
    app = sandbox.credentials.sdk_app_id
    client = voice_for(sandbox)
    async with raw_server(ACKNOWLEDGED) as door:
        sandbox.world.app.voice_url = door.url
        pressed = await client.call_with_text(
            Callee("+8613800000024", app, "c-1"), "4356", ("4370",), signed_at=now()
        )
        failed = await client.call_with_code(
            Callee("+8613800000002", app, "c-2", plays=1), "4370", signed_at=now()
        )
        assert isinstance(pressed, Called), pressed
        assert isinstance(failed, Called), failed
        assert (pressed.session_context, failed.session_context) == ("c-1", "c-2")
        posted = [parse_callback(body) for body in await soon(lambda: bodies(door), least=4)]
    await client.close()
    of_pressed = [each for each in posted if getattr(each, "call_id", "") == pressed.call_id]
    of_failed = [each for each in posted if getattr(each, "call_id", "") == failed.call_id]
    key, ended = sorted(of_pressed, key=lambda each: type(each).__name__, reverse=True)
    assert isinstance(key, KeyPress)
    assert isinstance(ended, CallEnded)
    assert (key.keys, key.number, ended.end) == ("1", "+8613800000024", CallEnd.ANSWERED)
    failures = [each for each in of_failed if isinstance(each, CallFailed)]
    assert [(each.failure_code, each.number) for each in failures] == [(8, "+8613800000002")]


async def test_a_call_the_service_refuses_has_its_code(sandbox: TencentSandbox) -> None:
    client = voice_for(sandbox)
    app = sandbox.credentials.sdk_app_id
    outcome = await client.call_with_code(
        Callee("+8613800000027", app, ""), "4370", signed_at=now()
    )
    await client.close()
    assert isinstance(outcome, Refused)
    assert outcome.code == "FailedOperation.InsufficientBalanceInVoicePackage"
