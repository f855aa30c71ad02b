from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.changes import Change, SignatureChange, SignatureText, TemplateChange
from bot.rules.content import ReviewState
from bot.rules.requests import RequestEvent, RequestState
from bot.rules.review_hours import ReviewKind
from bot.tencent.drafts import SignatureDraft, SmsType, TemplateDraft
from bot.tencent.wire import ChangeOutcome, Refused
from handlers.flows import content_orders, grounds, submissions
from handlers.flows.changes import Failure
from storage import attachments, changes, content, requests, reviews
from storage.db import Tx
from tests.handlers.flows.attempts import (
    AS_BASE,
    BASE,
    CREATE,
    DELETE,
    DIRTY,
    LOST,
    MODIFY,
    NOT_CONNECTED,
    RULE,
    SIGN_CREATE,
    SIGN_DELETE,
    SIGN_TEXT,
    TEXT,
    THEIR_TIMEOUT,
    THROTTLED,
    approve,
    begin,
    doubt,
    end,
    made,
    move,
    must_change,
    must_request,
    said,
    state_of,
)
from tests.storage.rows import NOW, later


def start_all(tx: Tx) -> list[str]:
    """The requests whose attempt was begun."""
    due = submissions.find_due(tx, later(minutes=5))
    begun = [submissions.start(tx, each, None, NOW) for each in due]
    return [each.request.id for each in begun if each is not None]


@pytest.mark.parametrize(
    ("outcome", "state", "is_open"),
    [
        pytest.param(made(), RequestState.DONE, False, id="made"),
        pytest.param(DIRTY, RequestState.FAILED, False, id="refused"),
        pytest.param(Refused("AuthFailure.SignatureExpire", "", "r"), RequestState.FAILED, False),
        pytest.param(THROTTLED, RequestState.APPROVED, False, id="throttled"),
        pytest.param(NOT_CONNECTED, RequestState.APPROVED, False, id="never left"),
        pytest.param(LOST, RequestState.IN_DOUBT, True, id="no answer"),
        pytest.param(THEIR_TIMEOUT, RequestState.IN_DOUBT, True, id="their timeout"),
        pytest.param(Refused("Ok", "", "r"), RequestState.IN_DOUBT, True, id="ok refusal"),
        pytest.param(Refused("Never.Seen", "", "r"), RequestState.IN_DOUBT, True, id="unknown"),
    ],
)
def test_an_outcome_leads_to_its_state(
    tx: Tx, outcome: ChangeOutcome, state: RequestState, is_open: bool
) -> None:
    attempt = begin(tx)
    tx.run("UPDATE cards SET posted = wanted")
    end(tx, attempt, outcome)
    assert state_of(tx, attempt.request.id) is state
    assert bool(changes.find_open(tx)) is is_open
    assert tx.all("SELECT 1 FROM cards WHERE wanted > posted")


def test_the_attempt_is_committed_before_anything_leaves(tx: Tx) -> None:
    attempt = begin(tx)
    assert state_of(tx, attempt.request.id) is RequestState.EXECUTING
    change = must_change(tx, attempt.request.id)
    assert (change.signed_at, change.attempts) == (NOW, 1)
    assert submissions.find_due(tx, later(minutes=99)) == []


def test_what_was_made_is_known_and_followed_at_once(tx: Tx) -> None:
    attempt = begin(tx)
    end(tx, attempt, made(), later(s=1))
    change = must_change(tx, attempt.request.id)
    assert (change.content_id, change.tencent_request_id) == ("2001", "r")
    kept = content.get_template(tx, "2001")
    assert kept is not None
    assert (kept.content, kept.review) == (TEXT.content, ReviewState.UNDER_REVIEW)
    review = reviews.of_request(tx, attempt.request.id)
    assert review is not None
    assert (review.content_id, review.submitted_at, review.poll_at) == ("2001", NOW, later(s=1))
    (done,) = said(tx, "change.")
    assert (done.kind, done.request_id) == ("change.done", attempt.request.id)


def test_what_never_left_is_sent_as_it_is_a_little_later(tx: Tx) -> None:
    attempt = begin(tx)
    end(tx, attempt, NOT_CONNECTED)
    back = must_change(tx, attempt.request.id)
    assert NOW < back.due_at <= later(minutes=1)
    assert (back.doubts, back.detail) == (0, "connect")
    (due,) = submissions.find_due(tx, back.due_at)
    again = submissions.start(tx, due, None, back.due_at)
    assert again is not None
    assert (again.change.attempts, again.change.signed_at) == (2, back.due_at)
    assert said(tx, "change.") == []


def test_tries_come_ever_less_often(tx: Tx) -> None:
    request_id, now, waits = approve(tx), NOW, []
    for _ in range(9):
        (due,) = submissions.find_due(tx, now)
        attempt = submissions.start(tx, due, None, now)
        assert attempt is not None
        end(tx, attempt, NOT_CONNECTED, now)
        waits.append((must_change(tx, request_id).due_at - now).total_seconds())
        now = must_change(tx, request_id).due_at
    assert waits == sorted(waits)
    assert waits[-1] == 60


@pytest.mark.parametrize(
    "event", [RequestEvent.WITHDRAW, RequestEvent.REOPEN, RequestEvent.SUPERSEDE]
)
def test_a_request_that_is_not_approved_any_more_is_not_submitted(
    tx: Tx, event: RequestEvent
) -> None:
    request_id = approve(tx)
    (due,) = submissions.find_due(tx, NOW)
    move(tx, request_id, event)
    assert submissions.start(tx, due, None, NOW) is None
    assert submissions.find_due(tx, NOW) == []
    assert changes.get(tx, request_id) is None


def test_what_is_approved_again_is_submitted(tx: Tx) -> None:
    request_id = approve(tx)
    move(tx, request_id, RequestEvent.REOPEN)
    assert submissions.find_due(tx, NOW) == []
    move(tx, request_id, RequestEvent.APPROVE)
    changes.add(tx, request_id, NOW)
    assert start_all(tx) == [request_id]


def test_a_payload_that_is_not_what_was_approved_is_not_submitted(tx: Tx) -> None:
    request_id = approve(tx)
    other = replace(TEXT, content="别的内容")
    sealed = tx.vault.seal(
        requests.canonical(TemplateChange(text=other).payload()), purpose=requests.PURPOSE
    )
    tx.run("UPDATE requests SET payload = :p WHERE id = :id", p=sealed, id=request_id)
    assert start_all(tx) == []
    assert state_of(tx, request_id) is RequestState.FAILED
    assert must_change(tx, request_id).detail == Failure.DAMAGED


def test_a_payload_nobody_can_read_fails_and_keeps_nobody(tx: Tx) -> None:
    broken, whole = approve(tx), approve(tx)
    sealed = tx.vault.seal('{"name": 1}', purpose=requests.PURPOSE)
    tx.run("UPDATE requests SET payload = :p WHERE id = :id", p=sealed, id=broken)
    assert start_all(tx) == [whole]
    assert state_of(tx, broken) is RequestState.FAILED


def test_two_requests_for_the_same_text_go_one_after_the_other(tx: Tx) -> None:
    first, second = approve(tx), approve(tx)
    (begun,) = start_all(tx)
    waiting = ({first, second} - {begun}).pop()
    assert state_of(tx, waiting) is RequestState.APPROVED
    assert must_change(tx, waiting).detail == "fenced"
    change = must_change(tx, begun)
    changes.finish(tx, change, changes.Outcome("answer", content_id="2001"), NOW)
    assert start_all(tx) == [waiting]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (CREATE, TemplateChange(text=replace(TEXT, international=True)), True),
        (CREATE, TemplateChange(text=replace(TEXT, name="别名")), True),
        (CREATE, TemplateChange(text=replace(TEXT, remark="别的")), False),
        (CREATE, SIGN_CREATE, True),
        (MODIFY, DELETE, False),
        (MODIFY, TemplateChange("2002", BASE, TEXT), True),
        (DELETE, SignatureChange("2001", SIGN_DELETE.base), True),
    ],
)
def test_what_may_be_under_way_together(tx: Tx, one: Change, other: Change, together: bool) -> None:
    fences = {submissions.fence_of(tx, one), submissions.fence_of(tx, other)}
    assert (len(fences) == 2) is together


def test_what_changed_at_tencent_gives_way_to_a_request_for_what_is_there_now(tx: Tx) -> None:
    request_id = approve(tx, MODIFY, rule=RULE)
    (due,) = submissions.find_due(tx, NOW)
    edited = replace(AS_BASE, content="别人改过。")
    assert submissions.start(tx, due, edited, NOW) is None
    assert state_of(tx, request_id) is RequestState.SUPERSEDED
    assert changes.get(tx, request_id) is None
    (fresh,) = tx.all("SELECT id FROM requests WHERE id <> :id", id=request_id)
    request = must_request(tx, fresh["id"])
    assert request.state is RequestState.AWAITING_APPROVAL
    assert request.payload["base"]["content"] == "别人改过。"
    assert request.payload["content"] == TEXT.content


def test_what_still_stands_is_changed(tx: Tx) -> None:
    attempt = begin(tx, MODIFY, upstream=AS_BASE)
    end(tx, attempt, made("2001"))
    kept = content.get_template(tx, "2001")
    assert kept is not None
    assert (kept.content, kept.review, kept.review_reply) == (
        TEXT.content,
        ReviewState.UNDER_REVIEW,
        "",
    )


def test_a_template_for_both_sides_stays_one(tx: Tx) -> None:
    both = replace(AS_BASE, international=True)
    content.put_templates(tx, [both], NOW)
    end(tx, begin(tx, MODIFY, upstream=both), made("2001"))
    kept = content.get_template(tx, "2001")
    assert kept is not None
    assert (kept.mainland, kept.international) == (True, True)


def test_what_is_gone_cannot_be_changed(tx: Tx) -> None:
    request_id = approve(tx, MODIFY)
    (due,) = submissions.find_due(tx, NOW)
    assert submissions.start(tx, due, None, NOW) is None
    assert state_of(tx, request_id) is RequestState.FAILED
    assert must_change(tx, request_id).detail == Failure.GONE


def test_what_is_gone_need_not_be_deleted(tx: Tx) -> None:
    content.put_templates(tx, [AS_BASE], NOW)
    request_id = approve(tx, DELETE)
    (due,) = submissions.find_due(tx, NOW)
    assert submissions.start(tx, due, None, NOW) is None
    assert state_of(tx, request_id) is RequestState.DONE
    assert content.get_template(tx, "2001") is None
    assert must_change(tx, request_id).detail == Failure.GONE


def test_a_deletion_ends_the_review_and_the_row(tx: Tx) -> None:
    end(tx, begin(tx), made())
    end(tx, begin(tx, DELETE, upstream=AS_BASE), made("2001"))
    assert content.get_template(tx, "2001") is None
    review = reviews.get(tx, ReviewKind.TEMPLATE, "2001")
    assert review is not None
    assert review.ended_at == NOW


def test_an_answer_that_names_what_another_request_made_is_no_answer(tx: Tx) -> None:
    end(tx, begin(tx), made("2001"))
    other = begin(tx, TemplateChange(text=replace(TEXT, name="别名")))
    end(tx, other, made("2001"))
    assert state_of(tx, other.request.id) is RequestState.IN_DOUBT


def test_an_answer_that_comes_after_the_end_changes_nothing(tx: Tx) -> None:
    attempt = begin(tx)
    end(tx, attempt, DIRTY)
    end(tx, attempt, made())
    assert state_of(tx, attempt.request.id) is RequestState.FAILED
    assert content.get_template(tx, "2001") is None


def test_after_a_start_what_was_under_way_is_in_doubt(tx: Tx) -> None:
    under_way, due = begin(tx), approve(tx, SIGN_CREATE)
    known = doubt(tx, TemplateChange(text=replace(TEXT, name="别名")))
    assert submissions.recover(tx, later(s=9)) == 1
    assert state_of(tx, under_way.request.id) is RequestState.IN_DOUBT
    assert must_change(tx, under_way.request.id).detail == "restarted"
    assert must_change(tx, known.request.id) == known.change
    assert state_of(tx, due) is RequestState.APPROVED
    assert submissions.recover(tx, later(s=9)) == 0


def test_the_card_is_told_what_is_the_case(tx: Tx) -> None:
    attempt = begin(tx)
    end(tx, attempt, DIRTY)
    view = submissions.view_of(tx, attempt.request.id)
    assert view is not None
    assert (view.state, view.code) == (RequestState.FAILED, DIRTY.code)
    assert submissions.view_of(tx, "R-0000") is None


def test_a_template_goes_out_as_it_was_approved(tx: Tx) -> None:
    order = content_orders.make(tx, begin(tx))
    assert isinstance(order, TemplateDraft)
    assert (order.name, order.content, order.remark) == (TEXT.name, TEXT.content, TEXT.remark)
    assert order.sms_type is SmsType.NOTICE
    assert content_orders.make(tx, begin(tx, DELETE, upstream=AS_BASE)) is None


def test_a_signature_goes_out_with_its_images(tx: Tx) -> None:
    kept = attachments.put(tx, "licence.png", b"\x89PNG", NOW)
    proof = replace(SIGN_TEXT.proof, sha256=kept.sha256)
    text = replace(SIGN_TEXT, proof=proof, commission=proof, for_another_party=True)
    order = content_orders.make(tx, begin(tx, SignatureChange(text=text)))
    assert isinstance(order, SignatureDraft)
    assert (order.proof_image, order.commission_image) == (b"\x89PNG", b"\x89PNG")
    assert (order.name, order.qualification_id) == (text.name, "6001")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        (SIGN_TEXT, Failure.NO_IMAGE),
        (replace(SIGN_TEXT, commission=SIGN_TEXT.proof), Failure.NO_IMAGE),
    ],
)
def test_without_its_images_no_signature_goes_out(
    tx: Tx, text: SignatureText, failure: Failure
) -> None:
    assert content_orders.make(tx, begin(tx, SignatureChange(text=text))) is failure


def test_a_type_tencent_does_not_know_is_damage(tx: Tx) -> None:
    kept = attachments.put(tx, "licence.png", b"\x89PNG", NOW)
    proof = replace(SIGN_TEXT.proof, sha256=kept.sha256)
    text = replace(SIGN_TEXT, proof=proof, sign_type=99)
    assert content_orders.make(tx, begin(tx, SignatureChange(text=text))) is Failure.DAMAGED


def test_what_waits_says_why(tx: Tx) -> None:
    request_id = approve(tx)
    submissions.put_off(
        tx, must_change(tx, request_id), timedelta(seconds=30), NOW, detail="cannot_look"
    )
    assert submissions.find_due(tx, NOW) == []
    assert must_change(tx, request_id).due_at == later(s=30)


def test_a_base_that_tencent_trimmed_is_still_the_base(tx: Tx) -> None:
    typed = replace(BASE, content=f" {BASE.content}\n")
    content.put_templates(tx, [AS_BASE], NOW)
    request_id = approve(tx, replace(MODIFY, base=typed))
    (due,) = submissions.find_due(tx, NOW)
    assert grounds.upstream_of(tx, must_request(tx, request_id), NOW) is None
    assert submissions.start(tx, due, AS_BASE, NOW) is not None


def test_what_somebody_made_so_meanwhile_is_done_though_tencent_trimmed_it(tx: Tx) -> None:
    content.put_templates(tx, [replace(AS_BASE, name=TEXT.name, content=TEXT.content)], NOW)
    typed = replace(TEXT, content=f"{TEXT.content}\n")
    request_id = approve(tx, replace(MODIFY, text=typed))
    seen = grounds.upstream_of(tx, must_request(tx, request_id), NOW)
    assert seen == (grounds.Upstream.ALREADY, None)
