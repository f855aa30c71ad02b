"""One number, wherever the file has it: what there is of it, and how each of it goes.

Rows that are about nobody else are deleted; a message stays, of nobody; in texts that name the
number it is covered. What is looked for is read beside the writer; whatever ends an erasure, the
next run finds what is left.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from bot.errors import WrongDataKey
from bot.rules.delivery import FENCED, FINAL, MessageState
from bot.rules.erasures import hinted, replace, spelt, unescaped
from bot.rules.numbers import FORGOTTEN
from bot.rules.requests import RequestKind, RequestState
from storage import requests
from storage.db import Row, Tx
from storage.ids import MessageId, RequestId, from_ms_or_none, to_ms
from storage.requests import Request
from storage.rotation import NUMBER, SEALED, key_columns


def _in(states: Iterable[MessageState | RequestState]) -> str:
    return ", ".join(str(state.value) for state in sorted(states))


#: Rows with a number of their own. Of these the row goes,
DELETED = (
    "doubts",
    "limit_exemptions",
    "limit_refusals",
    "receipt_looks",
    "receipts",
    "replies",
    "reply_threads",
    "voice_calls",
    "voice_events",
)
#: of the first the row stays, of nobody; of the second its keyed hash; whose number is the third,
#: is asked first.
MESSAGES, OPTOUTS, ON_CALL = "messages", "optouts", "oncall_numbers"
#: What no number can be read from: images, and keys.
NO_TEXT = frozenset({"attachments", "audit_keys"})
#: Texts in the clear that hold what people typed, or what came from outside: numbers in them are
#: covered as they are kept, which is a guess where a number ends; here it is known.
OPEN: Mapping[str, tuple[str, ...]] = {
    "alert_moves": ("facts",),
    "attachments": ("name",),
    "bad_rows": ("field",),
    "brakes": ("facts",),
    "carrier_words": ("carrier_code", "description"),
    "changes": ("detail",),
    "jobs": ("stop_reason",),
    "messages": ("detail", "carrier_code"),
    "receipts": ("carrier_code", "description"),
    "refused_callbacks": ("detail",),
    "requests": ("reason",),
    "silences": ("comment", "matchers"),
    "voice_events": ("reason",),
}


def _texts(table: str) -> tuple[str, ...]:
    sealed = () if table in NO_TEXT else SEALED.get(table, ())
    return tuple(each for each in (*sealed, *OPEN.get(table, ())) if each != NUMBER)


#: By table: in any of them somebody may have written the number.
TEXTS: Mapping[str, tuple[str, ...]] = {
    table: texts for table in sorted({*SEALED, *OPEN}) if (texts := _texts(table))
}
WAITING_SENDS = frozenset({RequestState.AWAITING_APPROVAL, RequestState.APPROVED})
#: What others are still to get is sent as it was approved: their texts are left until then.
SETTLED: Mapping[str, str] = {
    MESSAGES: f"state IN ({_in(FINAL | {MessageState.ACCEPTED})})",
    "requests": f"state NOT IN ({_in({RequestState.EXECUTING, RequestState.PAUSED})}) AND NOT "
    f"(kind = '{RequestKind.SEND.value}' AND state IN ({_in(WAITING_SENDS)}))",
}
#: Under this name texts are counted.
IN_TEXTS = "texts"
#: Rows that are read in one look.
PAGE = 1_000
WAITING = (MessageState.QUEUED, MessageState.HELD)

ADD = """
INSERT INTO erasures (request_id, waits_for, begun_at_ms, gone, ended_at_ms)
VALUES (:id, '', NULL, 0, NULL) ON CONFLICT (request_id) DO NOTHING
"""
GET = "SELECT * FROM erasures WHERE request_id = :id"
FIND_OPEN = "SELECT request_id FROM erasures WHERE ended_at_ms IS NULL ORDER BY request_id"
NOTE_WAIT = """
UPDATE erasures SET waits_for = :why WHERE request_id = :id AND waits_for <> :why
RETURNING request_id
"""
NOTE_BEGUN = """
UPDATE erasures SET waits_for = '', begun_at_ms = coalesce(begun_at_ms, :now), gone = gone + :gone
WHERE request_id = :id
"""
NOTE_ENDED = "UPDATE erasures SET ended_at_ms = :now WHERE request_id = :id"
IS_ON_CALL = "SELECT 1 FROM oncall_numbers WHERE number = :number"
IS_FENCED = f"SELECT 1 FROM messages WHERE number = :number AND state IN ({_in(FENCED)})"
OF_STATES = """
SELECT id, request_id FROM messages WHERE number = :number AND state IN (:one, :other)
"""


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far one has come. `waits_for` names what it waits for, "" where for nothing."""

    request_id: RequestId
    waits_for: str
    begun_at: datetime | None
    gone: int
    ended_at: datetime | None


def add(tx: Tx, request_id: RequestId) -> None:
    """It is approved, and to be carried out."""
    tx.run(ADD, id=request_id)


def get(tx: Tx, request_id: str) -> Erasure | None:
    row = tx.one(GET, id=request_id)
    if row is None:
        return None
    begun_at, ended_at = from_ms_or_none(row["begun_at_ms"]), from_ms_or_none(row["ended_at_ms"])
    return Erasure(row["request_id"], row["waits_for"], begun_at, row["gone"], ended_at)


def find_open(tx: Tx) -> list[RequestId]:
    """Those that were approved and have not ended."""
    return [row["request_id"] for row in tx.all(FIND_OPEN)]


def under_way(tx: Tx) -> list[Request]:
    """The requests of those that are approved and not over; a damaged one names no number."""
    found = (requests.get_shown(tx, each) for each in find_open(tx))
    return [each for each in found if each is not None]


def note_wait(tx: Tx, request_id: RequestId, why: str) -> bool:
    """It cannot begin yet; False where that was known."""
    return tx.one(NOTE_WAIT, id=request_id, why=why) is not None


def note_begun(tx: Tx, request_id: RequestId, gone: int, now: datetime) -> None:
    """So much more of it is gone."""
    tx.run(NOTE_BEGUN, id=request_id, gone=gone, now=to_ms(now))


def note_ended(tx: Tx, request_id: RequestId, now: datetime) -> None:
    tx.run(NOTE_ENDED, id=request_id, now=to_ms(now))


def is_on_call(tx: Tx, number: str) -> bool:
    """Whether somebody is called under it."""
    return tx.one(IS_ON_CALL, number=tx.vault.seal_number(number)) is not None


def is_fenced(tx: Tx, number: str) -> bool:
    """Whether a message to it is in flight or in doubt."""
    return tx.one(IS_FENCED, number=tx.vault.seal_number(number)) is not None


def waiting(tx: Tx, number: str) -> list[tuple[MessageId, RequestId]]:
    """Messages to it that wait to be sent, and whose request each is."""
    one, other = (state.value for state in WAITING)
    rows = tx.all(OF_STATES, number=tx.vault.seal_number(number), one=one, other=other)
    return [(row["id"], row["request_id"]) for row in rows]


def rows_of(tx: Tx, table: str, number: str) -> list[tuple[object, ...]]:
    """The keys of all rows of a table with that number. Some tables are read whole for it."""
    sealed = tx.vault.seal_number(number)
    return [tuple(row) for row in tx.all(_of_number(table, _keys(tx, table)), number=sealed)]


def delete(tx: Tx, table: str, keys: Iterable[tuple[object, ...]]) -> int:
    """Deletes rows by their keys; how many were there."""
    return tx.run_many(_delete(table, _keys(tx, table)), keys)


def texts_with(
    tx: Tx, table: str, after: Sequence[object], number: str
) -> tuple[list[tuple[object, ...]], Sequence[object] | None]:
    """The keys of rows behind `after` whose texts name the number, a page on; where the page ends,
    None behind the last."""
    names = _keys(tx, table)
    if after:
        rows = tx.conn.execute(_next_page(table, names), list(after)).fetchall()
    else:
        rows = tx.conn.execute(_first_page(table, names)).fetchall()
    found = [
        tuple(row[name] for name in names)
        for row in rows
        if any(names_it(_opened(tx, table, each, row), number) for each in TEXTS[table])
    ]
    return found, [rows[-1][name] for name in names] if len(rows) == PAGE else None


def cover_texts(tx: Tx, table: str, keys: Iterable[tuple[object, ...]], number: str) -> int:
    """Covers the number in the texts of these rows; in how many texts it stood."""
    names, covered = _keys(tx, table), 0
    for key in keys:
        row = tx.conn.execute(_get(table, names), key).fetchone()
        if row is None:
            continue
        texts = {each: _opened(tx, table, each, row) for each in TEXTS[table]}
        named = [each for each, text in texts.items() if names_it(text, number)]
        instead = FORGOTTEN + ":".join(map(str, key))
        anew = {
            each: _closed(tx, table, each, cover_json(texts[each], number, instead))
            for each in named
        }
        if anew.keys().isdisjoint(names):
            values = (anew.get(each, row[each]) for each in TEXTS[table])
            tx.conn.execute(_put(table, names), (*values, *key))
        elif named:
            # Under another key it might be a second of another row's.
            delete(tx, table, [tuple(key)])
        covered += len(named)
    return covered


def names_it(text: str, number: str) -> bool:
    """Whether the number stands in `text`: of JSON, in what it says, not in how that is escaped."""
    if hinted(number).search(text) is None:
        return False
    try:
        return _names_it(_read(text), number)
    except RecursionError:
        return _names_it(unescaped(text), number)


def cover_json(text: str, number: str, instead: str) -> str:
    """`text` without the number, and still JSON where it was. A string that is the number and
    nothing else becomes `instead`."""
    value = _read(text)
    if isinstance(value, str):
        return replace(value, number)
    try:
        # ASCII with escapes: half a surrogate pair must not break the seal.
        return json.dumps(_covered(value, number, instead))
    except RecursionError:
        # Nested deeper than can be gone through, which nothing of ours is.
        return replace(unescaped(text), number)


def _read(text: str) -> Any:
    """The list or object in `text`; of what is no JSON, the text without its escapes."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return unescaped(text)
    return value if isinstance(value, dict | list) else text


def _is_json(text: str) -> bool:
    """Whether it may hold more of it, as what forms carry does."""
    return text[:1] in {"{", "["}


def _names_it(value: Any, number: str) -> bool:
    match value:
        case str():
            if spelt(number).search(value):
                return True
            return _is_json(value) and "\\" in value and names_it(value, number)
        case list():
            return any(_names_it(each, number) for each in value)
        case dict():
            parts = (part for pair in value.items() for part in pair)
            return any(_names_it(each, number) for each in parts)
        case int() | float():
            return spelt(number).search(str(value)) is not None
    return False


def _covered(value: Any, number: str, instead: str) -> Any:
    match value:
        case str():
            return instead if value == number else _covered_text(value, number, instead)
        case list():
            return [_covered(each, number, instead) for each in value]
        case dict():
            return {
                replace(key, number): _covered(each, number, instead) for key, each in value.items()
            }
        case int() | float():
            return replace(str(value), number) if _names_it(value, number) else value
    return value


def _covered_text(text: str, number: str, instead: str) -> str:
    if not _is_json(text):
        return replace(text, number)
    return cover_json(text, number, instead) if names_it(text, number) else text


def _opened(tx: Tx, table: str, column: str, row: Row) -> str:
    """A text; empty where there is none, or where nobody can read it any more."""
    cell = row[column]
    if not cell:
        return ""
    if column not in SEALED.get(table, ()):
        return str(cell)
    try:
        return tx.vault.open(cell, purpose=f"{table}.{column}")
    except WrongDataKey:
        return ""


def _closed(tx: Tx, table: str, column: str, text: str) -> str:
    """As it is kept."""
    is_sealed = column in SEALED.get(table, ())
    return tx.vault.seal(text, purpose=f"{table}.{column}") if is_sealed else text


def _keys(tx: Tx, table: str) -> tuple[str, ...]:
    return key_columns(tx.conn, table)


@cache
def _of_number(table: str, keys: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(keys)} FROM {table} WHERE number = :number"


@cache
def _delete(table: str, keys: tuple[str, ...]) -> str:
    return f"DELETE FROM {table} WHERE {_is_row(keys)}"


@cache
def _first_page(table: str, keys: tuple[str, ...]) -> str:
    return f"{_texts_of(table, keys)} ORDER BY {', '.join(keys)} LIMIT {PAGE}"


@cache
def _next_page(table: str, keys: tuple[str, ...]) -> str:
    names, marks = ", ".join(keys), ", ".join("?" * len(keys))
    return f"{_texts_of(table, keys)} AND ({names}) > ({marks}) ORDER BY {names} LIMIT {PAGE}"


@cache
def _get(table: str, keys: tuple[str, ...]) -> str:
    return f"{_texts_of(table, keys)} AND {_is_row(keys)}"


@cache
def _put(table: str, keys: tuple[str, ...]) -> str:
    texts = ", ".join(f"{each} = ?" for each in TEXTS[table])
    return f"UPDATE {table} SET {texts} WHERE {_is_row(keys)}"


def _texts_of(table: str, names: tuple[str, ...]) -> str:
    wanted = ", ".join(dict.fromkeys((*names, *TEXTS[table])))
    return f"SELECT {wanted} FROM {table} WHERE {SETTLED.get(table, '1 = 1')}"


def _is_row(keys: tuple[str, ...]) -> str:
    return " AND ".join(f"{each} = ?" for each in keys)
