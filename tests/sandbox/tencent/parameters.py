"""Parameters that are right, for tests to change: each builder takes what is to be different."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

APP, OTHER_APP = "1400006666", "1400000001"
MOBILE, ABROAD = "+8613800000001", "+14155550101"
IMAGE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
PULL = {"Limit": 10, "SmsSdkAppId": APP}
OLDER_PULL = {"Limit": 10, "SmsSdkAppid": APP}
Row = dict[str, Any]
Parameters = Row | Callable[[], Row]


def spelled(parameters: Parameters) -> Row:
    """The parameters of now."""
    return parameters() if callable(parameters) else parameters


def now_s() -> int:
    return int(datetime.now(UTC).timestamp())


def hour(ago: timedelta = timedelta()) -> str:
    shanghai = datetime.now(UTC) + timedelta(hours=8) - ago
    return shanghai.strftime("%Y%m%d%H")


def order(**changes: Any) -> Row:
    whole = {
        "PhoneNumberSet": [MOBILE],
        "SmsSdkAppId": APP,
        "TemplateId": "1110",
        "SignName": "腾讯云",
        "TemplateParamSet": ["4370"],
    }
    return {**whole, **changes}


def sign(**changes: Any) -> Row:
    whole = {
        "SignName": "新的签名",
        "SignType": 0,
        "DocumentType": 0,
        "International": 0,
        "SignPurpose": 0,
        "ProofImage": IMAGE,
        "QualificationId": 6001,
    }
    return {**whole, **changes}


def template(**changes: Any) -> Row:
    whole = {
        "TemplateName": "取件",
        "TemplateContent": "您的快递{1}已到。",
        "SmsType": 2,
        "International": 0,
        "Remark": "",
    }
    return {**whole, **changes}


def message(**changes: Any) -> Row:
    whole = {"PhoneNumber": ABROAD, "TemplateId": "1113", "TemplateParamSet": ["1234", "5"]}
    return {**whole, **changes}


def multi(*rows: Row) -> Row:
    return {"SmsSdkAppId": APP, "MultiSmsInfoSet": list(rows)}


def window(**changes: Any) -> Parameters:
    """The latest minutes of one number."""
    return lambda: {
        "BeginTime": now_s() - 600,
        "Offset": 0,
        "Limit": 10,
        "PhoneNumber": MOBILE,
        "SmsSdkAppId": APP,
        **changes,
    }


def hours(**changes: Any) -> Parameters:
    """The hour before this one and this one."""
    return lambda: {
        "BeginTime": hour(timedelta(hours=1)),
        "EndTime": hour(),
        "SmsSdkAppId": APP,
        "Limit": 0,
        "Offset": 0,
        **changes,
    }


def bought(**changes: Any) -> Parameters:
    """What was bought within forty days."""
    return lambda: {
        "SmsSdkAppId": APP,
        "Limit": 10,
        "Offset": 0,
        "BeginTime": hour(timedelta(days=40)),
        "EndTime": hour(),
        **changes,
    }


def older_window(**changes: Any) -> Parameters:
    return lambda: {
        "SendDateTime": now_s() - 600,
        "Offset": 0,
        "Limit": 10,
        "PhoneNumber": MOBILE,
        "SmsSdkAppid": APP,
        **changes,
    }


def older_hours(**changes: Any) -> Parameters:
    return lambda: {
        "StartDateTime": int(hour(timedelta(hours=1))),
        "EndDataTime": int(hour()),
        "SmsSdkAppid": APP,
        "Limit": 0,
        "Offset": 0,
        **changes,
    }


def older_order(**changes: Any) -> Row:
    whole = {
        "PhoneNumberSet": [MOBILE],
        "SmsSdkAppid": APP,
        "TemplateID": "1110",
        "Sign": "腾讯云",
        "TemplateParamSet": ["4370"],
    }
    return {**whole, **changes}


def older_sign(**changes: Any) -> Row:
    whole = sign(UsedMethod=0, **changes)
    del whole["SignPurpose"]
    return whole
