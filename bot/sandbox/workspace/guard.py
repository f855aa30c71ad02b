"""Who may use the page's API: this machine's browser, on the page this workspace served."""

from urllib.parse import urlsplit

from aiohttp import web

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PAGE_HEADER = "X-Workspace-Page"


def is_own_page(request: web.Request) -> bool:
    """Whether a request can come from our page only.

    The Host check stops a foreign name that was pointed at this machine (DNS rebinding), the
    Origin check other sites' scripts, the header other sites' forms.
    """
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    if _name(f"http://{host}") not in LOOPBACK or origin not in (None, f"http://{host}"):
        return False
    return request.method in ("GET", "HEAD") or request.headers.get(PAGE_HEADER) == "1"


def origins_of(url: str) -> frozenset[str]:
    """The origins of the page at `url`: a browser comes by either name of this machine."""
    names = {url.replace("//127.0.0.1:", f"//{name}:") for name in ("127.0.0.1", "localhost")}
    return frozenset(names)


def bearer(request: web.Request) -> str:
    """The token of the Authorization header, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def content_security_policy(sandbox_url: str | None) -> str:
    """Own files only; the page also talks to the SMS sandbox beside it. Nobody may frame it, send a
    form of it away or give its addresses another base: no other directive stands in for these."""
    connect = f"'self' {sandbox_url}" if sandbox_url else "'self'"
    return (
        f"default-src 'self'; connect-src {connect}; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
