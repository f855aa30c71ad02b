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
from storage.db import PRIMARY_CODE, take_lock

#: What SQLite says of the file it writes alone.
OF_TARGET = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY})


def run(args: Namespace) -> int:
    """Puts the backup in place and returns 0; 1 and the cause where it cannot be. Raises
    DatabaseInUse while the bot runs."""
    database, file = database_of(args), Path(args.file)
    if database is None:
        return 1
    if not file.is_file():
        complain(text(args.locale, "cli.restore.no_backup", file=file))
        return 1
    lock = take_lock(database)
    try:
        with Bar(text(args.locale, "cli.progress.copying")) as bar:
            copied, kept = put_back(file, database, datetime.now(UTC), bar.show)
    except DatabaseUnusable as fault:
        complain(text(args.locale, "cli.backup.damaged", file=file, why=fault.why))
        return 1
    except (OSError, sqlite3.Error) as error:
        key, of_what = _blamed(error, file, database)
        complain(text(args.locale, key, file=of_what, why=error))
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


def _blamed(error: OSError | sqlite3.Error, file: Path, database: Path) -> tuple[str, Path]:
    """Which of the two stood in the way: a full disk says nothing of the backup."""
    if isinstance(error, OSError):
        is_target = error.filename != str(file)
    else:
        is_target = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE in OF_TARGET
    return ("cli.restore.failed", database) if is_target else ("cli.backup.damaged", file)
