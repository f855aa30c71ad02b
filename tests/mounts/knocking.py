"""Knocks at Slack's address over raw sockets: forged, stale, broken, and as Slack does it."""

import asyncio
import hmac
import json
import time
from hashlib import sha256
from random import Random
from urllib.parse import urlencode

from bot.cli.local import Local
from handlers import registry
from tests.journeys.people import MAYA, SMS
from tests.mounts.envelopes import disturbed, every

MARKERS = ("MARKERQX81", "13958337323")
COMMAND = {
    "command": "/sms",
    "text": f"send {MARKERS[1]} 1110 {MARKERS[0]}",
    "user_id": MAYA,
    "channel_id": SMS,
    "team_id": "T0LOCAL",
    "trigger_id": "1.2.a",
}
BODIES = (
    urlencode(COMMAND).encode(),
    urlencode({"payload": json.dumps({"type": "block_actions", "user": MARKERS})}).encode(),
    json.dumps({"type": "event_callback", "event": {"text": MARKERS}}).encode(),
    json.dumps({"type": "url_verification", "challenge": MARKERS[0]}).encode(),
    b"payload=%7B" + MARKERS[0].encode(),
    b"\xff\xfe" + MARKERS[1].encode(),
    b"[" * 5_000 + MARKERS[0].encode(),
    b"payload=" + b'{"a":' * 5_000 + MARKERS[0].encode(),
    b'{"type":"event_callback","event_id":"E","event":{"type":"message","x":'
    + b"[" * 900
    + b"]" * 900
    + b"}}",
    b"ssl_check=0&token=" + MARKERS[0].encode(),
    b"\x00" * 64,
    b"",
)
TIMES = ("now", "now", "now+400", "now-400", "abc", "9" * 5_000, "-1", "1e9", "1.5", "0x1F", "",
         "\u0661\u0662", "now;now", None)  # fmt: skip
SIGNATURES = ("good", "good", "other", "v0=" + "0" * 64, "v0=" + "F" * 64, "v1=" + "0" * 64,
              "v0=\u00e9\u4e2d" + "0" * 60, "v0=" + "0" * 5_000, "\xff\xfe", "", None)  # fmt: skip
TYPES = ("application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/mixed",
         "application/json; charset=utf-16", "\u4e2d", None)  # fmt: skip
FORM, JSON = TYPES[:2]


class Knocker:
    """Speaks HTTP by hand: what a client would refuse to send, too. The same for the same seed."""

    def __init__(self, local: Local, seed: int) -> None:
        secret = local.settings.secrets.slack_signing_secret
        assert secret is not None
        self._secret = secret.get_secret_value().encode()
        self._host, _, port = local.bot.url.removeprefix("http://").partition(":")
        self._port = int(port)
        self._dice = Random(seed)
        self._envelopes = every(registry())
        self._nth = 0
        self._open: list[asyncio.StreamWriter] = []

    async def unsigned(self) -> tuple[int, bytes]:
        """Something that Slack has not signed, or not now."""
        pick = self._dice.choice
        body, at, signature, kind = pick(BODIES), pick(TIMES), pick(SIGNATURES), pick(TYPES)
        if (signature, at) == ("good", "now"):
            at = "now-400"
        return await self.knock(body, at, signature, kind)

    async def junk(self) -> tuple[int, bytes]:
        """Something Slack has signed that is no envelope."""
        body = bytearray(self._dice.choice(BODIES[1:]))
        for _ in range(self._dice.randrange(4) if body else 0):
            body[self._dice.randrange(len(body))] = self._dice.randrange(256)
        return await self.knock(bytes(body), "now", "good", self._dice.choice(TYPES))

    async def disturbed(self) -> tuple[int, bytes]:
        """An envelope, signed, in which something is another thing or gone."""
        self._nth += 1
        envelope = disturbed(self._dice.choice(self._envelopes), self._dice)
        # Each is another one, not the same told again.
        names = ("trigger_id", "event_id")
        envelope |= {name: f"1.{self._nth}" for name in names if name in envelope}
        if "event" in envelope:
            return await self.knock(json.dumps(envelope).encode(), "now", "good", JSON)
        sent = envelope if "command" in envelope else {"payload": json.dumps(envelope)}
        return await self.knock(urlencode(sent, errors="replace").encode(), "now", "good", FORM)

    async def knock(
        self, body: bytes, at: str | None, signature: str | None, kind: str | None
    ) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        return await self._exchange(self._raw(body, at, signature, kind) + body)

    async def begin(self, length: int, at: str = "now") -> asyncio.StreamReader:
        """Only the beginning of a body of `length`; what is answered can be read."""
        raw = self._raw(b"a" * length, at, "v0=" + "0" * 64, FORM)
        reader, writer = await asyncio.open_connection(self._host, self._port)
        self._open.append(writer)
        writer.write(raw + b"a")
        return reader

    def leave(self) -> None:
        """Hangs up wherever something was begun."""
        for writer in self._open:
            writer.close()

    def _raw(self, body: bytes, at: str | None, signature: str | None, kind: str | None) -> bytes:
        """The head of a request."""
        told = None if at is None else _told(at)
        match signature:
            case "good":
                signature = self._signed(told or "", body)
            case "other":
                signature = self._signed(told or "", body + b" ")
        headers = {
            "Host": "here",
            "Connection": "close",
            "Content-Length": str(len(body)),
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": told,
            "X-Slack-Signature": signature,
        }
        head = "".join(f"{k}: {v}\r\n" for k, v in headers.items() if v is not None)
        return b"POST /slack/events HTTP/1.1\r\n" + head.encode() + b"\r\n"

    def _signed(self, at: str, body: bytes) -> str:
        base = f"v0:{at}:".encode() + body
        return "v0=" + hmac.new(self._secret, base, sha256).hexdigest()

    async def _exchange(self, raw: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(raw)
            answer = await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), body


def _told(at: str) -> str:
    """`at` with the time in it, where it names one."""
    now = int(time.time())
    for name, seconds in (("now+400", now + 400), ("now-400", now - 400), ("now", now)):
        at = at.replace(name, str(seconds))
    return at
