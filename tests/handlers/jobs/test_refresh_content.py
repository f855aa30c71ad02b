from dataclasses import replace
from datetime import timedelta

import pytest

from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent import wire
from handlers.jobs import refresh_content
from storage import content
from storage.db import Tx
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.submitting import posts, put


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


async def test_a_list_that_has_not_changed_writes_no_row(stage: Stage) -> None:
    at = stage.now.replace(minute=5)
    await refresh_content.run(stage.services, at)
    conn = stage.services.db._writer_conn
    before = conn.total_changes
    await refresh_content.run(stage.services, at + timedelta(seconds=60))
    lists, packages, hours = 3, 1, 1
    # When each list was read, the packages, whose answer may have changed in ways unseen, and that
    # nothing was used of them in this minute.
    assert conn.total_changes - before == lists + 2 * packages + hours


async def test_what_was_done_in_the_console_is_told_once(stage: Stage) -> None:
    await refresh_content.run(stage.services, stage.now)
    assert await posts(stage) == []
    put(stage, 2500, name="控制台新建")
    for _ in range(3):
        await refresh_content.run(stage.services, stage.now)
    told = await posts(stage, "review.console")
    assert [each.facts["changes"][0]["name"] for each in told] == ["控制台新建"]


async def test_an_account_that_may_not_list_is_told_so_once(stage: Stage) -> None:
    account = stage.sandbox.world.state.account
    account.settings = replace(account.settings, sub_account=True)
    for _ in range(3):
        await refresh_content.run(stage.services, stage.now)
    told = await posts(stage, "review.barred")
    assert [each.facts["kind"] for each in told] == ["template"]
    account.settings = replace(account.settings, sub_account=False)
    await refresh_content.run(stage.services, stage.now)
    assert await stage.services.db.read(content.list_templates)


def hide_signatures(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists leave out all signatures, a question by id still finds them."""

    async def nothing(*, international: bool) -> tuple[wire.Signature, ...]:
        return ()

    monkeypatch.setattr(stage.services.tencent, "list_signatures", nothing)


async def test_what_a_list_leaves_out_is_asked_for_by_its_id(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refresh_content.run(stage.services, stage.now)
    known = await stage.services.db.read(counts)
    hide_signatures(stage, monkeypatch)
    await refresh_content.run(stage.services, stage.now)
    assert await stage.services.db.read(counts) == known
    assert await posts(stage, "review.console") == []
    stage.sandbox.world.state.signatures.clear()
    await refresh_content.run(stage.services, stage.now)
    assert (await stage.services.db.read(counts))[1] == 0
