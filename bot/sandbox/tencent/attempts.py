"""One message to one number: what was asked for, and what became of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message to one number. `serial` is empty and `code` not "Ok" if the API refused it.

    `text` is what the handset shows, `masked` the same with the values hidden. The `reported_…`
    fields hold the latest delivery report; `reported_at_ms` is None until there is one.
    `converted_at_ms` is when the code in it was typed in somewhere, if anybody reported that.
    """

    attempt_id: int
    serial: str
    number: str
    iso_code: str
    app: str
    sign: str
    text: str
    masked: str
    fee_segments: int
    code: str
    context: str
    fate: str
    asked_at_ms: int
    arrived_at_ms: int | None = None
    reported_at_ms: int | None = None
    reported_success: bool | None = None
    reported_code: str = ""
    sms_type: int = 0
    converted_at_ms: int | None = None

    @property
    def accepted(self) -> bool:
        return bool(self.serial)
