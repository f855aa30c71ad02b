"""What was approved a while ago is done only by the words of those who still may say them."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.approvals import Approved, Ballot, Rule, Verdict, Via
from bot.rules.audit import What
from bot.rules.requests import RequestState
from handlers.flows import approvals, backing, ballots, jobs, voting
from handlers.flows.backing import Answers, Asked, Backing, Standing
from handlers.flows.job_drafts import Pasted
from handlers.flows.jobs import JobRefusal, StopReason
from handlers.flows.voting import Outcome
from storage import approvals as stored
from storage import audit
from storage.audit import AuditQuery
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows import job_lists
from tests.handlers.flows.asks import BO, EVE, thread
from tests.handlers.flows.job_lists import job_of, request_of
from tests.handlers.flows.machine import in_memory
from tests.handlers.flows.running import settings_with
from tests.storage.rows import LIN, MAYA, NOW, later

TWO = Rule(2, ("@sms-approvers",), False, 86_400, ())
ONE = replace(TWO, needed=1)
GROUP = frozenset({MAYA, BO, EVE})
DAY = timedelta(days=1)
AT = NOW + 2 * DAY


def ask(tx: Tx, rule: Rule, *, at: datetime | None = AT) -> RequestId:
    """A send that waits for words."""
    using = settings_with()
    job_lists.list_content(tx)
    draft = job_lists.draft_of(using, Pasted(("+8613700000001",)), "2220", "1", at=at)
    request = job_lists.checked(tx, draft, using)
    approvals.ask_for_draft(tx, request, rule, using, NOW)
    return request.id


def say(tx: Tx, request_id: RequestId, user: str, now: datetime = NOW) -> Outcome:
    seen = request_of(tx, request_id).sha256[:32]
    word = Ballot(user, Verdict.APPROVE, Via.BUTTON, GROUP, seen)
    return voting.vote(tx, request_id, word, settings_with(), now)


def approved(tx: Tx, rule: Rule = TWO, *, at: datetime | None = AT) -> RequestId:
    """The same with the words it needs, Maya's first."""
    request_id = ask(tx, rule, at=at)
    for user in (MAYA, BO)[: rule.needed]:
        say(tx, request_id, user)
    assert state(tx, request_id) is RequestState.APPROVED
    return request_id


def state(tx: Tx, request_id: RequestId) -> RequestState:
    return request_of(tx, request_id).state


def answers(tx: Tx, still: frozenset[str] | None, now: datetime = AT) -> Answers:
    """What Slack says of all that is due."""
    due = jobs.find_to_ask(tx, now)
    return {
        each.request_id: Asked(each, None if still is None else still & each.voters) for each in due
    }


def start(tx: Tx, still: frozenset[str] | None, now: datetime = AT) -> int:
    return jobs.start_due(tx, settings_with(), now, answers(tx, still, now))


def test_what_was_approved_just_now_starts_and_nobody_is_asked(tx: Tx) -> None:
    approved(tx, at=None)
    assert jobs.find_to_ask(tx, later(s=59)) == []
    assert jobs.start_due(tx, settings_with(), later(s=59)) == 1


def test_what_nobody_had_to_approve_is_never_asked_about(tx: Tx) -> None:
    ask(tx, replace(ONE, needed=0))
    assert jobs.find_to_ask(tx, AT) == []
    assert jobs.start_due(tx, settings_with(), AT) == 1


def test_a_clock_that_was_set_back_makes_no_word_a_fresh_one(tx: Tx) -> None:
    request_id = approved(tx)
    assert backing.of(tx, request_id, NOW - DAY) is not None


def test_while_all_who_approved_still_may_it_starts_at_its_time(tx: Tx) -> None:
    request_id = approved(tx)
    assert jobs.find_to_ask(tx, AT - timedelta(seconds=1)) == []
    assert jobs.find_to_ask(tx, AT) == [Backing(request_id, TWO.approvers, frozenset({MAYA, BO}))]
    assert start(tx, frozenset({MAYA, BO})) == 1
    assert state(tx, request_id) is RequestState.EXECUTING


def test_before_slack_was_asked_it_does_not_start(tx: Tx) -> None:
    request_id = approved(tx)
    assert jobs.start_due(tx, settings_with(), AT) == 0
    assert state(tx, request_id) is RequestState.APPROVED
    assert "unasked" not in thread(tx, request_of(tx, request_id))


def test_of_three_words_for_two_one_may_be_lost(tx: Tx) -> None:
    request_id = ask(tx, replace(TWO, needed=3))
    for user in (MAYA, BO, EVE):
        say(tx, request_id, user)
    tx.run("UPDATE approvals SET needed = 2 WHERE request_id = :id", id=request_id)
    assert start(tx, frozenset({BO, EVE})) == 1


def test_where_too_few_still_may_it_waits_again_and_says_why(tx: Tx) -> None:
    request_id = approved(tx)
    assert start(tx, frozenset({BO})) == 0
    request = request_of(tx, request_id)
    assert request.state is RequestState.AWAITING_APPROVAL
    assert job_of(tx, request_id).starts_at is None
    view = ballots.view_of(tx, request, settings_with())
    assert view is not None
    assert view.gone == (MAYA,)
    said = thread(tx, request)
    # Under the card, and to whoever asked.
    assert said.count("lapsed") == 1
    told = tx.all("SELECT user_id FROM posts WHERE kind = 'approval.lapsed' ORDER BY nth")
    assert [row["user_id"] for row in told if row["user_id"]] == [LIN]
    (entry,) = audit.find(tx, AuditQuery(what=What.REQUEST_LAPSED.value), 9)
    assert entry.facts is not None
    assert (entry.facts["who"], entry.facts["have"], entry.facts["needed"]) == (MAYA, 1, 2)


def test_the_words_that_stand_still_count_and_one_more_starts_it(tx: Tx) -> None:
    request_id = approved(tx)
    start(tx, frozenset({BO}))
    now = AT + timedelta(minutes=5)
    assert say(tx, request_id, EVE, now) == Approved()
    assert jobs.find_to_ask(tx, now) == []
    assert jobs.start_due(tx, settings_with(), now) == 1
    assert jobs.start_due(tx, settings_with(), now) == 0


def test_whoever_came_back_may_approve_it_again(tx: Tx) -> None:
    request_id = approved(tx, ONE)
    start(tx, frozenset())
    assert say(tx, request_id, MAYA, AT + timedelta(minutes=5)) == Approved()


def test_what_was_said_after_slack_was_asked_is_asked_about_too(tx: Tx) -> None:
    request_id = approved(tx)
    before = answers(tx, frozenset({BO}))
    tx.run("UPDATE votes SET user_id = :eve WHERE user_id = :maya", eve=EVE, maya=MAYA)
    assert backing.judge(tx, request_id, before, AT) is Standing.UNKNOWN
    assert jobs.start_due(tx, settings_with(), AT, before) == 0
    assert state(tx, request_id) is RequestState.APPROVED


def test_where_slack_does_not_say_it_waits_says_so_once_and_is_not_lost(tx: Tx) -> None:
    request_id = approved(tx)
    for minutes in range(3):
        assert start(tx, None, AT + timedelta(minutes=minutes)) == 0
    assert thread(tx, request_of(tx, request_id)).count("unasked") == 1
    assert start(tx, frozenset({MAYA, BO}), AT + timedelta(minutes=5)) == 1


def test_when_slack_is_away_a_second_time_that_is_said_too(tx: Tx) -> None:
    request_id = approved(tx, ONE)
    start(tx, None)
    start(tx, frozenset(), AT + timedelta(minutes=1))
    say(tx, request_id, BO, AT + timedelta(minutes=2))
    again = AT + timedelta(minutes=5)
    assert not backing.was_unasked(tx, request_id)
    start(tx, None, again)
    assert thread(tx, request_of(tx, request_id)).count("unasked") == 2
    assert backing.was_unasked(tx, request_id)


def test_before_its_second_end_it_is_reminded_of_again(tx: Tx) -> None:
    request_id = ask(tx, ONE)
    approvals.remind(tx, request_id, GROUP, NOW)
    say(tx, request_id, MAYA)
    start(tx, frozenset())
    approval = stored.get(tx, request_id)
    assert approval is not None
    soon = approval.expires_at - timedelta(minutes=59)
    (ending,) = approvals.find_ending(tx, soon)
    for _ in range(2):
        approvals.remind(tx, ending.request.id, GROUP, soon)
    assert thread(tx, request_of(tx, request_id)).count("ending") == 2


@pytest.mark.parametrize(
    ("still", "reason"),
    [(None, StopReason.UNASKED), (frozenset({MAYA, BO}), StopReason.EXPIRED)],
)
def test_what_could_not_start_in_its_time_ends_and_says_why(
    tx: Tx, still: frozenset[str] | None, reason: StopReason
) -> None:
    request_id = approved(tx)
    if still is None:
        start(tx, None)
    assert start(tx, still, AT + DAY) == 0
    assert state(tx, request_id) is RequestState.EXPIRED
    assert job_of(tx, request_id).stop_reason == reason


def test_it_waits_no_longer_than_it_could_still_be_sent(tx: Tx) -> None:
    request_id = approved(tx)
    start(tx, frozenset())
    approval = stored.get(tx, request_id)
    assert approval is not None
    assert approval.expires_at == AT + timedelta(hours=4)
    assert approvals.expire_one(tx, request_id, approval.expires_at)
    assert state(tx, request_id) is RequestState.EXPIRED


def test_where_a_channel_is_kept_for_approvals_a_line_there_leads_to_it(tx: Tx) -> None:
    request_id = approved(tx)
    found = answers(tx, frozenset())[request_id]
    assert backing.lapse(tx, request_of(tx, request_id), found, AT, elsewhere="C0APPROVALS")
    row = tx.one("SELECT kind FROM posts WHERE channel = 'C0APPROVALS'")
    assert row is not None
    assert row["kind"] == "approval.elsewhere"


def test_what_somebody_moved_first_does_not_lapse(tx: Tx) -> None:
    request_id = approved(tx)
    found, request = answers(tx, frozenset())[request_id], request_of(tx, request_id)
    approvals.withdraw(tx, request_id, LIN, NOW)
    assert not backing.lapse(tx, request_of(tx, request_id), found, AT)
    assert not backing.lapse(tx, request, found, AT)


def paused(tx: Tx) -> RequestId:
    request_id = approved(tx, at=None)
    assert jobs.start_due(tx, settings_with(), later(s=31)) == 1
    assert jobs.pause(tx, request_id, LIN, later(s=32)) is RequestState.PAUSED
    return request_id


def test_a_job_goes_on_by_the_words_of_those_who_still_may(tx: Tx) -> None:
    request_id, now = paused(tx), later(minutes=60)
    found = backing.of(tx, request_id, now)
    assert found is not None

    def resume(still: frozenset[str] | None) -> object:
        told: Answers = {request_id: Asked(found, still)}
        return jobs.resume(tx, request_id, LIN, now, answers=told)

    assert jobs.resume(tx, request_id, LIN, now) is JobRefusal.UNASKED
    assert resume(None) is JobRefusal.UNASKED
    assert resume(frozenset({MAYA})) is JobRefusal.LAPSED
    assert state(tx, request_id) is RequestState.PAUSED
    assert resume(frozenset({MAYA, BO})) is RequestState.EXECUTING


PEOPLE = st.frozensets(st.sampled_from([MAYA, BO, EVE, "U0CAI"]))


@settings(max_examples=30, deadline=None)
@given(asked=PEOPLE, now_words=PEOPLE, still=PEOPLE, needed=st.integers(1, 3))
def test_it_holds_only_by_enough_words_slack_was_asked_about(
    asked: frozenset[str], now_words: frozenset[str], still: frozenset[str], needed: int
) -> None:
    """Against a plain reading: as many as needed, of those who say yes now and still may."""
    tx = in_memory()
    with closing(tx.conn):
        request_id = ask(tx, replace(TWO, needed=needed))
        for user in sorted(now_words):
            word = Ballot(user, Verdict.APPROVE, Via.BUTTON, GROUP)
            stored.put_vote(tx, request_id, word, reason="", event_us=0, now=NOW)
        found = Asked(Backing(request_id, TWO.approvers, asked), still & asked)
        holds = backing.judge(tx, request_id, {request_id: found}, AT) is Standing.HOLDS
        assert holds == (asked == now_words and len(now_words & still) >= needed)
