"""A number is found in what a cell says, however that is escaped, and in cells in the clear."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from storage.db import Database, Tx
from storage.erasures import OPEN, TEXTS, cover_json, cover_texts, names_it, texts_with
from storage.rotation import SEALED
from tests.storage.rows import NUMBER, OTHER_NUMBER

MASKED = "+86 138****0001"
#: Nothing of it is still to be sent.
STATES = {"messages": MessageState.DELIVERED.value, "requests": RequestState.DONE.value}
WRITTEN = [
    "138\n0000\n0001",
    "138\u20110000\u20110001",
    "你13800000001",
    "１３８０００００００１",
    "+86 (0)138·0000·0001",
]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("is_ascii", [True, False])
def test_what_json_escapes_is_found_and_covered(written: str, is_ascii: bool) -> None:
    once = json.dumps({"said": [f"ask {written}!"]}, ensure_ascii=is_ascii)
    # As what a form carries stands in what Slack sends.
    twice = json.dumps({"carried": once, "at": 1795000000000}, ensure_ascii=is_ascii)
    for text in (once, twice, once[:-1]):
        assert names_it(text, NUMBER), text
        covered = cover_json(text, NUMBER, "forgotten:1")
        assert not names_it(covered, NUMBER)
        assert MASKED in covered
    said = json.loads(json.loads(cover_json(twice, NUMBER, ""))["carried"])["said"][0]
    assert said.endswith(f"{MASKED}!")


def test_a_number_without_quotes_is_found_and_other_figures_stay() -> None:
    text = json.dumps({"mobile": 13800000001, "at": 1795000000000, "few": [1, 3, 8], "is": True})
    assert names_it(text, NUMBER)
    covered = json.loads(cover_json(text, NUMBER, "forgotten:1"))
    assert covered == {"mobile": MASKED, "at": 1795000000000, "few": [1, 3, 8], "is": True}
    assert not names_it(json.dumps([1, 3, 8, 0, 0, 0, 0, 0, 0, 0, 1]), NUMBER)
    assert cover_json(json.dumps([NUMBER]), NUMBER, "forgotten:1") == '["forgotten:1"]'


@pytest.mark.parametrize("depth", [100, 450, 900, 2_000])
def test_however_deep_it_lies_it_is_found_and_covered(depth: int) -> None:
    text = "[" * depth + '"13800000001"' + "]" * depth
    assert names_it(text, NUMBER)
    assert not names_it(cover_json(text, NUMBER, "forgotten:1"), NUMBER)


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_what_names_it_not_stays_as_it_is(value: object) -> None:
    text = json.dumps([value, NUMBER])
    covered = json.loads(cover_json(text, NUMBER, "forgotten:1"))
    assert covered == [value, "forgotten:1"]


async def test_what_is_in_the_clear_is_covered_too(db: Database) -> None:
    def run(tx: Tx) -> None:
        for table, columns in OPEN.items():
            for column in columns:
                _goes_from(tx, table, column)
        raise LookupError("rows of nothing are not kept")

    with pytest.raises(LookupError, match="not kept"):
        await db.write(run)


def _goes_from(tx: Tx, table: str, column: str) -> None:
    tx.conn.execute("PRAGMA defer_foreign_keys = ON")
    keys = [_put(tx, table, column, each) for each in (NUMBER, OTHER_NUMBER)]
    found, _ = texts_with(tx, table, (), NUMBER)
    assert found == keys[:1], (table, column)
    assert cover_texts(tx, table, found, NUMBER) == 1
    assert texts_with(tx, table, (), NUMBER) == ([], None)
    left = " ".join(str(row[column]) for row in tx.all(f"SELECT {column} FROM {table}"))
    assert OTHER_NUMBER in left
    assert NUMBER not in left
    tx.run(f"DELETE FROM {table}")


def _put(tx: Tx, table: str, column: str, number: str) -> tuple[object, ...]:
    """A row whose text in `column` names the number; its key."""
    row: dict[str, object] = {}
    keys = []
    for each in tx.all(f"PRAGMA table_info({table})"):
        if each["pk"]:
            keys.append(each["name"])
        if each["pk"] or each["notnull"]:
            row[each["name"]] = number[-1] if each["type"] == "TEXT" else int(number[-1])
    for name in SEALED.get(table, ()):
        is_number = name == "number"
        sealed = "" if is_number else tx.vault.seal("{}", purpose=f"{table}.{name}")
        row[name] = tx.vault.seal_number("+8613900000000") if is_number else sealed
    row[column] = f"call {number} now"
    if table in STATES:
        row["state"] = STATES[table]
    marks = ", ".join(f":{each}" for each in row)
    tx.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", **row)
    return tuple(row[each] for each in keys)


def test_every_sealed_text_and_every_open_one_is_looked_at() -> None:
    assert TEXTS.keys() >= OPEN.keys()
    for table, columns in OPEN.items():
        assert set(columns) <= set(TEXTS[table])
        assert set(columns).isdisjoint(SEALED.get(table, ()))
