from dataclasses import replace
from datetime import timedelta

from bot.rules.approval_table import Fitting
from bot.rules.approvals import Ballot, Rule, Verdict, Via
from bot.rules.classes import TemplateClass
from storage import approvals
from storage.db import Tx
from storage.ids import RequestId
from tests.storage.rows import LIN, MAYA, NOW, add_request, later

RULE = Rule(2, ("@sms-approvers", "S01"), buttons_only=True, expires_s=60, askers=())
YES = Ballot(MAYA, Verdict.APPROVE, Via.REACTION, frozenset())


def add(tx: Tx, *, lasts_s: float = 60, is_decided: bool = False) -> RequestId:
    request_id = add_request(tx)
    approvals.add(tx, request_id, RULE, now=NOW, expires_at=later(s=lasts_s), is_decided=is_decided)
    return request_id


def vote(tx: Tx, request_id: RequestId, ballot: Ballot = YES, reason: str = "") -> None:
    approvals.put_vote(tx, request_id, ballot, reason=reason, event_us=7, now=NOW)


def test_the_policy_of_the_moment_is_kept(tx: Tx) -> None:
    request_id = add(tx)
    kept = approvals.get(tx, request_id)
    assert kept is not None
    assert (kept.needed, kept.approvers, kept.buttons_only) == (2, RULE.approvers, True)
    assert (kept.asked_at, kept.expires_at, kept.decided_at) == (NOW, later(s=60), None)
    assert kept.row is None
    assert approvals.get(tx, "R-NONE") is None


def test_so_is_the_row_of_the_table_that_said_so(tx: Tx) -> None:
    for nth, row in enumerate(
        (
            Fitting(1, "send", (TemplateClass.MARKETING,), 0, None),
            Fitting(3, "send", (), 10, 100),
            Fitting(8, "", (), 0, None),
        )
    ):
        request_id = add_request(tx)
        rule = replace(RULE, row=row)
        approvals.add(tx, request_id, rule, now=NOW, expires_at=later(s=nth))
        kept = approvals.get(tx, request_id)
        assert kept is not None
        assert kept.row == row


def test_what_is_decided_waits_no_more_until_it_is_reopened(tx: Tx) -> None:
    request_id = add(tx)
    assert approvals.list_open(tx, 9) == [request_id]
    approvals.note_decided(tx, request_id, NOW)
    approvals.note_decided(tx, request_id, later(s=9))
    kept = approvals.get(tx, request_id)
    assert kept is not None
    assert kept.decided_at == NOW
    assert approvals.list_open(tx, 9) == []
    approvals.note_reopened(tx, request_id)
    assert approvals.list_open(tx, 9) == [request_id]


def test_what_needs_nobody_never_waits(tx: Tx) -> None:
    add(tx, is_decided=True)
    assert approvals.list_open(tx, 9) == []
    assert approvals.find_expiring(tx, NOW + timedelta(days=9), 9) == []


def test_what_expires_first_comes_first(tx: Tx) -> None:
    second, first = add(tx, lasts_s=60), add(tx, lasts_s=30)
    assert approvals.list_open(tx, 9) == [first, second]
    assert approvals.list_open(tx, 1) == [first]
    assert approvals.find_expiring(tx, later(s=30), 9) == [first]
    assert approvals.find_expiring(tx, later(s=29.999), 9) == []


def test_a_word_said_again_is_one_word(tx: Tx) -> None:
    request_id = add(tx)
    vote(tx, request_id)
    vote(tx, request_id, replace(YES, verdict=Verdict.REJECT), "太长")
    (word,) = approvals.votes_of(tx, request_id)
    assert (word.vote.verdict, word.reason, word.event_us) == (Verdict.REJECT, "太长", 7)


def test_a_word_taken_back_is_kept_as_such_until_it_is_said_again(tx: Tx) -> None:
    request_id = add(tx)
    vote(tx, request_id)
    approvals.take_back(tx, request_id, YES, event_us=8, now=NOW)
    (word,) = approvals.votes_of(tx, request_id)
    assert (word.vote.is_taken_back, word.event_us) == (True, 8)
    vote(tx, request_id)
    assert [word.vote.is_taken_back for word in approvals.votes_of(tx, request_id)] == [False]


def test_a_word_may_be_taken_back_before_it_is_known(tx: Tx) -> None:
    request_id = add(tx)
    approvals.take_back(tx, request_id, YES, event_us=8, now=NOW)
    (word,) = approvals.votes_of(tx, request_id)
    assert word.vote.is_taken_back


def test_only_a_newer_reaction_is_noted(tx: Tx) -> None:
    request_id = add(tx)
    vote(tx, request_id)
    for event_us, kept in ((6, 7), (9, 9)):
        approvals.note_event(tx, request_id, MAYA, event_us)
        assert approvals.votes_of(tx, request_id)[0].event_us == kept


def test_a_reason_is_added_once_and_to_the_word_it_is_for(tx: Tx) -> None:
    request_id = add(tx)
    vote(tx, request_id, replace(YES, verdict=Verdict.REJECT))
    vote(tx, request_id, replace(YES, user_id=LIN))
    reject = Verdict.REJECT
    assert not approvals.explain(tx, request_id, LIN, reject, "a")
    assert approvals.explain(tx, request_id, MAYA, reject, "a")
    assert not approvals.explain(tx, request_id, MAYA, reject, "b")
    reasons = {w.vote.user_id: w.reason for w in approvals.votes_of(tx, request_id)}
    assert reasons == {MAYA: "a", LIN: ""}
