"""Everything the sandbox remembers, and the JSON file it keeps it in."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.tencent.account import (
    AccountState,
    account_from_json,
    account_to_json,
    seed_account,
)
from bot.sandbox.tencent.apps import (
    MAX_APPS,
    Application,
    app_from_json,
    app_to_json,
    seed_application,
)
from bot.sandbox.tencent.config import Credentials, SandboxConfig
from bot.sandbox.tencent.contacts import AlertKind
from bot.sandbox.tencent.content import Signature, Template, seed_signatures, seed_templates
from bot.sandbox.tencent.ledger import Attempt, Ledger
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.packages import DAY_MS, Package, seed_package
from bot.sandbox.tencent.pending import Pending, PendingReport
from bot.sandbox.tencent.records import RecordError, decode_all, encode, is_unicode
from bot.sandbox.tencent.state_v1 import VERSION_1, from_version_1
from bot.sandbox.tencent.tally import Hour, Tally
from bot.sandbox.tencent.voice_state import (
    VoiceState,
    seed_voice_state,
    voice_from_json,
    voice_to_json,
)

VERSION = 2


@dataclass(slots=True)
class State:
    """Applications (the first one is the seeded one), content, packages, messages and reports
    still to come; changed in place, by one loop."""

    apps: dict[str, Application] = field(default_factory=dict)
    templates: dict[int, Template] = field(default_factory=dict)
    signatures: dict[int, Signature] = field(default_factory=dict)
    packages: list[Package] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    pending: Pending = field(default_factory=Pending)
    voice: VoiceState = field(default_factory=VoiceState)
    account: AccountState = field(default_factory=AccountState)

    def adopt(self, other: "State") -> None:
        """Become `other`, for everybody who holds this one."""
        self.apps = other.apps
        self.templates = other.templates
        self.signatures = other.signatures
        self.packages = other.packages
        self.ledger = other.ledger
        self.pending = other.pending
        self.voice = other.voice
        self.account = other.account

    def alert(self, now_ms: int, kind: AlertKind, subject: str) -> None:
        """Tell the contacts of every application of something that is the account's."""
        for app in self.apps.values():
            app.alert(now_ms, kind, subject)


def seed_state(config: SandboxConfig, now_ms: int) -> State:
    """The state of a sandbox nobody has used yet."""
    created_at_ms = now_ms - 30 * DAY_MS
    signatures = seed_signatures(config.credentials, created_at_ms)
    app = seed_application(config)
    return State(
        apps={app.sdk_app_id: app},
        templates={each.template_id: each for each in seed_templates(created_at_ms)},
        signatures={each.signature_id: each for each in signatures},
        packages=[seed_package(config.package_segments, now_ms)],
        voice=seed_voice_state(config.voice, created_at_ms),
        account=seed_account(config),
    )


def state_to_json(state: State) -> dict[str, Any]:
    """The state as one JSON object."""
    found = snapshot(state)
    rows = {name: [encode(each) for each in found[name]] for name in ("attempts", "pending")}
    return {**found, **rows}


def snapshot(state: State) -> dict[str, Any]:
    """The state as of now, safe to write down elsewhere while this one changes: what there are
    many of stands in it as frozen records, for `encode` to do its work when it is wanted."""
    return {
        "version": VERSION,
        "apps": [app_to_json(each) for each in state.apps.values()],
        "templates": [encode(each) for each in state.templates.values()],
        "signatures": [encode(each) for each in state.signatures.values()],
        "packages": [encode(each) for each in state.packages],
        "attempts": list(state.ledger),
        "hours": [encode(each) for each in state.ledger.tally],
        "pending": list(state.pending),
        "voice": voice_to_json(state.voice),
        "account": account_to_json(state.account),
    }


def state_from_json(value: object, credentials: Credentials) -> State:
    """The state in a JSON object made by `state_to_json`, of this version or the one before it.

    Raises RecordError, also if it is not the state of the account with these `credentials`.
    """
    if isinstance(value, dict) and value.get("version") == VERSION_1:
        value = from_version_1(value, credentials)
    if not isinstance(value, dict) or value.get("version") != VERSION:
        raise RecordError("version: unknown")
    voice = voice_from_json(value.get("voice"))
    if not all(_is_mainland(call.number) for call in voice.calls):
        raise RecordError("voice.calls: not a mainland number")
    account = account_from_json(value.get("account"))
    if account.reply_url is not None and not is_http_url(account.reply_url):
        raise RecordError("account.reply_url: not an http or https address")
    if not all(read_number(each.number) for each in account.replies):
        raise RecordError("account.replies: not a phone number")
    attempts = decode_all(Attempt, value.get("attempts"))
    if not all(read_number(each.number) for each in attempts):
        raise RecordError("attempts: not a phone number")
    return State(
        apps=_apps_from_json(value.get("apps"), credentials),
        templates={each.template_id: each for each in decode_all(Template, value.get("templates"))},
        signatures={
            each.signature_id: each for each in decode_all(Signature, value.get("signatures"))
        },
        packages=decode_all(Package, value.get("packages")),
        ledger=Ledger(attempts, _tally_from_json(value.get("hours"))),
        pending=Pending(decode_all(PendingReport, value.get("pending"))),
        voice=voice,
        account=account,
    )


def _tally_from_json(rows: object) -> Tally | None:
    """The counts; a state from before there were any is counted anew."""
    return None if rows is None else Tally(decode_all(Hour, rows))


def _apps_from_json(rows: object, credentials: Credentials) -> dict[str, Application]:
    if not isinstance(rows, list) or len(rows) > MAX_APPS:
        raise RecordError(f"apps: an array of at most {MAX_APPS}")
    apps = {app.sdk_app_id: app for app in map(app_from_json, rows)}
    if len(apps) < len(rows):
        raise RecordError("apps: an id appears twice")
    if next(iter(apps), None) != credentials.sdk_app_id:
        raise RecordError(f"apps: the first one is not {credentials.sdk_app_id}")
    for app in apps.values():
        if not all(url is None or is_http_url(url) for url in (app.status_url, app.voice_url)):
            raise RecordError("apps: status_url or voice_url is not an http or https address")
    # What the sandbox tells its clients holds, whatever key it had when the state was saved.
    apps[credentials.sdk_app_id].app_key = credentials.app_key
    return apps


def _is_mainland(number: str) -> bool:
    read = read_number(number)
    return read is not None and read.is_mainland


def is_http_url(url: object) -> bool:
    """Whether `url` is an address that can be posted to."""
    try:
        parts = urlsplit(url) if isinstance(url, str) and is_unicode(url) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def load_state(path: Path, credentials: Credentials) -> State:
    """The state in a file. Raises OSError and RecordError."""
    try:
        return state_from_json(json.loads(path.read_text(encoding="utf-8")), credentials)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path}: {error}") from error
