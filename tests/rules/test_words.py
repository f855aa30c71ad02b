import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.words import BadText, TextFault, Word, Words, did_you_mean, read, text_behind


def words(text: str) -> list[tuple[str | None, str]]:
    """The (key, text) pairs `text` reads as."""
    found = read(text)
    assert isinstance(found, Words), found
    return [(word.key, word.text) for word in found.tokens]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \u3000\n\t\u00a0", [], id="only_spaces"),
        pytest.param("send 1110", ["send", "1110"], id="plain"),
        pytest.param("send\u30001110\nx", ["send", "1110", "x"], id="any_space"),
        pytest.param("ｓｅｎｄ　＋８６１３８", ["send", "+86138"], id="full_width_words"),
        pytest.param("138，139：140", ["138,139:140"], id="folded_punctuation"),
        pytest.param("你好，世界：１", ["你好，世界：１"], id="chinese_stays_as_typed"),
        pytest.param("—help ——at ―x", ["--help", "--at", "--x"], id="long_dashes"),
        pytest.param("–x −y ‑z a–b", ["-x", "-y", "-z", "a-b"], id="short_dashes"),
        pytest.param("中—文", ["中—文"], id="dash_in_chinese"),
        pytest.param("it's it’s", ["it's", "it’s"], id="apostrophes"),
        pytest.param("a\\b", ["a\\b"], id="backslash_outside_quotes"),
        pytest.param("=x", ["=x"], id="no_key"),
        pytest.param("a&amp;b &lt;x&gt; &amp;lt;", ["a&b", "<x>", "&lt;"], id="entities"),
        pytest.param("a<b <c", ["a<b", "<c"], id="no_markup"),
        pytest.param('"a b" “c d” 「e f」', ["a b", "c d", "e f"], id="double_quotes"),
        pytest.param("『g h』 ‘i j’ ＂k l＂", ["g h", "i j", "k l"], id="other_quotes"),
        pytest.param("”a b“ ’c d‘", ["a b", "c d"], id="quotes_of_the_wrong_hand"),
        pytest.param("“他说“你好”” 「a「b」c」", ["他说“你好”", "a「b」c"], id="nested_quotes"),
        pytest.param("‘it’s ok’", ["it’s ok"], id="apostrophe_in_single_quotes"),
        pytest.param(r'"a \"b\" \\ \n"', ['a "b" \\ \\n'], id="escapes"),
        pytest.param("“a \\” b”", ["a ” b"], id="escaped_curly_quote"),
        pytest.param('"你好，　世界＝１—"', ["你好，　世界＝１—"], id="quoted_value_survives"),
        pytest.param('"a\nb"', ["a\nb"], id="quoted_line_break_survives"),
        pytest.param('""', [""], id="empty_quotes"),
    ],
)
def test_a_text_is_read_word_by_word(text: str, tokens: list[str]) -> None:
    assert words(text) == [(None, token) for token in tokens]


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        pytest.param("code=4370", ("code", "4370"), id="plain"),
        pytest.param("code＝４３７０", ("code", "4370"), id="full_width"),
        pytest.param("｛１｝=x", ("{1}", "x"), id="full_width_key"),
        pytest.param("Code=x", ("Code", "x"), id="case_is_kept"),
        pytest.param("验证码=4370", ("验证码", "4370"), id="chinese_key"),
        pytest.param("a=b=c", ("a", "b=c"), id="only_the_first_equals"),
        pytest.param('name="Lin Wei"', ("name", "Lin Wei"), id="quoted"),
        pytest.param("name=“林，伟”", ("name", "林，伟"), id="curly_quoted"),
        pytest.param("name=林，伟", ("name", "林，伟"), id="chinese_value"),
        pytest.param("code=", ("code", ""), id="empty"),
        pytest.param("at=2026–12", ("at", "2026–12"), id="dash_in_a_value"),
        pytest.param("x/y=1", (None, "x/y=1"), id="no_key_with_a_slash"),
        pytest.param("k" * 41 + "=1", (None, "k" * 41 + "=1"), id="no_key_that_long"),
        pytest.param("to=<tel:+86138|138>", ("to", "+86138"), id="link_as_value"),
        pytest.param("<tel:+86138|138>=1", (None, "+86138=1"), id="link_is_no_key"),
    ],
)
def test_a_value_has_the_key_before_its_equals_sign(
    text: str, pair: tuple[str | None, str]
) -> None:
    assert words(text) == [pair]


@pytest.mark.parametrize(
    ("text", "token"),
    [
        pytest.param("<tel:+8613800000001|138 0000 0001>", "+8613800000001", id="tel"),
        pytest.param("<tel:13800000001>", "13800000001", id="tel_without_label"),
        pytest.param("<mailto:lin@example.com|lin@example.com>", "lin@example.com", id="mailto"),
        pytest.param("<http://example.com|example.com>", "example.com", id="scheme_added"),
        pytest.param("<http://example.com/|example.com>", "example.com", id="slash_added"),
        pytest.param("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2", id="url"),
        pytest.param("<https://evil.example|bank>", "https://evil.example", id="hidden_target"),
        pytest.param("<@U0LIN|lin>", "@U0LIN", id="user"),
        pytest.param("<#C0SMS|sms>", "#C0SMS", id="channel"),
        pytest.param("<!subteam^S0SENDERS|@x>", "!subteam^S0SENDERS", id="group"),
        pytest.param('"see <http://a.cn|a.cn>, ok"', "see a.cn, ok", id="inside_quotes"),
        pytest.param("ａ<@U1>", "ａ@U1", id="beside_a_link_nothing_is_folded"),
    ],
)
def test_links_are_taken_out_of_their_markup(text: str, token: str) -> None:
    assert words(text) == [(None, token)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("a" * 3001, BadText(TextFault.TOO_LONG, 3001), id="too_long"),
        pytest.param(
            "a\u202eb",
            BadText(TextFault.CONTROL_CHARACTER, 3, position=2, code_point="U+202E"),
            id="bidi",
        ),
        pytest.param(
            '"\u200b"',
            BadText(TextFault.CONTROL_CHARACTER, 3, position=2, code_point="U+200B"),
            id="zero_width_in_quotes",
        ),
        pytest.param(
            "\x00",
            BadText(TextFault.CONTROL_CHARACTER, 1, position=1, code_point="U+0000"),
            id="nul",
        ),
        pytest.param(
            "\ud800",
            BadText(TextFault.CONTROL_CHARACTER, 1, position=1, code_point="U+D800"),
            id="lone_surrogate",
        ),
        pytest.param(
            "\u2028",
            BadText(TextFault.CONTROL_CHARACTER, 1, position=1, code_point="U+2028"),
            id="line_separator",
        ),
        pytest.param(
            'x="abc',
            BadText(TextFault.UNBALANCED_QUOTE, 6, position=3, code_point="U+0022"),
            id="never_closed",
        ),
        pytest.param(
            "“abc“",
            BadText(TextFault.UNBALANCED_QUOTE, 5, position=1, code_point="U+201C"),
            id="opened_twice",
        ),
        pytest.param(
            'ab"c d"',
            BadText(TextFault.MISPLACED_QUOTE, 7, position=3, code_point="U+0022"),
            id="inside_a_word",
        ),
        pytest.param(
            '"ab"c',
            BadText(TextFault.MISPLACED_QUOTE, 5, position=5, code_point="U+0063"),
            id="word_behind_a_quote",
        ),
        pytest.param(
            '"ab"<tel:>',
            BadText(TextFault.MISPLACED_QUOTE, 5, position=5),
            id="link_behind_a_quote",
        ),
        pytest.param(
            '"ab\\',
            BadText(TextFault.UNBALANCED_QUOTE, 4, position=1, code_point="U+0022"),
            id="escape_at_the_end",
        ),
    ],
)
def test_a_text_that_cannot_be_read_says_why_and_where(text: str, fault: BadText) -> None:
    assert read(text) == fault


def test_the_longest_text_is_read() -> None:
    assert words("a" * 3000) == [(None, "a" * 3000)]


SIGNS = st.sampled_from([*'ab =＝"“”‘’「」\\<>|@:—–，１　', "&amp;", "<tel:1|2>", "<@U1>"])


@given(text=st.text() | st.lists(SIGNS).map("".join))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert isinstance(read(text), Words | BadText)


PLAIN = st.text(st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="<>&"))


@given(value=PLAIN, key=st.none() | st.sampled_from(["1", "code"]))
def test_a_quoted_value_is_never_altered(value: str, key: str | None) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    text = f'send {key}="{escaped}"' if key else f'send "{escaped}"'

    assert words(text) == [(None, "send"), (key, value)]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        pytest.param("sned", "send", id="transposed"),
        pytest.param("SEND", "send", id="upper_case"),
        pytest.param("ｓｅｎｄ", "send", id="full_width"),
        pytest.param("tempalte", "template", id="longer"),
        pytest.param("temp", "template", id="shortened"),
        pytest.param("模板", "template", id="synonym"),
        pytest.param("模版", "template", id="near_a_synonym"),
        pytest.param("zzz", None, id="nothing_near"),
        pytest.param("x" * 3000, None, id="very_long"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_mistyped_word_finds_the_nearest_choice(word: str, meant: str | None) -> None:
    synonyms = {"模板": "template", "发送": "send"}

    assert did_you_mean(word, ["send", "template", "help"], synonyms) == meant


def test_without_synonyms_only_the_choices_are_compared() -> None:
    assert did_you_mean("hlep", ["send", "help"]) == "help"
    assert read("send") == Words((Word("send"),))


@pytest.mark.parametrize(
    ("text", "count", "rest"),
    [
        pytest.param("template lint 您好，　“腾讯云” ", 2, "您好，　“腾讯云”", id="as_typed"),
        pytest.param("a lint x=1 b—c\nd", 2, "x=1 b—c\nd", id="dashes_and_breaks_stay"),
        pytest.param("a lint type=otp １２３", 3, "１２３", id="width_stays"),
        pytest.param("a lint a&amp;b <http://x.cn|x.cn>", 2, "a&b x.cn", id="markup_goes"),
        pytest.param("a lint", 2, "", id="nothing_behind"),
        pytest.param("a", 2, "", id="too_few_words"),
        pytest.param('"a b', 1, "", id="not_words"),
    ],
)
def test_the_text_behind_some_words_stays_as_typed(text: str, count: int, rest: str) -> None:
    assert text_behind(text, count) == rest
