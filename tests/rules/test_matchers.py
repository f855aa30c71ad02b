"""Matchers: how they are written, what is none, and what they match."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.matchers import (
    MATCHERS_MAX,
    Fault,
    Matcher,
    MatcherFault,
    Op,
    is_sweeping,
    matches,
    parse,
    written,
)

LABELS = {"alert": "limit_hit", "severity": "warning", "app": "demo"}
HIT = Matcher("alert", Op.EQUAL, "limit_hit")
APPS = Matcher("app", Op.LIKE, "demo|web")


def must_parse(text: str) -> tuple[Matcher, ...]:
    found = parse(text)
    assert not isinstance(found, Fault), found
    return found


@pytest.mark.parametrize(
    "text",
    [
        'alert="limit_hit" app=~"demo|web"',
        'alert="limit_hit",app=~"demo|web"',
        '{ alert = "limit_hit" , app =~ "demo|web" , }',
        "alert=limit_hit app=~demo|web",
        "alert=“limit_hit” app=~”demo|web“",
        "alert＝limit_hit，app＝～＂demo｜web＂",
    ],
)
def test_matchers_are_read_however_people_put_the_signs(text: str) -> None:
    assert must_parse(text) == (HIT, APPS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'app="a\"b"', 'a"b'),
        (r'app="a\\b"', "a\\b"),
        (r'app="a\nb"', "a\nb"),
        (r'app=~"\d+"', r"\d+"),
        ('app=""', ""),
        ('app="a b, c"', "a b, c"),
    ],
)
def test_a_quoted_value_may_hold_anything(text: str, value: str) -> None:
    assert [each.value for each in must_parse(text)] == [value]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault(MatcherFault.EMPTY)),
        ("{}", Fault(MatcherFault.EMPTY)),
        ("app", Fault(MatcherFault.NO_OPERATOR, "app")),
        ("app==x", Fault(MatcherFault.NO_VALUE, "app==x")),
        ("app=", Fault(MatcherFault.NO_VALUE, "app=")),
        ('="x"', Fault(MatcherFault.NO_LABEL, '="x"')),
        ('app="x" , ="y"', Fault(MatcherFault.NO_LABEL, '="y"')),
        ('app="x', Fault(MatcherFault.OPEN_QUOTE, 'app="x')),
        ('app=~"(x"', Fault(MatcherFault.EXPRESSION, "(x")),
        ('app=~"(?=x)"', Fault(MatcherFault.EXPRESSION, "(?=x)")),
        (r'app=~"(a)\1"', Fault(MatcherFault.EXPRESSION, r"(a)\1")),
        ('app=~"(a{1000}){1000}"', Fault(MatcherFault.EXPRESSION, "(a{1000}){1000}")),
        ("alert=limit_hitt", Fault(MatcherFault.UNKNOWN_WORD, "limit_hitt", "limit_hit")),
        ("severity!=warn", Fault(MatcherFault.UNKNOWN_WORD, "warn", "warning")),
        ('alert=~"lim"', Fault(MatcherFault.UNKNOWN_WORD, "lim", "")),
        (f'app="{"x" * 201}"', Fault(MatcherFault.VALUE_TOO_LONG, "app")),
        (" ".join(["app=x"] * (MATCHERS_MAX + 1)), Fault(MatcherFault.TOO_MANY)),
        ("app=x " * 1_000, Fault(MatcherFault.TOO_LONG)),
    ],
)
def test_what_is_no_matchers_says_why_and_where(text: str, fault: Fault) -> None:
    assert parse(text) == fault


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    found = parse(text)
    assert isinstance(found, Fault) or must_parse(written(found)) == found


@given(
    st.lists(
        st.builds(
            Matcher,
            st.sampled_from(["app", "carrier", "_x9"]),
            st.sampled_from([Op.EQUAL, Op.NOT_EQUAL]),
            # Signs people cannot type plain are made plain, whatever they stand in.
            st.text(st.characters(codec="ascii"), max_size=40),
        ),
        min_size=1,
        max_size=MATCHERS_MAX,
    )
)
def test_what_is_written_is_read_as_the_same(given_: list[Matcher]) -> None:
    assert list(must_parse(written(given_))) == given_


@pytest.mark.parametrize(
    ("text", "is_matched"),
    [
        ("app=demo", True),
        ("app!=demo", False),
        ("app=Demo", False),
        ('app=~"de"', False),
        ('app=~"de.*"', True),
        ('app=~"x|demo"', True),
        ('app!~"x|demo"', False),
        ('app!~"de"', True),
        # What is not there counts as empty.
        ('carrier=""', True),
        ("carrier!=cmcc", True),
        ('carrier=~".+"', False),
        ('carrier=~"(cmcc)?"', True),
        ('alert=limit_hit, severity=~"warning|critical", app!=web', True),
        ("alert=limit_hit, app=web", False),
    ],
)
def test_all_of_them_have_to_fit_the_whole_value(text: str, *, is_matched: bool) -> None:
    assert matches(must_parse(text), LABELS) is is_matched


def test_none_at_all_match_everything() -> None:
    assert matches((), LABELS)


@given(
    st.sampled_from(["demo|web", "d.*", "[a-d]+", "(?i)DEMO", "demo?", "", "x{0,3}", r"\w+"]),
    st.text("demowb-x", max_size=6),
)
def test_expressions_mean_what_pythons_own_mean_where_both_take_them(
    expression: str, value: str
) -> None:
    is_like = re.fullmatch(expression, value) is not None
    assert Matcher("app", Op.LIKE, expression).accepts(value) is is_like
    assert Matcher("app", Op.NOT_LIKE, expression).accepts(value) is not is_like


def test_an_expression_that_would_take_python_for_ever_ends() -> None:
    (matcher,) = must_parse('app=~"(a+)+$b"')
    # Python's own would take 2 to the power of 20,000 steps.
    assert not matcher.accepts("a" * 20_000)


def test_an_expression_nobody_looked_at_is_an_error_and_no_match() -> None:
    with pytest.raises(ValueError, match=r"\(x"):
        Matcher("app", Op.LIKE, "(x").accepts("x")


@pytest.mark.parametrize(
    ("text", "is_all"),
    [
        ('alert=~".*"', True),
        ('severity=~"info|warning|critical"', True),
        ('app=~".*", severity!="info"', False),
        ('app!="nothing-has-this"', True),
        ("app=demo", False),
        ('app=~".+"', True),
        ('app!=""', True),
        ('team=""', True),
        ('request="", severity=~".*"', True),
        ('scope=~".+"', False),
        ('app=demo, team=""', False),
    ],
)
def test_a_silence_of_everything_is_known(text: str, *, is_all: bool) -> None:
    assert is_sweeping(must_parse(text)) is is_all
