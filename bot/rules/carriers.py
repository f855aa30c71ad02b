"""Whose number range a mainland mobile number is from, by its first three digits.

Ranges as the Ministry of Industry and Information Technology gave them out, as of 2025; numbers may
have been taken along to another carrier since November 2019, which nothing in the number tells.
"""

from enum import StrEnum

COUNTRY_CODE, RANGE_DIGITS = "+86", 3


class Carrier(StrEnum):
    """Who a number range was given to; `NONE` where it is not a mainland one."""

    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"
    BROADNET = "broadnet"
    #: Resellers on the networks of the three.
    VIRTUAL = "virtual"
    #: A range nobody is known to have been given.
    OTHER = "other"
    NONE = ""


RANGES = {
    Carrier.MOBILE: "134 135 136 137 138 139 144 147 148 150 151 152 157 158 159 172 178 182 183 "
    "184 187 188 195 197 198",
    Carrier.UNICOM: "130 131 132 140 145 146 155 156 166 175 176 185 186 196",
    Carrier.TELECOM: "133 141 149 153 173 174 177 180 181 189 190 191 193 199",
    Carrier.BROADNET: "192",
    Carrier.VIRTUAL: "162 165 167 170 171",
}
_OF_RANGE = {
    COUNTRY_CODE + digits: carrier
    for carrier, ranges in RANGES.items()
    for digits in ranges.split()
}
RANGE_CHARS = len(COUNTRY_CODE) + RANGE_DIGITS


def carrier_of(number: str) -> Carrier:
    """Of a number in E.164, or of its first six characters (``+86138``)."""
    if not number.startswith(COUNTRY_CODE):
        return Carrier.NONE
    return _OF_RANGE.get(number[:RANGE_CHARS], Carrier.OTHER)
