"""As a new user does it: `smsops demo`, the page in a real browser, one SMS to the phone."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

APP_YAML = Path(__file__).parents[2] / "app.yaml"
READY_S, STOP_S = 120.0, 60.0
PATIENCE_MS = 30_000

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """The address `smsops demo` prints; at the end Ctrl-C stops it, and stops it cleanly."""
    line = [sys.executable, "-m", "bot", "demo", "--json", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *line,
        f"--config={APP_YAML}",
        f"--data={tmp_path / 'demo'}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    said = json.loads(await asyncio.wait_for(process.stdout.readline(), READY_S))
    yield said["page"]
    process.send_signal(signal.SIGINT)
    complaints = await asyncio.wait_for(process.stderr.read(), STOP_S)
    assert (await asyncio.wait_for(process.wait(), STOP_S), complaints) == (0, b"")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of the machine's own Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("SMSOPS_BROWSER_REQUIRED") == "1":
            pytest.fail("SMSOPS_BROWSER_REQUIRED=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        yield page
        await browser.close()


async def test_what_is_typed_into_the_page_arrives_on_the_phone_and_the_card_says_delivered(
    demo: str, page: Page
) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(f"{demo}/?as=U0LIN")
    composer = page.locator("[data-role=composer]")
    await composer.fill("/sms send +8613800000001 1110 code=123456")
    await composer.press("Enter")
    preview = page.locator(".message.is-ephemeral", has_text="要发送这条短信吗？")
    await expect(preview).to_contain_text("+86 138****0001")

    await preview.locator('[data-action="send.confirm"]').click()
    phone = page.locator(".bubble", has_text="您的验证码是123456")
    await expect(phone).to_be_visible()
    card = page.locator(".message", has_text="Delivered in")
    await expect(card).to_be_visible()
    await expect(card).not_to_contain_text("123456")
    assert await page.locator("[data-unsupported]").count() == 0

    # Whoever reads the card first is still the one who decides.
    await page.locator("[data-part=console]").click()
    pace = page.locator(".setting", has_text="审核速度")
    await expect(pace.locator(".page-now")).to_have_text("180 秒")
