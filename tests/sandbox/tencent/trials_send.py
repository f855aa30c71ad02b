"""Sending, and reading phone numbers: how the official SDK tries it."""

from collections.abc import Mapping

from tests.sandbox.tencent.judging import INDIVIDUAL, Failure, Trial, put, replied, sent
from tests.sandbox.tencent.parameters import (
    ABROAD,
    APP,
    MOBILE,
    OTHER_APP,
    message,
    multi,
    order,
)

SENDING: Mapping[str, Trial] = {
    "SendSms": Trial(
        order(),
        lambda answer: answer["SendStatusSet"][0]["Code"] == "Ok",
        failures=(
            Failure("MissingParameter.EmptyPhoneNumberSet", order(PhoneNumberSet=[])),
            Failure("LimitExceeded.PhoneNumberCountLimit", order(PhoneNumberSet=[MOBILE] * 201)),
            Failure("UnauthorizedOperation.SmsSdkAppIdVerifyFail", order(SmsSdkAppId=OTHER_APP)),
            Failure(
                "UnauthorizedOperation.SdkAppIdIsDisabled", order(), (put("app", enabled=False),)
            ),
            Failure(
                "UnauthorizedOperation.ServiceSuspendDueToArrears",
                order(),
                (put("account", arrears=True),),
            ),
            Failure(
                "FailedOperation.SignatureIncorrectOrUnapproved",
                order(SignName="测试"),
                per_number=True,
            ),
            Failure(
                "FailedOperation.TemplateUnapprovedOrNotExist",
                order(TemplateId="1114"),
                per_number=True,
            ),
            Failure(
                "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
                order(TemplateParamSet=[]),
                per_number=True,
            ),
            Failure(
                "InvalidParameterValue.IncorrectPhoneNumber",
                order(PhoneNumberSet=["+861"]),
                per_number=True,
            ),
            Failure(
                "InvalidParameterValue.TemplateParameterFormatError",
                order(TemplateParamSet=["abc"]),
                per_number=True,
            ),
            Failure(
                "FailedOperation.PhoneNumberInBlacklist",
                order(),
                (sent(), replied("R")),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.PhoneNumberDailyLimit",
                order(),
                (put("limits", day=1), sent()),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.PhoneNumberThirtySecondLimit",
                order(),
                (put("limits", thirty_seconds=1), sent()),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.PhoneNumberOneHourLimit",
                order(),
                (put("limits", hour=1), sent()),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.AppMainlandChinaDailyLimit",
                order(),
                (put("thresholds", mainland_stop=0),),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.PhoneNumberSameContentDailyLimit",
                order(TemplateParamSet=["123456"]),
                (sent(),),
                per_number=True,
            ),
            Failure(
                "FailedOperation.InsufficientBalanceInSmsPackage",
                order(),
                (put("packages", packages=[]),),
                per_number=True,
            ),
            Failure(
                "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny",
                order(TemplateId="1112", TemplateParamSet=[]),
                (INDIVIDUAL,),
                per_number=True,
            ),
            Failure(
                "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
                order(TemplateId="1113"),
                per_number=True,
            ),
        ),
    ),
    "SendMultiGlobalSms": Trial(
        multi(message(), message(PhoneNumber="+85261234567")),
        lambda answer: [row["Code"] for row in answer["SendMultiStatusSet"]] == ["Ok", "Ok"],
        failures=(
            Failure("InvalidParameterValue.MultiSmsInfoSetEmpty", multi()),
            Failure("LimitExceeded.PhoneNumberCountLimit", multi(*[message()] * 201)),
            Failure(
                "UnsupportedOperation.ContainDomesticPhoneNumber",
                multi(message(), message(PhoneNumber=MOBILE)),
            ),
            Failure("MissingParameter", multi({"PhoneNumber": ABROAD})),
            Failure(
                "LimitExceeded.AppGlobalDailyLimit",
                multi(message()),
                (put("thresholds", international_stop=0),),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.AppCountryOrRegionDailyLimit",
                multi(message()),
                (put("countries", caps=[{"iso_code": "US", "per_day": 0}]),),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.AppCountryOrRegionInBlacklist",
                multi(message()),
                (put("countries", allowed=["SG"]),),
                per_number=True,
            ),
            Failure(
                "LimitExceeded.DailyLimit",
                multi(message()),
                (put("account", international_daily_segments=0),),
                per_number=True,
            ),
            Failure(
                "FailedOperation.TemplateUnapprovedOrNotExist",
                multi(message(TemplateId="9")),
                per_number=True,
            ),
        ),
    ),
    "DescribePhoneNumberInfo": Trial(
        {"PhoneNumberSet": ["+86018501234444", "x"]},
        lambda answer: (
            answer["PhoneNumberInfoSet"][0]["PhoneNumber"] == "+8618501234444"
            and answer["PhoneNumberInfoSet"][0]["IsoName"] == "China"
            and answer["PhoneNumberInfoSet"][1]["Code"] == "FailedOperation.PhoneNumberParseFail"
        ),
        failures=(
            Failure("LimitExceeded.PhoneNumberCountLimit", {"PhoneNumberSet": [MOBILE] * 201}),
            Failure("MissingParameter.EmptyPhoneNumberSet", {"PhoneNumberSet": []}),
        ),
    ),
    "ReportConversion": Trial(
        {"SmsSdkAppId": APP, "SerialNo": "@serial"},
        lambda answer: answer["ReportConversionStatus"]["Code"] == "ok",
        (put("account", conversion_enabled=True), sent()),
        (
            Failure(
                "UnauthorizedOperation.RequestPermissionDeny",
                {"SmsSdkAppId": APP, "SerialNo": "@serial"},
                (sent(),),
            ),
            Failure(
                "InvalidParameter.InvalidParameters",
                {"SmsSdkAppId": APP, "SerialNo": "nothing"},
                (put("account", conversion_enabled=True),),
            ),
        ),
    ),
}
