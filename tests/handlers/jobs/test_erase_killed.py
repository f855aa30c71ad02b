"""An erasure killed at any of its commits is carried to its end by the next run."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

import storage.db
from bot.rules.audit import Sound, What
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.requests import RequestState
from bot.settings import Settings, load
from handlers.flows import erasures, voting
from handlers.flows.erasures import EraseAsk
from handlers.jobs import erase_numbers
from storage import audit, optouts, posts, requests
from storage.audit import AuditQuery
from storage.db import Tx, Write, connect, open_database
from storage.migrations import migrate
from storage.requests import Request
from tests.handlers.flows import sends
from tests.handlers.flows.asks import ballot
from tests.handlers.flows.conftest import ENVIRON, OVERRIDES, ROOT
from tests.handlers.jobs.conftest import make_services
from tests.handlers.jobs.test_erase_numbers import naming
from tests.handlers.jobs.test_forget_values import in_files
from tests.storage.rows import LIN, NOW, NUMBER, VAULT

APPROVERS = frozenset({"U0BO", "U0EVE"})


@pytest.fixture(scope="module")
def settings() -> Settings:
    loaded = load(ROOT / "app.yaml", ENVIRON, OVERRIDES)
    assert isinstance(loaded, Settings), loaded
    return loaded


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[Path, str]:
    """A file with an approved erasure, and its request."""
    path = tmp_path_factory.mktemp("erase") / "smsops.db"
    migrate(path, VAULT)
    with closing(connect(path)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        tx = Tx(conn, VAULT)
        sends.end(tx, sends.begin(tx), sends.answered())
        optouts.add(tx, Optout(NUMBER, "", Scope.ALL, Source.PERSON, NUMBER, LIN, NOW))
        asked = EraseAsk(NUMBER, "asked us to", {"messages": 1}, "demo", LIN, "C0SMS")
        request = erasures.ask(tx, asked, settings, NOW)
        assert isinstance(request, Request), request
        for user in sorted(APPROVERS):
            word = ballot(request, user, approvers=APPROVERS)
            voting.vote(tx, request.id, word, settings, NOW)
        tx.deferred.write(tx)
        conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path, request.id


def run(path: Path, settings: Settings, kill_at: float, *, is_after: bool) -> bool:
    """One run in a process of its own, killed at one of its commits; whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            _die_at(kill_at, is_after=is_after)
            asyncio.run(_run(path, settings))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def _die_at(nth: float, *, is_after: bool) -> None:
    commit, counted = storage.db.commit_group, iter(range(1, 1_000))

    def deadly(tx: Tx, group: list[Write]) -> bool:
        is_last = next(counted) == nth
        if is_last and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = commit(tx, group)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    storage.db.commit_group = deadly  # type: ignore[assignment]


async def _run(path: Path, settings: Settings) -> None:
    async with aiohttp.ClientSession() as session:
        with closing(open_database(path, VAULT)) as db:
            services = make_services(settings, db, session, lambda: NOW)
            await erase_numbers.run(services, NOW)
            await services.tencent.close()


def trials() -> Iterator[tuple[int, bool]]:
    for nth in range(1, 20):
        yield nth, False
        yield nth, True


def test_killed_at_any_commit_it_is_carried_to_its_end(
    approved: tuple[Path, str], settings: Settings, tmp_path: Path
) -> None:
    template, request_id = approved
    killed = 0
    for nth, is_after in trials():
        path = tmp_path / f"{nth}{is_after}" / "smsops.db"
        path.parent.mkdir()
        shutil.copy(template, path)
        if run(path, settings, nth, is_after=is_after):
            break
        killed += 1
        assert run(path, settings, float("inf"), is_after=False)
        is_free(path, request_id)
    # Prepared, cleared, two texts covered, closed, ended.
    assert killed >= 10


def is_free(path: Path, request_id: str) -> None:
    """The number is nowhere, the no still counts, and all was told once."""
    sealed = VAULT.seal_number(NUMBER)
    assert in_files(path, sealed) == []
    with closing(connect(path)) as conn:
        tx = Tx(conn, VAULT)
        assert naming(tx, NUMBER) == []
        request = requests.get(tx, request_id)
        assert request is not None
        assert request.state is RequestState.DONE
        assert posts.last_of(tx, request.id, "erase.done") is not None
        assert len(optouts.of_number(tx, NUMBER)) == 1
        assert isinstance(audit.check(tx), Sound)
        executed = audit.find(tx, AuditQuery(what=What.REQUEST_EXECUTED.value), 9)
        assert len(executed) == 1
