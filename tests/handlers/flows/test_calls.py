"""What is told of calls to people on call: which call it is of, and who acted first."""

from datetime import datetime

import pytest

from bot.locales import Locale
from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.rules.alerts.health import config_fault
from bot.rules.escalation import CALL_TRIES, Means, StepState
from bot.rules.packages import IN_ARREARS
from bot.slack.messages import escalations as escalation_messages
from bot.tencent.wire import Refused, Unknown, UnknownReason
from handlers.flows import alerts, calls, config_faults, escalations, package_alerts
from storage import alert_groups, voice_calls, voice_events
from storage import alerts as stored_alerts
from storage import escalations as stored
from storage.alert_groups import Group
from storage.db import Tx
from storage.ids import AttemptId
from storage.voice_events import VoiceEvent, VoiceEventKind
from tests.handlers.flows import alerting
from tests.handlers.flows.test_reaching import (
    ADA,
    BEA,
    DAN,
    NUMBERS,
    Case,
    know,
    later,
    plan,
    taken,
)
from tests.storage.rows import NOW

KEY, TEXT_ENDED, CODE_ENDED = (
    VoiceEventKind.KEY,
    VoiceEventKind.TEXT_ENDED,
    VoiceEventKind.CODE_ENDED,
)
LOST = Unknown(UnknownReason.DEADLINE, "")


def told(
    tx: Tx,
    call_id: str,
    said: str,
    seconds: float,
    who: str = ADA,
    kind: VoiceEventKind = KEY,
) -> None:
    """What Tencent's callback brings then."""
    voice_events.add(tx, VoiceEvent(call_id, NUMBERS[who], kind, said, "demo", later(seconds)))


def call(tx: Tx, attempt: str, group_id: str, at: datetime, *, nth: int = 0) -> None:
    """One whose answer was lost."""
    voice_calls.add(
        tx,
        AttemptId(attempt),
        group_id=group_id,
        escalation=0,
        nth=nth,
        user_id=ADA,
        number=NUMBERS[ADA],
        now=at,
    )
    voice_calls.settle(tx, AttemptId(attempt), voice_calls.UNKNOWN)


def id_of(tx: Tx, attempt: str) -> str:
    found = voice_calls.get(tx, attempt)
    assert found is not None
    return found.call_id


def group_of(case: Case) -> Group:
    group = alert_groups.get(case.tx, case.group_id)
    assert group is not None
    return group


def said_of(case: Case, nth: int) -> str:
    return escalation_messages.line(escalations.steps(case.tx, case.group_id)[nth], Locale.EN)


def act(case: Case, move: Move, seconds: float) -> None:
    alerts.move(
        case.tx,
        case.group_id,
        move,
        by=DAN,
        via="button",
        settings=case.settings,
        now=later(seconds),
    )


def test_of_two_calls_without_an_answer_what_is_told_is_of_the_later_one(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("voice", "primary"), ("dm", "primary")))
    for at in (1, 61):
        calls.settle(tx, case.dial(at).attempt, LOST, later(at + 15))
    told(tx, "c9", "1", 80)
    case.hear(81)
    assert [state for _, _, state in case.steps] == ["unknown", "acknowledged"]
    assert group_of(case).acked_by == ADA
    assert not calls.has_news(tx, later(82))


def test_what_is_told_of_two_calls_without_an_answer_goes_to_one_each(tx: Tx) -> None:
    case = Case(tx, plan(("dm", "primary")))
    call(tx, "a1", case.group_id, later(1))
    call(tx, "a2", case.group_id, later(61))
    # One that is told of before the second call was made is of the first.
    told(tx, "c1", "0", 30, kind=TEXT_ENDED)
    told(tx, "c2", "0", 70, kind=TEXT_ENDED)
    case.hear(71)
    assert (id_of(tx, "a1"), id_of(tx, "a2")) == ("c1", "c2")


def test_a_call_that_cannot_be_heard_keeps_no_other_from_being_heard(
    tx: Tx, caplog: pytest.LogCaptureFixture
) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c2", 2)
    # A step whose row says what nobody can read.
    step = stored.NewStep(Means.VOICE, "primary", ADA, StepState.UNKNOWN)
    stored.add_step(tx, stored.begin(tx, "A-0", "default", NOW), step, NOW)
    tx.run("UPDATE escalation_steps SET state = 'odd' WHERE group_id = 'A-0'")
    call(tx, "a1", "A-0", NOW)
    voice_calls.adopt(tx, voice_calls.find_unknown(tx, NOW)[0], "c1")
    told(tx, "c1", "1", 3)
    told(tx, "c2", "1", 4)
    case.hear(5)
    assert group_of(case).acked_by == ADA
    assert "hearing_failed" in [getattr(each, "event", "") for each in caplog.records]


def test_key_one_counts_after_the_chain_is_over(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    case.at(61)
    assert stored.get_open(tx, case.group_id) is None
    told(tx, "c1", "1", 62)
    case.hear(63)
    assert (case.state, group_of(case).acked_by) == (GroupState.ACKNOWLEDGED, ADA)
    assert case.steps[0] == ("voice", ADA, "acknowledged")


def test_key_one_counts_where_it_got_worse_while_the_phone_rang(tx: Tx) -> None:
    know(tx, ADA, BEA)
    case = Case(tx, plan(("voice", "primary")), Severity.WARNING)
    taken(tx, case.dial(1), "c1", 2)
    worse = alerting.signal(AlertKind.LIMIT_TENCENT, Severity.CRITICAL, code="x")
    alerts.raise_event(tx, worse, case.settings, later(10), quiet_s=86_400)
    alerting.look(tx, case.settings, later(11))
    told(tx, "c1", "1", 12)
    case.hear(13)
    assert group_of(case).acked_by == ADA
    assert case.at(14) == ()


def test_key_one_after_somebody_else_has_it_says_who(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    act(case, Move.ACKNOWLEDGE, 3)
    told(tx, "c1", "1", 5)
    case.hear(6)
    assert group_of(case).acked_by == DAN
    assert case.last == ("voice", ADA, "too_late")
    assert "<@U0ADA> pressed 1 on the phone, too late: <@U0DAN> has it in hand" in said_of(case, 0)
    # The end of the call is told too, and changes nothing of that.
    told(tx, "c1", "0", 7, kind=TEXT_ENDED)
    case.hear(8)
    assert case.last == ("voice", ADA, "too_late")


def test_key_one_after_it_was_over_says_so(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    act(case, Move.RESOLVE, 3)
    told(tx, "c1", "1", 5)
    case.hear(6)
    assert case.state is GroupState.RESOLVED
    assert "<@U0ADA> pressed 1 on the phone, too late: it was over" in said_of(case, 0)


def test_key_one_after_somebody_took_it_and_gave_it_back_says_that(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    act(case, Move.ACKNOWLEDGE, 3)
    act(case, Move.UNACKNOWLEDGE, 4)
    told(tx, "c1", "1", 5)
    case.hear(6)
    assert case.state is GroupState.FIRING
    assert "too late: <@U0DAN> has acted since the call" in said_of(case, 0)


def test_key_one_of_who_has_it_already_is_an_acknowledgement(tx: Tx) -> None:
    know(tx, DAN)
    case = Case(tx, plan(("voice", "primary"), rota={"people": [DAN]}))
    taken(tx, case.dial(1), "c1", 2)
    act(case, Move.ACKNOWLEDGE, 3)
    told(tx, "c1", "1", 5, DAN)
    case.hear(6)
    assert case.last == ("voice", DAN, "acknowledged")


def test_what_is_told_later_of_a_call_acknowledges_no_second_time(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    told(tx, "c1", "1", 3)
    case.hear(4)
    act(case, Move.UNACKNOWLEDGE, 5)
    told(tx, "c1", "0", 6, kind=TEXT_ENDED)
    case.hear(7)
    assert case.state is GroupState.FIRING
    assert case.steps[0] == ("voice", ADA, "acknowledged")


def test_keys_of_a_number_that_was_not_called_count_for_nothing(tx: Tx) -> None:
    know(tx, ADA, BEA)
    case = Case(tx, plan(("voice", "primary")))
    taken(tx, case.dial(1), "c1", 2)
    told(tx, "c1", "1", 3, BEA)
    case.hear(4)
    assert (case.state, case.last) == (GroupState.FIRING, ("voice", ADA, "ringing"))
    assert not calls.has_news(tx, later(5))
    told(tx, "c1", "1", 6)
    case.hear(7)
    assert group_of(case).acked_by == ADA


@pytest.mark.parametrize("has_answer", [True, False])
def test_keys_of_a_call_that_read_out_a_code_count_for_nothing(tx: Tx, has_answer: bool) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary")))
    dial = case.dial(1)
    told(tx, "c1", "0", 5, kind=CODE_ENDED)
    told(tx, "c1", "1", 6)
    if has_answer:
        taken(tx, dial, "c1", 7)
    else:
        calls.settle(tx, dial.attempt, LOST, later(7))
    case.hear(8)
    assert case.state is GroupState.FIRING
    assert not calls.has_news(tx, later(9))


def test_a_throttled_call_is_made_again_a_few_times(tx: Tx) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("dm", "primary")))
    at = 1
    for _ in range(CALL_TRIES):
        throttled = Refused("RequestLimitExceeded.UinLimitExceeded", "", "r")
        calls.settle(tx, case.dial(at).attempt, throttled, later(at))
        at += 15
    case.at(at - 15)
    assert case.steps == [("voice", ADA, "throttled")] * CALL_TRIES + [("dm", ADA, "told")]


TEMPLATE = "FailedOperation.TemplateIncorrectOrUnapproved"
EMPTY = "FailedOperation.InsufficientBalanceInVoicePackage"


@pytest.mark.parametrize("code", [TEMPLATE, EMPTY, "AuthFailure.SecretIdNotFound"])
def test_that_every_call_is_refused_is_an_alert_until_one_is_taken(tx: Tx, code: str) -> None:
    know(tx, ADA)
    case = Case(tx, plan(("voice", "primary"), ("voice", "primary")))
    refused = Refused(code, "", "r")
    calls.settle(tx, case.dial(1).attempt, refused, later(2))
    assert calls.are_all_refused(refused)
    calls.tell(tx, code, case.settings, later(2))
    (alert,) = stored_alerts.find_open_of(tx, (AlertKind.CONFIG_FAULT,), None)
    assert alert.labels == {"setting": "oncall.voice"}
    # The look at app.yaml lets it stand.
    signals = config_fault(config_faults.of_calls(tx, later(3)))
    alerts.observe(tx, (AlertKind.CONFIG_FAULT,), signals, case.settings, later(3))
    assert stored_alerts.find_open_of(tx, (AlertKind.CONFIG_FAULT,), None)
    taken(tx, case.dial(2), "c1", 4)
    assert config_faults.of_calls(tx, later(5)) == []


def test_that_the_account_owes_is_told_as_of_any_message(tx: Tx) -> None:
    case = Case(tx, plan(("voice", "primary")))
    assert calls.are_all_refused(Refused(IN_ARREARS, "", "r"))
    calls.tell(tx, IN_ARREARS, case.settings, later(2))
    found = package_alerts.signals(tx, case.settings, later(3))
    assert AlertKind.ARREARS in [each.kind for each in found]


def test_what_is_about_one_number_or_one_moment_is_no_alert() -> None:
    codes = (
        "LimitExceeded.DeliveryFrequencyLimit",
        "InvalidParameterValue.CalledNumberVerifyFail",
        "RequestLimitExceeded",
        "InternalError.UpstreamError",
    )
    assert not any(calls.are_all_refused(Refused(each, "", "r")) for each in codes)
    assert not calls.are_all_refused(LOST)
