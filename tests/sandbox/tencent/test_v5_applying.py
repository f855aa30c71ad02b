"""Signatures and templates of legacy v5 go through the same review as those of API 3.0."""

import base64
from typing import Any

import pytest

from bot.sandbox.tencent.config import Account, AccountKind
from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, NUMBER, TAIL

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()
SIGN: dict[str, Any] = {"text": "蓝天科技", "international": 0, "pic": PNG, "remark": "r"}
TEMPLATE: dict[str, Any] = {
    "title": "登录",
    "text": "您的登录验证码为{1}",
    "type": 0,
    "international": 0,
    "remark": "r",
}


async def test_a_signature_is_applied_for_reviewed_and_used(caller: Caller, clock: Clock) -> None:
    result = await caller.v5("add_sign", SIGN, "")
    key = result["data"]["id"]
    assert result == {
        "result": 0,
        "errmsg": "",
        "msg": "",
        "data": {"id": key, "international": 0, "text": "蓝天科技", "status": 1},
    }
    body = {**BY_TEMPLATE, "sign": "蓝天科技"}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 1012
    clock.advance(minutes=2)
    (row,) = (await caller.v5("get_sign", {"sign_id": [key]}, ""))["data"]
    assert (row["status"], row["reply"]) == (0, "")
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 0
    (received,) = caller.sandbox.phones.messages(NUMBER)
    assert received.text.startswith("【蓝天科技】")


async def test_a_rejected_signature_is_2_and_can_be_changed(caller: Caller, clock: Clock) -> None:
    key = (await caller.v5("add_sign", {**SIGN, "text": "通知"}, ""))["data"]["id"]
    clock.advance(minutes=2)
    (row,) = (await caller.v5("get_sign", {"sign_id": [key]}, ""))["data"]
    assert row["status"] == 2
    assert row["reply"]
    changed = await caller.v5("mod_sign", {**SIGN, "sign_id": key}, "")
    assert (changed["result"], changed["data"]["id"], changed["data"]["status"]) == (0, key, 1)


async def test_a_template_is_applied_for_reviewed_and_used(caller: Caller, clock: Clock) -> None:
    result = await caller.v5("add_template", TEMPLATE, "")
    key = result["data"]["id"]
    assert result["data"] == {
        "id": key,
        "international": 0,
        "status": 1,
        "text": TEMPLATE["text"],
        "type": 0,
    }
    body = {**BY_TEMPLATE, "tpl_id": key}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 1014
    clock.advance(minutes=2)
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 0


async def test_a_rejected_template_can_be_changed(caller: Caller) -> None:
    body = {**TEMPLATE, "tpl_id": 1115, "type": 1, "text": "周末全场八折，拒收请回复R"}
    changed = await caller.v5("mod_template", body, "")
    assert (changed["result"], changed["data"]["id"], changed["data"]["type"]) == (0, 1115, 1)
    (row,) = (await caller.v5("get_template", {"tpl_id": [1115]}, ""))["data"]
    assert (row["text"], row["status"], row["type"]) == (body["text"], 1, 1)


@pytest.mark.parametrize(
    ("command", "name", "keys"),
    [("del_sign", "sign_id", [110, 112]), ("del_template", "tpl_id", [1110, 1111])],
)
async def test_deleting_takes_all_or_nothing(
    caller: Caller, command: str, name: str, keys: list[int]
) -> None:
    read = command.replace("del", "get")
    assert (await caller.v5(command, {name: [*keys, 9]}, ""))["result"] in (1012, 1014)
    assert (await caller.v5(read, {name: keys}, ""))["count"] == 2
    deleted = await caller.v5(command, {name: keys}, "")
    assert deleted == {"result": 0, "errmsg": "", "msg": ""}
    assert (await caller.v5(read, {name: keys}, ""))["count"] == 0


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("add_sign", SIGN),
        ("mod_sign", {**SIGN, "sign_id": 112}),
        ("del_sign", {"sign_id": [112]}),
        ("add_template", TEMPLATE),
        ("mod_template", {**TEMPLATE, "tpl_id": 1115}),
        ("del_template", {"tpl_id": [1115]}),
    ],
)
async def test_a_person_can_neither_apply_nor_change_nor_delete(
    start: Start, command: str, body: dict[str, Any]
) -> None:
    caller = await start(account=Account(kind=AccountKind.INDIVIDUAL))
    before = await caller.admin("GET", "state")
    assert (await caller.v5(command, body, ""))["result"] == 1006
    assert await caller.admin("GET", "state") == before


@pytest.mark.parametrize(
    ("command", "body", "expected"),
    [
        ("add_sign", {**SIGN, "international": 2}, 1004),
        ("add_sign", {**SIGN, "pic": "data:image/png;base64,x"}, 1004),
        ("add_sign", {**SIGN, "text": "一" * 13}, 1004),
        ("add_sign", {**SIGN, "text": " "}, 1004),
        ("add_sign", {**SIGN, "text": "赌博"}, 1002),
        ("add_sign", {**SIGN, "text": "腾讯云"}, 1007),
        ("mod_sign", {**SIGN, "sign_id": 110}, 1007),
        ("mod_sign", {**SIGN, "sign_id": 9}, 1012),
        ("del_sign", {"sign_id": []}, 1004),
        ("del_sign", {"sign_id": 110}, 1004),
        ("add_template", {**TEMPLATE, "type": 2}, 1004),
        ("add_template", {**TEMPLATE, "title": ""}, 1004),
        ("add_template", {**TEMPLATE, "text": "{1}{"}, 1004),
        ("add_template", {**TEMPLATE, "text": "赌博{1}"}, 1002),
        ("add_template", {**TEMPLATE, "type": 1}, 1004),
        ("mod_template", {**TEMPLATE, "tpl_id": 1110}, 1007),
        ("mod_template", {**TEMPLATE, "tpl_id": 9}, 1014),
        ("del_template", {"tpl_id": []}, 1004),
    ],
)
async def test_a_wrong_application_changes_nothing(
    caller: Caller, command: str, body: dict[str, Any], expected: int
) -> None:
    before = await caller.admin("GET", "state")
    assert (await caller.v5(command, body, ""))["result"] == expected
    after = await caller.admin("GET", "state")
    for content in ("templates", "signatures"):
        assert after[content] == before[content]


@pytest.mark.parametrize("command", ["add_sign", "add_template"])
async def test_an_account_holds_only_so_many(start: Start, command: str) -> None:
    caller = await start(max_signatures=4, max_templates=8)
    body = SIGN if command == "add_sign" else TEMPLATE
    assert (await caller.v5(command, body, ""))["result"] == 1007
