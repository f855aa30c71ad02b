"""The actions of API 3.0, version 2021-01-11: parameters in, the fields of ``Response`` out."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bot.sandbox.tencent import (
    conversions,
    lists,
    number_info,
    pull_actions,
    send_actions,
    signatures,
    statistics,
    templates,
    tracks,
)
from bot.sandbox.tencent.send_actions import (
    MAX_CONTEXT_BYTES,
    MAX_TEMPLATE_ID_DIGITS,
    Answer,
    check_numbers,
)
from bot.sandbox.tencent.world import World

__all__ = [
    "ACTIONS",
    "MAX_CONTEXT_BYTES",
    "MAX_TEMPLATE_ID_DIGITS",
    "Action",
    "Answer",
    "check_numbers",
]

Action = Callable[[World, Mapping[str, object]], Answer]


def _reading(
    read: Callable[[World, Mapping[str, object]], Mapping[str, Any]],
) -> Action:
    return lambda world, parameters: Answer(read(world, parameters))


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "SendSms": send_actions.send_sms,
        "SendMultiGlobalSms": send_actions.send_multi_global,
        "SendStatusStatistics": _reading(statistics.send_statistics),
        "CallbackStatusStatistics": _reading(statistics.callback_statistics),
        "DescribePhoneNumberInfo": _reading(number_info.describe_numbers),
        "ReportConversion": _reading(conversions.report_conversion),
        "DescribeSmsTemplateList": _reading(lists.describe_templates),
        "AddSmsTemplate": _reading(templates.add_template),
        "ModifySmsTemplate": _reading(templates.modify_template),
        "DeleteSmsTemplate": _reading(templates.delete_template),
        "DescribeSmsSignList": _reading(lists.describe_signs),
        "AddSmsSign": _reading(signatures.add_sign),
        "ModifySmsSign": _reading(signatures.modify_sign),
        "DeleteSmsSign": _reading(signatures.delete_sign),
        "SmsPackagesStatistics": _reading(lists.packages_statistics),
        "DescribeSendRecordList": _reading(tracks.describe_send_records),
        "PullSmsSendStatusByPhoneNumber": _reading(tracks.pull_send_status_by_number),
        "PullSmsReplyStatusByPhoneNumber": _reading(tracks.pull_replies_by_number),
        "PullSmsSendStatus": _reading(pull_actions.pull_send_status),
        "PullSmsReplyStatus": _reading(pull_actions.pull_replies),
    }
)
