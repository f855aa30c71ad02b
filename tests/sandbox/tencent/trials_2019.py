"""Version 2019-07-11: how the official SDK tries its sixteen actions."""

from collections.abc import Mapping

from tests.sandbox.tencent.judging import PULLS, Failure, Trial, replied, sent
from tests.sandbox.tencent.parameters import (
    APP,
    MOBILE,
    OLDER_PULL,
    OTHER_APP,
    older_hours,
    older_order,
    older_sign,
    older_window,
)
from tests.sandbox.tencent.trials_content import CONTENT

OLDER: Mapping[str, Trial] = {
    **{
        name: CONTENT[name]
        for name in (
            "DeleteSmsSign",
            "AddSmsTemplate",
            "ModifySmsTemplate",
            "DeleteSmsTemplate",
        )
    },
    "SendSms": Trial(
        older_order(),
        lambda answer: answer["SendStatusSet"][0]["Code"] == "Ok",
        failures=(
            Failure(
                "UnauthorizedOperation.SmsSdkAppIdVerifyFail", older_order(SmsSdkAppid=OTHER_APP)
            ),
            Failure(
                "FailedOperation.SignatureIncorrectOrUnapproved",
                older_order(Sign="测试"),
                per_number=True,
            ),
        ),
    ),
    "DescribeSmsTemplateList": Trial(
        {"International": 0, "TemplateIdSet": [1110]},
        lambda answer: answer["DescribeTemplateStatusSet"][0]["TemplateName"] == "登录验证码",
        failures=(
            Failure("MissingParameter", {"International": 0}),
            Failure(
                "FailedOperation.MissingTemplateList", {"International": 0, "TemplateIdSet": [9]}
            ),
        ),
    ),
    "DescribeSmsSignList": Trial(
        {"International": 0, "SignIdSet": [110]},
        lambda answer: answer["DescribeSignListStatusSet"][0]["SignName"] == "腾讯云",
        failures=(Failure("MissingParameter", {"International": 0}),),
    ),
    "AddSmsSign": Trial(
        older_sign(),
        lambda answer: isinstance(answer["AddSignStatus"]["SignApplyId"], int),
        failures=(
            Failure("InvalidParameterValue.InvalidUsedMethod", {**older_sign(), "UsedMethod": 2}),
            Failure("InvalidParameterValue.ImageInvalid", older_sign(ProofImage="")),
        ),
    ),
    "ModifySmsSign": Trial(
        older_sign(SignId=112),
        lambda answer: answer["ModifySignStatus"]["SignApplyId"] == "112",
        failures=(Failure("FailedOperation.MissingSignatureToModify", older_sign(SignId=9)),),
    ),
    "PullSmsSendStatus": Trial(
        OLDER_PULL,
        lambda answer: answer["PullSmsSendStatusSet"][0]["PhoneNumber"] == "13800000001",
        (PULLS, sent()),
        (Failure("UnauthorizedOperation.RequestPermissionDeny", OLDER_PULL),),
    ),
    "PullSmsReplyStatus": Trial(
        OLDER_PULL,
        lambda answer: answer["PullSmsReplyStatusSet"][0]["Sign"] == "腾讯云",
        (PULLS, sent(), replied("好")),
        (Failure("UnauthorizedOperation.RequestPermissionDeny", OLDER_PULL),),
    ),
    "PullSmsSendStatusByPhoneNumber": Trial(
        older_window(),
        lambda answer: answer["PullSmsSendStatusSet"][0]["PurePhoneNumber"] == MOBILE,
        (sent(),),
        (Failure("InvalidParameterValue.BeginTimeVerifyFail", older_window(SendDateTime=1)),),
    ),
    "PullSmsReplyStatusByPhoneNumber": Trial(
        older_window(),
        lambda answer: answer["PullSmsReplyStatusSet"][0]["ReplyUnixTime"] > 0,
        (sent(), replied("收到")),
        (Failure("InvalidParameterValue.OffsetVerifyFail", older_window(Offset=1)),),
    ),
    "SendStatusStatistics": Trial(
        older_hours(),
        lambda answer: answer["SendStatusStatistics"]["RequestCount"] == 1,
        (sent(),),
        (Failure("InvalidParameterValue.BeginTimeVerifyFail", older_hours(StartDateTime=1)),),
    ),
    "CallbackStatusStatistics": Trial(
        older_hours(),
        lambda answer: answer["CallbackStatusStatistics"]["CallbackSuccessCount"] == 1,
        (sent(),),
        (Failure("InvalidParameterValue.EndTimeVerifyFail", older_hours(EndDataTime=2020010100)),),
    ),
    "SmsPackagesStatistics": Trial(
        {"SmsSdkAppid": APP, "Limit": 10, "Offset": 0},
        lambda answer: answer["SmsPackagesStatisticsSet"][0]["AmountOfPackage"] == 1000,
        failures=(
            Failure(
                "InvalidParameterValue.LimitVerifyFail",
                {"SmsSdkAppid": APP, "Limit": 501, "Offset": 0},
            ),
        ),
    ),
}
