"""Who hears of which alert: what is written, what is meant where nothing is, and what is wrong."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.locales import Locale
from bot.rules.alerts.delivery import Thresholds
from bot.rules.inhibition import KNOWN
from bot.rules.routes import Destination, Receiver, Waits, destinations
from bot.rules.time_intervals import is_any
from bot.settings import AppYaml, Faults, Problem, load_file

Write = Callable[[str | bytes], Path]
HEAD = "alerts:\n"
RECEIVERS = """
  receivers:
    - {name: urgent, channel: "#urgent", mention: "@sms-oncall", chain: nights}
    - {name: quiet}
"""
ONCALL = """
oncall:
  chains:
    - name: nights
      steps: [{by: dm, whom: U0123456789}]
"""


def read(path: Path) -> AppYaml:
    settings = load_file(path)
    assert isinstance(settings, AppYaml), settings
    return settings


def only(settings: AppYaml, **labels: str) -> Destination:
    (found,) = destinations(settings.alerts.root, labels)
    return found


def test_where_nothing_is_written_alertmanagers_defaults_hold(write: Write, apps: str) -> None:
    settings = read(write(apps))
    found = only(settings, alert="limit_hit", app="demo")
    assert found.receiver == Receiver("default")
    assert found.group_by == ("alert", "app")
    assert found.waits == Waits(30, 300, 14_400)
    assert settings.alerts.inhibit == KNOWN
    assert settings.alerts.ack.remind_after_s == 3_600
    assert settings.alerts.ack.forget_reminders == 3
    assert settings.alerts.reactions.acknowledge == ("eyes",)


def test_reviews_are_told_where_reviews_are_at_once_unless_a_route_takes_them(
    write: Write, apps: str
) -> None:
    channels = 'channels: {reviews: "#reviews"}\n'
    ended = only(read(write(apps + channels)), alert="review_ended", app="demo")
    assert (ended.receiver.channel, ended.waits.group_wait_s) == ("#reviews", 0)
    assert ended.group_by == ("...",)
    # There may be a thousand of them after a holiday.
    overdue = only(read(write(apps + channels)), alert="review_overdue", app="demo")
    assert (overdue.receiver.channel, overdue.group_by) == ("#reviews", ("alert", "app"))
    # Where there is no such channel, like any other.
    assert only(read(write(apps)), alert="review_ended").receiver == Receiver("default")
    taken = f"{apps}{channels}{HEAD}  route: {{routes: [{{matchers: [app=demo]}}]}}\n"
    assert only(read(write(taken)), alert="review_ended", app="demo").receiver.channel == ""
    # A route may send others there too.
    named = f"{apps}{channels}{HEAD}  route: {{routes: [{{receiver: reviews}}]}}\n"
    assert only(read(write(named)), alert="drift").receiver.channel == "#reviews"


def test_what_a_route_leaves_out_is_as_above_it(write: Write, apps: str) -> None:
    written = """
  route:
    group_wait: 10s
    group_by: [app]
    routes:
      - matchers: ['severity="critical"']
        receiver: urgent
        repeat_interval: 1h30m
        routes:
          - matchers: ["app=demo", 'alert=~"limit_.*"']
            group_by: ["..."]
            group_wait: 0s
            continue: true
          - matchers: ["alert=drift"]
            receiver: quiet
"""
    settings = read(write(apps + HEAD + written + RECEIVERS + ONCALL))
    urgent = Receiver("urgent", "#urgent", "@sms-oncall", "nights")
    assert only(settings).waits == Waits(10, 300, 14_400)
    found = only(settings, severity="critical")
    assert (found.receiver, found.waits, found.group_by) == (
        urgent,
        Waits(10, 300, 5_400),
        ("app",),
    )
    limits = only(settings, severity="critical", app="demo", alert="limit_hit")
    assert (limits.receiver, limits.waits, limits.group_by) == (
        urgent,
        Waits(0, 300, 5_400),
        ("...",),
    )
    assert only(settings, severity="critical", alert="drift").receiver == Receiver("quiet")


def test_a_route_keeps_its_name_while_the_way_to_it_stays(write: Write, apps: str) -> None:
    def names(*matchers: str) -> list[str]:
        routes = "".join(f"      - matchers: [{each}]\n" for each in matchers)
        settings = read(write(f"{apps}{HEAD}  route:\n    routes:\n{routes}"))
        return [each.destination.route for each in settings.alerts.root.routes]

    before = names("app=demo", "app=web", "app=web")
    assert len(set(before)) == 3
    assert names("app=new", "app=demo", "app=web", "app=web")[1:] == before
    # It stands in keys, with a colon behind it.
    assert all(name.isalnum() for name in before)


def test_times_without_a_zone_are_those_of_the_file(write: Write, apps: str) -> None:
    written = """
timezone: Europe/Berlin
alerts:
  time_intervals:
    - name: office
      time_intervals:
        - times: [{start_time: "09:00", end_time: "24:00"}]
          weekdays: [monday:friday]
          days_of_month: [1:5, 20, -1]
          months: [1, november:december]
          years: [2026]
    - name: there
      time_intervals: [{times: [{start_time: "09:00", end_time: "17:00"}], location: Asia/Tokyo}]
"""
    intervals = read(write(apps + written)).alerts.intervals
    berlin, tokyo = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
    assert is_any(["office"], intervals, datetime(2026, 11, 30, 9, tzinfo=berlin))
    assert not is_any(["office"], intervals, datetime(2026, 11, 30, 8, 59, tzinfo=berlin))
    assert not is_any(["office"], intervals, datetime(2026, 11, 27, 9, tzinfo=berlin))
    assert is_any(["there"], intervals, datetime(2026, 11, 30, 9, tzinfo=tokyo))
    assert not is_any(["there"], intervals, datetime(2026, 11, 30, 9, tzinfo=berlin))


def test_rules_of_ones_own_stand_beside_the_known_or_alone(write: Write, apps: str) -> None:
    rule = "  inhibit_rules: [{source_matchers: [alert=drift], target_matchers: [app=demo]}]\n"
    beside, alone = (
        read(write(f"{apps}{HEAD}{rule}  inhibit_known: {known}\n")).alerts.inhibit
        for known in ("true", "false")
    )
    assert (beside[:-1], beside[-1:]) == (KNOWN, alone)
    assert str(alone[0].source[0]) == 'alert="drift"'


@pytest.mark.parametrize(
    "written",
    [
        "  route: {repeat_interval: 0s}\n",
        "  route: {group_interval: 0s}\n",
        "  route: {routes: [{repeat_interval: 0s}]}\n",
        "  ack: {remind_after: 0s}\n",
    ],
)
def test_what_is_said_again_and_again_has_a_pause(write: Write, apps: str, written: str) -> None:
    found = load_file(write(apps + HEAD + written))
    assert isinstance(found, Faults)


def test_reminders_may_be_off(write: Write, apps: str) -> None:
    ack = read(write(f"{apps}{HEAD}  ack: {{remind_after: off, forget_after: off}}\n")).alerts.ack
    assert (ack.remind_after_s, ack.forget_reminders) == (None, None)


TWO_DEEP = "route: {{routes: [{{}}, {{routes: [{{{0}}}]}}]}}"
INNER = "alerts.route.routes[1].routes[0]"
TIMES = "time_intervals: [{{name: t, time_intervals: [{{{0}}}]}}]"
TIME = "alerts.time_intervals[0].time_intervals[0]"


@pytest.mark.parametrize(
    ("written", "key", "problem"),
    [
        ("route: {receiver: nobody}", "alerts.route.receiver", Problem.NO_SUCH_RECEIVER),
        (TWO_DEEP.format("receiver: reviews"), f"{INNER}.receiver", Problem.NO_SUCH_RECEIVER),
        (
            TWO_DEEP.format("mute_time_intervals: [nights]"),
            f"{INNER}.mute_time_intervals[0]",
            Problem.NO_SUCH_TIMES,
        ),
        (
            TWO_DEEP.format("active_time_intervals: [nights]"),
            f"{INNER}.active_time_intervals[0]",
            Problem.NO_SUCH_TIMES,
        ),
        (TWO_DEEP.format("matchers: ['app=~\"(\"']"), f"{INNER}.matchers[0]", Problem.IN_MATCHER),
        (TWO_DEEP.format("matchers: [app]"), f"{INNER}.matchers[0]", Problem.IN_MATCHER),
        (TWO_DEEP.format("matchers: [alert=x]"), f"{INNER}.matchers[0]", Problem.UNKNOWN_WORD),
        (
            TWO_DEEP.format("matchers: [severity=warnin]"),
            f"{INNER}.matchers[0]",
            Problem.MISSPELT_WORD,
        ),
        (TWO_DEEP.format("matcher: []"), f"{INNER}.matcher", Problem.MISSPELT_KEY),
        (TWO_DEEP.format("group_wait: 30"), f"{INNER}.group_wait", Problem.NOT_ACCEPTED),
        (TWO_DEEP.format("group_wait: 1 hour"), f"{INNER}.group_wait", Problem.NOT_ACCEPTED),
        (
            TWO_DEEP.format("repeat_interval: 401d"),
            f"{INNER}.repeat_interval",
            Problem.NOT_ACCEPTED,
        ),
        (TWO_DEEP.format('group_by: ["a b"]'), f"{INNER}.group_by[0]", Problem.NOT_ACCEPTED),
        # The top takes everything.
        ("route: {matchers: [app=demo]}", "alerts.route.matchers", Problem.UNKNOWN_KEY),
        ("receivers: [{name: Big}]", "alerts.receivers[0].name", Problem.NOT_ACCEPTED),
        ("receivers: [{name: a, chain: b}]", "alerts.receivers[0].chain", Problem.NO_SUCH_CHAIN),
        ("receivers: [{name: a}, {name: a}]", "alerts.receivers[1].name", Problem.TAKEN),
        (
            "inhibit_rules: [{source_matchers: [], target_matchers: [app=x]}]",
            "alerts.inhibit_rules[0].source_matchers",
            Problem.NOT_ACCEPTED,
        ),
        (
            "inhibit_rules: [{source_matchers: [app=x], target_matchers: [x]}]",
            "alerts.inhibit_rules[0].target_matchers[0]",
            Problem.IN_MATCHER,
        ),
        (
            TIMES.format('times: [{{start_time: "10:00", end_time: "09:00"}}]')
            .replace("}}", "}")
            .replace("{{", "{"),
            f"{TIME}.times[0]",
            Problem.NOT_ACCEPTED,
        ),
        (TIMES.format("weekdays: [friday:monday]"), f"{TIME}.weekdays[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("weekdays: [someday]"), f"{TIME}.weekdays[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("days_of_month: [0]"), f"{TIME}.days_of_month[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("days_of_month: [-1:1]"), f"{TIME}.days_of_month[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("days_of_month: [32]"), f"{TIME}.days_of_month[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("months: [13]"), f"{TIME}.months[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("years: [2028:2026]"), f"{TIME}.years[0]", Problem.NOT_ACCEPTED),
        (TIMES.format("location: Mars/Base"), f"{TIME}.location", Problem.NOT_ACCEPTED),
        ("reactions: {resolve: [eyes]}", "alerts.reactions.resolve[0]", Problem.TAKEN),
        (
            "reactions: {acknowledge: [white_check_mark]}",
            "alerts.reactions.acknowledge[0]",
            Problem.TAKEN,
        ),
        ("ack: {remind_after: 5}", "alerts.ack.remind_after", Problem.NOT_ACCEPTED),
        ("ack: {forget_after: 0}", "alerts.ack.forget_after", Problem.NOT_ACCEPTED),
    ],
)
def test_every_fault_has_its_key_and_its_line(
    write: Write, apps: str, written: str, key: str, problem: Problem
) -> None:
    refused = load_file(write(f"{apps}{HEAD}  {written}\n"))
    assert isinstance(refused, Faults), refused
    (fault,) = refused.faults
    assert (fault.key, fault.problem) == (key, problem)
    assert fault.line == apps.count("\n") + 2


def test_a_file_of_any_shape_has_faults_and_no_crash(write: Write, apps: str) -> None:
    for wrong in ("[]", "7", "{route: 7}", "{route: {routes: {}}}", "{receivers: {a: b}}"):
        assert isinstance(load_file(write(f"{apps}alerts: {wrong}\n")), Faults), wrong
    for wrong in ("{reactions: 7}", "{inhibit_rules: [7]}", "{time_intervals: [[]]}"):
        assert isinstance(load_file(write(f"{apps}alerts: {wrong}\n")), Faults), wrong


def test_how_much_less_than_usual_is_an_alert_is_the_teams_word(write: Write, apps: str) -> None:
    untold = read(write(apps)).alerts.delivery.thresholds
    assert untold == Thresholds(drop=0.1, drop_of_others=0.2, missed_from=10, outage=0.5)
    written = "  delivery: {drop_points: 5, missed_from: 100, outage_percent: 40}\n"
    told = read(write(apps + HEAD + written)).alerts.delivery.thresholds
    assert told == Thresholds(drop=0.05, drop_of_others=0.2, missed_from=100, outage=0.4)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("drop_points", 0),
        ("drop_of_others_points", 91),
        ("missed_from", 0),
        ("outage_percent", 100),
    ],
)
def test_what_would_always_or_never_be_one_is_refused(
    write: Write, apps: str, key: str, value: int
) -> None:
    refused = load_file(write(f"{apps}{HEAD}  delivery: {{{key}: {value}}}\n"))
    assert isinstance(refused, Faults)
    (fault,) = refused.faults
    assert (fault.key, fault.problem) == (f"alerts.delivery.{key}", Problem.NOT_ACCEPTED)
    assert fault.accepted(Locale.EN)
