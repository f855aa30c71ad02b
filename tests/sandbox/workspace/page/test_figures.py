"""Tables in pages, charts, cards, containers and plans are drawn, turned, opened and pressed."""

import pytest
from playwright.async_api import expect

from bot.sandbox.workspace.blocks import ALLOWED, Surface
from tests.sandbox.workspace.kit import PICTURE, RICH, card, chart, container, pie, plan, task
from tests.sandbox.workspace.page.stage import Json, OpenPage, Stage, plain
from tests.sandbox.workspace.page.test_drawing import MARKUP, MESSAGE, expect_no_markup

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

PICK: Json = {"type": "button", "action_id": "pick", "text": plain("Choose"), "value": "7"}


def cells(*texts: str) -> list[Json]:
    return [{"type": "raw_text", "text": text} for text in texts]


PAGED: Json = {
    "type": "data_table",
    "caption": f"Sent by template {MARKUP}",
    "page_size": 2,
    "rows": [cells("Template", "Sent"), *(cells(f"T{n}", str(n)) for n in range(1, 6))],
}
WEEK: Json = {
    "type": "bar",
    "series": [
        {
            "name": name,
            "data": [{"label": "Mon", "value": first}, {"label": MARKUP[:20], "value": 5}],
        }
        for name, first in (("sent", 10), ("failed", -2))
    ],
    "axis_config": {"categories": ["Mon", MARKUP[:20]], "x_label": "day", "y_label": MARKUP},
}
OFFER = card(
    hero_image=PICTURE,
    subtitle=plain(MARKUP),
    body={"type": "mrkdwn", "text": "*Two* segments"},
    actions=[PICK],
    subtext=plain("since today"),
)
BLOCKS: list[Json] = [
    PAGED,
    chart(WEEK),
    pie(3, 1, title=MARKUP),
    OFFER,
    {"type": "carousel", "elements": [card(title=plain(f"Card {n}")) for n in range(3)]},
    container(2, subtitle=plain(MARKUP), is_collapsible=True, default_collapsed=True),
    {"type": "container", "rich_text_title": RICH, "child_blocks": [{"type": "divider"}]},
    {**plan(2), "title": MARKUP},
    {"type": "task_card", **task(title=MARKUP, status="error", details=RICH)},
]


async def test_all_of_them_are_drawn_and_none_as_markup(open_page: OpenPage, stage: Stage) -> None:
    """With those of the other test, that is every block a message may have."""
    assert {block["type"] for block in (*BLOCKS, *MESSAGE)} == ALLOWED[Surface.MESSAGE]
    page = await open_page("U0MAYA")
    await stage.post(text="x", blocks=BLOCKS)
    shown = page.locator(".message .content")
    await expect(shown.locator("> .block")).to_have_count(len(BLOCKS))
    await expect(shown.locator("[data-chart=bar] dt")).to_have_text(
        ["Mon · sent", "Mon · failed", f"{MARKUP[:20]} · sent", f"{MARKUP[:20]} · failed"]
    )
    await expect(shown.locator("[data-chart=pie] dd")).to_have_text(["3 (75%)", "1 (25%)"])
    await expect(shown.locator(".carousel .card")).to_have_count(3)
    await expect(shown.locator(".task.is-error")).to_contain_text("failed")
    await expect_no_markup(page)


async def test_a_long_table_turns_a_card_is_used_and_a_container_opens(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await stage.post(text="x", blocks=[PAGED, OFFER, BLOCKS[5]])
    names = page.locator(".data-table tbody th")
    await expect(names).to_have_text(["T1", "T2"])
    later = page.get_by_role("button", name="Later rows")
    await later.click()
    await later.click()
    await expect(names).to_have_text(["T5"])
    await expect(later).to_be_disabled()
    await expect(page.locator(".pager")).to_contain_text("5–5 of 5")
    await page.get_by_role("button", name="Earlier rows").click()
    await expect(names).to_have_text(["T3", "T4"])
    await page.get_by_role("button", name="Choose").click()
    [used] = await stage.heard.at_least(1)
    assert (used["action_id"], used["value"]) == ("pick", "7")
    inner = page.locator(".container-body")
    await expect(inner).to_be_hidden()
    await page.locator("summary.container-head").press("Enter")
    await expect(inner).to_be_visible()


async def test_a_table_of_words_needs_no_scrolling_on_a_small_screen(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await page.set_viewport_size({"width": 390, "height": 844})
    rows = [
        cells("ID", "Name", "Kind", "Review", "Text"),
        cells("1110", "Login code", "code, mainland", "usable", "您的验证码是{1}。" * 6),
    ]
    wrapped = [{"is_wrapped": at in {1, 4}} for at in range(5)]
    words = {"type": "table", "rows": rows, "column_settings": wrapped}
    many = {
        "type": "table",
        "rows": [cells(*"ABCDE"), cells(*(f"{nth},000,000" for nth in range(5)))],
    }
    await stage.post(text="x", blocks=[many])
    await expect(page.locator(".table")).to_contain_text("4,000,000")
    assert await page.locator(".table").evaluate("node => node.scrollWidth <= node.clientWidth")
    await stage.post(text="x", blocks=[words])
    drawn = page.locator(".table").last
    await expect(drawn).to_contain_text("usable")
    assert await drawn.evaluate("node => node.scrollWidth <= node.clientWidth")
    tops = await drawn.evaluate(
        "node => [...node.querySelectorAll('td')].map((cell) => cell.getBoundingClientRect().top)"
    )
    assert tops[0] == tops[1] < tops[4]
    assert await drawn.evaluate("node => node.clientHeight < 200")
    # Its head is not there, so a figure says of what it is.
    heads = await drawn.evaluate(
        """node => [...node.querySelectorAll('td')].map(
            (cell) => getComputedStyle(cell, '::before').content)"""
    )
    assert heads == ['"ID "', "none", "none", "none", "none"]
    await expect(drawn.get_by_role("columnheader").first).to_have_text("ID")
