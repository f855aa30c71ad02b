"""What one sandbox is told about its voice calls: limits, pace, where callbacks go."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceRules:
    """How many calls of one kind a callee may get.

    `day` is the calendar day in Asia/Shanghai, `night` 22:00 to 08:00 there.
    """

    thirty_seconds: int
    ten_minutes: int
    day: int
    night: int


#: The vendor's defaults, and the most that support grants for notices (docs snapshot 2021-07-20,
#: FAQ of the voice product). Not editable in the console.
CODE_RULES = VoiceRules(thirty_seconds=1, ten_minutes=2, day=3, night=1)
NOTICE_RULES = VoiceRules(thirty_seconds=1, ten_minutes=2, day=5, night=1)
RAISED_NOTICE_RULES = VoiceRules(thirty_seconds=2, ten_minutes=10, day=50, night=50)


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """The voice settings of one sandbox.

    `answer_delay_s` is how long the test numbers let it ring, `ring_timeout_s` how long a phone
    that waits for a person does. Speech takes `seconds_per_character`, recordings as long as
    their size says. `file_review_s` is how long an uploaded recording stays in review.
    `prompts_enabled` opens sendvoiceprompt of v5, which the vendor does only on request.
    """

    code_rules: VoiceRules = CODE_RULES
    notice_rules: VoiceRules = NOTICE_RULES
    answer_delay_s: float = 2.0
    ring_timeout_s: float = 45.0
    seconds_per_character: float = 0.25
    file_review_s: float = 10.0
    package_minutes: int = 1000
    prompts_enabled: bool = False
    callback_url: str | None = None
    callback_attempts: int = 3
    callback_retry_s: float = 5.0
    callback_timeout_s: float = 5.0
    caller: str = "075583763333"
