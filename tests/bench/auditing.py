"""What it takes to check the audit trail."""

import hmac
import time
from collections.abc import Sequence

from bot.rules.audit import GENESIS, Head, Link, Sound, canonical, mac_of, verify
from tests.bench.figures import Reading

ENTRIES = 100_000
KEY = bytes(range(32))


def a_trail(count: int) -> list[Link]:
    """Approvals, each with some details, which are sealed."""
    found: list[Link] = []
    prev = GENESIS
    for nth in range(1, count + 1):
        subject, facts = f"R-{nth:05X}", "A" * 240
        bare = Link(
            nth, nth, "U0MAYA", "slack", "request.approved", subject, "demo", facts, prev, ""
        )
        found.append(bare._replace(mac=mac_of(KEY, bare)))
        prev = found[-1].mac
    return found


def auditing_time(rounds: int = 9, count: int = ENTRIES) -> Reading:
    """Entries a second, by us and by a loop that does nothing but the HMACs."""
    trail = a_trail(count)
    head = Head(count, trail[-1].mac)
    messages = [(each.prev + canonical(each)).encode() for each in trail]
    ours, theirs = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        found = verify(KEY, trail, head)
        between = time.perf_counter()
        last = looped(messages)
        ended = time.perf_counter()
        if found != Sound(count) or last != head.mac:
            raise ValueError("the two come to different ends")
        ours.append(count / (between - began))
        theirs.append(count / (ended - between))
    return Reading.of(ours, theirs)


def looped(messages: Sequence[bytes]) -> str:
    """The code of the last one."""
    mac = b""
    for message in messages:
        mac = hmac.digest(KEY, message, "sha256")
    return mac.hex()
