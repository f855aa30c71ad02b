"""What is known is judged: scopes, channels, clocks, disks, what waits."""

from datetime import UTC, datetime

import pytest

from bot.rules import doctor, onboarding
from bot.rules.disks import Disk
from bot.rules.doctor import SEVERITIES, Finding, Found, Severity
from bot.rules.onboarding import Step

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def found(findings: list[Finding]) -> dict[Found | onboarding.Finding, object]:
    return {each.found: dict(each.facts) for each in findings}


def test_every_finding_has_a_severity() -> None:
    assert SEVERITIES.keys() == set(Found)
    for each in onboarding.Finding:
        assert isinstance(Finding(each).severity, Severity)


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ({"a", "b"}, {Found.SCOPES_GRANTED: {"count": 2}}),
        ({"a"}, {Found.SCOPES_MISSING: {"scopes": "b"}}),
        (set(), {Found.SCOPES_MISSING: {"scopes": "a, b"}}),
        ({"a", "b", "d", "c"}, {Found.SCOPES_MORE: {"scopes": "c, d"}}),
        (
            {"a", "c"},
            {Found.SCOPES_MISSING: {"scopes": "b"}, Found.SCOPES_MORE: {"scopes": "c"}},
        ),
        (None, {Found.SCOPES_UNTOLD: {}}),
    ],
)
def test_scopes_are_held_against_what_is_needed(
    granted: set[str] | None, expected: dict[Found, object]
) -> None:
    assert found(doctor.scopes(["a", "b"], granted)) == expected


def test_a_channel_is_known_by_its_id_and_by_its_name() -> None:
    joined = {"sms-alerts", "C0ALERTS", "C0REPORTS"}
    named = {"channels.alerts": "#sms-alerts", "summaries.0.channel": "C0REPORTS"}
    assert found(doctor.channels(named, joined)) == {Found.CHANNELS_JOINED: {"count": 2}}
    outside = doctor.channels({**named, "channels.reviews": "#gone"}, joined)
    facts = {"key": "channels.reviews", "channel": "#gone"}
    assert found(outside) == {Found.CHANNELS_OUTSIDE: facts}


@pytest.mark.parametrize(
    ("off_s", "expected"),
    [
        ({}, Found.CLOCK_UNTOLD),
        ({"Slack": 0.4, "Tencent": -1.2}, Found.CLOCK_RIGHT),
        ({"Slack": 0.4, "Tencent": -30.0}, Found.CLOCK_OFF),
        ({"Slack": 239.9}, Found.CLOCK_OFF),
        ({"Slack": 240.0}, Found.CLOCK_WRONG),
        ({"Tencent": -900.0}, Found.CLOCK_WRONG),
    ],
)
def test_the_worst_clock_counts(off_s: dict[str, float], expected: Found) -> None:
    judged = doctor.clock(off_s, 30)
    assert judged.found is expected
    if off_s:
        assert judged.facts["who"] == max(off_s, key=lambda who: abs(off_s[who]))


@pytest.mark.parametrize(
    ("disk", "journal", "synchronous", "expected"),
    [
        (Disk.LOCAL, "wal", 2, Found.STORE_DURABLE),
        (Disk.LOCAL, "wal", 3, Found.STORE_DURABLE),
        (Disk.LOCAL, "wal", 1, Found.STORE_NOT_DURABLE),
        (Disk.LOCAL, "delete", 2, Found.STORE_NOT_DURABLE),
        (Disk.UNKNOWN, "wal", 2, Found.STORE_UNKNOWN_DISK),
        (Disk.UNKNOWN, "wal", 0, Found.STORE_NOT_DURABLE),
        (Disk.NETWORK, "wal", 2, Found.STORE_NETWORK),
        (Disk.MEMORY, "wal", 2, Found.STORE_MEMORY),
        (Disk.LAYERED, "wal", 2, Found.STORE_LAYERED),
    ],
)
def test_a_store_is_as_durable_as_its_disk_and_its_writing(
    disk: Disk, journal: str, synchronous: int, expected: Found
) -> None:
    assert doctor.store(disk, "x", journal, synchronous).found is expected


def test_what_waits_is_late_or_not() -> None:
    assert doctor.outbox(0, None, is_late=False).found is Found.OUTBOX_EMPTY
    assert doctor.outbox(3, NOW, is_late=False).found is Found.OUTBOX_WAITING
    assert doctor.outbox(3, NOW, is_late=True).facts == {"count": 3, "since": NOW}


def test_the_gravest_comes_first_and_decides() -> None:
    fine = Finding(Found.TOKEN_WORKS)
    unknown = doctor.step(Step(onboarding.Finding.CONTACTS), "demo")
    odd = doctor.step(Step(onboarding.Finding.LIMITS_UNDECLARED), "demo")
    broken = doctor.step(Step(onboarding.Finding.SIGNATURE_MISSING), "demo")
    assert doctor.in_order([fine, unknown, broken, odd]) == (broken, odd, unknown, fine)
    assert doctor.is_well([fine, unknown, odd])
    assert not doctor.is_well([fine, broken])
