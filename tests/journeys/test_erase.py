"""One number is erased: what there is, two others agree, and it is gone from every file."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from bot.slack.messages import erasures as messages
from tests.handlers.jobs.test_erase_numbers import naming
from tests.handlers.jobs.test_forget_values import in_files
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.people import BO, LIN, MAYA, OMAR, SMS, Json, Page, buttons_of, words_of
from tests.journeys.watching import see_alert
from tests.policies import plain, row

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
NUMBER, MASKED = "13955117001", "+86 139****7001"
E164 = f"+86{NUMBER}"


@pytest.fixture
def overrides() -> Mapping[str, object]:
    return plain(row(2, "number.erase", by="buttons"))


async def told(page: Page, user: str, line: str, words: str) -> Json:
    """What somebody alone is told in the end, and was not told before."""
    before = len(page.whispers(user))
    await page.type(user, line)

    def look() -> Json:
        new = page.whispers(user)[before:]
        return next((each for each in new if words in words_of(each)), {})

    return await page.see(look)


async def test_it_is_shown_asked_for_approved_by_two_and_gone(
    local: Local, page: Page, clock: HandClock
) -> None:
    db = local.bot.services.db
    await page.send(MAYA, f"/sms send {NUMBER} 1110 123456")
    card = await page.see_card("Delivered in")
    sent = card["text"].rpartition(" · ")[2]
    await page.type(MAYA, f"/sms optout add {NUMBER} they called {NUMBER}")
    # The question itself is no longer in the file once it is answered.
    shown = await told(page, OMAR, f"/sms erase {NUMBER}", "Stored about")
    said = words_of(shown)
    assert MASKED in said
    assert "Messages: 1" in said
    assert "Opt-outs: 1" in said
    assert NUMBER not in str(shown)
    await page.press(OMAR, shown, messages.ASK)
    form = await OpenForm.opened(local, page, OMAR, messages.FORM)
    assert MASKED in words_of(form.view)
    form.write(messages.REASON, "x")
    assert "at least 3 characters" in (await form.hand_in())["reason"]
    form.write(messages.REASON, f"{NUMBER} asked us in writing")
    assert await form.hand_in() == {}

    card = await page.see_card("Waiting for approval: 0 of 2")
    assert "asked us in writing" in words_of(card)
    assert "Opt-outs: 1" in words_of(card)
    # It is about the whole account.
    assert "demo" not in words_of(card)
    assert NUMBER not in str(page.cards(SMS))
    await page.press(BO, card, "approve.yes")
    card = await page.see_card("Waiting for approval: 1 of 2")
    assert await db.read(naming, E164) != []
    await page.press(MAYA, card, "approve.yes")
    # A card is edited once a second: where it is over by then, this was never on it.
    await page.see(lambda: [each for each in page.cards() if _is_agreed(each)])
    clock.advance(timedelta(minutes=1))
    done = await see_alert(local, page, clock, "Number erased", SMS)
    assert MASKED in words_of(done)
    assert buttons_of(done) == []
    await page.see_reply(done, f"<@{OMAR}>, everything about {MASKED} is erased.")

    assert await db.read(naming, E164) == []
    assert in_files(db.path, NUMBER) == []
    # The no still counts; to Tencent it may be sent once that is taken back.
    refused = await page.type(MAYA, f"/sms send {NUMBER} 1112")
    assert "said no" in words_of(refused)
    nothing = f"Nothing is stored about {MASKED}"
    await told(page, OMAR, f"/sms erase {NUMBER} because once more", nothing)
    request = done["text"].rpartition(" · ")[2]
    why = words_of(await page.type(MAYA, f"/sms why {sent}"))
    assert f"number erased by {request}" in why
    assert "****" not in why
    assert "demo" not in words_of(await page.type(OMAR, f"/sms why {request}"))


def _is_agreed(card: Json) -> bool:
    return any(words in words_of(card) for words in ("Being erased", "Number erased"))


async def test_of_a_number_nobody_ever_wrote_to_nothing_is_stored(local: Local, page: Page) -> None:
    for line in (f"/sms erase {NUMBER}", f"/sms erase {NUMBER} because they asked"):
        await told(page, OMAR, line, f"Nothing is stored about {MASKED}")
    several = words_of(await page.type(OMAR, f"/sms erase {NUMBER}, 13955227012"))
    assert "One number at a time" in several
    assert page.cards(SMS) == []


async def test_a_form_handed_in_is_asked_by_who_may_ask_then(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, f"/sms send {NUMBER} 1110 123456")
    shown = await told(page, OMAR, f"/sms erase {NUMBER}", "Stored about")
    await page.press(OMAR, shown, messages.ASK)
    form = await OpenForm.opened(local, page, OMAR, messages.FORM)
    form.write(messages.REASON, "they asked in writing")
    local.workspace.admin.regroup("S0APPROVERS", [BO])
    clock.advance(timedelta(seconds=61))
    await form.hand_in()
    words = "This could never be approved: it takes 2 approvals"
    await page.see(lambda: words in words_of(local.workspace.views(OMAR)[-1]))
    assert await local.bot.services.db.read(naming, E164) != []


async def test_who_may_not_sees_nothing_of_it(local: Local, page: Page) -> None:
    await page.send(MAYA, f"/sms send {NUMBER} 1110 123456")
    refused = words_of(await page.type(LIN, f"/sms erase {NUMBER} because I want to"))
    assert "Messages" not in refused
    assert NUMBER not in refused
    alone = words_of(await page.type(MAYA, f"/sms erase {NUMBER} because I want to"))
    # Of two approvers she is one herself.
    assert "1" in alone
    shown = await told(page, MAYA, f"/sms erase {NUMBER}", "Stored about")
    assert "it takes 2 approvals, and besides you `@sms-approvers` has only 1" in words_of(shown)
    assert buttons_of(shown) == []
    assert await local.bot.services.db.read(naming, E164) != []
    assert "13" in words_of(await page.type(OMAR, "/sms erase 13955"))
