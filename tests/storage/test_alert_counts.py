"""Events of an alert in the last hour, five minutes at a time."""

from datetime import timedelta
from pathlib import Path

from storage import alert_counts, alert_groups
from tests.storage.rows import NOW, open_tx


def test_the_last_hour_is_kept_and_no_more(tmp_path: Path) -> None:
    with open_tx(tmp_path / "smsops.db") as tx:
        for alert_id in ("a", "b"):
            alert_groups.add_member(tx, "A-7K3Q", alert_id)
        for minutes, count in ((0, 1), (4, 2), (5, 4), (59, 8)):
            alert_counts.add(tx, "a", count, NOW + timedelta(minutes=minutes))
        alert_counts.add(tx, "b", 16, NOW + timedelta(minutes=5))
        alert_counts.add(tx, "elsewhere", 32, NOW)
        seen = alert_counts.of_group(tx, "A-7K3Q", NOW + timedelta(minutes=59))
        assert seen == [3, 20, *[0] * 9, 8]
        alert_counts.add(tx, "a", 1, NOW + timedelta(minutes=60))
        seen = alert_counts.of_group(tx, "A-7K3Q", NOW + timedelta(minutes=60))
        assert seen == [20, *[0] * 9, 8, 1]
        kept = tx.all("SELECT * FROM alert_counts WHERE alert_id = 'a' ORDER BY step_s")
        assert [row["count"] for row in kept] == [4, 8, 1]
