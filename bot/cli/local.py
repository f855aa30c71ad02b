"""The whole on one machine: the bot and both stand-ins, over real HTTP, under one roof.

The demo, the tour and the journey tests run in it; the bot in it is the one `smsops run` starts.
"""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.app import Bot, running, utc_now
from bot.errors import SettingsError
from bot.rules import lanes
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.workspace import Installation, Pace, Workspace
from bot.settings import REPLIES, Faults, Settings, SlackMode, load
from bot.slack.manifest import manifest
from handlers import registry
from storage import content

#: The user groups the workspace has: a team's own app.yaml, with other groups, can be tried too.
ROLES: Mapping[str, object] = {
    "viewer": ["@sms-senders", "@sms-approvers", "@sms-oncall", "@sms-admins"],
    "requester": ["@sms-senders"],
    "approver": ["@sms-approvers"],
    "oncall": ["@sms-oncall"],
    "limit_admin": ["@sms-senders", "@sms-admins"],
    # Two others have to approve what an auditor asks for.
    "auditor": ["@sms-admins", "@sms-oncall"],
    "owner": ["@sms-admins"],
}
#: And the channels; of the policies, the groups they name (`settings_for`).
PLACES: Mapping[str, object] = {
    "channels": {
        "reviews": "#sms-reviews",
        "alerts": "#sms-alerts",
        "replies": "#sms-replies",
    },
    "summaries": [
        {"channel": "#sms-reports", "daily": "09:00", "weekly": "mon 09:00", "hourly": True}
    ],
}
#: Whose weeks they are; the voice template and the SMS are among those the sandbox has.
ONCALL: Mapping[str, object] = {
    "fallback": "@sms-admins",
    "rotas": [{"name": "primary", "people": ["U0OMAR", "U0MAYA"]}],
    "chains": [
        {
            "name": "default",
            "steps": [
                {"by": "mention", "whom": "primary", "wait_s": 60},
                {"by": "dm", "whom": "primary", "wait_s": 60},
                {"by": "voice", "whom": "primary", "wait_s": 90},
                {"by": "voice", "whom": "next", "wait_s": 90},
                {"by": "sms", "whom": "primary", "wait_s": 120},
            ],
        }
    ],
}
VOICE_TEMPLATE, SMS_TEMPLATE = "4358", "1109"
LISTED_WITHIN_S, LOOK_EVERY_S = 15.0, 0.01
SECRETS_FILE = "demo-secrets.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the whole is put together; `data_dir` keeps what all three hold."""

    config: Path
    data_dir: Path
    page_port: int = 0
    mode: SlackMode = SlackMode.HTTP
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    pace: Pace | None = None
    clock: Callable[[], datetime] = utc_now
    #: Between two messages of a channel: Slack's own, unless somebody looks at something else.
    slack_pace: lanes.Pace = field(default_factory=lanes.Pace)
    overrides: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """Everything as it runs."""

    bot: Bot
    settings: Settings
    sandbox: TencentSandbox
    workspace: Workspace


@asynccontextmanager
async def running_locally(plan: Plan) -> AsyncIterator[Local]:
    """The stand-ins and the bot, for as long as the block lasts. What they hold is kept in
    `data_dir` and there again at the next start. Raises SettingsError where app.yaml is faulty."""
    async with AsyncExitStack() as stack:
        sandbox, workspace = await start_stand_ins(stack, plan)
        settings = settings_for(plan, sandbox, workspace)
        bot = await stack.enter_async_context(running(settings, plan.clock, plan.slack_pace))
        install(workspace, plan, bot.url)
        callbacks_url = bot.services.listening.callbacks_url or bot.url
        await point_callbacks(sandbox, settings, callbacks_url)
        await until_listed(bot)
        yield Local(bot, settings, sandbox, workspace)


async def until_listed(bot: Bot) -> None:
    """Waits for the bot's first look at Tencent's lists: the first command must find templates."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LISTED_WITHIN_S):
            while await bot.services.db.read(content.get_balance, bot.services.clock()) is None:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)


async def start_stand_ins(stack: AsyncExitStack, plan: Plan) -> tuple[TencentSandbox, Workspace]:
    """Both stand-ins, listening; the page shows the sandbox's phones."""
    folder = plan.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    # Real time, whatever the plan's clock: Bolt judges the age of a signature by its own.
    workspace = Workspace(state_path=folder / "workspace.json", pace=plan.pace)
    await workspace.start(port=plan.page_port)
    stack.push_async_callback(workspace.stop)
    sandbox = TencentSandbox(
        config=replace(plan.sandbox, allowed_origins=workspace.origins),
        clock=plan.clock,
        state_path=folder / "tencent.json",
    )
    workspace.show_phones_of(await sandbox.start())
    stack.push_async_callback(sandbox.stop)
    return sandbox, workspace


def install(workspace: Workspace, plan: Plan, bot_url: str) -> Installation:
    """Installs the bot's own manifest, as one would in Slack."""
    socket = plan.mode is SlackMode.SOCKET
    return workspace.install(manifest(registry(), base_url=bot_url, socket=socket))


def settings_for(plan: Plan, sandbox: TencentSandbox, workspace: Workspace) -> Settings:
    """app.yaml as it stands, pointed at the stand-ins, with their credentials."""
    # The bot's port is not known yet; the credentials stay what they are when it is.
    installation = install(workspace, plan, "http://127.0.0.1:1")
    overrides: dict[str, object] = {
        "server.port": 0,
        "server.public_url": None,
        "callbacks.listen": None,
        "slack.api_url": f"{workspace.url}/api/",
        "slack.mode": plan.mode,
        # Here one person is a whole team, and in a tour in no time.
        "slack.commands_per_min": 10_000,
        "slack.commands_per_min_all": 100_000,
        "tencent.endpoint": sandbox.url,
        "data_dir": plan.data_dir,
        "apps.0.sdk_app_id": sandbox.credentials.sdk_app_id,
        "apps.0.signature": sandbox.credentials.sign,
        "apps.0.exclusive": True,
        "roles": ROLES,
        "oncall": oncall(sandbox),
        **PLACES,
    }
    settings = load(
        plan.config,
        environment(plan.data_dir, sandbox, installation),
        overrides | dict(plan.overrides or {}),
    )
    if isinstance(settings, Faults):
        from bot.cli.faults import listed
        from bot.cli.terminal import locale_in

        raise SettingsError(listed(settings, str(plan.config), locale_in(os.environ)))
    if "approvals.table" in (plan.overrides or {}):
        return settings
    return settings.model_copy(update={"approvals": settings.approvals.naming_nobody()})


def oncall(sandbox: TencentSandbox) -> Mapping[str, object]:
    """Who is called, over the sandbox's phones."""
    voice = {
        "sdk_app_id": sandbox.credentials.sdk_app_id,
        "template": VOICE_TEMPLATE,
        "endpoint": sandbox.url,
    }
    return {**ONCALL, "voice": voice, "sms": {"template": SMS_TEMPLATE, "values": ["id"]}}


def environment(
    folder: Path, sandbox: TencentSandbox, installation: Installation
) -> dict[str, str]:
    """The secrets as the bot finds them in the environment."""
    own, ids = own_secrets(folder), sandbox.credentials
    return {
        "SMSOPS_SLACK_BOT_TOKEN": installation.bot_token,
        "SMSOPS_SLACK_SIGNING_SECRET": installation.signing_secret,
        "SMSOPS_SLACK_APP_TOKEN": installation.app_token,
        "SMSOPS_TENCENT_SECRET_ID": ids.secret_id,
        "SMSOPS_TENCENT_SECRET_KEY": ids.secret_key,
        "SMSOPS_TENCENT_SDK_APP_KEY": f"{ids.sdk_app_id}:{ids.app_key}",
        **own,
    }


def own_secrets(folder: Path) -> dict[str, str]:
    """The data key and the callback secret of this data folder, made once and kept."""
    path = folder / SECRETS_FILE
    if not path.exists():
        made = {
            "SMSOPS_CALLBACK_SECRET": secrets.token_urlsafe(32),
            "SMSOPS_DATA_KEY": base64.b64encode(secrets.token_bytes(64)).decode(),
        }
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


async def point_callbacks(sandbox: TencentSandbox, settings: Settings, bot_url: str) -> None:
    """What one types into the console: where reports, replies and what is told of calls go."""
    secret = settings.secrets.callback_secrets[0].get_secret_value()
    of_app = f"{bot_url}/callbacks/{secret}/{settings.apps[0].name}"
    await sandbox.set_callback_url(of_app)
    await sandbox.set_voice_url(of_app)
    await sandbox.set_reply_url(f"{bot_url}/callbacks/{secret}/{REPLIES}")
