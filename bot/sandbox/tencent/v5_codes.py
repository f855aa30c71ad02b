"""The numbers legacy v5 has for the codes of API 3.0."""

from collections.abc import Mapping
from types import MappingProxyType

#: Source: the vendor's v5 error page (docs snapshot 2021-07-20), paired by description.
#: A parameter of a wrong shape is 1004 there, whatever API 3.0 calls it.
RESULTS: Mapping[str, int] = MappingProxyType(
    {
        "Ok": 0,
        "InternalError.SigVerificationFail": 1001,
        "FailedOperation.ContainSensitiveWord": 1002,
        "InternalError.SigFieldMissing": 1003,
        "FailedOperation.FailResolvePacket": 1004,
        "InvalidParameter": 1004,
        "MissingParameter": 1004,
        "MissingParameter.EmptyPhoneNumberSet": 1004,
        "UnauthorizedOperation.RequestPermissionDeny": 1006,
        "InternalError.OtherError": 1007,
        "InternalError.Timeout": 1008,
        "UnauthorizedOperation.RequestIpNotInWhitelist": 1009,
        "InternalError.RestApiInterfaceNotExist": 1011,
        "FailedOperation.SignatureIncorrectOrUnapproved": 1012,
        "LimitExceeded.DeliveryFrequencyLimit": 1013,
        "FailedOperation.TemplateIncorrectOrUnapproved": 1014,
        "FailedOperation.TemplateUnapprovedOrNotExist": 1014,
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": 1014,
        "FailedOperation.PhoneNumberInBlacklist": 1015,
        "InvalidParameterValue.IncorrectPhoneNumber": 1016,
        "InvalidParameterValue.ContentLengthLimit": 1017,
        "InvalidParameterValue.SdkAppIdNotExist": 1019,
        "UnauthorizedOperation.SdkAppIdIsDisabled": 1020,
        "InternalError.RequestTimeException": 1021,
        "LimitExceeded.AppDailyLimit": 1022,
        "LimitExceeded.PhoneNumberThirtySecondLimit": 1023,
        "LimitExceeded.PhoneNumberOneHourLimit": 1024,
        "LimitExceeded.PhoneNumberDailyLimit": 1025,
        "LimitExceeded.PhoneNumberSameContentDailyLimit": 1026,
        "FailedOperation.MarketingSendTimeConstraint": 1029,
        "UnsupportedOperation": 1030,
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": 1030,
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": 1030,
        "FailedOperation.InsufficientBalanceInSmsPackage": 1031,
        "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny": 1032,
        "UnauthorizedOperation.ServiceSuspendDueToArrears": 1033,
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": 1034,
        "InvalidParameterValue.TemplateParameterLengthLimit": 1036,
        "InvalidParameterValue.TemplateParameterFormatError": 1038,
        "UnsupportedOperation.UnsupportedRegion": 1045,
        "LimitExceeded.PhoneNumberCountLimit": 1046,
        "LimitExceeded.DailyLimit": 1047,
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": 1048,
    }
)


def result_of(code: str) -> int:
    """The v5 number for `code`; 1007, "other", for one that has none."""
    return RESULTS.get(code, RESULTS["InternalError.OtherError"])
