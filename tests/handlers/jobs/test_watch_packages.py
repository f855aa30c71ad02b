"""The look at packages: it writes only where an alert begins, changes or ends."""

from dataclasses import replace

from bot.rules.alerts import AlertKind
from handlers.flows import package_alerts
from handlers.jobs import refresh_content, send_messages, watch_packages
from storage import alerts
from storage.db import Tx
from tests.handlers.jobs.conftest import Stage


def kinds(tx: Tx) -> list[AlertKind]:
    return [each.kind for each in alerts.find_open_of(tx, package_alerts.KINDS, None)]


async def firing(stage: Stage) -> list[AlertKind]:
    return await stage.services.db.read(kinds)


async def test_arrears_are_told_from_the_first_refusal_until_a_message_passes(
    stage: Stage,
) -> None:
    account = stage.sandbox.world.state.account
    account.settings = replace(account.settings, arrears=True)
    await stage.queue()
    await send_messages.run(stage.services, stage.now)
    await watch_packages.run(stage.services, stage.now)
    assert await firing(stage) == [AlertKind.ARREARS]
    assert stage.services.alerts_due.is_set()

    account.settings = replace(account.settings, arrears=False)
    await stage.queue()
    await send_messages.run(stage.services, stage.now)
    await watch_packages.run(stage.services, stage.now)
    assert await firing(stage) == []


async def test_where_nothing_is_new_nothing_is_written(stage: Stage) -> None:
    await refresh_content.run(stage.services, stage.now)
    stage.services.alerts_due.clear()
    changes = stage.services.db._writer_conn.total_changes
    await watch_packages.run(stage.services, stage.now)
    assert stage.services.db._writer_conn.total_changes == changes
    assert not stage.services.alerts_due.is_set()


async def test_a_package_that_is_used_up_is_told_once_tencent_refuses(stage: Stage) -> None:
    state = stage.sandbox.world.state
    state.packages = [replace(each, used_segments=each.amount_segments) for each in state.packages]
    await stage.queue()
    await send_messages.run(stage.services, stage.now)
    await refresh_content.run(stage.services, stage.now)
    await watch_packages.run(stage.services, stage.now)
    assert await firing(stage) == [AlertKind.PACKAGE_EMPTY]

    state.packages = [replace(each, used_segments=0) for each in state.packages]
    await refresh_content.run(stage.services, stage.now)
    await watch_packages.run(stage.services, stage.now)
    assert await firing(stage) == []
