"""A team's own app.yaml, tried on one machine, where its groups and channels do not exist."""

from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import ClientSession

from bot.cli.local import Plan, settings_for, start_stand_ins
from bot.rules.requests import RequestKind

OWN = """\
apps:
  - name: shop
    sdk_app_id: "1400001234"
    signature: 小店
roles: {requester: ["@everyone"], approver: ["@bosses"]}
approvals:
  reactions: {approve: [tada]}
  table:
    - {kinds: [signature.create], approvals: 1, approvers: ["@legal"]}
    - {approvals: 2, expires: 10m, approvers: ["@leads"], askers: ["@ops"]}
channels: {approvals: "#approvals", reviews: "#reviews"}
"""


async def test_the_simulator_serves_the_page_by_every_name_of_this_machine(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        plan = Plan(tmp_path / "app.yaml", tmp_path / "demo")
        sandbox, workspace = await start_stand_ins(stack, plan)
        port = workspace.url.rpartition(":")[2]
        http = await stack.enter_async_context(ClientSession())
        for origin, status in (
            (f"http://127.0.0.1:{port}", 200),
            (f"http://localhost:{port}", 200),
            (f"http://elsewhere.example:{port}", 403),
        ):
            async with http.get(
                f"{sandbox.url}/_sandbox/phones", headers={"Origin": origin}
            ) as got:
                assert got.status == status
                assert got.headers.get("Access-Control-Allow-Origin", origin) == origin


async def test_its_policies_are_kept_and_its_groups_and_channels_are_the_workspaces(
    tmp_path: Path,
) -> None:
    config = tmp_path / "app.yaml"
    config.write_text(OWN, encoding="utf-8")
    plan = Plan(config, tmp_path / "demo")
    async with AsyncExitStack() as stack:
        sandbox, workspace = await start_stand_ins(stack, plan)
        settings = settings_for(plan, sandbox, workspace)
    rules = {kind: settings.approval_rule(kind, "demo") for kind in RequestKind}
    assert {rule.approvers for rule in rules.values()} == {("@sms-approvers",)}
    askers = {rule.askers for rule in rules.values()}
    auditors = ("@sms-admins", "@sms-oncall")
    assert askers == {("@sms-senders",), ("@sms-senders", "@sms-admins"), auditors}
    assert rules[RequestKind.SIGNATURE_CREATE].needed == 1
    assert rules[RequestKind.TEMPLATE_CREATE].needed == 2
    assert rules[RequestKind.TEMPLATE_CREATE].expires_s == 600
    assert settings.approvals.reactions.approve == ("tada",)
    assert (settings.channels.approvals, settings.channels.reviews) == (None, "#sms-reviews")
