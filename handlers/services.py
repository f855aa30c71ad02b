"""What a handler is given: the store, the two wires, the settings, the time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.registry import Registry
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.people import People
from bot.tencent.provider import SmsProvider
from storage.db import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Made once by the composition root; handlers take from it what they need.

    The bells wake the workers as soon as there is something for them; they look once a second all
    the same.
    """

    db: Database
    tencent: SmsProvider
    slack: SlackClient
    people: People
    settings: Settings
    registry: Registry
    clock: Callable[[], datetime]
    messages_due: asyncio.Event = field(default_factory=asyncio.Event)
    cards_due: asyncio.Event = field(default_factory=asyncio.Event)
    posts_due: asyncio.Event = field(default_factory=asyncio.Event)
    changes_due: asyncio.Event = field(default_factory=asyncio.Event)
