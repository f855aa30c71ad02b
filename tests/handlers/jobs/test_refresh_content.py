import pytest

from bot.sandbox.tencent.faults import Fault, FaultKind
from handlers.jobs import refresh_content
from storage import content
from storage.db import Tx
from tests.handlers.jobs.conftest import Stage


def counts(tx: Tx) -> tuple[int, int, bool]:
    return (
        len(content.list_templates(tx)),
        len(content.list_signatures(tx)),
        bool(tx.all(content.LIST_PACKAGES)),
    )


async def test_all_three_lists_are_read(stage: Stage) -> None:
    await refresh_content.run(stage.services, stage.now)
    templates, signatures, has_package = await stage.services.db.read(counts)
    assert templates >= 5
    assert signatures >= 3
    assert has_package
    balance = await stage.services.db.read(content.get_balance, stage.now)
    assert balance is not None
    assert balance.left_segments == 1000


@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("DescribeSmsTemplateList", 0),
        ("DescribeSmsSignList", 1),
        ("SmsPackagesStatistics", 2),
    ],
)
async def test_a_list_that_fails_keeps_nobody_and_loses_nothing(
    stage: Stage, action: str, left: int
) -> None:
    stage.sandbox.world.faults.add(Fault(action, FaultKind.NOT_JSON, times=9))
    await refresh_content.run(stage.services, stage.now)
    found = await stage.services.db.read(counts)
    assert [bool(count) for count in found] == [place != left for place in range(3)]

    stage.sandbox.world.faults.clear()
    await refresh_content.run(stage.services, stage.now)
    known = await stage.services.db.read(counts)
    stage.sandbox.world.faults.add(Fault(action, FaultKind.NOT_JSON, times=9))
    await refresh_content.run(stage.services, stage.now)
    assert await stage.services.db.read(counts) == known


async def test_what_tencent_no_longer_lists_is_gone(stage: Stage) -> None:
    await refresh_content.run(stage.services, stage.now)
    stage.sandbox.world.state.templates.clear()
    await refresh_content.run(stage.services, stage.now)
    assert (await stage.services.db.read(counts))[0] == 0
