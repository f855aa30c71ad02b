"""The least Bolt there is: an `AsyncApp` as it comes, one listener, `await ack()`, on aiohttp."""

import asyncio

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.demo import without_proxy
from tests.bench.servers import announce, input_ended

SIGNING_SECRET = "bench"


async def main() -> None:
    server = web.Application()
    runner = web.AppRunner(server, access_log=None)
    bolt: AsyncApp

    async def dispatch(request: web.Request) -> web.Response:
        response = await bolt.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(response)

    server.router.add_post("/slack/events", dispatch)
    server.router.add_post("/api/auth.test", who_am_i)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    client = AsyncWebClient("xoxb-bench", base_url=f"http://127.0.0.1:{port}/api/")
    bolt = AsyncApp(client=client, signing_secret=SIGNING_SECRET)
    bolt.command("/sms")(acknowledge)
    announce(port=port, signing_secret=SIGNING_SECRET)
    await input_ended()
    await runner.cleanup()


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


async def who_am_i(_: web.Request) -> web.Response:
    """What Bolt asks Slack once before its first request."""
    return web.json_response({"ok": True, "user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0"})


if __name__ == "__main__":
    without_proxy()
    asyncio.run(main())
