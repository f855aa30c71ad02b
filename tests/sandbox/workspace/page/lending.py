"""Pages of one Chromium, lent to one test after another."""

from playwright.async_api import Browser, Page, ViewportSize

#: What is waited for ends the wait; a machine that does other things too is slower than a person.
PATIENCE_MS = 20_000
SIZE = ViewportSize(width=1440, height=900)


class Lender:
    """Clean pages: a new one costs as much as three visits, so one that comes back is cleaned."""

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        self._browser = browser
        self._clean: list[Page] = []

    async def lend(self) -> Page:
        """A page that was nowhere yet, or has forgotten where."""
        return self._clean.pop() if self._clean else await self.make()

    async def make(self) -> Page:
        """A new page."""
        # A context each: a page behind another one in its window gets no animation frames.
        # What moves is waited for, and costs: a test that is about motion asks for it.
        context = await self._browser.new_context(viewport=SIZE, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        return page

    async def take_back(self, page: Page, home: str) -> None:
        """Makes the page forget; `home` is the address whose storage it wrote to."""
        for other in page.context.pages:
            if other is not page:
                await other.close()
        await page.unroute_all()
        # Storage after leaving, so that no script writes it again.
        await page.goto("about:blank")
        session = await page.context.new_cdp_session(page)
        cleared = {"origin": home, "storageTypes": "local_storage"}
        await session.send("Storage.clearDataForOrigin", cleared)
        await session.detach()
        await page.mouse.move(0, 0)
        await page.emulate_media(reduced_motion="reduce")
        if page.viewport_size != SIZE:
            await page.set_viewport_size(SIZE)
        self._clean.append(page)
