"""Every code the sandbox refuses with has a sentence, in both languages."""

import ast
import re
from pathlib import Path

import pytest

import bot.sandbox.tencent
from bot.locales import Locale, find

FOLDER = Path(bot.sandbox.tencent.__file__).parent
CODE = re.compile(
    r"(?:AuthFailure|FailedOperation|InternalError|InvalidParameter(?:Value)?|LimitExceeded"
    r"|MissingParameter|UnauthorizedOperation|UnsupportedOperation)(?:\.[A-Za-z]+)?"
    r"|InvalidAction|InvalidRequest|NoSuchVersion|Request(?:Size)?LimitExceeded|UnknownParameter"
    r"|UnsupportedProtocol|600[01][0-9]"
)
#: A table of numbers, for codes that other generations of the API have as well.
ONLY_NAMED = {"v5_codes.py"}
#: The beginning of four codes; each window adds its end.
BEGINNING = "LimitExceeded.PhoneNumber"
WINDOWS = ("ThirtySecondLimit", "OneHourLimit", "DailyLimit", "SameContentDailyLimit")


def codes() -> set[str]:
    """Every code that is written out somewhere in the sandbox."""
    texts = {
        node.value
        for path in FOLDER.glob("*.py")
        if path.name not in ONLY_NAMED
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if CODE.fullmatch(text)} - {BEGINNING}


@pytest.mark.parametrize("locale", Locale)
def test_a_code_has_a_sentence(locale: Locale) -> None:
    wanted = codes() | {BEGINNING + window for window in WINDOWS}
    assert len(wanted) > 80
    assert sorted(code for code in wanted if find(locale, f"sandbox.error.{code}") is None) == []
