"""What an approval sets going where it is no change of content, and what stops it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rules.approvals import Approved, Counted, Verdict, VoteRefusal
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.settings import Settings
from handlers.flows import approvals, ballots, effects, voting
from handlers.flows.approvals import Superseded, WithdrawRefusal
from handlers.flows.grounds import Upstream
from handlers.flows.voting import TakenBack
from storage import approvals as stored
from storage import cards, jobs, requests
from storage.db import Tx, open_database
from storage.requests import Request
from tests.handlers.flows.asks import (
    AS_LISTED,
    BO,
    ballot,
    expire_due,
    facts,
    list_templates,
    listed,
    say,
    settings_with,
    state,
    submissions,
    thread,
)
from tests.handlers.flows.other_asks import (
    MANY,
    ask_removal,
    ask_resume,
    ask_send,
    decline,
    draft_send,
    is_declined,
    is_stopped,
    stop,
)
from tests.policies import everything
from tests.storage.rows import LIN, MAYA, NOW, VAULT, later

DAY = timedelta(days=1)
Ask = Callable[[Tx, Settings], Request]


def asked_removal(tx: Tx, settings: Settings) -> Request:
    decline(tx)
    return ask_removal(tx, settings)


def asked_resume(tx: Tx, settings: Settings) -> Request:
    stop(tx)
    return ask_resume(tx, settings)


every_kind = pytest.mark.parametrize("ask", [ask_send, asked_removal, asked_resume])


def free() -> Settings:
    """A policy that asks nobody."""
    return settings_with(**everything(0))


def starts_at(tx: Tx, request: Request) -> object:
    job = jobs.get(tx, request.id)
    assert job is not None
    return job.starts_at


def take_back(tx: Tx, request: Request, user: str = MAYA) -> TakenBack:
    return voting.take_back(tx, request.id, ballot(request, user), NOW)


def test_an_approved_send_has_its_time_in_the_same_transaction(tx: Tx, settings: Settings) -> None:
    request = ask_send(tx, settings)
    assert request.state is RequestState.AWAITING_APPROVAL
    assert starts_at(tx, request) is None
    assert say(tx, request) == Approved()
    assert state(tx, request) is RequestState.APPROVED
    assert starts_at(tx, request) == NOW + timedelta(seconds=settings.sending.undo_s)
    assert submissions(tx) == []
    assert thread(tx, request) == ["asked", "approved"]
    assert facts(tx, f"{request.id}:asked")["recipients"] == MANY


def test_a_send_nobody_is_asked_about_has_its_time_at_once_and_says_nothing(tx: Tx) -> None:
    request = ask_send(tx, free())
    assert request.state is RequestState.APPROVED
    assert starts_at(tx, request) is not None
    assert thread(tx, request) == []
    assert approvals.find_expired(tx, NOW + 9 * DAY) == []


def test_only_a_draft_is_put_under_a_policy_and_only_once(tx: Tx, settings: Settings) -> None:
    draft, rule = draft_send(tx), settings.approval_rule(RequestKind.SEND, "demo")
    approvals.ask_for_draft(tx, draft, rule, settings, NOW)
    with pytest.raises(ValueError, match="no draft"):
        approvals.ask_for_draft(tx, draft, rule, settings, NOW)


def test_the_card_of_a_send_stays_and_the_channel_of_approvals_hears_of_it(tx: Tx) -> None:
    settings = settings_with(**{"channels.approvals": "#sms-approvals"})
    request = ask_send(tx, settings)
    assert cards.channel_of(tx, request.id) == "C0SMS"
    row = tx.one("SELECT channel, request_id FROM posts WHERE kind = 'approval.elsewhere'")
    assert row is not None
    assert (row["channel"], row["request_id"]) == ("#sms-approvals", None)
    ask_send(tx, settings_with(**everything(0), **{"channels.approvals": "#b"}))
    assert len(tx.all("SELECT 1 FROM posts WHERE kind = 'approval.elsewhere'")) == 1


def test_an_approved_removal_lets_messages_through_and_is_done(tx: Tx, settings: Settings) -> None:
    request = asked_removal(tx, settings)
    assert is_declined(tx)
    assert say(tx, request) == Approved()
    assert not is_declined(tx)
    assert state(tx, request) is RequestState.DONE


def test_an_approved_resumption_lets_the_app_send_and_is_done(tx: Tx, settings: Settings) -> None:
    request = asked_resume(tx, settings)
    assert is_stopped(tx)
    assert say(tx, request) == Approved()
    assert not is_stopped(tx)
    assert state(tx, request) is RequestState.DONE


def test_where_nobody_is_asked_they_are_done_at_once(tx: Tx) -> None:
    assert asked_removal(tx, free()).state is RequestState.DONE
    assert asked_resume(tx, free()).state is RequestState.DONE
    assert not is_declined(tx)
    assert not is_stopped(tx)


@every_kind
def test_every_kind_is_listed_rejected_and_expires_alike(
    tx: Tx, settings: Settings, ask: Ask
) -> None:
    first = ask(tx, settings)
    group = frozenset({"@sms-approvers"})
    (seen,) = ballots.load_waiting(tx, MAYA, group, settings, NOW)
    assert (seen.request_id, seen.kind, seen.state) == (first.id, first.kind, first.state)
    say(tx, first, verdict=Verdict.REJECT)
    assert state(tx, first) is RequestState.REJECTED
    second = ask(tx, settings)
    assert [each.request.id for each in approvals.find_ending(tx, NOW + DAY)] == []
    assert expire_due(tx, NOW + DAY) == 1
    assert thread(tx, second) == ["asked", "expired"]
    third = ask(tx, settings)
    assert approvals.withdraw(tx, third.id, LIN, NOW) is RequestState.WITHDRAWN
    assert thread(tx, third) == ["asked", "withdrawn"]


@every_kind
def test_those_who_can_decide_are_reminded_whatever_is_asked(
    tx: Tx, settings: Settings, ask: Ask
) -> None:
    request = ask(tx, settings)
    soon = NOW + DAY - timedelta(minutes=59)
    (ending,) = approvals.find_ending(tx, soon)
    approvals.remind(tx, ending.request.id, frozenset({MAYA, BO, LIN}), soon)
    assert thread(tx, request) == ["asked", "ending"]
    assert len(tx.all("SELECT 1 FROM posts WHERE kind = 'approval.reminder'")) == 2


def test_what_somebody_decided_on_in_the_last_moment_does_not_expire(
    tx: Tx, settings: Settings
) -> None:
    approved, begun = ask_send(tx, settings), ask_send(tx, settings)
    late = approvals.find_expired(tx, NOW + DAY)
    for request in (approved, begun):
        say(tx, request)
    found = requests.get(tx, begun.id)
    assert found is not None
    requests.advance(tx, found, RequestEvent.START, NOW)
    assert [approvals.expire_one(tx, each, NOW + DAY) for each in late] == [False, False]
    assert state(tx, approved) is RequestState.APPROVED
    assert state(tx, begun) is RequestState.EXECUTING


def test_what_was_carried_out_cannot_be_taken_back(tx: Tx, settings: Settings) -> None:
    for request in (asked_removal(tx, settings), asked_resume(tx, settings)):
        say(tx, request)
        assert take_back(tx, request) is TakenBack.TOO_LATE
        assert approvals.withdraw(tx, request.id, LIN, NOW) is WithdrawRefusal.TOO_LATE
        assert state(tx, request) is RequestState.DONE
        with pytest.raises(ValueError, match="carried out"):
            effects.take_back(tx, request)


def test_an_approval_taken_back_before_the_start_unschedules_the_send(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings)
    say(tx, request)
    assert take_back(tx, request) is TakenBack.DONE
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert starts_at(tx, request) is None
    assert say(tx, request, BO, now=later(minutes=5)) == Approved()
    assert starts_at(tx, request) == later(minutes=5, s=settings.sending.undo_s)


def test_an_approval_taken_back_after_the_start_changes_nothing(tx: Tx, settings: Settings) -> None:
    request = ask_send(tx, settings)
    say(tx, request)
    planned = starts_at(tx, request)
    approved = requests.get(tx, request.id)
    assert approved is not None
    requests.advance(tx, approved, RequestEvent.START, NOW)
    assert take_back(tx, request) is TakenBack.TOO_LATE
    assert state(tx, request) is RequestState.EXECUTING
    assert starts_at(tx, request) == planned


def test_an_approved_send_is_withdrawn_by_who_asked_until_it_starts(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings)
    say(tx, request)
    assert approvals.withdraw(tx, request.id, MAYA, NOW) is WithdrawRefusal.NOT_YOURS
    assert starts_at(tx, request) is not None
    assert approvals.withdraw(tx, request.id, LIN, NOW) is RequestState.WITHDRAWN
    assert starts_at(tx, request) is None


@pytest.mark.parametrize(
    ("now_listed", "why"),
    [((listed("别的内容"),), Upstream.TEXT_CHANGED), ((), Upstream.GONE)],
)
def test_a_template_changed_since_the_preview_ends_the_send_at_the_vote(
    tx: Tx, settings: Settings, now_listed: tuple[()], why: Upstream
) -> None:
    list_templates(tx, listed())
    request = ask_send(tx, settings)
    list_templates(tx, *now_listed)
    assert say(tx, request) == Superseded(why, "")
    assert state(tx, request) is RequestState.SUPERSEDED
    assert starts_at(tx, request) is None
    assert stored.votes_of(tx, request.id) == []
    assert thread(tx, request) == ["asked", "superseded"]


def test_a_template_that_stands_is_sent(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed(AS_LISTED.content))
    assert say(tx, ask_send(tx, settings)) == Approved()


def test_an_approval_does_not_undo_a_no_that_came_after_the_asking(
    tx: Tx, settings: Settings
) -> None:
    request = asked_removal(tx, settings)
    decline(tx, later(minutes=3))
    assert say(tx, request) == Superseded(Upstream.DECLINED_ANEW, "")
    assert is_declined(tx)


def test_an_approval_does_not_let_an_app_that_was_stopped_once_more(
    tx: Tx, settings: Settings
) -> None:
    first, second = asked_resume(tx, settings), ask_resume(tx, settings)
    say(tx, first)
    assert say(tx, second) == Superseded(Upstream.NOT_STOPPED, "")
    third = asked_resume(tx, settings)
    say(tx, third)
    stop(tx)
    fourth = ask_resume(tx, settings, now=NOW)
    tx.run("DELETE FROM app_stops")
    stop(tx, later(minutes=3))
    assert say(tx, fourth) == Superseded(Upstream.STOPPED_ANEW, "")
    assert is_stopped(tx)


def test_a_removal_of_what_is_gone_has_nothing_to_do(tx: Tx, settings: Settings) -> None:
    first, second = asked_removal(tx, settings), ask_removal(tx, settings)
    say(tx, first)
    assert say(tx, second) == Superseded(Upstream.NOT_DECLINED, "")


def test_the_number_is_in_no_line_and_in_no_list(tx: Tx, settings: Settings) -> None:
    request = asked_removal(tx, settings)
    assert facts(tx, f"{request.id}:asked")["name"] == "+86 138****0001"
    (seen,) = ballots.load_waiting(tx, LIN, frozenset(), settings, NOW)
    assert seen.name == "+86 138****0001"


def test_what_personal_values_were_deleted_of_is_over_and_not_changed(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings)
    say(tx, request, verdict=Verdict.REJECT)
    other = ask_send(tx, settings)
    tx.run(
        "UPDATE requests SET payload = (SELECT payload FROM requests WHERE id = :other),"
        " sha256 = 'of before' WHERE id = :id",
        id=request.id,
        other=other.id,
    )
    assert say(tx, request, BO) is VoteRefusal.NOT_PENDING


async def test_two_approvers_at_once_schedule_a_send_exactly_once(
    path: Path, settings: Settings
) -> None:
    db = open_database(path, VAULT)
    rule = settings_with(**everything(2)).approval_rule(RequestKind.SEND, "demo")
    try:
        request = await db.write(ask_send, settings, rule)
        clicks = [
            db.write(voting.vote, request.id, ballot(request, user), settings, later(s=float(at)))
            for at in range(20)
            for user in (MAYA, BO)
        ]
        outcomes = await asyncio.gather(*clicks)
        assert outcomes.count(Approved()) == 1
        assert outcomes.count(Counted(1, 2)) == 1
        assert await db.read(state, request) is RequestState.APPROVED
        # The first click decided; none of the later ones moved the time.
        assert await db.read(starts_at, request) == later(s=settings.sending.undo_s)
        assert await db.read(thread, request) == ["asked", "counted", "approved"]
    finally:
        db.close()
