"""Numbers the caps of one number do not hold for, on a real file: until when, and how looked up."""

from datetime import datetime

from storage import limit_exemptions
from storage.db import Tx
from storage.limit_exemptions import Exemption
from tests.storage.rows import MAYA, NOW, NUMBER, OTHER_NUMBER, VAULT, later


def exempt(
    number: str = NUMBER, ends_at: datetime | None = None, app: str = "demo", at: datetime = NOW
) -> Exemption:
    return Exemption(app, number, ends_at, "phone of the lab", MAYA, "R-7K3Q", at)


def holds(tx: Tx, now: datetime, number: str = NUMBER, app: str = "demo") -> bool:
    """Whether it holds; all ways of asking say the same."""
    sealed = VAULT.seal_number(number)
    others = [VAULT.seal_number(f"+86139{each:08}") for each in range(600)]
    found = limit_exemptions.get(tx, app, number, now) is not None
    assert (sealed in limit_exemptions.among(tx, app, [*others, sealed], now)) is found
    assert (sealed in limit_exemptions.every_number(tx, app, now)) is found
    listed = [each.number for each in limit_exemptions.latest(tx, app, now, 99)]
    assert (number in listed) is found
    assert limit_exemptions.count(tx, app, now) == len(listed)
    return found


def test_it_holds_for_its_number_and_app_until_its_end(tx: Tx) -> None:
    limit_exemptions.put(tx, exempt(ends_at=later(s=60)), NOW)
    assert holds(tx, later(s=59))
    assert not holds(tx, later(s=60))
    assert not holds(tx, NOW, OTHER_NUMBER)
    assert not holds(tx, NOW, app="other")


def test_the_last_one_of_a_number_counts(tx: Tx) -> None:
    limit_exemptions.put(tx, exempt(ends_at=later(s=60)), NOW)
    limit_exemptions.put(tx, exempt(at=later(s=5)), later(s=5))
    assert holds(tx, later(minutes=9_999))
    assert limit_exemptions.get(tx, "demo", NUMBER, NOW) == exempt(at=later(s=5))


def test_one_is_taken_away_and_what_it_was_is_told(tx: Tx) -> None:
    limit_exemptions.put(tx, exempt(), NOW)
    limit_exemptions.put(tx, exempt(OTHER_NUMBER), NOW)
    assert limit_exemptions.remove(tx, "demo", NUMBER) == exempt()
    assert limit_exemptions.remove(tx, "demo", NUMBER) is None
    assert holds(tx, NOW, OTHER_NUMBER)


def test_what_has_ended_is_forgotten_and_the_requests_for_it_are_told(tx: Tx) -> None:
    limit_exemptions.put(tx, exempt(ends_at=later(s=60)), NOW)
    limit_exemptions.put(tx, exempt(app="other", ends_at=later(s=61)), NOW)
    limit_exemptions.put(tx, exempt(OTHER_NUMBER), NOW)
    assert not limit_exemptions.has_ended(tx, later(s=59))
    assert limit_exemptions.forget_ended(tx, later(s=59)) == []
    assert limit_exemptions.has_ended(tx, later(s=60))
    (ended,) = limit_exemptions.forget_ended(tx, later(s=60))
    assert ended.request_id == "R-7K3Q"
    assert not limit_exemptions.has_ended(tx, later(s=60))
    kept = {(row["app"], row["number"]) for row in tx.all("SELECT * FROM limit_exemptions")}
    assert kept == {
        ("demo", VAULT.seal_number(OTHER_NUMBER)),
        ("other", VAULT.seal_number(NUMBER)),
    }


def test_the_latest_come_first_page_by_page(tx: Tx) -> None:
    numbers = [f"+86139{each:08}" for each in range(5)]
    for at, number in enumerate(numbers):
        limit_exemptions.put(tx, exempt(number, at=later(s=at)), NOW)
    first = limit_exemptions.latest(tx, "demo", NOW, 2)
    assert [each.number for each in first] == [numbers[4], numbers[3]]
    assert [each.number for each in limit_exemptions.latest(tx, "demo", NOW, 9, 4)] == numbers[:1]


def test_neither_number_nor_reason_is_readable_in_the_file(tx: Tx) -> None:
    limit_exemptions.put(tx, exempt(), NOW)
    (row,) = tx.all("SELECT * FROM limit_exemptions")
    stored = " ".join(map(str, tuple(row)))
    assert NUMBER.removeprefix("+86") not in stored
    assert "lab" not in stored


def test_every_look_up_uses_the_key(tx: Tx) -> None:
    for sql in (
        limit_exemptions.GET,
        limit_exemptions.EVERY_NUMBER,
        limit_exemptions.COUNT,
        limit_exemptions.REMOVE,
    ):
        values = {"app": "demo", "number": "k", "now": 0}
        plan = " ".join(row["detail"] for row in tx.all(f"EXPLAIN QUERY PLAN {sql}", **values))
        assert "SEARCH limit_exemptions USING PRIMARY KEY (app=?" in plan, sql
