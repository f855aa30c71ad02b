"""Verdicts, reviews that drag on, and approvals that run out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.alerts import AlertKind, Severity
from bot.rules.alerts.content import (
    Awaited,
    Reviewed,
    approval_expiring,
    review_ended,
    review_overdue,
)
from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
OURS = Reviewed(ReviewKind.TEMPLATE, "2001", "到货通知", "您的订单已到货。", "R-7K3Q", "demo")
THEIRS = replace(OURS, kind=ReviewKind.SIGNATURE, request_id="", app="")


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        (ReviewState.USABLE, Severity.INFO),
        (ReviewState.APPROVED_NOT_USABLE, Severity.INFO),
        (ReviewState.REJECTED, Severity.WARNING),
    ],
)
def test_a_verdict_is_good_to_know_and_a_no_is_work(state: ReviewState, severity: Severity) -> None:
    found = review_ended(OURS, state, "太短")
    assert (found.kind, found.severity) == (AlertKind.REVIEW_ENDED, severity)
    assert found.labels == {"template": "2001", "request": "R-7K3Q", "app": "demo"}
    assert (found.facts["state"], found.facts["reply"]) == (state.value, "太短")


def test_what_was_submitted_elsewhere_has_no_request_and_no_app() -> None:
    found = review_overdue(THEIRS, NOW, NOW + timedelta(hours=2))
    assert found.labels == {"signature": "2001"}
    assert found.facts["expected_ms"] - found.facts["submitted_ms"] == 7_200_000


def waiting(lasts: timedelta) -> Awaited:
    return Awaited("R-7K3Q", "demo", NOW, NOW + lasts, have=1, needed=2)


@pytest.mark.parametrize(
    ("lasts", "from_"),
    [
        (timedelta(days=1), timedelta(hours=21)),
        (timedelta(days=8), timedelta(days=7)),
        # Never less than a quarter of an hour,
        (timedelta(hours=1), timedelta(minutes=45)),
        # and never before half of its time is over.
        (timedelta(minutes=20), timedelta(minutes=10)),
        (timedelta(minutes=1), timedelta(seconds=30)),
    ],
)
def test_an_approval_runs_out_in_the_last_part_of_its_time(
    lasts: timedelta, from_: timedelta
) -> None:
    second = timedelta(seconds=1)
    found = waiting(lasts)
    assert approval_expiring(found, NOW + from_ - second) is None
    signal = approval_expiring(found, NOW + from_)
    assert signal is not None
    assert signal.labels == {"app": "demo", "request": "R-7K3Q"}
    assert (signal.facts["have"], signal.facts["needed"]) == (1, 2)
    # What it says holds still, and ends with its time.
    assert approval_expiring(found, NOW + lasts - second) == signal
    assert approval_expiring(found, NOW + lasts) is None
