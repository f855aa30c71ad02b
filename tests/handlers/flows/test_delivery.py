from datetime import timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import REPORT_TIME, MessageState
from bot.rules.requests import RequestState
from bot.tencent.wire import Refused, SendOutcome
from handlers.flows import delivery, doubts
from handlers.flows.doubts import Evidence
from storage import messages, receipts, requests
from storage.db import Tx
from storage.messages import Message, Settlement
from tests.handlers.flows.running import claim
from tests.handlers.flows.sends import (
    BLACKLISTED,
    LIMITED,
    LOST,
    NOT_CONNECTED,
    SERIAL,
    THROTTLED,
    answered,
    attempt_of,
    begin,
    doubt,
    end,
    forget_change,
    is_card_due,
    queue,
    record,
    report,
)
from tests.storage.rows import NOW, OTHER_NUMBER, later, must_get


def request_state(tx: Tx, message: Message) -> RequestState:
    request = requests.get(tx, message.request_id)
    assert request is not None
    return request.state


@pytest.mark.parametrize(
    ("outcome", "state", "request_state_"),
    [
        pytest.param(answered(), MessageState.ACCEPTED, RequestState.DONE, id="accepted"),
        pytest.param(
            answered(code=BLACKLISTED), MessageState.REFUSED, RequestState.FAILED, id="refused"
        ),
        pytest.param(
            answered(code=LIMITED), MessageState.QUEUED, RequestState.EXECUTING, id="limited"
        ),
        pytest.param(THROTTLED, MessageState.QUEUED, RequestState.EXECUTING, id="throttled"),
        pytest.param(NOT_CONNECTED, MessageState.QUEUED, RequestState.EXECUTING, id="never left"),
        pytest.param(
            Refused("AuthFailure.SignatureExpire", "", "r"),
            MessageState.REFUSED,
            RequestState.FAILED,
            id="our clock",
        ),
        pytest.param(LOST, MessageState.IN_DOUBT, RequestState.IN_DOUBT, id="no answer"),
        pytest.param(
            answered(code="InternalError.Timeout"),
            MessageState.IN_DOUBT,
            RequestState.IN_DOUBT,
            id="their timeout",
        ),
        pytest.param(
            answered(OTHER_NUMBER),
            MessageState.IN_DOUBT,
            RequestState.IN_DOUBT,
            id="another number",
        ),
        pytest.param(
            Refused("Ok", "", "r"), MessageState.IN_DOUBT, RequestState.IN_DOUBT, id="ok refusal"
        ),
    ],
)
def test_an_outcome_leads_to_its_state(
    tx: Tx, outcome: SendOutcome, state: MessageState, request_state_: RequestState
) -> None:
    message = begin(tx)
    forget_change(tx, message)
    after = end(tx, message, outcome)
    assert after.state is state
    assert request_state(tx, message) is request_state_
    assert is_card_due(tx, message)


def test_what_tencent_said_is_kept(tx: Tx) -> None:
    accepted = end(tx, begin(tx), answered())
    assert (accepted.serial, accepted.fee_segments) == (SERIAL, 1)
    assert (accepted.tencent_request_id, accepted.settled_by) == ("r", "answer")
    refused = end(tx, begin(tx, OTHER_NUMBER), answered(OTHER_NUMBER, BLACKLISTED))
    assert (refused.serial, refused.fee_segments, refused.code) == (None, None, BLACKLISTED)


def test_a_message_that_never_left_is_tried_again_later(tx: Tx) -> None:
    back = end(tx, begin(tx), NOT_CONNECTED)
    assert back.due_at > NOW
    assert back.detail == "connect"
    assert claim(tx, NOW) == ()
    (call,) = claim(tx, back.due_at)
    again = must_get(tx, back.id)
    assert (again.attempts, call.attempts[0].attempts) == (2, 2)
    assert again.signed_at == call.signed_at == back.due_at


def test_tries_end_when_the_next_would_come_too_late(tx: Tx) -> None:
    message = begin(tx)
    after = end(tx, message, NOT_CONNECTED, message.give_up_at)
    assert after.state is MessageState.REFUSED
    assert request_state(tx, message) is RequestState.FAILED


def test_a_limit_of_the_day_is_no_reason_to_send_at_midnight(tx: Tx) -> None:
    after = end(tx, begin(tx), answered(code="LimitExceeded.PhoneNumberDailyLimit"))
    assert after.state is MessageState.REFUSED


def test_an_answer_cannot_settle_twice_nor_a_later_attempt(tx: Tx) -> None:
    stale = begin(tx)
    back = end(tx, stale, NOT_CONNECTED)
    claim(tx, back.due_at)
    fresh = must_get(tx, back.id)
    assert end(tx, stale, answered()) == fresh
    assert end(tx, fresh, answered(serial="5000:2")).serial == "5000:2"
    assert end(tx, fresh, LOST).state is MessageState.ACCEPTED


def test_a_serial_that_another_message_has_proves_nothing(tx: Tx) -> None:
    """Two messages never share a serial: such an answer contradicts itself, and raises nothing."""
    first = end(tx, begin(tx), answered())
    second = end(tx, begin(tx, OTHER_NUMBER), answered(OTHER_NUMBER))
    assert second.state is MessageState.IN_DOUBT
    assert second.serial is None
    assert must_get(tx, first.id) == first


def test_the_fence_makes_the_second_message_wait(tx: Tx) -> None:
    first, second = queue(tx), queue(tx, now=later(s=1))
    (call,) = claim(tx, later(s=1))
    assert call.attempts[0].id == first.id
    assert must_get(tx, second.id).state is MessageState.QUEUED
    end(tx, must_get(tx, first.id), LOST)
    assert claim(tx, later(minutes=1)) == ()
    evidence = Evidence([record()], may_eliminate=True)
    assert doubts.settle_by_evidence(tx, must_get(tx, first.id), evidence, later(minutes=1))
    (call,) = claim(tx, later(minutes=1))
    assert call.attempts[0].id == second.id


def take(tx: Tx, *reports: receipts.Receipt, s: float = 2) -> int:
    return delivery.take_receipts(tx, "demo", reports, later(s=s))


@pytest.mark.parametrize(
    ("success", "state"), [(True, MessageState.DELIVERED), (False, MessageState.UNDELIVERED)]
)
def test_a_report_finishes_the_message(tx: Tx, success: bool, state: MessageState) -> None:
    message = end(tx, begin(tx), answered())
    forget_change(tx, message)
    assert take(tx, report(success=success)) == 1
    after = must_get(tx, message.id)
    assert (after.state, after.final_at) == (state, later(s=2))
    assert is_card_due(tx, message)
    assert request_state(tx, message) is RequestState.DONE


@pytest.mark.parametrize("success", [True, False])
def test_a_report_before_the_answer_is_applied_with_the_answer(tx: Tx, success: bool) -> None:
    message = begin(tx)
    assert take(tx, report(success=success)) == 1
    assert must_get(tx, message.id).state is MessageState.IN_FLIGHT
    after = end(tx, message, answered())
    assert after.state is (MessageState.DELIVERED if success else MessageState.UNDELIVERED)


@pytest.mark.parametrize("first", [True, False])
def test_reports_twice_and_against_each_other_change_nothing_more(tx: Tx, first: bool) -> None:
    message = end(tx, begin(tx), answered())
    take(tx, report(success=first))
    after = must_get(tx, message.id)
    forget_change(tx, message)
    assert take(tx, report(success=first), s=3) == 0
    assert take(tx, report(success=not first), s=4) == 1
    assert must_get(tx, message.id) == after
    assert not is_card_due(tx, message)


def test_a_late_report_still_counts_after_nobody_waits_any_more(tx: Tx) -> None:
    message = end(tx, begin(tx), answered())
    doubts.stop_waiting(tx, NOW + REPORT_TIME)
    assert must_get(tx, message.id).state is MessageState.ACCEPTED
    doubts.stop_waiting(tx, NOW + REPORT_TIME + timedelta(seconds=1))
    assert must_get(tx, message.id).state is MessageState.UNREPORTED
    assert is_card_due(tx, message)
    take(tx, report())
    assert must_get(tx, message.id).state is MessageState.DELIVERED


@pytest.mark.parametrize(
    "stranger",
    [report("5000:9"), report(number=OTHER_NUMBER)],
    ids=["unknown serial", "our serial, another number"],
)
def test_a_report_about_somebody_else_moves_nothing(tx: Tx, stranger: receipts.Receipt) -> None:
    message = end(tx, begin(tx), answered())
    forget_change(tx, message)
    assert take(tx, stranger) == 1
    assert must_get(tx, message.id) == message
    assert not is_card_due(tx, message)


@pytest.mark.parametrize("is_in_doubt", [True, False], ids=["in doubt", "in flight"])
def test_a_report_under_an_unknown_serial_is_a_hint_and_no_proof(tx: Tx, is_in_doubt: bool) -> None:
    message = doubt(tx) if is_in_doubt else begin(tx)
    forget_change(tx, message)
    assert take(tx, report("5000:9")) == 1
    hinted = must_get(tx, message.id)
    assert (hinted.state, hinted.hint) == (message.state, "5000:9")
    assert is_card_due(tx, message)
    take(tx, report("5000:10"), s=3)
    assert must_get(tx, message.id).hint == "5000:9"


def test_a_report_on_a_refused_message_moves_nothing(tx: Tx) -> None:
    message = end(tx, begin(tx), answered(code=BLACKLISTED))
    take(tx, report())
    assert must_get(tx, message.id).state is MessageState.REFUSED


def test_a_restart_doubts_what_was_in_flight_and_leaves_what_waits(tx: Tx) -> None:
    flying, queued = begin(tx), queue(tx, OTHER_NUMBER)
    forget_change(tx, flying)

    assert delivery.recover(tx, later(s=1)) == 1
    doubted = must_get(tx, flying.id)
    assert (doubted.state, doubted.detail) == (MessageState.IN_DOUBT, "restarted")
    assert (doubted.attempt, doubted.signed_at) == (flying.attempt, flying.signed_at)
    assert request_state(tx, flying) is RequestState.IN_DOUBT
    assert is_card_due(tx, flying)
    assert must_get(tx, queued.id) == queued


def test_a_damaged_one_in_flight_keeps_nobody_from_a_restart(tx: Tx) -> None:
    damaged, flying = begin(tx), begin(tx, OTHER_NUMBER)
    tx.run("UPDATE messages SET number = 'broken' WHERE id = :id", id=damaged.id)
    assert delivery.recover(tx, later(s=1)) == 1
    assert must_get(tx, flying.id).state is MessageState.IN_DOUBT
    assert messages.find_in_flight(tx) == [damaged.id]


def test_a_restart_during_the_restart_changes_nothing_more(tx: Tx) -> None:
    message = begin(tx)
    delivery.recover(tx, later(s=1))
    after = must_get(tx, message.id)
    assert delivery.recover(tx, later(s=2)) == 0
    assert must_get(tx, message.id) == after


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (answered(), MessageState.ACCEPTED),
        (answered(code=BLACKLISTED), MessageState.REFUSED),
        (NOT_CONNECTED, MessageState.REFUSED),
        (LOST, MessageState.IN_DOUBT),
    ],
    ids=["accepted", "refused", "never left", "no answer"],
)
def test_an_answer_that_comes_after_the_doubt_settles_its_own_attempt(
    tx: Tx, outcome: SendOutcome, state: MessageState
) -> None:
    """A watchdog was quicker. It is proof, and nothing is queued on it: a person may be asked."""
    message = begin(tx)
    delivery.recover(tx, later(s=1))
    assert end(tx, message, outcome).state is state


def test_a_late_acceptance_is_told_of_what_was_dropped(tx: Tx) -> None:
    message = begin(tx)
    doubted = must_get(tx, end(tx, message, LOST).id)
    dropped = Settlement(MessageState.DROPPED, "rule")
    assert messages.settle(tx, doubted, dropped, later(minutes=20)) is not None
    assert end(tx, message, answered(), later(minutes=21)).state is MessageState.ACCEPTED


def test_a_code_that_waited_too_long_is_left_out(tx: Tx) -> None:
    code = queue(tx, class_=TemplateClass.OTP)
    late = code.give_up_at + timedelta(seconds=1)
    notice = queue(tx, OTHER_NUMBER, now=late)
    (call,) = claim(tx, late)
    assert call.attempts[0].id == notice.id
    after = must_get(tx, code.id)
    assert (after.state, after.detail, after.values) == (MessageState.SKIPPED, "too_late", ())
    assert request_state(tx, code) is RequestState.FAILED


def test_a_repeated_answer_to_many_settles_each_once(tx: Tx) -> None:
    first, second = begin(tx), begin(tx, OTHER_NUMBER)
    ends = [
        *delivery.read_outcome([attempt_of(first)], answered(), NOW),
        *delivery.read_outcome([attempt_of(second)], answered(OTHER_NUMBER, serial="5000:2"), NOW),
    ]
    delivery.settle(tx, ends[:1], NOW)
    settled = must_get(tx, first.id)
    delivery.settle(tx, ends, later(s=1))
    assert must_get(tx, first.id) == settled
    assert must_get(tx, second.id).serial == "5000:2"


def test_two_answers_of_one_group_cannot_share_a_serial(tx: Tx) -> None:
    first, second = begin(tx), begin(tx, OTHER_NUMBER)
    ends = [
        *delivery.read_outcome([attempt_of(first)], answered(), NOW),
        *delivery.read_outcome([attempt_of(second)], answered(OTHER_NUMBER), NOW),
    ]
    delivery.settle(tx, ends, NOW)
    assert must_get(tx, first.id).state is MessageState.ACCEPTED
    assert must_get(tx, second.id).state is MessageState.IN_DOUBT
