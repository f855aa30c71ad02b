"""What app.yaml may say of the ways in and out: where the bot listens, Slack, and Tencent."""

from pydantic import Field

from bot.settings.listening import Listener
from bot.settings.section import Section
from bot.settings.shapes import ApiUrl, Provider, SlackMode, Url, own_endpoint


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
