"""What a carrier's receipt code says about one message, sorted into categories a person can use.

Source: the code table of 2021 (cloud.tencent.com/document/product/382/59177), as far as a reader
needs it. Codes are open strings that carriers add to at will; one nobody listed is judged by its
prefix where a prefix means one thing, and is otherwise UNKNOWN. Sentences stand in the catalogue
area ``carrier_codes``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

AREA = "carrier_codes"


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
    UNKNOWN = "unknown"


PERMANENT = frozenset(
    {
        Category.EMPTY_NUMBER,
        Category.BLACKLIST,
        Category.CONTENT_BLOCKED,
        Category.REVIEW_REJECTED,
    }
)
"""Categories where the same message to the same number fails again until something is changed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt code, read."""

    code: str
    category: Category
    known: bool
    """False where the category was guessed from a prefix, or is UNKNOWN."""

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
    text = code.strip().upper()
    category = CODES.get(text)
    # A failure that carries the code of a delivery proves neither.
    if category is Category.DELIVERED:
        return Receipt(code, Category.UNKNOWN, known=False)
    if category is not None:
        return Receipt(code, category, known=True)
    return Receipt(code, _guess(text), known=False)


def _guess(text: str) -> Category:
    for prefix, category in PREFIXES.items():
        if text.startswith(prefix):
            return category
    return Category.UNKNOWN


def _table(rows: Mapping[Category, str]) -> dict[str, Category]:
    return {code: category for category, codes in rows.items() for code in codes.split()}


CODES: Mapping[str, Category] = _table(
    {
        Category.DELIVERED: "DELIVRD ACCEPTD",
        Category.EMPTY_NUMBER: "MK:0000 MK:0001 MK:0012 MK:0013",
        Category.OFF: "MK:0004 MK:0011",
        Category.UNREACHABLE: "MK:0010 MK:0029",
        Category.NOT_REACHED: "UNDELIV UNDELIVRD",
        Category.HANDSET: "MK:0017",
        Category.BLACKLIST: """
            MX:0012 XA:0139 TD:0001 DB:0141 MBBLACK BWLIST BLACK BLACKMB BLKLIST TSBLACK
            DBBLACK TUIDING
            """,
        Category.CARRIER_FREQUENCY: "MX:0003 TE:0003 DISTURB XA:0100 DB:0142 DB:0143 MAXFREQ LIMIT",
        Category.CONTENT_BLOCKED: "MK:0118 ID:0076 CONTENT TREFUSE NOTITLE",
        Category.SIGNATURE_NOT_FILED: "TX:2000 TX:2001 TX:2002 TX:2003",
        Category.REJECTED: "REJECTD",
        Category.REVIEW_REJECTED: "TE:0014 NOPASS REJECT REJECTE",
        Category.TIME_WINDOW: "DB:0139 OVER_SE",
        Category.EXPIRED: "EXPIRED MI00000",
        Category.GATEWAY: "TX:3000 NOROUTE ROUTERR ROUTEERR SENDERR SUBFAIL",
        Category.UNKNOWN: "UNKNOWN",
    }
)
"""Codes that mean the same whichever carrier reports them."""

PREFIXES: Mapping[str, Category] = {
    "VALVE:": Category.CARRIER_FREQUENCY,
    "BWLIST": Category.BLACKLIST,
    "SMGPERR:": Category.GATEWAY,
    "TX:": Category.GATEWAY,
    "IA:": Category.GATEWAY,
    "DA:": Category.GATEWAY,
}
"""Prefixes under which (nearly) every code of the table has one meaning."""
