from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from bot.rules.policies import CLASSIC, policy_of
from storage import limits, migrations
from storage.db import Tx, connect
from storage.ids import RequestId, to_ms
from storage.limits import LimitChange
from tests.storage.rows import LIN, NOW, VAULT, add_request, later


@pytest.fixture
def seeded(tx: Tx) -> Tx:
    assert limits.seed(tx, "demo", CLASSIC.policy, NOW)
    return tx


def change(
    tx: Tx,
    day: int | None = 5,
    *,
    was: int | None = 10,
    starts_at: datetime = NOW,
    ends_at: datetime | None = None,
    key: str = "number.day",
) -> LimitChange:
    found = limits.add_change(
        tx, add_request(tx), "demo", {key: day}, {key: was}, starts_at=starts_at, ends_at=ends_at
    )
    assert found is not None
    return found


def day_of(tx: Tx) -> int | None:
    row = limits.policy_row(tx, "demo")
    assert row is not None
    return row.policy.get("number", "day")


def test_an_app_is_seeded_once_and_remembers_with_what(seeded: Tx) -> None:
    assert not limits.seed(seeded, "demo", policy_of({"number.day": 1}), later(s=1))
    row = limits.policy_row(seeded, "demo")
    assert row is not None
    assert (row.policy, row.seeded) == (CLASSIC.policy, CLASSIC.policy)
    assert (row.seeded_at, row.changed_at) == (NOW, NOW)
    assert limits.policy_row(seeded, "other") is None


def test_a_change_is_kept_once_a_request_and_numbered_by_app(seeded: Tx) -> None:
    first, second = change(seeded), change(seeded, ends_at=later(s=9))
    assert (first.nth, second.nth) == (1, 2)
    assert (first.caps, first.before) == ({"number.day": 5}, {"number.day": 10})
    assert limits.get_change(seeded, second.request_id) == second
    again = limits.add_change(seeded, first.request_id, "demo", {}, {}, starts_at=NOW, ends_at=None)
    assert again is None
    assert limits.open_changes(seeded, "demo") == [first, second]
    assert limits.open_changes(seeded, "other") == []
    assert limits.history(seeded, "demo", 1) == [second]


def test_a_change_holds_from_its_start_to_its_end(seeded: Tx) -> None:
    found = change(seeded, starts_at=later(s=1), ends_at=later(s=3))
    assert [found.holds_at(later(s=at)) for at in (0, 1, 2, 3)] == [False, True, True, False]


def test_what_has_begun_for_good_is_folded_in_the_order_it_began(seeded: Tx) -> None:
    change(seeded, 3, starts_at=later(s=5))
    change(seeded, 4, starts_at=later(s=2))
    change(seeded, 5, starts_at=later(s=2), ends_at=later(s=99))
    change(seeded, 6, starts_at=later(s=50))
    assert limits.fold(seeded, "demo", later(s=1)) == []
    assert [each.nth for each in limits.fold(seeded, "demo", later(s=9))] == [2, 1]
    assert day_of(seeded) == 3
    assert [each.nth for each in limits.open_changes(seeded, "demo")] == [3, 4]
    assert limits.fold(seeded, "demo", later(s=9)) == []


def test_the_changes_of_an_app_that_was_never_seen_are_not_folded(tx: Tx) -> None:
    found = change(tx)
    assert limits.fold(tx, "demo", later(s=9)) == []
    assert limits.open_changes(tx, "demo") == [found]


def test_what_is_taken_back_before_it_is_folded_is_out(seeded: Tx) -> None:
    found = change(seeded)
    undone = limits.undo_change(seeded, found.request_id, LIN, later(s=1))
    assert undone is not None
    assert (undone.undone_at, undone.undone_by) == (later(s=1), LIN)
    assert not undone.holds_at(later(s=2))
    assert limits.undo_change(seeded, found.request_id, LIN, later(s=2)) is None
    assert limits.open_changes(seeded, "demo") == []
    assert limits.fold(seeded, "demo", later(s=3)) == []
    assert day_of(seeded) == 10


def test_what_is_taken_back_after_it_was_folded_becomes_what_it_was(seeded: Tx) -> None:
    found = change(seeded, None)
    limits.fold(seeded, "demo", later(s=1))
    assert day_of(seeded) is None
    limits.undo_change(seeded, found.request_id, LIN, later(s=2))
    assert day_of(seeded) == 10


def test_what_held_when_it_began_is_what_holds_without_it(seeded: Tx) -> None:
    """Whatever held when it was agreed to."""
    late = change(seeded, 3, starts_at=later(s=9))
    change(seeded, 7, starts_at=later(s=5))
    limits.fold(seeded, "demo", later(s=9))
    limits.undo_change(seeded, late.request_id, LIN, later(s=10))
    assert day_of(seeded) == 7


def test_what_a_later_change_set_anew_stays_as_that_set_it(seeded: Tx) -> None:
    first = change(seeded, 5)
    change(seeded, 3, was=5, starts_at=later(s=1))
    limits.fold(seeded, "demo", later(s=2))
    limits.undo_change(seeded, first.request_id, LIN, later(s=3))
    assert day_of(seeded) == 3


def test_a_start_and_an_end_are_told_once(seeded: Tx) -> None:
    found = change(seeded, ends_at=later(s=5))
    for is_end in (False, True):
        assert limits.mark_told(seeded, found.request_id, later(s=6), is_end=is_end)
        assert not limits.mark_told(seeded, found.request_id, later(s=7), is_end=is_end)
    told = limits.get_change(seeded, found.request_id)
    assert told is not None
    assert (told.told_start_at, told.told_end_at) == (later(s=6), later(s=6))
    assert limits.open_changes(seeded, "demo") == []


def test_nothing_is_known_of_a_request_that_changed_nothing(seeded: Tx) -> None:
    assert limits.get_change(seeded, "R-0000") is None
    assert limits.undo_change(seeded, RequestId("R-0000"), LIN, NOW) is None


def test_what_was_agreed_to_before_slack_was_asked_again_is_asked_about_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, at = tmp_path / "smsops.db", to_ms(NOW)
    earlier = {name: step for name, step in migrations.STEPS.items() if name != "m026_unasked"}
    with monkeypatch.context() as before:
        before.setattr(migrations, "STEPS", earlier)
        migrations.migrate(path, VAULT)
    insert = """
    INSERT INTO limit_changes (request_id, app, nth, caps, before, starts_at_ms, undone_by,
      folded_at_ms, undone_at_ms, told_start_ms, told_end_ms)
    VALUES (:id, 'demo', :nth, '{}', '{}', :starts_at, '', :folded, :undone, :began, :ended)
    """
    names = ("folded", "undone", "began", "ended")
    rows = [(None,) * 4, *((*(None,) * n, at, *(None,) * (3 - n)) for n in range(4))]
    with closing(connect(path)) as conn:
        tx = Tx(conn, VAULT)
        ids = [add_request(tx) for _ in rows]
        for nth, row in enumerate(rows):
            values = {
                "id": ids[nth],
                "nth": nth,
                "starts_at": at,
                **dict(zip(names, row, strict=True)),
            }
            conn.execute(insert, values)
    migrations.migrate(path, VAULT)
    with closing(connect(path)) as conn:
        history = limits.history(Tx(conn, VAULT), "demo", 9)
        assert [each.request_id for each in history if each.is_unasked] == ids[:1]
