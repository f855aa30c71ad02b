from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.locales import Locale, find
from bot.rules.classes import TemplateClass
from bot.rules.lint import (
    LintFacts,
    LintTable,
    Rule,
    Severity,
    SignatureDraft,
    TableReason,
    TemplateDraft,
    Trade,
    extend,
    lint_signature,
    lint_template,
    own_table,
)
from bot.rules.lint.accepting import WORDS_LIMIT
from tests.rules.lint.samples import TODAY

TABLE = own_table()


def test_our_table_has_every_rule_with_a_source_and_every_trade_with_words() -> None:
    assert set(TABLE.rules) == set(Rule)
    unsourced = {rule for rule, entry in TABLE.rules.items() if entry.source is None}
    assert unsourced == {Rule.OWN_WORD, Rule.SIGNATURE_OWN_WORD}
    assert {row.id for row in TABLE.words if row.rule is Rule.TRADE} == set(Trade)


def test_no_page_of_our_table_is_named_and_not_used() -> None:
    used = {entry.source for entry in TABLE.rules.values()}
    assert {name for name, source in TABLE.sources.items() if source not in used} == set()


def test_laying_nothing_over_changes_nothing() -> None:
    assert extend(TABLE, {}) == TABLE


def test_a_row_of_ours_can_be_switched_off_and_get_more_words() -> None:
    off = extend(TABLE, {"words": {"games": {"severity": "ignored"}}})
    more = extend(TABLE, {"words": {"games": {"words": ["电竞"]}}})
    assert isinstance(off, LintTable)
    assert isinstance(more, LintTable)
    for table, text, is_found in (
        (TABLE, "游戏已更新，请重新登录。", True),
        (off, "游戏已更新，请重新登录。", False),
        (more, "电竞馆预约成功，请按时到场。", True),
    ):
        draft = TemplateDraft(text, TemplateClass.NOTICE, international=False)
        rules = {each.rule for each in lint_template(draft, LintFacts(TODAY), table)}
        assert (Rule.TRADE in rules) is is_found


def test_a_list_gets_longer_and_never_shorter() -> None:
    table = extend(TABLE, {"lists": {"neutral_names": ["小助手"], "glyphs": ["★", "▲"]}})
    assert isinstance(table, LintTable)
    assert table.lists.neutral_names == (*TABLE.lists.neutral_names, "小助手")
    assert table.lists.glyphs == (*TABLE.lists.glyphs, "▲")
    draft = SignatureDraft("客服小助手", international=False)
    found = lint_signature(draft, LintFacts(TODAY), table)
    assert [each.rule for each in found] == [Rule.SIGNATURE_NEUTRAL]


def test_a_later_severity_brings_a_row_back() -> None:
    off = extend(TABLE, {"words": {"games": {"severity": "ignored"}}})
    assert isinstance(off, LintTable)
    on = extend(off, {"words": {"games": {"severity": "advice"}}})
    assert isinstance(on, LintTable)
    row = next(row for row in on.words if row.id == "games")
    assert (row.is_ignored, row.severity) == (False, Severity.ADVICE)


@pytest.mark.parametrize(
    ("more", "place", "reason"),
    [
        ({"word": {}}, "word", TableReason.UNKNOWN_KEY),
        ({"rules": {"T-NONE": {}}}, "rules.T-NONE", TableReason.UNKNOWN_KEY),
        ({"rules": {"T-LINK": {"sev": 1}}}, "rules.T-LINK.sev", TableReason.UNKNOWN_KEY),
        ({"rules": {"T-LINK": {"severity": "off"}}}, "rules.T-LINK.severity", None),
        ({"rules": {"T-LINK": {"severity": False}}}, "rules.T-LINK.severity", None),
        ({"rules": {"T-LINK": {"since": "soon"}}}, "rules.T-LINK.since", None),
        ({"rules": {"T-LINK": {"source": "nowhere"}}}, "rules.T-LINK.source", None),
        ({"rules": []}, "rules", None),
        ({"words": {"ours": {}}}, "words.ours.words", TableReason.MISSING),
        ({"words": {"Ours!": {"words": ["ab"]}}}, "words.Ours!", None),
        ({"words": {"ours": {"words": []}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": "ab"}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": ["贷"]}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": ["a*"]}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": ["a*b*c*d"]}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": ["a" * 41]}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": ["ab"] * (WORDS_LIMIT + 1)}}}, "words.ours.words", None),
        ({"words": {"ours": {"words": ["ab"], "rule": "T-TRADE"}}}, "words.ours.rule", None),
        ({"words": {"ours": {"words": ["ab"], "rule": "T-LENGTH"}}}, "words.ours.rule", None),
        ({"words": {"ours": {"words": ["ab"], "classes": ["x"]}}}, "words.ours.classes", None),
        ({"words": {"ours": {"words": ["ab"], "note": 1}}}, "words.ours.note", None),
        ({"words": {"ours": {"words": ["ab"], "signatures": 1}}}, "words.ours.signatures", None),
        ({"figures": {"profile": "new"}}, "figures.profile", None),
        ({"figures": {"segment_slack": True}}, "figures.segment_slack", None),
        ({"figures": {"segment_slack": 0}}, "figures.segment_slack", None),
        ({"lists": {"glyphs": [1]}}, "lists.glyphs", None),
        (
            {"signature_lengths": {"x": {"mainland": [5, 2], "abroad": [2, 9]}}},
            "signature_lengths.x",
            None,
        ),
        ({"documents": {"0": ["a"]}}, "documents.0", None),
        ({"sources": {"x": {"page": "y"}}}, "sources.x", None),
    ],
)
def test_a_fault_is_told_with_its_place(
    more: dict[str, Any], place: str, reason: TableReason | None
) -> None:
    faults = extend(TABLE, more)
    assert isinstance(faults, tuple)
    assert [(each.place, each.reason) for each in faults] == [
        (place, reason or TableReason.NOT_ACCEPTED)
    ]
    for locale in Locale:
        assert find(locale, faults[0].says_key) is not None
        assert find(locale, faults[0].accepts_key) is not None


def test_all_faults_are_told_at_once() -> None:
    more = {"rules": {"T-X": {}}, "words": {"ours": {}}, "figures": {"profile": "new"}}
    faults = extend(TABLE, more)
    assert isinstance(faults, tuple)
    assert len(faults) == 3


ODD: list[object] = [None, True, 0, -1, 2.5, "", "x", "ignored", "today", date(2026, 1, 1)]
ODD += [[], {}, ["ab"], ["", 1], [[]], [2, 9], [9, 2], ["notice"], {"words": ["ab"]}, {1: 2}]
VALUES = st.sampled_from(ODD)
NAMES = ["T-LINK", "games", "ours", "glyphs", "profile", "0", "words", "severity", "mainland"]
ROWS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)
PARTS = ["sources", "rules", "words", "figures", "lists", "signature_lengths", "documents"]
TABLES = st.dictionaries(
    st.sampled_from(PARTS),
    VALUES | ROWS | st.dictionaries(st.sampled_from(NAMES), ROWS, max_size=2),
    max_size=3,
)


@settings(deadline=None)
@given(TABLES)
def test_whatever_is_laid_over_is_taken_or_refused_in_words(more: dict[str, object]) -> None:
    table = extend(TABLE, more)
    if isinstance(table, LintTable):
        draft = TemplateDraft("您的订单{1}已发货。", TemplateClass.NOTICE, international=False)
        lint_template(draft, LintFacts(TODAY), table)
    else:
        assert all(find(Locale.EN, fault.accepts_key) for fault in table)
