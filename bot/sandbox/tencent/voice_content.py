"""What may be said on the phone: voice templates and recordings."""

from dataclasses import dataclass
from enum import IntEnum

from bot.sandbox.tencent.content import Review, count_variables, fill_in

#: The whole text of a call (cloud.tencent.com/document/product/1128, SendTtsVoice).
MAX_TEXT_CHARACTERS = 350
MAX_PROMPT_CHARACTERS = 100
MAX_FILE_BYTES = 400 * 1024
#: What the codes of the codes' own call begin with; spoken by the vendor unasked.
CODE_INTRODUCTION = "您的验证码是"
#: How much sound a recording is taken to hold: MP3 at 128 kbit/s.
FILE_BYTES_PER_S = 16_000


@dataclass(frozen=True, slots=True)
class VoiceTemplate:
    """A text to be spoken; `content` holds its variables as ``{1}``, ``{2}``…"""

    template_id: int
    name: str
    content: str
    status: Review
    review_reply: str
    created_at_ms: int

    @property
    def variables(self) -> int:
        """How many values the template takes."""
        return count_variables(self.content)

    def fill(self, values: tuple[str, ...]) -> str:
        """The text with `values` put in; as many as there are variables."""
        return fill_in(self.content, values)


class FileStatus(IntEnum):
    """`status` of statusvoicefile."""

    PENDING = 0
    PASSED = 1
    REJECTED = 2
    ABSENT = 3


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """A recording somebody uploaded; its sound is not kept.

    A pending one passes by itself at `review_due_at_ms`, unless somebody decides before.
    """

    fid: str
    size_bytes: int
    decided: FileStatus
    review_due_at_ms: int

    def status(self, now_ms: int) -> FileStatus:
        """What the review has come to."""
        if self.decided is FileStatus.PENDING and now_ms >= self.review_due_at_ms:
            return FileStatus.PASSED
        return self.decided

    @property
    def speech_ms(self) -> int:
        """How long it takes to hear it once."""
        return 1000 * self.size_bytes // FILE_BYTES_PER_S


def seed_voice_templates(created_at_ms: int) -> tuple[VoiceTemplate, ...]:
    """Approved ones with and without variables, one in review, one rejected."""
    rows = (
        (4356, "语音验证码", "您的验证码是{1}，请勿告诉他人。", 0, ""),
        (4357, "发货语音通知", "您的订单{1}已发货，预计{2}送达。", 0, ""),
        (4358, "值班告警", "服务出现严重故障，收到请按1，转下一位值班人请按2。", 0, ""),
        (4359, "预约确认", "您预约的时间是{1}，确认请按1。", 1, ""),
        (4360, "会员活动", "会员专享优惠，详情请按1。", -1, "语音通知不支持营销内容。"),
    )
    return tuple(
        VoiceTemplate(number, name, text, Review(status), reply, created_at_ms)
        for number, name, text, status, reply in rows
    )
