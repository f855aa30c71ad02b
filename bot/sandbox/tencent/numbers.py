"""Which strings SendSms takes for a phone number, and what it makes of them."""

import re
from dataclasses import dataclass

import phonenumbers

#: +86…, 0086…, 86… and the bare eleven digits are all the same mainland mobile.
MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})", re.ASCII)
INTERNATIONAL = re.compile(r"\+[1-9]\d{5,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164 with its ISO country code ("DEF" where none is known)."""

    e164: str
    iso_code: str

    @property
    def is_mainland(self) -> bool:
        return self.iso_code == "CN"

    @property
    def country_code(self) -> str:
        return "86" if self.is_mainland else str(phonenumbers.parse(self.e164).country_code)

    @property
    def subscriber(self) -> str:
        """The number without plus sign and country code."""
        return self.e164[1 + len(self.country_code) :]


def read_number(text: str) -> PhoneNumber | None:
    """The number meant by `text`, or None: malformed, a mainland landline, no such country."""
    if mainland := MAINLAND.fullmatch(text):
        return PhoneNumber("+86" + mainland[1], "CN")
    if text.startswith("+86") or not INTERNATIONAL.fullmatch(text):
        return None
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return PhoneNumber(text, phonenumbers.region_code_for_number(parsed) or "DEF")
