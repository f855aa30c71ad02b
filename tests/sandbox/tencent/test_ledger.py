"""The ledger finds what it keeps, and forgets the oldest beyond its capacity."""

from dataclasses import replace

import pytest

from bot.sandbox.tencent import ledger
from bot.sandbox.tencent.ledger import Attempt, Ledger

FIRST = Attempt(1, "s1", "+8613800000001", "CN", "", "", "", "", 1, "Ok", "", "delivered", 0)


def test_an_attempt_is_found_by_number_and_by_serial() -> None:
    kept = Ledger([FIRST])
    assert (kept.of(FIRST.number), kept.by_serial("s1")) == ([FIRST], FIRST)
    assert (kept.of("+1"), kept.by_serial("s2"), kept.next_id) == ([], None, 2)


def test_a_report_replaces_what_was_known() -> None:
    kept = Ledger([FIRST])
    kept.reported(FIRST, success=False, code="MK:0001", now_ms=5)
    found = kept.by_serial("s1")
    assert found == replace(
        FIRST, reported_at_ms=5, reported_success=False, reported_code="MK:0001"
    )


def test_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "CAPACITY", 2)
    kept = Ledger()
    for position in (1, 2, 3):
        number = f"+861380000000{position}"
        attempt = replace(FIRST, attempt_id=kept.next_id, serial=f"s{position}", number=number)
        kept.add(attempt)
    assert [each.serial for each in kept] == ["s2", "s3"]
    assert (kept.by_serial("s1"), kept.numbers()) == (None, ["+8613800000002", "+8613800000003"])
