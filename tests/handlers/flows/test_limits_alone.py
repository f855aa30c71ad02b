"""Whatever was agreed to before, and whenever: what one person does alone lets nothing more through
at any moment."""

from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules.policies import Policy, is_looser
from bot.rules.requests import RequestState
from handlers.flows import limit_drafts, limit_times, limits
from handlers.flows.limit_drafts import LimitRefusal
from storage import limits as stored
from storage.db import Tx
from storage.ids import from_ms
from storage.requests import Request
from tests.handlers.flows.asks import say, settings_with
from tests.handlers.flows.limit_asks import again, demo, simulated, wanted
from tests.handlers.flows.machine import in_memory
from tests.policies import plain, row
from tests.storage.rows import LIN, NOW

#: A tightening is asked of nobody.
SETTINGS = settings_with(**plain(row(0, "limits.tighten")), **{"apps.0.limits.per_number_day": 50})
# Few, so that one lies above another more often than not.
TYPED = st.sampled_from(["day=3", "day=30", "day=80", "day=off", "hour=2"])
STARTS, LASTS = st.sampled_from([None, 40, 300]), st.sampled_from([None, 90, 1_000])
ASKS = st.tuples(TYPED, STARTS, LASTS)
#: What was asked for, which was taken back by its number, or how many minutes passed: a clock may
#: be put back as well.
Step = tuple[str, int | None, int | None] | int | timedelta
ALONE = st.lists(
    ASKS
    | st.integers(0, 4)
    | st.sampled_from([-30, 10, 60, 400]).map(lambda m: timedelta(0, m * 60)),
    min_size=1,
    max_size=5,
)
#: When what is asked for may begin and end.
EDGES = tuple(starts + lasts for starts in (0, 40, 300) for lasts in (0, 90, 1_000))
MILLISECOND = timedelta(milliseconds=1)


@given(agreed=st.lists(ASKS, max_size=3), alone=ALONE)
@example(agreed=[("day=3", 300, None)], alone=[("day=30", None, 1_000)])
@example(agreed=[("day=3", 300, None)], alone=[0])
@example(agreed=[("day=3", None, None), ("day=30", None, 90)], alone=[1, 0])
@settings(max_examples=60, deadline=None)
def test_nobody_alone_lets_more_through_at_any_moment(
    agreed: list[tuple[str, int | None, int | None]], alone: list[Step]
) -> None:
    tx, now = in_memory(), NOW
    limits.seed(tx, SETTINGS, now)
    for typed, starts, lasts in agreed:
        asked = _ask(tx, typed, starts, lasts, now)
        if asked is not None and asked.state is RequestState.AWAITING_APPROVAL:
            say(tx, asked, now=now)
            assert again(tx, asked).state is RequestState.DONE
        now += timedelta(seconds=1)
    for step in alone:
        before = _horizon(tx, now)
        if isinstance(step, timedelta):
            now += step
            limit_times.tell(tx, now)
        elif isinstance(step, int):
            _take_back(tx, step, now)
        else:
            _ask(tx, *step, now)
        for at, was in before.items():
            if at >= now:
                _check(was, _policy(tx, at), at)
    tx.conn.close()


def _ask(
    tx: Tx, typed: str, starts: int | None, lasts: int | None, now: datetime
) -> Request | None:
    ask = wanted(
        SETTINGS,
        typed,
        at=None if starts is None else now + timedelta(minutes=starts),
        for_s=None if lasts is None else lasts * 60,
    )
    drafted = limit_drafts.draft(tx, ask, now)
    if not isinstance(drafted, Request):
        return None
    ready = simulated(tx, SETTINGS, drafted, now=now)
    asked = limit_drafts.ask(tx, ready.id, ready.sha256, LIN, SETTINGS, now)
    assert not isinstance(asked, LimitRefusal)
    return again(tx, asked)


def _take_back(tx: Tx, nth: int, now: datetime) -> None:
    known = stored.history(tx, "demo", 20)
    if nth < len(known):
        end = limit_drafts.roll_back(tx, known[nth].request_id, LIN, SETTINGS, now, may_ask=True)
        if isinstance(end, Request):
            simulated(tx, SETTINGS, end, now=now)


def _horizon(tx: Tx, now: datetime) -> dict[datetime, Policy]:
    """What holds from `now` on: just before and at every moment at which anything begins or ends,
    what is asked for next included."""
    rows = tx.all("SELECT starts_at_ms, ends_at_ms FROM limit_changes")
    edges = {from_ms(ms) for row in rows for ms in tuple(row) if ms is not None}
    moments = {at for edge in edges for at in (edge - MILLISECOND, edge)}
    moments |= {now + timedelta(minutes=many) for many in EDGES}
    return {at: _policy(tx, at) for at in sorted(moments) if at >= now}


def _check(was: Policy, now: Policy, at: datetime) -> None:
    for key, cap in was.as_mapping().items():
        assert not is_looser(cap, now.as_mapping().get(key)), (at - NOW, key)


def _policy(tx: Tx, at: datetime) -> Policy:
    return limits.policy_of(tx, demo(SETTINGS), at)
