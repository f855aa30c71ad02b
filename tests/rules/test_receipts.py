"""Carriers' receipt codes: sorted where they are known, polite where they are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.locales import Locale, find, sentences
from bot.rules.receipts import CODES, PREFIXES, Category, receipt_of


@pytest.mark.parametrize(
    ("code", "category", "permanent"),
    [
        ("MK:0000", Category.EMPTY_NUMBER, True),
        ("MK:0001", Category.EMPTY_NUMBER, True),
        ("MK:0004", Category.OFF, False),
        ("MK:0010", Category.UNREACHABLE, False),
        ("MK:0017", Category.HANDSET, False),
        ("MK:0118", Category.CONTENT_BLOCKED, True),
        ("ID:0076", Category.CONTENT_BLOCKED, True),
        ("UNDELIV", Category.NOT_REACHED, False),
        ("UNDELIVRD", Category.NOT_REACHED, False),
        ("REJECTD", Category.REJECTED, False),
        ("EXPIRED", Category.EXPIRED, False),
        ("UNKNOWN", Category.UNKNOWN, False),
        ("MX:0003", Category.CARRIER_FREQUENCY, False),
        ("DB:0142", Category.CARRIER_FREQUENCY, False),
        ("MX:0012", Category.BLACKLIST, True),
        ("DB:0141", Category.BLACKLIST, True),
        ("DB:0139", Category.TIME_WINDOW, False),
        ("TE:0014", Category.REVIEW_REJECTED, True),
        ("TX:2000", Category.SIGNATURE_NOT_FILED, False),
        ("TX:3000", Category.GATEWAY, False),
    ],
)
def test_a_known_failure_has_its_category(code: str, category: Category, permanent: bool) -> None:
    receipt = receipt_of(code)
    assert (receipt.category, receipt.known) == (category, True)
    assert receipt.permanent is permanent


@pytest.mark.parametrize("code", ["DELIVRD", "ACCEPTD", "0", "", "MK:0001"])
def test_the_report_itself_says_whether_it_arrived(code: str) -> None:
    assert receipt_of(code, success=True).category is Category.DELIVERED


def test_a_failure_with_the_code_of_a_delivery_proves_neither() -> None:
    receipt = receipt_of("DELIVRD", success=False)
    assert (receipt.category, receipt.known) == (Category.UNKNOWN, False)


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("VALVE:H", Category.CARRIER_FREQUENCY),
        ("SMGPERR:57", Category.GATEWAY),
        ("BWLIST _006", Category.BLACKLIST),
        ("TX:4151", Category.GATEWAY),
        ("QQ:0001", Category.UNKNOWN),
        ("", Category.UNKNOWN),
    ],
)
def test_an_unlisted_code_is_guessed_by_its_prefix_and_says_so(
    code: str, category: Category
) -> None:
    receipt = receipt_of(code)
    assert (receipt.category, receipt.known) == (category, False)


def test_spaces_and_small_letters_make_no_difference() -> None:
    assert receipt_of(" mk:0001 ").category is Category.EMPTY_NUMBER


def test_no_listed_code_is_hidden_by_another_spelling() -> None:
    assert all(code == code.strip().upper() for code in [*CODES, *PREFIXES])


@pytest.mark.parametrize("locale", Locale)
def test_every_category_has_one_cause_and_one_cure_and_there_are_no_others(
    locale: Locale,
) -> None:
    keys = {f"{category.value}.{part}" for category in Category for part in ("cause", "cure")}
    found = sentences(locale, "carrier_codes")
    assert set(found) == keys
    assert all(text.endswith("." if locale is Locale.EN else "。") for text in found.values())


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_string_is_a_receipt_with_an_explanation(code: str) -> None:
    assert find(Locale.ZH_CN, receipt_of(code).cause_key)
