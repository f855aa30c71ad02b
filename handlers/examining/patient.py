"""What is looked at: the settings, the two wires, the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.registry import Registry
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.tencent.provider import SmsProvider
from storage.db import Tx

P = ParamSpec("P")
T = TypeVar("T")


class Reader(Protocol):
    """Whoever reads the database: the bot's own, or the command line's."""

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `fn` finds in the last committed state. Raises StorageError."""
        ...


@dataclass(frozen=True, slots=True)
class Patient:
    """All of it. `since`: how long the bot has been there, at the most; `listens_at`: where it
    listens, and for callbacks, "" where nobody knows."""

    settings: Settings
    registry: Registry
    slack: SlackClient
    tencent: SmsProvider
    reader: Reader
    since: datetime
    listens_at: str = ""
    callbacks_listen_at: str = ""
