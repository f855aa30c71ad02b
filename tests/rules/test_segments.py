import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.segments import GSM_BASIC, GSM_EXTENSION, Encoding, count

GSM = st.text(st.sampled_from(sorted(GSM_BASIC)), min_size=1)


@pytest.mark.parametrize(
    ("characters", "segments"),
    [
        pytest.param(0, 1, id="empty"),
        pytest.param(1, 1, id="one"),
        pytest.param(70, 1, id="full_single"),
        pytest.param(71, 2, id="first_split"),
        pytest.param(134, 2, id="two_full"),
        pytest.param(135, 3, id="third_begins"),
        pytest.param(150, 3, id="example_of_tencent"),
        pytest.param(500, 8, id="longest"),
    ],
)
def test_a_mainland_message_is_billed_by_70_then_67(characters: int, segments: int) -> None:
    length = count("测" * characters)

    assert (length.characters, length.segments) == (characters, segments)
    assert length.encoding is Encoding.MAINLAND


def test_every_mainland_character_counts_one() -> None:
    text = "【腾讯云】Code 1，ａ^€{}"

    assert count(text).characters == len(text)


def test_the_brackets_of_a_mainland_signature_are_left_out_when_told_to() -> None:
    text = "【腾讯云】" + "a" * 67

    assert count(text).segments == 2
    assert count(text, brackets_count=False).segments == 1
    assert count("a【b】", brackets_count=False).characters == 4
    assert count("【ab", brackets_count=False).characters == 3


@pytest.mark.parametrize(
    ("text", "characters", "segments", "encoding"),
    [
        pytest.param("a" * 160, 160, 1, Encoding.GSM_7, id="gsm_single"),
        pytest.param("a" * 161, 161, 2, Encoding.GSM_7, id="gsm_split"),
        pytest.param("a" * 320, 320, 3, Encoding.GSM_7, id="example_of_tencent"),
        pytest.param("a" * 158 + "€", 160, 1, Encoding.GSM_7, id="extension_fits"),
        pytest.param("a" * 159 + "€", 161, 2, Encoding.GSM_7, id="extension_counts_two"),
        pytest.param("|^€{}[]~\\", 18, 1, Encoding.GSM_7, id="all_extensions"),
        pytest.param("测" * 70, 70, 1, Encoding.UCS_2, id="ucs_single"),
        pytest.param("测" * 71, 71, 2, Encoding.UCS_2, id="ucs_split"),
        pytest.param("a" * 69 + "😀", 71, 2, Encoding.UCS_2, id="emoji_is_two_units"),
        pytest.param("a" * 70 + "ç", 71, 2, Encoding.UCS_2, id="one_foreign_letter_turns_it"),
    ],
)
def test_an_international_message_is_billed_by_its_alphabet(
    text: str, characters: int, segments: int, encoding: Encoding
) -> None:
    length = count(text, international=True)

    assert (length.characters, length.segments, length.encoding) == (characters, segments, encoding)


@pytest.mark.parametrize(
    ("international", "limit"),
    [pytest.param(False, 500, id="cn"), pytest.param(True, 2000, id="intl")],
)
def test_a_message_over_its_limit_is_too_long(international: bool, limit: int) -> None:
    assert not count("a" * limit, international=international).is_too_long
    assert count("a" * (limit + 1), international=international).is_too_long


@given(text=GSM, more=st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION | {"测", "😀"})))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    for international in (False, True):
        before = count(text, international=international)
        after = count(text + more, international=international)
        assert after.segments >= before.segments


@given(text=st.text())
def test_segments_are_as_few_as_can_hold_the_text(text: str) -> None:
    for international in (False, True):
        length = count(text, international=international)
        single, each = (160, 153) if length.encoding is Encoding.GSM_7 else (70, 67)
        room = single if length.segments == 1 else length.segments * each
        assert length.characters <= room
        if length.segments > 1:
            assert length.characters > max(single, (length.segments - 1) * each)
