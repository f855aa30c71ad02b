"""Replies: pushed as one object, tried again, and an end to messages for who asks for it."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.tencent.callers import NOON, Caller, Clock, Receiver, until
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_admin import status_of

NUMBER = "+8613800000001"
BLACKLISTED = "FailedOperation.PhoneNumberInBlacklist"


async def reply(caller: Caller, text: str, **rest: Any) -> Any:
    return await caller.admin("POST", f"phones/{NUMBER}/reply", {"text": text, **rest})


async def test_a_reply_is_pushed_as_one_object(start: Start, receiver: Receiver) -> None:
    caller = await start(callback_url=None, reply_url=receiver.url)
    await caller.send(NUMBER)
    await reply(caller, "收到")
    (body,) = await receiver.wait_for(1)
    assert body == {
        "extend": "",
        "mobile": "13800000001",
        "nationcode": "86",
        "sign": "腾讯云",
        "text": "收到",
        "time": int(NOON.timestamp()),
    }


async def test_a_failed_push_is_tried_twice_more(start: Start, receiver: Receiver) -> None:
    caller = await start(callback_url=None, reply_url=receiver.url)
    receiver.answers = [(500, ""), (200, '{"result":1}'), (500, "")]
    await caller.send(NUMBER)
    await reply(caller, "收到")
    await until(lambda: all(each.pushed for each in caller.sandbox.world.state.account.replies))
    assert len(receiver.posts) == 3


async def test_a_reply_not_pushed_yet_goes_out_after_a_restart(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    path = tmp_path / "sandbox.json"
    receiver.answers = [(500, "")]
    settings = {"callback_url": None, "reply_url": receiver.url, "callback_retry_s": 60.0}
    first = await start(path, **settings)
    await first.send(NUMBER)
    await reply(first, "收到")
    await until(lambda: first.sandbox.world.state.account.replies[0].tries == 1)
    await first.sandbox.stop()
    await start(path, **settings)
    assert [body["text"] for body in await receiver.wait_for(2)] == ["收到", "收到"]


@pytest.mark.parametrize("word", ["T", "td", "N", " r ", "QX", "0000", "退订"])
async def test_who_unsubscribes_gets_no_more_of_this_kind(
    caller: Caller, clock: Clock, word: str
) -> None:
    await caller.send(NUMBER)
    await reply(caller, word)
    clock.advance(seconds=31)
    assert await caller.code(NUMBER) == BLACKLISTED
    notice = {"TemplateId": "1111", "TemplateParamSet": ["7", "明天"]}
    assert await caller.code(NUMBER, **notice) == "Ok"
    assert await caller.code("+8618501234444") == "Ok"


async def test_another_word_unsubscribes_nobody(caller: Caller, clock: Clock) -> None:
    await caller.send(NUMBER)
    await reply(caller, "Thanks")
    clock.advance(seconds=31)
    assert await caller.code(NUMBER) == "Ok"


async def test_a_reply_counts_for_three_days_and_for_its_signature(
    caller: Caller, clock: Clock
) -> None:
    await caller.send(NUMBER)
    for body in (b'{"text":"R","sign":"x"}', b'{"text":""}', b'{"text":1}', b"{}"):
        assert (await status_of(caller, "POST", f"phones/{NUMBER}/reply", body))[0] == 400
    assert (await status_of(caller, "POST", "phones/x/reply", b'{"text":"R"}'))[0] == 400
    clock.advance(hours=72, seconds=1)
    late = await status_of(caller, "POST", f"phones/{NUMBER}/reply", b'{"text":"R"}')
    assert late[0] == 400


async def test_the_phone_book_shows_what_each_number_replied(caller: Caller) -> None:
    await caller.send(NUMBER)
    kept = await reply(caller, "收到")
    book = {each["number"]: each for each in (await caller.admin("GET", "phones"))["phones"]}
    (shown,) = book[NUMBER]["replies"]
    assert {**shown, "pushed": False} == {**kept, "pushed": False}
    assert book["+8613800000002"]["replies"] == []
