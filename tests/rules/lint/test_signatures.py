import pytest

from bot.rules.content import ReviewState
from bot.rules.lint import (
    KnownText,
    LintFacts,
    LintTable,
    Rule,
    SignatureDraft,
    extend,
    lint_signature,
    own_table,
    remember,
)
from tests.rules.lint.samples import TODAY

TABLE = own_table()


def found(
    name: str, *, abroad: bool = False, table: LintTable = TABLE, facts: LintFacts | None = None
) -> set[Rule]:
    draft = SignatureDraft(name, abroad)
    return {each.rule for each in lint_signature(draft, facts or LintFacts(TODAY), table)}


@pytest.mark.parametrize(
    ("profile", "longest"), [pytest.param("today", 12), pytest.param("guide", 8)]
)
def test_the_profile_says_how_long_a_name_may_be(profile: str, longest: int) -> None:
    table = extend(TABLE, {"figures": {"profile": profile}})
    assert isinstance(table, LintTable)
    name = "一二三四五六七八九十百千万"
    assert Rule.SIGNATURE_LENGTH not in found(name[:longest], table=table)
    assert Rule.SIGNATURE_LENGTH in found(name[: longest + 1], table=table)
    assert Rule.SIGNATURE_LENGTH in found("一", table=table)


def test_abroad_a_name_has_up_to_15_characters_and_may_have_spaces() -> None:
    assert found("Sample Cloud Co", abroad=True) == set()
    assert Rule.SIGNATURE_LENGTH in found("Sample Cloud Com", abroad=True)
    assert Rule.SIGNATURE_CHARACTER in found("Sample  Cloud", abroad=True)
    assert Rule.SIGNATURE_CHARACTER in found("Sample Cloud")


@pytest.mark.parametrize(
    "name", ["测试", "客服通知", "系 统 消 息", "ＴＥＳＴ", "会员客服中心", "Notice"]
)
def test_a_name_of_nothing_but_general_words_is_nobodys(name: str) -> None:
    assert Rule.SIGNATURE_NEUTRAL in found(name)


@pytest.mark.parametrize("name", ["东湖客服", "通知书店", "测试者科技"])
def test_a_name_with_a_word_of_its_own_is_somebodys(name: str) -> None:
    assert Rule.SIGNATURE_NEUTRAL not in found(name)


def test_names_that_can_be_cut_in_many_ways_are_judged_at_all() -> None:
    """Trying every way would not end in a lifetime."""
    table = extend(TABLE, {"lists": {"neutral_names": ["a", "aa", "aaa"]}})
    assert isinstance(table, LintTable)
    assert Rule.SIGNATURE_NEUTRAL in found("a" * 199, table=table)
    assert Rule.SIGNATURE_NEUTRAL not in found("a" * 199 + "b", table=table)


def test_a_character_is_told_in_its_place() -> None:
    draft = SignatureDraft("示例-科技", international=False)
    (finding,) = lint_signature(draft, LintFacts(TODAY), TABLE)
    assert finding.values == {"character": "-"}
    assert (finding.span.start, finding.span.end, finding.fixed) == (2, 3, "示例科技")


@pytest.mark.parametrize(
    ("known", "review", "rule"),
    [
        ("示例科技", ReviewState.USABLE, Rule.SIGNATURE_DUPLICATE),
        ("示例科技", ReviewState.UNDER_REVIEW, Rule.SIGNATURE_DUPLICATE),
        ("示例科技", ReviewState.REJECTED, Rule.SIGNATURE_RESUBMITTED),
        ("示列科技", ReviewState.USABLE, Rule.SIGNATURE_NEAR_DUPLICATE),
        ("示例科", ReviewState.USABLE, Rule.SIGNATURE_NEAR_DUPLICATE),
        ("示例新科技", ReviewState.USABLE, Rule.SIGNATURE_NEAR_DUPLICATE),
        ("示列科枝", ReviewState.USABLE, None),
        ("示列科技", ReviewState.REJECTED, None),
    ],
)
def test_a_name_is_compared_with_the_known_ones(
    known: str, review: ReviewState, rule: Rule | None
) -> None:
    facts = LintFacts(TODAY, signatures=remember([KnownText("5", known, False, review)]))
    assert found("示例科技", facts=facts) == (set() if rule is None else {rule})
    assert found("示例科技", abroad=True, facts=facts) == set()


def test_a_rejected_name_is_told_of_where_it_is_edited_and_left_as_it_was() -> None:
    known = remember([KnownText("5", "示例科技", False, ReviewState.REJECTED, "名称不符")])
    for name, is_told in (("示例科技", True), ("示例新科技", False)):
        draft = SignatureDraft(name, international=False, signature_id="5")
        rules = {
            each.rule for each in lint_signature(draft, LintFacts(TODAY, signatures=known), TABLE)
        }
        assert (Rule.SIGNATURE_RESUBMITTED in rules) is is_told


def test_a_name_rejected_once_and_standing_now_is_a_duplicate_only() -> None:
    known = [
        KnownText("5", "示例科技", False, ReviewState.REJECTED, "名称不符"),
        KnownText("6", "示例科技", False, ReviewState.USABLE),
    ]
    facts = LintFacts(TODAY, signatures=remember(known))
    assert found("示例科技", facts=facts) == {Rule.SIGNATURE_DUPLICATE}


def test_a_teams_words_are_looked_for_in_names_too_unless_it_says_otherwise() -> None:
    for signatures, expected in ((None, {Rule.SIGNATURE_OWN_WORD}), (False, set())):
        row: dict[str, object] = {"words": ["蓝鲸"]}
        if signatures is not None:
            row["signatures"] = signatures
        table = extend(TABLE, {"words": {"codenames": row}})
        assert isinstance(table, LintTable)
        assert found("蓝鲸科技", table=table) == expected


def test_a_rule_of_words_is_not_asked_where_the_table_says_so() -> None:
    table = extend(TABLE, {"rules": {"S-TRADE": {"severity": "ignored"}}})
    assert isinstance(table, LintTable)
    assert found("极速网贷") == {Rule.SIGNATURE_TRADE}
    assert found("极速网贷", table=table) == set()


def test_a_name_beyond_any_limit_is_told_that_alone() -> None:
    assert found("【" * 201) == {Rule.SIGNATURE_LENGTH}
