"""Legacy v5 against the Tencent sandbox, over real HTTP, alone and with the whole bot before it."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import running
from bot.errors import TencentRefusal
from bot.rules.retries import Verdict, judge_number
from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.settings import Settings, load
from bot.tencent.client import TencentClient
from bot.tencent.legacy import LegacyClient
from bot.tencent.wire import (
    Answered,
    RecordState,
    Refused,
    ReviewState,
    Side,
    Unknown,
    pair,
)
from tests.tencent.sandboxes import (
    DELIVERED,
    EMPTY_NUMBER,
    legacy_for,
    now,
    order_abroad,
    order_of,
    soon,
)


@pytest.fixture
async def client(sandbox: TencentSandbox) -> AsyncIterator[LegacyClient]:
    client = legacy_for(sandbox)
    yield client
    await client.close()


@pytest.mark.parametrize("number", [DELIVERED, "+85261234567"])
async def test_a_send_is_accepted_and_arrives_once(
    sandbox: TencentSandbox, client: LegacyClient, number: str
) -> None:
    if number == DELIVERED:
        order = order_of(sandbox, number)
    else:
        order = await order_abroad(sandbox, client, number)
    outcome = await client.send_sms(order, signed_at=now())
    assert isinstance(outcome, Answered), outcome
    (answer,) = outcome.answers
    assert (answer.number, answer.code, answer.session_context) == (number, "Ok", "attempt-1")
    (sms,) = sandbox.phones.messages(number)
    assert sms.serial == answer.serial


async def test_several_numbers_go_out_in_one_request_each_with_its_answer(
    sandbox: TencentSandbox, client: LegacyClient
) -> None:
    limited = "+8613800000007"
    outcome = await client.send_sms(order_of(sandbox, DELIVERED, limited), signed_at=now())
    assert isinstance(outcome, Answered)
    found = pair((DELIVERED, limited), outcome.answers).found
    assert found[DELIVERED].accepted
    assert judge_number(found[limited].code, now=now()).verdict is Verdict.RETRY_LATER
    assert sum(entry.action == "sendmultisms2" for entry in sandbox.requests) == 1


async def test_a_wrong_app_key_is_refused(sandbox: TencentSandbox) -> None:
    client = legacy_for(sandbox, app_key="f" * 32)
    outcome = await client.send_sms(order_of(sandbox), signed_at=now())
    with pytest.raises(TencentRefusal) as raised:
        await client.list_signatures(international=False)
    await client.close()
    assert isinstance(outcome, Refused)
    assert outcome.code == raised.value.code == "InternalError.SigVerificationFail"
    assert sandbox.phones.messages(DELIVERED) == []


@pytest.mark.parametrize(("minutes", "kind"), [(9, Answered), (11, Refused)])
async def test_a_late_copy_is_accepted_for_ten_minutes(
    sandbox: TencentSandbox, client: LegacyClient, minutes: int, kind: type[object]
) -> None:
    signed_at = now() - timedelta(minutes=minutes)
    outcome = await client.send_sms(order_of(sandbox), signed_at=signed_at)
    assert isinstance(outcome, kind), outcome


@pytest.mark.parametrize("fault", [FaultKind.DROP_AFTER_ACCEPT, FaultKind.HALF_BODY])
async def test_a_lost_answer_leaves_the_outcome_unknown_and_the_books_tell_it(
    sandbox: TencentSandbox, client: LegacyClient, fault: FaultKind
) -> None:
    sandbox.world.faults.add(Fault("sendsms", fault))
    started = now()
    outcome = await client.send_sms(order_of(sandbox), signed_at=started)
    assert isinstance(outcome, Unknown), outcome
    assert sum(entry.action == "sendsms" for entry in sandbox.requests) == 1
    records = await client.list_send_records(
        DELIVERED,
        sdk_app_id=sandbox.credentials.sdk_app_id,
        since=started - timedelta(minutes=1),
        until=now() + timedelta(minutes=1),
    )
    assert [record.serial for record in records] == [
        sms.serial for sms in sandbox.phones.messages(DELIVERED)
    ]


async def test_the_carriers_report_can_be_pulled_and_stands_in_the_books(
    sandbox: TencentSandbox, client: LegacyClient
) -> None:
    app, since = sandbox.credentials.sdk_app_id, now() - timedelta(minutes=1)
    outcome = await client.send_sms(order_of(sandbox, EMPTY_NUMBER), signed_at=now())
    assert isinstance(outcome, Answered)
    until = now() + timedelta(minutes=1)
    (report,) = await soon(
        lambda: client.pull_status_by_number(EMPTY_NUMBER, sdk_app_id=app, since=since, until=until)
    )
    assert (report.serial, report.success) == (outcome.answers[0].serial, False)
    assert report.carrier_code == "MK:0001"
    (record,) = await client.list_send_records(
        EMPTY_NUMBER, sdk_app_id=app, since=since, until=until
    )
    assert (record.state, record.serial) == (RecordState.DELIVERY_FAILED, report.serial)


async def test_reports_are_taken_once_and_the_figures_agree_with_what_was_sent(
    sandbox: TencentSandbox, client: LegacyClient
) -> None:
    app, since = sandbox.credentials.sdk_app_id, now()
    await client.send_sms(order_of(sandbox, DELIVERED), signed_at=since)
    (report,) = await soon(lambda: client.take_statuses(app))
    assert (report.number, report.success) == (DELIVERED, True)
    assert await client.take_statuses(app) == ()
    sends = await client.count_sends(app, since, now())
    assert (sends.asked, sends.accepted, sends.fee_segments) == (1, 1, 1)
    reports = await client.count_callbacks(app, since, now())
    assert (reports.accepted, reports.reported, reports.delivered, reports.failed) == (1, 1, 1, 0)


async def test_templates_signatures_and_packages_are_listed(
    sandbox: TencentSandbox, client: LegacyClient
) -> None:
    templates = {
        each.template_id: each for each in await client.list_templates(international=False)
    }
    assert templates[sandbox.credentials.template_id].review is ReviewState.USABLE
    assert all(each.sides == {Side.MAINLAND} for each in templates.values())
    assert {ReviewState.IN_REVIEW, ReviewState.REJECTED} <= {
        each.review for each in templates.values()
    }
    signatures = await client.list_signatures(international=False)
    assert sandbox.credentials.sign in {each.name for each in signatures}
    (package,) = await client.list_packages(sandbox.credentials.sdk_app_id)
    assert (package.amount_segments, package.used_segments) == (1000, 0)


APP_YAML = """\
server: {{port: 0}}
tencent: {{provider: {provider}, endpoint: "{url}"}}
apps: [{{name: demo, sdk_app_id: "1400006666", signature: 腾讯云}}]
"""


@pytest.mark.parametrize(
    ("provider", "kind", "path"),
    [("v3", TencentClient, "/"), ("v5", LegacyClient, "/v5/tlssmssvr/sendsms")],
)
async def test_app_yaml_decides_which_api_the_bot_speaks(
    sandbox: TencentSandbox, tmp_path: Path, provider: str, kind: type[object], path: str
) -> None:
    known = sandbox.credentials
    config = tmp_path / "app.yaml"
    config.write_text(APP_YAML.format(provider=provider, url=sandbox.url), encoding="utf-8")
    secrets = {
        "SMSOPS_SLACK_BOT_TOKEN": "xoxb-local-0123456789abcdef",
        "SMSOPS_SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        "SMSOPS_CALLBACK_SECRET": "c" * 40,
        "SMSOPS_DATA_KEY": base64.b64encode(bytes(range(64))).decode(),
    }
    if provider == "v3":
        secrets["SMSOPS_TENCENT_SECRET_ID"] = known.secret_id
        secrets["SMSOPS_TENCENT_SECRET_KEY"] = known.secret_key
    else:
        secrets["SMSOPS_TENCENT_SDK_APP_KEY"] = f"{known.sdk_app_id}:{known.app_key}"
    settings = load(config, secrets)
    assert isinstance(settings, Settings), settings
    async with running(settings) as bot:
        assert isinstance(bot.services.tencent, kind)
        outcome = await bot.services.tencent.send_sms(order_of(sandbox), signed_at=now())
    assert isinstance(outcome, Answered), outcome
    assert [each.path for each in sandbox.requests if each.action.lower() == "sendsms"] == [path]
