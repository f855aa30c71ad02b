"""Whatever the other end does, a send goes out once, and its outcome claims no more than is known.

Every test counts the requests that reached a raw TCP server, below every layer that might repeat.
"""

import asyncio
import gzip
import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.tencent.wire import (
    Answered,
    Refused,
    SendOrder,
    SendOutcome,
    Unknown,
    UnknownReason,
    Unsent,
    UnsentReason,
)
from tests.tencent.misbehaving import (
    answering,
    drip,
    drop_after_reading,
    drop_at_once,
    endless_headers,
    half_a_body,
    half_a_chunk,
    half_a_head,
    hundred_megabytes,
    not_http,
    redirect,
    silence,
)
from tests.tencent.raw_server import SIGNED_AT, Behaviour, Connection, client_of, raw_server

ANSWER = json.dumps(
    {
        "Response": {
            "SendStatusSet": [
                {
                    "SerialNo": "5000:1045710669157053657849499619",
                    "PhoneNumber": "+8618501234444",
                    "Fee": 1,
                    "SessionContext": "attempt-1",
                    "Code": "Ok",
                    "Message": "send success",
                    "IsoCode": "CN",
                }
            ],
            "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279",
        }
    }
).encode()
REFUSAL = json.dumps(
    {
        "Response": {
            "Error": {"Code": "AuthFailure.SignatureFailure", "Message": "check your signature"},
            "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279",
        }
    }
).encode()


def changed(path: str, value: object) -> bytes:
    """The good answer with one field of the number's part set to something else."""
    answer = json.loads(ANSWER)
    answer["Response"]["SendStatusSet"][0][path] = value
    return json.dumps(answer).encode()


LOST = [
    pytest.param(drop_after_reading, UnknownReason.DISCONNECTED, id="accepted, then closed"),
    pytest.param(half_a_head, UnknownReason.DISCONNECTED, id="half a head"),
    pytest.param(half_a_body, UnknownReason.DISCONNECTED, id="half a body"),
    pytest.param(half_a_chunk, UnknownReason.DISCONNECTED, id="half a chunk"),
    pytest.param(not_http, UnknownReason.PROTOCOL, id="not HTTP"),
    pytest.param(silence, UnknownReason.DEADLINE, id="silence"),
    pytest.param(drip, UnknownReason.DEADLINE, id="a byte at a time"),
    pytest.param(endless_headers, UnknownReason.PROTOCOL, id="endless headers"),
    pytest.param(hundred_megabytes, UnknownReason.TOO_LARGE, id="100 MB"),
    pytest.param(redirect, UnknownReason.STATUS, id="307"),
    pytest.param(answering(b"", "500 Internal Server Error"), UnknownReason.STATUS, id="500"),
    pytest.param(answering(ANSWER, "502 Bad Gateway"), UnknownReason.STATUS, id="502 with an OK"),
    pytest.param(answering(REFUSAL, "503 Down"), UnknownReason.STATUS, id="503 with a refusal"),
    pytest.param(answering(ANSWER, "202 Accepted"), UnknownReason.STATUS, id="202"),
    pytest.param(answering(b"<html>sign in</html>", "403 No"), UnknownReason.STATUS, id="403 page"),
    pytest.param(
        answering(b"<html>hello</html>", more="Content-Type: text/html\r\n"),
        UnknownReason.NOT_JSON,
        id="a page",
    ),
    pytest.param(answering(b""), UnknownReason.NOT_JSON, id="nothing"),
    pytest.param(answering(b"[" * 200_000), UnknownReason.NOT_JSON, id="a depth bomb"),
    pytest.param(answering(b'{"Response":' + b"9" * 5000), UnknownReason.NOT_JSON, id="big int"),
    pytest.param(answering(b'"Ok"'), UnknownReason.SHAPE, id="a string"),
    pytest.param(answering(b'{"Response":{}}'), UnknownReason.SHAPE, id="no answer inside"),
    pytest.param(answering(changed("Fee", "1")), UnknownReason.SHAPE, id="a fee in quotes"),
    pytest.param(answering(changed("Fee", True)), UnknownReason.SHAPE, id="a fee of true"),
    pytest.param(answering(changed("Code", None)), UnknownReason.SHAPE, id="no code"),
    pytest.param(answering(changed("Code", "Ok\n")), UnknownReason.SHAPE, id="a code with more"),
    pytest.param(answering(changed("SerialNo", "")), UnknownReason.SHAPE, id="OK without serial"),
    pytest.param(answering(changed("PhoneNumber", 86)), UnknownReason.SHAPE, id="an int number"),
    pytest.param(answering(changed("Message", "\ud800")), UnknownReason.SHAPE, id="half a pair"),
]


@pytest.mark.parametrize(("behaviour", "reason"), LOST)
async def test_a_lost_or_useless_answer_leaves_the_outcome_unknown_and_one_request(
    behaviour: Behaviour, reason: UnknownReason, order: SendOrder
) -> None:
    deadline_s = 0.5 if reason is UnknownReason.DEADLINE else 10.0
    async with (
        raw_server(behaviour) as server,
        client_of(server.url, deadline_s=deadline_s) as client,
    ):
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unknown)
        assert (outcome.reason, len(server.requests)) == (reason, 1)


async def test_a_connection_closed_before_the_request_was_read_is_no_proof_that_none_left(
    order: SendOrder,
) -> None:
    async with raw_server(drop_at_once) as server, client_of(server.url) as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unknown)
        assert server.connections == 1


async def test_a_stale_kept_alive_connection_leaves_the_outcome_unknown_and_nothing_is_resent(
    order: SendOrder,
) -> None:
    """The server answers once, then swallows the second request on the same connection and hangs
    up: the very moment at which many clients quietly try a fresh connection."""

    async def once_then_swallow(link: Connection) -> None:
        await link.request()
        await link.answer(ANSWER)
        await link.request()

    async with raw_server(once_then_swallow) as server, client_of(server.url) as client:
        first = await client.send_sms(order, signed_at=SIGNED_AT)
        second = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(first, Answered)
        assert isinstance(second, Unknown)
        assert second.reason is UnknownReason.DISCONNECTED
        assert (server.connections, len(server.requests)) == (1, 2)


async def test_a_connection_closed_between_two_sends_never_doubles_the_second(
    order: SendOrder,
) -> None:
    """Closed while idle: the second send may use a fresh connection or end in doubt, not both."""

    async def once(link: Connection) -> None:
        await link.request()
        await link.answer(ANSWER)

    async with raw_server(once) as server, client_of(server.url) as client:
        outcomes: list[SendOutcome] = []
        for _ in range(10):
            outcomes.append(await client.send_sms(order, signed_at=SIGNED_AT))
        assert all(isinstance(outcome, Answered | Unknown) for outcome in outcomes)
        answered = sum(isinstance(outcome, Answered) for outcome in outcomes)
        assert answered <= len(server.requests) <= len(outcomes)


async def test_a_server_that_resets_the_connection_sees_one_request(order: SendOrder) -> None:
    async def reset(link: Connection) -> None:
        await link.request()
        link.reset_on_close()

    async with raw_server(reset) as server, client_of(server.url) as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unknown)
        assert (outcome.reason, len(server.requests)) == (UnknownReason.DISCONNECTED, 1)


async def test_a_healthy_connection_is_used_again(order: SendOrder) -> None:
    async with raw_server(answering(ANSWER)) as server, client_of(server.url) as client:
        for _ in range(3):
            assert isinstance(await client.send_sms(order, signed_at=SIGNED_AT), Answered)
        assert (server.connections, len(server.requests)) == (1, 3)


@pytest.mark.parametrize(
    "more",
    [
        "Content-Type: text/plain\r\n",
        "Content-Type: application/json; charset=utf-8\r\n",
        "Content-Type: image/png\r\n",
    ],
)
async def test_an_answer_is_judged_by_its_body_not_by_its_content_type(
    more: str, order: SendOrder
) -> None:
    async with (
        raw_server(answering(ANSWER, more=more)) as server,
        client_of(server.url) as client,
    ):
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Answered)
        assert outcome.answers[0].serial == "5000:1045710669157053657849499619"
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "403 Forbidden"])
async def test_an_error_for_the_whole_request_is_a_refusal(status: str, order: SendOrder) -> None:
    async with raw_server(answering(REFUSAL, status)) as server, client_of(server.url) as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert outcome == Refused(
            "AuthFailure.SignatureFailure",
            "check your signature",
            "a0aabda6-cf91-4f3e-a81f-9198114a2279",
        )
        assert len(server.requests) == 1


async def test_a_compressed_answer_nobody_asked_for_is_not_unpacked(order: SendOrder) -> None:
    packed = answering(gzip.compress(ANSWER), more="Content-Encoding: gzip\r\n")
    async with raw_server(packed) as server, client_of(server.url) as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unknown)
        assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_cookies_are_neither_kept_nor_sent(order: SendOrder) -> None:
    behaviour = answering(ANSWER, more="Set-Cookie: session=1; Path=/\r\n")
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        for _ in range(2):
            await client.send_sms(order, signed_at=SIGNED_AT)
        assert all("cookie" not in request.headers for request in server.requests)


async def test_a_proxy_in_the_environment_is_not_used(
    order: SendOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_server(answering(ANSWER)) as proxy, raw_server(answering(ANSWER)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        async with client_of(server.url) as client:
            await client.send_sms(order, signed_at=SIGNED_AT)
        assert (len(proxy.requests), len(server.requests)) == (0, 1)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections: bound, so that nobody else gets it, and not listening."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


async def test_a_refused_connection_is_proof_that_nothing_left(
    order: SendOrder, closed_port: int
) -> None:
    async with client_of(f"http://127.0.0.1:{closed_port}") as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unsent)
        assert outcome.reason is UnsentReason.CONNECT


async def test_a_name_that_does_not_resolve_is_proof_that_nothing_left(order: SendOrder) -> None:
    async with client_of("http://sms.invalid") as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unsent)
        assert outcome.reason is UnsentReason.DNS


async def test_a_failed_tls_handshake_is_proof_that_nothing_left(order: SendOrder) -> None:
    async def plain(link: Connection) -> None:
        await link.write(b"HTTP/1.1 400 speak TLS\r\n\r\n")

    async with raw_server(plain) as server:
        url = server.url.replace("http://", "https://")
        async with client_of(url) as client:
            outcome = await client.send_sms(order, signed_at=SIGNED_AT)
            assert isinstance(outcome, Unsent)
            assert outcome.reason is UnsentReason.TLS
            assert server.requests == []


async def test_a_handshake_that_never_ends_is_proof_that_nothing_left(order: SendOrder) -> None:
    async def mute(link: Connection) -> None:
        await link.wait_closed_by_client()

    async with raw_server(mute) as server:
        url = server.url.replace("http://", "https://")
        async with client_of(url, connect_timeout_s=0.1) as client:
            outcome = await client.send_sms(order, signed_at=SIGNED_AT)
            assert isinstance(outcome, Unsent)
            assert outcome.reason is UnsentReason.CONNECT_TIMEOUT


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's TLS with a certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_an_untrusted_certificate_is_proof_that_nothing_left(
    order: SendOrder, self_signed: ssl.SSLContext
) -> None:
    async with (
        raw_server(answering(ANSWER), tls=self_signed) as server,
        client_of(server.url) as client,
    ):
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
        assert isinstance(outcome, Unsent)
        assert outcome.reason is UnsentReason.TLS
        assert server.requests == []


async def test_waiting_for_a_free_connection_in_vain_is_proof_that_nothing_left(
    order: SendOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tencent.exchange.MAX_CONNECTIONS", 1)
    async with (
        raw_server(silence) as server,
        client_of(server.url, connect_timeout_s=0.3, deadline_s=0.9) as client,
    ):
        outcomes = await asyncio.gather(
            *(client.send_sms(order, signed_at=SIGNED_AT) for _ in range(3))
        )
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["Unknown", "Unsent", "Unsent"]
        assert len(server.requests) == 1


async def test_a_cancelled_send_is_not_repeated(order: SendOrder) -> None:
    arrived = asyncio.Event()

    async def hold(link: Connection) -> None:
        await link.request()
        arrived.set()
        await link.wait_closed_by_client()

    async with raw_server(hold) as server, client_of(server.url) as client:
        send = asyncio.create_task(client.send_sms(order, signed_at=SIGNED_AT))
        await arrived.wait()
        send.cancel()
        with pytest.raises(asyncio.CancelledError):
            await send
        assert len(server.requests) == 1


async def test_closing_the_client_leaves_an_open_send_unknown(order: SendOrder) -> None:
    arrived = asyncio.Event()

    async def hold(link: Connection) -> None:
        await link.request()
        arrived.set()
        await link.wait_closed_by_client()

    async with raw_server(hold) as server, client_of(server.url) as client:
        send = asyncio.create_task(client.send_sms(order, signed_at=SIGNED_AT))
        await arrived.wait()
        await client.close()
        outcome = await send
        assert isinstance(outcome, Unknown)
        assert (outcome.reason, len(server.requests)) == (UnknownReason.DISCONNECTED, 1)


async def test_the_request_is_signed_with_the_committed_time_and_says_what_was_ordered(
    order: SendOrder,
) -> None:
    async with raw_server(answering(ANSWER)) as server, client_of(server.url) as client:
        await client.send_sms(order, signed_at=SIGNED_AT)
        request = server.requests[0]
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["x-tc-timestamp"] == "1700000000"
    assert request.headers["x-tc-action"] == "SendSms"
    assert request.headers["x-tc-version"] == "2021-01-11"
    assert request.headers["x-tc-region"] == "ap-guangzhou"
    assert request.headers["content-type"] == "application/json"
    assert "/2023-11-14/sms/tc3_request" in request.headers["authorization"]
    assert json.loads(request.body) == {
        "PhoneNumberSet": ["+8618501234444"],
        "SmsSdkAppId": "1400006666",
        "TemplateId": "1110",
        "SignName": "腾讯云",
        "TemplateParamSet": ["4370"],
        "SessionContext": "attempt-1",
    }
