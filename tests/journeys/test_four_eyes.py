"""The repository's own table of approvals: the more is at stake, the more people, and by button."""

import json
from collections.abc import Mapping

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from storage import limit_drafts
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.limit_desk import Desk, id_of
from tests.journeys.people import BO, EVE, LIN, MAYA, OMAR, Json, Page, buttons_of, words_of
from tests.journeys.people import sends_of as sent_by

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
YES = "white_check_mark"
UNDECIDED = "Waiting for approval"


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """The table as it is, and nobody takes a send back here."""
    return {"approvals.table": None, "sending.undo_s": 0}


@pytest.fixture
def desk(local: Local, page: Page, clock: HandClock) -> Desk:
    return Desk(local, page, clock)


def numbers(count: int) -> str:
    """So many, others for each count."""
    return ",".join(f"+861{30 + count % 10}{nth:08}" for nth in range(count))


async def ask(desk: Desk, count: int, template: str) -> Json:
    """A send that Lin says yes to; its card from there on."""
    await desk.page.type(LIN, f"/sms send {numbers(count)} {template}")
    card = await desk.page.see_card(f"Send to {count} recipients?")
    await desk.press(LIN, card, "job.confirm")
    return await desk.card(id_of(card), f"{count}")


async def agree(desk: Desk, card: Json, *people: str) -> None:
    """Words by button, each counted before the next."""
    for nth, user in enumerate(people, start=1):
        await desk.press(user, card, "approve.yes")
        await desk.reply(card, f"<@{user}> approved" + (f": {nth} of" if nth < len(people) else ""))


async def test_marketing_takes_two_people_and_no_emoji_whatever_its_size(
    desk: Desk, local: Local, page: Page
) -> None:
    card = await ask(desk, 2, "1112")
    card = await desk.card(id_of(card), f"{UNDECIDED}: 0 of 2")
    assert "by row 1 of the policy: sends of marketing to any number of people" in words_of(card)
    assert "Only the buttons count here" in words_of(card)
    approve = next(
        each for block in card["blocks"] for each in block.get("elements", ())
        if each.get("action_id") == "approve.yes"
    )  # fmt: skip
    assert "Once enough have approved, it is sent at its time" in json.dumps(approve["confirm"])
    await page.react(MAYA, card, YES)
    await page.see_whisper(MAYA, "an emoji does not count")
    await agree(desk, card, MAYA)
    assert sent_by(local) == []
    await agree(desk, card, BO)
    await desk.see(lambda: sent_by(local))


async def test_the_larger_a_list_the_more_people_look_at_it(
    desk: Desk, local: Local, page: Page
) -> None:
    few = await ask(desk, 10, "1117 9:00")
    await desk.see(lambda: sent_by(local))
    few = await desk.card(id_of(few), "Finished: 10 of 10")
    assert "approve.yes" not in buttons_of(few)
    assert page.replies(few) == []
    more = await ask(desk, 11, "1117 10:00")
    more = await desk.card(id_of(more), UNDECIDED)
    assert "by row 3 of the policy: sends to 11 to 100 numbers" in words_of(more)
    await page.react(MAYA, more, YES)
    await desk.reply(more, f"<@{MAYA}> approved. <@{LIN}>, it is sent at its time.")
    many = await ask(desk, 101, "1117 11:00")
    many = await desk.card(id_of(many), f"{UNDECIDED}: 0 of 2")
    assert "by row 4 of the policy: sends to more than 100 numbers" in words_of(many)
    await page.react(BO, many, YES)
    # Bo reads Chinese.
    await page.see_whisper(BO, "不认表情")


async def test_what_tightens_takes_one_and_what_loosens_or_takes_that_back_takes_two(
    desk: Desk, page: Page
) -> None:
    tighter = await desk.agree("/sms limit set day=1 because quiet")
    assert "by row 7 of the policy: tighter limits" in words_of(tighter)
    done = await desk.card(id_of(tighter), "In effect")
    await desk.press(OMAR, done, "limit.roll_back")
    said = await page.see_whisper(OMAR, "somebody else has to say yes")
    request = [each for each in words_of(said).split() if each.startswith("R-")][-1]
    card = await desk.card(request, f"{UNDECIDED}: 0 of 2")
    assert "by row 8 of the policy: whatever no other row is about" in words_of(card)
    await page.react(MAYA, card, YES)
    await page.see_whisper(MAYA, "an emoji does not count")
    await agree(desk, card, MAYA, BO)
    await desk.card(request, "is taken back")


async def test_what_nobody_could_approve_is_not_asked_for(
    desk: Desk, local: Local, page: Page
) -> None:
    said = words_of(await page.type(MAYA, "/sms template delete 1111"))
    assert "it takes 2 approvals, and besides you `@sms-approvers` has only 1" in said
    looser = words_of(await page.type(MAYA, "/sms limit set day=100 because campaign"))
    assert "it takes 2 approvals, and besides you `@sms-approvers` has only 1" in looser
    assert await local.bot.services.db.read(limit_drafts.find_open, 9) == []
    await page.type(LIN, "/sms template delete 1111")
    form = await OpenForm.opened(local, page, LIN, "template.delete_form")
    assert await form.hand_in() == {}
    card = await page.see_card("It would be deleted for good")
    assert f"{UNDECIDED}: 0 of 2" in words_of(card)
    assert "Only the buttons count here" in words_of(card)


async def test_the_policy_is_told_in_plain_words(page: Page) -> None:
    said = words_of(await page.type(OMAR, "/sms approve policy"))
    for line in (
        "1. *sends of marketing to any number of people*: 2 approvals, by button, within 1 day.",
        "2. *sends to at most 10 numbers*: nobody is asked.",
        "3. *sends to 11 to 100 numbers*: one approval, by button or emoji, within 1 day.",
        "7. *tighter limits, letting a stopped app send again*: one approval",
        "8. *all else (deleted templates, deleted signatures, looser limits, erasing a number)*: 2",
        "these approve for `demo`: `@sms-approvers`",
    ):
        assert line in said
    assert "其余一切（删除模板、删除签名、放宽频率限制、擦除号码）" in words_of(
        await page.type(LIN, "/sms approve policy")
    )
    assert "sends" not in words_of(await page.type(EVE, "/sms approve policy"))


async def test_a_mistyped_word_behind_approve_is_told(page: Page) -> None:
    said = words_of(await page.type(OMAR, "/sms approve polcy"))
    assert "There is no command `approve polcy`. Did you mean `/sms approve policy`?" in said
    assert "Did you mean" not in words_of(await page.type(OMAR, "/sms approve zzz"))
    for listing in ("", " list", " 列表"):
        assert "Nothing waits" in words_of(await page.type(OMAR, f"/sms approve{listing}"))
