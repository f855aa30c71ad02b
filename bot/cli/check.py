"""`smsops check`: everything that is wrong with app.yaml and the environment, at once."""

import json
import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bot.cli.faults import described, listed
from bot.cli.terminal import say
from bot.locales import Locale, enumerated, text
from bot.rules.roles import ACCOUNT
from bot.settings import REPLIES, AppYaml, Faults, Role, SlackMode, load, load_file


def run(args: Namespace) -> int:
    """Prints the faults and returns 1, or what the settings amount to and returns 0."""
    path = Path(args.config)
    read = load_file(path) if args.file_only else load(path, os.environ)
    if args.json:
        say(json.dumps(_report(read, args.locale), ensure_ascii=False))
    elif isinstance(read, Faults):
        say(listed(read, args.config, args.locale))
    else:
        say(_summary(read, args.config, args.locale))
    return 1 if isinstance(read, Faults) else 0


def _report(read: AppYaml | Faults, locale: Locale) -> dict[str, object]:
    faults = read.faults if isinstance(read, Faults) else ()
    return {"ok": not faults, "faults": [described(fault, locale) for fault in faults]}


def _summary(settings: AppYaml, config: str, locale: Locale) -> str:
    base_url, apps = settings.server.base_url, settings.apps
    callbacks_url = settings.callbacks_at.base_url
    is_socket = settings.slack.mode is SlackMode.SOCKET
    rows = {
        "apps": ", ".join(f"{app.name} ({app.sdk_app_id})" for app in apps),
        "slack": "socket" if is_socket else f"{base_url}/slack/events",
        "callbacks": ", ".join(f"{callbacks_url}/callbacks/<secret>/{app.name}" for app in apps),
        "replies": f"{callbacks_url}/callbacks/<secret>/{REPLIES}",
        "tencent": f"{settings.tencent.endpoint} ({settings.tencent.provider.value})",
        "database": str(settings.database),
    }
    lines = ["  " + text(locale, f"cli.check.{name}", value=value) for name, value in rows.items()]
    good = text(locale, "cli.check.good", config=config)
    return "\n".join([good, *lines, *("  " + line for line in _roles(settings, locale))])


def _roles(settings: AppYaml, locale: Locale) -> Iterator[str]:
    """Who holds what, for the account and for each app that says otherwise."""
    apps = (ACCOUNT, *(app.name for app in settings.apps))
    if not any(settings.grants.entries(role, app) for role in Role for app in apps):
        yield text(locale, "cli.check.no_role")
        return
    for role in Role:
        holders = enumerated(locale, settings.grants.entries(role))
        holders = holders or text(locale, "requests.nobody")
        yield text(locale, "cli.check.role", role=role.value, holders=holders)
    for app in settings.apps:
        for role in app.roles.holders():
            own = enumerated(locale, settings.grants.entries(role, app.name))
            own = own or text(locale, "requests.nobody")
            yield text(locale, "cli.check.app_role", role=role.value, app=app.name, holders=own)
