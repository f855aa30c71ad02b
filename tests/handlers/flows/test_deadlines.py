"""Until when a yes is of any use: what is asked for says no later time to decide by."""

from datetime import datetime, timedelta

import pytest

from bot.rules.approvals import VoteRefusal
from bot.rules.requests import RequestState
from bot.rules.subjects import LimitExempt
from bot.settings import Settings
from handlers.flows import approvals, backing, content_alerts, job_drafts, jobs
from handlers.flows import limit_exemption_asks as exempting
from handlers.flows.backing import Answers, Asked
from handlers.flows.job_drafts import Confirmed, Pasted
from handlers.flows.limit_exemption_asks import ExemptAsk, ExemptReason, Refusal
from storage import approvals as stored
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request
from tests.handlers.flows import job_lists, limit_asks
from tests.handlers.flows.asks import ask, expire_due, facts, say, settings_with, state
from tests.policies import everything
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, later

HOUR = timedelta(hours=1)
UNDO_S = 30
NUMBERS = tuple(job_lists.number(nth) for nth in range(1, 4))
#: Ten in the evening, by the mainland's clock.
CLOSES = NOW + timedelta(hours=10)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Every request waits a day for one yes; a send can be undone for half a minute."""
    return settings_with(**everything(), **{"sending.undo_s": UNDO_S})


def ask_send(
    tx: Tx, settings: Settings, template: str = "2220", *, at: datetime | None, valid_for_s: int
) -> Request:
    job_lists.list_content(tx)
    values = ["1"] if template == "2220" else []
    drafted = job_lists.draft_of(
        settings, Pasted(NUMBERS), template, *values, at=at, valid_for_s=valid_for_s
    )
    request = job_lists.checked(tx, drafted, settings)
    end = job_drafts.confirm_job(
        tx, request.id, request.sha256, LIN, settings, NOW, good_rows_only=False
    )
    assert isinstance(end, Confirmed), end
    return job_lists.request_of(tx, request.id)


def decide_by(tx: Tx, request: Request) -> datetime:
    policy = stored.get(tx, request.id)
    assert policy is not None
    return policy.expires_at


def test_a_send_for_a_time_waits_no_longer_than_it_could_still_start(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings, at=NOW + HOUR, valid_for_s=7_200)
    last = NOW + 3 * HOUR - timedelta(seconds=UNDO_S)
    assert decide_by(tx, request) == last
    assert facts(tx, f"{request.id}:asked")["expires_ms"] == to_ms(last)
    assert expire_due(tx, last - timedelta(seconds=1)) == 0
    assert expire_due(tx, last) == 1
    assert state(tx, request) is RequestState.EXPIRED


def test_whoever_says_yes_in_the_last_moment_has_it_sent(tx: Tx, settings: Settings) -> None:
    request = ask_send(tx, settings, at=NOW + HOUR, valid_for_s=7_200)
    moment = decide_by(tx, request) - timedelta(seconds=1)
    say(tx, request, now=moment)
    assert jobs.start_due(tx, settings, moment + timedelta(seconds=UNDO_S)) == 1


def start_unbacked(tx: Tx, settings: Settings, request: Request, now: datetime) -> None:
    """Its time has come, and whoever approved it may no more, as Slack says."""
    found = backing.of(tx, request.id, now)
    assert found is not None
    answers: Answers = {request.id: Asked(found, frozenset())}
    assert jobs.start_due(tx, settings, now, answers) == 0


def test_it_waits_for_another_word_no_longer_than_it_could_still_start(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings, at=NOW + HOUR, valid_for_s=7_200)
    last = decide_by(tx, request)
    say(tx, request)
    start_unbacked(tx, settings, request, NOW + HOUR)
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
    assert decide_by(tx, request) == last


def test_where_nobody_could_say_another_word_in_time_it_expires(tx: Tx, settings: Settings) -> None:
    request = ask_send(tx, settings, at=NOW + HOUR, valid_for_s=7_200)
    say(tx, request)
    start_unbacked(tx, settings, request, decide_by(tx, request))
    assert state(tx, request) is RequestState.EXPIRED


def test_a_send_that_starts_with_the_yes_waits_as_long_as_its_policy_says(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings, at=None, valid_for_s=7_200)
    assert decide_by(tx, request) == NOW + 24 * HOUR


def test_marketing_waits_no_longer_than_the_hours_in_which_it_may_go(
    tx: Tx, settings: Settings
) -> None:
    at = CLOSES - HOUR
    request = ask_send(tx, settings, "2221", at=at, valid_for_s=4 * 3_600)
    assert decide_by(tx, request) == CLOSES - timedelta(seconds=UNDO_S)


def test_moved_to_a_later_time_it_waits_as_long_as_its_policy_says_again(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings, at=NOW + HOUR, valid_for_s=7_200)
    jobs.reschedule(tx, request.id, LIN, NOW + 48 * HOUR, settings, NOW + HOUR)
    assert decide_by(tx, request) == NOW + 25 * HOUR
    jobs.reschedule(tx, request.id, LIN, NOW + 4 * HOUR, settings, NOW + 2 * HOUR)
    assert decide_by(tx, request) == NOW + 6 * HOUR - timedelta(seconds=UNDO_S)


def test_a_line_elsewhere_names_the_same_time(tx: Tx) -> None:
    elsewhere = {"channels.approvals": "C0APPROVALS", "sending.undo_s": UNDO_S}
    settings = settings_with(**everything(), **elsewhere)
    request = ask_send(tx, settings, at=NOW + HOUR, valid_for_s=7_200)
    told = facts(tx, f"{request.id}:elsewhere")
    assert told["expires_ms"] == to_ms(NOW + 3 * HOUR - timedelta(seconds=UNDO_S))


def test_limits_for_a_while_wait_no_longer_than_to_their_end(tx: Tx, settings: Settings) -> None:
    until = NOW + 2 * HOUR
    request = limit_asks.draft(tx, settings, "day=99", until=until)
    asked = limit_asks.hand_in(tx, settings, request)
    assert asked.state is RequestState.AWAITING_APPROVAL
    assert decide_by(tx, asked) == until


def exempt(until: datetime) -> ExemptAsk:
    return ExemptAsk("demo", LimitExempt(NUMBER, "load test", None, to_ms(until)), LIN, "C0SMS")


def test_an_exemption_waits_no_longer_than_to_its_end(tx: Tx, settings: Settings) -> None:
    request = exempting.ask(tx, exempt(NOW + HOUR), settings, NOW)
    assert isinstance(request, Request)
    assert decide_by(tx, request) == NOW + HOUR
    assert say(tx, request, now=NOW + HOUR) is VoteRefusal.EXPIRED


def test_an_exemption_that_is_over_is_not_asked_for(tx: Tx, settings: Settings) -> None:
    end = exempting.ask(tx, exempt(NOW), settings, NOW)
    assert end == Refusal(ExemptReason.OVER)


def test_what_waits_for_less_than_two_hours_is_reminded_of_when_half_is_over(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings, at=NOW, valid_for_s=3_600 + UNDO_S)
    assert approvals.find_ending(tx, later(minutes=29)) == []
    (ending,) = approvals.find_ending(tx, later(minutes=30))
    approvals.remind(tx, ending.request.id, frozenset({MAYA}), later(minutes=30))
    told = facts(tx, f"{request.id}:ending:{to_ms(NOW)}:{MAYA}")
    assert told["expires_ms"] == to_ms(NOW + HOUR)
    assert approvals.find_ending(tx, later(minutes=31)) == []


def test_it_is_an_alert_in_the_last_quarter_of_an_hour_until_nobody_can_decide(
    tx: Tx, settings: Settings
) -> None:
    request = ask_send(tx, settings, at=NOW, valid_for_s=3_600 + UNDO_S)

    def firing(minutes: int) -> list[object]:
        found = content_alerts.find_expiring(tx, later(minutes=minutes))
        return [each.facts["request_id"] for each in found]

    assert [firing(44), firing(45), firing(59), firing(60)] == [[], [request.id], [request.id], []]


def test_what_has_no_end_of_its_own_waits_as_long_as_its_policy_says(
    tx: Tx, settings: Settings
) -> None:
    request = ask(tx, settings)
    assert decide_by(tx, request) == NOW + 24 * HOUR
    assert state(tx, request) is RequestState.AWAITING_APPROVAL
