"""`smsops callbacks refused`: what Tencent, or somebody else, posted that could not be read.

The bot may run. A body is shown to whoever has the data key alone: numbers in it are not masked.
"""

import json
import os
import sqlite3
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.faults import listed
from bot.cli.terminal import complain, say
from bot.errors import WrongDataKey
from bot.locales import Locale, text
from bot.settings import Faults, Settings, load
from storage import refused_callbacks
from storage.db import Tx, connect
from storage.refused_callbacks import RefusedCallback
from storage.vault import Vault


def run(args: Namespace) -> int:
    """Lists them, or shows the body of one, and returns 0; 1 and the cause where there is none, or
    nobody can read it."""
    settings = load(Path(args.config), os.environ)
    if isinstance(settings, Faults):
        complain(listed(settings, args.config, args.locale))
        return 1
    if not settings.database.is_file():
        complain(text(args.locale, "cli.callbacks.no_store", database=settings.database))
        return 1
    try:
        found, body = _read(settings, args.body)
    except WrongDataKey:
        complain(text(args.locale, "cli.callbacks.no_key"))
    except sqlite3.Error as error:
        why = text(args.locale, "cli.callbacks.unreadable", database=settings.database, why=error)
        complain(why)
    else:
        if args.body is None:
            say(_described(found) if args.json else _told(found, settings, args.locale))
            return 0
        if body is not None:
            say(json.dumps({"body": body}) if args.json else harmless(body))
            return 0
        complain(text(args.locale, "cli.callbacks.no_body", body=args.body))
    return 1


def _read(settings: Settings, mark: str | None) -> tuple[list[RefusedCallback], str | None]:
    """All that are kept, and the body of the one whose mark begins so."""
    vault = Vault(settings.secrets.data_key.get_secret_value())
    with closing(connect(settings.database, read_only=True)) as conn:
        tx = Tx(conn, vault)
        found = refused_callbacks.find(tx)
        named = [each.mark for each in found if mark and each.mark.startswith(mark)]
        return found, refused_callbacks.body_of(tx, named[0]) if len(named) == 1 else None


def _described(found: Sequence[RefusedCallback]) -> str:
    described = [
        {
            "id": each.mark,
            "came_at": each.came_at.isoformat(),
            "app": each.app,
            "reason": each.reason,
            "detail": each.detail,
            "bytes": each.size_bytes,
        }
        for each in found
    ]
    return json.dumps({"refused": described, "at": datetime.now(UTC).isoformat()})


def _told(found: Sequence[RefusedCallback], settings: Settings, locale: Locale) -> str:
    if not found:
        return text(locale, "cli.callbacks.none")
    lines = [
        text(
            locale,
            "cli.callbacks.line",
            id=each.mark[:8],
            time=each.came_at.astimezone(settings.timezone).strftime("%Y-%m-%d %H:%M:%S"),
            app=each.app or text(locale, "cli.callbacks.account"),
            why=f"{each.reason}, {each.detail}",
            bytes=f"{each.size_bytes:,}",
        )
        for each in found
    ]
    days = settings.retention.reports_days
    return "\n".join([*lines, text(locale, "cli.callbacks.how", days=days)])


def harmless(body: str) -> str:
    """A body for a terminal: what would order it about is written as an escape."""
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in body
    )
