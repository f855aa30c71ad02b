"""What an erasure does to what others asked for: their sends go out, the rest gives way."""

from datetime import timedelta

from bot.rules.approvals import Ballot, Rule, Verdict, Via
from bot.rules.requests import RequestState
from handlers.flows import approvals, jobs, voting
from handlers.flows.grounds import Upstream
from handlers.flows.job_drafts import Pasted
from storage import erasures, job_drafts
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows import job_lists
from tests.handlers.flows.asks import BO
from tests.handlers.flows.job_lists import request_of
from tests.handlers.flows.running import settings_with
from tests.storage.rows import MAYA, NOW

NAMED = "+8613900000009"
TWO = Rule(2, ("@sms-approvers",), False, 86_400, ())
AT = NOW + timedelta(days=2)


def approved(tx: Tx) -> RequestId:
    """A send to two others for another day, whose text names the number."""
    using = settings_with()
    job_lists.list_content(tx)
    pasted = Pasted(("+8613700000001", "+8613700000002"))
    draft = job_lists.draft_of(using, pasted, "2220", "13900000009", at=AT)
    request = job_lists.checked(tx, draft, using)
    approvals.ask_for_draft(tx, request, TWO, using, NOW)
    for user in (MAYA, BO):
        word = Ballot(user, Verdict.APPROVE, Via.BUTTON, frozenset({MAYA, BO}), request.sha256[:32])
        voting.vote(tx, request.id, word, using, NOW)
    return request.id


def test_what_others_are_still_to_be_sent_is_left_until_it_has_ended(tx: Tx) -> None:
    request_id = approved(tx)
    assert erasures.texts_with(tx, "requests", (), NAMED)[0] == []
    tx.run("UPDATE requests SET state = :done", done=RequestState.DONE.value)
    assert erasures.texts_with(tx, "requests", (), NAMED)[0] == [(request_id,)]


def test_an_approved_send_that_gives_way_leaves_nothing_that_would_ever_start(tx: Tx) -> None:
    request_id = approved(tx)
    assert approvals.supersede(tx, request_of(tx, request_id), NOW, known=Upstream.ERASED)
    assert jobs.start_due(tx, settings_with(), AT) == 0
    assert [each.request_id for each in jobs.find_to_ask(tx, AT)] == []
    assert job_drafts.find_given_up(tx) == request_id
