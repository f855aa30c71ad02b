"""A million sends simulated under two policies, from the file to the figures."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from bot.rules.delivery import MessageState
from bot.rules.policies import policy_of
from bot.rules.simulation import Simulation
from handlers import simulating
from handlers.flows.simulations import Order
from storage.db import Tx, connect
from storage.ids import to_ms
from storage.migrations import migrate
from storage.vault import Vault
from tests.bench.figures import Reading

SENDS = 1_000_000
#: Numbers for each send; and how many sends go to whom the last one went, seconds before.
NUMBERS_SHARE, AGAIN = 0.25, 0.15
#: Sends of one request; of the same number there is one in each.
PER_REQUEST = 1_000
UNTIL = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SPAN = timedelta(days=30)
BEFORE = policy_of({"same.30s": 1, "number.day": 10})
AFTER = policy_of(
    {
        "same.30s": 1,
        "number.30s": 1,
        "number.hour": 3,
        "number.day": 5,
        "otp.hour": 2,
        "mainland.stop": 40_000,
    }
)
ADD_REQUEST = """
INSERT INTO requests (id, kind, app, payload, sha256, requester, channel, state, reason,
                      created_at_ms, expires_at_ms, changed_at_ms)
VALUES (?, 'send', 'demo', '', '', 'U0LIN', 'C0SMS', 2, '', ?, ?, ?)
"""
ADD_SENT = f"""
INSERT INTO messages (id, request_id, app, number, country, class, template_id, signature,
  template_values, content, state, due_at_ms, give_up_at_ms, attempt, attempts, signed_at_ms,
  accepted_at_ms, final_at_ms, serial, fee_segments, code, detail, tencent_request_id,
  carrier_code, hint, settled_by, created_at_ms, changed_at_ms)
VALUES (?, ?, 'demo', ?, 'CN', ?, '1110', '腾讯云', ?, ?, {MessageState.DELIVERED.value}, ?, ?, ?,
  1, ?, ?, ?, ?, 1, 'Ok', '', ?, 'DELIVRD', '', 'answer', ?, ?)
"""
ADD_REFUSAL = """
INSERT INTO limit_refusals (app, at_ms, request_id, number, content, class, country, rule)
VALUES ('demo', ?, ?, ?, ?, 'otp', 'CN', 'per_day')
"""


async def simulating_time(folder: Path, sends: int = SENDS, rounds: int = 5) -> Reading:
    """Seconds of one simulation, its process included; what it is compared with is one second."""
    path = folder / "simulated.db"
    write_traffic(path, sends)
    taken_s = []
    for _ in range(rounds):
        began = perf_counter()
        found = await simulate(path)
        taken_s.append(perf_counter() - began)
        assert found.sends == sends
    path.unlink()
    return Reading(median(taken_s), 1.0, median(taken_s))


async def simulate(path: Path) -> Simulation:
    """As the bot has it done."""
    order = Order("demo", BEFORE, AFTER, frozenset(), UNTIL - SPAN, UNTIL)
    return await simulating.ask(path, order)


def write_traffic(path: Path, sends: int, span: timedelta = SPAN) -> None:
    """A migrated file with `sends` delivered or refused by a limit, one in fifty of these; evenly
    over the last `span`."""
    vault = Vault(bytes(range(64)))
    migrate(path, vault)
    refused = sends // 50
    with closing(connect(path)) as conn:
        # What is measured is reading.
        conn.execute("PRAGMA synchronous=OFF")
        conn.execute("BEGIN")
        tx = Tx(conn, vault)
        numbers = _numbers(vault, sends)
        tx.run_many(ADD_REQUEST, _requests(sends))
        tx.run_many(ADD_SENT, _sent(vault, numbers, sends - refused, span))
        tx.run_many(ADD_REFUSAL, _refused(numbers, refused, span))
        conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _numbers(vault: Vault, sends: int) -> list[str]:
    first = 13_800_000_000
    count = max(PER_REQUEST * 2, int(sends * NUMBERS_SHARE))
    return [vault.seal_number(f"+86{first + nth}") for nth in range(count)]


def _requests(sends: int) -> Iterator[tuple[object, ...]]:
    for nth in range(2 * (sends // PER_REQUEST + 1)):
        yield (f"R-{nth:06}", 0, 0, 0)


def _sent(
    vault: Vault, numbers: list[str], sends: int, span: timedelta
) -> Iterator[tuple[object, ...]]:
    """Two requests run at a time: the second writes now and then to whom the first just wrote."""
    chance, span_ms = random.Random(0), span // timedelta(milliseconds=1)
    began = to_ms(UNTIL - span)
    values = vault.seal('["123456"]', purpose="messages.template_values")
    used: tuple[set[str], set[str]] = (set(), set())
    number = numbers[0]
    for nth in range(sends):
        at = began + nth * span_ms // sends
        pair, side = nth // (2 * PER_REQUEST), nth % 2
        if nth % (2 * PER_REQUEST) == 0:
            used = set(), set()
        if chance.random() >= AGAIN:
            number = chance.choice(numbers)
        while number in used[side]:
            number = chance.choice(numbers)
        used[side].add(number)
        class_ = ("otp", "otp", "notice", "marketing")[nth % 4]
        yield (
            f"{at:012x}{nth:012x}",
            f"R-{2 * pair + side:06}",
            number,
            class_,
            values,
            f"{chance.getrandbits(128):032x}",
            at,
            at + 600_000,
            f"{chance.getrandbits(64):016x}",
            at,
            at + 50,
            at + 3_000,
            f"2019:{nth:020}",
            f"{chance.getrandbits(128):032x}",
            at,
            at + 3_000,
        )


def _refused(numbers: list[str], refused: int, span: timedelta) -> Iterator[tuple[object, ...]]:
    chance, span_ms = random.Random(1), span // timedelta(milliseconds=1)
    began = to_ms(UNTIL - span)
    for nth in range(refused):
        at = began + nth * span_ms // refused
        yield (at, f"R-GONE{nth}", chance.choice(numbers), f"{chance.getrandbits(128):032x}")
