"""What app.yaml may hold: the keys, what they mean, accept, and are when left out.

The JSON schema editors complete from is made of these models (docs/app.schema.json). Faults that
span several keys are found in `bot.settings.across`, secrets are read in `bot.settings.secrets`.
"""

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainSerializer, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from bot.locales import Locale
from bot.rules.approvals import Rule
from bot.rules.classes import TemplateClass
from bot.rules.marketing_hours import Hours
from bot.rules.requests import RequestKind, scope_of
from bot.rules.roles import Grants, Role
from bot.settings.alerts import Alerts
from bot.settings.approvals import Approvals
from bot.settings.brake import Brake
from bot.settings.callbacks import Callbacks
from bot.settings.content import Content
from bot.settings.health import Health, Heartbeat, Metrics
from bot.settings.limits import Limits
from bot.settings.listening import Listener
from bot.settings.oncall import Oncall
from bot.settings.packages import Packages
from bot.settings.replies import Replies
from bot.settings.roles import AppRoles, Roles, grants
from bot.settings.section import Section
from bot.settings.shapes import (
    ApiUrl,
    Channel,
    Clock,
    Folder,
    Id,
    International,
    Name,
    Provider,
    SlackMode,
    TemplateId,
    Url,
    own_endpoint,
)
from bot.settings.summaries import Summary

#: Behind /callbacks/<secret>/, where Tencent brings the replies to the whole account (382/42907,
#: 2025-01-03). Deeper than any app's address: an app may have any name.
REPLIES = "account/replies"
#: What takes a limit admin to ask for.
ASKED_BY: Mapping[RequestKind, Role] = {
    RequestKind.LIMITS_CHANGE: Role.LIMIT_ADMIN,
    RequestKind.LIMITS_EXEMPT: Role.LIMIT_ADMIN,
    RequestKind.NUMBER_ERASE: Role.AUDITOR,
}


class Server(Listener):
    """Where the bot listens for Slack and for Tencent's callbacks."""

    port: int = Field(
        default=3000, ge=0, le=65535, description="Port to listen on. 0 lets the system choose."
    )
    public_url: Url | None = Field(
        default=None,
        description="Address under which Slack and Tencent reach this server from outside: "
        "/slack/events, /callbacks/<secret>/<app> and /callbacks/<secret>/account/replies are "
        "added to it. "
        "Left out: the address it listens on.",
    )


class Slack(Section):
    """The way between the bot and Slack."""

    mode: SlackMode = Field(
        default=SlackMode.HTTP,
        description="http: Slack calls public_url. "
        "socket: the bot calls Slack, no public address needed.",
    )
    api_url: ApiUrl = Field(default="https://slack.com/api/", description="Slack's Web API.")
    commands_per_min: int = Field(
        default=10,
        ge=1,
        le=10_000,
        description="Commands one person may type in a minute; messages to the bot count too. "
        "Further ones do nothing, and are answered with when to try again.",
    )
    commands_per_min_all: int = Field(
        default=60,
        ge=1,
        le=100_000,
        description="Commands all of them together may type in a minute.",
    )


class Tencent(Section):
    """The way from the bot to Tencent Cloud SMS."""

    provider: Provider = Field(
        default=Provider.V3,
        description="Which API is spoken. v3: API 3.0, with an API key. "
        "v5: the legacy one, with an AppKey for each app.",
    )
    endpoint: Url = Field(
        default_factory=own_endpoint,
        description="Address of the API. The international site's is "
        "https://sms.intl.tencentcloudapi.com. Left out: https://sms.tencentcloudapi.com, "
        "or with v5 https://yun.tim.qq.com.",
    )
    region: str = Field(
        default="ap-guangzhou",
        pattern=r"^[a-z]{2}-[a-z]+(-[0-9]{1,2})?$",
        description="Region named in every request. v5 knows none.",
    )
    connect_timeout_s: float = Field(
        default=3.0, ge=0.1, le=60, description="Seconds to wait for a connection."
    )
    deadline_s: float = Field(
        default=15.0,
        ge=0.2,
        le=120,
        description="Seconds for a whole exchange. A send without an answer by then is in doubt.",
    )


class TemplateSettings(Section):
    """What the bot must know about one template that Tencent does not tell."""

    template_class: TemplateClass = Field(
        alias="class",
        description="What the template is for; decides what happens when a send is in doubt. "
        "otp: dropped. notice and marketing: a person decides. alert: the next person is told.",
    )


TemplateBook = Annotated[
    Mapping[TemplateId, TemplateSettings], AfterValidator(MappingProxyType), PlainSerializer(dict)
]


def _no_templates() -> Mapping[str, TemplateSettings]:
    return MappingProxyType({})


class App(Section):
    """One SMS application of the Tencent console."""

    name: Name = Field(description="What people type for it. Unique.")
    sdk_app_id: Annotated[str, Id] = Field(
        pattern=r"^1400[0-9]{6}$",
        json_schema_extra={
            "type": ["string", "integer"],
            "minimum": 1_400_000_000,
            "maximum": 1_400_999_999,
        },
        description="SDK AppID from the console: ten digits that start with 1400. Unique.",
    )
    signature: str = Field(
        pattern=r"^[0-9A-Za-z\u3400-\u9fff]{2,12}$",
        description="Approved signature for mainland numbers, without the brackets.",
    )
    international: International = Field(
        default=False,
        description="true: may also send to numbers outside mainland China. "
        "[SG, US]: to those countries only (ISO 3166 codes).",
    )
    exclusive: bool = Field(
        default=False,
        description="true: nothing but this bot sends with this application, so that Tencent's "
        "records can prove what became of a message in doubt, and a refusal that its console is "
        "stricter than declared.",
    )
    channels: tuple[Channel, ...] = Field(
        default=(),
        description="Slack channels, names or ids, in which this app is meant when none is named.",
    )
    templates: TemplateBook = Field(
        default_factory=_no_templates,
        description="Template id to its class, where Tencent's own type is not enough.",
    )
    limits: Limits = Field(
        default_factory=Limits, description="How often one number may be written to."
    )
    brake: Brake = Field(
        default=Brake(), description="When unusual traffic raises an alert, and stops the app."
    )
    roles: AppRoles = Field(
        default=AppRoles(),
        description="Who may do what with this app; what is left out is as in `roles`.",
    )


class Sending(Section):
    """How fast the bot sends, how much at once, and how long it retries and remembers."""

    per_s: int = Field(
        default=1000,
        ge=1,
        le=3000,
        description="Numbers a second and app, over all its jobs. Tencent takes 3000 requests.",
    )
    calls_at_once: int = Field(
        default=32, ge=1, le=48, description="Requests to Tencent under way at the same time."
    )
    numbers_at_once: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="Numbers in requests under way at the same time: so many sends at the most "
        "are in doubt after a power cut.",
    )
    batch: int = Field(
        default=50,
        ge=1,
        le=200,
        description="Numbers in one request of a job whose recipients all get the same text.",
    )
    undo_s: int = Field(
        default=30,
        ge=0,
        le=3600,
        description="Seconds between the last word and the first call of a job.",
    )
    valid_for_s: int = Field(
        default=14_400,
        ge=60,
        le=604_800,
        description="Seconds after its start in which a job may send, where none are named.",
    )
    rows_max: int = Field(
        default=1_000_000,
        ge=1,
        le=10_000_000,
        description="Rows of one list of recipients. An XLSX file may have 200000; CSV has no "
        "limit of its own.",
    )

    retry_unsent_for_s: int = Field(
        default=600,
        ge=60,
        le=86_400,
        description="Seconds after its confirmation during which a single message may wait for its "
        "turn or be tried again. A job of codes is valid no longer.",
    )
    preview_valid_s: int = Field(
        default=600, ge=30, le=86_400, description="Seconds for which a preview can be confirmed."
    )
    marketing_from: Clock = Field(
        default="08:00", description="Marketing starts at this time of the mainland's day."
    )
    marketing_to: Clock = Field(
        default="22:00", description="Marketing ends at this time of the mainland's day."
    )

    @property
    def marketing_hours(self) -> Hours:
        """When marketing may go out to the mainland."""
        opens, closes = (time.fromisoformat(at) for at in (self.marketing_from, self.marketing_to))
        return Hours(opens, closes)


class Retention(Section):
    """How long personal data is kept, by what it is."""

    values_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days for which the values in a send's text, the cells of its refused rows and "
        "what people answered are kept after its end. A code is deleted as soon as it was sent.",
    )
    reports_days: int = Field(
        default=30,
        ge=8,
        le=3650,
        description="Days for which carriers' reports, what was told of calls and callbacks that "
        "could not be read are kept. What became of a message stays with the message.",
    )
    numbers_days: int = Field(
        default=180,
        ge=32,
        le=3650,
        description="Days for which the numbers of an ended request are kept. Its messages stay, "
        "without number and values, and so do all figures.",
    )
    replies_days: int = Field(
        default=180,
        ge=8,
        le=3650,
        description="Days for which it is kept who replied when. Who opted out stays out.",
    )
    alerts_days: int = Field(
        default=180,
        ge=8,
        le=3650,
        description="Days for which ended alerts are kept, with who did what about them, silences, "
        "who stood in on call, and calls.",
    )
    posts_days: int = Field(
        default=180,
        ge=32,
        le=3650,
        description="Days for which it is kept what was said in Slack, once it was; what is still "
        "corrected or answered there stays.",
    )
    audit_days: int = Field(
        default=1095,
        ge=180,
        le=3650,
        description="Days for which the audit trail keeps reasons and details. Who did what, and "
        "when, stays, and so does the proof that nothing was changed.",
    )
    legal_hold: bool = Field(
        default=False,
        description="true: whatever would be deleted after its days is kept, and no number is "
        "erased. Codes and lists nobody confirmed go as always.",
    )


class Channels(Section):
    """Places of the bot's own posts."""

    approvals: Channel | None = Field(
        default=None,
        description="Channel of the cards that wait for an approval. "
        "Left out: the one in which it was asked for.",
    )
    reviews: Channel | None = Field(
        default=None,
        description="Channel that hears how Tencent's reviews end, which take too long, and what "
        "was changed in the console. Left out: alerts of reviews go where other alerts do.",
    )
    alerts: Channel | None = Field(
        default=None,
        description="Channel of alerts whose receiver names none. "
        "Left out: the app's first channel.",
    )
    replies: Channel | None = Field(
        default=None,
        description="Channel that hears of what people answered, one thread a number. Nothing "
        "written there goes to anybody. Left out: it is told nowhere.",
    )
    audit: Channel | None = Field(
        default=None,
        description="Channel that hears, once an hour where anything happened, what stands for the "
        "whole audit trail. Left out: only the log says it.",
    )
    fallback: Channel | None = Field(
        default=None,
        description="Channel that gets what another one cannot take, archived or closed to the "
        "bot, with a note of where it was meant for. Left out: the owners get it, each alone.",
    )


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
