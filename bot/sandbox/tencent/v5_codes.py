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
        "InvalidParameter.DirtyWordFound": 1002,
        "InvalidParameterValue.TemplateWithDirtyWords": 1002,
        "InternalError.SigFieldMissing": 1003,
        "FailedOperation.FailResolvePacket": 1004,
        "InvalidParameter": 1004,
        "InvalidParameter.InvalidParameters": 1004,
        "InvalidParameterValue.BeginTimeVerifyFail": 1004,
        "InvalidParameterValue.EndTimeVerifyFail": 1004,
        "InvalidParameterValue.ImageInvalid": 1004,
        "InvalidParameterValue.InvalidTemplateFormat": 1004,
        "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe": 1004,
        "InvalidParameterValue.SignNameLengthTooLong": 1004,
        "InvalidParameterValue.UnsupportedTemplateVariable": 1004,
        "MissingParameter": 1004,
        "MissingParameter.EmptyPhoneNumberSet": 1004,
        "UnauthorizedOperation.RequestPermissionDeny": 1006,
        "FailedOperation.NotEnterpriseCertification": 1006,
        "InternalError.OtherError": 1007,
        "InternalError.Timeout": 1008,
        "UnauthorizedOperation.RequestIpNotInWhitelist": 1009,
        "InternalError.RestApiInterfaceNotExist": 1011,
        "FailedOperation.SignatureIncorrectOrUnapproved": 1012,
        "FailedOperation.SignIdNotExist": 1012,
        "FailedOperation.MissingSignatureToModify": 1012,
        "LimitExceeded.DeliveryFrequencyLimit": 1013,
        "FailedOperation.TemplateIncorrectOrUnapproved": 1014,
        "FailedOperation.TemplateIdNotExist": 1014,
        "FailedOperation.MissingTemplateToModify": 1014,
        "FailedOperation.TemplateUnapprovedOrNotExist": 1014,
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": 1014,
        "FailedOperation.PhoneNumberInBlacklist": 1015,
        "InvalidParameterValue.IncorrectPhoneNumber": 1016,
        "InvalidParameterValue.ContentLengthLimit": 1017,
        "InvalidParameterValue.SdkAppIdNotExist": 1019,
        "UnauthorizedOperation.SdkAppIdIsDisabled": 1020,
        "InternalError.RequestTimeException": 1021,
        "LimitExceeded.AppDailyLimit": 1022,
        "LimitExceeded.AppMainlandChinaDailyLimit": 1022,
        "LimitExceeded.AppGlobalDailyLimit": 1022,
        "LimitExceeded.AppCountryOrRegionDailyLimit": 1022,
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
        "LimitExceeded.AppCountryOrRegionInBlacklist": 1045,
        "LimitExceeded.PhoneNumberCountLimit": 1046,
        "LimitExceeded.DailyLimit": 1047,
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": 1048,
    }
)


#: The voice service has a table of its own (error page of the voice product, snapshot 2021-07-20).
#: What has no number there gets the nearest that has one.
VOICE_RESULTS: Mapping[str, int] = MappingProxyType(
    {
        "InternalError.SigVerificationFail": 1001,
        "InternalError.SigFieldMissing": 1001,
        "FailedOperation.ContainSensitiveWord": 1002,
        "FailedOperation.FailResolvePacket": 1004,
        "MissingParameter": 1004,
        "InternalError.RestApiInterfaceNotExist": 1011,
        "LimitExceeded.DeliveryFrequencyLimit": 1013,
        "FailedOperation.TemplateIncorrectOrUnapproved": 1014,
        "UnauthorizedOperation.VoiceSdkAppidVerifyFail": 1019,
        "UnauthorizedOperation.SdkAppidIsDisabled": 1020,
        "InternalError.RequestTimeException": 1021,
        "UnsupportedOperation": 1030,
        "UnauthorizedOperation.RequestPermissionDeny": 1030,
        "FailedOperation.InsufficientBalanceInVoicePackage": 1031,
        "UnauthorizedOperation.ServiceSuspendDueToArrears": 1033,
        "InvalidParameterValue.ContentLengthLimit": 1036,
        "InternalError.OtherError": 3001,
        "InternalError.UpstreamError": 3002,
        "InvalidParameter": 3004,
        "FailedOperation.InvalidParameters": 3004,
        "InvalidParameterValue.CalledNumberVerifyFail": 3004,
        "InternalError.AccessUpstreamTimeout": 3011,
        "FailedOperation.PhonenumberUnappliedOrExpired": 3014,
    }
)


def result_of(code: str, results: Mapping[str, int] = RESULTS) -> int:
    """The v5 number for `code`; that of "other" for one that has none."""
    return results.get(code, results["InternalError.OtherError"])
