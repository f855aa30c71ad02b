from datetime import timedelta

from bot.rules.alerts import AlertKind
from bot.rules.requests import RequestState
from bot.sandbox.workspace.faults import Fault, FaultKind
from handlers.jobs import expire_requests
from storage import alerts, requests
from storage.requests import Request
from tests.handlers.flows.asks import ask, state
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import LIN, MAYA

DAY = timedelta(days=1)
SOON = DAY - timedelta(minutes=30)


async def asked(stage: Stage, requester: str = LIN) -> Request:
    services = stage.services
    return await services.db.write(ask, services.settings, requester=requester, now=stage.now)


async def told(stage: Stage) -> list[str]:
    """Whom a reminder is for."""
    rows = await stage.services.db.read(
        lambda tx: tx.all("SELECT user_id FROM posts WHERE kind = 'approval.reminder'")
    )
    return sorted(row["user_id"] for row in rows)


async def test_what_nobody_decided_on_has_expired(stage: Stage) -> None:
    request = await asked(stage)
    await expire_requests.run(stage.services, stage.now + DAY + timedelta(seconds=1))
    assert await stage.services.db.read(state, request) is RequestState.EXPIRED
    assert stage.services.posts_due.is_set()
    assert stage.services.cards_due.is_set()


async def test_a_damaged_request_expires_as_well_and_keeps_no_other_from_it(stage: Stage) -> None:
    damaged, other = await asked(stage), await asked(stage, MAYA)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged.id)
    await expire_requests.run(stage.services, stage.now + DAY + timedelta(seconds=1))
    assert await stage.services.db.read(state, other) is RequestState.EXPIRED
    shown = await stage.services.db.read(requests.get_shown, damaged.id)
    assert shown is not None
    assert shown.state is RequestState.EXPIRED
    told_of = "SELECT count(*) AS lines FROM posts WHERE kind = 'approval.expired'"
    (row,) = await stage.services.db.read(lambda tx: tx.all(told_of))
    assert row["lines"] == 2


async def test_approvers_are_reminded_once_and_not_of_their_own(stage: Stage) -> None:
    await asked(stage, MAYA)
    for _ in range(2):
        await expire_requests.run(stage.services, stage.now + SOON)
    assert await told(stage) == ["U0BO"]


async def test_where_slack_does_not_say_who_is_in_the_group_they_are_reminded_later(
    stage: Stage,
) -> None:
    await asked(stage)
    stage.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR, 1))
    await expire_requests.run(stage.services, stage.now + SOON)
    assert await told(stage) == []
    await expire_requests.run(stage.services, stage.now + SOON)
    assert await told(stage) == ["U0BO", "U0MAYA"]


async def test_what_nobody_decides_on_is_an_alert_until_it_has_expired(stage: Stage) -> None:
    async def firing() -> list[str]:
        found = await stage.services.db.read(
            alerts.find_open_of, (AlertKind.APPROVAL_EXPIRING,), None
        )
        return [each.labels["request"] for each in found]

    request = await asked(stage)
    await expire_requests.run(stage.services, stage.now)
    assert await firing() == []
    stage.services.alerts_due.clear()
    await expire_requests.run(stage.services, stage.now + SOON)
    assert await firing() == [request.id]
    assert stage.services.alerts_due.is_set()
    await expire_requests.run(stage.services, stage.now + DAY)
    assert await firing() == []
