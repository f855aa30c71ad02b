"""What is to be said once is said once, in order, where there is a place for it."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from storage import cards, migrations, posts
from storage.db import Tx, connect
from storage.ids import RequestId
from storage.posts import Post
from tests.storage.rows import LIN, NOW, VAULT, add_request, later

FACTS = {"name": "发货通知"}


def due(tx: Tx, s: float = 0.0) -> list[Post]:
    return posts.find_due(tx, later(s=s), 10)


def keys(tx: Tx, s: float = 0.0) -> list[str]:
    return [post.key for post in due(tx, s)]


def with_card(tx: Tx, ts: str | None = "1.1") -> RequestId:
    request_id = add_request(tx)
    cards.add(tx, request_id, "C0SMS", NOW)
    if ts is not None:
        show(tx, request_id, ts)
    return request_id


def show(tx: Tx, request_id: RequestId, ts: str) -> None:
    (card,) = [each for each in cards.find_due(tx, NOW, 99) if each.request_id == request_id]
    cards.note_posted(tx, card, channel="C0SMS", ts=ts, next_at=NOW)


def test_the_same_is_said_once(tx: Tx) -> None:
    assert posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW)
    assert not posts.add(tx, "k", "b", {}, channel="C0OTHER", now=later(s=9))
    (post,) = due(tx, 9)
    assert (post.kind, post.facts, post.channel) == ("a", FACTS, "C0SMS")
    posts.note_posted(tx, post, ts="1.1", now=NOW)
    assert not posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW)
    assert due(tx, 9) == []
    assert posts.is_known(tx, "k")


def test_what_has_no_place_is_refused(tx: Tx) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        posts.add(tx, "k", "a", FACTS, now=NOW)


def test_the_facts_cannot_be_read_in_the_file(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW)
    row = tx.one("SELECT facts FROM posts")
    assert row is not None
    assert "name" not in row["facts"]


def test_a_thread_waits_for_its_card(tx: Tx) -> None:
    request_id = with_card(tx, ts=None)
    posts.add(tx, "k", "a", FACTS, request_id=request_id, now=NOW)
    assert due(tx) == []
    assert posts.next_due(tx) is None
    show(tx, request_id, "1.1")
    (post,) = due(tx)
    assert post.thread == ("C0SMS", "1.1")
    assert posts.next_due(tx) == NOW


def test_a_thread_is_told_in_order_however_long_a_line_takes(tx: Tx) -> None:
    request_id = with_card(tx)
    for key in ("first", "second", "third"):
        posts.add(tx, key, "a", FACTS, request_id=request_id, now=NOW)
    assert keys(tx) == ["first"]
    posts.note_failure(tx, due(tx)[0], fault="x", next_at=later(s=30), tried_at=None)
    assert keys(tx, 29) == []
    assert keys(tx, 30) == ["first"]
    posts.note_posted(tx, due(tx, 30)[0], ts="2.1", now=NOW)
    assert keys(tx) == ["second"]
    posts.give_up(tx, due(tx)[0], fault="x", now=NOW)
    assert keys(tx) == ["third"]


def test_another_place_does_not_wait_for_the_thread(tx: Tx) -> None:
    request_id = with_card(tx, ts=None)
    posts.add(tx, "thread", "a", FACTS, request_id=request_id, now=NOW)
    posts.add(tx, "channel", "a", FACTS, request_id=request_id, channel="C0SMS", now=NOW)
    posts.add(tx, "person", "a", FACTS, request_id=request_id, user_id=LIN, now=NOW)
    assert set(keys(tx)) == {"channel", "person"}


def test_what_is_said_in_one_channel_is_said_in_the_order_it_was_stored(tx: Tx) -> None:
    for name, ts in (("b", "1.1"), ("a", "2.2")):
        posts.add(tx, name, "k", FACTS, request_id=with_card(tx, ts), now=NOW)
    posts.add(tx, "0", "k", FACTS, channel="C0SMS", now=NOW)
    for name in ("b", "a", "0"):
        assert keys(tx) == [name]
        posts.note_posted(tx, due(tx)[0], ts="3.1", now=NOW)


def test_what_stands_aside_holds_up_nobody(tx: Tx) -> None:
    for name in ("a", "b"):
        posts.add(tx, name, "k", FACTS, channel="C0SMS", now=NOW)
    posts.note_failure(tx, due(tx)[0], fault="x", next_at=later(s=9), tried_at=None, is_aside=True)
    assert (keys(tx), posts.next_due(tx)) == (["b"], NOW)
    assert keys(tx, 9) == ["a", "b"]


def test_what_cannot_be_read_is_found_like_the_others(tx: Tx) -> None:
    for name in ("a", "b"):
        posts.add(tx, name, "k", FACTS, channel=f"C0{name.upper()}", now=NOW)
    tx.run("UPDATE posts SET facts = 'k1:AAAA' WHERE key = 'a'")
    assert [(post.facts, post.is_damaged) for post in due(tx)] == [({}, True), (FACTS, False)]


def test_a_try_is_remembered_until_it_is_known_to_have_failed(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW)
    posts.note_try(tx, due(tx)[0], NOW)
    assert due(tx)[0].tried_at == NOW
    posts.note_failure(tx, due(tx)[0], fault="x", next_at=NOW, tried_at=None)
    (post,) = due(tx)
    assert (post.tried_at, post.failures) == (None, 1)


def test_what_a_channel_will_not_have_goes_to_a_person(tx: Tx) -> None:
    request_id = with_card(tx)
    posts.add(tx, "k", "a", FACTS, request_id=request_id, channel="C0GONE", now=NOW)
    posts.note_try(tx, due(tx)[0], NOW)
    posts.move(tx, due(tx)[0], user_id=LIN, fault="is_archived", now=later(s=1))
    (post,) = due(tx, 1)
    assert (post.channel, post.user_id, post.tried_at) == ("", LIN, None)


def test_nothing_is_due_before_its_time(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW + timedelta(milliseconds=1))
    assert due(tx) == []


def correct(tx: Tx, key: str, s: float = 0.0) -> None:
    posts.correct(tx, "k", key, "a", {"as": key}, later(s=s))


def test_a_correction_waits_for_what_it_corrects_and_goes_where_that_is(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="#sms-alerts", now=NOW)
    posts.note_try(tx, due(tx)[0], NOW)
    correct(tx, "k:1")
    assert keys(tx) == ["k"]
    assert posts.next_due(tx) == NOW
    posts.note_failure(tx, due(tx)[0], fault="busy", next_at=later(s=60), tried_at=NOW)
    assert (keys(tx), posts.next_due(tx)) == ([], later(s=60))
    posts.note_posted(tx, due(tx, 60)[0], ts="1.1", now=later(s=60))
    (post,) = due(tx, 60)
    assert (post.key, post.edits, post.edited_ts) == ("k:1", "k", "1.1")
    assert (post.channel, post.user_id) == ("#sms-alerts", "")


def test_what_cannot_have_got_out_is_corrected_before_it_is_said(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="#sms-alerts", now=NOW)
    (before,) = due(tx)
    correct(tx, "k:1")
    (post,) = due(tx)
    assert (post.key, post.facts, posts.count_waiting(tx)) == ("k", {"as": "k:1"}, 1)
    # What was loaded before must not leave any more, and is no reason to look for it.
    assert not posts.note_try(tx, before, NOW)
    assert due(tx)[0].tried_at is None
    assert posts.note_try(tx, post, NOW)
    assert not posts.correct(tx, "k", "k:1", "a", {"as": "again"}, NOW)
    assert due(tx)[0].facts == {"as": "k:1"}


def test_a_correction_follows_what_was_moved_to_a_person(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="#sms-alerts", now=NOW)
    posts.move(tx, due(tx)[0], user_id=LIN, fault="is_archived", now=NOW)
    posts.note_posted(tx, due(tx)[0], ts="1.1", now=NOW)
    correct(tx, "k:1")
    (post,) = due(tx)
    assert (post.channel, post.user_id, post.edited_ts) == ("", LIN, "1.1")


def test_of_corrections_that_wait_the_last_one_counts(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW)
    posts.note_posted(tx, due(tx)[0], ts="1.1", now=NOW)
    for nth in range(3):
        correct(tx, f"k:{nth}", s=nth)
    assert keys(tx, 9) == ["k:2"]
    posts.note_posted(tx, due(tx, 9)[0], ts="1.1", now=later(s=9))
    correct(tx, "k:3", s=10)
    assert keys(tx, 10) == ["k:3"]


def test_what_never_came_to_be_said_has_nothing_to_correct(tx: Tx) -> None:
    posts.add(tx, "k", "a", FACTS, channel="C0SMS", now=NOW)
    posts.give_up(tx, due(tx)[0], fault="is_archived", now=NOW)
    correct(tx, "k:1")
    (post,) = due(tx)
    assert post.edited_ts is None


def test_what_stands_under_a_post_waits_for_it_and_for_what_is_before(tx: Tx) -> None:
    posts.add(tx, "root", "a", FACTS, channel="#replies", now=NOW)
    assert posts.add_under(tx, "root", "one", "a", FACTS, NOW)
    assert posts.add_under(tx, "root", "two", "a", FACTS, later(s=1))
    assert not posts.add_under(tx, "root", "one", "a", FACTS, NOW)
    (root,) = due(tx, 9)
    assert root.key == "root"
    posts.note_posted(tx, root, ts="1.1", now=NOW)
    (one,) = due(tx, 9)
    assert (one.key, one.channel, one.under, one.root_ts) == ("one", "#replies", "root", "1.1")
    posts.note_posted(tx, one, ts="1.2", now=NOW)
    assert keys(tx, 9) == ["two"]


def test_where_its_thread_is_gone_a_post_begins_another(tx: Tx) -> None:
    posts.add(tx, "root", "a", FACTS, channel="#replies", now=NOW)
    posts.note_posted(tx, due(tx)[0], ts="1.1", now=NOW)
    for place, key in enumerate(("one", "two")):
        posts.add_under(tx, "root", key, "a", FACTS, later(s=place))
    (one,) = due(tx, 9)
    posts.stand_alone(tx, one, fault="thread_not_found", now=NOW)
    (one,) = due(tx, 9)
    assert (one.key, one.channel, one.under) == ("one", "#replies", "")
    posts.note_posted(tx, one, ts="2.1", now=NOW)
    (two,) = due(tx, 9)
    assert (two.under, two.root_ts) == ("one", "2.1")


def test_what_waited_before_there_were_lanes_waits_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "smsops.db"
    earlier = {name: step for name, step in migrations.STEPS.items() if name != "m016_outbox"}
    with monkeypatch.context() as before:
        before.setattr(migrations, "STEPS", earlier)
        migrations.migrate(path, VAULT)
    sealed = VAULT.seal('{"a": 1}', purpose=posts.PURPOSE)
    insert = """
    INSERT INTO posts (key, kind, facts, request_id, nth, channel, user_id, ts, due_at_ms, failures,
      fault, created_at_ms, done_at_ms, edits, under)
    VALUES (:key, 'k', :facts, NULL, 0, :channel, :user, :ts, 0, 0, '', :at, :done, :edits, :under)
    """
    rows = (
        ("root", "#sms", "", "1.1", 1, 1, "", ""),
        ("second", "#sms", "", None, 3, None, "", ""),
        ("first", "#sms", "", None, 2, None, "", ""),
        ("person", "", LIN, None, 4, None, "", ""),
        ("line", "", "", None, 5, None, "", "root"),
        ("edit", "", "", None, 6, None, "root", ""),
        ("early", "", "", None, 7, None, "", "second"),
    )
    names = ("key", "channel", "user", "ts", "at", "done", "edits", "under")
    with closing(connect(path)) as conn:
        for row in rows:
            conn.execute(insert, {**dict(zip(names, row, strict=True)), "facts": sealed})
    migrations.migrate(path, VAULT)
    with closing(connect(path)) as conn:
        tx = Tx(conn, VAULT)
        assert sorted(keys(tx)) == ["edit", "first", "person"]
        order = list[str]()
        while found := due(tx):
            order += [post.key for post in found]
            for post in found:
                posts.note_posted(tx, post, ts="2.1", now=NOW)
        assert [key for key in order if key not in {"edit", "person"}] == [
            "first",
            "second",
            "line",
            "early",
        ]
