"""Each test number does what the table says, as a client and a real callback endpoint see it."""

from typing import Any

import aiohttp
import pytest

from bot.locales import Locale, text
from bot.sandbox.tencent.fates import BY_NUMBER, FATES
from tests.sandbox.tencent.callers import Caller, Receiver, idle
from tests.sandbox.tencent.conftest import Start

DELIVERED = ("SUCCESS", "DELIVRD")


def number(last_two: int) -> str:
    return f"+861380000{last_two:04d}"


def seen(receiver: Receiver) -> list[tuple[str, str]]:
    return [(row["report_status"], row["errmsg"]) for post in receiver.posts for row in post]


def test_the_table_has_the_promised_numbers_each_with_a_label_in_both_languages() -> None:
    promised = {number(position) for position in range(1, 18)} | {"+14155550101"}
    assert set(BY_NUMBER) == promised
    for locale in Locale:
        labels = [text(locale, fate.label_key) for fate in FATES]
        assert len(set(labels)) == len(FATES)


@pytest.mark.parametrize(
    ("last_two", "reports", "arrived"),
    [
        (1, [DELIVERED], 1),
        (2, [("FAIL", "MK:0001")], 0),
        (3, [("FAIL", "MK:0004")], 0),
        (5, [("FAIL", "MK:0118")], 0),
        (6, [], 1),
        (8, [DELIVERED], 1),
        (9, [DELIVERED, DELIVERED], 1),
        (14, [DELIVERED], 1),
        (15, [("FAIL", "UNDELIV"), DELIVERED], 1),
        (16, [("FAIL", "DB:0142")], 0),
        (99, [DELIVERED], 1),
    ],
)
async def test_an_accepted_number_is_reported_on_as_the_table_says(
    caller: Caller,
    receiver: Receiver,
    last_two: int,
    reports: list[tuple[str, str]],
    arrived: int,
) -> None:
    (row,) = await caller.send(number(last_two))
    assert row["Code"] == "Ok"
    await receiver.wait_for(len(reports))
    await idle(caller.sandbox)
    assert seen(receiver) == reports
    assert {each["sid"] for post in receiver.posts for each in post} <= {row["SerialNo"]}
    assert len(caller.sandbox.phones.messages(number(last_two))) == arrived


@pytest.mark.parametrize(
    ("last_two", "code"),
    [
        (4, "FailedOperation.PhoneNumberInBlacklist"),
        (7, "LimitExceeded.PhoneNumberDailyLimit"),
        (12, "InternalError.Timeout"),
        (13, "FailedOperation.InsufficientBalanceInSmsPackage"),
    ],
)
async def test_a_refused_number_is_refused_every_time_and_costs_nothing(
    caller: Caller, receiver: Receiver, last_two: int, code: str
) -> None:
    assert [await caller.code(number(last_two)) for _ in range(2)] == [code, code]
    assert caller.sandbox.phones.messages(number(last_two)) == []
    assert caller.sandbox.world.state.packages[0].used_segments == 0
    assert not caller.sandbox.world.state.pending
    assert receiver.posts == []


@pytest.mark.parametrize(("last_two", "accepted"), [(10, True), (11, False)])
async def test_a_dropped_connection_tells_the_client_nothing(
    caller: Caller, receiver: Receiver, last_two: int, accepted: bool
) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.send(number(last_two))
    assert len(caller.sandbox.phones.messages(number(last_two))) == accepted
    assert caller.sandbox.world.state.packages[0].used_segments == accepted
    if accepted:
        await receiver.wait_for(1)
    assert seen(receiver) == [DELIVERED] * accepted


async def test_half_a_body_is_a_broken_answer_to_an_accepted_message(
    caller: Caller, receiver: Receiver
) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.send(number(17))
    await receiver.wait_for(1)
    assert seen(receiver) == [DELIVERED]
    assert len(caller.sandbox.phones.messages(number(17))) == 1


async def test_a_message_dropped_before_it_was_accepted_takes_its_whole_batch_along(
    caller: Caller,
) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.send(number(1), number(11))
    assert caller.sandbox.phones.messages(number(1)) == []


async def test_the_report_of_number_14_is_there_before_the_answer(
    start: Start, receiver: Receiver
) -> None:
    caller = await start(report_delay_s=60.0)
    before: list[dict[str, str]] = []
    (row,) = await caller.send(number(14))
    before = [each for post in receiver.posts for each in post]
    assert [each["sid"] for each in before] == [row["SerialNo"]]


async def test_number_8_arrives_and_is_reported_only_after_its_delay(start: Start) -> None:
    caller = await start(delay_scale=1.0)
    await caller.send(number(8))
    (pending,) = caller.sandbox.world.state.pending
    assert pending.due_at_ms - caller.sandbox.world.now_ms == 30_000
    assert caller.sandbox.phones.messages(number(8)) == []


async def test_the_international_number_is_delivered_with_its_country_code(
    caller: Caller, receiver: Receiver
) -> None:
    changes: dict[str, Any] = {"TemplateId": "1117", "TemplateParamSet": ["8"], "SignName": None}
    assert await caller.code("+14155550101", **changes) == "Ok"
    ((row,),) = await receiver.wait_for(1)
    assert (row["nationcode"], row["mobile"], row["errmsg"]) == ("1", "4155550101", "DELIVRD")
