"""A look at the whole set-up, against both stand-ins with something wrong at each in turn."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.locales import Locale
from bot.meters import Dates
from bot.rules import onboarding
from bot.rules.doctor import Finding, Found, Severity
from bot.sandbox.tencent.config import AccountKind
from bot.sandbox.tencent.content import Review
from bot.sandbox.tencent.faults import Fault as TencentFault
from bot.sandbox.tencent.faults import FaultKind as TencentFaultKind
from bot.sandbox.workspace import Fault, FaultKind
from bot.sandbox.workspace.people import BOT_USER_ID, Standing
from bot.settings import AppRoles, Settings, SlackMode, TemplateClass, TemplateSettings
from bot.slack.manifest import manifest
from bot.slack.messages.doctor import IN_SLACK, said
from bot.tencent import wire
from bot.tencent.client import TencentClient
from bot.tencent.signing import Credentials
from handlers import examining, registry
from handlers.jobs import take_receipts
from storage import job_faults, posts, refused_callbacks
from storage.db import Tx
from storage.ids import from_ms, to_ms
from tests.handlers.jobs.conftest import Stage, at_once

Step = onboarding.Finding
#: What goes wrong, in the stand-ins or in a stage beside.
Break = Callable[[Stage], object]
#: The job's stage has no server of the bot's: those findings have tests of their own.
OTP = TemplateSettings.model_validate({"class": TemplateClass.OTP})
OF_SERVER = {Found.SLACK_URL_UNREACHABLE, Found.CALLBACKS_UNREACHABLE}


async def look(stage: Stage) -> tuple[Finding, ...]:
    services = stage.services
    services.listening.url = "http://127.0.0.1:1"
    return await examining.examine(examining.patient_of(services), stage.now)


def broken(findings: tuple[Finding, ...]) -> set[Found | Step]:
    return {each.found for each in findings if each.severity is Severity.BROKEN} - OF_SERVER


def of(findings: tuple[Finding, ...], found: object) -> Mapping[str, object]:
    return next(each.facts for each in findings if each.found is found)


async def test_the_demo_has_nothing_broken_and_nothing_reaches_a_phone(stage: Stage) -> None:
    findings = await look(stage)
    assert broken(findings) == set()
    assert {each.found for each in findings} >= {
        Found.TOKEN_WORKS,
        Found.SCOPES_GRANTED,
        Found.CHANNELS_JOINED,
        Found.GROUPS_RESOLVED,
        Found.CLOCK_RIGHT,
        Found.KEY_WORKS,
        Found.PERMISSIONS_GRANTED,
        Found.NAMES_LEAD,
        Found.OUTBOX_EMPTY,
        Found.JOBS_RUN,
        Step.ENTERPRISE,
        Step.APP_ANSWERED,
        Step.SIGNATURE_USABLE,
        Step.TEMPLATE_USABLE,
        Step.PACKAGE_LEFT,
    }
    assert stage.sent() == 0
    assert [entry for entry in stage.workspace.messages("C0SMS") if entry.get("bot_id")] == []


def with_settings(stage: Stage, **changes: object) -> Stage:
    services = stage.services
    settings = services.settings.model_copy(update=changes)
    assert isinstance(settings, Settings)
    return replace(stage, services=replace(services, settings=settings))


def with_client(stage: Stage, secret_key: str, ahead: timedelta = timedelta()) -> Stage:
    """The same with another key, or a clock of its own."""
    services, ids = stage.services, stage.sandbox.credentials
    client = TencentClient(
        endpoint=stage.sandbox.url,
        credentials=Credentials(ids.secret_id, secret_key or ids.secret_key),
        region="ap-guangzhou",
        clock=lambda: services.clock() + ahead,
        pause=at_once,
    )
    return replace(stage, services=replace(services, tencent=client))


def account(stage: Stage, **changes: object) -> None:
    state = stage.sandbox.world.state.account
    state.settings = replace(state.settings, **changes)  # type: ignore[arg-type]  # as the test says


def scopes(stage: Stage, *, without: str = "", more: str = "") -> None:
    made = manifest(registry(), base_url="http://127.0.0.1:1", socket=False)
    bot = made["oauth_config"]["scopes"]["bot"]
    made["oauth_config"]["scopes"]["bot"] = [each for each in bot if each != without] + (
        [more] if more else []
    )
    stage.workspace.install(made)


def slack_fault(target: str, kind: FaultKind, error: str = "internal_error") -> Break:
    def order(stage: Stage) -> None:
        stage.workspace.faults.add(Fault(target, kind, times=None, error=error))

    return order


def tencent_fault(action: str, kind: TencentFaultKind) -> Break:
    def order(stage: Stage) -> None:
        stage.sandbox.world.faults.add(TencentFault(action, kind, times=99))

    return order


def other_signature(stage: Stage) -> None:
    signatures = stage.sandbox.world.state.signatures
    for key, each in signatures.items():
        signatures[key] = replace(each, status=Review.REJECTED)


def no_templates(stage: Stage) -> None:
    stage.sandbox.world.state.templates.clear()


def no_packages(stage: Stage) -> None:
    stage.sandbox.world.state.packages = []


def clock_off(stage: Stage) -> None:
    # Two minutes after everybody else's.
    stage.services.slack.wire.dates = Dates(lambda: time.time() - 120)


AT_SLACK: dict[str, tuple[Break, object, dict[str, object]]] = {
    "revoked": (
        lambda stage: stage.workspace.admin.revoke(),
        Found.TOKEN_REFUSED,
        {"code": "account_inactive"},
    ),
    "down": (
        slack_fault("*", FaultKind.SERVER_ERROR),
        Found.TOKEN_UNREACHABLE,
        {"code": "http_500"},
    ),
    "dropped": (
        slack_fault("*", FaultKind.DROP_BEFORE),
        Found.TOKEN_UNREACHABLE,
        {"code": "no_answer"},
    ),
    "fewer scopes": (
        lambda stage: scopes(stage, without="files:write"),
        Found.SCOPES_MISSING,
        {"scopes": "files:write"},
    ),
    "more scopes": (
        lambda stage: scopes(stage, more="team:read"),
        Found.SCOPES_MORE,
        {"scopes": "team:read"},
    ),
    "put out": (
        lambda stage: stage.workspace.admin.remove("C0ALERTS", BOT_USER_ID),
        Found.CHANNELS_OUTSIDE,
        {"key": "channels.alerts", "channel": "#sms-alerts"},
    ),
    "archived": (
        lambda stage: stage.workspace.admin.archive("C0ALERTS"),
        Found.CHANNELS_OUTSIDE,
        {"key": "channels.alerts", "channel": "#sms-alerts"},
    ),
    "channels refused": (
        slack_fault("users.conversations", FaultKind.REFUSED, "missing_scope"),
        Found.CHANNELS_UNKNOWN,
        {"code": "missing_scope"},
    ),
    "groups limited": (
        slack_fault("usergroups.list", FaultKind.RATE_LIMITED),
        Found.GROUPS_TROUBLE,
        {"code": "ratelimited"},
    ),
    "groups down": (
        slack_fault("usergroups.list", FaultKind.SERVER_ERROR),
        Found.GROUPS_TROUBLE,
        {"code": "http_500"},
    ),
    "groups refused": (
        slack_fault("usergroups.list", FaultKind.REFUSED, "missing_scope"),
        Found.GROUPS_UNKNOWN,
        {"code": "missing_scope"},
    ),
    "channels down": (
        slack_fault("users.conversations", FaultKind.SERVER_ERROR),
        Found.CHANNELS_TROUBLE,
        {"code": "http_500"},
    ),
    "nobody in it": (
        lambda stage: stage.workspace.admin.regroup("S0ADMINS", []),
        Found.GROUPS_EMPTY,
        {"group": "@sms-admins"},
    ),
    "too few approvers": (
        lambda stage: stage.workspace.admin.regroup("S0APPROVERS", ["U0BO"]),
        Found.GROUPS_TOO_FEW,
        {"rows": "1, 4, 8", "needed": 2, "have": 1, "group": "@sms-approvers"},
    ),
    "clock": (clock_off, Found.CLOCK_OFF, {"off_s": 120, "who": "Slack"}),
}
AT_TENCENT: dict[str, tuple[Break, object, dict[str, object]]] = {
    "another key": (
        lambda stage: with_client(stage, "n0t" + stage.sandbox.credentials.secret_key),
        Found.KEY_REFUSED,
        {"code": "AuthFailure.SignatureFailure"},
    ),
    "signed too late": (
        lambda stage: with_client(stage, "", timedelta(minutes=-6)),
        Found.KEY_CLOCK,
        {"code": "AuthFailure.SignatureExpire"},
    ),
    "down": (
        tencent_fault("*", TencentFaultKind.DROP_BEFORE_ACCEPT),
        Found.KEY_UNREACHABLE,
        {},
    ),
    "in trouble": (tencent_fault("*", TencentFaultKind.HTTP_500), Found.KEY_TROUBLE, {}),
    "a page": (tencent_fault("*", TencentFaultKind.NOT_JSON), Found.KEY_BAD_ANSWER, {}),
    "throttled": (
        tencent_fault("SmsPackagesStatistics", TencentFaultKind.THROTTLE),
        Found.PERMISSIONS_OTHER,
        {"action": "SmsPackagesStatistics", "code": "RequestLimitExceeded"},
    ),
    "individual": (
        lambda stage: account(stage, kind=AccountKind.INDIVIDUAL),
        Step.NOT_VERIFIED,
        {},
    ),
    "sub-account": (
        lambda stage: account(stage, sub_account=True),
        Found.PERMISSIONS_ROOT_ONLY,
        {"action": "DescribeSmsTemplateList", "code": "FailedOperation.ProhibitSubAccountUse"},
    ),
    "another application": (
        lambda stage: with_settings(
            stage,
            apps=(stage.services.settings.apps[0].model_copy(update={"sdk_app_id": "1400000099"}),),
        ),
        Step.APP_REFUSED,
        {"code": "UnauthorizedOperation.SmsSdkAppIdVerifyFail"},
    ),
    "rejected": (other_signature, Step.SIGNATURE_REJECTED, {"name": "腾讯云"}),
    "no template": (no_templates, Step.TEMPLATE_MISSING, {"count": 0}),
    "nothing left": (no_packages, Step.PACKAGE_EMPTY, {}),
}


@pytest.mark.parametrize(
    ("wrong", "found", "facts"),
    [*AT_SLACK.values(), *AT_TENCENT.values()],
    ids=[*AT_SLACK, *(f"tencent {each}" for each in AT_TENCENT)],
)
async def test_what_is_wrong_is_found_with_its_cure(
    stage: Stage, wrong: Break, found: object, facts: dict[str, object]
) -> None:
    other = wrong(stage)
    ill = other if isinstance(other, Stage) else stage
    findings = await look(ill)
    if ill.services.tencent is not stage.services.tencent:
        await ill.services.tencent.close()
    told = of(findings, found)
    assert {name: told[name] for name in facts} == facts
    report = examining.report_of(examining.patient_of(ill.services), findings, ill.now)
    for locale in Locale:
        for each in findings:
            words = said(each, report, locale, IN_SLACK)
            assert words.says
            grave = each.severity in {Severity.BROKEN, Severity.WARNING}
            assert words.cure or not (grave and isinstance(each.found, Found)), each.found


@pytest.mark.parametrize(
    ("is_open", "found"), [(False, Found.QUEUE_CLOSED), (True, Found.QUEUE_OPEN)]
)
async def test_whether_the_queue_is_opened_the_bots_own_pulls_tell(
    stage: Stage, is_open: bool, found: Found
) -> None:
    account(stage, pulls_enabled=is_open)
    callbacks = stage.services.settings.callbacks.model_copy(update={"pull": True})
    pulling = with_settings(stage, callbacks=callbacks)
    assert of(await look(pulling), Found.QUEUE_UNSEEN) == {}
    await take_receipts.run(pulling.services, pulling.now)
    assert of(await look(pulling), found) == {}


async def test_what_a_bot_cannot_get_rid_of_is_told(stage: Stage) -> None:
    then = stage.now - timedelta(hours=1)

    def fill(tx: Tx) -> None:
        posts.add(tx, "k", "note", {}, channel="C0GONE", now=then)
        for _ in range(3):
            job_faults.note(tx, "send_messages", "KeyError", then)
        refused_callbacks.add(tx, "demo", b"[{}]", "missing", "item 0: sid", then)

    await stage.services.db.write(fill)
    stage.services.meters.steady_since = then
    findings = await look(stage)
    assert of(findings, Found.OUTBOX_LATE)["count"] == 1
    assert of(findings, Found.JOBS_BROKEN)["job"] == "send_messages"
    assert of(findings, Found.CALLBACKS_REFUSED) == {"count": 1, "since": from_ms(to_ms(then))}
    stage.services.meters.steady_since = stage.now
    assert of(await look(stage), Found.OUTBOX_WAITING)["count"] == 1


async def test_an_address_nobody_has_is_private_before_the_real_services(stage: Stage) -> None:
    settings = stage.services.settings
    away = with_settings(
        stage,
        slack=settings.slack.model_copy(update={"api_url": "https://slack.com/api/"}),
        tencent=settings.tencent.model_copy(update={"endpoint": "https://sms.tencentcloudapi.com"}),
    )
    found = {each.found for each in await look(away)}
    assert {Found.SLACK_URL_PRIVATE, Found.CALLBACKS_PRIVATE} <= found


async def test_socket_mode_that_is_not_switched_on_is_found(stage: Stage) -> None:
    slack = stage.services.settings.slack.model_copy(update={"mode": SlackMode.SOCKET})
    findings = await look(with_settings(stage, slack=slack))
    assert of(findings, Found.SOCKET_REFUSED) == {"code": "socket_mode_not_enabled"}
    assert not OF_SERVER & {each.found for each in findings} - {Found.CALLBACKS_UNREACHABLE}


async def test_roles_and_names_that_lead_nowhere_are_found(stage: Stage) -> None:
    settings = stage.services.settings
    app = settings.apps[0].model_copy(update={"templates": {"999999": OTP}})
    roles = settings.roles.model_copy(update={"viewer": ("@nobody",), "oncall": ()})
    findings = await look(with_settings(stage, apps=(app,), roles=roles))
    assert of(findings, Found.GROUPS_MISSING)["key"] == "roles.viewer.nobody"
    assert of(findings, Found.GROUPS_NO_ROLE) == {"role": "oncall"}
    assert of(findings, Found.NAMES_NO_TEMPLATE)["template"] == "999999"


async def test_groups_people_and_channels_of_every_role_are_looked_at(stage: Stage) -> None:
    settings = stage.services.settings
    own = AppRoles(approver=("@gone", "U0EVE", "U0NOBODY"), requester=("@sms-senders in C0GONE",))
    app = settings.apps[0].model_copy(update={"roles": own})
    stage.workspace.admin.restand("U0EVE", Standing.GUEST)
    findings = await look(with_settings(stage, apps=(app,)))
    assert of(findings, Found.GROUPS_MISSING)["key"] == f"apps.{app.name}.roles.approver.gone"
    outside = [each.facts for each in findings if each.found is Found.PEOPLE_OUTSIDE]
    key = f"apps.{app.name}.roles.approver"
    assert outside == [{"key": key, "person": "U0EVE"}, {"key": key, "person": "U0NOBODY"}]
    place = of(findings, Found.CHANNELS_OUTSIDE)
    assert place == {"key": f"apps.{app.name}.roles.requester.sms-senders", "channel": "C0GONE"}


async def test_people_who_are_named_and_may_are_counted(stage: Stage) -> None:
    roles = stage.services.settings.roles.model_copy(update={"owner": ("U0MAYA", "U0BO in C0SMS")})
    findings = await look(with_settings(stage, roles=roles))
    assert of(findings, Found.PEOPLE_MEMBERS) == {"count": 2}
    stage.workspace.faults.add(Fault("users.info", FaultKind.RATE_LIMITED))
    findings = await look(with_settings(stage, roles=roles))
    assert of(findings, Found.PEOPLE_TROUBLE) == {"code": "ratelimited"}


async def test_a_template_that_stands_in_both_lists_is_counted_once(stage: Stage) -> None:
    app = stage.services.settings.apps[0].model_copy(update={"international": True})
    lists = [
        await stage.services.tencent.list_templates(international=side) for side in (False, True)
    ]
    usable = [
        each.template_id
        for listed in lists
        for each in listed
        if each.review is wire.ReviewState.USABLE
    ]
    assert len(set(usable)) < len(usable)
    findings = await look(with_settings(stage, apps=(app,)))
    assert of(findings, Step.TEMPLATE_USABLE)["count"] == len(set(usable))
