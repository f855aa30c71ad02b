"""What a file says of itself: which data key it is sealed with, and whether that is changing."""

import sqlite3

#: The name of the data key; while it changes, the name of the next one and how far that got.
DATA_KEY, NEXT_DATA_KEY, PLACE = "data_key", "next_data_key", "rotation_place"
#: The key of the keyed hashes, sealed; not there as long as it is the data key's own.
MAC_KEY, MAC_PURPOSE = "mac_key", "about.mac_key"
#: There while a file was put in the place of another, and the trail does not say so yet: JSON.
RESTORED = "restored"
#: There once hashes of payloads that were made without a key are gone.
KEYED_HASHES = "keyed_hashes"

GET_ABOUT = "SELECT value FROM about WHERE name = :name"
PUT_ABOUT = """
INSERT INTO about (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
FORGET_ABOUT = "DELETE FROM about WHERE name = :name"


def get(conn: sqlite3.Connection, name: str) -> str | None:
    row = conn.execute(GET_ABOUT, {"name": name}).fetchone()
    return None if row is None else str(row[0])


def put(conn: sqlite3.Connection, name: str, value: str) -> None:
    conn.execute(PUT_ABOUT, {"name": name, "value": value})


def forget(conn: sqlite3.Connection, name: str) -> None:
    conn.execute(FORGET_ABOUT, {"name": name})
