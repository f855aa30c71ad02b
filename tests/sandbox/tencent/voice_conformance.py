"""What the vendor's client code is made to try of the voice service: success and every code.

`JUDGED_VOICE` is what the table of conformance is made from: action → the test that judges its
success and the codes its failures were judged with.
"""

from collections.abc import Mapping
from typing import Any

from tests.sandbox.tencent.test_voice_actions import CODE, TTS

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
SUCCESS_TEST = "tests/sandbox/tencent/test_voice_sdk.py::test_a_call_is_placed"

JUDGED_VOICE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    action: (f"{SUCCESS_TEST}[{action}-POST]", tuple(sorted(failures)))
    for action, (_, failures) in TRIALS.items()
}
