"""Exempting a number: asked for once, with another's approval, for as long as was said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.approvals import Verdict
from bot.rules.policies import policy_of
from bot.rules.requests import RequestState
from bot.rules.subjects import LimitExempt
from bot.settings import Settings
from bot.slack.messages.requests import ExemptionView
from handlers.flows import limit_exemption_asks as asks
from handlers.flows import limit_exemptions as flow
from handlers.flows import limits as flow_limits
from handlers.flows import request_cards
from handlers.flows.limit_exemption_asks import ExemptAsk, ExemptReason, Refusal
from storage import cards, limit_exemptions, limits, requests
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request
from tests.handlers.flows.asks import BO, say, settings_with, state, thread
from tests.handlers.flows.running import accepted, claim, finish, start_job
from tests.policies import plain, row
from tests.storage.rows import LIN, NOW, NUMBER, OTHER_NUMBER, later

WEEK_S = 7 * 86_400
EXEMPT = LimitExempt(NUMBER, "load test", WEEK_S, None)
WANTED = ExemptAsk("demo", EXEMPT, LIN, "C0SMS")


def wanted(**changes: object) -> ExemptAsk:
    return replace(WANTED, exempt=replace(EXEMPT, **changes))  # type: ignore[arg-type]


def ask(tx: Tx, settings: Settings, asked: ExemptAsk = WANTED) -> Request:
    request = asks.ask(tx, asked, settings, NOW)
    assert isinstance(request, Request), request
    return request


def ends(tx: Tx, s: float = 0) -> object:
    """When the exemption of the number ends; False where it has none then."""
    known = limit_exemptions.get(tx, "demo", NUMBER, later(s=s))
    return False if known is None else known.ends_at


def test_with_anothers_approval_it_holds_from_then_on_for_as_long(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert ends(tx) is False
    say(tx, request, now=later(s=9))
    assert state(tx, request) is RequestState.DONE
    assert ends(tx, 9) == later(s=9 + WEEK_S)
    assert ends(tx, 9 + WEEK_S) is False
    known = limit_exemptions.get(tx, "demo", NUMBER, later(s=9))
    assert known is not None
    assert (known.added_by, known.request_id, known.reason) == (LIN, request.id, "load test")


def test_an_end_that_was_named_stays_whenever_it_is_approved(tx: Tx, settings: Settings) -> None:
    end = later(minutes=90)
    request = ask(tx, settings, wanted(for_s=None, until_ms=to_ms(end)))
    say(tx, request, now=later(minutes=60))
    assert ends(tx) == end


def test_after_its_end_there_is_nothing_left_to_approve(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings, wanted(for_s=None, until_ms=to_ms(later(minutes=1))))
    # Asked by an earlier program, which let it wait for longer.
    tx.run("UPDATE approvals SET expires_at_ms = expires_at_ms + 60000")
    say(tx, request, now=later(minutes=1))
    assert state(tx, request) is RequestState.SUPERSEDED
    found = requests.get(tx, request.id)
    assert found is not None
    assert found.reason == "exempt_over:"
    assert ends(tx) is False


def test_a_no_leaves_the_limits_as_they_are(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    say(tx, request, verdict=Verdict.REJECT)
    assert ends(tx) is False
    ask(tx, settings)


def test_where_nobody_has_to_say_yes_it_holds_at_once(tx: Tx) -> None:
    settings = settings_with(**plain(row(0, "limits.exempt")))
    request = ask(tx, settings, wanted(for_s=None))
    assert request.state is RequestState.DONE
    assert ends(tx) is None


def test_it_is_asked_for_once_a_number_and_app(tx: Tx, settings: Settings) -> None:
    first = ask(tx, settings)
    again = asks.ask(tx, wanted(for_s=None), settings, later(s=5))
    assert isinstance(again, Refusal)
    assert again.reason is ExemptReason.ALREADY_ASKED
    assert again.other is not None
    assert again.other.id == first.id
    ask(tx, settings, wanted(number=OTHER_NUMBER))


@pytest.mark.parametrize(("for_s", "is_more"), [(3_600, False), (WEEK_S + 60, True), (None, True)])
def test_what_is_exempt_is_asked_for_again_only_for_longer(
    tx: Tx, settings: Settings, for_s: int | None, is_more: bool
) -> None:
    say(tx, ask(tx, settings))
    again = asks.ask(tx, wanted(for_s=for_s), settings, NOW)
    assert isinstance(again, Request) is is_more
    if isinstance(again, Refusal):
        assert again.reason is ExemptReason.ALREADY
        assert again.known is not None
        assert again.known.ends_at == NOW + timedelta(seconds=WEEK_S)


def test_of_two_that_were_asked_the_shorter_has_nothing_left_to_do(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    longer = limit_exemptions.Exemption("demo", NUMBER, None, "x", BO, "R-1", NOW)
    limit_exemptions.put(tx, longer, NOW)
    say(tx, request)
    assert state(tx, request) is RequestState.SUPERSEDED
    assert ends(tx) is None


def test_rows_of_jobs_that_wait_for_the_limit_need_not(tx: Tx, settings: Settings) -> None:
    limits.seed(tx, "demo", policy_of({"number.day": 1}), NOW)
    start_job(tx, [NUMBER], is_equal=False)
    (call,) = claim(tx)
    finish(tx, call, accepted(call, 0))
    start_job(tx, [NUMBER], now=later(s=60), valid_for_s=86_400)
    assert claim(tx, later(s=60)) == ()
    say(tx, ask(tx, settings), now=later(s=120))
    assert not flow_limits.wake(tx, later(s=120))
    assert [call.numbers for call in claim(tx, later(s=120))] == [(NUMBER,)]


def test_it_is_taken_away_at_once_and_its_thread_says_so(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    say(tx, request)
    known = asks.remove(tx, "demo", NUMBER, BO, later(s=5))
    assert known is not None
    assert ends(tx, 5) is False
    assert thread(tx, request)[-1] == "limit.exempt_removed"
    assert asks.remove(tx, "demo", NUMBER, BO, later(s=6)) is None


def test_its_card_says_until_when_and_what_became_of_it(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    assert shown(tx, settings, request) is None
    say(tx, request, now=later(s=9))
    end = later(s=9 + WEEK_S)
    assert shown(tx, settings, request, 9) == ExemptionView(end, False, None, "")
    assert shown(tx, settings, request, 9 + WEEK_S) == ExemptionView(end, True, None, "")
    settle(tx)
    asks.remove(tx, "demo", NUMBER, BO, later(s=20))
    assert shown(tx, settings, request, 20) == ExemptionView(end, False, later(s=20), BO)
    assert is_touched(tx, request, 20)


def test_the_card_of_one_that_is_over_is_shown_anew(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    say(tx, request)
    settle(tx)
    flow.tell_ended(tx, later(s=WEEK_S - 1))
    assert not is_touched(tx, request, WEEK_S)
    flow.tell_ended(tx, later(s=WEEK_S))
    assert is_touched(tx, request, WEEK_S)


def shown(tx: Tx, settings: Settings, request: Request, s: float = 0) -> ExemptionView | None:
    """What its card knows of it then."""
    known = requests.get(tx, request.id)
    assert known is not None
    card = request_cards.load(tx, known, settings, later(s=s))
    assert card is not None
    return card.exemption


def settle(tx: Tx) -> None:
    """Every card is as it should be."""
    for card in cards.find_due(tx, later(s=99), 99):
        cards.note_posted(tx, card, channel="C0SMS", ts="1.1", next_at=NOW)


def is_touched(tx: Tx, request: Request, s: float) -> bool:
    return request.id in [each.request_id for each in cards.find_due(tx, later(s=s), 99)]


def test_what_has_ended_by_itself_is_not_taken_away(tx: Tx, settings: Settings) -> None:
    request = ask(tx, settings)
    say(tx, request)
    before = thread(tx, request)
    assert asks.remove(tx, "demo", NUMBER, BO, later(s=WEEK_S)) is None
    assert thread(tx, request) == before
