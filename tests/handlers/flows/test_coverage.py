from datetime import datetime, timedelta

from bot.rules.alerts import AlertKind
from bot.rules.backfill import DAY_S, day_of
from bot.rules.coverage import Theirs
from bot.rules.figures import HOUR_S
from bot.settings import Settings
from handlers.flows import coverage
from storage import alerts, coverage_checks, traffic
from storage.alerts import Alert
from storage.db import Tx
from tests.handlers.flows.running import edited
from tests.storage.lines import line, put
from tests.storage.rows import NOW

TODAY = day_of(NOW)
YESTERDAY = TODAY - DAY_S
#: Half past four in the morning in Shanghai: the day before is long enough ago.
MORNING = datetime.fromtimestamp(TODAY + 4.5 * HOUR_S, NOW.tzinfo)
SAME = Theirs(accepted=100, segments=120, reported=97, delivered=90)


def fill(tx: Tx) -> None:
    """A day of figures, and a bot that ran before it."""
    traffic.note_watched(tx, ["demo"], datetime.fromtimestamp(YESTERDAY - HOUR_S, NOW.tzinfo))
    for hour, many in ((0, 40), (23, 60)):
        counts = {"begun": many, "accepted": many, "segments": many * 6 // 5}
        put(tx, line(YESTERDAY + hour * HOUR_S), counts)
    put(tx, line(YESTERDAY), {"delivered": 90, "undelivered": 7})
    # The hours around the day are not its own.
    for hour in (-1, 24):
        put(tx, line(YESTERDAY + hour * HOUR_S), {"begun": 999, "accepted": 999})


def fires(tx: Tx) -> list[Alert]:
    return [each for each in alerts.find_open(tx) if each.labels == {"app": "demo"}]


def check(tx: Tx, settings: Settings, theirs: Theirs, now: datetime = MORNING) -> list[str]:
    day_s = coverage.due_day(tx, settings.apps[0], now)
    assert day_s == YESTERDAY
    found = coverage.note_checked(tx, settings.apps[0], day_s, theirs, settings, now)
    return [each.measure.value for each in found]


def test_a_day_is_compared_once_some_hours_after_its_end(tx: Tx, settings: Settings) -> None:
    fill(tx)
    app = settings.apps[0]
    early = MORNING - timedelta(hours=1)
    assert coverage.due_day(tx, app, early) is None
    assert coverage.due_day(tx, app, MORNING) == YESTERDAY
    assert check(tx, settings, SAME) == []
    assert coverage.due_day(tx, app, MORNING + timedelta(hours=3)) is None
    assert coverage.due_day(tx, app, MORNING + timedelta(days=1)) == TODAY


def test_what_agrees_is_kept_and_not_told(tx: Tx, settings: Settings) -> None:
    fill(tx)
    assert check(tx, settings, SAME) == []
    assert fires(tx) == []
    kept = coverage_checks.get(tx, "demo", YESTERDAY)
    assert kept is not None
    assert kept["differences"] == []


def test_a_difference_is_an_alert_until_a_later_day_agrees(tx: Tx, settings: Settings) -> None:
    fill(tx)
    theirs = Theirs(accepted=110, segments=120, reported=108, delivered=90)
    assert check(tx, settings, theirs) == ["accepted", "reported"]
    app = settings.apps[0]
    (alert,) = fires(tx)
    assert alert.kind is AlertKind.COUNTS_DIFFER
    assert alert.facts["day_s"] == YESTERDAY
    assert len(alert.facts["differences"]) == 2
    # A day is compared once, whatever Tencent says of it later.
    assert coverage.note_checked(tx, app, YESTERDAY, SAME, settings, MORNING) == ()
    assert len(fires(tx)) == 1
    nothing = Theirs(accepted=0, segments=0, reported=0, delivered=0)
    tomorrow = MORNING + timedelta(days=1)
    put(tx, line(TODAY), {"begun": -999, "accepted": -999})
    assert coverage.note_checked(tx, app, TODAY, nothing, settings, tomorrow) == ()
    assert fires(tx) == []


def test_where_others_send_too_more_is_not_told(tx: Tx, settings: Settings) -> None:
    fill(tx)
    shared = edited(settings, exclusive=False)
    assert check(tx, shared, Theirs(500, 600, 480, 450)) == []
    assert fires(tx) == []


def test_a_day_in_which_the_bot_was_set_up_is_not_compared(tx: Tx, settings: Settings) -> None:
    put(tx, line(YESTERDAY + 9 * HOUR_S), {"begun": 10, "accepted": 10})
    assert coverage.due_day(tx, settings.apps[0], MORNING) is None


def test_statistics_that_cannot_be_had_are_asked_for_later(tx: Tx, settings: Settings) -> None:
    fill(tx)
    app = settings.apps[0]
    coverage.note_not_checked(tx, app, MORNING)
    assert coverage.due_day(tx, app, MORNING + timedelta(seconds=29)) is None
    assert coverage.due_day(tx, app, MORNING + timedelta(seconds=30)) == YESTERDAY


def test_a_closed_queue_is_one_alert_however_often_it_is_asked(tx: Tx, settings: Settings) -> None:
    app = settings.apps[0]
    for hours in (0, 1):
        now = NOW + timedelta(hours=hours)
        coverage.note_refused(tx, app, "UnauthorizedOperation", settings, now)
    (alert,) = fires(tx)
    assert alert.kind is AlertKind.PULL_REFUSED
    assert alert.facts == {"code": "UnauthorizedOperation"}
    assert alert.raised_at == NOW


def test_statistics_are_asked_for_by_the_hours_of_a_day() -> None:
    since, until = coverage.span_of(YESTERDAY)
    assert (day_of(since), day_of(until)) == (YESTERDAY, YESTERDAY)
    assert until - since == timedelta(hours=23)
