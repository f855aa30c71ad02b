import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.delivery import (
    FENCED,
    FINAL,
    MAY_HAVE_LEFT,
    SETTLE_TIME,
    TRANSITIONS,
    UNSENT,
    Event,
    Ignored,
    IgnoredReason,
    MessageState,
    SettleAction,
    Step,
    diagram,
    settle_rule,
    step,
)

STARTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVENTS = st.lists(st.sampled_from(Event), max_size=30)
HEARD_FROM_CARRIER = {MessageState.DELIVERED, MessageState.UNDELIVERED}


def run(events: list[Event], state: MessageState = MessageState.QUEUED) -> list[MessageState]:
    """The states a message goes through, the first included."""
    states = [state]
    for event in events:
        after = step(states[-1], event)
        states.append(after.state if isinstance(after, Step) else states[-1])
    return states


@pytest.mark.parametrize(
    ("events", "state"),
    [
        pytest.param("claim start accept report_success", MessageState.DELIVERED, id="delivered"),
        pytest.param("claim start accept report_failure", MessageState.UNDELIVERED, id="failed"),
        pytest.param("claim start accept give_up_waiting", MessageState.UNREPORTED, id="silence"),
        pytest.param("claim start refuse", MessageState.REFUSED, id="refused"),
        pytest.param("claim release", MessageState.QUEUED, id="put_off"),
        pytest.param("claim skip", MessageState.SKIPPED, id="left_out"),
        pytest.param("claim start put_back", MessageState.QUEUED, id="not_connected"),
        pytest.param("cancel", MessageState.CANCELLED, id="cancelled"),
        pytest.param("claim cancel", MessageState.CANCELLED, id="cancelled_when_claimed"),
        pytest.param("claim start doubt accept", MessageState.ACCEPTED, id="doubt_proved"),
        pytest.param("claim start doubt refuse", MessageState.REFUSED, id="doubt_disproved"),
        pytest.param("claim start doubt drop", MessageState.DROPPED, id="doubt_dropped"),
        pytest.param("claim start doubt drop accept", MessageState.ACCEPTED, id="late_proof"),
        pytest.param("claim start doubt drop refuse", MessageState.REFUSED, id="late_disproof"),
        pytest.param("claim start doubt send_again", MessageState.QUEUED, id="sent_again"),
    ],
)
def test_a_message_goes_through_its_life(events: str, state: MessageState) -> None:
    assert run([Event(event) for event in events.split()])[-1] is state
    held = [Event(event) for event in events.split()]
    assert run(held, MessageState.HELD)[-1] is state


@pytest.mark.parametrize(
    ("state", "event", "reason"),
    [
        pytest.param(MessageState.DELIVERED, Event.REPORT_SUCCESS, IgnoredReason.REPEATED, id="a"),
        pytest.param(
            MessageState.UNDELIVERED,
            Event.REPORT_SUCCESS,
            IgnoredReason.FIRST_FINAL_WINS,
            id="success_after_failure",
        ),
        pytest.param(
            MessageState.DELIVERED,
            Event.REPORT_FAILURE,
            IgnoredReason.FIRST_FINAL_WINS,
            id="failure_after_success",
        ),
        pytest.param(
            MessageState.DELIVERED,
            Event.GIVE_UP_WAITING,
            IgnoredReason.FIRST_FINAL_WINS,
            id="waiting_ended_too_late",
        ),
        pytest.param(
            MessageState.IN_FLIGHT,
            Event.REPORT_SUCCESS,
            IgnoredReason.BEFORE_ANSWER,
            id="report_before_answer",
        ),
        pytest.param(
            MessageState.IN_DOUBT,
            Event.REPORT_SUCCESS,
            IgnoredReason.HINT_ONLY,
            id="report_in_doubt",
        ),
        pytest.param(
            MessageState.QUEUED,
            Event.REPORT_FAILURE,
            IgnoredReason.NO_OPEN_ATTEMPT,
            id="report_before_sending",
        ),
        pytest.param(
            MessageState.REFUSED,
            Event.REPORT_SUCCESS,
            IgnoredReason.NO_OPEN_ATTEMPT,
            id="report_after_refusal",
        ),
        pytest.param(
            MessageState.IN_FLIGHT, Event.CANCEL, IgnoredReason.ALREADY_SENDING, id="late_cancel"
        ),
        pytest.param(
            MessageState.REFUSED, Event.CANCEL, IgnoredReason.FIRST_FINAL_WINS, id="needless_cancel"
        ),
        pytest.param(MessageState.CLAIMED, Event.CLAIM, IgnoredReason.REPEATED, id="claimed_twice"),
        pytest.param(
            MessageState.QUEUED, Event.START, IgnoredReason.NOT_HERE, id="unclaimed_start"
        ),
        pytest.param(
            MessageState.SKIPPED, Event.CANCEL, IgnoredReason.FIRST_FINAL_WINS, id="late_cancel_2"
        ),
        pytest.param(
            MessageState.HELD, Event.REPORT_SUCCESS, IgnoredReason.NO_OPEN_ATTEMPT, id="held"
        ),
    ],
)
def test_what_comes_late_or_twice_changes_nothing(
    state: MessageState, event: Event, reason: IgnoredReason
) -> None:
    assert step(state, event) == Ignored(reason)


@pytest.mark.parametrize(
    ("event", "state"),
    [
        pytest.param(Event.REPORT_SUCCESS, MessageState.DELIVERED, id="success"),
        pytest.param(Event.REPORT_FAILURE, MessageState.UNDELIVERED, id="failure"),
    ],
)
def test_a_report_after_the_waiting_still_counts(event: Event, state: MessageState) -> None:
    assert step(MessageState.UNREPORTED, event) == Step(state)


def test_every_state_is_reached() -> None:
    reached = {MessageState.QUEUED, MessageState.HELD}
    for _ in MessageState:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}

    assert reached == set(MessageState)


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", MessageState)
def test_every_event_is_answered_in_every_state(state: MessageState, event: Event) -> None:
    after = step(state, event)

    if isinstance(after, Step):
        assert after.state is TRANSITIONS[state, event]
        assert after.state is not state
    else:
        assert (state, event) not in TRANSITIONS


@given(events=EVENTS)
def test_a_final_state_only_gives_way_to_a_first_report_or_to_proof(events: list[Event]) -> None:
    states = run(events)

    for before, after in itertools.pairwise(states):
        if before is MessageState.DROPPED and after is not before:
            assert after in {MessageState.ACCEPTED, MessageState.REFUSED}
        elif before in FINAL and after is not before:
            assert before is MessageState.UNREPORTED
            assert after in HEARD_FROM_CARRIER


@given(events=EVENTS)
def test_a_message_is_sent_again_only_by_a_put_back_or_on_purpose(events: list[Event]) -> None:
    states = run(events)
    starts = sum(
        before is MessageState.CLAIMED and after is MessageState.IN_FLIGHT
        for before, after in itertools.pairwise(states)
    )
    permissions = sum(event in {Event.PUT_BACK, Event.SEND_AGAIN} for event in events)

    assert starts <= 1 + permissions


@given(events=EVENTS)
def test_the_fence_is_held_from_the_first_byte_to_the_answer(events: list[Event]) -> None:
    for before, after in itertools.pairwise(run(events)):
        if after in FENCED and before not in FENCED:
            assert before is MessageState.CLAIMED
        if before in FENCED:
            assert after not in {MessageState.CLAIMED, MessageState.CANCELLED}


def test_a_state_either_may_have_left_or_was_not_sent() -> None:
    assert set(MessageState) == MAY_HAVE_LEFT | UNSENT
    assert not MAY_HAVE_LEFT & UNSENT
    assert FENCED <= MAY_HAVE_LEFT


def test_stored_numbers_do_not_change() -> None:
    assert {state.name: state.value for state in MessageState} == {
        "QUEUED": 1,
        "CLAIMED": 2,
        "IN_FLIGHT": 3,
        "ACCEPTED": 4,
        "REFUSED": 5,
        "IN_DOUBT": 6,
        "DELIVERED": 7,
        "UNDELIVERED": 8,
        "UNREPORTED": 9,
        "DROPPED": 10,
        "CANCELLED": 11,
        "HELD": 12,
        "SKIPPED": 13,
    }


@pytest.mark.parametrize("class_", TemplateClass)
def test_a_doubt_waits_for_the_settle_time(class_: TemplateClass) -> None:
    just_before = STARTED + SETTLE_TIME - timedelta(microseconds=1)

    assert settle_rule(class_, STARTED, just_before) is SettleAction.WAIT


@pytest.mark.parametrize(
    ("class_", "action"),
    [
        pytest.param(TemplateClass.OTP, SettleAction.DROP, id="otp"),
        pytest.param(TemplateClass.NOTICE, SettleAction.ASK_PERSON, id="notice"),
        pytest.param(TemplateClass.MARKETING, SettleAction.ASK_PERSON, id="marketing"),
        pytest.param(TemplateClass.ALERT, SettleAction.NEXT_PERSON_THEN_SEND_AGAIN, id="alert"),
    ],
)
def test_after_the_settle_time_the_class_decides(
    class_: TemplateClass, action: SettleAction
) -> None:
    assert settle_rule(class_, STARTED, STARTED + SETTLE_TIME) is action


def test_the_diagram_draws_every_transition() -> None:
    lines = diagram().splitlines()

    assert lines[0] == "stateDiagram-v2"
    assert sum("-->" in line for line in lines) == len(TRANSITIONS) + len(FINAL) + 2
    assert "    in_doubt --> queued: send again" in lines
    assert "    class in_flight,in_doubt fenced" in lines
