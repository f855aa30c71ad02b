"""The test numbers on the phone: who picks up by themselves, who does not, and why not.

A number that is not in the table rings until somebody answers it in the page, or nobody does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.sandbox.tencent.voice_calls import DECLINED, NO_ANSWER


@dataclass(frozen=True, slots=True)
class VoiceFate:
    """What becomes of a call to one number.

    `refusal` is the code with which the API refuses it, `failure_code` why it fails after a while.
    One that `answers` presses `keys` at once and hears the text out if it `listens`.
    """

    name: str
    number: str | None = None
    refusal: str | None = None
    failure_code: int = 0
    answers: bool = False
    keys: str = ""
    listens: bool = True

    @property
    def label_key(self) -> str:
        return f"sandbox.call.{self.name}"

    @property
    def is_manual(self) -> bool:
        """Whether it rings until a person does something."""
        return not self.answers and not self.failure_code


MANUAL = VoiceFate("manual")

VOICE_FATES = (
    VoiceFate("answers", "+8613800000001", answers=True),
    VoiceFate("empty_number", "+8613800000002", failure_code=8),
    VoiceFate("switched_off", "+8613800000003", failure_code=1),
    VoiceFate("busy", "+8613800000021", failure_code=DECLINED),
    VoiceFate("no_answer", "+8613800000022", failure_code=NO_ANSWER),
    VoiceFate("out_of_area", "+8613800000023", failure_code=3),
    VoiceFate("presses_one", "+8613800000024", answers=True, keys="1"),
    VoiceFate("hangs_up", "+8613800000025", answers=True, listens=False),
    VoiceFate("limited", "+8613800000026", refusal="LimitExceeded.DeliveryFrequencyLimit"),
    VoiceFate(
        "package_empty",
        "+8613800000027",
        refusal="FailedOperation.InsufficientBalanceInVoicePackage",
    ),
    VoiceFate("timeout", "+8613800000028", refusal="InternalError.AccessUpstreamTimeout"),
)

BY_NUMBER: Mapping[str, VoiceFate] = MappingProxyType(
    {fate.number: fate for fate in VOICE_FATES if fate.number is not None}
)


def voice_fate_of(e164: str) -> VoiceFate:
    """The fate of a call to `e164`."""
    return BY_NUMBER.get(e164, MANUAL)
