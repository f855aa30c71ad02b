"""What the parts of one running sandbox share: its settings, its clock, what it remembers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.faults import Faults
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.journal import Journal
from bot.sandbox.tencent.keeper import Keeper
from bot.sandbox.tencent.phones import Phones
from bot.sandbox.tencent.rates import Rates
from bot.sandbox.tencent.receipts import Receipts
from bot.sandbox.tencent.records import RecordError
from bot.sandbox.tencent.replies import Replies
from bot.sandbox.tencent.review import next_due, settle
from bot.sandbox.tencent.review_news import ReviewNews
from bot.sandbox.tencent.state import State, load_state, seed_state, snapshot
from bot.sandbox.tencent.voice_switchboard import Switchboard

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """One sandbox without its HTTP doors. `config` may be changed while it runs; `given` is what it
    was at first."""

    config: SandboxConfig
    clock: Callable[[], datetime]
    state_path: Path | None
    state: State
    phones: Phones
    given: SandboxConfig = field(init=False)
    keeper: Keeper | None = field(init=False, default=None)
    receipts: Receipts = field(init=False)
    replies: Replies = field(init=False)
    switchboard: Switchboard = field(init=False)
    review_news: ReviewNews = field(init=False)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        self.given = self.config
        if self.state_path is not None:
            self.keeper = Keeper(
                self.state_path, lambda: snapshot(self.state), self.config.save_after_s
            )
        self.receipts = Receipts(
            self.config, self.state, self.phones, self.clock, self.save, self.faults
        )
        self.replies = Replies(self.config, self.state, self.clock, self.save, self.faults)
        self.switchboard = Switchboard(
            self.config.voice, self.state, self.phones, self.clock, self.save, self.faults
        )
        self.review_news = ReviewNews(self.state, self.phones.tell)

    @property
    def app(self) -> Application:
        """The application every sandbox starts with."""
        return self.state.apps[self.config.credentials.sdk_app_id]

    @property
    def now_ms(self) -> int:
        return to_ms(self.clock())

    def save(self) -> None:
        """Have the state brought to disk, if it has a place there; tell the desks what changed."""
        self.review_news.tell()
        if self.keeper is not None:
            self.keeper.note()

    def settle(self) -> None:
        """Let reviews end that are due by now."""
        if settle(self.state, self.config, self.now_ms):
            self.save()

    @property
    def next_review_at_ms(self) -> int | None:
        """When the next review ends or takes effect by itself, None if none does."""
        return next_due(self.state)

    async def start(self) -> None:
        """Go on with what was left: reports to push, calls that ring."""
        await self.receipts.start()
        await self.replies.start()
        await self.switchboard.start()

    async def stop(self) -> None:
        """Let everything stand where it is."""
        await self.receipts.stop()
        await self.replies.stop()
        await self.switchboard.stop()

    async def replace_state(self, state: State) -> None:
        """Forget everything and go on from `state`."""
        await self.stop()
        self.state.adopt(state)
        self.save()
        await self.start()


def build_world(
    config: SandboxConfig, clock: Callable[[], datetime], state_path: Path | None
) -> World:
    """The world as it was left in `state_path`, or a new one. Raises OSError."""
    state = None if state_path is None else _kept_state(state_path, config)
    if state is None:
        state = seed_state(config, to_ms(clock()))
    return World(config, clock, state_path, state, Phones(state))


def _kept_state(path: Path, config: SandboxConfig) -> State | None:
    """What was kept, None if nothing was. A file that cannot be read is set aside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return None
    try:
        state = load_state(path, config.credentials)
    except RecordError as error:
        aside = path.with_name(path.name + ".unreadable")
        path.replace(aside)
        log.warning("sandbox state could not be read (%s), kept as %s", error, aside)
        return None
    app = state.apps[config.credentials.sdk_app_id]
    app.status_url = config.callback_url or app.status_url
    app.voice_url = config.voice.callback_url or app.voice_url
    state.account.reply_url = config.reply_url or state.account.reply_url
    return state
