"""The numbers legacy v5 answers with, as codes of API 3.0, so that one table judges both.

Source: the vendor's v5 pages on result codes and on failed requests (snapshot of 2021-07-20). They
name no code of API 3.0; each number is paired with the one that is described alike.
"""

from collections.abc import Mapping

RESULTS: Mapping[int, str] = {
    1001: "InternalError.SigVerificationFail",
    1002: "FailedOperation.ContainSensitiveWord",
    1003: "InternalError.SigFieldMissing",
    1004: "FailedOperation.FailResolvePacket",
    1006: "UnauthorizedOperation.RequestPermissionDeny",
    1007: "InternalError.OtherError",
    1008: "InternalError.Timeout",
    1009: "UnauthorizedOperation.RequestIpNotInWhitelist",
    1011: "InternalError.RestApiInterfaceNotExist",
    1012: "FailedOperation.SignatureIncorrectOrUnapproved",
    1013: "LimitExceeded.DeliveryFrequencyLimit",
    1014: "FailedOperation.TemplateIncorrectOrUnapproved",
    1015: "FailedOperation.PhoneNumberInBlacklist",
    1016: "InvalidParameterValue.IncorrectPhoneNumber",
    1017: "InvalidParameterValue.ContentLengthLimit",
    1019: "InvalidParameterValue.SdkAppIdNotExist",
    1020: "UnauthorizedOperation.SdkAppIdIsDisabled",
    1021: "InternalError.RequestTimeException",
    1022: "LimitExceeded.AppDailyLimit",
    1023: "LimitExceeded.PhoneNumberThirtySecondLimit",
    1024: "LimitExceeded.PhoneNumberOneHourLimit",
    1025: "LimitExceeded.PhoneNumberDailyLimit",
    1026: "LimitExceeded.PhoneNumberSameContentDailyLimit",
    1029: "FailedOperation.MarketingSendTimeConstraint",
    1030: "UnsupportedOperation",
    1031: "FailedOperation.InsufficientBalanceInSmsPackage",
    1032: "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny",
    1033: "UnauthorizedOperation.ServiceSuspendDueToArrears",
    1034: "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
    1036: "InvalidParameterValue.TemplateParameterLengthLimit",
    1038: "InvalidParameterValue.TemplateParameterFormatError",
    1045: "UnsupportedOperation.UnsupportedRegion",
    1046: "LimitExceeded.PhoneNumberCountLimit",
    1047: "LimitExceeded.DailyLimit",
    1048: "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
}
"""What the SMS service itself answers as ``result``."""

GATEWAY: Mapping[int, str] = {
    60002: "InvalidRequest",
    60003: "FailedOperation.JsonParseFail",
    60006: "InvalidParameterValue.SdkAppIdNotExist",
    60007: "RequestLimitExceeded",
    # "Timed out or malformed": the one of the two that leaves the outcome open.
    60008: "InternalError.Timeout",
    60009: "InternalError.RestApiInterfaceNotExist",
    60012: "MissingParameter",
    # The service answered and the gateway could not read it: the message may be on its way.
    60013: "InternalError.ParseBackendResponseFail",
}
"""What the gateway before it answers as ``ErrorCode``, in an envelope of its own."""

VOICE: Mapping[int, str] = {
    # "Unknown": nobody says that the phone did not ring.
    3001: "InternalError.UnknownError",
    3002: "InternalError.UpstreamError",
    3003: "FailedOperation.InvalidJsonParameters",
    3004: "FailedOperation.InvalidParameters",
    3011: "InternalError.AccessUpstreamTimeout",
    3014: "FailedOperation.PhonenumberUnappliedOrExpired",
}
"""What voice answers beyond the results it shares with SMS."""

NUMBERS: Mapping[int, str] = {**RESULTS, **GATEWAY, **VOICE}
"""All of them."""


def legacy_code(number: int) -> str:
    """The code of API 3.0 for a ``result`` or ``ErrorCode`` other than 0.

    A number nobody documents becomes a code nobody knows, whose outcome is open.
    """
    return NUMBERS.get(number) or f"v5.{number}"
