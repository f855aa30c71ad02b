"""What the card of an app's limits knows: every cap and its origin, today, who is near, changes."""

from datetime import datetime, timedelta

from bot.rules.classes import TemplateClass
from bot.rules.limits import day_of
from bot.rules.provenance import Origin, Traced
from bot.rules.roles import EVERY_APP
from bot.settings import Settings
from bot.slack.messages.limits import Fate, LimitsView, Pace, Total
from handlers.flows import limit_drafts, limit_shows, limits
from storage import limit_counts, limit_exemptions, traffic
from storage import limits as stored
from storage.db import Tx
from storage.limit_counts import LimitRefusal
from storage.limit_exemptions import Exemption
from storage.requests import Request
from tests.handlers.flows.asks import BO, say
from tests.handlers.flows.limit_asks import agreed, demo, draft, hand_in, simulated
from tests.storage.lines import line, put
from tests.storage.rows import LIN, NOW, NUMBER, OTHER_NUMBER, add_message, later

DAY_S = 86_400


def view(tx: Tx, settings: Settings, now: datetime = NOW) -> LimitsView:
    return limit_shows.load(tx, demo(settings), EVERY_APP, settings, now)


def test_every_cap_comes_with_its_origin(tx: Tx, settings: Settings) -> None:
    limits.seed(tx, settings, NOW)
    for_good = agreed(tx, settings, "day=9 otp.day=3")
    temporary = agreed(tx, settings, "day=20", for_s=DAY_S)
    found = {each.key: each for each in view(tx, settings).caps}
    end = later(s=DAY_S)
    assert found["number.day"] == Traced("number.day", 20, Origin.CHANGE, temporary.id, end, 9)
    assert found["otp.day"] == Traced("otp.day", 3, Origin.CHANGE, for_good.id)
    assert found["same.30s"] == Traced("same.30s", 100, Origin.SETTINGS)
    after = {each.key: each for each in view(tx, settings, end).caps}
    assert after["number.day"] == Traced("number.day", 9, Origin.CHANGE, for_good.id)
    # Once folded it is the same.
    stored.fold(tx, "demo", NOW)
    assert view(tx, settings, end).caps == tuple(after.values())


def test_what_app_yaml_says_otherwise_is_told(tx: Tx, settings: Settings) -> None:
    limits.seed(tx, settings, NOW)
    assert view(tx, settings).differs == {}
    agreed(tx, settings, "day=9 SG.stop=3")
    agreed(tx, settings, "hour=4", for_s=DAY_S)
    assert view(tx, settings).differs == {"number.day": (5, 9), "SG.stop": (None, 3)}


def test_today_is_counted_against_its_totals_and_by_the_hour(tx: Tx, settings: Settings) -> None:
    agreed(tx, settings, "mainland.stop=100 mainland.warn=50 SG.stop=4 US.stop=100")
    limit_counts.count(tx, "demo", day_of(NOW), {"CN": 60, "SG": 4, "US": 1})
    for hours, many in ((0, 5), (3, 7), (30, 9)):
        hour_s = traffic.hour_of(NOW - timedelta(hours=hours))
        put(tx, line(hour_s), {"begun": many})
    sealed = tx.vault.seal_number(NUMBER)
    for minutes in (1, 2, 70):
        at = NOW - timedelta(minutes=minutes)
        refused = LimitRefusal("demo", at, "R-1", sealed, "x", TemplateClass.OTP, "CN", "per_day")
        limit_counts.add_refusals(tx, [refused])
    found = view(tx, settings)
    assert found.totals == (
        Total("mainland", 60, 50, 100),
        Total("international", 5),
        Total("SG", 4, None, 4),
        Total("US", 1, None, 100),
    )
    assert found.hours.begun == (*([0] * 20), 7, 0, 0, 5)
    assert found.hours.kept_back == (*([0] * 21), 1, 2, 0)
    assert found.hours.first == NOW - timedelta(hours=23)


def test_who_is_near_a_cap_of_an_hour_or_a_day_is_found(tx: Tx, settings: Settings) -> None:
    agreed(tx, settings, "day=5 30s=1 hour=off")
    for number, times in ((NUMBER, 5), (OTHER_NUMBER, 4), ("+8613800000003", 3)):
        for _ in range(times):
            add_message(tx, number)
    found = view(tx, settings).near
    assert found.count == 2
    assert [(each.number, each.used, each.allowed) for each in found.rows] == [
        (NUMBER, 5, 5),
        (OTHER_NUMBER, 4, 5),
    ]
    first, second = found.rows
    assert first.next_at == NOW.replace(hour=16)
    assert second.next_at is None
    exemption = Exemption("demo", NUMBER, None, "x", LIN, "R-1", NOW)
    limit_exemptions.put(tx, exemption, NOW)
    assert [each.number for each in view(tx, settings).near.rows] == [OTHER_NUMBER]


def test_the_next_time_is_the_one_a_send_is_told_where_a_change_ends_before(
    tx: Tx, settings: Settings
) -> None:
    agreed(tx, settings, "day=2", for_s=7_200)
    for _ in range(2):
        add_message(tx, NUMBER)
    (near,) = view(tx, settings).near.rows
    assert (near.key, near.next_at) == ("number.day", later(minutes=120))


def test_the_class_that_is_tightest_is_named(tx: Tx, settings: Settings) -> None:
    agreed(tx, settings, "day=10 otp.hour=2")
    for _ in range(2):
        add_message(tx, NUMBER, class_=TemplateClass.OTP)
    (near,) = view(tx, settings).near.rows
    assert (near.key, near.used, near.allowed) == ("otp.hour", 2, 2)
    assert near.next_at == later(minutes=60)


def test_what_is_pending_and_what_became_of_changes(tx: Tx, settings: Settings) -> None:
    first = agreed(tx, settings, "day=9")
    ended = agreed(tx, settings, "hour=4", for_s=60)
    undone = agreed(tx, settings, "otp.day=7")
    stored.undo_change(tx, undone.id, BO, later(s=30))
    temporary = agreed(tx, settings, "day=20", for_s=DAY_S)
    to_come = agreed(tx, settings, "day=3", at=later(minutes=60))
    waiting = hand_in(tx, settings, draft(tx, settings, "marketing.day=1"))
    found = view(tx, settings, later(s=90))
    assert [(each.request_id, each.pace, each.at) for each in found.pending.rows] == [
        (waiting.id, Pace.WAITING, later(s=DAY_S)),
        (to_come.id, Pace.SCHEDULED, later(minutes=60)),
        (temporary.id, Pace.TEMPORARY, later(s=DAY_S)),
    ]
    assert [(each.request_id, each.fate, each.at) for each in found.history.rows] == [
        (to_come.id, Fate.TO_COME, later(minutes=60)),
        (temporary.id, Fate.HOLDS, None),
        (undone.id, Fate.UNDONE, later(s=30)),
        (ended.id, Fate.ENDED, later(s=60)),
        (first.id, Fate.HOLDS, None),
    ]
    assert found.history.rows[2].by == BO
    assert {each.reason for each in found.history.rows} == {"campaign"}


def test_a_roll_back_is_named_while_it_waits_and_once_it_was_agreed_to(
    tx: Tx, settings: Settings
) -> None:
    change = agreed(tx, settings, "day=3")
    drafted = limit_drafts.roll_back(tx, change.id, LIN, settings, NOW)
    assert isinstance(drafted, Request), drafted
    asked = simulated(tx, settings, drafted)
    (pending,) = view(tx, settings).pending.rows
    assert (pending.request_id, pending.undoes) == (asked.id, change.id)
    say(tx, asked)
    (past,) = view(tx, settings).history.rows
    assert (past.fate, past.by, past.by_request) == (Fate.UNDONE, LIN, asked.id)
