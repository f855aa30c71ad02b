"""`smsops restore`: a backup in the place of the database; what was there is kept beside it."""

import json
import os
import sqlite3
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.backup import described
from bot.cli.places import database_of
from bot.cli.progress import Bar
from bot.cli.terminal import complain, say
from bot.errors import DatabaseUnusable
from bot.locales import text
from storage.copies import put_back
from storage.db import take_lock


def run(args: Namespace) -> int:
    """Puts the backup in place and returns 0; 1 and the cause where it cannot be. Raises
    DatabaseInUse while the bot runs."""
    database, file = database_of(args), Path(args.file)
    if database is None:
        return 1
    lock = take_lock(database)
    try:
        bar = Bar(text(args.locale, "cli.progress.copying"))
        copied, kept = put_back(file, database, datetime.now(UTC), bar.show)
    except DatabaseUnusable as fault:
        complain(text(args.locale, "cli.backup.damaged", file=file, why=fault.why))
        return 1
    except (OSError, sqlite3.Error) as error:
        complain(text(args.locale, "cli.backup.damaged", file=file, why=error))
        return 1
    finally:
        os.close(lock)
    kept_file = kept if kept.exists() else None
    if args.json:
        say(json.dumps({**described(copied), "kept": kept_file and str(kept_file), "held": True}))
        return 0
    time = f"{copied.at:%Y-%m-%d %H:%M:%S} UTC"
    say(text(args.locale, "cli.restore.done", database=database, time=time))
    if kept_file is not None:
        say(text(args.locale, "cli.restore.kept", kept=kept_file))
    return 0
