import pytest

from bot.rules.classes import TemplateClass
from storage import message_queue, messages
from storage.db import Tx
from storage.messages import Settlement
from tests.storage.rows import (
    ACCEPTED,
    DOUBT,
    NOW,
    OTHER_NUMBER,
    add_message,
    begin,
    due,
    later,
    must_get,
    put_back,
    start,
)


def test_what_is_due_is_found_oldest_first_and_no_more_than_asked(tx: Tx) -> None:
    ids = [add_message(tx, f"+86138{i:08}", now=later(s=-i)) for i in range(5)]
    assert [m.id for m in due(tx, limit=2)] == [ids[4], ids[3]]
    assert [m.id for m in due(tx)] == ids[::-1]


def test_codes_and_alerts_are_found_apart(tx: Tx) -> None:
    ids = {
        class_: add_message(tx, f"+86138{i:08}", class_=class_)
        for i, class_ in enumerate(TemplateClass)
    }
    urgent = message_queue.due_singles(tx, ["demo"], now=NOW, limit=8, is_urgent=True)
    assert {m.id for m in urgent} == {ids[TemplateClass.OTP], ids[TemplateClass.ALERT]}
    assert {m.id for m in due(tx)} == {ids[TemplateClass.NOTICE], ids[TemplateClass.MARKETING]}


def test_what_is_not_due_yet_is_not_found(tx: Tx) -> None:
    message_id = add_message(tx)
    message_queue.put_off(tx, [(message_id, "later", later(s=1))], NOW)
    assert due(tx, NOW) == []
    assert message_queue.next_due(tx) == later(s=1)
    assert [m.id for m in due(tx, later(s=1))] == [message_id]
    begin(tx, message_id, later(s=1))
    assert message_queue.next_due(tx) is None


def test_what_was_never_tried_is_due_though_the_clock_was_set_back(tx: Tx) -> None:
    message_id = add_message(tx, now=later(minutes=60))
    assert [m.id for m in due(tx)] == [message_id]
    begin(tx, message_id, NOW)
    put_back(tx, must_get(tx, message_id), minutes=30)
    assert due(tx, later(minutes=29)) == []
    assert [m.id for m in due(tx, later(minutes=30))] == [message_id]


def test_only_apps_that_are_asked_for_are_found(tx: Tx) -> None:
    add_message(tx)
    assert message_queue.due_singles(tx, ["other"], now=NOW, limit=8, is_urgent=False) == []
    assert message_queue.due_singles(tx, [], now=NOW, limit=8, is_urgent=False) == []


@pytest.mark.parametrize("settlement", [None, DOUBT], ids=["in flight", "in doubt"])
def test_a_message_behind_the_fence_waits_for_it(tx: Tx, settlement: Settlement | None) -> None:
    first = start(tx)
    if settlement is not None:
        doubt = messages.settle(tx, first, settlement, NOW)
        assert doubt is not None
        first = doubt
    second, other = add_message(tx), add_message(tx, OTHER_NUMBER)

    assert [m.id for m in due(tx)] == [other]
    assert messages.settle(tx, first, ACCEPTED, NOW) is not None
    assert {m.id for m in due(tx)} == {second, other}
