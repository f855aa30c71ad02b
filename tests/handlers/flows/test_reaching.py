"""Who is reached about an alert, step by step: who is on call, who is not, and what comes of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from bot.locales import Locale
from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Signature, Template
from bot.rules.delivery import MessageState
from bot.rules.escalation import CALL_TRIES, Means, StepState
from bot.settings import Settings, load
from bot.settings.oncall import Oncall
from bot.slack.messages import escalations as escalation_messages
from bot.slack.messages.escalations import ON_CARD
from bot.tencent.voice import Called
from bot.tencent.wire import Refused, Unknown, UnknownReason, Unsent, UnsentReason
from handlers.flows import alerts, calls, doubts, escalations, oncall_messages, reaching
from handlers.flows.reaching import Dial
from storage import alert_groups, cards, content, messages, oncall, voice_calls, voice_events
from storage import alerts as stored_alerts
from storage import escalations as stored
from storage.db import Tx
from storage.ids import AttemptId
from storage.messages import Message, Settlement
from storage.voice_events import VoiceEvent, VoiceEventKind
from tests.handlers.flows import alerting
from tests.handlers.flows.alerting import posted
from tests.handlers.flows.conftest import ENVIRON, OVERRIDES, ROOT
from tests.handlers.flows.running import claim
from tests.storage.rows import NOW

ADA, BEA, CAI, DAN = "U0ADA", "U0BEA", "U0CAI", "U0DAN"
NUMBERS = {
    ADA: "+8613900000001",
    BEA: "+8613900000002",
    CAI: "+8613900000003",
    DAN: "+8613900000004",
}
FALLBACK = "@sms-admins"
VOICE: Mapping[str, Any] = {"sdk_app_id": "1400006666", "template": "4358"}
Steps = Sequence[tuple[str, str, str]]


def plan(*steps: tuple[str, str], repeats: int = 0, **more: Any) -> Settings:
    """app.yaml with a chain of these steps, a minute each; Ada's week, then Bea's, then Cai's."""
    rota = {"name": "primary", "people": [ADA, BEA, CAI], "starts": f"{NOW:%Y-%m-%d}"}
    chain = {
        "name": "default",
        "steps": [{"by": by, "whom": whom, "wait_s": 60} for by, whom in steps],
        "repeats": repeats,
    }
    given: dict[str, Any] = {
        "fallback": FALLBACK,
        "rotas": [{**rota, "handover": f"{NOW:%a} 00:00".lower(), **more.pop("rota", {})}],
        "chains": [chain],
        "voice": VOICE,
        "sms": {"template": "1109", "values": ["id"]},
    }
    return settings_with({**given, **more})


@cache
def everywhere() -> Settings:
    """The repository's app.yaml, where every alert calls somebody at once."""
    told = {
        "route": {"receiver": "default", "group_wait": "1s"},
        "receivers": [{"name": "default", "channel": "C0ALERTS", "chain": "default"}],
    }
    loaded = load(ROOT / "app.yaml", ENVIRON, {**OVERRIDES, "alerts": told})
    assert isinstance(loaded, Settings), loaded
    return loaded


def settings_with(section: Mapping[str, object]) -> Settings:
    made = Oncall.model_validate_json(json.dumps(section))
    return everywhere().model_copy(update={"oncall": made})


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Case:
    """One alert, and the looks at who is to be reached about it."""

    def __init__(self, tx: Tx, settings: Settings, severity: Severity = Severity.CRITICAL) -> None:
        self.tx, self.settings = tx, settings
        signal = alerting.signal(AlertKind.LIMIT_TENCENT, severity, code="x")
        alerts.raise_event(tx, signal, settings, NOW, quiet_s=86_400)
        alerting.look(tx, settings, later(1))
        self.group_id = alerting.only(tx).id

    def at(self, seconds: float) -> tuple[Dial, ...]:
        """Takes what is due then."""
        return reaching.take(self.tx, self.group_id, self.settings, later(seconds))

    def dial(self, seconds: float) -> Dial:
        (dial,) = self.at(seconds)
        return dial

    def hear(self, seconds: float) -> None:
        if calls.has_news(self.tx, later(seconds)):
            calls.hear(self.tx, self.settings, later(seconds))

    @property
    def steps(self) -> Steps:
        """Means, who, state."""
        return [
            (each["means"], each["user"], each["state"])
            for each in escalations.steps(self.tx, self.group_id)
        ]

    @property
    def last(self) -> tuple[str, str, str]:
        return self.steps[-1]

    @property
    def state(self) -> GroupState:
        group = alert_groups.get(self.tx, self.group_id)
        assert group is not None
        return group.state


def raised(tx: Tx, settings: Settings, quiet_s: int | None) -> str:
    """A card somebody is to be called about; of a condition where `quiet_s` is None."""
    signal = alerting.signal(AlertKind.DRIFT, Severity.CRITICAL)
    if quiet_s is None:
        alerts.observe(tx, {AlertKind.DRIFT}, [signal], settings, NOW)
    else:
        alerts.raise_event(tx, signal, settings, NOW, quiet_s=quiet_s)
    alerting.look(tx, settings, later(1))
    return alerting.only(tx).id


def know(tx: Tx, *people: str) -> None:
    for each in people:
        oncall.set_number(tx, each, NUMBERS[each], each, NOW)


def tell(
    tx: Tx, call_id: str, said: str, kind: VoiceEventKind = VoiceEventKind.KEY, who: str = ADA
) -> None:
    """What Tencent's callback brings."""
    voice_events.add(tx, VoiceEvent(call_id, NUMBERS[who], kind, said, "demo", NOW))


def stand_in(tx: Tx, who: str, seconds: float) -> None:
    """From then on, for an hour."""
    begins_at = later(seconds)
    ends_at = begins_at + timedelta(hours=1)
    oncall.add_override(
        tx,
        rota="primary",
        who=who,
        begins_at=begins_at,
        ends_at=ends_at,
        author=CAI,
        now=begins_at,
    )


def taken(tx: Tx, dial: Dial, call_id: str, seconds: float) -> None:
    calls.settle(tx, dial.attempt, Called(call_id, dial.attempt, "r"), later(seconds))


def test_one_step_after_another_until_the_chain_is_over(tx: Tx) -> None:
    case = Case(tx, plan(("mention", "primary"), ("dm", "primary"), ("dm", "next")))
    assert case.at(1) == ()
    assert case.steps == [("mention", ADA, "told")]
    case.at(60)
    assert len(case.steps) == 1, "it is not the second one's turn yet"
    case.at(61)
    case.at(121)
    assert case.steps[1:] == [("dm", ADA, "told"), ("dm", BEA, "told")]
    assert [each["user"] for each in posted(tx, oncall_messages.DIRECT)] == [ADA, BEA]
    case.at(181)
    assert case.last == ("mention", FALLBACK, "over")
    assert posted(tx, reaching.MENTION)[-1]["is_over"]
    assert stored.get_open(tx, case.group_id) is None


def test_a_mention_is_not_made_twice_where_the_card_has_made_it(tx: Tx) -> None:
    case = Case(tx, plan(("mention", "primary"), ("mention", "next")))
    assert alerting.cards(tx)[0]["mention"] == [ADA]
    case.at(1)
    assert posted(tx, reaching.MENTION) == []
    case.at(61)
    assert [each["mention"] for each in posted(tx, reaching.MENTION)] == [[BEA]]


def test_a_mention_is_made_after_a_move_that_spoke_to_nobody(tx: Tx) -> None:
    case = Case(tx, plan(("mention", "primary")))
    case.at(1)
    for move, at in ((Move.ACKNOWLEDGE, 2), (Move.UNACKNOWLEDGE, 3)):
        alerts.move(
            tx, case.group_id, move, by=DAN, via="button", settings=case.settings, now=later(at)
        )
    case.at(3)
    assert [each["mention"] for each in posted(tx, reaching.MENTION)] == [[ADA]]


def test_a_mention_the_card_made_is_said_to_be_there_and_stays_there(tx: Tx) -> None:
    case = Case(tx, plan(("mention", "primary"), ("dm", "primary"), repeats=1))
    case.at(1)
    (step,) = escalations.steps(tx, case.group_id)
    assert step["detail"] == ON_CARD
    signal = alerting.signal(AlertKind.LIMIT_TENCENT, Severity.CRITICAL, code="x")
    alerts.raise_event(tx, signal, case.settings, later(20), quiet_s=86_400)
    alerting.look(tx, case.settings, later(20))
    (card,) = alerting.cards(tx)
    assert card["mention"] == [ADA]
    assert card["shown"][0]["count"] == 2
    # Who is mentioned later is so in the thread.
    case.at(61)
    case.at(121)
    assert [each["detail"] for each in escalations.steps(tx, case.group_id)] == [ON_CARD, "", ""]


def test_a_mention_that_a_line_made_is_said_to_be_in_the_thread(tx: Tx) -> None:
    case = Case(tx, plan(("mention", "primary")), Severity.WARNING)
    worse = alerting.signal(AlertKind.LIMIT_TENCENT, Severity.CRITICAL, code="x")
    alerts.raise_event(tx, worse, case.settings, later(600), quiet_s=86_400)
    alerting.look(tx, case.settings, later(600))
    case.at(600)
    assert escalations.steps(tx, case.group_id)[-1]["detail"] == ""


def test_nothing_is_done_where_somebody_has_it_in_hand(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    alerts.move(
        tx,
        case.group_id,
        Move.ACKNOWLEDGE,
        by=DAN,
        via="button",
        settings=case.settings,
        now=later(1),
    )
    assert case.at(1) == ()
    assert case.steps == []


def test_nobody_is_woken_for_what_has_ended_a_moment_ago(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    (alert,) = stored_alerts.of_group(tx, case.group_id)
    stored_alerts.end(tx, alert.id, later(1))
    assert case.at(1) == ()
    assert case.steps == []
    # It fires again before anybody said it was over: somebody is called.
    signal = alerting.signal(AlertKind.LIMIT_TENCENT, Severity.CRITICAL, code="x")
    alerts.raise_event(tx, signal, case.settings, later(5), quiet_s=86_400)
    assert case.dial(20).number == NUMBERS[ADA]


def test_the_chain_is_repeated_as_often_as_is_wanted(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary"), repeats=2))
    for seconds in (1, 61, 121, 181):
        case.at(seconds)
    assert [state for _, _, state in case.steps] == ["told", "told", "told", "over"]


def test_a_gap_goes_to_the_fallback_and_says_so_once(tx: Tx) -> None:
    oncall.note_groups(tx, {FALLBACK: ("S0ADMINS", [DAN])}, NOW)
    case = Case(
        tx, plan(("mention", "primary"), ("dm", "primary"), rota={"people": ["nobody", BEA]})
    )
    assert alerting.cards(tx)[0]["mention"] == ["S0ADMINS"]
    case.at(1)
    case.at(61)
    assert case.steps == [
        ("mention", "", "nobody"),
        ("mention", "S0ADMINS", "told"),
        ("dm", DAN, "told"),
    ]


def test_a_group_without_members_is_a_gap_too(tx: Tx) -> None:
    oncall.note_groups(tx, {"@nights": ("S0NIGHTS", []), FALLBACK: ("S0ADMINS", [DAN])}, NOW)
    case = Case(tx, plan(("dm", "primary"), rota={"people": ["@nights"]}))
    case.at(1)
    assert case.steps == [("dm", "", "nobody"), ("dm", DAN, "told")]


def test_who_stands_in_is_reached(tx: Tx) -> None:
    stand_in(tx, CAI, 0)
    case = Case(tx, plan(("dm", "primary"), ("dm", "next")))
    case.at(1)
    case.at(61)
    assert [who for _, who, _ in case.steps] == [CAI, ADA]


def test_who_comes_on_call_in_the_middle_of_a_chain_is_called_and_nobody_twice(tx: Tx) -> None:
    know(tx, ADA, BEA, CAI)
    case = Case(tx, plan(("voice", "primary"), ("voice", "next"), ("voice", "next")))
    taken(tx, case.dial(1), "c1", 2)
    stand_in(tx, BEA, 30)
    taken(tx, case.dial(61), "c2", 62)
    taken(tx, case.dial(121), "c3", 122)
    assert [who for _, who, _ in case.steps] == [ADA, BEA, CAI]


def test_who_stands_in_for_who_was_called_is_next(tx: Tx) -> None:
    know(tx, ADA, BEA, DAN)
    case = Case(tx, plan(("voice", "primary"), ("voice", "next"), ("dm", "next")))
    taken(tx, case.dial(1), "c1", 2)
    stand_in(tx, DAN, 30)
    assert case.dial(61).number == NUMBERS[DAN]
    case.at(121)
    assert case.last == ("dm", BEA, "told")


def test_after_all_were_written_to_together_they_are_called_one_by_one(tx: Tx) -> None:
    oncall.note_groups(tx, {"@nights": ("S0NIGHTS", [CAI, BEA])}, NOW)
    know(tx, BEA, CAI)
    case = Case(tx, plan(("dm", "@nights"), ("voice", "next"), ("voice", "next")))
    case.at(1)
    assert case.dial(61).number == NUMBERS[BEA]
    assert case.dial(121).number == NUMBERS[CAI]


def test_who_could_not_be_called_time_and_again_is_not_the_next_one(tx: Tx) -> None:
    know(tx, ADA, BEA)
    case = Case(tx, plan(("voice", "primary"), ("voice", "next")))
    at = 1
    for _ in range(CALL_TRIES):
        unsent = Unsent(UnsentReason.CONNECT, "")
        calls.settle(tx, case.dial(at).attempt, unsent, later(at))
        at += 15
    assert case.dial(at - 15).number == NUMBERS[BEA]


def test_the_line_begins_anew_with_each_round(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary"), ("dm", "next"), repeats=1))
    for seconds in (1, 61, 121, 181):
        case.at(seconds)
    assert [who for _, who, _ in case.steps] == [ADA, BEA, ADA, BEA]


def test_in_a_gap_everybody_of_the_fallback_is_written_to(tx: Tx) -> None:
    oncall.note_groups(tx, {FALLBACK: ("S0ADMINS", [CAI, DAN])}, NOW)
    case = Case(tx, plan(("dm", "primary"), ("dm", "next"), rota={"people": ["nobody", BEA]}))
    case.at(1)
    assert case.steps == [("dm", "", "nobody"), ("dm", "S0ADMINS", "told")]
    assert {each["user"] for each in posted(tx, oncall_messages.DIRECT)} == {CAI, DAN}
    case.at(61)
    assert case.steps[2] == ("dm", "", "nobody"), "all of them were written to"


def test_a_chain_waits_while_its_route_is_muted_by_the_clock(tx: Tx) -> None:
    told = {
        "route": {
            "receiver": "default",
            "group_wait": "1s",
            "routes": [{"receiver": "default", "mute_time_intervals": ["night"]}],
        },
        "receivers": [{"name": "default", "channel": "C0ALERTS", "chain": "default"}],
        "time_intervals": [
            {
                "name": "night",
                "time_intervals": [
                    {
                        "times": [
                            {
                                "start_time": f"{later(60):%H:%M}",
                                "end_time": f"{later(180):%H:%M}",
                            }
                        ],
                        "location": "UTC",
                    }
                ],
            }
        ],
    }
    loaded = load(ROOT / "app.yaml", ENVIRON, {**OVERRIDES, "alerts": told})
    assert isinstance(loaded, Settings), loaded
    chain = plan(("dm", "primary"), ("dm", "next")).oncall
    case = Case(tx, loaded.model_copy(update={"oncall": chain}))
    case.at(1)
    for seconds in (61, 121):
        case.at(seconds)
        assert case.steps == [("dm", ADA, "told")]
        assert stored.next_due(tx) == later(seconds + 60)
    case.at(181)
    assert case.last == ("dm", BEA, "told")


def test_everybody_of_a_group_is_written_to_and_called_one_by_one(tx: Tx) -> None:
    oncall.note_groups(tx, {"@nights": ("S0NIGHTS", [CAI, BEA])}, NOW)
    know(tx, BEA, CAI)
    case = Case(tx, plan(("dm", "@nights"), ("voice", "@nights"), ("voice", "next")))
    case.at(1)
    assert {each["user"] for each in posted(tx, oncall_messages.DIRECT)} == {BEA, CAI}
    assert case.dial(61).number == NUMBERS[BEA]
    assert case.dial(121).number == NUMBERS[CAI]


def test_who_has_no_number_is_named_and_the_next_one_is_called(tx: Tx) -> None:
    know(tx, BEA)
    case = Case(tx, plan(("voice", "primary")))
    assert case.dial(1).number == NUMBERS[BEA]
    assert case.steps == [("voice", ADA, "no_number"), ("voice", BEA, "calling")]


def test_where_nobody_can_be_called_the_next_step_is_taken_at_once(tx: Tx) -> None:
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    case.at(1)
    assert case.steps == [("voice", "", "nobody"), ("dm", ADA, "told")]
    assert (
        '"no_number": ["U0ADA", "U0BEA", "U0CAI"]' in stored.steps_of(tx, case.group_id)[0].detail
    )


def test_a_number_abroad_is_not_called(tx: Tx) -> None:
    oncall.set_number(tx, ADA, "+6581234567", ADA, NOW)
    know(tx, BEA)
    case = Case(tx, plan(("voice", "primary")))
    assert case.dial(1).number == NUMBERS[BEA]
    assert case.steps[0] == ("voice", ADA, "abroad")


def test_tencents_limit_of_calls_is_kept_over_all_alerts(tx: Tx) -> None:
    know(tx, ADA, BEA)
    for nth, ago_s in enumerate((540, 120)):
        before = later(-ago_s)
        attempt = AttemptId(f"a{nth}")
        who, number = ADA, NUMBERS[ADA]
        voice_calls.add(
            tx, attempt, group_id="A-0", escalation=0, nth=0, user_id=who, number=number, now=before
        )
    case = Case(tx, plan(("voice", "primary")))
    assert case.dial(1).number == NUMBERS[BEA]
    assert case.steps[0] == ("voice", ADA, "limited")


def test_a_call_is_committed_before_it_is_made_and_never_made_again(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "next")))
    dial = case.dial(1)
    assert case.at(1) == ()
    # The process dies here; it starts again.
    calls.recover(tx, later(2))
    assert case.last == ("voice", ADA, "unknown")
    assert case.at(60) == ()
    case.at(61)
    assert case.last == ("dm", BEA, "told")
    # An answer that comes all the same only tells the id.
    taken(tx, dial, "c1", 62)
    tell(tx, "c1", "1")
    case.hear(63)
    assert case.state is GroupState.ACKNOWLEDGED


def test_key_one_acknowledges_by_who_was_called(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    assert case.last == ("voice", ADA, "ringing")
    tell(tx, "c1", "1")
    case.hear(5)
    group = alert_groups.get(tx, case.group_id)
    assert group is not None
    assert (group.state, group.acked_by) == (GroupState.ACKNOWLEDGED, ADA)
    assert case.last == ("voice", ADA, "acknowledged")
    assert case.at(100) == ()
    assert not calls.has_news(tx, later(101))


def test_a_key_told_before_our_own_answer_is_kept_until_then(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    dial = case.dial(1)
    tell(tx, "c1", "1")
    case.hear(2)
    assert case.last == ("voice", ADA, "calling")
    taken(tx, dial, "c1", 3)
    case.hear(4)
    assert case.state is GroupState.ACKNOWLEDGED


def test_a_key_in_a_call_whose_answer_was_lost_counts(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    dial = case.dial(1)
    calls.settle(tx, dial.attempt, Unknown(UnknownReason.DEADLINE, ""), later(16))
    assert case.last == ("voice", ADA, "unknown")
    voice_events.add(tx, VoiceEvent("c9", NUMBERS[ADA], VoiceEventKind.KEY, "1", "demo", later(20)))
    case.hear(21)
    assert case.last == ("voice", ADA, "acknowledged")
    assert case.state is GroupState.ACKNOWLEDGED


def test_a_key_in_a_call_of_an_earlier_time_acknowledges_nothing(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    for move, at in ((Move.ACKNOWLEDGE, 3), (Move.UNACKNOWLEDGE, 4)):
        alerts.move(
            tx, case.group_id, move, by=DAN, via="button", settings=case.settings, now=later(at)
        )
    tell(tx, "c1", "1")
    case.hear(5)
    assert case.state is GroupState.FIRING


def test_key_two_reaches_the_next_one_at_once_and_then_the_chain_goes_on(tx: Tx) -> None:
    know(tx, ADA, BEA, CAI)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    tell(tx, "c1", "2")
    case.hear(5)
    second = case.dial(5)
    assert second.number == NUMBERS[BEA]
    taken(tx, second, "c2", 6)
    tell(tx, "c2", "2", who=BEA)
    case.hear(7)
    assert case.dial(7).number == NUMBERS[CAI]
    case.at(67)
    assert case.last == ("dm", ADA, "told")


def test_who_passes_it_on_as_the_last_one_sends_the_chain_on(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary"), rota={"people": [ADA]}))
    taken(tx, case.dial(1), "c1", 2)
    tell(tx, "c1", "2")
    case.hear(3)
    case.at(3)
    assert case.steps[1:] == [("voice", "", "nobody"), ("dm", ADA, "told")]


@pytest.mark.parametrize(
    ("kind", "said", "state"),
    [
        (VoiceEventKind.TEXT_ENDED, "1", "unanswered"),
        (VoiceEventKind.FAILED, "8", "failed"),
        (VoiceEventKind.FAILED, "5", "unanswered"),
    ],
)
def test_a_call_that_reached_nobody_is_not_waited_for(
    tx: Tx, kind: VoiceEventKind, said: str, state: str
) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    tell(tx, "c1", said, kind)
    case.hear(10)
    assert case.last == ("voice", ADA, state)
    case.at(10)
    assert case.last == ("dm", ADA, "told")


def test_who_answered_has_the_whole_time_to_acknowledge(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    tell(tx, "c1", "0", VoiceEventKind.TEXT_ENDED)
    case.hear(20)
    assert case.last == ("voice", ADA, "answered")
    case.at(60)
    assert case.last == ("voice", ADA, "answered")
    case.at(61)
    assert case.last == ("dm", ADA, "told")


def test_what_is_told_late_of_one_call_does_not_hurry_the_next(tx: Tx) -> None:
    know(tx, ADA, BEA)
    case = Case(tx, plan(("voice", "primary"), ("voice", "next"), ("dm", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    taken(tx, case.dial(61), "c2", 62)
    tell(tx, "c1", "1", VoiceEventKind.TEXT_ENDED)
    case.hear(63)
    case.at(63)
    assert case.last == ("voice", BEA, "ringing")


@pytest.mark.parametrize(
    ("code", "then"),
    [
        # Somebody else may be called all the same.
        ("LimitExceeded.DeliveryFrequencyLimit", ("voice", BEA, "calling")),
        ("InvalidParameterValue.CalledNumberVerifyFail", ("voice", BEA, "calling")),
        # Nobody can be called.
        ("FailedOperation.InsufficientBalanceInVoicePackage", ("dm", ADA, "told")),
        ("FailedOperation.TemplateIncorrectOrUnapproved", ("dm", ADA, "told")),
    ],
)
def test_a_call_tencent_refuses_leads_on_at_once(
    tx: Tx, code: str, then: tuple[str, str, str]
) -> None:
    know(tx, ADA, BEA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    calls.settle(tx, case.dial(1).attempt, Refused(code, "no", "r"), later(2))
    assert case.last == ("voice", ADA, "refused")
    case.at(2)
    assert case.last == then


def test_a_code_that_proves_nothing_leaves_the_call_unknown(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    refused = Refused("InternalError.AccessUpstreamTimeout", "", "r")
    calls.settle(tx, case.dial(1).attempt, refused, later(2))
    assert case.last == ("voice", ADA, "unknown")
    case.at(60)
    assert case.last == ("voice", ADA, "unknown")


def test_a_call_that_never_left_is_made_again_a_few_times(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    unsent, at = Unsent(UnsentReason.CONNECT, ""), 1.0
    for _ in range(CALL_TRIES):
        calls.settle(tx, case.dial(at).attempt, unsent, later(at))
        at += 15
    case.at(at - 15)
    assert case.steps == [("voice", ADA, "unsent")] * CALL_TRIES + [("dm", ADA, "told")]


CALL_OUT = Template(
    "1109", "值班告警", "告警{1}尚无人确认，请尽快处理。", True, False, ReviewState.USABLE, ""
)


@pytest.fixture
def listed(tx: Tx) -> Tx:
    content.replace_templates(tx, [CALL_OUT], NOW)
    content.replace_signatures(tx, [Signature("1", "腾讯云", False, ReviewState.USABLE, "")], NOW)
    return tx


def only_message(case: Case) -> Message:
    (step,) = [each for each in stored.steps_of(case.tx, case.group_id) if each.reference]
    (message,) = messages.of_request(case.tx, step.reference)
    return message


def test_an_sms_goes_the_way_of_all_sms_and_its_fate_is_shown(listed: Tx) -> None:
    know(listed, BEA)
    case = Case(listed, plan(("sms", "primary"), ("dm", "primary")))
    assert case.at(1) == ()
    assert case.steps == [("sms", ADA, "no_number"), ("sms", BEA, "queued")]
    message = only_message(case)
    assert (message.number, message.values) == (NUMBERS[BEA], (case.group_id,))
    assert message.class_ is TemplateClass.ALERT
    # It has no card of its own: the alert's shows it.
    assert cards.channel_of(listed, message.request_id) is None
    (call,) = claim(listed, later(2), settings=case.settings)
    assert [each.number for each in call.attempts] == [NUMBERS[BEA]]
    accepted = Settlement(MessageState.ACCEPTED, "answer", serial="2640:1")
    current = messages.get(listed, message.id)
    assert current is not None
    messages.settle(listed, current, accepted, later(3))
    case.hear(4)
    assert case.last == ("sms", BEA, "accepted")
    current = messages.get(listed, message.id)
    assert current is not None
    messages.report(listed, current, MessageState.UNDELIVERED, "MK:0001", later(5))
    case.hear(6)
    assert case.last == ("sms", BEA, "undelivered")
    assert stored.steps_of(listed, case.group_id)[-1].detail == "MK:0001"


def test_an_sms_in_doubt_is_nobodys_question(listed: Tx) -> None:
    know(listed, ADA)
    case = Case(listed, plan(("sms", "primary"), ("dm", "primary")))
    case.at(1)
    claim(listed, later(2), settings=case.settings)
    message = messages.get(listed, only_message(case).id)
    assert message is not None
    messages.settle(listed, message, Settlement(MessageState.IN_DOUBT, "answer"), later(3))
    case.hear(4)
    assert case.last == ("sms", ADA, "unknown")
    doubts.gather(listed, later(3), later(1_000))
    for doubt in doubts.find_due(listed, later(1_000), 10):
        doubts.note_look(listed, doubt, None, later(1_000))
    doubts.settle_by_rule(listed, later(1_000))
    assert only_message(case).state is MessageState.DROPPED


def test_what_stands_in_the_way_of_an_sms_is_said_and_the_next_one_gets_it(listed: Tx) -> None:
    know(listed, BEA)
    oncall.set_number(listed, ADA, "+3580401234567", ADA, NOW)
    case = Case(listed, plan(("sms", "primary")))
    case.at(1)
    assert case.steps == [("sms", ADA, "refused"), ("sms", BEA, "queued")]
    said = escalation_messages.line(escalations.steps(listed, case.group_id)[0], Locale.EN)
    assert "<@U0ADA>: not sent. " in said


def test_without_a_template_there_is_no_sms_and_the_next_step_is_taken(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("sms", "primary"), ("dm", "primary"), rota={"people": [ADA]}))
    case.at(1)
    assert case.steps == [("sms", ADA, "refused"), ("dm", ADA, "told")]


def test_a_chain_that_is_gone_from_app_yaml_calls_nobody(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary")))
    case.settings = settings_with({})
    assert case.at(1) == ()
    assert stored.get_open(tx, case.group_id) is None


def test_every_step_has_its_words_in_both_languages() -> None:
    """Whatever means and state a step can have."""
    states = {
        Means.MENTION: {StepState.TOLD, StepState.NOBODY, StepState.OVER},
        Means.DM: {StepState.TOLD, StepState.NOBODY, StepState.FAILED},
        Means.VOICE: set(StepState)
        - {StepState.TOLD, StepState.OVER}
        - {StepState.QUEUED, StepState.ACCEPTED, StepState.DELIVERED, StepState.UNDELIVERED},
        Means.SMS: {
            *(StepState.QUEUED, StepState.ACCEPTED, StepState.DELIVERED, StepState.UNDELIVERED),
            *(StepState.REFUSED, StepState.UNKNOWN, StepState.NO_NUMBER, StepState.NOT_SET_UP),
            StepState.NOBODY,
        },
    }
    for means, possible in states.items():
        for state in possible:
            for locale in Locale:
                step = {
                    "means": means.value,
                    "whom": "primary",
                    "user": ADA,
                    "state": state.value,
                    "detail": "",
                    "at_ms": 0,
                }
                assert escalation_messages.line(step, locale)


def test_nobody_is_called_about_what_is_over_and_was_not_closed_yet(tx: Tx) -> None:
    settings = plan(("dm", "primary"), ("dm", "next"))
    group_id = raised(tx, settings, quiet_s=600)
    reaching.take(tx, group_id, settings, later(1))
    assert len(stored.steps_of(tx, group_id)) == 1
    reaching.take(tx, group_id, settings, later(36_000))
    assert len(stored.steps_of(tx, group_id)) == 1


def test_after_a_start_nobody_is_called_before_it_was_looked_whether_it_still_fires(tx: Tx) -> None:
    settings = plan(("dm", "primary"), ("dm", "next"))
    group_id = raised(tx, settings, quiet_s=None)
    began_at = later(36_000)

    def steps_at(seconds: float) -> int:
        reaching.take(tx, group_id, settings, later(seconds), began_at=began_at)
        return len(stored.steps_of(tx, group_id))

    assert steps_at(36_000) == 0
    assert steps_at(36_059) == 0
    assert steps_at(36_060) == 1


def test_after_a_start_what_is_seen_to_fire_calls_at_once(tx: Tx) -> None:
    settings = plan(("dm", "primary"), ("dm", "next"))
    group_id = raised(tx, settings, quiet_s=86_400)
    began_at = later(36_000)
    alerts.raise_event(
        tx, alerting.signal(AlertKind.DRIFT, Severity.CRITICAL), settings, later(36_002)
    )
    reaching.take(tx, group_id, settings, later(36_003), began_at=began_at)
    assert len(stored.steps_of(tx, group_id)) == 1
