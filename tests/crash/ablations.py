"""The program without one of the things that keep a message from going out twice.

Each is what somebody would write who had not thought of it. The harness must see every one of them.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.rules import retries
from bot.rules.delivery import MessageState
from bot.rules.retries import Exchange, Fate, Verdict, Why
from bot.settings import Settings
from bot.tencent.line import ApiLine
from handlers.flows import calls, claims, delivery
from storage import doubts, escalations, message_queue, messages, voice_calls
from storage.message_queue import Waiting

Clock = Callable[[], datetime]


class Ablation(StrEnum):
    """What is left out."""

    #: Two unresolved attempts to one number at once.
    NO_FENCE = "no fence"
    #: Signed with the time at which it leaves, not with the committed one.
    FRESH_TIMESTAMP = "fresh timestamp"
    #: What was not answered is sent again.
    NAIVE_RETRY = "naive retry"
    #: What a restart finds in flight is sent again.
    NAIVE_RESTART = "naive restart"
    #: A call that a restart finds on its way is made again.
    NAIVE_RECALL = "naive recall"


def leave_out(ablation: Ablation, settings: Settings, clock: Clock) -> None:
    """Changes this process, and where it must the file, for good."""
    LEAVING_OUT[ablation](settings, clock)


def _no_fence(settings: Settings, clock: Clock) -> None:
    fence = message_queue.UNFENCED
    for name, value in vars(message_queue).items():
        if isinstance(value, str) and fence in value:
            setattr(message_queue, name, value.replace(fence, "1 = 1"))
    claims._Turn._unfenced = _all_of  # type: ignore[method-assign]
    # What is found in Tencent's books can only be the one attempt there is, or so it is thought.
    doubts.others = lambda *_: []
    if settings.database.exists():
        with closing(sqlite3.connect(settings.database)) as file:
            file.execute("DROP INDEX IF EXISTS messages_fence")


def _all_of(self: claims._Turn, found: Sequence[Waiting]) -> list[Waiting]:
    return list(found)


def _fresh_timestamp(settings: Settings, clock: Clock) -> None:
    post = ApiLine.post

    async def post_now(self: ApiLine, action: str, fields: Any, *, signed_at: datetime) -> Any:
        return await post(self, action, fields, signed_at=clock())

    ApiLine.post = post_now  # type: ignore[method-assign]  # the point of it


def _naive_retry(settings: Settings, clock: Clock) -> None:
    judge = retries.judge_request

    def judge_naively(ended: Exchange, **known: Any) -> Fate:
        if ended is Exchange.UNKNOWN:
            return Fate(Verdict.RETRY_LATER, Why.NO_PROOF, after_s=0.0)
        return judge(ended, **known)

    retries.judge_request = judge_naively


def _naive_restart(settings: Settings, clock: Clock) -> None:
    def send_again(tx: Any, now: datetime) -> int:
        message_queue.release_all(tx, now)
        for message in messages.find_unresolved(tx):
            if message.state is MessageState.IN_FLIGHT:
                messages.put_back(tx, message, now=now, due_at=now, settled_by="rule")
        return 0

    delivery.recover = send_again


def _naive_recall(settings: Settings, clock: Clock) -> None:
    def call_again(tx: Any, now: datetime) -> None:
        for call in voice_calls.find_flying(tx):
            voice_calls.settle(tx, call.attempt, voice_calls.UNSENT)
            here = escalations.get_open(tx, call.group_id)
            if here is not None:
                again = replace(here, next_step=here.next_step - 1, due_at=now)
                escalations.save(tx, again)

    calls.recover = call_again


LEAVING_OUT: Mapping[Ablation, Callable[[Settings, Clock], None]] = {
    Ablation.NO_FENCE: _no_fence,
    Ablation.FRESH_TIMESTAMP: _fresh_timestamp,
    Ablation.NAIVE_RETRY: _naive_retry,
    Ablation.NAIVE_RESTART: _naive_restart,
    Ablation.NAIVE_RECALL: _naive_recall,
}
