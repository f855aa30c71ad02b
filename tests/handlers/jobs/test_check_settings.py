"""Names in app.yaml that lead nowhere are told of, each by its key, until they lead somewhere."""

from dataclasses import replace

from bot.rules.alerts import AlertKind
from bot.settings import Settings, load
from handlers.jobs import check_settings, refresh_content
from storage import alerts
from tests.handlers.flows.conftest import ENVIRON
from tests.handlers.jobs.conftest import APP_YAML, Stage

MISNAMED: dict[str, object] = {
    "apps.0.signature": "没有此签名",
    "apps.0.templates": {"999999": {"class": "otp"}},
    "roles.oncall": ["@sms-oncall", "@nobody in C0SMS", "U0GONE"],
    "apps.0.roles": {"viewer": ["@noone", "U0GONE"]},
    "approvals.table": [{"approvals": 1, "approvers": ["S0GONE"]}],
    "channels.alerts": "#gone",
    "alerts.receivers": [{"name": "urgent", "mention": "@nowhere"}],
    "channels.reviews": "#sms-reviews",
}


def named(stage: Stage, changes: dict[str, object]) -> Stage:
    """The same with other names in app.yaml."""
    settings = load(APP_YAML, ENVIRON, {**AS_IT_IS, **changes})
    assert isinstance(settings, Settings), settings
    return replace(stage, services=replace(stage.services, settings=settings))


#: What stands in for a team's own: groups and channels the workspace has.
AS_IT_IS: dict[str, object] = {
    "roles": {"oncall": ["@sms-oncall"], "requester": ["@sms-senders"]},
    "approvals": {},
    "channels": {"alerts": "#sms-alerts"},
    "summaries": [],
}


async def faults(stage: Stage) -> dict[str, object]:
    found = await stage.services.db.read(alerts.find_open)
    assert {each.signal.kind for each in found} <= {AlertKind.CONFIG_FAULT}
    return {each.signal.labels["setting"]: each.facts["what"] for each in found}


async def test_the_demo_names_nothing_that_is_not_there(stage: Stage) -> None:
    await refresh_content.run(stage.services, stage.now)
    await check_settings.run(stage.services, stage.now)
    assert await faults(stage) == {}


async def test_every_name_that_leads_nowhere_is_told_by_its_key(stage: Stage) -> None:
    await refresh_content.run(stage.services, stage.now)
    changed = named(stage, MISNAMED)
    await check_settings.run(changed.services, stage.now)
    assert await faults(stage) == {
        "apps.demo.signature": "signature",
        "apps.demo.templates.999999": "template",
        "roles.oncall.nobody": "group",
        "apps.demo.roles.viewer.noone": "group",
        "approvals.S0GONE": "group",
        "alerts.receivers.nowhere": "group",
        "channels.alerts": "channel",
    }
    assert stage.services.alerts_due.is_set()
    stage.services.alerts_due.clear()
    await check_settings.run(changed.services, stage.now)
    assert not stage.services.alerts_due.is_set()
    await check_settings.run(named(stage, {}).services, stage.now)
    assert await faults(stage) == {}


async def test_what_was_not_read_yet_is_no_fault(stage: Stage) -> None:
    await check_settings.run(named(stage, MISNAMED).services, stage.now)
    assert set((await faults(stage)).values()) == {"group", "channel"}


async def test_where_slack_does_not_answer_nothing_begins_and_nothing_ends(stage: Stage) -> None:
    changed = named(stage, MISNAMED)
    await check_settings.run(changed.services, stage.now)
    before = await faults(stage)
    stage.workspace.admin.revoke()
    await check_settings.run(named(stage, {}).services, stage.now)
    assert await faults(stage) == before != {}
