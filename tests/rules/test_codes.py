"""Every code of the official SDK has its fate, and its cause and cure in both languages."""

from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.sms.v20190711 import errorcodes as old_codes
from tencentcloud.sms.v20210111 import errorcodes

from bot.locales import Locale, find, sentences
from bot.rules.codes import CODES, FAMILIES, Code, Frequency, Kind, Retry, Wait, code_of

# The gateway's own codes: cloud.tencent.com/document/product/382/38780 and 382/52075.
GATEWAY = """
    ActionOffline AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId
    AuthFailure.MFAFailure AuthFailure.SecretIdNotFound AuthFailure.SignatureExpire
    AuthFailure.SignatureFailure AuthFailure.TokenFailure AuthFailure.UnauthorizedOperation
    DryRunOperation FailedOperation InternalError InvalidAction InvalidParameter
    InvalidParameterValue InvalidRequest IpInBlacklist IpNotInWhitelist LimitExceeded
    MissingParameter NoSuchProduct NoSuchVersion RequestLimitExceeded
    RequestLimitExceeded.GlobalRegionUinLimitExceeded RequestLimitExceeded.IPLimitExceeded
    RequestLimitExceeded.UinLimitExceeded RequestSizeLimitExceeded ResourceInUse
    ResourceInsufficient ResourceNotFound ResourceUnavailable ResponseSizeLimitExceeded
    ServiceUnavailable UnauthorizedOperation UnknownParameter UnsupportedOperation
    UnsupportedProtocol UnsupportedRegion
    """
# Those of errorcodes.py of the official voice SDK (vms 3.0.1459, v20200902) that SMS does not have.
VOICE = """
    FailedOperation.AccessUpstreamTimeout FailedOperation.InsufficientBalanceInVoicePackage
    FailedOperation.InvalidJsonParameters FailedOperation.InvalidParameters
    FailedOperation.PhonenumberUnappliedOrExpired InternalError.AccessUpstreamTimeout
    InternalError.SsoSendRecvFail InternalError.UpstreamError
    InvalidParameterValue.CalledNumberVerifyFail InvalidParameterValue.SdkAppidNotExist
    UnauthorizedOperation.SdkAppidIsDisabled UnauthorizedOperation.VoiceSdkAppidVerifyFail
    """


def constants(module: ModuleType) -> set[str]:
    return {value for name, value in vars(module).items() if name.isupper()}


def test_the_official_sdk_has_94_codes_and_the_table_has_them_all() -> None:
    assert len(constants(errorcodes)) == 94
    assert constants(errorcodes) <= set(CODES)


def test_the_table_has_those_of_voice_the_old_version_and_the_gateway_too_and_no_others() -> None:
    others = {*GATEWAY.split(), *VOICE.split()}
    assert set(CODES) == constants(errorcodes) | constants(old_codes) | others


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("name", [*CODES, *(f"{family}.Unheard" for family in FAMILIES)])
def test_every_code_and_family_has_one_sentence_of_cause_and_of_cure(
    name: str, locale: Locale
) -> None:
    code = code_of(name)
    for key in (code.cause_key, code.cure_key):
        sentence = find(locale, key)
        assert sentence is not None, key
        assert sentence.endswith("." if locale is Locale.EN else "。")
        assert len(sentence) <= 150
        assert "{" not in sentence


@pytest.mark.parametrize("locale", Locale)
def test_the_catalogue_explains_nothing_that_is_not_in_the_table(locale: Locale) -> None:
    codes = [code_of(name) for name in CODES]
    families = [code_of(f"{family}.Unheard") for family in FAMILIES]
    keys = {key for code in codes + families for key in (code.cause_key, code.cure_key)}
    assert {f"tencent_codes.{name}" for name in sentences(locale, "tencent_codes")} == keys


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.name)
def test_a_wait_is_named_exactly_where_the_fate_is_later(code: Code) -> None:
    assert (code.wait is not None) == (code.retry is Retry.LATER)
    assert code.permanent == (code.retry is Retry.NO)


def test_only_number_rules_of_the_console_count_as_number_limits() -> None:
    found = {name for name, code in CODES.items() if code.frequency is Frequency.NUMBER}
    assert found == {
        "LimitExceeded.DeliveryFrequencyLimit",
        "LimitExceeded.PhoneNumberDailyLimit",
        "LimitExceeded.PhoneNumberOneHourLimit",
        "LimitExceeded.PhoneNumberSameContentDailyLimit",
        "LimitExceeded.PhoneNumberThirtySecondLimit",
    }


@pytest.mark.parametrize(
    ("name", "retry", "wait", "pause"),
    [
        ("FailedOperation.PhoneNumberInBlacklist", Retry.NO, None, False),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Retry.NO, None, True),
        ("FailedOperation.MarketingSendTimeConstraint", Retry.LATER, Wait.EIGHT_OCLOCK, False),
        ("InternalError.Timeout", Retry.UNKNOWN_OUTCOME, None, False),
        ("InternalError.SendAndRecvFail", Retry.UNKNOWN_OUTCOME, None, False),
        ("InternalError.OtherError", Retry.UNKNOWN_OUTCOME, None, False),
        ("InternalError.UnknownError", Retry.UNKNOWN_OUTCOME, None, False),
        ("InternalError.RequestTimeException", Retry.NO, None, True),
        ("InternalError.SigVerificationFail", Retry.NO, None, True),
        ("InternalError.UpstreamError", Retry.UNKNOWN_OUTCOME, None, False),
        ("InternalError.SsoSendRecvFail", Retry.UNKNOWN_OUTCOME, None, False),
        ("FailedOperation.AccessUpstreamTimeout", Retry.UNKNOWN_OUTCOME, None, False),
        ("FailedOperation.InsufficientBalanceInVoicePackage", Retry.NO, None, True),
        ("FailedOperation.PhonenumberUnappliedOrExpired", Retry.NO, None, True),
        ("AuthFailure.SignatureExpire", Retry.NO, None, True),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", Retry.NO, None, True),
        ("UnauthorizedOperation.SdkAppIdIsDisabled", Retry.NO, None, True),
        ("UnauthorizedOperation.RequestIpNotInWhitelist", Retry.NO, None, True),
        ("LimitExceeded.PhoneNumberDailyLimit", Retry.LATER, Wait.NEXT_DAY, False),
        ("RequestLimitExceeded", Retry.BACKOFF, None, False),
    ],
)
def test_codes_that_decide_about_money_or_duplicates_have_this_fate(
    name: str, retry: Retry, wait: Wait | None, pause: bool
) -> None:
    code = CODES[name]
    assert (code.retry, code.wait, code.pause) == (retry, wait, pause)


def test_the_international_spelling_with_a_dot_at_its_end_is_the_same_code() -> None:
    assert code_of("UnsupportedOperation.") is CODES["UnsupportedOperation"]


@pytest.mark.parametrize(
    ("name", "retry"),
    [
        ("AuthFailure.New", Retry.NO),
        ("LimitExceeded.New", Retry.NO),
        ("RequestLimitExceeded.New", Retry.BACKOFF),
        ("InternalError.New", Retry.UNKNOWN_OUTCOME),
        ("SomethingElse", Retry.UNKNOWN_OUTCOME),
        ("", Retry.UNKNOWN_OUTCOME),
    ],
)
def test_an_unlisted_code_is_judged_by_its_family(name: str, retry: Retry) -> None:
    code = code_of(name)
    assert (code.retry, code.known) == (retry, False)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_string_is_a_code_with_an_explanation(name: str) -> None:
    assert find(Locale.EN, code_of(name).cause_key)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", Kind.NUMBER_LIMIT),
        ("LimitExceeded.AppDailyLimit", Kind.VOLUME_LIMIT),
        ("LimitExceeded.AppCountryOrRegionInBlacklist", Kind.COUNTRY),
        ("LimitExceeded.PhoneNumberCountLimit", Kind.LIMIT),
        ("RequestLimitExceeded.Unheard", Kind.RATE),
        ("FailedOperation.MarketingSendTimeConstraint", Kind.HOURS),
        ("AuthFailure.SignatureExpire", Kind.OPERATOR),
        ("FailedOperation.NotEnterpriseCertification", Kind.OPERATOR),
        ("InternalError.Timeout", Kind.OUTCOME),
        ("FailedOperation.PhoneNumberInBlacklist", Kind.NUMBER),
        ("UnsupportedOperation.GlobalTemplateToChineseMainlandPhone", Kind.CONTENT),
        ("FailedOperation.SignatureIncorrectOrUnapproved", Kind.CONTENT),
        ("UnsupportedRegion", Kind.REQUEST),
    ],
)
def test_a_code_is_of_the_kind_of_what_has_to_be_mended(name: str, kind: Kind) -> None:
    assert code_of(name).kind is kind
