from datetime import datetime

import pytest

from storage import cards
from storage.cards import Card
from storage.db import Tx
from storage.ids import RequestId
from tests.storage.rows import NOW, add_request, later


@pytest.fixture
def request_id(tx: Tx) -> RequestId:
    """A request with a card nobody has posted yet."""
    request_id = add_request(tx)
    cards.add(tx, request_id, "C0SMS", NOW)
    return request_id


def due(tx: Tx, s: float = 0.0) -> list[Card]:
    return cards.find_due(tx, later(s=s), 10)


def only(tx: Tx, s: float = 0.0) -> Card:
    (card,) = due(tx, s)
    return card


def post(tx: Tx, card: Card, *, next_s: float = 1.0) -> None:
    cards.note_posted(tx, card, channel=card.channel, ts="1.1", next_at=later(s=next_s))


def test_a_new_card_is_due_at_once_and_nowhere_yet(tx: Tx, request_id: RequestId) -> None:
    assert only(tx) == Card(request_id, "C0SMS", None, 1, None, 0)
    assert cards.count_waiting(tx) == 1


def test_a_posted_card_rests_until_it_changes(tx: Tx, request_id: RequestId) -> None:
    post(tx, only(tx))
    assert due(tx, 99) == []
    assert cards.count_waiting(tx) == 0
    cards.touch(tx, request_id, later(s=5))
    card = only(tx, 5)
    assert (card.ts, card.wanted) == ("1.1", 2)


def test_a_card_shown_a_moment_ago_waits_its_pause(tx: Tx, request_id: RequestId) -> None:
    post(tx, only(tx), next_s=1)
    cards.touch(tx, request_id, later(s=0.2))
    assert due(tx, 0.9) == []
    assert cards.next_due(tx) == later(s=1)
    assert only(tx, 1).wanted == 2


def test_changes_before_a_post_share_it(tx: Tx, request_id: RequestId) -> None:
    for _ in range(5):
        cards.touch(tx, request_id, NOW)
    post(tx, only(tx))
    assert due(tx, 99) == []


def test_a_change_while_the_post_is_under_way_is_not_lost(tx: Tx, request_id: RequestId) -> None:
    shown = only(tx)
    cards.touch(tx, request_id, NOW)
    post(tx, shown, next_s=1)
    assert due(tx, 0.5) == []
    assert only(tx, 1).wanted == shown.wanted + 1


def test_the_try_is_remembered_until_the_post_is_known(tx: Tx, request_id: RequestId) -> None:
    cards.note_try(tx, request_id, NOW)
    cards.note_try(tx, request_id, later(s=5))
    assert only(tx).tried_at == NOW


def test_a_card_with_a_place_has_no_first_post_to_look_for(tx: Tx, request_id: RequestId) -> None:
    post(tx, only(tx))
    cards.note_try(tx, request_id, later(s=5))
    cards.touch(tx, request_id, later(s=5))
    assert only(tx, 5).tried_at is None


def fail(tx: Tx, card: Card, *, tried_at: datetime | None = None) -> None:
    cards.note_failure(tx, card, fault="ratelimited", next_at=later(s=30), tried_at=tried_at)


@pytest.mark.parametrize("tried_at", [NOW, None], ids=["perhaps posted", "not posted"])
def test_a_failed_post_is_tried_later(
    tx: Tx, request_id: RequestId, tried_at: datetime | None
) -> None:
    fail(tx, only(tx), tried_at=tried_at)
    assert due(tx, 29) == []
    card = only(tx, 30)
    assert (card.failures, card.tried_at) == (1, tried_at)


def test_a_post_that_worked_forgets_the_failures(tx: Tx, request_id: RequestId) -> None:
    fail(tx, only(tx))
    post(tx, only(tx, 30), next_s=31)
    cards.touch(tx, request_id, later(s=40))
    assert only(tx, 40).failures == 0


def test_a_closed_channel_moves_the_card_and_posts_it_afresh(tx: Tx, request_id: RequestId) -> None:
    post(tx, only(tx))
    cards.touch(tx, request_id, later(s=5))
    cards.move(tx, only(tx, 5), channel="D0LIN", fault="is_archived", now=later(s=5))
    card = only(tx, 5)
    assert (card.channel, card.ts, card.tried_at) == ("D0LIN", None, None)


def test_a_card_given_up_tries_again_with_the_next_change(tx: Tx, request_id: RequestId) -> None:
    cards.give_up(tx, only(tx), fault="is_archived")
    assert due(tx, 99) == []
    cards.touch(tx, request_id, later(s=5))
    assert only(tx, 5).request_id == request_id


def test_new_cards_of_a_channel_come_one_by_one_and_edits_beside_them(tx: Tx) -> None:
    ids = [add_request(tx) for _ in range(4)]
    for place, request_id in enumerate(ids):
        cards.add(tx, request_id, "C0SMS", later(s=place))
    post(tx, only(tx))
    cards.touch(tx, ids[0], later(s=9))
    first, edit = cards.find_due(tx, later(s=9), 9)
    assert (first.request_id, edit.request_id) == (ids[1], ids[0])
    cards.note_failure(tx, first, fault="x", next_at=later(s=60), tried_at=None)
    assert [card.request_id for card in cards.find_due(tx, later(s=9), 9)] == [ids[0]]
    assert cards.next_due(tx) == later(s=9)
    behind = cards.find_next(tx, first)
    assert behind is not None
    assert behind.request_id == ids[2]
    cards.stand_aside(tx, first, later(s=9))
    found = {card.request_id for card in cards.find_due(tx, later(s=9), 9)}
    assert found == {ids[0], ids[1], ids[2]}


def test_cards_come_oldest_change_first_and_no_more_than_asked(tx: Tx) -> None:
    ids = [add_request(tx) for _ in range(3)]
    for place, request_id in enumerate(ids):
        cards.add(tx, request_id, f"C0PLACE{place}", later(s=-place))
    assert [card.request_id for card in cards.find_due(tx, NOW, 2)] == [ids[2], ids[1]]
