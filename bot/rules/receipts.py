"""What a carrier's receipt code says about one message, sorted into categories a person can use.

Source: Tencent's code table of 2021 (cloud.tencent.com/document/product/382/59177), which stands in
`bot.rules.carrier_codes`. Codes are open strings that carriers add to at will; one nobody listed is
judged by its prefix where a prefix means one thing, and is otherwise UNKNOWN. Sentences stand in
the catalogue area ``carrier_codes``.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

AREA = "carrier_codes"
#: Longer than any code there is.
CODE_LIMIT = 64


class Category(StrEnum):
    """What became of a message, or why it did not arrive; the value names its sentences."""

    DELIVERED = "delivered"
    EMPTY_NUMBER = "empty_number"
    """Not in use, or never was."""
    OFF = "off"
    """Switched off or suspended."""
    UNREACHABLE = "unreachable"
    """Out of coverage."""
    NOT_REACHED = "not_reached"
    """Empty, off or suspended: the carrier uses one code for all three."""
    HANDSET = "handset"
    """The handset could not take it: memory full, fault."""
    BLACKLIST = "blacklist"
    """Unsubscribed, or on a do-not-disturb list."""
    CARRIER_FREQUENCY = "carrier_frequency"
    CONTENT_BLOCKED = "content_blocked"
    SIGNATURE_NOT_FILED = "signature_not_filed"
    """The look-up of the signature's sub-number failed: as a rule its filing is not finished."""
    REJECTED = "rejected"
    """Refused on its way, nobody says by whom."""
    REVIEW_REJECTED = "review_rejected"
    """A person at the carrier said no."""
    TIME_WINDOW = "time_window"
    EXPIRED = "expired"
    """The carrier gave up trying."""
    PORTED = "ported"
    """The number moved to another carrier and was not found there."""
    GATEWAY = "gateway"
    """Something between Tencent and the carrier."""
    NO_REASON = "no_reason"
    """A listed code that says nothing about the reason."""
    UNKNOWN = "unknown"
    """A code nobody listed."""


PERMANENT = frozenset(
    {
        Category.EMPTY_NUMBER,
        Category.BLACKLIST,
        Category.CONTENT_BLOCKED,
        Category.REVIEW_REJECTED,
    }
)
"""Categories where the same message to the same number fails again until something is changed."""

UNTOLD = frozenset({Category.NO_REASON, Category.UNKNOWN})
"""Categories that say nothing about the next time."""


class Carrier(StrEnum):
    """Whose code it is, as the table lists it."""

    ALL = "all"
    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt code, read."""

    code: str
    category: Category
    known: bool
    """False where the category was guessed from a prefix, or is UNKNOWN."""
    carrier: Carrier | None = None
    """Whose list it is in; None where it is in none."""

    @property
    def permanent(self) -> bool:
        """Whether sending the same again cannot help."""
        return self.category in PERMANENT

    @property
    def cause_key(self) -> str:
        return f"{AREA}.{self.category.value}.cause"

    @property
    def cure_key(self) -> str:
        return f"{AREA}.{self.category.value}.cure"


def receipt_of(code: str, *, success: bool = False) -> Receipt:
    """What `code` says, where `success` is what the report itself claims (SUCCESS or FAIL).

    The claim decides whether it arrived; the code only explains why not. Takes any string.
    """
    if success:
        return Receipt(code, Category.DELIVERED, known=True)
    found = receipts().get(code) or next(iter(listed(code)), None)
    if found is None:
        return Receipt(code, _guess(plain(code)), known=False)
    # A failure that carries the code of a delivery proves neither.
    if found.category is Category.DELIVERED:
        return Receipt(code, Category.UNKNOWN, known=False)
    return Receipt(code, found.category, known=True, carrier=found.carrier)


def listed(code: str) -> tuple[Receipt, ...]:
    """All that the table may mean by `code`, each under its own spelling, the likeliest first.

    A code written like another, or within a range that is listed, has several meanings: the report
    does not say which carrier's it is.
    """
    if len(code) > CODE_LIMIT:
        return ()
    spellings = dict.fromkeys((code.strip().upper(), plain(code)))
    table = receipts()
    found = [table[each] for each in spellings if each in table]
    return (*found, *_in_range(plain(code)))


def plain(code: str) -> str:
    """`code` in capitals, half-width and without blanks, as the table writes it."""
    if code.isascii():
        return "".join(code.split()).upper()
    return "".join(unicodedata.normalize("NFKC", code).split()).upper()


@cache
def receipts() -> Mapping[str, Receipt]:
    """The table, by code; read the first time it is asked for."""
    from bot.rules.carrier_codes import TABLE

    return {
        code: Receipt(code, Category(category), known=True, carrier=Carrier(carrier))
        for category, carriers in TABLE.items()
        for carrier, codes in carriers.items()
        for code in codes.split()
    }


def _in_range(code: str) -> tuple[Receipt, ...]:
    from bot.rules.carrier_codes import RANGES

    # Written without leading noughts: "0013" is a code of its own.
    if not (code.isascii() and code.isdigit() and len(code) <= 3) or code.startswith("0"):
        return ()
    return tuple(
        Receipt(code, Category(category), known=True, carrier=Carrier(carrier))
        for category, carrier, numbers in RANGES
        if int(code) in numbers
    )


def _guess(text: str) -> Category:
    for prefix, category in PREFIXES.items():
        if text.startswith(prefix):
            return category
    return Category.UNKNOWN


PREFIXES: Mapping[str, Category] = {
    "VALVE:": Category.CARRIER_FREQUENCY,
    "BWLIST": Category.BLACKLIST,
    "SMGPERR:": Category.GATEWAY,
    "TX:": Category.GATEWAY,
    "IA:": Category.GATEWAY,
    "DA:": Category.GATEWAY,
}
"""Prefixes under which (nearly) every code of the table has one meaning."""
