"""What is shown of people who said no: masked, inert, in both languages."""

from datetime import UTC, datetime

import pytest

from bot.locales import Locale
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.recipients import BadRow
from bot.slack.messages import optouts as messages
from bot.slack.messages.optouts import Listed

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NUMBER = "+8613800001234"
REASON = "<!here> *asked* at 13800005678"


def optout(source: Source) -> Optout:
    return Optout(NUMBER, "腾讯云", Scope.ALL, source, REASON, "U0MAYA", NOW)


@pytest.mark.parametrize("locale", Locale)
def test_a_number_is_masked_and_a_reason_is_no_markup(locale: Locale) -> None:
    listed = [Listed(optout(source), "key") for source in Source]
    shown = str(messages.of_number(NUMBER, listed, locale, may_ask=True))
    shown += str(
        messages.overview({Source.REPLY: 5}, [optout(Source.REPLY)], 0, locale, may_add=True)
    )
    assert "+86 138****1234" in shown
    for hidden in ("13800001234", "13800005678", "<!here>"):
        assert hidden not in shown


def test_what_a_reply_said_is_not_shown() -> None:
    shown = messages.of_number(
        NUMBER, [Listed(optout(Source.REPLY), "k")], Locale.EN, may_ask=False
    )
    assert "asked" not in str(shown)
    assert messages.REMOVE not in str(shown)


@pytest.mark.parametrize(
    ("page", "known", "ways"),
    [(0, 10, []), (0, 11, ["_on"]), (1, 11, ["_back"]), (1, 30, ["_back", "_on"])],
)
def test_a_page_leads_to_those_beside_it(page: int, known: int, ways: list[str]) -> None:
    shown = messages.overview({Source.REPLY: known}, [], page, Locale.EN, may_add=False)
    found = [
        element["action_id"].removeprefix(messages.TURN)
        for block in shown.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    assert found == ways


def test_a_signature_that_is_none_is_quoted_short_and_inert() -> None:
    shown = messages.unknown_signature(f"`<!here> 13800005678 {'x' * 99}", "腾讯云", Locale.EN)
    assert "Did you mean `腾讯云`?" in shown.text
    assert "x" * 40 not in shown.text
    assert "13800005678" not in shown.text
    assert "<!here>" not in shown.text


@pytest.mark.parametrize(("locale", "row"), [(Locale.EN, "Row 4: "), (Locale.ZH_CN, "第 4 行：")])
def test_a_row_of_an_import_is_named_in_the_readers_punctuation(locale: Locale, row: str) -> None:
    bad = [BadRow(4, "number.landline", "A", "010-12345678")]
    assert row in messages.imported(2, 0, 1, bad, locale)
