"""Short-lived permissions: trigger ids, response URLs and Socket Mode addresses."""

import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.sandbox.workspace.refusals import ErrorCode, Refusal

# Slack: "trigger_ids expire in three seconds", "response_url up to five times within 30 minutes"
# (docs.slack.dev, interactivity, 2026-08).
TRIGGER_LIFE_S = 3.0
RESPONSE_LIFE_S = 30 * 60
RESPONSE_USES = 5
_SOCKET_LIFE_S = 30
_KEPT = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A person's act that allows one modal. `view_id` is the modal it came from, if any."""

    user: str
    issued_at: datetime
    view_id: str | None = None
    spent: bool = False


@dataclass(frozen=True, slots=True)
class ResponseHook:
    """What a response URL may touch: one conversation, and the message it came from, if any."""

    user: str
    channel: str
    issued_at: datetime
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class Tickets:
    """Issues and redeems; every ticket is a random text that says nothing."""

    def __init__(self, trigger_life_s: float = TRIGGER_LIFE_S) -> None:
        self._trigger_life = timedelta(seconds=trigger_life_s)
        self._triggers: dict[str, Trigger] = {}
        self._hooks: dict[str, ResponseHook] = {}
        self._sockets: dict[str, datetime] = {}

    def issue_trigger(self, user: str, now: datetime, view_id: str | None = None) -> str:
        """A new trigger id, in Slack's shape."""
        number = secrets.randbelow(10**13)
        key = f"{number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        _keep(self._triggers, key, Trigger(user, now, view_id))
        return key

    def redeem_trigger(self, key: str, now: datetime) -> Trigger | Refusal:
        """The act behind a trigger id; works once, and not for long."""
        trigger = self._triggers.get(key)
        if trigger is None:
            return Refusal(ErrorCode.INVALID_TRIGGER_ID)
        if trigger.spent:
            return Refusal(ErrorCode.EXCHANGED_TRIGGER_ID)
        if now - trigger.issued_at > self._trigger_life:
            return Refusal(ErrorCode.EXPIRED_TRIGGER_ID)
        self._triggers[key] = replace(trigger, spent=True)
        return trigger

    def issue_hook(self, hook: ResponseHook) -> str:
        """The last part of a new response URL."""
        key = secrets.token_urlsafe(24)
        _keep(self._hooks, key, hook)
        return key

    def redeem_hook(self, key: str, now: datetime) -> ResponseHook | Refusal:
        """What one more post to a response URL may touch."""
        hook = self._hooks.get(key)
        if hook is None:
            return Refusal(ErrorCode.NOT_FOUND)
        if now - hook.issued_at > timedelta(seconds=RESPONSE_LIFE_S):
            return Refusal(ErrorCode.EXPIRED_URL)
        if hook.uses >= RESPONSE_USES:
            return Refusal(ErrorCode.USED_URL)
        self._hooks[key] = replace(hook, uses=hook.uses + 1)
        return hook

    def issue_socket(self, now: datetime) -> str:
        """The last part of a new Socket Mode address."""
        key = secrets.token_urlsafe(24)
        _keep(self._sockets, key, now)
        return key

    def redeem_socket(self, key: str, now: datetime) -> bool:
        """Whether a socket may be opened there; works once."""
        issued_at = self._sockets.pop(key, None)
        return issued_at is not None and now - issued_at <= timedelta(seconds=_SOCKET_LIFE_S)


def _keep(kept: MutableMapping[str, T], key: str, value: T) -> None:
    kept[key] = value
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]
