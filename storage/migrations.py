"""The schema, one step after another; a step that has run is never changed.

Columns are TEXT and BIGINT only, times are UTC milliseconds, states are small integers: PostgreSQL
accepts the same text (`storage.db.dialect`). Sealed columns (`storage.vault`) say so.
"""

import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import DatabaseUnusable
from storage.db import connect, dialect
from storage.vault import Vault

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteUtils
    from sqlite_utils import Migrations

M001_FIRST = (
    """
    CREATE TABLE about (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    ) {strict}
    """,
    # Every envelope from Slack, stored before it is answered. body is sealed and goes when handled.
    """
    CREATE TABLE envelopes (
      key TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      body TEXT,
      received_at_ms BIGINT NOT NULL,
      handled_at_ms BIGINT
    ) {strict}
    """,
    "CREATE INDEX envelopes_open ON envelopes (received_at_ms) WHERE handled_at_ms IS NULL",
    # payload is sealed; sha256 is over its canonical form, so an approval can be bound to it.
    """
    CREATE TABLE requests (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      app TEXT NOT NULL,
      payload TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      requester TEXT NOT NULL,
      channel TEXT NOT NULL,
      state BIGINT NOT NULL,
      reason TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT NOT NULL,
      changed_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX requests_by_requester ON requests (requester, created_at_ms)",
    # One living card a request. wanted is raised with every change, posted follows it.
    """
    CREATE TABLE cards (
      request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
      channel TEXT NOT NULL,
      ts TEXT,
      wanted BIGINT NOT NULL,
      posted BIGINT NOT NULL,
      tried_at_ms BIGINT,
      due_at_ms BIGINT NOT NULL,
      failures BIGINT NOT NULL,
      fault TEXT NOT NULL
    ) {strict}
    """,
    "CREATE INDEX cards_due ON cards (due_at_ms) WHERE wanted > posted",
    # One row a recipient. number and template_values are sealed; content is a keyed hash of the
    # whole text; hint is the serial of a report that may belong to an attempt in doubt.
    """
    CREATE TABLE messages (
      id TEXT NOT NULL PRIMARY KEY,
      request_id TEXT NOT NULL REFERENCES requests (id),
      app TEXT NOT NULL,
      number TEXT NOT NULL,
      class TEXT NOT NULL,
      template_id TEXT NOT NULL,
      signature TEXT NOT NULL,
      template_values TEXT NOT NULL,
      content TEXT NOT NULL,
      state BIGINT NOT NULL,
      due_at_ms BIGINT NOT NULL,
      give_up_at_ms BIGINT NOT NULL,
      lease_until_ms BIGINT,
      attempt TEXT,
      attempts BIGINT NOT NULL,
      signed_at_ms BIGINT,
      accepted_at_ms BIGINT,
      final_at_ms BIGINT,
      serial TEXT,
      fee_segments BIGINT,
      code TEXT NOT NULL,
      detail TEXT NOT NULL,
      tencent_request_id TEXT NOT NULL,
      carrier_code TEXT NOT NULL,
      hint TEXT NOT NULL,
      asked_at_ms BIGINT,
      settled_by TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      changed_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # The fence: at most one unresolved attempt a number (3 in flight, 6 in doubt).
    "CREATE UNIQUE INDEX messages_fence ON messages (number) WHERE state IN (3, 6)",
    "CREATE INDEX messages_queued ON messages (due_at_ms, id) WHERE state = 1",
    "CREATE INDEX messages_claimed ON messages (lease_until_ms) WHERE state = 2",
    "CREATE INDEX messages_unresolved ON messages (signed_at_ms) WHERE state IN (3, 6)",
    "CREATE INDEX messages_awaiting ON messages (accepted_at_ms) WHERE state = 4",
    "CREATE INDEX messages_spent ON messages (accepted_at_ms) WHERE fee_segments IS NOT NULL",
    "CREATE INDEX messages_of_request ON messages (request_id)",
    "CREATE INDEX messages_of_number ON messages (number, created_at_ms)",
    "CREATE UNIQUE INDEX messages_serial ON messages (serial) WHERE serial IS NOT NULL",
    # Keyed by the time inside the serial, then the serial: a random key costs 3 to 8 times as
    # much at scale. A second verdict for the same serial is a second row. number is sealed.
    """
    CREATE TABLE receipts (
      serial_at_s BIGINT NOT NULL,
      serial TEXT NOT NULL,
      number TEXT NOT NULL,
      success BIGINT NOT NULL,
      app TEXT NOT NULL,
      carrier_code TEXT NOT NULL,
      description TEXT NOT NULL,
      carrier_at_ms BIGINT,
      stored_at_ms BIGINT NOT NULL,
      PRIMARY KEY (serial_at_s, serial, number, success)
    ) {by_key}
    """,
    """
    CREATE TABLE templates (
      template_id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      content TEXT NOT NULL,
      mainland BIGINT NOT NULL,
      international BIGINT NOT NULL,
      review BIGINT NOT NULL,
      review_reply TEXT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    """
    CREATE TABLE signatures (
      signature_id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      international BIGINT NOT NULL,
      review BIGINT NOT NULL,
      review_reply TEXT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    """
    CREATE TABLE packages (
      package_id TEXT NOT NULL PRIMARY KEY,
      amount_segments BIGINT NOT NULL,
      used_segments BIGINT NOT NULL,
      effective_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT NOT NULL,
      seen_at_ms BIGINT NOT NULL
    ) {strict}
    """,
    # A job runs for whoever moves its next_at_ms: compare-and-set, however many ask.
    """
    CREATE TABLE schedules (
      job TEXT NOT NULL PRIMARY KEY,
      next_at_ms BIGINT NOT NULL
    ) {strict}
    """,
)

STEPS = {"m001_first": M001_FIRST}
ADD_ABOUT = "INSERT INTO about (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"
GET_ABOUT = "SELECT value FROM about WHERE name = :name"


def migrate(path: Path, vault: Vault) -> list[str]:
    """Brings the file's schema up to date; returns the names of the steps that ran.

    Raises DatabaseUnusable where the file is damaged, is newer than this program, or was written
    with another data key.
    """
    # Imported here: it brings 200 ms with it that no other part of the program needs.
    from sqlite_utils import Database as SqliteUtils

    try:
        conn = connect(path)
    except sqlite3.Error as error:
        raise DatabaseUnusable(path, str(error)) from error
    try:
        _check_file(path, conn)
        steps = _migrations()
        db = SqliteUtils(conn)
        pending = [step.name for step in steps.pending(db)]
        steps.apply(db)
        _check_key(path, conn, vault)
    except sqlite3.Error as error:
        raise DatabaseUnusable(path, str(error)) from error
    finally:
        conn.close()
    return pending


def _migrations() -> "Migrations":
    from sqlite_utils import Migrations

    steps = Migrations("smsops")
    for name, statements in STEPS.items():

        def step(db: "SqliteUtils", statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                db.execute(dialect(statement))

        steps(name=name)(step)
    return steps


def _check_file(path: Path, conn: sqlite3.Connection) -> None:
    verdict = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise DatabaseUnusable(path, verdict)
    known = conn.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'"
    ).fetchone()[0]
    if not known:
        return
    rows = conn.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'smsops'")
    newer = sorted({row[0] for row in rows} - set(STEPS))
    if newer:
        raise DatabaseUnusable(path, f"written by a newer smsops ({', '.join(newer)})")


def _check_key(path: Path, conn: sqlite3.Connection, vault: Vault) -> None:
    """The first start leaves a fingerprint of the data key; a later one must bring the same key."""
    fingerprint = vault.fingerprint("data key")
    conn.execute(ADD_ABOUT, {"name": "data_key", "value": fingerprint})
    conn.execute(ADD_ABOUT, {"name": "instance", "value": secrets.token_hex(8)})
    found = conn.execute(GET_ABOUT, {"name": "data_key"}).fetchone()[0]
    if found != fingerprint:
        raise DatabaseUnusable(path, "sealed with another SMSOPS_DATA_KEY")
