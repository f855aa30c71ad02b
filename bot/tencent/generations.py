"""One fact under the names of three APIs, put into those that the callbacks have. Performs no I/O.

A callback is written as in legacy v5; the pulls of API 3.0 name the same things anew, 2021-01-11
otherwise than 2019-07-11 (PullSmsSendStatus and PullSmsReplyStatus in the models of
tencentcloud-sdk-python-sms 3.1). Whatever relays a pull to us in place of the push is understood.
"""

from collections.abc import Mapping

from bot.tencent.strict_json import JSONObject

#: A name of the callbacks, and what the others call it; the first that is there counts.
Names = Mapping[str, tuple[str, ...]]

WHO: Names = {
    "nationcode": ("CountryCode", "NationCode"),
    "mobile": ("SubscriberNumber", "PurePhoneNumber"),
}
#: In the pulls the carrier's code is the Description, and there are no words.
OF_STATUS: Names = {
    "sid": ("SerialNo",),
    **WHO,
    "report_status": ("ReportStatus",),
    "errmsg": ("Description",),
    "user_receive_time": ("UserReceiveUnixTime", "UserReceiveTime"),
    "ext": ("SessionContext",),
}
OF_REPLY: Names = {
    "text": ("ReplyContent",),
    **WHO,
    "sign": ("SignName", "Sign"),
    "extend": ("ExtendCode",),
    "time": ("ReplyUnixTime", "ReplyTime"),
}


def is_report(item: JSONObject) -> bool:
    """Whether it says what became of one message, under whichever names."""
    return not is_reply(item) and ("report_status" in item or "ReportStatus" in item)


def is_reply(item: JSONObject) -> bool:
    """Whether it is what somebody answered, under whichever names."""
    return "text" in item or "ReplyContent" in item


def as_pushed(item: JSONObject) -> JSONObject:
    """`item` under the names of the callbacks; as it is where it has them already."""
    if "sid" not in item and "SerialNo" in item:
        return _renamed(item, OF_STATUS)
    if "text" not in item and "ReplyContent" in item:
        return _renamed(item, OF_REPLY)
    return item


def _renamed(item: JSONObject, names: Names) -> JSONObject:
    found = {name: next((o for o in others if o in item), None) for name, others in names.items()}
    return {name: item[other] for name, other in found.items() if other is not None}
