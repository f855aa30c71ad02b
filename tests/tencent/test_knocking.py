"""A knock at an address tells the bot's own answer from everybody else's."""

import pytest

from bot.tencent.knocking import EMPTY, Knocked, Knocker, Opened
from tests.tencent import misbehaving
from tests.tencent.raw_server import Behaviour, Connection, raw_server

TAKEN, REFUSED = b'{"result":0,"errmsg":"OK"}', b'{"error": "invalid request"}'


def answering(body: bytes, status: str, more: str = "") -> Behaviour:
    async def answer(link: Connection) -> None:
        await link.request()
        await link.answer(body, status, more)

    return answer


async def at_callbacks(behaviour: Behaviour, authorization: str = "") -> Knocked:
    # Short only where nobody ever answers.
    within_s = 0.3 if behaviour is misbehaving.silence else 30.0
    async with raw_server(behaviour) as server:
        knocker = Knocker(within_s=within_s)
        try:
            return await knocker.at_callbacks(f"{server.url}/callbacks/s3cret/demo", authorization)
        finally:
            await knocker.close()


async def test_what_is_posted_holds_nothing_to_store() -> None:
    async with raw_server(answering(TAKEN, "200 OK")) as server:
        knocker = Knocker()
        knocked = await knocker.at_callbacks(f"{server.url}/callbacks/s3cret/demo", "Basic eDp5")
        await knocker.close()
        (request,) = server.requests
    assert knocked == Knocked(Opened.OURS)
    assert (request.method, request.target) == ("POST", "/callbacks/s3cret/demo")
    assert (request.body, request.headers["authorization"]) == (EMPTY, "Basic eDp5")


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (answering(b"<h1>Welcome</h1>", "200 OK"), Knocked(Opened.OTHER, "200")),
        (answering(b'{"result": 1}', "200 OK"), Knocked(Opened.OTHER, "200")),
        (answering(b"[]", "200 OK"), Knocked(Opened.OTHER, "200")),
        (answering(TAKEN, "502 Bad Gateway"), Knocked(Opened.OTHER, "502")),
        (answering(b"", "404 Not Found"), Knocked(Opened.OTHER, "404")),
        (
            answering(b"", "301 Moved", "Location: http://127.0.0.1:1/\r\n"),
            Knocked(Opened.OTHER, "301"),
        ),
        (misbehaving.not_http, Knocked(Opened.OTHER, "protocol")),
        (misbehaving.silence, Knocked(Opened.NOBODY, "deadline")),
        (misbehaving.drop_after_reading, Knocked(Opened.NOBODY, "disconnected")),
    ],
    ids=["page", "refusal", "list", "proxy", "404", "redirect", "ssh", "silence", "drop"],
)
async def test_another_who_answers_is_told_from_nobody(
    behaviour: Behaviour, expected: Knocked
) -> None:
    assert await at_callbacks(behaviour) == expected


async def test_no_port_and_no_address_are_nobody() -> None:
    knocker = Knocker(within_s=30.0)
    assert await knocker.at_callbacks("http://127.0.0.1:1/x") == Knocked(Opened.NOBODY, "connect")
    broken = await knocker.at_callbacks("http://127.0.0.1:port/x")
    assert broken == Knocked(Opened.NOBODY, "no address")
    await knocker.close()


async def test_slacks_address_must_refuse_what_nobody_signed() -> None:
    for body, status, opened in (
        (REFUSED, "401 Unauthorized", Opened.OURS),
        (REFUSED, "200 OK", Opened.OTHER),
        (b"Unauthorized", "401 Unauthorized", Opened.OTHER),
    ):
        async with raw_server(answering(body, status)) as server:
            knocker = Knocker()
            assert (await knocker.at_events(f"{server.url}/slack/events")).opened is opened
            await knocker.close()
