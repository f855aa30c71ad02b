"""What the limits do to a job that runs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.rules.alerts import AlertKind
from bot.rules.delivery import MessageState
from bot.rules.limits import day_of
from bot.rules.policies import policy_of
from bot.rules.requests import RequestState
from handlers.flows import delivery, jobs, limits
from handlers.flows.jobs import StopReason
from storage import alerts, limit_counts, limit_exemptions
from storage import jobs as stored_jobs
from storage import limits as stored
from storage.db import Tx
from storage.ids import RequestId
from storage.limit_exemptions import Exemption
from tests.handlers.flows.asks import thread
from tests.handlers.flows.job_lists import number, request_of
from tests.handlers.flows.running import (
    ROOM,
    accepted,
    claim,
    finish,
    later,
    of_job,
    start_job,
    state_of,
)
from tests.handlers.flows.sends import NOT_CONNECTED
from tests.storage.rows import LIN, NOW, add_request

ABROAD = "+6591234567"
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
QUEUED, IN_FLIGHT = MessageState.QUEUED, MessageState.IN_FLIGHT
HELD, SKIPPED = MessageState.HELD, MessageState.SKIPPED
Caps = dict[str, int | None]


def numbers(count: int) -> list[str]:
    return [number(nth) for nth in range(1, count + 1)]


def hold_to(tx: Tx, caps: Caps) -> None:
    assert stored.seed(tx, "demo", policy_of(caps), NOW)


def change(tx: Tx, caps: Caps, starts_s: float) -> None:
    assert stored.add_change(
        tx, add_request(tx), "demo", caps, {}, starts_at=later(starts_s), ends_at=None
    )


def sent(tx: Tx, *to: str, s: float = 0) -> RequestId:
    """A job all of which Tencent took."""
    request_id = start_job(tx, to, now=later(s), is_equal=False)
    for nth, call in enumerate(claim(tx, later(s))):
        finish(tx, call, accepted(call, int(s) * 100 + nth), later(s))
    return request_id


def states(tx: Tx, request_id: RequestId) -> list[MessageState]:
    return [message.state for message in of_job(tx, request_id)]


def begun(tx: Tx, now: datetime = NOW) -> dict[str, int]:
    return limit_counts.totals(tx, "demo", day_of(now))


def stop_reason(tx: Tx, request_id: RequestId) -> str:
    job = stored_jobs.get(tx, request_id)
    assert job is not None
    return job.stop_reason


def test_what_is_begun_is_counted_once_by_country_whatever_becomes_of_it(tx: Tx) -> None:
    start_job(tx, [*numbers(2), ABROAD])
    calls = claim(tx)
    assert begun(tx) == {"CN": 2, "SG": 1}
    for call in calls:
        finish(tx, call, NOT_CONNECTED)
    assert claim(tx, later(600)) != ()
    assert begun(tx) == {"CN": 2, "SG": 1}


def test_what_was_claimed_and_never_begun_is_not_counted_twice(tx: Tx) -> None:
    start_job(tx, numbers(3))
    (call,) = claim(tx)
    delivery.take_back(tx, call.attempts, NOW)
    assert begun(tx) == {"CN": 0}
    # Also where what is taken back was tried before.
    (call,) = claim(tx, later(1))
    finish(tx, call, NOT_CONNECTED, later(1))
    (again,) = claim(tx, later(600))
    delivery.take_back(tx, again.attempts, later(600))
    assert begun(tx) == {"CN": 3}


def test_a_class_has_caps_of_its_own(tx: Tx) -> None:
    hold_to(tx, {"notice.hour": 1})
    sent(tx, number(1))
    second = start_job(tx, numbers(2), now=later(60))
    (call,) = claim(tx, later(60))
    assert call.numbers == (number(2),)
    late = of_job(tx, second)[0]
    assert (late.state, late.detail, late.due_at) == (QUEUED, "class_hour", later(3600))
    assert kept_back(tx) == []


def kept_back(tx: Tx) -> list[tuple[str, str, str]]:
    """What a simulation is told was wanted and did not go."""
    rows = tx.all("SELECT * FROM limit_refusals ORDER BY at_ms, number")
    return [
        (tx.vault.open_number(row["number"]), row["class"] + "." + row["country"], row["rule"])
        for row in rows
    ]


def test_who_can_get_nothing_in_its_time_is_left_out_and_it_is_known_what_was_wanted(
    tx: Tx,
) -> None:
    hold_to(tx, {"number.day": 1})
    sent(tx, number(1), ABROAD)
    request_id = start_job(tx, [number(1), ABROAD], now=later(60), valid_for_s=3_600)
    assert claim(tx, later(60)) == ()
    assert states(tx, request_id) == [SKIPPED, SKIPPED]
    assert {message.detail for message in of_job(tx, request_id)} == {"per_day"}
    assert sorted(kept_back(tx)) == [
        (ABROAD, "notice.SG", "per_day"),
        (number(1), "notice.CN", "per_day"),
    ]
    (alert,) = alerts.find_open(tx)
    assert (alert.kind, alert.count) == (AlertKind.LIMIT_HIT, 2)
    assert alert.labels == {"app": "demo", "cap": "number.day"}
    assert alert.facts == {"allowed": 1, "request_id": request_id}


def test_an_alert_that_cannot_be_read_keeps_nobody_from_getting_a_message(tx: Tx) -> None:
    hold_to(tx, {"number.day": 1, "mainland.warn": 3})
    sent(tx, number(1), number(2))
    for s in (60, 120):
        request_id = start_job(tx, [number(s), number(1)], now=later(s), valid_for_s=3_600)
        (call,) = claim(tx, later(s))
        assert call.numbers == (number(s),)
        assert states(tx, request_id) == [IN_FLIGHT, SKIPPED]
        tx.run("UPDATE alerts SET labels = 'damaged'")


def test_the_time_of_all_limits_decides_whether_one_waits(tx: Tx) -> None:
    """The hour would be over in time; the day is not."""
    hold_to(tx, {"number.hour": 1, "number.day": 1})
    sent(tx, number(1))
    short = start_job(tx, numbers(1), now=later(60), valid_for_s=7_200)
    long = start_job(tx, numbers(1), now=later(60), valid_for_s=86_400)
    assert claim(tx, later(60)) == ()
    assert states(tx, short) == [SKIPPED]
    assert (states(tx, long), of_job(tx, long)[0].due_at) == ([QUEUED], MIDNIGHT)


def test_of_a_total_exactly_as_many_go_and_the_job_waits_for_a_person(tx: Tx) -> None:
    hold_to(tx, {"mainland.stop": 70})
    request_id = start_job(tx, numbers(120), valid_for_s=86_400)
    assert sum(len(call.numbers) for call in claim(tx)) == 70
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert stop_reason(tx, request_id) == StopReason.TOTAL_STOP
    assert states(tx, request_id).count(HELD) == 50
    assert thread(tx, request_of(tx, request_id))[-1] == "job.held"
    # Whoever resumes it on the same day is told again; on the next it goes on.
    for now, more in ((later(60), 0), (MIDNIGHT, 50)):
        jobs.resume(tx, request_id, LIN, now)
        assert sum(len(call.numbers) for call in claim(tx, now)) == more
    assert begun(tx, MIDNIGHT) == {"CN": 50}


def test_a_total_of_one_side_says_nothing_of_the_other(tx: Tx) -> None:
    hold_to(tx, {"mainland.stop": 1, "SG.stop": 5})
    home, abroad = start_job(tx, numbers(2)), start_job(tx, [ABROAD, "+6591234568"])
    assert {each for call in claim(tx) for each in call.numbers} == {
        number(1),
        ABROAD,
        "+6591234568",
    }
    assert state_of(tx, home) is RequestState.PAUSED
    assert state_of(tx, abroad) is RequestState.EXECUTING


def test_two_jobs_share_a_total(tx: Tx) -> None:
    hold_to(tx, {"mainland.stop": 60})
    both = [
        start_job(tx, numbers(40)),
        start_job(tx, [number(nth) for nth in range(101, 141)]),
    ]
    assert sum(len(call.numbers) for call in claim(tx)) == 60
    assert begun(tx) == {"CN": 60}
    assert sum(states(tx, each).count(IN_FLIGHT) for each in both) == 60


def test_what_was_counted_before_is_not_held_by_a_total_that_it_filled(tx: Tx) -> None:
    hold_to(tx, {"mainland.stop": 1})
    request_id = start_job(tx, numbers(1))
    (call,) = claim(tx)
    finish(tx, call, NOT_CONNECTED)
    assert len(claim(tx, later(600))) == 1
    assert state_of(tx, request_id) is RequestState.EXECUTING


def test_an_exempt_number_gets_what_others_do_not(tx: Tx) -> None:
    hold_to(tx, {"number.day": 1})
    sent(tx, *numbers(2))
    exempt = Exemption("demo", number(1), None, "test phone", LIN, "R-1", NOW)
    limit_exemptions.put(tx, exempt, NOW)
    start_job(tx, numbers(2), now=later(60))
    (call,) = claim(tx, later(60))
    assert call.numbers == (number(1),)


def test_a_change_applies_to_what_is_not_claimed_yet(tx: Tx) -> None:
    hold_to(tx, {"number.day": 1})
    request_id = start_job(tx, numbers(100))
    half = replace(ROOM, tokens={"demo": 50})
    assert [len(call.numbers) for call in claim(tx, room=half)] == [50]
    change(tx, {"number.day": 0}, 60)
    assert [len(call.numbers) for call in claim(tx, later(59), room=half)] == [50]
    assert states(tx, request_id) == [IN_FLIGHT] * 100
    tightened = start_job(tx, [number(nth) for nth in range(201, 203)], now=later(60))
    assert claim(tx, later(60)) == ()
    assert states(tx, tightened) == [SKIPPED, SKIPPED]


def test_what_waits_for_its_limit_is_looked_at_again_once_that_was_changed(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_to(tx, {"number.day": 1})
    sent(tx, *numbers(3))
    request_id = start_job(tx, numbers(3), now=later(60), valid_for_s=86_400)
    assert claim(tx, later(60)) == ()
    assert states(tx, request_id) == [QUEUED] * 3
    change(tx, {"number.day": 2}, 120)
    assert claim(tx, later(120)) == ()
    monkeypatch.setattr(limits, "WOKEN_AT_ONCE", 2)
    assert not limits.wake(tx, later(120))
    assert claim(tx, later(120)) == ()
    limits.want_wake(tx, "demo")
    assert limits.wake(tx, later(120))
    assert not limits.wake(tx, later(120))
    assert [len(call.numbers) for call in claim(tx, later(120))] == [3]


def test_what_waits_for_another_reason_is_left_alone(tx: Tx) -> None:
    request_id = start_job(tx, numbers(1))
    (call,) = claim(tx)
    finish(tx, call, NOT_CONNECTED)
    due_at = of_job(tx, request_id)[0].due_at
    assert due_at > NOW
    limits.want_wake(tx, "demo")
    assert not limits.wake(tx, NOW)
    assert of_job(tx, request_id)[0].due_at == due_at


@pytest.mark.parametrize("caps", [{"number.day": 0}, {"notice.30s": 0}])
def test_a_cap_of_nothing_leaves_everybody_out(tx: Tx, caps: Caps) -> None:
    hold_to(tx, caps)
    request_id = start_job(tx, numbers(3))
    assert claim(tx) == ()
    assert set(states(tx, request_id)) == {SKIPPED}


def test_what_an_earlier_program_stored_counts_in_the_country_of_its_number(tx: Tx) -> None:
    hold_to(tx, {"SG.stop": 1})
    request_id = start_job(tx, [ABROAD, "+6591234568"])
    tx.run("UPDATE messages SET country = ''")
    assert [call.numbers for call in claim(tx)] == [(ABROAD,)]
    assert begun(tx) == {"SG": 1}
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert limits.country_of("", ABROAD) == "SG"


def test_what_is_put_off_again_is_not_come_back_to(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever sends and whoever wakes would hand each other the same rows for ever."""
    hold_to(tx, {"number.day": 1})
    sent(tx, *numbers(5))
    request_id = start_job(tx, numbers(5), now=later(60), valid_for_s=86_400)
    assert claim(tx, later(60)) == ()
    monkeypatch.setattr(limits, "WOKEN_AT_ONCE", 2)
    limits.want_wake(tx, "demo")
    is_more = []
    for _ in range(4):
        is_more.append(limits.wake(tx, later(120)))
        assert claim(tx, later(120)) == ()
    assert is_more == [True, True, False, False]
    assert claim(tx, later(120)) == ()
    assert {message.due_at for message in of_job(tx, request_id)} == {MIDNIGHT}


def test_a_row_that_is_tried_again_on_another_day_counts_and_is_held_on_that_one_too(
    tx: Tx,
) -> None:
    hold_to(tx, {"mainland.stop": 3})
    first = start_job(tx, numbers(2), valid_for_s=2 * 86_400)
    (call,) = claim(tx)
    finish(tx, call, NOT_CONNECTED)
    assert len(claim(tx, MIDNIGHT)[0].numbers) == 2
    assert (begun(tx), begun(tx, MIDNIGHT)) == ({"CN": 2}, {"CN": 2})
    second = start_job(tx, [number(8), number(9)], now=MIDNIGHT, is_equal=False)
    assert len(claim(tx, MIDNIGHT)) == 1
    assert stop_reason(tx, second) == StopReason.TOTAL_STOP
    assert begun(tx, MIDNIGHT) == {"CN": 3}
    assert states(tx, first) == [IN_FLIGHT] * 2


def test_rows_wait_for_the_end_of_a_change_that_holds_them_back(tx: Tx) -> None:
    hold_to(tx, {"number.day": 5})
    sent(tx, number(1))
    assert stored.add_change(
        tx,
        add_request(tx),
        "demo",
        {"number.day": 1},
        {},
        starts_at=later(10),
        ends_at=later(120),
    )
    request_id = start_job(tx, [number(1)], now=later(60), valid_for_s=3_600)
    assert claim(tx, later(60)) == ()
    assert [message.due_at for message in of_job(tx, request_id)] == [later(120)]
    assert len(claim(tx, later(120))) == 1
