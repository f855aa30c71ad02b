from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.rules.audit import What
from bot.rules.changes import Change, TemplateChange
from bot.rules.content import Content, ReviewState, Signature, Template
from bot.rules.delivery import SETTLE_TIME
from bot.rules.requests import RequestState
from bot.rules.review_hours import ReviewKind
from bot.rules.submissions import ASK_AFTER, MOST_REPEATS
from handlers.flows import change_doubts, submissions
from handlers.flows.change_doubts import SayRefusal, Word
from handlers.flows.changes import Failure, Submission
from storage import audit, content, reviews
from storage.audit import AuditQuery
from storage.db import Tx
from tests.handlers.flows.attempts import (
    AS_BASE,
    BASE,
    CREATE,
    DELETE,
    LOST,
    MODIFY,
    SIGN_CREATE,
    SIGN_DELETE,
    SIGN_TEXT,
    TEXT,
    again,
    approve,
    begin,
    doubt,
    end,
    listed,
    made,
    must_change,
    said,
    state_of,
)
from tests.storage.rows import LIN, MAYA, NOW, later

SETTLED = NOW + SETTLE_TIME
REQUESTER, APPROVER = Word(LIN, is_approver=False), Word(MAYA, is_approver=True)
SIGN = Signature("3001", SIGN_TEXT.name, False, ReviewState.UNDER_REVIEW, "", NOW)


def look(
    tx: Tx,
    attempt: Submission,
    shown: list[Content],
    at: datetime,
    asked_at: datetime | None = None,
    missed: str = "",
) -> RequestState:
    """One look of the job's; returns what it makes of the request."""
    change_doubts.settle_by_list(
        tx, again(tx, attempt), shown, asked_at or at, at, missed=frozenset(filter(None, [missed]))
    )
    return state_of(tx, attempt.request.id)


@pytest.mark.parametrize(
    ("change", "upstream", "shown", "content_id"),
    [
        pytest.param(CREATE, None, listed("2009"), "2009", id="a new one"),
        pytest.param(MODIFY, AS_BASE, listed("2001"), "2001", id="a change"),
        pytest.param(SIGN_CREATE, None, SIGN, "3001", id="a new signature"),
    ],
)
def test_a_list_that_shows_it_ends_the_doubt(
    tx: Tx, change: Change, upstream: Content | None, shown: Content, content_id: str
) -> None:
    attempt = doubt(tx, change, upstream=upstream)
    assert look(tx, attempt, [shown], later(s=5)) is RequestState.DONE
    ended = must_change(tx, attempt.request.id)
    assert (ended.content_id, ended.settled_by) == (content_id, "record")
    review = reviews.of_request(tx, attempt.request.id)
    assert review is not None
    assert (review.content_id, review.poll_at) == (content_id, later(s=5))


def test_a_list_without_it_proves_nothing_while_a_late_copy_may_come(tx: Tx) -> None:
    attempt = doubt(tx)
    for minutes in (1, 5, 10, 14.9):
        assert look(tx, attempt, [], later(minutes=minutes)) is RequestState.IN_DOUBT
    # Asked for a moment too early, however late it is read.
    early = SETTLED - timedelta(seconds=1)
    for _ in range(3):
        assert look(tx, attempt, [], later(minutes=30), early) is RequestState.IN_DOUBT
    assert submissions.find_due(tx, later(minutes=30)) == []


def test_two_lists_without_it_after_the_last_late_copy_have_it_sent_again(tx: Tx) -> None:
    attempt = doubt(tx)
    assert look(tx, attempt, [], SETTLED) is RequestState.IN_DOUBT
    at = must_change(tx, attempt.request.id).due_at
    assert look(tx, attempt, [], at) is RequestState.APPROVED
    back = must_change(tx, attempt.request.id)
    assert (back.doubts, back.signed_at) == (1, None)
    assert [each.request.id for each in submissions.find_due(tx, at)] == [attempt.request.id]
    assert [each.kind for each in said(tx, "change.")] == ["change.in_doubt", "change.again"]


def test_lists_that_differ_prove_nothing(tx: Tx) -> None:
    attempt = doubt(tx)
    for count in range(4):
        shown: list[Content] = [listed(str(n), BASE) for n in range(count)]
        at = SETTLED + timedelta(minutes=count)
        assert look(tx, attempt, shown, at) is RequestState.IN_DOUBT


def test_a_copy_that_comes_late_is_found_and_not_sent_again(tx: Tx) -> None:
    attempt = doubt(tx)
    assert look(tx, attempt, [], SETTLED) is RequestState.IN_DOUBT
    assert look(tx, attempt, [listed("2009")], SETTLED + timedelta(seconds=60)) is RequestState.DONE


def test_what_is_never_taken_fails_after_the_third_time(tx: Tx) -> None:
    now, attempt, states = NOW, doubt(tx), []
    for _ in range(MOST_REPEATS + 1):
        look(tx, attempt, [], now + SETTLE_TIME)
        states.append(look(tx, attempt, [], now + SETTLE_TIME + timedelta(minutes=1)))
        now += timedelta(hours=1)
        for due in submissions.find_due(tx, now):
            started = submissions.start(tx, due, None, now)
            assert started is not None
            end(tx, started, LOST, now)
            attempt = again(tx, started)
    assert states == [RequestState.APPROVED] * MOST_REPEATS + [RequestState.FAILED]
    ended = must_change(tx, attempt.request.id)
    assert (ended.detail, ended.attempts) == (Failure.NOT_TAKEN, MOST_REPEATS + 1)


def test_two_requests_for_one_text_never_take_the_same_template(tx: Tx) -> None:
    first = doubt(tx)
    assert look(tx, first, [listed("2001")], later(s=5)) is RequestState.DONE
    second = doubt(tx, now=later(s=6))
    assert look(tx, second, [listed("2001")], later(s=9)) is RequestState.IN_DOUBT
    both: list[Content] = [listed("2001"), listed("2002")]
    assert look(tx, second, both, later(s=60)) is RequestState.DONE
    assert must_change(tx, second.request.id).content_id == "2002"


def test_a_change_that_never_arrived_is_sent_again_against_what_is_there(tx: Tx) -> None:
    attempt = doubt(tx, MODIFY, upstream=AS_BASE)
    old: list[Content] = [listed("2001", BASE)]
    assert look(tx, attempt, old, SETTLED) is RequestState.IN_DOUBT
    at = SETTLED + timedelta(minutes=1)
    assert look(tx, attempt, old, at) is RequestState.APPROVED
    (due,) = submissions.find_due(tx, at)
    edited = listed("2001", replace(TEXT, content="别人改过。"))
    assert submissions.start(tx, due, edited, at) is None
    assert state_of(tx, attempt.request.id) is RequestState.SUPERSEDED


def test_that_something_is_deleted_takes_two_lists_too(tx: Tx) -> None:
    content.put_templates(tx, [AS_BASE], NOW)
    attempt = doubt(tx, DELETE, upstream=AS_BASE)
    others: list[Content] = [listed("2002")]
    both: list[Content] = [listed("2001"), *others]
    assert look(tx, attempt, others, later(s=2), missed="2001") is RequestState.IN_DOUBT
    assert look(tx, attempt, both, later(s=4)) is RequestState.IN_DOUBT
    assert look(tx, attempt, others, later(s=6), missed="2001") is RequestState.IN_DOUBT
    assert look(tx, attempt, others, later(s=8), missed="2001") is RequestState.DONE
    assert content.get_template(tx, "2001") is None


def test_lists_alone_prove_no_deletion(tx: Tx) -> None:
    attempt = doubt(tx, SIGN_DELETE, upstream=SIGN)
    for minutes in (1, 15, 16, 17):
        assert look(tx, attempt, [], later(minutes=minutes)) is RequestState.IN_DOUBT
    assert len(said(tx, "change.asked")) == 1


def test_a_list_of_signatures_that_shows_none_we_know_has_nothing_sent_again(tx: Tx) -> None:
    attempt = doubt(tx, SIGN_CREATE)
    for minutes in (15, 16, 17):
        assert look(tx, attempt, [], later(minutes=minutes)) is RequestState.IN_DOUBT
    assert len(said(tx, "change.asked")) == 1


def test_a_list_of_signatures_that_shows_another_we_know_proves_what_it_lacks(tx: Tx) -> None:
    other = replace(SIGN, signature_id="3002", name="别的")
    content.put_signatures(tx, [other], NOW)
    attempt = doubt(tx, SIGN_CREATE)
    assert look(tx, attempt, [other], SETTLED) is RequestState.IN_DOUBT
    assert look(tx, attempt, [other], SETTLED + timedelta(minutes=1)) is RequestState.APPROVED


def test_one_of_that_name_with_another_text_is_a_persons_business(tx: Tx) -> None:
    attempt = doubt(tx)
    edited = listed("2009", replace(TEXT, content="您的订单已到货"))
    for minutes in (15, 16, 17):
        assert look(tx, attempt, [edited], later(minutes=minutes)) is RequestState.IN_DOUBT
    assert len(said(tx, "change.asked")) == 1
    assert isinstance(say_there(tx, attempt, "2009", shown=[edited]), Submission)
    known = content.get_template(tx, "2009")
    assert known is not None
    assert known.content == edited.content


def test_a_deletion_that_never_arrived_is_sent_again(tx: Tx) -> None:
    attempt = doubt(tx, DELETE, upstream=AS_BASE)
    shown: list[Content] = [listed("2001", BASE)]
    assert look(tx, attempt, shown, SETTLED) is RequestState.IN_DOUBT
    assert look(tx, attempt, shown, SETTLED + timedelta(minutes=1)) is RequestState.APPROVED


@pytest.mark.parametrize(
    ("permanent", "after", "is_asked"),
    [
        (True, SETTLE_TIME - timedelta(seconds=1), False),
        (True, SETTLE_TIME, True),
        (False, SETTLE_TIME, False),
        (False, ASK_AFTER, True),
    ],
)
def test_where_the_lists_are_mute_a_person_is_asked(
    tx: Tx, permanent: bool, after: timedelta, is_asked: bool
) -> None:
    attempt = doubt(tx)
    change_doubts.settle_without_list(tx, attempt, NOW + after, permanent=permanent)
    assert bool(said(tx, "change.asked")) is is_asked
    assert state_of(tx, attempt.request.id) is RequestState.IN_DOUBT


def test_a_person_is_asked_once(tx: Tx) -> None:
    attempt = doubt(tx)
    for minutes in (15, 16, 90):
        now = later(minutes=minutes)
        change_doubts.settle_without_list(tx, again(tx, attempt), now, permanent=True)
    assert len(said(tx, "change.asked")) == 1


def test_a_list_that_can_be_read_again_still_settles_what_a_person_was_asked(tx: Tx) -> None:
    attempt = doubt(tx)
    change_doubts.settle_without_list(tx, attempt, SETTLED, permanent=True)
    assert look(tx, attempt, [listed("2009")], SETTLED) is RequestState.DONE


def decided(tx: Tx) -> list[tuple[str, dict[str, object]]]:
    """Who settled which doubts, as the trail has it."""
    found = audit.find(tx, AuditQuery(what=What.DOUBT_DECIDED.value), 9)
    return [
        (entry.actor, {k: v for k, v in (entry.facts or {}).items() if k != "kind"})
        for entry in found
    ]


def say_there(
    tx: Tx,
    attempt: Submission,
    content_id: str,
    by: Word = REQUESTER,
    shown: list[Content] | None = None,
) -> object:
    request_id, key = attempt.request.id, attempt.change.attempt or ""
    return change_doubts.say_there(tx, request_id, key, content_id, by, later(s=30), shown)


def test_a_person_who_found_it_ends_the_doubt(tx: Tx) -> None:
    attempt = doubt(tx)
    assert isinstance(say_there(tx, attempt, "2009"), Submission)
    ended = must_change(tx, attempt.request.id)
    assert (ended.content_id, ended.settled_by) == ("2009", LIN)
    assert state_of(tx, attempt.request.id) is RequestState.DONE
    assert reviews.get(tx, ReviewKind.TEMPLATE, "2009") is not None
    assert say_there(tx, attempt, "2009") is SayRefusal.SETTLED
    assert decided(tx) == [(LIN, {"outcome": "there", "content": "2009"})]


def test_a_change_needs_no_id_to_be_found(tx: Tx) -> None:
    attempt = doubt(tx, MODIFY, upstream=AS_BASE)
    assert isinstance(say_there(tx, attempt, "", APPROVER), Submission)
    assert must_change(tx, attempt.request.id).content_id == "2001"


@pytest.mark.parametrize("content_id", ["", "20O9", "-1", "²", "1" * 19, "2009; DROP"])
def test_an_id_is_digits(tx: Tx, content_id: str) -> None:
    assert say_there(tx, doubt(tx), content_id) is SayRefusal.BAD_ID


def test_what_another_request_made_is_not_taken(tx: Tx) -> None:
    end(tx, begin(tx), made("2001"))
    other = doubt(tx, TemplateChange(text=replace(TEXT, name="别名")))
    assert say_there(tx, other, "2001") is SayRefusal.TAKEN


OLD = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("known", "refusal"),
    [
        pytest.param(listed("1110", BASE), SayRefusal.OTHER, id="another name"),
        pytest.param(
            listed("1110", replace(TEXT, content="别的。"), created_at=None),
            SayRefusal.OTHER,
            id="another text",
        ),
        pytest.param(listed("1110", TEXT, created_at=OLD), SayRefusal.OLDER, id="older"),
    ],
)
def test_an_id_of_something_else_is_not_taken(tx: Tx, known: Template, refusal: SayRefusal) -> None:
    content.put_templates(tx, [known], NOW)
    attempt = doubt(tx)
    assert say_there(tx, attempt, "1110") is refusal
    assert content.get_template(tx, "1110") == known
    content.remove_template(tx, "1110")
    assert say_there(tx, attempt, "1110", shown=[known]) is refusal
    assert state_of(tx, attempt.request.id) is RequestState.IN_DOUBT


def test_an_id_that_tencent_does_not_know_is_not_taken(tx: Tx) -> None:
    attempt = doubt(tx)
    assert say_there(tx, attempt, "2009", shown=[]) is SayRefusal.NOT_THERE
    assert isinstance(say_there(tx, attempt, "2009", shown=[listed("2009")]), Submission)


def test_whose_word_counts(tx: Tx) -> None:
    attempt = doubt(tx)
    assert say_there(tx, attempt, "1", Word("U0EVE", is_approver=False)) is SayRefusal.NOT_YOURS
    assert isinstance(say_there(tx, attempt, "1", APPROVER), Submission)
    nobody = change_doubts.say_there(tx, "R-0000", "a", "1", REQUESTER, NOW)
    assert nobody is SayRefusal.NOT_FOUND


def test_a_word_about_an_attempt_that_is_over_changes_nothing(tx: Tx) -> None:
    attempt = doubt(tx)
    stale = change_doubts.say_there(tx, attempt.request.id, "old", "1", REQUESTER, NOW)
    assert stale is SayRefusal.SETTLED
    under_way = begin(tx, SIGN_CREATE)
    assert say_there(tx, under_way, "1") is SayRefusal.SETTLED


def test_a_person_has_it_sent_again_once_no_late_copy_can_come(tx: Tx) -> None:
    attempt = doubt(tx)
    request_id, key = attempt.request.id, attempt.change.attempt or ""
    early = SETTLED - timedelta(seconds=1)
    refused = change_doubts.say_again(tx, request_id, key, REQUESTER, early)
    assert refused is SayRefusal.TOO_EARLY
    assert isinstance(change_doubts.say_again(tx, request_id, key, REQUESTER, SETTLED), Submission)
    assert state_of(tx, request_id) is RequestState.APPROVED
    twice = change_doubts.say_again(tx, request_id, key, REQUESTER, SETTLED)
    assert twice is SayRefusal.SETTLED
    assert decided(tx) == [(LIN, {"outcome": "again"})]


def test_only_doubts_that_are_due_are_looked_into(tx: Tx) -> None:
    attempt = doubt(tx)
    begin(tx, SIGN_CREATE)
    approve(tx, TemplateChange(text=replace(TEXT, name="别名")))
    assert change_doubts.find_due(tx, NOW) == []
    assert change_doubts.find_due(tx, later(s=2)) == [attempt]


def test_what_we_know_of_a_found_one_is_not_overwritten(tx: Tx) -> None:
    attempt, edited = doubt(tx), listed("2009", replace(TEXT, content="您的订单已到货"))
    content.put_templates(tx, [edited], NOW)
    assert isinstance(say_there(tx, attempt, "2009"), Submission)
    assert content.get_template(tx, "2009") == edited
