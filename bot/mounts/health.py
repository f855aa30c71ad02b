"""What tells how the bot is: /healthz, /readyz, /metrics."""

import logging
import time
from collections.abc import Iterator

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bot.errors import StorageError
from bot.mounts.figures import Measured, families
from bot.rules.callers import Caller, Entry, stranger
from bot.rules.vitals import UNREADY, Ailment, ailments
from handlers import vitals
from handlers.services import Services

log = logging.getLogger("smsops.health")
#: An answer to /readyz holds for so long: whoever asks again and again costs nothing.
READY_FOR_S = 1.0


async def healthy(_: web.BaseRequest) -> web.Response:
    """The process runs and its loop turns."""
    return web.json_response({"ok": True})


class ReadyRoute:
    """Whether there is any use in giving it something to do: 503 where there is not.

    What else is not as it should be is named, so that a person who looks sees it; it does not make
    it unready, for nothing would get better by that.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: tuple[Ailment, ...] = ()
        self._known_until_s = 0.0

    async def take(self, _: web.BaseRequest) -> web.Response:
        found = await self._ailments()
        is_ready = UNREADY.isdisjoint(found)
        answer = {"ready": is_ready, "ailments": [each.value for each in found]}
        return web.json_response(answer, status=200 if is_ready else 503)

    async def _ailments(self) -> tuple[Ailment, ...]:
        now_s = time.monotonic()
        if now_s >= self._known_until_s:
            self._known = await find_ailments(self._services)
            self._known_until_s = now_s + READY_FOR_S
        return self._known


class MetricsRoute:
    """Gives the figures to whom app.yaml names; to others there is no such page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        settings = services.settings
        self._entry = settings.metrics.entry(settings.callbacks.proxies)
        self._registry = CollectorRegistry()
        self._figures = _Figures()
        self._registry.register(self._figures)
        ProcessCollector(registry=self._registry)

    async def take(self, request: web.BaseRequest) -> web.Response:
        if self._entry is None or not _may_read(self._entry, request):
            raise web.HTTPNotFound
        try:
            self._figures.measured = await measure(self._services)
        except StorageError as error:
            log.error("no figures", extra={"event": "metrics_failed", "reason": str(error)})
            return web.Response(status=503)
        encode, kind = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=encode(self._registry), headers={hdrs.CONTENT_TYPE: kind})


class _Figures(Collector):
    """What was measured for the one who asks."""

    measured: Measured | None = None

    def collect(self) -> Iterator[Metric]:
        if self.measured is not None:
            yield from families(self.measured)


async def measure(services: Services) -> Measured:
    """Everything there is to tell. Raises StorageError."""
    found = await vitals.take(services, services.clock())
    return Measured(
        vitals=found,
        ailments=ailments(found, vitals.bounds_of(services.settings)),
        queues=await services.db.read(vitals.queues),
        meters=services.meters,
        wires=vitals.wires(services),
        commits=services.db.commits,
        writes=services.db.writes,
    )


async def find_ailments(services: Services) -> tuple[Ailment, ...]:
    """What is not as it should be; where the database does not answer, that."""
    try:
        found = await vitals.take(services, services.clock())
    except StorageError:
        return (Ailment.STORE,)
    return ailments(found, vitals.bounds_of(services.settings))


def _may_read(entry: Entry, request: web.BaseRequest) -> bool:
    caller = Caller(
        peer=request.remote or "",
        forwarded=",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())),
        authorization="",
        certificate="",
    )
    return stranger(entry, caller) is None
