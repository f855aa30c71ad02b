"""What can be told from a phone number alone (API 3.0)."""

from collections.abc import Mapping
from typing import Any

import phonenumbers

from bot.locales import Locale
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.refusals import sentence
from bot.sandbox.tencent.send_actions import check_numbers
from bot.sandbox.tencent.world import World

#: Longer than any number can be, trunk zeros included; the rest is not worth parsing.
MAX_CHARACTERS = 40
NOT_PARSED = "FailedOperation.PhoneNumberParseFail"


def describe_numbers(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DescribePhoneNumberInfo: one row a number; one that is none comes back as it was."""
    numbers = Fields(parameters, required=("PhoneNumberSet",)).texts("PhoneNumberSet")
    check_numbers(numbers)
    return {"PhoneNumberInfoSet": [_row(each) for each in numbers]}


def without_trunk_zero(text: str) -> PhoneNumber | None:
    """The number meant by `text`, a trunk zero behind the country code taken away."""
    if not text.startswith("+") or len(text) > MAX_CHARACTERS:
        return read_number(text)
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    return read_number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def country_name(iso_code: str) -> str:
    """The English name of a country, "" if unknown."""
    # Loading the names of all countries takes most of a second; few callers ever need them.
    from phonenumbers.geodata.locale import LOCALE_DATA

    names: Mapping[str, str] = LOCALE_DATA.get(iso_code, {})
    name = names.get("en", "")
    # A star stands in front of the language whose name is the same.
    return names[name[1:]] if name.startswith("*") else name


def _row(text: str) -> dict[str, Any]:
    number = without_trunk_zero(text)
    if number is None:
        return {
            "Code": NOT_PARSED,
            "Message": sentence(NOT_PARSED, Locale.EN),
            "NationCode": "",
            "SubscriberNumber": "",
            "PhoneNumber": text,
            "IsoCode": "",
            "IsoName": "",
        }
    return {
        "Code": "Ok",
        "Message": "Describe success",
        "NationCode": number.country_code,
        "SubscriberNumber": number.subscriber,
        "PhoneNumber": number.e164,
        "IsoCode": number.iso_code,
        "IsoName": country_name(number.iso_code),
    }
