"""Lives of the program, as many as are wanted: started, stalled, killed, and heard of."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.crash.life import Order

ROOT = Path(__file__).parents[2]
#: Generous: on a machine that is busy with something else nothing here may fail for lack of time.
WAIT_S = 60.0


@contextmanager
def zygote() -> Iterator["subprocess.Popen[bytes]"]:
    """The process that forks the lives; its children end with it."""
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.crash.zygote"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(WAIT_S)


@dataclass
class Life:
    """One life, from its birth on."""

    name: str
    pid: int = 0
    url: str = ""
    errors: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    born: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    died: asyncio.Event = field(default_factory=asyncio.Event)
    on_change: Callable[["Life"], None] = lambda _: None

    def kill(self) -> None:
        """As the kernel or the power does it: no handler runs."""
        self._signal(signal.SIGKILL)

    def stall(self) -> None:
        """Not one instruction more, until `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.stopped.clear()
        self._signal(signal.SIGCONT)

    def free_disk(self) -> None:
        """Its files may grow again."""
        with suppress(ProcessLookupError):
            unlimited = resource.RLIM_INFINITY
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))

    def hear(self, event: str, facts: dict[str, object]) -> None:
        """What the process, or the one that forked it, tells."""
        match event:
            case "born":
                self.pid = int(str(facts["pid"]))
                self.born.set()
            case "ready":
                self.url = str(facts["url"])
                self.ready.set()
            case "stopped":
                self.stopped.set()
            case "died":
                self.died.set()
            case "error":
                said = str(facts["said"])
                (self.broke if facts["broke"] else self.errors).append(said)
        self.on_change(self)

    def _signal(self, number: signal.Signals) -> None:
        # A process that died is waited for by its parent, but the number may not be used yet.
        if not self.died.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Nursery:
    """Asks one zygote for lives, within one event loop."""

    def __init__(self, orders: int) -> None:
        self._orders = orders
        self.lives: list[Life] = []

    async def launch(
        self, order: Order, on_change: Callable[[Life], None] = lambda _: None
    ) -> Life:
        """Starts a life and does not wait for it to be ready; `on_change` hears of all it does."""
        life = Life(order.name, on_change=on_change)
        self.lives.append(life)
        os.write(self._orders, json.dumps(asdict(order)).encode() + b"\n")
        await asyncio.wait_for(life.born.wait(), WAIT_S)
        return life

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Passes on what the zygote and the lives tell, until there is nobody left to tell."""
        async for line in reader:
            facts = json.loads(line)
            event = facts.pop("event")
            for life in self.lives:
                if life.name == facts.get("life"):
                    life.hear(event, facts)

    async def end(self) -> None:
        """Kills who is left."""
        for life in self.lives:
            life.kill()
        for life in self.lives:
            await asyncio.wait_for(life.died.wait(), WAIT_S)


@asynccontextmanager
async def nursery(process: "subprocess.Popen[bytes]") -> AsyncIterator[Nursery]:
    """A nursery on a zygote that other event loops use before and after this one."""
    assert process.stdin is not None
    assert process.stdout is not None
    reader = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(process.stdout.fileno()), "rb", 0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    made = Nursery(process.stdin.fileno())
    listening = asyncio.create_task(made.listen(reader))
    try:
        yield made
    finally:
        await made.end()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        transport.close()
