"""A process that has imported everything and forks one life of the program after the other.

A start of Python and of all the imports costs a second; a fork of this process costs 40 ms.
"""

import gc
import json
import os
import random
import select
import signal
import traceback
from contextlib import suppress
from pathlib import Path

import httpx
from slack_bolt.async_app import AsyncApp
from sqlite_utils import Database as SqliteUtils

from bot.settings import Settings, load
from handlers import registry
from tests.crash.life import SAID_MAX, Order, live, tell


def warm() -> None:
    """Does once what every start would do again and that no test is about."""
    registry()
    AsyncApp(token="xoxb-1", signing_secret="0")
    SqliteUtils(memory=True).close()
    # Nothing here speaks TLS; reading all certificates takes longer than the rest of a start.
    tls = httpx.create_ssl_context()
    httpx.create_ssl_context = lambda *_, **__: tls
    gc.collect()
    # What there is by now is never looked at by the collector, and so never copied by it.
    gc.freeze()


def main() -> None:
    """Reads orders until there are no more, and tells what becomes of every life."""
    warm()
    orders = _Orders()
    ring, rung = os.pipe()
    os.set_blocking(rung, False)
    signal.set_wakeup_fd(rung)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    names: dict[int, str] = {}
    tell(event="warm")
    while not orders.ended:
        for fd in select.select([0, ring], [], [])[0]:
            if fd == ring:
                os.read(ring, 4096)
                _tell_changes(names)
            else:
                for order in orders.read():
                    names[_fork(order, orders.settings(order))] = order.name
    for pid in names:
        os.kill(pid, signal.SIGKILL)


class _Orders:
    """What comes in, line by line."""

    def __init__(self) -> None:
        self.ended = False
        self._left = b""
        self._settings: dict[tuple[str, str], Settings] = {}

    def read(self) -> list[Order]:
        said = os.read(0, 65536)
        self.ended = not said
        *lines, self._left = (self._left + said).split(b"\n")
        return [Order(**json.loads(line)) for line in lines]

    def settings(self, order: Order) -> Settings:
        """Judged once for each app.yaml: real ones, and the same for every life."""
        key = order.config, json.dumps(order.secrets)
        if key not in self._settings:
            found = load(Path(order.config), order.secrets)
            assert isinstance(found, Settings), found
            self._settings = {key: found}
        return self._settings[key]


def _fork(order: Order, settings: Settings) -> int:
    pid = os.fork()
    if pid:
        tell(life=order.name, event="born", pid=pid)
        return pid
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(0)
        # Or every life would throw the same dice.
        random.seed()
        live(order, settings)
    except BaseException:
        tell(life=order.name, event="error", said=traceback.format_exc()[-SAID_MAX:], broke=True)
    finally:
        os._exit(1)


def _tell_changes(names: dict[int, str]) -> None:
    while names:
        pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        if not pid:
            return
        if os.WIFSTOPPED(status):
            tell(life=names[pid], event="stopped")
        else:
            tell(life=names.pop(pid), event="died", status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    # Whoever listened may have gone.
    with suppress(BrokenPipeError):
        main()
