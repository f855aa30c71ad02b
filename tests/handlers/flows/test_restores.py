"""What was open in a copy that is put back: nothing of it goes on, and nobody is told a lie."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.locales import Locale
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.slack.messages.notices import KINDS
from handlers.flows import delivery, jobs, restores, submissions
from handlers.flows.restores import Ended
from storage import cards, envelopes, message_queue, posts, requests
from storage.db import Tx
from storage.envelopes import Envelope
from tests.handlers.flows import asks
from tests.handlers.flows.job_lists import number
from tests.handlers.flows.running import (
    ROOM,
    accepted,
    approve_job,
    claim,
    finish,
    of_job,
    settings_with,
    start_job,
    state_of,
)
from tests.handlers.flows.sends import queue
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, add_request, later, must_get

NUMBERS = [number(nth) for nth in range(1, 4)]
#: Long after all of it was due.
AFTER = NOW + timedelta(hours=3)


def test_a_message_that_waited_is_left_out_and_says_why(tx: Tx) -> None:
    message = queue(tx)
    assert restores.end_all(tx, AFTER) == Ended(1, 0, 0, 0)
    after = must_get(tx, message.id)
    assert (after.state, after.detail) == (MessageState.SKIPPED, "restored")
    assert state_of(tx, message.request_id) is RequestState.FAILED
    assert claim(tx, AFTER) == ()


def test_what_was_in_flight_is_left_to_tencents_books(tx: Tx) -> None:
    message = queue(tx)
    (call,) = claim(tx, NOW)
    assert restores.end_all(tx, AFTER) == Ended(0, 0, 1, 0)
    assert delivery.recover(tx, AFTER) == 1
    assert must_get(tx, message.id).state is MessageState.IN_DOUBT
    assert call.numbers == (message.number,)


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_job_under_way_goes_no_further(is_paused: bool, tx: Tx) -> None:
    settings = settings_with(batch=1)
    request_id = start_job(tx, NUMBERS, settings=settings)
    (first,) = claim(tx, room=replace(ROOM, job_numbers=1), settings=settings)
    finish(tx, first, accepted(first))
    if is_paused:
        jobs.pause(tx, request_id, "U0LIN", NOW)
    before = {each.state for each in of_job(tx, request_id)}
    waiting = sum(each.state in jobs.LEFT for each in of_job(tx, request_id))
    ended = restores.end_all(tx, AFTER)
    assert (ended.waiting, ended.requests) == (waiting, 1)
    assert state_of(tx, request_id) is RequestState.CANCELLED
    assert MessageState.ACCEPTED in before
    assert claim(tx, AFTER) == ()
    assert jobs.resume(tx, request_id, "U0LIN", AFTER) is jobs.JobRefusal.NOT_PAUSED
    while jobs.clear_stopped(tx, AFTER):
        pass
    assert not {each.state for each in of_job(tx, request_id)} & jobs.LEFT


def test_a_job_that_waited_for_its_time_never_starts(tx: Tx) -> None:
    request_id = approve_job(tx, NUMBERS, at=later(minutes=60))
    assert restores.end_all(tx, AFTER) == Ended(3, 1, 0, 0)
    assert state_of(tx, request_id) is RequestState.EXPIRED
    assert jobs.start_due(tx, settings_with(), AFTER) == 0
    assert claim(tx, AFTER) == ()


def test_what_waited_for_a_word_takes_none_any_more(tx: Tx) -> None:
    request = asks.ask(tx, asks.SETTINGS)
    assert restores.end_all(tx, AFTER) == Ended(0, 1, 0, 0)
    assert asks.state(tx, request) is RequestState.EXPIRED
    assert asks.thread(tx, request) == ["asked", "restored"]
    asks.say(tx, request, now=AFTER)
    assert asks.state(tx, request) is RequestState.EXPIRED
    for locale in Locale:
        said = KINDS["approval.restored"]({"requester": "U0LIN"}, locale)
        assert "<@U0LIN>" in said.text


def test_what_was_approved_and_not_submitted_is_not_submitted(tx: Tx) -> None:
    request = asks.ask(tx, asks.SETTINGS)
    asks.say(tx, request)
    assert asks.state(tx, request) is RequestState.APPROVED
    assert restores.end_all(tx, AFTER).requests == 1
    assert asks.state(tx, request) is RequestState.FAILED
    assert submissions.find_due(tx, AFTER) == []


def test_a_preview_cannot_be_confirmed_any_more(tx: Tx) -> None:
    request_id = add_request(tx)
    assert restores.end_all(tx, NOW) == Ended(0, 1, 0, 0)
    assert state_of(tx, request_id) is RequestState.EXPIRED


def test_a_click_that_was_not_handled_is_not_handled_now(tx: Tx) -> None:
    for key in ("done", "open"):
        envelopes.add(tx, Envelope(key, "actions", "{}"), NOW)
    envelopes.note_handled(tx, "done", NOW)
    assert restores.end_all(tx, later(s=1)) == Ended(0, 0, 0, 1)
    assert envelopes.find_unfinished(tx, NOW) == []


def test_what_may_be_in_slack_is_looked_for_first(tx: Tx) -> None:
    posts.add(tx, "k", "job.failed", {}, channel="C0SMS", now=NOW)
    message = queue(tx)
    restores.end_all(tx, AFTER)
    (card,) = (
        each for each in cards.find_due(tx, AFTER, 9) if each.request_id == message.request_id
    )
    assert card.tried_at is not None
    assert all(each.tried_at is not None for each in posts.find_due(tx, AFTER, 9))


def test_what_was_over_stays_as_it_was_and_a_second_time_ends_nothing(tx: Tx) -> None:
    request_id = start_job(tx, [OTHER_NUMBER])
    (call,) = claim(tx)
    finish(tx, call, accepted(call))
    jobs.follow(tx, NOW)
    was = state_of(tx, request_id)
    queue(tx, NUMBER)
    restores.end_all(tx, AFTER)
    assert state_of(tx, request_id) is was
    told = tx.all("SELECT key FROM posts")
    assert restores.end_all(tx, AFTER) == Ended(0, 0, 0, 0)
    assert tx.all("SELECT key FROM posts") == told
    assert message_queue.next_due(tx) is None
    assert requests.find_unended(tx) == []
