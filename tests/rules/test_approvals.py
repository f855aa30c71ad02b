"""Who may say yes to what, word by word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.approvals import (
    Approved,
    Ballot,
    Case,
    Counted,
    Rejected,
    Unknown,
    Verdict,
    Via,
    Vote,
    VoteRefusal,
    is_same,
    judge,
    left,
)
from bot.rules.requests import RequestState

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LIN, MAYA, BO, EVE = "U0LIN", "U0MAYA", "U0BO", "U0EVE"
APPROVERS = frozenset({MAYA, BO})
SHA = "0123456789abcdef" * 4
CASE = Case(
    state=RequestState.AWAITING_APPROVAL,
    requester=LIN,
    sha256=SHA,
    needed=1,
    buttons_only=False,
    expires_at=NOW + timedelta(hours=1),
    votes=(),
)
YES = Ballot(MAYA, Verdict.APPROVE, Via.BUTTON, APPROVERS, SHA[:32])
NO = replace(YES, verdict=Verdict.REJECT)
EMOJI = replace(YES, via=Via.REACTION, seen=None)


def voted(user: str, verdict: Verdict = Verdict.APPROVE, *, back: bool = False) -> Vote:
    return Vote(user, verdict, Via.BUTTON, NOW, is_taken_back=back)


def test_one_approver_is_enough_where_one_is_asked_for() -> None:
    assert judge(CASE, YES, NOW) == Approved()
    assert judge(CASE, EMOJI, NOW) == Approved()


def test_of_two_that_are_needed_the_first_is_counted_and_the_second_decides() -> None:
    two = replace(CASE, needed=2)
    assert judge(two, YES, NOW) == Counted(1, 2)
    by_bo = replace(YES, user_id=BO)
    assert judge(replace(two, votes=(voted(MAYA),)), by_bo, NOW) == Approved()


def test_one_no_is_enough() -> None:
    assert judge(replace(CASE, needed=3), NO, NOW) == Rejected()


def test_nobody_decides_on_what_they_asked_for() -> None:
    among = APPROVERS | {LIN}
    for verdict in Verdict:
        mine = Ballot(LIN, verdict, Via.BUTTON, among, SHA)
        assert judge(CASE, mine, NOW) is VoteRefusal.OWN_REQUEST


def test_who_is_not_in_the_group_now_does_not_count() -> None:
    assert judge(CASE, replace(YES, user_id=EVE), NOW) is VoteRefusal.NOT_APPROVER
    left = replace(YES, approvers=APPROVERS - {MAYA})
    assert judge(CASE, left, NOW) is VoteRefusal.NOT_APPROVER


def test_an_approval_of_somebody_who_left_the_group_counts_no_more() -> None:
    two = replace(CASE, needed=2, votes=(voted(MAYA),))
    alone = replace(YES, user_id=BO, approvers=frozenset({BO}))
    assert judge(two, alone, NOW) == Counted(1, 2)


def test_a_word_of_the_requester_would_not_count_beside_another_one() -> None:
    two = replace(CASE, needed=2, votes=(voted(LIN),))
    among = replace(YES, approvers=APPROVERS | {LIN})
    assert judge(two, among, NOW) == Counted(1, 2)


def test_the_same_word_twice_is_one_word() -> None:
    two = replace(CASE, needed=2, votes=(voted(MAYA),))
    assert judge(two, YES, NOW) is VoteRefusal.ALREADY_VOTED
    assert judge(replace(two, state=RequestState.DONE), YES, NOW) is VoteRefusal.ALREADY_VOTED


@pytest.mark.parametrize(
    ("case", "ballot", "refusal"),
    [
        (CASE, replace(YES, user_id=LIN), VoteRefusal.OWN_REQUEST),
        (replace(CASE, needed=2, votes=(voted(MAYA),)), YES, VoteRefusal.ALREADY_VOTED),
        (replace(CASE, buttons_only=True), EMOJI, VoteRefusal.BUTTONS_ONLY),
        (CASE, replace(YES, seen="f" * 64), VoteRefusal.CHANGED),
        (replace(CASE, state=RequestState.DONE), YES, VoteRefusal.NOT_PENDING),
        (replace(CASE, expires_at=NOW), YES, VoteRefusal.EXPIRED),
    ],
)
def test_what_hangs_on_nobody_else_is_judged_before_slack_is_asked(
    case: Case, ballot: Ballot, refusal: VoteRefusal
) -> None:
    assert judge(case, replace(ballot, approvers=None), NOW) is refusal
    outsider = replace(ballot, approvers=frozenset({EVE}))
    assert judge(case, outsider, NOW) is refusal
    assert judge(CASE, replace(YES, approvers=None), NOW) == Unknown()


def test_an_approval_said_again_is_counted_again_where_all_the_words_are_there() -> None:
    full = replace(CASE, needed=2, votes=(voted(MAYA), voted(BO)))
    assert judge(full, replace(YES, approvers=None), NOW) == Unknown()
    assert judge(full, YES, NOW) == Approved()
    without_bo = replace(YES, approvers=frozenset({MAYA}))
    assert judge(full, without_bo, NOW) is VoteRefusal.ALREADY_VOTED
    assert left(full, without_bo) == [BO]
    assert left(full, YES) == left(full, replace(YES, approvers=None)) == []


def test_a_word_taken_back_may_be_said_again() -> None:
    assert judge(replace(CASE, votes=(voted(MAYA, back=True),)), YES, NOW) == Approved()


def test_who_approved_may_still_reject() -> None:
    assert judge(replace(CASE, needed=2, votes=(voted(MAYA),)), NO, NOW) == Rejected()


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (RequestState.SUPERSEDED, VoteRefusal.SUPERSEDED),
        (RequestState.EXPIRED, VoteRefusal.EXPIRED),
        (RequestState.APPROVED, VoteRefusal.NOT_PENDING),
        (RequestState.EXECUTING, VoteRefusal.NOT_PENDING),
        (RequestState.WITHDRAWN, VoteRefusal.NOT_PENDING),
        (RequestState.REJECTED, VoteRefusal.NOT_PENDING),
        (RequestState.DRAFT, VoteRefusal.NOT_PENDING),
    ],
)
def test_what_waits_for_nobody_takes_no_word(state: RequestState, refusal: VoteRefusal) -> None:
    assert judge(replace(CASE, state=state), YES, NOW) is refusal


def test_the_moment_it_expires_it_is_expired() -> None:
    assert judge(CASE, YES, CASE.expires_at) is VoteRefusal.EXPIRED
    assert judge(CASE, YES, CASE.expires_at - timedelta(milliseconds=1)) == Approved()


@pytest.mark.parametrize("seen", ["", SHA[:31], "f" * 64, SHA.upper()])
def test_a_button_that_shows_something_else_does_not_count(seen: str) -> None:
    assert judge(CASE, replace(YES, seen=seen), NOW) is VoteRefusal.CHANGED


def test_where_only_buttons_count_an_emoji_does_not() -> None:
    strict = replace(CASE, buttons_only=True)
    assert judge(strict, EMOJI, NOW) is VoteRefusal.BUTTONS_ONLY
    assert judge(strict, YES, NOW) == Approved()


def test_the_hash_is_named_by_at_least_half_of_it() -> None:
    assert is_same(SHA, SHA)
    assert is_same(SHA, SHA[:32])
    assert not is_same(SHA, SHA[:16])


PEOPLE = st.sampled_from([LIN, MAYA, BO, EVE, "U0OMAR"])
VOTES = st.lists(
    st.builds(
        Vote, PEOPLE, st.sampled_from(Verdict), st.sampled_from(Via), st.just(NOW), st.booleans()
    ),
    unique_by=lambda vote: vote.user_id,
)


@given(
    st.builds(
        Case,
        st.sampled_from(RequestState),
        PEOPLE,
        st.just(SHA),
        st.integers(1, 4),
        st.booleans(),
        st.sampled_from([NOW, NOW + timedelta(hours=1)]),
        VOTES.map(tuple),
    ),
    st.builds(
        Ballot,
        PEOPLE,
        st.sampled_from(Verdict),
        st.sampled_from(Via),
        st.none() | st.frozensets(PEOPLE),
        st.sampled_from([None, SHA, "x" * 32]),
    ),
)
def test_nothing_is_approved_without_enough_different_others_who_may(
    case: Case, ballot: Ballot
) -> None:
    if judge(case, ballot, NOW) != Approved():
        return
    assert case.state is RequestState.AWAITING_APPROVAL
    assert ballot.user_id != case.requester
    yes = {v.user_id for v in case.votes if v.verdict is Verdict.APPROVE and not v.is_taken_back}
    assert ballot.approvers is not None
    counted = ((yes | {ballot.user_id}) & ballot.approvers) - {case.requester}
    assert len(counted) >= case.needed
