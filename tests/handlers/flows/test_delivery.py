from datetime import timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import REPORT_TIME, SETTLE_TIME, MessageState
from bot.rules.requests import RequestState
from bot.tencent.wire import Refused, SendOutcome, SendRecord
from handlers.flows import delivery
from handlers.flows.delivery import DoubtChoice, DoubtRefusal
from storage import messages, receipts, requests
from storage.db import Tx
from storage.messages import Message
from tests.handlers.flows.sends import (
    BLACKLISTED,
    LIMITED,
    LOST,
    NOT_CONNECTED,
    SERIAL,
    THROTTLED,
    answered,
    begin,
    doubt,
    end,
    forget_change,
    is_card_due,
    queue,
    record,
    report,
)
from tests.storage.rows import MAYA, NOW, NUMBER, OTHER_NUMBER, later, must_get

SETTLED_AT = NOW + SETTLE_TIME
ALL_CLASSES = pytest.mark.parametrize("class_", TemplateClass, ids=lambda each: each.value)


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
    assert delivery.claim(tx, NOW) == []
    (claimed,) = delivery.claim(tx, back.due_at)
    again = delivery.start(tx, claimed, back.due_at)
    assert again is not None
    assert again.attempts == 2
    assert again.signed_at == back.due_at


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
    (claimed,) = delivery.claim(tx, back.due_at)
    fresh = delivery.start(tx, claimed, back.due_at)
    assert end(tx, stale, answered()) == fresh
    assert fresh is not None
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
    first, second = queue(tx), queue(tx)
    claimed = {each.id: each for each in delivery.claim(tx, NOW)}
    started = delivery.start(tx, claimed[first.id], NOW)
    assert started is not None
    assert delivery.start(tx, claimed[second.id], NOW) is None
    assert must_get(tx, second.id).state is MessageState.QUEUED
    end(tx, started, LOST)
    assert delivery.claim(tx, later(minutes=1)) == []
    delivery.settle_by_records(tx, must_get(tx, first.id), [record()], later(minutes=1))
    assert [each.id for each in delivery.claim(tx, later(minutes=1))] == [second.id]


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
    delivery.settle_by_rule(tx, NOW + REPORT_TIME)
    assert must_get(tx, message.id).state is MessageState.ACCEPTED
    delivery.settle_by_rule(tx, NOW + REPORT_TIME + timedelta(seconds=1))
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


@ALL_CLASSES
def test_a_doubt_waits_for_its_settle_time(tx: Tx, class_: TemplateClass) -> None:
    message = doubt(tx, class_=class_)
    delivery.settle_by_rule(tx, SETTLED_AT - timedelta(milliseconds=1))
    assert must_get(tx, message.id) == message


def test_a_code_in_doubt_is_dropped_when_its_time_is_up(tx: Tx) -> None:
    message = doubt(tx, class_=TemplateClass.OTP)
    forget_change(tx, message)
    delivery.settle_by_rule(tx, SETTLED_AT)
    after = must_get(tx, message.id)
    assert (after.state, after.settled_by) == (MessageState.DROPPED, "rule")
    assert request_state(tx, message) is RequestState.DONE
    assert is_card_due(tx, message)
    assert messages.fence_of(tx, NUMBER) is None


@pytest.mark.parametrize(
    "class_", [each for each in TemplateClass if each is not TemplateClass.OTP], ids=str
)
def test_any_other_doubt_is_put_before_a_person_once(tx: Tx, class_: TemplateClass) -> None:
    message = doubt(tx, class_=class_)
    forget_change(tx, message)
    delivery.settle_by_rule(tx, SETTLED_AT)
    asked = must_get(tx, message.id)
    assert (asked.state, asked.asked_at) == (MessageState.IN_DOUBT, SETTLED_AT)
    assert is_card_due(tx, message)
    forget_change(tx, message)
    delivery.settle_by_rule(tx, SETTLED_AT + timedelta(days=1))
    assert must_get(tx, message.id) == asked
    assert not is_card_due(tx, message)


def decide(
    tx: Tx,
    message: Message,
    choice: DoubtChoice,
    *,
    attempt: str | None = None,
    early: bool = False,
) -> Message | DoubtRefusal:
    at = SETTLED_AT - timedelta(milliseconds=1) if early else SETTLED_AT
    return delivery.decide(tx, message.id, attempt or message.attempt or "", choice, MAYA, at)


def test_a_person_treats_a_doubt_as_sent(tx: Tx) -> None:
    message = doubt(tx)
    after = decide(tx, message, DoubtChoice.TREAT_AS_SENT)
    assert isinstance(after, Message)
    assert (after.state, after.settled_by) == (MessageState.DROPPED, MAYA)
    assert request_state(tx, message) is RequestState.DONE


def test_a_person_sends_again_and_only_that_once(tx: Tx) -> None:
    message = doubt(tx)
    after = decide(tx, message, DoubtChoice.SEND_AGAIN)
    assert isinstance(after, Message)
    assert after.state is MessageState.QUEUED
    assert decide(tx, message, DoubtChoice.SEND_AGAIN) is DoubtRefusal.SETTLED

    (claimed,) = delivery.claim(tx, SETTLED_AT)
    again = delivery.start(tx, claimed, SETTLED_AT)
    assert again is not None
    assert end(tx, again, answered(), SETTLED_AT).state is MessageState.ACCEPTED
    assert request_state(tx, message) is RequestState.DONE


@pytest.mark.parametrize("choice", DoubtChoice, ids=str)
def test_nobody_decides_while_a_copy_may_still_be_accepted(tx: Tx, choice: DoubtChoice) -> None:
    message = doubt(tx)
    assert decide(tx, message, choice, early=True) is DoubtRefusal.TOO_EARLY
    assert must_get(tx, message.id) == message


@pytest.mark.parametrize("choice", DoubtChoice, ids=str)
def test_an_old_button_decides_nothing_about_a_newer_attempt(tx: Tx, choice: DoubtChoice) -> None:
    message = doubt(tx)
    assert decide(tx, message, choice, attempt="0" * 16) is DoubtRefusal.SETTLED
    gone = delivery.decide(tx, "nothing", message.attempt or "", choice, MAYA, SETTLED_AT)
    assert gone is DoubtRefusal.NOT_FOUND


@pytest.mark.parametrize("choice", DoubtChoice, ids=str)
def test_what_is_settled_meanwhile_is_not_decided(tx: Tx, choice: DoubtChoice) -> None:
    message = doubt(tx)
    delivery.settle_by_records(tx, message, [record()], NOW)
    after = must_get(tx, message.id)
    assert decide(tx, message, choice) is DoubtRefusal.SETTLED
    assert must_get(tx, message.id) == after


def test_a_code_is_never_sent_again(tx: Tx) -> None:
    message = doubt(tx, class_=TemplateClass.OTP)
    assert decide(tx, message, DoubtChoice.SEND_AGAIN) is DoubtRefusal.SETTLED
    assert must_get(tx, message.id) == message


def test_a_restart_doubts_what_was_in_flight_and_frees_what_was_claimed(tx: Tx) -> None:
    flying = begin(tx)
    claimed, queued = queue(tx, OTHER_NUMBER), queue(tx, "+8613800000003", now=later(minutes=1))
    delivery.claim(tx, NOW)
    forget_change(tx, flying)

    assert delivery.recover(tx, later(s=1)) == 1
    doubted = must_get(tx, flying.id)
    assert (doubted.state, doubted.detail) == (MessageState.IN_DOUBT, "restarted")
    assert (doubted.attempt, doubted.signed_at) == (flying.attempt, flying.signed_at)
    assert request_state(tx, flying) is RequestState.IN_DOUBT
    assert is_card_due(tx, flying)
    assert must_get(tx, claimed.id).state is MessageState.QUEUED
    assert must_get(tx, queued.id).state is MessageState.QUEUED


def test_a_restart_during_the_restart_changes_nothing_more(tx: Tx) -> None:
    message = begin(tx)
    delivery.recover(tx, later(s=1))
    after = must_get(tx, message.id)
    assert delivery.recover(tx, later(s=2)) == 0
    assert must_get(tx, message.id) == after


def test_a_clock_set_back_does_not_keep_a_claim_from_the_next_start(tx: Tx) -> None:
    message = queue(tx)
    delivery.claim(tx, later(minutes=90))
    delivery.recover(tx, NOW)
    assert must_get(tx, message.id).state is MessageState.QUEUED


def test_an_answer_that_was_under_way_does_not_undo_the_doubt(tx: Tx) -> None:
    message = begin(tx)
    delivery.recover(tx, later(s=1))
    assert end(tx, message, answered()).state is MessageState.IN_DOUBT


def test_one_fitting_record_proves_a_doubt(tx: Tx) -> None:
    message = doubt(tx)
    take(tx, report())
    forget_change(tx, message)
    assert delivery.settle_by_records(tx, message, [record()], later(s=5))
    after = must_get(tx, message.id)
    assert (after.state, after.settled_by) == (MessageState.DELIVERED, "record")
    assert request_state(tx, message) is RequestState.DONE
    assert is_card_due(tx, message)


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([], id="none"),
        pytest.param([record(), record("5000:2")], id="two"),
        pytest.param([record(number=OTHER_NUMBER)], id="another number"),
        pytest.param([record(code=BLACKLISTED)], id="refused"),
        pytest.param([record("")], id="no serial"),
        pytest.param([record(sent_at=None)], id="no time"),
        pytest.param([record(sent_at=NOW - timedelta(seconds=61))], id="before the attempt"),
    ],
)
def test_records_that_do_not_fit_leave_the_doubt(tx: Tx, records: list[SendRecord]) -> None:
    message = doubt(tx)
    assert not delivery.settle_by_records(tx, message, records, later(s=5))
    assert must_get(tx, message.id) == message


def test_a_record_of_another_message_is_no_proof_but_leaves_the_one_that_fits(tx: Tx) -> None:
    end(tx, begin(tx), answered())
    message = doubt(tx)
    assert not delivery.settle_by_records(tx, message, [record()], later(s=5))
    both = [record(), record("5000:2")]
    assert delivery.settle_by_records(tx, message, both, later(s=5))
    assert must_get(tx, message.id).serial == "5000:2"


def test_records_read_before_a_person_decided_come_too_late(tx: Tx) -> None:
    message = doubt(tx)
    decide(tx, message, DoubtChoice.SEND_AGAIN)
    assert not delivery.settle_by_records(tx, message, [record()], SETTLED_AT)
    assert must_get(tx, message.id).state is MessageState.QUEUED
