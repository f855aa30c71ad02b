"""Codes are found however they are typed, in every list that has them."""

import re
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.sms.v20210111 import errorcodes
from tencentcloud.vms.v20200902 import errorcodes as voice_codes

from bot.rules.code_search import NEAREST_SHOWN, code_of_number, explain, find
from bot.rules.codes import CODES, Kind
from bot.rules.legacy_codes import NUMBERS
from bot.rules.receipts import Carrier, Category, receipts

DAILY = "LimitExceeded.PhoneNumberDailyLimit"
CONSTANTS = {
    name: value
    for name, value in chain(vars(errorcodes).items(), vars(voice_codes).items())
    if name.isupper()
}
any_text = st.text(st.characters(exclude_categories=[]), max_size=200)


@pytest.mark.parametrize(
    "typed",
    [
        DAILY,
        DAILY.lower(),
        f" {DAILY}. ",
        f"`{DAILY}`,",
        "LimitExceeded．PhoneNumberDailyLimit",
        "limitexceeded phonenumberdailylimit",
        "LIMITEXCEEDED_PHONENUMBERDAILYLIMIT",
        f"“{DAILY}：”",
        "PhoneNumberDailyLimit",
    ],
)
def test_letter_size_signs_and_family_may_be_left_out(typed: str) -> None:
    assert [code.name for code in explain(typed).codes] == [DAILY]


def test_every_code_of_the_official_sdks_is_found_by_its_value_and_by_its_constant() -> None:
    for constant, value in CONSTANTS.items():
        for typed in (value, value.upper(), constant):
            assert CODES[value] in explain(typed).codes, typed


def test_every_code_of_ours_is_found_by_its_name() -> None:
    for name in CODES:
        assert explain(name).codes == (CODES[name],)
    for name in receipts():
        assert receipts()[name] in explain(name).receipts
        assert receipts()[name] in explain(name.lower()).receipts


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_of_v5_stands_for_its_code(number: int) -> None:
    for typed in (str(number), f"v5.{number}", f"V5 {number}"):
        assert explain(typed).numbers == (number,)
    assert code_of_number(number).name == NUMBERS[number]


@pytest.mark.parametrize(
    "typed", ["mk:0001", "MK：0001", "mk 0001", "MK0001", "mk-0001", "MK:0001;"]
)
def test_a_carriers_code_is_found_the_same_ways(typed: str) -> None:
    assert [each.code for each in explain(typed).receipts] == ["MK:0001"]


def test_a_name_that_several_families_have_is_explained_in_each() -> None:
    found = explain("jsonparsefail")
    assert {each.name for each in found.codes} == {
        "FailedOperation.JsonParseFail",
        "InternalError.JsonParseFail",
    }
    assert found.is_partial


def test_a_bare_end_is_explained_for_every_code_that_has_it() -> None:
    found = explain("0001")
    assert found.is_partial
    assert {each.code for each in found.receipts} == {
        name for name in receipts() if re.split("[:]", name)[-1] == "0001" and ":" in name
    }
    assert len({each.category for each in found.receipts}) > 1


def test_a_code_that_carriers_use_differently_has_all_its_meanings() -> None:
    assert [(each.carrier, each.category) for each in explain("15").receipts] == [
        (Carrier.UNICOM, Category.EMPTY_NUMBER),
        (Carrier.TELECOM, Category.GATEWAY),
    ]
    both = {"DB:0140", "DB：0140"}
    for typed in both:
        assert {each.code for each in explain(typed).receipts} == both


def test_a_full_name_tells_of_longer_ones_that_end_with_it() -> None:
    found = explain("1025")
    assert (found.numbers, found.receipts, found.longer) == ((1025,), (), ("MB:1025",))


def test_the_sign_of_a_bare_number_counts() -> None:
    assert [each.code for each in explain("-12").receipts] == ["-12"]
    assert [each.code for each in explain("12").receipts] == ["12"]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("LimitExceeded.PhoneNumberDayliLimit", DAILY),
        ("PhoneNumberDaylyLimit", DAILY),
        ("limitexeeded.appdailylimit", "LimitExceeded.AppDailyLimit"),
        ("DELIVERD", "DELIVRD"),
        ("FailedOperation.Template", "FailedOperation.TemplateIdNotExist"),
        ("SdkAppId", "InvalidParameterValue.SdkAppIdNotExist"),
    ],
)
def test_a_slip_or_a_piece_finds_what_was_meant(typed: str, nearest: str) -> None:
    found = explain(typed)
    assert not found.is_known
    assert nearest in found.nearest
    assert len(found.nearest) <= NEAREST_SHOWN


@pytest.mark.parametrize("typed", ["999999", "13800000001", "-77777", "R-7K3Q"])
def test_a_number_or_an_id_is_no_slip_of_a_code(typed: str) -> None:
    found = explain(typed)
    assert (found.is_known, found.nearest) == (False, ())


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("limitexceeded.New", Kind.LIMIT),
        ("AuthFailure.New", Kind.OPERATOR),
        ("internalerror.New", Kind.OUTCOME),
        ("AuthFailure", Kind.OPERATOR),
    ],
)
def test_a_new_code_of_a_known_family_is_taken_for_one_of_it(typed: str, kind: Kind) -> None:
    found = explain(typed)
    assert not found.is_known
    assert found.family is not None
    assert (found.family.kind, found.family.known, found.guess) == (kind, False, None)


def test_a_new_receipt_code_is_guessed_by_its_prefix_or_by_its_like() -> None:
    guessed = explain("tx:9999").guess
    assert guessed is not None
    assert guessed.category is Category.GATEWAY
    like = explain("mb:9999").relatives
    assert like is not None
    under = [each for each in receipts() if each.startswith("MB:")]
    assert (like.prefix, like.count) == ("MB:", len(under))
    assert like.of_category == sum(receipts()[each].category is like.category for each in under)
    # Two or three codes prove nothing, and a word has no prefix.
    for typed in ("YX:1", "hello", ":", "a:", ""):
        assert explain(typed).relatives is None


@settings(deadline=None)
@given(any_text)
def test_any_text_has_an_answer(typed: str) -> None:
    found = explain(typed)
    assert found.is_known == (find(typed) is not None)
    assert not (found.is_known and found.nearest)


@given(st.sampled_from([*CODES, *receipts()]), st.text(" \t`,;。“”", max_size=3), st.booleans())
def test_what_stands_around_a_code_changes_nothing(name: str, around: str, is_upper: bool) -> None:
    typed = f"{around}{name.upper() if is_upper else name}{around}"
    found = find(typed)
    assert found is not None
    assert name in {each.name for each in found.codes} | {each.code for each in found.receipts}
