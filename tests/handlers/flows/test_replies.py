"""What a channel hears of replies: a thread a number, a guess, no text, and no more than it can
read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Template
from bot.rules.delivery import MessageState
from bot.rules.optouts import Optout, Scope, Source
from bot.settings import Settings
from bot.slack.messages.replies import Words
from bot.tencent.incoming import Reply
from handlers.flows import optouts as optout_flow
from handlers.flows import replies as flow
from storage import content, optouts, posts, replies
from storage.db import Tx
from storage.ids import to_ms
from storage.posts import Post
from tests.handlers.flows.attempts import said
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, add_message, later

REPLIES = "#sms-replies"


def come(
    tx: Tx, text: str = "收到", number: str = NUMBER, at: datetime = NOW, sign: str = "腾讯云"
) -> None:
    """An answer, as the callback brings it."""
    assert optout_flow.take_reply(tx, Reply(number, text, sign, "", "", at), at)


def send(tx: Tx, hours: float = 1, class_: TemplateClass = TemplateClass.NOTICE) -> str:
    """A message that reached the number so long ago."""
    at = NOW - timedelta(hours=hours)
    message_id = add_message(tx, NUMBER, class_=class_, now=at)
    tx.run(
        "UPDATE messages SET state = :state, signed_at_ms = :at WHERE id = :id",
        state=MessageState.DELIVERED.value,
        at=to_ms(at),
        id=message_id,
    )
    return message_id


def told(tx: Tx) -> list[Post]:
    return said(tx, "reply.said")


def facts(tx: Tx) -> Mapping[str, Any]:
    """Those of the one reply that was told."""
    (post,) = told(tx)
    return post.facts


def put(tx: Tx, *templates: Template) -> None:
    content.put_templates(tx, templates, NOW)


def template(template_id: str, text: str = "您的订单{1}已发货", **changes: Any) -> Template:
    plain = Template(template_id, "n", text, True, False, ReviewState.USABLE, "")
    return replace(plain, **changes)


def without_channel(settings: Settings) -> Settings:
    channels = settings.channels.model_copy(update={"replies": None})
    return settings.model_copy(update={"channels": channels})


def showing(settings: Settings, *, text: bool) -> Settings:
    shown = settings.replies.model_copy(update={"show_text": text})
    return settings.model_copy(update={"replies": shown})


def test_a_number_begins_a_thread_and_its_next_replies_stand_in_it(
    tx: Tx, settings: Settings
) -> None:
    come(tx, "一")
    come(tx, "二", at=later(s=1))
    come(tx, "三", OTHER_NUMBER)
    assert not flow.tell(tx, settings, later(s=2))
    by_text = {replies.get(tx, post.facts["reply"]): post for post in told(tx)}
    first, second, other = (
        next(post for reply, post in by_text.items() if reply and reply.text == text)
        for text in "一二三"
    )
    rows = {row["key"]: row for row in tx.all("SELECT key, channel, under FROM posts")}
    assert (rows[first.key]["channel"], rows[first.key]["under"]) == (REPLIES, "")
    assert (rows[second.key]["channel"], rows[second.key]["under"]) == ("", first.key)
    assert rows[other.key]["channel"] == REPLIES
    assert not flow.is_due(tx, later(s=9))


def test_facts_hold_neither_the_number_nor_the_text(tx: Tx, settings: Settings) -> None:
    come(tx, "我的密码是 hunter2")
    flow.tell(tx, settings, NOW)
    assert "hunter2" not in str(facts(tx))
    assert "13800000001" not in str(facts(tx))
    assert facts(tx)["number"] == "+86 138****0001"


def test_the_guess_is_the_last_message_and_counts_the_others(tx: Tx, settings: Settings) -> None:
    put(tx, template("1110", name="验证"))
    send(tx, 80)
    send(tx, 3)
    last = send(tx, 2)
    come(tx)
    flow.tell(tx, settings, NOW)
    guess = facts(tx)["guess"]
    assert (guess["message"], guess["template"], guess["name"]) == (last, "1110", "验证")
    assert (guess["others"], guess["is_counted"]) == (1, True)


def test_so_many_others_are_not_counted_out(tx: Tx, settings: Settings) -> None:
    for minutes in range(30):
        send(tx, 1 + minutes / 60)
    come(tx)
    flow.tell(tx, settings, NOW)
    guess = facts(tx)["guess"]
    assert (guess["others"], guess["is_counted"]) == (flow.COUNTED - 1, False)


def test_an_opt_out_is_told_as_what_it_is(tx: Tx, settings: Settings) -> None:
    send(tx, class_=TemplateClass.MARKETING)
    come(tx, "退订")
    flow.tell(tx, settings, NOW)
    (known,) = optouts.of_number(tx, NUMBER)
    assert facts(tx)["declined"] == {"scope": known.scope.value, "signature": known.signature}
    assert known.scope is Scope.MARKETING


def test_without_a_channel_nothing_is_told_then_or_later(tx: Tx, settings: Settings) -> None:
    come(tx)
    assert flow.is_due(tx, NOW)
    assert not flow.tell(tx, without_channel(settings), NOW)
    assert not flow.is_due(tx, NOW)
    flow.tell(tx, settings, NOW)
    assert told(tx) == []


@pytest.mark.parametrize(
    ("shows", "wiped", "expected"),
    [
        (False, False, (Words.HIDDEN, "")),
        (True, False, (Words.SHOWN, "收到")),
        (True, True, (Words.NONE, "")),
        (False, True, (Words.HIDDEN, "")),
    ],
)
def test_a_text_is_read_when_it_is_shown_and_only_where_it_may_be(
    tx: Tx, settings: Settings, *, shows: bool, wiped: bool, expected: tuple[Words, str]
) -> None:
    come(tx)
    flow.tell(tx, settings, NOW)
    if wiped:
        replies.wipe(tx, later(s=1), 9)
    found = flow.with_words(tx, facts(tx), showing(settings, text=shows))
    assert (found["words"], found["text"]) == expected


def test_after_a_day_of_silence_a_reply_is_shown_in_the_channel_too(
    tx: Tx, settings: Settings
) -> None:
    for days in (0, 0.5, 2):
        at = NOW + timedelta(days=days)
        come(tx, f"{days}", at=at)
        flow.tell(tx, settings, at)
    assert [post.facts.get("also_in_channel") for post in told(tx)] == [None, False, True]


def test_what_is_more_than_an_hour_can_read_is_gathered_and_corrected(
    tx: Tx, settings: Settings
) -> None:
    for nth in range(flow.TOLD_AN_HOUR + 5):
        come(tx, "TD", f"+86137{nth:08}")
    come(tx, "有人吗")
    assert not flow.tell(tx, settings, NOW)
    assert len(told(tx)) == flow.TOLD_AN_HOUR + 1
    (first,) = said(tx, "reply.gathered")
    assert (first.facts["many"], first.facts["optouts"]) == (5, 5)
    assert sum(optouts.count(tx).values()) == flow.TOLD_AN_HOUR + 5

    come(tx, "TD", "+8613699999999")
    flow.tell(tx, settings, later(s=30))
    assert len(said(tx, "reply.gathered")) == 1
    assert flow.is_due(tx, later(s=61))
    flow.tell(tx, settings, later(s=61))
    latest = said(tx, "reply.gathered")[-1]
    assert (latest.edits, latest.facts["many"]) == (first.key, 6)
    assert not flow.is_due(tx, later(s=300))

    come(tx, "TD", "+8613688888888")
    flow.tell(tx, settings, later(minutes=60))
    assert len(told(tx)) == flow.TOLD_AN_HOUR + 2


def test_of_more_than_fit_in_a_transaction_the_rest_comes_next(
    tx: Tx, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "AT_ONCE", 2)
    for nth in range(3):
        come(tx, f"{nth}")
    assert flow.tell(tx, settings, NOW)
    assert not flow.tell(tx, settings, NOW)
    assert len(told(tx)) == 3


def test_a_number_that_cannot_be_read_keeps_nothing_else(tx: Tx, settings: Settings) -> None:
    come(tx, "一")
    tx.run("UPDATE replies SET number = 'k1:AAAA'")
    come(tx, "二")
    flow.tell(tx, settings, NOW)
    (post,) = told(tx)
    reply = replies.get(tx, post.facts["reply"])
    assert reply is not None
    assert reply.text == "二"


def test_a_thread_that_is_gone_is_begun_anew_by_the_first_that_finds_out(
    tx: Tx, settings: Settings
) -> None:
    come(tx, "一")
    flow.tell(tx, settings, NOW)
    (root,) = posts.find_due(tx, NOW, 9)
    posts.note_posted(tx, root, ts="1.1", now=NOW)
    come(tx, "二", at=later(s=1))
    flow.tell(tx, settings, later(s=1))
    (second,) = posts.find_due(tx, later(s=1), 9)
    flow.begin_anew(tx, second, "thread_not_found", later(s=2))
    come(tx, "三", at=later(s=3))
    flow.tell(tx, settings, later(s=3))
    (again,) = posts.find_due(tx, later(s=3), 9)
    assert (again.key, again.channel, again.under) == (second.key, REPLIES, "")
    posts.note_posted(tx, again, ts="2.1", now=NOW)
    (third,) = posts.find_due(tx, later(s=3), 9)
    assert (third.under, third.root_ts) == (second.key, "2.1")


def offered(tx: Tx, settings: Settings) -> tuple[list[str], bool]:
    (row,) = tx.all("SELECT id FROM replies")
    found = flow.answering(tx, row["id"], settings, settings.apps[0])
    assert found is not None
    return [each.template_id for each in found.templates], found.is_out


def test_only_approved_templates_that_may_go_to_the_number_are_offered(
    tx: Tx, settings: Settings
) -> None:
    put(
        tx,
        template("1"),
        template("2", review=ReviewState.UNDER_REVIEW),
        template("3", review=ReviewState.APPROVED_NOT_USABLE),
        template("4", mainland=False, international=True),
        template("5", "您的验证码是{1}，5分钟内有效。"),
        template("6", "会员日今日开始，拒收请回复R"),
    )
    come(tx)
    assert offered(tx, settings) == (["1", "6"], False)
    no = Optout(NUMBER, "腾讯云", Scope.MARKETING, Source.REPLY, "", "", NOW)
    optouts.add(tx, no)
    assert offered(tx, settings) == (["1"], True)
    optouts.add(tx, replace(no, scope=Scope.ALL))
    assert offered(tx, settings) == ([], True)


def test_abroad_what_is_for_abroad_is_offered_where_the_app_may_go_there(
    tx: Tx, settings: Settings
) -> None:
    put(tx, template("1"), template("4", mainland=False, international=True))
    come(tx, number="+6581234567", sign="")
    assert offered(tx, settings) == (["4"], False)
    (app,) = settings.apps
    home = app.model_copy(update={"international": False})
    assert offered(tx, settings.model_copy(update={"apps": (home,)})) == ([], False)


def test_a_reply_that_is_none_of_ours_is_no_answer(tx: Tx, settings: Settings) -> None:
    (app,) = settings.apps
    assert flow.answering(tx, "", settings, app) is None
    assert flow.answering(tx, "none", settings, app) is None


def test_to_a_number_no_message_can_go_to_nothing_is_offered(tx: Tx, settings: Settings) -> None:
    put(tx, template("1"))
    come(tx, number="+8695588")
    assert offered(tx, settings) == ([], False)


def test_the_app_is_that_of_the_guess_else_of_the_signature(tx: Tx, settings: Settings) -> None:
    (app,) = settings.apps
    other = app.model_copy(update={"name": "other", "signature": "云上"})
    both = settings.model_copy(update={"apps": (app, other)})

    def meant(sign: str, at: datetime) -> str:
        come(tx, at=at, sign=sign)
        (row,) = tx.all("SELECT id FROM replies ORDER BY id DESC LIMIT 1")
        found = flow.answering(tx, row["id"], both, app)
        assert found is not None
        return found.app.name

    assert meant("云上", NOW) == "other"
    assert meant("无人", later(s=1)) == app.name
    send(tx)
    assert meant("", later(s=2)) == "demo"


@pytest.mark.parametrize("shows", [True, False])
def test_a_damaged_reply_is_told_without_its_words(
    tx: Tx, settings: Settings, *, shows: bool
) -> None:
    come(tx)
    flow.tell(tx, settings, NOW)
    tx.conn.execute("UPDATE replies SET text = 'damaged'")
    found = flow.with_words(tx, facts(tx), showing(settings, text=shows))
    assert (found["words"], found["text"]) == ("none" if shows else "hidden", "")
