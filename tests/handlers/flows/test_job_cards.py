"""What a job's card and the list are loaded from, at every stage of a job's life."""

import json
import re
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.locales import Locale
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.rules.roles import EVERY_APP
from bot.settings import Settings
from bot.slack.messages import jobs as jobs_messages
from bot.slack.messages.jobs import JobCard, JobPhase
from handlers.flows import app_stops, cards, erasures, job_cards, job_drafts, jobs, undoing
from handlers.flows.erasures import EraseAsk
from handlers.flows.job_cards import Listed
from handlers.flows.job_drafts import Confirmed, Pasted
from handlers.flows.jobs import JobRefusal
from storage import cards as stored_cards
from storage import erasures as stored_erasures
from storage import requests
from storage.cards import Card
from storage.db import Tx
from storage.ids import RequestId
from storage.requests import Request
from tests.handlers.flows.job_lists import (
    checked,
    draft_of,
    drafted,
    list_content,
    number,
)
from tests.storage.rows import LIN, MAYA, NOW, add_request, later

TWO = Pasted((number(1), number(2)))
#: In Shanghai.
EVENING = datetime(2026, 11, 22, 22, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def listed(tx: Tx) -> Tx:
    list_content(tx)
    return tx


def confirmed(
    tx: Tx, settings: Settings, *, at: datetime | None = None, template: str = "2220"
) -> RequestId:
    """A send to two that Lin said yes to, and that nobody else has to."""
    values = () if template == "2221" else ("Lin",)
    shown = checked(tx, draft_of(settings, TWO, template, *values, at=at), settings)
    end = job_drafts.confirm_job(
        tx, shown.id, shown.sha256[:32], LIN, settings, NOW, good_rows_only=False
    )
    assert isinstance(end, Confirmed), end
    return shown.id


def running(tx: Tx, settings: Settings, template: str = "2220") -> RequestId:
    request_id = confirmed(tx, settings, template=template)
    jobs.start_due(tx, settings, later(s=60))
    return request_id


def see(tx: Tx, settings: Settings, request_id: str, now: datetime = NOW) -> JobCard:
    shown = job_cards.find(tx, request_id, settings, now)
    assert shown is not None
    return shown


def phase(tx: Tx, settings: Settings, request_id: str, now: datetime = NOW) -> JobPhase:
    return see(tx, settings, request_id, now).phase


def set_state(tx: Tx, request_id: str, states: list[MessageState], **columns: object) -> None:
    """Gives the messages of a job these states, one after the other, and all the same columns."""
    rows = tx.all("SELECT id FROM messages WHERE request_id = :r ORDER BY id", r=request_id)
    for row, state in zip(rows, states, strict=True):
        given = "".join(f", {name} = :{name}" for name in columns)
        sql = f"UPDATE messages SET state = :state{given} WHERE id = :id"
        tx.run(sql, id=row["id"], state=state.value, **columns)


def test_a_list_that_is_being_read_is_shown_as_that(listed: Tx, settings: Settings) -> None:
    request_id = drafted(listed, draft_of(settings, TWO, "2220", "Lin"))
    shown = see(listed, settings, request_id)
    assert (shown.phase, shown.rows_read, shown.preflight) == (JobPhase.CHECKING, 0, None)


def test_a_list_that_is_read_is_shown_with_what_it_would_be(listed: Tx, settings: Settings) -> None:
    bad = Pasted((number(1), "95588"))
    shown = checked(listed, draft_of(settings, bad, "2220", "Lin"), settings)
    found = see(listed, settings, shown.id)
    assert (found.phase, found.bad_rows) == (JobPhase.PREFLIGHT, 1)
    assert found.preflight is not None
    assert found.preflight.recipients == 1


def wanted(tx: Tx) -> dict[str, int]:
    """How often each card has changed."""
    return {row["request_id"]: row["wanted"] for row in tx.all("SELECT * FROM cards")}


def test_that_the_app_is_stopped_is_shown_before_somebody_says_yes(
    listed: Tx, settings: Settings
) -> None:
    draft = checked(listed, draft_of(settings, TWO, "2220", "Lin"), settings).id
    ready = confirmed(listed, settings)
    before = wanted(listed)
    app = settings.apps[0].name
    jobs.stop_app(listed, app, MAYA, "wrong text", NOW)
    for request_id in (draft, ready):
        shown = see(listed, settings, request_id)
        assert (shown.stopped_by, shown.stop_reason) == (MAYA, "wrong text")
    again = wanted(listed)
    assert all(again[request_id] > before[request_id] for request_id in (draft, ready))
    jobs.resume_app(listed, app, NOW)
    assert see(listed, settings, draft).stopped_by == ""


def test_who_was_erased_before_it_starts_is_counted_on_the_card(
    listed: Tx, settings: Settings
) -> None:
    draft = checked(listed, draft_of(settings, TWO, "2220", "Lin"), settings).id
    before = wanted(listed)
    ask = EraseAsk(number(1), "they wrote", {"messages": 1}, "demo", LIN, "C0SMS")
    asked = erasures.ask(listed, ask, settings, NOW)
    assert isinstance(asked, Request)
    stored_erasures.add(listed, asked.id)
    assert erasures.prepare(listed, asked.id, settings, NOW)
    shown = see(listed, settings, draft)
    assert shown.phase is JobPhase.PREFLIGHT
    said = json.dumps([asdict(jobs_messages.card(shown, Locale.EN))])
    assert "the number was erased" in said
    assert wanted(listed)[draft] > before[draft]


def test_a_send_to_one_is_no_job(listed: Tx, settings: Settings) -> None:
    request_id = add_request(listed)
    assert job_cards.find(listed, request_id, settings, NOW) is None
    assert job_cards.find(listed, "R-NONE", settings, NOW) is None


def test_a_card_is_a_job_s_where_there_is_one(listed: Tx, settings: Settings) -> None:
    request_id = confirmed(listed, settings)
    card = Card(request_id, "C0SMS", None, 1, None, 0)
    found = cards.load(listed, card, settings, NOW)
    assert found is not None
    assert isinstance(found.shown, JobCard)


def test_before_its_start_a_job_can_be_undone_or_moved(listed: Tx, settings: Settings) -> None:
    soon = confirmed(listed, settings)
    assert phase(listed, settings, soon) is JobPhase.UNDO
    at = NOW + timedelta(hours=3)
    later_on = confirmed(listed, settings, at=at)
    assert phase(listed, settings, later_on) is JobPhase.SCHEDULED
    about_to = at - timedelta(seconds=settings.sending.undo_s)
    assert phase(listed, settings, later_on, about_to) is JobPhase.UNDO


def test_undo_takes_all_of_it_back_and_comes_too_late_once_it_started(
    listed: Tx, settings: Settings
) -> None:
    request_id = confirmed(listed, settings)
    assert undoing.undo(listed, request_id, MAYA, NOW) is RequestState.CANCELLED
    shown = see(listed, settings, request_id)
    assert (shown.phase, shown.stopped_by, shown.started_at) == (JobPhase.CANCELLED, MAYA, None)
    assert undoing.undo(listed, request_id, MAYA, NOW) is JobRefusal.TOO_LATE
    started = running(listed, settings)
    assert undoing.undo(listed, started, LIN, NOW) is JobRefusal.TOO_LATE
    assert undoing.undo(listed, "R-NONE", LIN, NOW) is JobRefusal.NOT_FOUND


def test_cancel_ends_a_job_wherever_it_stands_but_a_draft_is_its_requester_s(
    listed: Tx, settings: Settings
) -> None:
    shown = checked(listed, draft_of(settings, TWO, "2220", "Lin"), settings)
    assert undoing.cancel(listed, shown.id, MAYA, NOW) is JobRefusal.NOT_YOURS
    assert undoing.cancel(listed, shown.id, LIN, NOW) is RequestState.WITHDRAWN
    assert phase(listed, settings, shown.id) is JobPhase.DISCARDED
    started = running(listed, settings)
    assert undoing.cancel(listed, started, MAYA, NOW) is RequestState.CANCELLED
    assert undoing.cancel(listed, started, MAYA, NOW) is JobRefusal.TOO_LATE
    assert undoing.cancel(listed, "R-NONE", LIN, NOW) is JobRefusal.NOT_FOUND


def test_what_waits_for_approval_is_withdrawn_by_its_requester_alone(
    listed: Tx, settings: Settings
) -> None:
    many = Pasted(tuple(number(nth) for nth in range(101)))
    shown = checked(listed, draft_of(settings, many, "2220", "Lin"), settings)
    job_drafts.confirm_job(
        listed, shown.id, shown.sha256[:32], LIN, settings, NOW, good_rows_only=False
    )
    found = see(listed, settings, shown.id)
    assert found.phase is JobPhase.AWAITING
    assert found.approval is not None
    assert undoing.cancel(listed, shown.id, MAYA, NOW) is JobRefusal.NOT_YOURS
    assert undoing.cancel(listed, shown.id, LIN, NOW) is RequestState.WITHDRAWN


def test_a_running_job_is_counted_by_outcome_with_the_reasons(
    listed: Tx, settings: Settings
) -> None:
    request_id = running(listed, settings)
    set_state(
        listed,
        request_id,
        [MessageState.REFUSED, MessageState.SKIPPED],
        code="LimitExceeded.PhoneNumberDailyLimit",
        signed_at_ms=None,
    )
    shown = see(listed, settings, request_id, later(s=61))
    assert (shown.phase, shown.rate_per_s) == (JobPhase.RUNNING, 0.0)
    assert shown.counts == {MessageState.REFUSED: 1, MessageState.SKIPPED: 1}
    assert [(each.reason, each.count) for each in shown.refused] == [
        ("LimitExceeded.PhoneNumberDailyLimit", 1)
    ]


def test_a_pause_a_stopped_app_and_the_night_each_say_why_nothing_goes_out(
    listed: Tx, settings: Settings
) -> None:
    request_id = running(listed, settings)
    jobs.pause(listed, request_id, MAYA, NOW)
    assert phase(listed, settings, request_id) is JobPhase.PAUSED
    jobs.resume(listed, request_id, MAYA, NOW)
    assert phase(listed, settings, request_id) is JobPhase.RUNNING
    app_stops.stop(listed, settings.apps[0], MAYA, "wrong text", "C0SMS", NOW)
    shown = see(listed, settings, request_id)
    assert (shown.phase, shown.stopped_by, shown.stop_reason) == (
        JobPhase.APP_STOPPED,
        MAYA,
        "wrong text",
    )


def test_marketing_waits_for_the_morning_and_its_card_is_told_at_the_hour(
    listed: Tx, settings: Settings
) -> None:
    request_id = confirmed(listed, settings)
    jobs.start_due(listed, settings, later(s=60))
    listed.run("UPDATE jobs SET class = 'marketing' WHERE request_id = :r", r=request_id)
    assert phase(listed, settings, request_id, NOW) is JobPhase.RUNNING
    shown = see(listed, settings, request_id, EVENING)
    assert shown.phase is JobPhase.OUT_OF_HOURS
    assert shown.waits_until == EVENING + timedelta(hours=10)
    listed.run("UPDATE cards SET posted = wanted, ts = '1', due_at_ms = 0")
    assert job_cards.find_ticking(listed, settings, EVENING - timedelta(minutes=1)) == []
    assert job_cards.find_ticking(listed, settings, EVENING) == [request_id]


def test_the_countdown_is_shown_again_every_second_until_the_start(
    listed: Tx, settings: Settings
) -> None:
    request_id = confirmed(listed, settings)
    assert job_cards.find_ticking(listed, settings, NOW) == []  # not posted yet
    (card,) = stored_cards.find_due(listed, NOW, 9)
    stored_cards.note_posted(listed, card, channel="C0SMS", ts="1.0", next_at=later(s=1))
    assert job_cards.find_ticking(listed, settings, NOW) == []  # shown less than a second ago
    assert job_cards.find_ticking(listed, settings, later(s=1)) == [request_id]
    job_cards.tick(listed, [request_id], later(s=1))
    assert [each.request_id for each in stored_cards.find_due(listed, later(s=1), 9)] == [
        request_id
    ]
    assert job_cards.find_ticking(listed, settings, later(s=1)) == []
    gone = later(s=settings.sending.undo_s)
    assert job_cards.find_ticking(listed, settings, gone) == []


def list_for(tx: Tx, settings: Settings, user: str, *groups: str) -> Listed:
    return job_cards.list_for(tx, user, frozenset(groups), EVERY_APP, settings, later(s=61))


def ids(shown: object) -> list[str]:
    assert isinstance(shown, list)
    return [each.request_id for each in shown]


def test_the_list_tells_what_goes_out_what_will_what_waits_and_what_ended(
    listed: Tx, settings: Settings
) -> None:
    done = running(listed, settings)
    set_state(listed, done, [MessageState.DELIVERED, MessageState.DELIVERED])
    jobs.follow(listed, later(s=61))
    going = running(listed, settings)
    starts_at = NOW + timedelta(hours=3)
    scheduled = confirmed(listed, settings, at=starts_at)
    draft = checked(listed, draft_of(settings, TWO, "2220", "Lin"), settings).id
    many = Pasted(tuple(number(nth) for nth in range(101)))
    waiting = checked(listed, draft_of(settings, many, "2220", "Lin"), settings)
    job_drafts.confirm_job(
        listed, waiting.id, waiting.sha256[:32], LIN, settings, NOW, good_rows_only=False
    )
    for_lin = list_for(listed, settings, LIN)
    assert ids(for_lin.running) == [going]
    assert ids(for_lin.scheduled) == [scheduled]
    assert sorted(ids(for_lin.mine)) == sorted([draft, waiting.id])
    assert ids(for_lin.ended) == [done]
    assert ids(list_for(listed, settings, MAYA).mine) == []
    assert ids(list_for(listed, settings, MAYA, "@sms-approvers").mine) == [waiting.id]


def test_what_was_discarded_is_in_no_list(listed: Tx, settings: Settings) -> None:
    shown = checked(listed, draft_of(settings, TWO, "2220", "Lin"), settings)
    job_drafts.discard_job(listed, shown.id, LIN, NOW)
    found = list_for(listed, settings, LIN)
    assert found == replace(found, running=[], scheduled=[], mine=[], ended=[])
    assert requests.get(listed, shown.id) is not None


@pytest.mark.parametrize("locale", Locale)
def test_no_stage_of_a_card_shows_a_full_number(
    listed: Tx, settings: Settings, locale: Locale
) -> None:
    many = Pasted(("95588", *(number(nth) for nth in range(101))))
    typed = draft_of(settings, many, "2220", "Lin")
    seen = [see(listed, settings, drafted(listed, typed))]
    shown = checked(listed, typed, settings)
    seen.append(see(listed, settings, shown.id))
    job_drafts.confirm_job(
        listed, shown.id, shown.sha256[:32], LIN, settings, NOW, good_rows_only=True
    )
    seen.append(see(listed, settings, shown.id))
    request_id = confirmed(listed, settings)
    seen.append(see(listed, settings, request_id))
    jobs.start_due(listed, settings, later(s=60))
    for state in MessageState:
        set_state(listed, request_id, [state, state], signed_at_ms=0)
        seen.append(see(listed, settings, request_id, later(s=61)))
    assert len({each.phase for each in seen}) == 5
    for each in seen:
        said = json.dumps([asdict(jobs_messages.card(each, locale))], ensure_ascii=False)
        assert not re.search(r"13800000\d{3}", said), each.phase
