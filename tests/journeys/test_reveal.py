"""A full number is shown to one person who says why, and the audit trail keeps that."""

import pytest

from bot.cli.local import Local
from bot.rules.audit import What
from bot.rules.reveals import MOST
from bot.settings import SlackMode
from bot.slack.messages import reveals as messages
from storage import audit
from storage.audit import AuditQuery, Kept
from tests.journeys.forms import OpenForm
from tests.journeys.people import LIN, MAYA, SMS, Page, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
NUMBER, MASKED = "13955117001", "+86 139****7001"


async def entries(local: Local) -> list[Kept]:
    """The reveals in the trail, the latest first."""
    return await of_kind(local, What.NUMBER_REVEALED)


async def of_kind(local: Local, what: What) -> list[Kept]:
    query = AuditQuery(what=what.value)
    return await local.bot.services.db.read(audit.find, query, 100)


async def test_an_admin_sees_a_number_and_why_is_kept(local: Local, page: Page) -> None:
    await page.send(MAYA, f"/sms send {NUMBER} 1110 123456")
    card = await page.see_card("Delivered in")
    request = card["text"].rpartition(" · ")[2]
    sent = await local.bot.services.db.read(lambda tx: tx.one("SELECT serial FROM messages"))
    assert sent is not None

    why = f"they asked for a call to {NUMBER}"
    shown = await page.type(MAYA, f"/sms reveal {request.lower()} because {why}")
    assert f"The number of {request}: `+86{NUMBER}`" in words_of(shown)
    assert "Only you see this" in words_of(shown)
    assert NUMBER not in shown["text"]
    by_serial = await page.type(MAYA, f"/sms 查看号码 {sent['serial']} 因为 客户投诉")
    assert f"`+86{NUMBER}`" in words_of(by_serial)
    assert NUMBER not in str(page.cards(SMS))

    later, first = await entries(local)
    assert (first.actor, first.subject, first.app) == (MAYA, request, "demo")
    assert first.facts == {"number": MASKED, "reason": f"they asked for a call to {MASKED}"}
    assert later.facts == {"number": MASKED, "reason": "客户投诉"}


async def test_without_the_role_or_a_reason_nothing_is_shown(local: Local, page: Page) -> None:
    await page.send(MAYA, f"/sms send {NUMBER} 1110 123456")
    card = await page.see_card("Delivered in")
    request = card["text"].rpartition(" · ")[2]
    refused = words_of(await page.type(LIN, f"/sms reveal {request} because I want to"))
    assert NUMBER not in refused
    await page.type(MAYA, f"/sms reveal {request} because x")
    form = await OpenForm.opened(local, page, MAYA, messages.FORM)
    assert (form.holds(messages.WHAT), form.holds(messages.REASON)) == (request, "x")
    assert "Say why in at least 3 characters." in form.words
    form.write(messages.WHAT, "R-0000")
    form.write(messages.REASON, " x ")
    assert "at least 3 characters" in (await form.hand_in())["reason"]
    assert await entries(local) == []
    form.write(messages.REASON, "the customer asks")
    assert "There is no request" in (await form.hand_in())["what"]
    form.write(messages.WHAT, request)
    assert await form.hand_in() == {}
    (view,) = local.workspace.views(MAYA)
    assert f"`+86{NUMBER}`" in words_of(view)
    (shown,) = await entries(local)
    assert (shown.subject, shown.facts) == (
        request,
        {"number": MASKED, "reason": "the customer asks"},
    )


async def test_what_is_not_one_number_is_told_apart_and_tries_are_counted(
    local: Local, page: Page
) -> None:
    await page.type(MAYA, f"/sms send {NUMBER},13955227012 1111 A1 9:00")
    card = await page.see_card("Send to 2 recipients?")
    request = card["text"].rpartition(" · ")[2]
    several = words_of(await page.type(MAYA, f"/sms reveal {request} because of them"))
    assert "went to several numbers" in several
    for _ in range(MOST - 1):
        none = words_of(await page.type(MAYA, "/sms reveal R-0000 because I look around"))
        assert "There is no request" in none
    often = words_of(await page.type(MAYA, f"/sms reveal {request} because of them"))
    assert f"more than {MOST} in an hour" in often
    refused = await of_kind(local, What.REVEAL_REFUSED)
    assert {str((each.facts or {}).get("refused")) for each in refused} == {
        "several",
        "unknown",
        "too_often",
    }
    assert await entries(local) == []
    told = words_of(await page.type(MAYA, "/sms audit privacy"))
    assert "asked for a full number and was refused" in told
    assert "saw a full number" not in told
    assert "too often in an hour" in told
