"""Every code Tencent Cloud SMS and voice answer with: may the same be sent again, whose limit hit.

Source: errorcodes.py of the official SDK (sms 3.1.153, v20210111: 94 codes; vms 3.0.1459,
v20200902: twelve more), the three codes only v20190711 knows, the bare ones, and the gateway's own
(cloud.tencent.com/document/product/382/38780 and 382/52075). What legacy v5 answers is turned into
these by `bot.rules.legacy_codes`. The retry fates are our judgement; cause and cure stand in the
catalogue area ``tencent_codes``. Codes are open strings: one nobody listed is judged by its family.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

AREA = "tencent_codes"


class Retry(Enum):
    """What may be done with the same request after this code."""

    NO = "no"
    """Refused for certain, and again if repeated unchanged."""
    LATER = "later"
    """Refused for certain, and accepted again after the stated wait."""
    BACKOFF = "backoff"
    """Refused for certain because we were too fast; slow down."""
    UNKNOWN_OUTCOME = "unknown_outcome"
    """Tencent itself does not know: it may have been sent. Never repeat by itself."""


class Frequency(Enum):
    """Which kind of limit a code belongs to."""

    NONE = "none"
    NUMBER = "number"
    """A frequency rule of one number, set in the console."""
    VOLUME = "volume"
    """A daily quota of the application or the account."""
    COUNTRY = "country"
    """The application's list of permitted countries."""
    RATE = "rate"
    """Requests or messages per second."""


class Wait(Enum):
    """How long a LATER takes; the days are Beijing's."""

    THIRTY_SECONDS = "thirty_seconds"
    ONE_HOUR = "one_hour"
    NEXT_DAY = "next_day"
    EIGHT_OCLOCK = "eight_oclock"


class Kind(Enum):
    """What a code is about, in the words of whoever has to mend it."""

    NUMBER_LIMIT = "number_limit"
    VOLUME_LIMIT = "volume_limit"
    COUNTRY = "country"
    RATE = "rate"
    LIMIT = "limit"
    """Another limit of Tencent's."""
    HOURS = "hours"
    """Marketing at night."""
    OPERATOR = "operator"
    """Account, key, clock or application."""
    OUTCOME = "outcome"
    """Tencent does not know what became of it."""
    NUMBER = "number"
    """The recipient."""
    CONTENT = "content"
    """Signature, template, or a value in it."""
    REQUEST = "request"
    """Anything else about the request."""


KINDS_BY_FREQUENCY: Mapping[Frequency, Kind] = {
    Frequency.NUMBER: Kind.NUMBER_LIMIT,
    Frequency.VOLUME: Kind.VOLUME_LIMIT,
    Frequency.COUNTRY: Kind.COUNTRY,
    Frequency.RATE: Kind.RATE,
}
KINDS_BY_NAME: Mapping[Kind, re.Pattern[str]] = {
    Kind.LIMIT: re.compile(r"LimitExceeded\b"),
    Kind.OPERATOR: re.compile("NotEnterprise|SubAccount|IndividualUser"),
    Kind.CONTENT: re.compile(
        "Sign|Template|Word|Image|Document|Qualification|ContentLength|Invalid(Intern|Sms|Used)"
    ),
    Kind.NUMBER: re.compile("Phone|Called|UnsupportedOperation.UnsupportedRegion"),
}
"""Read off the names in this order: ``…TemplateToGlobalPhone`` is about the template."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code and what it means for us."""

    name: str
    retry: Retry
    frequency: Frequency = Frequency.NONE
    wait: Wait | None = None
    """Set exactly where `retry` is LATER."""
    pause: bool = False
    """The account, key, clock or application is the trouble, not the message: every send will meet
    it, so pause sending and tell an operator."""
    known: bool = True
    """False where only the family was recognised."""

    @property
    def permanent(self) -> bool:
        """Whether the same request stays refused until somebody changes something."""
        return self.retry is Retry.NO

    @property
    def kind(self) -> Kind:
        """What it is about."""
        if self.frequency is not Frequency.NONE:
            return KINDS_BY_FREQUENCY[self.frequency]
        if self.pause:
            return Kind.OPERATOR
        if self.retry is Retry.UNKNOWN_OUTCOME:
            return Kind.OUTCOME
        if self.retry is Retry.BACKOFF:
            return Kind.RATE
        if self.retry is Retry.LATER:
            return Kind.HOURS
        found = (kind for kind, names in KINDS_BY_NAME.items() if names.search(self.name))
        return next(found, Kind.REQUEST)

    @property
    def cause_key(self) -> str:
        return f"{AREA}.{self._entry}.cause"

    @property
    def cure_key(self) -> str:
        return f"{AREA}.{self._entry}.cure"

    @property
    def _entry(self) -> str:
        return f"code.{self.name}" if self.known else f"family.{family_of(self.name)}"


def code_of(name: str) -> Code:
    """What is known about `name`, by itself or by its family. Takes any string."""
    # The international SDK ends one of its codes with a dot.
    name = name.removesuffix(".")
    found = CODES.get(name)
    if found is not None:
        return found
    retry, pause = FAMILIES[family_of(name)]
    return Code(name, retry, pause=pause, known=False)


def family_of(name: str) -> str:
    """The family of a code: what stands before its first dot, or ``Other``."""
    family = name.partition(".")[0]
    return family if family in FAMILIES else OTHER


OTHER = "Other"
FAMILIES: Mapping[str, tuple[Retry, bool]] = {
    "AuthFailure": (Retry.NO, True),
    "UnauthorizedOperation": (Retry.NO, False),
    "FailedOperation": (Retry.NO, False),
    "InvalidParameter": (Retry.NO, False),
    "InvalidParameterValue": (Retry.NO, False),
    "MissingParameter": (Retry.NO, False),
    "UnknownParameter": (Retry.NO, False),
    "UnsupportedOperation": (Retry.NO, False),
    "LimitExceeded": (Retry.NO, False),
    "RequestLimitExceeded": (Retry.BACKOFF, False),
    "InternalError": (Retry.UNKNOWN_OUTCOME, False),
    # A family nobody has seen proves nothing about what became of the message.
    OTHER: (Retry.UNKNOWN_OUTCOME, False),
}
"""What an unlisted code is taken for: its retry fate, and whether it asks for an operator."""


def _names(prefix: str, text: str) -> Iterator[str]:
    for name in text.split():
        yield f"{prefix}.{name}" if prefix else name


def _all() -> Iterator[Code]:
    for prefix, names in PLAIN_REFUSALS.items():
        yield from (Code(name, Retry.NO) for name in _names(prefix, names))
    for prefix, names in PAUSING.items():
        yield from (Code(name, Retry.NO, pause=True) for name in _names(prefix, names))
    yield from (Code(name, Retry.UNKNOWN_OUTCOME) for name in UNKNOWN_OUTCOMES.split())
    yield from LIMITS


PLAIN_REFUSALS: Mapping[str, str] = {
    "": """
        DryRunOperation FailedOperation InvalidAction InvalidParameter InvalidParameterValue
        InvalidRequest LimitExceeded MissingParameter NoSuchProduct NoSuchVersion ActionOffline
        RequestSizeLimitExceeded ResourceInUse ResourceInsufficient ResourceNotFound
        UnknownParameter UnsupportedOperation UnsupportedProtocol UnsupportedRegion
        """,
    "FailedOperation": """
        ContainSensitiveWord FailResolvePacket ForbidAddMarketingTemplates InvalidJsonParameters
        InvalidParameters JsonParseFail
        MissingSignature MissingSignatureList MissingSignatureToModify MissingTemplateList
        MissingTemplateToModify NotEnterpriseCertification OtherError ParametersOtherError
        PhoneNumberInBlacklist PhoneNumberParseFail ProhibitSubAccountUse QualificationIdNotApproved
        SignIdNotExist SignNumberLimit SignatureIncorrectOrUnapproved TemplateAlreadyPassedCheck
        TemplateIdNotExist TemplateIncorrectOrUnapproved TemplateNumberLimit
        TemplateParamSetNotMatchApprovedTemplate TemplateUnapprovedOrNotExist
        """,
    "InternalError": "JsonParseFail RestApiInterfaceNotExist",
    "InvalidParameter": "DirtyWordFound InvalidParameters",
    "InvalidParameterValue": """
        BeginTimeVerifyFail CalledNumberVerifyFail ContentLengthLimit EndTimeVerifyFail ImageInvalid
        IncorrectPhoneNumber InvalidDocumentType InvalidInternational InvalidSignPurpose
        InvalidSmsType InvalidStartTime InvalidTemplateFormat InvalidUsedMethod LimitVerifyFail
        MarketingTemplateWithoutUnsubscribe MissingSignatureList MultiSmsInfoSetEmpty
        OffsetVerifyFail ProhibitedUseUrlInTemplateParameter QualificationIdNotFound
        SignAlreadyPassedCheck SignExistAndUnapproved SignNameLengthTooLong
        TemplateParameterFormatError TemplateParameterLengthLimit TemplateWithDirtyWords
        UnsupportedTemplateVariable
        """,
    "LimitExceeded": "PhoneNumberCountLimit",
    "MissingParameter": "EmptyPhoneNumberSet MissingSignatureList",
    "UnauthorizedOperation": "IndividualUserMarketingSmsPermissionDeny",
    "UnsupportedOperation": """
        ChineseMainlandTemplateToGlobalPhone ContainDomesticAndInternationalPhoneNumber
        ContainDomesticPhoneNumber GlobalTemplateToChineseMainlandPhone UnsupportedRegion
        """,
}

PAUSING: Mapping[str, str] = {
    "": "IpInBlacklist IpNotInWhitelist UnauthorizedOperation",
    "AuthFailure": """
        InvalidAuthorization InvalidSecretId MFAFailure SecretIdNotFound SignatureExpire
        SignatureFailure TokenFailure UnauthorizedOperation
        """,
    "FailedOperation": """
        InsufficientBalanceInSmsPackage InsufficientBalanceInVoicePackage
        PhonenumberUnappliedOrExpired
        """,
    # The key of legacy v5 is the application's: wrong once, it is wrong for every send.
    "InternalError": "RequestTimeException SigFieldMissing SigVerificationFail",
    "InvalidParameter": "AppidAndBizId",
    # Voice spells Appid where SMS spells AppId.
    "InvalidParameterValue": "SdkAppIdNotExist SdkAppidNotExist",
    "UnauthorizedOperation": """
        RequestIpNotInWhitelist RequestPermissionDeny SdkAppIdIsDisabled SdkAppidIsDisabled
        ServiceSuspendDueToArrears SmsSdkAppIdVerifyFail VoiceSdkAppidVerifyFail
        """,
}

UNKNOWN_OUTCOMES = """
    FailedOperation.AccessUpstreamTimeout InternalError InternalError.AccessUpstreamTimeout
    InternalError.ConstructUserDataFail InternalError.OtherError
    InternalError.ParseBackendResponseFail InternalError.SendAndRecvFail
    InternalError.SsoSendRecvFail InternalError.Timeout InternalError.UnknownError
    InternalError.UpstreamError ResourceUnavailable ResponseSizeLimitExceeded ServiceUnavailable
    """

LIMITS = (
    Code(
        "FailedOperation.MarketingSendTimeConstraint",
        Retry.LATER,
        wait=Wait.EIGHT_OCLOCK,
    ),
    # The generic rule does not say which window it was; an hour outlasts all but the daily one.
    Code("LimitExceeded.DeliveryFrequencyLimit", Retry.LATER, Frequency.NUMBER, Wait.ONE_HOUR),
    Code(
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        Retry.LATER,
        Frequency.NUMBER,
        Wait.THIRTY_SECONDS,
    ),
    Code("LimitExceeded.PhoneNumberOneHourLimit", Retry.LATER, Frequency.NUMBER, Wait.ONE_HOUR),
    Code("LimitExceeded.PhoneNumberDailyLimit", Retry.LATER, Frequency.NUMBER, Wait.NEXT_DAY),
    # "Daily" by name, but the default rule behind it is one in 30 s (382/13303, 2025-11-03).
    Code(
        "LimitExceeded.PhoneNumberSameContentDailyLimit",
        Retry.LATER,
        Frequency.NUMBER,
        Wait.THIRTY_SECONDS,
    ),
    Code("LimitExceeded.AppDailyLimit", Retry.LATER, Frequency.VOLUME, Wait.NEXT_DAY),
    Code("LimitExceeded.AppMainlandChinaDailyLimit", Retry.LATER, Frequency.VOLUME, Wait.NEXT_DAY),
    Code("LimitExceeded.AppGlobalDailyLimit", Retry.LATER, Frequency.VOLUME, Wait.NEXT_DAY),
    Code(
        "LimitExceeded.AppCountryOrRegionDailyLimit",
        Retry.LATER,
        Frequency.VOLUME,
        Wait.NEXT_DAY,
    ),
    Code("LimitExceeded.DailyLimit", Retry.LATER, Frequency.VOLUME, Wait.NEXT_DAY),
    Code("LimitExceeded.AppCountryOrRegionInBlacklist", Retry.NO, Frequency.COUNTRY),
    Code("LimitExceeded.GlobalSmsSendingRateLimit", Retry.BACKOFF, Frequency.RATE),
    Code("RequestLimitExceeded", Retry.BACKOFF, Frequency.RATE),
    Code("RequestLimitExceeded.GlobalRegionUinLimitExceeded", Retry.BACKOFF, Frequency.RATE),
    Code("RequestLimitExceeded.IPLimitExceeded", Retry.BACKOFF, Frequency.RATE),
    Code("RequestLimitExceeded.UinLimitExceeded", Retry.BACKOFF, Frequency.RATE),
)

CODES: Mapping[str, Code] = {code.name: code for code in _all()}
"""All codes by name."""
