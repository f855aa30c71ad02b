"""What a handler is given: the store, the two wires, the settings, the time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.meters import Meters
from bot.registry import Registry
from bot.rules.brake import Baseline
from bot.rules.floods import Floods
from bot.rules.pace import Bucket
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.lanes import Lanes
from bot.slack.people import People
from bot.tencent.provider import SmsProvider
from bot.tencent.voice import VoiceClient
from storage.db import Database


@dataclass(slots=True)
class Listening:
    """Where the bot listens, and where for callbacks, known once it does."""

    url: str = ""
    callbacks_url: str = ""


@dataclass(slots=True)
class Watch:
    """What this process knows of its watch on alerts: when the clock began to run, and the time of
    the last look; None before that."""

    began_at: datetime | None = None
    looked_at: datetime | None = None


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
    #: Calls people who are on call; None where app.yaml sets nothing up for it.
    voice: VoiceClient | None = None
    #: What is counted and timed, for whoever asks at /metrics.
    meters: Meters = field(default_factory=Meters)
    #: Whose turn it is in each channel of Slack's; shared by all that is said.
    lanes: Lanes = field(default_factory=Lanes)
    listening: Listening = field(default_factory=Listening)
    watch: Watch = field(default_factory=Watch)
    #: How much each app may still send, by its name; shared by all that is sent.
    pace: dict[str, Bucket] = field(default_factory=dict)
    #: What each app usually sends, by its name: read once an hour, for the watch on traffic.
    baselines: dict[str, Baseline] = field(default_factory=dict)
    #: Who typed how many commands lately, and who looked up how many numbers.
    floods: Floods = field(default_factory=Floods)
    lookups: Floods = field(default_factory=Floods)
    #: Set when the process is to end: what is under way ends, nothing begins.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    messages_due: asyncio.Event = field(default_factory=asyncio.Event)
    cards_due: asyncio.Event = field(default_factory=asyncio.Event)
    posts_due: asyncio.Event = field(default_factory=asyncio.Event)
    changes_due: asyncio.Event = field(default_factory=asyncio.Event)
    files_due: asyncio.Event = field(default_factory=asyncio.Event)
    limits_due: asyncio.Event = field(default_factory=asyncio.Event)
    alerts_due: asyncio.Event = field(default_factory=asyncio.Event)
    calls_due: asyncio.Event = field(default_factory=asyncio.Event)
    #: Files being made for somebody: user, request, which file. One at a time of each.
    files_making: set[tuple[str, str, str]] = field(default_factory=set)
    #: One look at the whole set-up at a time.
    examining: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: One simulation of limits at a time, and one at the most waits for each user.
    simulating: asyncio.Lock = field(default_factory=asyncio.Lock)
    simulating_for: set[str] = field(default_factory=set)

    def wake(self) -> None:
        """Rings for whoever sends, shows and says: something was decided that concerns them."""
        for bell in (self.messages_due, self.cards_due, self.alerts_due, self.posts_due):
            bell.set()
