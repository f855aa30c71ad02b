"""Asking to write to somebody again: about one opt-out as it is, once, with another's approval."""

from dataclasses import replace

from bot.rules.approvals import Verdict
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.requests import RequestState
from bot.settings import Settings
from bot.tencent.incoming import Reply
from handlers.flows import optout_removals as removals
from handlers.flows import optouts as flow
from handlers.flows.optout_removals import Refusal, RemovalAsk, RemovalReason
from storage import optouts
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.asks import say, state
from tests.storage.rows import LIN, NOW, NUMBER, later

SAID = Optout(NUMBER, "腾讯云", Scope.ALL, Source.REPLY, "", "", NOW)
WANTED = RemovalAsk(NUMBER, "腾讯云", Scope.ALL, "signed up again", "demo", LIN, "C0SMS")


def ask(tx: Tx, settings: Settings) -> Request:
    asked = removals.ask(tx, WANTED, settings, later(s=5))
    assert isinstance(asked, Request), asked
    return asked


def test_with_anothers_approval_exactly_this_one_goes(tx: Tx, settings: Settings) -> None:
    optouts.add_many(tx, [SAID, replace(SAID, signature="")])
    request = ask(tx, settings)
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert optouts.get(tx, NUMBER, "腾讯云", Scope.ALL) == SAID
    say(tx, request, now=later(s=9))
    assert state(tx, request) is RequestState.DONE
    assert [each.signature for each in optouts.of_number(tx, NUMBER)] == [""]


def test_a_no_leaves_it_and_it_may_be_asked_for_again(tx: Tx, settings: Settings) -> None:
    optouts.add(tx, SAID)
    say(tx, ask(tx, settings), verdict=Verdict.REJECT)
    assert optouts.of_number(tx, NUMBER) == [SAID]
    ask(tx, settings)


def test_whoever_says_no_again_meanwhile_is_not_overruled(tx: Tx, settings: Settings) -> None:
    optouts.add(tx, SAID)
    request = ask(tx, settings)
    flow.take_reply(tx, Reply(NUMBER, "T", "腾讯云", "", "", later(s=7)), later(s=8))
    say(tx, request, now=later(s=9))
    assert state(tx, request) is RequestState.SUPERSEDED
    (still,) = optouts.of_number(tx, NUMBER)
    assert still.at == later(s=8)


def test_a_no_without_a_time_once_more_within_the_hour_is_heard_as_well(
    tx: Tx, settings: Settings
) -> None:
    no = Reply(NUMBER, "T", "腾讯云", "", "", None)
    flow.take_reply(tx, no, NOW)
    request = ask(tx, settings)
    flow.take_reply(tx, no, later(s=2_400))
    say(tx, request, now=later(s=2_401))
    assert state(tx, request) is RequestState.SUPERSEDED
    (still,) = optouts.of_number(tx, NUMBER)
    assert still.at == later(s=2_400)


def test_what_tencent_repeats_is_no_new_word_of_theirs(tx: Tx, settings: Settings) -> None:
    optouts.add(tx, SAID)
    request = ask(tx, settings)
    optouts.add(tx, replace(SAID, source=Source.TENCENT, at=later(s=7)))
    say(tx, request, now=later(s=9))
    assert state(tx, request) is RequestState.DONE
    assert optouts.of_number(tx, NUMBER) == []


def test_it_is_asked_for_once_and_only_where_it_is(tx: Tx, settings: Settings) -> None:
    assert removals.ask(tx, WANTED, settings, NOW) == Refusal(RemovalReason.GONE)
    optouts.add_many(tx, [SAID, replace(SAID, signature="")])
    first = ask(tx, settings)
    again = removals.ask(tx, WANTED, settings, later(s=6))
    assert isinstance(again, Refusal)
    assert again.reason is RemovalReason.ALREADY_ASKED
    assert again.other is not None
    assert again.other.id == first.id
    # The other opt-out of the number is another request.
    assert isinstance(removals.ask(tx, replace(WANTED, signature=""), settings, NOW), Request)
