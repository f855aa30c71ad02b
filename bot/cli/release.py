"""`smsops release`: what a restored file may have forgotten, and its way back into use."""

import json
import os
import sqlite3
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.cli import QUARANTINED
from bot.cli.faults import listed
from bot.cli.terminal import complain, say
from bot.locales import Locale, text
from bot.rules.audit import Via, What
from bot.settings import Faults, load
from handlers.flows import audit, restores
from handlers.flows.restores import Ended
from storage import copies, generations
from storage.db import Tx, connect, take_lock
from storage.generations import Held, Hold
from storage.migrations import migrate
from storage.vault import Vault

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400
#: From two of a unit on it is told in that unit.
UNITS = {
    "cli.release.unit_d": DAY,
    "cli.release.unit_h": HOUR,
    "cli.release.unit_min": MINUTE,
    "cli.release.unit_s": SECOND,
}


def run(args: Namespace) -> int:
    """Tells what was open in the file, and with --confirm ends it and lets the file go: 0. Without,
    nothing is changed: 3. Where the file is not held: 0. Raises DatabaseInUse while the bot runs,
    DatabaseUnusable where the file cannot be read with the data key there is."""
    given: Mapping[str, object] = {} if args.data_dir is None else {"data_dir": args.data_dir}
    settings = load(Path(args.config), os.environ, given)
    if isinstance(settings, Faults):
        complain(listed(settings, args.config, args.locale))
        return 1
    path, vault = settings.database, Vault(settings.secrets.data_key.get_secret_value())
    old = settings.secrets.old_data_key
    if not path.is_file():
        complain(text(args.locale, "cli.backup.no_database", database=path))
        return 1
    lock = take_lock(path)
    try:
        migrate(path, vault, None if old is None else Vault(old.get_secret_value()))
        with closing(connect(path)) as conn:
            return _release(conn, path, vault, args)
    finally:
        os.close(lock)


def _release(conn: sqlite3.Connection, path: Path, vault: Vault, args: Namespace) -> int:
    now, hold = datetime.now(UTC), generations.look(conn, path)
    if hold is None:
        told = text(args.locale, "cli.release.not_held", database=path)
        say(json.dumps({"held": False}) if args.json else told)
        return 0
    conn.execute("BEGIN IMMEDIATE")
    tx = Tx(conn, vault)
    ended = restores.end_all(tx, now)
    _enter_restore(tx, now)
    since = None if hold.since is None else hold.since.isoformat(timespec="seconds")
    audit.enter(
        tx, What.PROGRAM_RELEASED, "", now, via=Via.TERMINAL, reason=hold.why.value, since=since
    )
    tx.deferred.write(tx)
    # Everything is ended on the disk before the file is let: a kill in between leaves it held.
    conn.execute("COMMIT" if args.confirm else "ROLLBACK")
    if args.confirm:
        generations.let(conn, path, now)
    if args.json:
        say(json.dumps(_described(hold, ended, is_released=args.confirm)))
    else:
        say(_told(path, hold, ended, now, args))
    return 0 if args.confirm else QUARANTINED


def _enter_restore(tx: Tx, now: datetime) -> None:
    """Which backup was put in place, and when: the trail of the copy knows nothing of it yet."""
    restored = copies.take_restored(tx.conn)
    if restored is None:
        return
    audit.enter(
        tx,
        What.PROGRAM_RESTORED,
        "",
        now,
        via=Via.TERMINAL,
        file=restored.file,
        since=restored.copied_at.isoformat(timespec="seconds"),
        restored=restored.at.isoformat(timespec="seconds"),
    )


def _described(hold: Hold, ended: Ended, *, is_released: bool) -> dict[str, object]:
    since = None if hold.since is None else hold.since.isoformat(timespec="milliseconds")
    return {"held": not is_released, "why": hold.why.value, "since": since, **asdict(ended)}


def _told(path: Path, hold: Hold, ended: Ended, now: datetime, args: Namespace) -> str:
    if args.confirm:
        return text(args.locale, "cli.release.done", database=path)
    counts = asdict(ended)
    return "\n".join(
        [
            _why(path, hold, now, args.locale),
            *(
                "  " + text(args.locale, f"cli.release.{name}", count=counts[name])
                for name in counts
            ),
            text(args.locale, "cli.release.advice"),
            text(args.locale, "cli.release.confirm"),
        ]
    )


def _why(path: Path, hold: Hold, now: datetime, locale: Locale) -> str:
    why = Held.NEVER if hold.since is None else hold.why
    since = hold.since or now
    return text(
        locale,
        f"cli.release.{why.value}",
        database=path,
        time=f"{since:%Y-%m-%d %H:%M:%S} UTC",
        age=_length(now - since, locale),
    )


def _length(span: timedelta, locale: Locale) -> str:
    seconds = max(0, int(span.total_seconds()))
    fitting = (unit for unit in UNITS.items() if seconds >= 2 * unit[1])
    key, size = next(fitting, ("cli.release.unit_s", SECOND))
    return text(locale, key, count=seconds // size)
