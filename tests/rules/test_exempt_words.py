"""What people type behind `/sms limit exempt`, in both languages and in any order."""

import pytest

from bot.rules.exempt_words import ExemptWords, Verb, read
from bot.rules.words import Words
from bot.rules.words import read as read_words

SYNONYMS = {"添加": "add", "移除": "remove", "列表": "list", "删除": "delete"}


def typed(line: str) -> ExemptWords:
    words = read_words(line)
    assert isinstance(words, Words), words
    return read(words.tokens, SYNONYMS)


@pytest.mark.parametrize(
    ("line", "verb", "numbers"),
    [
        ("", Verb.LIST, ()),
        ("list", Verb.LIST, ()),
        ("app=demo", Verb.LIST, ()),
        ("13800000001", Verb.LIST, ("13800000001",)),
        ("remove 13800000001", Verb.REMOVE, ("13800000001",)),
        ("移除 13800000001", Verb.REMOVE, ("13800000001",)),
        ("删除 13800000001", Verb.REMOVE, ("13800000001",)),
        ("add", Verb.ADD, ()),
        ("ADD +86 138 0000 0001", Verb.ADD, ("+8613800000001",)),
        ("add 13800000001, 13800000002", Verb.ADD, ("13800000001", "13800000002")),
        ("drop 13800000001", None, ("13800000001",)),
    ],
)
def test_the_verb_and_the_numbers(line: str, verb: Verb | None, numbers: tuple[str, ...]) -> None:
    found = typed(line)
    joined = tuple(each.replace(" ", "") for each in found.numbers)
    assert (found.verb, joined) == (verb, numbers)


@pytest.mark.parametrize(
    "line",
    [
        'add 13800000001 for 7d because "load test"',
        "add 13800000001 for 7d because load test",
        "add 13800000001 load test for 7d",
        "添加 13800000001 持续 7d 因为load test",
        "add 13800000001 because load test for 7d",
        "add 13800000001 load test 持续 7d",
        'add 13800000001 for 7d reason="load test"',
    ],
)
def test_how_long_and_why(line: str) -> None:
    found = typed(line).rest
    assert (found.lasts, found.until) == ("7d", "")
    assert found.reason == "load test"


def test_too_long_a_time_is_none_for_good() -> None:
    assert typed("add 13800000001 because load test for 90d").rest.lasts == "90d"


def test_an_end_and_an_app_may_be_named() -> None:
    found = typed("add 13800000001 until Friday 18:00 app=demo because QA phone").rest
    assert (found.until, found.app, found.reason) == ("Friday 18:00", "demo", "QA phone")
