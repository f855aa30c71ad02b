"""The two languages say the same things."""

import string
from pathlib import Path

import pytest

from bot.locales import Locale, areas, enumerated, find, join, locale_of, sentences, text


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_areas() -> None:
    assert areas(Locale.EN) == areas(Locale.ZH_CN)


@pytest.mark.parametrize("area", areas(Locale.EN))
def test_both_languages_have_the_same_keys_and_placeholders(area: str) -> None:
    en, zh = sentences(Locale.EN, area), sentences(Locale.ZH_CN, area)
    assert set(en) == set(zh)
    assert {key: placeholders(en[key]) for key in en} == {key: placeholders(zh[key]) for key in zh}


@pytest.mark.parametrize("area", areas(Locale.EN))
@pytest.mark.parametrize("locale", Locale)
def test_no_sentence_is_empty_or_padded(locale: Locale, area: str) -> None:
    for key, sentence in sentences(locale, area).items():
        assert sentence.strip() == sentence != "", f"{area}.{key}"


def test_an_unknown_key_raises_in_text_and_is_none_in_find() -> None:
    assert find(Locale.EN, "nowhere.at_all") is None
    with pytest.raises(KeyError, match="nowhere"):
        text(Locale.EN, "nowhere.at_all")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-CN", Locale.ZH_CN),
        ("zh_CN.UTF-8", Locale.ZH_CN),
        ("zh-TW", Locale.ZH_CN),
        ("en-US", Locale.EN),
        ("fr-FR", Locale.EN),
        ("", Locale.EN),
        (None, Locale.EN),
    ],
)
def test_a_tag_chooses_the_language(tag: str | None, expected: Locale) -> None:
    assert locale_of(tag) == expected


@pytest.mark.parametrize(
    ("locale", "parts", "joined"),
    [
        (
            Locale.ZH_CN,
            ("驳回过：请联系@here", "按原因修改。"),
            "驳回过：请联系@here。按原因修改。",
        ),
        (Locale.ZH_CN, ("为什么？", "", "“好。”", "再看。"), "为什么？“好。”再看。"),
        (Locale.EN, ("It said: ask @here", "Follow it."), "It said: ask @here. Follow it."),
        (Locale.EN, ("*The cause:*", "Tencent is busy"), "*The cause:* Tencent is busy"),
    ],
)
def test_sentences_are_kept_apart_whatever_they_end_with(
    locale: Locale, parts: tuple[str, ...], joined: str
) -> None:
    assert join(locale, *parts) == joined


def test_names_are_parted_by_the_comma_the_language_has_for_lists() -> None:
    names = ["@a", "@b", "@c"]
    assert enumerated(Locale.EN, names) == "@a, @b, @c"
    assert enumerated(Locale.ZH_CN, names) == "@a、@b、@c"
    assert {enumerated(locale, []) for locale in Locale} == {""}


def test_no_message_parts_names_by_a_comma_of_its_own() -> None:
    """What an entry of the trail holds is shown as it is kept."""
    messages = sorted(Path("bot/slack/messages").rglob("*.py"))
    found = {each.name for each in messages if '", ".join(' in each.read_text(encoding="utf-8")}
    assert found == {"audit.py"}
