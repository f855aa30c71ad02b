"""What a template, a signature and a package are, and when they may be used."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum


def composed(text: str) -> str:
    """`text` in Unicode's normal form C: what looks the same by definition is the same text, is
    counted alike and has one hash, however it was typed."""
    return unicodedata.normalize("NFC", text)


def normal_form(text: str) -> str:
    """A name or a text as Tencent may give it back: it may trim what it is given, and what it has
    may have been written in another normal form."""
    return " ".join(composed(text).split())


class ReviewState(IntEnum):
    """Where Tencent's review stands, in API 3.0's numbers (v5 means something else by 2)."""

    USABLE = 0
    UNDER_REVIEW = 1
    #: Approved, but not in effect yet: it cannot be sent.
    APPROVED_NOT_USABLE = 2
    #: Rejected, or a mainland signature whose first carrier filing is not finished.
    REJECTED = -1
    #: A number no document explains.
    UNKNOWN = 99


class QualificationState(IntEnum):
    """Where the real-name qualification (实名资质) behind a mainland signature stands."""

    PENDING = 0
    PASSED = 1
    REFUSED = 2
    TO_BE_SUPPLEMENTED = 3
    CHANGE_PENDING = 4
    CHANGE_REFUSED = 5
    UNKNOWN = 99


@dataclass(frozen=True, slots=True)
class Template:
    """A body template as Tencent lists it; `content` holds its variables as ``{1}``, ``{2}`` …"""

    template_id: str
    name: str
    content: str
    mainland: bool
    international: bool
    review: ReviewState
    review_reply: str
    #: When it was handed in for review, by Tencent's clock; None where that is not known.
    created_at: datetime | None = None

    @property
    def content_id(self) -> str:
        """Its id, under the name it shares with signatures."""
        return self.template_id

    @property
    def text(self) -> str:
        """What is reviewed."""
        return self.content


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as Tencent lists it; `name` is its content, without brackets.

    `qualification` means nothing where `qualification_id` is empty.
    """

    signature_id: str
    name: str
    international: bool
    review: ReviewState
    review_reply: str
    created_at: datetime | None = None
    qualification_id: str = ""
    qualification: QualificationState = QualificationState.PENDING

    @property
    def mainland(self) -> bool:
        return not self.international

    @property
    def content_id(self) -> str:
        """Its id, under the name it shares with templates."""
        return self.signature_id

    @property
    def text(self) -> str:
        """What is reviewed."""
        return self.name


Content = Template | Signature


@dataclass(frozen=True, slots=True)
class Package:
    """A prepaid package of the account; all its applications share it."""

    package_id: str
    amount_segments: int
    used_segments: int
    effective_at: datetime
    expires_at: datetime
    #: Tencent gave it away with something; else it was bought.
    is_gift: bool = False
    #: None where that is not known.
    created_at: datetime | None = None

    def with_used(self, segments: int) -> "Package":
        """This package with so much of it used."""
        return replace(self, used_segments=segments)

    @property
    def has_some(self) -> bool:
        """Whether it is not used up."""
        return self.used_segments < self.amount_segments

    def left_segments(self, now: datetime) -> int:
        """What may still be sent from it at `now`; 0 before it takes effect and once expired."""
        if not self.effective_at <= now < self.expires_at:
            return 0
        return max(0, self.amount_segments - self.used_segments)
