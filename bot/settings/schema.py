"""What app.yaml may hold: the keys, what they mean, accept, and are when left out.

The JSON schema editors complete from is made of these models (docs/app.schema.json). Faults that
span several keys are found in `bot.settings.across`, secrets are read in `bot.settings.secrets`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from bot.locales import Locale
from bot.rules.approvals import Rule
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind, scope_of
from bot.rules.roles import Grants, Role
from bot.settings.alerts import Alerts
from bot.settings.approvals import Approvals
from bot.settings.apps import App
from bot.settings.callbacks import Callbacks
from bot.settings.channels import Channels
from bot.settings.content import Content
from bot.settings.health import Health, Heartbeat, Metrics
from bot.settings.listening import Listener
from bot.settings.oncall import Oncall
from bot.settings.packages import Packages
from bot.settings.replies import Replies
from bot.settings.retention import Retention
from bot.settings.roles import Roles, grants
from bot.settings.section import Section
from bot.settings.sending import Sending
from bot.settings.shapes import Folder, Name
from bot.settings.summaries import Summary
from bot.settings.wires import Server, Slack, Tencent

#: Behind /callbacks/<secret>/, where Tencent brings the replies to the whole account (382/42907,
#: 2025-01-03). Deeper than any app's address: an app may have any name.
REPLIES = "account/replies"
#: Who may ask, where a requester may not.
ASKED_BY: Mapping[RequestKind, Role] = {
    RequestKind.LIMITS_CHANGE: Role.LIMIT_ADMIN,
    RequestKind.LIMITS_EXEMPT: Role.LIMIT_ADMIN,
    RequestKind.NUMBER_ERASE: Role.AUDITOR,
}


def _not_empty(apps: tuple[App, ...]) -> tuple[App, ...]:
    """Counts what is written. pydantic's own constraint counts what is left after faults."""
    if not apps:
        raise PydanticCustomError("no_apps", "at least one app")
    return apps


class AppYaml(Section):
    """The whole of app.yaml."""

    language: Locale = Field(
        default=Locale.EN,
        description="Language of cards in channels. What one person sees follows their Slack.",
    )
    timezone: ZoneInfo = Field(
        default=ZoneInfo("Asia/Shanghai"),
        description="Time zone of days, schedules and typed times (IANA name).",
    )
    data_dir: Folder = Field(
        default=Path(".smsops"),
        description="Folder of the database smsops.db; a relative one starts at this file.",
    )
    server: Server = Field(default=Server(), description="Where the bot listens.")
    callbacks: Callbacks = Field(
        default=Callbacks(), description="What is asked of whoever posts callbacks."
    )
    slack: Slack = Field(default=Slack(), description="How the bot and Slack find each other.")
    tencent: Tencent = Field(default=Tencent(), description="How the bot reaches Tencent.")
    apps: Annotated[tuple[App, ...], AfterValidator(_not_empty)] = Field(
        description="SMS applications of the Tencent console.", json_schema_extra={"minItems": 1}
    )
    default_app: Name | None = Field(
        default=None,
        description="App that is meant when none is named. Needed when there are several.",
    )
    roles: Roles = Field(
        default=Roles(), description="Who may do what, by Slack user group or person."
    )
    approvals: Approvals = Field(
        default_factory=Approvals, description="Who must say yes before anything is done."
    )
    channels: Channels = Field(
        default=Channels(), description="Where the bot posts what is not an answer to somebody."
    )
    alerts: Alerts = Field(
        default=Alerts(),
        validate_default=True,
        description="Who hears of which alert, and when.",
    )
    oncall: Oncall = Field(
        default=Oncall(), description="Who is called about an alert nobody has acknowledged."
    )
    summaries: tuple[Summary, ...] = Field(
        default=(), description="What channels hear of each day, week and hour with trouble."
    )
    replies: Replies = Field(
        default=Replies(), description="What is shown of what people answered."
    )
    content: Content = Field(
        default=Content(), description="What is known of templates and signatures beforehand."
    )
    sending: Sending = Field(default=Sending(), description="Waiting and retrying around a send.")
    packages: Packages = Field(
        default=Packages(), description="When somebody is told that the packages run out."
    )
    retention: Retention = Field(default=Retention(), description="When personal data is deleted.")
    metrics: Metrics = Field(default=Metrics(), description="Who may read the figures of the bot.")
    heartbeat: Heartbeat = Field(
        default=Heartbeat(), description="Who hears, again and again, that the bot is well."
    )
    health: Health = Field(
        default=Health(), description="From when on the bot's own state is an alert."
    )

    @field_validator("alerts", mode="after")
    @classmethod
    def _placed(cls, alerts: Alerts, info: ValidationInfo) -> Alerts:
        """Alerts need what stands above them; a fault there leaves nothing to place."""
        zone, channels = info.data.get("timezone"), info.data.get("channels")
        if zone is None or channels is None:
            return alerts
        return alerts.placed(zone, channels.reviews or "")

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data_dir / "smsops.db"

    @property
    def callbacks_at(self) -> Listener:
        """Where callbacks are listened for: a place of their own, or beside all else."""
        return self.callbacks.listen or self.server

    @property
    def grants(self) -> Grants:
        """Who holds which role, for the account and for each app."""
        return grants(self.roles, {app.name: app.roles for app in self.apps})

    def approval_rule(self, kind: RequestKind, app: str) -> Rule:
        """How requests of `kind` about `app` are decided."""
        asking = ASKED_BY.get(kind, Role.REQUESTER)
        approvers, askers = self._roles_for(scope_of(kind, app), asking)
        return self.approvals.rule(kind, approvers=approvers, askers=askers)

    def send_rule(self, class_: TemplateClass, recipients: int, app: str) -> Rule:
        """How a send of `class_` to so many is decided; `needed` is 0 where nobody is asked."""
        approvers, askers = self._roles_for(app, Role.REQUESTER)
        return self.approvals.send_rule(class_, recipients, approvers=approvers, askers=askers)

    def limits_rule(self, app: str, *, loosens: bool) -> Rule:
        """How a change of limits is decided, by whether more would go through."""
        approvers, askers = self._roles_for(app, Role.LIMIT_ADMIN)
        return self.approvals.limits_rule(loosens=loosens, approvers=approvers, askers=askers)

    def _roles_for(self, app: str, asking: Role) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.grants.entries(Role.APPROVER, app), self.grants.entries(asking, app)

    def app(self, name: str) -> App | None:
        """The app people call `name`."""
        return next((app for app in self.apps if app.name == name), None)

    def alerts_channel(self, app: App | None, otherwise: str = "") -> str:
        """Where an alert about `app` goes: `otherwise` where app.yaml names no channel for it."""
        of_app = next(iter(app.channels), "") if app is not None else ""
        return self.channels.alerts or of_app or otherwise

    def app_in(self, *channel: str) -> App:
        """The app meant in a channel, given by its id, its name or both; else the default one."""
        known = {name.removeprefix("#") for name in channel}
        for app in self.apps:
            if known & {name.removeprefix("#") for name in app.channels}:
                return app
        return self.app(self.default_app or "") or self.apps[0]
