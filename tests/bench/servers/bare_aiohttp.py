"""An empty aiohttp handler: reads the body, looks at nothing, says what Tencent waits for."""

import asyncio

from aiohttp import web

from tests.bench.servers import serve

TAKEN = b'{"result":0,"errmsg":"OK"}'


async def take(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=TAKEN, content_type="application/json")


async def main() -> None:
    app = web.Application()
    app.router.add_post("/callbacks/bench", take)
    await serve(web.AppRunner(app, access_log=None))


if __name__ == "__main__":
    asyncio.run(main())
