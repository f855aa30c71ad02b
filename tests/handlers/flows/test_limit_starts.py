"""A change of limits that begins later lets more through only by the words of those who still may
say them; what it tightens holds by time alone."""

from datetime import timedelta

import pytest

from bot.rules.audit import What
from bot.rules.roles import EVERY_APP
from bot.settings import Settings
from bot.slack.messages.limit_changes import LimitsPhase
from bot.slack.messages.limits import Fate
from handlers.flows import (
    backing,
    limit_cards,
    limit_changes,
    limit_drafts,
    limit_shows,
    limit_starts,
    limit_times,
)
from handlers.flows.backing import Asked
from handlers.flows.limit_changes import WAITS_FOR
from handlers.flows.limit_drafts import RolledBack
from storage import audit, cards, posts
from storage import limits as stored
from storage.audit import AuditQuery
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.asks import say, settings_with, thread
from tests.handlers.flows.limit_asks import again, agreed, agreed_once, caps, demo, draft, hand_in
from tests.policies import plain, row
from tests.storage.rows import LIN, MAYA, NOW

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AT = NOW + HOUR
#: Fifty a day and number, and a tightening is asked of somebody, too.
FIFTY = settings_with(**{"apps.0.limits.per_number_day": 50})


def shown(tx: Tx, request: Request) -> int:
    """How often its card was to be shown anew."""
    due = cards.find_due(tx, AT + timedelta(days=9), 9)
    return sum(each.wanted for each in due if each.request_id == request.id)


def day(tx: Tx, settings: Settings, at: timedelta = HOUR) -> int:
    return caps(tx, settings, NOW + at)["number.day"]


def asked(tx: Tx, still: frozenset[str] | None, at: timedelta = HOUR) -> int:
    """Whoever is to be asked about is, and what Slack says is followed; how many that were."""
    now = NOW + at
    due = limit_starts.find_to_ask(tx, now)
    answers: dict[str, Asked] = {
        each.request_id: Asked(each, None if still is None else still & each.voters) for each in due
    }
    limit_starts.settle(tx, answers, now)
    limit_times.tell(tx, now)
    return len(due)


def test_while_those_who_approved_still_may_it_lets_more_through_at_its_time(
    tx: Tx, settings: Settings
) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    assert not limit_starts.is_due(tx, AT - MINUTE)
    assert asked(tx, frozenset({MAYA}), HOUR - limit_starts.AHEAD) == 1
    assert [day(tx, settings, at) for at in (HOUR - MINUTE, HOUR)] == [5, 9]
    assert asked(tx, frozenset()) == 0
    assert thread(tx, request)[-1] == "limit.began"


def test_before_slack_was_asked_it_lets_no_more_through(tx: Tx, settings: Settings) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    limit_times.tell(tx, AT)
    assert day(tx, settings) == 5
    assert stored.fold(tx, "demo", AT) == []
    assert "limit.began" not in thread(tx, request)
    phases = [limit_cards.load(tx, request, settings, at).phase for at in (AT - MINUTE, AT)]
    assert phases == [LimitsPhase.SCHEDULED, LimitsPhase.WAITING]


def test_where_too_few_still_may_it_is_taken_back_and_says_why(tx: Tx, settings: Settings) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    asked(tx, frozenset(), HOUR - limit_starts.AHEAD)
    assert day(tx, settings) == 5
    assert limit_cards.load(tx, again(tx, request), settings, AT).phase is LimitsPhase.LAPSED
    told = posts.last_of(tx, request.id, "limit.lapsed")
    assert told is not None
    assert (told[0]["gone"], told[0]["have"], told[0]["needed"]) == ([MAYA], 0, 1)
    assert posts.is_known(tx, f"{request.id}:limit.lapsed:requester")
    (past,) = limit_shows.load(tx, demo(settings), EVERY_APP, settings, AT).history.rows
    assert past.fate is Fate.LAPSED
    entries = audit.find(tx, AuditQuery(what=What.LIMITS_UNDONE.value), 9)
    assert [(each.facts or {})["who"] for each in entries] == [MAYA]


def test_where_slack_does_not_say_it_waits_says_so_once_and_is_not_lost(
    tx: Tx, settings: Settings
) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    asked(tx, None, HOUR - limit_starts.AHEAD)
    assert not backing.was_unasked(tx, request.id)
    for at in (HOUR, HOUR + MINUTE):
        asked(tx, None, at)
    assert thread(tx, request).count("unasked") == 1
    asked(tx, frozenset({MAYA}), 2 * HOUR)
    assert day(tx, settings, 2 * HOUR) == 9
    assert thread(tx, request)[-1] == "limit.began"


def test_its_card_says_that_it_waits_for_slack_once_it_does(tx: Tx, settings: Settings) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    seen = shown(tx, request)
    asked(tx, None)
    assert (once := shown(tx, request)) > seen
    asked(tx, None, HOUR + MINUTE)
    assert shown(tx, request) == once
    waiting = limit_cards.load(tx, again(tx, request), settings, AT)
    assert (waiting.phase, waiting.waits_until) == (LimitsPhase.WAITING, AT + WAITS_FOR)


def test_it_waits_for_slack_no_longer_than_a_day_and_says_so(tx: Tx, settings: Settings) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    asked(tx, None, HOUR + WAITS_FOR - MINUTE)
    assert stored.find_unasked(tx, AT + WAITS_FOR)
    late = HOUR + WAITS_FOR
    asked(tx, None, late)
    assert asked(tx, frozenset({MAYA}), late + MINUTE) == 0
    assert day(tx, settings, late + MINUTE) == 5
    assert thread(tx, request)[-1] == "limit.unasked"
    assert posts.is_known(tx, f"{request.id}:limit.unasked:requester")
    card = limit_cards.load(tx, again(tx, request), settings, NOW + late)
    assert card.phase is LimitsPhase.UNASKED
    (past,) = limit_shows.load(tx, demo(settings), EVERY_APP, settings, NOW + late).history.rows
    assert past.fate is Fate.UNASKED
    (entry,) = audit.find(tx, AuditQuery(what=What.LIMITS_UNDONE.value), 9)
    assert (entry.facts or {})["reason"] == "unasked"


def test_whatever_slack_says_of_it_in_its_last_minute_counts(tx: Tx, settings: Settings) -> None:
    agreed_once(tx, settings, "day=9", at=AT)
    asked(tx, None)
    asked(tx, frozenset({MAYA}), HOUR + WAITS_FOR)
    assert day(tx, settings, HOUR + WAITS_FOR) == 9


@pytest.mark.parametrize(
    ("still", "at", "kind"),
    [
        (frozenset[str](), 2 * HOUR, "limit.lapsed"),
        (None, HOUR + WAITS_FOR, "limit.unasked"),
    ],
)
def test_what_it_tightened_until_it_lapsed_is_told_with_what_holds_now(
    tx: Tx, still: frozenset[str] | None, at: timedelta, kind: str
) -> None:
    request = agreed_once(tx, FIFTY, "hour=20 same=off", at=AT)
    before = caps(tx, FIFTY, NOW).get("number.hour")
    asked(tx, None)
    assert caps(tx, FIFTY, NOW + at)["number.hour"] == 20
    asked(tx, still, at)
    told = posts.last_of(tx, request.id, kind)
    assert told is not None
    assert (told[0]["held"], told[0]["now"]) == ({"number.hour": 20}, {"number.hour": before})
    assert caps(tx, FIFTY, NOW + at).get("number.hour") == before


def test_of_what_lapses_before_its_start_nothing_held(tx: Tx) -> None:
    request = agreed_once(tx, FIFTY, "hour=20 same=off", at=AT)
    asked(tx, frozenset(), HOUR - limit_starts.AHEAD)
    told = posts.last_of(tx, request.id, "limit.lapsed")
    assert told is not None
    assert told[0]["held"] == {}


def test_what_held_in_part_is_not_called_cancelled_before_it_began(tx: Tx) -> None:
    request = agreed_once(tx, FIFTY, "hour=20 same=off", at=AT)
    asked(tx, None)
    assert limit_changes.take_back(tx, request.id, LIN, "R-0001", AT)
    told = posts.last_of(tx, request.id, "limit.undone")
    assert told is not None
    assert told[0]["has_begun"]
    assert limit_cards.load(tx, again(tx, request), FIFTY, AT).phase is LimitsPhase.UNDONE
    (past,) = limit_shows.load(tx, demo(FIFTY), EVERY_APP, FIFTY, AT).history.rows
    assert past.fate is Fate.UNDONE


def test_what_waited_behind_a_cancelled_one_becomes_part_of_the_policy(
    tx: Tx, settings: Settings
) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    agreed(tx, settings, "hour=1", at=AT)
    asked(tx, None)
    assert [each.folded_at for each in stored.open_changes(tx, "demo")] == [None, None]
    end = limit_drafts.roll_back(tx, request.id, LIN, settings, AT, may_ask=False)
    assert isinstance(end, RolledBack)
    assert stored.open_changes(tx, "demo") == []
    assert caps(tx, settings, AT)["number.hour"] == 1


def test_what_is_still_to_be_told_is_told_before_it_becomes_part_of_the_policy(
    tx: Tx, settings: Settings
) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    later = agreed(tx, settings, "day=3", at=AT + HOUR)
    asked(tx, None)
    limit_drafts.roll_back(tx, request.id, LIN, settings, AT + HOUR, may_ask=False)
    asked(tx, None, 2 * HOUR)
    assert thread(tx, later)[-1] == "limit.began"
    assert stored.open_changes(tx, "demo") == []


def test_what_lets_nothing_more_through_begins_by_time_alone(tx: Tx) -> None:
    agreed_once(tx, FIFTY, "day=9", at=AT)
    assert day(tx, FIFTY) == 9
    assert asked(tx, None) == 0
    assert day(tx, FIFTY, 2 * HOUR) == 9
    assert not limit_starts.is_due(tx, AT)


def test_of_one_that_does_both_only_what_it_tightens_begins_at_once(tx: Tx) -> None:
    agreed_once(tx, FIFTY, "hour=20 same=off", at=AT)
    held = caps(tx, FIFTY, AT)
    assert held["number.hour"] == 20
    assert held["same.30s"] == 1


def test_a_tightening_that_lies_above_a_stricter_one_by_then_is_asked_about(tx: Tx) -> None:
    agreed_once(tx, FIFTY, "day=30", at=AT)
    agreed_once(tx, FIFTY, "day=20")
    assert day(tx, FIFTY) == 20
    assert asked(tx, frozenset({MAYA})) == 1
    assert day(tx, FIFTY) == 30


def test_what_begins_within_a_minute_of_the_last_word_is_not_asked_about(
    tx: Tx, settings: Settings
) -> None:
    agreed_once(tx, settings, "day=9")
    request = hand_in(tx, settings, draft(tx, settings, "hour=3", at=AT))
    say(tx, request, now=AT - MINUTE / 2)
    assert stored.find_unasked(tx, AT) == []


def test_what_nobody_had_to_approve_is_never_asked_about(tx: Tx) -> None:
    free = settings_with(**plain(row(0, "limits.tighten", "limits.change")))
    hand_in(tx, free, draft(tx, free, "day=9", at=AT))
    assert stored.find_unasked(tx, AT) == []
    assert day(tx, free) == 9


def test_one_for_a_while_of_which_slack_never_said_ends_and_says_so(
    tx: Tx, settings: Settings
) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT, until=AT + HOUR)
    asked(tx, None)
    asked(tx, None, 2 * HOUR)
    assert thread(tx, request)[-1] == "limit.unbegun"
    assert not limit_starts.is_due(tx, AT + HOUR)


def test_its_requester_can_cancel_what_waits_for_slacks_word(tx: Tx, settings: Settings) -> None:
    request = agreed_once(tx, settings, "day=9", at=AT)
    asked(tx, None)
    end = limit_drafts.roll_back(tx, request.id, LIN, settings, AT, may_ask=False)
    assert end == RolledBack(request.id, had_begun=False)


def test_a_change_for_after_it_is_compared_with_what_it_will_be(tx: Tx, settings: Settings) -> None:
    agreed_once(tx, settings, "day=9", at=AT)
    after = draft(tx, settings, "day=7", at=AT + HOUR)
    assert after.payload["before"] == {"number.day": 9}


def test_one_that_slack_speaks_of_late_does_not_win_over_one_that_began_after_it(
    tx: Tx, settings: Settings
) -> None:
    agreed_once(tx, settings, "day=9", at=AT)
    agreed_once(tx, settings, "day=7", at=AT + HOUR)
    asked(tx, None)
    change = limit_starts.find_to_ask(tx, AT + HOUR)[-1]
    stored.note_asked(tx, change.request_id)
    limit_times.tell(tx, AT + HOUR)
    assert day(tx, settings, 2 * HOUR) == 7
    asked(tx, frozenset({MAYA}), 3 * HOUR)
    assert day(tx, settings, 3 * HOUR) == 7
    known = stored.policy_row(tx, "demo")
    assert known is not None
    assert known.policy.as_mapping()["number.day"] == 7
