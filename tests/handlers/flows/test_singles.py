"""NOW is noon by the mainland's clock."""

from datetime import timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.requests import RequestState
from handlers.flows import doubts, singles
from handlers.flows.doubts import DoubtChoice
from storage import app_stops, optouts, requests
from storage.db import Tx
from storage.messages import Message
from tests.handlers.flows.running import claim, finish
from tests.handlers.flows.sends import (
    LIMITED,
    answered,
    doubt,
    forget_change,
    is_card_due,
    queue,
)
from tests.storage.rows import LIN, MAYA, NOW, NUMBER, OTHER_NUMBER, later, must_get

MARKETING = TemplateClass.MARKETING
CLOSES = NOW + timedelta(hours=10)
#: After the wait for a limit of 30 seconds.
AGAIN = timedelta(seconds=31)


def opt_out(tx: Tx, number: str = NUMBER) -> None:
    optouts.add(tx, Optout(number, "腾讯云", Scope.ALL, Source.REPLY, "T", "", NOW))


def left_out(tx: Tx, message: Message) -> str:
    """Why it is left out; the request has failed, and the card says so."""
    after = must_get(tx, message.id)
    assert after.state is MessageState.SKIPPED
    request = requests.get(tx, message.request_id)
    assert request is not None
    assert request.state is RequestState.FAILED
    assert is_card_due(tx, message)
    return after.detail


def tried(tx: Tx, class_: TemplateClass, at: timedelta = timedelta()) -> Message:
    """Tencent has refused it for half a minute."""
    message = queue(tx, class_=class_, now=NOW + at)
    (call,) = claim(tx, NOW + at)
    finish(tx, call, answered(message.number, LIMITED), NOW + at)
    forget_change(tx, message)
    return message


def sent_again(tx: Tx, class_: TemplateClass, now: timedelta) -> Message:
    """In doubt, until a person says: once more."""
    message = doubt(tx, class_=class_)
    choice = DoubtChoice.SEND_AGAIN
    after = doubts.decide(tx, message.id, message.attempt or "", choice, MAYA, NOW + now)
    assert isinstance(after, Message)
    forget_change(tx, message)
    return after


def test_who_opts_out_while_a_message_waits_does_not_get_it(tx: Tx) -> None:
    message = queue(tx)
    app_stops.stop(tx, "demo", by=LIN, reason="wrong text", now=NOW)
    opt_out(tx)
    app_stops.let(tx, "demo")
    assert claim(tx, later(s=1)) == ()
    assert left_out(tx, message) == "opted_out"


def test_who_opts_out_between_two_tries_does_not_get_it(tx: Tx) -> None:
    message = tried(tx, TemplateClass.NOTICE)
    opt_out(tx)
    assert claim(tx, NOW + AGAIN) == ()
    assert left_out(tx, message) == "opted_out"


def test_who_opts_out_while_it_is_in_doubt_does_not_get_it_again(tx: Tx) -> None:
    message = sent_again(tx, MARKETING, timedelta(minutes=16))
    opt_out(tx)
    assert claim(tx, later(minutes=16)) == ()
    assert left_out(tx, message) == "opted_out"


def test_a_code_goes_to_who_opted_out(tx: Tx) -> None:
    queue(tx, class_=TemplateClass.OTP)
    opt_out(tx)
    assert len(claim(tx)) == 1


def test_marketing_is_not_tried_again_at_night(tx: Tx) -> None:
    message = tried(tx, MARKETING, timedelta(hours=9, minutes=59, seconds=50))
    assert claim(tx, CLOSES + timedelta(seconds=30)) == ()
    assert left_out(tx, message) == "marketing_hours"


def test_marketing_is_not_sent_again_at_night(tx: Tx) -> None:
    message = sent_again(tx, MARKETING, timedelta(hours=14))
    assert claim(tx, NOW + timedelta(hours=14)) == ()
    assert left_out(tx, message) == "marketing_hours"


def test_marketing_waits_for_the_morning_where_its_time_reaches_so_far(tx: Tx) -> None:
    opens = NOW + timedelta(hours=20)
    message = sent_again(tx, MARKETING, timedelta(hours=19, minutes=55))
    assert claim(tx, opens - timedelta(minutes=5)) == ()
    waiting = must_get(tx, message.id)
    assert (waiting.state, waiting.detail, waiting.due_at) == (
        MessageState.QUEUED,
        "marketing_hours",
        opens,
    )
    assert is_card_due(tx, message)
    assert claim(tx, opens - timedelta(seconds=1)) == ()
    assert len(claim(tx, opens)) == 1


def test_carriers_abroad_keep_no_hours(tx: Tx) -> None:
    queue(tx, "+6591234567", MARKETING, CLOSES)
    assert len(claim(tx, CLOSES)) == 1


@pytest.mark.parametrize("class_", TemplateClass)
def test_nothing_goes_out_after_its_time(tx: Tx, class_: TemplateClass) -> None:
    message = queue(tx, class_=class_)
    assert claim(tx, message.give_up_at + timedelta(seconds=1)) == ()
    assert left_out(tx, message) == "too_late"


def test_what_waits_behind_a_fence_ends_with_its_time_and_a_code_is_forgotten(tx: Tx) -> None:
    doubt(tx)
    code = queue(tx, class_=TemplateClass.OTP)
    other = queue(tx, OTHER_NUMBER, now=later(minutes=5))
    forget_change(tx, code)
    singles.skip_stale(tx, code.give_up_at)
    assert must_get(tx, code.id).state is MessageState.QUEUED
    singles.skip_stale(tx, code.give_up_at + timedelta(seconds=1))
    assert left_out(tx, code) == "too_late"
    assert must_get(tx, code.id).values == ()
    assert must_get(tx, other.id).state is MessageState.QUEUED


def test_what_is_sent_again_has_its_time_anew(tx: Tx) -> None:
    message = sent_again(tx, TemplateClass.NOTICE, timedelta(minutes=16))
    assert message.give_up_at == later(minutes=26)
    (call,) = claim(tx, later(minutes=20))
    finish(tx, call, answered(message.number, LIMITED), later(minutes=20))
    assert len(claim(tx, later(minutes=20) + AGAIN)) == 1


@pytest.mark.parametrize("column", ["number", "template_values"])
def test_a_damaged_row_keeps_nobody_else_from_being_sent(tx: Tx, column: str) -> None:
    damaged, other = queue(tx), queue(tx, OTHER_NUMBER)
    change = {
        "number": "UPDATE messages SET number = 'k1:xx' WHERE id = :id",
        "template_values": "UPDATE messages SET template_values = 'k1:xx' WHERE id = :id",
    }
    tx.run(change[column], id=damaged.id)
    (call,) = claim(tx)
    assert call.attempts[0].id == other.id
    row = tx.one("SELECT state, detail FROM messages WHERE id = :id", id=damaged.id)
    assert row is not None
    assert (row["state"], row["detail"]) == (MessageState.SKIPPED.value, "unreadable")
    assert is_card_due(tx, damaged)
