from pathlib import Path

from bot.rules.delivery import diagram

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"


def test_the_page_on_delivery_draws_the_table_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    drawn = page.partition("```mermaid\n")[2].partition("```")[0]

    assert drawn == diagram(), "docs/delivery.md is behind: see its last line for the command"
