"""Replies on their way to Slack over real HTTP: one thread a number, whatever Slack does."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.slack.messages.forms import SEND_FORM
from bot.tencent.incoming import Reply
from handlers import registry
from handlers.flows import optouts
from handlers.jobs import deliver_posts, tell_replies
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import NUMBER

POST = "chat.postMessage"
REPLIES = "C0REPLIES"
FAR = timedelta(hours=1)


async def tell(stage: Stage, *texts: str) -> None:
    """Replies that come in this order, and what Slack takes of them."""
    for text in texts:
        reply = Reply(NUMBER, text, "腾讯云", "", "", stage.now)
        assert await stage.services.db.write(optouts.take_reply, reply, stage.now)
        await tell_replies.run(stage.services, stage.now)
    await deliver_posts.run(stage.services, stage.now + FAR)


def shown(stage: Stage, channel: str = REPLIES) -> list[dict[str, Any]]:
    return [each for each in stage.workspace.messages(channel) if each.get("bot_id")]


def roots(stage: Stage) -> list[str | None]:
    """Where each reply stands: under which of them, by its place."""
    places = {each["ts"]: str(place) for place, each in enumerate(shown(stage))}
    return [
        places[each["thread_ts"]] if each.get("thread_ts", each["ts"]) != each["ts"] else None
        for each in shown(stage)
    ]


async def left(stage: Stage) -> int:
    rows = await stage.services.db.read(
        lambda tx: tx.all("SELECT 1 FROM posts WHERE done_at_ms IS NULL")
    )
    return len(rows)


async def test_replies_that_come_at_once_stand_in_one_thread_in_order(stage: Stage) -> None:
    await tell(stage, "一", "退订", "三")
    assert roots(stage) == [None, "0", "0"]
    assert ["opted out" in each["text"] for each in shown(stage)] == [False, True, False]
    await tell_replies.run(stage.services, stage.now)
    await deliver_posts.run(stage.services, stage.now + FAR)
    assert len(shown(stage)) == 3


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
@pytest.mark.parametrize("before", [0, 1])
async def test_one_whose_answer_was_lost_is_looked_for_in_its_place(
    stage: Stage, kind: FaultKind, before: int
) -> None:
    await tell(stage, *("一" * before))
    stage.workspace.faults.add(Fault(POST, kind, 1))
    await tell(stage, "二")
    await tell(stage, "三")
    assert roots(stage) == [None, *["0"] * (before + 1)]
    assert await left(stage) == 0


async def test_a_thread_that_is_gone_takes_none_of_its_replies_with_it(stage: Stage) -> None:
    await tell(stage, "一")
    await stage.services.slack.web.chat_delete(channel=REPLIES, ts=shown(stage)[0]["ts"])
    await tell(stage, "二", "三")
    await tell(stage, "四")
    assert roots(stage) == [None, "0", "0"]
    assert await left(stage) == 0


async def test_where_no_channel_takes_it_admins_hear_of_it_until_one_does(stage: Stage) -> None:
    stage.workspace.admin.archive(REPLIES)
    await tell(stage, "一", "二")
    await deliver_posts.run(stage.services, stage.now + FAR)
    assert shown(stage) == []
    told = shown(stage, "D0MAYA")
    assert len(told) == 2
    assert all("Meant for #sms-replies" in str(each["blocks"][-1]) for each in told)
    stage.workspace.admin.archive(REPLIES, archived=False)
    await tell(stage, "三", "四")
    assert roots(stage) == [None, "0"]
    assert await left(stage) == 0


async def test_what_is_typed_anywhere_but_to_the_bot_itself_never_reaches_it(
    stage: Stage,
) -> None:
    """No event brings what people write in channels and threads, and the two that bring words said
    to the bot show the menu: of all there is to send with, they reach nothing."""
    events = {each.name for each in registry().events}
    assert not events & {"message.channels", "message.groups", "message.mpim"}
    spoken = {each.run for each in registry().events if each.type in {"message", "app_mention"}}
    assert len(spoken) == 1
    assert spoken.pop().__module__ == "handlers.commands.help"
    await tell(stage, "一")
    (message,) = shown(stage)
    buttons = [each["action_id"] for each in message["blocks"][-2]["elements"]]
    assert buttons == ["reply.view", "reply.answer"]
    assert SEND_FORM not in json.dumps(message)
