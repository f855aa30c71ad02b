"""What packages were charged for by the hour, and what is refused for money's sake."""

from datetime import timedelta

from bot.rules.packages import IN_ARREARS, NO_PACKAGE
from storage import account_refusals, figures, package_hours, traffic
from storage.db import Tx
from storage.figures import Counted
from storage.traffic import hour_of
from tests.storage.lines import HOUR, line
from tests.storage.rows import NOW, add_message, begin, later

HOUR_S = 3600


def spend(tx: Tx, hour_s: int, segments: int, country: str = "CN", app: str = "demo") -> None:
    """What messages of ours cost."""
    figures.count(tx, [Counted(line(hour_s, country=country, app=app), [(2, 1)], segments)])


def test_what_lists_tell_adds_up_by_the_hour(tx: Tx) -> None:
    package_hours.add(tx, {HOUR - HOUR_S: (10, 3600), HOUR: (4, 1200)})
    package_hours.add(tx, {HOUR: (5, 1500)})
    known = package_hours.known(tx, HOUR - HOUR_S, HOUR + HOUR_S)
    assert known == {HOUR - HOUR_S: 10, HOUR: 9 * 3600 / 2700}
    assert package_hours.known(tx, HOUR, HOUR) == {}


def test_an_hour_of_which_little_is_known_stands_for_none(tx: Tx) -> None:
    package_hours.add(tx, {HOUR: (4, 1799)})
    assert package_hours.known(tx, HOUR, HOUR + HOUR_S) == {}


def test_what_is_old_goes(tx: Tx) -> None:
    package_hours.add(tx, {HOUR - HOUR_S: (10, 3600), HOUR: (4, 3600)})
    assert package_hours.forget(tx, NOW) == 1
    assert list(package_hours.known(tx, 0, HOUR + HOUR_S)) == [HOUR]


def test_our_own_messages_to_the_mainland_count_in_every_hour_the_bot_ran(tx: Tx) -> None:
    traffic.note_watched(tx, ["demo", "shop"], NOW)
    spend(tx, HOUR, 3)
    spend(tx, HOUR, 2, app="shop")
    spend(tx, HOUR, 9, country="SG")
    spend(tx, HOUR - HOUR_S, 9, country="SG")
    found = package_hours.own(tx, ["demo", "shop"], HOUR - 2 * HOUR_S, HOUR + HOUR_S)
    assert found == {HOUR - HOUR_S: 0, HOUR: 5}


def note(tx: Tx, code: str, many: int, left: int | None, *, s: float = 0) -> None:
    account_refusals.note(
        tx, code, many, app="demo", request_id="R-1", left_segments=left, now=later(s=s)
    )


def test_refusals_of_a_code_are_one_row(tx: Tx) -> None:
    note(tx, NO_PACKAGE, 2, 5)
    note(tx, NO_PACKAGE, 3, 4, s=60)
    note(tx, IN_ARREARS, 1, None)
    found = account_refusals.list_all(tx)
    assert set(found) == {NO_PACKAGE, IN_ARREARS}
    known = found[NO_PACKAGE]
    assert (known.refused, known.left_segments) == (5, 4)
    assert (known.first_at, known.last_at) == (NOW, later(s=60))
    account_refusals.end(tx, NO_PACKAGE)
    assert set(account_refusals.list_all(tx)) == {IN_ARREARS}


def test_the_least_that_was_left_is_remembered(tx: Tx) -> None:
    note(tx, NO_PACKAGE, 1, None)
    for left, least in ((900, 900), (0, 0), (500, 0)):
        account_refusals.lower(tx, NO_PACKAGE, left)
        assert account_refusals.list_all(tx)[NO_PACKAGE].left_segments == least


def test_what_was_accepted_since_is_found_by_where_it_went(tx: Tx) -> None:
    message = begin(tx, add_message(tx))
    tx.run(
        "UPDATE messages SET country = 'SG', fee_segments = 1, accepted_at_ms = :at WHERE id = :id",
        at=int(NOW.timestamp() * 1000),
        id=message.id,
    )
    before, after = NOW - timedelta(seconds=1), NOW
    assert account_refusals.accepted_since(tx, before, to_mainland=False)
    assert not account_refusals.accepted_since(tx, before, to_mainland=True)
    assert not account_refusals.accepted_since(tx, after, to_mainland=False)
    tx.run("UPDATE messages SET country = 'CN'")
    assert account_refusals.accepted_since(tx, before, to_mainland=True)
    assert hour_of(NOW) == HOUR
