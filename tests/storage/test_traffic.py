from datetime import timedelta
from pathlib import Path

from bot.rules.figures import Counts
from storage import traffic
from tests.storage.lines import HOUR, line, put
from tests.storage.rows import NOW, open_tx

ABROAD = "+6581234567"


def test_an_hour_begins_with_its_first_second() -> None:
    assert NOW.timestamp() == HOUR
    assert traffic.hour_of(NOW + timedelta(minutes=59, seconds=59.999)) == HOUR
    assert traffic.hour_of(NOW + timedelta(hours=1)) == HOUR + 3600


def test_hours_and_places_are_sums_of_one_app_and_span(tmp_path: Path) -> None:
    with open_tx(tmp_path / "smsops.db") as tx:
        for nth in range(3):
            hour_s = HOUR + nth * 3600
            put(tx, line(hour_s), {"begun": 10})
            put(tx, line(hour_s, ABROAD, "SG"), {"begun": 2, "agreed": 1})
        put(tx, line(app="other"), {"begun": 1})
        each = Counts(begun=12, agreed=1)
        assert traffic.by_hour(tx, "demo", HOUR, HOUR + 7200) == {HOUR: each, HOUR + 3600: each}
        assert traffic.by_place(tx, "demo", HOUR, HOUR + 7200) == {
            ("CN", "+86138"): Counts(begun=20),
            ("SG", "+65812"): Counts(begun=4, agreed=2),
        }


def test_a_country_that_is_not_known_is_empty(tmp_path: Path) -> None:
    with open_tx(tmp_path / "smsops.db") as tx:
        put(tx, line(country=""), {"begun": 1})
        assert traffic.by_place(tx, "demo", HOUR, HOUR + 1) == {("", "+86138"): Counts(begun=1)}


def test_an_hour_with_nothing_sent_is_known_once_the_bot_ran_in_it(tmp_path: Path) -> None:
    with open_tx(tmp_path / "smsops.db") as tx:
        assert traffic.unwatched(tx, ["demo", "other"], NOW) == ["demo", "other"]
        traffic.note_watched(tx, ["demo"], NOW)
        traffic.note_watched(tx, ["demo"], NOW + timedelta(minutes=5))
        assert traffic.unwatched(tx, ["demo", "other"], NOW) == ["other"]
        assert traffic.by_hour(tx, "demo", 0, HOUR + 3600) == {HOUR: Counts()}
        assert traffic.by_place(tx, "demo", 0, HOUR + 3600) == {}
        put(tx, line(), {"begun": 1})
        assert traffic.by_hour(tx, "demo", 0, HOUR + 3600) == {HOUR: Counts(begun=1)}
