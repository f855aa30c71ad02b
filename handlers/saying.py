"""What is said to somebody after they were acknowledged: in its lane, again where Slack is busy.

It is kept in memory only: after a crash the click it answers is run again, and says it anew.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from bot.errors import SlackError
from bot.registry import SlackMessage
from bot.rules.lanes import BRING, FILES, POST, RESPOND, WHISPER
from bot.slack.files import Upload
from handlers.services import Services

log = logging.getLogger("smsops.saying")
Said = TypeVar("Said")
#: Slack takes an answer to a click for thirty minutes; nobody waits that long for one.
WITHIN_S = 120.0
FIRST_WAIT_S, LAST_WAIT_S = 1.0, 15.0


async def whisper(
    services: Services,
    channel: str,
    user_id: str,
    message: SlackMessage,
    thread_ts: str | None = None,
) -> None:
    """Says something to one person in a channel. Raises SlackError where Slack never takes it."""

    async def call() -> None:
        await services.slack.whisper(channel, user_id, message, thread_ts)

    await _patiently(services, WHISPER, channel, call)


async def respond(
    services: Services, response_url: str, message: SlackMessage | None, *, replace: bool
) -> None:
    """Answers an action through its own address, as `SlackClient.respond` does."""

    async def call() -> None:
        await services.slack.respond(response_url, message, replace=replace)

    await _patiently(services, RESPOND, response_url, call)


async def say(
    services: Services,
    channel: str,
    message: SlackMessage,
    key: str,
    thread_ts: str | None = None,
    *,
    is_again: bool = False,
) -> None:
    """An answer in a conversation with the bot, once for each `key`: where it may be there, as it
    may where the program died over it (`is_again`), it is looked for first."""
    tries = [is_again]

    async def call() -> None:
        if tries[-1] and await _is_there(services, channel, key, thread_ts):
            return
        tries.append(True)
        await services.slack.post(channel, message, key, thread_ts)

    await _patiently(services, POST, channel, call)


async def _is_there(services: Services, channel: str, key: str, thread_ts: str | None) -> bool:
    """Where the history is closed to us, it is said again."""
    try:
        return await services.slack.find_post(channel, key, thread_ts) is not None
    except SlackError as fault:
        if not fault.permanent:
            raise
        return False


async def upload(
    services: Services,
    channel: str,
    files: Sequence[Upload],
    comment: str,
    thread_ts: str | None = None,
) -> None:
    """Posts files as one message with a comment. Where Slack did not say whether it took them, it
    is asked before they are posted again."""
    brought = [
        await _patiently(services, BRING, "", partial(services.slack.bring, file)) for file in files
    ]
    tries: list[bool] = []

    async def call() -> None:
        if tries and await services.slack.is_shared(brought[0]):
            return
        tries.append(True)
        await services.slack.share(channel, brought, comment, thread_ts)

    await _patiently(services, FILES, channel, call)


async def _patiently(
    services: Services, method: str, channel: str, call: Callable[[], Awaitable[Said]]
) -> Said:
    """Calls until Slack takes it, obeying what it asks for: an answer that comes twice is a
    nuisance, one that never comes a lie. Raises the SlackError that stays."""
    loop = asyncio.get_running_loop()
    until_s, wait_s = loop.time() + WITHIN_S, FIRST_WAIT_S
    while True:
        try:
            async with services.lanes.turn(method, channel):
                return await call()
        except SlackError as fault:
            rest_s = fault.retry_after_s or wait_s
            if fault.permanent or loop.time() + rest_s > until_s or services.stopping.is_set():
                raise
            log.info("said later", extra={"event": "answer_put_off", "reason": fault.code})
            with suppress(TimeoutError):
                await asyncio.wait_for(services.stopping.wait(), rest_s)
            wait_s = min(2 * wait_s, LAST_WAIT_S)
