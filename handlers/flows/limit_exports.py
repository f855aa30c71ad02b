"""The limits that hold for good, as what would have to be changed in app.yaml."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from bot.rules.policies import Policy
from bot.settings import App, Faults, load_written
from bot.settings.exporting import CONTEXT, diff, with_limits
from handlers.flows import limits
from storage import limits as stored
from storage.db import Tx


def held(tx: Tx, apps: Iterable[App], now: datetime) -> dict[str, Policy]:
    """What holds for good, by app; those the bot never saw are left out."""
    found = {
        app.name: limits.known_policy_of(tx, app.name, now, permanent_only=True) for app in apps
    }
    return {name: policy for name, policy in found.items() if policy is not None}


def temporary(tx: Tx, app: App, now: datetime) -> list[str]:
    """The requests whose changes hold now and end by themselves."""
    changes = stored.open_changes(tx, app.name)
    return [each.request_id for each in changes if each.ends_at is not None and each.holds_at(now)]


def diff_of(path: Path, policies: Mapping[str, Policy], *, is_bare: bool) -> str | None:
    """What makes the file at `path`, as it is by now, say `policies`: "" where it does. None where
    it cannot be read, or has no such app. `is_bare`: without the lines around it, which may be
    about other apps. Reads a file: not for the event loop."""
    read = load_written(path)
    if isinstance(read, Faults):
        return None
    settings, written = read
    if not policies.keys() <= {app.name for app in settings.apps}:
        return None
    return diff(written, with_limits(written, policies), path.name, 0 if is_bare else CONTEXT)
