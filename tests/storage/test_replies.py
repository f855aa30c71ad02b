"""What people answered: kept once, sealed; and the messages it may be about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from storage import replies
from storage.db import Tx
from storage.ids import to_ms
from storage.replies import Reply
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, add_message, later

ANSWER = Reply(NUMBER, "收到，谢谢", "腾讯云", "", "", NOW, is_optout=False, stored_at=later(s=2))


def test_an_answer_is_kept_once_however_often_it_comes(tx: Tx) -> None:
    assert replies.add(tx, ANSWER)
    assert not replies.add(tx, replace(ANSWER, stored_at=later(s=60)))
    assert replies.of_number(tx, NUMBER) == [ANSWER]


def test_another_text_second_number_signature_or_sender_is_another_answer(tx: Tx) -> None:
    others = (
        replace(ANSWER, text="R", is_optout=True),
        replace(ANSWER, replied_at=NOW - timedelta(seconds=1)),
        replace(ANSWER, number=OTHER_NUMBER),
        replace(ANSWER, signature=""),
        replace(ANSWER, extend_code="01"),
        replace(ANSWER, port="106901333914"),
    )
    for each in (ANSWER, *others):
        assert replies.add(tx, each)
    assert len(replies.of_number(tx, NUMBER)) == len(others)


def test_one_without_a_time_is_known_by_all_the_rest_for_a_while(tx: Tx) -> None:
    untimed = replace(ANSWER, replied_at=NOW, stored_at=NOW)
    assert replies.add(tx, untimed)

    def is_repeat(s: float, **other: Any) -> bool:
        at = NOW + timedelta(seconds=s)
        return replies.is_repeat(tx, replace(untimed, stored_at=at, **other), timedelta(minutes=1))

    assert [is_repeat(s) for s in (-61, -60, 0, 0.5, 60, 61.5)] == [False, *[True] * 4, False]
    others = {"text": "R", "number": OTHER_NUMBER, "signature": "", "extend_code": "1", "port": "9"}
    assert not any(is_repeat(9, **{name: other}) for name, other in others.items())


def test_one_with_a_time_is_not_taken_for_one_without(tx: Tx) -> None:
    replies.add(tx, ANSWER)
    assert not replies.is_repeat(tx, replace(ANSWER, stored_at=later(s=9)), timedelta(hours=1))


def test_neither_number_nor_text_is_readable_in_the_file(tx: Tx) -> None:
    replies.add(tx, ANSWER)
    (row,) = tx.all("SELECT * FROM replies")
    stored = " ".join(map(str, tuple(row)))
    assert "收到" not in stored
    assert NUMBER.removeprefix("+86") not in stored


def test_only_what_may_have_reached_the_number_since_then_can_be_answered(tx: Tx) -> None:
    sent = add_message(tx, NUMBER, now=NOW - timedelta(hours=2))
    tx.run(
        "UPDATE messages SET state = :state, signed_at_ms = :at WHERE id = :id",
        state=MessageState.DELIVERED.value,
        at=to_ms(NOW - timedelta(hours=1)),
        id=sent,
    )
    add_message(tx, NUMBER, class_=TemplateClass.MARKETING)
    add_message(tx, OTHER_NUMBER)
    (earlier,) = replies.sent_to(tx, NUMBER, since=NOW - timedelta(hours=72))
    assert (earlier.signature, earlier.class_) == ("腾讯云", TemplateClass.NOTICE)
    assert earlier.at == NOW - timedelta(hours=1)
    assert replies.sent_to(tx, NUMBER, since=NOW) == []


def test_what_an_answer_said_goes_after_a_time_and_a_repeat_is_still_one(tx: Tx) -> None:
    answers = [replace(ANSWER, text=f"{place}", stored_at=later(s=place)) for place in range(5)]
    for each in answers:
        replies.add(tx, each)
    assert [replies.wipe(tx, later(s=3), 2) for _ in range(3)] == [2, 1, 0]
    kept = [each.text for each in replies.of_number(tx, NUMBER)]
    assert sorted(kept) == ["", "", "", "3", "4"]
    assert not replies.add(tx, answers[0])
    assert "replies_kept" in str(
        [row["detail"] for row in tx.all(f"EXPLAIN QUERY PLAN {replies.PAGE}", before=1, limit=1)]
    )


def test_what_came_is_told_once_in_the_order_it_came(tx: Tx) -> None:
    for place in range(3):
        replies.add(tx, replace(ANSWER, text=f"{place}", stored_at=later(s=place)))
    first, second, third = replies.find_untold(tx, 9)
    assert [each.stored_at for each in (first, second, third)] == [later(s=n) for n in range(3)]
    assert replies.find_untold(tx, 1) == [first]
    replies.note_told(tx, first.id, NOW)
    assert replies.find_untold(tx, 9) == [second, third]
    assert replies.note_all_told(tx, NOW) == 2
    assert replies.find_untold(tx, 9) == []
    found = replies.get(tx, first.id)
    assert found is not None
    assert (found.text, found.number, found.id) == ("0", NUMBER, first.id)


def test_what_an_earlier_program_kept_is_never_told_and_has_no_name(tx: Tx) -> None:
    replies.add(tx, ANSWER)
    tx.run("UPDATE replies SET id = '', told_at_ms = 0")
    assert replies.find_untold(tx, 9) == []
    assert replies.get(tx, "") is None
    assert [each.text for each in replies.of_number(tx, NUMBER)] == [ANSWER.text]


def test_a_time_to_come_is_taken_for_now(tx: Tx) -> None:
    late = replace(ANSWER, replied_at=NOW + timedelta(days=9))
    assert late.said_at == late.stored_at
    replies.add(tx, late)
    assert replies.find_untold(tx, 1)[0].said_at == late.stored_at


def test_what_may_be_answered_comes_last_first_and_without_what_never_arrived(tx: Tx) -> None:
    states = (MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.IN_DOUBT)
    ids = []
    for hours, state in enumerate(states, start=1):
        sent = add_message(tx, NUMBER, now=NOW - timedelta(hours=hours))
        tx.run(
            "UPDATE messages SET state = :state, signed_at_ms = created_at_ms WHERE id = :id",
            state=state.value,
            id=sent,
        )
        ids.append(sent)
    add_message(tx, NUMBER)
    number, since = tx.vault.seal_number(NUMBER), NOW - timedelta(hours=72)
    found = replies.answerable(tx, number, since=since, until=NOW, limit=9)
    assert [each.message_id for each in found] == [ids[0], ids[2]]
    assert found[0].at == NOW - timedelta(hours=1)
    until = NOW - timedelta(hours=2)
    earlier = replies.answerable(tx, number, since=since, until=until, limit=9)
    assert [each.message_id for each in earlier] == [ids[2]]
    assert len(replies.answerable(tx, number, since=since, until=NOW, limit=1)) == 1
