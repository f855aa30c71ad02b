"""The book of calls keeps what goes on, and of what is over the latest."""

from dataclasses import replace

import pytest

from bot.sandbox.tencent.voice_calls import (
    CAPACITY,
    FAILURES,
    UNANSWERED,
    Call,
    CallBook,
    CallKind,
    Stage,
)


def call(key: int, **changes: object) -> Call:
    first = Call(
        f"c{key}", CallKind.CODE, "+8618501234444", "a", "", "x", "", 1, 0, "manual", key, key
    )
    return replace(first, **changes)  # type: ignore[arg-type] # names checked at run time


def test_the_oldest_call_that_is_over_is_forgotten_first() -> None:
    book = CallBook([call(0), call(1, stage=Stage.ENDED)])
    for key in range(2, CAPACITY + 1):
        book.put(call(key, stage=Stage.ENDED))
    assert book.get("c0") is not None
    assert book.get("c1") is None
    assert len(list(book)) == CAPACITY


@pytest.mark.parametrize(("talk_ms", "minutes"), [(0, 1), (60_000, 1), (60_001, 2), (120_000, 2)])
def test_begun_minutes_are_billed(talk_ms: int, minutes: int) -> None:
    assert call(1, answered_at_ms=5, ended_at_ms=5 + talk_ms).fee_minutes == minutes


def test_what_was_never_answered_costs_nothing() -> None:
    assert call(1, ended_at_ms=5, failure_code=5).fee_minutes == 0


def test_a_failure_is_not_answered_or_an_error_of_the_call() -> None:
    results = {code: call(1, failure_code=code).result for code in FAILURES}
    assert {code for code, result in results.items() if result == 1} == UNANSWERED
    assert set(results.values()) == {1, 2}
    assert call(1).result == 0


def test_the_vendor_left_two_failures_unassigned() -> None:
    assert sorted(set(range(1, 32)) - FAILURES.keys()) == [14, 21]
