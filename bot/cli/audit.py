"""`smsops audit verify`: whether the audit trail is as it was entered. The bot may run."""

import json
import os
import sqlite3
from argparse import Namespace
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.progress import Bar
from bot.cli.terminal import complain, say
from bot.errors import WrongDataKey
from bot.locales import Locale, text
from bot.rules.audit import Broken, Head, Verdict, head_of
from bot.settings import Faults, Settings, load
from bot.slack.messages.audit import sound_said
from storage import audit
from storage.db import Tx, connect
from storage.vault import Vault


def run(args: Namespace) -> int:
    """Says how many entries there are and returns 0; 1 with the first entry that is not as it was
    entered, or the cause where that cannot be found out."""
    settings = load(Path(args.config), os.environ)
    if isinstance(settings, Faults):
        complain(listed(settings, args.config, args.locale))
        return 1
    told = None if args.head is None else head_of(args.head)
    if args.head is not None and told is None:
        complain(text(args.locale, "cli.audit.bad_head", head=args.head))
        return 1
    if not settings.database.is_file():
        complain(text(args.locale, "cli.audit.no_store", database=settings.database))
        return 1
    try:
        with Bar(text(args.locale, "cli.progress.checking")) as bar:
            found, head = _check(settings, told, bar)
    except WrongDataKey:
        complain(text(args.locale, "cli.audit.no_key"))
    except (sqlite3.Error, LookupError) as error:
        complain(text(args.locale, "cli.audit.unreadable", database=settings.database, why=error))
    else:
        is_sound = not isinstance(found, Broken)
        shown = _described(found, head) if args.json else _told(found, head, args.locale)
        say(shown)
        return 0 if is_sound else 1
    return 1


def _check(settings: Settings, told: Head | None, bar: Bar) -> tuple[Verdict, Head]:
    """In one look at the file, so that what is entered meanwhile is in both or in neither."""
    vault = Vault(settings.secrets.data_key.get_secret_value())
    with closing(connect(settings.database, read_only=True)) as conn:
        conn.execute("BEGIN")
        tx = Tx(conn, vault)
        kept_since = datetime.now(UTC) - timedelta(days=settings.retention.audit_days)
        return audit.check(tx, told, bar.show, kept_since), audit.head(tx)


def _described(found: Verdict, head: Head) -> str:
    first = {"nth": found.nth, "flaw": found.flaw.value} if isinstance(found, Broken) else None
    report = {"ok": first is None, "entries": head.nth, "head": head.written(), "first_bad": first}
    return json.dumps(report)


def _told(found: Verdict, head: Head, locale: Locale) -> str:
    if isinstance(found, Broken):
        return text(locale, f"audit.flaw.{found.flaw.value}", nth=found.nth)
    sound = sound_said(found.entries, locale)
    return f"{sound}\n{text(locale, 'audit.head', count=f'{head.nth:,}')} {head.written()}"
