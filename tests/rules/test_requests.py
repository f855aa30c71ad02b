"""The table of the lifecycle, read as promises."""

import pytest

from bot.rules.requests import RequestEvent, RequestState, step

OPEN = {
    RequestState.DRAFT,
    RequestState.AWAITING_APPROVAL,
    RequestState.APPROVED,
    RequestState.EXECUTING,
    RequestState.IN_DOUBT,
    RequestState.PAUSED,
}


@pytest.mark.parametrize("state", set(RequestState) - OPEN)
def test_what_has_ended_stays_as_it_is(state: RequestState) -> None:
    assert [event for event in RequestEvent if step(state, event) is not None] == []


def test_execution_begins_only_with_an_approval_or_the_requesters_own_word() -> None:
    begun = {
        (state, event)
        for state in RequestState
        for event in RequestEvent
        if step(state, event) is RequestState.EXECUTING
    }
    assert begun == {
        (RequestState.DRAFT, RequestEvent.CONFIRM),
        (RequestState.APPROVED, RequestEvent.START),
        (RequestState.PAUSED, RequestEvent.RESUME),
        # By the word of somebody who did not ask for it.
        (RequestState.IN_DOUBT, RequestEvent.SEND_AGAIN),
    }
    assert {
        (state, event)
        for state in RequestState
        for event in RequestEvent
        if step(state, event) is RequestState.PAUSED
    } == {(RequestState.EXECUTING, RequestEvent.PAUSE)}


def test_what_is_being_carried_out_can_be_neither_withdrawn_nor_superseded() -> None:
    too_late = (
        RequestEvent.WITHDRAW,
        RequestEvent.SUPERSEDE,
        RequestEvent.REOPEN,
        RequestEvent.REJECT,
    )
    for state in (RequestState.EXECUTING, RequestState.PAUSED, RequestState.IN_DOUBT):
        assert [step(state, event) for event in too_late] == [None] * 4


def test_what_is_in_doubt_neither_expires_nor_is_cancelled() -> None:
    for event in (RequestEvent.EXPIRE, RequestEvent.CANCEL, RequestEvent.PAUSE):
        assert step(RequestState.IN_DOUBT, event) is None


def test_an_approval_can_only_be_given_while_it_is_waited_for() -> None:
    given = [state for state in RequestState if step(state, RequestEvent.APPROVE) is not None]
    assert given == [RequestState.AWAITING_APPROVAL]
