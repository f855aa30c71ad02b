"""Who was written to most and who was kept back, looked at with bounded work."""

from datetime import datetime

import pytest

from bot.rules.classes import TemplateClass
from storage import limit_counts, limit_near
from storage.db import Tx
from storage.limit_counts import LimitRefusal
from tests.storage.rows import NOW, VAULT, add_message, later

NUMBERS = [f"+86139{each:08}" for each in range(9)]
SEALED = [VAULT.seal_number(each) for each in NUMBERS]


def refuse(tx: Tx, nth: int, at: datetime, app: str = "demo") -> None:
    refused = LimitRefusal(
        app, at, f"R-{at:%H%M%S}", SEALED[nth], "x", TemplateClass.NOTICE, "CN", "per_day"
    )
    limit_counts.add_refusals(tx, [refused])


def test_who_was_kept_back_last_comes_before_who_got_most(tx: Tx) -> None:
    for nth, times in ((1, 3), (2, 4), (3, 1)):
        for _ in range(times):
            add_message(tx, NUMBERS[nth])
    refuse(tx, 4, later(s=1))
    refuse(tx, 5, later(s=2))
    refuse(tx, 6, later(s=2), app="other")
    refuse(tx, 7, later(s=-1))
    found = limit_near.candidates(tx, "demo", NOW, 9)
    # One message is near nothing: whoever has a cap of one is kept back by it.
    assert found == [SEALED[5], SEALED[4], SEALED[2], SEALED[1]]
    assert limit_near.candidates(tx, "other", NOW, 9) == [SEALED[6]]
    assert limit_near.candidates(tx, "demo", later(s=9), 9) == []


def test_what_is_kept_back_is_counted_by_the_hour(tx: Tx) -> None:
    for minutes in (0, 1, 61, 62, 63, 200):
        refuse(tx, 1, later(minutes=minutes))
    found = limit_near.refused_by_hour(tx, "demo", later(minutes=1))
    first = int(NOW.timestamp()) // 3600
    assert found.by_hour == {first: 1, first + 1: 3, first + 3: 1}
    assert (found.total, found.is_all) == (5, True)


def test_no_more_rows_are_looked_at_than_the_latest_few(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nth in (1, 1, 1, 2, 2):
        add_message(tx, NUMBERS[nth])
    for minutes in range(5):
        refuse(tx, 3, later(minutes=minutes))
    monkeypatch.setattr(limit_near, "LATEST_MESSAGES", 3)
    monkeypatch.setattr(limit_near, "LATEST_REFUSALS", 4)
    assert limit_near.candidates(tx, "demo", NOW, 9) == [SEALED[3], SEALED[2]]
    found = limit_near.refused_by_hour(tx, "demo", NOW)
    assert (found.total, found.is_all) == (4, False)


def test_neither_table_is_read_through(tx: Tx) -> None:
    values = {"app": "demo", "since": 0, "limit": 1, "bound": 1, "first": ""}
    plans = {
        sql: " ".join(row["detail"] for row in tx.all(f"EXPLAIN QUERY PLAN {sql}", **given))
        for sql, given in (
            (limit_near.MOST_SENT, values),
            (limit_near.LATEST_REFUSED, values),
        )
    }
    assert (
        "SEARCH messages USING INDEX sqlite_autoindex_messages_1 (id>?)"
        in plans[limit_near.MOST_SENT]
    )
    refused = plans[limit_near.LATEST_REFUSED]
    assert "SEARCH limit_refusals USING PRIMARY KEY (app=? AND at_ms>?" in refused
