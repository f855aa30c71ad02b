"""Reading a lint table: ours from its file, and an operator's changes laid over it.

All faults are told at once.
"""

import pkgutil
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, cast

from bot.rules.classes import TemplateClass
from bot.rules.lint.accepting import (
    NOTE_LIMIT,
    SMALL_LIMIT,
    Accepting,
    TableFault,
    are_small,
    day_of,
    range_of,
)
from bot.rules.lint.findings import Rule, Severity, Trade
from bot.rules.lint.folding import fold, squeeze
from bot.rules.lint.patterns import WILDCARD, WILDCARDS_LIMIT, compiled
from bot.rules.lint.table import (
    Entry,
    Figures,
    Lengths,
    LintTable,
    Lists,
    Searches,
    Source,
    Words,
)

FILE = "rules.toml"
IGNORED = "ignored"
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NEVER = re.compile(r"(?!)")

PARTS = ("sources", "rules", "words", "figures", "lists", "signature_lengths", "documents")
RULE_KEYS = ("severity", "source", "since", "until")
ROW_KEYS = ("rule", "words", "severity", "classes", "signatures", "note")
WORD_RULES = (Rule.OWN_WORD, Rule.TRADE, Rule.TYPE_MARKETING, Rule.CONTACT, Rule.TEST)
EMPTY = LintTable(
    rules={},
    words=(),
    figures=Figures(),
    lists=Lists(),
    searches=Searches(NEVER, NEVER, NEVER, frozenset(), NEVER),
    lengths={},
    documents={},
    sources={},
)


@cache
def own_table() -> LintTable:
    """Our own table."""
    # Part of the program, like the module beside it.
    file = pkgutil.get_data(__package__, FILE)
    assert file is not None
    table = extend(EMPTY, tomllib.loads(file.decode()))
    assert isinstance(table, LintTable), table
    return table


def extend(table: LintTable, more: Mapping[str, object]) -> LintTable | tuple[TableFault, ...]:
    """`table` with what `more` says laid over it, or everything that is wrong with `more`.

    The keys are those of ``rules.toml``. Of a rule, a row of words or a figure only what is named
    changes; to a list, entries are added.
    """
    reader = TableReader()
    parts = reader.section("", more, PARTS)
    sources = {**table.sources, **reader.sources(parts.get("sources", {}))}
    rules = reader.rules(parts.get("rules", {}), table.rules, sources)
    lengths = {**table.lengths, **reader.lengths(parts.get("signature_lengths", {}))}
    found = replace(
        table,
        sources=sources,
        rules={**table.rules, **rules},
        words=reader.words(parts.get("words", {}), table.words),
        lists=reader.lists(parts.get("lists", {}), table.lists),
        lengths=lengths,
        figures=reader.figures(parts.get("figures", {}), table.figures, lengths),
        documents={**table.documents, **reader.documents(parts.get("documents", {}))},
    )
    return tuple(reader.faults) or replace(found, searches=_searches(found.lists))


class TableReader(Accepting):
    """Reads the parts of a table."""

    def sources(self, value: object) -> dict[str, Source]:
        found = {}
        for name, row in self.rows("sources", value).items():
            place = f"sources.{name}"
            read = self.section(place, row, ("page", "dated"))
            page, dated = read.get("page"), day_of(read.get("dated"))
            if not isinstance(page, str) or not 0 < len(page) <= NOTE_LIMIT or dated is None:
                self.refuse(place, "source")
            else:
                found[name] = Source(page, dated)
        return found

    def rules(
        self, value: object, before: Mapping[Rule, Entry], sources: Mapping[str, Source]
    ) -> dict[Rule, Entry]:
        found = {}
        for name, row in self.section("rules", value, frozenset(Rule)).items():
            read = self.section(f"rules.{name}", row, RULE_KEYS)
            entry = before.get(Rule(name), Entry(None))
            found[Rule(name)] = self._entry(f"rules.{name}", read, entry, sources)
        return found

    def words(self, value: object, before: tuple[Words, ...]) -> tuple[Words, ...]:
        rows = {row.id: row for row in before}
        for name, given in self.rows("words", value).items():
            if not ID.fullmatch(name):
                self.refuse(f"words.{name}", "id")
                continue
            row = self._row(f"words.{name}", name, given, rows.get(name))
            if row is not None:
                rows[name] = row
        return tuple(rows.values())

    def figures(self, value: object, before: Figures, profiles: Mapping[str, Lengths]) -> Figures:
        read = self.section("figures", value, [field.name for field in fields(Figures)])
        profile = str(read.pop("profile", before.profile))
        if profile not in profiles:
            self.refuse("figures.profile", "profile")
        for name, given in read.items():
            if type(given) is not int or not 1 <= given <= SMALL_LIMIT:
                self.refuse(f"figures.{name}", "figure")
        return replace(before, profile=profile, **cast(dict[str, Any], read))

    def lists(self, value: object, before: Lists) -> Lists:
        names = [field.name for field in fields(Lists)]
        for name, given in self.section("lists", value, names).items():
            kept = getattr(before, name)
            added = [text for text in self.texts(f"lists.{name}", given) if text not in kept]
            before = replace(before, **{name: (*kept, *added)})
        return before

    def lengths(self, value: object) -> dict[str, Lengths]:
        found = {}
        for name, row in self.rows("signature_lengths", value).items():
            place = f"signature_lengths.{name}"
            read = self.section(place, row, ("mainland", "abroad"))
            mainland, abroad = range_of(read.get("mainland")), range_of(read.get("abroad"))
            if mainland is None or abroad is None:
                self.refuse(place, "lengths")
            else:
                found[name] = Lengths(mainland, abroad)
        return found

    def documents(self, value: object) -> dict[int, frozenset[int]]:
        found = {}
        for name, row in self.rows("documents", value).items():
            if not name.isdecimal() or not isinstance(row, list) or not are_small(row):
                self.refuse(f"documents.{name}", "documents")
            else:
                found[int(name)] = frozenset(row)
        return found

    def _entry(
        self, place: str, read: Mapping[str, object], entry: Entry, sources: Mapping[str, Source]
    ) -> Entry:
        if "severity" in read:
            entry = replace(entry, severity=self._severity(place, read["severity"]))
        if "source" in read:
            entry = replace(entry, source=sources.get(str(read["source"])))
            if entry.source is None:
                self.refuse(f"{place}.source", "source_name")
        if "since" in read:
            entry = replace(entry, since=self.day(f"{place}.since", read["since"]))
        if "until" in read:
            entry = replace(entry, until=self.day(f"{place}.until", read["until"]))
        return entry

    def _row(self, place: str, name: str, given: object, before: Words | None) -> Words | None:
        read = self.section(place, given, ROW_KEYS)
        if "words" not in read and before is None:
            self.miss(f"{place}.words", "words")
            return None
        # A team's own words are looked for everywhere unless it says otherwise.
        is_own = "rule" not in read
        row = before or Words(name, Rule.OWN_WORD, (), NEVER, signatures=is_own)
        if "words" in read:
            words = self._patterns(f"{place}.words", read["words"])
            row = replace(row, words=words, pattern=compiled(words))
        if "severity" in read:
            severity = self._severity(place, read["severity"])
            row = replace(row, severity=severity, is_ignored=severity is None)
        return replace(
            row,
            rule=self._rule(f"{place}.rule", name, read.get("rule", row.rule)),
            classes=self._classes(f"{place}.classes", read.get("classes"), row.classes),
            signatures=self.flag(f"{place}.signatures", read.get("signatures", row.signatures)),
            note=self.note(f"{place}.note", read.get("note", row.note)),
        )

    def _rule(self, place: str, name: str, value: object) -> Rule:
        rule = self.one_of(place, value, WORD_RULES, Rule.OWN_WORD)
        # Only our own kinds of business have a sentence.
        if rule is Rule.TRADE and name not in frozenset(Trade):
            self.refuse(place, "rule")
        return rule

    def _patterns(self, place: str, value: object) -> tuple[str, ...]:
        found = self.texts(place, value)
        if not all(map(_is_pattern, found)):
            self.refuse(place, "words")
            return ()
        return found

    def _severity(self, place: str, value: object) -> Severity | None:
        if value == IGNORED:
            return None
        return self.one_of(f"{place}.severity", value, Severity, Severity.LIKELY)

    def _classes(
        self, place: str, value: object, before: frozenset[TemplateClass]
    ) -> frozenset[TemplateClass]:
        if value is None:
            return before
        names = self.texts(place, value)
        return frozenset(
            self.one_of(place, name, TemplateClass, TemplateClass.NOTICE) for name in names
        )


def _searches(lists: Lists) -> Searches:
    """What the lists are searched with."""
    return Searches(
        glyphs=_any_of((*lists.glyphs, *lists.glyphs_mainland)),
        glyphs_abroad=_any_of(lists.glyphs),
        short_links=_any_of(lists.short_links, r"(?<![\w.-])", r"(?![\w.-])"),
        neutral_names=frozenset(filter(None, map(_letters, lists.neutral_names))),
        placeholders=compiled(lists.placeholders),
    )


def _any_of(texts: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str]:
    longest_first = sorted(set(texts), key=lambda text: (-len(text), text))
    body = "|".join(map(re.escape, longest_first)) or NEVER.pattern
    return re.compile(f"{before}(?:{body}){after}")


def _letters(text: str) -> str:
    return squeeze(fold(text)).text.replace(" ", "")


def _is_pattern(word: str) -> bool:
    """Whether a word is more than one letter, and has no more gaps than a search can bear."""
    letters = fold(word).text.replace(WILDCARD, "")
    return len(letters.strip()) > 1 and word.count(WILDCARD) <= WILDCARDS_LIMIT
