"""The composition root: builds everything in order, runs it, stops it in reverse.

The only file that knows everyone.
"""

import asyncio
import errno
import gc
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import assert_never

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot import systemd
from bot.errors import CannotListen, PortTaken, StorageError
from bot.mounts.clock import Clock
from bot.mounts.heartbeat import Heartbeat
from bot.mounts.http import make_callback_server, make_web_server
from bot.mounts.slack_door import SlackDoor
from bot.rules.lanes import Pace
from bot.settings import Listener, Provider, Settings, SlackMode
from bot.slack.client import SlackClient
from bot.slack.fence import fence_socket, open_session
from bot.slack.lanes import Lanes
from bot.slack.people import People
from bot.tencent.client import TencentClient
from bot.tencent.legacy import LegacyClient
from bot.tencent.provider import SmsProvider
from bot.tencent.signing import Credentials
from bot.tencent.voice import VoiceClient
from handlers import registry
from handlers.flows import audit, calls, delivery, jobs, limits, submissions
from handlers.services import Services
from storage.db import Database, open_database
from storage.vault import Vault

log = logging.getLogger("smsops")
#: Objects made and not freed before the youngest are searched for cycles; Python's own figure, 700,
#: is that of two POSTs of delivery reports.
COLLECT_AFTER = 20_000
#: At a stop, whoever is in the middle of a request is heard out for so long, and what answers it is
#: given the same again: Slack and Tencent bring again what was not answered.
FINISH_WITHIN_S = 3.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot as it runs; `url` is where it listens."""

    services: Services
    clock: Clock
    door: SlackDoor
    url: str


async def run(settings: Settings) -> None:
    """Runs the bot until it is cancelled. Raises StorageError, CannotListen where it cannot
    start."""
    log.info("starting", extra={"event": "starting", "version": version("smsops")})
    async with running(settings) as bot:
        log.info("ready", extra={"event": "ready", "url": bot.url})
        try:
            await asyncio.Event().wait()
        finally:
            log.info("stopping", extra={"event": "stopping"})
            systemd.notify(systemd.STOPPING)


@asynccontextmanager
async def running(
    settings: Settings, clock: Callable[[], datetime] = utc_now, pace: Pace | None = None
) -> AsyncIterator[Bot]:
    """The bot, for as long as the block lasts; `pace` is for who cannot wait for Slack's own."""
    async with AsyncExitStack() as stack:
        db = _open_store(settings)
        stack.callback(db.close)
        stack.push_async_callback(_tell_from_copies, db, clock)
        session = await stack.enter_async_context(_open_session(settings))
        services = _make_services(settings, db, session, clock, Lanes(pace))
        stack.push_async_callback(services.tencent.close)
        if services.voice is not None:
            stack.push_async_callback(services.voice.close)
        # What a crash left in flight is in doubt from here on; nothing may be sent before that.
        await db.write(delivery.recover, clock())
        await db.write(limits.seed, settings, clock())
        await db.write(jobs.end_changed, settings, clock())
        await db.write(submissions.recover, clock())
        await db.write(calls.recover, clock())
        of_file = (settings.fingerprint(), settings.parts())
        await db.write(audit.note_start, version("smsops"), *of_file, clock())
        stack.push_async_callback(_note_stop, db, clock)
        door = SlackDoor(services)
        bolt = _make_bolt(settings, services, door)
        beat = Clock(services)
        url = services.listening.url = await _listen(stack, settings, services, bolt)
        # First: what a start that breaks has begun must end before the session and the file close.
        stack.push_async_callback(beat.stop)
        await beat.start()
        stack.push_async_callback(door.stop)
        await door.replay()
        # Slack may be away for long: that is no start that failed.
        systemd.notify(systemd.READY)
        if settings.slack.mode is SlackMode.SOCKET:
            await _connect_socket(stack, settings, bolt)
        if settings.heartbeat.url is not None:
            heart = Heartbeat(services, session, settings.heartbeat.url)
            stack.push_async_callback(heart.stop)
            heart.start()
        _settle_heap(stack)
        yield Bot(services, beat, door, url)


async def _note_stop(db: Database, clock: Callable[[], datetime]) -> None:
    """Where nothing can be stored, it cannot be entered either: the stop goes on."""
    with suppress(StorageError):
        await db.write(audit.note_stop, clock())


def _settle_heap(stack: AsyncExitStack) -> None:
    """What is there now stays: the collector need not search it again and again, nor after every
    few requests; both together were a seventh of what taking a delivery report costs."""
    stack.callback(gc.set_threshold, *gc.get_threshold())
    stack.callback(gc.unfreeze)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


async def _tell_from_copies(db: Database, clock: Callable[[], datetime]) -> None:
    """So that a copy of this last minute, put back later, is recognised as well."""
    with suppress(StorageError):
        await db.renew_generation(clock())


def _open_store(settings: Settings) -> Database:
    secrets, old = settings.secrets, settings.secrets.old_data_key
    earlier = None if old is None else Vault(old.get_secret_value())
    return open_database(settings.database, Vault(secrets.data_key.get_secret_value()), earlier)


def _open_session(settings: Settings) -> aiohttp.ClientSession:
    heartbeat = settings.heartbeat.url
    return open_session(settings.slack.api_url, *filter(None, [heartbeat]))


def _make_services(
    settings: Settings,
    db: Database,
    session: aiohttp.ClientSession,
    clock: Callable[[], datetime],
    lanes: Lanes,
) -> Services:
    token = settings.secrets.slack_bot_token.get_secret_value()
    slack = SlackClient(token, settings.slack.api_url, session)
    tencent = make_tencent(settings, clock)
    people = People(slack, settings.grants, clock, settings.approvals.groups())
    voice = _make_voice(settings)
    return Services(db, tencent, slack, people, settings, registry(), clock, voice, lanes=lanes)


def _make_voice(settings: Settings) -> VoiceClient | None:
    tencent, voice = settings.tencent, settings.oncall.voice
    if voice is None:
        return None
    return VoiceClient(
        endpoint=voice.endpoint,
        credentials=_credentials(settings),
        region=tencent.region,
        connect_timeout_s=tencent.connect_timeout_s,
        deadline_s=tencent.deadline_s,
    )


def _credentials(settings: Settings) -> Credentials:
    secrets = settings.secrets
    return Credentials(
        secrets.tencent_secret_id.get_secret_value(),
        secrets.tencent_secret_key.get_secret_value(),
    )


def make_tencent(settings: Settings, clock: Callable[[], datetime]) -> SmsProvider:
    """The client of the API app.yaml names; whoever has it closes it."""
    secrets, tencent = settings.secrets, settings.tencent
    match tencent.provider:
        case Provider.V3:
            return TencentClient(
                endpoint=tencent.endpoint,
                credentials=_credentials(settings),
                region=tencent.region,
                connect_timeout_s=tencent.connect_timeout_s,
                deadline_s=tencent.deadline_s,
                clock=clock,
            )
        case Provider.V5:
            keys = secrets.tencent_app_keys
            ids = [app.sdk_app_id for app in settings.apps]
            return LegacyClient(
                endpoint=tencent.endpoint,
                app_keys={app_id: keys[app_id].get_secret_value() for app_id in ids},
                connect_timeout_s=tencent.connect_timeout_s,
                deadline_s=tencent.deadline_s,
                clock=clock,
            )
        case never:
            assert_never(never)


def _make_bolt(settings: Settings, services: Services, door: SlackDoor) -> AsyncApp:
    is_http = settings.slack.mode is SlackMode.HTTP
    secret = settings.secrets.slack_signing_secret
    bolt = AsyncApp(
        client=services.slack.web,
        signing_secret=secret.get_secret_value() if is_http and secret else None,
        request_verification_enabled=is_http,
        # Without it Bolt looks for the acknowledgement every 10 ms; our listeners are short.
        process_before_response=True,
    )
    door.mount(bolt)
    return bolt


async def _listen(
    stack: AsyncExitStack, settings: Settings, services: Services, bolt: AsyncApp
) -> str:
    is_http = settings.slack.mode is SlackMode.HTTP
    secrets = [secret.get_secret_value() for secret in settings.secrets.callback_secrets]
    server = make_web_server(bolt if is_http else None, services, secrets)
    if settings.callbacks.listen is not None:
        own = make_callback_server(services, secrets)
        services.listening.callbacks_url = await _serve(
            stack, own, "callbacks.listen", settings.callbacks.listen
        )
    return await _serve(stack, server, "server", settings.server)


async def _serve(stack: AsyncExitStack, server: web.Server, setting: str, place: Listener) -> str:
    """Listens at what stands under `setting` in app.yaml; returns where. Raises CannotListen."""
    runner = web.ServerRunner(server, shutdown_timeout=FINISH_WITHIN_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, place.host, place.port).start()
    except OSError as error:
        raise _not_listening(error, setting, place) from error
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _not_listening(error: OSError, setting: str, place: Listener) -> CannotListen:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(setting, place.host, place.port, os.strerror(error.errno))
    # asyncio's own words name the address once more; a name that is not found has no error number.
    is_of_name = isinstance(error, socket.gaierror)
    why = error.strerror if is_of_name else os.strerror(error.errno or errno.EIO)
    return CannotListen(setting, place.host, place.port, why or str(error))


async def _connect_socket(stack: AsyncExitStack, settings: Settings, bolt: AsyncApp) -> None:
    token = settings.secrets.slack_app_token
    handler = AsyncSocketModeHandler(bolt, token.get_secret_value() if token else None)
    await fence_socket(handler.client, settings.slack.api_url)
    # First: it tries again and again while Slack is away, and may be stopped meanwhile.
    stack.push_async_callback(handler.close_async)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
