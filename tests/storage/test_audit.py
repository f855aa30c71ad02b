"""Entries of the audit trail: chained as they come, one with what they tell of, sealed, found."""

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import storage
from bot.errors import KeyDamaged, WrongDataKey
from bot.rules.audit import AuditEntry, Broken, Flaw, Head, Sound, Via, What
from storage import app_stops, audit, audit_keys
from storage.audit import AuditQuery
from storage.db import Database, Tx, connect
from storage.vault import Vault
from tests.storage.rows import LIN, MAYA, NOW, VAULT, later

OTHER_KEY = Vault(bytes(range(1, 65)))


def entry(what: What = What.APP_STOPPED, actor: str = LIN, **facts: object) -> AuditEntry:
    return AuditEntry(what, actor, "demo", "demo", facts=facts)


def fill(tx: Tx, count: int = 5) -> None:
    for nth in range(count):
        audit.append(tx, entry(reason=f"why {nth}"), later(s=nth))


def test_entries_are_numbered_and_chained_in_the_order_they_come(tx: Tx) -> None:
    assert audit.check(tx) == Sound(0)
    assert [audit.append(tx, entry(), NOW) for _ in range(3)] == [1, 2, 3]
    assert audit.check(tx) == Sound(3)
    assert audit.head(tx).nth == 3


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit SET actor = 'U0EVE' WHERE nth = 3", Broken(3, Flaw.ALTERED)),
        ("UPDATE audit SET at_ms = at_ms + 1 WHERE nth = 1", Broken(1, Flaw.ALTERED)),
        ("UPDATE audit SET facts = '' WHERE nth = 5", Broken(5, Flaw.ALTERED)),
        ("UPDATE audit SET prev = mac WHERE nth = 2", Broken(2, Flaw.UNLINKED)),
        ("DELETE FROM audit WHERE nth = 2", Broken(2, Flaw.MISSING)),
        ("DELETE FROM audit WHERE nth = 5", Broken(5, Flaw.MISSING)),
        ("DELETE FROM audit", Broken(1, Flaw.MISSING)),
        ("UPDATE audit_head SET nth = 4", Broken(5, Flaw.BEYOND)),
        ("UPDATE audit_head SET mac = prev FROM audit", Broken(5, Flaw.REWRITTEN)),
        ("DELETE FROM audit_keys WHERE name = 'chain'", Broken(1, Flaw.ALTERED)),
    ],
)
def test_what_is_done_to_the_tables_is_named_by_its_first_entry(
    tx: Tx, tampering: str, found: Broken
) -> None:
    fill(tx)
    assert tx.run(tampering) > 0
    assert audit.check(tx) == found


def test_a_cut_that_takes_the_head_with_it_is_found_by_a_head_that_was_told(tx: Tx) -> None:
    fill(tx)
    told = audit.head(tx)
    tx.run("DELETE FROM audit WHERE nth > 3")
    tx.run("UPDATE audit_head SET nth = 3, mac = (SELECT mac FROM audit WHERE nth = 3)")
    assert audit.check(tx) == Sound(3)
    assert audit.check(tx, told) == Broken(4, Flaw.MISSING)


async def test_what_is_rolled_back_is_not_entered_and_what_is_not_entered_does_not_happen(
    db: Database,
) -> None:
    def stop_and_break(tx: Tx) -> None:
        app_stops.stop(tx, "demo", by=LIN, reason="", now=NOW)
        audit.append(tx, entry(), NOW)
        raise RuntimeError

    def stop_and_fail_to_enter(tx: Tx) -> None:
        app_stops.stop(tx, "demo", by=LIN, reason="", now=NOW)
        audit.append(tx, entry(reason=object()), NOW)

    await db.write(audit.append, entry(), NOW)
    for broken in (stop_and_break, stop_and_fail_to_enter):
        with pytest.raises((RuntimeError, TypeError)):
            await db.write(broken)
    await db.write(audit.append, entry(), NOW)
    assert await db.read(audit.check) == Sound(2)
    assert await db.read(app_stops.list_all) == []


async def test_entries_of_many_at_once_make_one_chain(db: Database) -> None:
    writes = [db.submit(audit.append, entry(reason=str(nth)), NOW) for nth in range(50)]
    assert sorted([await each for each in writes]) == list(range(1, 51))
    assert await db.read(audit.check) == Sound(50)


def test_what_an_entry_says_is_sealed_and_read_again(tx: Tx) -> None:
    audit.append(tx, entry(reason="the customer calls"), NOW)
    (row,) = tx.all("SELECT * FROM audit")
    assert "customer" not in str(dict(row))
    (kept,) = audit.find(tx, AuditQuery(), 9)
    assert kept.facts == {"reason": "the customer calls"}
    assert (kept.actor, kept.via, kept.what, kept.at) == (LIN, "slack", "app.stopped", NOW)


def test_a_key_that_is_deleted_erases_what_was_said_and_leaves_the_chain(tx: Tx) -> None:
    fill(tx, 2)
    next_month = NOW + timedelta(days=20)
    audit.append(tx, entry(reason="later"), next_month)
    assert audit_keys.forget_before(tx, next_month) == 1
    assert audit.check(tx, kept_since=next_month) == Sound(3)
    assert [each.facts for each in audit.find(tx, AuditQuery(), 9)] == [
        {"reason": "later"},
        None,
        None,
    ]
    assert [each.actor for each in audit.find(tx, AuditQuery(), 9)] == [LIN] * 3


def test_what_entries_say_is_not_blanked_unseen(tx: Tx) -> None:
    fill(tx, 2)
    next_month = NOW + timedelta(days=20)
    for _ in range(2):
        audit.append(tx, entry(reason="later"), next_month)
    (sealed, *_), name = (
        tx.all("SELECT key FROM audit_keys WHERE name > 'c'"),
        f"{next_month:%Y-%m}",
    )
    put_back = "INSERT INTO audit_keys (name, key) VALUES (:name, :key)"
    tx.run("DELETE FROM audit_keys WHERE name = :name", name=name)
    assert audit.check(tx, kept_since=NOW) == Broken(3, Flaw.UNREADABLE)
    # Another one of the bot's own is no better, nor is one it made since.
    tx.run(put_back, name=name, key=sealed["key"])
    assert audit.check(tx) == Broken(3, Flaw.UNREADABLE)
    tx.run("DELETE FROM audit_keys WHERE name = :name", name=name)
    audit.append(tx, entry(reason="since"), next_month)
    assert audit.check(tx) == Broken(3, Flaw.UNREADABLE)
    # Of the entries of each month, the first that is no more: where all are gone, the first of all.
    tx.run("DELETE FROM audit_keys WHERE name <> 'chain'")
    assert audit.check(tx, kept_since=NOW) == Broken(1, Flaw.UNREADABLE)
    assert audit.check(tx, kept_since=next_month) == Broken(3, Flaw.UNREADABLE)
    assert audit.check(tx, kept_since=next_month + timedelta(days=31)) == Sound(5)


def test_a_key_that_is_damaged_takes_no_other_month_with_it(tx: Tx) -> None:
    fill(tx, 1)
    tx.run("UPDATE audit_keys SET key = 'k1:AAAA' WHERE name <> 'chain'")
    with pytest.raises(KeyDamaged, match=f"{NOW:%Y-%m}"):
        audit.append(tx, entry(), NOW)
    audit.append(tx, entry(reason="later"), NOW + timedelta(days=20))
    later_one, damaged = audit.find(tx, AuditQuery(), 9)
    assert (later_one.facts, damaged.facts) == ({"reason": "later"}, None)


def test_a_new_data_key_seals_the_keys_anew_and_the_chain_stands(path: Path, tx: Tx) -> None:
    fill(tx)
    for row in tx.all("SELECT name, key FROM audit_keys"):
        opened = VAULT.open(row["key"], purpose=audit_keys.PURPOSE)
        sealed = OTHER_KEY.seal(opened, purpose=audit_keys.PURPOSE)
        tx.run("UPDATE audit_keys SET key = :key WHERE name = :name", name=row["name"], key=sealed)
    rotated = Tx(tx.conn, OTHER_KEY)
    assert audit.check(rotated) == Sound(5)
    assert audit.append(rotated, entry(), NOW) == 6
    assert audit.check(rotated) == Sound(6)
    assert audit.find(rotated, AuditQuery(), 9)[-1].facts == {"reason": "why 0"}
    with pytest.raises(WrongDataKey):
        audit.check(tx)


def test_an_entry_moved_under_another_number_does_not_say_what_it_said(tx: Tx) -> None:
    fill(tx, 2)
    tx.run("UPDATE audit SET facts = (SELECT facts FROM audit WHERE nth = 1) WHERE nth = 2")
    assert [each.facts for each in audit.find(tx, AuditQuery(), 9)] == [None, {"reason": "why 0"}]


def test_entries_are_found_by_who_what_about_what_and_when(tx: Tx) -> None:
    audit.append(tx, entry(), NOW)
    audit.append(tx, AuditEntry(What.LIMITS_CHANGED, MAYA, "R-7K3Q", "shop"), later(minutes=1))
    audit.append(tx, AuditEntry(What.LIMITS_UNDONE, LIN, "R-7K3Q", "shop"), later(minutes=2))

    def numbers(query: AuditQuery, limit: int = 9, before: int = audit.BEYOND) -> list[int]:
        return [each.nth for each in audit.find(tx, query, limit, before)]

    assert numbers(AuditQuery()) == [3, 2, 1]
    assert numbers(AuditQuery(), limit=1) == [3]
    assert numbers(AuditQuery(), before=3) == [2, 1]
    assert numbers(AuditQuery(actor=LIN)) == [3, 1]
    assert numbers(AuditQuery(subject="R-7K3Q")) == [3, 2]
    assert numbers(AuditQuery(subject="shop")) == [3, 2]
    assert numbers(AuditQuery(what="limits")) == [3, 2]
    assert numbers(AuditQuery(what="limits.undone")) == [3]
    assert numbers(AuditQuery(what="lim")) == []
    assert numbers(AuditQuery(since=later(minutes=1), until=later(minutes=2))) == [2]
    assert audit.last_of(tx, What.REPLY_VIEWED) is None
    assert [each.nth for each in [audit.last_of(tx, What.LIMITS_CHANGED)] if each] == [2]


def test_a_head_is_told_once_and_a_later_one_again(tx: Tx) -> None:
    assert audit.head_to_tell(tx) is None
    fill(tx, 2)
    told = audit.head_to_tell(tx)
    assert told == audit.head(tx) == Head(2, tx.all("SELECT mac FROM audit")[-1]["mac"])
    assert [audit.note_told(tx, told), audit.note_told(tx, told)] == [True, False]
    assert audit.head_to_tell(tx) is None
    fill(tx, 1)
    assert audit.head_to_tell(tx) == audit.head(tx)


def test_the_trail_is_checked_on_a_connection_that_cannot_write(path: Path, tx: Tx) -> None:
    audit.append(tx, AuditEntry(What.APP_STOPPED, "", via=Via.ITSELF), NOW)
    tx.conn.execute("COMMIT")
    with closing(connect(path, read_only=True)) as conn:
        assert audit.check(Tx(conn, VAULT)) == Sound(1)


def test_nothing_in_storage_changes_or_deletes_an_entry() -> None:
    for path in Path(storage.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(UPDATE|DELETE\s+FROM|REPLACE\s+INTO)\s+audit\b(?!_)", text), path
