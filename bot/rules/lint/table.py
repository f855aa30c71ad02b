"""The table the linter goes by: each rule's severity, source and dates, and the words it looks for.

Ours is ``rules.toml``, a part of the program like any module; `bot.rules.lint.reading` lays an
operator's changes over it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.rules.classes import TemplateClass
from bot.rules.lint.findings import Rule, Severity

EVERY_CLASS = frozenset(TemplateClass)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written down: the page, and its date or the day it was read."""

    page: str
    dated: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule's row. `severity` is None where the rule is not looked at; `source` is None for what
    only the team itself asks for. `since` and `until` are the first and last day it holds.
    """

    severity: Severity | None
    source: Source | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, today: date) -> bool:
        """Whether the rule is looked at on that day."""
        return (
            self.severity is not None
            and (self.since is None or self.since <= today)
            and (self.until is None or today <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one kind: the rule a hit falls under, and where they are looked for.

    `severity` is set where it is not the rule's, `is_ignored` where the row is switched off; `note`
    is the team's own reason, `pattern` the search for all of them in a folded text.
    """

    id: str
    rule: Rule
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    severity: Severity | None = None
    is_ignored: bool = False
    classes: frozenset[TemplateClass] = EVERY_CLASS
    signatures: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Fewest and most characters of a signature's name."""

    mainland: tuple[int, int]
    abroad: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of the table, named as in the file."""

    profile: str = "today"
    individual_variables: int = 12
    segment_slack: int = 6
    alike_percent: int = 85
    remark_variables: int = 3
    remark_characters: int = 12


@dataclass(frozen=True, slots=True)
class Lists:
    """The characters and names of the table, named as in the file."""

    glyphs: tuple[str, ...] = ()
    glyphs_mainland: tuple[str, ...] = ()
    symbols_allowed: tuple[str, ...] = ()
    short_links: tuple[str, ...] = ()
    neutral_names: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Searches:
    """What the lists are searched with, made once for all texts; `neutral_names` are folded."""

    glyphs: re.Pattern[str]
    glyphs_abroad: re.Pattern[str]
    short_links: re.Pattern[str]
    neutral_names: frozenset[str]
    placeholders: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class LintTable:
    """Everything the linter goes by."""

    rules: Mapping[Rule, Entry]
    words: tuple[Words, ...]
    figures: Figures
    lists: Lists
    searches: Searches
    lengths: Mapping[str, Lengths]
    documents: Mapping[int, frozenset[int]]
    sources: Mapping[str, Source]

    @property
    def signature_lengths(self) -> Lengths:
        """The lengths of the profile that holds."""
        return self.lengths[self.figures.profile]
