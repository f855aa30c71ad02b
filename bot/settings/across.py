"""Faults no single key can have: what must be unique, what must name something that is there.

These look at the file as it was read, not at the finished settings, so that they are found
together with every other fault.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from urllib.parse import urlsplit

from bot.rules.numbers import COUNTRIES
from bot.settings.alert_faults import alert_faults
from bot.settings.approval_faults import approval_faults
from bot.settings.approvals import ApprovalReactions
from bot.settings.document import Document, Value
from bot.settings.faults import Fault, Problem, fault_at
from bot.settings.listening import Listener
from bot.settings.masking import known_secrets, shown
from bot.settings.oncall_faults import oncall_faults
from bot.settings.places import Mark, Place, dotted
from bot.settings.shapes import Provider
from bot.settings.wires import Server

# The hosts of one API answer requests of the other with a page of errors.
_HOSTS = {Provider.V3.value: "tencentcloudapi.com", Provider.V5.value: "tim.qq.com"}
# What people call countries that have another code.
_OTHER_CODES = {"UK": "GB", "USA": "US", "UAE": "AE"}
_CODE = re.compile(r"[A-Z]{2}")
# What a name of this machine means, and every address of it, of either kind.
_LOOPBACK, _EVERYWHERE = "127.0.0.1", frozenset({"0.0.0.0", "::"})  # noqa: S104 - looked for
_UNIQUE = ("name", "sdk_app_id")


def faults_across(document: Document) -> Iterator[Fault]:
    """Every fault that takes more than one key to see."""
    yield from _taken(document)
    yield from _default_app(document)
    yield from _port(document)
    yield from _deadline(document)
    yield from _other_api(document)
    yield from _two_words(document)
    yield from _never_open(document)
    yield from _countries(document)
    yield from _summaries(document)
    yield from approval_faults(document)
    yield from alert_faults(document)
    yield from oncall_faults(document)


def leaked_secrets(document: Document) -> Iterator[Fault]:
    """Secrets in the file, comments included: whoever can read the file has them."""
    on_line = {mark.line: place for place, mark in document.marks.items()}
    for number, line in enumerate(document.text.splitlines(), start=1):
        for column in known_secrets(line):
            mark = Mark(number, column + 1)
            fault = fault_at(on_line.get(number, ()), mark, Problem.SECRET_IN_FILE)
            yield replace(fault, accepts=None)


def _apps(document: Document) -> list[tuple[Place, dict[str, Value]]]:
    apps = document.data.get("apps")
    listed = apps if isinstance(apps, list) else []
    return [(("apps", at), app) for at, app in enumerate(listed) if isinstance(app, dict)]


def _taken(document: Document) -> Iterator[Fault]:
    """Names, ids and channels that two apps claim."""
    first: dict[tuple[str, str], Place] = {}
    for place, app in _apps(document):
        for kind, where, value in _claims(place, app):
            other = first.setdefault((kind, value), where)
            if other != where:
                values = {"other": dotted(other)}
                yield fault_at(where, document.mark(where), Problem.TAKEN, shown(value), **values)


def _claims(place: Place, app: dict[str, Value]) -> Iterator[tuple[str, Place, str]]:
    for key in _UNIQUE:
        if isinstance(value := app.get(key), str | int):
            yield key, (*place, key), str(value)
    channels = app.get("channels")
    for at, channel in enumerate(channels if isinstance(channels, list) else []):
        if isinstance(channel, str):
            yield "channel", (*place, "channels", at), channel.removeprefix("#")


def _default_app(document: Document) -> Iterator[Fault]:
    apps, place = _apps(document), ("default_app",)
    names = [app.get("name") for _, app in apps]
    default = document.data.get("default_app")
    if default is None:
        if len(apps) > 1:
            yield fault_at(
                place, document.mark(place) or document.mark(("apps",)), Problem.DEFAULT_NEEDED
            )
    elif isinstance(default, str) and default not in names:
        yield fault_at(place, document.mark(place), Problem.NO_SUCH_APP, shown(default))


def _port(document: Document) -> Iterator[Fault]:
    """Callbacks that would be listened for where all else is."""
    listen = document.at(("callbacks", "listen"))
    if not isinstance(listen, dict):
        return
    host, port = _listens(listen, Listener())
    other_host, other_port = _listens(_section(document, "server"), Server())
    # With 0 the system chooses, each time another one.
    if type(port) is int and port == other_port != 0 and _meet(host, other_host):
        where = ("callbacks", "listen", "port")
        yield fault_at(where, document.mark(where), Problem.TAKEN, shown(port), other="server.port")


def _listens(section: dict[str, Value], left_out: Listener) -> tuple[str, Value]:
    host = str(section.get("host", left_out.host))
    return _LOOPBACK if host == "localhost" else host, section.get("port", left_out.port)


def _meet(one: str, other: str) -> bool:
    """Whether both are one address of this machine, or one of them is every address of its kind."""
    is_one_kind = (":" in one) == (":" in other)
    return one == other or (is_one_kind and not _EVERYWHERE.isdisjoint({one, other}))


def _deadline(document: Document) -> Iterator[Fault]:
    tencent = document.data.get("tencent")
    if not isinstance(tencent, dict):
        return
    deadline, connect = tencent.get("deadline_s", 15.0), tencent.get("connect_timeout_s", 3.0)
    if (
        isinstance(deadline, int | float)
        and isinstance(connect, int | float)
        and deadline <= connect
    ):
        place = ("tencent", "deadline_s")
        yield fault_at(place, document.mark(place), Problem.DEADLINE_TOO_SHORT, shown(deadline))


def _other_api(document: Document) -> Iterator[Fault]:
    """The address of the API that is not spoken, left behind when the provider was changed."""
    tencent = document.data.get("tencent")
    if not isinstance(tencent, dict):
        return
    provider, endpoint = tencent.get("provider", Provider.V3.value), tencent.get("endpoint")
    if not isinstance(endpoint, str) or provider not in list(_HOSTS):
        return
    others = [host for api, host in _HOSTS.items() if api != provider]
    if _host(endpoint).endswith(tuple(others)):
        place = ("tencent", "endpoint")
        mark = document.mark(place)
        yield fault_at(place, mark, Problem.OTHER_API, shown(endpoint), provider=provider)


def _two_words(document: Document) -> Iterator[Fault]:
    """Emoji that would approve and reject."""
    approve, reject = _emoji(document, "approve"), _emoji(document, "reject")
    for at, emoji in enumerate(reject):
        if emoji in approve:
            place = ("approvals", "reactions", "reject", at)
            values = {"other": "approvals.reactions.approve"}
            yield fault_at(place, document.mark(place), Problem.TAKEN, shown(emoji), **values)


def _never_open(document: Document) -> Iterator[Fault]:
    """Hours that end before they begin."""
    sending = _section(document, "sending")
    opens, closes = sending.get("marketing_from", "08:00"), sending.get("marketing_to", "22:00")
    if isinstance(opens, str) and isinstance(closes, str) and opens >= closes:
        place = ("sending", "marketing_to" if "marketing_to" in sending else "marketing_from")
        yield fault_at(place, document.mark(place), Problem.NEVER_OPEN, shown(sending[place[-1]]))


def _section(document: Document, *keys: str) -> dict[str, Value]:
    """What stands under these keys; nothing where that is no mapping."""
    found: Value = document.data
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _countries(document: Document) -> Iterator[Fault]:
    """Codes of countries there are none with; what was meant is mostly near."""
    for place, app in _apps(document):
        codes = app.get("international")
        for at, code in enumerate(codes if isinstance(codes, list) else []):
            if isinstance(code, str) and code not in COUNTRIES:
                yield _no_country(document, (*place, "international", at), code)
        limits = app.get("limits")
        totals = limits.get("totals") if isinstance(limits, dict) else None
        for code in totals if isinstance(totals, dict) else ():
            if _CODE.fullmatch(code) and (code == "CN" or code not in COUNTRIES):
                yield _no_country(document, (*place, "limits", "totals", code), code)


def _no_country(document: Document, where: Place, code: str) -> Fault:
    # The mainland is a side of its own, whose total has its own name.
    near = "mainland" if code == "CN" else _OTHER_CODES.get(code.upper()) or _near_country(code)
    problem = Problem.MISSPELT_COUNTRY if near else Problem.NO_SUCH_COUNTRY
    return fault_at(where, document.mark(where), problem, shown(code), near=near)


def _near_country(code: str) -> str:
    near = get_close_matches(code.upper()[:3], sorted(COUNTRIES), n=1, cutoff=0.7)
    return near[0] if near else ""


def _summaries(document: Document) -> Iterator[Fault]:
    """Summaries that say the same in the same place, that are about no app, and that never come."""
    first: dict[tuple[str, str], Place] = {}
    names = [app.get("name") for _, app in _apps(document)]
    listed = document.data.get("summaries")
    for at, each in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(each, dict) or not isinstance(each.get("channel"), str):
            continue
        place: Place = ("summaries", at)
        app, channel = each.get("app", ""), str(each["channel"])
        if isinstance(app, str) and app and app not in names:
            where = (*place, "app")
            yield fault_at(where, document.mark(where), Problem.NO_SUCH_APP, shown(app))
        other = first.setdefault((channel.removeprefix("#"), str(app)), place)
        if other != place:
            where, values = (*place, "channel"), {"other": dotted(other)}
            yield fault_at(where, document.mark(where), Problem.TAKEN, shown(channel), **values)
        if not any(each.get(key) for key in ("daily", "weekly", "hourly")):
            yield fault_at(place, document.mark(place), Problem.NEVER_TOLD)


def _emoji(document: Document, word: str) -> list[Value]:
    """The emoji for a word; the ones it has where nothing is said."""
    found: Value = document.data
    for key in ("approvals", "reactions", word):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, list) else [*getattr(ApprovalReactions(), word)]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
