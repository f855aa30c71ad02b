"""Pulls, records and statistics: how the official SDK tries them."""

from collections.abc import Mapping
from datetime import timedelta

from tests.sandbox.tencent.judging import PULLS, Failure, Trial, replied, sent
from tests.sandbox.tencent.parameters import (
    APP,
    MOBILE,
    OTHER_APP,
    PULL,
    bought,
    hour,
    hours,
    now_s,
    spelled,
    window,
)

READING: Mapping[str, Trial] = {
    "DescribeSendRecordList": Trial(
        lambda: {"PhoneNumber": MOBILE, "SmsSdkAppId": APP, "BeginTime": now_s() - 600},
        lambda answer: answer["TotalCount"] == 1 == len(answer["SendRecordSet"]),
        (sent(),),
        (
            Failure(
                "InvalidParameterValue.BeginTimeVerifyFail",
                {"PhoneNumber": MOBILE, "SmsSdkAppId": APP, "BeginTime": 1},
            ),
            Failure("InvalidParameterValue.LimitVerifyFail", window(Limit=51)),
            Failure("InvalidParameterValue.OffsetVerifyFail", window(Offset=1001)),
            Failure("InvalidParameterValue.IncorrectPhoneNumber", window(PhoneNumber="x")),
        ),
    ),
    "PullSmsSendStatus": Trial(
        PULL,
        lambda answer: (
            [row["Description"] for row in answer["PullSmsSendStatusSet"]] == ["DELIVRD"]
        ),
        (PULLS, sent()),
        (
            Failure("UnauthorizedOperation.RequestPermissionDeny", PULL),
            Failure("InvalidParameterValue.LimitVerifyFail", {**PULL, "Limit": 101}, (PULLS,)),
        ),
    ),
    "PullSmsReplyStatus": Trial(
        PULL,
        lambda answer: [row["ReplyContent"] for row in answer["PullSmsReplyStatusSet"]] == ["好"],
        (PULLS, sent(), replied("好")),
        (
            Failure("UnauthorizedOperation.RequestPermissionDeny", PULL),
            Failure("InvalidParameterValue.LimitVerifyFail", {**PULL, "Limit": 101}, (PULLS,)),
        ),
    ),
    "PullSmsSendStatusByPhoneNumber": Trial(
        window(),
        lambda answer: (
            [row["ReportStatus"] for row in answer["PullSmsSendStatusSet"]] == ["SUCCESS"]
        ),
        (sent(),),
        (
            Failure("InvalidParameterValue.BeginTimeVerifyFail", window(BeginTime=1)),
            Failure("InvalidParameterValue.EndTimeVerifyFail", window(EndTime=1)),
            Failure("InvalidParameterValue.OffsetVerifyFail", window(Offset=1)),
            Failure("InvalidParameterValue.LimitVerifyFail", window(Limit=101)),
        ),
    ),
    "PullSmsReplyStatusByPhoneNumber": Trial(
        window(),
        lambda answer: [row["SignName"] for row in answer["PullSmsReplyStatusSet"]] == ["腾讯云"],
        (sent(), replied("收到")),
        (
            Failure("InvalidParameterValue.BeginTimeVerifyFail", window(BeginTime=1)),
            Failure("InvalidParameterValue.IncorrectPhoneNumber", window(PhoneNumber="x")),
        ),
    ),
    "SendStatusStatistics": Trial(
        hours(),
        lambda answer: (
            answer["SendStatusStatistics"]
            == {"FeeCount": 1, "RequestCount": 1, "RequestSuccessCount": 1}
        ),
        (sent(),),
        (
            Failure("InvalidParameterValue.BeginTimeVerifyFail", hours(BeginTime="x")),
            Failure("InvalidParameterValue.EndTimeVerifyFail", hours(EndTime="2020010100")),
            Failure("UnauthorizedOperation.SmsSdkAppIdVerifyFail", hours(SmsSdkAppId=OTHER_APP)),
        ),
    ),
    "CallbackStatusStatistics": Trial(
        hours(),
        lambda answer: answer["CallbackStatusStatistics"]["ShutdownErrorCount"] == 1,
        (sent("+8613800000003"),),
        (
            Failure(
                "InvalidParameterValue.EndTimeVerifyFail",
                lambda: {**spelled(hours()), "BeginTime": hour(timedelta(days=33))},
            ),
            Failure("InvalidParameterValue.LimitVerifyFail", hours(Limit=1)),
        ),
    ),
    "SmsPackagesStatistics": Trial(
        bought(),
        lambda answer: answer["SmsPackagesStatisticsSet"][0]["CurrentUsage"] == 1,
        (sent(),),
        (
            Failure("InvalidParameterValue.LimitVerifyFail", bought(Limit=501)),
            Failure("InvalidParameterValue.EndTimeVerifyFail", bought(EndTime="2020010100")),
        ),
    ),
}
