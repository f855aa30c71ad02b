"""What became of one message of a large send: a line of the file people take away."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.delivery import MessageState


@dataclass(frozen=True, slots=True)
class ResultLine:
    """`number` is masked. `code` is Tencent's, `carrier_code` the carrier's, `detail` a word of
    ours; each is "" where there is none."""

    file_row: int | None
    number: str
    state: MessageState
    code: str
    detail: str
    carrier_code: str
    serial: str
    fee_segments: int | None
    signed_at: datetime | None
    accepted_at: datetime | None
    final_at: datetime | None
