"""Who may post callbacks: an address, a password, a certificate that a proxy has looked at.

Tencent signs none of its callbacks. Its addresses can be asked for
(cloud.tencent.com/document/product/382/59178, 2026-01-05); for voice they are not fixed, and mutual
TLS is what its FAQ suggests (docs snapshot 2021-07-20).
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
#: Proxies one behind the other; what claims more is made up.
MOST_HOPS = 16


class Stranger(StrEnum):
    """Why somebody may not post."""

    ADDRESS = "address"
    CERTIFICATE = "certificate"
    PASSWORD = "password"  # noqa: S105 - a reason's name


@dataclass(frozen=True, slots=True)
class Certificate:
    """The header in which a proxy says what it thinks of a caller's certificate, and its yes."""

    header: str
    good: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is asked of whoever posts; nothing, where nothing is set."""

    allow_from: tuple[Network, ...] = ()
    """From which addresses; empty: any."""
    proxies: tuple[Network, ...] = ()
    """Whose word about a caller counts."""
    certificate: Certificate | None = None
    passwords: tuple[str, ...] = ()
    """``name:password``; each of them will do, so that one can be exchanged for another."""

    @property
    def is_open(self) -> bool:
        """Whether the secret in the address is all that is asked for."""
        return not (self.allow_from or self.certificate or self.passwords)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who posts, as the connection and the headers have it."""

    peer: str
    forwarded: str
    """X-Forwarded-For: the addresses proxies saw, the nearest last."""
    authorization: str
    certificate: str
    """What stands in the header named by `Entry.certificate`."""


def stranger(entry: Entry, caller: Caller) -> Stranger | None:
    """Why `caller` may not post; None where they may."""
    if entry.allow_from:
        address = address_of(caller, entry.proxies)
        if address is None or not _is_in(address, entry.allow_from):
            return Stranger.ADDRESS
    if entry.certificate is not None and not _is_certified(entry, entry.certificate, caller):
        return Stranger.CERTIFICATE
    if entry.passwords and not _knows_password(entry.passwords, caller.authorization):
        return Stranger.PASSWORD
    return None


def address_of(caller: Caller, proxies: Sequence[Network]) -> Address | None:
    """Whose connection it is, or for which the proxies in between say it is; None: unknown."""
    address = _read(caller.peer)
    hops = caller.forwarded.split(",") if caller.forwarded else []
    # From the near end: what stands further off anybody could have written.
    for hop in reversed(hops[-MOST_HOPS:]):
        if address is None or not _is_in(address, proxies):
            break
        address = _read(hop)
    return address


def _read(written: str) -> Address | None:
    host = written.strip().removeprefix("[").partition("]")[0]
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _is_certified(entry: Entry, certificate: Certificate, caller: Caller) -> bool:
    """A header proves nothing but where a proxy writes it."""
    peer = _read(caller.peer)
    return (
        peer is not None
        and _is_in(peer, entry.proxies)
        and hmac.compare_digest(_raw(caller.certificate), _raw(certificate.good))
    )


def _raw(header: str) -> bytes:
    try:
        return header.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        # Half a surrogate pair stands for no byte: no connection brings one, and it is nobody's.
        return header.encode(errors="surrogatepass")


def _knows_password(passwords: Sequence[str], authorization: str) -> bool:
    """RFC 7617."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        told = base64.b64decode(_raw(token.strip()), validate=True)
    except binascii.Error:
        return False
    # A list: every password is compared, so that the time tells nothing.
    known = [hmac.compare_digest(told, _raw(each)) for each in passwords]
    return any(known)
