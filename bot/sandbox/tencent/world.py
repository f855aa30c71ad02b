"""What the parts of one running sandbox share: its settings, its clock, what it remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.faults import Faults
from bot.sandbox.tencent.frequency import to_ms
from bot.sandbox.tencent.journal import Journal
from bot.sandbox.tencent.phones import Phones
from bot.sandbox.tencent.receipts import Receipts
from bot.sandbox.tencent.state import State, load_state, save_state, seed_state


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """One sandbox without its HTTP doors."""

    config: SandboxConfig
    clock: Callable[[], datetime]
    state_path: Path | None
    state: State
    phones: Phones
    receipts: Receipts = field(init=False)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        self.receipts = Receipts(self.config, self.state, self.phones, self.clock, self.save)

    @property
    def now_ms(self) -> int:
        return to_ms(self.clock())

    def save(self) -> None:
        """Bring the state to disk, if it has a place there."""
        if self.state_path is not None:
            save_state(self.state, self.state_path)

    async def replace_state(self, state: State) -> None:
        """Forget everything and go on from `state`."""
        await self.receipts.stop()
        self.state.adopt(state)
        self.save()
        await self.receipts.start()


def build_world(
    config: SandboxConfig, clock: Callable[[], datetime], state_path: Path | None
) -> World:
    """The world as it was left in `state_path`, or a new one. Raises RecordError for a bad file."""
    if state_path is not None:
        state_path.parent.mkdir(parents=True, exist_ok=True)
    if state_path is not None and state_path.exists():
        state = load_state(state_path)
        state.callback_url = config.callback_url or state.callback_url
    else:
        state = seed_state(config, to_ms(clock()))
    return World(config, clock, state_path, state, Phones(state))
