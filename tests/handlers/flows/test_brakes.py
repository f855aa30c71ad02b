from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from bot.rules.alerts import Severity
from bot.rules.alerts.traffic import is_unexpected
from bot.rules.brake import HOUR_S, Baseline, Kind
from bot.rules.limits import day_of
from bot.settings import Settings
from bot.settings.alerts import Alerts
from bot.settings.brake import Brake as BrakeSettings
from bot.settings.channels import Channels
from handlers.flows import app_stops as stops
from handlers.flows import brakes, delivery, jobs
from handlers.flows.brakes import Late, TooLate
from storage import alert_groups, alerts, app_stops, limit_counts, traffic
from storage import brakes as stored
from storage.alerts import Alert
from storage.brakes import Ended
from storage.db import Tx
from tests.handlers.flows.machine import in_memory
from tests.handlers.flows.running import claim, edited, settings_with, start_job
from tests.handlers.flows.sends import queue
from tests.handlers.flows.traffic_hours import ABROAD, HOUR, fill, live
from tests.storage.lines import line, put
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, add_request, later


def watch(
    tx: Tx, settings: Settings, now: datetime = NOW, known: Baseline | None = None
) -> Baseline | None:
    """What the job does in one run."""
    app = settings.apps[0]
    traffic.note_watched(tx, [app.name], now)
    look = brakes.look(tx, app, known, now)
    if look.found:
        brakes.note(tx, app, look.found, settings, now)
    return look.baseline


def said(tx: Tx) -> list[Mapping[str, Any]]:
    """What was unusual, in the order it began. Each of it was an alert, which says the same and is
    open as long as it goes on and nobody expected it."""
    rows = tx.all("SELECT id FROM brakes ORDER BY began_at_ms, rowid")
    kept = (stored.get(tx, row["id"]) for row in rows)
    found: list[Mapping[str, Any]] = [brakes.shown(each) for each in kept if each is not None]
    told = {alert.facts["id"]: alert for alert in alerts_of(tx)}
    assert told.keys() == {each["id"] for each in found}
    for each in found:
        alert = told[each["id"]]
        assert (alert.ended_at is None) == is_unexpected(each)
        assert alert.labels == {"app": "demo"}
        if not each["ignored_by"]:
            assert alert.facts == each
    return found


def alerts_of(tx: Tx) -> list[Alert]:
    """Every alert there was about it, open or over."""
    ids = tx.all("SELECT id FROM alerts ORDER BY rowid")
    found = (alerts.get(tx, row["id"]) for row in ids)
    return [each for each in found if each is not None]


def only(tx: Tx, kind: Kind = Kind.VOLUME) -> stored.Brake:
    found = stored.open_of(tx, "demo", kind)
    assert found is not None
    return found


def test_too_many_messages_raise_one_alert_however_often_one_looks(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 100)
    for nth in range(5):
        watch(tx, settings, later(minutes=nth))
    (alert,) = said(tx)
    assert (alert["kind"], alert["many"], alert["usual"]) == ("volume", 100, 20)
    assert not app_stops.is_stopped(tx, "demo")


def test_what_is_usual_is_read_once_an_hour_and_only_where_there_is_something_to_look_at(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    assert watch(tx, settings) is None
    fill(tx, 60)
    first = watch(tx, settings)
    assert first is not None
    assert watch(tx, settings, later(minutes=30), first) is first
    assert watch(tx, settings, later(minutes=60), first) is not first


def test_each_kind_has_an_alert_of_its_own(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 200, number=ABROAD)
    fill(tx, 60, fate="refused")
    watch(tx, settings)
    watch(tx, settings, later(minutes=1))
    assert {alert["kind"] for alert in said(tx)} == {"volume", "new_numbers", "success"}
    assert len(said(tx)) == 3
    new = next(alert for alert in said(tx) if alert["kind"] == "new_numbers")
    assert (new["new_countries"], new["countries"]) == (["UZ"], [["UZ", 200]])


def test_it_ends_once_a_whole_hour_was_as_usual_and_says_so(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    fill(tx, 20, later(minutes=60))
    for minutes in (30, 60, 119):
        watch(tx, settings, later(minutes=minutes))
        assert said(tx)[0]["ended_at_ms"] is None
    watch(tx, settings, later(minutes=120))
    (alert,) = said(tx)
    assert alert["ended_how"] == Ended.USUAL.value
    watch(tx, settings, later(minutes=121))
    assert len(said(tx)) == 1


def test_where_nothing_was_sent_in_that_hour_it_does_not_say_that_it_was_as_usual(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    watch(tx, settings, later(minutes=60))
    watch(tx, settings, later(minutes=120))
    assert said(tx)[0]["ended_how"] == Ended.SILENT.value


def test_after_a_day_without_the_bot_it_does_not_say_that_an_hour_was_as_usual(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    fill(tx, 20, later(minutes=24 * 60 + 7))
    watch(tx, settings, later(minutes=24 * 60 + 7))
    assert said(tx)[0]["ended_how"] == Ended.UNSEEN.value


@pytest.mark.parametrize(
    ("since", "ended_how"),
    [
        ({"accepted": 49, "refused": 1, "begun": 50}, Ended.USUAL),
        ({"accepted": 48, "refused": 1, "begun": 49}, Ended.FEW),
        ({"begun": 100, "agreed": 100}, Ended.FEW),
        ({}, Ended.SILENT),
    ],
)
def test_whether_more_comes_through_is_said_only_where_there_is_enough_to_tell(
    tx: Tx, settings: Settings, since: dict[str, int], ended_how: Ended
) -> None:
    live(tx)
    fill(tx, 60, fate="refused")
    watch(tx, settings)
    put(tx, line(HOUR + HOUR_S), since)
    watch(tx, settings, later(minutes=60))
    watch(tx, settings, later(minutes=120))
    assert said(tx)[0]["ended_how"] == ended_how.value


def test_while_its_hour_is_in_sight_what_came_round_is_not_over(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 60, fate="refused")
    watch(tx, settings)
    fill(tx, 900, fate="accepted")
    for minutes in (1, 60, 119):
        watch(tx, settings, later(minutes=minutes))
        assert said(tx)[0]["ended_at_ms"] is None
    fill(tx, 60, later(minutes=60), fate="accepted")
    watch(tx, settings, later(minutes=120))
    assert said(tx)[0]["ended_how"] == Ended.USUAL.value


def test_after_its_end_the_next_one_is_news_again(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    watch(tx, settings, later(minutes=60))
    watch(tx, settings, later(minutes=120))
    fill(tx, 500, later(minutes=180))
    watch(tx, settings, later(minutes=185))
    assert [alert["ended_how"] for alert in said(tx)] == ["silent", ""]


def test_a_rush_that_ended_just_before_the_hour_is_seen_after_it(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings, later(minutes=60))
    assert said(tx)[0]["hour_s"] == HOUR


def test_an_alert_is_corrected_where_it_doubles_and_not_with_every_message(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 100)
    watch(tx, settings)
    shown = []
    for nth in range(1, 9):
        fill(tx, 50)
        watch(tx, settings, later(minutes=nth))
        shown.append(said(tx)[0]["many"])
    assert shown == [100, 200, 200, 200, 200, 400, 400, 400]


@pytest.mark.parametrize("kind", list(Kind))
def test_it_stops_the_app_only_where_app_yaml_says_so(
    tx: Tx, settings: Settings, kind: Kind
) -> None:
    live(tx)
    fill(tx, 200, number=ABROAD)
    fill(tx, 60, fate="refused")
    careful = edited(settings, brake=BrakeSettings(pause=(kind,)))
    watch(tx, careful)
    (stop,) = app_stops.list_all(tx)
    assert (stop.stopped_by, stop.reason) == ("rule", f"brake_{kind.value}")
    # The alerts that come before it in the same look are put right by the next one.
    watch(tx, careful, later(minutes=1))
    assert {alert["stop"]["by"] for alert in said(tx)} == {"rule"}


def test_an_app_that_was_let_again_is_stopped_by_another_such_hour_only(
    tx: Tx, settings: Settings
) -> None:
    careful = edited(settings, brake=BrakeSettings(pause=(Kind.VOLUME,)))
    live(tx)
    fill(tx, 500)
    watch(tx, careful)
    jobs.resume_app(tx, "demo", later(minutes=5))
    watch(tx, careful, later(minutes=6))
    assert not app_stops.is_stopped(tx, "demo")
    assert said(tx)[0]["stop"] is None
    fill(tx, 500, later(minutes=61))
    watch(tx, careful, later(minutes=62))
    assert app_stops.is_stopped(tx, "demo")
    assert len(said(tx)) == 1


def test_an_app_that_was_let_again_is_stopped_by_much_more_of_the_same_hour(
    tx: Tx, settings: Settings
) -> None:
    careful = edited(settings, brake=BrakeSettings(pause=(Kind.VOLUME,)))
    live(tx)
    fill(tx, 200)
    watch(tx, careful)
    jobs.resume_app(tx, "demo", later(minutes=5))
    watch(tx, careful, later(minutes=6))
    fill(tx, 199)
    watch(tx, careful, later(minutes=7))
    assert not app_stops.is_stopped(tx, "demo")
    fill(tx, 1)
    watch(tx, careful, later(minutes=8))
    assert app_stops.is_stopped(tx, "demo")
    assert (len(said(tx)), said(tx)[0]["many"]) == (1, 400)


def test_reports_that_come_late_do_not_stop_an_app_that_was_let_again(
    tx: Tx, settings: Settings
) -> None:
    careful = edited(settings, brake=BrakeSettings(pause=(Kind.SUCCESS,)))
    live(tx)
    fill(tx, 60, fate="refused")
    watch(tx, careful)
    jobs.resume_app(tx, "demo", later(minutes=5))
    fill(tx, 600, fate="refused")
    watch(tx, careful, later(minutes=6))
    assert not app_stops.is_stopped(tx, "demo")
    assert said(tx)[0]["total"] == 660
    fill(tx, 60, later(minutes=60), fate="refused")
    watch(tx, careful, later(minutes=61))
    assert app_stops.is_stopped(tx, "demo")


def test_losses_that_do_not_grow_are_told_once(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 60, fate="refused")
    for nth in range(5):
        watch(tx, settings, later(minutes=nth))
    (alert,) = alerts_of(tx)
    assert (alert.seen_at, alert.severity) == (NOW, Severity.CRITICAL)


def test_ordinary_losses_of_a_job_somebody_approved_are_told_and_stop_nothing(
    tx: Tx, settings: Settings
) -> None:
    careful = edited(settings, brake=BrakeSettings(pause=(Kind.SUCCESS,)))
    live(tx, many=60)
    job = {"begun": 1_000, "agreed": 1_000, "accepted": 1_000}
    put(tx, line(), {**job, "delivered": 600, "undelivered": 400})
    watch(tx, careful)
    assert [alert["kind"] for alert in said(tx)] == ["success"]
    assert not app_stops.is_stopped(tx, "demo")
    # By now it is unusual whatever became of the job.
    put(tx, line(), {"begun": 900, "accepted": 900, "undelivered": 900})
    watch(tx, careful, later(minutes=1))
    assert app_stops.is_stopped(tx, "demo")
    assert said(tx)[0]["stop"]["by"] == "rule"


def test_of_two_who_stop_it_at_once_one_does_and_the_other_hears_who(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    brake_id = only(tx).id
    assert brakes.stop(tx, brake_id, LIN, settings, later(minutes=1)) == settings.apps[0]
    second = brakes.stop(tx, brake_id, MAYA, settings, later(minutes=1))
    assert second == TooLate(Late.STOPPED, "demo", LIN, later(minutes=1))
    (stop,) = app_stops.list_all(tx)
    assert stop.stopped_by == LIN
    rows = tx.all("SELECT key FROM posts WHERE kind = 'app.paused'")
    assert len(rows) == 1
    assert said(tx)[0]["stop"]["by"] == LIN


def test_an_app_stopped_elsewhere_is_shown_as_stopped(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    stops.stop(tx, settings.apps[0], MAYA, "", "C0SMS", later(minutes=1))
    watch(tx, settings, later(minutes=2))
    assert said(tx)[0]["stop"]["by"] == MAYA


def test_whoever_expected_it_hears_nothing_for_an_hour_and_then_again(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500, later(minutes=30))
    watch(tx, settings, later(minutes=30))
    brake_id = only(tx).id
    assert brakes.ignore(tx, brake_id, LIN, settings, later(minutes=31)) == settings.apps[0]
    second = brakes.ignore(tx, brake_id, MAYA, settings, later(minutes=40))
    assert second == TooLate(Late.IGNORED, "demo", LIN, later(minutes=91))
    fill(tx, 900, later(minutes=70))
    watch(tx, settings, later(minutes=90))
    assert len(said(tx)) == 1
    watch(tx, settings, later(minutes=91))
    assert [alert["ended_how"] for alert in said(tx)] == ["raised_again", ""]


PAUSES = [(), (Kind.VOLUME,)]


@pytest.mark.parametrize("pause", PAUSES)
def test_what_was_expected_and_went_no_further_is_not_said_again_and_stops_nothing(
    tx: Tx, settings: Settings, pause: tuple[Kind, ...]
) -> None:
    careful = edited(settings, brake=BrakeSettings(pause=pause))
    live(tx)
    fill(tx, 150, later(minutes=30))
    watch(tx, careful, later(minutes=30))
    jobs.resume_app(tx, "demo", later(minutes=30))
    # Of what came between the alert and the click nobody was told: it is expected with the rest.
    fill(tx, 100, later(minutes=31))
    brakes.ignore(tx, only(tx).id, MAYA, careful, later(minutes=31))
    fill(tx, 15, later(minutes=32))
    for minutes in range(32, 121, 4):
        watch(tx, careful, later(minutes=minutes))
        assert not app_stops.is_stopped(tx, "demo")
    (alert,) = said(tx)
    assert alert["ended_how"] == Ended.SILENT.value


@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("at", [33, 61])
def test_what_was_expected_and_went_on_is_said_again_and_stops_the_app_only_after_the_hour(
    tx: Tx, settings: Settings, pause: tuple[Kind, ...], at: int
) -> None:
    careful = edited(settings, brake=BrakeSettings(pause=pause))
    live(tx)
    fill(tx, 150, later(minutes=30))
    watch(tx, careful, later(minutes=30))
    jobs.resume_app(tx, "demo", later(minutes=30))
    brakes.ignore(tx, only(tx).id, MAYA, careful, later(minutes=31))
    fill(tx, 900, later(minutes=at))
    for minutes in (at, 62, 90):
        watch(tx, careful, later(minutes=minutes))
        assert not app_stops.is_stopped(tx, "demo")
    watch(tx, careful, later(minutes=91))
    assert [alert["ended_how"] for alert in said(tx)] == ["raised_again", ""]
    assert app_stops.is_stopped(tx, "demo") == bool(pause)


def test_new_numbers_that_were_expected_are_said_again_only_where_there_are_more(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 90, later(minutes=30), number=ABROAD)
    watch(tx, settings, later(minutes=30))
    brakes.ignore(tx, only(tx, Kind.NEW_NUMBERS).id, MAYA, settings, later(minutes=31))
    for minutes in (91, 119):
        watch(tx, settings, later(minutes=minutes))
        assert len(said(tx)) == 1
    fill(tx, 50, later(minutes=119), number=ABROAD)
    watch(tx, settings, later(minutes=119))
    assert [alert["ended_how"] for alert in said(tx)] == ["raised_again", ""]


def test_the_alert_of_what_was_expected_is_over_and_says_who_expected_it(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    brakes.ignore(tx, only(tx).id, LIN, settings, later(minutes=1))
    (alert,) = alerts_of(tx)
    assert alert.ended_at == later(minutes=1)
    assert alert.facts["ignored_by"] == LIN
    assert alert_groups.find_open(tx) == []
    (group,) = alert_groups.of_alert(tx, alert.id)
    assert (group.resolved_by, group.resolved_at) == (LIN, later(minutes=1))


def test_what_else_is_on_its_card_goes_on(tx: Tx, settings: Settings) -> None:
    by_app = Alerts.model_validate({"route": {"group_by": ("app",)}})
    together = settings.model_copy(update={"alerts": by_app})
    live(tx)
    fill(tx, 500)
    fill(tx, 60, fate="refused")
    watch(tx, together)
    (group,) = alert_groups.find_open(tx)
    assert len(alerts_of(tx)) == 2
    brakes.ignore(tx, only(tx).id, LIN, together, later(minutes=1))
    assert [each.id for each in alert_groups.find_open(tx)] == [group.id]
    brakes.ignore(tx, only(tx, Kind.SUCCESS).id, MAYA, together, later(minutes=2))
    assert alert_groups.find_open(tx) == []


def test_it_is_worse_once_the_app_is_stopped_by_itself_and_not_where_somebody_did(
    tx: Tx, settings: Settings
) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    brakes.stop(tx, only(tx).id, LIN, settings, later(minutes=1))
    assert [each.severity for each in alerts_of(tx)] == [Severity.WARNING]
    jobs.resume_app(tx, "demo", later(minutes=5))
    fill(tx, 500, later(minutes=61))
    watch(tx, edited(settings, brake=BrakeSettings(pause=(Kind.VOLUME,))), later(minutes=62))
    assert [each.severity for each in alerts_of(tx)] == [Severity.CRITICAL]


def test_what_ends_and_begins_again_in_that_hour_is_not_news(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    brakes.ignore(tx, only(tx).id, LIN, settings, later(minutes=100))
    watch(tx, settings, later(minutes=100))
    watch(tx, settings, later(minutes=120))
    assert said(tx)[0]["ended_how"] == "silent"
    fill(tx, 500, later(minutes=121))
    careful = edited(settings, brake=BrakeSettings(pause=(Kind.VOLUME,)))
    watch(tx, careful, later(minutes=130))
    assert len(said(tx)) == 1
    assert not app_stops.is_stopped(tx, "demo")
    watch(tx, careful, later(minutes=160))
    assert len(said(tx)) == 2


def test_a_click_on_what_is_over_or_unknown_changes_nothing(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    brake_id, ended_at = only(tx).id, later(minutes=120)
    watch(tx, settings, ended_at)
    for act in (brakes.stop, brakes.ignore):
        over = act(tx, brake_id, LIN, settings, later(minutes=121))
        assert over == TooLate(Late.OVER, "demo", at=ended_at)
        assert act(tx, "nothing", LIN, settings, NOW) == TooLate(Late.UNKNOWN)
    assert brakes.tighten(tx, "nothing", settings, NOW) == TooLate(Late.UNKNOWN)
    assert not app_stops.is_stopped(tx, "demo")


def test_tightening_offers_what_lets_no_more_than_usual_through(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 100)
    fill(tx, 200, number=ABROAD)
    watch(tx, settings)
    usual = brakes.tighten(tx, only(tx).id, settings, NOW)
    assert not isinstance(usual, TooLate)
    assert usual.caps == {"international.stop": 720}
    new = brakes.tighten(tx, only(tx, Kind.NEW_NUMBERS).id, settings, NOW)
    assert not isinstance(new, TooLate)
    assert (new.caps, new.begun) == ({"UZ.stop": 0}, 0)


def test_what_was_sent_today_is_part_of_the_stop_and_said(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 5_000)
    watch(tx, settings)
    limit_counts.count(tx, "demo", day_of(NOW), {"CN": 5_240, "UZ": 7})
    usual = brakes.tighten(tx, only(tx).id, settings, NOW)
    assert not isinstance(usual, TooLate)
    # It is noon: twelve hours of twenty, and half as much again.
    assert (usual.caps, usual.begun) == ({"mainland.stop": 5_600}, 5_240)


def test_an_app_that_is_watched_no_more_has_no_open_alert(tx: Tx, settings: Settings) -> None:
    live(tx)
    fill(tx, 500)
    watch(tx, settings)
    assert not brakes.has_left(tx, ["demo"])
    assert brakes.has_left(tx, [])
    brakes.leave(tx, [], settings, later(minutes=1))
    assert said(tx)[0]["ended_how"] == Ended.UNWATCHED.value
    assert not brakes.has_left(tx, [])


def test_without_a_channel_of_its_own_it_is_said_where_something_was_last_asked(
    tx: Tx, settings: Settings
) -> None:
    bare = edited(settings, channels=()).model_copy(update={"channels": Channels()})
    add_request(tx)
    live(tx)
    fill(tx, 500)
    watch(tx, bare)
    (group,) = alert_groups.find_open(tx)
    assert group.channel == "C0SMS"


def test_messages_count_in_the_hour_they_are_begun_in(tx: Tx, settings: Settings) -> None:
    queue(tx)
    claim(tx, NOW, settings=settings)
    (counted,) = traffic.by_hour(tx, "demo", HOUR, HOUR + HOUR_S).values()
    assert (counted.begun, counted.agreed) == (1, 0)


@pytest.mark.parametrize(("needed", "agreed"), [(0, 0), (1, 3)])
def test_a_job_somebody_approved_is_no_surprise(tx: Tx, needed: int, agreed: int) -> None:
    settings = settings_with()
    numbers = [f"+861380000{nth:04d}" for nth in range(3)]
    request_id = start_job(tx, numbers)
    tx.run(
        "INSERT INTO approvals (request_id, needed, approvers, buttons_only, asked_at_ms, "
        "expires_at_ms, decided_at_ms) VALUES (:id, :needed, '[]', 0, 0, 0, 0)",
        id=request_id,
        needed=needed,
    )
    claim(tx, NOW, settings=settings)
    (counted,) = traffic.by_hour(tx, "demo", HOUR, HOUR + HOUR_S).values()
    assert (counted.begun, counted.agreed) == (3, agreed)


@property_settings(max_examples=15, deadline=None)
@given(
    sent=st.lists(st.tuples(st.integers(0, 900), st.booleans()), min_size=2, max_size=6),
    restarts=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_restarts_change_nothing_of_what_is_said(
    sent: list[tuple[int, bool]], restarts: list[bool]
) -> None:
    """What is kept in memory between two looks is only there to be quick."""
    heard = [_heard(sent, forgets) for forgets in (restarts, [False] * len(restarts))]
    assert heard[0] == heard[1]


def _heard(sent: list[tuple[int, bool]], forgets: list[bool]) -> list[Mapping[str, Any]]:
    settings, known, looks = settings_with(), None, iter(forgets)
    with closing((tx := in_memory()).conn):
        live(tx, weeks=3)
        for nth, (many, is_abroad) in enumerate(sent):
            at = later(minutes=nth * 30)
            fill(tx, many, at, number=ABROAD if is_abroad else NUMBER)
            for minute in (1, 2):
                known = None if next(looks) else known
                known = watch(tx, settings, at + timedelta(minutes=minute), known)
        return said(tx)


def begun(tx: Tx) -> int:
    counted = traffic.by_hour(tx, "demo", HOUR, HOUR + HOUR_S)
    return sum(each.begun for each in counted.values())


def test_what_never_left_counts_as_nothing(tx: Tx, settings: Settings) -> None:
    queue(tx)
    (call,) = claim(tx, NOW, settings=settings)
    assert begun(tx) == 1
    delivery.take_back(tx, call.attempts, later(s=1))
    assert begun(tx) == 0
    # Once more, and by now it is a doubt: it may have left.
    (call,) = claim(tx, later(s=2), settings=settings)
    delivery.recover(tx, later(s=3))
    delivery.take_back(tx, call.attempts, later(s=4))
    assert begun(tx) == 1
