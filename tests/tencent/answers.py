"""Answers of API 3.0, and a server that gives them one after the other."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.tencent.misbehaving import REQUEST_ID
from tests.tencent.raw_server import Connection


def success(**fields: object) -> dict[str, object]:
    return {"Response": {**fields, "RequestId": REQUEST_ID}}


def error(code: str) -> dict[str, object]:
    return {"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": REQUEST_ID}}


def answering(answer: Callable[[Mapping[str, Any]], object]) -> Callable[[Connection], Any]:
    """Answers each request by what `answer` makes of its body; None hangs up instead."""

    async def behave(link: Connection) -> None:
        while True:
            given = answer(json.loads((await link.request()).body))
            if given is None:
                return
            await link.answer(given if isinstance(given, bytes) else json.dumps(given).encode())

    return behave


def in_turn(*answers: object) -> Callable[[Mapping[str, Any]], object]:
    left = list(answers)
    return lambda _body: left.pop(0)
