import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.delivery import MessageState
from storage import messages, receipts
from storage.db import Tx
from storage.messages import Settlement
from storage.receipts import Arrival, Came, Receipt, serial_time
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, later, start

SERIAL = "5000:1045710669157053657849499619"
DELIVERED = Receipt(SERIAL, NUMBER, True, "DELIVRD", "用户短信送达成功", NOW)
EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
FAILED = DELIVERED._replace(success=False, carrier_code="UNDELIV")


def count(tx: Tx) -> int:
    return len(tx.all("SELECT * FROM receipts"))


def said(tx: Tx, serial: str, number: str) -> list[tuple[bool, str]]:
    """The verdicts that are kept, without their times."""
    return [(each.success, each.carrier_code) for each in receipts.of_serial(tx, serial, number)]


def test_the_same_verdict_is_kept_once(tx: Tx) -> None:
    assert receipts.add(tx, "demo", DELIVERED, NOW)
    assert not receipts.add(tx, "demo", DELIVERED, later(s=9))
    assert not receipts.add(tx, "demo", DELIVERED._replace(description="again"), later(s=9))
    assert said(tx, SERIAL, NUMBER) == [(True, "DELIVRD")]


def test_a_contrary_verdict_is_a_second_row_behind_the_first(tx: Tx) -> None:
    assert receipts.add(tx, "demo", FAILED, NOW)
    assert receipts.add(tx, "demo", DELIVERED, later(s=1))
    kept = said(tx, SERIAL, NUMBER)
    assert kept == [(False, "UNDELIV"), (True, "DELIVRD")]


@pytest.mark.parametrize(
    "other",
    [DELIVERED._replace(serial=SERIAL + "0"), DELIVERED._replace(number=OTHER_NUMBER)],
    ids=["another serial", "another number"],
)
def test_what_differs_in_its_key_is_another_verdict(tx: Tx, other: Receipt) -> None:
    assert receipts.add(tx, "demo", DELIVERED, NOW)
    assert receipts.add(tx, "demo", other, NOW)
    assert count(tx) == 2
    assert said(tx, SERIAL, NUMBER) == [(True, "DELIVRD")]


@pytest.mark.parametrize("first", Came)
@pytest.mark.parametrize("second", Came)
def test_a_verdict_is_kept_as_it_came_first(tx: Tx, first: Came, second: Came) -> None:
    assert receipts.add(tx, "demo", DELIVERED, NOW, first)
    assert not receipts.add(tx, "demo", DELIVERED, later(s=9), second)
    assert [each.came for each in receipts.of_serial(tx, SERIAL, NUMBER)] == [first]


@pytest.mark.parametrize("came", Came)
def test_only_what_was_pushed_proves_the_address(tx: Tx, came: Came) -> None:
    receipts.add(tx, "demo", DELIVERED, NOW, came)
    latest = receipts.latest_at(tx, "demo", since=EPOCH, within=100)
    assert latest == (NOW if came is Came.PUSHED else None)


def test_a_carriers_time_may_be_missing(tx: Tx) -> None:
    assert receipts.add(tx, "demo", DELIVERED._replace(carrier_at=None), NOW)


def test_the_number_cannot_be_read_in_the_file(tx: Tx) -> None:
    receipts.add(tx, "demo", DELIVERED, NOW)
    row = tx.one("SELECT number FROM receipts")
    assert row is not None
    assert NUMBER.removeprefix("+86") not in row["number"]


def test_a_serial_tells_its_time() -> None:
    assert serial_time(SERIAL) == 1570536578


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_serial_has_a_place_in_the_key(serial: str) -> None:
    assert 0 <= serial_time(serial) < 2**63


def arrival(*receipts: Receipt) -> Arrival:
    return Arrival("demo", receipts, NOW)


def test_reports_about_our_messages_are_handed_back_unkept(tx: Tx) -> None:
    accepted = Settlement(MessageState.ACCEPTED, "answer", serial=SERIAL, fee_segments=1)
    messages.settle(tx, start(tx), accepted, NOW)
    start(tx, OTHER_NUMBER)
    to_fenced = DELIVERED._replace(serial="5000:8", number=OTHER_NUMBER)
    stranger = DELIVERED._replace(serial="5000:9", number="+8613900000001")
    came = [arrival(DELIVERED, stranger), arrival(stranger), arrival(to_fenced, FAILED, stranger)]

    ours = receipts.add_unrelated(tx, came)
    assert ours == [
        Arrival("demo", [DELIVERED], NOW),
        Arrival("demo", [to_fenced, FAILED], NOW),
    ]
    assert count(tx) == 1
    assert said(tx, "5000:9", stranger.number) == [(True, "DELIVRD")]
    assert receipts.add_unrelated(tx, []) == []


def test_a_flood_of_reports_is_kept_in_bearable_portions(tx: Tx) -> None:
    # SQLite's own limit; some distributions raise it.
    tx.conn.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
    accepted = Settlement(MessageState.ACCEPTED, "answer", serial=SERIAL, fee_segments=1)
    messages.settle(tx, start(tx), accepted, NOW)
    flood = [
        DELIVERED._replace(serial=f"5000:{place}", number=f"+86139{place:08}")
        for place in range(5_000)
    ]
    ours = Arrival("demo", [DELIVERED], NOW)
    assert receipts.add_unrelated(tx, [arrival(*flood), ours]) == [ours]
    assert receipts.add_unrelated(tx, [arrival(*flood)]) == []
    assert count(tx) == len(flood)
