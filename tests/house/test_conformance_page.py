"""The published table of conformance is what the tests try, with no empty cell."""

from pathlib import Path

from tests.conformance import PARTS, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_tests_try() -> None:
    """`python -m tests.conformance > docs/conformance.md` renews it."""
    assert (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8") == page()


def test_every_row_has_a_success_a_judge_and_an_error() -> None:
    for title, judge, judged in PARTS:
        assert judged, title
        assert judge, title
        for action, (success, codes) in judged.items():
            assert (ROOT / success.partition("::")[0]).is_file(), action
            assert codes, action
