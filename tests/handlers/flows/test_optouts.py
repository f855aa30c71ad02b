"""What a reply and what Tencent's answers tell, and what that keeps from being sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Signature
from bot.rules.delivery import MessageState
from bot.rules.figures import DAY_S
from bot.rules.optouts import PHONE_BLACKLISTED, Optout, Scope, Source
from bot.settings import Settings
from bot.tencent.incoming import Reply
from handlers.flows import figures
from handlers.flows import optouts as flow
from storage import content, optouts, replies, traffic
from storage.db import Tx
from storage.ids import to_ms
from tests.storage.rows import NOW, NUMBER, add_message, later, must_get

OTP, NOTICE, MARKETING = TemplateClass.OTP, TemplateClass.NOTICE, TemplateClass.MARKETING
LATE = timedelta(days=5)


def sent(tx: Tx, class_: TemplateClass, hours: float = 1) -> None:
    """A message that reached the number so long ago."""
    at = NOW - timedelta(hours=hours)
    tx.run(
        "UPDATE messages SET state = :state, signed_at_ms = :at WHERE id = :id",
        state=MessageState.DELIVERED.value,
        at=to_ms(at),
        id=add_message(tx, NUMBER, class_=class_, now=at),
    )


def reply(text: str = "R", signature: str = "腾讯云", port: str = "") -> Reply:
    return Reply(NUMBER, text, signature, "", port, NOW)


UNTIMED = Reply(NUMBER, "T", "腾讯云", "", "", None)


def told_and_counted(tx: Tx) -> tuple[int, int, int]:
    """How many replies are on their way to Slack, and how many replies and opt-outs counted."""
    day = traffic.hour_of(NOW), traffic.hour_of(NOW) + DAY_S
    counted = figures.of_period(tx, ("demo",), *day, later(s=2_400)).total
    return len(replies.find_untold(tx, 9)), counted.replies, counted.optouts


def scopes(tx: Tx) -> list[tuple[str, Scope]]:
    return [(each.signature, each.scope) for each in optouts.of_number(tx, NUMBER)]


def test_an_answer_to_marketing_alone_leaves_notices_alone(tx: Tx) -> None:
    sent(tx, MARKETING)
    sent(tx, NOTICE, hours=80)
    assert flow.take_reply(tx, reply(), later(s=3))
    assert scopes(tx) == [("腾讯云", Scope.MARKETING)]
    assert not optouts.is_out(tx, NUMBER, "腾讯云", NOTICE)


def test_where_a_notice_may_have_been_meant_both_are_kept_back(tx: Tx) -> None:
    sent(tx, MARKETING)
    sent(tx, NOTICE)
    flow.take_reply(tx, reply(), later(s=3))
    assert scopes(tx) == [("腾讯云", Scope.ALL)]


def test_the_older_callback_names_no_signature_but_the_messages_did(tx: Tx) -> None:
    sent(tx, MARKETING)
    flow.take_reply(tx, reply(signature="", port="106901333914"), later(s=3))
    assert scopes(tx) == [("腾讯云", Scope.MARKETING)]


def test_a_late_callback_is_about_what_was_sent_when_it_was_written(tx: Tx) -> None:
    sent(tx, MARKETING)
    came_at = NOW + LATE
    assert flow.take_reply(tx, reply(), came_at)
    (known,) = optouts.of_number(tx, NUMBER)
    assert (known.scope, known.at) == (Scope.MARKETING, came_at)


def test_a_repeat_is_told_and_changes_nothing(tx: Tx) -> None:
    assert flow.take_reply(tx, reply(), later(s=3))
    before = optouts.of_number(tx, NUMBER)
    assert not flow.take_reply(tx, reply(), later(s=63))
    assert optouts.of_number(tx, NUMBER) == before


def test_a_reply_without_a_time_pushed_again_is_the_same_one(tx: Tx) -> None:
    assert flow.take_reply(tx, UNTIMED, later(s=3), "demo")
    (first,) = optouts.of_number(tx, NUMBER)
    assert [flow.take_reply(tx, UNTIMED, later(s=s), "demo") for s in (63, 1_803)] == [False] * 2
    assert optouts.of_number(tx, NUMBER) == [replace(first, at=later(s=1_803))]
    assert told_and_counted(tx) == (1, 1, 1)


def test_a_second_no_without_a_time_that_means_more_is_news(tx: Tx) -> None:
    sent(tx, MARKETING)
    assert flow.take_reply(tx, UNTIMED, later(s=3), "demo")
    assert scopes(tx) == [("腾讯云", Scope.MARKETING)]
    sent(tx, NOTICE, hours=-0.5)
    assert flow.take_reply(tx, UNTIMED, later(s=2_400), "demo")
    assert ("腾讯云", Scope.ALL) in scopes(tx)
    assert optouts.is_out(tx, NUMBER, "腾讯云", NOTICE)
    assert told_and_counted(tx) == (2, 2, 2)


def test_whoever_was_let_go_says_no_again_without_a_time_and_is_heard(tx: Tx) -> None:
    flow.take_reply(tx, UNTIMED, later(s=3), "demo")
    assert optouts.remove(tx, NUMBER, "腾讯云", Scope.ALL)
    assert flow.take_reply(tx, UNTIMED, later(s=2_400), "demo")
    assert scopes(tx) == [("腾讯云", Scope.ALL)]
    assert told_and_counted(tx) == (2, 2, 2)


def test_without_a_time_other_words_and_the_same_ones_much_later_are_news(tx: Tx) -> None:
    untimed = Reply(NUMBER, "1", "腾讯云", "", "", None)
    assert flow.take_reply(tx, untimed, later(s=3))
    assert flow.take_reply(tx, replace(untimed, text="2"), later(s=4))
    assert flow.take_reply(tx, replace(untimed, replied_at=later(s=1)), later(s=5))
    assert flow.take_reply(tx, untimed, later(s=5) + flow.REPEATED_WITHIN)


@pytest.mark.parametrize(
    ("class_", "code", "expected"),
    [
        (NOTICE, PHONE_BLACKLISTED, (Source.TENCENT, Scope.ALL)),
        (MARKETING, PHONE_BLACKLISTED, (Source.TENCENT, Scope.MARKETING)),
        (OTP, PHONE_BLACKLISTED, (Source.TENCENT, Scope.MARKETING)),
        (MARKETING, "MBBLACK", (Source.CARRIER, Scope.MARKETING)),
    ],
)
def test_tencents_refusal_and_a_carriers_report_are_learned_from(
    tx: Tx, class_: TemplateClass, code: str, expected: tuple[Source, Scope]
) -> None:
    message = must_get(tx, add_message(tx, class_=class_))
    assert flow.learn(tx, message, code, NOW)
    assert optouts.of_number(tx, NUMBER) == [
        Optout(NUMBER, "腾讯云", expected[1], expected[0], code, "", NOW)
    ]
    assert not flow.learn(tx, message, code, later(s=1))


def test_a_reply_is_not_overwritten_by_what_tencent_says_of_it_later(tx: Tx) -> None:
    sent(tx, MARKETING)
    flow.take_reply(tx, reply(), NOW)
    message = must_get(tx, add_message(tx, class_=MARKETING))
    assert not flow.learn(tx, message, PHONE_BLACKLISTED, later(s=5))
    assert [each.source for each in optouts.of_number(tx, NUMBER)] == [Source.REPLY]


@pytest.mark.parametrize("code", ["", "Ok", "LimitExceeded.PhoneNumberDailyLimit", "MK:0001"])
def test_any_other_code_teaches_nothing(tx: Tx, code: str) -> None:
    assert not flow.learn(tx, must_get(tx, add_message(tx)), code, NOW)
    assert optouts.of_number(tx, NUMBER) == []


def test_an_opt_out_is_about_a_signature_of_tencents_or_of_app_yaml(
    tx: Tx, settings: Settings
) -> None:
    (app,) = settings.apps
    assert flow.signatures(tx, settings) == [app.signature]
    content.put_signatures(tx, [Signature("1", "云上", False, ReviewState.REJECTED, "")], NOW)
    assert flow.signatures(tx, settings) == sorted([app.signature, "云上"])
