"""A change of limits: drafted, looked at, agreed to, in effect for a while, taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.rules import schedule
from bot.rules.approvals import Approved, Rejected, Verdict, Via, VoteRefusal
from bot.rules.limit_words import CapFault, CapReason, Caution, CautionReason
from bot.rules.limits import day_of
from bot.rules.requests import RequestState
from bot.rules.schedule import Scheduled, ScheduleFault, ScheduleReason
from bot.rules.subjects import LimitsChange
from bot.settings import Settings
from bot.slack.messages.limit_changes import LimitsPhase, Overlap
from handlers.commands.limit_card import fields_of_change
from handlers.flows import limit_cards, limit_drafts, limit_times, voting
from handlers.flows.approvals import Superseded
from handlers.flows.grounds import Upstream
from handlers.flows.limit_drafts import AskedBefore, LimitRefusal, RolledBack
from storage import approvals as stored_approvals
from storage import declarations, limit_counts, requests
from storage import limits as stored
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request
from tests.handlers.flows.asks import BO, ballot, facts, say, settings_with, thread
from tests.handlers.flows.declaring import declare
from tests.handlers.flows.limit_asks import (
    SIMULATION,
    again,
    agreed,
    caps,
    demo,
    draft,
    hand_in,
    simulated,
    wanted,
)
from tests.policies import plain, row
from tests.storage.rows import LIN, MAYA, NOW, later

#: Of the file's settings: five a day and number.
DAY_5 = {"number.day": 5, "same.30s": 100}
HOUR = timedelta(hours=1)
#: Fifty a day and number, and a tightening is asked of nobody.
ALONE = settings_with(**plain(row(0, "limits.tighten")), **{"apps.0.limits.per_number_day": 50})
INDIVIDUAL = settings_with(**{"content.is_individual": True})


def phase(tx: Tx, settings: Settings, request: Request, now: datetime = NOW) -> LimitsPhase:
    return limit_cards.load(tx, again(tx, request), settings, now).phase


def overlaps(tx: Tx, settings: Settings, request: Request, now: datetime) -> tuple[Overlap, ...]:
    return limit_cards.load(tx, again(tx, request), settings, now).overlaps


def to_type(tx: Tx, settings: Settings, request: Request, now: datetime) -> list[str]:
    """What its card says is left to type in the console, of what nobody declared alike."""
    declared = {"number.day": 5, "number.hour": None, "number.30s": None, "same.30s": 100}
    if declarations.latest(tx, "demo") is None:
        declare(tx, settings, declared)
    step = limit_cards.load(tx, again(tx, request), settings, now).step
    return [] if step is None else [f"{each.key}={each.wanted}" for each in step.differences]


def test_what_was_agreed_to_holds_from_then_on(tx: Tx, settings: Settings) -> None:
    request = draft(tx, settings, "day=9 hour=3")
    assert request.state is RequestState.DRAFT
    assert phase(tx, settings, request) is LimitsPhase.DRAFT
    hand_in(tx, settings, request)
    assert caps(tx, settings) == DAY_5
    assert phase(tx, settings, request) is LimitsPhase.AWAITING
    say(tx, again(tx, request), now=later(s=9))
    assert caps(tx, settings, later(s=9)) == DAY_5 | {"number.day": 9, "number.hour": 3}
    assert again(tx, request).state is RequestState.DONE
    assert phase(tx, settings, request, later(s=9)) is LimitsPhase.IN_EFFECT


def test_it_is_part_of_the_policy_once_it_was_told(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings)
    assert limit_times.is_due(tx, NOW)
    limit_times.tell(tx, NOW)
    assert not limit_times.is_due(tx, NOW)
    change = stored.get_change(tx, request.id)
    assert change is not None
    assert change.folded_at == NOW
    assert caps(tx, settings) == DAY_5 | {"number.day": 9}
    assert thread(tx, request)[-1] == "limit.began"


def test_a_change_for_a_while_ends_by_itself(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=9", for_s=86_400)
    day = timedelta(days=1)
    # Nothing runs meanwhile: time alone decides.
    assert caps(tx, settings, NOW + day - HOUR)["number.day"] == 9
    assert caps(tx, settings, NOW + day) == DAY_5
    limit_times.tell(tx, NOW + day)
    told = thread(tx, request)
    assert "limit.ended" in told
    assert "limit.began" not in told
    assert phase(tx, settings, request, NOW + day) is LimitsPhase.ENDED
    assert not limit_times.is_due(tx, NOW + day)


def test_it_takes_effect_at_its_time_and_ends_at_its_own(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=9", at=NOW + HOUR, until=NOW + 3 * HOUR)
    assert phase(tx, settings, request) is LimitsPhase.SCHEDULED
    seen = [caps(tx, settings, NOW + hours * HOUR)["number.day"] for hours in range(5)]
    assert seen == [5, 9, 9, 5, 5]
    assert not limit_times.is_due(tx, NOW + HOUR - timedelta(seconds=1))
    limit_times.tell(tx, NOW + HOUR)
    limit_times.tell(tx, NOW + 3 * HOUR)
    assert thread(tx, request)[-2:] == ["limit.began", "limit.ended"]


def test_what_lasts_is_counted_from_its_start(tx: Tx, settings: Settings) -> None:
    request = hand_in(tx, settings, draft(tx, settings, "day=9", for_s=3_600))
    say(tx, request, now=NOW + 5 * HOUR)
    assert caps(tx, settings, NOW + 5.5 * HOUR)["number.day"] == 9
    assert caps(tx, settings, NOW + 6 * HOUR)["number.day"] == 5


def test_one_for_good_holds_beneath_one_for_a_while(tx: Tx, settings: Settings) -> None:
    brief = agreed(tx, settings, "day=2", for_s=3_600)
    lasting = agreed(tx, settings, "day=9", now=later(s=9))
    assert caps(tx, settings, later(s=10))["number.day"] == 2
    assert overlaps(tx, settings, lasting, later(s=10)) == (
        Overlap(brief.id, "day=2", None, NOW + HOUR),
    )
    # Of the brief one, what was agreed to beneath it holds afterwards.
    assert overlaps(tx, settings, brief, later(s=10)) == (
        Overlap(lasting.id, "day=9", None, None, is_above=False),
    )
    assert caps(tx, settings, NOW + HOUR)["number.day"] == 9


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("day=5", CapReason.UNCHANGED),
        ("hour=6", CapReason.BEYOND_WIDER),
        ("day=0", CapReason.ZERO),
        ("", CapReason.NOTHING),
    ],
)
def test_what_is_no_change_is_not_drafted(
    tx: Tx, settings: Settings, typed: str, reason: CapReason
) -> None:
    found = limit_drafts.draft(tx, wanted(settings, typed), NOW)
    assert isinstance(found, tuple)
    assert [each.reason for each in found] == [reason]
    assert limit_drafts.find_unsimulated(tx) == []


def test_a_draft_waits_for_its_figures_and_is_its_requesters(tx: Tx, settings: Settings) -> None:
    request = limit_drafts.draft(tx, wanted(settings), NOW)
    assert isinstance(request, Request)
    assert [each.id for each in limit_drafts.find_unsimulated(tx)] == [request.id]

    def ask(shown: Request, user: str = LIN) -> Request | LimitRefusal:
        return limit_drafts.ask(tx, shown.id, shown.sha256, user, settings, NOW)

    assert ask(request) is LimitRefusal.SIMULATING
    ready = simulated(tx, settings, request)
    assert limit_drafts.find_unsimulated(tx) == []
    assert ask(request) is LimitRefusal.CHANGED
    assert ask(ready, MAYA) is LimitRefusal.NOT_YOURS
    assert isinstance(ask(ready), Request)
    assert ask(ready) is LimitRefusal.ALREADY_ASKED


def test_a_draft_is_thrown_away_or_runs_out(tx: Tx, settings: Settings) -> None:
    one, other = draft(tx, settings), draft(tx, settings, "day=8")
    assert limit_drafts.discard(tx, one.id, MAYA, NOW) is LimitRefusal.NOT_YOURS
    assert limit_drafts.discard(tx, one.id, LIN, NOW) is RequestState.WITHDRAWN
    over = NOW + limit_drafts.DRAFT_FOR
    assert limit_times.is_due(tx, over)
    limit_times.tell(tx, over)
    assert phase(tx, settings, other, over) is LimitsPhase.EXPIRED
    assert not limit_times.is_due(tx, over)


def test_a_draft_on_limits_that_were_changed_is_made_anew(tx: Tx, settings: Settings) -> None:
    request = draft(tx, settings, "day=9 hour=3")
    agreed(tx, settings, "day=7", now=later(s=1))
    found = limit_drafts.ask(tx, request.id, request.sha256, LIN, settings, later(s=2))
    assert found is LimitRefusal.REDRAFTED
    fresh = again(tx, request)
    assert fresh.payload["before"] == {"number.day": 7, "number.hour": None}
    assert fresh.payload["simulation"] is None
    agreed(tx, settings, "day=9 hour=3", now=later(s=3))
    ready = simulated(tx, settings, fresh, now=later(s=4))
    found = limit_drafts.ask(tx, ready.id, ready.sha256, LIN, settings, later(s=5))
    assert found is LimitRefusal.POINTLESS


def test_an_approval_is_about_what_was_shown(tx: Tx, settings: Settings) -> None:
    request = hand_in(tx, settings, draft(tx, settings, "day=9"))
    agreed(tx, settings, "day=7", now=later(s=1))
    outcome = voting.vote(tx, request.id, ballot(request), settings, later(s=2))
    assert outcome == Superseded(Upstream.LIMITS_MOVED, "")
    assert phase(tx, settings, request) is LimitsPhase.SUPERSEDED
    assert caps(tx, settings, later(s=3))["number.day"] == 7


def test_a_change_of_other_caps_does_not_get_in_its_way(tx: Tx, settings: Settings) -> None:
    request = hand_in(tx, settings, draft(tx, settings, "day=9"))
    agreed(tx, settings, "otp.day=3", now=later(s=1))
    # Nor does one for a while: one for good applies beneath it.
    agreed(tx, settings, "day=4", now=later(s=2), for_s=60)
    say(tx, request, now=later(s=3))
    assert again(tx, request).state is RequestState.DONE


def test_what_waits_gives_way_as_soon_as_the_limits_are_others(tx: Tx, settings: Settings) -> None:
    request = hand_in(tx, settings, draft(tx, settings, "day=9"))
    agreed(tx, settings, "day=7", now=later(s=1))
    limit_times.tell(tx, later(s=2))
    assert again(tx, request).state is RequestState.SUPERSEDED


def test_nobody_decides_on_what_would_be_over(tx: Tx, settings: Settings) -> None:
    request = hand_in(tx, settings, draft(tx, settings, "day=9", until=NOW + HOUR))
    outcome = voting.vote(tx, request.id, ballot(request), settings, NOW + HOUR)
    assert outcome in {VoteRefusal.EXPIRED, Superseded(Upstream.LIMITS_OVER, "")}
    assert caps(tx, settings, NOW + HOUR) == DAY_5


def test_where_codes_would_be_kept_back_no_emoji_counts(tx: Tx, settings: Settings) -> None:
    drafted = limit_drafts.draft(tx, wanted(settings, "otp.day=1"), NOW)
    assert isinstance(drafted, Request)
    found = replace(SIMULATION, blocked={"otp": 2}, blocked_numbers=1)
    request = hand_in(tx, settings, simulated(tx, settings, drafted, found))

    def vote(via: Via) -> object:
        return voting.vote(tx, request.id, ballot(request, via=via), settings, NOW)

    assert vote(Via.REACTION) is VoteRefusal.BUTTONS_ONLY
    vote(Via.BUTTON)
    assert again(tx, request).state is RequestState.DONE


@pytest.mark.parametrize("key", ["mainland.stop", "international.stop", "SG.stop"])
def test_where_no_code_would_go_no_emoji_counts_whatever_was_sent(
    tx: Tx, settings: Settings, key: str
) -> None:
    request = hand_in(tx, settings, draft(tx, settings, f"{key}=0"))
    outcome = voting.vote(tx, request.id, ballot(request, via=Via.REACTION), settings, NOW)
    assert outcome is VoteRefusal.BUTTONS_ONLY
    other = hand_in(tx, settings, draft(tx, settings, f"{key}=1"))
    assert voting.vote(tx, other.id, ballot(other, via=Via.REACTION), settings, NOW) == Approved()


def test_tightening_may_have_a_policy_of_its_own(tx: Tx) -> None:
    settings = settings_with(**plain(row(0, "limits.tighten")))
    tighter = hand_in(tx, settings, draft(tx, settings, "day=1"))
    assert tighter.state is RequestState.DONE
    assert caps(tx, settings)["number.day"] == 1
    looser = hand_in(tx, settings, draft(tx, settings, "day=9"))
    assert looser.state is RequestState.AWAITING_APPROVAL


def test_a_roll_back_that_lets_no_more_through_is_done_at_once(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=9")
    limit_times.tell(tx, NOW)
    end = limit_drafts.roll_back(tx, request.id, MAYA, settings, later(s=9))
    assert end == RolledBack(request.id)
    assert caps(tx, settings, later(s=9)) == DAY_5
    card = limit_cards.load(tx, again(tx, request), settings, later(s=9))
    assert (card.phase, card.undone_by) == (LimitsPhase.UNDONE, MAYA)
    assert thread(tx, request)[-1] == "limit.undone"
    end = limit_drafts.roll_back(tx, request.id, MAYA, settings, later(s=10))
    assert end is LimitRefusal.UNDONE


def test_a_roll_back_that_lets_more_through_is_asked_for(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=2")
    limit_times.tell(tx, NOW)
    asked = limit_drafts.roll_back(tx, request.id, LIN, settings, later(s=9))
    assert isinstance(asked, Request)
    assert (asked.payload["before"], asked.payload["caps"]) == (
        {"number.day": 2},
        {"number.day": 5},
    )
    second = limit_drafts.roll_back(tx, request.id, MAYA, settings, later(s=9))
    assert second == AskedBefore(asked.id)
    # With its figures it is handed in by itself: the click was its requester's word.
    waiting = simulated(tx, settings, asked, now=later(s=10))
    assert waiting.state is RequestState.AWAITING_APPROVAL
    assert caps(tx, settings, later(s=10))["number.day"] == 2
    say(tx, waiting, now=later(s=11))
    assert caps(tx, settings, later(s=11)) == DAY_5
    assert phase(tx, settings, waiting, later(s=11)) is LimitsPhase.TOOK_BACK
    assert phase(tx, settings, request, later(s=11)) is LimitsPhase.UNDONE


def test_a_roll_back_of_what_ended_meanwhile_gives_way(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=2", for_s=60)
    asked = limit_drafts.roll_back(tx, request.id, LIN, settings, later(s=9))
    assert isinstance(asked, Request)
    waiting = simulated(tx, settings, asked, now=later(s=10))
    policy = stored_approvals.get(tx, waiting.id)
    assert policy is not None
    assert policy.expires_at == later(s=60)
    # Asked by an earlier program, which let it wait for longer.
    tx.run("UPDATE approvals SET expires_at_ms = expires_at_ms + 60000")
    outcome = voting.vote(tx, waiting.id, ballot(waiting), settings, later(s=70))
    assert outcome == Superseded(Upstream.LIMITS_UNDONE, "")
    end = limit_drafts.roll_back(tx, request.id, LIN, settings, later(s=70))
    assert end is LimitRefusal.ENDED


def test_what_has_not_begun_is_cancelled_at_once_where_it_would_let_more_through(
    tx: Tx, settings: Settings
) -> None:
    request = agreed(tx, settings, "day=9", at=NOW + HOUR)
    end = limit_drafts.roll_back(tx, request.id, MAYA, settings, later(s=9))
    assert end == RolledBack(request.id, had_begun=False)
    assert phase(tx, settings, request, NOW + 2 * HOUR) is LimitsPhase.CANCELLED
    assert caps(tx, settings, NOW + 2 * HOUR) == DAY_5
    assert not limit_times.is_due(tx, NOW + 2 * HOUR)


def test_nobody_alone_cancels_a_tightening_that_was_agreed_to(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=2", at=NOW + HOUR)
    asked = limit_drafts.roll_back(tx, request.id, MAYA, settings, later(s=9))
    assert isinstance(asked, Request)
    assert asked.payload["at_ms"] == to_ms(NOW + HOUR)
    waiting = simulated(tx, settings, asked, now=later(s=10))
    assert caps(tx, settings, NOW + 2 * HOUR)["number.day"] == 2
    say(tx, waiting, BO, now=later(s=11))
    assert caps(tx, settings, NOW + 2 * HOUR) == DAY_5


def test_a_roll_back_that_lets_more_through_later_is_asked_for(tx: Tx) -> None:
    settings = ALONE
    lasting = hand_in(tx, settings, draft(tx, settings, "day=5"))
    limit_times.tell(tx, NOW)
    # Now it is covered; in an hour it alone keeps 50 from coming back.
    brief = hand_in(tx, settings, draft(tx, settings, "day=1", later(s=1), for_s=3_600), later(s=1))
    asked = limit_drafts.roll_back(tx, lasting.id, LIN, settings, later(s=2))
    assert isinstance(asked, Request)
    assert (asked.payload["before"], asked.payload["caps"]) == (
        {"number.day": 5},
        {"number.day": 50},
    )
    over = later(s=1) + HOUR
    assert asked.payload["at_ms"] == to_ms(over)
    assert overlaps(tx, settings, asked, later(s=2)) == (Overlap(brief.id, "day=1", None, over),)
    # Its figures stay right when the brief one has ended.
    waiting = simulated(tx, settings, asked, now=later(s=3))
    limit_times.tell(tx, over)
    say(tx, waiting, now=over)
    assert caps(tx, settings, over)["number.day"] == 50


def test_an_approval_of_a_roll_back_is_about_what_it_restores(tx: Tx, settings: Settings) -> None:
    first = agreed(tx, settings, "day=4")
    limit_times.tell(tx, NOW)
    second = agreed(tx, settings, "day=3", later(s=1))
    limit_times.tell(tx, later(s=1))
    asked = limit_drafts.roll_back(tx, second.id, LIN, settings, later(s=2))
    assert isinstance(asked, Request)
    waiting = simulated(tx, settings, asked, now=later(s=3))
    assert waiting.payload["caps"] == {"number.day": 4}
    # The second covers the first, so nobody is asked; now 5 would come back, which nobody saw.
    end = limit_drafts.roll_back(tx, first.id, MAYA, settings, later(s=4))
    assert end == RolledBack(first.id)
    outcome = voting.vote(tx, waiting.id, ballot(waiting), settings, later(s=5))
    assert outcome == Superseded(Upstream.LIMITS_MOVED, "")
    assert caps(tx, settings, later(s=6))["number.day"] == 3


def test_a_roll_back_that_moved_while_it_was_looked_at_is_looked_at_again(
    tx: Tx, settings: Settings
) -> None:
    first = agreed(tx, settings, "day=4")
    limit_times.tell(tx, NOW)
    second = agreed(tx, settings, "day=3", later(s=1))
    asked = limit_drafts.roll_back(tx, second.id, LIN, settings, later(s=2))
    assert isinstance(asked, Request)
    limit_drafts.roll_back(tx, first.id, MAYA, settings, later(s=3))
    fresh = simulated(tx, settings, asked, now=later(s=4))
    assert fresh.state is RequestState.DRAFT
    assert fresh.payload["caps"] == {"number.day": 5}
    assert fresh.payload["simulation"] is None
    waiting = simulated(tx, settings, fresh, now=later(s=5))
    assert waiting.state is RequestState.AWAITING_APPROVAL
    # Meanwhile nothing is left to ask for.
    agreed(tx, settings, "day=2", later(s=6))
    other = agreed(tx, settings, "day=1", later(s=7))
    asked = limit_drafts.roll_back(tx, other.id, LIN, settings, later(s=8))
    assert isinstance(asked, Request)
    agreed(tx, settings, "day=2", later(s=9))
    done = simulated(tx, settings, asked, now=later(s=10))
    assert done.state is RequestState.WITHDRAWN
    assert phase(tx, settings, other, later(s=11)) is LimitsPhase.UNDONE


def test_what_is_looser_at_any_moment_of_its_time_is_no_tightening(tx: Tx) -> None:
    settings = ALONE
    strict = hand_in(tx, settings, draft(tx, settings, "day=2", at=NOW + 5 * HOUR))
    assert strict.state is RequestState.DONE
    # 40 is less than 50, and more than the 2 that it would lie above from then on.
    asked = draft(tx, settings, "day=40", later(s=1), for_s=86_400)
    assert overlaps(tx, settings, asked, later(s=1)) == (
        Overlap(strict.id, "day=2", NOW + 5 * HOUR, None, is_above=False),
    )
    asked = hand_in(tx, settings, asked, later(s=1))
    assert asked.state is RequestState.AWAITING_APPROVAL
    assert caps(tx, settings, NOW + 6 * HOUR)["number.day"] == 2
    short = draft(tx, settings, "day=40", later(s=2), for_s=3_600)
    assert hand_in(tx, settings, short, later(s=2)).state is RequestState.DONE


def test_a_tightening_that_came_to_lie_above_a_stricter_one_is_asked_for_anew(tx: Tx) -> None:
    settings = ALONE
    asked = draft(tx, settings, "day=40", for_s=86_400)
    hand_in(tx, settings, draft(tx, settings, "day=2", at=NOW + 5 * HOUR))
    found = limit_drafts.ask(tx, asked.id, asked.sha256, LIN, settings, later(s=1))
    assert found is LimitRefusal.REDRAFTED
    ready = simulated(tx, settings, again(tx, asked), now=later(s=2))
    assert hand_in(tx, settings, ready, later(s=3)).state is RequestState.AWAITING_APPROVAL


def test_one_for_good_tells_of_the_one_that_is_to_come_after_it(tx: Tx, settings: Settings) -> None:
    coming = agreed(tx, settings, "day=9", at=NOW + 5 * HOUR)
    lasting = agreed(tx, settings, "day=3", later(s=1))
    limit_times.tell(tx, later(s=2))
    assert phase(tx, settings, lasting, later(s=3)) is LimitsPhase.IN_EFFECT
    assert overlaps(tx, settings, lasting, later(s=3)) == (
        Overlap(coming.id, "day=9", NOW + 5 * HOUR, None),
    )
    assert overlaps(tx, settings, coming, later(s=3)) == ()


def test_who_may_not_ask_takes_back_only_what_lets_no_more_through(
    tx: Tx, settings: Settings
) -> None:
    strict = agreed(tx, settings, "day=2")
    found = limit_drafts.roll_back(tx, strict.id, MAYA, settings, later(s=1), may_ask=False)
    assert found is LimitRefusal.NOT_ASKER
    assert limit_drafts.find_unsimulated(tx) == []
    loose = agreed(tx, settings, "day=9", later(s=2))
    found = limit_drafts.roll_back(tx, loose.id, MAYA, settings, later(s=3), may_ask=False)
    assert found == RolledBack(loose.id)


def test_a_clock_put_back_leaves_the_order_of_what_became_part_of_the_policy(
    tx: Tx, settings: Settings
) -> None:
    agreed(tx, settings, "day=2")
    limit_times.tell(tx, NOW)
    other = agreed(tx, settings, "hour=2")
    limit_times.tell(tx, NOW)
    before = NOW - HOUR
    agreed(tx, settings, "day=3", before)
    limit_times.tell(tx, before)
    assert caps(tx, settings, before)["number.day"] == 3
    asked = limit_drafts.roll_back(tx, other.id, LIN, settings, before)
    assert isinstance(asked, Request)
    assert asked.payload["caps"] == {"number.hour": None}
    say(tx, simulated(tx, settings, asked, now=before), now=before)
    assert caps(tx, settings, before) == DAY_5 | {"number.day": 3}


def test_an_account_that_became_an_individuals_changes_nothing_any_more(
    tx: Tx, settings: Settings
) -> None:
    strict = agreed(tx, settings, "day=2")
    drafted, asked = draft(tx, settings, "day=9"), hand_in(tx, settings, draft(tx, settings))
    end = limit_drafts.ask(tx, drafted.id, drafted.sha256, LIN, INDIVIDUAL, later(s=1))
    assert end is LimitRefusal.INDIVIDUAL
    vote = voting.vote(tx, asked.id, ballot(asked), INDIVIDUAL, later(s=1))
    assert vote is VoteRefusal.ACCOUNT
    back = limit_drafts.roll_back(tx, strict.id, LIN, settings, later(s=2))
    assert isinstance(back, Request)
    assert simulated(tx, INDIVIDUAL, back, now=later(s=3)).state is RequestState.EXPIRED
    found = limit_drafts.roll_back(tx, strict.id, LIN, INDIVIDUAL, later(s=4))
    assert found is LimitRefusal.INDIVIDUAL
    assert caps(tx, INDIVIDUAL, later(s=5))["number.day"] == 2
    no = ballot(asked, verdict=Verdict.REJECT)
    assert voting.vote(tx, asked.id, no, INDIVIDUAL, later(s=6)) == Rejected()


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")])
def test_what_is_asked_for_again_holds_when_it_was_to_hold(zone: tzinfo) -> None:
    at, until = NOW + HOUR, NOW + timedelta(days=2, seconds=7)
    change = LimitsChange({"number.day": 9}, {"number.day": 5}, to_ms(at), None, to_ms(until), "x")
    fields = fields_of_change(change, zone, NOW)
    read = [schedule.read(each, NOW, UTC) for each in (fields.starts, fields.ends)]
    assert read == [Scheduled(at), Scheduled(until)]
    # What is over: a start is at once, an end is refused by the form and not for good.
    fields = fields_of_change(change, zone, until)
    assert fields.starts == ""
    fault = schedule.read(fields.ends, until, UTC)
    assert isinstance(fault, ScheduleFault)
    assert fault.reason is ScheduleReason.PAST


def test_a_roll_back_leaves_what_was_set_since(tx: Tx, settings: Settings) -> None:
    first = agreed(tx, settings, "day=9 otp.day=3")
    limit_times.tell(tx, NOW)
    agreed(tx, settings, "day=8", now=later(s=1))
    limit_times.tell(tx, later(s=1))
    assert phase(tx, settings, first, later(s=2)) is LimitsPhase.IN_EFFECT
    asked = limit_drafts.roll_back(tx, first.id, LIN, settings, later(s=2))
    # Its cap of codes goes, which lets more through; the day's is another's by now.
    assert isinstance(asked, Request)
    assert asked.payload["caps"] == {"otp.day": None}


def test_a_change_of_which_nothing_is_left_says_so(tx: Tx, settings: Settings) -> None:
    first = agreed(tx, settings, "day=9")
    limit_times.tell(tx, NOW)
    agreed(tx, settings, "day=8", now=later(s=1))
    limit_times.tell(tx, later(s=1))
    assert phase(tx, settings, first, later(s=2)) is LimitsPhase.OVERTAKEN


def test_a_clock_put_back_takes_nothing_back(tx: Tx, settings: Settings) -> None:
    lasting = agreed(tx, settings, "day=9", at=NOW + HOUR)
    brief = agreed(tx, settings, "hour=3", for_s=3_600, now=later(s=1))
    over = NOW + 2 * HOUR
    limit_times.tell(tx, over)
    before = NOW + HOUR / 2
    assert caps(tx, settings, before) == caps(tx, settings, over) == DAY_5 | {"number.day": 9}
    assert phase(tx, settings, lasting, before) is LimitsPhase.IN_EFFECT
    assert phase(tx, settings, brief, before) is LimitsPhase.ENDED
    assert not limit_times.is_due(tx, before)


def test_a_no_changes_nothing(tx: Tx, settings: Settings) -> None:
    request = hand_in(tx, settings, draft(tx, settings))
    say(tx, request, verdict=Verdict.REJECT)
    assert caps(tx, settings) == DAY_5
    assert stored.get_change(tx, request.id) is None
    assert phase(tx, settings, request) is LimitsPhase.REJECTED


def test_a_profile_is_a_change_too(tx: Tx, settings: Settings) -> None:
    agreed(tx, settings, "profile=classic hour=4")
    assert caps(tx, settings) == {"number.day": 10, "number.hour": 4, "same.30s": 1}
    assert demo(settings).limits.policy.as_mapping() == DAY_5


def test_an_unknown_key_is_told_with_what_was_meant(tx: Tx, settings: Settings) -> None:
    found = limit_drafts.draft(tx, wanted(settings, "hours=3"), NOW)
    assert found == (CapFault(CapReason.UNKNOWN_KEY, "hours", "3", "hour"),)
    assert requests.get(tx, "R-0000") is None


def test_the_newest_change_in_effect_alone_says_what_to_type(tx: Tx, settings: Settings) -> None:
    older = agreed(tx, settings, "day=9")
    (left,) = to_type(tx, settings, older, NOW)
    assert left == "number.day=9"
    newer = agreed(tx, settings, "hour=3", now=later(s=9))
    assert to_type(tx, settings, older, later(s=9)) == []
    assert to_type(tx, settings, newer, later(s=9)) == ["number.hour=3", "number.day=9"]


def test_what_is_stricter_for_a_while_alone_is_not_to_be_typed(tx: Tx, settings: Settings) -> None:
    brief = agreed(tx, settings, "day=2", for_s=3_600)
    assert to_type(tx, settings, brief, NOW) == []
    lasting = agreed(tx, settings, "hour=3", now=later(s=9))
    assert to_type(tx, settings, lasting, later(s=9)) == ["number.hour=3"]


def test_what_is_looser_for_a_while_is_to_be_typed_back(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=9", for_s=3_600)
    step = limit_cards.load(tx, request, settings, NOW).step
    assert step is not None
    assert step.ends_at == NOW + HOUR
    assert to_type(tx, settings, request, NOW + HOUR) == []


def test_what_took_another_back_says_when_and_nothing_to_type(tx: Tx, settings: Settings) -> None:
    request = agreed(tx, settings, "day=2")
    asked = limit_drafts.roll_back(tx, request.id, LIN, settings, NOW)
    assert isinstance(asked, Request)
    say(tx, simulated(tx, settings, asked), now=later(s=9))
    card = limit_cards.load(tx, again(tx, asked), settings, later(s=10))
    assert (card.phase, card.step, card.starts_at) == (LimitsPhase.TOOK_BACK, None, later(s=9))


def test_the_thread_knows_whether_an_approver_can_read_it(tx: Tx, settings: Settings) -> None:
    for channel, is_direct in (("D0LIN", True), ("C0SMS", False)):
        request = hand_in(tx, settings, draft(tx, settings, channel=channel))
        assert facts(tx, f"{request.id}:asked")["is_direct"] is is_direct


def test_a_stop_below_what_went_today_already_says_so_before_it_is_agreed_to(
    tx: Tx, settings: Settings
) -> None:
    limit_counts.count(tx, "demo", day_of(NOW), {"CN": 7, "SG": 1})
    tight = draft(tx, settings, "mainland.stop=7 SG.stop=2")
    found = limit_cards.load(tx, tight, settings, NOW).cautions
    assert found == (Caution(CautionReason.USED_UP, "mainland.stop", 7, used=7),)
    tomorrow = draft(tx, settings, "mainland.stop=7", at=NOW + timedelta(days=1))
    assert limit_cards.load(tx, tomorrow, settings, NOW).cautions == ()
