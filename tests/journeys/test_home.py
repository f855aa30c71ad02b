"""The bot's own tab: opened, it says what is to be done, what waits, and what was sent."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from bot.cli.local import Local
from bot.mounts.routing import Router
from bot.registry import Nothing
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.sandbox.workspace import Fault, FaultKind
from bot.sandbox.workspace.people import Standing
from bot.settings import SlackMode
from handlers.flows import alerts
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import BO, EVE, LIN, MAYA, OMAR, Json, Page, find_button, words_of

NUMBER = "+8613800000001"
once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


class Tab:
    """The bot's own tab, as one person has it open."""

    def __init__(self, local: Local, page: Page, user: str) -> None:
        self._local, self._page, self._user = local, page, user

    async def open(self, words: str) -> str:
        """Opens it, and waits until what is shown holds `words`."""
        await self._page.do("home", user=self._user)
        return await self.see(words)

    async def see(self, words: str) -> str:
        try:
            return await self._page.see(lambda: self.words if words in self.words else "")
        except TimeoutError:
            raise AssertionError(f"no {words!r} in:\n{self.words}") from None

    @property
    def view(self) -> Json:
        found: Json = self._local.workspace.home(self._user) or {"blocks": []}
        return found

    @property
    def words(self) -> str:
        return words_of(self.view)

    async def press(self, action_id: str, view: Mapping[str, object] | None = None) -> None:
        """A button of it, or of a modal before it."""
        shown = view or self.view
        button = find_button(shown["blocks"], action_id)  # type: ignore[arg-type]
        action = {
            "type": "button",
            "action_id": action_id,
            "block_id": button["block_id"],
            "value": button.get("value", ""),
        }
        done = await self._page.do("action", user=self._user, view_id=shown["id"], action=action)
        assert done["ok"], done

    async def see_modal(self, words: str) -> Json:
        """What lies before it."""
        return await self._page.see(
            lambda: next(
                (v for v in self._local.workspace.views(self._user)[-1:] if words in words_of(v)),
                {},
            )
        )


async def test_the_set_up_ticks_itself_off(local: Local, page: Page) -> None:
    tab = Tab(local, page, MAYA)
    first = await tab.open("Set-up · 1 to do")
    for line in (
        ":white_check_mark:  *Account*  is verified as an enterprise",
        ":white_check_mark:  *Signature*  【腾讯云】 is approved.",
        ":white_check_mark:  *Package*  1,000 segments are left.",
        ":point_right:  *Limits*  Nobody has said which ones the console holds.",
        ":eyes:  *Alert contacts*  Cannot be known from here:",
        ":white_circle:  *Delivery reports*  None came yet.",
        ":white_circle:  *Replies*  Nobody has answered yet.",
    ):
        assert line in first, line
    assert "Today*  nothing sent yet" in first

    await page.send(MAYA, f"/sms send {NUMBER} 1110 code=123456")
    await page.see_card("Delivered")
    async with httpx.AsyncClient(trust_env=False) as http:
        phone = f"{local.sandbox.url}/_sandbox/phones/{NUMBER}/reply"
        assert (await http.post(phone, json={"text": "好"})).is_success
    await page.type(LIN, "/sms limit declare day=10 because seen on the page at noon")
    card = await page.see_card("declares what the console holds")
    waiting = await _refreshed(tab, page, "*Replies*  They come; the last one")
    assert ":hourglass:  *Limits*  <@U0LIN> has said which ones the console holds." in waiting
    await page.press(BO, card, "limit.declare_confirm")
    await page.see_card("looked too and saw the same")

    done = await _refreshed(tab, page, "Set up. Steps done: 8.")
    assert "/smsv2/app-manage/detail/1400006666|its page in the console> shows who is told" in done
    assert "*1* sent\naccepted 1 · delivered 1 · replies 1 · segments 1" in done
    assert "```···········█\n00 03 06 09```" in done
    assert "*999* segments left" in done
    assert "Send of “登录验证码” to +86 138****0001\nSent" in done
    assert NUMBER.removeprefix("+86") not in str(tab.view)


async def _refreshed(tab: Tab, page: Page, words: str) -> str:
    """Presses the button until it shows what came meanwhile."""

    async def look() -> bool:
        await tab.press("home.refresh")
        return words in tab.words

    await page.eventually(look)
    return tab.words


@once
async def test_what_waits_is_decided_where_it_is_shown(local: Local, page: Page) -> None:
    await page.type(BO, f"/sms limit exempt add {NUMBER} for 7d because QA phone")
    card = await page.see_card("QA phone")
    request_id = card["text"].rpartition(" · ")[2]
    asked = await Tab(local, page, BO).open(f"*{request_id}* · +86 138****0001 豁免频率限制")
    assert "等你审批*  无" in asked

    tab = Tab(local, page, MAYA)
    assert request_id in await tab.open("Waits for your approval* · 1")
    await tab.press("approve.look")
    await tab.press("approve.no", await tab.see_modal("QA phone"))
    await OpenForm.opened(local, page, MAYA, "approve.reject_form")
    assert len(local.workspace.views(MAYA)) == 2, "the form lies on top of the copy"

    await tab.press("approve.look")
    await tab.press("approve.yes_here", await tab.see_modal("QA phone"))
    await tab.see_modal(f"You approved {request_id}.")
    assert len(local.workspace.views(MAYA)) == 1, "the copy gave way to the answer"
    await page.see_card("Number exempt")
    await _refreshed(tab, page, "Waits for your approval*  none")


@once
async def test_a_story_opens_before_the_tab(local: Local, page: Page) -> None:
    await page.send(MAYA, f"/sms send {NUMBER} 1110 code=123456")
    await page.see_card("Delivered")
    tab = Tab(local, page, MAYA)
    await tab.open("Send of “登录验证码”")
    await tab.press("why.request")
    story = await tab.see_modal("asked for it")
    assert "138****0001" in words_of(story)


@once
async def test_what_needs_somebody_is_there_in_the_readers_language(
    local: Local, page: Page, clock: HandClock
) -> None:
    tab = Tab(local, page, LIN)
    quiet = await tab.open("需要留意*  无")
    assert "配置 · 1 项待办" in quiet
    signal = Signal(AlertKind.REVIEW_ENDED, Severity.WARNING, {"app": "demo"})
    services = local.bot.services
    await services.db.write(alerts.raise_event, signal, services.settings, clock())
    await page.type(MAYA, "/sms app pause demo because something is odd")
    clock.advance(timedelta(seconds=1))
    shown = await tab.open("需要留意* · 2")
    assert "用 `/sms app resume demo` 申请恢复发送。" in shown
    assert "审核结束 · demo" in shown
    await tab.press("alerts.show")
    await tab.see_modal("审核结束")
    assert "等你审批" not in shown


@once
async def test_strangers_and_guests_read_one_sentence(local: Local, page: Page) -> None:
    local.workspace.admin.restand(OMAR, Standing.GUEST)
    sentences = {
        EVE: "You are in no group that may use SMS",
        OMAR: "Only full members of this workspace",
    }
    for person, sentence in sentences.items():
        said = await Tab(local, page, person).open(sentence)
        assert "demo" not in said
        assert len(Tab(local, page, person).view["blocks"]) == 1


@once
async def test_what_goes_wrong_is_said_in_the_tab_and_nowhere_else(
    local: Local, page: Page
) -> None:
    local.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR))
    tab = Tab(local, page, MAYA)
    await tab.open("Quote E-")
    assert local.workspace.messages("D0MAYA") == []

    local.workspace.faults.add(Fault("views.publish", FaultKind.SERVER_ERROR))
    await page.do("home", user=MAYA)
    # It is drawn at the next look, and nobody was bothered meanwhile.
    await tab.open("Set-up")
    assert local.workspace.messages("D0MAYA") == []
    # The conversation beside it is opened with the same event, and is no look at the tab.
    before = tab.view["hash"]
    opened = {"type": "app_home_opened", "user": MAYA, "channel": "D0MAYA", "tab": "messages"}
    assert isinstance(await Router(local.bot.services).event(opened), Nothing)
    assert tab.view["hash"] == before
