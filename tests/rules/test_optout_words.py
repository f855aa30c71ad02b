"""Which replies say no: words alone, wishes in a sentence, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.optout_words import LONGEST, says_no

#: Those of Tencent's documents, old and new, and what is printed under messages abroad.
WORDS = [
    "T",
    "N",
    "TD",
    "R",
    "QX",
    "0000",
    "退订",
    "T退订",
    "退",
    "拒收",
    "STOP",
    "UNSUBSCRIBE",
    "退訂",
    "取消订阅",
    "拒收R",
    "拒收请回复R",
    "退订回T",
    "回复T",
    "回T退订",
    "请退订",
    "我要退订",
    "TUIDING",
    "STOPALL",
    "QUIT",
]
WIDE = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {0x20: "\u3000"}
AROUND = st.text(
    " \t\r\n\u3000.。!！,，;；~～'\"“”‘’()（）【】[]<>《》-—_*`\u200b\ufeff", max_size=6
)
OTHERS = (
    "",
    " ",
    "【】",
    "Thanks",
    "收到",
    "好的",
    "TNT",
    "NR",
    "Y",
    "000",
    "no",
    "N2",
    "不退订",
    "不要退订",
    "退款",
    "我要退货",
    "怎么退订",
    "R" * (LONGEST + 1),
    "R" * 5000,
    "R" + " " * 500 + "eally good",
)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_says_no(word: str) -> None:
    assert says_no(word)


@given(st.sampled_from(WORDS), AROUND, AROUND, st.booleans(), st.data())
def test_case_width_spaces_and_punctuation_do_not_matter(
    word: str, before: str, behind: str, is_wide: bool, data: st.DataObject
) -> None:
    cased = "".join(data.draw(st.sampled_from([each.lower(), each.upper()])) for each in word)
    apart = data.draw(st.sampled_from(["", " ", "\u3000", "."])).join(cased)
    said = before + apart + behind
    assert says_no(said.translate(WIDE) if is_wide else said)


@pytest.mark.parametrize("text", OTHERS)
def test_anything_else_says_nothing(text: str) -> None:
    assert not says_no(text)


@given(st.text("abcdefghijklmopsuvwyz123456789好的收到谢谢是", min_size=1, max_size=2000))
def test_what_holds_none_of_the_words_never_says_no(text: str) -> None:
    assert not says_no(text) or any(word.casefold() in text for word in WORDS)


@given(st.text(max_size=3000))
def test_any_text_is_answered(text: str) -> None:
    assert says_no(text) in {True, False}


#: What people write in place of the word alone.
WISHES = (
    *("退订退订", "退订一下", "麻烦退订一下", "给我退订", "马上退订", "全部退订", "退订所有"),
    *("退订【腾讯云】", "【腾讯云】退订", "T【腾讯云】", "退订 发自我的iPhone", "退定", "回td退"),
    *("T\r\n--\nSent from my phone", "T T", "TT", "N N N", "00000", "取消", "拒绝", "停止"),
    *("不要发了", "别发了", "请不要再给我发短信", "请勿打扰", "能不能别发了", "不要了退订"),
    *("please stop", "STOP please", "stop sending", "unsubscribe me", "remove me", "T👍"),
    *("你们怎么还在发，退订！", "This is not what I asked for, please stop it now", "退订\ufffd"),
    *("Can you please stop texting me?", "我不想再收到你们的广告短信", "退订" * LONGEST),
)
#: What holds such a word and is none: denied, asked about, or about something else.
NO_WISHES = (
    *("不退订", "不要退订", "别退订", "请不要退订", "请勿拒收", "我没有要退订", "我不想退订"),
    *("怎么退订", "如何退订？", "退订吗", "可以退订吗", "请问退订多少钱", "退订是什么意思"),
    *("取消订单", "取消预约吗", "不要取消", "请勿取消", "停止营业了吗", "我要退订单", "退定金"),
    *("不要发货了", "别发快递", "退货", "cancel my order", "don't stop", "Don’t stop!"),
    *("do not unsubscribe me", "I did not ask to unsubscribe", "how do I stop this", "UNSTOP"),
    *("Can I unsubscribe?", "nonstop", "TN", "快递到了", "T恤", "N95口罩", "R U there"),
)


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_counts_as_people_write_it(text: str) -> None:
    assert says_no(text)


@pytest.mark.parametrize("text", NO_WISHES)
def test_what_is_denied_asked_or_about_something_else_is_no_wish(text: str) -> None:
    assert not says_no(text)


AWAY = st.text("的好货单到了谢谢收到abcde123", max_size=40)


@given(AWAY, st.sampled_from(["退订", "别发了", "please stop", "unsubscribe"]), AWAY)
def test_a_wish_in_a_clause_of_its_own_counts_whatever_stands_around_it(
    before: str, wish: str, behind: str
) -> None:
    assert says_no(f"{before}，{wish}。{behind}")


@given(
    AWAY,
    st.sampled_from(["不", "不要", "没有", "不想", "没说要", "别给我"]),
    st.sampled_from(["退订", "拒收", "取消订阅"]),
)
def test_a_wish_that_is_denied_never_counts(before: str, no: str, wish: str) -> None:
    assert not says_no(f"{before}，{no}{wish}")


@given(
    st.sampled_from(["退订", "拒收", "取消订阅"]), st.sampled_from(["怎么{}", "{}吗", "如何{}?"])
)
def test_a_question_about_it_never_counts(wish: str, asked: str) -> None:
    assert not says_no(asked.format(wish))
