"""What is said about a list: whole sentences, and nothing from the list is markup."""

import pytest

from bot.locales import Locale
from bot.rules.recipients import BadRow, CheckFacts, CheckFault, row_reasons
from bot.slack.messages.recipients import fault_sentence, ignored_sentence, row_sentence

VALUES: dict[CheckFault, dict[str, str | int]] = {
    CheckFault.TOO_LARGE: {"limit_mb": 32},
    CheckFault.TOO_MANY_ROWS: {"limit": 9},
    CheckFault.TOO_MANY_SHEET_ROWS: {"limit": 9},
    CheckFault.TOO_MANY_COLUMNS: {"row": 2, "limit": 9},
    CheckFault.SEVERAL_SHEETS: {"found": "a, b"},
    CheckFault.LINE_TOO_LONG: {"row": 2, "limit": 9},
    CheckFault.OPEN_QUOTE: {"row": 2},
    CheckFault.NO_PHONE_COLUMN: {"found": "a, b"},
    CheckFault.SEVERAL_PHONE_COLUMNS: {"found": "a, b"},
    CheckFault.COLUMN_TWICE: {"variable": 1},
    CheckFault.NO_HEADER: {"missing": "{1}"},
    CheckFault.MISSING_COLUMNS: {"missing": "{1}", "found": "a, b"},
    CheckFault.NO_SUCH_COLUMN: {"column": "c", "variable": 1, "found": "a, b"},
    CheckFault.TEMPLATE_GONE: {"template": "1110"},
}


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("fault", CheckFault)
def test_every_refusal_is_a_whole_sentence(fault: CheckFault, locale: Locale) -> None:
    values = VALUES.get(fault, {})
    said = fault_sentence(fault.value, CheckFacts(fault_values=values), locale)
    assert all(str(value) in said for value in values.values())
    assert "{{" not in said
    assert "{row" not in said


@pytest.mark.parametrize("locale", Locale)
def test_every_row_has_its_sentence(locale: Locale) -> None:
    said = [row_sentence(BadRow(2, reason, "A", "x"), locale) for reason in row_reasons()]
    assert len(said) == len(row_reasons())
    assert not any("{" in sentence for sentence in said)


def test_what_a_list_says_is_never_markup() -> None:
    facts = CheckFacts(ignored=("<!channel>", "a"), fault_values={"found": "<@U1>"})
    assert ignored_sentence(facts, Locale.EN) == ("Columns that are not read: &lt;!channel&gt;, a")
    assert "&lt;@U1&gt;" in fault_sentence("no_phone_column", facts, Locale.EN)
    marked = CheckFacts(ignored=("*b*",), fault_values={"found": "*b*"})
    assert "*b*" not in ignored_sentence(marked, Locale.EN)
    assert "*b*" not in fault_sentence("no_phone_column", marked, Locale.EN)
    assert ignored_sentence(CheckFacts(), Locale.EN) == ""
