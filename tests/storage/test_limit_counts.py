from datetime import date, datetime

from bot.rules.classes import TemplateClass
from storage import limit_counts
from storage.db import Tx
from storage.limit_counts import LimitRefusal
from tests.storage.rows import NOW, NUMBER, later

TODAY = date(2026, 11, 22)


def refusal(tx: Tx, at: datetime = NOW, request_id: str = "R-1") -> LimitRefusal:
    return LimitRefusal(
        app="demo",
        at=at,
        request_id=request_id,
        number=tx.vault.seal_number(NUMBER),
        content="c",
        class_=TemplateClass.NOTICE,
        country="CN",
        rule="per_day",
    )


def kept(tx: Tx) -> list[tuple[str, int]]:
    return [
        (row["request_id"], row["at_ms"])
        for row in tx.all("SELECT * FROM limit_refusals ORDER BY at_ms, request_id")
    ]


def test_what_was_begun_adds_up_by_app_day_and_country(tx: Tx) -> None:
    limit_counts.count(tx, "demo", TODAY, {"CN": 2, "SG": 1})
    limit_counts.count(tx, "demo", TODAY, {"CN": 3})
    limit_counts.count(tx, "demo", TODAY, {"SG": -1})
    limit_counts.count(tx, "other", TODAY, {"CN": 9})
    limit_counts.count(tx, "demo", date(2026, 11, 23), {"CN": 9})
    assert limit_counts.totals(tx, "demo", TODAY) == {"CN": 5, "SG": 0}
    assert limit_counts.totals(tx, "demo", date(2026, 11, 21)) == {}


def test_what_was_wanted_is_kept_once_and_dropped_where_it_went_after_all(tx: Tx) -> None:
    wanted = [refusal(tx), refusal(tx), refusal(tx, request_id="R-2")]
    assert limit_counts.add_refusals(tx, wanted) == 2
    assert limit_counts.add_refusals(tx, wanted[:1]) == 0
    assert [request_id for request_id, _ in kept(tx)] == ["R-1", "R-2"]
    limit_counts.drop_refusal(tx, "demo", NOW, "R-1", tx.vault.seal_number(NUMBER))
    assert [request_id for request_id, _ in kept(tx)] == ["R-2"]


def test_what_is_too_old_for_any_simulation_is_forgotten(tx: Tx) -> None:
    limit_counts.add_refusals(tx, [refusal(tx, later(s=nth), f"R-{nth}") for nth in range(5)])
    assert limit_counts.forget_refusals(tx, "demo", later(s=3), limit=2) == 2
    assert limit_counts.forget_refusals(tx, "demo", later(s=3), limit=2) == 1
    assert limit_counts.forget_refusals(tx, "demo", later(s=3), limit=2) == 0
    assert [request_id for request_id, _ in kept(tx)] == ["R-3", "R-4"]
