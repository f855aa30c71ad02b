"""Answers to harmless questions tell whether a key holds and what it may do."""

import pytest

from bot.rules.doctor import Found
from bot.rules.onboarding import NOT_ENTERPRISE
from bot.rules.probes import NO_NUMBER, ROOT_ONLY, Probe, Silence, judge

WHERE = "https://sms.tencentcloudapi.com"
LIST, SEND = Probe("DescribeSmsSignList"), Probe("SendSms", NO_NUMBER)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AuthFailure.SecretIdNotFound", Found.KEY_REFUSED),
        ("AuthFailure.SignatureFailure", Found.KEY_REFUSED),
        ("InternalError.SigVerificationFail", Found.KEY_REFUSED),
        ("AuthFailure.SignatureExpire", Found.KEY_CLOCK),
        ("UnauthorizedOperation.RequestIpNotInWhitelist", Found.KEY_ADDRESS),
    ],
)
def test_a_key_that_is_refused_is_all_there_is_to_say(code: str, expected: Found) -> None:
    (only,) = judge([Probe("DescribeSmsSignList", code), SEND], WHERE)
    assert (only.found, only.facts) == (expected, {"code": code})


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (Silence.UNREACHABLE, Found.KEY_UNREACHABLE),
        (Silence.BAD_ANSWER, Found.KEY_BAD_ANSWER),
        (Silence.TROUBLE, Found.KEY_TROUBLE),
    ],
)
def test_who_does_not_answer_is_named(silence: Silence, expected: Found) -> None:
    (only,) = judge([Probe("DescribeSmsSignList", silence=silence)], WHERE)
    assert (only.found, only.facts) == (expected, {"where": WHERE})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AuthFailure.UnauthorizedOperation", Found.PERMISSIONS_DENIED),
        ("UnauthorizedOperation.RequestPermissionDeny", Found.PERMISSIONS_DENIED),
        (ROOT_ONLY, Found.PERMISSIONS_ROOT_ONLY),
        ("InternalError.OtherError", Found.PERMISSIONS_OTHER),
    ],
)
def test_an_action_that_is_refused_is_named(code: str, expected: Found) -> None:
    key, denied = judge([LIST, Probe("SmsPackagesStatistics", code), SEND], WHERE)
    assert key.found is Found.KEY_WORKS
    assert denied.found is expected
    assert denied.facts == {"action": "SmsPackagesStatistics", "code": code}


def test_one_that_stays_without_an_answer_is_named_too() -> None:
    _, other = judge([LIST, Probe("SendSms", silence=Silence.UNREACHABLE)], WHERE)
    assert (other.found, other.facts["code"]) == (Found.PERMISSIONS_OTHER, "unreachable")


@pytest.mark.parametrize("code", [NOT_ENTERPRISE, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"])
def test_what_account_and_application_say_is_said_there(code: str) -> None:
    _, granted = judge([Probe("DescribeSmsSignList", code), LIST, SEND], WHERE)
    assert (granted.found, granted.facts) == (Found.PERMISSIONS_GRANTED, {"count": 2})
