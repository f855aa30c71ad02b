from pathlib import Path

import pytest

from bot.rules import delivery, requests

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "table"),
    [("delivery.md", delivery.diagram()), ("approvals.md", requests.diagram())],
)
def test_a_page_draws_its_table_as_it_is(name: str, table: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    drawn = page.partition("```mermaid\n")[2].partition("```")[0]

    assert drawn == table, f"docs/{name} is behind: see its last line for the command"
