"""A new data key: every sealed cell is opened with the old one and sealed with the new one.

A page of rows is one transaction, and so is how far it got: whatever ends it, the next run goes on
there. Nobody else may use the file meanwhile, for the fence that keeps a second message from a
number compares what is sealed; a file that is half done is opened by nobody else either.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot.errors import KeyDamaged, WrongDataKey
from bot.rules.audit import AuditEntry, Via, What
from storage import audit, audit_keys
from storage.about import DATA_KEY, MAC_KEY, MAC_PURPOSE, NEXT_DATA_KEY, PLACE, forget, get, put
from storage.db import Tx
from storage.vault import KEY_ID, SealedNumber, Vault

#: Rows in a transaction: memory does not grow with how many there are.
PAGE = 1_000
NUMBER = "number"
#: What is sealed, by table: numbers under `number`, all else for the purpose `table.column`.
SEALED: Mapping[str, tuple[str, ...]] = {
    "alerts": ("facts",),
    "app_stops": ("reason",),
    "attachments": ("body",),
    "audit_keys": ("key",),
    "bad_rows": ("cell",),
    "doubts": (NUMBER,),
    "envelopes": ("body",),
    "escalation_steps": ("detail",),
    "form_drafts": ("fields",),
    "jobs": ("source_file", "check_facts"),
    "limit_declarations": ("evidence",),
    "limit_exemptions": (NUMBER, "reason"),
    "limit_refusals": (NUMBER,),
    "messages": (NUMBER, "template_values"),
    "oncall_numbers": (NUMBER,),
    "optouts": (NUMBER, "detail"),
    "posts": ("facts",),
    "receipt_looks": (NUMBER,),
    "receipts": (NUMBER,),
    "refused_callbacks": ("body",),
    "replies": (NUMBER, "text"),
    "reply_threads": (NUMBER,),
    "requests": ("payload",),
    "voice_calls": (NUMBER,),
    "voice_events": (NUMBER,),
    "votes": ("reason",),
}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a run has done: rows looked at, cells sealed anew, and whether it went on where an
    earlier one had ended. `damaged` cells nobody can open any more: they are as they were."""

    rows: int
    cells: int
    is_resumed: bool
    damaged: int = 0


def rotate(
    conn: sqlite3.Connection, old: Vault, new: Vault, now: datetime, progress: Progress
) -> Rotated | None:
    """Seals everything anew; None where the file is sealed with the new key already.

    Raises WrongDataKey where the file is sealed with neither, KeyDamaged before anything is changed
    where the trail could not be told of it. Any other cell that is damaged stays so: the bot must
    not be kept from its file by something nobody can read either way.
    """
    is_resumed = _begin(conn, old, new, now)
    if is_resumed is None:
        # A kill may have come between the end of the last run and this.
        _empty_log(conn)
        return None
    totals = {table: _count(conn, table) for table in SEALED}
    whole, rows, cells, damaged = sum(totals.values()), 0, 0, 0
    reached, after = _place(conn)
    for table in SEALED:
        if table < reached or (table == reached and after is None):
            rows += totals[table]
            continue
        key: Sequence[object] | None = after if table == reached else ()
        while key is not None:
            key, looked_at, sealed, unread = _page(conn, table, key, old, new)
            rows, cells, damaged = rows + looked_at, cells + sealed, damaged + unread
            progress(min(rows, whole), whole)
    done = Rotated(rows, cells, is_resumed, damaged)
    _end(conn, old, new, now, done)
    return done


def _begin(conn: sqlite3.Connection, old: Vault, new: Vault, now: datetime) -> bool | None:
    """Notes that the key changes; whether that had begun before, None where there is nothing to
    do."""
    known, coming = get(conn, DATA_KEY), get(conn, NEXT_DATA_KEY)
    if known == new.name and coming is None:
        return None
    if known != old.name or coming not in {None, new.name}:
        raise WrongDataKey
    kept = get(conn, MAC_KEY)
    if kept is not None:
        old.hash_with(bytes.fromhex(old.open(kept, purpose=MAC_PURPOSE)))
    if coming is None:
        for name in audit_keys.damaged(Tx(conn, old), now):
            raise KeyDamaged(name)
        put(conn, NEXT_DATA_KEY, new.name)
    return coming is not None


def _page(
    conn: sqlite3.Connection, table: str, after: Sequence[object], old: Vault, new: Vault
) -> tuple[Sequence[object] | None, int, int, int]:
    """One page of a table: where it ended, None behind the last; rows looked at, cells sealed,
    cells nobody can open."""
    keys, columns = key_columns(conn, table), SEALED[table]
    conn.execute("BEGIN IMMEDIATE")
    try:
        rows = conn.execute(_select(table, keys, bool(after)), [*after, PAGE]).fetchall()
        changes: list[list[object]] = []
        cells = damaged = 0
        for row in rows:
            sealed: dict[str, object] = {}
            for each in columns:
                try:
                    sealed[each] = _anew(table, each, row[each], old, new)
                except WrongDataKey:
                    sealed[each] = row[each]
                    damaged += 1
            changed = sum(sealed[each] != row[each] for each in columns)
            if changed:
                changes.append([*sealed.values(), *(row[key] for key in keys)])
                cells += changed
        conn.executemany(_update(table, keys), changes)
        last = [rows[-1][key] for key in keys] if len(rows) == PAGE else None
        put(conn, PLACE, json.dumps([table, last]))
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    return last, len(rows), cells, damaged


def _anew(table: str, column: str, cell: object, old: Vault, new: Vault) -> object:
    """A cell under the new key. One that is already is left: rows are met again where their place
    in the order of their key is sealed itself."""
    if not isinstance(cell, str) or not cell.startswith(KEY_ID):
        return cell
    if column == NUMBER:
        number = SealedNumber(cell)
        return cell if _opens(new, number) else new.seal_number(old.open_number(number))
    purpose = f"{table}.{column}"
    try:
        new.open(cell, purpose=purpose)
    except WrongDataKey:
        return new.seal(old.open(cell, purpose=purpose), purpose=purpose)
    return cell


def _opens(vault: Vault, number: SealedNumber) -> bool:
    try:
        vault.open_number(number)
    except WrongDataKey:
        return False
    return True


def _end(conn: sqlite3.Connection, old: Vault, new: Vault, now: datetime, done: Rotated) -> None:
    """The file is sealed with the new key from here on. Keyed hashes stay what they are: nobody
    knows any more what they were made of."""
    new.hash_with(old.mac_key)
    conn.execute("BEGIN IMMEDIATE")
    put(conn, DATA_KEY, new.name)
    put(conn, MAC_KEY, new.seal(old.mac_key.hex(), purpose=MAC_PURPOSE))
    for name in (NEXT_DATA_KEY, PLACE):
        forget(conn, name)
    tx = Tx(conn, new)
    # One that was damaged since the beginning must not leave the file with neither key.
    for name in audit_keys.damaged(tx, now):
        audit_keys.drop(tx, name)
    facts = {"rows": done.rows, "damaged": done.damaged}
    audit.append(tx, AuditEntry(What.KEYS_ROTATED, "", via=Via.TERMINAL, facts=facts), now)
    tx.deferred.write(tx)
    conn.execute("COMMIT")
    _empty_log(conn)


def _empty_log(conn: sqlite3.Connection) -> None:
    """What was sealed with the old key is overwritten in the file, and leaves the log."""
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _place(conn: sqlite3.Connection) -> tuple[str, Sequence[object] | None]:
    """The table and the key behind which it goes on; None where the table is done."""
    found = get(conn, PLACE)
    if found is None:
        return "", ()
    table, after = json.loads(found)
    return table, after


def _count(conn: sqlite3.Connection, table: str) -> int:
    found: int = conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def key_columns(conn: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """The columns of a table's key, in their order."""
    columns = conn.execute(f"PRAGMA table_info({table})").fetchall()
    return tuple(each["name"] for each in sorted(columns, key=lambda it: it["pk"]) if each["pk"])


@cache
def _select(table: str, keys: tuple[str, ...], is_on: bool) -> str:
    names, marks = ", ".join(keys), ", ".join("?" * len(keys))
    wanted = ", ".join(dict.fromkeys((*keys, *SEALED[table])))
    beyond = f"WHERE ({names}) > ({marks})" if is_on else ""
    return f"SELECT {wanted} FROM {table} {beyond} ORDER BY {names} LIMIT ?"


@cache
def _update(table: str, keys: tuple[str, ...]) -> str:
    values = ", ".join(f"{each} = ?" for each in SEALED[table])
    return f"UPDATE {table} SET {values} WHERE " + " AND ".join(f"{key} = ?" for key in keys)
