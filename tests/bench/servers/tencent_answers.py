"""Answers every SendSms as Tencent would, after so many milliseconds, and checks nothing.

The cheapest other end there is over TLS, so that what is measured is who sends. `port` answers at
once, `slow_port` after 20 ms; `certificate` is whom to trust.
"""

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from aiohttp import web

from tests.bench.certificates import make_certificate
from tests.bench.servers import announce, input_ended

LATENCIES_S = (0.0, 0.02)


def answerer(latency_s: float) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    """A handler that gives every number a serial of its own."""
    serials = count(1)

    async def answer(request: web.BaseRequest) -> web.Response:
        numbers = json.loads(await request.read())["PhoneNumberSet"]
        if latency_s:
            await asyncio.sleep(latency_s)
        now_s = int(time.time())
        statuses = [
            {
                "SerialNo": f"2640:{next(serials):018d}{now_s}",
                "PhoneNumber": number,
                "Fee": 1,
                "SessionContext": "",
                "Code": "Ok",
                "Message": "send success",
                "IsoCode": "CN",
            }
            for number in numbers
        ]
        body = json.dumps({"Response": {"SendStatusSet": statuses, "RequestId": "bench"}})
        return web.Response(body=body.encode(), content_type="application/json")

    return answer


async def main() -> None:
    certificate = make_certificate(Path(sys.argv[1]))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    ports, runners = [], []
    for latency_s in LATENCIES_S:
        runner = web.ServerRunner(web.Server(answerer(latency_s), access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        runners.append(runner)
        ports.append(runner.addresses[0][1])
    announce(port=ports[0], slow_port=ports[1], certificate=str(certificate))
    await input_ended()
    for runner in runners:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
