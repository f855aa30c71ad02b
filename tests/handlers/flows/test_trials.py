"""A number of somebody on call that is called to try it: made once, told of to whoever asked."""

from typing import Any

import pytest

from bot.locales import Locale
from bot.rules.alert_life import GroupState
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.trials import MOST_OF_NUMBER, TrialRefusal
from bot.settings import Settings
from bot.slack.messages.notices import KINDS
from bot.tencent.voice import Called, CallOutcome
from bot.tencent.wire import Refused, Unknown, UnknownReason, Unsent, UnsentReason
from handlers.flows import calls, rotas, trials
from handlers.flows.reaching import Dial
from handlers.flows.trials import Wish
from storage import oncall, posts, voice_calls
from storage.db import Tx
from storage.ids import to_ms
from storage.oncall import OncallNumber
from storage.voice_events import VoiceEventKind
from tests.handlers.flows.alerting import posted
from tests.handlers.flows.test_calls import told
from tests.handlers.flows.test_reaching import ADA, BEA, DAN, NUMBERS, Case, know, later, plan
from tests.storage.rows import NOW

EASY = {"sdk_app_id": "1400006666", "template": "4358", "per_10m": 10, "per_day": 50}


@pytest.fixture
def settings() -> Settings:
    return plan(("voice", "primary"), voice={**EASY, "per_night": 50, "values": ["alert", "id"]})


class Desk:
    """Ada's number, and Dan who looks after the bot."""

    def __init__(self, tx: Tx, settings: Settings) -> None:
        self.tx, self.settings = tx, settings
        know(tx, ADA)

    def ask(self, seconds: float, by: str = ADA, *, is_owner: bool = False) -> Any:
        known = oncall.number_of(self.tx, ADA)
        set_at_ms = 0 if known is None else to_ms(known.set_at)
        wish = Wish(ADA, set_at_ms, by, is_owner)
        return trials.ask(self.tx, wish, self.settings, later(seconds))

    def take(self, seconds: float) -> tuple[Dial, ...]:
        return trials.take(self.tx, self.settings, later(seconds))

    def made(self, seconds: float, outcome: CallOutcome | None = None) -> Dial:
        """Asked for, and made; taken where no outcome is given."""
        assert isinstance(self.ask(seconds), OncallNumber)
        (dial,) = self.take(seconds)
        answer = outcome or Called("c1", dial.attempt, "r")
        calls.settle(self.tx, dial.attempt, answer, later(seconds + 1))
        return dial

    def hear(self, seconds: float) -> None:
        calls.hear(self.tx, self.settings, later(seconds))

    @property
    def said(self) -> list[str]:
        """What Ada is told, or what is put in its place."""
        return [KINDS[trials.TOLD](each, Locale.EN).text for each in posted(self.tx, trials.TOLD)]

    @property
    def is_tried(self) -> bool:
        known = oncall.number_of(self.tx, ADA)
        return known is not None and known.tried_at is not None


@pytest.fixture
def desk(tx: Tx, settings: Settings) -> Desk:
    return Desk(tx, settings)


def test_it_is_committed_before_it_is_made_and_made_once(desk: Desk) -> None:
    desk.ask(0)
    assert trials.has_any(desk.tx, later(1))
    (dial,) = desk.take(1)
    assert dial.values == ("test call", "-")
    assert [each.attempt for each in voice_calls.find_flying(desk.tx)] == [dial.attempt]
    assert (desk.take(2), trials.has_any(desk.tx, later(2))) == ((), False)


def test_after_a_restart_nobody_can_tell_whether_it_was_made_and_it_is_not_again(
    desk: Desk,
) -> None:
    desk.ask(0)
    desk.take(1)
    calls.recover(desk.tx, later(3))
    assert desk.take(4) == ()
    assert "Nobody can tell whether +86 139****0001 rang" in desk.said[-1]
    # A key that was pressed in it counts all the same.
    told(desk.tx, "c9", "1", 5)
    desk.hear(6)
    assert desk.is_tried
    assert "1 was pressed" in desk.said[-1]


def test_what_could_not_be_made_in_time_is_not_made_any_more(desk: Desk) -> None:
    desk.ask(0)
    assert desk.take(600) == ()
    assert "+86 139****0001 was not called: nothing was for minutes" in desk.said[-1]
    assert not trials.has_any(desk.tx, later(601))


def test_a_trial_that_is_not_made_yet_takes_no_call_from_an_alert(desk: Desk) -> None:
    desk.ask(0)
    case = Case(desk.tx, desk.settings)
    assert case.dial(2).number == NUMBERS[ADA]
    # Nor does it ring beside.
    assert desk.take(3) == ()
    assert "somebody is called about an alert" in desk.said[-1]


def test_an_alert_waits_until_a_trial_just_made_is_no_longer_in_its_way(desk: Desk) -> None:
    desk.made(-20)
    one_of_30_s = {**EASY, "per_30s": 1, "per_night": 50}
    case = Case(desk.tx, plan(("voice", "primary"), ("dm", "primary"), voice=one_of_30_s))
    assert case.at(1) == case.at(9) == ()
    assert case.steps == []
    assert case.dial(13).number == NUMBERS[ADA]
    assert case.steps == [("voice", ADA, "calling")]


def test_an_alert_waits_for_no_trial_where_another_limit_holds(desk: Desk) -> None:
    desk.made(-20)
    case = Case(desk.tx, plan(("voice", "primary"), voice={**EASY, "per_10m": 1}))
    assert case.at(1) == ()
    assert case.steps[0] == ("voice", "", "nobody")


def test_the_one_call_of_a_night_is_left_where_a_trial_was_asked_for_before(tx: Tx) -> None:
    desk = Desk(tx, plan(("voice", "primary"), voice={**EASY, "per_night": 1}))
    # 21:59:59 in Shanghai, and a second later.
    at_22 = NOW.astimezone(MAINLAND_ZONE).replace(hour=22, minute=0, second=0, microsecond=0)
    night_s = (at_22 - NOW).total_seconds()
    assert isinstance(desk.ask(night_s - 1), OncallNumber)
    assert desk.take(night_s) == ()
    assert "takes no call an alert may need" in desk.said[-1]


def test_where_somebody_is_called_about_an_alert_no_number_is_tried(desk: Desk) -> None:
    Case(desk.tx, desk.settings)
    assert desk.ask(2) is TrialRefusal.ALERT


def test_calls_that_are_set_up_no_more_are_not_made(desk: Desk) -> None:
    desk.ask(0)
    desk.settings = plan(("dm", "primary"), voice=None)
    assert desk.take(1) == ()
    assert "app.yaml has no `oncall.voice` any more" in desk.said[-1]


@pytest.mark.parametrize("number", [NUMBERS[BEA], None])
def test_a_number_changed_or_taken_away_since_is_not_called(desk: Desk, number: str | None) -> None:
    desk.ask(0)
    oncall.forget_number(desk.tx, ADA)
    if number:
        oncall.set_number(desk.tx, ADA, number, ADA, later(1))
    assert desk.take(2) == ()
    assert "it is not the number of <@U0ADA> any more" in desk.said[-1]


@pytest.mark.parametrize(
    "harm",
    [
        # Nobody can read whom it is to call.
        "UPDATE voice_calls SET number = 'odd'",
        # What is told of it cannot be kept.
        "CREATE TRIGGER odd BEFORE UPDATE ON voice_calls WHEN OLD.user_id = 'U0ADA' "
        "BEGIN SELECT raise(ABORT, 'odd'); END",
    ],
)
def test_one_that_breaks_keeps_no_other_from_being_made(desk: Desk, harm: str) -> None:
    desk.ask(0)
    desk.tx.run(harm)
    know(desk.tx, BEA)
    wish = Wish(BEA, to_ms(NOW), BEA, is_owner=False)
    assert isinstance(trials.ask(desk.tx, wish, desk.settings, later(1)), OncallNumber)
    (dial,) = desk.take(2)
    assert dial.number == NUMBERS[BEA]


def test_one_that_cannot_be_read_is_logged_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.ask(0)
    desk.tx.run("UPDATE voice_calls SET number = 'odd'")
    for second in (1, 2, 3):
        if trials.has_any(desk.tx, later(second)):
            assert desk.take(second) == ()
    assert [each.getMessage() for each in caplog.records] == ["call unreadable"]


def test_what_is_long_past_is_not_looked_at_any_more(desk: Desk) -> None:
    desk.ask(0)
    assert trials.has_any(desk.tx, later(80_000))
    assert not trials.has_any(desk.tx, later(90_000))


def test_key_one_confirms_the_number_and_no_alert(desk: Desk) -> None:
    desk.made(0)
    case = Case(desk.tx, desk.settings)
    told(desk.tx, "c1", "1", 3)
    desk.hear(4)
    assert desk.is_tried
    assert "If that was not <@U0ADA>" in desk.said[-1]
    assert case.state is GroupState.FIRING
    assert rotas.overview(desk.tx, desk.settings, later(5)).tried.keys() == {ADA}
    assert not calls.has_news(desk.tx, later(5))


def test_a_key_told_after_the_end_of_the_call_changes_what_was_said(desk: Desk) -> None:
    desk.made(0)
    told(desk.tx, "c1", "0", 30, kind=VoiceEventKind.TEXT_ENDED)
    desk.hear(31)
    assert "was answered, and 1 was not pressed" in desk.said[-1]
    assert not desk.is_tried
    told(desk.tx, "c1", "1", 32)
    desk.hear(33)
    assert desk.is_tried
    assert "1 was pressed" in desk.said[-1]
    assert len(posts.standing(desk.tx, trials.TOLD, "oncall:trial:")) == 1


def test_a_cause_told_after_the_end_of_the_call_takes_the_place_of_none(desk: Desk) -> None:
    desk.made(0)
    told(desk.tx, "c1", "2", 30, kind=VoiceEventKind.TEXT_ENDED)
    desk.hear(31)
    assert "the carrier could not put it through" in desk.said[-1]
    told(desk.tx, "c1", "1", 32, kind=VoiceEventKind.FAILED)
    desk.hear(33)
    assert "it is off" in desk.said[-1]
    told(desk.tx, "c1", "1", 34, kind=VoiceEventKind.FAILED)
    before = desk.said
    desk.hear(35)
    assert desk.said == before
    assert len(posts.standing(desk.tx, trials.TOLD, "oncall:trial:")) == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Refused("LimitExceeded.DeliveryFrequencyLimit", "", "r"), "Tencent refused to call"),
        (Refused("RequestLimitExceeded", "", "r"), "takes no more requests for a moment"),
        (Unsent(UnsentReason.CONNECT, ""), "Tencent could not be reached"),
        (Unknown(UnknownReason.DEADLINE, ""), "Nobody can tell whether"),
    ],
)
def test_whatever_tencent_answers_whoever_asked_is_told_and_it_is_not_made_again(
    desk: Desk, outcome: CallOutcome, words: str
) -> None:
    desk.made(0, outcome)
    (said,) = desk.said
    assert words in said
    assert desk.take(60) == ()


def test_a_call_nothing_is_told_of_is_said_to_be_silent(desk: Desk) -> None:
    desk.made(0)
    assert desk.take(299) == ()
    assert desk.said == []
    assert trials.has_any(desk.tx, later(400))
    desk.take(400)
    assert "Tencent told nothing of it since" in desk.said[-1]
    desk.take(500)
    assert len(desk.said) == 1


def test_a_number_set_anew_is_untried_and_the_same_one_is_not(desk: Desk) -> None:
    desk.made(0)
    told(desk.tx, "c1", "1", 3)
    desk.hear(4)
    rotas.set_number(desk.tx, ADA, NUMBERS[ADA], ADA, later(5))
    assert desk.is_tried
    rotas.set_number(desk.tx, ADA, NUMBERS[BEA], ADA, later(6))
    assert not desk.is_tried
    rotas.set_number(desk.tx, ADA, NUMBERS[ADA], ADA, later(7))
    assert not desk.is_tried


def test_key_one_in_a_call_about_an_alert_confirms_the_number_too(desk: Desk) -> None:
    case = Case(desk.tx, desk.settings)
    dial = case.dial(1)
    calls.settle(desk.tx, dial.attempt, Called("c1", dial.attempt, "r"), later(2))
    told(desk.tx, "c1", "1", 3)
    case.hear(4)
    assert case.state is GroupState.ACKNOWLEDGED
    assert desk.is_tried
    assert desk.said == []


def test_why_a_number_is_not_called(desk: Desk) -> None:
    outdated = Wish(ADA, to_ms(NOW) - 1, ADA, is_owner=False)
    assert trials.ask(desk.tx, outdated, desk.settings, NOW) is TrialRefusal.OUTDATED
    oncall.set_number(desk.tx, BEA, NUMBERS[ADA], BEA, NOW)
    assert desk.ask(0) is TrialRefusal.OF_ANOTHER
    assert isinstance(desk.ask(0, DAN, is_owner=True), OncallNumber)
    assert desk.ask(1, DAN, is_owner=True) is TrialRefusal.LIMITED
    for nth in range(1, MOST_OF_NUMBER):
        assert isinstance(desk.ask(nth * 600, DAN, is_owner=True), OncallNumber)
    assert desk.ask(6_000, DAN, is_owner=True) is TrialRefusal.TOO_OFTEN
    oncall.forget_number(desk.tx, ADA)
    assert desk.ask(7_000) is TrialRefusal.OUTDATED
    know(desk.tx, ADA)
    bare = plan(("dm", "primary"), voice=None)
    wish = Wish(ADA, to_ms(NOW), ADA, is_owner=True)
    assert trials.ask(desk.tx, wish, bare, NOW) is TrialRefusal.NOT_SET_UP
