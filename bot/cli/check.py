"""`smsops check`: everything that is wrong with app.yaml and the environment, at once."""

import json
import os
from argparse import Namespace
from pathlib import Path

from bot.cli.faults import described, listed
from bot.cli.terminal import say
from bot.locales import Locale, text
from bot.settings import REPLIES, AppYaml, Faults, SlackMode, load, load_file


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
    is_socket = settings.slack.mode is SlackMode.SOCKET
    rows = {
        "apps": ", ".join(f"{app.name} ({app.sdk_app_id})" for app in apps),
        "slack": "socket" if is_socket else f"{base_url}/slack/events",
        "callbacks": ", ".join(f"{base_url}/callbacks/<secret>/{app.name}" for app in apps),
        "replies": f"{base_url}/callbacks/<secret>/{REPLIES}",
        "tencent": f"{settings.tencent.endpoint} ({settings.tencent.provider.value})",
        "database": str(settings.database),
    }
    lines = ["  " + text(locale, f"cli.check.{name}", value=value) for name, value in rows.items()]
    return "\n".join([text(locale, "cli.check.good", config=config), *lines])
