import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from itertools import chain
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.figures import DAY_S, HOUR_S, NOTHING, Counts, Dimension
from storage import figures, traffic
from storage.db import Database, Tx, Write, commit_group, connect, dialect
from storage.figures import CODE_CHARS, Happened
from storage.migrations import STEPS
from tests.handlers.flows.machine import in_memory
from tests.storage.lines import HOUR, line, put
from tests.storage.rows import NUMBER, VAULT

ONE = {"begun": 1, "accepted": 1}
ABROAD = "+6581234567"


class Act(StrEnum):
    """What a write does beside counting one message."""

    NOTHING = "nothing"
    LOOKS = "looks"
    FAILS = "fails"
    LOOKS_AND_FAILS = "looks_and_fails"
    #: As where SQLite gives up the transaction: the disk is full, say.
    ENDS_ALL = "ends_all"


def total(tx: Tx, app: str = "demo") -> Counts:
    found = figures.sums(tx, [app], HOUR, HOUR + HOUR_S)
    return found.get((app, Dimension.ALL, ""), NOTHING)


async def test_writes_of_a_group_are_added_together(db: Database) -> None:
    await asyncio.gather(*(db.write(put, line(), ONE) for _ in range(50)))
    assert await db.read(total) == Counts(begun=50, accepted=50)
    rows = await db.read(lambda tx: tx.all("SELECT dimension, span_s, begun FROM figures"))
    # Places are counted by the hour alone.
    assert Counter(row["span_s"] for row in rows) == {HOUR_S: 7, DAY_S: 6}
    assert {row["begun"] for row in rows} == {50}


def acting(act: Act, expected: int) -> Callable[[Tx], None]:
    def run(tx: Tx) -> None:
        put(tx, line(), ONE)
        if act in {Act.LOOKS, Act.LOOKS_AND_FAILS}:
            assert total(tx).begun == expected + 1
        if act is Act.ENDS_ALL:
            tx.conn.execute("ROLLBACK")
        if act not in {Act.NOTHING, Act.LOOKS}:
            raise LookupError

    return run


@settings(max_examples=200, deadline=None)
@given(groups=st.lists(st.lists(st.sampled_from(Act), max_size=6), max_size=6))
def test_what_is_rolled_back_takes_its_counts_with_it(groups: list[list[Act]]) -> None:
    """Whether it looked at the figures meanwhile, and so had them written, or not."""
    stands = 0
    loop = asyncio.new_event_loop()
    with closing(loop), closing((tx := in_memory()).conn):
        for acts in groups:
            mine, writes = stands, []
            for act in acts:
                writes.append(Write(acting(act, mine), loop.create_future(), loop))
                mine += act in {Act.NOTHING, Act.LOOKS}
            commit_group(tx, writes)
            assert all(isinstance(each.error, Exception | None) for each in writes)
            if Act.ENDS_ALL not in acts:
                stands = mine
                failed = [isinstance(each.error, LookupError) for each in writes]
                assert failed == [act in {Act.FAILS, Act.LOOKS_AND_FAILS} for act in acts]
            found = tx.all("SELECT begun FROM figures WHERE dimension = '' AND span_s = 3600")
            assert [row["begun"] for row in found] == ([stands] if stands else [])


@settings(max_examples=60, deadline=None)
@given(
    hours=st.lists(st.integers(0, 100), min_size=1, max_size=30),
    first=st.integers(-5, 100),
    many=st.integers(0, 110),
)
def test_a_span_is_the_sum_of_its_hours(hours: list[int], first: int, many: int) -> None:
    start = HOUR // DAY_S * DAY_S - 30 * HOUR_S
    since, until = start + first * HOUR_S, start + (first + many) * HOUR_S
    with closing((tx := in_memory()).conn):
        for nth, hour in enumerate(hours):
            app = ("demo", "other")[nth % 2]
            put(tx, line(start + hour * HOUR_S, app=app), {"begun": 1})
            put(tx, line(start + hour * HOUR_S, ABROAD, "SG", app), {"begun": 1, "refused": 1})
        found = figures.sums(tx, ["demo", "other", "none"], since, until)
        for app, mine in (("demo", hours[::2]), ("other", hours[1::2])):
            inside = sum(first <= hour < first + many for hour in mine)
            counts = Counts(begun=2 * inside, refused=inside)
            assert found.get((app, Dimension.ALL, ""), NOTHING) == counts
            by_hour = traffic.by_hour(tx, app, since, until)
            assert sum((each.begun for each in by_hour.values()), 0) == 2 * inside
            of_country = found.get((app, Dimension.COUNTRY, "SG"), NOTHING)
            assert of_country == Counts(begun=inside, refused=inside)
        assert not any(app == "none" or where is Dimension.PLACE for app, where, _ in found)


def test_a_code_and_a_latency_count_the_end_alone() -> None:
    with closing((tx := in_memory()).conn):
        put(tx, line(), {"in_doubt": -1, "refused": 1}, code="x" * 99)
        put(tx, line(), {"unreported": -1, "delivered": 1}, step=7)
        found = figures.sums(tx, ["demo"], HOUR, HOUR + HOUR_S)
        assert found["demo", Dimension.CODE, "x" * CODE_CHARS] == Counts(refused=1)
        assert found["demo", Dimension.LATENCY, "7"] == Counts(delivered=1)
        all_of_it = Counts(in_doubt=-1, refused=1, unreported=-1, delivered=1)
        assert found["demo", Dimension.ALL, ""] == all_of_it


def test_what_is_no_message_counts_in_its_hour_alone() -> None:
    with closing((tx := in_memory()).conn):
        figures.count(tx, [Happened("", HOUR, [(11, 1)])])
        found = figures.sums(tx, ["", "demo"], HOUR, HOUR + HOUR_S)
        assert found == {("", Dimension.ALL, ""): Counts(replies=1)}


def test_what_comes_to_nothing_leaves_no_row_behind() -> None:
    with closing((tx := in_memory()).conn):
        put(tx, line(number=NUMBER), {"begun": 1})
        put(tx, line(number=NUMBER), {"begun": -1})
        tx.deferred.write(tx)
        assert tx.all("SELECT * FROM figures") == []


def test_messages_of_before_the_figures_are_never_counted(path: Path) -> None:
    """A file of an earlier program: what becomes of its messages is not more than was sent."""
    steps = list(STEPS.items())
    first = next(nth for nth, (name, _) in enumerate(steps) if name == "m007_limits")
    with closing(connect(path)) as conn:
        for statement in chain.from_iterable(step for _, step in steps[:first]):
            conn.execute(dialect(statement))
        conn.execute(
            "INSERT INTO requests VALUES ('R-1', 'send', 'demo', '', '', '', '', 2, '', 0, 0, 0, 0)"
        )
        conn.execute(OLD_MESSAGE, {"signed_at": HOUR * 1000 + 1})
        for statement in chain.from_iterable(step for _, step in steps[first:]):
            conn.execute(dialect(statement))
        tx = Tx(conn, VAULT)
        put(tx, line(), {"delivered": 1})
        put(tx, line(HOUR + HOUR_S), {"begun": 1})
        assert total(tx) == NOTHING
        later = figures.sums(tx, ["demo"], HOUR, HOUR + 2 * HOUR_S)
        assert later[("demo", Dimension.ALL, "")].begun == 1


OLD_MESSAGE = """
INSERT INTO messages (id, request_id, app, number, class, template_id, signature, template_values,
  content, state, due_at_ms, give_up_at_ms, attempts, signed_at_ms, code, detail,
  tencent_request_id, carrier_code, hint, settled_by, created_at_ms, changed_at_ms)
VALUES ('m', 'R-1', 'demo', '', 'otp', '', '', '', '', 4, 0, 0, 1, :signed_at, '', '', '', '', '',
  '', 0, 0)
"""
