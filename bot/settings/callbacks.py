"""What app.yaml may ask of whoever posts callbacks, beside the secret in the address."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from bot.rules.callers import Certificate, Entry, Network
from bot.settings.listening import Listener
from bot.settings.section import Section


def _network(written: str) -> str:
    try:
        ip_network(written)
    except ValueError as error:
        raise PydanticCustomError("no_network", "an address or a network") from error
    return written


NetworkText = Annotated[
    str, Field(pattern=r"^[0-9A-Fa-f.:]{2,45}(/[0-9]{1,3})?$"), AfterValidator(_network)
]


class Callbacks(Section):
    """What is asked of whoever posts callbacks; the secret in the address always is."""

    listen: Listener | None = Field(
        default=None,
        description="An address for callbacks alone: nothing else is answered there, and no "
        "callback anywhere else. Left out: that of server.",
    )
    allow_from: tuple[NetworkText, ...] = Field(
        default=(),
        description="Addresses and networks (CIDR) that may post; Tencent tells its own. "
        "Left out: any.",
    )
    proxies: tuple[NetworkText, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Reverse proxies before the bot: what they say in X-Forwarded-For and of a "
        "certificate counts. Nobody else's word does.",
    )
    basic_auth: bool = Field(
        default=False,
        description="true: SMSOPS_CALLBACK_AUTH is asked for (HTTP Basic). Whether Tencent's "
        "console takes an address with a password is not documented.",
    )
    certificate_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][0-9A-Za-z-]{0,63}$",
        description="Header in which the proxy says that it has verified the caller's certificate "
        "(mutual TLS). The proxy must overwrite what callers send in it. Left out: none is asked "
        "for.",
    )
    certificate_value: str = Field(
        default="SUCCESS",
        pattern=r"^[!-~]{1,200}$",
        description="What the proxy writes there where it is good; nginx writes SUCCESS.",
    )
    posts_per_s: int = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description="POSTs a second that are taken; further ones are answered 503, and Tencent "
        "pushes them again.",
    )

    pull: bool = Field(
        default=False,
        description="true: receipts are taken from Tencent's queue too (PullSmsSendStatus), which "
        "hands out each once. Only where its support has opened the queue, and nothing else reads "
        "it.",
    )

    def entry(self, passwords: tuple[str, ...]) -> Entry:
        """What is asked for, as rules know it."""
        header = self.certificate_header
        return Entry(
            allow_from=_networks(self.allow_from),
            proxies=_networks(self.proxies),
            certificate=Certificate(header, self.certificate_value) if header else None,
            passwords=passwords if self.basic_auth else (),
        )


def _networks(written: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(each) for each in written)
