"""Who is in the groups that are called: as Slack says, and as it said last while it is away."""

from dataclasses import replace
from datetime import timedelta

from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.settings import Settings, load
from handlers.jobs import refresh_oncall
from storage import oncall
from tests.handlers.flows.conftest import ENVIRON
from tests.handlers.jobs.conftest import APP_YAML, Stage

ADMINS = "@sms-admins"


async def members(stage: Stage) -> tuple[str, tuple[str, ...]]:
    known = await stage.services.db.read(oncall.groups)
    return known[ADMINS].group_id, known[ADMINS].members


async def test_groups_are_kept_and_known_while_slack_is_away(stage: Stage) -> None:
    await refresh_oncall.run(stage.services, stage.now)
    assert await members(stage) == ("S0ADMINS", ("U0MAYA",))
    stage.workspace.admin.regroup("S0ADMINS", ["U0BO", "U0MAYA"])
    # Within the minute nobody is asked again.
    await refresh_oncall.run(stage.services, stage.now)
    assert await members(stage) == ("S0ADMINS", ("U0MAYA",))
    later = stage.now + timedelta(minutes=2)
    stage.workspace.faults.add(Fault("*", FaultKind.SERVER_ERROR, times=None))
    await refresh_oncall.run(stage.services, later)
    assert await members(stage) == ("S0ADMINS", ("U0MAYA",))
    stage.workspace.faults.clear()
    await refresh_oncall.run(stage.services, later)
    assert await members(stage) == ("S0ADMINS", ("U0BO", "U0MAYA"))


async def test_a_group_that_is_only_mentioned_is_known_by_its_id(stage: Stage) -> None:
    changes: dict[str, object] = {
        "alerts": {"receivers": [{"name": "loud", "mention": "@sms-approvers"}]},
        "oncall": {},
    }
    settings = load(APP_YAML, ENVIRON, changes)
    assert isinstance(settings, Settings), settings
    services = replace(stage.services, settings=settings)
    await refresh_oncall.run(services, stage.now)
    known = await services.db.read(oncall.groups)
    assert known["@sms-approvers"].group_id == "S0APPROVERS"


async def test_a_group_that_is_gone_has_nobody(stage: Stage) -> None:
    now = stage.now - timedelta(hours=1)
    await stage.services.db.write(oncall.note_groups, {"S0GONE": ("S0GONE", ["U0BO"])}, now)
    await stage.services.db.write(
        oncall.add_override,
        rota="primary",
        who="S0GONE",
        begins_at=now,
        ends_at=stage.now + timedelta(hours=1),
        author="U0MAYA",
        now=now,
    )
    await refresh_oncall.run(stage.services, stage.now)
    known = await stage.services.db.read(oncall.groups)
    assert (known["S0GONE"].group_id, known["S0GONE"].members) == ("", ())
