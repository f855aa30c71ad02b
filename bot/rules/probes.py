"""What answers to harmless questions tell of a key: whether it holds, and what it may do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.doctor import Finding, Found
from bot.rules.onboarding import NOT_ENTERPRISE, NOT_OURS

#: SendSms without a number is refused with this where the key may send: nothing can leave by it
#: (MissingParameter.EmptyPhoneNumberSet, API 3.0, error codes, SDK 3.1.195).
NO_NUMBER = "MissingParameter.EmptyPhoneNumberSet"
#: Which key it is, and its signature (API 3.0, common error codes, 382/38780); of v5 the AppKey's.
OF_KEY = frozenset(
    {
        "AuthFailure.InvalidAuthorization",
        "AuthFailure.InvalidSecretId",
        "AuthFailure.MFAFailure",
        "AuthFailure.SecretIdNotFound",
        "AuthFailure.SignatureFailure",
        "AuthFailure.TokenFailure",
        "InternalError.SigFieldMissing",
        "InternalError.SigVerificationFail",
    }
)
OF_CLOCK = frozenset({"AuthFailure.SignatureExpire", "InternalError.RequestTimeException"})
OF_ADDRESS = frozenset(
    {"IpInBlacklist", "IpNotInWhitelist", "UnauthorizedOperation.RequestIpNotInWhitelist"}
)
#: The key holds, and whoever it belongs to may not ask this.
DENIED = frozenset(
    {
        "AuthFailure.UnauthorizedOperation",
        "UnauthorizedOperation",
        "UnauthorizedOperation.RequestPermissionDeny",
    }
)
#: "Only the root account may list templates" (SDK 3.1.195).
ROOT_ONLY = "FailedOperation.ProhibitSubAccountUse"


class Silence(StrEnum):
    """How a question stayed without an answer."""

    UNREACHABLE = "unreachable"
    BAD_ANSWER = "bad_answer"
    #: Who answers says that it is in trouble.
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to Tencent: by which action, with which code it was refused ("" for an answer),
    or how it stayed without one."""

    action: str
    code: str = ""
    silence: Silence | None = None

    @property
    def is_answered(self) -> bool:
        """Whether it brought what was asked for; of a send without a number, that it may be."""
        return self.silence is None and self.code in {"", NO_NUMBER}


OF_KEY_FOUND = (
    (OF_CLOCK, Found.KEY_CLOCK),
    (OF_KEY, Found.KEY_REFUSED),
    (OF_ADDRESS, Found.KEY_ADDRESS),
)


#: The first that fits tells most.
OF_SILENCE = (
    (Silence.TROUBLE, Found.KEY_TROUBLE),
    (Silence.BAD_ANSWER, Found.KEY_BAD_ANSWER),
    (Silence.UNREACHABLE, Found.KEY_UNREACHABLE),
)


def judge(probes: Sequence[Probe], endpoint: str) -> list[Finding]:
    """What they tell together: the key first, then each action it may not use."""
    key = _key(probes, endpoint)
    if key.found is not Found.KEY_WORKS:
        return [key]
    return [key, *_permissions(probes)]


def _key(probes: Sequence[Probe], endpoint: str) -> Finding:
    for codes, found in OF_KEY_FOUND:
        code = next((each.code for each in probes if each.code in codes), "")
        if code:
            return Finding(found, {"code": code})
    answered = [each for each in probes if each.silence is None]
    if answered:
        return Finding(Found.KEY_WORKS)
    silences = {each.silence for each in probes}
    found = next(found for silence, found in OF_SILENCE if silence in silences)
    return Finding(found, {"where": endpoint})


def _permissions(probes: Iterable[Probe]) -> list[Finding]:
    found: list[Finding] = []
    granted = 0
    for each in probes:
        facts: dict[str, str | int] = {"action": each.action, "code": each.code}
        if each.code in DENIED:
            found.append(Finding(Found.PERMISSIONS_DENIED, facts))
        elif each.code == ROOT_ONLY:
            found.append(Finding(Found.PERMISSIONS_ROOT_ONLY, facts))
        elif each.silence is not None:
            facts["code"] = each.silence.value
            found.append(Finding(Found.PERMISSIONS_OTHER, facts))
        elif each.is_answered:
            granted += 1
        elif each.code != NOT_ENTERPRISE and each.code not in NOT_OURS:
            # What these two mean stands with the account and the application.
            found.append(Finding(Found.PERMISSIONS_OTHER, facts))
    return found or [Finding(Found.PERMISSIONS_GRANTED, {"count": granted})]
