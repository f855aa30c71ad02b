"""What a code means, as it is shown: whole, in both languages, and no markup from outside."""

from collections.abc import Mapping

import pytest
from slack_sdk.models.blocks import Block

from bot.locales import Locale, find
from bot.registry import SlackMessage
from bot.rules.code_search import explain
from bot.rules.codes import CODES, Code, Kind
from bot.rules.receipts import Carrier, Category, Receipt, receipts
from bot.slack.messages import codes
from bot.slack.messages.codes import NAMES_SHOWN
from tests.journeys.people import buttons_of, words_of

EN, ZH = Locale.EN, Locale.ZH_CN


def shown(message: SlackMessage) -> str:
    return words_of({"text": message.text, "blocks": list(message.blocks)})


def answer(typed: str, locale: Locale = EN) -> str:
    return shown(codes.answer([explain(typed)], locale))


@pytest.mark.parametrize("locale", Locale)
def test_every_code_there_is_is_told_with_category_prospect_cause_and_cure(locale: Locale) -> None:
    every: Mapping[str, Code | Receipt] = {**CODES, **receipts()}
    for name, known in every.items():
        said = answer(name, locale)
        for key in (known.cause_key, known.cure_key):
            assert (find(locale, key) or key) in said, name
        assert name in said


@pytest.mark.parametrize("locale", Locale)
def test_no_two_kinds_categories_or_carriers_have_one_name(locale: Locale) -> None:
    for area, names in (("kind", Kind), ("category", Category), ("carrier", Carrier)):
        said = [find(locale, f"why.{area}.{each.value}") for each in names]
        assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("typed", "prospect"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", "*Temporary:* Tencent takes it again after"),
        ("LimitExceeded.PhoneNumberDailyLimit", "*Temporary:* Tencent takes it again the next day"),
        ("FailedOperation.MarketingSendTimeConstraint", "from 08:00, Beijing time"),
        ("RequestLimitExceeded", "*Temporary:* smsops slows down"),
        ("InternalError.Timeout", "*Not certain:* it may have gone out"),
        ("FailedOperation.TemplateIdNotExist", "*Permanent:* Tencent refuses it again"),
        ("MK:0001", "*Permanent:* the same message to this number fails again"),
        ("MK:0004", "*Temporary:* the same message may arrive later"),
        ("UNKNOWN", "*Not certain:* the code does not say"),
        ("LimitExceeded", "*Not certain:* the code does not say"),
        ("LimitExceeded.Brandnew", "*Not certain:* the code does not say"),
        ("LimitExceeded.PhoneNumberCountLimit", "*Permanent:*"),
        ("DELIVRD", "*Final:* it arrived."),
    ],
)
def test_it_says_whether_it_passes(typed: str, prospect: str) -> None:
    assert prospect in answer(typed)


def test_a_number_of_v5_names_the_code_it_stands_for_and_a_longer_one_that_ends_so() -> None:
    said = answer("1025")
    assert "`1025` · result of the older API v5" in said
    assert "the same as `LimitExceeded.PhoneNumberDailyLimit`" in said
    assert "end the same: `MB:1025`" in said


def test_codes_with_one_meaning_share_its_lines_and_a_long_row_is_cut() -> None:
    said = answer("0001")
    assert "Nothing is called exactly that." in said
    assert "`FF:0001` `LT:0001` `MO:0001` · receipt code, China Unicom" in said
    assert said.count("The number is not in use.") == 1
    ending = [each for each in receipts() if each.endswith(":0003")]
    assert all(f"`{each}`" in answer("0003") for each in ending)


def test_of_a_long_row_the_rest_is_counted() -> None:
    longer = len(explain("13").longer)
    assert longer > NAMES_SHOWN
    assert f"and {longer - NAMES_SHOWN} more" in answer("13")


def test_where_carriers_differ_it_says_what_decides() -> None:
    said = answer("15")
    assert "what counts is the carrier of the number" in said
    assert "China Unicom" in said
    assert "China Telecom" in said
    assert "what counts" not in answer("MK:0001")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("LimitExceeded.Brandnew", "Codes of the family `LimitExceeded`"),
        ("TX:9999", "Receipt codes that begin like this"),
        ("MB:9999", "listed receipt codes that begin with `MB:`"),
        ("hello", "is in no list smsops knows."),
    ],
)
def test_an_unlisted_code_is_told_as_such_with_what_may_help(typed: str, says: str) -> None:
    said = answer(typed)
    assert f"`{typed}` is in no list smsops knows." in said
    assert says in said
    assert "product/382/59177" in said
    assert "没有" in answer(typed, ZH)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(
    "typed",
    [
        ["0001"],
        ["13"],
        [f"MK:{number:04}" for number in (1, 4, 10, 17, 118)],
        ["LimitExceeded.Brandnew"],
        ["SdkAppId"],
        ["MB:9999"],
    ],
)
def test_every_answer_fits_block_kit_and_has_a_text(typed: list[str], locale: Locale) -> None:
    message = codes.answer([explain(each) for each in typed], locale)
    assert 0 < len(message.text) <= 3000
    assert len(message.blocks) <= 50
    for block in Block.parse_all([dict(block) for block in message.blocks]):
        assert block is not None
        block.validate_json()


def test_what_may_have_been_meant_is_a_click_away() -> None:
    message = codes.answer([explain("PhoneNumberDaylyLimit")], EN)
    (row,) = (block for block in message.blocks if block["type"] == "actions")
    assert row["elements"][0]["value"] == "LimitExceeded.PhoneNumberDailyLimit"
    ids = buttons_of({"blocks": list(message.blocks)})
    assert ids == [f"{codes.CODE}_{place}" for place in range(len(ids))]


@pytest.mark.parametrize("locale", Locale)
def test_what_was_typed_is_no_markup_and_no_number(locale: Locale) -> None:
    said = answer("<!channel>`*x*` 13800005678 " + "y" * 500, locale)
    assert "<!channel>" not in said
    assert "13800005678" not in said
    assert "y" * 61 not in said
