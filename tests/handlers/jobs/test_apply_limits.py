from datetime import datetime, timedelta

import pytest

from bot.rules.policies import policy_of
from bot.rules.requests import RequestKind, RequestState
from handlers.flows import limits
from handlers.jobs import apply_limits
from storage import limit_exemptions, message_queue, messages
from storage import limits as stored
from storage.db import Tx
from storage.ids import RequestId
from storage.limit_exemptions import Exemption
from tests.handlers.flows.job_lists import number
from tests.handlers.flows.running import start_job
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import add_request

HOUR = timedelta(hours=1)


def wait_for_the_limit(tx: Tx, now: datetime) -> RequestId:
    """A job whose rows were all put off by a limit, and a change of that limit that begins now."""
    stored.seed(tx, "demo", policy_of({"number.day": 1}), now)
    request_id = start_job(tx, [number(nth) for nth in range(3)], now=now)
    found = messages.of_request(tx, request_id)
    message_queue.put_off(tx, [(each.id, "per_day", now + HOUR) for each in found], now)
    change, caps = add_request(tx), {"number.day": 5}
    stored.add_change(tx, change, "demo", caps, {"number.day": 1}, starts_at=now, ends_at=None)
    return request_id


async def test_what_waits_for_a_limit_is_judged_anew_once_that_has_changed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, now = stage.services.db, stage.now
    request_id = await db.write(wait_for_the_limit, now)
    assert await db.read(limits.known_policy_of, "demo", now) == policy_of({"number.day": 5})
    monkeypatch.setattr(limits, "WOKEN_AT_ONCE", 2)
    await apply_limits.run(stage.services, now)
    due = {each.due_at for each in await db.read(messages.of_request, request_id)}
    assert max(due) <= now
    row = await db.read(stored.policy_row, "demo")
    assert row is not None
    assert row.policy == policy_of({"number.day": 5})
    assert stage.services.messages_due.is_set()


async def test_the_card_of_an_exemption_that_is_over_is_shown_anew(stage: Stage) -> None:
    db, now = stage.services.db, stage.now

    def exempt(tx: Tx) -> None:
        request_id = add_request(tx)
        exemption = Exemption("demo", number(1), now, "x", "U0MAYA", request_id, now)
        limit_exemptions.put(tx, exemption, now)

    await db.write(exempt)
    await apply_limits.run(stage.services, now)
    assert not await db.read(limit_exemptions.has_ended, now)
    assert stage.services.cards_due.is_set()


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE limit_exemptions SET number = 'broken'",
        f"UPDATE requests SET payload = 'broken', state = {RequestState.DRAFT.value}, "
        f"kind = '{RequestKind.LIMITS_CHANGE.value}', expires_at_ms = 1 WHERE id = :id",
    ],
)
async def test_a_damaged_row_whose_time_is_over_keeps_no_change_from_being_told(
    stage: Stage, broken: str
) -> None:
    db, now = stage.services.db, stage.now
    await db.write(wait_for_the_limit, now)

    def exempt(tx: Tx) -> RequestId:
        request_id = add_request(tx)
        limit_exemptions.put(
            tx, Exemption("demo", number(1), now, "x", "U0MAYA", request_id, now), now
        )
        return request_id

    request_id = await db.write(exempt)
    await stage.change(broken, id=request_id)
    await apply_limits.run(stage.services, now)
    row = await db.read(stored.policy_row, "demo")
    assert row is not None
    assert row.policy == policy_of({"number.day": 5})


async def test_where_no_time_has_come_nothing_is_done(stage: Stage) -> None:
    db, now = stage.services.db, stage.now
    request_id = await db.write(wait_for_the_limit, now)
    await apply_limits.run(stage.services, now - timedelta(seconds=1))
    due = {each.due_at for each in await db.read(messages.of_request, request_id)}
    assert min(due) > now
    assert not stage.services.messages_due.is_set()
