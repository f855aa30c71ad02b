"""Tencent's answers against what is declared: what is told, once, and what is not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.drift import Direction
from bot.rules.limits import day_of
from bot.settings import Settings
from bot.tencent.wire import Answered, NumberAnswer, Refused, SendRecord
from handlers.flows import counting, delivery, doubts, drifts
from handlers.flows.doubts import Evidence
from storage import alerts, declarations, limit_counts, limit_exemptions, message_attempts
from storage.alerts import Alert
from storage.db import Tx
from storage.declarations import Drift
from storage.ids import new_attempt_id
from storage.limit_exemptions import Exemption
from storage.messages import Message
from tests.handlers.flows import sends
from tests.handlers.flows.declaring import declare, exchange, settle
from tests.handlers.flows.running import edited
from tests.storage.rows import MAYA, NOW, NUMBER, OTHER_NUMBER, must_get

DAY, HOUR = "LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberOneHourLimit"
MAINLAND_DAY = "LimitExceeded.AppMainlandChinaDailyLimit"
THIRTY = "LimitExceeded.PhoneNumberThirtySecondLimit"
#: Midnight in China.
MIDNIGHT = NOW.replace(hour=16, minute=0, second=0)


def after(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def found(tx: Tx) -> list[Drift]:
    return declarations.drifts(tx, "demo")


def fire(tx: Tx) -> list[Alert]:
    """The alerts about what is declared that are open."""
    return alerts.find_open_of(tx, {AlertKind.DRIFT}, "demo")


def test_a_refusal_below_the_declared_cap_is_told_once(tx: Tx, settings: Settings) -> None:
    copy = declare(tx, settings, {"number.day": 10})
    assert exchange(tx, settings, NOW)[1] == 0
    message, new = exchange(tx, settings, NOW + after(1), code=DAY)
    assert new == 1
    assert exchange(tx, settings, NOW + after(2), code=DAY)[1] == 0
    at = NOW + after(1)
    assert found(tx) == [
        Drift("demo", copy.nth, "number.day", Direction.STRICTER, at, message.id, DAY, 10, 1, True)
    ]
    (alert,) = fire(tx)
    assert alert.labels == {"app": "demo", "cap": "number.day", "direction": "stricter"}
    assert alert.facts["number"] == "+86 138****0001"
    assert NUMBER not in str(alert.facts)
    assert (alert.raised_at, alert.seen_at) == (at, at)


def test_nothing_is_told_of_an_app_nothing_is_declared_of(tx: Tx, settings: Settings) -> None:
    assert exchange(tx, settings, NOW, code=DAY)[1] == 0
    assert fire(tx) == []


def test_declared_anew_it_is_over_and_the_next_contradiction_is_new(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 10})
    exchange(tx, settings, NOW, code=DAY)
    declare(tx, settings, {"number.day": 5}, now=NOW + after(1))
    assert found(tx) == []
    assert fire(tx) == []
    assert exchange(tx, settings, NOW + after(2), code=DAY)[1] == 1
    (alert,) = fire(tx)
    assert alert.raised_at == NOW + after(2)


def test_what_is_not_declared_anew_is_not_over_and_not_told_again(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 10}, by="U0BO")
    exchange(tx, settings, NOW, code=DAY)
    declare(tx, settings, {"same.30s": 1}, now=NOW + after(1))
    assert [drift.cap_key for drift in found(tx)] == ["number.day"]
    (alert,) = fire(tx)
    assert exchange(tx, settings, NOW + after(2), code=DAY)[1] == 0
    assert fire(tx) == [alert]
    assert alert.facts["by"] == "U0BO"
    declare(tx, settings, {"number.day": 5}, now=NOW + after(3))
    assert found(tx) == []
    assert fire(tx) == []


def test_the_cap_that_is_declared_explains_a_refusal(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.hour": 1})
    exchange(tx, settings, NOW)
    assert exchange(tx, settings, NOW + after(10), code=HOUR)[1] == 0
    # Another number's do not count.
    assert exchange(tx, settings, NOW + after(11), code=HOUR, number=OTHER_NUMBER)[1] == 1


def test_earlier_tries_of_the_same_message_may_have_counted(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.hour": 1})
    tried = sends.attempt_of(sends.begin(tx))._replace(attempts=2)
    ends = delivery.read_outcome([tried], Refused(HOUR, "", "r"), NOW)
    assert drifts.look(tx, ends, settings, NOW) == 0


def test_what_is_sent_by_others_too_proves_nothing(tx: Tx, settings: Settings) -> None:
    shared = edited(settings, exclusive=False)
    declare(tx, shared, {"number.day": 10})
    exchange(tx, shared, NOW, code=DAY)
    (drift,) = found(tx)
    assert not drift.is_proof
    (alert,) = fire(tx)
    assert alert.facts["exclusive"] is False


def test_an_acceptance_beyond_the_declared_cap_is_told_once(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 1})
    assert exchange(tx, settings, NOW)[1] == 0
    assert exchange(tx, settings, NOW + after(1))[1] == 1
    assert exchange(tx, settings, NOW + after(2))[1] == 0
    (drift,) = found(tx)
    assert (drift.direction, drift.counted, drift.code) == (Direction.LOOSER, 1, "Ok")


def test_a_number_that_is_exempt_contradicts_nothing(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 1})
    limit_exemptions.put(tx, Exemption("demo", NUMBER, None, "test", MAYA, "", NOW), NOW)
    exchange(tx, settings, NOW)
    assert exchange(tx, settings, NOW + after(1))[1] == 0
    exchange(tx, settings, NOW + after(2), number=OTHER_NUMBER)
    assert exchange(tx, settings, NOW + after(3), number=OTHER_NUMBER)[1] == 1


@pytest.mark.parametrize(
    ("caps", "statements"),
    [({}, 1), ({"number.day": 5, "same.30s": 100}, 3)],
    ids=["nothing declared", "a policy as strict"],
)
def test_accepted_messages_cost_no_look_at_each_of_them(
    tx: Tx, settings: Settings, caps: Mapping[str, int | None], statements: int
) -> None:
    if caps:
        declare(tx, settings, caps)
    numbers = [f"+86138000{nth:05d}" for nth in range(50)]
    begun = [sends.begin(tx, number) for number in numbers]
    answers = tuple(
        NumberAnswer(number, f"5000:{nth}", 1, "Ok", "", "CN", "")
        for nth, number in enumerate(numbers)
    )
    attempts = [sends.attempt_of(message) for message in begun]
    ends = delivery.read_outcome(attempts, Answered(answers, "r"), NOW)
    delivery.settle(tx, ends, NOW)
    asked: list[str] = []
    tx.conn.set_trace_callback(asked.append)
    assert drifts.look(tx, ends, settings, NOW) == 0
    tx.conn.set_trace_callback(None)
    assert len(asked) <= statements


def test_one_error_for_several_numbers_says_nothing_about_any(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 10})
    begun = [sends.begin(tx, number) for number in (NUMBER, OTHER_NUMBER)]
    first = sends.attempt_of(begun[0])
    attempts = [sends.attempt_of(each)._replace(attempt=first.attempt) for each in begun]
    ends = delivery.read_outcome(attempts, Refused(DAY, "", "r"), NOW)
    assert drifts.look(tx, ends, settings, NOW) == 0
    alone = delivery.read_outcome(attempts[:1], Refused(DAY, "", "r"), NOW)
    assert drifts.look(tx, alone, settings, NOW) == 1


def test_a_total_is_held_against_what_was_begun_that_day(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"mainland.stop": 3})
    day = NOW.date()
    limit_counts.count(tx, "demo", day, {"CN": 4, "SG": 10})
    assert exchange(tx, settings, NOW, code=MAINLAND_DAY)[1] == 0
    declare(tx, settings, {"mainland.stop": 4})
    assert exchange(tx, settings, NOW + after(1), code=MAINLAND_DAY)[1] == 1
    (drift,) = found(tx)
    assert (drift.cap_key, drift.counted, drift.is_proof) == ("mainland.stop", 3, False)


def test_shortly_after_midnight_yesterday_counts_in_a_total_too(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"mainland.stop": 3}, now=MIDNIGHT - after(60))
    limit_counts.count(tx, "demo", day_of(MIDNIGHT - after(1)), {"CN": 3})
    assert exchange(tx, settings, MIDNIGHT + after(0.05), code=MAINLAND_DAY)[1] == 0
    limit_counts.count(tx, "demo", day_of(MIDNIGHT), {"CN": 1})
    assert exchange(tx, settings, MIDNIGHT + after(0.1), code=MAINLAND_DAY)[1] == 0
    assert exchange(tx, settings, MIDNIGHT + after(6), code=MAINLAND_DAY)[1] == 1


def test_what_was_signed_on_a_day_counts_in_its_total_whenever_it_was_tried_first(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"mainland.stop": 3})
    for nth in range(3):
        begun = sends.begin(tx, f"+861380000001{nth}", now=NOW + after(nth))
        counting.count_begun(tx, [sends.attempt_of(begun)])
    last = sends.begin(tx, now=NOW + after(4))
    counting.count_begun(tx, [sends.attempt_of(last)])
    refused = sends.answered(code=MAINLAND_DAY)
    assert settle(tx, settings, last, refused, NOW + after(4)) == 0
    declare(tx, settings, {"mainland.stop": 5}, now=NOW + after(5))
    assert exchange(tx, settings, NOW + after(6), code=MAINLAND_DAY)[1] == 1


def test_what_was_signed_just_before_midnight_may_count_in_the_next_days_total(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"mainland.stop": 2}, now=MIDNIGHT - after(600))
    for nth in range(2):
        begun = sends.begin(tx, f"+861380000001{nth}", now=MIDNIGHT - after(1))
        counting.count_begun(tx, [sends.attempt_of(begun)])
    assert exchange(tx, settings, MIDNIGHT + after(20), code=MAINLAND_DAY)[1] == 0


def test_shortly_before_midnight_no_day_is_surely_passed(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"mainland.stop": 1}, now=MIDNIGHT - after(600))
    limit_counts.count(tx, "demo", day_of(MIDNIGHT - after(1)), {"CN": 9})
    exchange(tx, settings, MIDNIGHT - after(300))
    assert exchange(tx, settings, MIDNIGHT - after(3), number=OTHER_NUMBER)[1] == 0
    assert exchange(tx, settings, MIDNIGHT - after(6), number=OTHER_NUMBER)[1] == 1


@pytest.mark.parametrize(
    ("caps", "code", "signed_after", "late"),
    [
        ({"number.30s": 1}, THIRTY, timedelta(seconds=28), timedelta(seconds=5)),
        ({"number.hour": 1}, HOUR, timedelta(seconds=3_595), timedelta(seconds=9)),
        ({"number.30s": 1, "same.30s": 1}, THIRTY, timedelta(seconds=10), after(1)),
    ],
    ids=["slow, 30 s", "slow, an hour", "saved late"],
)
def test_an_answer_that_comes_late_is_judged_by_when_its_message_was_signed(
    tx: Tx,
    settings: Settings,
    caps: Mapping[str, int | None],
    code: str,
    signed_after: timedelta,
    late: timedelta,
) -> None:
    declare(tx, settings, caps)
    exchange(tx, settings, NOW)
    assert exchange(tx, settings, NOW + signed_after, code=code, late=late)[1] == 0


def test_an_answer_to_what_was_signed_before_a_declaration_does_not_contradict_it(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 1})
    exchange(tx, settings, NOW)
    begun = sends.begin(tx, now=NOW + after(1))
    declare(tx, settings, {"number.day": 10}, now=NOW + after(2))
    assert settle(tx, settings, begun, sends.answered(code=DAY), NOW + after(3)) == 0
    assert exchange(tx, settings, NOW + after(4), code=DAY)[1] == 1


def test_an_attempt_that_never_left_is_none_that_tencent_had(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 2})
    first, _ = exchange(tx, settings, NOW, outcome=sends.NOT_CONNECTED)
    assert first.state is MessageState.QUEUED
    for nth in (1, 2):
        message_attempts.start(tx, [(first.id, new_attempt_id())], NOW + after(nth))
        outcome = sends.NOT_CONNECTED if nth == 1 else sends.answered(serial="5000:again")
        settle(tx, settings, must_get(tx, first.id), outcome, NOW + after(nth))
    # Nothing of one that was given up after it never left either.
    spent = sends.attempt_of(sends.begin(tx, now=NOW + after(3)))
    ends = delivery.read_outcome(
        [spent._replace(give_up_at=NOW + after(3))], sends.NOT_CONNECTED, NOW + after(3)
    )
    delivery.settle(tx, ends, NOW + after(3))
    again, _ = exchange(tx, settings, NOW + after(4), outcome=sends.NOT_CONNECTED)
    message_attempts.start(tx, [(again.id, new_attempt_id())], NOW + after(5))
    refused = sends.answered(code=DAY)
    assert settle(tx, settings, must_get(tx, again.id), refused, NOW + after(5)) == 1
    (drift,) = found(tx)
    assert (drift.declared, drift.counted) == (2, 1)


def test_a_declared_stop_that_is_passed_is_told_and_proves_nothing(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"mainland.stop": 2, "international.stop": 1})
    limit_counts.count(tx, "demo", NOW.date(), {"CN": 9})
    for nth in range(2):
        assert exchange(tx, settings, NOW + after(nth), number=f"+861380000001{nth}")[1] == 0
    assert exchange(tx, settings, NOW + after(2), number=OTHER_NUMBER)[1] == 1
    assert exchange(tx, settings, NOW + after(3), number="+8613800000019")[1] == 0
    (drift,) = found(tx)
    assert (drift.cap_key, drift.direction) == ("mainland.stop", Direction.LOOSER)
    assert (drift.declared, drift.counted, drift.is_proof) == (2, 2, False)


def test_of_a_call_for_several_each_number_is_looked_at_by_itself(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 10})
    begun = [sends.begin(tx, number) for number in (NUMBER, OTHER_NUMBER)]
    first = sends.attempt_of(begun[0])
    attempts = [sends.attempt_of(each)._replace(attempt=first.attempt) for each in begun]
    answers = (
        NumberAnswer(NUMBER, "5000:1", 1, "Ok", "", "CN", ""),
        NumberAnswer(OTHER_NUMBER, "", 0, DAY, "", "CN", ""),
    )
    ends = delivery.read_outcome(attempts, Answered(answers, "r"), NOW)
    assert drifts.look(tx, ends, settings, NOW) == 1
    (drift,) = found(tx)
    assert drift.message_id == begun[1].id


def test_an_app_that_app_yaml_does_not_name_any_more_is_left_alone(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 10})
    renamed = edited(settings, name="renamed")
    assert exchange(tx, renamed, NOW, code=DAY)[1] == 0


def books(*records: SendRecord, may_eliminate: bool = True) -> Evidence:
    return Evidence(records, may_eliminate=may_eliminate)


def look(tx: Tx, settings: Settings, message: Message, evidence: Evidence, minutes: float) -> int:
    """Tencent's books are looked at, as the job does it; how many contradictions are new."""
    now = NOW + after(minutes)
    is_settled = doubts.note_look(tx, message, evidence, now)
    if not drifts.is_news(evidence, is_settled=is_settled):
        return 0
    return drifts.look_in_books(tx, message, evidence, settings, now)


def test_an_acceptance_only_tencents_books_tell_of_is_looked_at_like_an_answer(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 1})
    exchange(tx, settings, NOW)
    message = sends.doubt(tx, now=NOW + after(1))
    taken = sends.record("5000:late", sent_at=NOW + after(1))
    assert look(tx, settings, message, books(taken), 20) == 1
    (drift,) = found(tx)
    assert (drift.message_id, drift.direction, drift.counted) == (message.id, Direction.LOOSER, 1)
    assert drift.at == NOW + after(20)
    assert len(fire(tx)) == 1
    assert look(tx, settings, message, books(taken), 21) == 0


def test_what_was_sent_after_it_does_not_count_for_an_acceptance_found_late(
    tx: Tx, settings: Settings
) -> None:
    declare(tx, settings, {"number.day": 1})
    message = sends.doubt(tx, class_=TemplateClass.OTP)
    doubts.gather(tx, NOW - after(60), NOW)
    doubts.note_look(tx, message, books(), NOW)
    assert not doubts.settle_by_rule(tx, NOW + after(16))
    assert exchange(tx, settings, NOW + after(17))[1] == 0
    taken = sends.record("5000:late", sent_at=NOW)
    assert doubts.settle_by_evidence(tx, must_get(tx, message.id), books(taken), NOW + after(20))
    now = NOW + after(20)
    assert drifts.look_in_books(tx, message, books(taken), settings, now) == 0


def test_a_refusal_only_tencents_books_tell_of_contradicts_too(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.day": 10})
    message = sends.doubt(tx)
    refused = sends.record("", code=DAY)
    # Others may have made what stands there, or made it before.
    assert look(tx, settings, message, books(refused, may_eliminate=False), 1) == 0
    old = replace(refused, sent_at=NOW - after(9))
    other = replace(refused, number=OTHER_NUMBER)
    assert look(tx, settings, message, books(old, other), 1) == 0
    assert look(tx, settings, message, books(refused), 1) == 1
    (drift,) = found(tx)
    assert (drift.direction, drift.code, drift.counted) == (Direction.STRICTER, DAY, 0)
    assert must_get(tx, message.id).state is MessageState.IN_DOUBT
    assert look(tx, settings, message, books(refused), 2) == 0


def test_the_cap_that_is_declared_explains_a_refusal_found_late(tx: Tx, settings: Settings) -> None:
    declare(tx, settings, {"number.hour": 1})
    exchange(tx, settings, NOW)
    message = sends.doubt(tx, now=NOW + after(1))
    refused = sends.record("", code=HOUR, sent_at=NOW + after(1))
    assert look(tx, settings, message, books(refused), 180) == 0


def test_what_was_in_doubt_before_a_declaration_does_not_contradict_it(
    tx: Tx, settings: Settings
) -> None:
    message = sends.doubt(tx)
    declare(tx, settings, {"number.day": 10}, now=NOW + after(1))
    assert look(tx, settings, message, books(sends.record("", code=DAY)), 2) == 0
