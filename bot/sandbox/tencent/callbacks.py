"""One callback pushed to a customer's URL, and what counts as its success."""

import json
import logging
from typing import Any

import aiohttp

MAX_ANSWER_BYTES = 65_536
JSON_HEADERS = {"Content-Type": "application/json"}

log = logging.getLogger(__name__)


async def push(session: aiohttp.ClientSession, url: str, payload: object) -> bool:
    """POST `payload`; whether the customer answered 200 with ``{"result": 0, …}``."""
    try:
        async with session.post(
            url, data=json.dumps(payload), headers=JSON_HEADERS, allow_redirects=False
        ) as answer:
            body = await answer.content.read(MAX_ANSWER_BYTES)
            return answer.status == 200 and _is_success(body)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.info("callback failed: %s", type(error).__name__)
        return False


def _is_success(body: bytes) -> bool:
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and type(answer.get("result")) is int and answer["result"] == 0
