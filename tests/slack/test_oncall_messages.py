"""What people on call read: their own message as it is by now, and how long a step waits."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.locales import Locale
from bot.rules import trials
from bot.rules.escalation import Chain, Means, Step
from bot.rules.rotas import NOBODY, Rota, Shift
from bot.sandbox.workspace.blocks import check_view
from bot.slack.messages import alerts, escalations, oncall, oncall_forms
from bot.slack.messages.notices import KINDS
from bot.slack.messages.oncall_forms import Draft, How, Offered
from tests.journeys.people import buttons_of
from tests.slack.made import NOW
from tests.slack.test_alert_cards import ACKED, GROUP, RESOLVED, STEP, check, facts, said

DIRECT = "oncall.dm"


def direct(locale: Locale = Locale.EN, user: str = "U0MAYA", **changes: Any) -> dict[str, Any]:
    card = facts(mention=[], **changes)
    message = KINDS[DIRECT]({"group": GROUP, "user": user, "card": card}, locale)
    check(message)
    return {"text": message.text, "blocks": list(message.blocks)}


def first(message: dict[str, Any]) -> str:
    words: str = message["blocks"][0]["text"]["text"]
    return words


def primary(message: dict[str, Any]) -> list[str]:
    elements = [each for block in message["blocks"] for each in block.get("elements", ())]
    return [each["action_id"] for each in elements if each.get("style") == "primary"]


@pytest.mark.parametrize("locale", Locale)
def test_a_message_of_a_step_asks_for_something_only_while_there_is_something_to_do(
    locale: Locale,
) -> None:
    fires = direct(locale)
    assert primary(fires) == [f"{alerts.ACK}{alerts.HERE}"]
    changes: dict[str, Any]
    for changes in (ACKED, RESOLVED):
        over = direct(locale, **changes)
        assert first(over) != first(fires)
        assert primary(over) == []


def test_it_says_who_has_it_in_hand_and_that_it_is_over() -> None:
    assert "somebody has to acknowledge A-7K3Q" in first(direct())
    assert "<@U0OMAR> has A-7K3Q in hand" in first(direct(**ACKED))
    own = first(direct(user="U0OMAR", **ACKED))
    assert "You have A-7K3Q in hand" in own
    assert "nothing is left" not in own
    over = direct(**RESOLVED)
    assert "A-7K3Q is over" in first(over)
    assert buttons_of(over)[0] == f"{alerts.REOPEN}{alerts.HERE}"


def view(wait_s: int) -> oncall.OncallView:
    chain = Chain("default", (Step(Means.DM, "primary", wait_s),), 0)
    return oncall.OncallView((), (chain,), "", {}, calls=True, texts=True, now=NOW)


@pytest.mark.parametrize(
    ("wait_s", "english", "chinese"),
    [
        (30, "(30 s to acknowledge)", "（30 秒内确认）"),
        (90, "(1 min 30 s to acknowledge)", "（1 分钟 30 秒内确认）"),
        (300, "(5 min to acknowledge)", "（5 分钟内确认）"),
        (5_400, "(1 h 30 min to acknowledge)", "（1 小时 30 分钟内确认）"),
    ],
)
def test_how_long_a_step_waits_is_whole_and_in_the_readers_words(
    wait_s: int, english: str, chinese: str
) -> None:
    for locale, words in ((Locale.EN, english), (Locale.ZH_CN, chinese)):
        assert words in said(oncall.overview(view(wait_s), locale))


def test_nobody_stands_in_for_nobody() -> None:
    rota = Rota("primary", ("U0OMAR",), 0, time(9), ZoneInfo("UTC"), NOW.date())
    later = NOW + timedelta(hours=2)
    for who, is_said in (("U0MAYA", True), (NOBODY, False)):
        shift = Shift(who, NOW, later, is_override=True)
        seen = oncall.RotaView(rota, (shift,), (), is_gap=who == NOBODY)
        told = said(
            oncall.overview(
                oncall.OncallView((seen,), (), "@g", {}, calls=True, texts=True, now=NOW), Locale.EN
            )
        )
        assert ("stands in" in told) is is_said


def test_a_mention_says_whether_the_card_made_it() -> None:
    mentioned = {**STEP, "means": "mention"}
    assert "Mentioned <@U0OMAR> in the thread" in escalations.line(mentioned, Locale.EN)
    on_card = {**mentioned, "detail": escalations.ON_CARD}
    assert "Mentioned <@U0OMAR> on the card" in escalations.line(on_card, Locale.EN)


def test_a_message_that_could_not_be_delivered_says_so() -> None:
    failed = {**STEP, "state": "failed", "detail": "user_not_found"}
    told = escalations.line(failed, Locale.EN)
    assert "<@U0OMAR> could not be written to: Slack refuses it (`user_not_found`)" in told


@pytest.mark.parametrize("locale", Locale)
def test_whatever_a_trial_comes_to_has_a_sentence_of_its_own(locale: Locale) -> None:
    facts = {"user": "U0OMAR", "number": "+86 138****0001", "detail": "busy"}
    states = (*trials.TOLD, trials.SILENT, *trials.Unmade)
    told = [KINDS["oncall.trial"]({**facts, "state": str(each)}, locale) for each in states]
    refused = [oncall.not_called(each, locale) for each in trials.TrialRefusal]
    for message in (*told, *refused):
        check(message)
    assert len({each.text for each in (*told, *refused)}) == len(states) + len(trials.TrialRefusal)


def test_a_number_that_cannot_be_called_has_no_button_that_calls_it() -> None:
    for number, is_callable, buttons in (
        ("+8613800000001", True, [oncall.TRY]),
        ("+8613800000001", False, []),
        ("+6581234567", True, []),
    ):
        known = oncall.NumberView(number, 1, None, is_callable)
        message = oncall.number("U0OMAR", known, Locale.EN)
        check(message)
        assert buttons_of({"blocks": list(message.blocks)}) == buttons


def test_of_numbers_abroad_none_is_called_untried() -> None:
    numbers = {"U0OMAR": "+8613800000001", "U0MAYA": "+6581234567", "U0BO": ""}
    shown = said(oncall.overview(replace(view(30), numbers=numbers), Locale.EN))
    assert "Never tried: <@U0OMAR>." in shown
    silent = replace(view(30), numbers=numbers, calls=False)
    assert "Never tried" not in said(oncall.overview(silent, Locale.EN))


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize("rotas", [("primary",), ("primary", "database")])
def test_the_form_shows_what_the_choice_needs_and_carries_the_rest(
    locale: Locale, how: How, rotas: tuple[str, ...]
) -> None:
    offered = Offered(rotas, ("@sms-oncall",), ZoneInfo("Asia/Shanghai"), "90d")
    draft = Draft("primary", how, "U0MAYA", "@sms-oncall", "tomorrow 9am", "2h")
    shown = oncall_forms.form(draft, offered, locale)
    assert check_view(shown) == []
    fields = {each["block_id"] for each in shown["blocks"] if each["type"] == "input"}
    of_how = {How.PERSON: {"person"}, How.GROUP: {"group"}}.get(how, set())
    of_times = set() if how is How.OWN else {"starts", "ends"}
    of_rota = {"rota"} if len(rotas) > 1 else set()
    assert fields == {"how", *of_how, *of_times, *of_rota}
    assert oncall_forms.uncarry(shown["private_metadata"]) == draft


@pytest.mark.parametrize("locale", Locale)
def test_who_gives_a_number_that_is_being_erased_is_told_by_which_request(locale: Locale) -> None:
    message = oncall.being_erased("+8613800000001", "R-7K3Q", locale)
    check(message)
    assert "R-7K3Q" in said(message)
    assert "3800000001" not in said(message)
