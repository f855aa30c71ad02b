"""`smsops backup`: the database as it is at one moment, also while the bot runs."""

import json
import sqlite3
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.places import database_of
from bot.cli.progress import Bar
from bot.cli.terminal import complain, say
from bot.errors import DatabaseUnusable
from bot.locales import text
from storage.copies import Copied, back_up

MB = 1_000_000


def run(args: Namespace) -> int:
    """Writes the copy and says what it is; 1 and the cause where it cannot be made. A file that is
    there already is never overwritten."""
    database, file = database_of(args), Path(args.file)
    if database is None:
        return 1
    if not database.is_file():
        complain(text(args.locale, "cli.backup.no_database", database=database))
        return 1
    bar = Bar(text(args.locale, "cli.progress.copying"))
    try:
        copied = back_up(database, file, datetime.now(UTC), bar.show)
    except FileExistsError:
        complain(text(args.locale, "cli.backup.exists", file=file))
    except DatabaseUnusable as fault:
        complain(text(args.locale, "cli.backup.damaged", file=database, why=fault.why))
    except (OSError, sqlite3.Error) as error:
        complain(text(args.locale, "cli.backup.failed", file=file, why=error))
    else:
        say(json.dumps(described(copied)) if args.json else _told(args, copied, database))
        return 0
    return 1


def described(copied: Copied) -> dict[str, object]:
    """A copy as an object for programs."""
    return {
        "file": str(copied.file),
        "bytes": copied.size_bytes,
        "copied_at": copied.at.isoformat(timespec="milliseconds"),
    }


def _told(args: Namespace, copied: Copied, database: Path) -> str:
    return text(
        args.locale,
        "cli.backup.done",
        file=copied.file,
        database=database,
        time=f"{copied.at:%Y-%m-%d %H:%M:%S} UTC",
        size=f"{copied.size_bytes / MB:.1f}",
    )
