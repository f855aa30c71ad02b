"""`smsops keys rotate`: seals everything in the database with a new data key, while no bot runs."""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.progress import Bar
from bot.cli.terminal import complain, say
from bot.locales import text
from bot.settings import Faults, load
from storage.db import connect, take_lock
from storage.migrations import bring_up_to_date
from storage.rotation import rotate
from storage.vault import Vault


def run(args: Namespace) -> int:
    """Does it, or goes on with it, and returns 0, also where there is nothing to do; 1 where there
    is no second key or no database. Raises DatabaseInUse while the bot runs, WrongDataKey where the
    file is sealed with neither key."""
    given: Mapping[str, object] = {} if args.data_dir is None else {"data_dir": args.data_dir}
    settings = load(Path(args.config), os.environ, given)
    if isinstance(settings, Faults):
        complain(listed(settings, args.config, args.locale))
        return 1
    path, secrets = settings.database, settings.secrets
    if not path.is_file():
        complain(text(args.locale, "cli.backup.no_database", database=path))
        return 1
    if secrets.old_data_key is None:
        complain(text(args.locale, "cli.keys.one_key"))
        return 1
    old, new = (Vault(key.get_secret_value()) for key in (secrets.old_data_key, secrets.data_key))
    lock = take_lock(path)
    try:
        bring_up_to_date(path)
        with closing(connect(path)) as conn, Bar(text(args.locale, "cli.progress.sealing")) as bar:
            done = rotate(conn, old, new, datetime.now(UTC), bar.show)
    finally:
        os.close(lock)
    if args.json:
        rows, cells, damaged = (done.rows, done.cells, done.damaged) if done else (0, 0, 0)
        counts = {"rows": rows, "cells": cells, "damaged": damaged}
        say(json.dumps({"rotated": done is not None, **counts}))
    elif done is None:
        say(text(args.locale, "cli.keys.done_before", database=path))
    else:
        said = "cli.keys.resumed" if done.is_resumed else "cli.keys.done"
        say(text(args.locale, said, database=path, rows=f"{done.rows:,}", cells=f"{done.cells:,}"))
        if done.damaged:
            say(text(args.locale, "cli.keys.damaged", count=f"{done.damaged:,}"))
    return 0
