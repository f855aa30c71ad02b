"""Where replies stand: one thread a number in a channel, and what an hour had."""

from datetime import timedelta

from storage import reply_threads
from storage.db import Tx
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, later

HOUR_S = int(NOW.timestamp())


def test_a_number_has_one_thread_in_a_channel_and_keeps_its_root(tx: Tx) -> None:
    number, other = tx.vault.seal_number(NUMBER), tx.vault.seal_number(OTHER_NUMBER)
    assert reply_threads.get(tx, "#a", number) is None
    reply_threads.put(tx, "#a", number, "reply:1", NOW)
    reply_threads.put(tx, "#a", number, "reply:2", later(s=9))
    reply_threads.put(tx, "#b", number, "reply:3", NOW)
    found = reply_threads.get(tx, "#a", number)
    assert found == reply_threads.Thread("reply:1", later(s=9))
    assert reply_threads.get(tx, "#a", other) is None
    reply_threads.move(tx, "reply:1", "reply:4")
    roots = [reply_threads.get(tx, channel, number) for channel in ("#a", "#b")]
    assert [each.root for each in roots if each] == ["reply:4", "reply:3"]


def test_an_hour_that_grows_is_to_be_said_again_and_not_too_often(tx: Tx) -> None:
    hour = reply_threads.hour(tx, "#a", HOUR_S)
    assert (hour.told, hour.gathered, hour.edits) == (0, 0, 0)
    assert reply_threads.find_unshown(tx, NOW, 9) == []
    hour.told, hour.gathered, hour.gathered_no = 3, 2, 1
    reply_threads.save_hour(tx, hour)
    (unshown,) = reply_threads.find_unshown(tx, NOW, 9)
    assert unshown == hour
    reply_threads.note_shown(tx, unshown, NOW)
    assert reply_threads.find_unshown(tx, later(minutes=9), 9) == []

    again = reply_threads.hour(tx, "#a", HOUR_S)
    assert again.edits == 1
    again.gathered = 3
    reply_threads.save_hour(tx, again)
    assert reply_threads.find_unshown(tx, NOW - timedelta(seconds=1), 9) == []
    assert reply_threads.find_unshown(tx, NOW, 9) == [again]
