from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import SETTLE_TIME, MessageState
from bot.rules.doubts import EVIDENCE_LIFE, KEEP_WAITING, DoubtFacts
from bot.rules.requests import RequestEvent, RequestState
from bot.tencent.callbacks import StatusReport
from bot.tencent.wire import SendOutcome
from handlers.flows import delivery, doubts
from handlers.flows.doubts import Decided, DoubtChoice, DoubtRefusal, Evidence
from storage import content, jobs, messages, requests
from storage import doubts as stored
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import NewJob
from storage.messages import Message
from tests.handlers.flows import job_lists
from tests.handlers.flows.sends import (
    BLACKLISTED,
    SERIAL,
    THROTTLED,
    answered,
    begin,
    doubt,
    end,
    forget_change,
    is_card_due,
    record,
    report,
)
from tests.storage.rows import (
    LIN,
    MAYA,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    add_message,
    add_request,
    later,
    must_get,
)

SETTLED_AT = NOW + SETTLE_TIME
RECEIVED_AT, LOOKED_AT = later(s=3), later(s=5)
OTHER_SERIAL = "5000:2"
ALL_CLASSES = pytest.mark.parametrize("class_", TemplateClass, ids=lambda each: each.value)
ALL_CHOICES = pytest.mark.parametrize("choice", DoubtChoice, ids=str)
ALONE = Evidence(may_eliminate=True)


def pulled(
    serial: str = SERIAL,
    *,
    success: bool = True,
    number: str = NUMBER,
    at: datetime | None = RECEIVED_AT,
    context: str = "",
) -> StatusReport:
    return StatusReport(serial, number, success, "DELIVRD", "", at, context)


def request_state(tx: Tx, message: Message) -> RequestState:
    request = requests.get(tx, message.request_id)
    assert request is not None
    return request.state


def look(tx: Tx, message: Message, evidence: Evidence | None, at: datetime = LOOKED_AT) -> Message:
    """The message after Tencent's books were read."""
    doubts.gather(tx, NOW - timedelta(days=1), at)
    doubts.note_look(tx, message, evidence, at)
    return must_get(tx, message.id)


def ask(tx: Tx, message: Message, at: datetime = SETTLED_AT) -> Message:
    """The message after a look that found nothing, with its class's rule applied."""
    look(tx, message, ALONE, at)
    doubts.settle_by_rule(tx, at)
    return must_get(tx, message.id)


def decide(
    tx: Tx,
    message: Message,
    choice: DoubtChoice,
    *,
    attempt: str | None = None,
    at: datetime = SETTLED_AT,
) -> Message | DoubtRefusal:
    return doubts.decide(tx, message.id, attempt or message.attempt or "", choice, MAYA, at)


def again(tx: Tx, message: Message, at: datetime = SETTLED_AT) -> Message:
    """The message in doubt once more, a person having sent it again."""
    decide(tx, message, DoubtChoice.SEND_AGAIN, at=at)
    tx.run(
        "UPDATE messages SET state = 6, attempt = 'second', signed_at_ms = due_at_ms "
        "WHERE id = :id",
        id=message.id,
    )
    return must_get(tx, message.id)


@ALL_CLASSES
def test_a_doubt_waits_for_its_settle_time(tx: Tx, class_: TemplateClass) -> None:
    message = doubt(tx, class_=class_)
    assert ask(tx, message, SETTLED_AT - timedelta(milliseconds=1)) == message


@ALL_CLASSES
def test_tencent_is_asked_before_a_person_or_the_rule(tx: Tx, class_: TemplateClass) -> None:
    """After a stop of an hour everything is ripe at once; most of it settles itself."""
    message = doubt(tx, class_=class_)
    doubts.gather(tx, NOW, SETTLED_AT)
    doubts.settle_by_rule(tx, SETTLED_AT)
    assert must_get(tx, message.id) == message


def test_a_code_in_doubt_is_dropped_when_its_time_is_up(tx: Tx) -> None:
    message = doubt(tx, class_=TemplateClass.OTP)
    forget_change(tx, message)
    after = ask(tx, message)
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
    asked = ask(tx, message)
    assert (asked.state, asked.asked_at) == (MessageState.IN_DOUBT, SETTLED_AT)
    assert is_card_due(tx, message)
    forget_change(tx, message)
    assert ask(tx, message, SETTLED_AT + timedelta(days=1)) == asked
    assert not is_card_due(tx, message)


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
    assert after.due_at == SETTLED_AT
    assert decide(tx, message, DoubtChoice.SEND_AGAIN) is DoubtRefusal.SETTLED


def test_a_person_keeps_waiting_and_is_asked_again(tx: Tx) -> None:
    message = ask(tx, doubt(tx))
    forget_change(tx, message)
    after = decide(tx, message, DoubtChoice.KEEP_WAITING)
    assert isinstance(after, Message)
    assert (after.state, after.asked_at) == (MessageState.IN_DOUBT, None)
    assert is_card_due(tx, message)
    assert stored.facts(tx, after) == DoubtFacts(0, MAYA, SETTLED_AT + KEEP_WAITING)
    almost = SETTLED_AT + KEEP_WAITING - timedelta(milliseconds=1)
    assert ask(tx, after, almost).asked_at is None
    assert ask(tx, after, SETTLED_AT + KEEP_WAITING).asked_at == SETTLED_AT + KEEP_WAITING


def test_who_waits_is_asked_as_soon_as_a_report_may_be_about_it(tx: Tx) -> None:
    message = ask(tx, doubt(tx))
    decide(tx, message, DoubtChoice.KEEP_WAITING)
    soon = SETTLED_AT + timedelta(minutes=1)
    delivery.take_receipts(tx, "demo", [report("5000:9")], soon)
    assert ask(tx, message, soon).asked_at == soon


@ALL_CHOICES
def test_nobody_decides_while_a_copy_may_still_be_accepted(tx: Tx, choice: DoubtChoice) -> None:
    message = doubt(tx)
    early = SETTLED_AT - timedelta(milliseconds=1)
    assert decide(tx, message, choice, at=early) is DoubtRefusal.TOO_EARLY
    assert must_get(tx, message.id) == message


@ALL_CHOICES
def test_an_old_button_decides_nothing_about_a_newer_attempt(tx: Tx, choice: DoubtChoice) -> None:
    message = doubt(tx)
    assert decide(tx, message, choice, attempt="0" * 16) is DoubtRefusal.SETTLED
    gone = doubts.decide(tx, "nothing", message.attempt or "", choice, MAYA, SETTLED_AT)
    assert gone is DoubtRefusal.NOT_FOUND


@ALL_CHOICES
def test_what_is_settled_meanwhile_is_not_decided(tx: Tx, choice: DoubtChoice) -> None:
    message = doubt(tx)
    after = look(tx, message, replace(ALONE, records=[record()]))
    assert decide(tx, message, choice) is DoubtRefusal.SETTLED
    assert must_get(tx, message.id) == after


def test_a_code_is_never_sent_again(tx: Tx) -> None:
    message = doubt(tx, class_=TemplateClass.OTP)
    assert decide(tx, message, DoubtChoice.SEND_AGAIN) is DoubtRefusal.SETTLED
    assert must_get(tx, message.id) == message


def test_what_has_no_values_any_more_is_not_sent_again(tx: Tx) -> None:
    message = doubt(tx)
    request = requests.get(tx, message.request_id)
    assert request is not None
    requests.wipe_values(tx, request, NOW)
    assert decide(tx, message, DoubtChoice.SEND_AGAIN) is DoubtRefusal.VALUES_DELETED


def test_one_fitting_record_proves_a_doubt(tx: Tx) -> None:
    message = doubt(tx)
    delivery.take_receipts(tx, "demo", [report()], later(s=2))
    forget_change(tx, message)
    after = look(tx, message, replace(ALONE, records=[record()]))
    assert (after.state, after.settled_by) == (MessageState.DELIVERED, "record")
    assert request_state(tx, message) is RequestState.DONE
    assert is_card_due(tx, message)


@pytest.mark.parametrize(
    ("success", "state"), [(True, MessageState.DELIVERED), (False, MessageState.UNDELIVERED)]
)
def test_one_fitting_report_proves_a_doubt_and_says_how_it_ended(
    tx: Tx, success: bool, state: MessageState
) -> None:
    message = doubt(tx)
    after = look(tx, message, replace(ALONE, reports=[pulled(success=success)]))
    assert (after.state, after.settled_by, after.serial) == (state, "report", SERIAL)
    assert after.carrier_code == "DELIVRD"


def test_a_record_and_its_report_are_one(tx: Tx) -> None:
    message = doubt(tx)
    after = look(tx, message, replace(ALONE, records=[record()], reports=[pulled()]))
    assert (after.state, after.settled_by) == (MessageState.DELIVERED, "record")


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param(ALONE, id="nothing"),
        pytest.param(replace(ALONE, records=[record(), record(OTHER_SERIAL)]), id="two records"),
        pytest.param(replace(ALONE, reports=[pulled(), pulled(OTHER_SERIAL)]), id="two reports"),
        pytest.param(
            replace(ALONE, records=[record()], reports=[pulled(OTHER_SERIAL)]), id="one of each"
        ),
        pytest.param(replace(ALONE, records=[record(number=OTHER_NUMBER)]), id="another's record"),
        pytest.param(replace(ALONE, reports=[pulled(number=OTHER_NUMBER)]), id="another's report"),
        pytest.param(replace(ALONE, records=[record(code=BLACKLISTED)]), id="refused"),
        pytest.param(replace(ALONE, records=[record("")]), id="no serial"),
        pytest.param(replace(ALONE, records=[record(sent_at=None)]), id="no time"),
        pytest.param(replace(ALONE, reports=[pulled(at=None)]), id="no time in a report"),
        pytest.param(
            replace(ALONE, records=[record(sent_at=NOW - timedelta(seconds=61))]), id="sent before"
        ),
        pytest.param(
            replace(ALONE, records=[record(sent_at=NOW + timedelta(seconds=361))]),
            id="sent when its signature was too old",
        ),
        pytest.param(
            replace(ALONE, reports=[pulled(at=NOW - timedelta(seconds=61))]), id="received before"
        ),
        pytest.param(replace(ALONE, reports=[pulled(context="another")]), id="another attempt's"),
        pytest.param(Evidence([record()]), id="somebody else sends too"),
        pytest.param(Evidence(reports=[pulled()]), id="somebody else sends too, reports"),
    ],
)
def test_evidence_that_does_not_fit_leaves_the_doubt(tx: Tx, evidence: Evidence) -> None:
    message = doubt(tx)
    assert look(tx, message, evidence) == message


def test_an_attempts_own_context_proves_it_whoever_else_sends(tx: Tx) -> None:
    message = doubt(tx)
    own = pulled(OTHER_SERIAL, context=message.attempt or "")
    after = look(tx, message, Evidence(reports=[pulled(), own]))
    assert (after.state, after.serial) == (MessageState.DELIVERED, OTHER_SERIAL)


def test_a_record_of_another_message_is_no_proof_but_leaves_the_one_that_fits(tx: Tx) -> None:
    end(tx, begin(tx), answered())
    message = doubt(tx)
    assert look(tx, message, replace(ALONE, records=[record()])) == message
    both = [record(), record(OTHER_SERIAL)]
    assert look(tx, message, replace(ALONE, records=both)).serial == OTHER_SERIAL


def test_what_the_first_of_two_attempts_may_have_made_does_not_prove_the_second(tx: Tx) -> None:
    """A phone that was off gets the first one while the second is in doubt."""
    second = again(tx, doubt(tx))
    late = pulled(at=SETTLED_AT + timedelta(seconds=9))
    assert look(tx, second, replace(ALONE, reports=[late]), SETTLED_AT) == second
    first = record(sent_at=NOW)
    assert look(tx, second, replace(ALONE, records=[first]), SETTLED_AT) == second
    own = record(OTHER_SERIAL, sent_at=SETTLED_AT)
    after = look(tx, second, replace(ALONE, records=[first, own], reports=[late]), SETTLED_AT)
    assert after.serial == OTHER_SERIAL


def test_what_a_message_left_alone_may_have_made_does_not_prove_the_next(tx: Tx) -> None:
    left = ask(tx, doubt(tx, class_=TemplateClass.OTP))
    assert left.state is MessageState.DROPPED
    following = doubt(tx, now=later(minutes=20))
    found = replace(ALONE, reports=[pulled(at=later(minutes=21))])
    assert look(tx, following, found, later(minutes=22)) == following
    assert look(tx, left, found, later(minutes=22)) == left


def test_evidence_read_before_a_person_decided_comes_too_late(tx: Tx) -> None:
    message = doubt(tx)
    decide(tx, message, DoubtChoice.SEND_AGAIN)
    found = replace(ALONE, records=[record()])
    assert look(tx, message, found, SETTLED_AT).state is MessageState.QUEUED


@pytest.mark.parametrize("class_", [TemplateClass.OTP, TemplateClass.NOTICE], ids=str)
def test_late_evidence_corrects_what_was_only_guessed(tx: Tx, class_: TemplateClass) -> None:
    message = doubt(tx, class_=class_)
    ask(tx, message)
    decide(tx, message, DoubtChoice.TREAT_AS_SENT)
    assert must_get(tx, message.id).state is MessageState.DROPPED
    forget_change(tx, message)
    late = NOW + timedelta(days=3)
    found = replace(ALONE, reports=[pulled(at=NOW + timedelta(days=2))])
    assert look(tx, message, found, late).state is MessageState.DELIVERED
    assert is_card_due(tx, message)
    assert request_state(tx, message) is RequestState.DONE


def due(tx: Tx, at: datetime) -> list[str]:
    return [message.id for message in doubts.find_due(tx, at, 10)]


def test_tencent_is_asked_at_once_and_then_less_and_less_often(tx: Tx) -> None:
    message = doubt(tx)
    at, asked = NOW, 0
    doubts.gather(tx, NOW, at)
    while at < NOW + EVIDENCE_LIFE + timedelta(days=1):
        if due(tx, at):
            asked += 1
            look(tx, message, None, at)
        at += timedelta(seconds=5) if at < SETTLED_AT else timedelta(minutes=10)
    assert 40 < asked < 100
    assert due(tx, at) == []


def test_a_report_that_may_be_about_it_has_tencent_asked_at_once(tx: Tx) -> None:
    message = doubt(tx)
    look(tx, message, ALONE, later(minutes=2))
    assert due(tx, later(minutes=2)) == []
    delivery.take_receipts(tx, "demo", [report("5000:9")], later(minutes=2))
    doubts.gather(tx, NOW, later(minutes=2))
    assert due(tx, later(minutes=2)) == [message.id]
    look(tx, message, ALONE, later(minutes=2))
    assert due(tx, later(minutes=2)) == []


def test_what_may_be_it_and_proves_nothing_is_shown(tx: Tx) -> None:
    message = doubt(tx)
    forget_change(tx, message)
    two = replace(ALONE, records=[record(), record(OTHER_SERIAL)])
    look(tx, message, two)
    assert stored.facts(tx, message) == DoubtFacts(2, "", None)
    assert is_card_due(tx, message)
    forget_change(tx, message)
    look(tx, message, two)
    look(tx, message, None)
    assert stored.facts(tx, message) == DoubtFacts(2, "", None)
    assert not is_card_due(tx, message)


def test_a_send_that_nothing_waits_for_any_more_is_in_doubt(tx: Tx) -> None:
    lost, fresh = begin(tx), begin(tx, OTHER_NUMBER, now=later(s=1))
    forget_change(tx, lost)
    doubts.gather(tx, later(s=1), later(minutes=2))
    after = must_get(tx, lost.id)
    assert (after.state, after.detail) == (MessageState.IN_DOUBT, "stalled")
    assert (after.attempt, after.signed_at) == (lost.attempt, lost.signed_at)
    assert is_card_due(tx, lost)
    assert due(tx, later(minutes=2)) == [lost.id]
    assert must_get(tx, fresh.id) == fresh


def test_attempts_are_forgotten_when_no_evidence_can_come_any_more(tx: Tx) -> None:
    settled, open_ = ask(tx, doubt(tx, class_=TemplateClass.OTP)), ask(tx, doubt(tx, OTHER_NUMBER))
    doubts.forget(tx, NOW + EVIDENCE_LIFE)
    assert stored.facts(tx, settled) is not None
    doubts.forget(tx, NOW + EVIDENCE_LIFE + timedelta(milliseconds=1))
    assert stored.facts(tx, settled) is None
    assert stored.facts(tx, open_) is not None


def add_job(tx: Tx, count: int, requester: str = LIN) -> RequestId:
    """A job with so many messages in doubt since NOW."""
    content.replace_templates(
        tx, [replace(job_lists.NOTICE, template_id="1110", content="码 {1}")], NOW
    )
    content.replace_signatures(tx, [job_lists.SIGN], NOW)
    request_id = add_request(tx, requester)
    request = requests.get(tx, request_id)
    assert request is not None
    requests.advance(tx, request, RequestEvent.CONFIRM, NOW)
    jobs.add(
        tx,
        NewJob(request_id, "demo", TemplateClass.NOTICE, "1110", "腾讯云", True, None, None, 3600),
    )
    for index in range(count):
        add_message(tx, f"+86138000{index:05}", request_id=request_id)
    tx.run(
        "UPDATE messages SET state = 6, attempt = 'call', signed_at_ms = created_at_ms "
        "WHERE request_id = :id",
        id=request_id,
    )
    return request_id


def ask_all(tx: Tx, request_id: RequestId, at: datetime = SETTLED_AT) -> None:
    doubts.gather(tx, NOW - timedelta(days=1), at)
    for message in messages.of_request(tx, request_id):
        doubts.note_look(tx, message, ALONE, at)
    doubts.settle_by_rule(tx, at)


def counts(tx: Tx, request_id: RequestId) -> dict[MessageState, int]:
    return jobs.counts(tx, request_id)


def test_one_word_decides_on_all_doubts_of_a_job_that_were_asked_about(tx: Tx) -> None:
    request_id = add_job(tx, 3)
    ask_all(tx, request_id)
    later_one = add_message(tx, "+8613900000000", request_id=request_id)
    tx.run(
        "UPDATE messages SET state = 6, attempt = 'next', signed_at_ms = created_at_ms, "
        "asked_at_ms = :at WHERE id = :id",
        id=later_one,
        at=int((SETTLED_AT + timedelta(minutes=1)).timestamp() * 1000),
    )
    now = SETTLED_AT + timedelta(minutes=2)
    shown = doubts.job_doubts(tx, request_id)
    assert shown is not None
    assert (shown.total, shown.asked) == (4, 4)
    ended = doubts.decide_all(
        tx, request_id, DoubtChoice.TREAT_AS_SENT, LIN, now, asked_to=SETTLED_AT
    )
    assert ended == Decided(3, is_more=False)
    assert counts(tx, request_id) == {MessageState.IN_DOUBT: 1, MessageState.DROPPED: 3}


def test_somebody_else_has_the_doubts_of_a_job_sent_again(tx: Tx) -> None:
    request_id = add_job(tx, 3)
    ask_all(tx, request_id)
    choice = DoubtChoice.SEND_AGAIN
    assert doubts.decide_all(tx, request_id, choice, LIN, SETTLED_AT) is DoubtRefusal.REQUESTER
    ended = doubts.decide_all(tx, request_id, choice, MAYA, SETTLED_AT)
    assert ended == Decided(3, is_more=False)
    assert counts(tx, request_id) == {MessageState.QUEUED: 3}
    assert doubts.decide_all(tx, request_id, choice, MAYA, SETTLED_AT) is DoubtRefusal.SETTLED
    assert doubts.decide_all(tx, "R-0000", choice, MAYA, SETTLED_AT) is DoubtRefusal.NOT_FOUND


def test_a_job_of_which_something_is_sent_again_runs_again(tx: Tx) -> None:
    request_id = add_job(tx, 2)
    ask_all(tx, request_id)
    request = requests.get(tx, request_id)
    assert request is not None
    requests.advance(tx, request, RequestEvent.DOUBT, SETTLED_AT)
    doubts.decide_all(tx, request_id, DoubtChoice.SEND_AGAIN, MAYA, SETTLED_AT)
    after = requests.get(tx, request_id)
    assert after is not None
    assert after.state is RequestState.EXECUTING


def test_nothing_is_sent_again_in_other_words_than_were_approved(tx: Tx) -> None:
    request_id = add_job(tx, 1)
    ask_all(tx, request_id)
    changed = replace(job_lists.NOTICE, template_id="1110", content="恭喜 {1}")
    content.replace_templates(tx, [changed], NOW)
    choice = DoubtChoice.SEND_AGAIN
    assert doubts.decide_all(tx, request_id, choice, MAYA, SETTLED_AT) is DoubtRefusal.CHANGED
    assert counts(tx, request_id) == {MessageState.IN_DOUBT: 1}


@pytest.mark.parametrize("event", [RequestEvent.CANCEL, RequestEvent.EXPIRE])
def test_nothing_of_a_job_that_is_over_is_sent_again(tx: Tx, event: RequestEvent) -> None:
    request_id = add_job(tx, 1)
    ask_all(tx, request_id)
    request = requests.get(tx, request_id)
    assert request is not None
    requests.advance(tx, request, event, SETTLED_AT)
    ended = doubts.decide_all(tx, request_id, DoubtChoice.SEND_AGAIN, MAYA, SETTLED_AT)
    assert ended is DoubtRefusal.JOB_OVER
    assert counts(tx, request_id) == {MessageState.IN_DOUBT: 1}


def test_many_doubts_are_decided_on_in_several_transactions(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "CHUNK", 2)
    request_id = add_job(tx, 3)
    ask_all(tx, request_id)
    assert doubts.settle_by_rule(tx, SETTLED_AT) is False
    word = DoubtChoice.KEEP_WAITING
    assert doubts.decide_all(tx, request_id, word, LIN, SETTLED_AT) == Decided(2, is_more=True)
    assert doubts.decide_all(tx, request_id, word, LIN, SETTLED_AT) == Decided(1, is_more=False)


def test_a_jobs_card_shows_what_is_known_of_its_doubts(tx: Tx) -> None:
    request_id = add_job(tx, 12)
    assert doubts.job_doubts(tx, "R-0000") is None
    before = doubts.job_doubts(tx, request_id)
    assert before is not None
    assert (before.total, before.asked, before.since) == (12, 0, NOW)
    assert (before.decidable_at, before.asked_to) == (SETTLED_AT, None)
    assert len(before.numbers) == 10
    assert all(number.startswith("+86 138****00") for number in before.numbers)

    ask_all(tx, request_id)
    first = messages.of_request(tx, request_id)[0]
    delivery.take_receipts(tx, "demo", [report("5000:9", number=first.number)], SETTLED_AT)
    asked = doubts.job_doubts(tx, request_id)
    assert asked is not None
    assert (asked.asked, asked.decidable_at, asked.asked_to) == (12, None, SETTLED_AT)
    assert asked.hinted == 1

    doubts.decide_all(tx, request_id, DoubtChoice.KEEP_WAITING, LIN, SETTLED_AT)
    waiting = doubts.job_doubts(tx, request_id)
    assert waiting is not None
    assert (waiting.asked, waiting.waited_by) == (0, LIN)
    assert waiting.ask_at == SETTLED_AT + KEEP_WAITING


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        pytest.param(answered(), MessageState.ACCEPTED, id="accepted"),
        pytest.param(answered(code=BLACKLISTED), MessageState.REFUSED, id="refused"),
        pytest.param(THROTTLED, MessageState.REFUSED, id="not now"),
    ],
)
@pytest.mark.parametrize("is_left", [False, True], ids=["in doubt", "treated as sent"])
def test_the_answer_of_a_call_that_was_given_up_settles_its_own_attempt(
    tx: Tx, outcome: SendOutcome, state: MessageState, is_left: bool
) -> None:
    """The machine slept, the watchdog was quicker than the answer."""
    flying = begin(tx)
    doubts.gather(tx, SETTLED_AT, SETTLED_AT)
    stalled = must_get(tx, flying.id)
    assert stalled.state is MessageState.IN_DOUBT
    if is_left:
        decide(tx, stalled, DoubtChoice.TREAT_AS_SENT)
    assert end(tx, flying, outcome, SETTLED_AT).state is state


def test_the_answer_of_a_call_that_was_given_up_settles_no_later_attempt(tx: Tx) -> None:
    flying = begin(tx)
    doubts.gather(tx, SETTLED_AT, SETTLED_AT)
    second = again(tx, must_get(tx, flying.id))
    assert end(tx, flying, answered(), SETTLED_AT) == second
