"""`smsops limits`: what makes app.yaml say the limits that hold, as a diff. The bot may run."""

import json
import sqlite3
from argparse import Namespace
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.terminal import complain, say, write
from bot.locales import text
from bot.rules.policies import Policy
from bot.settings import App, Faults, load_written
from bot.settings.exporting import diff, with_limits
from handlers.flows.limit_exports import held, temporary
from storage.db import Tx, connect
from storage.vault import KEY_BYTES, Vault

#: It opens nothing: a policy is not sealed, so nobody needs the data key to export one.
NO_KEY = Vault(bytes(KEY_BYTES))


def run(args: Namespace) -> int:
    """Prints the diff, or nothing where there is no difference, and returns 0; 1 and the cause
    where it cannot be made. For programs it is an object that holds the diff."""
    path = Path(args.config)
    read = load_written(path)
    if isinstance(read, Faults):
        complain(listed(read, args.config, args.locale))
        return 1
    settings, written = read
    apps = [app for app in settings.apps if args.app in {None, app.name}]
    if not apps:
        names = ", ".join(app.name for app in settings.apps)
        complain(text(args.locale, "cli.limits.no_app", app=args.app, known=names))
        return 1
    known = _held(settings.database, apps)
    if known is None:
        complain(text(args.locale, "cli.limits.no_store", database=settings.database))
        return 1
    policies, ending = known
    found = diff(written, with_limits(written, policies), path.name)
    if args.json:
        say(json.dumps({"diff": found, "temporary": ending}, ensure_ascii=False))
        return 0
    if not found:
        complain(text(args.locale, "cli.limits.same"))
    if ending:
        complain(text(args.locale, "cli.limits.temporary", requests=", ".join(ending)))
    write(found)
    return 0


def _held(database: Path, apps: list[App]) -> tuple[dict[str, Policy], list[str]] | None:
    """What holds for good, by app, and the requests whose changes end by themselves; None where no
    bot of this version ever ran."""
    if not database.is_file():
        return None
    with closing(connect(database, read_only=True)) as conn:
        try:
            tx, now = Tx(conn, NO_KEY), datetime.now(UTC)
            return held(tx, apps, now), [each for app in apps for each in temporary(tx, app, now)]
        except sqlite3.OperationalError:
            return None
