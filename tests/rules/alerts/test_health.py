"""Alerts about the bot itself: from when on, how bad, and with figures that hold still."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.alerts.health import OF_VITALS, ConfigFault, Misnamed, config_fault, of_vitals
from bot.rules.vitals import BrokenJob, Slot, Space, Vitals
from tests.rules.test_vitals import BOUNDS, NOW, WELL, ago, broken


def only(vitals: Vitals) -> Signal:
    (signal,) = of_vitals(vitals, BOUNDS)
    return signal


def test_a_bot_that_is_well_raises_nothing() -> None:
    assert of_vitals(WELL, BOUNDS) == ()


@pytest.mark.parametrize(
    ("off_s", "severity", "told_s"),
    [
        (30.0, "warning", 30),
        (-44.9, "warning", 40),
        (239.9, "warning", 230),
        (-240.0, "critical", 240),
    ],
)
def test_a_wrong_clock_is_critical_before_requests_are_refused(
    off_s: float, severity: str, told_s: int
) -> None:
    signal = only(replace(WELL, clocks_off_s={"tencent": off_s, "slack": off_s / 3}))
    assert (signal.kind, signal.severity.word) == (AlertKind.CLOCK_WRONG, severity)
    assert signal.facts == {"off_s": told_s, "is_behind": off_s > 0, "by": ["tencent"]}


def test_two_clocks_that_agree_are_both_named() -> None:
    signal = only(replace(WELL, clocks_off_s={"tencent": 61.0, "slack": 60.2}))
    assert signal.facts["by"] == ["slack", "tencent"]


@pytest.mark.parametrize(
    ("free_mb", "severity"), [(499, "warning"), (100, "warning"), (99, "critical")]
)
def test_a_full_disk_is_told_of_before_it_is_one(free_mb: int, severity: str) -> None:
    signal = only(replace(WELL, space=Space(free_mb * 1_000_000, 0, 0)))
    assert (signal.kind, signal.severity.word) == (AlertKind.DISK_LOW, severity)


def test_figures_that_move_a_little_are_the_same_alert_unchanged() -> None:
    def told(free_bytes: int, waiting: int, seconds: float, off_s: float) -> tuple[Signal, ...]:
        return of_vitals(
            replace(
                WELL,
                space=Space(free_bytes, 0, 0),
                oldest_post_at=ago(400).replace(second=0) + timedelta(seconds=seconds),
                posts_waiting=waiting,
                clocks_off_s={"slack": off_s},
            ),
            BOUNDS,
        )

    assert told(451_000_000, 1_234, 1, 61.0) == told(459_999_999, 1_299, 40, 69.9)


@pytest.mark.parametrize(
    ("waited_s", "severity"), [(301, "warning"), (1_200, "warning"), (1_201, "critical")]
)
def test_posts_that_wait_are_told_of_with_since_when_and_how_many(
    waited_s: float, severity: str
) -> None:
    signal = only(replace(WELL, oldest_post_at=ago(waited_s), posts_waiting=57))
    assert (signal.kind, signal.severity.word) == (AlertKind.POSTS_LATE, severity)
    since = ago(waited_s).replace(second=0).isoformat()
    assert signal.facts == {"since": since, "waiting": 57}


def test_posts_are_not_late_for_what_slack_did_not_take() -> None:
    """That is told by itself; the rest of them is out in a moment."""
    waiting = replace(WELL, oldest_post_at=ago(3_000), posts_waiting=57)
    assert of_vitals(replace(waiting, is_slack_away=True), BOUNDS) == ()
    assert of_vitals(replace(waiting, slack_back_at=ago(300)), BOUNDS) == ()
    late = only(replace(waiting, slack_back_at=ago(301)))
    assert (late.kind, late.severity.word) == (AlertKind.POSTS_LATE, "warning")


def test_a_job_is_one_alert_whether_it_breaks_or_is_late() -> None:
    vitals = replace(
        WELL,
        broken_jobs=(*broken(3), BrokenJob("send_messages", 9, "KeyError", ago(9))),
        slots=(Slot("poll_reviews", ago(7_200), 10), Slot("expire_requests", ago(7_200), 10)),
    )
    found = of_vitals(vitals, BOUNDS)
    assert [(each.labels["job"], each.facts["how"], each.severity) for each in found] == [
        ("poll_reviews", "broke", Severity.WARNING),
        ("send_messages", "broke", Severity.CRITICAL),
        ("expire_requests", "late", Severity.WARNING),
    ]
    assert len({each.fingerprint for each in found}) == 3


def test_another_failure_of_a_broken_job_is_no_news() -> None:
    assert only(replace(WELL, broken_jobs=broken(3))) == only(
        replace(WELL, broken_jobs=broken(300))
    )


def test_each_name_that_leads_nowhere_is_an_alert_of_its_own() -> None:
    faults = [
        ConfigFault(Misnamed.CHANNEL, "channels.alerts", "#gone"),
        ConfigFault(Misnamed.CHANNEL, "channels.reviews", "#gone"),
    ]
    found = config_fault(faults)
    assert [each.labels for each in found] == [
        {"setting": "channels.alerts"},
        {"setting": "channels.reviews"},
    ]
    assert all(each.facts == {"what": "channel", "name": "#gone"} for each in found)
    assert len({each.fingerprint for each in found}) == 2


def test_the_kinds_of_one_look_are_all_it_can_find() -> None:
    everything = replace(
        WELL,
        space=Space(0, 0, 0),
        clocks_off_s={"slack": 999.0},
        oldest_post_at=NOW - timedelta(days=1),
        broken_jobs=broken(3),
    )
    assert {each.kind for each in of_vitals(everything, BOUNDS)} == set(OF_VITALS)
