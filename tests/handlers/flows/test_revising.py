"""A request that says something else before it has begun: every word anew."""

import pytest

from bot.rules.approvals import Approved, Counted, Verdict, Via, VoteRefusal
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestEvent, RequestState
from bot.settings import Settings
from handlers.flows import voting
from handlers.flows.revising import revise
from storage import approvals as stored
from storage import requests
from storage.db import Tx
from storage.requests import Request, hash_of
from tests.handlers.flows.asks import (
    BO,
    ballot,
    expire_due,
    say,
    settings_with,
    state,
    thread,
)
from tests.handlers.flows.other_asks import ask_send
from tests.policies import everything
from tests.storage.rows import MAYA, NOW, later

AT = {"at_ms": 1_800_000_000_000}


def now_of(tx: Tx, request: Request) -> Request:
    found = requests.get(tx, request.id)
    assert found is not None
    return found


def test_another_time_voids_what_was_said_and_it_waits_again(tx: Tx, settings: Settings) -> None:
    old = ask_send(tx, settings)
    say(tx, old)
    new = revise(tx, now_of(tx, old), {**old.payload, **AT}, later(minutes=60))
    assert new == now_of(tx, old)
    assert new.state is RequestState.AWAITING_APPROVAL
    assert new.sha256 == hash_of(tx, new.payload) != old.sha256
    policy = stored.get(tx, old.id)
    assert policy is not None
    assert policy.expires_at == later(minutes=25 * 60)
    assert expire_due(tx, later(minutes=24 * 60)) == 0
    # Who approved the other time has said nothing about this one.
    assert say(tx, new, now=later(minutes=61)) == Approved()
    assert thread(tx, old) == ["asked", "approved", "revised", "approved"]


def test_a_click_on_what_was_shown_before_does_not_count(tx: Tx, settings: Settings) -> None:
    old = ask_send(tx, settings)
    revise(tx, old, {**old.payload, **AT}, NOW)
    assert say(tx, old) is VoteRefusal.CHANGED
    assert state(tx, old) is RequestState.AWAITING_APPROVAL


def test_an_emoji_cannot_say_which_of_the_two_it_saw(tx: Tx, settings: Settings) -> None:
    old = ask_send(tx, settings)
    new = revise(tx, old, {**old.payload, **AT}, NOW)
    said = ballot(new, via=Via.REACTION)
    assert voting.vote(tx, old.id, said, settings, NOW, event_us=1) is VoteRefusal.BUTTONS_ONLY


def test_one_of_two_words_is_void_too(tx: Tx, settings: Settings) -> None:
    rule = settings_with(**everything(2)).send_rule
    old = ask_send(tx, settings, rule(TemplateClass.NOTICE, 5_000, "demo"))
    assert say(tx, old) == Counted(1, 2)
    new = revise(tx, old, {**old.payload, **AT}, NOW)
    assert say(tx, new, BO) == Counted(1, 2)
    assert say(tx, new, MAYA) == Approved()


def test_where_nobody_is_asked_it_stays_approved_and_nothing_is_said(tx: Tx) -> None:
    old = ask_send(tx, settings_with(**everything(0)))
    new = revise(tx, old, {**old.payload, **AT}, NOW)
    assert new.state is RequestState.APPROVED
    assert new.sha256 != old.sha256
    assert thread(tx, old) == []


def test_what_has_begun_or_ended_says_what_it_said(tx: Tx, settings: Settings) -> None:
    begun, ended = ask_send(tx, settings), ask_send(tx, settings)
    say(tx, begun)
    requests.advance(tx, now_of(tx, begun), RequestEvent.START, NOW)
    say(tx, ended, verdict=Verdict.REJECT)
    for request in (begun, ended):
        with pytest.raises(ValueError, match="any more"):
            revise(tx, now_of(tx, request), {**request.payload, **AT}, NOW)
        assert now_of(tx, request).payload == request.payload
