import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.rules.numbers import (
    BadNumber,
    Number,
    NumberFault,
    cover,
    cover_all,
    cover_typed,
    mask,
    read_number,
)

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
WIDE_DIGITS = str.maketrans("0123456789+", "０１２３４５６７８９＋")
NARROW_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A mainland mobile and one of the ways to write it."""
    mobile = draw(MOBILE)
    prefix = draw(
        st.sampled_from(
            ["", "0", "86", "860", "0086", "+86", "+86 0", "(+86)", "+86 (0)", "+86 ", "0086-"]
        )
    )
    digits = list(mobile)
    for place in sorted(draw(st.sets(st.integers(1, 10), max_size=3)), reverse=True):
        digits.insert(place, draw(st.sampled_from([" ", "-", ".", "–", "\u00a0", "\u3000"])))
    text = prefix + "".join(digits)
    # 138000000.00 is what a spreadsheet makes of a number; it is refused, so it is no spelling.
    assume(not re.fullmatch(r"\+?[0-9]{7,}\.[0-9]{0,2}", text))
    if draw(st.booleans()):
        text = text.translate(WIDE_DIGITS)
    if draw(st.booleans()):
        text = f"<tel:{text}|{mobile}>"
    return mobile, f" {text}\n"


@given(spelled=spellings())
def test_every_spelling_of_a_mainland_number_is_one_number(spelled: tuple[str, str]) -> None:
    mobile, text = spelled

    assert read_number(text) == Number(f"+86{mobile}", "CN", is_mainland=True)


@pytest.mark.parametrize(
    ("text", "e164", "country"),
    [
        pytest.param("+1 (415) 555-0101", "+14155550101", "US", id="us"),
        pytest.param("001 415 555 0101", "+14155550101", "US", id="double_zero"),
        pytest.param("tel:+85291234567", "+85291234567", "HK", id="hong_kong"),
        pytest.param("+853 6612 3456", "+85366123456", "MO", id="macao"),
        pytest.param("+886 912 345 678", "+886912345678", "TW", id="taiwan"),
        pytest.param("+44 (0)7911 123456", "+447911123456", "GG", id="trunk_zero"),
        pytest.param("+44 7700 900123", "+447700900123", "GB", id="range_not_in_the_tables"),
    ],
)
def test_a_number_of_another_country_is_read(text: str, e164: str, country: str) -> None:
    assert read_number(text) == Number(e164, country, is_mainland=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", NumberFault.EMPTY, id="nothing"),
        pytest.param(" \u3000\n", NumberFault.EMPTY, id="only_spaces"),
        pytest.param("<tel:>", NumberFault.EMPTY, id="empty_link"),
        pytest.param("1" * 65, NumberFault.TEXT_TOO_LONG, id="over_64_characters"),
        pytest.param("1" * 64, NumberFault.TOO_LONG, id="64_digits"),
        pytest.param("abc", NumberFault.MALFORMED, id="letters"),
        pytest.param("13800000001x", NumberFault.MALFORMED, id="trailing_letter"),
        pytest.param("++8613800000001", NumberFault.MALFORMED, id="two_pluses"),
        pytest.param("+86138+0000001", NumberFault.MALFORMED, id="plus_inside"),
        pytest.param("+", NumberFault.MALFORMED, id="plus_alone"),
        pytest.param("１3800٠00001", NumberFault.MALFORMED, id="arabic_digit"),
        pytest.param("13800000001.0", NumberFault.MALFORMED, id="decimal"),
        pytest.param("13800000001,13900000001", NumberFault.MALFORMED, id="two_numbers"),
        pytest.param("1.38E+10", NumberFault.SCIENTIFIC_NOTATION, id="scientific"),
        pytest.param("+138e8", NumberFault.SCIENTIFIC_NOTATION, id="scientific_small"),
        pytest.param("=13800000001", NumberFault.FORMULA, id="equals"),
        pytest.param("＝13800000001", NumberFault.FORMULA, id="full_width_equals"),
        pytest.param("@13800000001", NumberFault.FORMULA, id="at"),
        pytest.param("-13800000001", NumberFault.FORMULA, id="minus"),
        pytest.param("138\u202e00000001", NumberFault.CONTROL_CHARACTER, id="bidi"),
        pytest.param("138\u200b00000001", NumberFault.CONTROL_CHARACTER, id="zero_width"),
        pytest.param("138\x0000000001", NumberFault.CONTROL_CHARACTER, id="nul"),
        pytest.param("138\n00000001", NumberFault.CONTROL_CHARACTER, id="line_break_inside"),
        pytest.param("138\ud80000000001", NumberFault.CONTROL_CHARACTER, id="lone_surrogate"),
        pytest.param("+86 010 1234 5678", NumberFault.LANDLINE, id="beijing"),
        pytest.param("0755-88888888", NumberFault.LANDLINE, id="shenzhen"),
        pytest.param("+81 3 1234 5678", NumberFault.LANDLINE, id="tokyo"),
        pytest.param("400 123 4567", NumberFault.SERVICE_NUMBER, id="400"),
        pytest.param("10086", NumberFault.SERVICE_NUMBER, id="carrier"),
        pytest.param("+86110", NumberFault.SERVICE_NUMBER, id="police"),
        pytest.param("95588", NumberFault.SERVICE_NUMBER, id="bank"),
        pytest.param("1069123456789", NumberFault.SERVICE_NUMBER, id="sms_sender"),
        pytest.param("+1 900 555 1234", NumberFault.SERVICE_NUMBER, id="premium"),
        pytest.param("+1 800 555 1234", NumberFault.SERVICE_NUMBER, id="toll_free"),
        pytest.param("1380000000", NumberFault.TOO_SHORT, id="ten_digits"),
        pytest.param("+86", NumberFault.TOO_SHORT, id="country_alone"),
        pytest.param("+12", NumberFault.TOO_SHORT, id="one_digit_of_us"),
        pytest.param("+4479", NumberFault.TOO_SHORT, id="short_gb"),
        pytest.param("5", NumberFault.TOO_SHORT, id="one_digit"),
        pytest.param("138000000012", NumberFault.TOO_LONG, id="twelve_digits"),
        pytest.param("0138000000012", NumberFault.TOO_LONG, id="zero_and_twelve_digits"),
        pytest.param("01380000000", NumberFault.TOO_SHORT, id="zero_and_ten_digits"),
        pytest.param("01012345678", NumberFault.LANDLINE, id="beijing_bare"),
        pytest.param("+1415555010199", NumberFault.TOO_LONG, id="long_us"),
        pytest.param("+44" + "7" * 20, NumberFault.TOO_LONG, id="long_gb"),
        pytest.param("12345678901", NumberFault.NOT_MOBILE, id="range_12"),
        pytest.param("20123456789", NumberFault.NOT_MOBILE, id="range_20"),
        pytest.param("+999 1234567", NumberFault.UNKNOWN_COUNTRY, id="no_such_country"),
        pytest.param("+800 1234 5678", NumberFault.UNKNOWN_COUNTRY, id="no_country"),
        pytest.param("+0138000000", NumberFault.UNKNOWN_COUNTRY, id="zero_country"),
    ],
)
def test_what_is_no_mobile_is_refused_with_its_reason(text: str, reason: NumberFault) -> None:
    found = read_number(text)

    assert isinstance(found, BadNumber)
    assert found.reason is reason


def test_a_refusal_tells_how_many_digits_there_were_and_of_which_country() -> None:
    assert read_number("138000") == BadNumber(NumberFault.TOO_SHORT, 6, "CN")
    assert read_number("+1 415 555") == BadNumber(NumberFault.TOO_SHORT, 7, "US")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("415 555 0101", Number("+14155550101", "US", False), id="home"),
        pytest.param("011 86 13800000001", Number("+8613800000001", "CN", True), id="mainland"),
        pytest.param("011 86 12345678901", BadNumber(NumberFault.NOT_MOBILE, 11, "CN"), id="bad"),
        pytest.param("+8613800000001", Number("+8613800000001", "CN", True), id="prefix_wins"),
    ],
)
def test_a_number_without_prefix_belongs_to_the_default_region(
    text: str, number: Number | BadNumber
) -> None:
    assert read_number(text, "US") == number


@given(text=st.text(max_size=80))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    found = read_number(text)

    if isinstance(found, Number):
        assert re.fullmatch(r"\+[1-9][0-9]{4,14}", found.e164)
        assert read_number(found.e164) == found


@given(digits=st.from_regex(r"[+]?(?:00)?[0-9]{1,30}", fullmatch=True))
def test_no_row_of_digits_makes_the_reader_fail(digits: str) -> None:
    found = read_number(digits)

    if isinstance(found, Number):
        assert found.is_mainland == (found.country == "CN") == found.e164.startswith("+86")
        assert read_number(found.e164) == found


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        pytest.param("+8613800001234", "+86 138****1234", id="mainland"),
        pytest.param("+861012345678", "+86 10****78", id="mainland_landline"),
        pytest.param("+14155550101", "+1 41****01", id="us"),
        pytest.param("+6591234567", "+65 91****67", id="singapore"),
        pytest.param("+4915112345678", "+49 15****78", id="germany"),
        pytest.param("+2901234", "+290 1****4", id="short"),
        pytest.param("+247123", "+247 ****", id="too_short_to_show_any"),
        pytest.param("+99912345678", "+99****78", id="no_such_country"),
        pytest.param("8613800001234", "+86 138****1234", id="no_plus"),
        pytest.param("+1", "+1 ****", id="country_alone"),
        pytest.param("", "****", id="empty"),
        pytest.param("+86abc", "****", id="letters"),
        pytest.param("+86138000012345678", "****", id="too_long"),
    ],
)
def test_a_masked_number_shows_its_country_and_its_ends(e164: str, masked: str) -> None:
    assert mask(e164) == masked


@given(number=st.from_regex(r"[+][1-9][0-9]{3,14}", fullmatch=True))
def test_a_masked_number_hides_at_least_four_digits_or_half(number: str) -> None:
    shown = mask(number)

    assert "****" in shown
    if not shown.startswith("+86 1"):
        national = shown.rpartition(" ")[2] if " " in shown else shown
        digits = sum(character.isdigit() for character in national)
        assert digits * 2 <= len(number) - 1


@given(spellings(), st.text(" .-/_()x号", max_size=3), st.integers(1, 10))
def test_no_spelling_of_a_number_is_left_to_be_read_in_a_cell(
    spelling: tuple[str, str], between: str, place: int
) -> None:
    mobile, text = spelling
    for cell in (text, f"{text}1", f"x{text}", mobile[:place] + between + mobile[place:]):
        digits = "".join(str(int(each)) for each in cover_all(cell) if each.isdecimal())
        # +86 138****0001 is the most that is shown.
        assert mobile not in digits
        assert len(digits) <= 9


@pytest.mark.parametrize(
    ("cell", "covered"),
    [
        ("138 0000 0001", "+86 138****0001"),
        ("138000000012", "138******012"),
        ("021-62345678", "02*-******78"),
        ("http://a.cn 13811112222", "http://a.cn 13*******22"),
        ("1380000", "1*****0"),
        ("+86 138****0001", "+86 138****0001"),
        ("=cmd|x", "=cmd|x"),
        ("1.38E+10", "1.38E+10"),
        ("", ""),
    ],
)
def test_a_cell_is_covered_where_a_number_may_stand_in_it(cell: str, covered: str) -> None:
    assert cover_all(cell) == covered


@pytest.mark.parametrize(
    "typed",
    [
        "号码13800000001错了",
        "13800000001: he said so",
        "phone:13800000001",
        "138 0000 0001",
        "+86 138-0000-0001",
        "８６１３８００００００００１",
        "<tel:13800000001|13800000001>",
        "<tel:+8613800000001|13800000001>",
    ],
)
def test_a_number_is_covered_however_people_write_it_in_a_sentence(typed: str) -> None:
    covered = cover(typed)
    assert "****" in covered
    assert not re.search(r"0{4,}", re.sub(r"[ -]", "", covered.translate(NARROW_DIGITS)))


@pytest.mark.parametrize(
    ("typed", "covered"),
    [
        ("+852 9123 4501", "+852 91****01"),
        ("+44 7911 123405", "+44 79****05"),
        ("+44 7911123405", "+44 79****05"),
        ("+1.202.555.0104", "+1 20****04"),
        ("(202) 555-0104", "(20*) ***-**04"),
        ("202 555 0104", "20* *** **04"),
        ("07911 123456", "07*** ****56"),
        ("9123 4567", "91** **67"),
        ("138.0000.1706", "+86 138****1706"),
        ("138·0000·1706", "13*·****·**06"),
        ("138 00 00 17 09", "+86 138****1709"),
        ("138 00001709", "+86 138****1709"),
        ("138\u20110000\u20111709", "+86 138****1709"),
    ],
)
def test_numbers_of_any_country_are_covered_however_they_are_parted(
    typed: str, covered: str
) -> None:
    for before, after in (("ask ", " first"), ("请致电", "，谢谢"), ("phone:", ": he said")):
        said = f"{before}{typed}{after}"
        assert cover(said) == cover_typed(said) == f"{before}{covered}{after}"
    assert cover(f"since 2026-11-23: {typed}, 2026-12-01") == (
        f"since 2026-11-23: {covered}, 2026-12-01"
    )


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-23 09:00 to 2026-12-01 18:00",
        "2026-11-23/2026-11-24",
        "23.11.2026 and 2026/11/23",
        "2026-11-23 09:00:00.123456",
        "from 0900-1800, in 2025-2026",
        "10.0.0.1 and 192.168.100.200:8080",
        "1,000,000 or 1 000 000 000 a day, not 5000 6000",
        "templates 1110 1111, code 1014",
        "0.123456 or 12.34567",
        "R-7K3Q E-12ab34 port 8321",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 0",
        "2:1, 3:2, 1:0, 0:0, 1:1, 4:3",
    ],
)
def test_what_people_write_of_days_and_figures_is_left(said: str) -> None:
    assert cover(said) == cover_typed(said) == said


@pytest.mark.parametrize(
    "said",
    ["20261122.csv", "list_20260101", "2026.06.01-2026.06.18", "2026/6/1~2026/6/18 促销"],
)
def test_days_in_names_of_files_and_texts_are_left(said: str) -> None:
    assert cover(said) == said


def test_a_run_that_nothing_parts_is_covered_as_well() -> None:
    assert cover("call 91234567") == "call 91****67"
    assert cover("SDK AppID 1400006666") == "SDK AppID 140****6666"


@given(spellings(), st.sampled_from(["", "ask ", "请致电"]), st.sampled_from(["", " now", "。"]))
def test_no_spelling_is_left_to_be_read_in_a_sentence(
    spelling: tuple[str, str], before: str, after: str
) -> None:
    mobile, written = spelling
    covered = cover_typed(f"{before}{written}{after}")
    digits = "".join(str(int(each)) for each in covered if each.isdecimal())
    assert mobile not in digits


@given(
    st.sampled_from(["13800001706", "+8613800001706", "008613800001706", "+6591234501"]),
    st.text(" .,;:/|_*+~-\n\t。、，…·•😀\u3000\u200b", min_size=1, max_size=6),
    st.booleans(),
)
def test_a_number_is_covered_with_anything_between_all_its_digits(
    number: str, between: str, is_wide: bool
) -> None:
    digits = number.removeprefix("+")
    spelt = between.join(digits.translate(WIDE_DIGITS) if is_wide else digits)
    plus = number.removesuffix(digits)
    for said in (f"{plus}{spelt}", f"我的号：{plus}{spelt} 打给我", f"call {plus}{spelt}."):
        for covered in (cover(said), cover_typed(said)):
            left = "".join(str(int(each)) for each in covered if each.isdecimal())
            assert digits[-8:] not in left


@pytest.mark.parametrize("typed", ["13800000001x", "+447911123456x", "x13800000001"])
def test_a_number_with_a_letter_glued_to_it_is_covered_where_somebody_typed_it(typed: str) -> None:
    digits = re.search(r"\d+", typed)
    assert digits is not None
    assert digits[0] not in cover_typed(f"/sms limit exempt {typed} because")
    assert cover_typed("day=100000 13800000001") == "day=100000 +86 138****0001"


@pytest.mark.parametrize(
    "said",
    [
        "4719:106138000000019",
        "2026-11-23 1380 0000",
        "E-13800000001",
        "a13800000001b",
        "demo:1795413198000",
    ],
)
def test_an_id_and_a_time_are_no_numbers(said: str) -> None:
    assert cover(said) == said
