from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.rules.audit import What
from bot.rules.classes import TemplateClass
from bot.rules.content import Package, ReviewState
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.tencent.wire import Refused
from handlers.flows import approvals, delivery, doubts, jobs
from handlers.flows.doubts import DoubtChoice
from handlers.flows.job_drafts import Pasted
from handlers.flows.jobs import JobRefusal
from storage import app_stops, audit, cards, content, posts
from storage.audit import AuditQuery
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows import job_lists
from tests.handlers.flows.job_lists import job_of, number
from tests.handlers.flows.running import (
    EDITS,
    ROOM,
    accepted,
    approve_job,
    claim,
    edited,
    finish,
    of_job,
    settings_with,
    start_job,
    state_of,
)
from tests.handlers.flows.sends import BLACKLISTED, LOST, answered
from tests.storage.rows import LIN, MAYA, NOW, later

NUMBERS = [number(nth) for nth in range(1, 4)]
EMPTY = "FailedOperation.InsufficientBalanceInSmsPackage"
KEY = "AuthFailure.SecretIdNotFound"


def states(tx: Tx, request_id: RequestId) -> set[MessageState]:
    return {message.state for message in of_job(tx, request_id)}


def kinds_told(tx: Tx) -> list[tuple[str, str]]:
    """What is to be said: its kind, and to whom or under which card."""
    rows = tx.all("SELECT kind, user_id FROM posts ORDER BY created_at_ms, nth, user_id")
    return [(row["kind"], row["user_id"]) for row in rows]


def send_all(tx: Tx, **changes: Any) -> None:
    for nth, call in enumerate(claim(tx, **changes)):
        finish(tx, call, accepted(call, nth * 100))


def is_shown(tx: Tx, request_id: RequestId) -> bool:
    """Whether its card is due; from here on it is not."""
    due = {card.request_id for card in cards.find_due(tx, later(minutes=9_999), 99)}
    tx.run("UPDATE cards SET posted = wanted")
    return request_id in due


def test_an_approved_job_starts_after_its_undo_window(tx: Tx) -> None:
    settings = settings_with(undo_s=30)
    request_id = approve_job(tx, NUMBERS, settings=settings)
    job = job_of(tx, request_id)
    assert (job.starts_at, job.ends_at) == (later(s=30), later(s=30 + 14_400))
    assert jobs.start_due(tx, settings_with(), later(s=29)) == 0
    assert jobs.start_due(tx, settings_with(), later(s=30)) == 1
    assert state_of(tx, request_id) is RequestState.EXECUTING
    assert job_of(tx, request_id).started_at == later(s=30)
    assert jobs.start_due(tx, settings_with(), later(s=31)) == 0


def test_a_job_for_later_starts_then_and_is_valid_from_then(tx: Tx) -> None:
    request_id = approve_job(tx, NUMBERS, at=later(minutes=60), valid_for_s=600)
    assert jobs.start_due(tx, settings_with(), later(minutes=59)) == 0
    assert jobs.start_due(tx, settings_with(), later(minutes=60)) == 1
    assert job_of(tx, request_id).ends_at == later(minutes=70)


def test_a_job_that_is_approved_after_its_time_is_over_expires(tx: Tx) -> None:
    """Asked for tonight and approved tomorrow morning: it does not go out in the morning."""
    request_id = approve_job(tx, NUMBERS, at=later(minutes=60), valid_for_s=600)
    request = job_lists.request_of(tx, request_id)
    jobs.schedule(tx, request, settings_with(), later(minutes=720))
    assert jobs.start_due(tx, settings_with(), later(minutes=720)) == 0
    assert state_of(tx, request_id) is RequestState.EXPIRED
    assert kinds_told(tx) == [("job.failed", ""), ("job.failed", LIN)]
    jobs.clear_stopped(tx, later(minutes=721))
    assert states(tx, request_id) == {MessageState.CANCELLED}
    assert job_of(tx, request_id).ended_at == later(minutes=721)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"review": ReviewState.REJECTED}, "template_gone"),
        ({"content": "另一个 {1}"}, "template_changed"),
        ({"template_id": "9"}, "template_gone"),
    ],
    ids=["rejected", "changed", "deleted"],
)
def test_what_changed_at_tencent_before_the_start_ends_the_job(
    tx: Tx, change: dict[str, Any], reason: str
) -> None:
    request_id = approve_job(tx, NUMBERS)
    content.replace_templates(tx, [replace(job_lists.NOTICE, **change)], NOW)
    assert jobs.start_due(tx, settings_with(), NOW) == 0
    assert state_of(tx, request_id) is RequestState.FAILED
    assert job_of(tx, request_id).stop_reason == reason
    assert claim(tx) == ()


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE requests SET payload = 'broken' WHERE id = :id",
        "UPDATE jobs SET source_file = 'broken' WHERE request_id = :id",
    ],
    ids=["request", "job"],
)
def test_a_job_under_way_that_cannot_be_read_ends_at_the_start_and_no_other_does(
    tx: Tx, broken: str
) -> None:
    damaged, other = start_job(tx, NUMBERS), start_job(tx, ["+8613800000009"])
    tx.run(broken, id=damaged)
    assert jobs.end_changed(tx, settings_with(), NOW) == 1
    assert state_of(tx, other) is RequestState.EXECUTING
    (row,) = tx.all("SELECT state FROM requests WHERE id = :id", id=damaged)
    assert row["state"] == RequestState.CANCELLED.value
    assert kinds_told(tx) == [("job.failed", ""), ("job.failed", LIN)]


ABROAD = ["+6591234567", *NUMBERS]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: str(edit)[:24])
def test_what_changed_in_app_yaml_before_the_start_ends_the_job(
    tx: Tx, edit: Mapping[str, Any]
) -> None:
    using = edited(settings_with(), international=("SG", "US"))
    request_id = approve_job(tx, ABROAD, settings=using)
    assert jobs.start_due(tx, edited(using, **edit), NOW) == 0
    assert state_of(tx, request_id) is RequestState.FAILED
    assert job_of(tx, request_id).stop_reason == "settings_changed"
    assert kinds_told(tx) == [("job.failed", ""), ("job.failed", LIN)]
    assert claim(tx) == ()


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: str(edit)[:24])
@pytest.mark.parametrize("is_paused", [False, True])
def test_what_changed_in_app_yaml_ends_a_job_under_way_before_the_next_claim(
    tx: Tx, edit: Mapping[str, Any], is_paused: bool
) -> None:
    using = edited(settings_with(), international=("SG", "US"))
    request_id = start_job(tx, ABROAD, settings=using)
    if is_paused:
        jobs.pause(tx, request_id, LIN, NOW)
    assert jobs.end_changed(tx, using, NOW) == 0
    assert jobs.end_changed(tx, edited(using, **edit), NOW) == 1
    assert state_of(tx, request_id) is RequestState.CANCELLED
    assert job_of(tx, request_id).stop_reason == "settings_changed"
    assert claim(tx, settings=using) == ()


def test_other_countries_do_not_end_a_job_that_stays_at_home(tx: Tx) -> None:
    request_id = approve_job(tx, NUMBERS)
    assert jobs.start_due(tx, edited(settings_with(), international=("JP",)), NOW) == 1
    assert state_of(tx, request_id) is RequestState.EXECUTING


def test_a_signature_that_is_gone_ends_a_job_unless_all_go_abroad(tx: Tx) -> None:
    home, abroad = approve_job(tx, NUMBERS), approve_job(tx, ["+6591234567"])
    content.replace_signatures(tx, [], NOW)
    assert jobs.start_due(tx, settings_with(), NOW) == 1
    assert state_of(tx, home) is RequestState.FAILED
    assert job_of(tx, home).stop_reason == "signature_gone"
    assert state_of(tx, abroad) is RequestState.EXECUTING


def test_an_empty_package_holds_a_job_at_its_start(tx: Tx) -> None:
    request_id = approve_job(tx, NUMBERS)
    spent = Package("p", 10, 10, NOW - timedelta(days=1), NOW + timedelta(days=9))
    content.replace_packages(tx, [spent], NOW)
    jobs.start_due(tx, settings_with(), NOW)
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert (job_of(tx, request_id).stopped_by, job_of(tx, request_id).stop_reason) == (
        "rule",
        "package_empty",
    )
    assert kinds_told(tx) == [("job.held", ""), ("job.held", LIN)]
    assert claim(tx) == ()


def test_a_job_whose_messages_are_all_taken_is_done(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    send_all(tx)
    jobs.follow(tx, later(s=1))
    assert state_of(tx, request_id) is RequestState.DONE
    assert job_of(tx, request_id).ended_at == later(s=1)


def test_a_job_of_which_nobody_gets_anything_has_failed(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS[:1])
    (call,) = claim(tx)
    finish(tx, call, answered(NUMBERS[0], BLACKLISTED))
    jobs.follow(tx, later(s=1))
    assert state_of(tx, request_id) is RequestState.FAILED


def test_a_job_with_a_doubt_is_in_doubt_until_it_is_settled(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    (call,) = claim(tx)
    finish(tx, call, LOST)
    jobs.follow(tx, later(s=1))
    assert state_of(tx, request_id) is RequestState.IN_DOUBT
    assert job_of(tx, request_id).ended_at is None
    for message in of_job(tx, request_id):
        choice = DoubtChoice.TREAT_AS_SENT
        doubts.decide(tx, message.id, message.attempt or "", choice, MAYA, later(minutes=16))
    jobs.follow(tx, later(minutes=17))
    assert state_of(tx, request_id) is RequestState.DONE
    assert job_of(tx, request_id).ended_at == later(minutes=17)


def test_a_doubt_that_is_sent_again_is_claimed_while_all_else_has_ended(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS[:1])
    (call,) = claim(tx)
    finish(tx, call, LOST)
    jobs.follow(tx, later(s=1))
    (message,) = of_job(tx, request_id)
    choice = DoubtChoice.SEND_AGAIN
    doubts.decide(tx, message.id, message.attempt or "", choice, MAYA, later(minutes=16))
    (again,) = claim(tx, later(minutes=16))
    finish(tx, again, accepted(again), later(minutes=16))
    jobs.follow(tx, later(minutes=17))
    assert state_of(tx, request_id) is RequestState.DONE


def again(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Another person has all of its doubts sent once more."""
    for message in of_job(tx, request_id):
        choice = DoubtChoice.SEND_AGAIN
        doubts.decide(tx, message.id, message.attempt or "", choice, MAYA, now)


def lost_job(tx: Tx, **asked: Any) -> RequestId:
    """A job whose only call found no answer."""
    request_id = start_job(tx, NUMBERS, **asked)
    (call,) = claim(tx)
    finish(tx, call, LOST)
    jobs.follow(tx, later(s=1))
    assert state_of(tx, request_id) is RequestState.IN_DOUBT
    return request_id


@pytest.mark.parametrize("code", [EMPTY, "AuthFailure.SignatureExpire"])
def test_what_is_sent_again_and_meets_the_same_as_all_holds_the_job(tx: Tx, code: str) -> None:
    request_id, now = lost_job(tx), later(minutes=16)
    again(tx, request_id, now)
    (call,) = claim(tx, now)
    finish(tx, call, Refused(code, "", "r"), now)
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert claim(tx, later(minutes=17)) == ()
    jobs.resume(tx, request_id, MAYA, later(minutes=18))
    assert len(claim(tx, later(minutes=18))) == 1


@pytest.mark.parametrize("act", [jobs.pause, jobs.cancel], ids=["pause", "cancel"])
def test_what_is_sent_again_can_be_stopped(tx: Tx, act: Any) -> None:
    request_id, now = lost_job(tx), later(minutes=16)
    again(tx, request_id, now)
    assert isinstance(act(tx, request_id, LIN, now), RequestState)
    assert claim(tx, now) == ()


def test_what_is_sent_again_ends_with_the_time_of_its_job(tx: Tx) -> None:
    request_id = lost_job(tx, valid_for_s=3_600)
    again(tx, request_id, later(minutes=59))
    assert claim(tx, later(minutes=60)) == ()
    jobs.follow(tx, later(minutes=60))
    assert state_of(tx, request_id) is RequestState.EXPIRED


def test_what_cannot_be_held_is_refused_and_not_tried_for_ever(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    (call,) = claim(tx)
    tx.run("UPDATE requests SET state = 4 WHERE id = :id", id=request_id)
    finish(tx, call, Refused(EMPTY, "", "r"))
    assert states(tx, request_id) == {MessageState.REFUSED}


def test_codes_are_valid_no_longer_than_a_single_one(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS, template="1110", is_equal=False)
    assert job_of(tx, request_id).ends_at == later(minutes=10)
    assert claim(tx, later(minutes=10)) == ()


CLOSES = NOW + timedelta(hours=10)
MORNING = NOW + timedelta(hours=20)


def test_marketing_that_is_not_through_when_its_hours_end_waits_for_a_person(tx: Tx) -> None:
    """Noon to ten in the evening, by the mainland's clock."""
    request_id = start_job(tx, NUMBERS, template="2221", valid_for_s=86_400)
    jobs.follow(tx, CLOSES - timedelta(seconds=1))
    assert state_of(tx, request_id) is RequestState.EXECUTING
    jobs.follow(tx, CLOSES)
    jobs.follow(tx, CLOSES + timedelta(seconds=1))
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert job_of(tx, request_id).stop_reason == "marketing_hours"
    assert kinds_told(tx) == [("job.held", ""), ("job.held", LIN)]
    night = jobs.resume(tx, request_id, MAYA, CLOSES + timedelta(hours=1))
    assert night is JobRefusal.OUT_OF_HOURS
    jobs.follow(tx, MORNING)
    assert claim(tx, MORNING) == ()
    assert jobs.resume(tx, request_id, MAYA, MORNING) is RequestState.EXECUTING
    assert len(claim(tx, MORNING)) == 1


def test_marketing_that_starts_at_night_waits_for_the_morning_by_itself(tx: Tx) -> None:
    night = CLOSES + timedelta(hours=1)
    request_id = start_job(tx, NUMBERS, template="2221", now=night, valid_for_s=86_400)
    jobs.follow(tx, night)
    assert jobs.pause(tx, request_id, LIN, night) is RequestState.PAUSED
    assert jobs.resume(tx, request_id, LIN, night) is RequestState.EXECUTING
    jobs.follow(tx, MORNING - timedelta(seconds=1))
    assert claim(tx, MORNING - timedelta(seconds=1)) == ()
    assert state_of(tx, request_id) is RequestState.EXECUTING
    assert len(claim(tx, MORNING)) == 1


def test_a_job_does_not_go_on_in_other_words_than_were_approved(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    jobs.pause(tx, request_id, LIN, NOW)
    content.replace_templates(tx, [replace(job_lists.NOTICE, content="恭喜 {1}")], NOW)
    assert jobs.resume(tx, request_id, LIN, NOW) is JobRefusal.CHANGED
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert jobs.cancel(tx, request_id, LIN, NOW) is RequestState.CANCELLED


def test_what_is_learned_of_a_job_that_has_ended_is_shown(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    send_all(tx)
    jobs.follow(tx, later(s=1))
    is_shown(tx, request_id)
    assert not doubts.stop_waiting(tx, NOW + timedelta(hours=73))
    assert states(tx, request_id) == {MessageState.UNREPORTED}
    assert is_shown(tx, request_id)


def test_what_nobody_reported_on_is_told_page_by_page(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "STOPPED_AT_ONCE", 2)
    request_id = start_job(tx, NUMBERS)
    send_all(tx)
    ends = [doubts.stop_waiting(tx, NOW + timedelta(hours=73)) for _ in range(2)]
    assert ends == [True, False]
    assert states(tx, request_id) == {MessageState.UNREPORTED}


def test_a_restart_doubts_every_number_of_a_call(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    claim(tx)
    assert delivery.recover(tx, later(s=1)) == len(NUMBERS)
    assert states(tx, request_id) == {MessageState.IN_DOUBT}
    jobs.follow(tx, later(s=2))
    assert state_of(tx, request_id) is RequestState.IN_DOUBT


def test_one_kill_makes_no_more_doubts_than_numbers_are_under_way(tx: Tx) -> None:
    """However many wait: what is not claimed is not in doubt."""
    most = 90
    request_id = start_job(tx, [number(nth) for nth in range(300)])
    claim(tx, room=replace(ROOM, numbers=most, job_numbers=most))
    assert delivery.recover(tx, later(s=1)) <= most
    counts = jobs_counts(tx, request_id)
    assert counts[MessageState.IN_DOUBT] <= most
    assert counts[MessageState.HELD] == 300 - counts[MessageState.IN_DOUBT]


def jobs_counts(tx: Tx, request_id: RequestId) -> dict[MessageState, int]:
    found = of_job(tx, request_id)
    return {state: sum(m.state is state for m in found) for state in MessageState}


def test_the_card_is_shown_when_something_changed_and_only_then(tx: Tx) -> None:
    request_id = start_job(tx, [number(nth) for nth in range(60)])
    jobs.follow(tx, later(s=1))
    assert is_shown(tx, request_id)
    jobs.follow(tx, later(s=2))
    assert not is_shown(tx, request_id)
    send_all(tx, room=replace(ROOM, job_calls=1))
    assert not is_shown(tx, request_id)
    jobs.follow(tx, later(s=3))
    assert is_shown(tx, request_id)


def test_pausing_and_resuming(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    assert jobs.pause(tx, request_id, MAYA, NOW) is RequestState.PAUSED
    assert jobs.pause(tx, request_id, MAYA, NOW) is JobRefusal.TOO_LATE
    assert (job_of(tx, request_id).stopped_by, job_of(tx, request_id).stop_reason) == (
        MAYA,
        "paused",
    )
    assert jobs.resume(tx, request_id, LIN, NOW) is RequestState.EXECUTING
    assert jobs.resume(tx, request_id, LIN, NOW) is JobRefusal.NOT_PAUSED
    assert job_of(tx, request_id).stop_reason == ""


def test_a_paused_job_whose_last_call_ends_is_done(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    (call,) = claim(tx)
    jobs.pause(tx, request_id, LIN, NOW)
    finish(tx, call, accepted(call))
    jobs.follow(tx, later(s=1))
    assert state_of(tx, request_id) is RequestState.DONE


def test_a_job_that_is_not_ended_by_its_time_expires(tx: Tx) -> None:
    request_id = start_job(tx, [number(nth) for nth in range(60)], valid_for_s=60)
    send_all(tx, room=replace(ROOM, job_calls=1))
    jobs.pause(tx, request_id, LIN, later(s=1))
    jobs.follow(tx, later(s=59))
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert jobs.resume(tx, request_id, LIN, later(s=60)) is JobRefusal.TOO_LATE
    jobs.follow(tx, later(s=60))
    assert state_of(tx, request_id) is RequestState.EXPIRED
    while jobs.clear_stopped(tx, later(s=61)):
        pass
    counts = jobs_counts(tx, request_id)
    assert (counts[MessageState.ACCEPTED], counts[MessageState.CANCELLED]) == (50, 10)
    assert job_of(tx, request_id).stop_reason == "expired"


def test_a_cancelled_job_is_cleared_bit_by_bit(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CANCELLED_AT_ONCE", 4)
    request_id = start_job(tx, [number(nth) for nth in range(10)])
    assert jobs.cancel(tx, request_id, MAYA, NOW) is RequestState.CANCELLED
    assert claim(tx) == ()
    looks = [jobs.clear_stopped(tx, later(s=nth)) for nth in range(3)]
    assert looks == [True, True, False]
    assert states(tx, request_id) == {MessageState.CANCELLED}
    assert job_of(tx, request_id).ended_at == later(s=2)
    assert jobs.cancel(tx, request_id, MAYA, NOW) is JobRefusal.TOO_LATE


def test_what_is_under_way_when_a_job_is_cancelled_comes_to_its_end(tx: Tx) -> None:
    request_id = start_job(tx, [number(nth) for nth in range(60)])
    (call,) = claim(tx, room=replace(ROOM, job_calls=1))
    jobs.cancel(tx, request_id, LIN, NOW)
    jobs.clear_stopped(tx, later(s=1))
    assert job_of(tx, request_id).ended_at is None
    finish(tx, call, accepted(call), later(s=2))
    jobs.clear_stopped(tx, later(s=3))
    assert job_of(tx, request_id).ended_at == later(s=3)
    assert jobs_counts(tx, request_id)[MessageState.ACCEPTED] == 50
    assert state_of(tx, request_id) is RequestState.CANCELLED


def test_a_job_in_its_undo_window_can_be_cancelled_and_not_paused(tx: Tx) -> None:
    request_id = approve_job(tx, NUMBERS, settings=settings_with(undo_s=30))
    assert jobs.pause(tx, request_id, LIN, NOW) is JobRefusal.NOT_RUNNING
    assert jobs.cancel(tx, request_id, LIN, NOW) is RequestState.CANCELLED
    assert jobs.start_due(tx, settings_with(), later(s=31)) == 0


@pytest.mark.parametrize(
    "act",
    [jobs.pause, jobs.resume, jobs.cancel],
    ids=["pause", "resume", "cancel"],
)
def test_what_is_no_job_is_not_found(tx: Tx, act: Any) -> None:
    assert act(tx, "R-NONE", LIN, NOW) is JobRefusal.NOT_FOUND


@pytest.mark.parametrize(("code", "stops_app"), [(EMPTY, False), (KEY, True)])
def test_what_every_message_would_meet_holds_the_job_and_loses_nothing(
    tx: Tx, code: str, stops_app: bool
) -> None:
    request_id = start_job(tx, NUMBERS)
    (call,) = claim(tx)
    finish(tx, call, Refused(code, "", "r"))
    assert state_of(tx, request_id) is RequestState.PAUSED
    assert job_of(tx, request_id).stop_reason == code
    assert states(tx, request_id) == {MessageState.QUEUED}
    assert [stop.app for stop in app_stops.list_all(tx)] == ["demo"] * stops_app
    assert kinds_told(tx) == [("job.held", ""), ("job.held", LIN)]
    if stops_app:
        assert jobs.resume_app(tx, "demo", NOW)
    jobs.resume(tx, request_id, MAYA, later(s=1))
    send_all(tx, now=later(s=1))
    assert states(tx, request_id) == {MessageState.ACCEPTED}


def test_a_job_is_held_once_however_many_calls_meet_it(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS, is_equal=False)
    for call in claim(tx):
        finish(tx, call, Refused(EMPTY, "", "r"))
    assert len(kinds_told(tx)) == 2
    assert states(tx, request_id) == {MessageState.QUEUED}


def test_stopping_an_app_shows_on_the_cards_of_its_jobs(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    is_shown(tx, request_id)
    assert jobs.stop_app(tx, "demo", LIN, "wrong text", NOW)
    assert not jobs.stop_app(tx, "demo", MAYA, "me too", NOW)
    assert is_shown(tx, request_id)
    assert jobs.resume_app(tx, "demo", NOW)
    assert not jobs.resume_app(tx, "demo", NOW)
    assert is_shown(tx, request_id)


def test_nothing_is_said_twice_of_one_hold(tx: Tx) -> None:
    request_id = start_job(tx, NUMBERS)
    assert jobs.hold(tx, request_id, EMPTY, NOW)
    assert not jobs.hold(tx, request_id, EMPTY, later(s=1))
    due: Sequence[posts.Post] = posts.find_due(tx, later(s=1), 9)
    assert {post.facts["reason"] for post in due} == {EMPTY}


def ask(tx: Tx, needed: int, **asked: Any) -> RequestId:
    """A job under a policy that needs so many words."""
    settings = settings_with()
    job_lists.list_content(tx)
    draft = job_lists.draft_of(settings, Pasted(tuple(NUMBERS)), "2220", "1", **asked)
    request = job_lists.checked(tx, draft, settings)
    rule = settings.send_rule(TemplateClass.NOTICE, len(NUMBERS), request.app)
    rule = replace(rule, needed=needed)
    approvals.ask_for_draft(tx, request, rule, settings, NOW)
    return request.id


def move(tx: Tx, request_id: RequestId, at: datetime, user_id: str = LIN) -> object:
    return jobs.reschedule(tx, request_id, user_id, at, settings_with(), NOW)


def test_a_job_that_nobody_must_approve_is_moved_at_once(tx: Tx) -> None:
    request_id = ask(tx, 0)
    before = job_lists.request_of(tx, request_id)
    assert move(tx, request_id, later(minutes=60)) is RequestState.APPROVED
    job = job_of(tx, request_id)
    assert job.at == job.starts_at == later(minutes=60)
    assert job.ends_at == later(minutes=60 + 240)
    moved = job_lists.request_of(tx, request_id)
    assert moved.sha256 != before.sha256
    (entry,) = audit.find(tx, AuditQuery(what=What.JOB_RESCHEDULED.value), 9)
    assert (entry.actor, entry.subject) == (LIN, request_id)
    assert entry.facts is not None
    assert entry.facts["sha256"] == moved.sha256
    assert jobs.start_due(tx, settings_with(), later(minutes=59)) == 0
    assert jobs.start_due(tx, settings_with(), later(minutes=60)) == 1


def test_a_job_that_somebody_must_approve_waits_again_for_their_word(tx: Tx) -> None:
    request_id = ask(tx, 1)
    assert move(tx, request_id, later(minutes=60)) is RequestState.AWAITING_APPROVAL
    assert job_of(tx, request_id).starts_at is None
    assert jobs.start_due(tx, settings_with(), later(minutes=61)) == 0


def test_a_job_is_moved_by_its_requester_to_a_time_to_come_before_it_runs(tx: Tx) -> None:
    request_id = ask(tx, 0)
    assert move(tx, request_id, later(minutes=60), MAYA) is JobRefusal.NOT_YOURS
    assert move(tx, request_id, NOW) is JobRefusal.PAST
    assert move(tx, RequestId("R-NONE"), later(minutes=60)) is JobRefusal.NOT_FOUND
    jobs.start_due(tx, settings_with(), NOW)
    assert move(tx, request_id, later(minutes=60)) is JobRefusal.TOO_LATE


def test_a_code_is_not_moved_to_a_time_when_it_is_old(tx: Tx) -> None:
    request_id = ask(tx, 0)
    tx.run("UPDATE jobs SET class = 'otp'")
    assert move(tx, request_id, later(minutes=60)) is JobRefusal.CODE_LATER


@pytest.mark.parametrize(
    ("hours", "is_moved"), [pytest.param(11, False, id="23_00"), pytest.param(7, True, id="19_00")]
)
def test_marketing_is_not_moved_to_where_it_would_be_over_before_its_hours(
    tx: Tx, hours: int, is_moved: bool
) -> None:
    request_id = ask(tx, 0)
    tx.run("UPDATE jobs SET class = 'marketing'")
    moved = move(tx, request_id, later(minutes=60 * hours))
    assert moved is (RequestState.APPROVED if is_moved else JobRefusal.NEVER_OPEN)
    assert (job_of(tx, request_id).at is not None) is is_moved
