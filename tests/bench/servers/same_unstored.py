"""The same server that stores nothing: our route, our checks, our parser, and no database."""

import asyncio

from aiohttp import web

from bot.meters import Meters
from bot.mounts.callback_route import CallbackRoute, Gate
from bot.mounts.front import make_server
from bot.rules.callers import Entry
from bot.tencent.callbacks import BadCallback
from bot.tencent.incoming import StatusReports, parse_callback
from tests.bench.servers import serve

UNBOUND_PER_S = 1_000_000


class Nowhere:
    """A door that reads what is posted and keeps none of it."""

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        found = parse_callback(body)
        if isinstance(found, BadCallback):
            return found
        return len(found.reports) if isinstance(found, StatusReports) else 1


async def main() -> None:
    route = CallbackRoute(Nowhere(), "demo", Gate(UNBOUND_PER_S), Entry(), Meters())
    await serve(web.ServerRunner(make_server({"/callbacks/bench": {"POST": route.take}})))


if __name__ == "__main__":
    asyncio.run(main())
