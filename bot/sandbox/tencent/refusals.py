"""Refusing a whole request, with the vendor's code and a sentence in the caller's language."""

from bot.locales import Locale, find


class CallError(Exception):
    """A request refused as a whole: it becomes ``Response.Error`` (or a v5 result).

    Raised, because the places that find a fault in hostile input lie deep and nobody between them
    and the gateway has a use for it. `values` fill the placeholders of the sentence.
    """

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def sentence(code: str, locale: Locale, **values: str) -> str:
    """What the sandbox says to `code`. The vendor's own words where a real answer is on record."""
    found = find(locale, f"sandbox.error.{code}")
    return code if found is None else found.format_map(values)
