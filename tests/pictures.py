"""`make pictures`: the README's pictures, taken of the page as it is, in the machine's Chromium."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from bot.cli.demo import without_proxy
from bot.cli.local import Local, Plan, running_locally
from bot.locales import Locale, text
from bot.sandbox.tencent import SandboxConfig

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
#: Long enough for the card to be seen accepted first, as in the demo.
CONFIG = SandboxConfig(report_delay_s=2.0, delay_scale=0.0)
PATIENCE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who looks, and in which language the page and the cards are."""

    file: str
    user: str
    locale: Locale
    lines: tuple[str, ...]


SENDS = (
    "/sms send +8613800000002 1110 code=204816",
    "/sms send +8613800000001 1110 code=123456",
)
PICTURES = (
    Picture("page.png", "U0MAYA", Locale.EN, SENDS),
    Picture("page-zh.png", "U0LIN", Locale.ZH_CN, SENDS),
)
ENDS: Mapping[str, str] = {
    SENDS[0]: "card.state.undelivered",
    SENDS[1]: "card.state.delivered",
}


async def take(browser: Browser, picture: Picture) -> None:
    """Sends the lines and takes the picture when the last card says how it ended."""
    with tempfile.TemporaryDirectory(prefix="smsops-pictures-") as folder:
        plan = Plan(
            ROOT / "app.yaml",
            Path(folder),
            sandbox=CONFIG,
            overrides={"language": picture.locale.value},
        )
        async with running_locally(plan) as local:
            page = await open_page(browser, local, picture)
            for line in picture.lines:
                await send(page, picture.locale, line)
            # Away from the messages, or the tools for one of them are shown.
            await page.mouse.move(0, 0)
            await page.screenshot(path=FOLDER / picture.file)
            await page.context.close()


async def open_page(browser: Browser, local: Local, picture: Picture) -> Page:
    """The page as one person sees it."""
    language = picture.locale.value.replace("_", "-")
    context = await browser.new_context(viewport=SIZE, locale=language)  # type: ignore[arg-type]  # a TypedDict
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"{local.workspace.url}/?as={picture.user}")
    await page.locator("[data-role=composer]").wait_for()
    return page


async def send(page: Page, locale: Locale, line: str) -> None:
    """Types a line, presses Send in its preview, waits for the card's last word."""
    await page.fill("[data-role=composer]", line)
    await page.press("[data-role=composer]", "Enter")
    messages = page.locator("[data-role=messages]")
    await messages.get_by_role("button", name=text(locale, "preview.send")).last.click()
    ended = text(locale, ENDS[line], seconds="2").split("2")[0]
    await expect(messages.get_by_text(ended).last).to_be_visible(timeout=PATIENCE_MS)


async def main() -> int:
    """Takes them all; 1 where there is no Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.stderr.write("There is no chromium on the PATH.\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found)
        for picture in PICTURES:
            await take(browser, picture)
            sys.stdout.write(f"{FOLDER / picture.file}\n")
        await browser.close()
    return 0


if __name__ == "__main__":
    without_proxy()
    sys.exit(asyncio.run(main()))
