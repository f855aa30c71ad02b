"""Every word about a request, whoever says it and however often, comes to what it should."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.locales import Locale
from bot.rules.approvals import (
    Approved,
    Ballot,
    Counted,
    Rejected,
    Unknown,
    Verdict,
    Via,
    VoteRefusal,
)
from bot.rules.requests import RequestEvent, RequestState
from bot.settings import Settings
from bot.slack.messages.ballots import headline
from handlers.flows import approvals, ballots, voting
from handlers.flows.approvals import Superseded
from handlers.flows.grounds import Upstream
from handlers.flows.voting import TakenBack
from storage import approvals as stored
from storage import changes, requests
from storage.db import Tx, open_database
from storage.ids import RequestId
from tests.handlers.flows.asks import (
    APPROVERS,
    BO,
    CREATE,
    DELETE,
    EVE,
    MODIFY,
    SETTINGS,
    WANTED,
    ask,
    ballot,
    expire_due,
    facts,
    list_templates,
    listed,
    say,
    state,
    submissions,
    thread,
)
from tests.storage.rows import LIN, MAYA, NOW, VAULT, later

DAY = timedelta(days=1)
ADDED, REMOVED = 1_700_000_000_000_001, 1_700_000_000_000_002


def react(tx: Tx, request: requests.Request, user: str = MAYA, event_us: int = ADDED) -> object:
    return voting.vote(
        tx, request.id, ballot(request, user, via=Via.REACTION), SETTINGS, NOW, event_us=event_us
    )


def unreact(
    tx: Tx,
    request: requests.Request,
    user: str = MAYA,
    verdict: Verdict = Verdict.APPROVE,
    event_us: int = REMOVED,
) -> TakenBack:
    gone = Ballot(user, verdict, Via.REACTION, frozenset())
    return voting.take_back(tx, request.id, gone, NOW, event_us=event_us)


def begin(tx: Tx, request: requests.Request) -> None:
    """The submission is under way."""
    found = requests.get(tx, request.id)
    assert found is not None
    assert requests.advance(tx, found, RequestEvent.START, NOW) is RequestState.EXECUTING
    assert changes.start(tx, request.id, "fence", NOW) is not None


def test_an_approval_has_it_submitted(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    assert say(tx, request) == Approved()
    assert state(tx, request) is RequestState.APPROVED
    assert submissions(tx) == [request.id]
    assert thread(tx, request) == ["asked", "approved"]


def test_a_button_and_an_emoji_are_one_way(tx: Tx, settings: Settings) -> None:
    by_button, by_emoji = ask(tx, settings), ask(tx, settings)
    assert say(tx, by_button) == react(tx, by_emoji) == Approved()
    assert set(submissions(tx)) == {by_button.id, by_emoji.id}


def test_a_rejection_ends_it_and_says_why(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    no = ballot(request, verdict=Verdict.REJECT)
    assert voting.vote(tx, request.id, no, settings, NOW, reason="太长了") == Rejected()
    assert state(tx, request) is RequestState.REJECTED
    assert facts(tx, f"{request.id}:rejected")["reason"] == "太长了"
    assert say(tx, request, BO) is VoteRefusal.NOT_PENDING
    assert submissions(tx) == []


def test_of_two_that_are_needed_each_is_counted_once(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    assert say(tx, request) == Counted(1, 2)
    assert say(tx, request) is VoteRefusal.ALREADY_VOTED
    assert react(tx, request) is VoteRefusal.ALREADY_VOTED
    assert submissions(tx) == []
    assert say(tx, request, BO) == Approved()
    assert submissions(tx) == [request.id]
    assert thread(tx, request) == ["asked", "counted", "approved"]


@pytest.mark.parametrize(
    ("user", "approvers", "refusal"),
    [
        (LIN, APPROVERS | {LIN}, VoteRefusal.OWN_REQUEST),
        (EVE, APPROVERS, VoteRefusal.NOT_APPROVER),
        (MAYA, frozenset(), VoteRefusal.NOT_APPROVER),
    ],
)
def test_who_may_not_changes_nothing(
    tx: Tx, settings: Settings, user: str, approvers: frozenset[str], refusal: VoteRefusal
) -> None:
    request = ask(tx, settings)
    for verdict in Verdict:
        for via in Via:
            said = ballot(request, user, verdict, via, approvers)
            assert voting.vote(tx, request.id, said, settings, NOW) is refusal
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert stored.votes_of(tx, request.id) == []
    assert thread(tx, request) == ["asked"]


def test_what_is_no_request_under_a_policy_takes_no_word(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    assert voting.vote(tx, "R-NONE", ballot(request), settings, NOW) is VoteRefusal.NOT_OURS
    tx.run("DELETE FROM approvals")
    assert say(tx, request) is VoteRefusal.NOT_OURS


def test_what_is_stored_must_be_what_was_shown(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    other = ask(tx, settings, MODIFY)
    tx.run("UPDATE requests SET payload = (SELECT payload FROM requests WHERE id = :other)"
           " WHERE id = :id", id=request.id, other=other.id)  # fmt: skip
    assert say(tx, request) is VoteRefusal.CHANGED
    assert react(tx, request) is VoteRefusal.CHANGED
    assert submissions(tx) == []


def test_who_comes_too_late_finds_it_expired_and_sees_it(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    assert say(tx, request, now=NOW + DAY) is VoteRefusal.EXPIRED
    assert state(tx, request) is RequestState.EXPIRED
    assert thread(tx, request) == ["asked", "expired"]
    assert expire_due(tx, NOW + DAY) == 0


def test_an_approval_of_what_changed_at_tencent_counts_for_nothing(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    old = ask(tx, settings, MODIFY)
    list_templates(tx, listed("别的内容"))
    outcome = say(tx, old)
    assert isinstance(outcome, Superseded)
    assert outcome.why is Upstream.CHANGED
    assert stored.votes_of(tx, old.id) == []
    assert stored.votes_of(tx, RequestId(outcome.next_id)) == []
    assert say(tx, old, BO) is VoteRefusal.SUPERSEDED
    assert submissions(tx) == []


def test_a_rejection_needs_no_look_at_tencent(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, MODIFY)
    list_templates(tx, listed("别的内容"))
    assert say(tx, request, verdict=Verdict.REJECT) == Rejected()


def test_a_reaction_taken_back_in_time_withdraws_the_word(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    assert react(tx, request) == Counted(1, 2)
    assert unreact(tx, request) is TakenBack.DONE
    assert say(tx, request, BO) == Counted(1, 2)
    assert thread(tx, request) == ["asked", "counted", "taken_back", "counted"]


def test_an_approval_taken_back_before_it_was_acted_on_stops_it(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    react(tx, request)
    assert unreact(tx, request) is TakenBack.DONE
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert submissions(tx) == []
    assert say(tx, request, BO) == Approved()
    assert submissions(tx) == [request.id]


def test_an_approval_taken_back_afterwards_changes_nothing(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    react(tx, request)
    begin(tx, request)
    assert unreact(tx, request) is TakenBack.TOO_LATE
    assert state(tx, request) is RequestState.EXECUTING
    assert [word.vote.is_taken_back for word in stored.votes_of(tx, request.id)] == [False]


def test_a_rejection_stands(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    no = ballot(request, verdict=Verdict.REJECT, via=Via.REACTION)
    voting.vote(tx, request.id, no, settings, NOW, event_us=ADDED)
    assert unreact(tx, request, verdict=Verdict.REJECT) is TakenBack.TOO_LATE
    assert state(tx, request) is RequestState.REJECTED


def test_taking_an_emoji_away_takes_back_what_the_emoji_said_and_no_more(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    say(tx, request)
    assert react(tx, request) is VoteRefusal.ALREADY_VOTED
    assert unreact(tx, request) is TakenBack.NOTHING
    assert unreact(tx, request, BO) is TakenBack.NOTHING
    assert say(tx, request, BO) == Approved()


def test_a_button_takes_back_either(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    back = Ballot(MAYA, Verdict.APPROVE, Via.BUTTON, frozenset())
    for _ in range(2):
        say(tx, request)
        assert voting.take_back(tx, request.id, back, NOW) is TakenBack.DONE
    assert voting.take_back(tx, request.id, back, NOW) is TakenBack.NOTHING


def test_a_reaction_that_arrives_after_it_was_taken_away_is_not_counted(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    assert unreact(tx, request, event_us=REMOVED) is TakenBack.NOTHING
    assert react(tx, request, event_us=ADDED) is VoteRefusal.OUT_OF_DATE
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert react(tx, request, event_us=REMOVED + 1) == Approved()


def test_a_late_word_of_an_earlier_removal_does_not_take_back_a_later_approval(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    react(tx, request, event_us=ADDED)
    assert react(tx, request, event_us=REMOVED + 1) is VoteRefusal.ALREADY_VOTED
    assert unreact(tx, request, event_us=REMOVED) is TakenBack.NOTHING
    assert say(tx, request, BO) == Approved()


def test_an_emoji_taken_away_that_never_counted_does_not_stop_another(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    assert unreact(tx, request, verdict=Verdict.REJECT, event_us=REMOVED) is TakenBack.NOTHING
    assert react(tx, request, event_us=ADDED) == Approved()


def test_an_approver_too_many_does_not_undo_by_leaving(tx: Tx, settings: Settings) -> None:
    """Approved by two others after one of three had left the group: the leaver's word is void."""
    list_templates(tx, listed())
    request, third = ask(tx, settings, DELETE), "U0CAI"
    react(tx, request)
    staying = frozenset({BO, third})
    outcomes = [
        voting.vote(tx, request.id, ballot(request, user, approvers=staying), settings, NOW)
        for user in (BO, third)
    ]
    assert outcomes == [Counted(1, 2), Approved()]
    assert unreact(tx, request) is TakenBack.NOTHING
    assert state(tx, request) is RequestState.APPROVED
    assert submissions(tx) == [request.id]


def test_who_left_and_came_back_has_to_approve_anew_and_the_card_counts_the_same(
    tx: Tx, settings: Settings
) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    assert say(tx, request, MAYA) == Counted(1, 2)
    alone = ballot(request, BO, approvers=frozenset({BO}))
    assert voting.vote(tx, request.id, alone, settings, NOW) == Counted(1, 2)
    view = ballots.view_of(tx, request, settings)
    assert view is not None
    assert [word.vote.user_id for word in view.words if not word.vote.is_taken_back] == [BO]
    assert "1 of 2" in headline(replace(view, state=state(tx, request)), Locale.EN)
    assert thread(tx, request) == ["asked", "counted", "voided", "counted"]
    assert say(tx, request, BO) is VoteRefusal.ALREADY_VOTED
    assert say(tx, request, MAYA) == Approved()
    assert submissions(tx) == [request.id]


def test_an_approval_said_again_moves_what_has_all_its_words(tx: Tx, settings: Settings) -> None:
    """As a card may stand since before words of leavers were void."""
    list_templates(tx, listed())
    request, other = ask(tx, settings, DELETE), ask(tx, settings, DELETE)
    for asked, user in [(request, MAYA), (request, BO), (other, MAYA), (other, BO)]:
        word = ballot(asked, user)
        stored.put_vote(tx, asked.id, word, reason="", event_us=0, now=NOW)
    assert say(tx, request, BO) == Approved()
    alone = ballot(other, BO, approvers=frozenset({BO}))
    assert voting.vote(tx, other.id, alone, settings, NOW) is VoteRefusal.ALREADY_VOTED
    assert thread(tx, other) == ["asked", "voided"]


def test_until_slack_was_asked_who_may_nothing_is_done(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    unasked = replace(ballot(request), approvers=None)
    assert voting.vote(tx, request.id, unasked, settings, NOW) == Unknown()
    assert stored.votes_of(tx, request.id) == []
    assert thread(tx, request) == ["asked"]


def test_who_rejected_by_emoji_may_say_why_once(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    no = ballot(request, verdict=Verdict.REJECT, via=Via.REACTION)
    assert not voting.explain(tx, request.id, MAYA, "太早", NOW)
    voting.vote(tx, request.id, no, settings, NOW)
    assert not voting.explain(tx, request.id, BO, "不是我", NOW)
    assert voting.explain(tx, request.id, MAYA, "用词不当", NOW)
    assert not voting.explain(tx, request.id, MAYA, "又一次", NOW)
    assert [word.reason for word in stored.votes_of(tx, request.id)] == ["用词不当"]
    assert thread(tx, request) == ["asked", "rejected", "reason"]


def test_a_reason_cannot_be_read_in_the_file(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    no = ballot(request, verdict=Verdict.REJECT)
    voting.vote(tx, request.id, no, settings, NOW, reason="机密原因")
    row = tx.one("SELECT reason FROM votes")
    assert row is not None
    assert "机密" not in row["reason"]


def test_words_are_shown_in_the_order_they_were_said(tx: Tx, settings: Settings) -> None:
    list_templates(tx, listed())
    request = ask(tx, settings, DELETE)
    say(tx, request, MAYA, now=later(s=5))
    say(tx, request, BO, now=later(s=1))
    assert [word.vote.user_id for word in stored.votes_of(tx, request.id)] == [BO, MAYA]


async def test_fifty_clicks_of_two_people_at_once_are_one_execution(
    path: Path, settings: Settings
) -> None:
    db = open_database(path, VAULT)
    try:
        request = await db.write(ask, settings, CREATE)
        clicks = [
            db.write(
                voting.vote,
                request.id,
                ballot(request, user, via=via),
                settings,
                NOW,
                event_us=at + 1 if via is Via.REACTION else 0,
            )
            for at in range(13)
            for user in (MAYA, BO)
            for via in Via
        ]
        outcomes = await asyncio.gather(*clicks)
        assert outcomes.count(Approved()) == 1
        assert set(outcomes) - {Approved()} <= {
            VoteRefusal.ALREADY_VOTED,
            VoteRefusal.NOT_PENDING,
            VoteRefusal.OUT_OF_DATE,
        }
        assert await db.read(submissions) == [request.id]
        assert await db.read(thread, request) == ["asked", "approved"]
    finally:
        db.close()


async def test_of_an_approval_and_a_withdrawal_at_once_one_happens(
    path: Path, settings: Settings
) -> None:
    db = open_database(path, VAULT)
    try:
        for _ in range(5):
            request = await db.write(ask, settings, CREATE)
            await asyncio.gather(
                db.write(voting.vote, request.id, ballot(request), settings, NOW),
                db.write(approvals.withdraw, request.id, LIN, NOW),
            )
            # Approved first, it is withdrawn after: nothing has begun.
            assert await db.read(state, request) is RequestState.WITHDRAWN
    finally:
        db.close()


def test_the_wanted_text_is_what_the_card_and_the_hash_are_about(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    assert request.payload["content"] == WANTED.content
    assert request.sha256 == requests.hash_of(tx, CREATE.payload())
