"""A change of limits in people's hands: asked for, looked at, agreed to, in effect, taken back."""

from collections.abc import Mapping

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from bot.slack.messages import limit_forms as forms
from tests.journeys.clock import HandClock
from tests.journeys.forms import OpenForm
from tests.journeys.limit_desk import YES, Desk, id_of
from tests.journeys.people import EVE, MAYA, OMAR, Page, buttons_of, sends_of, words_of
from tests.policies import plain, row

once = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """Two a day and number, and nobody takes a send back here."""
    return {"apps.0.limits.per_number_day": 2, "apps.0.limits.same_content_30s": "off"}


@pytest.fixture
def desk(local: Local, page: Page, clock: HandClock) -> Desk:
    return Desk(local, page, clock)


async def test_asked_for_in_one_line_agreed_to_by_emoji_and_over_by_itself(
    desk: Desk, page: Page
) -> None:
    card = await desk.draft(OMAR, '/sms limit set day=4 hour=3 for 24h because "campaign"')
    whole = words_of(card)
    assert "To one number in a day: 2 → *4*" in whole
    assert "To one number in an hour: no limit → *3*" in whole
    assert "campaign" in whole
    assert "1 d after it takes effect" in whole
    assert buttons_of(card) == ["limit.ask", "limit.discard"]
    await desk.press(OMAR, card, "limit.ask")
    waiting = await desk.card(id_of(card), "Waiting for approval")
    assert "one of `@sms-approvers`" in words_of(waiting)

    # Who asked for it does not decide.
    await page.react(OMAR, waiting, YES)
    await page.see_whisper(OMAR, "somebody else has to decide")
    assert (await desk.policy())["number.day"] == 2
    await page.react(MAYA, waiting, YES)
    done = await desk.card(id_of(card), "In effect until")
    assert "<@U0MAYA> approved" in words_of(done)
    assert await desk.policy() == {"number.day": 4, "number.hour": 3}
    await desk.reply(done, "it is in effect until")

    await desk.wait(hours=24)
    over = await desk.card(id_of(card), "Ended")
    assert buttons_of(over) in ([], ["limit.declare"])
    await desk.reply(over, "this holds again: `day=2 hour=off`.")
    assert await desk.policy() == {"number.day": 2}


@once
async def test_what_a_limit_holds_back_names_it_and_when_it_may_go(
    desk: Desk, local: Local
) -> None:
    await desk.agree("/sms limit set hour=1 because too many")
    await desk.send_and_see(1)
    preview = await desk.send(2)
    assert "1 of 1 messages went to this number in the last hour." in words_of(preview)
    assert "It may go again from <!date^" in words_of(preview)
    assert "send.confirm" not in buttons_of(preview)
    assert len(sends_of(local)) == 1
    await desk.wait(hours=1)
    await desk.send_and_see(2)


@once
async def test_asked_for_in_the_form_for_a_stated_time(
    desk: Desk, local: Local, page: Page
) -> None:
    await page.type(OMAR, "/sms limit set day=1")
    form = await OpenForm.opened(local, page, OMAR, forms.SET_FORM)
    assert form.holds(forms.action_of("number.day")) == "1"
    form.write(forms.action_of("number.hour"), "3")
    form.write(forms.OTHERS, "otp.week=1 SG.stop=0")
    form.write(forms.STARTS, "yesterday 9am")
    form.write(forms.ENDS, "a while")
    form.write(forms.REASON, "quiet hours")
    assert (await form.hand_in()).keys() == {"starts", "ends"}
    form.write(forms.STARTS, "18:00")
    form.write(forms.ENDS, "")
    assert (await form.hand_in()).keys() >= {"others"}
    form.write(forms.OTHERS, "SG.stop=0")
    faults = await form.hand_in()
    assert "can never be reached" in "".join(faults.values())
    form.write(forms.action_of("number.hour"), "0")
    zero = (await form.hand_in())["number"]
    assert "/sms app pause" in zero
    # A form shows plain text.
    assert "`" not in zero
    form.write(forms.action_of("number.hour"), "1")
    assert await form.hand_in() == {}

    card = await desk.see(lambda: next(iter(page.cards()), {}))
    card = await desk.card(id_of(card), "Ask for approval")
    assert "2026-11-23 18:00 Asia/Shanghai" in words_of(card)
    await desk.press(OMAR, card, "limit.ask")
    waiting = await desk.card(id_of(card), "Waiting for approval")
    # Codes to SG would be kept back too, though none was ever sent.
    assert "codes people log in with included" in words_of(waiting)
    await page.react(MAYA, waiting, YES)
    await page.see_whisper(MAYA, "an emoji does not count")
    await desk.press(MAYA, waiting, "approve.yes")
    scheduled = await desk.card(id_of(card), "Takes effect 2026-11-23 18:00")
    assert (await desk.policy())["number.day"] == 2
    # 11:00 by now.
    await desk.wait(hours=7)
    await desk.card(id_of(card), "In effect")
    assert await desk.policy() == {"SG.stop": 0, "number.day": 1, "number.hour": 1}
    await desk.reply(scheduled, "it is in effect: `SG.stop=0 day=1 hour=1`")


@once
async def test_a_change_is_taken_back_with_one_click(desk: Desk, page: Page) -> None:
    card = await desk.agree("/sms limit set day=5 because campaign")
    done = await desk.card(id_of(card), "In effect")
    await desk.press(EVE, done, "limit.roll_back")
    await page.see_whisper(EVE, "You need one of these roles")
    await desk.press(MAYA, done, "limit.roll_back")
    undone = await desk.card(id_of(card), "<@U0MAYA> took it back")
    assert (await desk.policy())["number.day"] == 2
    await desk.reply(undone, "What held before holds again.")


@once
async def test_taking_back_what_lets_more_through_needs_another(desk: Desk, page: Page) -> None:
    card = await desk.agree("/sms limit set day=1 because quiet")
    done = await desk.card(id_of(card), "In effect")
    await desk.press(OMAR, done, "limit.roll_back")
    said = words_of(await page.see_whisper(OMAR, "somebody else has to say yes"))
    asked = next(word for word in said.split() if word.startswith("R-") and word != id_of(card))
    waiting = await desk.card(asked, "Waiting for approval")
    assert "To one number in a day: 1 → *2*" in words_of(waiting)
    assert (await desk.policy())["number.day"] == 1
    await page.react(MAYA, waiting, YES)
    await desk.card(id_of(card), "Taken back")
    await desk.card(asked, f"{id_of(card)} is taken back")
    assert (await desk.policy())["number.day"] == 2


@once
async def test_what_the_approval_was_about_is_what_holds(
    desk: Desk, local: Local, page: Page
) -> None:
    first = await desk.draft(OMAR, "/sms limit set day=5 because campaign")
    await desk.press(OMAR, first, "limit.ask")
    waiting = await desk.card(id_of(first), "Waiting for approval")
    await desk.agree("/sms limit set day=3 because careful")
    await desk.card(id_of(first), "Superseded")
    await page.react(MAYA, waiting, YES)
    await page.see_whisper(MAYA, "superseded")
    assert (await desk.policy())["number.day"] == 3

    await desk.press(OMAR, await desk.card(id_of(first), "Superseded"), "limit.again")
    form = await OpenForm.opened(local, page, OMAR, forms.SET_FORM)
    assert form.holds(forms.action_of("number.day")) == "5"
    assert form.holds(forms.REASON) == "campaign"


@once
async def test_what_is_no_change_is_told_and_nothing_is_asked(desk: Desk, page: Page) -> None:
    for typed, words in (
        ("day=0 because no", "would let nothing through"),
        ("day=-3 because no", "no less than 1"),
        ("days=3 because no", "Did you mean day?"),
        ("day=2 because no", "like this already"),
        ("hour=3 because no", "can never be reached: `day=2`"),
        ("day=5 for 2m0 because no", "no length of time"),
        ("day=5 for 1h until 18:00 because no", "not both"),
        ("day=5 from 18:00 until 17:00 because no", "ends before"),
        ("day=5 until 9:00 yesterday because no", "not read as a time"),
        ("day=5 app=nowhere because no", "There is no app"),
        (f"day=5 because {'x' * 301}", "301 characters; at most 300"),
        (f"because {'x' * 301}", "301 characters; at most 300"),
    ):
        said = words_of(await page.type(OMAR, f"/sms limit set {typed}"))
        assert words in said.replace("`day`", "day"), said
    assert page.cards() == []
    card = await desk.draft(OMAR, "/sms limit set day=11 because campaign")
    assert "carriers let 10 a day through" in words_of(card)
    await desk.press(OMAR, card, "limit.discard")
    await desk.card(id_of(card), "Withdrawn")


@once
async def test_a_time_where_the_reason_belongs_is_no_reason(
    desk: Desk, local: Local, page: Page
) -> None:
    await page.type(OMAR, "/sms limit set day=5 because for 24h")
    form = await OpenForm.opened(local, page, OMAR, forms.SET_FORM)
    assert (form.holds(forms.ENDS), form.holds(forms.REASON)) == ("24h", None)


ASKERS = plain(
    row(1, "limits.change", askers=["@sms-approvers"]),
    row(1, "limits.tighten", askers=["@sms-senders"]),
)


@once
@pytest.mark.parametrize("overrides", [ASKERS])
async def test_who_may_not_ask_for_more_does_not_take_back_what_keeps_it_back(
    desk: Desk, page: Page
) -> None:
    card = await desk.agree("/sms limit set day=1 because quiet")
    done = await desk.card(id_of(card), "In effect")
    await desk.press(OMAR, done, "limit.roll_back")
    await page.see_whisper(OMAR, "@sms-approvers")
    # Nothing was asked for: hers is the first.
    await desk.press(MAYA, done, "limit.roll_back")
    await page.see_whisper(MAYA, "somebody else has to say yes")


@once
@pytest.mark.parametrize("overrides", [{"content.is_individual": True}])
async def test_an_individuals_limits_stay_as_they_are(page: Page) -> None:
    said = words_of(await page.type(OMAR, "/sms limit set day=5 because campaign"))
    assert "individual" in said
    assert page.cards() == []


@once
async def test_the_figures_are_those_of_what_was_sent(desk: Desk) -> None:
    await desk.send_and_see(1)
    await desk.send_and_see(2)
    card = await desk.draft(OMAR, "/sms limit set day=1 because quiet")
    assert "*Would have been blocked:* 1 (notices 1)" in words_of(card)
    looser = await desk.draft(OMAR, "/sms limit set day=3 because campaign")
    assert "*Would have been blocked:* nothing" in words_of(looser)


SLOW = {"sending.per_s": 1, "sending.batch": 1, "sending.undo_s": 0}


@once
@pytest.mark.parametrize("overrides", [SLOW])
async def test_a_change_holds_for_what_a_running_job_has_not_begun(
    desk: Desk, local: Local, page: Page
) -> None:
    numbers = [f"+86137000000{nth:02}" for nth in range(1, 16)]
    inbox = local.sandbox.phones
    await page.send(MAYA, f"/sms send {numbers[-1]} 1111 A0 今天")
    await desk.see(lambda: inbox.messages(numbers[-1]))
    asked = await desk.draft(OMAR, "/sms limit set day=1 because quiet")
    await desk.press(OMAR, asked, "limit.ask")
    waiting = await desk.card(id_of(asked), "Waiting for approval")

    await page.type(MAYA, f"/sms send {','.join(numbers)} 1111 A1 今天 valid 1h")
    (job,) = await desk.see(
        lambda: [each for each in page.cards() if "Send to 15" in words_of(each)]
    )
    await desk.press(MAYA, job, "job.confirm")

    async def has_begun() -> bool:
        return bool(inbox.messages(numbers[0]))

    # No time but the real one passes from here on, and one goes a second.
    await page.eventually(has_begun)
    await page.react(MAYA, waiting, YES)

    async def holds() -> bool:
        return (await desk.policy())["number.day"] == 1

    await page.eventually(holds)
    over = await desk.card(id_of(job), "of 15 delivered")
    assert len(inbox.messages(numbers[-1])) == 1
    assert [len(inbox.messages(each)) for each in numbers[:-1]] == [1] * 14
    assert "1 × over the limit for a day" in words_of(over)
