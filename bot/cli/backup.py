"""`smsops backup`: the database as it is at one moment, also while the bot runs."""

import json
import os
import sqlite3
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.places import database_of
from bot.cli.progress import Bar
from bot.cli.terminal import complain, say
from bot.errors import DatabaseUnusable, StorageError
from bot.locales import text
from bot.logs import cover
from bot.rules.audit import AuditEntry, Via, What
from bot.settings import Faults, load
from storage import about, audit
from storage.copies import Copied, back_up
from storage.db import Tx, connect
from storage.vault import Vault

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
    try:
        with Bar(text(args.locale, "cli.progress.copying")) as bar:
            copied = back_up(database, file, datetime.now(UTC), bar.show)
    except FileExistsError:
        complain(text(args.locale, "cli.backup.exists", file=file))
    except DatabaseUnusable as fault:
        complain(text(args.locale, "cli.backup.damaged", file=database, why=fault.why))
    except (OSError, sqlite3.Error) as error:
        complain(text(args.locale, "cli.backup.failed", file=file, why=error))
    else:
        say(json.dumps(described(copied)) if args.json else _told(args, copied, database))
        if not _entered(args, database, file):
            complain(text(args.locale, "cli.backup.not_entered"))
        return 0
    return 1


def _entered(args: Namespace, database: Path, file: Path) -> bool:
    """Enters in the trail that there is a copy, beside a bot that runs; False where the key of the
    trail is not at hand: a copy is made without."""
    given: Mapping[str, object] = {} if args.data_dir is None else {"data_dir": args.data_dir}
    settings = load(Path(args.config), os.environ, given)
    if isinstance(settings, Faults):
        return False
    vault = Vault(settings.secrets.data_key.get_secret_value())
    entry = AuditEntry(
        What.PROGRAM_BACKED_UP, "", via=Via.TERMINAL, facts={"file": cover(file.name)}
    )
    try:
        with closing(connect(database)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            names = (about.get(conn, about.DATA_KEY), about.get(conn, about.NEXT_DATA_KEY))
            if names != (vault.name, None):
                return False
            audit.append(Tx(conn, vault), entry, datetime.now(UTC))
            conn.execute("COMMIT")
    except (sqlite3.Error, StorageError, LookupError):
        return False
    return True


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
