"""What is to be said once is said once, in order, where there is a place for it."""

from datetime import timedelta

import pytest

from storage import cards, posts
from storage.db import Tx
from storage.ids import RequestId
from storage.posts import Post
from tests.storage.rows import LIN, NOW, add_request, later

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


def test_one_request_does_not_wait_for_another(tx: Tx) -> None:
    for name, ts in (("a", "1.1"), ("b", "2.2")):
        posts.add(tx, name, "k", FACTS, request_id=with_card(tx, ts), now=NOW)
    assert set(keys(tx)) == {"a", "b"}


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
    correct(tx, "k:1")
    assert keys(tx) == ["k"]
    assert posts.next_due(tx) == NOW
    posts.note_failure(tx, due(tx)[0], fault="busy", next_at=later(s=60), tried_at=None)
    assert (keys(tx), posts.next_due(tx)) == ([], later(s=60))
    posts.note_posted(tx, due(tx, 60)[0], ts="1.1", now=later(s=60))
    (post,) = due(tx, 60)
    assert (post.key, post.edits, post.edited_ts) == ("k:1", "k", "1.1")
    assert (post.channel, post.user_id) == ("#sms-alerts", "")


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
