"""Carriers' receipt codes: sorted where they are known, polite where they are not."""

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.locales import Locale, find, sentences
from bot.rules.receipts import (
    PERMANENT,
    PREFIXES,
    UNTOLD,
    Carrier,
    Category,
    listed,
    plain,
    receipt_of,
    receipts,
)

# Tencent's table of 2021 (cloud.tencent.com/document/product/382/59177), sorted by its wording.
TABLE = Path(__file__).parents[1] / "samples" / "carrier_codes.csv"
# What the table's own wording leaves open, some codes tell.
SORTED: Mapping[str, set[Category]] = {
    "delivered": {Category.DELIVERED},
    "invalid_number": {Category.EMPTY_NUMBER, Category.NOT_REACHED},
    "off_or_suspended": {Category.OFF, Category.UNREACHABLE},
    "terminal": {Category.HANDSET},
    "blacklist": {Category.BLACKLIST},
    "frequency": {Category.CARRIER_FREQUENCY},
    "content": {Category.CONTENT_BLOCKED},
    "manual_reject": {Category.REVIEW_REJECTED, Category.REJECTED},
    "time_window": {Category.TIME_WINDOW},
    "expired": {Category.EXPIRED},
    "portability": {Category.PORTED},
    "gateway": {Category.GATEWAY, Category.SIGNATURE_NOT_FILED, Category.NO_REASON},
    "unclassified": {Category.NO_REASON},
}


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_code_of_the_table_is_known_in_its_category_and_for_its_carrier() -> None:
    assert len(rows()) == 1970
    for row in rows():
        (first, *_) = listed(row["code"])
        assert first.category in SORTED[row["category"]], row
        assert (first.carrier, first.known) == (Carrier(row["carrier"]), True), row


def test_no_code_was_made_up() -> None:
    # One row of the table names two codes.
    names = {row["code"] for row in rows()} | {"S::FAIL", "S::FAILED"}
    assert set(receipts()) == {name if name == "DB：0140" else plain(name) for name in names}


def test_a_failed_report_with_any_code_of_the_table_is_explained() -> None:
    for row in rows():
        receipt = receipt_of(row["code"])
        is_delivery = row["category"] == "delivered"
        assert receipt.known is not is_delivery
        assert (receipt.category is Category.UNKNOWN) is is_delivery


def test_what_is_permanent_is_so_by_its_category_and_silence_is_neither() -> None:
    assert {each.category for each in receipts().values()} == set(Category) - {Category.UNKNOWN}
    for receipt in receipts().values():
        assert receipt.permanent is (receipt.category in PERMANENT)
    assert not PERMANENT & UNTOLD


def test_codes_written_alike_that_mean_something_else_are_kept_apart() -> None:
    assert receipt_of("DB:0140").category is Category.BLACKLIST
    assert receipt_of("DB：0140").category is Category.GATEWAY
    assert [each.category for each in listed("db：0140")] == [Category.GATEWAY, Category.BLACKLIST]


@pytest.mark.parametrize(
    ("code", "meanings"),
    [
        ("15", [(Carrier.UNICOM, Category.EMPTY_NUMBER), (Carrier.TELECOM, Category.GATEWAY)]),
        ("130", [(Carrier.TELECOM, Category.GATEWAY)]),
        ("255", [(Carrier.UNICOM, Category.NO_REASON), (Carrier.TELECOM, Category.GATEWAY)]),
        ("256", []),
        ("015", []),
    ],
)
def test_a_bare_number_within_a_listed_range_has_the_meaning_of_the_range_too(
    code: str, meanings: list[tuple[Carrier, Category]]
) -> None:
    assert [(each.carrier, each.category) for each in listed(code)] == meanings


def test_a_code_is_told_as_it_was_reported() -> None:
    reported = receipt_of(" mk:0001 ")
    assert (reported.code, reported.carrier) == (" mk:0001 ", Carrier.MOBILE)


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
        ("UNKNOWN", Category.NO_REASON, False),
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
        ("VALVE:Z", Category.CARRIER_FREQUENCY),
        ("SMGPERR:9999", Category.GATEWAY),
        ("BWLIST-7", Category.BLACKLIST),
        ("TX:4152", Category.GATEWAY),
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
    assert {code for code in [*receipts(), *PREFIXES] if code != plain(code)} == {"DB：0140"}


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
