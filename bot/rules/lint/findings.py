"""What the linter answers with: a finding, its rule, how bad it is, where, and the text mended."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

AREA = "lint"


class Severity(StrEnum):
    """How bad a finding is."""

    REFUSED = "refused"
    """Written down as not allowed: the API or the reviewer refuses it."""
    LIKELY = "likely"
    """A reviewer decides, and mostly says no; or it passes and fails when it is sent."""
    ADVICE = "advice"
    """It passes, and could be better or cheaper."""


WORST_FIRST = tuple(Severity)


class Rule(StrEnum):
    """Everything that is looked for. The value is its stable id: T for templates, S for
    signatures. Severity, source and dates of each stand in ``rules.toml``."""

    EMPTY = "T-EMPTY"
    LENGTH = "T-LENGTH"
    LENGTH_WITH_VALUES = "T-LENGTH-WITH-VALUES"
    SEGMENTS = "T-SEGMENTS"
    GSM = "T-GSM"

    BRACKET = "T-BRACKET"
    GLYPH = "T-GLYPH"
    SYMBOL = "T-SYMBOL"
    INVISIBLE = "T-INVISIBLE"
    SPACE = "T-SPACE"
    WIDE = "T-WIDE"

    VARIABLE_FORM = "T-VARIABLE-FORM"
    VARIABLE_NUMBERING = "T-VARIABLE-NUMBERING"
    VARIABLE_ADJACENT = "T-VARIABLE-ADJACENT"
    VARIABLE_COMBINED = "T-VARIABLE-COMBINED"
    VARIABLE_ONLY = "T-VARIABLE-ONLY"
    VARIABLE_THIN = "T-VARIABLE-THIN"
    VARIABLE_COUNT = "T-VARIABLE-COUNT"
    VARIABLE_FORBIDDEN = "T-VARIABLE-FORBIDDEN"

    OTP_WORD = "T-OTP-WORD"
    OTP_VARIABLE = "T-OTP-VARIABLE"
    OTP_DIGITS = "T-OTP-DIGITS"
    OTP_LINK = "T-OTP-LINK"
    TYPE_OTP = "T-TYPE-OTP"
    TYPE_MARKETING = "T-TYPE-MARKETING"
    TYPE_UNSUBSCRIBE = "T-TYPE-UNSUBSCRIBE"
    UNSUBSCRIBE = "T-UNSUBSCRIBE"
    UNSUBSCRIBE_ABROAD = "T-UNSUBSCRIBE-ABROAD"
    UNSUBSCRIBE_NOTICE = "T-UNSUBSCRIBE-NOTICE"
    INDIVIDUAL_MARKETING = "T-INDIVIDUAL-MARKETING"

    LINK = "T-LINK"
    LINK_SHORT = "T-LINK-SHORT"
    LINK_IP = "T-LINK-IP"
    LINK_VARIABLE = "T-LINK-VARIABLE"
    MOBILE = "T-MOBILE"
    CONTACT = "T-CONTACT"

    TRADE = "T-TRADE"
    TEST = "T-TEST"
    PLACEHOLDER = "T-PLACEHOLDER"
    OWN_WORD = "T-OWN-WORD"
    REMARK = "T-REMARK"

    DUPLICATE = "T-DUPLICATE"
    NEAR_DUPLICATE = "T-NEAR-DUPLICATE"
    RESUBMITTED = "T-RESUBMITTED"

    SIGNATURE_LENGTH = "S-LENGTH"
    SIGNATURE_BRACKET = "S-BRACKET"
    SIGNATURE_CHARACTER = "S-CHARACTER"
    SIGNATURE_INVISIBLE = "S-INVISIBLE"
    SIGNATURE_DIGITS = "S-DIGITS"
    SIGNATURE_LATIN = "S-LATIN"
    SIGNATURE_NEUTRAL = "S-NEUTRAL"
    SIGNATURE_TEST = "S-TEST"
    SIGNATURE_TRADE = "S-TRADE"
    SIGNATURE_OWN_WORD = "S-OWN-WORD"
    SIGNATURE_TYPE = "S-TYPE"
    SIGNATURE_DOCUMENT = "S-DOCUMENT"
    SIGNATURE_COMMISSION = "S-COMMISSION"
    SIGNATURE_QUALIFICATION = "S-QUALIFICATION"
    SIGNATURE_DUPLICATE = "S-DUPLICATE"
    SIGNATURE_NEAR_DUPLICATE = "S-NEAR-DUPLICATE"
    SIGNATURE_RESUBMITTED = "S-RESUBMITTED"


class Trade(StrEnum):
    """Kinds of business Tencent does not deliver for; the value is a row of words in the table."""

    FINANCE = "finance"
    DUNNING = "dunning"
    GAMBLING = "gambling"
    PRIZES = "prizes"
    ADULT = "adult"
    VIOLENCE = "violence"
    MEDICAL = "medical"
    LEISURE = "leisure"
    GAMES = "games"
    PROPERTY = "property"
    EDUCATION = "education"
    JOBS = "jobs"
    AGENCIES = "agencies"
    DECORATION = "decoration"
    BELIEF = "belief"
    POLITICS = "politics"
    GROWTH = "growth"
    CARDS = "cards"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """What one check found. `severity` is set where it is not simply the rule's."""

    span: Span
    values: dict[str, str | int] = field(default_factory=dict)
    terms: dict[str, str] = field(default_factory=dict)
    fixed: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, with what its sentences need.

    `values` fill the sentences and quote the draft, so a renderer escapes them; `terms` are
    placeholders whose value is itself a key of the catalogue. `fixed` is the whole text after the
    one-click fix, None where only a person can mend it. `source` is the page the rule stands on and
    `dated` that page's date; "" and None where only the team itself asks for it.
    """

    rule: Rule
    severity: Severity
    span: Span
    values: dict[str, str | int]
    terms: dict[str, str]
    fixed: str | None
    source: str
    dated: date | None

    @property
    def says_key(self) -> str:
        """What is the matter."""
        return f"{AREA}.rule.{self.rule.value}.says"

    @property
    def cure_key(self) -> str:
        """What to do about it."""
        return f"{AREA}.rule.{self.rule.value}.cure"

    @property
    def fix_key(self) -> str:
        """What the button of the fix says; there is one where `fixed` is not None."""
        return f"{AREA}.rule.{self.rule.value}.fix"


def whole(text: str) -> Span:
    """All of a text."""
    return Span(0, len(text))
