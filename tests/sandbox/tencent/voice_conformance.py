"""What the official SDK is made to try of the voice service: success and every code."""

from collections.abc import Mapping
from typing import Any

from tests.sandbox.tencent.test_voice_actions import CODE, TTS
from tests.sandbox.tencent.tried import VMS_SDK, VOICE, Tried, successes

Row = dict[str, Any]
FAILURES: Mapping[str, Row] = {
    "FailedOperation.InvalidParameters": {"PlayTimes": 4},
    "FailedOperation.InsufficientBalanceInVoicePackage": {"CalledNumber": "+8613800000027"},
    "InternalError.AccessUpstreamTimeout": {"CalledNumber": "+8613800000028"},
    "InvalidParameterValue.CalledNumberVerifyFail": {"CalledNumber": "+8612345"},
    "LimitExceeded.DeliveryFrequencyLimit": {"CalledNumber": "+8613800000026"},
    "UnauthorizedOperation.VoiceSdkAppidVerifyFail": {"VoiceSdkAppid": "1400000000"},
    "UnsupportedOperation": {"CalledNumber": "+14155550101"},
}
#: Action → parameters that succeed, and for each code the changes that bring it about.
TRIALS: Mapping[str, tuple[Row, Mapping[str, Row]]] = {
    "SendCodeVoice": (
        CODE,
        {**FAILURES, "InvalidParameterValue.ContentLengthLimit": {"CodeMessage": "1" * 345}},
    ),
    "SendTtsVoice": (
        TTS,
        {
            **FAILURES,
            "FailedOperation.TemplateIncorrectOrUnapproved": {"TemplateId": "4359"},
            "FailedOperation.ContainSensitiveWord": {"TemplateParamSet": ["赌博", "x"]},
            "InvalidParameterValue.ContentLengthLimit": {"TemplateParamSet": ["x" * 350, "y"]},
        },
    ),
}
SUCCESSES = tuple(
    cell for action in TRIALS for cell in successes(VOICE, action, VMS_SDK, "POST", "GET")
)
#: Cell → the changes to a call that would succeed.
REFUSED: Mapping[Tried, Row] = {
    Tried(VOICE, action, VMS_SDK, code=code): changes
    for action, (_, failures) in TRIALS.items()
    for code, changes in failures.items()
}
#: Cell → a page of the console and what is changed there, after which no call succeeds.
CLOSED: Mapping[Tried, tuple[str, Row]] = {
    Tried(VOICE, action, VMS_SDK, code=f"UnauthorizedOperation.{reason}"): closing
    for action in TRIALS
    for reason, closing in (
        ("SdkAppidIsDisabled", ("app", {"enabled": False})),
        ("ServiceSuspendDueToArrears", ("account", {"arrears": True})),
    )
}
CELLS = (*SUCCESSES, *REFUSED, *CLOSED)
