"""Whose word a request takes after app.yaml was edited: of those named then and now."""

from dataclasses import replace

import pytest

from bot.rules.approvals import Electors
from bot.rules.requests import RequestKind
from bot.settings import Settings
from handlers.flows import approvals, ballots, electors
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows import job_lists, test_backing
from tests.handlers.flows.asks import SETTINGS, ask, settings_with
from tests.handlers.flows.other_asks import ask_resume, ask_send, stop
from tests.policies import plain, row
from tests.storage.rows import MAYA, NOW

OMAR = "U0OMAR"
NAMED = ("@sms-approvers",)
#: The group is named nowhere any more.
EDITED = settings_with(**{"roles.approver": [OMAR], "roles.viewer": ["@sms-senders"]})


def seen(tx: Tx, user: str, entries: frozenset[str], settings: Settings) -> list[str]:
    return [each.request_id for each in ballots.load_waiting(tx, user, entries, settings, NOW)]


def test_whoever_was_taken_out_of_app_yaml_has_no_say_in_what_waits(tx: Tx) -> None:
    request = ask(tx, SETTINGS)
    assert electors.of(tx, request, SETTINGS) == Electors(NAMED, NAMED)
    assert electors.of(tx, request, EDITED) == Electors(NAMED, (OMAR,))
    assert seen(tx, MAYA, frozenset({MAYA, *NAMED}), SETTINGS) == [request.id]
    assert seen(tx, MAYA, frozenset({MAYA, *NAMED}), EDITED) == []


def test_of_a_group_app_yaml_names_no_more_whoever_is_named_today_may_be_one(tx: Tx) -> None:
    request = ask(tx, SETTINGS)
    entries = frozenset({OMAR})
    assert seen(tx, OMAR, entries, SETTINGS) == []
    assert seen(tx, OMAR, entries, EDITED) == [request.id]
    # Still named for something else, who is in it is known: Omar is not.
    kept = settings_with(**{"roles.approver": [OMAR], "roles.viewer": [*NAMED]})
    assert seen(tx, OMAR, entries, kept) == []


@pytest.mark.parametrize("kind", [RequestKind.SEND, RequestKind.APP_RESUME])
def test_what_is_about_one_app_goes_by_who_approves_for_it(tx: Tx, kind: RequestKind) -> None:
    if kind is RequestKind.SEND:
        request: Request = ask_send(tx, SETTINGS)
    else:
        stop(tx, NOW)
        request = ask_resume(tx, SETTINGS)
    of_app = settings_with(**{"apps.0.roles": {"approver": [OMAR]}})
    assert electors.of(tx, request, of_app).today == (OMAR,)
    assert electors.of(tx, ask(tx, SETTINGS), of_app).today == NAMED


def test_of_a_list_the_row_of_its_size_says_who_approves_today(tx: Tx) -> None:
    request_id = test_backing.ask(tx, test_backing.ONE)
    few = plain(row(1, "send", up_to=5, approvers=[OMAR]))
    request = job_lists.request_of(tx, request_id)
    assert electors.of(tx, request, settings_with(**few)).today == (OMAR,)
    assert electors.of(tx, request, SETTINGS).today == NAMED


def test_of_limits_it_matters_whether_more_goes_through(tx: Tx) -> None:
    rows = plain(row(1, "limits.tighten", approvers=[OMAR]))
    request = replace(ask(tx, SETTINGS), kind=RequestKind.LIMITS_CHANGE)
    for loosens, today in ((True, NAMED), (False, (OMAR,))):
        asked = replace(request, payload={"loosens": loosens})
        assert electors.of(tx, asked, settings_with(**rows)).today == today


def test_approvers_a_row_names_are_those_of_today(tx: Tx) -> None:
    rows = plain(row(1, "template.create", approvers=[MAYA]))
    request = ask(tx, settings_with(**rows))
    assert electors.of(tx, request, settings_with(**rows)) == Electors((MAYA,), (MAYA,))
    assert electors.of(tx, request, SETTINGS) == Electors((MAYA,), NAMED)
    assert approvals.waiting_for(tx, MAYA, frozenset({MAYA}), SETTINGS, NOW) == []
