"""What app.yaml may say of the bot's own health: who may see it, and who hears that it is alive."""

from ipaddress import ip_network

from pydantic import Field

from bot.rules.callers import Entry
from bot.settings.callbacks import NetworkText
from bot.settings.section import Section
from bot.settings.shapes import Url


class Metrics(Section):
    """Who may read /metrics, where Prometheus finds its figures."""

    allow_from: tuple[NetworkText, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses and networks (CIDR) that may read /metrics; to all others there is "
        "no such page. What callbacks.proxies say in X-Forwarded-For counts. []: nobody.",
    )

    def entry(self, proxies: tuple[NetworkText, ...]) -> Entry | None:
        """What is asked of whoever reads; None where nobody may."""
        if not self.allow_from:
            return None
        return Entry(
            allow_from=tuple(ip_network(each) for each in self.allow_from),
            proxies=tuple(ip_network(each) for each in proxies),
        )


class Heartbeat(Section):
    """The dead man's switch: an address that is asked for while all is well. What watches it calls
    somebody when that stops."""

    url: Url | None = Field(
        default=None,
        description="Address that is asked for (GET) while the bot is well; what answers is not "
        "read, and no redirect followed. Left out: none.",
    )
    every_s: int = Field(
        default=60, ge=10, le=3600, description="Seconds from one heartbeat to the next."
    )


class Health(Section):
    """How much of what may go wrong with the bot itself is borne in silence."""

    disk_free_mb: int = Field(
        default=500,
        ge=10,
        le=1_000_000,
        description="Free megabytes on the disk of data_dir below which an alert is raised; below "
        "a fifth of it, a critical one.",
    )
    clock_off_s: int = Field(
        default=30,
        ge=5,
        le=300,
        description="Seconds this machine's clock may differ from those of Tencent and Slack. Both "
        "refuse requests that are 300 off.",
    )
    posts_late_s: int = Field(
        default=300,
        ge=30,
        le=86_400,
        description="Seconds a post to Slack may wait for its turn before that is an alert.",
    )
