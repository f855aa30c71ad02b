"""Listing templates, signatures and packages (API 3.0)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.sandbox.tencent.applying import check_enterprise, read_side
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.content import Qualification, Side, Signature, Template
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import SHANGHAI, to_ms
from bot.sandbox.tencent.packages import Package
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World

T = TypeVar("T")
MAX_IDS = 100


def check_app(world: World, sdk_app_id: str) -> Application:
    """The application with this id; one that is not the account's is refused."""
    app = world.state.apps.get(sdk_app_id)
    if app is None:
        raise CallError("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    return app


def describe_templates(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DescribeSmsTemplateList. Limit is 0 unless given, which makes an empty list."""
    fields = _content_fields(parameters, "TemplateIdSet")
    check_enterprise(world)
    if world.state.account.settings.sub_account:
        raise CallError("FailedOperation.ProhibitSubAccountUse")
    side = read_side(fields)
    listed = {
        key: each
        for key, each in sorted(world.state.templates.items())
        if each.international in (side, Side.BOTH)
    }
    ids = fields.integers("TemplateIdSet")
    rows = _chosen(listed, ids) if ids else page(fields, tuple(listed.values()), default_limit=0)
    if ids and not rows:
        raise CallError("FailedOperation.MissingTemplateList")
    return {"DescribeTemplateStatusSet": [_template_row(each) for each in rows]}


def describe_signs(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DescribeSmsSignList. Limit is 10 unless given; there is no total count."""
    fields = _content_fields(parameters, "SignIdSet")
    check_enterprise(world)
    side = read_side(fields)
    listed = {
        key: each
        for key, each in sorted(world.state.signatures.items())
        if each.international in (side, Side.BOTH)
    }
    ids = fields.integers("SignIdSet")
    rows = _chosen(listed, ids) if ids else page(fields, tuple(listed.values()), default_limit=10)
    if ids and not rows:
        raise CallError("FailedOperation.MissingSignatureList")
    known = world.state.account.qualifications
    return {
        "DescribeSignListStatusSet": [
            _sign_row(each, known.get(each.qualification_id)) for each in rows
        ]
    }


def packages_statistics(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """SmsPackagesStatistics: packages bought between two hours (``yyyymmddhh``, Shanghai)."""
    names = ("SmsSdkAppId", "Limit", "Offset", "BeginTime", "EndTime")
    fields = Fields(parameters, required=names)
    check_app(world, fields.text("SmsSdkAppId"))
    begin = read_hour(fields.text("BeginTime"), "BeginTimeVerifyFail")
    end = read_hour(fields.text("EndTime"), "EndTimeVerifyFail")
    if end <= begin or end > world.clock():
        raise CallError("InvalidParameterValue.EndTimeVerifyFail")
    last_ms = to_ms(end + timedelta(hours=1))
    bought = [each for each in world.state.packages if to_ms(begin) <= each.created_at_ms < last_ms]
    rows = page(fields, bought, default_limit=0, most=500)
    return {"SmsPackagesStatisticsSet": [package_row(each) for each in rows]}


def page(
    fields: Fields, rows: Sequence[T], *, default_limit: int, least: int = 0, most: int = 100
) -> Sequence[T]:
    """The rows that Limit and Offset ask for."""
    limit = fields.integer("Limit", default_limit)
    offset = fields.integer("Offset")
    if not least <= limit <= most:
        raise CallError("InvalidParameterValue.LimitVerifyFail")
    if offset < 0:
        raise CallError("InvalidParameterValue.OffsetVerifyFail")
    return rows[offset : offset + limit]


def _content_fields(parameters: Mapping[str, object], id_set: str) -> Fields:
    return Fields(parameters, required=("International",), optional=(id_set, "Limit", "Offset"))


def _chosen(listed: Mapping[int, T], ids: tuple[int, ...]) -> list[T]:
    if len(ids) > MAX_IDS:
        raise CallError("InvalidParameterValue.LimitVerifyFail")
    return [listed[key] for key in dict.fromkeys(ids) if key in listed]


def read_hour(text: str, fault: str) -> datetime:
    """An hour in Shanghai, ``yyyymmddhh``; `fault` ends the code for any other text."""
    try:
        if len(text) == 10 and text.isascii() and text.isdigit():
            return datetime.strptime(text, "%Y%m%d%H").replace(tzinfo=SHANGHAI)
    except ValueError:
        pass
    raise CallError(f"InvalidParameterValue.{fault}")


def _template_row(template: Template) -> dict[str, Any]:
    return {
        "TemplateId": template.template_id,
        "International": int(template.international),
        "StatusCode": int(template.status),
        "ReviewReply": template.review_reply,
        "TemplateName": template.name,
        "CreateTime": template.created_at_ms // 1000,
        "TemplateContent": template.content,
    }


def _sign_row(sign: Signature, qualification: Qualification | None) -> dict[str, Any]:
    return {
        "SignId": sign.signature_id,
        "International": int(sign.international),
        "StatusCode": int(sign.status),
        "ReviewReply": sign.review_reply,
        "SignName": sign.name,
        "CreateTime": sign.created_at_ms // 1000,
        "QualificationId": qualification.qualification_id if qualification else 0,
        "QualificationName": qualification.name if qualification else "",
        "QualificationStatusCode": int(qualification.status) if qualification else 0,
    }


def package_row(package: Package) -> dict[str, Any]:
    """A package as API 3.0 shows it."""
    return {
        "PackageCreateTime": package.created_at_ms // 1000,
        "PackageEffectiveTime": package.effective_at_ms // 1000,
        "PackageExpiredTime": package.expires_at_ms // 1000,
        "PackageAmount": package.amount_segments,
        "PackageType": package.kind,
        "PackageId": package.package_id,
        "CurrentUsage": package.used_segments,
    }
