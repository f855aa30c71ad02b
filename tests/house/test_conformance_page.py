"""The published tables of conformance are what the trials are, and no cell of them is empty."""

import pytest

from tests.conformance.pages import (
    BEGIN,
    CELLS,
    END,
    FILES,
    PAGE,
    README,
    ROOT,
    TITLES,
    TRIALS,
    EmptyCellError,
    page,
    section,
    with_section,
)

RENEW = "`python -m tests.conformance` renews it"


def test_the_page_is_what_the_trials_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(CELLS), RENEW


def test_the_table_of_the_readme_is_what_the_trials_are() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme == with_section(readme, CELLS), RENEW


@pytest.mark.parametrize("part", TITLES)
def test_every_part_has_its_trials_in_a_file(part: str) -> None:
    assert {each.part for each in CELLS} == set(TITLES)
    assert all((ROOT / TRIALS / name).is_file() for name in FILES[part])


def test_every_row_of_the_readme_has_all_its_cells() -> None:
    lines = section(CELLS).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:-1]]
    assert (lines[0], lines[-1]) == (BEGIN, END)
    assert len(rows) == len({(each.part, each.action) for each in CELLS})
    assert all(len(row) == 5 and all(row) and int(row[3]) > 0 for row in rows)


@pytest.mark.parametrize("part", TITLES)
def test_an_action_of_which_one_thing_did_not_pass_is_not_published(part: str) -> None:
    action = next(each.action for each in CELLS if each.part == part)
    mine = {each for each in CELLS if (each.part, each.action) == (part, action)}
    for gone in ({each for each in mine if each.way}, {each for each in mine if each.code}):
        for publish in (page, section):
            with pytest.raises(EmptyCellError, match=action):
                publish(set(CELLS) - gone)


def test_a_readme_without_the_marks_is_not_written_to() -> None:
    with pytest.raises(ValueError, match="conformance"):
        with_section("# smsops\n", CELLS)
