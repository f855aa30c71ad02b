"""The same server that stores nothing: our route, our checks, our parser, and no database."""

import asyncio

from aiohttp import web

from bot.mounts.front import make_server
from bot.mounts.http import CallbackRoute
from bot.tencent.callbacks import BadCallback, parse_status_reports
from tests.bench.servers import serve


class Nowhere:
    """A door that reads what is posted and keeps none of it."""

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        reports = parse_status_reports(body)
        return reports if isinstance(reports, BadCallback) else len(reports)


async def main() -> None:
    route = CallbackRoute(Nowhere(), "demo")
    await serve(web.ServerRunner(make_server({"/callbacks/bench": {"POST": route.take}})))


if __name__ == "__main__":
    asyncio.run(main())
