"""The sixteen actions of version 2019-07-11: the same verbs and state, other spellings.

Source: cloud.tencent.com/document/product/382/38778 (2024-11-05) and the official SDK's models.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bot.sandbox.tencent import lists
from bot.sandbox.tencent.actions import ACTIONS, Action
from bot.sandbox.tencent.fields import Fields, FromQuery
from bot.sandbox.tencent.frequency import SHANGHAI, from_ms
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.send_actions import Answer
from bot.sandbox.tencent.world import World

VERSION_2019 = "2019-07-11"
VERSION_2021 = "2021-01-11"
Row = dict[str, Any]
#: Codes that have another name here.
CODES = {"InvalidParameterValue.InvalidSignPurpose": "InvalidParameterValue.InvalidUsedMethod"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How an action is spelled here: names of parameters (old → new), those it does not have,
    those whose hour is a number here, and what is done to the answer."""

    names: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()
    ids: str = ""
    answer: Callable[[Row], Row] = dict


def translated(action: Action, spelling: Spelling) -> Action:
    """The action of 2021-01-11 as it is called and as it answers here."""

    def run(world: World, parameters: Mapping[str, object]) -> Answer:
        try:
            answer = action(world, _newer(spelling, parameters))
        except CallError as refused:
            raise _older_refusal(spelling, refused) from None
        return Answer(spelling.answer(dict(answer.payload)), answer.outcome)

    return run


def packages_statistics(world: World, parameters: Mapping[str, object]) -> Answer:
    """SmsPackagesStatistics: no window here, all packages page by page."""
    fields = Fields(parameters, required=("SmsSdkAppid", "Limit", "Offset"))
    lists.check_app(world, fields.text("SmsSdkAppid"))
    rows = lists.page(fields, world.state.packages, default_limit=0, most=500)
    return Answer(
        {"SmsPackagesStatisticsSet": [_package(lists.package_row(each)) for each in rows]}
    )


def _newer(spelling: Spelling, parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters under their newer names; those only the newer version has stay unknown."""
    unknown = {new for old, new in spelling.names.items() if old != new} | spelling.without
    found: dict[str, object] = {}
    for name, value in parameters.items():
        key = spelling.names.get(name, name)
        if name in unknown:
            key = f"{name} ({VERSION_2021})"
        found[key] = _hour(name, value) if name in spelling.hours else value
    if spelling.ids and not found.get(spelling.ids):
        raise CallError("MissingParameter", name=spelling.ids)
    return found


def _hour(name: str, value: object) -> str | None:
    """``yyyymmddhh`` is a number here."""
    if value is None or type(value) is int or isinstance(value, FromQuery):
        return None if value is None else str(value)[:20]
    raise CallError("InvalidParameter", name=name)


def _older_refusal(spelling: Spelling, refused: CallError) -> CallError:
    older = {new: old for old, new in spelling.names.items()}
    values = {name: older.get(value, value) for name, value in refused.values.items()}
    return CallError(CODES.get(refused.code, refused.code), **values)


def _local(moment_s: int) -> str:
    return from_ms(1000 * moment_s).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _package(row: Row) -> Row:
    times = ("PackageCreate", "PackageEffective", "PackageExpired")
    older: Row = {}
    for name in times:
        older[f"{name}Time"] = _local(row[f"{name}Time"])
        older[f"{name}UnixTime"] = row[f"{name}Time"]
    return {
        **older,
        "AmountOfPackage": row["PackageAmount"],
        "TypeOfPackage": row["PackageType"],
        "PackageId": row["PackageId"],
        "CurrentUsage": row["CurrentUsage"],
    }


def _report(row: Row) -> Row:
    return {
        "UserReceiveTime": _local(row["UserReceiveTime"]),
        "UserReceiveUnixTime": row["UserReceiveTime"],
        "NationCode": row["CountryCode"],
        # The two are swapped against their names in the vendor's own description of the fields.
        "PurePhoneNumber": row["PhoneNumber"],
        "PhoneNumber": row["SubscriberNumber"],
        "SerialNo": row["SerialNo"],
        "ReportStatus": row["ReportStatus"],
        "Description": row["Description"],
    }


def _reply(row: Row) -> Row:
    return {
        "ExtendCode": row["ExtendCode"],
        "NationCode": row["CountryCode"],
        "PhoneNumber": row["PhoneNumber"],
        "Sign": row["SignName"],
        "ReplyContent": row["ReplyContent"],
        "ReplyTime": _local(row["ReplyTime"]),
        "ReplyUnixTime": row["ReplyTime"],
    }


def _template(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "TemplateContent"}


def _each(name: str, change: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """Change every row of the array `name`."""
    return lambda payload: {**payload, name: [change(row) for row in payload[name]]}


def _with_apply_id(name: str, kind: type[int] | type[str]) -> Callable[[Row], Row]:
    """Adds SignApplyId: a number when applied for, a text when modified."""

    def change(payload: Row) -> Row:
        status = payload[name]
        return {name: {**status, "SignApplyId": kind(status["SignId"])}}

    return change


APP = {"SmsSdkAppid": "SmsSdkAppId"}
SIGN = {"UsedMethod": "SignPurpose"}
HOURS = {**APP, "StartDateTime": "BeginTime", "EndDataTime": "EndTime"}
WINDOW = {**APP, "SendDateTime": "BeginTime", "EndDateTime": "EndTime"}
COUNTED = Spelling(HOURS, hours=frozenset({"StartDateTime", "EndDataTime"}))
NO_PAGES = frozenset({"Limit", "Offset"})
REPORTS = _each("PullSmsSendStatusSet", _report)
REPLIES = _each("PullSmsReplyStatusSet", _reply)
SPELLINGS: Mapping[str, Spelling] = MappingProxyType(
    {
        "SendSms": Spelling({**APP, "TemplateID": "TemplateId", "Sign": "SignName"}),
        "SendStatusStatistics": COUNTED,
        "CallbackStatusStatistics": COUNTED,
        "AddSmsSign": Spelling(SIGN, answer=_with_apply_id("AddSignStatus", int)),
        "ModifySmsSign": Spelling(SIGN, answer=_with_apply_id("ModifySignStatus", str)),
        "DeleteSmsSign": Spelling(),
        "DescribeSmsSignList": Spelling(without=NO_PAGES, ids="SignIdSet"),
        "AddSmsTemplate": Spelling(),
        "ModifySmsTemplate": Spelling(),
        "DeleteSmsTemplate": Spelling(),
        "DescribeSmsTemplateList": Spelling(
            without=NO_PAGES,
            ids="TemplateIdSet",
            answer=_each("DescribeTemplateStatusSet", _template),
        ),
        "PullSmsSendStatus": Spelling(APP, answer=REPORTS),
        "PullSmsReplyStatus": Spelling(APP, answer=REPLIES),
        "PullSmsSendStatusByPhoneNumber": Spelling(WINDOW, answer=REPORTS),
        "PullSmsReplyStatusByPhoneNumber": Spelling(WINDOW, answer=REPLIES),
    }
)
ACTIONS_2019: Mapping[str, Action] = MappingProxyType(
    {
        **{name: translated(ACTIONS[name], each) for name, each in SPELLINGS.items()},
        "SmsPackagesStatistics": packages_statistics,
    }
)
