"""Listing templates, signatures and packages (API 3.0)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.sandbox.tencent.content import Side, Signature, Template
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import SHANGHAI, to_ms
from bot.sandbox.tencent.packages import Package
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World

T = TypeVar("T")
MAX_IDS = 100


def check_app(world: World, app: str) -> None:
    """Refuse an application that is not the account's."""
    if app != world.config.credentials.sdk_app_id:
        raise CallError("UnauthorizedOperation.SmsSdkAppIdVerifyFail")


def describe_templates(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DescribeSmsTemplateList. Limit is 0 unless given, which makes an empty list."""
    fields = _content_fields(parameters, "TemplateIdSet")
    side = _side(fields)
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
    side = _side(fields)
    listed = {
        key: each
        for key, each in sorted(world.state.signatures.items())
        if each.international in (side, Side.BOTH)
    }
    ids = fields.integers("SignIdSet")
    rows = _chosen(listed, ids) if ids else page(fields, tuple(listed.values()), default_limit=10)
    if ids and not rows:
        raise CallError("FailedOperation.MissingSignatureList")
    return {"DescribeSignListStatusSet": [_sign_row(each) for each in rows]}


def packages_statistics(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """SmsPackagesStatistics: packages bought between two hours (``yyyymmddhh``, Shanghai)."""
    names = ("SmsSdkAppId", "Limit", "Offset", "BeginTime", "EndTime")
    fields = Fields(parameters, required=names)
    check_app(world, fields.text("SmsSdkAppId"))
    begin = _hour(fields.text("BeginTime"), "BeginTimeVerifyFail")
    end = _hour(fields.text("EndTime"), "EndTimeVerifyFail")
    if end < begin or end > world.clock():
        raise CallError("InvalidParameterValue.EndTimeVerifyFail")
    last_ms = to_ms(end + timedelta(hours=1))
    bought = [each for each in world.state.packages if to_ms(begin) <= each.created_at_ms < last_ms]
    rows = page(fields, bought, default_limit=0, most=500)
    return {"SmsPackagesStatisticsSet": [_package_row(each) for each in rows]}


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


def _side(fields: Fields) -> Side:
    side = fields.integer("International")
    if side not in (Side.MAINLAND, Side.INTERNATIONAL):
        raise CallError("InvalidParameterValue.InvalidInternational")
    return Side(side)


def _chosen(listed: Mapping[int, T], ids: tuple[int, ...]) -> list[T]:
    if len(ids) > MAX_IDS:
        raise CallError("InvalidParameterValue.LimitVerifyFail")
    return [listed[key] for key in dict.fromkeys(ids) if key in listed]


def _hour(text: str, fault: str) -> datetime:
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


def _sign_row(sign: Signature) -> dict[str, Any]:
    return {
        "SignId": sign.signature_id,
        "International": int(sign.international),
        "StatusCode": int(sign.status),
        "ReviewReply": sign.review_reply,
        "SignName": sign.name,
        "CreateTime": sign.created_at_ms // 1000,
        "QualificationId": 0,
        "QualificationName": "",
        "QualificationStatusCode": 0,
    }


def _package_row(package: Package) -> dict[str, Any]:
    return {
        "PackageCreateTime": package.created_at_ms // 1000,
        "PackageEffectiveTime": package.effective_at_ms // 1000,
        "PackageExpiredTime": package.expires_at_ms // 1000,
        "PackageAmount": package.amount_segments,
        "PackageType": package.kind,
        "PackageId": package.package_id,
        "CurrentUsage": package.used_segments,
    }
